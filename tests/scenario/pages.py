#!/usr/bin/env python3
"""Goal: the page is the unit of failure: one that crashes its parser, hangs or needs too much costs itself only; and an
encrypted document is opened by the passwords of this host."""
import os
import re

from spooltest import BUILD, Checks, Law, Spool, pdf, until, write

LIMITS = {'parser.cpu_limit': '2s', 'parser.stall_timeout': '30s', 'parser.document_timeout': '90s'}
EVIL = os.path.join(BUILD, 'test', 'pdfspool-parser-evil')

t = Checks()


def document(contents, remark=b''):
    """A page for each content stream; /F1 is Helvetica, /X0 to /X11 are forms of which each draws the next ten times."""
    bodies = [b'<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>']
    first_form = 4
    for i in range(12):
        draws = b'/X%d Do ' % (i + 1) * 10 if i < 11 else b'BT /F1 1 Tf (ha) Tj ET'
        resources = b'<</Font<</F1 3 0 R>>/XObject<</X%d %d 0 R>>>>' % (i + 1, first_form + i + 1) if i < 11 else \
            b'<</Font<</F1 3 0 R>>>>'
        bodies.append(b'<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources%s/Length %d>>stream\n%s\nendstream' % (
            resources, len(draws), draws))
    pages = []
    for content in contents:
        number = 3 + len(bodies)
        bodies.append(b'<</Length %d>>stream\n%s\nendstream' % (len(content), content))
        bodies.append(b'<</Type/Page/Parent 2 0 R/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>/XObject<</X0 %d 0 R>>>>>>' % (
            number, first_form))
        pages.append(b'%d 0 R' % (number + 1))
    top = [b'<</Type/Catalog/Pages 2 0 R>>',
           b'<</Type/Pages/Kids[%s]/Count %d/MediaBox[0 0 595 842]>>' % (b' '.join(pages), len(pages))]
    out, offsets = b'%PDF-1.4\n' + remark, []
    for i, body in enumerate(top + bodies, 1):
        offsets.append(len(out))
        out += b'%d 0 obj\n%s\nendobj\n' % (i, body)
    table = b''.join(b'%010d 00000 n \n' % o for o in offsets)
    return out + b'xref\n0 %d\n0000000000 65535 f \n' % (len(offsets) + 1) + table + \
        b'trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n' % (len(offsets) + 1, len(out))


def words(text):
    return b'BT /F1 12 Tf 50 700 Td (' + text.encode() + b') Tj ET'


def texts(spool, name):
    """The document's text, page by page."""
    with open(spool.at(b'done', name[:-4] + b'.txt'), 'rb') as f:
        return [page.strip().decode() for page in f.read().split(b'\f')[:-1]]


def bad_pages(record):
    return {page['page']: page['class'] for page in record['pages'] if page['tier'] == 'bad'}


def clean(name, law):
    found = law.problems()
    t.check(name + ': conservation', not found, found)


def one_bad_page_each():
    """Pages that crash, call what the cage forbids, spin and never end, among good ones."""
    good = [words('page number%d' % i) for i in range(1, 10)]
    good[5] = b'/X0 Do'  # never ends
    remark = b'%EVIL-PAGE segv 2 \n%EVIL-PAGE stop 4 \n%EVIL-PAGE spin 8 \n%EVIL-PAGE abort 9 \n'
    with Spool(LIMITS, name='pages') as spool:
        law = Law(spool)
        law.drop(b'bad.pdf', document(good, remark))
        law.drop(b'good.pdf', document([words('quite fine')] * 3), 'quite fine')
        worker = spool.start('--parser', EVIL, host='one')
        t.check('bad pages: both documents are done', until(lambda: len(spool.done()) == 2, 60), spool.failed())
        record = spool.json(b'done/bad.pdf')
        t.equal('bad pages: partial', record['outcome'], 'partial')
        t.equal('bad pages: each says what it was', bad_pages(record),
                {2: 'crashed', 4: 'crashed', 6: 'limit', 8: 'limit', 9: 'crashed'})
        t.equal('bad pages: the list of them', record['bad_pages'], [2, 4, 6, 8, 9])
        t.equal('bad pages: the others have their text, in their places', texts(spool, b'bad.pdf'),
                ['page number1', '', 'page number3', '', 'page number5', '', 'page number7', '', ''])
        t.equal('bad pages: in one attempt', (record['attempt'], record['history']), (1, []))
        t.check('bad pages: the crash says where', 'SIGSEGV' in record['pages'][1]['why'], record['pages'][1])
        t.equal('bad pages: stopped with', worker.stop(), 0)
        clean('bad pages', law)


HUNG = re.compile(rb'slot \d+: (\w+) is over, its parser \(pid \d+\) is killed: document \S+ \((\S+)\), page (\d+) of (\d+) '
                  rb'\((\d+) %\), last heartbeat ([\d.]+) s ago, last progress ([\d.]+) s ago, in work for ([\d.]+) s')


