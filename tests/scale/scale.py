#!/usr/bin/env python3
"""Goal: what does the spool cost when it is large? A claim, a process and a command must cost the same however much waits
or is done, but for what they print.

  piles    pending/ flat and nested, and .retry/, of several sizes: what is read before the first claim, system calls a claim, CPU of the
           claimer a claim, memory of each process
  crowd    3 and 20 extractd on one pile: looks and renames that another host was faster at
  done     a large done/: time and memory of status, list, audit; publishing into a folder of many documents
  janitor  (--full only) the sweep of that done/: CPU and memory

Checked are counts and memory; times are only printed. They are those of whatever machine this is, at whatever else it did.

usage: scale.py [--full] [PART...]      (BUILD=build; SCALE_DIR=where the trees go, default: the temporary folder)
"""
import collections
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'scenario'))
if os.environ.get('SCALE_DIR'):
    tempfile.tempdir = os.environ['SCALE_DIR']
import spooltest  # noqa: E402 (its place is known only now)
from spooltest import BUILD, Checks, Spool, until  # noqa: E402

TREE = os.path.join(BUILD, 'test', 'scale-tree')
PARTS = ('piles', 'crowd', 'done', 'janitor')
FULL = '--full' in sys.argv
WANTED = [a for a in sys.argv[1:] if a in PARTS] or PARTS

# (name, documents, folders)
PILES = [('flat', 1000, 0), ('flat', 100000, 0), ('flat', 1000000, 0),
         ('nested', 1000, 10), ('nested', 100000, 1000), ('nested', 1000000, 10000),
         ('waiting', 1000, 0), ('waiting', 100000, 0), ('waiting', 1000000, 0)] if FULL else \
    [('flat', 1000, 0), ('flat', 20000, 0), ('nested', 1000, 100), ('nested', 10000, 1000),
     ('waiting', 1000, 0), ('waiting', 20000, 0)]
CLAIMS = 400 if FULL else 200               # of each pile, by each of the two runs
DONE, DONE_FOLDERS, EMPTY_FOLDERS, CROWDED_FOLDER = (512521, 2000, 10000, 50000) if FULL else (10000, 100, 1000, 4000)
CROWDS = [(3, 6, 6000 if FULL else 1000), (20, 1, 6000 if FULL else 1000)]   # hosts, slots of each, documents

# Defaults where they matter for what is measured.
SETTINGS = {
    'spool': {'settle_time': '0s', 'beat_interval': '20s', 'self_stop': '1m', 'lease_timeout': '3m'},
    'worker': {'poll_min': '1s', 'poll_max': '15s', 'shutdown_grace': '10s'},
    'text': {'duplicates': 'extract'},  # one content fills the piles, and is to be read each time
}
BLOCK = 64 * 1024       # bytes of one getdents64
PROCESS_MB = 16         # the most that any process may have had
GROWTH_MB = 2           # and how much more on the largest pile than on the smallest
CALLS_RATIO = 1.35      # system calls a claim: most to least
LOOKS, LOST = 3.0, 0.1  # of a crowd: looks a claim, renames that another was faster at

checks = Checks()
report = collections.OrderedDict()
note = checks.note


def numbers(text):
    return [int(n) for n in text.split()]


class Large(Spool):
    """A spool with default times, filled by scale-tree."""

    def __init__(self, name):
        super().__init__(name='scale-' + name)
        self.configure({}, base={'spool': dict(SETTINGS['spool'], format='1'), 'worker': SETTINGS['worker'], 'text': SETTINGS['text']})

    def configure(self, settings, path=None, base=None):
        if base is not None:
            lines = []
            for section, keys in base.items():
                lines += ['[%s]' % section] + ['%s = %s' % pair for pair in keys.items()]
            spooltest.write(self.at(b'spool.ini'), '\n'.join(lines).encode() + b'\n')

    def fill(self, what, folder, *words):
        began = time.monotonic()
        os.makedirs(self.at(folder), exist_ok=True)
        subprocess.run([TREE, what, self.at(folder)] + [str(w) if isinstance(w, int) else w for w in words], check=True)
        return time.monotonic() - began

    def remove(self):
        for worker in self.workers:
            worker.kill_all()
        subprocess.run(['rm', '-rf', self.top])


