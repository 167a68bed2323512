"""gauge: what long-lived processes take over time, and a page that is looked at meanwhile.

    gauge = Gauge(machines, "c3", {"supervisor": pid_file, ...}, 2)
    ... a long run ...
    gauge.over.set(); gauge.join(); gauge.judge(check)

A process is flat when the median of its last third is not above that of its first third by more than the tolerance.
"""

import contextlib
import http.client
import statistics
import threading
import time

import cluster
from page import PORT, Spoold

RSS, FILES = "resident KiB", "descriptors"
# How much the last third may be above the first: a share, and a rest for what is counted in pages. Descriptors: of two
# samples one may catch a request of the page, or a journal that is being read, and the other not.
TOLERANCE = {RSS: (0.05, 1024), FILES: (0.0, 2)}
WARM_UP = 16 << 10  # KiB: what a minute's run may add instead, in which threads are begun and the tree is read for the first time
# A browser asks for these; one after the other, each second one.
LOOKS = ("overview", "hosts", "documents?limit=50", "failures", "history?span=1h", "documents?state=done&limit=200")


class Gauge(threading.Thread):
    """Samples /proc of some processes in a guest. Rooms: {name: file with its pid, as the guest sees it}."""

    def __init__(self, machines, guest, rooms, pause):
        super().__init__(daemon=True)
        self.machines, self.guest, self.rooms, self.pause = machines, guest, rooms, pause
        self.samples = {name: [] for name in rooms}  # [(when, pid, resident KiB, descriptors)]
        self.over, self.missed = threading.Event(), 0

    def run(self):
        script = "".join(
            f"p=$(cat {file}); echo {name} $p $(grep VmRSS: /proc/$p/status | tr -dc 0-9) $(ls /proc/$p/fd | wc -l);"
            for name, file in self.rooms.items()
        )
        while not self.over.wait(self.pause):
            try:
                lines = self.machines.run(self.guest, script, 30).splitlines()
            except (OSError, cluster.Failure):
                self.missed += 1
                continue
            for words in map(str.split, lines):
                if len(words) == 4:
                    self.samples[words[0]].append((time.monotonic(), *map(int, words[1:])))

    def thirds(self, name, column):
        """The medians of the first and the last third of the time."""
        taken = self.samples[name]
        begun, length = taken[0][0], taken[-1][0] - taken[0][0]
        first = [s[column] for s in taken if s[0] <= begun + length / 3]
        last = [s[column] for s in taken if s[0] >= begun + 2 * length / 3]
        return statistics.median(first), statistics.median(last)

    def course(self, name, column, parts=12):
        """A dozen of the samples, for people."""
        taken = self.samples[name]
        return " ".join(str(taken[i * (len(taken) - 1) // (parts - 1)][column]) for i in range(parts))

    def judge(self, check, least, closely):
        """Each was one process all the time, and is flat. least: samples. {name: {what: (first, last)}}"""
        found = {}
        for name, taken in self.samples.items():
            pids = {sample[1] for sample in taken}
            if taken:
                print(f"     {name}: {RSS} {self.course(name, 2)}; {FILES} {self.course(name, 3)}", flush=True)
            if not check(len(taken) >= least and len(pids) == 1, f"{name}: {len(taken)} samples of {len(pids)} process"):
                continue
            found[name] = {}
            for column, what in ((2, RSS), (3, FILES)):
                first, last = self.thirds(name, column)
                share, rest = TOLERANCE[what] if closely or what is FILES else (0.0, WARM_UP)
                most = first * (1 + share) + rest
                check(last <= most, f"{name}: {what}: {first:.0f} in the first third, {last:.0f} in the last, at most {most:.0f}")
                found[name][what] = (first, last)
        return found


class Visitor(threading.Thread):
    """A page in a browser that is never closed: a stream of events, and what the page asks for. Troubles of the wire are
    what the run is about; answers other than 200 are not."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address, self.over = address, threading.Event()
        self.answers = self.events = 0
        self.strange = []

    def _get(self, path, patience=5):
        connection = http.client.HTTPConnection(self.address, PORT, timeout=patience)
        connection.request("GET", "/api/v1/" + path)
        return connection, connection.getresponse()

    def run(self):
        threading.Thread(target=self._listen, daemon=True).start()
        turn = 0
        while not self.over.wait(1):
            path = LOOKS[turn % len(LOOKS)]
            turn += 1
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection, answer = self._get(path)
                with contextlib.closing(connection):
                    answer.read()
                    if answer.status == 200:
                        self.answers += 1
                    else:
                        self.strange.append(f"{path}: {answer.status}")

    def _listen(self):
        while not self.over.wait(0.5):
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection, answer = self._get("events", 20)
                with contextlib.closing(connection):
                    for line in iter(answer.readline, b""):
                        self.events += line.startswith(b"event:")
                        if self.over.is_set():
                            return


class Page:
    """A spoold in a guest that is started again whenever it is gone; .killed counts. Its guest may lose power."""

    def __init__(self, bed, guest):
        self.bed, self.guest = bed, guest
        self.pid = f"/media/{bed.spool.label}-spoold-{guest}.pid"
        self.killed, self.starts = {"spoold": 0, "spoold's child": 0}, 0
        self.over, self._lost = threading.Event(), False
        self.spoold = self._start()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def _start(self):
        self.starts += 1
        self._lost = False
        return Spoold(self.bed.spool, self.guest, self.bed.spool.path(self.guest))

    def _keep(self):
        while not self.over.wait(0.3):
            usable = self.bed.is_usable(self.guest)
            self._lost = self._lost or not usable  # without power nobody says how its job has ended
            if usable and (self._lost or self.spoold.job.outcome is not None):
                self.spoold = self._start()

    def kill(self, what):
        """SIGKILL to it, or to a child of its. False when there was none."""
        find = "$p" if what == "spoold" else "$(pgrep -P $p | head -n 1)"
        script = f"p=$(cat {self.pid}); kill -9 {find}"
        done = self.bed.machines.try_run(self.guest, script, 30).status == 0
        self.killed[what] += done
        return done

    def stop(self):
        """How it ended on SIGTERM."""
        self.over.set()
        self._keeper.join()
        self.spoold.wait()
        return self.spoold.stop()
