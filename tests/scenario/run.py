#!/usr/bin/env python3
"""Runs the scenarios, two at a time, the longest first; prints each one's checks when it has ended, and the sum.

    BUILD=build tests/scenario/run.py [NAME...]
"""
import os
import re
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LONGEST_FIRST = ['standstill', 'caps', 'archives', 'ocr', 'storm', 'duplicates', 'signals', 'control', 'lease', 'renew', 'outcomes', 'mutants', 'pages', 'names', 'drops', 'law', 'grow']
AT_ONCE, SECONDS = 2, 300


def run(name):
    """(output, passed, failed) of one scenario; one that does not end, or says nothing, has failed."""
    child = subprocess.Popen([sys.executable, os.path.join(HERE, name + '.py')], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
    try:
        out = child.communicate(timeout=SECONDS)[0]
    except subprocess.TimeoutExpired:
        child.terminate() # it stops what it has started
        out = child.communicate()[0] + b'FAILED  it did not end within %d s\n' % SECONDS
    out = out.decode(errors='replace')
    last = re.search(r'^(\d+) passed, (\d+) failed$', out, re.M)
    passed, failed = (int(last.group(1)), int(last.group(2))) if last else (0, 1)
    return out, passed, max(failed, 1 if child.returncode != 0 else 0)


def main():
    names = sys.argv[1:] or LONGEST_FIRST
    todo, lock, sums = list(names), threading.Lock(), []

    def lane():
        while True:
            with lock:
                if not todo:
                    return
                name = todo.pop(0)
            out, passed, failed = run(name)
            with lock:
                sums.append((passed, failed))
                print('--- %s' % name)
                print(out, flush=True)

    began = time.monotonic()
    lanes = [threading.Thread(target=lane) for _ in range(AT_ONCE)]
    for thread in lanes:
        thread.start()
    for thread in lanes:
        thread.join()
    passed, failed = (sum(column) for column in zip(*sums))
    print('--- %d scenarios in %.0f s' % (len(names), time.monotonic() - began))
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


sys.exit(main())