def drop_page_of(spool):
    """A document to fill the piles with: small, so that a million of them fit."""
    path = os.path.join(spool.top, b'small.pdf')
    spooltest.write(path, spooltest.small_pdf('scale'))
    return path


# --- what the processes did ---

def memory(worker):
    """Role -> the most KiB that a process of it has had."""
    found = {}
    for p in worker.tree() + [spooltest.processes()[worker.pid]]:
        role = 'supervisor' if p.pid == worker.pid else worker.role_of(p)
        try:
            status = spooltest.read('/proc/%d/status' % p.pid).decode()
        except OSError:
            continue
        peak = re.search(r'VmHWM:\s+(\d+)', status)
        if peak:
            found[role] = max(found.get(role, 0), int(peak.group(1)))
    return found


def cpu_ms(pid):
    return int(spooltest.read('/proc/%d/schedstat' % pid).split()[0]) / 1e6


def taken(spool, before=0):
    """Documents that were claimed so far: what is in work/ and what came out of it."""
    published = sum(name.endswith(b'.txt') for name in spooltest.files_below(spool.at(b'done'), hidden=False))
    return published + len(spool.claimed()) - before


def traces(prefix):
    """Role -> the lines of each process of it, from strace -ff."""
    found = collections.defaultdict(list)
    for path in glob.glob(prefix + '.*'):
        with open(path, encoding='latin-1') as f:
            lines = f.readlines()
        name = [m.group(1) for m in (re.search(r'PR_SET_NAME, "([^"]+)"', line) for line in lines[:40]) if m]
        found[name[0].split('.')[0] if name else ''].append(lines)
    return found


RENAME = re.compile(r'renameat\(\d+, "([^"]*)", \d+, "([^"]*)"\) += 0')
WAITING = re.compile(r'\d+\.[a-z]+\.')


def is_claim(line):
    """A rename out of pending/ or .retry/ into work/ that happened."""
    m = RENAME.match(line)
    return bool(m) and '~' in m.group(2) and '!' not in m.group(2) and not WAITING.match(m.group(2)) and \
        ('~' not in m.group(1) or bool(WAITING.match(m.group(1))))


def measured(spool, *words):
    """spoolctl: exit code, wall seconds, CPU seconds, peak MiB, output."""
    figures, out = os.path.join(spool.top, b'figures'), os.path.join(spool.top, b'out')
    with open(out, 'wb') as f:
        subprocess.run([TREE, 'measure', figures, spooltest.SPOOLCTL, '--spool', spool.path] + list(words), stdout=f,
                       stdin=subprocess.DEVNULL, check=True)
    status, wall, user, system, peak = numbers(spooltest.read(figures).decode())
    return status, wall / 1e3, (user + system) / 1e3, peak / 1024, spooltest.read(out)


# --- the piles ---

def traced_run(spool):
    """System calls of the claimer: those a claim, and bytes of listings before the first claim."""
    prefix = os.path.join(os.fsdecode(spool.top), 'trace')
    before = taken(spool)
    worker = spool.start(host='traced', program=('strace', '-ff', '-qq', '-o', prefix))
    until(lambda: taken(spool, before) >= CLAIMS, 60, 0.1)
    child = [p for p in spooltest.below(worker.pid) if p.role == 'extractd']
    os.kill(min(child, key=lambda p: p.pid).pid, 15)
    worker.wait(60)
    lines = traces(prefix)['claimer'][0]
    calls = [line for line in lines if '(' in line]
    first = next(i for i, line in enumerate(calls) if is_claim(line))
    last = max(i for i, line in enumerate(calls) if is_claim(line))
    claims = sum(is_claim(line) for line in calls)
    listed = sum(int(line.rsplit('=', 1)[1]) for line in calls[:first] if line.startswith('getdents64'))
    kinds = collections.Counter(line.split('(', 1)[0] for line in calls[first:last + 1])
    for path in glob.glob(prefix + '.*'):
        os.unlink(path)
    # waiting for a free slot depends on the machine, not on the pile
    spool_calls = sum(n for k, n in kinds.items() if k in ('openat', 'getdents64', 'statx', 'renameat', 'close', 'fadvise64'))
    return claims, spool_calls / claims, listed


