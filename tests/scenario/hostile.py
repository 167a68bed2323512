#!/usr/bin/env python3
"""Goal: with OCR on, each kind of bad document ends in a right outcome, within its limits, and hurts nobody: no process
dies but the document's own parser, none stays behind, and none takes more memory than it may.

    BUILD=build tests/scenario/hostile.py             every kind that mkpdf makes, with short clocks
    BUILD=build tests/scenario/hostile.py --long      with longer ones
    BUILD=build tests/scenario/hostile.py --corpus    the corpus's broken, hostile, encrypted and empty ones, likewise
    BUILD=build tests/scenario/hostile.py --write     the table into docs/SECURITY.md, too (with the longer ones)

Two hosts of one slot each, with a new parser for each document: so a parser's memory is that of the document that its
host had at the time.
"""
import argparse
import collections
import csv
import datetime
import os
import re
import subprocess
import sys
import threading
import time

from spooltest import Checks, Law, MKPDF, Spool, below, pdf, read, still_alive, until

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
CORPUS = os.path.join(ROOT, '..', 'shared', 'corpus')
PAGE = os.path.join(ROOT, 'docs', 'SECURITY.md')
MARKS = { # in that page
    'bombs': ('<!-- bombs: begin (made by `tests/scenario/hostile.py --write`) -->', '<!-- bombs: end -->'),
    'corpus': ('<!-- corpus: begin (made by `tests/scenario/hostile.py --corpus --write`) -->', '<!-- corpus: end -->'),
}
CLOCKS = { # cpu_limit, stall_timeout, document_timeout
    'short': (5, 15, 30), 'long': (20, 30, 120),
}
LIMITS = {
    'spool.max_attempts': '1', 'parser.parser_documents': '1', 'worker.slots': '1', 'worker.cores': '1', 'ocr.ocr': 'now',
    'ocr.languages': 'eng',
}
FOLDERS = ('broken', 'hostile', 'encrypted', 'empty')
PARSER_MB = 1024 + 128 # memory_limit, on top of the program itself
OTHERS_MB = 300 # none of them holds more than the text of a document, and here that is little
NEVER = {'crashed', 'protocol', 'poison'}
SMALL_SECONDS, SMALL_MB = 3, 250 # what stays below both shares a row of the table with its like

t = Checks()


class Sampler(threading.Thread):
    """The peak of the resident memory of each process of some workers, looked at all the time."""

    def __init__(self, workers):
        super().__init__(daemon=True)
        self.workers, self.over = workers, threading.Event()
        self.parsers = collections.defaultdict(list) # host -> [(time, MB)]
        self.others = collections.Counter() # role -> MB
        self.everybody = {}

    def look(self, worker):
        for p in below(worker.pid):
            self.everybody[p.pid] = p
            try:
                peak = re.search(rb'VmHWM:\s*(\d+)', read('/proc/%d/status' % p.pid))
            except OSError:
                continue
            role, mb = worker.role_of(p), int(peak.group(1)) / 1024 if peak else 0
            if role == 'parser':
                self.parsers[worker.host].append((time.time(), mb))
            else:
                self.others[role] = max(self.others[role], mb)

    def run(self):
        while not self.over.wait(0.04):
            for worker in self.workers:
                self.look(worker)

    def peak(self, record):
        """Of the parsers of a document, in MB; 0 when they were too quick to be seen."""
        began, ended = clock(record['began']), clock(record['ended'])
        return max([mb for at, mb in self.parsers[record['host']] if began <= at <= ended], default=0)


def clock(stamp):
    """A time in x.json, in seconds."""
    return datetime.datetime.strptime(stamp, '%Y-%m-%dT%H:%M:%S.%fZ').replace(tzinfo=datetime.timezone.utc).timestamp()


def generated():
    """{name: (bytes, outcomes that are right)} of mkpdf's kinds."""
    lines = subprocess.run([MKPDF, '--list'], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
    found = {}
    for kind, outcomes, meaning in (line.split('\t') for line in lines):
        data = pdf(kind)
        if data: # an empty file is no drop
            found[kind] = data, {'ok'} if 'needs OCR' in meaning else widened(kind, set(outcomes.split('|')))
    return found


def widened(kind, outcomes):
    """Which of the limits is first is a matter of the machine's load, and with short clocks what takes seconds may be too
    slow."""
    limits = {'limit', 'memory', 'timeout', 'stalled'}
    return outcomes | limits if outcomes & limits or kind in ('opbomb', 'noise') else outcomes


def collected():
    """The same of the corpus, by its manifest. What is right there is mostly that it ends by itself."""
    found, every = {}, {'ok', 'partial', 'empty', 'corrupt', 'encrypted', 'not_pdf', 'limit', 'memory', 'timeout', 'stalled'}
    with open(os.path.join(CORPUS, 'MANIFEST.tsv'), encoding='utf-8') as f:
        rows = list(csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE))
    for row in rows:
        data = read(os.path.join(CORPUS, row['path'])) if row['class'] in FOLDERS else b''
        if not data:
            continue
        right = every
        if row['class'] == 'empty' or 'empty-user-password' in row['notes']:
            right = {'ok', 'partial', 'empty'}
        elif 'password-needed' in row['notes']: # some are too broken to get as far as that
            right = {'encrypted', 'corrupt'}
        found[row['path']] = data, right
    return found


