#!/usr/bin/env python3
"""Goal: whatever is done to PDFs, the supervisor and its slots live, and each document ends in one place.

    BUILD=build tests/scenario/mutants.py                              what make test does
    BUILD=build tests/scenario/mutants.py --count 10000 --seed 2       by hand
    BUILD=build tests/scenario/mutants.py --seed 2 --write 17 x.pdf    mutant 17 of this seed

Documents that crashed the parser, or a page of which did, are copied to --found. That is no failure of this test:
the cage and the slot are there for it.
"""
import argparse
import collections
import os
import re
import sys

import mutate
from spooltest import Checks, Law, Spool, pdf, sha256, still_alive, until, write

SETTINGS = {
    'parser.cpu_limit': '10s', 'parser.stall_timeout': '20s', 'parser.document_timeout': '60s', 'spool.max_attempts': '1',
    'ocr.ocr': 'now', 'ocr.languages': 'eng',
}
BASES = ( # all below 50 KB, and none that is a bomb itself
    'text', 'pages', 'letter', 'report', 'twocol', 'form', 'latin', 'meta', 'blankpage', 'ocrunder', 'illustrated', 'rtl',
    'hyphen', 'emptypw', 'emptypw40', 'password', 'badpage', 'badsyntax', 'badpageobj', 'garbagexref', 'noxref', 'noeof',
    'lyinglength', 'outlinecycle', 'xrefloop', 'pagecycle', 'formcycle', 'js', 'headerjunk',
)
READ = ( # those that are read by OCR take a second each: not many of them
    'scan', 'mixed', 'ocrlayer', 'headfoot', 'outlines', 'picture', 'scripts', 'oddpages', 'shifted', 'private', 'halflying',
    'mistaken', 'soup', 'type3cycle',
)
BATCH = 500
BAD = {'crashed', 'protocol', 'poison'}

t = Checks()


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument('--count', type=int, default=300)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--from', dest='first', type=int, default=0, help='the number of the first')
    parser.add_argument('--write', nargs=2, metavar=('NUMBER', 'FILE'), help='only make this one')
    parser.add_argument('--found', help='a folder for what crashed the parser')
    return parser.parse_args()


def name_of(number):
    return b'm%06d.pdf' % number


def classes_of(record):
    """Why a document failed, and why pages of it are bad."""
    return {record.get('class')} | {page.get('class') for page in record.get('pages', ())} - {None}


def drop_batch(law, bases, seed, numbers):
    """Documents that come out as another did are no documents of their own."""
    known, n = set(law.dropped), 0
    for number in numbers:
        data = mutate.mutant(bases, seed, number)
        digest = sha256(data)
        if digest in known:
            continue
        known.add(digest)
        law.drop(name_of(number), data)
        n += 1
    return n


def tell(spool, o):
    """What became of them. Copies what crashed the parser."""
    outcomes, found = collections.Counter(), []
    where = [b'done/' + p for p in spool.done()] + [b'failed/%s/%s' % pair for pair in spool.failed()]
    for path in where:
        record = spool.json(path)
        outcomes[record.get('class') or record['outcome']] += 1
        if classes_of(record) & BAD:
            found.append((path, record))
    for path, record in found:
        why = [page.get('why') for page in record.get('pages', ()) if page.get('class') in BAD] or [record['message']]
        t.note('crashed: seed %d, %s: %s' % (o.seed, os.path.basename(path).decode(), why[0]))
        if o.found:
            with open(spool.at(path), 'rb') as f:
                write(os.path.join(o.found, '%d-%s' % (o.seed, os.path.basename(path).decode())).encode(), f.read())
    t.note(', '.join('%s %d' % pair for pair in outcomes.most_common()))
    return outcomes, len(found)


def run(o, bases):
    with Spool(SETTINGS, name='mutants') as spool:
        law, dropped, everybody = Law(spool), 0, {}
        worker = spool.start(host='one')
        count = int(re.search(rb'(\d+) slots,', worker.log()).group(1))
        until(lambda: len(worker.role('slot')) == count, 5)
        slots = {p.pid for p in worker.role('slot')}
        t.equal('slots', len(slots), count)

        def settled():
            everybody.update((p.pid, p) for p in worker.tree())
            return spool.finished() >= dropped or not worker.alive()

        for first in range(o.first, o.first + o.count, BATCH):
            dropped += drop_batch(law, bases, o.seed, range(first, min(first + BATCH, o.first + o.count)))
            if not until(settled, 60 + BATCH * 2, 0.2):
                break
        t.equal('%d mutants: all are finished' % dropped, spool.finished(), dropped)
        t.check('the supervisor lives', worker.alive())
        t.equal('the slots are the same', {p.pid for p in worker.role('slot')}, slots)
        log = worker.log()
        t.equal('nothing was started again', [l for l in log.splitlines() if b'started again' in l or b'replacing' in l], [])
        outcomes, crashed = tell(spool, o)
        t.check('some were read all the same', outcomes['ok'] * 10 > dropped, outcomes)
        t.check('some were not', outcomes['corrupt'] + outcomes['not_pdf'] + outcomes['partial'] > 0, outcomes)
        last = worker.tree()
        t.equal('stopped with', worker.stop(), 0)
        t.equal('no process is left', still_alive(list(everybody.values()) + last), [])
        found = law.problems()
        t.check('conservation', not found, found[:10])
        code, audit, _ = spool.ctl('audit', '--verify', json_=True)
        t.check('audit --verify', code == 0 and audit['ok'], audit)
        t.report('mutants', {'mutated documents': dropped, 'of them crashed the parser (caged)': crashed})


def main():
    o = options()
    bases = [[pdf(kind) for kind in kinds] for kinds in (BASES, READ)]
    if o.write:
        write(o.write[1].encode(), mutate.mutant(bases, o.seed, int(o.write[0])))
        return
    if o.found:
        os.makedirs(o.found, exist_ok=True)
    t.equal('the same seed gives the same bytes', mutate.mutant(bases, o.seed, 5), mutate.mutant(bases, o.seed, 5))
    run(o, bases)
    t.finish()


if __name__ == '__main__':
    sys.exit(main())
