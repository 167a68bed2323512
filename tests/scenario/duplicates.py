#!/usr/bin/env python3
"""Goal: a document with the content of a finished one gets that one's text at once, from whichever host and lease it is;
nothing that is not that very text is ever taken; and a document that is new costs nothing for it."""
import collections
import glob
import json
import os
import re
import signal
import sys

from spooltest import Checks, Spool, below, drop, files_below, pdf, read, seen, send_signal, sha256, small_pdf, until, write

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'bench'))
import expected # pylint: disable=wrong-import-position

t = Checks()
BASE = {'spool.settle_time': '0s', 'worker.poll_min': '20ms', 'worker.poll_max': '50ms', 'worker.cores': '2',
        'ocr.ocr': 'now', 'ocr.languages': 'eng', 'log.log_level': 'debug'}
SOON = 15
OTHER = b'it was made by other settings'


def put(spool, path, data, seconds=60):
    """Drop one and wait for it. Its x.json, None when it does not come to be done or failed."""
    os.makedirs(os.path.dirname(spool.pending(path)), exist_ok=True)
    before = spool.finished()
    drop(spool.pending(path), data)
    if not spool.wait_finished(before + 1, seconds):
        return None
    return spool.json(b'done/' + path) if path in spool.done() else {'outcome': 'failed'}


def events(spool):
    found = []
    for name in files_below(spool.at(b'journal')):
        found += [json.loads(line) for line in re.findall(rb'\{.*\}', read(spool.at(b'journal', name)))]
    return found


def known(spool, path):
    """Wait until the journal tells of a document; then the index of its own host has it, too."""
    as_ = 'done/' + path.decode()
    return until(lambda: [e for e in events(spool) if e.get('as') == as_ and e['event'] == 'done'], SOON)


def copies(spool, name, data, wanted=True):
    """Drop copies until one is taken over: a host learns of what others do within a few poll_max. The last x.json."""
    for i in range(40):
        record = put(spool, b'%s%d.pdf' % (name, i), data)
        if record is None or ('same_as' in record) == wanted:
            return record
        seen(lambda: False, 0.2)
    return record


def reload(spool, worker, settings):
    spool.configure(settings)
    before = worker.log().count(b'configuration was read')
    os.kill(worker.pid, signal.SIGHUP)
    until(lambda: worker.log().count(b'configuration was read') > before, SOON)


def sound(name, spool):
    code, found, _ = spool.ctl('audit', '--verify', json_=True)
    t.check(name + ': audit', code == 0 and found['ok'], found)


def same_result(spool, a, b):
    """Text and table of pages are the same."""
    ja, jb = spool.json(b'done/' + a), spool.json(b'done/' + b)
    keys = ('sha256', 'size', 'outcome', 'text_sha256', 'text_bytes', 'page_count', 'pages', 'metadata', 'ocr_languages',
            'bad_pages', 'pages_waiting_for_ocr', 'recipe')
    return spool.text(b'done/' + a) == spool.text(b'done/' + b) and all(ja.get(k) == jb.get(k) for k in keys)


