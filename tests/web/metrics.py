#!/usr/bin/env python3
"""Goal: /metrics of the real spoold is what Prometheus takes, tells the truth and never a document's name; the dashboard and the alerts
of packaging/ ask for nothing that it does not say, and each alert speaks when it should and is silent when not.

usage: metrics.py    BUILD in the environment: the folder with the programs (default: build)
"""
import json
import os
import re
import subprocess
import sys

from real import HOSTILE, ROOT, Page, settled
from spooltest import BUILD, Checks, Spool, drop, pdf, until

sys.path.insert(0, os.path.join(ROOT, 'packaging'))

import monitoring  # noqa: E402
import yaml  # noqa: E402

SAMPLE = re.compile(r'([a-z_]+)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')
NAME = re.compile(r'\b((?:pdfspool|process)_[a-z_]+)\b(?:\{([^}]*)\})?')
MATCHER = re.compile(r'([a-z_]+)(=~|=|!=|!~)"([^"]*)"')
# Labels that Prometheus itself gives.
GIVEN = {'instance', 'job'}
# What not every machine can tell; the head is there all the same.
MAY_LACK = {'pdfspool_host_temperature_celsius': {'host'}}
WANTED = {'pdfspool_' + n for n in (
    'documents', 'documents_finished_total', 'pages_total', 'input_bytes_total', 'document_duration_seconds',
    'page_duration_seconds', 'oldest_pending_seconds', 'host_up', 'host_last_seen_timestamp_seconds', 'host_slots',
    'host_sandbox_tier', 'host_temperature_celsius', 'parser_kills_total', 'scan_duration_seconds', 'http_requests_total', 'sse_clients', 'build_info')} | {
        'process_' + n for n in ('cpu_seconds_total', 'resident_memory_bytes', 'virtual_memory_bytes', 'open_fds', 'max_fds',
                                 'start_time_seconds')}


class Scrape:
    """What /metrics said: {(name, labels): value}, and of each name the labels and their values."""

    def __init__(self, text):
        self.samples, self.labels, self.types, self.helps = {}, {}, {}, {}
        for line in text.splitlines():
            if line.startswith('#'):
                _, what, name, rest = line.split(' ', 3)
                {'TYPE': self.types, 'HELP': self.helps}[what].setdefault(name, []).append(rest)
                continue
            name, labels, value = SAMPLE.fullmatch(line).groups()
            pairs = tuple(sorted(LABEL.findall(labels or '')))
            self.samples[name, pairs] = float(value)
            of = self.labels.setdefault(name, {})
            for key, content in pairs:
                of.setdefault(key, set()).add(content)

    def family(self, name):
        """The name of its TYPE line: that of a histogram has no ending."""
        base = re.sub(r'_(bucket|sum|count)$', '', name)
        return name if name in self.types else base if self.types.get(base, [''])[0] in ('histogram', 'summary') else None

    def value(self, name, **labels):
        return self.samples.get((name, tuple(sorted(labels.items()))))

    def all(self, name):
        return {dict(k[1]).get('le') or k[1]: v for k, v in self.samples.items() if k[0] == name}


def wrong(scrape, expr, legend):
    """What of an expression spoold does not say; '' where all is well."""
    names = NAME.findall(expr)
    known = set(GIVEN)
    for name, matchers in names:
        if name not in scrape.labels and name in MAY_LACK and name in scrape.types:
            known |= MAY_LACK[name]
            continue
        if name not in scrape.labels:
            return 'no metric ' + name
        known |= set(scrape.labels[name])
        for label, operator, value in MATCHER.findall(matchers):
            if label in GIVEN:
                continue
            if label not in scrape.labels[name]:
                return '%s has no label %s' % (name, label)
            for v in value.split('|') if '~' in operator else [value]:
                if v not in scrape.labels[name][label]:
                    return '%s has no %s="%s"' % (name, label, v)
    used = [w for group in re.findall(r'\b(?:by|on) \(([^)]*)\)', expr) for w in group.split(', ')]
    used += re.findall(r'\{\{ *(?:\$labels\.)?([a-z]+) *\}\}', legend)
    strange = [w for w in used if w not in known]
    return 'no label ' + strange[0] if strange else ''


