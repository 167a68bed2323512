#!/usr/bin/env python3
"""Goal: the bench still runs: each way of text gives a text for each document, one that leaves some out is found out, the tables have
what was measured; and a drop on an idle spool is heard of, into whatever folder, though nobody would look for an hour.

usage: smoke.py     BUILD in the environment: the folder with the programs (default: build)
"""
import os
import shutil
import subprocess
import sys
import tempfile

os.environ['CORPUS'] = '/nonexistent'  # generated documents: the same everywhere
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'scenario')]
import bench_report  # noqa: E402
import bench_rounds  # noqa: E402
import bench_sets  # noqa: E402
import bench_text  # noqa: E402
import cpu  # noqa: E402
import drop  # noqa: E402
from spooltest import BUILD, Checks  # noqa: E402

FILES, ROUNDS, CORES = 6, 1, 2
HOUR = {'poll_min': '1h', 'poll_max': '1h'}

t = Checks()


def usable(ways):
    if subprocess.run([bench_text.DEBIANS, '-c', 'import fitz'], stderr=subprocess.DEVNULL, check=False).returncode:
        t.skip('the pool with PyMuPDF', 'python3-fitz is not installed')
        ways.pop('pool+PyMuPDF')
    return ways


def text(scratch):
    chosen = bench_sets.digital(BUILD, scratch, True, FILES)[0]
    chosen.lay_out(scratch + '/keys')
    ways = usable(bench_text.ways(BUILD, chosen, CORES))

    def forgetful(source, work):
        seconds, made = ways['pdfspool'](source, work)
        os.truncate(made['0/%s' % os.path.basename(chosen.files[0])][0], 0)
        os.unlink(made['0/%s' % os.path.basename(chosen.files[1])][0])
        return seconds, made

    found = bench_rounds.measure(chosen, ways, ROUNDS)
    for name, way in found['ways'].items():
        t.equal('%s: a text for each document' % name, way['missing'] + way['empty'], [])
        t.check('%s: %d rounds, CPU time seen' % (name, ROUNDS), len(way['seconds']) == ROUNDS and min(way['seconds'] + way['cpu']) > 0,
                way)
    t.equal('the ratio of the first is 1', found['ways']['pdfspool']['ratio_median'], 1)
    shown = bench_report.table(found)
    t.equal('a row for each way', shown.count('\n| '), len(ways))
    t.check('nothing is said to be left out', 'honest' not in shown, shown)
    found = bench_rounds.measure(chosen, {'pdfspool': ways['pdfspool'], 'forgetful': forgetful}, 1)
    keys, way = ['0/' + os.path.basename(f) for f in chosen.files[:2]], found['ways']['forgetful']
    t.equal('an empty text and one that is not there are found out', (way['empty'], way['missing']), (keys[:1], keys[1:]))
    t.equal('and said', (bench_report.left_out({'text': [found]}), bench_report.table(found).count('Not honest')), (1, 1))


def drops():
    found = drop.measure(BUILD, 8, 0, settings=HOUR)
    t.equal('each drop was heard of', (found['lost'], [len(d) for d in found['drops'].values()]), (0, [2, 2, 2, 2, 2, 2]))
    late = [d['late_ms'] for ds in found['drops'].values() for d in ds]
    t.check('none came before it had settled', min(late, default=-1) > -20, late)  # (a tick of the clock, at the most)
    t.equal('a row for each way of dropping, and the first of all', bench_report.drop_table(found).count('\n| '), 6)


def main():
    cpu.adopt()
    scratch = tempfile.mkdtemp(prefix='pdfspool-smoke-')
    try:
        text(scratch)
        drops()
        machine = bench_report.machine(BUILD, CORES)
        t.check('the versions are told', machine['versions']['pdfspool'] != 'not installed' and '(' in bench_report.machine_line(machine, 1),
                machine)
    finally:
        shutil.rmtree(scratch)
    t.finish()


main()
