#!/usr/bin/env python3
"""Goal: slots that have nothing to do read pages of one long scan; what comes out is what one parser makes of it, whatever
happens to those that help."""
import os
import re
import signal

from spooltest import Checks, Law, Spool, of_objects, pdf, send_signal, sha256, until

t = Checks()
BASE = {'parser.stall_timeout': '20s', 'ocr.languages': 'eng', 'ocr.ocr': 'now', 'ocr.ocr_keep': '100ms',
        'text.duplicates': 'extract', 'worker.slots': '4'}
WORDS = ('harbours', 'gardens', 'bridges', 'letters', 'winters', 'mountains', 'pages', 'rivers')
PAGES = len(WORDS)
HELPED = re.compile(rb'slots that had nothing to do have read (\d+) of its pages')


def scan(pages):
    """A document of so many scanned pages, of eight pictures in turn."""
    pictures = [re.search(rb'<< /Type /XObject /Subtype /Image.*?endstream', pdf('scan', words='all about %s' % w), re.S).group(0)
                for w in WORDS]
    content = b'q 612 0 0 792 0 0 cm /Im1 Do Q'
    kids = b' '.join(b'%d 0 R' % (4 + len(WORDS) + i) for i in range(pages))
    bodies = [b'<</Type/Catalog/Pages 2 0 R>>', b'<</Type/Pages/Kids[%s]/Count %d/MediaBox[0 0 612 792]>>' % (kids, pages),
              b'<</Length %d>>stream\n%s\nendstream' % (len(content), content)]
    bodies += pictures
    bodies += [b'<</Type/Page/Parent 2 0 R/Contents 3 0 R/Resources<</XObject<</Im1 %d 0 R>>>>>>' % (4 + i % len(WORDS))
               for i in range(pages)]
    return of_objects(bodies)


