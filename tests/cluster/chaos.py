"""chaos: all faults at random on one spool, under permanent drops with equal names and a consumer.

The schedule comes from the seed and is printed: the same seed gives the same faults at the same times
(what they hit depends on the moment). Three lanes run side by side: processes are killed; hosts are cut
off, lose power, have their clocks set; the server is stopped, loses power, is full, loses its answers.
Then everything is healed, and what came of each document is judged.
"""

import contextlib
import random
import threading
import time
import traceback

import cluster
import faults
import users
import verdict

PROCESS, HOST, SERVER = "process", "host", "server"
# lane: [(fault, weight, shortest, longest in s)], shortest and longest pause
LANES = {
    PROCESS: ([("kill", 1, 0, 0)], 0.3, 1.5),
    HOST: ([("cut", 4, 3, 26), ("power", 3, 0.2, 4), ("clock", 2, -300, 300)], 1, 6),
    SERVER: ([("stop", 3, 5, 20), ("crash", 2, 0.2, 4), ("full", 3, 3, 6), ("lose", 4, 0, 0)], 3, 8),
}
# which process; a supervisor is a whole worker
ROLES = {"slot": 8, "claimer": 4, "parser": 3, "beat": 2, "reporter": 1, "janitor": 2, "supervisor": 3, "zygote": 1}
SPARED = "c3"  # the people's machine: its answers are not lost (see users.py)


def schedule(seed, seconds, clients, lanes=None, roles=None, lasting=None):
    """[(when, lane, fault, target, amount)] in the order of time. lasting: a client whose power and supervisor stay; with
    one, each kind is planned at least once, however little time there is."""
    rng = random.Random(seed)
    roles = roles or ROLES
    plan = []
    for lane, (kinds, shortest, longest) in (lanes or LANES).items():
        at = rng.uniform(1, 4)
        first = list(kinds) if lane != PROCESS else []  # each kind at least once, if there is time
        rng.shuffle(first)
        while at < seconds or (lasting and first):
            kind = first.pop() if first else rng.choices(kinds, [k[1] for k in kinds])[0]
            name, _, least, most = kind
            amount = rng.uniform(least, most)
            if name == "kill":
                amount = rng.choices(list(roles), list(roles.values()))[0]
            stays = SPARED if name == "lose" else lasting if name == "power" or amount == "supervisor" else None
            target = rng.choice([c for c in clients if c != stays])
            plan.append((at, lane, name, target, amount))
            at += rng.uniform(shortest, longest) + (amount if name in ("cut", "stop", "full", "power", "crash") else 0)
    return sorted(plan, key=lambda p: p[0])


class Lane(threading.Thread):
    """Does its part of the schedule, one after the other; late when one took longer. sure: so many in any case."""

    def __init__(self, chaos, plan, sure):
        super().__init__(daemon=True)
        self.chaos, self.plan, self.sure, self.trouble = chaos, plan, sure, None
        self.start()

    def run(self):
        try:
            for number, (when, _, name, target, amount) in enumerate(self.plan):
                left = self.chaos.began + when - time.monotonic()
                if left > 0:
                    time.sleep(left)
                if time.monotonic() > self.chaos.began + self.chaos.seconds and number >= self.sure:
                    return
                getattr(self.chaos, name)(target, amount)
        except Exception as error:  # pylint: disable=broad-except # told as a failed check
            self.trouble = f"{type(error).__name__}: {error}"
            traceback.print_exc()


