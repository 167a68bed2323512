#!/usr/bin/env python3
"""Goal: what the page says of hosts, documents and the journal is what the machine, the records and the journals' files say: loads,
languages, slots, tiers, claims, stages, every line; a host that lies or is old does no harm; one that was stopped or killed stays
listed, without old figures, over a restart of spoold.

usage: facts.py    BUILD in the environment: the folder with the programs (default: build)
"""
import collections
import json
import os
import shutil
import signal

from real import BUILD, Checks, Page, Spool, drop, pdf, until
from spooltest import send_signal, write

LOAD = ('cpu_percent', 'extractd_cpu_percent', 'load_average', 'memory_used', 'memory_total', 'extractd_memory', 'temperature_celsius')


def finished(page, n):
    def is_so():
        o = page.get('Overview', 'overview')
        return o['share']['complete'] and o['documents']['done'] + o['documents']['failed'] == n
    return until(is_so, 60, 0.2)


def hosts(page):
    return {h['host']: h for h in page.get('HostList', 'hosts')['items']}


def lines(spool):
    found = []
    for host in os.listdir(spool.at(b'journal')):
        for name in os.listdir(spool.at(b'journal', host)):
            with open(spool.at(b'journal', host, name), encoding='utf-8') as f:
                found += [dict(json.loads(line), host=host.decode()) for line in f]
    return found


def documents_are_as_recorded(c, page, spool):
    listed = page.get('DocumentPage', 'documents?limit=1000')['items']
    c.check('there are some of each kind', {d['state'] for d in listed} == {'done', 'failed'}, listed)
    mixed = 0
    for d in listed:
        record = spool.json(os.fsencode(d['place']))
        one = page.get('Document', 'documents/' + d['id'])
        tiers = dict(collections.Counter(p['tier'] for p in record.get('pages', []))) or None
        c.equal('%s: tiers and claim are those of its record' % d['path'], (d['tiers'], one['claim']), (tiers, record['claim']))
        c.check('%s: a stage where it failed' % d['path'], (d['stage'] is not None) == (d['state'] == 'failed'), d)
        mixed += len(tiers or {}) > 1
    c.check('one has pages of two tiers', mixed > 0)
    groups = page.get('FailureList', 'failures')['groups']
    c.check('groups of failures have stages', groups and all(g['stage'] == 'open' for g in groups), groups)


def the_journal_is_that_of_the_files(c, page, spool):
    shown, after = [], ''
    for _ in range(1000):
        p = page.get('JournalPage', 'journal?limit=3' + after)
        shown += p['items']
        if p['next'] is None:
            break
        after = '&before=' + p['next']
    c.equal('page by page each line once', len({s['seq'] for s in shown}), len(shown))
    same = ('time', 'host', 'event', 'path', 'attempt', 'outcome', 'size', 'pages', 'ms', 'claim', 'load_ms', 'parse_ms', 'wait_ms',
            'version')

    def sorted_lines(those):
        return sorted(tuple(str(x[k]) for k in same) + (str(x.get('tiers')), str(x.get('stage'))) for x in those)
    c.equal('and what is in the files', sorted_lines(shown), sorted_lines(lines(spool)))


def memory_total():
    with open('/proc/meminfo', encoding='ascii') as f:
        return int(f.readline().split()[1]) * 1024


def hosts_say_what_they_bear(c, page, spool):
    def all_there():
        return {'alpha', 'beta'} == set(hosts(page)) and all(h['load'] for h in hosts(page).values())
    c.check('both hosts are there, with their loads', until(all_there, 30, 0.2), hosts(page))
    now = hosts(page)
    for h in now.values():
        c.equal('%s: each figure is there' % h['host'], tuple(h['load']), LOAD)
        c.check('%s: of this machine' % h['host'], h['load']['memory_total'] == memory_total() and
                0 < h['load']['memory_used'] < memory_total() and h['load']['load_average'] is not None and
                0 < h['load']['extractd_memory'] < 1 << 32, h['load'])
    parser = os.popen('%s/pdfspool-parser --self-test' % os.fsdecode(BUILD)).read()
    c.equal('alpha reads what is installed', now['alpha']['languages'], json.loads(parser)['ocr_languages'])
    c.equal('beta does no OCR', now['beta']['languages'], [])

    small, dropped = pdf('text', words='a little'), [0]

    def cpu():
        for _ in range(4): # a host with nothing to do says so every 20 s only
            dropped[0] += 1
            drop(spool.pending(b'little %d.pdf' % dropped[0]), small)
        return all(h['load'] and h['load']['cpu_percent'] is not None and h['load']['extractd_cpu_percent'] is not None
                   for h in hosts(page).values())
    c.check('their use of CPU is known after two looks', until(cpu, 45, 1), hosts(page))


def slots_say_what_they_do(c, page, spool):
    big = pdf('pages', pages=9900)
    drop(spool.pending(b'big.pdf'), big)

    held, found = [], []

    def seen():
        for p in (p for w in spool.workers for p in w.role('parser')): # whichever gets it
            if p.pid not in [q.pid for q in held]:
                held.append(p)
                send_signal(p, signal.SIGSTOP)
        found.extend(s for h in hosts(page).values() for s in h['slots'] if s['path'] == 'big.pdf')
        return found
    c.check('a document in hand is seen', until(seen, 20, 0.02), hosts(page))
    if found:
        c.equal('what it is', (found[0]['need'], found[0]['size'], found[0]['attempt']), ('text', len(big), 1))
    for p in held:
        send_signal(p, signal.SIGCONT)
    c.check('it is done', finished(page, 9))


