#!/usr/bin/env python3
"""Goal: pages without a text layer are read; later, by hosts that do it, and never twice when a host dies over it."""
import os
import re
import signal

from spooltest import Checks, Law, Spool, of_objects, pdf, small_pdf, squeeze, until

t = Checks()
THINGS = ('harbours', 'gardens', 'bridges', 'letters', 'winters', 'mountains')
BASE = {'parser.stall_timeout': '60s', 'ocr.languages': 'eng'}


def clean(name, law, settled=True):
    found = law.problems(settled=settled)
    t.check(name + ': conservation', not found, found)


def text_of(spool, name):
    with open(spool.at(b'done', name[:-4] + b'.txt'), 'rb') as f:
        return squeeze(f.read())


def tiers(record):
    return [page['tier'] for page in record['pages']]


def long_scan(pages, words):
    """A document of scanned pages, all of one picture."""
    scan = pdf('scan', words=words)
    image = re.search(rb'<< /Type /XObject /Subtype /Image.*?endstream', scan, re.S).group(0)
    content = b'q 612 0 0 792 0 0 cm /Im1 Do Q'
    kids = b' '.join(b'%d 0 R' % (5 + i) for i in range(pages))
    bodies = [b'<</Type/Catalog/Pages 2 0 R>>',
              b'<</Type/Pages/Kids[%s]/Count %d/MediaBox[0 0 612 792]/Resources<</XObject<</Im1 3 0 R>>>>>>' % (kids, pages),
              image, b'<</Length %d>>stream\n%s\nendstream' % (len(content), content)]
    bodies += [b'<</Type/Page/Parent 2 0 R/Contents 4 0 R>>'] * pages
    return of_objects(bodies)


ENGLISH = ('All human beings are born free and equal in dignity. The house behind the hill has been sold to a friend. '
           'It was built of wood and brick two hundred years ago. Its kitchen looks to the north, and the hall to the lake. '
           'In the attic there are books that no one has read. The old clock in the hall has not told the time since then. '
           'Both children had left the island before the flood. That is all that there is to be said of this house. ') * 2
GERMAN = ('Der Mann und die Frau sind mit dem Kind in das Haus gegangen. Sie haben es nicht gesehen, weil es dort noch nicht war. '
          'Wenn der Wagen nicht mehr da ist, sind wir zu Hause. Er hat auch das Buch, das auf dem Tisch war, gelesen. '
          'Die Tage werden nach und nach wieder etwas heller. Das ist aber nicht alles, was uns dazu bekannt ist. '
          'Nur wer es sich aus der Ferne ansieht, kann es sehen. Mit dem letzten Wort ist die Seite auch schon am Ende. ') * 2


def two_pictures(above, below):
    """One page: a line of text, and below it two pictures."""
    pictures = [re.search(rb'<< /Type /XObject /Subtype /Image.*?endstream', pdf('scan', words=w), re.S).group(0)
                for w in (above, below)]
    content = b'BT /F1 14 Tf 72 1700 Td (A title of its own) Tj ET' + \
        b' q 612 0 0 792 0 860 cm /Im1 Do Q q 612 0 0 792 0 20 cm /Im2 Do Q'
    bodies = [b'<</Type/Catalog/Pages 2 0 R>>', b'<</Type/Pages/Kids[7 0 R]/Count 1/MediaBox[0 0 612 1750]>>',
              b'<</Length %d>>stream\n%s\nendstream' % (len(content), content)] + pictures + \
        [b'<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
         b'<</Type/Page/Parent 2 0 R/Contents 3 0 R/Resources<</Font<</F1 6 0 R>>/XObject<</Im1 4 0 R/Im2 5 0 R>>>>>>']
    return of_objects(bodies)


