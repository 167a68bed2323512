"""One run: a fresh copy of a scene's spool, the program with one fault, its end judged, recovery, the law."""
import atexit
import os
import subprocess
import time

from judge import judge
from scenes import DOCUMENTED, REASON, SANITIZER
from trees import BUILD, EXTRACTD, below, extractd, spoolctl

FAULTY = {p: os.path.join(BUILD, 'test', p + '-fault') for p in ('extractd', 'spoolctl')}
SLOW = 4 if 'asan' in os.path.basename(BUILD) else 1 # sanitizers
BOUND = 60 * SLOW     # seconds until a program must have ended (an opener that failed waits 3 s, then 6), however busy the machine is
OUTAGE = 1.0 * SLOW   # a persistent error may keep a program at work: it is asked to stop so long after it came
STOP_BOUND = 40 * SLOW
RECOVERY_BOUND = 120 * SLOW
RECOVERIES = 4        # successors; two are needed where a janitor has to take a lease back first
PERSISTENT = ('EIO_on', 'ENOSPC_on')


def where(pid):
    """What the processes of one that hangs do, for people."""
    said = []
    for p in below(pid):
        for name in ('wchan', 'syscall'):
            try:
                with open('/proc/%d/%s' % (p.pid, name)) as f:
                    said.append('%s %s: %s' % (p.role, name, f.read().strip()[:60]))
            except OSError:
                pass
    return '; '.join(said)


live = set() # programs that run just now


@atexit.register
def end_them():
    for child in list(live):
        child.kill()


class Run:
    """What one run needs and finds."""

    def __init__(self, scene, folder, page):
        self.scene, self.folder, self.page = scene, folder, page
        self.top = os.path.join(folder, 'spool')
        self.problems, self.left, self.code, self.stderr = [], {}, None, ''
        self.successors, self.acknowledged, self.stopped = 0, True, False

    def note(self, what, ok, detail=''):
        if not ok:
            self.problems.append('%s: %s' % (what, detail) if detail else what)
        return ok

    def copy(self):
        # By programs: the threads of the runner share one interpreter, and there are thousands of copies.
        subprocess.run(['rm', '-rf', self.folder], check=True)
        os.makedirs(self.folder)
        subprocess.run(['cp', '-a', self.scene.tree.top, self.top], check=True)
        self.scene.prepare(self)

    def execute(self, command, environment, persistent=False, came=lambda: True):
        """The program that is hit, to its end or to the bound. came(): the fault has."""
        path = os.path.join(self.folder, 'stderr')
        with open(path, 'wb') as err:
            child = subprocess.Popen(command, env=dict(os.environ, **environment), stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=err, process_group=0)
        live.add(child)
        try:
            self.scene.meanwhile(self, child)
            until = time.monotonic() + BOUND
            while persistent and not came() and child.poll() is None and time.monotonic() < until:
                time.sleep(0.02)
            try:
                self.code = child.wait(OUTAGE if persistent else BOUND)
            except subprocess.TimeoutExpired:
                self.note('it hangs', persistent, '' if persistent else where(child.pid))
                self.stopped = True
                child.terminate()
                try:
                    self.code = child.wait(STOP_BOUND)
                except subprocess.TimeoutExpired:
                    self.note('it does not stop when asked', False)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
            live.discard(child)
        with open(path, 'rb') as err:
            self.stderr = err.read().decode(errors='replace')

    def judge_end(self, killed):
        """Did the program itself end sensibly?"""
        program, code = self.scene.program, self.code
        self.note('a sanitizer or a bug speaks', not SANITIZER.search(self.stderr))
        if killed:
            self.note('killed, but its code is %s' % code, code == -9)
            return
        if not self.note('exit code %s is not documented' % code, code in DOCUMENTED[program]):
            return
        if code != 0:
            self.note('exit code %d without a reason' % code, REASON.search(self.stderr))
        if code == 1 and program == 'extractd':
            self.note('exit code 1, but nothing failed', ', 0 failed' not in self.stderr or
                      'could not be claimed' in self.stderr)

    def law(self, also):
        return judge(self.top, self.scene.expected(self), True, also)

    def recover(self, also, first=None):
        """Successors until all is at rest; then the law, and the program's own audit. first: what the law said before."""
        self.scene.follow(self)
        found, self.left = first or self.law(also)
        while found and self.successors < RECOVERIES:
            self.successors += 1
            try:
                done = extractd(self.top, *self.scene.successor(self), timeout=RECOVERY_BOUND)
            except subprocess.TimeoutExpired as e:
                self.note('a successor hangs', False, (e.stderr or b'')[-1500:])
                break
            self.note('a successor ends with %d' % done.returncode, done.returncode in (0, 1), done.stderr[-300:])
            found, self.left = self.law(also)
        self.problems += found
        audit = spoolctl(self.top, 'audit', '--verify', timeout=240)
        self.note('audit', audit.returncode == 0, (audit.stdout + audit.stderr)[-600:])


def run_fault(scene, folder, page, role, call, kind):
    """The run, judged. role None: no fault."""
    run = Run(scene, folder, page)
    page.clear()
    if role:
        page.plan(role, call, kind)
    run.copy()
    run.execute([FAULTY[scene.program]] + scene.command(run), {'FAULTPROG': page.path}, kind in PERSISTENT,
                lambda: page.proof(role).hits > 0)
    run.proof = page.proof(role) if role else None
    hit = bool(role and run.proof.hits)
    run.judge_end(hit and role == 'main' and kind in ('kill_before', 'kill_after'))
    if hit and role == 'closer' and kind in ('kill_before', 'kill_after'):
        run.note('the closer was killed, and nobody says so', 'was not given back' in run.stderr)
    run.problems += scene.outcome(run)
    also = ('unreadable',) if kind == 'EACCES' else ()
    first = None
    if run.code == 0 and not run.stopped and scene.settled_alone(run):
        first = run.law(also)
        unfinished = [f for f in first[0] if f.startswith('not finished')]
        run.note('it said 0, but', not unfinished, unfinished)
    run.recover(also, first)
    return run
