#!/usr/bin/env python3
"""spoolctl report: what it says of a real run is what the tree holds and what the journals say, added up here once more; harmed
and older lines, bounds in time, and journals that cannot be read.

usage: report.py    BUILD in the environment: the folder with the programs (default: build)
"""
import datetime
import json
import os

from spooltest import Checks, Spool, drop, pdf

FAILURES = ('encrypted', 'corrupt', 'not_pdf', 'limit', 'timeout', 'stalled', 'crashed', 'memory', 'protocol', 'poison', 'cancelled',
            'unreadable')
TIERS = ('none', 'text', 'repair', 'ocr', 'ocr-hard', 'text+ocr', 'blank', 'bad')
COUNTS = ('done', 'failed', 'retried', 'put_back', 'ocr_later', 'pages', 'bytes', 'ms')


def journal_lines(spool):
    """(host, event) of all journals."""
    found = []
    for host in sorted(os.listdir(spool.at(b'journal'))):
        for name in sorted(os.listdir(spool.at(b'journal', host))):
            with open(spool.at(b'journal', host, name), encoding='utf-8') as f:
                found += [(host.decode(), json.loads(line)) for line in f]
    return found


def ms_of(stamp):
    return round(datetime.datetime.fromisoformat(stamp.replace('Z', '+00:00')).timestamp() * 1000)


def sums(events):
    n = dict.fromkeys(COUNTS, 0)
    for e in events:
        kind = {'retry': 'retried'}.get(e['event'], e['event'])
        n[kind] += 1
        n['ms'] += e['ms']
        if e['event'] in ('done', 'failed'):
            n['pages'] += e['pages']
            n['bytes'] += e['size']
    return n


def as_it_should_be(lines):
    """The report, from the lines, in the plainest way."""
    events = [e for _, e in lines]
    finished = [e for e in events if e['event'] in ('done', 'failed')]
    hours = {}
    for e in events:
        hours.setdefault(e['time'][:13] + ':00:00.000Z', []).append(e)
    return {
        'totals': dict(sums(events), finished=len(finished), reused=sum('same_as' in e for e in finished),
                       asked_again=sum(e['document'].startswith('r-') for e in finished)),
        'outcomes': {o: sum(e['outcome'] == o for e in finished) for o in ('ok', 'partial', 'empty')},
        'failed_by_class': {o: n for o in FAILURES if (n := sum(e['outcome'] == o for e in finished))},
        'pages_by_tier': {t: sum(e.get('tiers', {}).get(t, 0) for e in finished) for t in TIERS},
        'hours': [dict(sums(hours[h]), hour=h) for h in sorted(hours)],
        'hosts': [dict(sums([e for h, e in lines if h == host]), host=host,
                       first=min(e['time'] for h, e in lines if h == host), last=max(e['time'] for h, e in lines if h == host))
                  for host in sorted({h for h, _ in lines})],
        'time_ms': {'of': sum(e['ms'] for e in events if 'load_ms' in e),
                    **{k: sum(e.get(k + '_ms', 0) for e in events) for k in ('load', 'parse', 'wait')}},
    }


def compare(c, what, report, lines):
    want = as_it_should_be(lines)
    for key, value in want.items():
        c.equal('%s: %s' % (what, key), report[key], value)


