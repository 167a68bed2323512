#!/usr/bin/env python3
"""The fault sweep of the real programs: each file operation of each process of extractd, and of spoolctl, is hit.

    BUILD=build tests/faultprog/sweep.py [--full] [--scene NAME] [--role NAME] [--kind NAME] [--call N] [--jobs N] [-v]

For each scene (scenes.py) the calls of each role are counted in clean runs; what all of them have made is the set of
points. Then each point is hit in a run of its own, from a fresh spool, and everything is judged: the program's end,
the recovery by the normal program, the conservation law from outside, spoolctl audit. Without --full each point gets
one fault (two of three times a kill where the call changes something; else the kinds in turn); with --full each
point gets all kinds that can happen to it. A fault that does not happen is tried again,
and then is a failure, but for processes that poll: where one has made fewer calls than in all clean runs, that look is
no point (reported, and a failure when there are many).
"""
import argparse
import collections
import json
import os
import queue
import shutil
import sys
import tempfile
import threading
import time
import traceback

from page import Page, Table
from onerun import FAULTY, PERSISTENT, run_fault
from scenes import SCENES

CLEAN_RUNS, CLEAN_JOBS, TRIES = 4, 3, 4
POLLING = ('claimer', 'slot.0', 'reporter', 'janitor', 'beat') # how often they look depends on time
MOST_ABSENT = 0.02 # of the points
RARE = 8 # a persistent error takes a second: in the quick sweep, each so many-th choice has it among its kinds
KILLS = ('kill_before', 'kill_after')
CHANGERS = ('create', 'write', 'fsync', 'renameat', 'unlinkat', 'mkdirat', 'symlinkat', 'touchat')
JOBS, SLEEPERS, MOST_SHOWN = 8, 12, int(os.environ.get('SHOW', 40))

Fault = collections.namedtuple('Fault', 'scene role call op kind')


# --- planning ---

def kinds_for(table, op):
    """All that can happen to it. Not "killed after" an open: one that fails is not killed, and else it is the same as
    before the next call."""
    return [k for k in table.kinds if op in table.applies[k] and (k, op) != ('kill_after', 'openat')]