def one_host():
    with Spool(BASE, name='dup') as spool:
        worker = spool.start(host='one')
        scan = pdf('scan', words='hello harbour')
        put(spool, b'first.pdf', scan)
        known(spool, b'first.pdf')
        seen(lambda: False, 0.1)
        zygote = worker.role('zygote') + worker.role('parser')
        for p in zygote: # nobody parses now
            send_signal(p, signal.SIGSTOP)
        record = put(spool, b'a/copy.pdf', scan, 20)
        for p in zygote:
            send_signal(p, signal.SIGCONT)
        t.check('one: a copy is done without a parser', record and record.get('same_as') == 'first.pdf', record)
        t.check('one: it has the same text and pages', same_result(spool, b'first.pdf', b'a/copy.pdf'))
        source = spool.json(b'done/first.pdf')
        t.equal('one: and a name and claim of its own', (record['path'], record['claim'] != source['claim'], 'same_as' in source),
                ('a/copy.pdf', True, False))
        third = put(spool, b'third.pdf', scan)
        t.equal('one: a copy of copies names the first', third.get('same_as'), 'first.pdf')
        other = put(spool, b'other.pdf', small_pdf('something else'))
        t.check('one: what is new is not taken from anywhere', 'same_as' not in other and
                b'something else' in spool.text(b'done/other.pdf'), other)
        told = known(spool, b'a/copy.pdf')[0]
        t.equal('one: the journal tells', (told.get('same_as'), told['sha256']), ('first.pdf', record['sha256']))
        host = {}

        def all_counted():  # status.json is of a moment: one may say two copies, and not yet the fourth document
            host.update(spool.ctl('status', json_=True)[1]['hosts'][0])
            return (host['done'], host['reused']) == (4, 2)
        until(all_counted, 5)
        t.equal('one: status counts', (host['done'], host['reused']), (4, 2))
        listed = spool.ctl('list', '--duplicates', '--json')[1].splitlines()
        t.equal('one: list tells', sorted((d['path'], d['same_as']) for d in map(json.loads, listed)),
                [('a/copy.pdf', 'first.pdf'), ('third.pdf', 'first.pdf')])
        os.makedirs(spool.at(b'kept'))
        for name in (b'first.pdf', b'first.txt', b'first.json'):
            os.rename(spool.at(b'done', name), spool.at(b'kept', name))
        again = put(spool, b'again.pdf', scan)
        t.check('one: the source is gone: read anew', 'same_as' not in again and
                b'hello harbour' in spool.text(b'done/again.pdf'), again)
        known(spool, b'again.pdf')
        t.equal('one: and that is a source', copies(spool, b'more', scan).get('same_as'), 'again.pdf')
        t.equal('one: stopped with', worker.stop(), 0)
        os.rename(spool.at(b'kept'), os.path.join(spool.top, b'kept'))
        sound('one', spool)


def tampered():
    """Whatever somebody does to the files in done/, no other document gets it; put right, it is taken over again."""
    with Spool(BASE, name='tampered') as spool:
        worker = spool.start(host='one')

        def replaced(*pairs):
            for path, old, new in pairs:
                content = read(path)
                assert content.count(old) == 1, (path, old)
                write(path, content.replace(old, new))

        def text_and_record(text, record):
            old, new = read(text), read(text).replace(b'true', b'fals')
            replaced((text, b'true', b'fals'), (record, sha256(old).encode(), sha256(new).encode()))

        def link(text, _):
            os.rename(text, spool.at(b'done/.hidden'))
            os.symlink(b'.hidden', text)

        harms = {'the text': lambda text, _: replaced((text, b'true', b'fals')), 'text and record': text_and_record,
                 'the record': lambda _, record: replaced((record, b'"PDF 1.4"', b'"PDF 1.5"')), 'a link': link}
        for i, (name, harm) in enumerate(harms.items()):
            data, source, copy, again = small_pdf('the true words %d' % i), *(b'%s%d' % (w, i) for w in (b'x', b'copy', b'again'))
            files = [spool.at(b'done', source + suffix) for suffix in (b'.txt', b'.json')]
            put(spool, source + b'.pdf', data)
            known(spool, source + b'.pdf')
            were = [read(f) for f in files]
            harm(*files)
            got = put(spool, copy + b'.pdf', data)
            t.check('tampered: %s: read anew' % name, got and 'same_as' not in got and b'will not do' in worker.log() and
                    b'the true words' in spool.text(b'done/%s.pdf' % copy), got)
            known(spool, copy + b'.pdf')
            for suffix in (b'.pdf', b'.txt', b'.json'):
                os.unlink(spool.at(b'done', copy + suffix))
            for file, content in zip(files, were):
                os.unlink(file)
                write(file, content)
            if os.path.exists(spool.at(b'done/.hidden')):
                os.unlink(spool.at(b'done/.hidden'))
            t.equal('tampered: %s: put right' % name, put(spool, again + b'.pdf', data).get('same_as'), source.decode() + '.pdf')
        for name in files_below(spool.at(b'journal')):
            write(spool.at(b'journal', name), b'x' * 20000)
        record = put(spool, b'last.pdf', data)
        t.check('tampered: the journal: read anew', 'same_as' not in record, record)
        t.equal('tampered: stopped with', worker.stop(), 0)
        sound('tampered', spool)