def pages_of():
    """A scan and a document of both kinds come out with their words, and say where those are from."""
    with Spool(dict(BASE, **{'ocr.ocr': 'now'}), name='ocr') as spool:
        law = Law(spool)
        law.drop(b'scan.pdf', pdf('scan', words='hello harbour'))
        law.drop(b'mixed.pdf', pdf('mixed', words='quiet letters'))
        law.drop(b'blank.pdf', pdf('blank'))
        law.drop(b'text.pdf', small_pdf('plain words'), 'plain words')
        worker = spool.start(host='one')
        t.check('ocr: all are done', spool.wait_finished(4, 90), (spool.done(), spool.waiting()))
        t.check('ocr: the scan has its words', b'hello harbour' in text_of(spool, b'scan.pdf'), text_of(spool, b'scan.pdf'))
        mixed = text_of(spool, b'mixed.pdf')
        t.check('ocr: so have both pages of the mixed one', b'quiet letters' in mixed and b'second page is a scan' in mixed, mixed)
        record = spool.json(b'done/mixed.pdf')
        t.equal('ocr: each page says where its text is from', tiers(record), ['text', 'ocr'])
        t.check('ocr: with confidence and resolution', record['pages'][1]['confidence'] > 60 and record['pages'][1]['dpi'] >= 100,
                record['pages'][1])
        t.equal('ocr: and the document its languages', record['ocr_languages'], 'eng')
        t.equal('ocr: both are whole', [spool.json(b'done/' + n)['outcome'] for n in (b'scan.pdf', b'mixed.pdf')], ['ok', 'ok'])
        t.equal('ocr: a blank page is not read', tiers(spool.json(b'done/blank.pdf')), ['blank'])
        t.equal('ocr: stopped with', worker.stop(), 0)
        clean('ocr', law)


def later():
    """Documents that need no OCR never wait for those that do."""
    with Spool(dict(BASE, **{'ocr.ocr': 'later', 'worker.slots': '4'}), name='later') as spool:
        law = Law(spool)
        for i in range(6):
            law.drop(b'scan%d.pdf' % i, pdf('scan', words='paper about %s' % THINGS[i]))
        worker = spool.start(host='one')
        t.check('later: scans wait for OCR', until(lambda: [w for w in spool.waiting() if b'.ocr.' in w], 15), spool.waiting())
        t.check('later: what is done of them is kept', until(lambda: os.listdir(spool.at(b'control/paths')), 5))
        for i in range(60):
            law.drop(b'text%d.pdf' % i, small_pdf('plain words%02d' % i), 'plain words%02d' % i)
        until(lambda: len([d for d in spool.done() if d.startswith(b'text')]) == 60, 60)
        scans = len([d for d in spool.done() if d.startswith(b'scan')])
        t.check('later: the texts are done before the scans (%d of 6 by then)' % scans, scans < 6)
        t.check('later: then the scans', spool.wait_finished(66, 120), (spool.waiting(), spool.failed()))
        t.check('later: with their words', all(b'paper about ' + THINGS[i].encode() in text_of(spool, b'scan%d.pdf' % i) for i in range(6)))
        t.equal('later: it cost no attempt',
                {(r['attempt'], r['returns_unspent']) for r in (spool.json(b'done/scan%d.pdf' % i) for i in range(6))}, {(1, 0)})
        t.equal('later: nothing is kept any more', os.listdir(spool.at(b'control/paths')), [])
        t.equal('later: stopped with', worker.stop(), 0)
        clean('later', law)


def by_others():
    """A host that does no OCR leaves it to one that does; with --once it does not wait for that."""
    with Spool(BASE, name='others') as spool:
        law = Law(spool)
        host_file = os.path.join(spool.top, b'host.ini').decode()
        spool.configure({'ocr.ocr_here': 'no'}, host_file.encode(), base={})
        law.drop(b'scan.pdf', pdf('scan', words='for another host'))
        law.drop(b'text.pdf', small_pdf('for any host'), 'for any host')
        first = spool.start('--config', host_file, '--once', host='one')
        t.equal('others: --once ends', first.wait(30), 0)
        t.equal('others: with the text', spool.done(), [b'text.pdf'])
        t.check('others: the scan waits', [w for w in spool.waiting() if b'.ocr.' in w], spool.waiting())
        second = spool.start(host='two')
        t.check('others: another host reads it', spool.wait_finished(2, 60), spool.waiting())
        t.check('others: with its words', b'for another host' in text_of(spool, b'scan.pdf'))
        t.equal('others: stopped with', second.stop(), 0)
        clean('others', law)


