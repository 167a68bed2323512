#!/usr/bin/env python3
"""Goal: how long does a single PDF wait that is dropped on an idle spool, beyond settle_time and its own pages?

One extractd (as many slots and parsers as it chooses) on a local spool, its polling times as they are by default, so that what
is measured is the way of an event. One document at a time, with random gaps between them; each is another file.

  late        from the drop (the moment before the rename; for cp, its end) until the PDF is in done/, which is the last of the
              renames that publish it, less settle_time and less the time of its own pages (x.json: what the parser took for
              them; that it was opened counts as ours)
Ways, in turns:
  renamed     in pending/, from a hidden name, settle_time = 0.3 s
  copied      by cp into pending/
  in a folder by rename into a folder of pending/ that was there before, and has always been empty
  new folder  mkdir, then cp into it
then by rename with settle_time = 0, and with the 30 s that are the default; there drops come while others settle.
Before these each worker is given one with a doubtful text layer: the first document that needs more than MuPDF makes the parser's
program the whole one, which happens once in a worker's life and would be the worst of each small row. It is told apart.

usage: drop.py BUILD [--drops N] [--late N] [--json FILE]
  --drops N   of the four ways together (default 240), and a fourth of them with settle_time = 0
  --late N    with settle_time = 30s (default 20; takes a minute and 1 s for each)
"""
import argparse
import ctypes
import json
import os
import random
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench_sets import CORPUS, make_spool, manifest  # noqa: E402

SIZE_MOST = 1 << 20
SETTLE = 0.3
DEFAULT_SETTLE = 30.0
GAPS = 0.05, 0.8  # seconds
FIRST_NUMBER = 9999 # in its name
WARM = 2  # seconds, in which a worker's start is over
PATIENCE = 60
AIM_MS = 50
FIRST = 'the first of a worker that needs more than MuPDF'
WAYS = 'renamed', 'copied', 'in a folder', 'new folder'
IN_MOVED_TO, IN_CREATE, IN_NONBLOCK, IN_CLOEXEC = 0x80, 0x100, 0x800, 0x80000


class Watch:
    """Tells when names come up in folders; costs nothing while nothing does."""

    def __init__(self):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(IN_NONBLOCK | IN_CLOEXEC)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), 'inotify_init1')
        self.folders, self.seen = {}, {}

    def add(self, folder):
        wd = self.libc.inotify_add_watch(self.fd, os.fsencode(folder), IN_MOVED_TO | IN_CREATE)
        if wd < 0:
            raise OSError(ctypes.get_errno(), 'inotify_add_watch %s' % folder)
        self.folders[wd] = folder

    def wait(self, path, seconds):
        """The monotonic time when path was seen to come up; None: not in so long."""
        until = time.monotonic() + seconds
        while path not in self.seen and time.monotonic() < until:
            if select.select([self.fd], [], [], max(0, until - time.monotonic()))[0]:
                now, data, at = time.monotonic(), os.read(self.fd, 1 << 16), 0
                while at < len(data):
                    wd, _, _, size = struct.unpack_from('iIII', data, at)
                    name = data[at + 16:at + 16 + size].rstrip(b'\0').decode()
                    self.seen.setdefault(os.path.join(self.folders[wd], name), now)
                    at += 16 + size
        return self.seen.get(path)


def documents(build, folder):
    """Small and middling digital files; without the corpus, generated ones."""
    rows = manifest()
    if rows is not None:
        return [os.path.join(CORPUS, r['path']) for r in rows
                if r['path'].startswith('digital/') and int(r['mutool_chars']) > 100 and int(r['bytes']) <= SIZE_MOST]
    print('the corpus is not there: generated documents instead')
    subprocess.run([build + '/mkpdf', '--bulk', '400', folder], check=True, stdout=subprocess.DEVNULL)
    return [os.path.join(folder, n) for n in sorted(os.listdir(folder))]


class Place:
    """A spool with a worker that has nothing to do. first: what was measured of the document that made it its whole program."""

    def __init__(self, build, settle, settings):
        self.settle, self.top = settle, tempfile.mkdtemp(prefix='pdfspool-drop-')
        self.spool = self.top + '/spool'
        make_spool(build, self.spool, dict({'settle_time': '%dms' % round(settle * 1000), 'duplicates': 'extract', 'ocr': 'never'},
                                           **settings))
        self.log = open(self.top + '/log', 'wb')
        self.worker = subprocess.Popen([build + '/extractd', '--spool', self.spool], stdin=subprocess.DEVNULL,
                                       stdout=self.log, stderr=self.log)
        self.watch = Watch()
        self.watch.add(self.spool + '/done')
        self.build, self.first = build, None

    def warm_up(self):
        time.sleep(WARM)
        doubtful = self.top + '/doubtful'
        subprocess.run([self.build + '/mkpdf', 'exchanged', doubtful], check=True)
        self.first = judge(self, *drop(self, 'renamed', doubtful, FIRST_NUMBER), doubtful)
        time.sleep(GAPS[1])

    def at(self, *names):
        return os.path.join(self.spool, *names)

    def folder(self, name):
        """A folder of pending/, and the one in done/ that its documents will come to."""
        os.makedirs(self.at('pending', name), exist_ok=True)
        os.makedirs(self.at('done', name), exist_ok=True)
        self.watch.add(self.at('done', name))

    def close(self):
        self.worker.terminate()
        try:
            self.worker.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.worker.kill()
            self.worker.wait()
        os.close(self.watch.fd)
        self.log.close()
        shutil.rmtree(self.top)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def drop(place, way, source, k):
    """The document's path, and when it was complete in pending/ (before that for a rename)."""
    folder = {'in a folder': 'old%d' % k, 'new folder': 'new%d' % k}.get(way, '')
    path = os.path.join(folder, '%04d.pdf' % k)
    to = place.at('pending', path)
    if way == 'new folder':
        os.mkdir(place.at('done', folder))
        place.watch.add(place.at('done', folder))
        os.mkdir(place.at('pending', folder))
    if way in ('copied', 'new folder'):
        subprocess.run(['cp', source, to], check=True)
        return path, time.monotonic()
    # as rsync does; or from elsewhere, so that nothing is heard of in the folder above
    hidden = place.at('pending', '.%d' % k) if way == 'renamed' else '%s/%d' % (place.top, k)
    shutil.copyfile(source, hidden)
    began = time.monotonic()
    os.rename(hidden, to)
    return path, began


