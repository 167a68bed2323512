#!/usr/bin/env python3
"""Goal: a document goes to a host that can do it, and no host holds more than it can start soon."""
import glob
import json
import os
import re
import signal
import sys
import threading
import time
import traceback

from spooltest import Checks, Law, Spool, pdf, send_signal, small_pdf, squeeze, until

t = Checks()
TESSDATA = glob.glob('/usr/share/tesseract-ocr/*/tessdata') + ['/usr/share/tessdata']


def clean(name, law):
    found = law.problems()
    t.check(name + ': conservation', not found, found)


def in_hand(spool, host):
    return [token for h, _, token in spool.claimed() if h == host]


def no_hoarding():
    """A host whose one core is taken for long leaves what waits to a host that is idle."""
    with Spool({'parser.stall_timeout': '2m', 'parser.cpu_limit': '5s'}, name='hoard') as spool:
        law = Law(spool)
        host_file = os.path.join(spool.top, b'one.ini')
        spool.configure({'worker.slots': '6', 'worker.cores': '1'}, host_file, base={})
        one = spool.start('--config', host_file.decode(), host='one')
        law.drop(b'long.pdf', pdf('treadmill'))
        stopped = until(lambda: one.role('parser'), 10, 0.002)
        t.check('hoarding: one works on a long document', stopped and send_signal(stopped[0], signal.SIGSTOP), one.log()[-500:])
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
        send_signal(stopped[0], signal.SIGCONT)
        t.check('hoarding: which it finishes', spool.wait_finished(41, 60) and spool.failed() == [(b'limit', b'long.pdf')], spool.failed())
        t.equal('hoarding: stopped with', (one.stop(), two.stop()), (0, 0))
        clean('hoarding', law)


def raw_pdf(contents):
    """A PDF with these content streams, a page for each."""
    bodies = [b'<</Type/Catalog/Pages 2 0 R>>', None, b'<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>']
    kids = []
    for content in contents:
        bodies.append(b'<</Length %d>>stream\n%s\nendstream' % (len(content), content))
        bodies.append(b'<</Type/Page/Parent 2 0 R/Contents %d 0 R>>' % len(bodies))
        kids.append(b'%d 0 R' % len(bodies))
    bodies[1] = b'<</Type/Pages/Kids[%s]/Count %d/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>>>' % (
        b' '.join(kids), len(kids))
    out, offsets = [b'%PDF-1.4\n'], []
    for i, body in enumerate(bodies, 1):
        offsets.append(sum(map(len, out)))
        out.append(b'%d 0 obj\n%s\nendobj\n' % (i, body))
    table = b''.join(b'%010d 00000 n \n' % o for o in offsets)
    return b''.join(out) + b'xref\n0 %d\n0000000000 65535 f \n' % (len(bodies) + 1) + table + \
        b'trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n' % (len(bodies) + 1, sum(map(len, out)))


def says(words, states=0):
    """A page's content; each state that is saved costs its parser some hundred bytes."""
    return b'q\n' * states + b'BT /F1 12 Tf 50 700 Td (' + words + b') Tj ET'


def events(spool, host, path):
    """What the journals of a host say of a document, in order."""
    found = []
    folder = spool.at(b'journal', host)
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), 'rb') as f:
            found += [json.loads(line) for line in f]
    return [e['event'] for e in found if e.get('path') == path]


MEMORY = {'parser.memory_limit': '32M', 'parser.cpu_limit': '30s', 'ocr.ocr': 'never', 'spool.retry_delay': '5s',
          'spool.alone_wait': '1h'}
BIG = 'm' + 'dc' # letters of 32


