#!/usr/bin/env python3
"""The tests are shown to bite: each fault of faults.py is planted into a copy of the tree, and a suite must find it.

  bite.py --build BUILD              each fault against the one suite that is known to catch it
  bite.py --build BUILD --all        each fault against every suite, to the end of the list
  bite.py --build BUILD --fault F [--suite S] [--keep]

What counts is a finding (a line that names a violation), not just a status: a suite that breaks in another way has not
caught anything. The unpatched tree is run through the same commands first, and must pass. BUILD's object files are
copied, so that only what differs is compiled. Ends with `N passed, N failed`.
"""
import argparse
import concurrent.futures
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from faults import FAULTS

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
UNITS = ['look', 'retry', 'reserve', 'place', 'lease', 'claim', 'publish', 'reclaim', 'late_claim', 'fsync', 'sweep',
         'pagefile', 'claim_ocr', 'checkpoint', 'unpack', 'expose', 'tally', 'accept_files', 'unpacker', 'takeover',
         'journaltail', 'drop', 'pagewire', 'notify']
HTTP_UNITS = ['http_' + u for u in ('request', 'auth', 'sse', 'later')]
ACTION_UNITS = ['choice', 'choose']
CAP_UNITS = ['caps', 'capname', 'bucket']
ALERT_UNITS = ['watch', 'finish', 'digest', 'outbox']
RUN_UNITS = 'bad=0; for t in %s; do build/test/test_$t || bad=1; done; '
UNIT_FAILED = r'^\[  FAILED  \] +[a-z]\w+'


class Suite:
    """program: what make has to build; command: how it is run in a tree; finding: a line that names a violation."""

    def __init__(self, programs, command, finding, quick_limit, limit, whole=()):
        self.build, self.command, self.finding = programs, command, re.compile(finding, re.M)
        self.quick_limit, self.limit, self.whole = quick_limit, limit, list(whole)

    def programs(self, _):
        return self.build


class Units(Suite):
    """The arguments are names of units: only those are built and run."""

    def __init__(self, units):
        super().__init__(['test/test_' + u for u in units], ['sh', '-c', RUN_UNITS % '"$@"' + 'exit $bad', 'sh'],
                         UNIT_FAILED, 240, 600, units)

    def programs(self, arguments):
        return ['test/test_' + u for u in arguments]


# Cheap ones first.
SUITES = {
    'units': Units(UNITS),
    'actions': Units(ACTION_UNITS),
    'alerts': Units(ALERT_UNITS),
    'caps': Units(CAP_UNITS),
    # The arguments are names of attacks.
    'http': Suite(['test/test_' + u for u in HTTP_UNITS] + ['test/httpd'],
                  ['sh', '-c', RUN_UNITS % ' '.join(HTTP_UNITS) + 'python3 tests/http/attack.py "$@" && exit $bad', 'sh'],
                  UNIT_FAILED + r'|^FAIL .*', 240, 240),
    # The arguments are names of pieces of work.
    'guard': Suite(['bench/textpath', 'bench/counted', 'mkpdf'], ['python3', 'tests/bench/guard.py', 'build'],
                   r'^FAIL .*', 240, 240),
    'sweep': Suite(['test/fault-sweep', 'spoolctl'], ['build/test/fault-sweep'],
                   r'^(BAD: .*|fault-sweep: .* fails without any fault.*)', 240, 900),
    'power': Suite(['test/power-cut', 'spoolctl'], ['build/test/power-cut'], r'^(BAD.*|.*violation.*)', 240, 900),
    'sim': Suite(['test/sim'], ['build/test/sim'], r'^ *(VIOLATION: .*)', 240, 900, ['--seconds', '60']),
    'scenarios': Suite(['extractd', 'spoolctl', 'pdfspool-parser', 'pdfspool-parser-whole', 'mkpdf', 'test/pdfspool-parser-evil'],
                       ['python3', 'tests/scenario/run.py'], r'^FAILED .*', 600, 1800),
}
COPIED = ['Makefile', 'shared', 'extractd', 'spoold', 'tests']
OBJECTS = ['obj']


def have(suite):
    """Does the Makefile know how to build it?"""
    text = open(os.path.join(ROOT, 'Makefile'), encoding='utf-8').read()
    return all('$(O)/' + p + ':' in text or p.startswith('test/test_') for p in SUITES[suite].build)


