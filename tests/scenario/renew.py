#!/usr/bin/env python3
"""Goal: after 1,000 documents the zygote runs in a new image with another address layout, under the same pid, without costing any
document anything; and no process grows with the number of documents, in memory or in descriptors."""
import os

from spooltest import Checks, Law, Spool, drop, small_pdf, still_alive, until

WARM, DOCUMENTS = 400, 1400
GROWTH = 1024  # KiB of noise: whatever a process does for the first time. What leaks less, the sanitizer finds
t = Checks()


def layout(process):
    """Where the program's first segment and its stack lie."""
    with open('/proc/%d/maps' % process.pid, encoding='ascii') as maps:
        lines = maps.readlines()
    return lines[0].split()[0], [line.split()[0] for line in lines if line.endswith('[stack]\n')]


def weigh(worker):
    """{role or name: (KiB of memory, descriptors)} of the processes that stay."""
    found = {}
    for p in worker.tree():
        with open('/proc/%d/status' % p.pid, encoding='ascii') as status:
            rss = [int(line.split()[1]) for line in status if line.startswith('VmRSS')]
        if worker.role_of(p) not in ('parser', 'zygote'): # which is a new image by then
            found[p.pid] = (p.role, rss[0], len(os.listdir('/proc/%d/fd' % p.pid)))
    return found


def some(first, last):
    for i in range(first, last):
        words = 'renew number%d' % i
        drop(spool.pending(b'd%05d.pdf' % i), law.add(small_pdf(words), b'd%05d.pdf' % i, words))
    return spool.wait_finished(1 + last, 60)


with Spool({'parser.parser_documents': '3', 'log.log_level': 'info'}, name='renew') as spool:
    law = Law(spool)
    worker = spool.start(host='one')
    zygote = until(lambda: worker.role('zygote'), 5)
    law.drop(b'first.pdf', small_pdf('first'), 'first')
    spool.wait_finished(1, 10)
    before = layout(zygote[0])
    some(0, WARM)
    warm = weigh(worker)
    t.check('%d documents are done' % DOCUMENTS, some(WARM, DOCUMENTS), (spool.finished(), spool.waiting()))
    late = weigh(worker)
    grown = [(before, late[pid]) for pid, before in warm.items()
             if pid in late and (late[pid][1] > before[1] + GROWTH or late[pid][2] > before[2] + 1)]
    t.check('no process grew in memory or descriptors (%d of them)' % len(warm), len(warm) >= 6 and not grown, grown)
    t.equal('the zygote is the same process', still_alive(zygote), zygote)
    t.check('... in another address layout', layout(zygote[0]) != before, before)
    t.equal('nothing failed', spool.failed(), [])
    t.equal('each had one attempt', {spool.json(b'done/' + p)['attempt'] for p in spool.done()}, {1})
    t.equal('none was sent back', {spool.json(b'done/' + p)['returns_unspent'] for p in spool.done()}, {0})
    t.equal('stopped with', worker.stop(), 0)
    t.equal('the law', law.problems(leftovers=True), [])
t.finish()
