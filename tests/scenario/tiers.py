#!/usr/bin/env python3
"""Goal: a tier of the user's ([tier:NAME]) gives its text to the pages it is for, whatever its command does, within its caps and rate."""
import json
import os
import signal
import sys
import threading
import time
import traceback

from spooltest import Checks, Law, Spool, below, drop, pdf, read, small_pdf, squeeze, still_alive, until, write

t = Checks()
OCR = {'ocr.ocr': 'auto', 'tier:cloud.when': 'ocr', 'lane:default.tiers': 'text, repair, cloud'}


def clean(name, law):
    found = law.problems()
    t.check(name + ': conservation', not found, found)


def of_host(spool, name, **commands):
    """A file of a host's own, with these commands: scripts, but for what begins with a slash."""
    path = os.path.join(spool.top, name.encode() + b'.ini')
    keys = {}
    for tier, command in commands.items():
        if not command.startswith('/'):
            script = os.path.join(spool.top, b'%s-%s.sh' % (name.encode(), tier.encode()))
            write(script, command.encode() + b'\n')
            command = 'sh ' + script.decode()
        keys['tier:%s.command' % tier] = command
    spool.configure(keys, path, base={})
    return ['--config', path.decode()]


def scan(words, pages=1):
    """Pages that are pictures; what is on them does not matter, but that it is another for other words."""
    picture = b''.join(bytes((255 if (x * y + len(words)) % 7 else 0) for x in range(100)) for y in range(140))
    bodies = [b'<</Type/Catalog/Pages 2 0 R>>', b'', b'<</Length 29>>stream\nq 595 0 0 842 0 0 cm /I Do Q \nendstream',
              b'<</Type/XObject/Subtype/Image/Width 100/Height 140/ColorSpace/DeviceGray/BitsPerComponent 8/Length %d/Words(%s)>>stream\n%s\nendstream'
              % (len(picture), words.encode(), picture)]
    kids = b''
    for i in range(pages):
        kids += b'%d 0 R ' % (5 + i)
        bodies.append(b'<</Type/Page/Parent 2 0 R/Contents 3 0 R>>')
    bodies[1] = b'<</Type/Pages/Kids[%s]/Count %d/MediaBox[0 0 595 842]/Resources<</XObject<</I 4 0 R>>>>>>' % (kids, pages)
    return whole(bodies)


def whole(bodies):
    out, offsets = b'%PDF-1.4\n', []
    for i, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b'%d 0 obj\n%s\nendobj\n' % (i, body)
    at, n = len(out), len(bodies) + 1
    out += b'xref\n0 %d\n0000000000 65535 f \n' % n + b''.join(b'%010d 00000 n \n' % o for o in offsets)
    return out + b'trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n' % (n, at)


def tiers_of(record):
    return [p['tier'] for p in record['pages']]


def events(spool, host):
    found = []
    for name in os.listdir(spool.at(b'journal', host)):
        found += [json.loads(line) for line in read(spool.at(b'journal', host, name)).splitlines()]
    return found


def text_arrives():
    """Its text is the page's, its name is in x.json and the journal; what it gets is a picture and four words."""
    with Spool(OCR, name='tier') as spool:
        law = Law(spool)
        log = os.path.join(spool.top, b'log').decode()
        command = ('head -c 8 | od -An -c | tr -d " \\n" >> %s; echo " $PDFSPOOL_PAGE/$PDFSPOOL_PAGES $PDFSPOOL_PATH '
                   '$PDFSPOOL_LANGUAGES fds $(ls /proc/self/fd | tr -d " \\n")" >> %s; '
                   'printf "said of page %%s\\r\\nline\\f\\001end\\n" $PDFSPOOL_PAGE' % (log, log))
        worker = spool.start(*of_host(spool, 'one', cloud=command), host='one')
        law.drop(b'@deu/scan.pdf', scan('unread words', 2))
        law.drop(b'text.pdf', small_pdf('plain text'), 'plain text')
        t.check('text: both are done', spool.wait_finished(2, 20), (spool.waiting(), worker.log()[-800:]))
        record = spool.json(b'done/@deu/scan.pdf')
        t.equal('text: x.json names the tier', (record['outcome'], tiers_of(record)), ('ok', ['cloud', 'cloud']))
        t.equal('text: x.txt has what it said', spool.text(b'done/@deu/scan.pdf'),
                b'said of page 1\nline\nend\n\fsaid of page 2\nline\nend\n\f')
        t.equal('text: pages that need it not are not asked for', tiers_of(spool.json(b'done/text.pdf')), ['text'])
        journal = until(lambda: [e for e in events(spool, b'one') if e['event'] == 'done' and e['path'].endswith('scan.pdf')], 10)
        t.equal('text: the journal names it, too', [e['tiers'] for e in journal or []], [{'cloud': 2}])
        t.equal('text: what it was given', read(log).decode().splitlines(),
                ['211PNG\\r\\n032\\n %d/2 @deu/scan.pdf deu fds 0123' % i for i in (1, 2)])
        drop(spool.pending(b'@deu/twin.pdf'), scan('unread words', 2))
        t.check('text: a twin is done', spool.wait_finished(3, 20), spool.waiting())
        record = spool.json(b'done/@deu/twin.pdf')
        t.equal('text: a document with its content costs nothing',
                (record.get('same_as'), tiers_of(record), len(read(log).splitlines())), ('@deu/scan.pdf', ['cloud', 'cloud'], 2))
        t.equal('text: stopped with', worker.stop(), 0)
        for end in ('pdf', 'txt', 'json'): # the law knows each content once
            os.unlink(spool.at(b'done/@deu/twin.' + end.encode()))
        clean('text', law)


