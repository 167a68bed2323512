#!/usr/bin/env python3
"""The black-box sweep: the shipped programs as they are, with faults that strace puts into their system calls.

    BUILD=build tests/faultprog/blackbox.py [--full] [--scene NAME] [-v]

A clean run tells which calls are on the spool (strace -y shows the files' paths) and the how many-th of their kind they
are in their process: strace counts for each process apart. Of extractd only the calls on folders that the spool has
from the start are counted (-P), else a number would mean other calls in other processes; the lease's own folder, which
has a new name each time, is sweep.py's. Then each is killed at, or answered with an error, in a run
of its own. Where a process of extractd was killed, its supervisor is killed, too: the whole host is gone, and
a successor recovers. What is injected is counted in strace's own output, and only if it was on the spool; a fault that
was planned and did not happen is a failure. strace cannot lie ("done, but said to have failed"): sweep.py does.
"""
import argparse
import collections
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import scenes
from onerun import SLOW, Run, end_them, live
from trees import EXTRACTD, SPOOLCTL

CALLS = ('rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'mkdir', 'mkdirat', 'symlink', 'symlinkat', 'openat',
         'fsync', 'close', 'write', 'utimensat', 'getdents64', 'statx', 'newfstatat')
CHANGERS = ('rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'mkdir', 'mkdirat', 'symlink', 'symlinkat', 'fsync',
            'write', 'utimensat')
GROWERS = ('rename', 'renameat', 'renameat2', 'mkdir', 'mkdirat', 'symlink', 'symlinkat', 'fsync', 'write')
ERRORS = ('EIO', 'ESTALE', 'ENOSPC')
SCENES = [scenes.Submit, scenes.CtlRetry, scenes.CtlCancel, scenes.Init, scenes.Claim, scenes.Fail, scenes.Reclaim]
JOBS, TRIES, EVERY = 5, 3, 3
MOST_ABSENT = 0.02 # of the planned faults
BOUND, STOP = 12 * SLOW, 40 * SLOW
LINE = re.compile(r'^(\d+) +(\w+)\((.*)')
PROGRAM = {'extractd': EXTRACTD, 'spoolctl': SPOOLCTL}

Fault = collections.namedtuple('Fault', 'scene call n what')


class Trace:
    """What strace wrote: calls as (pid, name, number of its name in its process, line)."""

    def __init__(self, path, top, fault=None):
        self.calls, self.killed, self.injected = [], 0, 0
        counts, last = collections.Counter(), {}
        with open(path, 'rb') as f:
            lines = f.read().decode(errors='replace').splitlines()
        on_spool = re.compile(re.escape(top) + r'[/>"]')
        for line in lines:
            m = LINE.match(line)
            if m and ' resumed>' not in line:
                pid, name = m.group(1), m.group(2)
                counts[pid, name] += 1
                ours = on_spool.search(line) is not None
                cut = line.rstrip().endswith(('= ?', '<unfinished ...>')) # that call has not come back
                last[pid] = ours, fault and (name, counts[pid, name], cut) == (fault.call, fault.n, True)
                self.calls.append((pid, name, counts[pid, name], ours, line))
            pid = line.split(' ', 1)[0]
            ours, planned = last.get(pid, (False, False))
            self.injected += '(INJECTED' in line and ours
            self.killed += bool('+++ killed by SIGKILL' in line and ours and planned)
            if ' resumed>' in line and not line.rstrip().endswith('= ?'):
                last[pid] = ours, False # it has come back
        self.most = max((n for _, name, n, _, _ in self.calls if fault and name == fault.call), default=0)


