#!/usr/bin/env python3
"""Goal: a lane is what its section says. Documents are worked on as their lane has it; all of a higher priority go before
all of a lower one, lanes of one priority get their shares of the slots' time, on three hosts, by the journals' word; and
large documents leave room for small ones."""
import json
import os
import sys
import time

from spooltest import Checks, Spool, drop, files_below, pdf, read, small_pdf, until

t = Checks()
counts = {}
BASE = {'spool.settle_time': '0s', 'worker.poll_min': '20ms', 'worker.poll_max': '50ms', 'worker.cores': '2',
        'ocr.ocr': 'now', 'ocr.languages': 'eng'}


def put(spool, path, data):
    os.makedirs(os.path.dirname(spool.pending(path)), exist_ok=True)
    drop(spool.pending(path), data)


def sound(name, spool):
    code, found, _ = spool.ctl('audit', '--verify', json_=True)
    t.check(name + ': audit', code == 0 and found['ok'], found)


def tiers_of(record):
    return [page['tier'] for page in record['pages']]


def ways():
    """Languages, limits, tiers and duplicates of each lane are its own; what it does not say is as for all."""
    lanes = {'lane:deutsch.languages': 'deu', 'lane:short.max_pages': '2', 'lane:small.max_input': '2K',
             'lane:layer.tiers': 'text', 'lane:seen.tiers': 'ocr', 'lane:seen.folder': 'by-eye',
             'lane:anew.duplicates': 'extract', 'lane:hasty.document_timeout': '1s', 'lane:hasty.stall_timeout': '1s'}
    with Spool({**BASE, **lanes, 'spool.max_attempts': '1'}, name='lanes') as spool:
        spool.start(host='one')
        scan, text = pdf('scan', words='hello harbour'), pdf('text', words='quick brown fox')
        put(spool, b'deutsch/scan.pdf', scan)
        put(spool, b'scan.pdf', scan + b'\n')
        put(spool, b'layer/scan.pdf', scan + b'\n\n')
        put(spool, b'by-eye/text.pdf', text)
        put(spool, b'text.pdf', text + b'\n')
        put(spool, b'short/two.pdf', small_pdf('two', 2))
        put(spool, b'short/three.pdf', small_pdf('three', 3))
        put(spool, b'three.pdf', small_pdf('of three', 3))
        put(spool, b'small/a.pdf', small_pdf('small enough'))
        put(spool, b'small/b.pdf', pdf('text', words='too large', size=8000))
        put(spool, b'hasty/spin.pdf', pdf('treadmill'))
        t.check('ways: all end', spool.wait_finished(11, 60), spool.finished())
        t.equal('ways: failed', spool.failed(), [(b'limit', b'short/three.pdf'), (b'limit', b'small/b.pdf'),
                                                 (b'timeout', b'hasty/spin.pdf')])
        said = {p: spool.json(b'done/' + p) for p in spool.done()}
        t.equal('ways: the languages of the lane', (said[b'deutsch/scan.pdf']['ocr_languages'],
                                                    said[b'scan.pdf']['ocr_languages']), ('deu', 'eng'))
        t.equal('ways: tiers = text: no picture is read', (said[b'layer/scan.pdf']['outcome'], tiers_of(said[b'layer/scan.pdf'])),
                ('empty', ['none']))
        t.check('ways: tiers = ocr: the text layer is not believed', tiers_of(said[b'by-eye/text.pdf']) == ['ocr'] and
                b'quick brown fox' in spool.text(b'done/by-eye/text.pdf'), said[b'by-eye/text.pdf'])
        t.equal('ways: all else as ever', (tiers_of(said[b'scan.pdf']), tiers_of(said[b'text.pdf'])), (['ocr'], ['text']))
        t.equal('ways: x.json says the lane', [said[p].get('lane') for p in
                                               (b'by-eye/text.pdf', b'short/two.pdf', b'text.pdf', b'three.pdf')],
                ['seen', 'short', None, None])
        put(spool, b'anew/scan.pdf', scan + b'\n')
        put(spool, b'copy.pdf', scan + b'\n')
        put(spool, b'by-eye/again.pdf', text + b'\n')
        t.check('ways: the copies end', spool.wait_finished(14, 30))
        t.equal('ways: duplicates = extract in one lane alone', ['same_as' in spool.json(b'done/' + p) for p in
                                                                 (b'anew/scan.pdf', b'copy.pdf')], [False, True])
        t.equal('ways: a text made in another way is not taken over', tiers_of(spool.json(b'done/by-eye/again.pdf')), ['ocr'])
        sound('ways', spool)


def events(spool):
    """All that has come to an end, in the order of the server's clock."""
    found = []
    for name in files_below(spool.at(b'journal')):
        found += [{**json.loads(line), 'host': name.split(b'/')[0]} for line in read(spool.at(b'journal', name)).splitlines()]
    return sorted((e for e in found if e['event'] in ('done', 'failed')), key=lambda e: e['time'])


