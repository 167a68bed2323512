#!/usr/bin/env python3
"""gluster: GlusterFS as a second cluster file system. Goal: the doctor finds it fit, claims are exclusive between two mounts, and
two hosts that work on one spool through a mount each lose nothing when one of them is killed with documents in its hands.

    tests/cluster/gluster.py --build build [--keep FOLDER]

One glusterd, a replicated volume of two bricks, and two FUSE mounts of it, in namespaces that end with this program. Two
extractd with names of their own stand for two hosts. They share a kernel; what they do not share is the cache of a mount.
Says "SKIPPED: why" where this machine has no GlusterFS, or may not mount it.
"""

import argparse
import copy
import multiprocessing
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import cluster
import documents
from run import build_helpers

HERE = os.path.dirname(os.path.abspath(__file__))
ADDRESS, VOLUME = "10.79.0.1", "spool"
TOP = "/run/pdfspool"  # on a tmpfs of ours: bricks and mounts
BRICKS = [f"{TOP}/brick1", f"{TOP}/brick2"]
HOSTS = ("alpha", "beta")
PROGRAMS = {"glusterd": "glusterfs-server", "gluster": "glusterfs-cli", "mount.glusterfs": "glusterfs-client", "ip": "iproute2"}
RACERS, NAMES = 4, 500  # processes on each mount, and what they race for
LOOKS, PATIENCE, POLL = 10, 20, 1.2
LATE, AT_ONCE = 5, 1  # s: names and times are kept for 1 s by FUSE, and again by the volume; a busy machine adds to both
COUNT, LONG = 160, 6000  # documents; pages of some, so that something is in hand when the lightning strikes
SETTINGS = {"spool.settle_time": "1s", "spool.beat_interval": "500ms", "spool.self_stop": "3s", "spool.lease_timeout": "8s",
            "worker.free_space_floor": "0", "worker.poll_max": "500ms"}


def missing():
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    lacks = [f"{program} is missing (package {package})" for program, package in PROGRAMS.items() if not shutil.which(program, path=path)]
    if os.geteuid() != 0:
        lacks.append("only root may mount")
    if not os.path.exists("/dev/fuse"):
        lacks.append("/dev/fuse is missing: GlusterFS is mounted by FUSE")
    return lacks


def command(*words, seconds=60):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds, check=False, text=True, errors="replace")
    if done.returncode != 0:
        raise cluster.Failure(f"{' '.join(words)}: status {done.returncode}: {done.stdout.strip()}")
    return done.stdout


def gluster(*words):
    return command("gluster", "--mode=script", *words)


def mount(folder, *options):
    os.mkdir(folder)
    command("mount", "-t", "glusterfs", *[word for option in options for word in ("-o", option)], f"{ADDRESS}:/{VOLUME}", folder)
    return folder


def volume():
    """A volume, mounted once for each host: {host: its mount}. All of it ends with the namespaces."""
    command("ip", "link", "set", "lo", "up")
    command("ip", "addr", "add", ADDRESS + "/32", "dev", "lo")
    for folder in ("/var/lib/glusterd", "/var/log/glusterfs", "/run"):
        os.makedirs(folder, exist_ok=True)
        command("mount", "-t", "tmpfs", "tmpfs", folder)
    for folder in ("/run/gluster", *BRICKS):
        os.makedirs(folder)
    command("glusterd", "--pid-file", f"{TOP}/glusterd.pid")

    def answers():
        return subprocess.run(["gluster", "--mode=script", "volume", "list"], capture_output=True, check=False).returncode == 0

    cluster.until(answers, 30, "glusterd answers")
    gluster("volume", "create", VOLUME, "replica", "2", *[f"{ADDRESS}:{brick}" for brick in BRICKS], "force")
    gluster("volume", "start", VOLUME)
    mounts = {}
    for host in HOSTS:
        mounts[host] = mount(f"{TOP}/{host}")
    return mounts


