#!/usr/bin/env python3
"""Goal: a lease that is dead for the others is taken back after lease_timeout, not before, whatever its owner does
later: nothing is published twice, nothing changes, the late one notices and starts anew."""
import os
import signal
import time

from spooltest import Checks, Law, Spool, Watcher, pdf, seen, small_pdf, still_alive, until

TIMES = {
    'spool.beat_interval': '200ms', 'spool.self_stop': '1s', 'spool.lease_timeout': '4s', 'spool.max_attempts': '4',
    'parser.cpu_limit': '60s', 'parser.stall_timeout': '60s', 'parser.document_timeout': '2m', 'log.log_level': 'debug',
}
TIMEOUT = 4.0
NAP_OF = 3  # times TIMEOUT, where a lease is to last

t = Checks()


def of_host(spool, host):
    return [lease for h, lease in spool.leases() if h == host]


def last_beat(spool, host):
    """When its beat was last touched, in seconds of the clock of the files."""
    return os.stat(spool.at(b'claimed', host, of_host(spool, host)[0], b'beat')).st_mtime


def taken_back(name, spool, beat):
    """Wait until host one has no lease any more; check how long after its last beat that was."""
    until(lambda: not of_host(spool, b'one'), 20)
    took = time.time() - beat
    t.check('%s: taken back lease_timeout after its last beat, not before, and soon then (%.1f s)' % (name, took),
            TIMEOUT <= took <= TIMEOUT + 4, took)


def clean(name, spool, law, settled=True):
    found = law.problems(settled=settled, leftovers=True)
    t.check(name + ': conservation', not found, found)
    code, audit, err = spool.ctl('audit', '--verify', json_=True)
    t.check(name + ': audit is clean', code == 0 and audit['ok'], audit or err)


def begin(spool, law, host):
    """A worker with documents in hand: one spins, others are long."""
    for i in range(12):
        words = 'long number%02d' % i
        law.drop(b'long%02d.pdf' % i, pdf('pages', words, pages=1500), words)
    worker = spool.start('--slots', '6', host=host)
    t.check('%s has documents in hand' % host, until(lambda: len(spool.claimed()) >= 2, 10, 0.002))
    return worker


def killed_elsewhere():
    """The whole worker dies, and only the beat's standing still can tell (its host is another's)."""
    with Spool(TIMES, name='dead') as spool:
        law = Law(spool)
        one = begin(spool, law, 'one')
        two = spool.start(host='two')
        watcher = Watcher(spool)
        watcher.start()
        one.kill_all()
        beat = last_beat(spool, b'one')
        held = [x for x in spool.claimed() if x[0] == b'one']
        t.check('killed: its documents are still in its lease', held, held)
        taken_back('killed', spool, beat)
        t.check('killed: everything is done', spool.wait_finished(12, 30) and not spool.failed(), spool.waiting())
        spent = [p for p in spool.done() if spool.json(b'done/' + p)['history'] == ['lease_died']]
        t.check('killed: what it held cost one attempt (%d of %d held)' % (len(spent), len(held)),
                0 < len(spent) <= len(held), spent)
        watcher.stop()
        t.equal('killed: no visible name changed', watcher.changed, [])
        t.equal('killed: the other stopped with', two.stop(), 0)
        clean('killed', spool, law)


def stopped_and_continued():
    """A whole host stands still for longer than lease_timeout, and wakes up in the middle of its work."""
    with Spool(TIMES, name='zombie') as spool:
        law = Law(spool)
        one = begin(spool, law, 'one')
        lease = of_host(spool, b'one')
        two = spool.start(host='two')
        watcher = Watcher(spool)
        watcher.start()
        one.signal_all(signal.SIGSTOP, freezing=True)
        beat = last_beat(spool, b'one')
        held = [x for x in spool.claimed() if x[0] == b'one']
        t.check('stopped: in the middle of its work', held, held)
        taken_back('stopped', spool, beat)
        t.check('stopped: the other does everything', spool.wait_finished(12, 30), spool.waiting())
        before = {p: spool.json(b'done/' + p)['claim'] for p in spool.done()}
        one.signal_all(signal.SIGCONT)
        until(lambda: of_host(spool, b'one') and of_host(spool, b'one') != lease, 15)
        t.check('continued: it says that it was declared dead', b'declared dead' in one.log(), one.log()[-600:])
        t.check('continued: it makes a new lease', of_host(spool, b'one') and of_host(spool, b'one') != lease,
                (spool.leases(), one.log()[-600:]))
        t.equal('continued: nothing was published anew',
                {p: spool.json(b'done/' + p)['claim'] for p in spool.done()}, before)
        two.stop()
        for i in range(4):
            law.drop(b'after%d.pdf' % i, small_pdf('after number%d' % i), 'after number%d' % i)
        t.check('continued: it works on in its new lease', spool.wait_finished(16, 15), spool.claimed())
        watcher.stop()
        t.equal('continued: no visible name changed', watcher.changed, [])
        t.equal('continued: stopped with', one.stop(), 0)
        t.equal('continued: no lease is left', spool.leases(), [])
        clean('continued', spool, law)


