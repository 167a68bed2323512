"""soak: everything at once for many minutes, with bombs among the documents and a page that is looked at all the time.

As chaos.py, and besides: one document in twenty is a bomb, and must fail once, with its record; spoold runs on two hosts, and
is killed on one of them; extractd and spoold on the third host live all the time, and may take no more memory and no more
descriptors at the end than in the beginning (gauge.py). Each kind of fault must have happened, and have hit.
"""

import contextlib
import os
import subprocess
import tempfile
import time

import bed as beds
import chaos as chaoses
import cluster
import documents
import faults as faulting
import gauge as gauges
from cases import WRONG_CLOCKS, right_clocks, wrong_clocks
from spool import RUNNING

LASTING, STRUCK = "c3", "c2"  # the host that is measured; the one whose spoold is killed
EACH = 20  # one in so many is a bomb
# Those that end in the same way however slow the machine is: what runs out of memory would be tried again.
BOMBS = ("laughs", "deeparray", "flat20000", "countlie", "laughs", "trunc", "password", "notpdf")
PARSER = ["cpu_limit = 3s", "stall_timeout = 60s", "document_timeout = 5m"]
PACE = 0.5  # s between two drops of one user; there are two
HOST, SERVER = chaoses.HOST, chaoses.SERVER
SERVERS = [("stop", 3, 5, 12), ("crash", 2, 0.2, 4), ("full", 3, 2, 6), ("lose", 2, 0, 0)]
# s between two faults of the server: on version 4 each start of it is a grace period of 10 s, in which no work is done.
SHORT_PAUSES, PAUSES = (3, 8), (10, 30)
ROLES = {**chaoses.ROLES, "spoold": 1, "spoold's child": 1}
SHORT, LONGEST = 60, 600  # s: in make test; one round of a long soak
CLOCK = 5.0  # s: so far may a clock be from where it was set, a while later
WANTED = ("partition", "power cut of a host", "server stopped", "power cut of the server", "disk full")
LONG = 300  # s: from here on each kind of process must have been killed, and memory is compared closely


