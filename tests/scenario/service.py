#!/usr/bin/env python3
"""Goal: extractd is a good service of systemd's: what plays the manager here is told when there is a lease, how things stand, when the
configuration is read again and when it stops; and it hears of a supervisor that hangs, but not of a share that does. A host on which a
process dies again and again claims nothing, until it is well or a person says so. The processors that a unit leaves it count, others do not.

usage: service.py    BUILD in the environment: the folder with the programs (default: build)
"""
import os
import re
import signal
import socket
import threading
import time

from spooltest import Checks, Law, Spool, seen, send_signal, small_pdf, until

WATCHDOG = 1.2  # seconds
SELF_STOP = 3
# A beat that is 1.5 intervals old is late.
TIMES = {'spool.beat_interval': '1s', 'spool.self_stop': '%ds' % SELF_STOP, 'spool.lease_timeout': '30s'}

c = Checks()


class Ear:
    """The manager's socket, and what was said to it."""

    def __init__(self, path):
        self.said, self.path = [], path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)

    def hear(self, pattern, seconds=15):
        """Until such a message comes: it; None: in that time none did."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                self.said.append(self.socket.recv(4096).decode())
            except socket.timeout:
                return None
            if re.search(pattern, self.said[-1]):
                return self.said[-1]
        return None

    def during(self, seconds):
        """Forget what has come, and say what comes in that time."""
        self.socket.settimeout(0)
        try:
            while True:
                self.socket.recv(4096)
        except BlockingIOError:
            pass
        self.said = []
        self.hear('^never$', seconds)
        return self.said


def start(spool, ear):
    """As systemd would: a shell that becomes extractd says its own pid."""
    shell = 'export WATCHDOG_PID=$$; exec "$@"'
    return spool.start(host='one', program=('env', b'NOTIFY_SOCKET=' + ear.path, 'WATCHDOG_USEC=%d' % (WATCHDOG * 1e6), 'sh', '-c', shell, 'sh'))


def beat_of(spool):
    return os.stat(spool.at(b'claimed/one', spool.leases()[0][1], b'beat')).st_mtime_ns


def ready(spool, ear, worker, law):
    c.check('that there is a lease is told', ear.hear('^READY=1$'), ear.said)
    c.check('how things stand is told', ear.hear(r'^STATUS=0 in hand, 0 done, 0 failed$', 5), ear.said)
    law.drop(b'a.pdf', small_pdf('first'), 'first')
    law.drop(b'b.pdf', b'no PDF at all\n')
    c.check('and again when something is done', ear.hear(r'^STATUS=0 in hand, 1 done, 1 failed$', 15), ear.said)
    c.equal('ready is said once', ear.said.count('READY=1'), 1)
    for p in worker.role('zygote'): # /proc shows what a program was started with
        with open('/proc/%d/environ' % p.pid, 'rb') as f:
            c.equal('no other program is told of the manager', re.findall(rb'NOTIFY_SOCKET|WATCHDOG', f.read()), [])
    meals = ear.during(2 * WATCHDOG).count('WATCHDOG=1')
    c.check('the watchdog is fed in time (%d times)' % meals, 4 <= meals <= 9, ear.said)


def supervisor_hangs(spool, ear, worker):
    """Nobody feeds the watchdog then, and nobody the lease: the beat beats for a supervisor that goes round."""
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        c.equal('a supervisor that stands still feeds nobody', ear.during(SELF_STOP + 0.5), [])
        before = beat_of(spool)
        c.check('nor does it beat any more', not seen(lambda: beat_of(spool) != before, 1.5))
    finally:
        os.kill(worker.pid, signal.SIGCONT)
    c.check('one that goes on is heard of', ear.hear('^WATCHDOG=1$', 5))
    c.check('and beats again', until(lambda: beat_of(spool) != before, 5))


def share_hangs(ear, worker):
    """The beat hangs, as it does on a share that does not answer: the manager is told, and has no reason to start anything anew."""
    beat = worker.role('beat')
    if not c.equal('one beat', len(beat), 1):
        return
    ear.during(0.01)
    os.kill(beat[0].pid, signal.SIGSTOP)
    try:
        c.check('a share that does not answer is told', ear.hear(r'^STATUS=share not answering for \d+ s; 0 in hand, 1 done, 1 failed$', 10), ear.said)
        c.check('and the watchdog is fed all the same', ear.during(WATCHDOG).count('WATCHDOG=1') >= 2, ear.said)
    finally:
        os.kill(beat[0].pid, signal.SIGCONT)
    c.check('then it answers', ear.hear(r'^STATUS=0 in hand', 10), ear.said)


def reload_and_stop(ear, worker):
    ear.during(0.01)
    os.kill(worker.pid, signal.SIGHUP)
    told = ear.hear('^RELOADING=1\n')
    c.check('a reload is told, and when it began', told and abs(int(told.split('MONOTONIC_USEC=')[1]) / 1e6 - time.clock_gettime(
        time.CLOCK_MONOTONIC)) < 30, told)
    c.check('and its end', ear.hear('^READY=1$', 10), ear.said)
    os.kill(worker.pid, signal.SIGTERM)
    c.check('that it stops is told', ear.hear('^STOPPING=1$', 5), ear.said)
    c.equal('and it ends well', worker.wait(20), 0)


def kill_again_and_again(worker, role, times):
    """SIGKILL to a process of this role, as soon as it is back. How often it was hit."""
    gone = set()

    def hit():
        for p in worker.role(role):
            if (p.pid, p.start) not in gone and send_signal(p, signal.SIGKILL): # else it was dying just now
                gone.add((p.pid, p.start))
                return True
        return False

    while len(gone) < times and until(hit, 20, 0.05):
        pass
    return len(gone)


def host_of(spool):
    code, hosts, _ = spool.ctl('hosts', json_=True)
    return hosts[0] if code == 0 and hosts else {'state': '', 'reason': ''}


def registered(k, spool, worker):
    """All processes stand in the lease's registry, with what makes them unmistakable."""
    def wrong():
        listed = {p['pid']: p for p in host_of(spool).get('processes', []) if 'pid' in p}
        return [(p, listed.get(p.pid)) for p in worker.tree() if listed.get(p.pid, {}).get('start') != p.start or
                listed[p.pid]['role'] not in (p.role, worker.role_of(p))]
    k.check('each process is registered with pid, start and role', until(lambda: not wrong(), 10, 0.2), wrong())


