"""What whole.py drops: entries of a mix of four classes, hard links of a few hundred files.

The files come from a corpus (MANIFEST.tsv and one folder for each class) or, without one, from mkpdf. What each of them is, is not believed but
tried: a worker does each once, in a spool of its own, and what came of it then is what must come of each link of it later. Hard links keep the
disk free for results; their ctime moves with each rename of any of them, so the spool that they are for has settle_time = 0s.
"""
import atexit
import collections
import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), p) for p in ('scenario', 'bench')]
import cpu  # noqa: E402
from spooltest import MKPDF, Spool, files_below  # noqa: E402

CLASSES = {'text': 92, 'repaired': 3, 'scanned': 4, 'broken': 1}   # per cent of the entries
LINKS_A_COPY = 60000        # ext4 allows 65,000 names of an inode
MOST_BYTES = 1 << 20        # of a file of the corpus
SCAN_WORDS = ('Invoice 4711', 'Paid in full', 'Second floor', 'Harbour office', 'No smoking', 'Received with thanks', 'Room 12', 'Open at nine')
MARGIN, SCAN_DPI = 24, 300  # pixels around the words of a scan; its size on paper is by so many
SETTINGS = {'spool': {'settle_time': '0s'}, 'text': {'duplicates': 'extract'}}

# path; what came of it: ('done' or 'failed', outcome); bytes of its results on disk, and how many files those are
Source = collections.namedtuple('Source', 'path came disk files')


def generated(folder, kind, name, *options):
    path = os.path.join(folder, '%s-%s.pdf' % (kind, name))
    subprocess.run([MKPDF, kind] + list(options) + [path], check=True)
    return path


