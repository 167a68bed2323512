#!/usr/bin/env python3
"""reliability: write what the suites have counted into docs/RELIABILITY.md.

    tests/report/reliability.py BUILD [docs/RELIABILITY.md]

Each suite leaves BUILD/report/<suite>.json: {"suite": ..., "seconds": ..., "counts": {...}}, and tests/run.sh beside it
<suite>.commit: the sources that it ran on. The soak's is in BUILD/report-soak, from tests/soak.sh. What stands in the document between the two marks is made anew; the rest is
written by hand. Status 1 when a suite is missing, so that the document can never tell less than it seems to.
"""
import json
import os
import platform
import sys
import time

BEGIN, END = '<!-- counts: begin (made by `make reliability-report`) -->', '<!-- counts: end -->'
SUITES = {
    'simulation': 'Simulation of NFS (tests/sim)',
    'faults': 'Fault sweep of the protocol\'s rooms (tests/fault)',
    'fault-programs': 'Fault sweep of the real programs (tests/faultprog)',
    'strace': 'The shipped programs under `strace --inject` (tests/faultprog)',
    'power-cut': 'Power cuts (tests/power)',
    'storm': 'Storm of kill -9 and SIGSTOP on two hosts (tests/scenario/storm.py)',
    'caps': 'Caps and rates of lanes on three hosts (tests/scenario/caps.py)',
    'underload': 'Stopped, drained and started again under full load (tests/scenario/underload.py)',
    'lanes': 'Lanes: shares, priority, large beside small (tests/scenario/lanes.py)',
    'cluster': 'Real NFS: one server, three clients (tests/cluster)',
    'soak': 'Soak: three hosts on real NFS under all faults at once (`make soak`, tests/cluster/soak.py)',
    'scale': 'Scale (tests/scale)',
    'fuzz': 'Fuzzing (tests/fuzz)',
    'bite': 'Planted faults (tests/bite)',
}
PARTS_OF = {'storm': 'scenarios', 'caps': 'scenarios'}  # suites that others run
ELSEWHERE = {'soak': 'report-soak'}  # suites that tests/soak.sh runs
LAW = ('attempted', 'finished', 'lost', 'duplicated', 'unexpected')
RESIDUE = 'gone by the known residue'


def read(folder):
    """{suite: its JSON}; the suites named above, in their order."""
    reports = {}
    paths = [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith('.json')]
    paths += [path for path in (os.path.join(where(folder, suite), suite + '.json') for suite in ELSEWHERE) if os.path.exists(path)]
    for path in paths:
        with open(path, encoding='utf-8') as file:
            report = json.load(file)
        reports[report['suite']] = report
    return {suite: reports[suite] for suite in SUITES if suite in reports}


def where(folder, suite):
    """The folder that a suite's counts are in."""
    return os.path.join(os.path.dirname(folder), ELSEWHERE[suite]) if suite in ELSEWHERE else folder


def show(value):
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    if isinstance(value, int):
        return f'{value:,}'
    if isinstance(value, float):
        return f'{value:,.2f}' if value < 100 else f'{value:,.0f}'
    if isinstance(value, dict):
        return '; '.join(f'{key}: {show(inner)}' for key, inner in value.items()) or '-'
    if isinstance(value, list):
        return ', '.join(show(inner) for inner in value) or '-'
    return str(value)


def table(rows, head):
    lines = ['| ' + ' | '.join(head) + ' |', '|' + '---|' * len(head)]
    return '\n'.join(lines + ['| ' + ' | '.join(row) + ' |' for row in rows])


def law(found):
    """The conservation law's figures, suite by suite."""
    rows = []
    for suite, report in found.items():
        counts = {key.removeprefix('documents '): value for key, value in report['counts'].items()}
        if all(key in counts for key in LAW):
            row = [counts[key] for key in LAW]
            rows.append((suite, row[:3] + [row[0] - row[1] - row[2]] + row[3:]))
    head = ['suite', *LAW[:3], RESIDUE, *LAW[3:]]
    sums = [sum(row[k] for _, row in rows) for k in range(len(head) - 1)]
    shown = [[suite] + [show(n) for n in row] for suite, row in rows]
    return table(shown + [['**all**'] + [f'**{show(n)}**' for n in sums]], head)


def commit(folder, suite):
    try:
        with open(os.path.join(where(folder, suite), PARTS_OF.get(suite, suite) + '.commit'), encoding='utf-8') as file:
            return file.read().strip()
    except FileNotFoundError:
        return 'unknown'


def block(folder, found):
    when = time.strftime('%Y-%m-%d', time.gmtime())
    machine = f'{os.cpu_count()} cores, Linux {platform.release().split("-")[0]}'
    commits = {suite: commit(folder, suite) for suite in found}
    parts = [BEGIN, f'Counted by {when}, at commit {", ".join(sorted(set(commits.values())))}, on {machine}.', '### The law',
             law(found)]
    for suite, report in found.items():
        rows = [[key, show(value)] for key, value in report['counts'].items()]
        took = f'{report["seconds"]:.0f} s, at commit {commits[suite]}.'
        parts += [f'### {SUITES[suite]}', took, table(rows, ['what', 'count'])]
    return '\n\n'.join(parts + [END])


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 64
    target = sys.argv[2] if len(sys.argv) > 2 else 'docs/RELIABILITY.md'
    folder = os.path.join(sys.argv[1], 'report')
    found = read(folder)
    missing = [suite for suite in SUITES if suite not in found]
    with open(target, encoding='utf-8') as file:
        text = file.read()
    before, mark, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        print(f'reliability: {target} has not the marks that the counts stand between', file=sys.stderr)
        return 1
    with open(target, 'w', encoding='utf-8') as file:
        file.write(before + block(folder, found) + after)
    for suite in missing:
        print(f'reliability: no counts of {suite}: it has not been run', file=sys.stderr)
    print(f'{target}: {len(found)} of {len(SUITES)} suites')
    return 1 if missing else 0


if __name__ == '__main__':
    sys.exit(main())