def hosts():
    """Another host's, an earlier lease's, and those that waited for OCR together."""
    with Spool(dict(BASE, **{'worker.slots': '2', 'ocr.ocr': 'auto'}), name='hosts') as spool:
        data, scan = small_pdf('of host one'), pdf('scan', words='wait together')
        one = spool.start(host='one')
        put(spool, b'x.pdf', data)
        known(spool, b'x.pdf')
        two = spool.start(host='two')
        t.equal('hosts: one stopped with', one.stop(), 0)
        t.equal('hosts: what another host did', copies(spool, b'two', data).get('same_as'), 'x.pdf')
        one = spool.start(host='one')
        late = small_pdf('of host two, later')
        spool.ctl('drain', 'one')
        until(lambda: b'draining' in one.log(), 10)
        put(spool, b'y.pdf', late)
        known(spool, b'y.pdf')
        spool.ctl('drain', 'one', '--undo')
        t.equal('hosts: two stopped with', two.stop(), 0)
        t.equal('hosts: what another did meanwhile', copies(spool, b'one', late).get('same_as'), 'y.pdf')
        before = spool.finished()
        for i in range(5):
            drop(spool.pending(b'scan%d.pdf' % i), scan)
        t.check('hosts: copies that wait for OCR', spool.wait_finished(before + 5, 90), spool.waiting())
        taken = [spool.json(b'done/scan%d.pdf' % i).get('same_as') for i in range(5)]
        t.check('hosts: few of them are read', sum(s is not None for s in taken) >= 2 and None in taken, taken)
        t.check('hosts: all have the words', all(b'wait together' in spool.text(b'done/scan%d.pdf' % i) for i in range(5)))
        t.equal('hosts: no pages are kept any more', until(lambda: not os.listdir(spool.at(b'control/paths')), 5), True)
        t.equal('hosts: one stopped with', one.stop(), 0)
        sound('hosts', spool)


def not_for_these():
    with Spool(dict(BASE, **{'parser.max_pages': '20'}), name='not') as spool:
        worker = spool.start(host='one')
        part, scan, plain, long_ = pdf('badpage'), pdf('scan', words='whose tongue'), small_pdf('plain'), small_pdf('long', 21)
        for i in range(2):
            record = put(spool, b'part%d.pdf' % i, part)
            known(spool, b'part%d.pdf' % i)
            t.check('not: partial is never taken over (%d)' % i, record['outcome'] == 'partial' and 'same_as' not in record,
                    record)
        put(spool, b'scan.pdf', scan)
        put(spool, b'plain.pdf', plain)
        known(spool, b'plain.pdf')
        record = put(spool, b'@deu/scan.pdf', scan)
        t.check('not: another language is asked for', 'same_as' not in record and record['ocr_languages'] == 'deu' and
                OTHER in worker.log(), record)
        t.equal('not: which does not matter without OCR', copies(spool, b'@deu/p', plain).get('same_as'), 'plain.pdf')
        t.equal('not: too many pages', put(spool, b'long.pdf', long_), {'outcome': 'failed'})
        reload(spool, worker, dict(BASE, **{'text.dehyphenate': 'yes'}))
        for name, data in ((b'scan', scan), (b'plain', plain)):
            before, record = worker.log().count(OTHER), put(spool, name + b'2.pdf', data)
            t.check('not: hyphens are treated in another way: %s' % name.decode(), 'same_as' not in record and
                    worker.log().count(OTHER) > before, record)
        put(spool, b'long2.pdf', long_)
        known(spool, b'long2.pdf')
        t.equal('not: retry', spool.ctl('retry', 'long.pdf', '--yes')[0], 0)
        until(lambda: b'long.pdf' in spool.done(), 30)
        record = spool.json(b'done/long.pdf')
        t.check('not: who asks for a retry gets new work', record['outcome'] == 'ok' and 'same_as' not in record and
                record['document'].startswith('r-'), record)
        t.check('not: who drops it again does not', 'same_as' in copies(spool, b'l', long_))
        t.equal('not: stopped with', worker.stop(), 0)

        spool.configure(dict(BASE, **{'text.duplicates': 'extract', 'text.dehyphenate': 'yes'}))
        worker = spool.start(host='one')
        record = put(spool, b'plain3.pdf', plain)
        known(spool, b'plain3.pdf')
        record = put(spool, b'plain4.pdf', plain)
        t.check('extract: read anew', 'same_as' not in record, record)
        reload(spool, worker, dict(BASE, **{'text.dehyphenate': 'yes'}))
        t.check('extract: no longer; the backlog is read', 'same_as' in copies(spool, b'r', plain))
        t.equal('extract: stopped with', worker.stop(), 0)
        sound('not', spool)


