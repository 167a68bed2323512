"""bed: one spool under faults: its folders, its watcher on the server, its hosts and who is up.

    with Bed(machines, "chaos", kinds, build, settings, documents) as bed:
        bed.start_all()
        ... faults.py, users.py ...

A kind says how a client mounts the export: "3", "4.2", or "4.2p" (with lookupcache=positive).
"""

import os
import random
import re
import shutil
import threading
import time

import cluster
import documents
import tail
from spool import PACE, Spool, settings

OPTIONS = {"p": "lookupcache=positive"}
KIND_OF_ALL = {"mixed": {"c1": "3", "c2": "4.2", "c3": "4.2p"}}
SKIP = "spool/control spool/journal"
FOR_EVER = 36000


def kinds_of(word, machines):
    return KIND_OF_ALL.get(word) or dict.fromkeys(machines.clients, word)


def is_v4(kind):
    return kind.startswith("4")


def mount(machines, names, kinds):
    for kind in sorted(set(kinds.values())):
        where = f"/srv/v{kind}"
        those = [n for n in names if kinds[n] == kind and machines.try_run(n, f"mountpoint -q {where}").status]
        if those:
            machines.mount(those, kind.rstrip("p"), OPTIONS.get(kind[-1], ""), where)


def lease_of(bed):
    return PACE["4.2" if bed.v4 else "3"][2]


