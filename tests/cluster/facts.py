"""facts: what the protocol takes for granted of NFS, proved on real mounts.

Each function below is one fact. It gets a Bench with a program per client that makes single file
system calls (nfsfacts.c), and a folder of its own, open in slot 1 of each. c1 and c2 play two hosts.
"""

import time

import mountstats

RACED, RACES = 500, 4
ROUNDS = 20
TICKS = 20


def next_tick():
    """Let the server's file clock move on (10 ms in a guest): see same_tick."""
    time.sleep(0.03)


class Bench:
    def __init__(self, cluster, version, check):
        self.cluster, self.version, self.check = cluster, version, check
        self.root = f"/srv/v{version}"
        program = cluster.helpers + "/nfsfacts"
        self.talks = {name: cluster.talk(name, program) for name in cluster.clients}
        self.folder = None

    def close(self):
        for talk in self.talks.values():
            talk.close()

    def prove(self, fact):
        """Run one in a new folder, open in slot 1 of every client."""
        self.folder = f"{self.root}/{fact.__name__}-{self.version}"
        self.cluster.run(self.cluster.clients[0], f"mkdir {self.folder}")
        for name in self.cluster.clients:
            self.do(name, f"open 1 {self.folder}")
        fact(self)

    def try_do(self, name, line):
        """The answer: {'error': None or 'ENOENT' or ..., 'ino': 15, ...}."""
        word, *rest = self.talks[name].ask(line).split()
        values = {key: int(value) for key, _, value in (item.partition("=") for item in rest if "=" in item)}
        return {"error": None if word == "ok" else word, **values}

    def do(self, name, line):
        """The same for what must succeed."""
        answer = self.try_do(name, line)
        if answer["error"]:
            raise AssertionError(f"{name}: {line}: {answer['error']}")
        return answer

    def error(self, name, line):
        """What it fails with, or None."""
        return self.try_do(name, line)["error"]

    def note(self, what):
        """Say what is worth knowing and proves nothing."""
        print(f"     v{self.version} note: {what}", flush=True)


def fresh_look(bench):
    """A folder opened again by its descriptor shows names that were cached as absent."""
    assert bench.error("c2", "stat 1 new") == "ENOENT"
    next_tick()
    bench.do("c1", "create 1 new 10")
    held = bench.error("c2", "stat 1 new"), bench.error("c2", "sync 1 new")
    bench.check(held == ("ENOENT", "ENOENT"), f"a held folder hides a new name from stat and FORCE_SYNC: {held}")
    bench.do("c2", "openat 2 1 .")
    seen = bench.error("c2", "sync 2 new")
    bench.check(seen is None, f'openat(fd, "."), then statx FORCE_SYNC, sees it at once: {seen or "yes"}')
    old = bench.error("c2", "stat 1 new")
    bench.check(old is None, f"so does from then on the descriptor that was held: {old or 'yes'}")


def fresh_look_by_getattr(bench):
    """statx FORCE_SYNC of the held folder itself is as good as opening it again."""
    assert bench.error("c2", "stat 1 new") == "ENOENT"
    next_tick()
    bench.do("c1", "create 1 new 10")
    assert bench.error("c2", "sync 1 new") == "ENOENT"
    bench.do("c2", "syncfd 1")
    seen = bench.error("c2", "sync 1 new")
    bench.check(seen is None, f'statx(fd, "", FORCE_SYNC), then statx of the name, sees it: {seen or "yes"}')


def fresh_rename(bench):
    """A rename believes a name cached as absent, until the folder is opened again."""
    bench.do("c1", "mkdir 1 other")
    bench.do("c2", f"open 4 {bench.folder}/other")
    assert bench.error("c2", "stat 1 new") == "ENOENT"
    next_tick()
    bench.do("c1", "create 1 new 10")
    blind = bench.error("c2", "rename 1 new 4 got")
    bench.check(blind == "ENOENT", f"through the held folder rename answers {blind}, though the name is there")
    bench.do("c2", "openat 2 1 .")
    after = bench.error("c2", "rename 2 new 4 got")
    bench.check(after is None, f'after openat(fd, ".") it succeeds: {after or "yes"}')


def lost_race(bench):
    """The look that tells what a rename's ENOENT means: source and destination, as they are."""
    bench.do("c1", "mkdir 1 work")
    for client in ("c1", "c2"):
        bench.do(client, f"open 4 {bench.folder}/work")
    bench.do("c1", "create 1 doc 10")
    bench.do("c2", "openat 2 1 .")
    bench.do("c2", "sync 2 doc")
    next_tick()
    bench.do("c1", "rename 1 doc 4 mine")
    lost = bench.error("c2", "rename 1 doc 4 yours")
    bench.do("c2", "openat 2 1 .")
    bench.do("c2", "openat 5 4 .")
    looks = [bench.error("c2", f"sync {name}") for name in ("2 doc", "5 yours", "5 mine")]
    bench.check(lost == "ENOENT", f"the loser's rename answers {lost}")
    bench.check(looks == ["ENOENT", "ENOENT", None], f"looks: source, own name, winner's name: {looks}")