def first_entry(spool, began, seconds=60):
    """Seconds from the start of extractd until something is in work/."""
    top = spool.at(b'claimed', b'timed')
    while time.monotonic() < began + seconds:
        try:
            for lease in os.listdir(top):
                if os.listdir(os.path.join(top, lease, b'work')):
                    return time.monotonic() - began
        except FileNotFoundError:
            pass
        time.sleep(0.002)
    return None


def timed_run(spool):
    """Seconds to the first claim, CPU of the claimer a claim (microseconds), memory by role."""
    before, began = taken(spool), time.monotonic()
    worker = spool.start(host='timed', wait=False)
    first = first_entry(spool, began)
    until(lambda: worker.role('claimer'), 10)
    claimer = worker.role('claimer')[0].pid
    until(lambda: taken(spool, before) >= CLAIMS, 60, 0.1)
    n, used, most = taken(spool, before), cpu_ms(claimer), memory(worker)
    worker.stop()
    return first, 1e3 * used / n, most


def pile_fits(name, claims, listed, peak):
    checks.check('%s: %d claims were traced' % (name, claims), claims >= CLAIMS // 2, claims)
    checks.check('%s: %d bytes of listings before the first claim, at most 2 blocks of %d' % (name, listed, BLOCK),
                 0 < listed <= 2 * BLOCK)
    checks.check('%s: no process had more than %d MiB: %s' % (name, PROCESS_MB, ', '.join(
        '%s %.1f' % (r, k / 1024) for r, k in sorted(peak.items()))),
        max(peak.values()) <= PROCESS_MB * 1024 and {'claimer', 'zygote'} <= set(peak))


def fill_pile(spool, kind, count, folders):
    if kind == 'waiting':   # all due long ago
        return spool.fill('waiting', b'pending/.retry', count, 1700000000, drop_page_of(spool))
    return spool.fill('pending', b'pending', count, folders, drop_page_of(spool))


def part_piles():
    calls, peaks = {}, {}
    for kind, count, folders in PILES:
        name = '%s %d' % (kind, count) + (' in %d folders' % folders if folders else '')
        with Large('pile') as spool:
            took = fill_pile(spool, kind, count, folders)
            claims, calls[name], listed = traced_run(spool)
            first, cpu, peaks[name] = timed_run(spool)
            pile_fits(name, claims, listed, peaks[name])
            note('%s: made in %.0f s; first claim after %.3f s; %.0f us CPU and %.1f calls on the spool a claim' % (
                name, took, first or -1, cpu, calls[name]))
            report['pile ' + name] = {'first claim seconds': round(first or -1, 3), 'claimer CPU microseconds a claim': round(cpu),
                                      'calls on the spool a claim': round(calls[name], 2),
                                      **{'peak KiB ' + r: k for r, k in sorted(peaks[name].items())}}
    for kind in ('flat', 'nested', 'waiting'):
        costs = [c for name, c in calls.items() if name.startswith(kind)]
        checks.check('%s: a claim costs the same calls in each pile: %s' % (kind, ', '.join('%.1f' % c for c in costs)),
                     max(costs) <= CALLS_RATIO * min(costs) and min(costs) > 2)
    roles = set.intersection(*(set(p) for p in peaks.values()))
    growth = {r: max(p[r] for p in peaks.values()) - min(p[r] for p in peaks.values()) for r in sorted(roles)}
    checks.check('memory does not grow with the pile (KiB between least and most: %s)' % growth,
                 growth and max(growth.values()) <= GROWTH_MB * 1024)


# --- many hosts ---

def part_crowd():
    for hosts, slots, count in CROWDS:
        with Large('crowd') as spool:
            spool.fill('pending', b'pending', count, 0, drop_page_of(spool))
            spool.ctl('pause')
            began_with = taken(spool)
            workers = [spool.start('--slots', str(slots), host='h%d' % i) for i in range(hosts)]
            until(lambda: all(w.role('claimer') for w in workers), 30)
            tracers, paths = [], []
            for i, worker in enumerate(workers):
                paths.append(os.path.join(os.fsdecode(spool.top), 'crowd.%d' % i))
                tracers.append(subprocess.Popen(['strace', '-qq', '-e', 'trace=statx,renameat', '-o', paths[-1], '-p',
                                                 str(worker.role('claimer')[0].pid)], stderr=subprocess.DEVNULL))
            time.sleep(3)   # all have read `pause`, and are traced
            early = taken(spool) - began_with
            spool.ctl('resume')
            until(lambda: spool.finished() >= count, 120, 0.2)
            finished = spool.finished()
            for worker in workers:
                os.kill(worker.pid, 15)
            for worker in workers:
                worker.wait(30)
            for tracer in tracers:
                tracer.wait(10)
            judge_crowd(spool, hosts, count, finished, early, paths)


def judge_crowd(spool, hosts, count, finished, early, paths):
    looks = gone = tried = lost = 0
    for path in paths:
        with open(path, encoding='latin-1') as f:
            for line in f:
                if line.startswith('statx') and '.pdf"' in line:
                    looks, gone = looks + 1, gone + ('ENOENT' in line)
                elif line.startswith('renameat') and '.pdf"' in line.split(',')[1]:
                    tried, lost = tried + 1, lost + ('ENOENT' in line)
    won = max(tried - lost, 1)
    name = '%d hosts, %d documents' % (hosts, count)
    checks.equal('%s: all are done' % name, finished, count)
    code, audit, _ = spool.ctl('audit', json_=True)
    checks.check('%s: audit' % name, code == 0 and audit['done'] == count, str(audit)[:300])
    checks.check('%s: %d claims were traced' % (name, won), won >= count * 3 // 4)
    checks.check('%s: %.2f looks a claim, at most %.1f' % (name, looks / won, LOOKS), looks <= LOOKS * won)
    checks.check('%s: %d of %d renames lost (%.1f %%), at most %.0f %%' % (name, lost, tried, 100 * lost / max(tried, 1), 100 * LOST),
                 lost <= LOST * tried)
    if early:
        note('%d documents were claimed before `pause` had been read' % early)
    report['crowd of %d' % hosts] = {'documents': count, 'claims tried': tried, 'claims lost': lost,
                                     'looks': looks, 'looks in vain': gone}


# --- much that is done ---

def template_of(spool):
    """One document, done by the real programs: the stem of its triple, to be copied."""
    spooltest.write(spool.pending(b'template.pdf'), spooltest.small_pdf('scale'))
    worker = spool.start('--once', wait=False)
    checks.equal('the template is extracted', worker.wait(60), 0)
    stem = os.path.join(spool.top, b'template')
    for end in (b'.pdf', b'.txt', b'.json'):
        os.rename(spool.at(b'done', b'template' + end), stem + end)
    return stem


def command(spool, name, least_mb, count, *words):
    code, wall, cpu, peak, out = measured(spool, *words)
    bound = least_mb + 24 * count / (1 << 20)
    checks.check('%s: %.1f MiB at most, bound %.1f' % (name, peak, bound), code == 0 and peak <= bound, 'exit %d' % code)
    note('%s: %.1f s, %.1f s of CPU' % (name, wall, cpu))
    report['command ' + name] = {'seconds': round(wall, 2), 'CPU seconds': round(cpu, 2), 'peak MiB': round(peak, 1)}
    return out


def slot_calls(spool, folder, count):
    """Calls on the spool that the slots make for each of `count` documents of a folder."""
    prefix = os.path.join(os.fsdecode(spool.top), 'slots')
    os.makedirs(spool.pending(folder))
    spool.fill('pending', b'pending/' + folder, count, 0, drop_page_of(spool))
    for name in os.listdir(spool.pending(folder)):   # names that are not there
        os.rename(spool.pending(folder, name), spool.pending(folder, b'new-' + name))
    worker = spool.start('--once', wait=False, program=('strace', '-ff', '-qq', '-o', prefix))
    worker.wait(60)
    calls = sum(line.split('(', 1)[0] in ('openat', 'getdents64', 'statx', 'renameat', 'symlinkat', 'unlinkat', 'fsync', 'readlinkat')
                for lines in traces(prefix)['slot'] for line in lines)
    for path in glob.glob(prefix + '.*'):
        os.unlink(path)
    published = [n for n in os.listdir(spool.at(b'done', folder)) if n.startswith(b'new-') and n.endswith(b'.txt')]
    return calls / count if len(published) == count else None


def part_done(spool=None):
    with Large('done') as spool:
        stem = template_of(spool)
        took = spool.fill('done', b'done', DONE, DONE_FOLDERS, stem)
        spool.fill('folders', b'pending', EMPTY_FOLDERS)
        note('%d documents in %d folders, and %d empty folders of pending/: made in %.0f s' % (DONE, DONE_FOLDERS, EMPTY_FOLDERS, took))
        command(spool, 'status', 8, 0, 'status')
        summary = json.loads(command(spool, 'status --json', 8, 0, '--json', 'status'))
        checks.equal('status counts them', summary['done'], DONE)
        checks.equal('list lists them', command(spool, 'list', 8, 0, 'list').count(b'\n'), DONE)
        audit = json.loads(command(spool, 'audit', 12, DONE, '--json', 'audit'))
        checks.check('audit finds %d documents and no problem' % DONE, audit['ok'] and audit['done'] == DONE, str(audit)[:400])
        audit = json.loads(command(spool, 'audit --verify', 12, DONE, '--json', 'audit', '--verify'))
        checks.equal('audit --verify hashes all of them', (audit['ok'], audit['verified']), (True, DONE))
        if FULL and 'janitor' in WANTED:
            part_janitor(spool)
        os.makedirs(spool.at(b'done', b'large'))
        spool.fill('done', b'done/large', CROWDED_FOLDER, 0, stem)
        small, large = slot_calls(spool, b'small', 100), slot_calls(spool, b'large', 100)
        checks.check('publishing into a folder of %d documents costs %s calls, into an empty one %s' % (CROWDED_FOLDER, large, small),
                     small and large and large <= 1.25 * small)
        report['calls of a slot a document'] = {'folder empty': small, 'folder of %d documents' % CROWDED_FOLDER: large}


def part_janitor(spool):
    """The sweep begins a minute (or a half more) after the start, and takes a small step every few seconds."""
    worker = spool.start(host='sweeper')
    time.sleep(200)
    pid, peak = worker.role('janitor')[0].pid, memory(worker)
    note('janitor, 200 s on %d documents: %.0f ms of CPU, %.1f MiB; claimer on %d empty folders: %.0f ms, %.1f MiB' % (
        DONE, cpu_ms(pid), peak['janitor'] / 1024, EMPTY_FOLDERS, cpu_ms(worker.role('claimer')[0].pid), peak['claimer'] / 1024))
    checks.check('the janitor of a large done/ has %d KiB' % peak['janitor'], peak['janitor'] <= PROCESS_MB * 1024)
    report['janitor, 200 s'] = {'CPU milliseconds': round(cpu_ms(pid)), 'peak KiB': peak['janitor']}
    worker.stop()


def main():
    began = time.monotonic()
    for part, run in (('piles', part_piles), ('crowd', part_crowd), ('done', part_done)):
        if part in WANTED or (part == 'done' and 'janitor' in WANTED):
            run()
    if os.environ.get('REPORT'):
        with open(os.path.join(os.environ['REPORT'], 'scale.json'), 'w', encoding='utf-8') as f:
            json.dump({'suite': 'scale', 'seconds': round(time.monotonic() - began), 'counts': report}, f, indent=1)
    checks.finish()


main()