def short_stop():
    """A host that stands still for less than lease_timeout keeps its lease. What is left of that after the nap is what a machine with
    a busy disk has for the next beat."""
    with Spool(dict(TIMES, **{'spool.lease_timeout': '%ds' % (NAP_OF * TIMEOUT)}), name='nap') as spool:
        law = Law(spool)
        one = begin(spool, law, 'one')
        lease = of_host(spool, b'one')
        two = spool.start(host='two')
        one.signal_all(signal.SIGSTOP, freezing=True)
        t.check('a nap: the lease is left alone', not seen(lambda: of_host(spool, b'one') != lease, NAP_OF * TIMEOUT * 0.6))
        one.signal_all(signal.SIGCONT)
        t.check('a nap: everything is done', spool.wait_finished(12, 30), (spool.waiting(), spool.claimed()))
        t.equal('a nap: still the same lease', of_host(spool, b'one'), lease)
        died = [p for p in spool.done() if 'lease_died' in spool.json(b'done/' + p)['history']]
        t.equal('a nap: no attempt was spent', died, [])
        t.equal('a nap: both stopped with', (one.stop(), two.stop()), (0, 0))
        clean('a nap', spool, law)


def certificate():
    """Somebody removes the beat by hand: the lease is dead, and its owner drops its work and starts anew."""
    with Spool(TIMES, name='beat') as spool:
        law = Law(spool)
        one = begin(spool, law, 'one')
        lease = of_host(spool, b'one')
        before = one.tree()
        os.unlink(spool.at(b'claimed/one', lease[0], b'beat'))
        t.check('beat removed: a new lease is made', until(
            lambda: lease[0] not in of_host(spool, b'one') and of_host(spool, b'one'), 15, 0.05),
            (spool.leases(), one.log()[-600:]))
        t.check('beat removed: it says why', b'declared dead' in one.log())
        t.check('beat removed: everything is done', spool.wait_finished(12, 30) and not spool.failed(),
                (spool.waiting(), spool.claimed()))
        t.equal('beat removed: none of the old processes is left', still_alive(before), [])
        t.equal('beat removed: stopped with', one.stop(), 0)
        t.equal('beat removed: no lease is left', spool.leases(), [])
        clean('beat removed', spool, law)


def killed_beside():
    """Two workers under one host's name: when one dies, the other knows it by its process, whatever lease_timeout is."""
    with Spool(dict(TIMES, **{'spool.lease_timeout': '2m', 'worker.janitor_interval': '1m'}), name='beside') as spool:
        law = Law(spool)
        one = begin(spool, law, 'one')
        two = spool.start('--slots', '1', host='one')
        time.sleep(2.8) # the janitor has met the lease in its first round, and looks at it once more after 2 s; the next look is far away
        mine = [lease for lease in of_host(spool, b'one') if lease.split(b'.')[1] == b'%d' % one.pid]
        t.equal('killed beside: it has a lease', len(mine), 1)
        began = time.monotonic()
        one.kill_all()
        gone = until(lambda: mine[0] not in of_host(spool, b'one'), 20, 0.01)
        took = time.monotonic() - began
        t.check('killed beside: its lease is taken back within a second (%.2f s; 3 on a busy machine)' % took, gone and took < 3, took)
        t.check('killed beside: everything is done', spool.wait_finished(12, 30) and not spool.failed(), spool.waiting())
        t.equal('killed beside: the other stopped with', two.stop(), 0)
        clean('killed beside', spool, law)


killed_elsewhere()
killed_beside()
stopped_and_continued()
short_stop()
certificate()
t.finish()