def a_real_run(c, spool):
    for i in range(6):
        drop(spool.pending(b'doc %d.pdf' % i), pdf('pages', pages=i + 1))
    alpha = spool.start(host='alpha')
    c.check('one host does some', spool.wait_finished(6, 60))
    alpha.stop()
    drop(spool.pending(b'twin.pdf'), pdf('pages', pages=3))
    for i in range(3):
        drop(spool.pending(b'bad %d.pdf' % i), b'%%PDF-1.4\nnothing more than that, number %d\n' % i)
    drop(spool.pending(b'no.pdf'), b'this is no PDF')
    drop(spool.pending(b'<img src=x>\xff.pdf'), pdf('password'))
    drop(spool.pending(b'picture.pdf'), pdf('scan'))
    beta = spool.start(host='beta')
    c.check('another does the rest', spool.wait_finished(13, 60))
    beta.stop()
    lines = journal_lines(spool)
    code, report, err = spool.ctl('report', json_=True)
    c.equal('the report is made', (code, err), (0, b''))
    compare(c, 'as the journals say', report, lines)
    _, status, _ = spool.ctl('status', json_=True)
    c.equal('as many as in the tree', (report['totals']['done'], report['totals']['failed'], report['failed_by_class']),
            (status['done'], status['failed'], status['failed_by_class']))
    records = [spool.json(b'done/' + p) for p in spool.done()] + [spool.json(b'/'.join((b'failed',) + p)) for p in spool.failed()]
    c.equal('as many bytes as in the records', report['totals']['bytes'], sum(r['size'] for r in records))
    c.equal('as many pages', report['totals']['pages'], sum(r.get('page_count', 0) for r in records))
    c.equal('tiers are those of the records', report['pages_by_tier'],
            {t: sum(p['tier'] == t for r in records for p in r.get('pages', [])) for t in TIERS})
    c.equal('one version', [(v['version'], v['documents']) for v in report['versions']], [(records[0]['version'], 13)])
    c.equal('failures in groups', sum(f['documents'] for f in report['failures']), status['failed'])
    by_path = {r['path']: r for r in records}
    for f in report['failures']:
        c.equal('a group has the class of its latest', by_path[f['latest']]['class'], f['class'])
    c.check('what failed says where', all(f['stage'] for f in report['failures']), report['failures'])
    slow = sorted(((e['ms'], e['path']) for _, e in lines if e['event'] in ('done', 'failed')), key=lambda s: (-s[0], s[1]))
    c.equal('the slowest', [s['ms'] for s in report['slowest']], [s[0] for s in slow[:10]])
    _, few, _ = spool.ctl('report', '--slowest', '2', json_=True)
    c.equal('two of them', few['slowest'], report['slowest'][:2])
    for _, e in lines:
        parts = e['load_ms'] + e['parse_ms'] + e['wait_ms']
        c.check('its time is of its parts: %s' % e['path'], 0 <= parts <= e['ms'] + 50, e)


def in_text(c, spool):
    code, out, err = spool.ctl('report')
    text = out.decode()
    c.equal('as text', (code, err), (0, b''))
    for words in ('13: ', 'pages by tier', 'failed by class', 'encrypted', 'alpha', 'beta', 'slowest', 'versions'):
        c.check('it says "%s"' % words, words in text, text)
    c.check('a name cannot do anything', '<img src=x>%FF.pdf' in text and '\xff' not in text, text)
    c.check('lines are short enough for a mail', all(len(line) <= 80 for line in text.split('\n')
                                                     if '.pdf' not in line and 'report of' not in line and ': ' not in line), text)


def made_up(spool, host, lease, lines):
    os.makedirs(spool.at(b'journal', host), exist_ok=True)
    with open(spool.at(b'journal', host, lease + b'.jsonl'), 'wb') as f:
        f.write(b''.join(lines))


def line(time, event='done', outcome='ok', **more):
    return json.dumps(dict({'time': time, 'event': event, 'path': 'a/%s.pdf' % time[11:], 'document': 'abcdefghjkmn-1', 'attempt': 1,
                            'history': [], 'outcome': outcome, 'size': 1000, 'pages': 2, 'ms': 500}, **more)).encode() + b'\n'