def stale_present_name(bench):
    """A name cached as present, with a new file under it: opening the folder again drops it."""
    bench.do("c1", "create 1 x 10")
    bench.do("c2", "openat 2 1 .")
    old = bench.do("c2", "sync 2 x")["ino"]
    next_tick()
    bench.do("c1", "rename 1 x 1 away")
    bench.do("c1", "create 1 x 20")
    held = bench.do("c2", "sync 2 x")["ino"]
    bench.check(held == old, "a held folder gives the old file, even to FORCE_SYNC")
    bench.do("c2", "openat 3 2 .")
    new = bench.do("c2", "sync 3 x")
    bench.check(new["ino"] != old and new["size"] == 20, 'after openat(fd, ".") the name gives the new file')
    bench.do("c2", "rename 3 x 3 token")
    same = bench.do("c2", "sync 3 token")["ino"], bench.do("c2", "ino 3 token")["ino"]
    bench.check(same == (new["ino"], new["ino"]), "renamed, statx and getdents agree on it")


def stale_present_claim(bench):
    """The same trap without opening the folder again: only getdents knows what was renamed."""
    bench.do("c1", "create 1 x 10")
    bench.do("c2", "openat 2 1 .")
    old = bench.do("c2", "sync 2 x")["ino"]
    next_tick()
    bench.do("c1", "rename 1 x 1 away")
    bench.do("c1", "create 1 x 20")
    new = bench.do("c1", "sync 1 x")["ino"]
    bench.do("c2", "rename 2 x 2 token")
    stated, listed = bench.do("c2", "sync 2 token")["ino"], bench.do("c2", "ino 2 token")["ino"]
    bench.check((stated, listed) == (old, new), "statx of the token gives the old file, getdents the one renamed")


def same_tick(bench):
    """Two changes of a folder within one tick of the server's clock, and a look between them.

    NFSv3 tells folders' states apart by their times alone, so a client cannot see the second change;
    it stays blind until the folder changes in a later tick, and its own changes do not count.
    NFSv4's change attribute has no such hole. What always helps: drop the listing that is cached
    (POSIX_FADV_DONTNEED on the folder) and read the folder; that renews the names, too.
    """
    blind = {"statx": 0, "listing": 0, "sure listing": 0, "statx after it": 0}
    for number in range(TICKS):
        name = f"doc{number}"
        next_tick()
        bench.do("c1", "create 1 tmp 5")
        bench.do("c2", "openat 2 1 .")
        bench.error("c2", f"stat 2 {name}")
        bench.error("c2", f"ino 2 {name}")
        bench.do("c1", f"rename 1 tmp 1 {name}")
        next_tick()
        bench.do("c2", "openat 3 2 .")
        blind["statx"] += bench.error("c2", f"sync 3 {name}") is not None
        blind["listing"] += bench.error("c2", f"ino 3 {name}") is not None
        bench.do("c2", "openat 3 2 .")
        bench.do("c2", "forget 3")
        blind["sure listing"] += bench.error("c2", f"ino 3 {name}") is not None
        blind["statx after it"] += bench.error("c2", f"sync 3 {name}") is not None
    figures = ", ".join(f"{what} {count}" for what, count in blind.items())
    if bench.version == "3":
        bench.note(f"blind of {TICKS}: {figures}")
    else:
        bench.check(blind["statx"] == blind["listing"] == 0, f"blind of {TICKS}: {figures}")
    bench.check(
        blind["sure listing"] == blind["statx after it"] == 0,
        "a listing after POSIX_FADV_DONTNEED, and statx after that, are never blind",
    )


def same_tick_rename(bench):
    """What a rename's ENOENT leaves in the caches, when another host was there in the same tick.

    The source's name is asked for again afterwards, and the destination's was never cached: so after
    an error look at the source, and at the (unique) destination only once the source is gone.
    """
    wrong = {"source still there": 0, "destination absent": 0}
    blind = 0
    bench.do("c1", "mkdir 1 work")
    for client in ("c1", "c2"):
        bench.do(client, f"open 4 {bench.folder}/work")
    for number in range(TICKS):
        name, token = f"doc{number}", f"token{number}"
        next_tick()
        bench.do("c1", f"create 1 {name} 5")
        bench.do("c2", "openat 2 1 .")
        bench.do("c2", f"sync 2 {name}")
        bench.do("c1", f"create 4 other{number} 5")
        bench.do("c2", "openat 5 4 .")
        bench.error("c2", f"sync 5 early{number}")
        bench.do("c1", f"rename 1 {name} 4 {token}")  # plays a late call of c2's own
        bench.do("c1", f"create 4 early{number} 5")
        lost = bench.error("c2", f"rename 2 {name} 4 {token}")
        assert lost == "ENOENT", lost
        bench.do("c2", "openat 2 1 .")
        bench.do("c2", "openat 5 4 .")
        wrong["source still there"] += bench.error("c2", f"sync 2 {name}") is None
        wrong["destination absent"] += bench.error("c2", f"sync 5 {token}") is not None
        blind += bench.error("c2", f"sync 5 early{number}") is not None
    bench.note(f"a destination that was looked at before: wrongly absent in {blind} of {TICKS}")
    bench.check(not any(wrong.values()), f"after a rename's ENOENT, wrong of {TICKS}: {wrong}")


