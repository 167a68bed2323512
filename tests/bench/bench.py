#!/usr/bin/env python3
"""Goal: how fast is the spool, cage and durability included, beside the do-it-yourself ways and the limit.

Each way runs in turn, round by round, on the same files and all cores (bench_rounds.py). The parts:
  text    digital files, of 1,000 characters or more and all, each several times: bench_text.py. Without the corpus: 2,000 small
          documents of the project's own generator
  ocr     synthetic scans and real ones, with the words that each way got right: bench_ocr.py
  long    one document of many scanned pages
  cores   pdfspool on all cores and on one; and what all cores are worth to the limit, or to tesseract
  drop    how long a single PDF waits on an idle spool: drop.py

usage: bench.py BUILD [ROUNDS] [--only PARTS] [--short] [--files N] [--drops N] [--markdown FILE] [--json FILE]
  ROUNDS            default 3
  --only PARTS      some of them, with commas between
  --short           files fewer times, or fewer files
  --files N         N files of each set, spread over all of it
  --drops N         default 240; with --short 48
  --markdown FILE   the tables, as docs/PERFORMANCE.md has them
  --json FILE       everything measured
The exit code is 1 where a way left out the text of a file (which it says), or a document was not done.
"""
import argparse
import json
import os
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench_ocr  # noqa: E402
import bench_report  # noqa: E402
import bench_rounds  # noqa: E402
import bench_sets  # noqa: E402
import bench_text  # noqa: E402
import cpu  # noqa: E402
import drop  # noqa: E402

CORES = len(os.sched_getaffinity(0))
PARTS = 'text', 'ocr', 'long', 'cores', 'drop'


def parts(text):
    chosen = text.split(',')
    if set(chosen) - set(PARTS):
        raise argparse.ArgumentTypeError('there are ' + ', '.join(PARTS))
    return chosen


def options():
    p = argparse.ArgumentParser(usage=__doc__.split('usage: ')[1])
    p.add_argument('build', nargs='?', default='build', type=os.path.abspath)
    p.add_argument('rounds', nargs='?', default=3, type=int)
    p.add_argument('--only', default=list(PARTS), type=parts)
    p.add_argument('--short', action='store_true')
    p.add_argument('--files', type=int, default=0)
    p.add_argument('--drops', type=int, default=0)
    p.add_argument('--markdown')
    p.add_argument('--json')
    return p.parse_args()


def measured(chosen, make_ways, o, scratch, judge=None):
    """A set, by all ways; the keys are known once it has been laid out, so it is laid out here, too."""
    chosen.lay_out(tempfile.mkdtemp(prefix='keys-', dir=scratch))
    print('\n%s: %d documents (%d files, %d times), %d pages' % (
        chosen.name, chosen.documents, len(chosen.files), chosen.times, chosen.pages), flush=True)
    found = bench_rounds.measure(chosen, make_ways(chosen), o.rounds, judge and judge(chosen), scratch)
    bench_report.say(found)
    return found


def text(o, scratch):
    sets = bench_sets.digital(o.build, scratch, o.short, o.files)
    return [measured(s, lambda s: bench_text.ways(o.build, s, CORES), o, scratch) for s in sets]


def ocr(o, scratch):
    return [measured(s, lambda s: bench_ocr.ways(o.build, s, CORES, scratch), o, scratch, bench_ocr.judge)
            for s in bench_sets.scans(o.short, o.files)]


def long(o, scratch):
    return [measured(s, lambda s: bench_ocr.ways_of_long(o.build, s, CORES), o, scratch)
            for s in bench_sets.long_scan(scratch, o.short)]


def cores(o, scratch):
    if CORES == 1:
        print('\ncores: skipped, there is but one')
        return []
    digital, found = bench_sets.digital(o.build, scratch, o.short, o.files)[0], []
    for way in (lambda s: bench_text.by_cores(o.build, s, 'never', CORES), lambda s: bench_text.limit_by_cores(o.build, s, CORES)):
        found.append(measured(digital, way, o, scratch))
    for scans in bench_sets.scans(o.short, o.files):
        for way in (lambda s: bench_text.by_cores(o.build, s, 'now', CORES), lambda s: bench_ocr.limit_by_cores(s, CORES, scratch)):
            found.append(measured(scans, way, o, scratch))
    return found


def drops(o, _):
    count = o.drops or (48 if o.short else 240)
    print('\nsingle drops, ms beyond settle_time and the time of their pages', flush=True)
    found = drop.measure(o.build, count, min(20, count // 4))
    drop.say(found)
    return found


def run_parts(o, scratch, everything):
    run = {'text': text, 'ocr': ocr, 'long': long, 'cores': cores, 'drop': drops}
    for part in PARTS:
        if part not in o.only:
            continue
        if part in ('ocr', 'long') and not bench_sets.manifest():
            print('\nOCR: skipped, the corpus is not there')
            continue
        began = time.monotonic()
        everything[part] = run[part](o, scratch)
        print('(%s took %.0f s)' % (part, time.monotonic() - began), flush=True)


def main():
    o = options()
    cpu.adopt()
    everything = {'machine': bench_report.machine(o.build, CORES), 'rounds': o.rounds, 'short': o.short}
    bench_report.say_machine(everything)
    scratch = tempfile.mkdtemp(prefix='pdfspool-bench-')
    try:
        run_parts(o, scratch, everything)
    finally:
        shutil.rmtree(scratch)
    if o.json:
        with open(o.json, 'w', encoding='utf-8') as f:
            json.dump(everything, f, indent=1)
    if o.markdown:
        with open(o.markdown, 'w', encoding='utf-8') as f:
            f.write(bench_report.markdown(everything))
    return 1 if bench_report.left_out(everything) else 0


if __name__ == '__main__':
    sys.exit(main())
