#!/usr/bin/env python3
"""Goal: after 1,000 documents the zygote runs in a new image with another address layout, under the same pid, without costing any
document anything."""
from spooltest import Checks, Law, Spool, drop, small_pdf, still_alive, until

DOCUMENTS = 1400
t = Checks()


def layout(process):
    """Where the program's first segment and its stack lie."""
    with open('/proc/%d/maps' % process.pid, encoding='ascii') as maps:
        lines = maps.readlines()
    return lines[0].split()[0], [line.split()[0] for line in lines if line.endswith('[stack]\n')]


with Spool({'parser.parser_documents': '3', 'log.log_level': 'info'}, name='renew') as spool:
    law = Law(spool)
    worker = spool.start(host='one')
    zygote = until(lambda: worker.role('zygote'), 5)
    law.drop(b'first.pdf', small_pdf('first'), 'first')
    spool.wait_finished(1, 10)
    before = layout(zygote[0])
    for i in range(DOCUMENTS):
        words = 'renew number%d' % i
        drop(spool.pending(b'd%05d.pdf' % i), law.add(small_pdf(words), b'd%05d.pdf' % i, words))
    t.check('%d documents are done' % DOCUMENTS, spool.wait_finished(1 + DOCUMENTS, 60), (spool.finished(), spool.waiting()))
    t.equal('the zygote is the same process', still_alive(zygote), zygote)
    t.check('... in another address layout', layout(zygote[0]) != before, before)
    t.equal('nothing failed', spool.failed(), [])
    t.equal('each had one attempt', {spool.json(b'done/' + p)['attempt'] for p in spool.done()}, {1})
    t.equal('none was sent back', {spool.json(b'done/' + p)['returns_unspent'] for p in spool.done()}, {0})
    t.equal('stopped with', worker.stop(), 0)
    t.equal('the law', law.problems(leftovers=True), [])
t.finish()