def memory():
    """What a host has no memory for is tried once alone by one that has more; the others are not disturbed."""
    with Spool(MEMORY, name='memory') as spool:
        law = Law(spool)
        files = {}
        for host, alone in (('small', '32M'), ('big', '256M')):
            files[host] = os.path.join(spool.top, host.encode() + b'.ini')
            spool.configure({'parser.memory_alone': alone}, files[host], base={})
        law.drop(b'heavy.pdf', pdf('text', words='heavy words', size=48 << 20), 'heavy words')
        law.drop(b'page.pdf', raw_pdf([says(b'first page'), says(b'second page', 200000), says(b'third page')]))
        law.drop(b'bomb.pdf', raw_pdf([says(b'bomb', 4000000)]))
        small = spool.start('--config', files['small'].decode(), host='small')
        t.check('memory: three wait for a host that has more',
                until(lambda: len([w for w in spool.waiting() if re.match(rb'\d+\.%s\.2m\.' % BIG.encode(), w)]) == 3, 30),
                (spool.waiting(), spool.failed(), spool.done()))
        for i in range(10):
            law.drop(b'good%d.pdf' % i, small_pdf('good words%02d' % i), 'good words%02d' % i)
        t.check('memory: others are done meanwhile', spool.wait_finished(10, 20), spool.finished())
        time.sleep(1)
        t.equal('memory: the small host leaves them alone',
                [events(spool, b'small', p) for p in ('heavy.pdf', 'page.pdf', 'bomb.pdf')], [['retry']] * 3)
        big = spool.start('--config', files['big'].decode(), host='big')
        for i in range(10, 30):
            law.drop(b'good%d.pdf' % i, small_pdf('good words%02d' % i), 'good words%02d' % i)
        t.check('memory: all come to an end', spool.wait_finished(33, 60), (spool.waiting(), spool.claimed()))
        record = spool.json(b'done/heavy.pdf')
        t.equal('memory: the heavy one is done by the big one, at its second try',
                (record['outcome'], record['host'], record['attempt'], record['history']), ('ok', 'big', 2, ['memory']))
        record = spool.json(b'done/page.pdf')
        t.equal('memory: so is the page that was too much',
                (record['outcome'], record['host'], record['attempt'], [p['tier'] for p in record['pages']]),
                ('ok', 'big', 2, ['text'] * 3))
        t.check('memory: with all pages in order', squeeze(spool.text(b'done/page.pdf')) == b'first page second page third page',
                spool.text(b'done/page.pdf'))
        t.check('memory: the others were not done again', b'done before: 3' in big.log(), big.log()[-800:])
        t.equal('memory: the bomb fails at once', spool.failed(), [(b'memory', b'bomb.pdf')])
        record = spool.json(b'failed/memory/bomb.pdf')
        t.equal('memory: after one try alone', (record['attempt'], record['history'], record['host']), (2, ['memory'], 'big'))
        t.check('memory: and says with how much', '32 MiB (memory_limit)' in record['message'] and
                '256 MiB (memory_alone of big)' in record['message'], record['message'])
        t.equal('memory: each was tried alone once', big.log().count(b'it is tried alone'), 3)
        t.equal('memory: no other document was disturbed',
                {(r['attempt'], r['returns_unspent']) for r in (spool.json(b'done/good%d.pdf' % i) for i in range(30))}, {(1, 0)})
        t.equal('memory: stopped with', (small.stop(), big.stop()), (0, 0))
        clean('memory', law)


def memory_nowhere():
    """Where no host has more, any host fails it after alone_wait, and says what was missing."""
    settings = dict(MEMORY, **{'spool.alone_wait': '2s', 'parser.memory_alone': '32M'})
    with Spool(settings, name='nowhere') as spool:
        law = Law(spool)
        law.drop(b'heavy.pdf', pdf('text', words='heavy words', size=48 << 20))
        law.drop(b'page.pdf', raw_pdf([says(b'first page'), says(b'second page', 200000)]))
        worker = spool.start(host='small')
        t.check('nowhere: both come to an end', spool.wait_finished(2, 30), spool.waiting())
        record = spool.json(b'failed/memory/heavy.pdf')
        t.equal('nowhere: one failed at its second try', (record['attempt'], record['history']), (2, ['memory']))
        t.check('nowhere: it says what would have been needed', 'memory_alone is above 32 MiB' in record['message'],
                record['message'])
        record = spool.json(b'done/page.pdf')
        t.equal('nowhere: one has what could be read', (record['outcome'], [p['tier'] for p in record['pages']]),
                ('partial', ['text', 'bad']))
        t.equal('nowhere: stopped with', worker.stop(), 0)
        clean('nowhere', law)