def bad_pages():
    """when = bad: after OCR, for pages that it found nothing on; those that it reads are not asked for."""
    settings = {'ocr.languages': 'eng', 'lane:default.tiers': 'text, repair, ocr, ocr-hard, extra'}
    with Spool(dict(settings, **{'tier:extra.when': 'bad'}), name='bad') as spool:
        law = Law(spool)
        log = os.path.join(spool.top, b'log').decode()
        worker = spool.start(*of_host(spool, 'one', extra='echo "$PDFSPOOL_PATH" >> %s; echo by hand' % log), host='one')
        law.drop(b'scan.pdf', pdf('scan', words='readable words here'))
        law.drop(b'drawing.pdf', scan('nothing to be read'))
        law.drop(b'blank.pdf', pdf('blank'))
        t.check('bad: all are done', spool.wait_finished(3, 60), (spool.waiting(), worker.log()[-800:]))
        t.equal('bad: what OCR reads is its own', tiers_of(spool.json(b'done/scan.pdf'))[0][:3], 'ocr')
        t.equal('bad: what it cannot read is not', (tiers_of(spool.json(b'done/drawing.pdf')), squeeze(spool.text(b'done/drawing.pdf'))),
                (['extra'], b'by hand'))
        t.equal('bad: nothing else was asked for', read(log), b'drawing.pdf\n')
        t.equal('bad: stopped with', worker.stop(), 0)
        clean('bad', law)


def misbehaves():
    """A command that fails, hangs, floods, says garbage, is not there: the page goes on without, with the reason."""
    ways = {
        'fails': ('echo no credit left >&2; exit 3', 'exit code 3: no credit left'),
        'hangs': ('sleep 97531 & sleep 97531', 'it took longer than its timeout'),
        'floods': ('yes', 'it says more than max_page_text'),
        'garbage': ("printf 'a\\377b'", 'what it says is not UTF-8'),
        'absent': ('/nonexistent/client', 'exit code 127'),
    }
    settings = {'ocr.ocr': 'never', 'parser.max_page_text': '64K'}
    for name in ways:
        settings.update({'lane:%s.tiers' % name: 'text, ' + name, 'tier:%s.when' % name: 'ocr',
                         'tier:%s.timeout' % name: '1s' if name == 'hangs' else '60s'})
    with Spool(settings, name='ways') as spool:
        law = Law(spool)
        worker = spool.start(*of_host(spool, 'one', **{n: c for n, (c, _) in ways.items()}), host='one')
        for name in ways:
            law.drop(b'%s/x.pdf' % name.encode(), scan('words of ' + name, 5 if name == 'fails' else 1))
        t.check('ways: all come to an end', spool.wait_finished(len(ways), 120), (spool.waiting(), spool.claimed(), worker.log()[-800:]))
        for name, (_, why) in ways.items():
            record = spool.json(b'done/%s/x.pdf' % name.encode())
            page = record['pages'][0]
            t.check('ways: %s: the page waits, and says why' % name, page['tier'] == 'none' and why in page.get('why', ''), page)
            t.check('ways: %s: its text is nobody else\'s' % name, 'recipe' not in record, record)
        pages = spool.json(b'done/fails/x.pdf')['pages']
        t.equal('ways: after three failures it is let alone', ['exit code' in p.get('why', '') for p in pages], [True] * 3 + [False] * 2)
        t.check('ways: which is said', b'has failed for 3 pages in a row' in worker.log(), worker.log()[-500:])
        sleeps = [n for n in os.listdir('/proc') if n.isdigit() and is_sleep(n)]
        t.equal('ways: what hung is gone, and what it began', sleeps, [])
        t.equal('ways: stopped with', worker.stop(), 0)
        clean('ways', law)


def is_sleep(pid):
    try:
        return b'97531' in read('/proc/%s/cmdline' % pid)
    except OSError:
        return False


