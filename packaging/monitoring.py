#!/usr/bin/env python3
"""Makes packaging/grafana/pdfspool.json (a dashboard) and packaging/prometheus/pdfspool.rules.yml (alerts) out of the tables below.

usage: monitoring.py            writes both
       monitoring.py --check    says whether both are what this would write (exit code 1: no)

tests/web/metrics.py holds every metric and label that is named here against what spoold really says.
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DASHBOARD = os.path.join(HERE, 'grafana', 'pdfspool.json')
RULES = os.path.join(HERE, 'prometheus', 'pdfspool.rules.yml')

# name, expression, for how long, severity, summary, what to do
ALERTS = [
    ('PdfspoolDown', 'up{job="pdfspool"} == 0', '5m', 'critical',
     'spoold on {{ $labels.instance }} does not answer', 'The workers go on without it. Look at its log, and at its machine.'),
    ('PdfspoolShareNotAnswering', 'pdfspool_share_answering == 0', '2m', 'critical',
     'The share does not answer', 'Everything waits, nothing is lost. Look at the file server.'),
    ('PdfspoolHostSilent', 'pdfspool_host_up == 0', '5m', 'warning',
     'Host {{ $labels.host }} is silent', 'Others take over what it had in hand. Look at the machine and its mount.'),
    ('PdfspoolHostSick', 'pdfspool_hosts{state="sick"} > 0', '5m', 'warning',
     '{{ $value }} hosts are sick', 'Such a host claims nothing; `spoolctl hosts` says why.'),
    ('PdfspoolNoProgress',
     'sum by (instance, job) (pdfspool_documents{state=~"pending|claimed"}) > 0'
     ' and sum by (instance, job) (increase(pdfspool_documents_finished_total[30m])) == 0'
     ' and on (instance, job) pdfspool_paused == 0', '5m', 'warning',
     'No document has come to an end for half an hour', 'Documents are there, and nothing is paused. Is any host up? `spoolctl hosts`.'),
    ('PdfspoolFailureRatio',
     'sum by (instance, job) (increase(pdfspool_documents_finished_total{outcome="failed"}[1h]))'
     ' / sum by (instance, job) (increase(pdfspool_documents_finished_total[1h])) > 0.2'
     ' and sum by (instance, job) (increase(pdfspool_documents_finished_total[1h])) > 50', '5m', 'warning',
     '{{ $value | humanizePercentage }} of the documents of the last hour failed', 'The page shows them in groups, with the reason.'),
    ('PdfspoolSpaceLow', 'pdfspool_share_bytes_free / pdfspool_share_bytes < 0.05', '10m', 'critical',
     'The share has {{ $value | humanizePercentage }} of its space left', 'Below `free_space_floor` nothing is claimed.'),
    ('PdfspoolUncaged', 'pdfspool_host_sandbox_tier < 1', '1m', 'critical',
     'Host {{ $labels.host }} parses documents without a cage', 'Set `sandbox = require`, and see docs/SECURITY.md.'),
    ('PdfspoolHostHot', 'pdfspool_host_temperature_celsius > 90', '5m', 'warning',
     'Host {{ $labels.host }} is at {{ $value }} degrees Celsius', 'Look at its fans, or give it fewer `cores`.'),
    ('PdfspoolVersions', 'count by (instance, job) (count by (instance, job, version) (pdfspool_host_info)) > 1', '6h', 'info',
     'Hosts run {{ $value }} versions', 'Results of a version are not taken over by another.'),
    ('PdfspoolJournalHarmed', 'increase(pdfspool_journal_lines_harmed_total[1h]) > 0', '0m', 'warning',
     'Lines of journals make no sense', 'No document is concerned, but the file server has harmed a file.'),
]

# title, unit, width (of 24), kind, [(expression, legend)]
I = '{instance=~"$instance"}'
PANELS = [
    ('Done', 'short', 4, 'stat', [('sum(pdfspool_documents{instance=~"$instance",state="done"})', '')]),
    ('Failed', 'short', 4, 'stat', [('sum(pdfspool_documents{instance=~"$instance",state="failed"})', '')]),
    ('Left to do', 'short', 4, 'stat',
     [('sum(pdfspool_documents{instance=~"$instance",state=~"pending|waiting|claimed|sealed"})', '')]),
    ('Oldest pending', 's', 4, 'stat', [('max(pdfspool_oldest_pending_seconds%s)' % I, '')]),
    ('Hosts up', 'short', 4, 'stat', [('sum(pdfspool_host_up%s)' % I, '')]),
    ('Share: silent for', 's', 4, 'stat', [('max(pdfspool_share_age_seconds%s)' % I, '')]),
    ('Documents a minute', 'short', 12, 'timeseries',
     [('sum by (outcome) (rate(pdfspool_documents_finished_total%s[$__rate_interval])) * 60' % I, '{{outcome}}')]),
    ('Pages a minute, by where their text is from', 'short', 12, 'timeseries',
     [('sum by (tier) (rate(pdfspool_pages_total%s[$__rate_interval])) * 60' % I, '{{tier}}')]),
    ('Documents that are not finished', 'short', 12, 'timeseries',
     [('sum by (state) (pdfspool_documents{instance=~"$instance",state=~"pending|waiting|claimed|sealed"})', '{{state}}')]),
    ('Failures an hour, by class', 'short', 12, 'timeseries',
     [('sum by (class) (increase(pdfspool_documents_finished_total{instance=~"$instance",outcome="failed"}[1h]))', '{{class}}')]),
    ('A document takes', 's', 12, 'timeseries',
     [('histogram_quantile(%s, sum by (le) (rate(pdfspool_document_duration_seconds_bucket%s[$__rate_interval])))' % (q, I), 'p%d' % (q * 100))
      for q in (0.5, 0.9, 0.99)]),
    ('A page takes', 's', 12, 'timeseries',
     [('sum by (tier) (rate(pdfspool_page_duration_seconds_sum%s[$__rate_interval]))'
       ' / sum by (tier) (rate(pdfspool_page_duration_seconds_count%s[$__rate_interval]))' % (I, I), '{{tier}}')]),
    ('Slots with a document', 'short', 12, 'timeseries',
     [('sum by (host) (pdfspool_host_slots{instance=~"$instance",state="busy"})', '{{host}}')]),
    ('Hosts by state', 'short', 12, 'timeseries', [('sum by (state) (pdfspool_hosts%s)' % I, '{{state}}')]),
    ('Parsers ended for what they did, an hour', 'short', 12, 'timeseries',
     [('sum by (host) (increase(pdfspool_parser_kills_total%s[1h]))' % I, '{{host}}')]),
    ('Attempts in vain, an hour', 'short', 12, 'timeseries', [('sum(increase(pdfspool_retries_total%s[1h]))' % I, 'retries')]),
    ('Free on the share', 'bytes', 12, 'timeseries', [('pdfspool_share_bytes_free%s' % I, '{{instance}}')]),
    ('A walk through the tree takes', 's', 12, 'timeseries', [('max by (state) (pdfspool_scan_duration_seconds%s)' % I, '{{state}}')]),
    ('Cores that are busy', 'percentunit', 8, 'timeseries', [('max by (host) (pdfspool_host_cpu_ratio%s)' % I, '{{host}}')]),
    ('Memory that can be had', 'bytes', 8, 'timeseries', [('min by (host) (pdfspool_host_memory_available_bytes%s)' % I, '{{host}}')]),
    ('Temperature', 'celsius', 8, 'timeseries', [('max by (host) (pdfspool_host_temperature_celsius%s)' % I, '{{host}}')]),
    ('The page: requests a second', 'reqps', 8, 'timeseries',
     [('sum by (code) (rate(pdfspool_http_requests_total%s[$__rate_interval]))' % I, '{{code}}')]),
    ('The page: who listens', 'short', 8, 'timeseries',
     [('sum(pdfspool_sse_clients%s)' % I, 'streams'), ('sum(pdfspool_http_connections%s)' % I, 'connections')]),
    ('spoold: memory', 'bytes', 8, 'timeseries', [('process_resident_memory_bytes{job="pdfspool",instance=~"$instance"}', '{{instance}}')]),
]


def expressions():
    """(where, expression, legend) of all that is made here."""
    for name, expr, _, _, summary, _ in ALERTS:
        yield name, expr, summary
    for title, _, _, _, targets in PANELS:
        for expr, legend in targets:
            yield title, expr, legend


def rules():
    lines = ['# Made by packaging/monitoring.py. The job of Prometheus that asks spoold is called "pdfspool"; docs/OPERATING.md has an example.',
             'groups:', '  - name: pdfspool', '    rules:']
    for name, expr, wait, severity, summary, help_ in ALERTS:
        lines += ['      - alert: ' + name, '        expr: ' + json.dumps(expr), '        for: ' + wait,
                  '        labels: {severity: %s}' % severity, '        annotations:',
                  '          summary: ' + json.dumps(summary), '          description: ' + json.dumps(help_)]
    return '\n'.join(lines) + '\n'


def panel(number, x, y, title, unit, width, kind, targets):
    source = {'type': 'prometheus', 'uid': '${datasource}'}
    height = 4 if kind == 'stat' else 7
    options = {'stat': {'reduceOptions': {'calcs': ['lastNotNull'], 'fields': '', 'values': False}, 'colorMode': 'none', 'graphMode': 'area'},
               'timeseries': {'legend': {'displayMode': 'list', 'placement': 'bottom', 'showLegend': True}, 'tooltip': {'mode': 'multi'}}}
    return {'id': number, 'type': kind, 'title': title, 'datasource': source, 'gridPos': {'x': x, 'y': y, 'w': width, 'h': height},
            'fieldConfig': {'defaults': {'unit': unit, 'min': 0}, 'overrides': []}, 'options': options[kind],
            'targets': [{'refId': chr(ord('A') + i), 'datasource': source, 'expr': e, 'legendFormat': legend}
                        for i, (e, legend) in enumerate(targets)]}


def dashboard():
    panels, x, y, row = [], 0, 0, 0
    for number, (title, unit, width, kind, targets) in enumerate(PANELS, 1):
        if x + width > 24:
            x, y = 0, y + row
        panels.append(panel(number, x, y, title, unit, width, kind, targets))
        x, row = x + width, panels[-1]['gridPos']['h']
    variables = [{'name': 'datasource', 'label': 'Data source', 'type': 'datasource', 'query': 'prometheus'},
                 {'name': 'instance', 'label': 'spoold', 'type': 'query', 'datasource': {'type': 'prometheus', 'uid': '${datasource}'},
                  'query': {'query': 'label_values(pdfspool_build_info, instance)', 'refId': 'instance'}, 'refresh': 2, 'multi': True,
                  'includeAll': True, 'allValue': '.*', 'current': {'text': 'All', 'value': '$__all'}}]
    return json.dumps({'id': None, 'uid': None, 'title': 'pdfspool', 'tags': ['pdfspool'], 'schemaVersion': 38, 'version': 1,
                       'editable': True, 'refresh': '30s', 'time': {'from': 'now-6h', 'to': 'now'}, 'timezone': 'browser',
                       'templating': {'list': variables}, 'annotations': {'list': []}, 'panels': panels}, indent=1) + '\n'


def main():
    made = {DASHBOARD: dashboard(), RULES: rules()}
    if sys.argv[1:] == ['--check']:
        stale = []
        for path, text in made.items():
            with open(path, encoding='utf-8') as f:
                if f.read() != text:
                    stale.append(os.path.relpath(path))
        if stale:
            print('not as packaging/monitoring.py makes it: ' + ', '.join(stale))
        return 1 if stale else 0
    if sys.argv[1:]:
        print(__doc__)
        return 64
    for path, text in made.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
    return 0


if __name__ == '__main__':
    sys.exit(main())
