"""doctors: what spoolctl doctor says of shares over NFS, good and bad, and of a file system without links. In a guest."""

import re

from spool import Spool, settings

MODES = {"soft": ("soft,timeo=50", "warn +mount +mounted with soft"), "noac": ("noac", "warn +mount +mounted with noac")}
VFAT = """set -e
modprobe loop; modprobe vfat; modprobe nls_cp437; modprobe nls_iso8859-1; modprobe nls_ascii
truncate -s 40M /run/vfat.img; mkfs.vfat /run/vfat.img >/dev/null
mkdir -p /srv/vfat; mount -o loop /run/vfat.img /srv/vfat
"""


class Asked:
    """One answer of the doctor."""

    def __init__(self, machines, guest, build, spool, user="0"):
        words = f"setpriv --reuid {user} --regid {user} --clear-groups {build}/spoolctl --spool {spool} doctor"
        outcome = machines.try_run(guest, words, 120)
        self.status, self.text = outcome.status, outcome.text
        told = re.findall(r"^(ok|warn|fail) +(\S+) ", self.text, re.M)
        self.verdicts = {name: verdict for verdict, name in told}

    def failed(self):
        return {name for name, verdict in self.verdicts.items() if verdict == "fail"}

    def says(self, pattern):
        return re.search(pattern, self.text, re.M) is not None


def doctor(machines, version, check, build):
    """As nobody in particular: a share as it should be; mounted badly; squashed; read-only; and, once, vfat."""
    spool = Spool(machines, version, "doctor", build, settings([], []))
    good = Asked(machines, "c1", build, spool.path("c1"))
    check(good.status == 0 and not good.failed() and len(good.verdicts) >= 18, f"a good share is fit: {summary(good)}")
    check(good.says(rf"^ok +mount +NFS {version}, options are well"), f"it is told as NFS {version}")
    check(good.says(r"^ok +claims +16 processes raced for 200 names: each was won once"), "claims are exclusive on it")
    for mode, (options, words) in MODES.items():
        where = machines.mount(["c2"], version, options + ",nosharecache", f"/srv/{mode}{version}")
        asked = Asked(machines, "c2", build, f"{where}/{spool.name}")
        check(asked.status == 0 and asked.says(words), f"mounted with {mode}: it warns, and says why: {summary(asked)}")
        machines.run("c2", f"umount {where}")
    read_only(machines, version, check, build, spool)
    owner = Asked(machines, "c1", build, spool.path("c1"), "4321")
    check(owner.status == 1 and owner.failed() == {"write"} and owner.says("it belongs to uid 0 .*, and this is uid 4321"),
          f"another user's: {summary(owner)}")
    left = machines.run("srv", f"ls -A {spool.behind}/control | grep doctor; true").split()
    check(not left, f"nothing of the doctor's is left {left or ''}")
    if version == "3":
        no_links(machines, check, build)


def read_only(machines, version, check, build, spool):
    where = machines.mount(["c2"], version, "ro,nosharecache", f"/srv/ro{version}")
    asked = Asked(machines, "c2", build, f"{where}/{spool.name}")
    fine = asked.status == 1 and asked.failed() == {"mount", "write"} and asked.says("mounted read-only")
    check(fine and asked.says("control/ cannot be written: Read-only file system; mount it read-write"), f"read-only: {summary(asked)}")
    machines.run("c2", f"umount {where}")


def no_links(machines, check, build):
    """vfat has links of neither kind; a spool needs the symbolic ones, and names that are bytes."""
    outcome = machines.try_run("c3", VFAT, 60)
    if not check(outcome.status == 0, f"vfat is mounted {outcome.text if outcome.status else ''}"):
        return
    made = machines.try_run("c3", f"{build}/spoolctl init /srv/vfat/spool", 60)
    if not check(made.status == 0, f"vfat: a spool can be made on it, at first sight {made.text if made.status else ''}"):
        return
    asked = Asked(machines, "c3", build, "/srv/vfat/spool")
    check(asked.status == 1 and asked.failed() >= {"symlink", "names"}, f"vfat is refused: {summary(asked)}")
    check(asked.says("symbolic links cannot be made") and asked.says('"Case" and "case" are one file'), "and it says why")
    machines.run("c3", "umount /srv/vfat")


def summary(asked):
    """What was not well, in short."""
    return f"exit code {asked.status}, " + ("; ".join(re.findall(r"^(?:warn|fail) .{0,150}", asked.text, re.M)) or asked.text[-200:])