def rate():
    """Six a minute, two at once: in any time T no more than 2 + T/10 are begun, and no slot is held meanwhile."""
    settings = dict(OCR, **{'tier:cloud.per_minute': '6', 'tier:cloud.burst': '2', 'worker.slots': '2', 'worker.cores': '2'})
    with Spool(settings, name='rate') as spool:
        law = Law(spool)
        log = os.path.join(spool.top, b'log').decode()
        command = 'date +%%s.%%N >> %s; echo text' % log
        workers = [spool.start(*of_host(spool, h, cloud=command), host=h) for h in ('one', 'two')]
        law.drop(b'scan.pdf', scan('rate words', 3))
        t.check('rate: the first two are begun at once', until(lambda: os.path.exists(log) and len(read(log).split()) == 2, 10))
        t.check('rate: the document goes back meanwhile', until(lambda: len(spool.waiting()) == 1 and not spool.claimed(), 10),
                (spool.waiting(), spool.claimed()))
        for i in range(8):
            law.drop(b'text%d.pdf' % i, small_pdf('text %d' % i), 'text %d' % i)
        t.check('rate: others are done', spool.wait_finished(8, 8), spool.done())
        t.check('rate: then the last', spool.wait_finished(9, 20), (spool.waiting(), workers[0].log()[-600:]))
        times = [float(x) for x in read(log).split()]
        t.check('rate: three were begun, the third when the rate had one', len(times) == 3 and 9 <= times[2] - times[0] <= 20,
                [x - times[0] for x in times])
        record = spool.json(b'done/scan.pdf')
        t.equal('rate: it cost no attempt', (tiers_of(record), record['attempt'], record['returns_unspent']), (['cloud'] * 3, 1, 0))
        t.equal('rate: stopped with', [w.stop() for w in workers], [0, 0])
        clean('rate', law)


def at_once():
    """max_running holds over two hosts, judged by what the commands themselves see."""
    settings = dict(OCR, **{'tier:cloud.max_running': '2', 'worker.slots': '4', 'worker.cores': '4', 'ocr.ocr': 'now',
                            'lane:default.ocr': 'now'})
    with Spool(settings, name='cap') as spool:
        law = Law(spool)
        log = os.path.join(spool.top, b'log').decode()
        # The first waits for a second, so that both are seen however busy the machine is.
        another = 'n=0; while [ $n -lt 50 ] && [ $(grep -c + %s) -lt 2 ]; do sleep 0.1; n=$((n + 1)); done' % log
        command = 'echo + >> %s; %s; sleep 0.4; echo - >> %s; echo text' % (log, another, log)
        for i in range(8):
            law.drop(b'scan%d.pdf' % i, scan('cap words %d' % i))
        workers = [spool.start(*of_host(spool, h, cloud=command), host=h) for h in ('one', 'two')]
        t.check('cap: all are done', spool.wait_finished(8, 40), (spool.waiting(), workers[0].log()[-600:]))
        running, most = 0, 0
        for sign in read(log).decode().split():
            running += 1 if sign == '+' else -1
            most = max(most, running)
        t.equal('cap: no more than two at once, and two', (most, running), (2, 0))
        t.equal('cap: each once', len(read(log).split()), 16)
        hosts = {spool.json(b'done/scan%d.pdf' % i)['host'] for i in range(8)}
        t.note('done by %s' % sorted(hosts))
        t.equal('cap: stopped with', [w.stop() for w in workers], [0, 0])
        clean('cap', law)


def paid_once():
    """The worker is killed in the middle: pages that were answered are not asked for again, and no command lives on."""
    with Spool(OCR, name='paid') as spool:
        law = Law(spool)
        log = os.path.join(spool.top, b'log').decode()
        command = 'echo $PDFSPOOL_PAGE >> %s; test $PDFSPOOL_PAGE = 3 && test ! -e %s.go && { sleep 86421; sleep 1; }; echo text' % (log, log)
        options = of_host(spool, 'one', cloud=command)
        worker = spool.start(*options, host='one')
        law.drop(b'scan.pdf', scan('paid words', 4))
        t.check('paid: the third is asked for', until(lambda: os.path.exists(log) and read(log).split()[-1:] == [b'3'], 20))
        until(lambda: any(p.role == 'sleep' for p in below(worker.pid)), 5)
        those = below(worker.pid)
        t.check('paid: it runs below the worker', any(p.role == 'sleep' for p in those), those)
        os.kill(worker.pid, signal.SIGKILL)
        t.check('paid: nothing lives on', until(lambda: not still_alive(those), 10), still_alive(those))
        with open(log + '.go', 'w', encoding='utf-8'):
            pass
        again = spool.start(*options, host='one')
        t.check('paid: it is done', spool.wait_finished(1, 30), (spool.waiting(), again.log()[-600:]))
        t.equal('paid: each answer was paid for once', read(log).split(), [b'1', b'2', b'3', b'3', b'4'])
        record = spool.json(b'done/scan.pdf')
        t.equal('paid: with all its text', (tiers_of(record), spool.text(b'done/scan.pdf')), (['cloud'] * 4, b'text\n\f' * 4))
        t.equal('paid: stopped with', again.stop(), 0)
        clean('paid', law)


SCENARIOS = (text_arrives, bad_pages, misbehaves, rate, at_once, paid_once)


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
