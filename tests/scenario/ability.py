#!/usr/bin/env python3
"""Goal: a document goes to a host that can do it, and no host holds more than it can start soon."""
import os
import re
import time

from spooltest import Checks, Law, Spool, pdf, send_signal, small_pdf, until

t = Checks()


def clean(name, law):
    found = law.problems()
    t.check(name + ': conservation', not found, found)


def in_hand(spool, host):
    return [token for h, _, token in spool.claimed() if h == host]


def no_hoarding():
    """A host whose one core is taken for long leaves what waits to a host that is idle."""
    with Spool({'parser.stall_timeout': '2m', 'parser.cpu_limit': '1m'}, name='hoard') as spool:
        law = Law(spool)
        host_file = os.path.join(spool.top, b'one.ini')
        spool.configure({'worker.slots': '6', 'worker.cores': '1'}, host_file, base={})
        one = spool.start('--config', host_file.decode(), host='one')
        law.drop(b'long.pdf', pdf('flat20000', pages=9000))
        stopped = until(lambda: [p for p in one.role('parser') if p.state == 'R'], 10, 0.002)
        t.check('hoarding: one works on a long document', stopped and send_signal(stopped[0], 19))
        for i in range(40):
            law.drop(b'small%d.pdf' % i, small_pdf('small words%02d' % i), 'small words%02d' % i)
        held, end = 0, time.monotonic() + 2
        while time.monotonic() < end:
            held = max(held, len(in_hand(spool, b'one')))
            time.sleep(0.02)
        t.check('hoarding: it claims what would start soon at most (%d in hand)' % held, 1 <= held <= 4)
        began = time.monotonic()
        two = spool.start(host='two')
        t.check('hoarding: the other host does the rest at once', spool.wait_finished(41 - held, 10), spool.finished())
        t.check('hoarding: what was claimed ahead is given back, and done there', spool.wait_finished(40, 20), spool.claimed())
        t.note('%d held, all others done after %.1f s' % (held, time.monotonic() - began))
        records = [spool.json(b'done/small%d.pdf' % i) for i in range(40)]
        t.equal('hoarding: it cost nothing', {(r['attempt'], r['returns_unspent']) for r in records}, {(1, 0)})
        t.check('hoarding: one still has the long one, and nothing else', len(in_hand(spool, b'one')) == 1, spool.claimed())
        send_signal(stopped[0], 18)
        t.check('hoarding: which it finishes', spool.wait_finished(41, 60), spool.claimed())
        t.equal('hoarding: stopped with', (one.stop(), two.stop()), (0, 0))
        clean('hoarding', law)


no_hoarding()
t.finish()
