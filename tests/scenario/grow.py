#!/usr/bin/env python3
"""Goal: the zygote begins with MuPDF alone, and has the other engines from the first page on that needs them: in the same process,
without costing a document an attempt. Where the program that has them is missing, only what needs them suffers."""
import os
import shutil

from spooltest import BUILD, Checks, Law, Spool, drop, pdf, small_pdf, squeeze, still_alive, until

WORDS = 'hello harbour'
t = Checks()


def program(process):
    """What it runs, and how many libraries that has mapped."""
    with open('/proc/%d/maps' % process.pid, encoding='ascii') as maps:
        names = {line.split()[-1] for line in maps if '.so' in line}
    return os.path.basename(os.readlink('/proc/%d/exe' % process.pid)), len(names)


def tiers(spool, name):
    return [page['tier'] for page in spool.json(b'done/' + name)['pages']]


def engine(spool, law, name, data, words, what, expected):
    """One document through, and which program the zygote is then."""
    n = spool.finished()
    drop(spool.pending(name), law.add(data, name, words))
    t.check(what + ': it is done', spool.wait_finished(n + 1, 60), spool.waiting())
    got = program(spool.workers[-1].role('zygote')[0])
    t.equal(what + ': the zygote runs', got[0], expected)
    return got[1]


def growing():
    with Spool({'ocr.ocr': 'now', 'ocr.languages': 'eng'}, name='grow') as spool:
        law = Law(spool)
        worker = spool.start('--slots', '1', host='one')
        zygote = until(lambda: worker.role('zygote'), 5)
        few = engine(spool, law, b'plain.pdf', small_pdf('plain words'), 'plain words', 'grow: text', 'pdfspool-parser')
        law.drop(b'shifted.pdf', pdf('shifted', words=WORDS))
        t.check('grow: a doubtful page is done', spool.wait_finished(2, 60), spool.waiting())
        t.check('grow: by an engine that was not there before', tiers(spool, b'shifted.pdf') == ['repair'] and
                WORDS.encode() in squeeze(spool.text(b'done/shifted.pdf')), tiers(spool, b'shifted.pdf'))
        many = engine(spool, law, b'more.pdf', small_pdf('more words'), 'more words', 'grow: from then on', 'pdfspool-parser-whole')
        t.check('grow: it has the libraries only now', few < 30 < many, (few, many))
        t.equal('grow: in the same process', still_alive(zygote), zygote)
        names = (b'plain.pdf', b'shifted.pdf', b'more.pdf')
        t.equal('grow: each had one attempt', [spool.json(b'done/' + n)['attempt'] for n in names], [1, 1, 1])
        t.equal('grow: with its facts once', len(spool.json(b'done/shifted.pdf')['pages']), 1)
        t.equal('grow: stopped with', worker.stop(), 0)
        t.equal('grow: the law', law.problems(leftovers=True), [])


def growing_for_ocr():
    with Spool({'ocr.ocr': 'now', 'ocr.languages': 'eng'}, name='grow-ocr') as spool:
        law = Law(spool)
        worker = spool.start('--slots', '1', host='one')
        law.drop(b'scan.pdf', pdf('scan', words=WORDS))
        t.check('ocr: a scan is read', spool.wait_finished(1, 90) and tiers(spool, b'scan.pdf') == ['ocr'], spool.waiting())
        t.equal('ocr: by', program(worker.role('zygote')[0])[0], 'pdfspool-parser-whole')
        t.equal('ocr: it had one attempt', spool.json(b'done/scan.pdf')['attempt'], 1)
        t.equal('ocr: stopped with', worker.stop(), 0)


def alone():
    """A parser beside which nothing lies."""
    with Spool({'ocr.ocr': 'now', 'ocr.languages': 'eng', 'spool.retry_delay': '1s'}, name='grow-alone') as spool:
        law = Law(spool)
        parser = os.path.join(spool.top, b'pdfspool-parser')
        shutil.copy(os.path.join(BUILD, 'pdfspool-parser'), parser)
        worker = spool.start('--slots', '1', '--parser', parser, host='one')
        law.drop(b'plain.pdf', small_pdf('plain words'), 'plain words')
        law.drop(b'shifted.pdf', pdf('shifted', words=WORDS))
        t.check('alone: text is done, the doubtful one by the engine that there is', spool.wait_finished(2, 30) and
                tiers(spool, b'plain.pdf') + tiers(spool, b'shifted.pdf') == ['text', 'repair'], spool.done())
        law.drop(b'scan.pdf', pdf('scan', words=WORDS))
        t.check('alone: the log says what is missing',
                until(lambda: b'pdfspool-parser-whole cannot be run: it does not lie beside' in worker.log(), 30),
                worker.log()[-600:])
        t.check('alone: a scan waits, and is not condemned', until(lambda: b'no parser could be had' in worker.log(), 30) and
                spool.failed() == [] and spool.finished() == 2, (spool.failed(), worker.log()[-600:]))
        t.check('alone: extractd lives on', worker.alive())
        t.equal('alone: stopped with', worker.stop(), 0)


growing()
growing_for_ocr()
alone()
t.finish()