def languages():
    """A host that has no models for a language does not take the document again and again."""
    with Spool({'ocr.ocr': 'auto', 'spool.max_unspent': '2'}, name='tongue') as spool:
        law = Law(spool)
        models = os.path.join(spool.top, b'models')
        os.mkdir(models)
        has = [f for f in TESSDATA if os.path.exists(os.path.join(f, 'deu.traineddata'))]
        for name in ('eng', 'osd'):
            os.symlink(os.path.join(has[0], name + '.traineddata').encode(), os.path.join(models, name.encode() + b'.traineddata'))
        for i in range(3):
            law.drop(b'@deu/scan%d.pdf' % i, pdf('scan', words='auf deutsch %s' % 'abc'[i]))
        lacking = spool.start(host='lacking', program=['env', b'TESSDATA_PREFIX=' + models])
        t.check('languages: they wait', until(lambda: len([w for w in spool.waiting() if b'.ocr.1.' in w]) == 3, 30),
                (spool.waiting(), spool.failed()))
        time.sleep(2.5)
        said = [events(spool, b'lacking', '@deu/scan%d.pdf' % i) for i in range(3)]
        t.check('languages: each was taken once or twice, and left alone then', max(map(len, said)) <= 2, said)
        t.equal('languages: nothing failed', spool.failed(), [])
        full = spool.start(host='full')
        t.check('languages: a host that has them does them', spool.wait_finished(3, 60), (spool.waiting(), spool.claimed()))
        records = [spool.json(b'done/@deu/scan%d.pdf' % i) for i in range(3)]
        t.equal('languages: at no cost', {(r['outcome'], r['host'], r['attempt'], r['returns_unspent']) for r in records},
                {('ok', 'full', 1, 0)})
        t.equal('languages: stopped with', (lacking.stop(), full.stop()), (0, 0))
        clean('languages', law)


def slots_follow():
    """slots_max is read again by SIGHUP: fewer slots take documents, and more again, without a restart."""
    with Spool({'worker.slots_max': '6', 'worker.cores': '4', 'log.log_level': 'debug'}, name='slots') as spool:
        law = Law(spool)

        def of_host():
            return (spool.ctl('hosts', json_=True)[1] or [{}])[0]

        def counts(host):
            return host.get('active_slots'), host.get('slots')

        def slots_used(first):
            """Drop sixty documents; who does them."""
            before = len(worker.log())
            for i in range(first, first + 60):
                law.drop(b'x%d.pdf' % i, small_pdf('words no%03d' % i), 'words no%03d' % i)
            t.check('slots: all are done', spool.wait_finished(first + 60, 30), spool.finished())
            return set(re.findall(rb'role=(slot\.\d+) document=', worker.log()[before:]))

        worker = spool.start(host='one')
        others = counts(until(lambda: (lambda h: h if h.get('slots') else None)(of_host()), 10) or {})
        t.check('slots: all of them, but for what others do here %r' % (others,), others[1] == 6 and 5 <= others[0] <= 6, others)
        spool.configure({'worker.slots_max': '1', 'worker.cores': '4', 'log.log_level': 'debug'})
        os.kill(worker.pid, signal.SIGHUP)
        t.check('slots: one after SIGHUP', until(lambda: counts(of_host()) == (1, 6), 10, 0.2), of_host())
        t.equal('slots: one does it all', slots_used(0), {b'slot.0'})
        spool.configure({'worker.slots_max': '4', 'worker.cores': '4', 'log.log_level': 'debug'})
        os.kill(worker.pid, signal.SIGHUP)
        t.check('slots: four after another', until(lambda: counts(of_host()) == (4, 6), 40, 0.2), of_host())
        used = slots_used(60)
        t.check('slots: which work', b'slot.0' < max(used) <= b'slot.3', used)
        t.equal('slots: stopped with', worker.stop(), 0)
        clean('slots', law)


SCENARIOS = (no_hoarding, memory, memory_nowhere, languages, slots_follow)


def run(scenario):
    try:
        scenario()
    except Exception: # in a thread nobody else would hear of it
        t.check(scenario.__name__ + ' came to its end', False, traceback.format_exc())


# All at once: they wait most of the time.
threads = [threading.Thread(target=run, args=(s,)) for s in SCENARIOS if s.__name__ in sys.argv[1:] or not sys.argv[1:]]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
t.finish()