class Bed:
    def __init__(self, machines, name, word, arguments, serials, pages=documents.PAGES, slots=5, sweep_age="1h", more=()):
        """word: a kind for all clients, or "mixed". pages: see documents.make(). more: lines of spool.ini."""
        self.machines, self._keep_files = machines, arguments.keep
        self.name = f"{name}-{word}-{arguments.seed}"
        self.kinds = kinds_of(word, machines)
        self.v4 = any(is_v4(kind) for kind in self.kinds.values())
        mount(machines, machines.clients, self.kinds)
        top = f"{cluster.EXPORT}/{self.name}"
        machines.run("srv", f"mkdir -p {top}/drop {top}/taken && chmod 777 {top} {top}/*")
        beat, stop, lease = PACE["4.2" if self.v4 else "3"]
        text = settings(
            [
                *(f"beat_interval = {beat}", f"self_stop = {stop}", f"lease_timeout = {lease}"),
                *("settle_time = 200ms", "retry_delay = 1s", "retry_delay_max = 3s", "alone_wait = 5s", f"sweep_age = {sweep_age}"),
                *("max_attempts = 100", "max_unspent = 10000"),
            ],
            [f"slots = {slots}", "poll_min = 200ms", "poll_max = 1s", "janitor_interval = 1s", "free_space_floor = 0"],
        )
        text += "".join(line + "\n" for line in more)
        mounts = {client: f"/srv/v{kind}" for client, kind in self.kinds.items()}
        self.spool = Spool(machines, mounts, f"{self.name}/spool", arguments.build, text)
        self.digests = self._make_documents(serials, pages)
        self.names = threading.Lock()  # held while a name is used again, and while a fault begins
        self.users, self._risks, self._sure_at = [], 0, 0.0
        self._usable = {name: True for name in machines.names}
        self._changed = threading.Condition()
        self.skew = {name: 0.0 for name in machines.names}
        self.stream = tail.Stream(os.path.join(machines.share, self.spool.label + ".stream"))
        self.started = dict.fromkeys(machines.clients, 0)
        self.ended = []  # extractd that ended when nobody had killed them
        self._wanted = set()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._over = threading.Event()
        self._watcher = None

    def _make_documents(self, serials, pages):
        folder = os.path.join(self.machines.share, self.name + ".documents")
        digests = documents.make(folder, serials, pages)
        self.machines.run("srv", f"cp /media/{self.name}.documents/* {cluster.EXPORT}/{self.name}/drop && sync", 120)
        shutil.rmtree(folder)
        return digests

    def __enter__(self):
        self.watch()
        self._keeper.start()
        return self

    def __exit__(self, *error):
        self._over.set()
        self._keeper.join()
        for user in self.users:
            user.over.set()
        self.spool.abandon()
        if self._watcher:
            self.machines.try_run("srv", f"kill $(cat /media/{self.spool.label}.watcher)", 10)
        self.stream.stop()
        self.machines.try_run("srv", f"rm -rf {cluster.EXPORT}/{self.name}", 120)
        if not self._keep_files:
            for name in os.listdir(self.machines.share):
                if name.startswith(self.spool.label):
                    os.unlink(os.path.join(self.machines.share, name))

    # ---- the server's view ----

    def watch(self):
        """Start the watcher; it has looked through all when this returns."""
        before = self.stream.begun()
        label, top = self.spool.label, f"{cluster.EXPORT}/{self.name}"
        script = (
            "echo 1000000 >/proc/sys/fs/inotify/max_queued_events;"
            f"echo $$ >/media/{label}.watcher;"
            f"exec {self.machines.helpers}/watch {top} /media/{label}.stream {SKIP}"
        )
        self._watcher = self.machines.bg("srv", script, FOR_EVER)

        def looked():
            if self._watcher.outcome is not None:
                raise cluster.Failure(f"the watcher ended: {self._watcher.outcome.text}")
            return self.stream.begun() > before

        cluster.until(looked, 60, "the watcher's first look")

    def replay(self, ask):
        """ask(replay) while it stands still."""
        with self.stream.lock:
            return ask(self.stream.replay)

    def place_of(self, serial):
        def ask(replay):
            document = replay.documents.get(serial)
            return (document.place or "on its way") if document else "unknown"

        return self.replay(ask)

    def visible_documents(self):
        """The PDFs in done/: {serial: path below it}. The replay is late at times: it may show one where it was."""
        start = "spool/done/"
        return self.replay(
            lambda r: {
                serial: document.place[len(start):]
                for serial, document in r.documents.items()
                if document.place and document.place.startswith(start)
            }
        )

    def published(self):
        return self.replay(lambda r: sum(d.published for d in r.documents.values()))

    def leases(self, host):
        text = self.machines.run("srv", f"ls {self.spool.behind}/claimed/{host} 2>/dev/null; true")
        return set(text.split())

    def said(self, words, clients=None):
        """How often extractd has said that (a regular expression)."""
        return sum(len(re.findall(words, self.spool.log(c, 1 << 26))) for c in clients or self.machines.clients)

    def held_by(self, host):
        return self.replay(lambda r: r.held_by(host))

    # ---- who is up ----

    def folder(self, guest, which):
        top = f"{cluster.EXPORT}/{self.name}" if guest == "srv" else f"/srv/v{self.kinds[guest]}/{self.name}"
        return f"{top}/{'spool/' if which in ('pending', 'done') else ''}{which}"

    def talk(self, guest):
        return self.machines.talk(guest, self.machines.helpers + "/nfsfacts", FOR_EVER)

    def is_usable(self, guest):
        return self._usable[guest]

    def usable(self, guest, value):
        """Up and mounted (a server: exporting), or gone."""
        with self._changed:
            self._usable[guest] = value
            self._changed.notify_all()
        if not value:
            for user in self.users:
                if user.guest == guest:
                    user.guest_gone()

    def wait_for(self, guest, over):
        with self._changed:
            while not self._usable[guest] and not over.is_set():
                self._changed.wait(0.2)

    def answers_may_be_lost(self):
        return self._risks > 0 or time.monotonic() < self._sure_at

    def risk(self, begins):
        """A fault that loses answers of the server begins, or is over. Then calls that wait are sent once
        more: at once on version 3, after the grace period and up to 15 s more on 4."""
        with self.names:
            self._risks += 1 if begins else -1
            self._sure_at = max(self._sure_at, time.monotonic() + (28 if self.v4 else 5))

    # ---- extractd ----

    def start(self, client, at_ns=None):
        """at_ns: at this moment of the guest's clock."""
        self.started[client] += 1
        self.spool.start(client, FOR_EVER, at_ns)
        self._wanted.add(client)

    def start_all(self):
        for client in self.machines.clients:
            self.start(client)
        self.spool.wait_for("claimed/*/*/work", len(self.machines.clients), 30)

    def not_wanted(self, client):
        """The host is gone: nobody starts extractd there again, until start()."""
        self._wanted.discard(client)
        self.spool.jobs.pop(client, None)

    def last_time(self, client):
        """From now on it is not started again."""
        self._wanted.discard(client)

    def stop(self, client):
        """For good; how it ended. One that has just been started (after a fault, its mount may be slow to come back) is
        let come up first: before it has caught its signals SIGTERM ends it as it ends any program."""
        self.last_time(client)
        boot = self.machines.run(client, "cat /proc/sys/kernel/random/boot_id")[:8]

        def works():
            with open(os.path.join(self.machines.share, f"{self.spool.label}-{client}.pid"), encoding="ascii") as file:
                pid = file.read().strip()
            leases = (name.split(".") for name in self.leases(client))
            return any(lease[1] == pid and lease[3].startswith(boot) for lease in leases)

        self.spool.alive()
        cluster.until(works, 60, f"extractd on {client} has its lease", 0.2)
        return self.spool.stop(client)

    def expected_end(self, client):
        """It was killed by a test."""
        job = self.spool.jobs.get(client)
        if job:
            job.killed = True

    def _keep(self):
        """As an init does: what ended is started again."""
        while not self._over.wait(0.1):
            for client in sorted(self._wanted):
                job = self.spool.jobs.get(client)
                if job is None or job.outcome is None or client not in self._wanted:
                    continue
                if not getattr(job, "killed", False):
                    self.ended.append(f"{client}: {job.outcome.status}: {self.spool.log(client, 300)}")
                self._over.wait(random.uniform(0, 0.5))
                if client in self._wanted:
                    self.start(client)

    def boot_client(self, client):
        """After a power cut: up, its clock as it was, mounted, working."""
        self.machines.boot(client)
        if self.skew[client]:
            self.machines.clock(client, self.skew[client])
        self._mount_at_last(client)
        self.usable(client, True)
        self.start(client)

    def _mount_at_last(self, client):
        """The server may be away just now; version 3 refuses then."""
        end = time.monotonic() + 90
        while True:
            self.wait_for("srv", self._over)
            try:
                return mount(self.machines, [client], self.kinds)
            except cluster.Failure:
                if time.monotonic() > end:
                    raise
            time.sleep(1)

    def boot_server(self):
        self.machines.boot("srv")
        if self.skew["srv"]:
            self.machines.clock("srv", self.skew["srv"])
        self.machines.serve(before=self.watch)
        self.usable("srv", True)