def cut_scan(path):
    """The scan of mkpdf, but of the words alone: a scanned slip, which is read in a fraction of the time of a page."""
    with open(path, 'rb') as f:
        data = f.read()
    head = re.search(rb'/Width (\d+) /Height (\d+)[^>]*>>\s*stream\r?\n', data) or re.search(rb'/Width (\d+)[^>]*?/Height (\d+)[^>]*>>\s*stream\r?\n', data)
    width, height = int(head.group(1)), int(head.group(2))
    pixels = zlib.decompressobj().decompress(data[head.end():])
    rows = [pixels[y * width:(y + 1) * width] for y in range(height)]
    paper = max(pixels)
    inked = [y for y, row in enumerate(rows) if min(row) < paper // 2]
    columns = [x for x in range(width) if any(rows[y][x] < paper // 2 for y in inked)]
    top, bottom = max(inked[0] - MARGIN, 0), min(inked[-1] + MARGIN, height)
    left, right = max(columns[0] - MARGIN, 0), min(columns[-1] + MARGIN, width)
    w, h = right - left, bottom - top
    image = zlib.compress(b''.join(row[left:right] for row in rows[top:bottom]))
    size = (w * 72 / SCAN_DPI, h * 72 / SCAN_DPI)
    content = b'q %.2f 0 0 %.2f 0 0 cm /Im1 Do Q' % size
    with open(path, 'wb') as f:
        f.write(written([b'<</Type/Catalog/Pages 2 0 R>>', b'<</Type/Pages/Kids[3 0 R]/Count 1>>',
                         b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Contents 4 0 R/Resources<</XObject<</Im1 5 0 R>>>>>>' % size,
                         b'<</Length %d>>stream\n%s\nendstream' % (len(content), content),
                         b'<</Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/FlateDecode/Length %d>>'
                         b'stream\n%s\nendstream' % (w, h, len(image), image)]))


def written(objects):
    out, offsets = b'%PDF-1.4\n', []
    for i, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b'%d 0 obj\n%s\nendobj\n' % (i, body)
    table = b''.join(b'%010d 00000 n \n' % o for o in offsets)
    return out + b'xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n' % (
        len(objects) + 1, table, len(objects) + 1, len(out))


def candidates(corpus, folder):
    """Class -> files that may be of it."""
    found = {name: [] for name in CLASSES}
    for i, words in enumerate(SCAN_WORDS):
        found['scanned'].append(generated(folder, 'scan', str(i), '--words', words))
        cut_scan(found['scanned'][-1])
    if corpus and os.path.isfile(os.path.join(corpus, 'MANIFEST.tsv')):
        with open(os.path.join(corpus, 'MANIFEST.tsv'), encoding='utf-8') as f:
            for row in csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE):
                if row['class'] in ('digital', 'broken') and 0 < int(row['bytes']) <= MOST_BYTES:
                    found['text' if row['class'] == 'digital' else 'repaired'].append(os.path.join(corpus, row['path']))
        found['broken'] = found['repaired']     # which of the two, the trial tells
        return found
    for i in range(1, 9):
        words = 'Document %d says %s' % (i, ' '.join('word%d' % (i * k) for k in range(40 * i)))
        found['text'] += [generated(folder, kind, str(i), '--words', words) for kind in ('text', 'letter', 'report', 'twocol', 'form', 'hyphen')]
        found['text'].append(generated(folder, 'pages', str(i), '--words', words, '--pages', str(2 * i)))
        found['repaired'] += [generated(folder, kind, str(i), '--words', words) for kind in ('garbagexref', 'noeof', 'noxref', 'headerjunk')]
    found['broken'] = [generated(folder, kind, 'x') for kind in ('trunc', 'notpdf', 'plaintext')]
    return found


def fits(name, event, record):
    """Whether what came of a document is what its class is for; none but scans have a page that wants OCR."""
    tiers = set(event.get('tiers', {}))
    if name == 'broken':
        return event['event'] == 'failed' and event['outcome'] in ('corrupt', 'not_pdf')
    if event['event'] != 'done' or event['outcome'] != 'ok':
        return False
    if name == 'scanned':
        return tiers == {'ocr'}
    return 'text' in tiers and tiers <= {'text', 'blank', 'repair'} and record['repaired'] == (name == 'repaired')


def trial(name, paths):
    """(the sources of a class, CPU seconds of all processes a document, of those that were tried)"""
    found = []
    with Spool(name='whole-trial') as spool:
        spool.configure({'ocr.ocr': 'now' if name == 'scanned' else 'never'}, base=dict(SETTINGS, spool=dict(SETTINGS['spool'])))
        for i, path in enumerate(paths):
            shutil.copyfile(path, spool.pending(b'%d.pdf' % i))
        before = cpu.of_children()
        worker = spool.start('--once', wait=False)
        worker.wait(1800)
        if worker.alive() or spool.finished() != len(paths):
            raise RuntimeError('the trial of %s failed: %s' % (name, worker.log()[-2000:].decode(errors='replace')))
        used = cpu.of_children() - before
        for event in events_of(spool):
            record = spool.json(os.fsencode(event['as']))
            if fits(name, event, record):
                top = os.path.dirname(spool.at(os.fsencode(event['as'])))
                stem = os.path.splitext(os.path.basename(event['as']))[0]
                made = [os.stat(os.path.join(top, os.fsencode(stem + end))) for end in ('.txt', '.json')
                        if os.path.exists(os.path.join(top, os.fsencode(stem + end)))]
                found.append(Source(paths[int(os.path.splitext(event['path'])[0])], (event['event'], event['outcome']),
                                    sum(s.st_blocks * 512 for s in made), len(made)))
    return sorted(found), used / max(len(paths), 1)


def events_of(spool):
    for path in files_below(spool.at(b'journal')):
        with open(spool.at(b'journal', path), 'rb') as f:
            for line in f:
                event = json.loads(line)
                if event['event'] in ('done', 'failed'):
                    yield event


class Load:
    """entries of the mix. `sources[name]`: the files of a class; `cpu[name]`: CPU seconds a document of it in the trial; of[i]: (class, number of
    its source) of entry i."""

    def __init__(self, entries, corpus, mix, note):
        self.mix, self.entries, self.sources, self.cpu = mix, entries, {}, {}
        with tempfile.TemporaryDirectory(prefix='pdfspool-whole-gen-') as folder:
            kept = tempfile.mkdtemp(prefix='pdfspool-whole-files-')
            atexit.register(shutil.rmtree, kept, ignore_errors=True)
            for name, paths in candidates(corpus, folder).items():
                if not mix.get(name):
                    continue
                self.sources[name], self.cpu[name] = trial(name, paths)
                if not self.sources[name]:
                    raise RuntimeError('no file is fit for the class %s' % name)
                self.sources[name] = [s._replace(path=shutil.copyfile(s.path, '%s/%s-%d' % (kept, name, i))) for i, s in enumerate(self.sources[name])]
                note('%-8s %4d files, %3d per cent of the entries; %.1f ms of CPU a document in the trial of %d, start of the worker included' % (
                    name, len(self.sources[name]), mix[name], 1000 * self.cpu[name], len(paths)))
        self.of = self.plan()

    def plan(self):
        of = []
        for name in [c for c in self.sources if c != 'text']:
            of += [(name, k % len(self.sources[name])) for k in range(self.entries * self.mix[name] // 100)]
        of += [('text', k % len(self.sources['text'])) for k in range(self.entries - len(of))]
        random.Random(1).shuffle(of)
        return of

    def came(self, i):
        name, k = self.of[i]
        return self.sources[name][k].came

    def needs(self):
        """(bytes, inodes) that the results will take on a disk of 4 KiB blocks."""
        some = [self.sources[name][k] for name, k in self.of]
        return sum(s.disk for s in some) + self.entries * 1200, sum(s.files for s in some) + self.entries // 100

    def path(self, i, per_folder):
        return b'box-%05d/doc-%07d.pdf' % (i // per_folder, i)

    def drop(self, spool, per_folder):
        """All entries into pending/, as links. Seconds that it took."""
        began, copies = time.monotonic(), {}
        store = os.path.join(spool.top, b'store')
        os.mkdir(store)
        for i, of in enumerate(self.of):
            path, links = copies.get(of, (None, 0))
            if path is None or links >= LINKS_A_COPY:
                path, links = os.path.join(store, b'%d' % i), 0
                shutil.copyfile(self.sources[of[0]][of[1]].path, path)
            target = spool.pending(self.path(i, per_folder))
            if i % per_folder == 0:
                os.mkdir(os.path.dirname(target))
            os.link(path, target)
            copies[of] = path, links + 1
        return time.monotonic() - began