def fake(spool, host, status):
    """A lease of a host that says anything; its heart is ours."""
    _, name = spool.leases()[0]
    lease = spool.at(b'claimed', host, b'zzzz' + name[4:])
    os.makedirs(lease + b'/work')
    write(lease + b'/beat', b'')
    write(lease + b'/status.json', json.dumps(dict({'host': host.decode(), 'lease': 'x', 'state': 'running'}, **status)).encode())
    return lease


def a_host_that_lies(c, page, spool):
    lease = fake(spool, b'gamma', {
        'version': '9.9', 'written_ms': 1 << 62, 'ocr': True, 'languages': ['eng', '<img src=x onerror=alert(1)>', 7],
        'load': {'cpu_permille': 10 ** 9, 'memory_total': -5, 'memory_available': 1 << 60, 'load_hundredths': 150,
                 'temperature_millidegrees': '<b>'},
        'slots': [{'stage': '<script>', 'path': 'a.pdf', 'document': 'abc-1', 'need': '<b>', 'size': -1, 'page': 7, 'pages': 3}]})
    old = fake(spool, b'delta', {'version': '0.0.1', 'slots': [{'stage': 'text', 'path': 'b.pdf', 'document': 'abc-2'}]})

    def beating():
        for there in (lease, old):
            os.utime(there + b'/beat')
        now = hosts(page)
        return {'alpha', 'beta', 'gamma', 'delta'} == set(now) and now['gamma']['slots'] and now['delta']['slots']
    c.check('they are listed', until(beating, 15, 0.2), sorted(hosts(page)))
    now = hosts(page)
    g, d = now['gamma'], now['delta']
    c.equal('a lie is not known', (g['load'], g['languages']),
            (dict.fromkeys(LOAD) | {'load_average': 1.5}, ['eng']))
    c.equal('nor is its stage', (g['slots'][0]['stage'], g['slots'][0]['need'], g['slots'][0]['size']), ('idle', None, None))
    c.equal('an older version says nothing of it', (d['load'], d['languages'], d['slots'][0]['need'], d['slots'][0]['size']),
            (None, None, None, None))
    c.equal('versions that differ are marked', {n: h['version_differs'] for n, h in now.items()},
            {'alpha': False, 'beta': False, 'gamma': True, 'delta': True})
    for there in (lease, old):
        shutil.rmtree(there, ignore_errors=True) # a janitor may have been sooner: nobody beats any more


def those_who_go_are_remembered(c, page, spool, alpha, beta):
    beta.stop()

    def states():
        return {n: h['state'] for n, h in hosts(page).items()}
    c.check('who was stopped is listed as that', until(lambda: states().get('beta') == 'stopped', 15, 0.2), states())
    b = hosts(page)['beta']
    c.equal('without what it had in hand', (b['load'], b['slots'], b['busy'], b['dead_leases']), (None, [], 0, 0))
    c.check('with when it was last seen', b['last_seen'] > '2026' and b['version'] != '', b)
    o = page.get('Overview', 'overview')
    c.check('that is no alert', not [a for a in o['alerts'] if a['host'] == 'beta'], o['alerts'])
    c.equal('it is counted', o['hosts']['stopped'], len([s for s in states().values() if s == 'stopped']))
    metrics = page.ask('/metrics')[2].decode()
    c.check('nor is it down', 'pdfspool_host_up{host="alpha"} 1' in metrics and 'pdfspool_host_up{host="beta"}' not in metrics)
    alpha.kill_all()
    c.check('who was killed is silent', until(lambda: states().get('alpha') == 'silent', 60, 0.3), states())
    a = hosts(page)['alpha']
    c.equal('and shows no old load', (a['load'], a['slots']), (None, []))
    before = states()
    c.equal('spoold ends well', page.stop(), 0)
    page = Page(spool)
    c.check('another spoold knows them all', until(lambda: states_of(page) == before, 20, 0.2), (states_of(page), before))
    c.equal('and when they were seen', {n: h['last_seen'] for n, h in hosts(page).items() if h['state'] == 'stopped'}['beta'],
            b['last_seen'])
    spool.start(host='beta')
    c.check('who comes back is there once', until(lambda: states_of(page).get('beta') == 'idle', 20, 0.2), states_of(page))
    return page


def states_of(page):
    return {n: h['state'] for n, h in hosts(page).items()}


def run(c, spool):
    page = Page(spool)
    try:
        for i in range(4):
            drop(spool.pending(b'doc %d.pdf' % i), pdf('pages', pages=i + 1))
        for i in range(3):
            drop(spool.pending(b'bad %d.pdf' % i), b'%%PDF-1.4\nnothing more than that, number %d\n' % i)
        drop(spool.pending(b'mixed.pdf'), pdf('mixed'))
        no_ocr = os.path.join(spool.top, b'beta.ini')
        spool.configure({'ocr.ocr_here': 'no'}, path=no_ocr, base={})
        alpha, beta = spool.start(host='alpha'), spool.start(host='beta', config=no_ocr)
        c.check('all is done, and the page knows', finished(page, 8))
        documents_are_as_recorded(c, page, spool)
        the_journal_is_that_of_the_files(c, page, spool)
        slots_say_what_they_do(c, page, spool)
        hosts_say_what_they_bear(c, page, spool)
        a_host_that_lies(c, page, spool)
        page = those_who_go_are_remembered(c, page, spool, alpha, beta)
    finally:
        if page.process.poll() is None:
            page.stop()


def main():
    c = Checks()
    with Spool(name='facts') as spool:
        run(c, spool)
    c.finish()


if __name__ == '__main__':
    main()
