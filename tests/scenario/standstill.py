#!/usr/bin/env python3
"""Goal: a process of extractd that stands still (SIGSTOP, a hang) is replaced or does no harm, whichever it is; a machine that
slept blames no document."""
import os
import re
import signal
import sys
import time

from signalkit import SPIN, attempts, clean, run, some, t
from spooltest import Law, Spool, pdf, seen, send_signal, small_pdf, still_alive, until


def stop_parser():
    with Spool({'parser.stall_timeout': '1s', 'spool.max_attempts': '2', 'parser.cpu_limit': '60s'}, name='stopp') as spool:
        law = Law(spool)
        worker = spool.start(host='one')
        law.drop(b'long.pdf', pdf('pages', 'long', pages=9000))
        victim = until(lambda: [p for p in worker.role('parser') if p.state == 'R'], 10, 0.002)
        time.sleep(0.3) # its pages have begun; they take far longer
        t.check('SIGSTOP of a parser', victim and send_signal(victim[0], signal.SIGSTOP))
        t.check('SIGSTOP of a parser: the clock kills it', until(lambda: not still_alive(victim), 5))
        said = victim and re.search(rb'stall_timeout is over, its parser \(pid %d\) is killed: document \S+ \(long.pdf\), page \d+ of 9000 '
                         rb'\(\d+ %%\), last heartbeat (\d\.\d) s ago, last progress (\d\.\d) s ago' % victim[0].pid, worker.log())
        t.check('SIGSTOP of a parser: the log says where it stood, and since when', said and 0.9 < float(said.group(1)) < 3 and
                0.9 < float(said.group(2)) < 3, worker.log()[-800:])
        t.check('SIGSTOP of a parser: another one does the rest of the document', until(lambda: spool.done(), 15))
        t.equal('SIGSTOP of a parser: in the same attempt', list(attempts(spool).values()), [(1, [])])
        t.equal('SIGSTOP of a parser: with all its pages', spool.json(b'done/long.pdf')['outcome'], 'ok')
        clean('SIGSTOP of a parser', spool, law)
        worker.stop()


def stop_zygote():
    """A zygote that does not answer is replaced; nothing is lost, no attempt is spent."""
    with Spool({'parser.parser_documents': '1', 'parser.stall_timeout': '1s'}, name='stopz') as spool:
        law = Law(spool)
        worker = spool.start(host='one')
        zygote = until(lambda: worker.role('zygote'), 5)
        law.drop(b'first.pdf', small_pdf('first'), 'first')
        spool.wait_finished(1, 10)
        send_signal(zygote[0], signal.SIGSTOP)
        law.drop(b'second.pdf', small_pdf('second'), 'second')
        done = spool.wait_finished(2, 30)
        t.check('SIGSTOP of the zygote: it is replaced, and work goes on', done and not still_alive(zygote),
                (spool.done(), spool.waiting(), [p.state for p in still_alive(zygote)]))
        t.equal('SIGSTOP of the zygote: no attempt was spent', {a for a, _ in attempts(spool).values()}, {1})
        t.equal('SIGSTOP of the zygote: nothing failed', spool.failed(), [])
        for p in still_alive(zygote):
            send_signal(p, signal.SIGCONT)
        spool.wait_finished(2, 20)
        t.equal('SIGSTOP of the zygote: stopped with', worker.stop(), 0)
        clean('SIGSTOP of the zygote', spool, law)