def bomb_maker(build):
    """make(serial): a bomb of its own content."""
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in BOMBS:
            path = os.path.join(folder, kind)
            subprocess.run([f"{build}/mkpdf", kind, path], check=True)
            with open(path, "rb") as file:
                made.append(file.read())
    return lambda serial: made[serial // EACH % len(made)] + b"\n%% bomb %d\n" % serial


def mixed_load(build, bombs):
    """For documents.make(): what a serial is."""
    bomb, pages = bomb_maker(build), documents.PAGES

    def make(serial):
        return bomb(serial) if serial in bombs else documents.pdf(documents.words_of(serial), pages[serial % len(pages)])

    return make


class Soak(chaoses.Chaos):
    sure = {HOST: len(chaoses.LANES[HOST][0]), SERVER: len(SERVERS)}

    def __init__(self, bed, seed, seconds):
        super().__init__(bed, seed, seconds, PACE)
        self.pages = {guest: gauges.Page(bed, guest) for guest in (LASTING, STRUCK)}
        label, pages = bed.spool.label, self.pages
        rooms = {"supervisor": f"/media/{label}-{LASTING}.pid", "spoold": pages[LASTING].pid}
        self.gauge = gauges.Gauge(bed.machines, LASTING, rooms, max(1.0, seconds / 300))
        self.visitor = gauges.Visitor(bed.machines.address(LASTING))
        self.clock_hits = 0

    def plan(self):
        lanes = {**chaoses.LANES, SERVER: (SERVERS, *(PAUSES if self.seconds >= LONG else SHORT_PAUSES))}
        return chaoses.schedule(self.seed, self.seconds, self.bed.machines.clients, lanes, ROLES, LASTING)

    def kill(self, target, role):
        if not role.startswith("spoold"):
            super().kill(target, role)
            return
        guest = STRUCK if role == "spoold" else LASTING
        with contextlib.suppress(OSError, cluster.Failure):
            if self.bed.is_usable(guest) and self.pages[guest].kill(role):
                record = self.faults.begin(f"kill {role}", guest)
                record.over, record.hit = time.monotonic(), 1
                self.faults.kills[role] = self.faults.kills.get(role, 0) + 1

    def clock(self, target, skew):
        super().clock(target, skew)
        with self.busy[target]:
            self.clock_hits += is_off(self.bed.machines, target, skew)

    def full(self, _, seconds):
        self.faults.full(seconds, patience=20)

    def __enter__(self):
        for page in self.pages.values():
            page.spoold.wait()
        self.gauge.start()
        self.visitor.start()
        return self

    def __exit__(self, *error):
        for thread in (self.gauge, self.visitor):
            thread.over.set()
        for page in self.pages.values():
            page.over.set()


def is_off(machines, guest, skew):
    """Does the guest's clock differ from ours by so much?"""
    there = float(machines.run(guest, "date +%s.%N"))
    return abs(there - time.time() - skew) < CLOCK


def judge_faults(run, check, skewed):
    """Each kind has happened, and has hit."""
    faults = run.faults
    for kind in WANTED:
        records = faults.of(kind)
        hits = sum(1 for record in records if record.hit)
        check(records and hits == len(records), f"{kind}: {len(records)} times, {hits} of them hit")
    lost = faults.of("answers lost")
    print(f"     answers lost: {len(lost)} times, {sum(r.resent for r in lost)} renames sent again", flush=True)
    check(skewed == len(WRONG_CLOCKS) and run.clock_hits == run.clocks, f"clocks: {skewed} wrong from the start, {run.clocks} set")
    kills, each = sum(faults.kills.values()), run.seconds / max(1, sum(faults.kills.values()))
    check(0 < each <= 10, f"{kills} processes killed, one each {each:.1f} s: {dict(sorted(faults.kills.items()))}")
    missing = [role for role in ROLES if not faults.kills.get(role)]
    if run.seconds >= LONG:
        check(not missing, f"each kind of process was killed {missing or ''}")


def judge_pages(run, check, tally):
    """The measured processes are flat, and the page has answered."""
    run.gauge.over.set()
    run.visitor.over.set()
    run.gauge.join(60)
    run.visitor.join(60)
    visitor = run.visitor
    check(visitor.answers > run.seconds / 10 and visitor.events > 0 and not visitor.strange,
          f"the page answered {visitor.answers} times and told {visitor.events} events {visitor.strange[:5] or ''}")
    for name, found in run.gauge.judge(check, min(20, run.seconds / 4), run.seconds >= LONG).items():
        for what, (first, last) in found.items():
            tally.flat.setdefault(f"{name}: {what}", []).append([round(first), round(last)])
    for guest, page in run.pages.items():
        check(page.stop() == 0, f"spoold on {guest} ends well, started {page.starts} times")
    check(run.pages[LASTING].starts == 1, f"spoold on {LASTING} was never started again")


def soak(machines, kind, check, arguments, tally):
    seconds = min(LONGEST, 60 * arguments.soak) or SHORT
    serials = range(2 * int(seconds / PACE * 1.5))
    bombs = frozenset(s for s in serials if s % EACH == 7)
    load = mixed_load(arguments.build, bombs)
    with beds.Bed(machines, "soak", kind, arguments, serials, load, sweep_age="10s", more=PARSER) as bed:
        bed.stream.replay.bombs = bombs
        wrong_clocks(bed)
        skewed = sum(is_off(machines, name, skew) for name, skew in WRONG_CLOCKS.items())
        bed.start_all()
        try:
            with Soak(bed, arguments.seed, seconds) as run:
                troubles = run.run()
                check(not troubles, f"the faults were done as planned {troubles or ''}")
                took = run.rest(240, RUNNING)
                print(f"     all finished {took:.1f} s after the last fault", flush=True)
                judge_pages(run, check, tally)
                judge_faults(run, check, skewed)
                outcome = chaoses.judge(run, check)
            attempted, _ = run.dropped()
            check(outcome.bombs == len(bombs & set(attempted)) > 0, f"{outcome.bombs} bombs, and each failed once, with its record")
            counted(run, bed, outcome, tally)
        finally:
            right_clocks(bed)


def counted(run, bed, outcome, tally):
    tally.take(bed, run.faults, outcome)
    tally.add("bombs among the documents", outcome.bombs)
    tally.add("names dropped again", sum(d.again for d in run.droppers))
    tally.add("results taken away", len(run.consumer.taken))
    tally.add("clocks set wrong", run.clocks + len(WRONG_CLOCKS))
    tally.add("answers of the page", run.visitor.answers)
    for what in bed.ended:
        print(f"     ended by itself, and was started again: {what}", flush=True)
