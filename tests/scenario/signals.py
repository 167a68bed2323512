#!/usr/bin/env python3
"""Goal: extractd takes every signal as DESIGN section 4 says: SIGTERM, SIGHUP, SIGKILL and SIGSTOP, for each of its
processes, at any moment; nothing is lost, nothing is done twice, no process outlives its supervisor."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from signalkit import SPIN, attempts, clean, run, some, t
from spooltest import Law, Spool, pdf, read, seen, send_signal, small_pdf, still_alive, until


def term():
    """Finishes what is in hand, puts the rest back unspent, leaves no lease."""
    with Spool({'worker.shutdown_grace': '20s'}, name='term') as spool:
        law = Law(spool)
        some(law, 60, pages=200)
        worker = spool.start(host='one')
        spool.wait_finished(3, 20)
        those = worker.tree()
        began = time.monotonic()
        os.killpg(worker.pid, signal.SIGTERM) # all of them hear it, as with Ctrl-C and in a service
        t.equal('SIGTERM: exit code', worker.wait(30), 0)
        took = time.monotonic() - began
        n = spool.finished()
        t.check('SIGTERM: what was in hand is finished, the rest is not', 3 <= n < 60, n)
        t.check('SIGTERM: it took no longer than the documents in hand', took < 10, took)
        t.equal('SIGTERM: nothing stays claimed', spool.claimed(), [])
        t.equal('SIGTERM: the lease is gone', spool.leases(), [])
        t.equal('SIGTERM: no process is left', still_alive(those), [])
        spent = [w for w in spool.waiting() if not re.match(rb'\d+\.text\.1\.', w)]
        t.equal('SIGTERM: what was claimed went back without a mark', spent, [])
        clean('SIGTERM', spool, law, settled=False)
        worker = spool.start('--once', host='one', wait=False)
        t.equal('SIGTERM: the next run does the rest', (worker.wait(60), spool.finished()), (0, 60))
        t.equal('SIGTERM: no attempt was spent', {a for a, _ in attempts(spool).values()}, {1})
        clean('SIGTERM, next run', spool, law)


def term_spinning():
    with Spool(dict(SPIN, **{'worker.shutdown_grace': '1s'}), name='spin') as spool:
        law = Law(spool)
        law.drop(b'spin.pdf', pdf('treadmill'))
        worker = spool.start(host='one')
        t.check('SIGTERM, spinning: it spins', until(lambda: worker.spinning(0.3), 15))
        those = worker.tree()
        began = time.monotonic()
        code = worker.stop()
        took = time.monotonic() - began
        t.check('SIGTERM, spinning: stopped after the grace', code == 0 and 0.9 < took < 8, (code, took))
        t.equal('SIGTERM, spinning: no process is left', still_alive(those), [])
        waiting = spool.waiting()
        t.check('SIGTERM, spinning: it is put back unspent',
                len(waiting) == 1 and re.match(rb'\d+\.text\.1\.', waiting[0]), waiting)
        t.equal('SIGTERM, spinning: the lease is gone', spool.leases(), [])
        clean('SIGTERM, spinning', spool, law, settled=False)


def hangup():
    """SIGHUP takes a good configuration over, and keeps the old one when the new one is bad."""
    with Spool(SPIN, name='hup') as spool:
        law = Law(spool)
        host_file = os.path.join(spool.top, b'host.ini')
        spool.configure({'log.log_level': 'info'}, host_file, base={})
        worker = spool.start(host='one', config=host_file)
        law.drop(b'spin.pdf', pdf('treadmill'))
        until(lambda: worker.spinning(0.2), 15)

        def bad_and_hup(text):
            before = len(worker.log())
            with open(host_file, 'wb') as f:
                f.write(text)
            os.kill(worker.pid, signal.SIGHUP)
            until(lambda: b'was not read again' in worker.log()[before:], 10)
            return worker.log()[before:]

        said = bad_and_hup(b'[parser]\nstall_timeout = 1s\n\n[log]\nlog_levle = debug\nlog_format = xml\n')
        t.check('SIGHUP, bad: all errors with file, line and key',
                re.search(rb'host\.ini:5:.*log_levle', said) and re.search(rb'host\.ini:6:.*log_format', said), said)
        t.check('SIGHUP, bad: the old one stays in force', b'the old one stays' in said and
                not seen(lambda: spool.failed() or not worker.spinning(0.1), 2), said)
        before = len(worker.log())
        spool.configure({'parser.cpu_limit': '1s', 'log.log_level': 'debug'}, host_file, base={})
        os.kill(worker.pid, signal.SIGHUP)
        t.check('SIGHUP, good: it says so', until(lambda: b'was read again' in worker.log()[before:], 10))
        t.check('SIGHUP, good: the new cpu_limit holds, for the document in work, too',
                until(lambda: spool.failed() == [(b'limit', b'spin.pdf')], 10), spool.failed())
        law.drop(b'next.pdf', small_pdf('after the reload'), 'after the reload')
        t.check('SIGHUP, good: log_level debug is heard of', until(lambda: b'level=debug' in worker.log()[before:], 10))
        t.equal('SIGHUP: restarted nothing', b'started again' in worker.log(), False)
        t.equal('SIGHUP: stopped with', worker.stop(), 0)
        clean('SIGHUP', spool, law)


def kill_role(spool, worker, law, role):
    """SIGKILL to one process of a role while work is going on. True when it came back."""
    before = spool.finished()
    some(law, 24, role.encode(), pages=60)
    until(lambda: spool.finished() > before, 20)
    if role == 'parser':
        victims = until(lambda: [p for p in worker.role('parser') if p.state == 'R'] or worker.role('parser'), 10)
    elif role == 'slot':
        victims = until(lambda: worker.role('slot'), 10)
    else:
        victims = until(lambda: worker.role(role), 10)
    if not victims or not send_signal(victims[0], signal.SIGKILL):
        return False
    if role == 'parser':
        return until(lambda: not still_alive(victims[:1]), 5)
    return until(lambda: [p for p in worker.role(role) if p.pid != victims[0].pid and p.role == victims[0].role], 10)


def kill_each():
    with Spool({'worker.poll_max': '200ms'}, name='kill') as spool:
        law = Law(spool)
        worker = spool.start(host='one')
        for role in ('claimer', 'slot', 'beat', 'reporter', 'janitor', 'zygote', 'parser'):
            t.check('kill -9 of %s: it is back' % role, kill_role(spool, worker, law, role), worker.tree())
            spool.wait_finished(len(law.dropped), 30)
            t.equal('kill -9 of %s: all is done' % role, spool.finished(), len(law.dropped))
        t.equal('kill -9 of each: nothing failed', spool.failed(), [])
        dear = [(p, a) for p, a in attempts(spool).items() if a[0] > 1]
        t.check('kill -9 of each: only a slot and a parser that die cost an attempt of what was in their hands',
                all(p.startswith((b'done/slot', b'done/parser')) for p, _ in dear) and len(dear) <= 2, dear)
        t.check('kill -9 of each: the history says why',
                all(a == (2, ['lease_died']) or a == (2, ['crashed']) or a == (2, ['memory']) for _, a in dear), dear)
        t.equal('kill -9 of each: the supervisor lives', worker.alive(), True)

        # a parser that spins
        spool.configure(dict(SPIN, **{'spool.max_attempts': '2'}))
        os.kill(worker.pid, signal.SIGHUP)
        until(lambda: b'was read again' in worker.log(), 10)
        law.drop(b'spin.pdf', pdf('treadmill'))
        kills = 0
        while kills < 8 and not spool.failed():
            victim = until(lambda: worker.spinning(0.2) or spool.failed(), 15)
            if spool.failed() or not victim:
                break
            kills += send_signal(victim[0], signal.SIGKILL)
            until(lambda: not still_alive(victim), 5)
            until(lambda: worker.spinning(0.2) or spool.failed(), 15)
        t.check('kill -9 of a spinning parser: max_attempts ends it', until(lambda: spool.failed(), 15), spool.waiting())
        t.check('kill -9 of a spinning parser: each attempt tried its page in three parsers at most (%d)' % kills, 2 <= kills <= 6)
        t.check('kill -9 of a spinning parser: as memory or crashed',
                spool.failed() and spool.failed()[0][0] in (b'memory', b'crashed'), spool.failed())
        t.equal('kill -9 of each: stopped with', worker.stop(), 0)
        clean('kill -9 of each', spool, law, leftovers=True)
        code, audit, err = spool.ctl('audit', '--verify', json_=True)
        t.check('kill -9 of each: audit is clean', code == 0 and audit['ok'], audit or err)


def kill_slot_while_spinning():
    """The slot of a spinning document dies: its parser, too, and the document costs an attempt."""
    with Spool(dict(SPIN, **{'spool.max_attempts': '2'}), name='slotspin') as spool:
        law = Law(spool)
        worker = spool.start(host='one')
        law.drop(b'spin.pdf', pdf('treadmill'))
        for i in range(2):
            spinning = until(lambda: worker.spinning(0.2), 15)
            t.check('kill -9 of a spinning document\'s slot, %d: it spins' % (i + 1), spinning)
            for p in worker.role('slot'): # whichever has it
                send_signal(p, signal.SIGKILL)
            t.check('kill -9 of a spinning document\'s slot, %d: its parser goes, too' % (i + 1),
                    until(lambda: not still_alive(spinning), 2), still_alive(spinning))
        t.check('kill -9 of a spinning document\'s slot: poison in the end',
                until(lambda: spool.failed() == [(b'poison', b'spin.pdf')], 30), (spool.failed(), spool.waiting()))
        t.equal('kill -9 of a spinning document\'s slot: stopped with', worker.stop(), 0)
        clean('kill -9 of a spinning document\'s slot', spool, law)


def kill_supervisor():
    with Spool(SPIN, name='super') as spool:
        law = Law(spool)
        worker = spool.start(host='one')
        law.drop(b'spin.pdf', pdf('treadmill'))
        some(law, 20, pages=60)
        spinning = until(lambda: worker.spinning(0.3), 15)
        those = worker.kill()
        began = time.monotonic()
        until(lambda: not still_alive(those), 5, 0.005)
        took = time.monotonic() - began
        t.check('kill -9 of the supervisor: everything below it is gone within 1 s (%.3f s, %d processes)' %
                (took, len(those)), took < 1 and len(those) >= 7, still_alive(those))
        t.check('kill -9 of the supervisor: the spinning parser, too', spinning and not still_alive(spinning))
        held = len(spool.claimed())
        t.check('kill -9 of the supervisor: its documents stay claimed', held > 0, held)
        clean('kill -9 of the supervisor', spool, law, settled=False, leftovers=True)

        # The same host takes its own dead lease back at once
        began = time.monotonic()
        worker = spool.start(host='one')
        until(lambda: not [l for l in spool.leases() if l[1].split(b'.')[1] != b'%d' % worker.pid], 10, 0.005)
        took = time.monotonic() - began
        t.check('restart on the same host: the dead lease is taken back at once (%.2f s)' % took, took < 2, spool.leases())
        t.check('restart: all but the spinning one is done',
                until(lambda: len(spool.done()) == 20, 30), len(spool.done()))
        marked = {a[1][0] for p, a in attempts(spool).items() if a[0] == 2}
        t.check('restart: what was in hand cost an attempt', marked <= {'lease_died'}, marked)
        t.equal('restart: stopped with', worker.stop(), 0)
        clean('restart', spool, law, settled=False, leftovers=True)


def stopped_for(process, looks):
    """Is it in a tracer's stop at each of so many looks, 20 ms apart?"""
    for _ in range(looks):
        if read('/proc/%d/stat' % process.pid).rsplit(b')', 1)[1].split()[0] != b't':
            return False
        time.sleep(0.02)
    return True