def promtool(c, name, *arguments, **more):
    r = subprocess.run([promtool.path, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    return c.check(name, r.returncode == 0 and b'FAILED' not in r.stdout and not (more and r.stdout), r.stdout.decode()[-1500:])


def form(c, text):
    promtool(c, 'promtool has nothing to say of it', 'check', 'metrics', input=text.encode())
    r = subprocess.run([promtool.path, 'check', 'metrics'], input=b'pdfspool_x 1', stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    c.check('control: of a metric without help it has', r.returncode != 0 or r.stdout, r)
    c.check('it ends with a newline', text.endswith('\n'))
    s = Scrape(text)
    c.equal('all that is promised is there', sorted(n for n in WANTED if n not in s.types), [])
    c.equal('each has one HELP and one TYPE', [n for n in s.types if len(s.types[n]) != 1 or len(s.helps.get(n, [])) != 1], [])
    c.equal('each sample is of a family', [n for n in s.labels if not s.family(n)], [])
    c.check('no document is named', not re.search(r'img|alert\(|\.pdf|doc \d|bad \d|a/|b/', text))
    return s


def truth(c, s, page):
    """The numbers are those of the overview, and fit together."""
    o = page.get('Overview', 'overview')
    c.equal('documents', {k[0][1]: v for k, v in s.all('pdfspool_documents').items()}, o['documents'])
    ended = s.all('pdfspool_documents_finished_total')
    c.equal('finished ones', sum(ended.values()), o['documents']['done'] + o['documents']['failed'])
    c.equal('failed ones, by class', s.value('pdfspool_documents_finished_total', outcome='failed', **{'class': 'not_pdf'}),
            o['failed_by_class']['not_pdf'])
    buckets = list(s.all('pdfspool_document_duration_seconds_bucket').values())
    c.check('the histogram rises', buckets == sorted(buckets) and buckets[-1] > 0, buckets)
    c.equal('up to the count, which is that of the finished ones',
            (buckets[-1], s.value('pdfspool_document_duration_seconds_count')), (sum(ended.values()),) * 2)
    c.check('and has a sum', s.value('pdfspool_document_duration_seconds_sum') > 0)
    c.equal('pages by tier', s.value('pdfspool_pages_total', tier='text'), s.value('pdfspool_page_duration_seconds_count', tier='text'))
    c.check('of which there are some', s.value('pdfspool_pages_total', tier='text') > 0)
    host = next(iter(s.labels['pdfspool_host_up']['host']))
    c.equal('the host is up', s.value('pdfspool_host_up', host=host), 1)
    c.check('it was seen just now', abs(s.value('pdfspool_host_last_seen_timestamp_seconds', host=host) -
                                        s.value('process_start_time_seconds')) < 300)
    c.check('its load can be', 0 <= s.value('pdfspool_host_cpu_ratio', host=host) <= 1 and 0 < s.value(
        'pdfspool_host_memory_available_bytes', host=host) <= s.value('pdfspool_host_memory_bytes', host=host))
    c.check('its cage is known', s.value('pdfspool_host_sandbox_tier', host=host) in (0, 1, 2))
    c.check('requests are counted by status', s.value('pdfspool_http_requests_total', code='200') >= 1 and
            s.value('pdfspool_http_requests_total', code='404') == 1)
    rss = int(open('/proc/%d/statm' % page.process.pid).read().split()[1]) * os.sysconf('SC_PAGESIZE')
    c.check('memory is that of the process', abs(s.value('process_resident_memory_bytes') - rss) < 8 << 20)
    c.equal('and descriptors', s.value('process_open_fds') > 5 and s.value('process_open_fds') <= s.value('process_max_fds'), True)


def packaged(c, s):
    """Dashboard and alerts, against what was said."""
    c.equal('they are as the script makes them', subprocess.run([sys.executable, os.path.join(ROOT, 'packaging', 'monitoring.py'), '--check']).returncode, 0)
    for where, expr, legend in monitoring.expressions():
        c.equal('%s: asks for what there is' % where, wrong(s, expr, legend), '')
    for expr in ('pdfspool_nothing > 1', 'pdfspool_documents{state="gone"}', 'pdfspool_documents{stat="done"}',
                 'sum by (nobody) (pdfspool_documents)', 'pdfspool_documents{state=~"done|gone"}'):
        c.check('control: %s is found out' % expr, wrong(s, expr, ''))
    with open(monitoring.DASHBOARD, encoding='utf-8') as f:
        text = f.read()
    board = json.loads(text)
    c.equal('the dashboard has no uid of its own', board['uid'], None)
    c.equal('and its source is a variable', set(re.findall(r'"uid": ("[^"]*"|null)', text)), {'"${datasource}"', 'null'})
    used = set(re.findall(r'\$\{?([a-z]+)', text)) - {'__rate', '__all'}
    c.equal('its variables exist', used - {v['name'] for v in board['templating']['list']}, set())
    places = [(p['gridPos']['x'], p['gridPos']['y']) for p in board['panels']]
    c.equal('no panel lies on another', len(set(places)), len(places))
    promtool(c, 'promtool check rules', 'check', 'rules', monitoring.RULES)
    tests = os.path.join(ROOT, 'tests', 'web', 'pdfspool.rules.test.yml')
    promtool(c, 'promtool test rules', 'test', 'rules', tests)
    with open(tests, encoding='utf-8') as f:
        tested = {t['alertname'] for group in yaml.safe_load(f)['tests'] for t in group['alert_rule_test'] if t['exp_alerts']}
    c.equal('each alert has a test in which it speaks', tested, {a[0] for a in monitoring.ALERTS})


def restarted(c, page, spool, before):
    """Counters outlive spoold where there is a keep_file."""
    c.equal('spoold ends well', page.stop(), 0)
    again = Page(spool)
    try:
        settled(again)
        after = Scrape(again.ask('/metrics')[2].decode())
        for name in ('pdfspool_document_duration_seconds_bucket', 'pdfspool_document_duration_seconds_sum',
                     'pdfspool_page_duration_seconds_sum', 'pdfspool_documents_finished_total', 'pdfspool_pages_total'):
            c.equal('after a restart: ' + name, after.all(name), before.all(name))
    finally:
        again.stop()


def run(c, spool):
    page = Page(spool)
    try:
        for i in range(1, 4):
            drop(spool.pending(b'doc %d.pdf' % i), pdf('text', words='document %d' % i))
        drop(spool.pending(b'bad 1.pdf'), b'this is no PDF')
        drop(spool.pending(HOSTILE), pdf('text', words='hostile'))
        spool.start()
        if not c.check('all is done, and the page knows', settled(page)):
            return
        page.ask('/nothing')
        # A host tells of its cage when its parser has, and of its load when it has looked twice.
        c.check('the host tells of its cage and its load', until(lambda: all(
            b'\npdfspool_host_' + n + b'{' in page.ask('/metrics')[2] for n in (b'sandbox_tier', b'cpu_ratio')), 30, 0.2))
        text = page.ask('/metrics')[2].decode()
        before = form(c, text)
        truth(c, before, page)
        packaged(c, before)
        restarted(c, page, spool, before)
    finally:
        if page.process.poll() is None:
            page.stop()


def main():
    c = Checks()
    found = subprocess.run(['sh', os.path.join(ROOT, 'tests', 'web', 'promtool.sh'), BUILD], stdout=subprocess.PIPE)
    if not c.check('there is a promtool', found.returncode == 0):
        c.finish()
    promtool.path = found.stdout.decode().strip()
    with Spool(name='metrics') as spool:
        run(c, spool)
    c.finish()


if __name__ == '__main__':
    main()
