"""faults: what happens to hosts, wires and the server, each as one call that returns when it is healed.

Each leaves a Record; Faults.records are the figures' source. Faults of hosts and faults of the server may
run side by side, but for two things: the server is not stopped softly while a version 4 client is cut off
(rpc.nfsd 0 hangs then), and only one fault at a time brings the server down.
"""

import contextlib
import dataclasses
import threading
import time

import mountstats

FULL = "No space left on device"
LAG = 0.05  # s: so late may the stream's times be
PATTERN = {"slot": "slot[.].*", "zygote": "pdfspool-parse.*"}


@dataclasses.dataclass
class Record:
    kind: str
    target: str
    began: float
    over: float = 0.0  # when everything is up and connected again
    held: tuple = ()  # documents in the target's hands when it began
    hit: int = 0  # what it did, in its own measure (answers lost: renames that were done unanswered)
    resent: int = 0  # answers lost: renames that were sent once more
    errors: int = 0  # answers lost: renames that ended with an error


class Faults:
    def __init__(self, bed):
        self.bed, self.machines = bed, bed.machines
        self.records = []
        self.kills = {}
        self.wires = threading.Lock()  # a version 4 client is cut off, or the server is being stopped
        self._write = threading.Lock()

    def begin(self, kind, target, held=()):
        record = Record(kind, target, time.monotonic(), held=tuple(held))
        with self._write:
            self.records.append(record)
        return record

    def of(self, kind):
        return [r for r in self.records if r.kind == kind]

    # ---- processes ----

    def kill(self, client, role, number=0):
        """SIGKILL to one process of extractd there. False when there was none."""
        pid = f"/media/{self.bed.spool.label}-{client}.pid"
        find = f"pgrep -P $s -x '{PATTERN.get(role, role)}'"
        if role == "parser":  # the zygote's children
            find = f"for z in $(pgrep -P $s -x '{PATTERN['zygote']}'); do pgrep -P $z; done"
        if role == "supervisor":
            self.bed.expected_end(client)
            find = "echo $s"
        script = f"s=$(cat {pid}); set -- $({find}); [ $# -gt 0 ] || exit 1; shift $(({number} % $#)); kill -9 $1"
        began = time.monotonic()
        held = self.bed.held_by(client) if role == "supervisor" else ()
        if self.machines.try_run(client, script, 30).status != 0:
            return False
        record = self.begin(f"kill {role}", client, held)
        record.began, record.over, record.hit = began, time.monotonic(), 1
        self.kills[role] = self.kills.get(role, 0) + 1
        return True

    # ---- hosts ----

    def cut(self, client, seconds):
        """The host's data network is unplugged for so long. hit: it could not reach the server meanwhile."""
        with self.wires:
            record = self.begin("partition", client, self.bed.held_by(client))
            self.machines.partition(client)
            time.sleep(max(0.0, seconds - 1))
            knock = f"timeout 1 bash -c '</dev/tcp/{self.machines.address('srv')}/2049'"
            record.hit = int(self.machines.try_run(client, knock, 30).status == 124)
            self.machines.partition(client, False)
        record.over = time.monotonic()

    def power(self, client, seconds):
        """The host loses power, and comes back after a while."""
        record = self.power_off(client)
        time.sleep(seconds)
        self.power_on(client, record)

    def power_off(self, client):
        record = self.begin("power cut of a host", client, self.bed.held_by(client))
        self.bed.not_wanted(client)
        self.machines.power_cut(client)
        self.bed.usable(client, False)
        record.hit = 1
        return record

    def power_on(self, client, record):
        self.bed.boot_client(client)
        record.over = time.monotonic()

    # ---- the server ----

    def stop(self, seconds):
        """The NFS server's threads are stopped, and started again."""
        with self.wires:
            self.bed.risk(True)
            record = self.begin("server stopped", "srv")
            self.machines.serving(0)
            before = self.bed.published()
            time.sleep(seconds)
            record.hit = int(self.bed.published() == before)  # nobody got through
            self.machines.serving()
        record.over = time.monotonic()
        self.bed.risk(False)

    def crash(self, seconds, deaf=None, patience=0):
        """The server loses power. deaf: a client that has been hearing nothing for 2 s by then."""
        self.bed.risk(True)
        record = self.begin("answers lost" if deaf else "power cut of the server", deaf or "srv")
        if deaf:
            before = self.renames(deaf)
            self._deafen(deaf, record)
        self.machines.power_cut("srv")
        self.bed.replay(lambda r: r.power_cut(time.monotonic()))
        self.bed.usable("srv", False)
        time.sleep(seconds)
        if deaf:
            self.machines.deaf(deaf, False)
        self.bed.boot_server()
        record.over = time.monotonic()
        if deaf:
            self._count_lost(deaf, before, record, patience)
        else:
            record.hit = 1
        self.bed.risk(False)
        return record

    def lose(self, client, patience=0):
        """Answers of the server to one client get lost: calls are executed, and sent once more, to a
        server that does not know of them any more. On version 4 that takes a power cut of the server.
        patience: how long to wait until the client has noticed. The Record."""
        if self.bed.kinds[client] != "3":
            return self.crash(0.2, client, patience)
        with self.wires:
            self.bed.risk(True)
            record = self.begin("answers lost", client)
            before = self.renames(client)
            self._deafen(client, record)
            self.machines.serving(0)
            self.machines.serving()
            self.machines.deaf(client, False)
        record.over = time.monotonic()
        self._count_lost(client, before, record, patience)
        self.bed.risk(False)
        return record

    def _deafen(self, client, record):
        """From now on the client hears nothing; each of its processes waits for an answer that is lost."""
        self.machines.freeze("srv")  # until all that the client does is a request under way
        time.sleep(0.5)
        self.machines.deaf(client)
        self.machines.freeze("srv", False)
        heard_last = time.monotonic()
        time.sleep(2)
        record.held = tuple(self.bed.held_by(client))
        record.hit = self.bed.replay(lambda r: r.moves_for(client, heard_last + LAG))

    def renames(self, client):
        return mountstats.retries(self.machines, client, f"/srv/v{self.bed.kinds[client]}", "RENAME")

    def _count_lost(self, client, before, record, seconds):
        """What the client makes of it, which may take it so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not (record.resent and record.errors):
            after = self.renames(client)
            record.resent, record.errors = after[0] - before[0], after[1] - before[1]
            time.sleep(0.5)

    # ---- the disk ----

    def full(self, seconds, patience=0):
        """Nothing is free on the server's disk for so long, and, with patience, until extractd was told so."""
        before = self.bed.said(FULL)
        with self.filled():
            end = time.monotonic() + patience
            while time.monotonic() < end and self.bed.said(FULL) == before:
                time.sleep(0.5)
            time.sleep(seconds)

    @contextlib.contextmanager
    def filled(self):
        """Nothing is free within. hit: how often extractd was told so."""
        record = self.begin("disk full", "srv")
        before = self.bed.said(FULL)
        ballast = "/srv/export/ballast"
        script = f"""for size in $((256 << 20)) $((16 << 20)) $((1 << 20)) $((64 << 10)) 4096; do
    n=0
    while fallocate -l $size {ballast}.$size.$n 2>/dev/null; do n=$((n + 1)); done
    rm -f {ballast}.$size.$n
done"""
        self.machines.run("srv", script)
        try:
            yield record
        finally:
            self.machines.run("srv", f"rm -f {ballast}.*; sync")
            record.over = time.monotonic()
            record.hit = self.bed.said(FULL) - before