def touches_seen(bench):
    """Heartbeats: utimensat(NULL) of one client shows at once to the FORCE_SYNC of another."""
    bench.do("c1", "create 1 beat 0")
    bench.do("c2", "openat 2 1 .")
    first = bench.do("c2", "sync 2 beat")["mtime"]
    bench.do("c2", "opath 3 2 beat")
    time.sleep(0.05)
    bench.do("c1", "touch 1 beat")
    cached = bench.do("c2", "stat 2 beat")["mtime"] == first
    bench.check(cached, "plain stat still has the old time from its cache")
    by_handle = bench.do("c2", "syncfd 3")["mtime"]
    by_name = bench.do("c2", "sync 2 beat")["mtime"]
    bench.check(by_handle > first, "FORCE_SYNC through an O_PATH descriptor sees the touch")
    bench.check(by_name == by_handle, "FORCE_SYNC by name through the held folder, too")
    time.sleep(0.05)
    bench.do("c1", "touch 1 beat")
    again = bench.do("c2", "sync 2 beat")["mtime"]
    bench.check(again > by_name, "and so the next one, by name first")


def rename_times(bench):
    """A rename keeps mtime and changes ctime, within one folder and between two."""
    bench.do("c1", "mkdir 1 other")
    bench.do("c1", f"open 4 {bench.folder}/other")
    bench.do("c1", "create 1 f 10")
    steps = [bench.do("c1", "sync 1 f")]
    for step, look in (("rename 1 f 1 g", "sync 1 g"), ("rename 1 g 4 h", "sync 4 h")):
        time.sleep(0.05)
        bench.do("c1", step)
        steps.append(bench.do("c1", look))
    for what, before, after in (("within one folder", *steps[:2]), ("between two", *steps[1:])):
        kept = after["mtime"] == before["mtime"] and after["ino"] == before["ino"]
        bench.check(kept and after["ctime"] > before["ctime"], f"{what}: mtime and inode kept, ctime changed")


def one_race(bench, number):
    """Three clients rename the same names. How many of them won some."""
    source, target = f"in{number}", f"out{number}"
    bench.do("c1", f"mkdir 1 {source}")
    bench.do("c1", f"mkdir 1 {target}")
    script = f"cd {bench.folder}/{source} && for i in $(seq -f %06g 0 {RACED - 1}); do echo $i >f$i; done"
    bench.cluster.run("c1", script)
    for name, talk in bench.talks.items():
        bench.do(name, f"open 4 {bench.folder}/{source}")
        bench.do(name, f"open 5 {bench.folder}/{target}")
    start = time.time_ns() + 300_000_000
    for name, talk in bench.talks.items():
        talk.send(f"race {RACED} {start} 4 f% 5 f%.{name}")
    counts = {}
    for name, talk in bench.talks.items():
        counts[name] = {k: int(v) for k, v in (w.split("=") for w in talk.receive().split()[1:])}
    won = sum(c["won"] for c in counts.values())
    other = sum(c["other"] for c in counts.values())
    share = ", ".join(f"{name} won {c['won']}" for name, c in counts.items())
    names = bench.cluster.run("srv", f"ls /srv/export/data/race-{bench.version}/{target}").split()
    distinct = len({name.split(".")[0] for name in names})
    bench.check(won == distinct == len(names) == RACED, f"{RACED} names, {won} wins, {distinct} distinct ({share})")
    bench.check(other == 0, f"losers saw ENOENT and nothing else ({other} other errors)")
    return sum(1 for c in counts.values() if c["won"] > 0)


def race(bench):
    """Each name has one winner, the losers see ENOENT alone. Where one client did not get the processor in time it was
    no race, and is run again."""
    busy = 0
    for number in range(RACES):
        busy = max(busy, one_race(bench, number))
        if busy >= 2:
            break
    bench.check(busy >= 2, f"it was a race: {busy} clients won some")


