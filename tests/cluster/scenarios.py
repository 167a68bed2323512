"""scenarios: the shipped programs on real NFS, as people would use them.

nfs500: 500 documents, three hosts, one of them dies with documents in its hands.
rpc:    what a document costs in RPCs, by operation.

extractd runs in the guests; documents are dropped, and what came of them is judged, on the server's
own disk, behind the clients' backs.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import time
import zlib

import cluster
import mountstats

SIZE = 100_000
MANY, FEW = 500, 100
BUDGET = 22  # RPCs a document
# beat, self-stop, lease: on version 4 a lease must outlive the server's own (10 s) twice; 3 has none
PACE = {"3": ("500ms", "2s", "5s"), "4.2": ("2s", "8s", "20s")}
# what a running extractd has, of leftovers()
RUNNING = r"claimed/[^/]+/[^/]+/(beat|status\.json)"


class Spool:
    """One spool folder, and the extractd that run on it."""

    def __init__(self, machines, version, name, build, settings):
        self.machines, self.build = machines, build
        self.path = f"/srv/v{version}/{name}-{version}"
        self.behind = f"{cluster.EXPORT}/{name}-{version}"  # the same on the server
        self.label = f"{name}-{version}"
        self.jobs = {}
        machines.run("c1", f"{build}/spoolctl --spool {self.path} init")
        with open(os.path.join(machines.share, self.label + ".ini"), "w", encoding="utf-8") as file:
            file.write(settings)
        machines.run("srv", f"cp /media/{self.label}.ini {self.behind}/spool.ini")
        machines.run("c1", f"{build}/spoolctl --spool {self.path} config check")

    def start(self, client):
        """extractd there; its log goes to the share."""
        log, pid = (f"/media/{self.label}-{client}.{what}" for what in ("log", "pid"))
        script = f"echo $$ >{pid}; exec {self.build}/extractd --spool {self.path} 2>{log}"
        self.jobs[client] = self.machines.bg(client, script, 600)

    def log(self, client, characters=2500):
        path = os.path.join(self.machines.share, f"{self.label}-{client}.log")
        if not os.path.exists(path):
            return "(no log)"
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()[-characters:]

    def kill(self, client, signal):
        pid = f"/media/{self.label}-{client}.pid"
        self.machines.try_run(client, f"kill -{signal} $(cat {pid})", 10)

    def stop(self, client):
        """SIGTERM, and how it ended."""
        self.kill(client, "TERM")
        return self.jobs.pop(client).wait(60).status

    def abandon(self):
        """For tests that failed: nothing may go on running."""
        for client, job in self.jobs.items():
            if job.outcome is None:
                self.kill(client, "KILL")
        self.jobs = {}

    def count(self, pattern):
        """How many entries the server has for a pattern below the spool."""
        return int(self.machines.run("srv", f"ls -d {self.behind}/{pattern} 2>/dev/null | wc -l"))

    def drop(self, name, count):
        """Put a folder with the first `count` documents into pending/, by one rename."""
        documents = make_documents(self.machines, self.build)
        first = " ".join(sorted(documents)[:count])
        self.machines.run(
            "srv",
            f"mkdir {self.behind}.drop && cd /media/documents && cp {first} {self.behind}.drop && "
            f"sync && mv {self.behind}.drop {self.behind}/pending/{name}",
        )
        return {document: documents[document] for document in sorted(documents)[:count]}

    def alive(self):
        """Failure when an extractd has ended by itself."""
        for client, job in self.jobs.items():
            if job.outcome is not None:
                raise cluster.Failure(
                    f"extractd on {client} ended with {job.outcome.status}; its log:\n{self.log(client)}"
                )

    def wait_for(self, pattern, count, seconds):
        def reached():
            self.alive()
            return self.count(pattern) >= count

        try:
            cluster.until(reached, seconds, f"{count} of {pattern}", 0.2)
        except cluster.Failure as error:
            logs = "\n".join(f"--- {client}:\n{self.log(client)}" for client in self.jobs)
            raise cluster.Failure(f"{error} (there are {self.count(pattern)})\n{logs}") from None

    def leftovers(self):
        """Everything that is no folder and stands where, at rest, nothing may stand."""
        places = "pending claimed control"
        hidden = "find done failed -name '.*' 2>/dev/null"
        script = f"cd {self.behind}; find {places} -not -type d; {hidden}; true"
        return self.machines.run("srv", script).split()

    def wait_for_rest(self, seconds):
        """Until nothing is left but what a running extractd has; Failure tells what else there is."""
        began = time.monotonic()
        end, seen = began + seconds, []
        while True:
            self.alive()
            left = [path for path in self.leftovers() if not re.fullmatch(RUNNING, path)]
            if not left:
                if seen and time.monotonic() - began > 2:
                    print(f"     {time.monotonic() - began:.0f} s until this was gone: {seen}", flush=True)
                return
            seen = left[:4]
            if time.monotonic() > end:
                logs = "\n".join(f"--- {client}:\n{self.log(client)}" for client in self.jobs)
                raise cluster.Failure(f"after {seconds} s there is still {left[:10]}\n{logs}")
            time.sleep(0.3)

    def audit(self):
        outcome = self.machines.try_run("c1", f"{self.build}/spoolctl --spool {self.path} --json audit", 120)
        try:
            return json.loads(outcome.text)
        except ValueError:
            raise cluster.Failure(f"audit: status {outcome.status}: {outcome.text}") from None


def make_documents(machines, build):
    """The documents, made once: {name: (SHA-256, words of its text)}. They lie in the share."""
    folder = os.path.join(machines.share, "documents")
    if not os.path.isdir(folder):
        mkpdf = os.path.join(build, "mkpdf")
        subprocess.run([mkpdf, "--bulk", str(MANY), "--size", str(SIZE), folder], check=True)
    documents = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        documents[name] = (hashlib.sha256(data).hexdigest(), words_of(data))
    if len({tuple(words) for _, words in documents.values()}) != MANY:
        raise cluster.Failure("the documents' texts are not all different")
    return documents


def words_of(pdf):
    """The words that the PDF's pages show, read without any PDF library (mkpdf writes plainly)."""
    words = []
    for stream in re.findall(rb"/FlateDecode.*?stream\r?\n(.*?)\nendstream", pdf, re.DOTALL):
        for shown in re.findall(rb"\((.*?)\) Tj", zlib.decompressobj().decompress(stream)):
            words += shown.decode("ascii").split()
    return words