def sick(k):
    """A process that dies as often as it is started: its host claims nothing, until a person says so."""
    with Spool({'worker.janitor_interval': '1s'}, name='sick') as spool:
        law = Law(spool)
        worker = spool.start(host='one')
        k.equal('a process is killed as often as it is started', kill_again_and_again(worker, 'janitor', 5), 5)
        k.check('the host is sick, and says why', until(lambda: host_of(spool)['state'] == 'sick', 5, 0.1) and 'janitor died 5 times in a row'
                in host_of(spool)['reason'], host_of(spool))
        law.drop(b'a.pdf', small_pdf('first'), 'first')
        k.check('it claims nothing', not seen(lambda: spool.claimed() or spool.finished(), 1.5))
        k.check('spoolctl hosts shows it, and who died', until(lambda: re.search(
            rb'(?s)sick .*janitor: (began|ended) .* ago, started again 5 times', spool.ctl('hosts')[1]), 5, 0.1), spool.ctl('hosts'))
        registered(k, spool, worker)
        k.equal('spoolctl host reset', spool.ctl('host', 'reset', 'one')[0], 0)
        began = time.monotonic()
        k.check('it works again', spool.wait_finished(1, 10), spool.waiting())
        took = time.monotonic() - began
        k.check('soon (%.1f s): the command takes two at most' % took, took < 4, took)
        k.check('and is no more sick', until(lambda: host_of(spool)['state'] in ('idle', 'working'), 5, 0.1), host_of(spool))
        k.check('the command is taken back', until(lambda: not os.path.exists(spool.at(b'control/reset.one')), 12))
        k.check('the log says all of it', b'this host is sick: janitor died 5 times' in worker.log() and
                b"as 'spoolctl host reset' says" in worker.log(), worker.log())
        k.equal('it was done once', worker.log().count(b'spoolctl host reset'), 1)
        k.equal('sick: stopped with', worker.stop(), 0)
        k.equal('sick: conservation', law.problems(leftovers=True), [])


def main():
    beside = threading.Thread(target=sick, args=(c,)) # which waits most of the time
    beside.start()
    service()
    beside.join()
    c.finish()


def service():
    with Spool(TIMES, name='service') as spool:
        law = Law(spool)
        ear = Ear(spool.top + b'/notify')
        worker = start(spool, ear)
        ready(spool, ear, worker, law)
        supervisor_hangs(spool, ear, worker)
        share_hangs(ear, worker)
        reload_and_stop(ear, worker)
        c.equal('conservation', law.problems(), [])
    # Nobody there: it works all the same, and says so.
    with Spool(TIMES, name='service') as spool:
        worker = spool.start(host='one', program=('env', 'NOTIFY_SOCKET=/nowhere/notify'))
        c.check('a manager that cannot be reached is logged', b'the service manager cannot be told' in worker.log(), worker.log())
        c.equal('and hinders nobody', worker.stop(), 0)
        # CPUAffinity= is what taskset sets.
        worker = spool.start(host='one', program=('taskset', '-c', str(min(os.sched_getaffinity(0)))))
        c.check('of one processor it takes one', b'slots, 1 cores' in worker.log(), worker.log())
        c.equal('and it stops', worker.stop(), 0)


main()