class Traced(Run):
    """A run under strace."""

    def __init__(self, scene, folder):
        Run.__init__(self, scene, folder, None)
        self.out = os.path.join(folder, 'trace')

    def trace(self, fault):
        """The program under strace, to its end, with one fault or none."""
        command = ['strace', '-f', '-y', '-s', '4096', '-o', self.out, '-e', 'trace=' + ','.join('?' + c for c in CALLS)]
        if self.scene.program == 'extractd': # many processes, each with calls of its own: only those on known folders
            command += [word for folder, _, _ in os.walk(self.top) for word in ('-P', folder)]
        kill = fault and fault.what == 'SIGKILL'
        if fault:
            command += ['-e', 'inject=%s:%s:when=%d' % (
                fault.call, 'signal=SIGKILL' if kill else 'error=' + fault.what, fault.n)]
        command += [PROGRAM[self.scene.program]] + self.scene.command(self)
        environment = dict(os.environ, ASAN_OPTIONS='detect_leaks=0') # the leak checker cannot be traced
        with open(os.path.join(self.folder, 'stderr'), 'wb') as err:
            child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                     stderr=err, process_group=0)
        live.add(child)
        self.watch(child, fault if kill and self.scene.program == 'extractd' else None)
        live.discard(child)
        with open(os.path.join(self.folder, 'stderr'), 'rb') as f:
            self.stderr = f.read().decode(errors='replace')
        return Trace(self.out, self.top, fault)

    def main_pid(self):
        """The program itself: the first process that strace writes of."""
        try:
            with open(self.out, 'rb') as f:
                return int(f.readline().split(b' ', 1)[0])
        except (OSError, ValueError):
            return 0

    def said(self, word):
        try:
            with open(self.out, 'rb') as f:
                return word in f.read()
        except OSError:
            return False

    def watch(self, child, down):
        """Until it has ended. down: once a process was killed by this fault, the whole program goes. (At its end the
        supervisor kills processes, too.)"""
        end, asked = time.monotonic() + BOUND, False
        while child.poll() is None:
            pid = self.main_pid()
            if down and pid and self.said(b'+++ killed by SIGKILL') and Trace(self.out, self.top, down).killed:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                down = None
            if time.monotonic() > end:
                if asked:
                    self.note('it does not stop when asked', False)
                    child.kill()
                elif pid:
                    self.stopped = True
                    os.kill(pid, signal.SIGTERM)
                asked, end = True, time.monotonic() + STOP
            time.sleep(0.01)
        self.code = child.returncode


def clean(scene, folder):
    """Which (call, n) are on the spool."""
    run = Traced(scene, folder)
    run.copy()
    trace = run.trace(None)
    run.note('exit code', run.code == 0 or (scene.name in ('fail', 'reclaim') and run.code == 1), run.code)
    run.problems += scene.outcome(run)
    run.recover(())
    return {(name, n) for _, name, n, ours, _ in trace.calls if ours}, run.problems, run.stderr


def hit(scene, folder, fault):
    """(fault, injected, killed, absent, tries, problems, stderr)"""
    for attempt in range(1, TRIES + 1):
        run = Traced(scene, folder)
        run.copy()
        trace = run.trace(fault)
        killed = fault.what == 'SIGKILL'
        if not run.stopped:
            # One that was killed at the very end of the program's work was not missed by it.
            run.judge_end(killed and trace.killed and (scene.program != 'extractd' or run.code == -9))
        run.problems += scene.outcome(run)
        run.recover(())
        if run.problems or trace.injected or trace.killed:
            break
    absent = scene.program == 'extractd' and trace.most < fault.n
    return fault, trace.injected, trace.killed, absent, attempt, run.problems, run.stderr[-2500:]


