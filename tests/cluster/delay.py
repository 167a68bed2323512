"""delay: what a share that is some milliseconds away costs: the same documents, one parser, on the file server's own disk,
over NFS, and over NFS with a delay before each packet of the client. A bench, only where it is asked for:

    tests/cluster/run.py --build build --only delay --vers 4.2,3 --rounds 3

The guests are alike: one processor, one slow kernel (../docs/PERFORMANCE.md says how slow). So the slowness is in all three
figures, and ratios are taken inside each round.
"""

import csv
import json
import os
import shutil
import statistics
import time

import cluster
import mountstats
from spool import Spool, settings

ROOT = os.path.dirname(os.path.dirname(cluster.HERE))
CORPUS = os.path.join(os.path.dirname(ROOT), "shared", "corpus")
STOCK = "stock"  # below the export, and what a run's documents are copied from
PATIENCE = 600  # s for one run
RICH = 1000  # characters of a document that has something to read
# Documents are read anew each time; nothing is done by the clock that need not be.
SPOOL = ["settle_time = 0s"]
WORKER = ["cores = 1", "free_space_floor = 0", "janitor_interval = 1h"]
WAYS = ("local", "nfs", "delayed")


def sets(times):
    """[(name, [files])]: the digital documents of the corpus with something to read, and all of them."""
    with open(os.path.join(CORPUS, "MANIFEST.tsv"), encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["class"] == "digital" and row["path"].startswith("digital/")]
    rich = [row for row in rows if int(row["mutool_chars"]) >= RICH]

    def paths(chosen, count):
        return [(os.path.join(CORPUS, row["path"]), f"{k}/{os.path.basename(row['path'])}") for k in range(count) for row in chosen]

    return [("1,000 characters or more", paths(rich, 2 * times)), ("all digital", paths(rows, times))]


def processor(machines, name):
    """(all, idle) of the guest's one processor so far, s."""
    words = machines.run(name, "head -1 /proc/stat").split()[1:9]
    ticks = [int(word) / 100 for word in words]
    return sum(ticks), ticks[3] + ticks[4]


def set_delay(machines, milliseconds):
    """Each packet that c1 sends is held back for so long; 0: none is."""
    if milliseconds:
        machines.run("c1", f"modprobe sch_netem; tc qdisc replace dev vec0 root netem delay {milliseconds}ms limit 10000")
    else:
        machines.try_run("c1", "tc qdisc del dev vec0 root 2>/dev/null")


class Bench:
    """One version of NFS, one set of documents."""

    def __init__(self, machines, kind, check, arguments):
        self.machines, self.kind, self.check, self.arguments = machines, kind, check, arguments
        self.serial = 0

    def stock(self, files):
        """The set, on the server's disk."""
        folder = os.path.join(self.machines.share, STOCK)
        for source, name in files:
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            shutil.copyfile(source, os.path.join(folder, name))
        self.machines.run("srv", f"rm -rf {cluster.EXPORT}/{STOCK}; cp -r /media/{STOCK} {cluster.EXPORT}/{STOCK}; sync", 300)
        shutil.rmtree(folder)

    def once(self, way, count):
        """One run of extractd --once: {s, idle (share of the processor), rpcs and ms of a round trip}."""
        machines, guest = self.machines, "srv" if way == "local" else "c1"
        self.serial += 1
        text = settings(SPOOL, WORKER + self.arguments.worker) + "[text]\nduplicates = extract\n[ocr]\nocr = never\n"
        mounts = {"c1": f"/srv/v{self.kind}", "srv": cluster.EXPORT}
        spool = Spool(machines, mounts, f"delay-{self.kind}-{self.serial}", self.arguments.build, text)
        machines.run("srv", f"cp -r {cluster.EXPORT}/{STOCK} {spool.behind}/pending/set; sync", 300)
        set_delay(machines, self.arguments.delay if way == "delayed" else 0)
        before = None if way == "local" else mountstats.read(machines, "c1", f"/srv/v{self.kind}")
        all_before, idle_before = processor(machines, guest)
        log = f"/media/{spool.label}.log"
        command = f"{spool.build}/extractd --spool {spool.path(guest)} --once 2>{log}; echo $? >>{log}"
        began = time.monotonic()
        machines.run(guest, command, PATIENCE)
        seconds = time.monotonic() - began
        all_after, idle_after = processor(machines, guest)
        found = {"s": seconds, "idle": (idle_after - idle_before) / (all_after - all_before)}
        if before is not None:
            after = mountstats.read(machines, "c1", f"/srv/v{self.kind}")
            found["rpcs"] = sum(mountstats.difference(before, after).values()) / count
        set_delay(machines, 0)
        audit = spool.audit(guest)
        self.check(audit["ok"] and audit["done"] + audit["failed"] == count, f"{way}: audit of {count}: {json.dumps(audit)[:300]}")
        machines.run("srv", f"rm -rf {spool.behind}", 300)
        return found

    def rounds(self, title, files):
        """Prints the medians."""
        self.stock(files)
        taken = {way: [] for way in WAYS}
        for number in range(self.arguments.rounds):
            for way in WAYS[number % len(WAYS):] + WAYS[: number % len(WAYS)]:
                taken[way].append(self.once(way, len(files)))
                print(f"     {way}: {taken[way][-1]}", flush=True)
        self.tell(title, len(files), taken)

    def tell(self, title, count, taken):
        print(f"     NFS v{self.kind}, {title}, {count} documents, {self.arguments.delay} ms, {self.arguments.rounds} rounds:")
        for way, runs in taken.items():
            seconds = [run["s"] for run in runs]
            ratio = statistics.median(local["s"] / run["s"] for local, run in zip(taken["local"], runs))
            idle = statistics.median(run["idle"] for run in runs)
            rpcs = f", {statistics.median(run['rpcs'] for run in runs):.1f} RPCs a document" if "rpcs" in runs[0] else ""
            median = statistics.median(seconds)
            print(
                f"       {way:8} {median:6.2f} s ({min(seconds):.2f} to {max(seconds):.2f}), {count / median:6.1f} documents/s, "
                f"{ratio:.2f} of local, processor idle {100 * idle:.0f} %{rpcs}",
                flush=True,
            )


def delay(machines, kind, check, arguments, _tally):
    """Both sets, on one kind of mount."""
    if not os.path.isdir(CORPUS):
        print("SKIPPED: the corpus of documents is not beside the project")
        return
    machines.mount(["c1"], kind)
    bench = Bench(machines, kind, check, arguments)
    for title, files in sets(arguments.times):
        bench.rounds(title, files)