FILE_CALLS = ('openat', 'close', 'read', 'pread64', 'write', 'fsync', 'statx', 'renameat', 'unlinkat', 'mkdirat', 'symlinkat',
              'readlinkat', 'utimensat', 'getdents64')


def calls_of_slots(mode):
    """What slots and reporter call, of six documents of which the last two are copies of the first: (slots' first four,
    slots' last two, reporter's)."""
    with Spool({'text.duplicates': mode, 'spool.settle_time': '0s', 'worker.poll_max': '1h', 'worker.janitor_interval': '1h',
                'spool.beat_interval': '20s', 'spool.self_stop': '1m', 'spool.lease_timeout': '3m'}, name='calls') as spool:
        prefix = os.path.join(os.fsdecode(spool.top), 'trace')
        worker = spool.start('--slots', '1', host='one', program=('strace', '-ff', '-qq', '-o', prefix))
        for i in range(6):
            put(spool, b'%d.pdf' % i, small_pdf('words %d' % (i if i < 4 else 0)), 60)
            known(spool, b'%d.pdf' % i)
            seen(lambda: False, 0.1)
        taken = sum('same_as' in spool.json(b'done/%d.pdf' % i) for i in range(6))
        child = [p for p in below(worker.pid) if p.role == 'extractd']
        os.kill(min(child, key=lambda p: p.pid).pid, signal.SIGTERM)
        worker.wait(30)
        found = collections.defaultdict(list)
        for path in glob.glob(prefix + '.*'):
            lines = read(path).decode('latin-1').splitlines()
            name = [m.group(1) for m in (re.search(r'PR_SET_NAME, "([^"]+)"', line) for line in lines[:40]) if m]
            if name and name[0].split('.')[0] in ('slot', 'reporter'):
                found[name[0].split('.')[0]] += lines
        per_document, counts = [], collections.Counter()
        for line in found['slot']: # a document begins with the opening of its claim
            if re.match(r'openat\(\d+, "[^"]*~[^"]*", O_RDONLY', line):
                counts = collections.Counter()
                per_document.append(counts)
            call = line.split('(', 1)[0]
            if call in FILE_CALLS:
                counts[call] += 1
        # What it opens by the clock (control/, its own files) depends on how long this took.
        return taken, per_document, [line for line in found['reporter'] if re.match(r'openat\(\d+, "[^"]*(journal|\.jsonl)"', line)]


def as_expected(new, copy):
    """Calls of a slot for a document, and for a copy, as they are kept in tests/bench/expected."""
    counts = {'%s-%s' % (what, c): n for what, calls in (('new', new), ('copy', copy)) for c, n in calls.items() if n}
    kept = expected.Kept('calls', 'calls')
    if expected.writing():
        kept.write(counts, '0')
    for good, text in kept.judge_all(counts) if not expected.writing() else []:
        t.check('cost: ' + text, good)


def what_it_costs():
    with_it, without = calls_of_slots('reuse'), calls_of_slots('extract')
    spool_calls = [c for c in FILE_CALLS if c not in ('read', 'write', 'close')] # those also speak with the parser
    show = lambda d: ', '.join('%s %d' % i for i in sorted(d.items()) if i[0] in spool_calls)
    t.equal('cost: copies that were taken over', (with_it[0], without[0]), (2, 0))
    t.equal('cost: documents that were traced', (len(with_it[1]), len(without[1])), (6, 6))
    for i in range(1, 4): # the first has folders and a parser to be made
        t.equal('cost: a new document makes the same calls (%s)' % show(with_it[1][i]),
                {c: with_it[1][i][c] for c in spool_calls}, {c: without[1][i][c] for c in spool_calls})
    as_expected({c: sorted(with_it[1][i][c] for i in range(1, 4))[1] for c in spool_calls}, # the middle one of three
                {c: with_it[1][4][c] for c in spool_calls})
    t.note('a copy: %s' % show(with_it[1][4]))
    more = len(with_it[2]) - len(without[2])
    t.note('the reporter opens %d times more of journal/' % more)
    t.check('cost: the reporter does not look into journals for each document', more <= 4, with_it[2])


for scenario in (one_host, tampered, hosts, not_for_these, what_it_costs):
    if sys.argv[1:] in ([], [scenario.__name__]):
        scenario()
t.finish()