def settings(spool, worker):
    """The text of spool.ini. Sandbox: the guests' kernel has seccomp, but no Landlock."""
    lines = ["[spool]", "format = 1", *spool, "[worker]", *worker, "[parser]", "sandbox = prefer"]
    return "\n".join(lines) + "\n"


def judge(spool, check, name, dropped):
    """Is every document in done/, once, as it was, with its own text?"""
    machines = spool.machines
    target = os.path.join(machines.share, spool.label)
    os.mkdir(target)
    machines.run("srv", f"cp -r {spool.behind}/done/. /media/{spool.label}", 120)
    folder = os.path.join(target, name)
    expected = {stem + end for stem in (d[:-4] for d in dropped) for end in (".pdf", ".txt", ".json")}
    there = {
        os.path.relpath(os.path.join(root, file), folder)
        for root, _, files in os.walk(target)
        for file in files
    }
    check(
        there == expected,
        f"done/ has {len(there)} files, 3 for each of {len(dropped)} documents and no other"
        + "".join(f"; {w}: {sorted(s)[:5]}" for w, s in (("missing", expected - there), ("extra", there - expected)) if s),
    )
    changed, foreign, bad = [], [], []
    for document, (digest, words) in dropped.items():
        stem = os.path.join(folder, document[:-4])
        if not all(os.path.exists(stem + end) for end in (".pdf", ".txt", ".json")):
            continue  # told above
        with open(stem + ".pdf", "rb") as pdf, open(stem + ".txt", encoding="utf-8") as text:
            if hashlib.sha256(pdf.read()).hexdigest() != digest:
                changed.append(document)
            if text.read().split() != words:
                foreign.append(document)
        with open(stem + ".json", encoding="utf-8") as record:
            if digest not in json.dumps(json.load(record)):
                bad.append(document)
    check(not changed, f"each PDF is the one that was dropped {changed[:5] or ''}")
    check(not foreign, f"each text is its own document's, word for word {foreign[:5] or ''}")
    check(not bad, f"each record names its own document's SHA-256 {bad[:5] or ''}")
    shutil.rmtree(target)