class Sweep:
    def __init__(self, options, base):
        self.options, self.base = options, base
        self.scenes = {c.name: c(base) for c in SCENES if options.scene in (None, c.name)}
        self.failed, self.tried_again, self.absent = 0, 0, 0
        self.kinds, self.by_scene, self.by_call = (collections.Counter() for _ in range(3))
        self.points = {}

    def fail(self, what, problems, stderr):
        self.failed += 1
        if self.failed <= int(os.environ.get('SHOW', 20)):
            print('FAILED  %s: %s' % (what, '; '.join(problems)[:1500]), flush=True)
            print('\n'.join('        | ' + line[:300] for line in stderr.splitlines()[-10:]), flush=True)

    def parallel(self, work, tasks):
        """work(folder, task) for all of them, JOBS at a time; results as they come."""
        todo, out = queue.Queue(), queue.Queue()
        for task in tasks:
            todo.put(task)

        def serve():
            folder = os.path.join(tempfile.mkdtemp(dir=self.base, prefix='job-'), 'run')
            while True:
                try:
                    task = todo.get_nowait()
                except queue.Empty:
                    return
                try:
                    out.put(work(folder, task))
                except Exception:
                    out.put(RuntimeError('%s: %s' % (task, traceback.format_exc())))

        for _ in range(JOBS):
            threading.Thread(target=serve, daemon=True).start()
        for _ in tasks:
            result = out.get()
            if isinstance(result, RuntimeError):
                raise result
            yield result

    def learn(self):
        for name, (points, problems, stderr) in self.parallel(
                lambda folder, name: (name, clean(self.scenes[name], folder)), list(self.scenes) * 2):
            self.points[name] = self.points.get(name, points) & points # those that both clean runs have made
            if problems:
                self.fail(name + ' without a fault', problems, stderr)

    def plan(self):
        """Quick: kill at each call that changes something, an error at each second of them, and at each EVERYth
        other call one fault, in turn. Full: a kill and all errors everywhere."""
        faults, turn = [], collections.Counter()
        for name, points in self.points.items():
            for call, n in sorted(points):
                errors = [e for e in ERRORS if e != 'ENOSPC' or call in GROWERS]
                turn[call] += 1
                k = turn[call]
                if self.options.full:
                    kinds = ['SIGKILL'] + errors
                elif call in CHANGERS:
                    kinds = ['SIGKILL'] + ([errors[k // 2 % len(errors)]] if k % 2 == 0 else [])
                else:
                    kinds = [(['SIGKILL'] + errors)[k // EVERY % (len(errors) + 1)]] if k % EVERY == 0 else []
                faults += [Fault(name, call, n, kind) for kind in kinds]
        return faults

    def one(self, result):
        fault, injected, killed, absent, tries, problems, stderr = result
        what = '%s, %s number %d, %s' % fault
        if self.options.v:
            print('%s: %d injected, %d killed, %d tries' % (what, injected, killed, tries), flush=True)
        self.tried_again += tries > 1
        if problems:
            self.fail(what, problems, stderr)
        elif not injected + killed and absent:
            self.absent += 1 # a process that polls has looked less often than in both clean runs
        elif not injected + killed:
            self.fail(what, ['the planned fault did not happen in %d tries' % tries], stderr)
        if injected + killed:
            self.kinds[fault.what] += 1
            self.by_scene[fault.scene] += 1
            self.by_call[fault.call] += 1


def report(s, faults, began):
    if s.absent > MOST_ABSENT * len(faults):
        s.fail('coverage', ['%d of %d planned calls did not come again' % (s.absent, len(faults))], '')
    seconds, hits = time.monotonic() - began, sum(s.kinds.values())
    points = sum(len(p) for p in s.points.values())
    touched = len({(f.scene, f.call, f.n) for f in faults})
    for name, mine in s.points.items():
        print('%-16s %4d kinds and numbers of calls on the spool, %4d faults hit' % (name, len(mine), s.by_scene[name]))
    print('faults by kind: ' + ', '.join('%s %d' % k for k in sorted(s.kinds.items())))
    print('faults by call: ' + ', '.join('%s %d' % k for k in sorted(s.by_call.items())))
    print('points: %d exist, %d planned; %d faults planned, %d hit, %d tried again, %d looks of polling processes did '
          'not come again; %.0f s' %
          (points, touched, len(faults), hits, s.tried_again, s.absent, seconds))
    folder = os.environ.get('REPORT')
    if folder:
        with open(os.path.join(folder, 'strace.json'), 'w') as f:
            json.dump({'suite': 'strace', 'seconds': round(seconds, 1), 'counts': {
                'scenes': len(s.scenes), 'points existing': points, 'points with a fault': touched,
                'faults planned': len(faults), 'faults injected': hits, 'polling looks left out': s.absent, 'failed': s.failed,
                'faults by kind': dict(s.kinds), 'faults by call': dict(s.by_call),
                'faults by scene': dict(s.by_scene)}}, f, indent=1)
            f.write('\n')
    print('%d passed, %d failed' % (max(0, hits - s.failed), s.failed))
    return 1 if s.failed or not hits else 0


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--full', action='store_true')
    p.add_argument('-v', action='store_true')
    p.add_argument('--scene')
    options = p.parse_args()
    if subprocess.run(['strace', '-o', '/dev/null', 'true'], stderr=subprocess.DEVNULL).returncode != 0:
        print('skipped: strace is missing, or may not trace here')
        return 0
    began = time.monotonic()
    base = tempfile.mkdtemp(prefix='pdfspool-strace-', dir='/dev/shm' if os.path.isdir('/dev/shm') else None)
    try:
        s = Sweep(options, base)
        s.learn()
        faults = s.plan()
        if SLOW > 1 and not options.full:
            print('under sanitizers everything is slower: each fourth fault only')
            faults = faults[::4]
        for result in s.parallel(lambda folder, f: hit(s.scenes[f.scene], folder, f), faults):
            s.one(result)
        return report(s, faults, began)
    finally:
        end_them()
        shutil.rmtree(base, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