def kit(build):
    """The spools of tests/scenario."""
    os.environ["BUILD"] = build
    sys.path.insert(0, os.path.join(HERE, "..", "scenario"))
    import spooltest  # pylint: disable=import-error,import-outside-toplevel

    return spooltest


# ---- a race between two mounts ----


def racer(mount, me, gun, results):
    """Claims by rename what it can, as fast as it can: (won, lost, errors that are neither)."""
    won, lost, strange = [], 0, []
    gun.wait()
    for i in range(NAMES):
        name = f"doc-{(i + (me % 2) * NAMES // 2) % NAMES}"
        try:
            os.rename(f"{mount}/race/from/{name}", f"{mount}/race/to/{me}.{name}")
            won.append(name)
        except FileNotFoundError:
            lost += 1
        except OSError as error:
            strange.append(str(error))
    results.put((me, won, lost, strange))


def race(mounts, check):
    first = mounts[HOSTS[0]]
    os.makedirs(f"{first}/race/from")
    os.makedirs(f"{first}/race/to")
    for i in range(NAMES):
        with open(f"{first}/race/from/doc-{i}", "xb"):
            pass
    gun, results = multiprocessing.Event(), multiprocessing.Queue()
    racers = [multiprocessing.Process(target=racer, args=(mounts[HOSTS[i % 2]], i, gun, results)) for i in range(2 * RACERS)]
    for process in racers:
        process.start()
    began = time.monotonic()
    gun.set()
    scores = [results.get(timeout=120) for _ in racers]
    took = time.monotonic() - began
    for process in racers:
        process.join(10)
    won = [name for _, names, _, _ in scores for name in names]
    by_mount = [sum(len(names) for me, names, _, _ in scores if me % 2 == side) for side in (0, 1)]
    strange = [error for score in scores for error in score[3]]
    check("race: each name was won once", len(won) == len(set(won)) == NAMES, f"{len(won)} wins of {len(set(won))} names")
    check("race: both mounts won some", min(by_mount) > 0, by_mount)
    check("race: the losers saw ENOENT and nothing else", not strange, strange[:5])
    for mount in mounts.values():
        arrived = sorted(os.listdir(f"{mount}/race/to"))
        check(f"race: {mount} shows what arrived", len(arrived) == NAMES, len(arrived))
    print(f"        {2 * RACERS} processes on two mounts, {NAMES} names, won {by_mount}: {took:.1f} s, {NAMES * 2 * RACERS / took:.0f} renames tried a second")


# ---- what one mount sees of the other ----


