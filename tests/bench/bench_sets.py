"""The sets of files that are measured, how they are laid out for a run, and what a run must have made of them.

A document of a set has a key: its path below the folder that it is laid out in. Each way answers with the files that hold the text
of each key, and what_is_missing() says whose text is not there: a way that leaves files out is not timed honestly.
"""
import csv
import os
import re
import shutil
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.environ.get('CORPUS', os.path.join(os.path.dirname(ROOT), 'shared', 'corpus'))
SURE = 20  # characters that two tools found: then there is a text
LONG, LONG_SHORT = 32, 8  # pages of a long scan


class Set:
    """files: paths; times: how often each is there; texts: path -> truth's path, where it is known; silent: files without text."""

    def __init__(self, name, files, pages, times=1, truths=None, silent=()):
        self.name, self.files, self.pages, self.times = name, files, pages * times, times
        self.truths, self.silent = truths or {}, set(silent)
        self.documents = len(files) * times

    def lay_out(self, folder):
        """Key -> file."""
        self.keys = {}
        for k in range(self.times):
            os.makedirs('%s/%d' % (folder, k))
            for f in self.files:
                key = '%d/%s' % (k, os.path.basename(f))
                shutil.copyfile(f, os.path.join(folder, key))
                self.keys[key] = f

    def what_is_missing(self, made):
        """Keys without a text, and those with an empty one where there is something to read. made: key -> files."""
        empty = [k for k, f in self.keys.items() if made.get(k) and f not in self.silent and not text_of(made[k]).strip()]
        return sorted(k for k in self.keys if not made.get(k)), sorted(empty)


def text_of(files):
    parts = []
    for name in files:
        with open(name, encoding='utf-8', errors='replace') as f:
            parts.append(f.read())
    return '\n'.join(parts)


def manifest():
    """Rows of the corpus; None: it is not there."""
    name = os.path.join(CORPUS, 'MANIFEST.tsv')
    if not os.path.isfile(name):
        return None
    with open(name, encoding='utf-8') as f:
        return list(csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE))


def spread(rows, n):
    """n of them, or all (0)."""
    n = min(n or len(rows), len(rows))
    return [rows[k * len(rows) // n] for k in range(n)]


def make(name, rows, times=1):
    truths = {os.path.join(CORPUS, r['path']): os.path.join(CORPUS, r['truth']) for r in rows if r['truth']}
    silent = [os.path.join(CORPUS, r['path']) for r in rows if min(int(r['mutool_chars']), int(r['pdftotext_chars'] or 0)) < SURE]
    return Set(name, [os.path.join(CORPUS, r['path']) for r in rows], sum(int(r['pages']) for r in rows), times, truths, silent)


def digital(build, scratch, short, files=0):
    """Digital files of 1,000 characters or more, and all, so often that a run takes seconds."""
    rows = manifest()
    if rows is None:
        print('the corpus is not there: generated documents instead')
        folder = tempfile.mkdtemp(prefix='generated-', dir=scratch)
        subprocess.run([build + '/mkpdf', '--bulk', str(files or 2000), folder], check=True, stdout=subprocess.DEVNULL)
        found = [os.path.join(folder, f) for f in sorted(os.listdir(folder))]
        return [Set('generated, 1 page', found, len(found))]
    rows = [r for r in rows if r['class'] == 'digital' and r['path'].startswith('digital/')]
    rich = [r for r in rows if int(r['mutool_chars']) >= 1000]
    return [make('digital, 1,000 characters or more', spread(rich, files), 1 if short else 5),
            make('all digital', spread(rows, files), 1 if short else 4)]


def scans(short, files=0):
    """Scanned pages with words: the synthetic ones, whose text is known; and real ones in which tesseract found ten words or more."""
    rows = manifest()
    if rows is None:
        return []
    rows = [r for r in rows if r['class'].startswith('scanned')]
    synthetic = [r for r in rows if r['path'].startswith('scanned-synthetic/')]
    words = [(r, re.search(r'ocrwords=(\d+)', r['notes'])) for r in rows if r['path'].startswith('scanned/')]
    real = [r for r, w in words if w and int(w.group(1)) >= 10]
    # (what has no text layer is not silent: it is to be read)
    found = [make('synthetic scans', spread(synthetic, files or (7 if short else 0))),
             make('real scans', spread(real, files or (10 if short else 0)))]
    for s in found:
        s.silent = set()
    return found


def long_scan(scratch, short):
    """One document of many scanned pages: the synthetic English ones, again and again. An empty list where the corpus is not there."""
    rows = manifest()
    if rows is None:
        return []
    pages = [os.path.join(CORPUS, r['path']) for r in rows if re.match(r'scanned-synthetic/syn\d+-en-', r['path']) and r['pages'] == '1']
    if not pages:
        return []
    n = LONG_SHORT if short else LONG
    made = scratch + '/long.pdf'
    subprocess.run(['mutool', 'merge', '-o', made] + [pages[k % len(pages)] for k in range(n)], check=True)
    return [Set('one document of %d pages, English synthetic scans' % n, [made], n)]


def make_spool(build, spool, settings):
    """A spool with these keys (names are unique enough) set in its spool.ini, where they are comments."""
    subprocess.run([build + '/spoolctl', '--spool', spool, 'init'], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(spool + '/spool.ini', encoding='utf-8') as f:
        text = f.read()
    for key, value in settings.items():
        text, n = re.subn(r'(?m)^#?%s = .*$' % key, '%s = %s' % (key, value), text)
        if n != 1:
            raise ValueError('spool.ini has %d lines for %s' % (n, key))
    with open(spool + '/spool.ini', 'w', encoding='utf-8') as f:
        f.write(text)


def run_pdfspool(build, source, work, keys, ocr='never', cores=0, slots=0):
    """The command, for timed(), on a spool with all of source in pending/; and where the texts will be: key -> files. cores: 0, all;
    1: one alone, by taskset. slots: 0, as many as it chooses."""
    spool = work + '/spool'
    # each file is there several times, and is to be read each time
    settings = {'settle_time': '0s', 'ocr': ocr, 'duplicates': 'extract'}
    if slots:
        settings['slots'] = str(slots)
    make_spool(build, spool, settings)
    shutil.copytree(source, spool + '/pending/set')
    os.sync()
    command = [build + '/extractd', '--spool', spool, '--once']
    if cores == 1:
        command = ['taskset', '-c', str(min(os.sched_getaffinity(0)))] + command
    return command, {k: ['%s/done/set/%s.txt' % (spool, k[:-len('.pdf')])] for k in keys}