def results(spool):
    """{path: (outcome or class, record)}"""
    where = {path: b'done/' + path for path in spool.done()}
    where.update((path, b'failed/%s/%s' % (class_, path)) for class_, path in spool.failed())
    records = {os.fsdecode(path): spool.json(at) for path, at in where.items()}
    return {path[:-4]: (record.get('class') or record['outcome'], record) for path, record in records.items()}


def bad_classes(record):
    return sorted({page['class'] for page in record.get('pages', ()) if page['tier'] == 'bad'})


def measure(documents, clocks, time_limit):
    """Have them done. [(name, outcome, seconds, MB, classes of bad pages)]"""
    names = ('parser.cpu_limit', 'parser.stall_timeout', 'parser.document_timeout')
    limits = dict(LIMITS, **{name: '%ds' % value for name, value in zip(names, clocks)})
    with Spool(limits, name='hostile') as spool:
        law = Law(spool)
        workers = [spool.start(host=host) for host in ('one', 'two')]
        sampler = Sampler(workers)
        sampler.start()
        for name, (data, _) in documents.items():
            law.drop(os.fsencode(name) + b'.pdf', data)
        until(lambda: spool.finished() >= len(law.dropped), time_limit, 0.2)
        t.equal('all %d documents are finished' % len(law.dropped), spool.finished(), len(law.dropped))
        rows = []
        for name, (outcome, record) in results(spool).items():
            took = clock(record['ended']) - clock(record['began'])
            rows.append((name, outcome, took, sampler.peak(record), bad_classes(record)))
        for worker in workers:
            died = [l for l in worker.log().splitlines() if b'started again' in l or b'replacing' in l]
            t.equal('%s: nothing but parsers died' % worker.host, (worker.alive(), died), (True, []))
        sampler.over.set()
        sampler.join()
        t.equal('stopped with', [worker.stop() for worker in workers], [0, 0])
        t.equal('no process is left', still_alive(sampler.everybody.values()), [])
        t.check('no other process took more than %d MB' % OTHERS_MB, 0 < max(sampler.others.values()) < OTHERS_MB,
                sampler.others)
        t.note('peaks in MB: ' + ', '.join('%s %.0f' % pair for pair in sampler.others.most_common(4)))
        found = law.problems()
        t.check('conservation', not found, found)
        code, audit, _ = spool.ctl('audit', '--verify', json_=True)
        t.check('audit --verify', code == 0 and audit['ok'], audit)
    return rows


def judge(documents, rows, timeout):
    """A machine that stood still, or has other things to do, is given half as much again."""
    outcomes = {row[0]: row for row in rows}
    for name, (_, right) in documents.items():
        _, outcome, took, mb, bad = outcomes.get(name, (name, 'not finished', 0, 0, []))
        t.check('%-14s %-10s %6.1f s %5.0f MB %s' % (name, outcome, took, mb, ' '.join(bad)), outcome in right and
                not NEVER & {outcome, *bad} and mb < PARSER_MB and took < 1.5 * timeout, 'wanted %s' % '|'.join(sorted(right)))
    t.check('memory was seen', max(row[3] for row in rows) > 20)


def table(rows):
    """Markdown: a row for each that takes much, and one for all others of an outcome."""
    lines, small = ['| kind | outcome | seconds | MB |', '|---|---|---|---|'], collections.defaultdict(list)
    for row in sorted(rows):
        name, outcome, took, mb, bad = row
        outcome += ' (bad pages: %s)' % ', '.join(bad) if bad else ''
        if took < SMALL_SECONDS and mb < SMALL_MB:
            small[outcome].append(name)
        else:
            lines.append('| %s | %s | %.1f | %.0f |' % (name, outcome, took, mb))
    for outcome, names in sorted(small.items()):
        lines.append('| %s | %s | < %d | < %d |' % (', '.join(names), outcome, SMALL_SECONDS, SMALL_MB))
    return '\n'.join(lines)


def by_folder(rows):
    """Markdown: a row for each folder of the corpus."""
    lines = ['| folder | documents | outcomes | longest, seconds | most, MB |', '|---|---|---|---|---|']
    for folder in FOLDERS:
        those = [row for row in rows if row[0].startswith(folder + '/')]
        outcomes = collections.Counter(row[1] for row in those)
        lines.append('| `%s/` | %d | %s | %.1f | %.0f |' % (
            folder, len(those), ', '.join('%s %d' % pair for pair in outcomes.most_common()),
            max(row[2] for row in those), max(row[3] for row in those)))
    return '\n'.join(lines)


def write_page(which, text):
    begin, end = MARKS[which]
    with open(PAGE, encoding='utf-8') as f:
        page = f.read()
    head, tail = page[:page.index(begin)], page[page.index(end):]
    with open(PAGE, 'w', encoding='utf-8') as f:
        f.write(head + begin + '\n' + text + '\n' + tail)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--corpus', action='store_true')
    parser.add_argument('--long', action='store_true')
    parser.add_argument('--write', action='store_true')
    o = parser.parse_args()
    if o.corpus and not os.path.isfile(os.path.join(CORPUS, 'MANIFEST.tsv')):
        print('skipped: the corpus is not there (%s)' % os.path.relpath(CORPUS, ROOT))
        return
    documents = collected() if o.corpus else generated()
    clocks = CLOCKS['long' if o.long or o.write or o.corpus else 'short']
    rows = measure(documents, clocks, 1800 if o.corpus else 280)
    judge(documents, rows, clocks[-1])
    text = by_folder(rows) if o.corpus else table(rows)
    print(text)
    if o.write:
        write_page('corpus' if o.corpus else 'bombs', text)
    t.finish()


sys.exit(main())