def stop_slot():
    """A slot that stands still is replaced, and disturbs nobody."""
    with Spool({'parser.stall_timeout': '1s', 'parser.cpu_limit': '60s', 'spool.max_attempts': '3'}, name='stops') as spool:
        law = Law(spool)
        worker = spool.start('--slots', '3', host='one')
        zygote = until(lambda: worker.role('zygote'), 5)
        data = law.add(pdf('pages', 'long', pages=9000), b'long.pdf')
        with open(spool.pending(b'.x'), 'wb') as f:
            f.write(data)
        os.rename(spool.pending(b'.x'), spool.pending(b'long.pdf'))
        until(lambda: [p for p in worker.role('parser') if p.state == 'R'], 10, 0.002)
        slots = worker.role('slot')
        for p in slots: # whichever has it
            send_signal(p, signal.SIGSTOP)
        some(law, 10)
        gone = until(lambda: len(still_alive(slots)) < len(slots), 25)
        t.check('SIGSTOP of a slot with a document: it is replaced', gone, [(p.pid, p.role) for p in still_alive(slots)])
        for p in still_alive(slots):
            send_signal(p, signal.SIGCONT)
        done = spool.wait_finished(11, 30)
        t.check('SIGSTOP of slots: all is done in the end', done and spool.failed() == [], (spool.failed(), spool.waiting()))
        t.equal('SIGSTOP of slots: the zygote was not replaced for it', still_alive(zygote), zygote)
        t.equal('SIGSTOP of slots: stopped with', worker.stop(), 0)
        clean('SIGSTOP of slots', spool, law)


def stop_claimer():
    with Spool(name='stopc') as spool:
        law = Law(spool)
        worker = spool.start(host='one')
        some(law, 5)
        spool.wait_finished(5, 10)
        claimer = worker.role('claimer')
        send_signal(claimer[0], signal.SIGSTOP)
        some(law, 5, b'later')
        t.check('SIGSTOP of the claimer: nothing is claimed', not seen(lambda: spool.finished() > 5, 1.5))
        other = spool.start(host='two')
        t.check('SIGSTOP of the claimer: another host does the work', spool.wait_finished(10, 10), spool.done())
        for p in claimer:
            send_signal(p, signal.SIGCONT)
        some(law, 5, b'last')
        other.stop()
        t.check('SIGCONT of the claimer: it goes on', spool.wait_finished(15, 10))
        t.equal('SIGSTOP of the claimer: stopped with', worker.stop(), 0)
        clean('SIGSTOP of the claimer', spool, law)


def stop_all_standing():
    """Whoever stands still although the share answers is replaced: the host does not sit on its lease and do nothing."""
    with Spool({'parser.stall_timeout': '1s'}, name='stand') as spool:
        law = Law(spool)
        worker = spool.start('--slots', '2', host='one')
        some(law, 3)
        spool.wait_finished(3, 10)
        stopped = [p for role in ('claimer', 'reporter', 'janitor', 'slot') for p in worker.role(role)]
        for p in stopped:
            send_signal(p, signal.SIGSTOP)
        some(law, 5, b'later')
        t.check('SIGSTOP of claimer, reporter, janitor and slots: work goes on', spool.wait_finished(8, 45), spool.done())
        gone = until(lambda: not still_alive(stopped), 10)
        t.check('SIGSTOP of claimer, reporter, janitor and slots: all are replaced', gone,
                [worker.role_of(p) for p in still_alive(stopped)])
        t.equal('SIGSTOP of claimer, reporter, janitor and slots: the log says so',
                worker.log().count(b'has not moved for'), len(stopped))
        t.equal('SIGSTOP of claimer, reporter, janitor and slots: stopped with', worker.stop(), 0)
        clean('SIGSTOP of claimer, reporter, janitor and slots', spool, law)


def sleep_of_the_machine():
    """All processes stand still for longer than stall_timeout and document_timeout: no document is blamed."""
    with Spool({'parser.stall_timeout': '6s', 'parser.document_timeout': '12s', 'parser.cpu_limit': '60s'},
               name='sleep') as spool:
        law = Law(spool)
        worker = spool.start(host='one')
        law.drop(b'long.pdf', pdf('pages', 'long', pages=9000))
        until(lambda: [p for p in worker.role('parser') if p.state == 'R'], 10, 0.002)
        tree = worker.tree()
        os.kill(worker.pid, signal.SIGSTOP) # the supervisor first: it must not see the others stand still
        for p in tree:
            send_signal(p, signal.SIGSTOP)
        time.sleep(13)
        for p in tree:
            send_signal(p, signal.SIGCONT)
        os.kill(worker.pid, signal.SIGCONT)
        t.check('sleep of the machine: the document is done', until(lambda: spool.done(), 30), spool.waiting())
        t.equal('sleep of the machine: in its first attempt', list(attempts(spool).values()), [(1, [])])
        t.check('sleep of the machine: the log says so', b'did the machine sleep' in worker.log())
        t.equal('sleep of the machine: stopped with', worker.stop(), 0)
        clean('sleep of the machine', spool, law)


