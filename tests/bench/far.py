#!/usr/bin/env python3
"""The worker on a share that is far away, against the same worker on a local spool: same program, same documents, same parsers.

usage: tests/bench/far.py [BUILD] [ROUNDS] [--ms MS[,MS...]] [--slots N] [--times N]

The far share is tests/bench/far.c: the local disk, on which each call takes as many round trips of MS milliseconds (default: 2) as
it was counted to take on NFS 4.2, under the locks of a Linux client. Documents: the corpus's digital ones of 1,000 characters or
more, and all digital ones, as in bench.py; 500 generated ones where the corpus is not there. A number that is given by --slots
holds for both; without it slots are as extractd takes them. Each document is there six or five times, or as --times says.

Medians of the rounds, ratios inside each round. Each run must end with all documents done and a clean audit."""
import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(os.path.dirname(ROOT), 'shared', 'corpus')
RICH = 1000
INI = '[spool]\nformat = 1\nsettle_time = 0s\n[text]\nduplicates = extract\n[ocr]\nocr = never\n'


def options():
    p = argparse.ArgumentParser(usage=__doc__.split('usage: ')[1])
    p.add_argument('build', nargs='?', default='build', type=os.path.abspath)
    p.add_argument('rounds', nargs='?', default=5, type=int)
    p.add_argument('--ms', default='2')
    p.add_argument('--slots', type=int, default=0)
    p.add_argument('--times', type=int, default=0)
    return p.parse_args()


def file_sets(build, scratch):
    """[(title, [paths], how often)]"""
    manifest = os.path.join(CORPUS, 'MANIFEST.tsv')
    if not os.path.isfile(manifest):
        print('the corpus is not there: 500 generated documents instead')
        subprocess.run([build + '/mkpdf', '--bulk', '500', scratch + '/made'], check=True, stdout=subprocess.DEVNULL)
        return [('generated, 1 page', [os.path.join(scratch, 'made', n) for n in sorted(os.listdir(scratch + '/made'))], 2)]
    with open(manifest, encoding='utf-8', newline='') as file:
        rows = [r for r in csv.DictReader(file, delimiter='\t', quoting=csv.QUOTE_NONE) if r['class'] == 'digital' and r['path'].startswith('digital/')]
    rich = [r for r in rows if int(r['mutool_chars']) >= RICH]
    return [(title, [os.path.join(CORPUS, r['path']) for r in chosen], times)
            for title, chosen, times in (('1,000 characters or more', rich, 6), ('all digital', rows, 5))]


def run(o, ms, source, scratch):
    """Seconds from start to exit, and how many documents there were."""
    work = tempfile.mkdtemp(dir=scratch)  # nothing is deleted between the runs: that is felt in the next one (bench.py)
    spool = work + '/spool'
    ctl = [o.build + '/spoolctl', '--spool', spool]
    subprocess.run([*ctl, 'init'], check=True, stdout=subprocess.DEVNULL)
    with open(spool + '/spool.ini', 'w', encoding='utf-8') as file:
        file.write(INI)
    shutil.copytree(source, spool + '/pending/set')
    os.sync()
    count = sum(len(names) for _, _, names in os.walk(source))
    command = [o.build + '/bench/extractd-far', '--spool', spool, '--parser', o.build + '/pdfspool-parser', '--once']
    command += ['--slots', str(o.slots)] if o.slots else []
    environment = dict(os.environ, FAR_SHARE_US=str(round(ms * 1000))) if ms else os.environ
    with open(work + '/log', 'w', encoding='utf-8') as log:
        began = time.monotonic()
        subprocess.run(command, env=environment, stderr=log, check=False)
        seconds = time.monotonic() - began
    audit = json.loads(subprocess.run([*ctl, '--json', 'audit'], stdout=subprocess.PIPE, check=False).stdout)
    if not audit['ok'] or audit['done'] + audit['failed'] != count:
        sys.exit(f'{ms} ms: {json.dumps(audit)[:500]}')
    return seconds, count


def main():
    o = options()
    distances = [0.0] + [float(ms) for ms in o.ms.split(',')]
    with tempfile.TemporaryDirectory(prefix='pdfspool-far-') as scratch:
        for title, files, times in file_sets(o.build, scratch):
            source = tempfile.mkdtemp(dir=scratch)
            for k in range(o.times or times):
                os.makedirs(f'{source}/{k}')
                for f in files:
                    shutil.copyfile(f, f'{source}/{k}/{os.path.basename(f)}')
            taken = {ms: [] for ms in distances}
            count = 0
            for number in range(o.rounds):
                turn = number % len(distances)
                for ms in distances[turn:] + distances[:turn]:
                    seconds, count = run(o, ms, source, scratch)
                    taken[ms].append(seconds)
            print(f'{title}: {count} documents, {os.cpu_count()} cores, {o.rounds} rounds')
            for ms, seconds in taken.items():
                ratio = statistics.median(near / far for near, far in zip(taken[0.0], seconds))
                median = statistics.median(seconds)
                print(f'  {ms:4.1f} ms  {median:7.2f} s ({min(seconds):.2f} to {max(seconds):.2f})  {count / median:6.1f} documents/s'
                      f'  {ratio:.2f} of local', flush=True)


if __name__ == '__main__':
    main()
