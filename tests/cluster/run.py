#!/usr/bin/env python3
"""run: the tests on real NFS. See cluster.py for how, and docs/NFS.md for what came out.

    tests/cluster/run.py --build build [--only NAME] [--vers 4.2,3] [--verbose]

A line per check, at the end "N passed, N failed"; status 1 when any failed, or when this machine
cannot run a cluster. CLUSTER=skip in the environment skips all of it, and says so.
"""

import argparse
import functools
import os
import subprocess
import sys
import time
import traceback

import cluster
import facts
import scenarios

HELPERS = {
    "guestd": ["-static"],
    "nfsfacts": [],
    "xshim.so": ["-fPIC", "-shared", "-ldl"],
}


class Checks:
    """Counts what passed and failed, and prints each."""

    def __init__(self):
        self.passed = self.failed = 0
        self.where = ""

    def __call__(self, good, what):
        if good:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'ok  ' if good else 'FAIL'} {self.where}: {what}", flush=True)
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


def run_all(machines, arguments, check):
    machines.serve()
    for version in arguments.vers.split(","):
        machines.mount(machines.clients, version)
        run_facts(machines, version, check, arguments.only)
        for scenario in scenarios.SCENARIOS:
            if arguments.only in (scenario.__name__, None):
                test = functools.partial(scenario, machines, version, check, arguments.build)
                guarded(check, f"v{version} {scenario.__name__}", test)


def main():
    parser = argparse.ArgumentParser(description="the tests on real NFS")
    parser.add_argument("--build", default="build", help="the folder with extractd, spoolctl and mkpdf")
    parser.add_argument("--only", help="a scenario (nfs500, rpc), 'facts', or one fact")
    parser.add_argument("--vers", default="4.2,3", help="versions of NFS, with commas")
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
    check = Checks()
    helpers = os.path.join(arguments.build, "cluster")
    check.where = "cluster"
    try:
        build_helpers(helpers)
        with cluster.Cluster(helpers, verbose=arguments.verbose) as machines:
            run_all(machines, arguments, check)
    except (cluster.Failure, OSError, subprocess.CalledProcessError) as error:
        check.where = "cluster"
        check(False, str(error))
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed or not check.passed else 0


if __name__ == "__main__":
    sys.exit(main())