def stop_beat():
    """Without a beat the host stops its own work after self_stop, before anybody takes it over; then it starts anew."""
    with Spool(dict(SPIN, **{'spool.self_stop': '1s', 'spool.lease_timeout': '3s'}), name='stopb') as spool:
        law = Law(spool)
        law.drop(b'spin.pdf', pdf('treadmill'))
        worker = spool.start(host='one')
        spinning = until(lambda: worker.spinning(0.2), 15)
        lease = spool.leases()
        beat = worker.role('beat')
        began = time.monotonic()
        send_signal(beat[0], signal.SIGSTOP)
        until(lambda: not still_alive(spinning), 10)
        took = time.monotonic() - began
        t.check('SIGSTOP of beat: its parsers end after self_stop (%.1f s)' % took, 0.7 <= took < 2.5, took)
        t.check('SIGSTOP of beat: the document goes back unspent',
                until(lambda: [w for w in spool.waiting() if re.match(rb'\d+\.text\.1u1\.', w)], 3), spool.waiting())
        some(law, 3)
        t.check('SIGSTOP of beat: it claims nothing', not seen(lambda: spool.claimed(), 1))
        for p in beat:
            send_signal(p, signal.SIGCONT)
        t.check('SIGCONT of beat: work goes on', until(lambda: len(spool.done()) == 3, 10), spool.done())
        t.equal('SIGCONT of beat: in the same lease, which nobody took', spool.leases(), lease)
        t.equal('SIGSTOP of beat: stopped with', worker.stop(), 0)
        clean('SIGSTOP of beat', spool, law, settled=False)


def stop_supervisor():
    """A supervisor that stands still loses its lease, with all that it has in hand; when it goes on, it drops that and starts anew."""
    with Spool(dict(SPIN, **{'spool.self_stop': '1s', 'spool.lease_timeout': '3s', 'parser.cpu_limit': '2s'}), name='stopv') as spool:
        law = Law(spool)
        law.drop(b'spin.pdf', pdf('treadmill'))
        worker = spool.start(host='one')
        spinning = until(lambda: worker.spinning(0.2), 15)
        lease = spool.leases()
        beat = spool.at(b'claimed', lease[0][0], lease[0][1], b'beat')
        other = spool.start(host='two')
        os.kill(worker.pid, signal.SIGSTOP)
        time.sleep(1.5)
        before = os.stat(beat).st_mtime_ns
        t.check('SIGSTOP of the supervisor: its beat beats no more', not seen(
            lambda: os.path.exists(beat) and os.stat(beat).st_mtime_ns != before, 0.8))
        t.check('SIGSTOP of the supervisor: another host takes its lease over', until(lambda: lease[0] not in spool.leases(), 15), spool.leases())
        some(law, 3)
        t.check('SIGSTOP of the supervisor: and does the work', until(lambda: len(spool.done()) == 3, 15), spool.done())
        os.kill(worker.pid, signal.SIGCONT)
        t.check('SIGCONT of the supervisor: it starts anew', until(
            lambda: [x for x in spool.leases() if x[0] == b'one' and x != lease[0]], 10), spool.leases())
        t.check('SIGCONT of the supervisor: and has dropped what it had', spinning and until(lambda: not still_alive(spinning), 5),
                still_alive(spinning))
        t.check('SIGSTOP of the supervisor: the spinning document ends as it must, once', until(
            lambda: spool.failed() == [(b'limit', b'spin.pdf')], 20), (spool.failed(), spool.waiting()))
        t.equal('SIGSTOP of the supervisor: both stopped with', (worker.stop(), other.stop()), (0, 0))
        clean('SIGSTOP of the supervisor', spool, law, leftovers=True)


run((stop_parser, stop_zygote, stop_slot, stop_claimer, stop_all_standing, sleep_of_the_machine, stop_beat, stop_supervisor), sys.argv[1:])
