#!/usr/bin/env python3
"""Goal: a lane is what its section says. Documents are worked on as their lane has it."""
import os

from spooltest import Checks, Spool, drop, files_below, pdf, read, small_pdf, until

t = Checks()
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
        put(spool, b'hasty/spin.pdf', pdf('laughs'))
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


ways()
t.finish()
