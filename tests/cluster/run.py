#!/usr/bin/env python3
"""run: the tests on real NFS. See cluster.py for how, and docs/NFS.md for what came out.

    tests/cluster/run.py --build build                    what make test does, 5 minutes
    tests/cluster/run.py --build build --only lost --vers 3,4.2,4.2p,mixed
    tests/cluster/run.py --build build --all              all cases on all kinds of mounts
    tests/cluster/run.py --build build --soak 10          soak.py: ten minutes; an hour is six rounds, over all kinds of mounts
    tests/cluster/run.py --build build --only delay   a share 2 ms away (delay.py): rates beside those of the server's own disk
    tests/cluster/run.py --build build --only page        how soon a page shows what was done, with a browser

A line per check, at the end "N passed, N failed"; status 1 when any failed, or when this machine
cannot run a cluster. CLUSTER=skip in the environment skips all of it, and says so.
"""

import argparse
import functools
import os
import shutil
import subprocess
import sys
import time
import traceback

import cases
import cluster
import delay
import facts
import page
import scenarios
import soak
import streamtest
import tally as tallies

HELPERS = {
    "guestd": ["-static"],
    "nfsfacts": [],
    "watch": [],
    "xshim.so": ["-fPIC", "-shared", "-ldl"],
}


SOAKED = ("mixed", "4.2", "3", "4.2p")  # rounds of ten minutes: the first has two versions of NFS at once


class Checks:
    """Counts what passed and failed, and prints each."""

    def __init__(self, verbose):
        self.passed = self.failed = 0
        self.where, self.verbose = "", verbose
        self.began = time.monotonic()

    def __call__(self, good, what):
        if good:
            self.passed += 1
        else:
            self.failed += 1
        when = f"[{time.monotonic() - self.began:6.1f}] " if self.verbose else ""
        print(f"{when}{'ok  ' if good else 'FAIL'} {self.where}: {what}", flush=True)
        return good


def build_helpers(folder):
    """Compile what runs in the guests and is no part of pdfspool, where it is missing or old."""
    os.makedirs(folder, exist_ok=True)
    for name, flags in HELPERS.items():
        source = os.path.join(cluster.HERE, name.split(".")[0] + ".c")
        target = os.path.join(folder, name)
        if os.path.exists(target) and os.path.getmtime(target) > os.path.getmtime(source):
            continue
        compiler = os.environ.get("CC", "cc").split()
        words = [*compiler, "-std=c11", "-D_GNU_SOURCE", "-O2", "-g", "-Wall", "-Wextra", "-o", target, source, *flags]
        subprocess.run(words, check=True)


def guarded(check, where, test):
    """Run one test; whatever it throws is one failed check."""
    check.where = where
    began = time.monotonic()
    try:
        test()
    except (cluster.Failure, AssertionError, OSError, ValueError, KeyError) as error:
        check(False, f"{type(error).__name__}: {error}")
        traceback.print_exc(limit=-3)
    print(f"     {where}: {time.monotonic() - began:.1f} s", flush=True)


def run_facts(machines, version, check, only):
    bench = facts.Bench(machines, version, check)
    for fact in facts.FACTS:
        if only in ("facts", fact.__name__, None):
            guarded(check, f"v{version} {fact.__name__}", functools.partial(bench.prove, fact))
    bench.close()


BY_NAME = {case.__name__: case for case in [*cases.CASES, page.page, delay.delay, soak.soak]}


def run_all(machines, arguments, check, tally):
    machines.serve()
    if not arguments.soak and arguments.only not in ["cases", *BY_NAME]:
        run_calm(machines, arguments, check)
    run_cases(machines, arguments, check, tally)


def run_calm(machines, arguments, check):
    """Facts, and the scenarios without faults of wires and servers."""
    for version in arguments.vers.split(","):
        machines.mount(machines.clients, version)
        run_facts(machines, version, check, arguments.only)
        for scenario in scenarios.SCENARIOS:
            if arguments.only in (scenario.__name__, None):
                test = functools.partial(scenario, machines, version, check, arguments.build)
                guarded(check, f"v{version} {scenario.__name__}", test)