def hostile_journals(c):
    with Spool(name='report') as spool:
        code, out, _ = spool.ctl('report')
        c.check('nothing has happened', code == 0 and b'nothing has happened' in out, out)
        good = [line('2026-10-%02dT%02d:30:00.000Z' % (1 + i // 24, i % 24)) for i in range(100)]
        bad = [b'\n', b'{}\n', b'[' * 5000 + b'\n', good[0][:50] + b'\n', b'\0' * 300 + b'\n', b'x' * 200000 + b'\n',
               line('2026-10-01T00:00:00.000Z', path='../../etc/passwd'), line('2026-10-01T00:00:00.000Z', event='gone'),
               line('2026-13-01T00:00:00.000Z'), line('2026-10-01T00:00:00.000Z', event='failed', outcome='limit',
                                                      **{'as': 'done/a.pdf'})]
        mixed = [x for pair in zip(good, bad * 10) for x in pair]
        made_up(spool, b'gamma', b'abcdefghjkmn', mixed + [good[0][:80]])
        made_up(spool, b'delta', b'abcdefghjkmp', [line('2026-10-02T12:00:00.000Z', version='9.9', load_ms=1, parse_ms=2, wait_ms=3)])
        made_up(spool, b'delta', b'no lease', good)
        made_up(spool, b'.hidden', b'abcdefghjkmq', good)
        lines = [('delta', json.loads(line('2026-10-02T12:00:00.000Z', load_ms=1, parse_ms=2, wait_ms=3)))]
        lines += [('gamma', json.loads(g)) for g in good]
        code, report, _ = spool.ctl('report', json_=True)
        c.equal('harmed lines are counted, nothing else', (code, report['journals']['harmed'], report['journals']['read']),
                (0, len(bad) * 10, 2))
        compare(c, 'harmed journals', report, lines)
        c.equal('who does not say its version', [(v['version'], v['documents']) for v in report['versions']],
                [(None, 100), ('9.9', 1)])
        for since, end in (('2026-10-02', '2026-10-03'), ('2026-10-02T03', '2026-10-02T04:30'), ('2026-10-04T03:30:00Z', '2027-01-01'),
                           ('2026-10-01T00:30:00.001', '2026-10-01T01:30:00.000')):
            low, high = (ms_of((t.rstrip('Z') + '1970-01-01T00:00:00.000'[len(t.rstrip('Z')):]) + 'Z') for t in (since, end))
            _, part, _ = spool.ctl('report', '--since', since, '--until', end, json_=True)
            those = [x for x in lines if low <= ms_of(x[1]['time']) < high]
            c.check('there is something from %s to %s' % (since, end), len(those) > 0 or end.endswith('.000'), those)
            compare(c, 'from %s to %s' % (since, end), part, those)
        _, out, _ = spool.ctl('report')
        c.check('many hours are shown by the day', b'day (UTC)' in out and b'2026-10-01 ' in out, out)
        for wrong in ('yesterday', '2026-02-30', '2026-1-1', '24', '-1d', ''):
            c.equal('no time: "%s"' % wrong, spool.ctl('report', '--since', wrong)[0], 64)
        c.equal('nor is that a number', spool.ctl('report', '--slowest', '1001')[0], 64)
        os.unlink(spool.at(b'journal', b'delta', b'abcdefghjkmp.jsonl'))
        os.symlink(b'/etc/passwd', spool.at(b'journal', b'delta', b'abcdefghjkmp.jsonl'))
        code, out, err = spool.ctl('report', json_=True)
        c.check('a journal that is none is said, and the rest is there', code == 1 and b'abcdefghjkmp' in err and
                out['journals']['unread'] == 1 and out['totals']['done'] == 100, (code, err))
        _, out, _ = spool.ctl('report', '--since', '1h')
        c.check('of the last hour there is nothing', b'nothing has happened in that time' in out, out)


def impossible_figures(c):
    """Times that cannot be count for nothing, and no sum of any figures runs over."""
    most = {'ms': (1 << 61) - 1, 'load_ms': (1 << 61) - 1, 'parse_ms': (1 << 61) - 1, 'wait_ms': (1 << 61) - 1, 'size': 1 << 62}
    with Spool(name='figures') as spool:
        made_up(spool, b'gamma', b'abcdefghjkmn', [line('2026-10-02T12:00:00.000Z', **most)] * 10 +
                [line('2026-10-02T12:00:00.001Z', load_ms=100, parse_ms=200, wait_ms=0)])
        code, report, _ = spool.ctl('report', json_=True)
        c.equal('times of a year and more are none', (code, report['totals']['done'], report['totals']['ms'], report['time_ms']),
                (0, 11, 500, {'of': 500, 'load': 100, 'parse': 200, 'wait': 0}))
        code, out, _ = spool.ctl('report')
        c.check('as text: numbers', code == 0 and b'time       45 ms a try: 20 % loading, 40 % parsing, 0 % waiting' in out, (code, out))


def main():
    c = Checks()
    with Spool({'spool.settle_time': '0', 'text.duplicates': 'reuse'}, name='report') as spool:
        a_real_run(c, spool)
        in_text(c, spool)
    hostile_journals(c)
    impossible_figures(c)
    c.finish()


if __name__ == '__main__':
    main()