def inode_numbers(bench):
    """getdents and stat give the same inode number."""
    bench.do("c1", "create 1 f 10")
    bench.do("c2", "openat 2 1 .")
    listed, stated = bench.do("c2", "ino 2 f")["ino"], bench.do("c2", "sync 2 f")["ino"]
    bench.check(listed == stated, f"d_ino {listed}, st_ino {stated}")


def server_clock(bench):
    """utimensat(NULL) takes the server's clock, whatever the client's says."""
    bench.cluster.clock("c3", 300)
    try:
        off = int(bench.cluster.run("c3", "date +%s")) - time.time()
        bench.do("c3", "create 1 f 10")
        bench.do("c3", "touch 1 f")
        error = bench.do("c1", "sync 1 f")["mtime"] / 1e9 - time.time()
    finally:
        bench.cluster.clock("c3")
    bench.check(off > 290, f"the client's clock is {off:.0f} s off")
    bench.check(abs(error) < 5, f"the file's time is {error:+.2f} s from the server's")


# What each call costs: what is told, what the other host does first, what is done first and not
# counted, the counted call (ROUNDS times), and the most RPCs that it may cost on v4.2 and on v3.
AGAIN = "openat 2 1 ."
COSTS = [
    ('openat(fd, "."), folder unchanged', None, AGAIN, AGAIN, 1, 1),
    ("statx FORCE_SYNC of the open folder", None, None, "syncfd 1", 1, 1),
    ("statx FORCE_SYNC, name not cached", "create 1 a% 100", AGAIN, "sync 2 a%", 2, 2),
    ("statx FORCE_SYNC, name cached", None, None, "sync 2 a%", 1, 1),
    ("rename between folders, name cached", None, None, "rename 2 a% 5 a%", 1, 1),
    ("rename in one folder, name cached", None, None, "rename 5 a% 5 done!a%", 1, 1),
    ("statx FORCE_SYNC, name absent", None, AGAIN, "sync 2 absent%", 1, 1),
    ("statx, name not cached", "create 1 b% 100", AGAIN, "stat 2 b%", 1, 1),
    ("statx, name cached", None, None, "stat 2 b%", 0, 0),
    ("rename between folders, not cached", "create 1 c% 100", AGAIN, "rename 2 c% 5 c%", 2, 2),
    ("rename of an absent name", None, AGAIN, "rename 2 gone% 5 gone%", 1, 1),
    ("create, write 20 kB, fsync, close", None, None, "create 5 t% 20000", 3, 3),
    ("create, write 2 kB, fsync, close", None, None, "create 5 j% 2000", 3, 3),
    ("open, read 100 kB, close, not cached", "create 1 r% 100000", AGAIN, "read 2 r%", 3, 3),
    ("open, read 100 kB, close, name cached", "create 1 s% 100000", "stat 2 s%", "read 2 s%", 3, 3),
    ("utimensat(NULL), name cached", None, None, "touch 2 s%", 1, 1),
    ("symlink", None, None, "symlink me 5 link%", 1, 1),
    ("readlink, name cached", None, None, "readlink 5 link%", 0, 0),
    ("unlink, name cached", None, None, "unlink 5 link%", 1, 1),
    ("unlink, not cached", "create 1 d% 100", AGAIN, "unlink 2 d%", 2, 2),
    ("mkdir", None, None, "mkdir 5 dir%", 1, 1),
    ("rmdir", None, None, "rmdir 5 dir%", 1, 1),
    ("fsync of a folder", None, None, "fsync 5", 0, 0),
]


def costs(bench):
    """RPCs per call, by the kernel's own counters."""
    bench.do("c2", "mkdir 1 own")
    bench.do("c2", f"open 5 {bench.folder}/own")
    for what, others, before, counted, most42, most3 in COSTS:
        if others:
            bench.do("c1", f"times {ROUNDS} {others}")
        if before:
            bench.do("c2", AGAIN)
            bench.do("c2", f"times {ROUNDS} {before}")
        start = mountstats.read(bench.cluster, "c2", bench.root)
        failed = bench.do("c2", f"times {ROUNDS} {counted}")["failed"]
        sent = mountstats.difference(start, mountstats.read(bench.cluster, "c2", bench.root))
        most = most3 if bench.version == "3" else most42
        right = failed == (ROUNDS if "absent" in what else 0)
        total = sum(sent.values()) / ROUNDS
        bench.check(
            right and total <= most + 0.25,
            f"RPCs: {what:37} <= {most}: {mountstats.line(sent, ROUNDS)}" + ("" if right else f", {failed} failed"),
        )


FACTS = [
    fresh_look,
    fresh_look_by_getattr,
    fresh_rename,
    lost_race,
    stale_present_name,
    stale_present_claim,
    same_tick,
    same_tick_rename,
    touches_seen,
    rename_times,
    race,
    inode_numbers,
    server_clock,
    costs,
]
