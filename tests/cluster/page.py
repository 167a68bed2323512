"""page: from a document's seal on one host to the pixel, where spoold sees the spool over NFS, and where it runs on the
file server. Only where it is asked for:

    tests/cluster/run.py --build build --only page --vers 4.2,3

The browser runs on this machine and reaches the guests by their network (tests/web/pixel.py). Seals are told by the server's clock, which is set to this machine's to about half a round trip.
"""

import os
import subprocess
import sys
import time

import cluster
import mountstats
from spool import PACE, Spool, settings

DOCUMENTS, WARM, GAP = int(os.environ.get('PAGE_DOCUMENTS', 200)), 5, 0.15
PORT, IDLE = 8090, 10
FOR_EVER = 36000  # s
GENEROUS = 10000  # ms: guests are slow, and so may this machine be
ROOT = os.path.dirname(os.path.dirname(cluster.HERE))
CONFIG = "[page]\nallow_insecure = yes\nread_only = yes\n"


def web(build):
    """The room of the browser; its folder is not this one's."""
    os.environ["BUILD"] = build
    sys.path.insert(0, os.path.join(ROOT, "tests", "web"))
    import pixel  # pylint: disable=import-error,import-outside-toplevel

    return pixel


class Spoold:
    """spoold in a guest, where it can be reached from this machine."""

    def __init__(self, spool, name, folder):
        self.machines, self.name = spool.machines, name
        self.url = f"http://{self.machines.address(name)}:{PORT}/"
        label = f"{spool.label}-spoold-{name}"
        with open(os.path.join(self.machines.share, label + ".ini"), "w", encoding="utf-8") as file:
            file.write(CONFIG)
        script = (
            f"echo $$ >/media/{label}.pid; exec {spool.build}/spoold --spool {folder} --config /media/{label}.ini "
            f"--www {ROOT}/www --listen {self.machines.address(name)}:{PORT} 2>/media/{label}.log"
        )
        self._pid = f"/media/{label}.pid"
        self._log = os.path.join(self.machines.share, label + ".log")
        self.job = self.machines.bg(name, script, FOR_EVER)

    def wait(self):
        try:
            cluster.until(lambda: "serving on" in self.log(), 20, "spoold serves")
        except cluster.Failure as error:
            raise cluster.Failure(f"{error}\n{self.log()}") from None

    def log(self):
        if not os.path.exists(self._log):
            return ""
        with open(self._log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        self.machines.try_run(self.name, f"kill $(cat {self._pid})", 10)
        return self.job.wait(30).status


def server_ahead(machines):
    """(how far the server's clock is ahead of ours, how wrong that may be): ms. Of the fastest of some answers."""
    best = (1e9, 0.0)
    clock = machines.talk("srv", "exec bash -c 'while read -r _; do echo $EPOCHREALTIME; done'")
    for _ in range(50):
        before = time.time()
        there = float(clock.ask("?"))
        took = time.time() - before
        best = min(best, (took, there - before - took / 2))
    clock.break_off()
    return best[1] * 1000, best[0] / 2 * 1000


def sealed(spool, ahead, what="txt"):
    """{path: ms since 1970 by our clock}: of each text's birth under its name, one rename after the seal."""
    lines = spool.machines.run("srv", f"cd {spool.behind}/done && stat -c '%.9Z %n' *.{what}").splitlines()
    return {line.split(" ", 1)[1][:-4] + ".pdf": float(line.split(" ", 1)[0]) * 1000 - ahead for line in lines}


def names(first, count):
    return [f"page-{n:04d}.pdf" for n in range(first, first + count)]


def feed(spool, those):
    for name in those:
        began = time.monotonic()
        spool.machines.run("srv", f"mv {spool.behind}.drop/{name} {spool.behind}/pending/{name}")
        time.sleep(max(0.0, GAP * (0.5 + (hash(name) % 100) / 100) - (time.monotonic() - began)))


def prepare(spool, build, count):
    folder = os.path.join(spool.machines.share, spool.label + ".documents")
    subprocess.run([os.path.join(build, "mkpdf"), "--bulk", str(count), "--size", "20000", folder], check=True)
    for old, new in zip(sorted(os.listdir(folder)), names(0, count), strict=True):
        os.rename(os.path.join(folder, old), os.path.join(folder, new))
    spool.machines.run("srv", f"cp -r {folder.replace(spool.machines.share, '/media')} {spool.behind}.drop && sync")


def rates(machines, mount_point, act, what):
    before, began = mountstats.read(machines, "c2", mount_point), time.monotonic()
    act()
    took = time.monotonic() - began
    sent = mountstats.difference(before, mountstats.read(machines, "c2", mount_point))
    per = {name: calls / took for name, calls in sent.items()}
    print(f"     RPCs a second of spoold, {what}: {sum(per.values()):.1f} in all; " +
          " ".join(f"{name} {n:.1f}" for name, n in sorted(per.items(), key=lambda item: -item[1])), flush=True)


def show_one(machines, spool, spoold, check, first, around):
    """A browser on one spoold, while documents come."""
    pixel, these = web(spool.build), names(first, DOCUMENTS)
    with pixel.Browser(spoold.url) as browser:
        listener = pixel.Listener(machines.address(spoold.name), PORT)
        around(lambda: feed(spool, these))
        spool.wait_for("done/*.pdf", first + DOCUMENTS, 120)
        end = time.monotonic() + 20
        while time.monotonic() < end and not all(n in browser.rows() for n in these):
            time.sleep(0.2)
        painted, trouble = browser.rows(), browser.trouble()
    missing = [n for n in these if n not in painted]
    if not check(not missing, f"spoold on {spoold.name}: each row was painted {missing[:5] or ''}"):
        print(spoold.log(), flush=True)
        return
    ahead, doubt = server_ahead(machines)
    seals, published = sealed(spool, ahead), sealed(spool, ahead, "pdf")
    rows, _ = pixel.latencies(painted, [], {n: seals[n] for n in these})
    print(f"     spoold on {spoold.name}, {spool.name}; clocks agree to {doubt:.1f} ms", flush=True)
    pixel.show("seal to PDF under its name", [published[n] - seals[n] for n in these])
    pixel.show("seal to event with a plain client", [listener.heard[n] - seals[n] for n in these if n in listener.heard])
    pixel.show("seal to row painted", rows)
    check(max(rows) < GENEROUS, f"none later than {GENEROUS} ms")
    check(not trouble, f"no error, and nothing was loaded again {trouble or ''}")


def page(machines, kind, check, arguments, _tally):
    """extractd on c1; spoold on c2 over NFS, then on the server itself."""
    machines.mount(["c1", "c2"], kind)
    beat, stop, lease = PACE[kind]
    text = settings(
        [f"beat_interval = {beat}", f"self_stop = {stop}", f"lease_timeout = {lease}", "settle_time = 0s"],
        ["slots = 1", "poll_min = 20ms", "poll_max = 50ms", "janitor_interval = 1h", "free_space_floor = 0"],
    )
    spool = Spool(machines, kind, "page", arguments.build, text)
    seen = []
    try:
        prepare(spool, arguments.build, WARM + 2 * DOCUMENTS)
        spool.start("c1")
        seen = [Spoold(spool, "c2", spool.path("c2")), Spoold(spool, "srv", spool.behind)]
        for spoold in seen:
            spoold.wait()
        feed(spool, names(0, WARM))
        spool.wait_for("done/*.pdf", WARM, 60)
        machines.clock("srv")

        def measured(act):
            rates(machines, f"/srv/v{kind}", act, "a document each 150 ms")

        show_one(machines, spool, seen[0], check, WARM, measured)
        time.sleep(15)  # until its journal is a quiet one
        rates(machines, f"/srv/v{kind}", lambda: time.sleep(IDLE), "idle, one host")
        show_one(machines, spool, seen[1], check, WARM + DOCUMENTS, lambda act: act())
        for spoold in seen:
            check(spoold.stop() == 0, f"spoold on {spoold.name} ends well")
        seen = []
        check(spool.stop("c1") == 0, "extractd ends well")
        audit = spool.audit()
        check(audit["ok"], f"spoolctl audit: {audit}")
    finally:
        for spoold in seen:
            spoold.stop()
        spool.abandon()