def hangs_anywhere():
    """The clocks see a parser that hangs at the first page or the last (one in the middle: standstill.py); the log says where, and since when."""
    settings = dict(LIMITS, **{'parser.cpu_limit': '60s', 'parser.stall_timeout': '1s'})
    with Spool(settings, name='hangs') as spool:
        law = Law(spool)
        remark = b'%EVIL-PAGE spin 1 \n%EVIL-PAGE spin 4 \n'
        law.drop(b'hangs.pdf', document([words('page number%d' % i) for i in range(1, 5)], remark))
        worker = spool.start('--parser', EVIL, host='one')
        t.check('hangs: the document is done', until(lambda: spool.done(), 40), (spool.failed(), spool.waiting()))
        t.equal('hangs: each page that does is found', bad_pages(spool.json(b'done/hangs.pdf')), {1: 'stalled', 4: 'stalled'})
        said = HUNG.findall(worker.log())
        t.equal('hangs: the log says what was over, of which document, on which page, at what percentage',
                sorted({s[:5] for s in said}), [(b'stall_timeout', b'hangs.pdf', page, b'4', percent) for page, percent in (
                    (b'1', b'0'), (b'4', b'75'))])
        t.check('hangs: and since when there was no heartbeat, and no progress', all(
            0.9 < float(s[5]) < 3 and 0.9 < float(s[6]) < 3 and float(s[7]) >= float(s[6]) - 0.2 for s in said), said)
        t.equal('hangs: stopped with', worker.stop(), 0)
        clean('hangs', law)


def no_good_page():
    """Where no page can be read, the document fails with the class of its first page, and is tried again as such."""
    with Spool(dict(LIMITS, **{'spool.max_attempts': '2'}), name='nopage') as spool:
        law = Law(spool)
        law.drop(b'bad.pdf', document([words('one'), words('two')], b'%EVIL-PAGE segv 1 \n%EVIL-PAGE segv 2 \n'))
        worker = spool.start('--parser', EVIL, host='one')
        until(lambda: spool.failed(), 30)
        t.equal('no good page: it fails as', spool.failed(), [(b'crashed', b'bad.pdf')])
        record = spool.json(b'failed/crashed/bad.pdf')
        t.equal('no good page: after two attempts', (record['attempt'], record['history']), (2, ['crashed']))
        t.equal('no good page: stopped with', worker.stop(), 0)
        clean('no good page', law)


def out_of_time():
    """document_timeout: what has come by then is kept."""
    settings = dict(LIMITS, **{'parser.cpu_limit': '60s', 'parser.stall_timeout': '4s', 'parser.document_timeout': '4s'})
    with Spool(settings, name='time') as spool:
        law = Law(spool)
        law.drop(b'long.pdf', document([words('first'), b'/X0 Do', words('third')]))
        worker = spool.start(host='one')
        until(lambda: spool.done(), 30)
        record = spool.json(b'done/long.pdf')
        t.equal('document_timeout: partial, with what had come', (record['outcome'], texts(spool, b'long.pdf')),
                ('partial', ['first', '', '']))
        t.equal('document_timeout: the pages say so', bad_pages(record), {2: 'timeout', 3: 'timeout'})
        said = HUNG.findall(worker.log())
        t.check('document_timeout: the log says on which page', said and said[0][:5] == (b'document_timeout', b'long.pdf', b'2', b'3', b'33'),
                (said, worker.log()[-600:]))
        t.equal('document_timeout: stopped with', worker.stop(), 0)
        clean('document_timeout', law)


def passwords():
    with Spool(name='passwords') as spool:
        law = Law(spool)
        file, host_file = os.path.join(spool.top, b'passwords'), os.path.join(spool.top, b'host.ini')
        spool.configure({'parser.passwords': file.decode()}, host_file, base={})
        locked = pdf('password')
        law.drop(b'locked.pdf', locked)
        worker = spool.start('--config', host_file.decode(), host='one')
        back = until(lambda: [w for w in spool.waiting() if re.match(rb'\d+\.text\.1\.', w)], 10)
        t.check('passwords: a file that is not there condemns no document', back, (spool.waiting(), spool.failed()))
        write(file, b'wrong\r\n\n secret\nsecret\r\n')
        t.check('passwords: with the file it is opened', until(lambda: spool.done(), 45), spool.failed())
        record = spool.json(b'done/locked.pdf')
        t.equal('passwords: x.json says by what', (record.get('opened_with_given_password'), record['opened_with_empty_password']),
                (True, False))
        write(file, b'wrong\n')
        law.drop(b'other.pdf', locked + b'%\n')
        until(lambda: spool.failed(), 10)
        t.equal('passwords: without the right one', spool.failed(), [(b'encrypted', b'other.pdf')])
        t.check('passwords: the message says that some were tried',
                'none of those given' in spool.json(b'failed/encrypted/other.pdf')['message'])
        t.equal('passwords: stopped with', worker.stop(), 0)
        clean('passwords', law)


for scenario in (one_bad_page_each, hangs_anywhere, no_good_page, out_of_time, passwords):
    scenario()
t.finish()