def nfs500(machines, version, check, build):
    """Three hosts, 500 documents; the second host loses power in the middle of its work."""
    beat, stop, lease = PACE[version]
    text = settings(
        [
            *(f"beat_interval = {beat}", f"self_stop = {stop}", f"lease_timeout = {lease}"),
            *("settle_time = 0s", "retry_delay = 1s", "sweep_age = 10s"),
        ],
        ["poll_min = 200ms", "poll_max = 1s", "janitor_interval = 1s"],
    )
    spool = Spool(machines, version, "nfs500", build, text)
    try:
        for client in machines.clients:
            spool.start(client)
        spool.wait_for("claimed/*/*/work", len(machines.clients), 30)
        began = time.monotonic()
        dropped = spool.drop("batch", MANY)
        spool.wait_for("done/batch/*.pdf", MANY // 5, 90)
        spool.wait_for("claimed/c2/*/work/*", 1, 30)
        machines.power_cut("c2")
        spool.jobs.pop("c2")
        in_hand = spool.count("claimed/c2/*/work/*")
        check(in_hand > 0, f"c2 lost power with {in_hand} documents in hand, {spool.count('done/batch/*.pdf')} were done")
        spool.wait_for("done/batch/*.pdf", MANY, 120)
        took = time.monotonic() - began
        cluster.until(lambda: spool.count("claimed/c2/*") == 0, 60, "c2's lease is taken back", 0.3)
        spool.wait_for_rest(100)  # usually none; what c2 was about to remove itself waits for a sweep
        print(f"     {MANY} documents in {took:.1f} s", flush=True)
        for client in ("c1", "c3"):
            status = spool.stop(client)
            check(status == 0, f"extractd on {client} ends with {status} on SIGTERM")
        left = spool.leftovers()
        check(not left, f"nothing is left in pending, claimed, control {left[:10] or ''}")
        result = spool.audit()
        good = result["ok"] and result["done"] == MANY and not result["problems"]
        good = good and sum(result[k] for k in ("pending", "waiting", "claimed", "sealed", "failed")) == 0
        check(good, f"spoolctl audit: {json.dumps(result)[:600]}")
        judge(spool, check, "batch", dropped)
    finally:
        spool.abandon()
        for client in machines.clients:
            if not machines.is_up(client):
                machines.boot(client)
                machines.mount([client], version)


def rpc(machines, version, check, build):
    """One host alone, 100 documents: what each costs."""
    text = settings(
        ["beat_interval = 20s", "self_stop = 60s", "lease_timeout = 180s", "settle_time = 0s"],
        ["poll_min = 1s", "poll_max = 15s", "janitor_interval = 1h"],
    )
    spool = Spool(machines, version, "rpc", build, text)
    mount_point = f"/srv/v{version}"
    machines.wait_for_delegations()
    try:
        spool.start("c1")
        spool.wait_for("claimed/c1/*/work", 1, 30)
        time.sleep(3)  # its start-up is over
        before, began = mountstats.read(machines, "c1", mount_point), time.monotonic()
        spool.drop("batch", FEW)
        spool.wait_for("done/batch/*.pdf", FEW, 60)
        spool.wait_for_rest(20)
        sent = mountstats.difference(before, mountstats.read(machines, "c1", mount_point))
        took = time.monotonic() - began
        idle_from = mountstats.read(machines, "c1", mount_point)
        time.sleep(5)
        idle = mountstats.difference(idle_from, mountstats.read(machines, "c1", mount_point))
        print(f"     RPCs per document on NFS v{version}, {FEW} documents of {SIZE} bytes in {took:.1f} s:")
        for operation, calls in sorted(sent.items(), key=lambda item: -item[1]):
            print(f"       {operation:20} {calls / FEW:6.2f}")
        print(f"       {'total':20} {sum(sent.values()) / FEW:6.2f}")
        print(f"     idle, in 5 s: {mountstats.line(idle)}", flush=True)
        total = sum(sent.values()) / FEW
        check(total <= BUDGET, f"{total:.2f} RPCs a document, at most {BUDGET}")
        status = spool.stop("c1")
        check(status == 0, f"extractd ends with {status} on SIGTERM")
        result = spool.audit()
        check(result["ok"] and result["done"] == FEW, f"spoolctl audit: {json.dumps(result)[:600]}")
    finally:
        spool.abandon()


SCENARIOS = [nfs500, rpc]