def plan(arguments):
    """Which cases on which kinds of mount: (kind, case)."""
    if arguments.soak:
        return [(kind, soak.soak) for kind in SOAKED]
    if arguments.all:
        return [(kind, case) for kind in cases.KINDS for case in cases.CASES]
    if arguments.only and arguments.only != "cases":
        return [(kind, BY_NAME[arguments.only]) for kind in arguments.vers.split(",") if arguments.only in BY_NAME]
    return [("mixed", soak.soak), *cases.QUICK]


def run_cases(machines, arguments, check, tally):
    """Once, or with --soak again and again, each round with a seed of its own."""
    end = time.monotonic() + 60 * arguments.soak
    while True:
        for kind, case in plan(arguments):
            if arguments.soak and time.monotonic() > end:
                return
            test = functools.partial(case, machines, kind, check, arguments, tally)
            guarded(check, f"v{kind} {case.__name__}", test)
            arguments.seed += 1
        if not arguments.soak:
            return


def keep(machines, folder):
    """Save what may tell why, for people."""
    if folder:
        os.makedirs(folder, exist_ok=True)
        for name in os.listdir(machines.share):
            if name.endswith((".stream", ".log", ".console")):
                shutil.copy(os.path.join(machines.share, name), folder)


def main():
    parser = argparse.ArgumentParser(description="the tests on real NFS")
    parser.add_argument("--build", default="build", help="the folder with extractd, spoolctl and mkpdf")
    parser.add_argument("--only", help="a scenario, a case, 'facts', one fact, or 'cases'")
    parser.add_argument("--vers", default="4.2,3", help="versions of NFS, with commas; for cases also 4.2p, mixed")
    parser.add_argument("--all", action="store_true", help="all cases of cases.py on all kinds of mounts")
    parser.add_argument("--soak", type=float, default=0, metavar="MINUTES", help="soak.py alone, for so long, in rounds of ten minutes")
    parser.add_argument("--seed", type=int, default=20261122, help="of the chaos")
    parser.add_argument("--seconds", type=float, default=22, help="of the chaos")
    parser.add_argument("--delay", type=float, default=2, help="of delay.py: ms")
    parser.add_argument("--rounds", type=int, default=3, help="of delay.py")
    parser.add_argument("--times", type=int, default=1, help="of delay.py: each document so many times")
    parser.add_argument("--worker", action="append", default=[], help="of delay.py: a line for [worker], such as 'slots = 8'")
    parser.add_argument("--keep", help="a folder for the streams and logs of the cases")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    arguments.build = os.path.abspath(arguments.build)
    if os.environ.get("CLUSTER") == "skip":
        print("SKIPPED: the tests on real NFS, since CLUSTER=skip is set")
        return 0
    lacks = cluster.missing()
    if lacks:
        for lack in lacks:
            print(f"FAIL cluster: {lack}")
        print("The tests on real NFS cannot run here. `make deps` installs packages; CLUSTER=skip leaves them out.")
        print("0 passed, 1 failed")
        return 1
    cluster.enter()
    check, tally, began = Checks(arguments.verbose), tallies.Tally(), time.monotonic()
    helpers = os.path.join(arguments.build, "cluster")
    check.where = "checker"
    streamtest.prove(check)
    check.where = "cluster"
    try:
        build_helpers(helpers)
        with cluster.Cluster(helpers, verbose=arguments.verbose) as machines:
            try:
                run_all(machines, arguments, check, tally)
            finally:
                keep(machines, arguments.keep)
    except (cluster.Failure, OSError, subprocess.CalledProcessError) as error:
        check.where = "cluster"
        check(False, str(error))
    tally.print()
    tally.report("soak" if arguments.soak else "cluster", time.monotonic() - began)
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed or not check.passed else 0


if __name__ == "__main__":
    sys.exit(main())
