"""signalkit: what the scenarios of signals share."""
import time

from spooltest import Checks, pdf, small_pdf

t = Checks()

# treadmill never ends by itself: it spins until a clock or a signal ends it
SPIN = {'parser.cpu_limit': '60s', 'parser.stall_timeout': '60s', 'parser.document_timeout': '2m'}


def some(law, n, name=b'doc', pages=None):
    for i in range(n):
        words = '%s number%03d' % (name.decode(), i)
        law.drop(b'%s%03d.pdf' % (name, i), pdf('pages', words, pages=pages) if pages else small_pdf(words), words)


def attempts(spool):
    """path -> (attempt, history) of all that is published."""
    found = {}
    for path in [b'done/' + p for p in spool.done()] + [b'failed/%s/%s' % p for p in spool.failed()]:
        record = spool.json(path)
        found[path] = (record['attempt'], record['history'])
    return found


def clean(name, spool, law, settled=True, leftovers=False):
    found = law.problems(settled=settled, leftovers=leftovers)
    t.check(name + ': conservation', not found, found)


def run(scenarios, wanted):
    """Each scenario, or those named; then the sum."""
    for scenario in scenarios:
        if wanted and scenario.__name__ not in wanted:
            continue
        began = time.monotonic()
        scenario()
        t.note('%s: %.1f s' % (scenario.__name__, time.monotonic() - began))
    t.finish()
