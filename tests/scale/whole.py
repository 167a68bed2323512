#!/usr/bin/env python3
"""Goal: the whole story at once: so many entries in pending/, one worker with all cores and its page beside it, to the end or for so long. Does it
slow down as done/ grows, does any process grow, is every entry in exactly one place, and did each come to what its file came to alone?

Printed, and written as JSON and Markdown: twelve windows of time with documents a second and CPU a document; memory and descriptors of each
role; documents by class, with the time of one (p50, p99); bytes and calls; what is left, and how long it would take. Checked are counts, memory
and CPU a document; times are those of whatever machine this is, at whatever else it did.

usage: whole.py [ENTRIES [MINUTES [CORPUS]]]      default: 512521, 60, ../shared/corpus beside the project where it is, else the project's own
       generator makes the files. BUILD: the folder with the programs; SCALE_DIR: where the spool goes, default: the temporary folder;
       FOLDER: entries of a folder (1000); MIX: per cent of the classes ("text=97,repaired=2,broken=1"); OCR: [ocr] ocr of the spool (now); OUT: whole.json and whole.md go there (BUILD); KEEP=1: the spool stays
"""
import collections
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, 'tests', 'scenario'), os.path.join(ROOT, 'tests', 'web')]
if os.environ.get('SCALE_DIR'):
    tempfile.tempdir = os.environ['SCALE_DIR']
import wholetold  # noqa: E402 (their places are known only now)
from real import Page  # noqa: E402
from spooltest import BUILD, SPOOLCTL, Checks, Spool  # noqa: E402
from wholeload import CLASSES, SETTINGS, Load, cpu  # noqa: E402
from wholewatch import Journals, Watch, places, total  # noqa: E402

WORDS = sys.argv[1:] + [''] * 3
ENTRIES, MINUTES = int(WORDS[0] or 512521), float(WORDS[1] or 60)
CORPUS = WORDS[2] or os.path.join(os.path.dirname(ROOT), 'shared', 'corpus')
PER_FOLDER = int(os.environ.get('FOLDER', '1000'))
OCR = os.environ.get('OCR', 'now')
MIX = {k: int(v) for k, v in (part.split('=') for part in os.environ['MIX'].split(','))} if os.environ.get('MIX') else CLASSES
OUT = os.environ.get('OUT', BUILD)
EVERY = max(1.0, min(5.0, MINUTES * 60 / 60))   # seconds between two samples
DRAIN_SECONDS, AUDIT_SECONDS = 180, 3600
LEAST_SECONDS = 60          # of a run, below which nothing is said of growth
LEAST_SPREAD = 500          # documents of a third, below which nothing is said of CPU a document
CPU_RATIO = 1.25            # CPU a document of the last third to that of the first
GROWTH = {'slot': 4 << 20, 'parser': 48 << 20, 'zygote': 4 << 20}   # of a role's own memory from the middle to the end
GROWTH_OF_OTHERS = 1 << 20
PAGE_BYTES, PAGE_AT_ALL = 520, 24 << 20   # of spoold: a document, and beside that
DESCRIPTORS = 2             # that a role may have more at the end than in the middle

checks = Checks()
note = checks.note


def room(load, folder):
    """Whether the results will fit."""
    size, inodes = load.needs()
    v = os.statvfs(folder)
    note('results will take %.1f GB and %d inodes; there are %.1f GB and %d' % (size / 1e9, inodes, v.f_bavail * v.f_frsize / 1e9, v.f_favail))
    return size < 0.9 * v.f_bavail * v.f_frsize and (v.f_favail == 0 or inodes < 0.9 * v.f_favail)


def work(spool, journals):
    """Have it done: (the samples, whether the worker stopped by itself)"""
    page = Page(spool)
    worker = spool.start(host='whole')
    watch = Watch(worker.pid, page.process.pid, journals, EVERY)
    said = [0.0]

    def heard(s):
        if s.at >= said[0]:
            note('%5.0f s: %d done or failed, %.0f a second so far' % (s.at, s.finished, s.finished / s.at if s.at > 0.5 else 0))
            said[0] = s.at + max(10, MINUTES * 60 / 20)
    watch.until(ENTRIES, MINUTES * 60, heard)
    began = time.monotonic()
    code = worker.stop(DRAIN_SECONDS, signal.SIGTERM)
    note('drained in %.1f s' % (time.monotonic() - began))
    checks.equal('the worker ended as it was told to', code in (0, 1), True)
    journals.read()
    caught_up(page, journals)
    checks.equal('spoold ended as it was told to', page.stop(), 0)
    return watch


def caught_up(page, journals):
    """The page knows of each document that the journals tell of."""
    end = time.monotonic() + 60
    while True:
        d = json.loads(page.ask('/api/v1/overview')[2])['documents']
        if d['done'] + d['failed'] >= journals.finished or time.monotonic() > end:
            break
        time.sleep(0.5)
    checks.equal('the page tells of as many as the journals', d['done'] + d['failed'], journals.finished)