def quick_kinds(table, op, turn):
    """The kind for a point, in a list."""
    kinds = kinds_for(table, op)
    others = [k for k in kinds if k not in KILLS and (k not in PERSISTENT or turn % RARE == RARE - 1)]
    if op in CHANGERS:
        return [others[turn // 3 % len(others)] if turn % 3 == 2 and others else KILLS[turn // 2 % 2]]
    kills = [k for k in KILLS if k in kinds]
    return [(others + [kills[turn // 2 % len(kills)]])[turn % (len(others) + 1)]]


def plan(table, points, full):
    faults, turn = [], collections.Counter()
    for scene, role, call, op in points:
        kinds = kinds_for(table, op) if full else quick_kinds(table, op, turn[op])
        turn[op] += 1
        faults += [Fault(scene, role, call, op, kind) for kind in kinds]
    return faults


# --- the runs ---

class Crew:
    """Threads that run what they are given, each in a folder of its own; results() ends when all is done."""

    def __init__(self, sweep):
        self.sweep, self.todo, self.out, self.given = sweep, [], queue.Queue(), 0

    def give(self, work, tasks, hands):
        """These tasks to so many threads: work(scenes, folder, page, task)."""
        todo = queue.Queue()
        for task in tasks:
            todo.put(task)
        self.given += len(tasks)
        for _ in range(min(hands, len(tasks))):
            threading.Thread(target=self.serve, args=(work, todo), daemon=True).start()

    def serve(self, work, todo):
        folder = tempfile.mkdtemp(dir=self.sweep.base, prefix='job-')
        page = Page(self.sweep.table, os.path.join(folder, 'page'))
        while True:
            try:
                task = todo.get_nowait()
            except queue.Empty:
                return
            try:
                self.out.put(work(self.sweep.scenes, os.path.join(folder, 'run'), page, task))
            except Exception: # the test itself is broken: say where
                self.out.put(RuntimeError('%s: %s' % (task, traceback.format_exc())))

    def results(self):
        for _ in range(self.given):
            result = self.out.get()
            if isinstance(result, RuntimeError):
                raise result
            yield result


def clean(scenes, folder, page, name):
    """The calls of each role in a run without a fault."""
    run = run_fault(scenes[name], folder, page, None, 0, 'none')
    proofs = {r: page.proof(r) for r in page.table.roles}
    return name, {r: p.ops for r, p in proofs.items() if p.calls}, run.problems, run.stderr


def hit(scenes, folder, page, fault):
    """(fault, hit call, hit op, hit name, calls of the role, tries, problems, leftovers, successors, stderr, seconds)."""
    began = time.monotonic()
    for attempt in range(1, TRIES + 1):
        # The last try is a kill, which can happen to whatever call has this number now.
        kind = 'kill_before' if attempt == TRIES else fault.kind
        run = run_fault(scenes[fault.scene], folder, page, fault.role, fault.call, kind)
        if run.problems or (run.proof.hits and run.proof.hit_call == fault.call):
            break
    p = run.proof
    return (fault._replace(kind=kind), p.hit_call if p.hits else 0, p.hit_op, p.hit_name, p.calls, attempt, run.problems,
            dict(run.left), run.successors, run.stderr[-3000:], time.monotonic() - began)


# --- the sweep ---

class Sweep:
    def __init__(self, options, base):
        self.options, self.base = options, base
        self.table = Table(FAULTY['extractd'])
        self.scenes = {s.name: s for s in (c(base) for c in SCENES if wanted(c, options))}
        self.failed, self.kinds, self.left = 0, collections.Counter(), collections.Counter()
        self.covered, self.successors, self.retried, self.seconds = set(), 0, 0, 0.0
        self.by_scene, self.absent = collections.Counter(), set()

    def find_points(self):
        """What all clean runs have made, as (scene, role, call, op)."""
        seen = collections.defaultdict(list)
        crew = Crew(self)
        crew.give(clean, list(self.scenes) * CLEAN_RUNS, CLEAN_JOBS)
        for name, ops, problems, stderr in crew.results():
            seen[name].append(ops)
            if problems:
                self.fail('%s without a fault' % name, problems, stderr)
        points = []
        for name in self.scenes:
            for role in self.scenes[name].roles or self.table.roles:
                n = min(len(ops.get(role, ())) for ops in seen[name])
                ops = seen[name][0].get(role, ())
                points += [(name, role, c, ops[c - 1]) for c in range(1, n + 1)]
        return [p for p in points if self.options.role in (None, p[1]) and self.options.call in (None, p[2])]

    def fail(self, what, problems, stderr):
        self.failed += 1
        if self.failed > MOST_SHOWN:
            return
        print('FAILED  %s: %s' % (what, '; '.join(problems)[:1500]), flush=True)
        if self.failed <= MOST_SHOWN // 4:
            print('\n'.join('        | ' + line[:300] for line in stderr.splitlines()[-12:]), flush=True)

    def one(self, result):
        fault, call, op, name, calls, tries, problems, left, successors, stderr, seconds = result
        what = '%s, %s, call %d (%s %s), %s' % (fault.scene, fault.role, fault.call, op or fault.op, name, fault.kind)
        if self.options.v:
            print('%5.2f s  %s: hit %d, %d tries, %d successors' % (seconds, what, call, tries, successors), flush=True)
        self.retried += tries > 1
        self.successors += successors > 0
        self.seconds += seconds
        if problems:
            self.fail(what, problems, stderr)
        elif call == 0 and calls < fault.call and fault.role in POLLING:
            self.absent.add((fault.scene, fault.role, fault.call)) # it looked less often than in the clean runs
        elif call == 0:
            self.fail(what, ['the planned fault did not happen in %d tries' % tries], stderr)
        if call:
            self.kinds[fault.kind] += 1
            self.by_scene[fault.scene] += 1
            self.covered.add((fault.scene, fault.role, call))
        for sort in left:
            self.left[sort] += 1

    def sweep(self, faults):
        """Openers that fail sleep for seconds: many of them at a time."""
        sleepy = [f for f in faults if f.role == 'opener' or f.kind in PERSISTENT]
        busy = [f for f in faults if f not in set(sleepy)]
        began = shown = time.monotonic()
        crew = Crew(self)
        crew.give(hit, busy, self.options.jobs)
        crew.give(hit, sleepy, SLEEPERS)
        for done, result in enumerate(crew.results(), 1):
            self.one(result)
            if self.options.full and time.monotonic() - shown > 30:
                shown = time.monotonic()
                print('        %d of %d faults, %.0f s, %d failed' % (done, len(faults), shown - began, self.failed),
                      flush=True)


def report(s, points, faults, began):
    wanted = {p[:3] for p in points} - (s.absent - s.covered)
    if len(s.absent) > MOST_ABSENT * len(points):
        s.fail('coverage', ['%d of %d points did not come again' % (len(s.absent), len(points))], '')
    covered = len(wanted & s.covered)
    for name in s.scenes:
        mine = [p for p in points if p[0] == name]
        print('%-16s %5d points (%s), %5d faults' % (
            name, len(mine), ', '.join('%s %d' % (r, n) for r, n in collections.Counter(p[1] for p in mine).items()),
            s.by_scene[name]))
    print('faults by kind: ' + ', '.join('%s %d' % k for k in s.kinds.items()))
    print('runs that needed a successor: %d; faults tried again, as their call did not come: %d' %
          (s.successors, s.retried))
    print('runs after which leftovers wait for the sweep: ' + ', '.join('%s %d' % k for k in s.left.items()))
    print('looks of polling processes that came in all clean runs, but not again: %d (not counted as points)' %
          (len(points) - len(wanted)))
    print('points: %d exist, %d covered; %d faults planned, %d hit; %.0f s' %
          (len(wanted), covered, len(faults), sum(s.kinds.values()), time.monotonic() - began))
    if covered < len(wanted):
        s.fail('coverage', ['not hit: %s' % sorted(wanted - s.covered)[:20]], '')
    folder = os.environ.get('REPORT')
    if folder:
        with open(os.path.join(folder, 'fault-programs.json'), 'w') as f:
            json.dump({'suite': 'fault-programs', 'seconds': round(time.monotonic() - began, 1), 'counts': {
                'scenes': len(s.scenes), 'fault points existing': len(wanted), 'fault points covered': covered,
                'faults planned': len(faults), 'faults hit': sum(s.kinds.values()),
                'polling looks left out': len(points) - len(wanted),
                'runs that needed a successor': s.successors, 'faults tried again': s.retried,
                'failed': s.failed, 'faults by kind': dict(s.kinds), 'faults by scene': dict(s.by_scene),
                'runs with leftovers for the sweep': dict(s.left)}}, f, indent=1)
            f.write('\n')


def wanted(scene, options):
    return scene.name == options.scene if options.scene else options.full or not scene.dear


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--full', action='store_true')
    p.add_argument('-v', action='store_true')
    p.add_argument('--scene')
    p.add_argument('--role')
    p.add_argument('--kind')
    p.add_argument('--call', type=int)
    p.add_argument('--jobs', type=int, default=JOBS)
    options = p.parse_args()
    began = time.monotonic()
    base = tempfile.mkdtemp(prefix='pdfspool-faultprog-', dir='/dev/shm' if os.path.isdir('/dev/shm') else None)
    try:
        s = Sweep(options, base)
        points = s.find_points()
        faults = plan(s.table, points, options.full or options.kind)
        faults = [f for f in faults if options.kind in (None, f.kind)]
        s.sweep(faults)
        report(s, points, faults, began)
        print('%d passed, %d failed' % (max(0, sum(s.kinds.values()) - s.failed), s.failed))
        return 1 if s.failed or not s.kinds else 0
    finally:
        if os.environ.get('KEEP'):
            print('kept: ' + base)
        else:
            shutil.rmtree(base, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