class Chaos:
    sure = {}  # lane: how many of its faults are done even if time is over

    def __init__(self, bed, seed, seconds, pace, consume=0.3):
        self.bed, self.seed, self.seconds = bed, seed, seconds
        self.faults = faults.Faults(bed)
        self.rng = random.Random(seed + 1)
        serials = sorted(bed.digests)
        half = len(serials) // 2
        equal = [f"same{i}.pdf" for i in range(3)]
        self.droppers = [
            users.Dropper(bed, SPARED, seed + 2, pace, serials[:half], [f"c-{n}" for n in equal]),
            users.Dropper(bed, "srv", seed + 3, pace, serials[half:], [f"s-{n}" for n in equal]),
        ]
        self.consumer = users.Consumer(bed, SPARED, seed + 4, consume)
        bed.users = [*self.droppers, self.consumer]
        self.busy = {c: threading.Lock() for c in bed.machines.clients}
        self.clocks = 0

    # ---- faults by name ----

    def kill(self, target, role):
        """A host that is down, or that does not even start a shell just now, is spared."""
        if self.bed.is_usable(target):
            with contextlib.suppress(OSError, cluster.Failure):
                self.faults.kill(target, role, self.rng.randrange(8))

    def cut(self, target, seconds):
        with self.busy[target]:
            self.faults.cut(target, seconds)

    def power(self, target, seconds):
        with self.busy[target]:
            self.faults.power(target, seconds)

    def clock(self, target, skew):
        with self.busy[target]:
            self.bed.skew[target] = skew
            self.bed.machines.clock(target, skew)
            self.clocks += 1

    def stop(self, _, seconds):
        self.faults.stop(seconds)

    def crash(self, _, seconds):
        self.faults.crash(seconds)

    def full(self, _, seconds):
        self.faults.full(seconds)

    def lose(self, target, _):
        with self.busy[target]:
            self.faults.lose(target)

    # ---- the run ----

    def plan(self):
        return schedule(self.seed, self.seconds, self.bed.machines.clients)

    def run(self):
        plan = self.plan()
        print(f"     seed {self.seed}, {self.seconds:.0f} s, {len(plan)} faults planned:", flush=True)
        big = [p for p in plan if p[1] != PROCESS]
        print("     " + ", ".join(f"{p[0]:.0f} s {p[2]} {p[3] if p[1] == HOST else ''} {p[4]:.0f}" for p in big))
        self.began = time.monotonic()
        for user in self.bed.users:
            user.start()
        lanes = [Lane(self, [p for p in plan if p[1] == lane], self.sure.get(lane, 0)) for lane in LANES]
        for lane in lanes:
            lane.join()
        for dropper in self.droppers:
            dropper.over.set()
        return [lane.trouble for lane in lanes if lane.trouble]

    def dropped(self):
        attempted, acknowledged = {}, set()
        for dropper in self.droppers:
            attempted.update(dropper.attempted)
            acknowledged |= dropper.acknowledged
        return attempted, acknowledged

    def rest(self, seconds, tolerated):
        """All is healed: wait until all is finished, and nothing else is left. How long the first took."""
        began = time.monotonic()
        for dropper in self.droppers:
            dropper.join(120)
            if dropper.is_alive():
                raise cluster.Failure(f"the user on {dropper.guest} still waits for an answer")
            if dropper.trouble:
                raise cluster.Failure(f"the user on {dropper.guest}: {dropper.trouble}")
        attempted, _ = self.dropped()

        def done():
            return self.bed.published() >= len(attempted)

        try:
            cluster.until(done, seconds, f"{len(attempted)} documents", 0.2)
        finally:
            self.consumer.over.set()
            self.consumer.join(120)
        took = time.monotonic() - began
        self.bed.spool.wait_for_rest(seconds, tolerated)
        return took


def judge(chaos, check):
    """What must hold after a rest."""
    bed = chaos.bed
    for user in bed.users:
        check(user.trouble is None, f"the {type(user).__name__.lower()} on {user.guest}: {user.trouble or 'no trouble'}")
    for client in bed.machines.clients:
        status = bed.stop(client)
        check(status == 0, f"extractd on {client} ends with {status} on SIGTERM")
    kinds = {record.kind for record in chaos.faults.records}
    kills = sum(chaos.faults.kills.values())
    rest = len(chaos.faults.records) - kills
    check(kills > 5 and rest > 1, f"{kills} processes killed, {rest} other faults, {len(kinds)} kinds")
    missing = chaos.consumer.missing
    check(not missing, f"{len(chaos.consumer.taken)} results were complete when their PDF was seen {missing[:5] or ''}")
    return judge_tree(bed, check, *chaos.dropped())


def judge_tree(bed, check, attempted, acknowledged):
    """The stream, the disk, and what spoolctl makes of it."""
    bed.stream.stop()
    replay = bed.stream.replay
    replay.finish(set(attempted))
    check(
        not replay.breaches and replay.moves > 0,
        f"{replay.moves} renames seen by the server keep every rule {replay.breaches[:8] or ''}",
    )
    outcome = verdict.Verdict(bed, attempted, acknowledged)
    outcome.check(check)
    audit = bed.spool.audit("c2", "--verify")
    check(audit["ok"] and not audit["problems"], f"spoolctl audit --verify: {str(audit)[:600]}")
    return outcome
