#!/usr/bin/env python3
"""Goal: how fast is the spool, cage and durability included, beside the do-it-yourself ways and the limit.

Ways, in turn, round by round, each on the same files and all cores (a ratio is taken inside each round, so that a machine whose
speed drifts does no harm; medians over the rounds):
  pdfspool   `extractd --once` on a local spool: start to exit, every result fsynced
  limit      an in-process MuPDF loop (tests/bench/loop.c), one process a core, no spool, no cage, no fsync
  mutool     xargs -P CORES mutool draw -q -F txt -o OUT IN, a process each
  pdftotext  xargs -P CORES pdftotext -q IN OUT, a process each
Sets: the corpus's digital files with 1,000 characters or more, and all its digital files, each several times over so that a
run takes seconds. Without the corpus: 2,000 small documents of the project's own generator.

usage: bench.py BUILD [ROUNDS]
"""
import csv
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.environ.get('CORPUS', os.path.join(os.path.dirname(ROOT), 'shared', 'corpus'))
BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else 'build')
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
CORES = len(os.sched_getaffinity(0))


def file_sets():
    manifest = os.path.join(CORPUS, 'MANIFEST.tsv')
    if not os.path.isfile(manifest):
        print('the corpus is not there: 2,000 generated documents instead')
        folder = tempfile.mkdtemp(prefix='pdfspool-bench-gen-')
        subprocess.run([BUILD + '/mkpdf', '--bulk', '2000', folder], check=True, stdout=subprocess.DEVNULL)
        files = [os.path.join(folder, f) for f in sorted(os.listdir(folder))]
        return [('generated, 1 page', files, len(files), 1)]
    rows = [r for r in csv.DictReader(open(manifest, encoding='utf-8'), delimiter='\t', quoting=csv.QUOTE_NONE)
            if r['class'] == 'digital' and r['path'].startswith('digital/')]
    rich = [r for r in rows if int(r['mutool_chars']) >= 1000]

    def one(name, chosen, times):
        return name, [os.path.join(CORPUS, r['path']) for r in chosen], sum(int(r['pages']) for r in chosen), times
    return [one('digital, 1,000 characters or more', rich, 6), one('all digital', rows, 5)]


def lay_out(files, times, folder):
    for k in range(times):
        os.makedirs('%s/%d' % (folder, k))
        for f in files:
            shutil.copyfile(f, '%s/%d/%s' % (folder, k, os.path.basename(f)))


def timed(command, **kw):
    began = time.monotonic()
    r = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **kw)
    return time.monotonic() - began, r.returncode


def run_pdfspool(source, work):
    spool = work + '/spool'
    subprocess.run([BUILD + '/spoolctl', '--spool', spool, 'init'], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ini = spool + '/spool.ini'
    text = re.sub(r'(?m)^[#;]?\s*settle_time\s*=.*$', 'settle_time = 0s', open(ini).read())
    open(ini, 'w').write(text)
    shutil.copytree(source, spool + '/pending/set')
    os.sync()
    seconds, code = timed([BUILD + '/extractd', '--spool', spool, '--once'])
    done = sum(n.endswith('.txt') for _, _, names in os.walk(spool + '/done') for n in names)
    return seconds, done


def run_limit(source, work):
    listing = work + '/list'
    with open(listing, 'w') as f:
        f.writelines(os.path.join(at, n) + '\n' for at, _, names in os.walk(source) for n in names)
    os.mkdir(work + '/out')
    seconds, _ = timed([BUILD + '/bench/mupdf-loop', listing, work + '/out', str(CORES)])
    return seconds, len(os.listdir(work + '/out'))


WAYS = {
    'pdfspool': run_pdfspool,
    'limit': run_limit,
    'mutool': lambda s, w: run_tool(s, w, ['mutool', 'draw', '-q', '-F', 'txt', '-o']),
    'pdftotext': lambda s, w: run_tool(s, w, ['pdftotext', '-q']),
}


def run_tool(source, work, tool):
    """xargs with pairs of arguments and no shell in between: the tool's own cost and nothing else."""
    os.mkdir(work + '/out')
    pairs, n = [], 0
    for at, _, names in os.walk(source):
        for name in names:
            out = '%s/out/%d.txt' % (work, n)
            pairs += [out, os.path.join(at, name)] if tool[0] == 'mutool' else [os.path.join(at, name), out]
            n += 1
    began = time.monotonic()
    subprocess.run(['xargs', '-0', '-P', str(CORES), '-n', '2'] + tool, input='\0'.join(pairs).encode(), stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return time.monotonic() - began, len(os.listdir(work + '/out'))


def main():
    print('%d cores, %d rounds; %s' % (CORES, ROUNDS, subprocess.run(['uname', '-srm'], stdout=subprocess.PIPE, text=True).stdout.strip()))
    for name, files, pages, times in file_sets():
        source = tempfile.mkdtemp(prefix='pdfspool-bench-') + '/set'
        lay_out(files, times, source)
        print('\n%s: %d documents (%d files, %d times), %d pages' % (name, len(files) * times, len(files), times, pages * times), flush=True)
        seconds, used = {way: [] for way in WAYS}, []
        for _ in range(ROUNDS):
            for way, run in WAYS.items():
                work = tempfile.mkdtemp(prefix='pdfspool-bench-')
                took, made = run(source, work)
                seconds[way].append(took)
                if way in ('pdfspool', 'limit') and made != len(files) * times:
                    print('  %s: %d texts for %d documents' % (way, made, len(files) * times))
                used.append(work)
        for way, took in seconds.items():
            m = statistics.median(took)
            ratio = statistics.median(t / p for t, p in zip(took, seconds['pdfspool']))
            print('  %-10s %7.2f s (%.2f to %.2f)  %6.0f documents/s %7.0f pages/s   pdfspool is %.2f times as fast' % (
                way, m, min(took), max(took), len(files) * times / m, pages * times / m, ratio), flush=True)
        # Not between the runs: after thousands of deletions runs took more system time (why is not proven), which would be
        # charged to whoever is next.
        for work in used + [os.path.dirname(source)]:
            shutil.rmtree(work)
    return 0


sys.exit(main())