DOCUMENT, LONG, LONGEST = scan(PAGES), scan(PAGES + PAGES // 2), scan(5 * PAGES)


def of_long(want):
    """What LONG comes to, where DOCUMENT comes to this."""
    text, record = want
    pages = text.split(b'\f')[:-1]
    text = b''.join(p + b'\f' for p in pages + pages[:PAGES // 2])
    entries = record['pages'] + [dict(p, page=p['page'] + PAGES) for p in record['pages'][:PAGES // 2]]
    return text, dict(record, pages=entries, page_count=len(entries), text_bytes=len(text), text_sha256=sha256(text))


def made(spool, name):
    """What a document has come to, but for times, names and who did it."""
    record = spool.json(b'done/' + name)
    for page in record['pages']:
        page.pop('ms', None)
    kept = ('outcome', 'message', 'page_count', 'ocr_languages', 'bad_pages', 'pages_waiting_for_ocr', 'text_sha256', 'text_bytes',
            'metadata', 'pages', 'sandbox')
    return spool.text(b'done/' + name), {k: record.get(k) for k in kept}


def alone():
    """By one parser: on one core nobody can help."""
    with Spool(dict(BASE, **{'worker.cores': '1'}), name='alone') as spool:
        law = Law(spool)
        law.drop(b'scan.pdf', DOCUMENT + b'%scan')
        worker = spool.start(host='one')
        t.check('alone: it is done', spool.wait_finished(1, 120), (spool.done(), spool.waiting()))
        t.check('alone: nobody helped', not HELPED.search(worker.log()))
        result = made(spool, b'scan.pdf')
        t.check('alone: each page has its words', all(w.encode() in result[0].split(b'\f')[i] for i, w in enumerate(WORDS)), result[0])
        t.equal('alone: stopped with', worker.stop(), 0)
        return result


def parsers(worker):
    """Those that do OCR: they give way to others."""
    found = []
    for p in worker.role('parser'):
        try:
            if os.getpriority(os.PRIO_PROCESS, p.pid) >= 15:
                found.append(p)
        except ProcessLookupError:
            pass
    return sorted(found, key=lambda p: (p.start, p.pid))


def helper(worker):
    """Of a worker that has done nothing yet, the parser of the slot that helps: the younger of two."""
    def younger():
        two = parsers(worker)
        return two[-1] if len(two) == 2 else None
    return until(younger, 60, 0.005)


def with_help(want):
    """Two parsers, and the same result; also where the one that helps is killed, and where it is stopped."""
    with Spool(dict(BASE, **{'worker.cores': '2', 'parser.stall_timeout': '2s'}), name='helped') as spool:
        law = Law(spool)
        for n, (shown, sig) in enumerate([('helped', None), ('killed', signal.SIGKILL), ('stopped', signal.SIGSTOP)], 1):
            name, wanted = shown.encode() + b'.pdf', of_long(want) if sig else want
            worker = spool.start(host='one')
            law.drop(name, (LONG if sig else DOCUMENT) + b'%' + name)
            if sig:
                victim = helper(worker)
                t.check(shown + ': another helps', victim)
                t.check(shown + ': its parser gets the signal, in the middle', victim and send_signal(victim, sig) and
                        spool.finished() < n, (victim, spool.done()))
            t.check(shown + ': the document is done', spool.wait_finished(n, 120), (spool.done(), spool.waiting(), worker.log()[-900:]))
            got, said = made(spool, name), HELPED.search(worker.log())
            t.check(shown + ': the same text', got[0] == wanted[0], got)
            t.check(shown + ': the same record', got[1] == wanted[1], (got[1], wanted[1]))
            if not sig:
                t.check(shown + ': others read some of its pages, and not all', said and 0 < int(said.group(1)) < PAGES,
                        worker.log()[-900:])
            t.equal(shown + ': stopped with', worker.stop(), 0)
        found = law.problems()
        t.check('helped: conservation', not found, found)


def freeze(worker):
    """Both parsers stand still in the middle of a page, so that what comes now comes before they are done."""
    return helper(worker) and all([send_signal(p, signal.SIGSTOP) for p in parsers(worker)])


def in_between(want):
    """It is cancelled while others help, and the worker is stopped: the one ends at once, the other is taken up again."""
    with Spool(dict(BASE, **{'worker.cores': '2', 'worker.shutdown_grace': '0s'}), name='between') as spool:
        law = Law(spool)
        worker = spool.start(host='one')
        law.drop(b'scan.pdf', LONG + b'%scan')
        t.check('stopped worker: others help', freeze(worker))
        t.equal('stopped worker: it ends with', worker.stop(), 0)
        t.equal('stopped worker: the document waits, and is not done', (len(spool.waiting()), spool.done()), (1, []))
        worker = spool.start(host='one')
        t.check('stopped worker: the next one does it', spool.wait_finished(1, 120), (spool.done(), spool.waiting()))
        t.equal('stopped worker: stopped with', worker.stop(), 0)
        t.check('stopped worker: the same text', made(spool, b'scan.pdf')[0] == of_long(want)[0], made(spool, b'scan.pdf'))
        worker = spool.start(host='one')
        law.drop(b'unwanted.pdf', LONGEST + b'%unwanted')
        t.check('cancelled: others help', freeze(worker))
        t.equal('cancelled: spoolctl cancel', spool.ctl('cancel', 'unwanted.pdf')[0], 0)
        t.check('cancelled: it is', until(lambda: spool.failed() == [(b'cancelled', b'unwanted.pdf')], 30), spool.failed())
        t.check('cancelled: and nobody reads it any more', until(
            lambda: not [p for p in parsers(worker) if p.state in 'RtT'], 10), parsers(worker))
        t.equal('in between: stopped with', worker.stop(), 0)
        found = law.problems()
        t.check('in between: conservation', not found, found)


def gives_way(want):
    """The only slot that has no document helps, and its parser stands still: what comes meanwhile does not wait for that."""
    with Spool(dict(BASE, **{'worker.cores': '2', 'worker.slots': '2', 'parser.stall_timeout': '300s'}), name='way') as spool:
        law = Law(spool)
        worker = spool.start(host='one')
        law.drop(b'scan.pdf', LONG + b'%scan')
        t.check('gives way: another helps', freeze(worker))
        law.drop(b'short.pdf', pdf('text', pages=1))
        t.check('gives way: what came is done before', spool.wait_finished(1, 60) and spool.done() == [b'short.pdf'], spool.done())
        for p in parsers(worker):
            send_signal(p, signal.SIGCONT)
        t.check('gives way: the scan, too', spool.wait_finished(2, 120), (spool.done(), spool.waiting()))
        t.check('gives way: the same text', made(spool, b'scan.pdf')[0] == of_long(want)[0], made(spool, b'scan.pdf'))
        t.equal('gives way: stopped with', worker.stop(), 0)
        found = law.problems()
        t.check('gives way: conservation', not found, found)


result = alone()
with_help(result)
in_between(result)
gives_way(result)
t.finish()