def languages():
    """A missing language condemns nothing; never is never."""
    with Spool(dict(BASE, **{'ocr.ocr': 'now'}), name='lang') as spool:
        law = Law(spool)
        os.mkdir(spool.pending(b'@xyz'))
        law.drop(b'@xyz/scan.pdf', pdf('scan', words='in an unknown tongue'))
        law.drop(b'frames.pdf', pdf('frames'))
        worker = spool.start(host='one')
        t.check('languages: it goes back', until(lambda: [w for w in spool.waiting() if re.match(rb'\d+\.ocr\.1\.', w)], 30),
                (spool.waiting(), spool.failed()))
        law.drop(b'other.pdf', pdf('scan', words='in a known tongue'))
        t.check('languages: the others are done', until(lambda: spool.done() == [b'frames.pdf', b'other.pdf'], 60), spool.done())
        t.equal('languages: a page of rules is not read', tiers(spool.json(b'done/frames.pdf')), ['blank'])
        t.check('languages: the log says what is missing', b'no OCR models for xyz' in worker.log())
        t.check('languages: it was not counted', until(lambda: [w for w in spool.waiting() if re.match(rb'\d+\.ocr\.1\.', w)], 10))
        t.equal('languages: stopped with', worker.stop(), 0)
        clean('languages', law, settled=False)
    with Spool(dict(BASE, **{'ocr.ocr': 'never'}), name='never') as spool:
        law = Law(spool)
        law.drop(b'scan.pdf', pdf('scan'))
        law.drop(b'mixed.pdf', pdf('mixed'))
        law.drop(b'frames.pdf', pdf('frames'))
        worker = spool.start(host='one')
        spool.wait_finished(3, 60)
        t.equal('never: what there is', [spool.json(b'done/' + n)['outcome'] for n in (b'mixed.pdf', b'scan.pdf')], ['partial', 'empty'])
        t.equal('never: and what is not', spool.json(b'done/mixed.pdf')['pages_waiting_for_ocr'], [2])
        t.equal('never: nothing is drawn to see whether it could be read', tiers(spool.json(b'done/frames.pdf')), ['none'])
        t.equal('never: stopped with', worker.stop(), 0)
        clean('never', law)


def both_on_a_page():
    """The first picture of a page settles the languages, the second one asks for others: both are read."""
    with Spool(dict(BASE, **{'ocr.ocr': 'now', 'ocr.languages': 'auto'}), name='both') as spool:
        law = Law(spool)
        law.drop(b'both.pdf', two_pictures(ENGLISH, GERMAN))
        worker = spool.start('--slots', '1', host='one')
        t.check('both: it is done', spool.wait_finished(1, 60) and spool.done() == [b'both.pdf'], (spool.failed(), spool.waiting()))
        record = spool.json(b'done/both.pdf')
        t.equal('both: the languages', (record['outcome'], record['ocr_languages']), ('ok', 'eng+deu'))
        text = text_of(spool, b'both.pdf')
        t.check('both: the words', b'sold to a friend' in text and b'das auf dem Tisch war' in text, text)
        t.equal('both: stopped with', worker.stop(), 0)
        clean('both', law)


def kept_pages():
    """A host dies over a long scan: the next one goes on where it was."""
    settings = dict(BASE, **{'ocr.ocr': 'now', 'ocr.ocr_keep': '100ms'})
    with Spool(settings, name='kept') as spool:
        law = Law(spool)
        law.drop(b'long.pdf', long_scan(12, 'many pages'))
        first = spool.start('--slots', '1', host='one')
        kept = until(lambda: [n for n in os.listdir(spool.at(b'control/paths')) if n.endswith(b'.pages')], 60)
        file = spool.at(b'control/paths', kept[0])
        t.check('kept: pages are put aside', kept and until(lambda: os.stat(file).st_size > 1000, 60))
        until(lambda: open(file, 'rb').read().count(b'many pages') >= 4, 60)
        tree = first.tree()
        os.kill(first.pid, signal.SIGKILL)
        for p in tree:
            try:
                os.kill(p.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        had = open(file, 'rb').read().count(b'many pages')
        second = spool.start('--slots', '1', host='two')
        t.check('kept: another host finishes it', spool.wait_finished(1, 180), spool.waiting())
        record = spool.json(b'done/long.pdf')
        t.equal('kept: all pages are read', (record['outcome'], tiers(record)), ('ok', ['ocr'] * 12))
        t.check('kept: each has its words', text_of(spool, b'long.pdf').count(b'many pages') == 12)
        t.equal('kept: the second attempt', (record['attempt'], record['history']), (2, ['lease_died']))
        t.check('kept: %d pages were not read again' % had, had >= 4 and
                b'done before: %d' % had in second.log(), second.log()[-600:])
        t.check('kept: nothing is kept any more', until(lambda: not os.listdir(spool.at(b'control/paths')), 5))
        t.equal('kept: stopped with', second.stop(), 0)
        clean('kept', law)


for scenario in (pages_of, later, by_others, languages, both_on_a_page, kept_pages):
    scenario()
t.finish()