class Hands:
    """nfsfacts: single calls on one mount; slot 1 is a folder."""

    def __init__(self, helpers, folder):
        self.program = subprocess.Popen([f"{helpers}/nfsfacts"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.must(f"open 1 {folder}")

    def ask(self, line):
        self.program.stdin.write(line + "\n")
        return self.program.stdout.readline().strip()

    def must(self, line):
        answer = self.ask(line)
        if not answer.startswith("ok"):
            raise cluster.Failure(f"{line}: {answer}")
        return answer

    def look(self, name):
        """As the protocol looks: the folder opened anew, the name asked for by FORCE_SYNC."""
        self.must("openat 5 1 .")
        return self.ask(f"sync 5 {name}")

    def close(self):
        self.program.stdin.close()
        self.program.wait(10)


def until_seen(seen):
    """Seconds until beta's look tells it; Failure after PATIENCE. Not more often than each POLL: a name that is asked for
    again and again within a second stays in the volume's cache (performance.stat-prefetch) for ever, though it is gone."""
    began = time.monotonic()
    while not seen():
        if time.monotonic() - began > PATIENCE:
            raise cluster.Failure(f"one mount does not see what the other did {PATIENCE} s ago")
        time.sleep(POLL)
    return time.monotonic() - began


def mtime(answer):
    found = re.search(r"mtime=(\S+)", answer)
    return found and found.group(1)


def lateness(folder_of, helpers):
    """How late beta sees, by looks, what alpha has made, touched, moved away, though beta has just looked: {what: [s]}."""
    alpha, beta = (Hands(helpers, folder_of[host]) for host in HOSTS)
    late = {"made": [], "touched": [], "moved away": []}
    for i in range(LOOKS):
        beta.look(f"n{i}")
        alpha.must(f"create 1 n{i} 10")
        late["made"].append(until_seen(lambda name=f"n{i}": beta.look(name).startswith("ok")))
        alpha.must(f"touch 1 n{i}")
        now = mtime(alpha.must(f"sync 1 n{i}"))
        late["touched"].append(until_seen(lambda name=f"n{i}", now=now: mtime(beta.look(name)) == now))
        alpha.must(f"rename 1 n{i} 1 m{i}")
        late["moved away"].append(until_seen(lambda name=f"n{i}": beta.look(name) == "ENOENT"))
    alpha.close()
    beta.close()
    return late


def freshness(mounts, helpers, check):
    """With the defaults, and with neither the kernel nor the volume keeping names and times."""
    ways = {"with the defaults": mounts}
    gluster("volume", "set", VOLUME, "performance.stat-prefetch", "off")
    ways["with attribute-timeout=0, entry-timeout=0 and performance.stat-prefetch off"] = {
        host: mount(f"{TOP}/{host}-fresh", "attribute-timeout=0,entry-timeout=0") for host in HOSTS}
    for number, (way, those) in enumerate(ways.items()):
        gluster("volume", "set", VOLUME, "performance.stat-prefetch", "off" if number else "on")
        os.mkdir(f"{those[HOSTS[0]]}/fresh{number}")
        late = lateness({host: f"{those[host]}/fresh{number}" for host in HOSTS}, helpers)
        most = {what: max(seconds) for what, seconds in late.items()}
        print(f"        {way}: seen by a look of the other mount after, median and most: " + ", ".join(
            f"{what} {statistics.median(seconds):.2f} {max(seconds):.2f} s" for what, seconds in late.items()))
        bound = AT_ONCE if number else LATE
        check(f"{way}: a look sees what another mount did within {bound} s", max(most.values()) < bound, most)
    for folder in ways.popitem()[1].values():
        command("umount", folder)
    gluster("volume", "set", VOLUME, "performance.stat-prefetch", "on")


# ---- two hosts on one spool ----


def elsewhere(spool, mounts, host, logs):
    """The same spool, as another host has mounted it."""
    other = copy.copy(spool)
    other.path = spool.path.replace(os.fsencode(mounts[HOSTS[0]]), os.fsencode(mounts[host]))
    other.top, other.workers = os.fsencode(logs), []
    return other


def doctors(spools, check):
    for host, spool in spools.items():
        code, out, err = spool.ctl("doctor")
        out = out.decode(errors="replace")
        bad = re.findall(r"^(fail .*)$", out, re.M)
        caged = not [line for line in bad if line.split()[1] != "sandbox"]
        check(f"doctor on {host}'s mount: fit", (code == 0 or bad) and caged, out + err.decode(errors="replace"))
        check(f"doctor on {host}'s mount: it is told as what it is", re.search(r"^warn +mount +fuse.glusterfs: .*clocks", out, re.M), out)
        print("        " + (re.search(r"^ok +claims.*$", out, re.M) or re.search("^.*claims.*$", out, re.M)).group(0))


def work(kit_, spools, check):
    """Documents for both; one host's extractd is killed with some of them, and its successor comes later than the lease ends."""
    first, second = (spools[host] for host in HOSTS)
    law = kit_.Law(first)
    for i in range(COUNT):
        words = documents.words_of(i)
        law.drop(b"in/d%04d.pdf" % i, kit_.small_pdf(words, LONG if i % 12 == 0 else 1 + i % 3), words)
    began = time.monotonic()
    workers = {host: spools[host].start("--slots", "3", host=host) for host in HOSTS}
    kit_.until(lambda: first.finished() >= COUNT // 6 and [c for c in first.claimed() if c[0] == b"alpha"], 60)
    held = [c for c in first.claimed() if c[0] == b"alpha"]
    gone = workers["alpha"].kill()
    done = first.finished()
    check("alpha is killed with documents in its hands", held and done < COUNT, (len(held), done))
    check("beta finishes all of them", kit_.until(lambda: second.finished() >= COUNT, 120, 0.2), (second.finished(), second.waiting()))
    took = time.monotonic() - began
    check("nothing of alpha's outlived it", not kit_.still_alive(gone), gone)
    back = kit_.until(lambda: not [l for l in second.leases() if l[0] == b"alpha"], 60, 0.2)
    check("alpha's lease was taken back", back, second.leases())
    print(f"        {COUNT} documents in {took:.1f} s, {len(held)} of them in the hands of the host that was killed after {done}")
    workers["alpha"] = first.start("--slots", "3", host="alpha")
    law.drop(b"last.pdf", kit_.small_pdf("the last of all"), "the last of all")
    check("alpha works again", second.wait_finished(COUNT + 1, 30), second.waiting())
    check("both end on SIGTERM", [w.stop() for w in workers.values()] == [0, 0])
    hosts = {first.json(b"done/" + path)["host"] for path in first.done()}
    check("both did some of the work", hosts == set(HOSTS), hosts)
    for host, spool in spools.items():
        found = kit_.Law(spool)
        found.dropped = law.dropped
        problems = found.problems(leftovers=True)
        check(f"lost 0, duplicated 0, each with its own text, as {host} sees it", not problems, problems[:5])
        code, audit, err = spool.ctl("audit", "--verify", json_=True)
        check(f"spoolctl audit --verify on {host}'s mount is clean", code == 0 and audit["ok"] and not audit["problems"], audit or err)
    check("nothing failed", not first.failed(), first.failed())


def all_of_it(build, helpers, keep):
    kit_ = kit(build)
    t = kit_.Checks()
    mounts = volume()
    print("        " + command("glusterfs", "--version").splitlines()[0])
    race(mounts, t.check)
    freshness(mounts, helpers, t.check)
    tempfile.tempdir = mounts[HOSTS[0]]
    logs = f"{TOP}/logs"
    os.mkdir(logs)
    with kit_.Spool(SETTINGS, name="gluster") as spool:
        spools = {host: elsewhere(spool, mounts, host, logs) for host in HOSTS}
        tempfile.tempdir = None
        try:
            doctors(spools, t.check)
            work(kit_, spools, t.check)
        finally:
            for other in spools.values():
                for worker in other.workers:
                    worker.kill_all()
            if keep:
                shutil.copytree(logs, keep, dirs_exist_ok=True)
    for mount in mounts.values():
        command("umount", mount)
    gluster("volume", "stop", VOLUME, "force")
    t.finish()


def main():
    parser = argparse.ArgumentParser(description="pdfspool on GlusterFS")
    parser.add_argument("--build", default="build", help="the folder with extractd, spoolctl and mkpdf")
    parser.add_argument("--keep", help="a folder for the logs")
    arguments = parser.parse_args()
    lacks = missing()
    if lacks:
        print("SKIPPED: GlusterFS cannot be tried here: " + "; ".join(lacks))
        return 0
    cluster.enter()
    build = os.path.abspath(arguments.build)
    try:
        build_helpers(os.path.join(build, "cluster"))
        all_of_it(build, os.path.join(build, "cluster"), arguments.keep)
    except (cluster.Failure, OSError, RuntimeError) as error:
        print(f"FAILED  {type(error).__name__}: {error}")
        print("0 passed, 1 failed")
    return 1


if __name__ == "__main__":
    sys.exit(main())