def audit(spool):
    began = time.monotonic()
    r = subprocess.run([SPOOLCTL, '--spool', spool.path, '--json', 'audit'], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                       timeout=AUDIT_SECONDS, check=False)
    found = json.loads(r.stdout)
    checks.check('audit is clean (%.0f s)' % (time.monotonic() - began), r.returncode == 0 and found['ok'], str(found)[:600])
    return found


def conserved(spool, journals, found):
    """Each entry is in one place, and the programs count as the tree does."""
    counts, times = places(spool, ENTRIES)
    lost, twice = times.count(0), ENTRIES - times.count(0) - times.count(1)
    checks.equal('each of %d entries is in exactly one place: lost, more than once' % ENTRIES, (lost, twice), (0, 0))
    checks.equal('all places together', sum(counts.values()), ENTRIES)
    checks.equal('none is in hand any more', counts['claimed'], 0)
    for state in ('pending', 'waiting', 'done', 'failed'):
        checks.equal('audit and the tree agree about %s' % state, found[state], counts[state])
    told = collections.Counter()
    for (_, state), n in journals.by_class.items():
        told[state] += n
    checks.equal('journals and the tree agree about done and failed', (told['done'], told['failed']), (counts['done'], counts['failed']))
    checks.equal('no entry came to an end twice', sum(t > 1 for t in journals.times), 0)
    checks.check('each came to what its file had come to alone', not journals.unexpected,
                 '%d not: %s' % (len(journals.unexpected), journals.unexpected[:3]))
    return counts


def steady(watch):
    """No slower, no larger."""
    first, last = (watch.at(watch.samples[-1].at * k / 3) for k in (1, 2)), watch.sums(watch.samples[-1])
    a, b = first
    ours = [(a[0], a[1]), (last[0] - b[0], last[1] - b[1])]
    if min(d for d, _ in ours) >= LEAST_SPREAD:
        ratio = ours[1][1] / ours[1][0] / (ours[0][1] / ours[0][0])
        checks.check('CPU a document, last third to first: %.2f, at most %.2f' % (ratio, CPU_RATIO), ratio <= CPU_RATIO)
    else:
        note('of CPU a document nothing is said: fewer than %d documents in a third of the time' % LEAST_SPREAD)
    if watch.samples[-1].at < LEAST_SECONDS:
        note('of memory and descriptors nothing is said: less than %d s' % LEAST_SECONDS)
        return
    half = [s for s in watch.samples if s.at >= watch.samples[-1].at / 2]
    middle, end = half[:len(half) // 2], half[len(half) // 2:]
    for role in sorted({r for s in half for r in s.roles} - {'hand', 'spoold', 'opener', 'closer'}):
        was, is_ = most(middle, role, 'alone'), most(end, role, 'alone')
        grown, allowed = is_ - was, GROWTH.get(role, GROWTH_OF_OTHERS)
        checks.check('%s has not grown in the last quarter: %+.1f MiB' % (role, grown / 2**20), grown <= allowed or not was)
        more = usual(end, role) - usual(middle, role)
        checks.check('%s has no more descriptors: %+d' % (role, more), more <= DESCRIPTORS or not was)
    rss = most(watch.samples, 'spoold', 'rss')
    checks.check('spoold: %.1f MiB for %d entries' % (rss / 2**20, ENTRIES), 0 < rss <= PAGE_AT_ALL + PAGE_BYTES * ENTRIES)


def most(samples, role, what):
    return max((getattr(s.roles[role], what) for s in samples if role in s.roles), default=0)


def usual(samples, role):
    """Descriptors of a role, as they mostly are: a parser that was forked just now has the zygote's as well."""
    v = sorted(s.roles[role].descriptors for s in samples if role in s.roles)
    return v[len(v) // 2] if v else 0


def main():
    if not os.path.isdir(CORPUS):
        note('no corpus at %s: the generator\'s files' % CORPUS)
    cpu.adopt()
    load = Load(ENTRIES, CORPUS, MIX, note)
    with Spool(name='whole') as spool:
        spool.remove = lambda: remove(spool)
        spool.configure({'ocr.ocr': OCR}, base=SETTINGS)
        if not checks.check('there is room', room(load, spool.top)):
            checks.finish()
        made = load.drop(spool, PER_FOLDER)
        note('%d links in folders of %d made in %.1f s' % (ENTRIES, PER_FOLDER, made))
        journals = Journals(spool, load)
        watch = work(spool, journals)
        checks.check('documents were finished: %d of %d' % (journals.finished, ENTRIES), journals.finished > 0)
        found = audit(spool)
        counts = conserved(spool, journals, found)
        steady(watch)
        wholetold.tell(OUT, {'entries': ENTRIES, 'a folder': PER_FOLDER, 'ocr': OCR, 'seconds to link': made, 'counts': counts,
                             'corpus': os.path.isdir(CORPUS)}, load, watch, journals, total)
    checks.finish()


def remove(spool):
    for worker in spool.workers:
        worker.kill_all()
    if os.environ.get('KEEP'):
        note('kept: %s' % os.fsdecode(spool.top))
    else:
        subprocess.run(['rm', '-rf', spool.top], check=True)


if __name__ == '__main__':
    main()