def judge(place, path, began, source):
    """What became of it; None: it is not there."""
    came = place.watch.wait(place.at('done', path), PATIENCE + place.settle)
    if came is None:
        return None
    with open(place.at('done', path[:-len('.pdf')] + '.json'), encoding='utf-8') as f:
        x = json.load(f)
    pages = sum(p['ms'] for p in x['pages'])
    whole = (came - began) * 1000
    return {'file': os.path.basename(source), 'size': x['size'], 'pages': len(x['pages']), 'whole_ms': whole, 'pages_ms': pages,
            'load_ms': x['load_ms'], 'parse_ms': x['parse_ms'], 'late_ms': whole - 1000 * place.settle - pages}


def one_by_one(build, count, rng, ways, settle, settings):
    """Way -> what was measured; the number of those that never came."""
    found, lost = {w: [] for w in ways}, 0
    with Place(build, settle, settings) as place:
        sources = documents(build, place.top + '/generated')
        for k in range(count):
            if ways[k % len(ways)] == 'in a folder':
                place.folder('old%d' % k)
        place.warm_up()
        for k in range(count):
            way, source = ways[k % len(ways)], sources[rng.randrange(len(sources))]
            path, began = drop(place, way, source, k)
            one = judge(place, path, began, source)
            if one:
                found[way].append(one)
            lost += not one
            time.sleep(rng.uniform(*GAPS))
    return found, [place.first], lost


def while_others_settle(build, count, rng, settings):
    sent = []
    with Place(build, DEFAULT_SETTLE, settings) as place:
        sources = documents(build, place.top + '/generated')
        place.warm_up()
        for k in range(count):
            source = sources[rng.randrange(len(sources))]
            sent.append(drop(place, 'renamed', source, k) + (source,))
            time.sleep(rng.uniform(0.5, 1.5))
        found = [judge(place, *s) for s in sent]
    return [f for f in found if f], [place.first], sum(not f for f in found)


def percentile(values, p):
    """The smallest value that p per cent of them do not exceed."""
    values = sorted(values)
    return values[max(0, -(-len(values) * p // 100) - 1)]


def summary(found):
    late = [f['late_ms'] for f in found]
    return {'drops': len(late), 'p50': percentile(late, 50), 'p90': percentile(late, 90), 'p99': percentile(late, 99),
            'most': max(late), 'pages_p50': percentile([f['pages_ms'] for f in found], 50),
            'beyond_aim': sum(x > AIM_MS for x in late)}


def measure(build, drops=240, late=20, seed=7, settings=None):
    """summary: way -> figures; drops: way -> each; lost: how many never came."""
    rng, settings = random.Random(seed), settings or {}
    found, first, lost = one_by_one(build, drops, rng, WAYS, SETTLE, settings)
    at_once, more, n = one_by_one(build, drops // 4, rng, ('renamed',), 0, settings)
    first += more
    found['renamed, settle_time = 0'] = at_once['renamed']
    lost += n
    if late:
        found['renamed, settle_time = 30s'], more, n = while_others_settle(build, late, rng, settings)
        first += more
        lost += n
    found[FIRST] = [f for f in first if f]
    lost += sum(not f for f in first)
    return {'summary': {w: summary(f) for w, f in found.items() if f}, 'drops': found, 'lost': lost}


def say(found):
    for way, s in found['summary'].items():
        print('  %-50s %4d drops: p50 %6.1f  p90 %6.1f  p99 %6.1f  most %6.1f; more than %d: %d; their pages p50 %.1f' % (
            way, s['drops'], s['p50'], s['p90'], s['p99'], s['most'], AIM_MS, s['beyond_aim'], s['pages_p50']), flush=True)
    if found['lost']:
        print('  %d were not done %d s later' % (found['lost'], PATIENCE), flush=True)


def main():
    p = argparse.ArgumentParser(usage=__doc__.split('usage: ')[1])
    p.add_argument('build', type=os.path.abspath)
    p.add_argument('--drops', type=int, default=240)
    p.add_argument('--late', type=int, default=20)
    p.add_argument('--json')
    o = p.parse_args()
    print('ms beyond settle_time and its own pages; the aim is %d' % AIM_MS)
    found = measure(o.build, o.drops, o.late)
    say(found)
    if o.json:
        with open(o.json, 'w', encoding='utf-8') as f:
            json.dump(found, f, indent=1)
    return 1 if found['lost'] else 0


if __name__ == '__main__':
    sys.exit(main())