def kill_slot_at_message():
    """A slot dies with a message read and not yet acted on: the document must not be stranded in its lease."""
    strace = shutil.which('strace')
    if not strace:
        t.skip('kill -9 of a slot that has just read a message', 'strace is missing')
        return
    with Spool(name='message') as spool:
        law = Law(spool)
        worker = spool.start('--slots', '1', host='one')
        slot = until(lambda: worker.role('slot'), 10)[0]
        tracer = subprocess.Popen([strace, '-q', '-p', str(slot.pid), '-e', 'trace=recvfrom', '-e',
                                   'inject=recvfrom:delay_exit=4000000:when=1'], stderr=subprocess.PIPE)
        traced = until(lambda: b'TracerPid:\t0' not in read('/proc/%d/status' % slot.pid), 5)
        if not traced:
            tracer.kill()
            t.skip('kill -9 of a slot that has just read a message', 'strace may not trace here')
            return
        law.drop(b'first.pdf', small_pdf('first'), 'first')
        claimed = until(lambda: spool.claimed(), 10)
        # the message has been read when the queue is empty: the slot is in the delay then, and does not poll
        # (each of its calls stops it for a moment; only the delay is a long stop)
        seen(lambda: stopped_for(slot, 10), 3.5)
        send_signal(slot, signal.SIGKILL)
        said = tracer.communicate(timeout=20)[1]
        t.check('kill -9 of a slot that has just read a message: hit', claimed and b'DELAYED' in said, said)
        t.check('kill -9 of a slot that has just read a message: the document is done', spool.wait_finished(1, 10),
                (spool.claimed(), spool.waiting()))
        t.equal('kill -9 of a slot that has just read a message: stopped with', worker.stop(), 0)
        clean('kill -9 of a slot that has just read a message', spool, law)


run((term, term_spinning, hangup, kill_each, kill_slot_while_spinning, kill_supervisor, kill_slot_at_message), sys.argv[1:])