def make(tree, programs):
    """What make said, or '' when all went well."""
    env = {k: v for k, v in os.environ.items() if k not in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL')}
    # What tells debuggers of the lines is most of what is linked, and nobody asks here.
    done = subprocess.run(['make', '-s', 'O=build', 'LDFLAGS=-Wl,-S'] + ['build/' + p for p in programs], cwd=tree, env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return '' if done.returncode == 0 else done.stdout[-1500:]


def copy_base(build, tree):
    os.makedirs(tree + '/build')
    for name in COPIED:
        of = os.path.join(ROOT, name)
        if os.path.isdir(of):
            shutil.copytree(of, os.path.join(tree, name), symlinks=True, ignore=shutil.ignore_patterns('corpus', '*.pyc'))
        else:
            shutil.copy2(of, tree)
    for name in OBJECTS:
        if os.path.isdir(os.path.join(build, name)):
            shutil.copytree(os.path.join(build, name), os.path.join(tree, 'build', name))
    # What make wrote down about headers names the objects as they were called there.
    for folder, _, files in os.walk(tree + '/build'):
        for name in files:
            if name.endswith('.d'):
                path = os.path.join(folder, name)
                text = open(path, encoding='utf-8').read()
                when = os.stat(path)
                with open(path, 'w', encoding='utf-8') as f:
                    f.write(re.sub(r'^\S*?(obj/\S+\.o):', r'build/\1:', text))
                os.utime(path, ns=(when.st_atime_ns, when.st_mtime_ns))


def link(of, to):
    """One file under two names, where it is never written into: compiler, linker and plant() make new files. What make
    and the compiler note beside objects is copied."""
    if '/build/' in of and not of.endswith(('.o', '.a')) and not os.access(of, os.X_OK):
        return shutil.copy2(of, to)
    os.link(of, to)
    return to


def plant(tree, fault):
    for name, old, new in fault['edits']:
        path = os.path.join(tree, name)
        text = open(path, encoding='utf-8').read()
        if text.count(old) != 1:
            raise LookupError('%s: this is there %d times, not once; plant the fault anew:\n%s'
                              % (name, text.count(old), old))
        os.remove(path) # never into what another tree may have, too
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text.replace(old, new))


class Run:
    """One suite in one tree, stopped at its first finding."""

    def __init__(self, tree, suite, arguments, limit):
        s = SUITES[suite]
        began = time.monotonic()
        env = dict(os.environ, BUILD=tree + '/build', MKPDF=tree + '/build/mkpdf')
        env.pop('REPORT', None)
        self.suite, self.finding, lines = suite, '', []
        with subprocess.Popen(s.command + arguments, cwd=tree, env=env, text=True, errors='replace',
                              process_group=0, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as p:
            watch = threading.Timer(limit, self.end, [p])
            watch.start()
            for line in p.stdout:
                lines.append(line)
                found = s.finding.search(line)
                if found:
                    self.finding = found.group(0).strip()
                    break
            if self.finding:
                self.end(p)
            self.status = p.wait()
            watch.cancel()
        self.seconds = time.monotonic() - began
        self.tail = ''.join(lines[-8:])
        self.clean = self.status == 0 and not self.finding

    @staticmethod
    def end(p):
        """The suite and what it started: a group of its own. No session: the kernel gives each a share, however nice it is."""
        try:
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


class Bite:
    def __init__(self, options):
        self.options = options
        self.top = tempfile.mkdtemp(prefix='bite.', dir=os.environ.get('TMPDIR') or '/var/tmp')
        self.base = self.top + '/base'
        self.passed = self.failed = 0
        self.caught, self.survived = {}, {}
        self.by_suite = {}

    def say(self, good, text):
        self.passed += good
        self.failed += not good
        print(('ok    ' if good else 'FAIL  ') + text, flush=True)

    def plan(self, fault):
        """The (suite, arguments, limit) that a fault goes through."""
        if self.options.suite:
            names = [self.options.suite]
        elif self.options.all:
            names = [s for s in SUITES if have(s)]
        elif fault['quick']:
            suite, arguments = fault['quick']
            return [(suite, arguments, SUITES[suite].quick_limit)]
        else:
            names = []
        return [(n, self.options.arguments or SUITES[n].whole, SUITES[n].limit) for n in names]

    def run_fault(self, fault):
        """A list of Run, or a word on why there is none."""
        tree = os.path.join(self.top, fault['name'])
        runs = []
        shutil.copytree(self.base, tree, symlinks=True, copy_function=link)
        try:
            plant(tree, fault)
            for suite, arguments, limit in self.plan(fault):
                if not have(suite):
                    return 'there is no rule for the suite %s' % suite
                trouble = make(tree, SUITES[suite].programs(arguments))
                if trouble:
                    return 'it does not compile:\n' + trouble
                runs.append(Run(tree, suite, arguments, limit))
                if self.options.verbose:
                    print('  ..  %s: %s: %s' % (fault['name'], suite, runs[-1].finding or runs[-1].tail), flush=True)
        except LookupError as e:
            return str(e)
        finally:
            if not self.options.keep:
                shutil.rmtree(tree, ignore_errors=True)
        return runs

    def judge(self, fault, runs):
        name = fault['name']
        if isinstance(runs, str):
            self.say(False, '%s: not planted: %s' % (name, runs))
            return
        half = fault.get('half')
        found = [r for r in runs if r.finding]
        for r in runs:
            if not r.finding and r.status != 0:
                print('      %s: %s broke (status %d) without a finding: %s' % (name, r.suite, r.status, r.tail))
        if found:
            self.caught[name] = found[0].suite
            for r in found:
                self.by_suite[r.suite] = self.by_suite.get(r.suite, 0) + 1
            self.say(True, '%s: caught by %s' % (name, '; '.join(
                '%s in %.1f s: %s' % (r.suite, r.seconds, r.finding[:150]) for r in found)))
        elif runs and all('skipped: ' in r.tail for r in runs):
            print('      %s: not tried: %s' % (name, runs[0].tail.splitlines()[-1]))
        elif half:
            print('      %s: survived %s (the other remedy holds)' % (name, ', '.join(r.suite for r in runs)))
        else:
            self.survived[name] = True
            self.say(False, '%s (%s): survived %s' % (name, fault['what'], ', '.join(
                '%s (%.1f s)' % (r.suite, r.seconds) for r in runs) or 'nothing: no suite was run'))

    def check_unpatched(self, faults):
        """Every command that is to catch something must pass where nothing is planted."""
        commands = {(s, tuple(a)): limit for f in faults for s, a, limit in self.plan(f) if have(s)}
        trouble = make(self.base, sorted({p for s, a in commands for p in SUITES[s].programs(a)}))
        if trouble:
            self.say(False, 'the tree does not build:\n' + trouble)
            return False
        if self.options.trust:
            return True
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            jobs = [(c, pool.submit(Run, self.base, c[0], list(c[1]), limit)) for c, limit in commands.items()]
            for (suite, arguments), job in jobs:
                r = job.result()
                self.say(r.clean, 'nothing planted: %s %s in %.1f s%s' % (
                    suite, ' '.join(arguments), r.seconds, '' if r.clean else ': %s\n%s' % (r.finding, r.tail)))
        return self.failed == 0

    def main(self):
        began = time.monotonic()
        faults = [f for f in FAULTS if (not self.options.fault or f['name'] in self.options.fault) and self.plan(f)]
        copy_base(os.path.abspath(self.options.build), self.base)
        if not faults:
            self.say(False, 'no fault is called %s' % ', '.join(self.options.fault or ['anything']))
        elif self.check_unpatched(faults):
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                for fault, runs in zip(faults, pool.map(self.run_fault, faults)):
                    self.judge(fault, runs)
        seconds = time.monotonic() - began
        print('%d faults planted, %d caught (%s); %.0f s' % (
            len(faults), len(self.caught), ', '.join('%s %d' % i for i in sorted(self.by_suite.items())), seconds))
        self.report(len(faults), seconds)

    def report(self, planted, seconds):
        if not os.environ.get('REPORT'):
            return
        os.makedirs(os.environ['REPORT'], exist_ok=True)
        with open(os.path.join(os.environ['REPORT'], 'bite.json'), 'w', encoding='utf-8') as f:
            json.dump({'suite': 'bite', 'seconds': round(seconds), 'counts': {
                'faults planted': planted, 'faults caught': len(self.caught), 'caught by suite': self.by_suite}}, f)
            f.write('\n')


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--build', default='build')
    p.add_argument('--all', action='store_true')
    p.add_argument('--fault', action='append')
    p.add_argument('--suite', choices=sorted(SUITES))
    p.add_argument('--keep', action='store_true', help='keep the patched trees')
    p.add_argument('--verbose', action='store_true')
    p.add_argument('--trust', action='store_true', help='do not run the unpatched tree first')
    p.add_argument('arguments', nargs='*', help='for the suite, behind --')
    bite = Bite(p.parse_args())
    try:
        bite.main()
    finally:
        if not bite.options.keep:
            shutil.rmtree(bite.top, ignore_errors=True)
    print('%d passed, %d failed' % (bite.passed, bite.failed))
    return 1 if bite.failed or not bite.passed else 0


if __name__ == '__main__':
    sys.exit(main())