def shares(ends, lanes):
    """Of the slots' time, per cent, while each of these lanes had something left."""
    last = min(max(i for i, e in enumerate(ends) if e['lane'] == lane) for lane in lanes)
    had = {lane: sum(e['slot_ms'] for e in ends[:last] if e['lane'] == lane) for lane in lanes}
    return {lane: round(100 * had[lane] / max(1, sum(had.values())), 1) for lane in lanes}, last


def turns():
    """Three hosts on one spool: a lane before all others, and three to one between two of which one has documents that
    take much longer."""
    lanes = {'lane:first.priority': '1', 'lane:heavy.weight': '30', 'lane:light.weight': '10'}
    with Spool({**BASE, **lanes, 'worker.slots': '3', 'worker.cores': '2', 'text.duplicates': 'extract'}, name='turns') as spool:
        for i in range(900):
            put(spool, b'heavy/%d.pdf' % i, small_pdf('heavy %d' % i))
        for i in range(200):
            put(spool, b'light/%d.pdf' % i, small_pdf('light %d' % i, 400))
        os.mkdir(spool.at(b'stage'))
        for i in range(60):
            drop(spool.at(b'stage', b'%d.pdf' % i), small_pdf('first %d' % i))
        spool.ctl('pause')
        for host in ('one', 'two', 'three'):
            spool.start(host=host)
        spool.ctl('resume')
        until(lambda: spool.finished() >= 30, 30)
        os.rename(spool.at(b'stage'), spool.pending(b'first'))
        t.check('turns: all end', spool.wait_finished(1160, 200), spool.finished())
        until(lambda: len(events(spool)) == 1160, 10)
        ends = events(spool)
        firsts = [i for i, e in enumerate(ends) if e['lane'] == 'first']
        between = firsts[-1] - firsts[0] + 1 - len(firsts)
        had, counted = shares([e for e in ends if e['lane'] != 'first'], ('heavy', 'light'))
        hosts = {e['host'] for e in ends}
        t.note('shares of the time in slots: %r of %d ends; others between the first and the last end of lane first: %d'
               % (had, counted, between))
        counts.update({'documents of three hosts in lanes': len(ends), 'share of the slots\' time by weight 75 %, per cent': had['heavy'],
                       'other ends between the first and the last of 60 with priority': between})
        t.check('turns: three to one, within 5 per cent', abs(had['heavy'] - 75) <= 5, had)
        t.check('turns: what has priority goes first', between <= 60, between)
        t.equal('turns: three hosts took part', len(hosts), 3)
        sound('turns', spool)


def large():
    """More large documents than cores, and a small one after them."""
    with Spool({**BASE, 'worker.slots': '6', 'worker.long_after': '300ms', 'text.duplicates': 'extract'}, name='large') as spool:
        worker = spool.start(host='one')
        for i in range(5):
            put(spool, b'%d-large.pdf' % i, small_pdf('large %d' % i + ' and many words' * 150, 4000))
        t.check('large: both cores have had one for long', until(lambda: len(worker.spinning(0.4)) >= 2, 40, 0.05))
        waits = []
        for i in range(3):
            began = time.monotonic()
            put(spool, b'%d-small.pdf' % i, small_pdf('small %d' % i))
            path = b'%d-small.pdf' % i
            t.check('large: a small one is done while they are in work', until(lambda: path in spool.done(), 40) and
                    len([p for p in spool.done() if b'large' in p]) < 5, spool.done())
            waits.append(round(time.monotonic() - began, 1))
        t.note('from the drop to done/: %r s' % waits)
        counts['small one beside five large on two cores: longest from drop to done/, s'] = max(waits)
        t.check('large: all end', spool.wait_finished(8, 150), spool.finished())
        said = [spool.json(b'done/%d-large.pdf' % i) for i in range(5)]
        t.equal('large: with all their pages, in one attempt', {(r['outcome'], r['page_count'], len(r['pages']), r['attempt'])
                                                                for r in said}, {('ok', 4000, 4000, 1)})
        t.check('large: each page once', all(spool.text(b'done/%d-large.pdf' % i).count(b'large %d' % i) == 4000 for i in range(5)))
        off = [json.loads(line) for name in files_below(spool.at(b'journal')) for line in
               read(spool.at(b'journal', name)).splitlines()]
        t.check('large: some were put off', any(e['event'] == 'put_back' and 'a long one' in e['message'] for e in off), [e['event'] for e in off])
        t.equal('large: stopped with', worker.stop(), 0)
        sound('large', spool)


for f in sys.argv[1:] or ("ways", "turns", "large"):
    globals()[f]()
t.report('lanes', counts)
t.finish()
