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

OCR (bench_ocr.py): scanned pages; pdfspool with ocr = now beside tesseract, pdftoppm and tesseract, and ocrmypdf.

usage: bench.py BUILD [ROUNDS] [--ocr | --text] [--files N]
  --ocr, --text   only this part
  --files N       OCR of N scanned documents, spread over all of them
"""
import argparse
import csv
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench_ocr  # noqa: E402
import cpu  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.environ.get('CORPUS', os.path.join(os.path.dirname(ROOT), 'shared', 'corpus'))
CORES = len(os.sched_getaffinity(0))


def options():
    p = argparse.ArgumentParser(usage=__doc__.split('usage: ')[1])
    p.add_argument('build', nargs='?', default='build', type=os.path.abspath)
    p.add_argument('rounds', nargs='?', default=5, type=int)
    p.add_argument('--ocr', action='store_true')
    p.add_argument('--text', action='store_true')
    p.add_argument('--files', type=int, default=0)
    return p.parse_args()


OPTIONS = options()
BUILD, ROUNDS = OPTIONS.build, OPTIONS.rounds


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


def run_pdfspool(source, work, ocr='auto'):
    spool = work + '/spool'
    subprocess.run([BUILD + '/spoolctl', '--spool', spool, 'init'], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ini = spool + '/spool.ini'
    text = re.sub(r'(?m)^[#;]?\s*settle_time\s*=.*$', 'settle_time = 0s', open(ini).read())
    text = re.sub(r'(?m)^[#;]?\s*ocr\s*=.*$', 'ocr = ' + ocr, text)
    # each file is there several times, and is to be read each time
    text, n = re.subn(r'(?m)^[#;]?\s*duplicates\s*=.*$', 'duplicates = extract', text)
    assert n == 1
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


def scans():
    """Scanned pages with words: the synthetic ones, and real ones in which tesseract found ten words or more."""
    with open(os.path.join(CORPUS, 'MANIFEST.tsv'), encoding='utf-8') as f:
        rows = [r for r in csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE) if r['class'].startswith('scanned')]
    words = [re.search(r'ocrwords=(\d+)', r['notes']) for r in rows]
    rows = [r for r, w in zip(rows, words) if r['path'].startswith('scanned-synthetic/') or (w and int(w.group(1)) >= 10)]
    n = min(OPTIONS.files or len(rows), len(rows))
    rows = [rows[k * len(rows) // n] for k in range(n)]
    return [os.path.join(CORPUS, r['path']) for r in rows], sum(int(r['pages']) for r in rows)


def one_set(name, files, pages, times, ways, rates):
    source = tempfile.mkdtemp(prefix='pdfspool-bench-') + '/set'
    lay_out(files, times, source)
    print('\n%s: %d documents (%d files, %d times), %d pages' % (name, len(files) * times, len(files), times, pages * times), flush=True)
    seconds, spent, used = {way: [] for way in ways}, {way: [] for way in ways}, []
    for _ in range(ROUNDS):
        for way, run in ways.items():
            work = tempfile.mkdtemp(prefix='pdfspool-bench-')
            before = cpu.of_children()
            took, made = run(source, work)
            spent[way].append(cpu.of_children() - before)
            seconds[way].append(took)
            if made != len(files) * times and way in ('pdfspool', 'limit'):
                print('  %s: %d texts for %d documents' % (way, made, len(files) * times))
            used.append(work)
    for way, took in seconds.items():
        m = statistics.median(took)
        ratio = statistics.median(t / p for t, p in zip(took, seconds['pdfspool']))
        print('  %-10s %7.2f s (%.2f to %.2f), %7.2f s CPU  %s   pdfspool is %.2f times as fast' % (
            way, m, min(took), max(took), statistics.median(spent[way]), rates(len(files) * times / m, pages * times / m), ratio),
            flush=True)
    # Not between the runs: after thousands of deletions runs took more system time (why is not proven), which would be
    # charged to whoever is next.
    for work in used + [os.path.dirname(source)]:
        shutil.rmtree(work)


def main():
    load = os.getloadavg()[0]
    cpu.adopt()
    print('%d cores, %d rounds, load %.1f before; %s' % (
        CORES, ROUNDS, load, subprocess.run(['uname', '-srm'], stdout=subprocess.PIPE, text=True).stdout.strip()))
    if not OPTIONS.ocr:
        for name, files, pages, times in file_sets():
            one_set(name, files, pages, times, WAYS, lambda d, p: '%6.0f documents/s %7.0f pages/s' % (d, p))
    if not OPTIONS.text:
        if not os.path.isfile(os.path.join(CORPUS, 'MANIFEST.tsv')):
            print('OCR: skipped, the corpus is not there')
            return 0
        files, pages = scans()
        ways = dict({'pdfspool': lambda s, w: run_pdfspool(s, w, 'now')}, **bench_ocr.ways(files, CORES))
        one_set('OCR', files, pages, 1, ways, lambda d, p: '%6.1f pages/minute' % (60 * p))
    return 0


sys.exit(main())
