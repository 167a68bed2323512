"""cluster: a real NFS cluster on one machine.

One server (knfsd on ext4) and some clients are User-Mode Linux guests: real Linux kernels with the
real NFS code, as processes. All of them live in namespaces that end with the program that uses this
library, however it ends, so nothing is ever left behind:

    import cluster
    cluster.enter()                       # starts the program again, in namespaces of its own
    with cluster.Cluster(helpers) as c:   # boots srv, c1, c2, c3
        c.serve()
        c.mount(["c1"], "4.2")            # under /srv/v4.2, and for version 3 under /srv/v3
        print(c.run("c1", "ls /srv/v4.2"))

Guests see the host's root, read-only; programs built on the host run as they are (not those built
with -fsanitize=address). /media is a folder of the host's, shared by all: `c.share`.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

from guest import Failure, Job, Outcome, Talk, until  # pylint: disable=unused-import # all are cluster's

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = "/media"  # here and in the guests, where it is c.share; nothing that guests use may lie below
EXPORT = "/srv/export/data"  # on the server; version 4 calls it /
DATA, CONTROL = "10.77.0.", "10.78.0."  # partitions cut the first, the runner speaks on the second
PORT = 7000
INSIDE = "PDFSPOOL_CLUSTER_INSIDE"
PROGRAMS = {
    "linux.uml": "user-mode-linux",
    "mount.nfs": "nfs-common",
    "rpc.statd": "nfs-common",
    "rpc.nfsd": "nfs-kernel-server",
    "rpc.mountd": "nfs-kernel-server",
    "exportfs": "nfs-kernel-server",
    "rpcbind": "rpcbind",
    "ip": "iproute2",
    "bridge": "iproute2",
    "mkfs.ext4": "e2fsprogs",
    "insmod": "kmod",
    "unshare": "util-linux",
}


def missing():
    """What this machine lacks for a cluster: a list of sentences, empty when it has all."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    lacks = [
        f"{program} is missing (package {package})"
        for program, package in PROGRAMS.items()
        if not shutil.which(program, path=path)
    ]
    if os.geteuid() != 0:
        lacks.append("it needs root: namespaces, bridges and tap devices")
    if not os.path.exists("/dev/net/tun"):
        lacks.append("/dev/net/tun is missing (kernel module tun)")
    return lacks


def enter():
    """Start this program again with network, mounts and processes of its own; return when there.

    The kernel kills everything in there when the program ends: no guest can outlive it.
    """
    if os.environ.get(INSIDE) == "1":
        del os.environ[INSIDE]
        os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda which, frame: sys.exit(128 + which))
        return
    os.environ[INSIDE] = "1"
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    os.execvp(command[0], command + [sys.executable, *sys.argv])


class Cluster:
    """helpers: the folder with guestd and xshim.so. The clients are c1, c2, ..., the server srv."""

    def __init__(self, helpers, clients=3, memory="512M", disk=2 << 30, verbose=False):
        self.helpers, self.verbose = os.path.abspath(helpers), verbose
        self.clients = [f"c{i + 1}" for i in range(clients)]
        self.names = ["srv", *self.clients]
        self._memory, self._disk = memory, disk
        self._guests, self._files = {}, []
        self._began = time.monotonic()
        self.folder = self.share = self._serves_since = None

    # ---- up and down ----

    def __enter__(self):
        try:
            # seen by us alone, and gone with us: disk, consoles, the guests' memory
            self._command("mount", "-t", "tmpfs", "-o", "mode=700", "tmpfs", FOLDER)
            self.folder = FOLDER
            self.share = os.path.join(self.folder, "share")
            os.mkdir(self.share)
            os.mkdir(os.path.join(self.folder, "memory"))
            self._make_network()
            for name in self.names:
                self.boot(name, wait=False)
            for name in self.names:
                self._wait_for(name)
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *error):
        self.down()

    def down(self):
        """End all guests, softly where they let us. May be called twice."""
        for name, guest in self._guests.items():
            if guest.poll() is None:
                with contextlib.suppress(OSError, Failure):
                    self._exchange(name, "OFF", "", 2)
        for name in list(self._guests):
            self._end(name, 3)
        for file in self._files:
            file.close()
        if self.folder:
            self._command("umount", "-l", self.folder)
            self.folder = None

    def boot(self, name, wait=True):
        """Start a guest. The server finds its disk as it was left."""
        console = open(os.path.join(self.folder, name + ".console"), "ab")
        self._files.append(console)
        environment = dict(
            os.environ,
            LD_BIND_NOW="1",
            LD_PRELOAD=os.path.join(self.helpers, "xshim.so"),
            TMPDIR=os.path.join(self.folder, "memory"),
        )
        self._guests[name] = subprocess.Popen(
            self._kernel(name),
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            env=environment,
            start_new_session=True,
        )
        if wait:
            self._wait_for(name)

    def is_up(self, name):
        """False after a power cut, until boot()."""
        return name in self._guests

    def power_cut(self, name):
        """The guest is gone between two instructions. boot() starts it again."""
        self._end(name, 0)
        self.log(f"{name}: power cut")

    def _end(self, name, seconds):
        guest = self._guests.pop(name)
        with contextlib.suppress(subprocess.TimeoutExpired):
            guest.wait(seconds or 0.001) if seconds else None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(guest.pid, signal.SIGKILL)
        guest.wait()

    def _kernel(self, name):
        words = [
            shutil.which("linux.uml"),
            "mem=" + ("1024M" if name == "srv" else self._memory),
            *("rootfstype=hostfs", "root=98:0", "rootflags=/", "ro"),
            "init=" + os.path.join(HERE, "guest-init.sh"),
            *("con0=null,fd:1", "con=null", "ssl=null", "quiet"),
            *("umid=" + name, "uml_dir=" + self.folder + "/"),
            *("GUEST=" + name, "DATA_IP=" + self.address(name)),
            *("CONTROL_IP=" + self._control(name), "SHARE=" + self.share),
            "HELPERS=" + self.helpers,
        ]
        for number, tap in enumerate((f"d-{name}", f"k-{name}")):
            hardware = self._hardware(name, number)
            words.append(f"vec{number}:transport=tap,ifname={tap},depth=128,gro=1,mac={hardware}")
        if name == "srv":
            words.append("ubd0=" + self._image())
        return words

    def _image(self):
        image = os.path.join(self.folder, "srv.img")
        if not os.path.exists(image):
            with open(image, "wb") as file:
                file.truncate(self._disk)
            lazy = "lazy_itable_init=1,lazy_journal_init=1"
            self._command("mkfs.ext4", "-q", "-E", lazy, image)
        return image

    def _make_network(self):
        lines = ["link set lo up"]
        for bridge, network in (("sw0", DATA), ("sw1", CONTROL)):
            lines += [
                f"link add name {bridge} type bridge mcast_snooping 0",
                f"addr add {network}1/24 dev {bridge}",
                f"link set {bridge} up",
            ]
        for name in self.names:
            for tap, bridge in ((f"d-{name}", "sw0"), (f"k-{name}", "sw1")):
                lines += [
                    f"tuntap add mode tap name {tap}",
                    f"link set {tap} master {bridge}",
                    f"link set {tap} up",
                ]
        self._command("ip", "-batch", "-", input="\n".join(lines).encode())

    def _wait_for(self, name, seconds=60):
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(OSError):
                if self._exchange(name, "RUN", "true", 5).status == 0:
                    break
            if self._guests[name].poll() is not None or time.monotonic() > end:
                raise Failure(f"guest {name} did not come up; its console:\n{self.console(name)}")
            time.sleep(0.05)
        self.clock(name)
        self.log(f"{name}: up")

    def console(self, name, characters=3000):
        """The end of what the guest's kernel said."""
        path = os.path.join(self.folder, name + ".console")
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()[-characters:]

    # ---- what guests do ----

    def try_run(self, name, script, seconds=60):
        """Run a shell script in the guest: its Outcome. Failure when it takes longer."""
        return self._exchange(name, "RUN", script, seconds)

    def run(self, name, script, seconds=60):
        """The same for scripts that must succeed: their output."""
        outcome = self.try_run(name, script, seconds)
        if outcome.status != 0:
            raise Failure(f"{name}: status {outcome.status} of: {script}\n{outcome.text}")
        return outcome.text

    def bg(self, name, script, seconds=600):
        """Start a script and go on: a Job."""
        return Job(self, name, script, seconds)

    def talk(self, name, script, seconds=60):
        """Start a program that answers each line with one: a Talk. seconds: for one answer."""
        connection = self._request(name, "TALK", script)
        connection.settimeout(seconds)
        return Talk(connection)

    def clock(self, name, skew=0.0):
        """Set the guest's clock to ours (guests boot 0.1 to 0.2 s off) plus skew seconds."""
        for _ in range(3):  # the first are slow, the last counts
            now = time.time_ns() + int(skew * 1e9) + 500_000
            if self._exchange(name, "CLOCK", str(now), 5).status != 0:
                raise Failure(f"{name}: the clock cannot be set")

    def partition(self, name, cut=True):
        """Cut a guest off the data network, or heal that. The runner still reaches it."""
        # not "link set down": the guest's device gets EIO from that and stays dead
        self._command("ip", "link", "set", f"d-{name}", *(["nomaster"] if cut else ["master", "sw0"]))
        self.log(f"{name}: {'cut off' if cut else 'back'}")

    def freeze(self, name, frozen=True):
        """A guest stands still between two instructions; what it is sent waits for it."""
        os.kill(self._guests[name].pid, signal.SIGSTOP if frozen else signal.SIGCONT)

    def deaf(self, name, deaf=True):
        """From now on a guest hears nothing on the data network, but is heard; or heal that.

        The bridge believes that the guest's address is where the server is, and sends no packet back
        to where it came from.
        """
        tap, hardware = f"d-{name}", self._hardware(name, 0)
        steps = [f"link set dev {tap} learning off", f"fdb replace {hardware} dev d-srv master static"]
        if not deaf:
            steps = [f"fdb replace {hardware} dev {tap} master static", f"link set dev {tap} learning on"]
        for step in steps:
            self._command("bridge", *step.split())
        self.log(f"{name}: {'deaf' if deaf else 'hears again'}")

    # ---- NFS ----

    def serve(self, lease=10, threads=4, options="rw,no_root_squash,no_subtree_check,sync,fsid=0", before=None):
        """Export the disk. lease: of NFSv4, and its grace period; 10 s is the kernel's least.
        before() is called when the disk is mounted and nobody can reach it yet."""
        folder = os.path.dirname(EXPORT)
        self.run(
            "srv",
            f"""set -e
modprobe nfsd
mkdir -p {folder} /var/lib/nfs/rpc_pipefs
mountpoint -q {folder} || mount -o discard /dev/ubda {folder}
mkdir -p {folder}/v4recovery /var/lib/nfs/v4recovery {EXPORT}
chmod 1777 {EXPORT}
mount --bind {folder}/v4recovery /var/lib/nfs/v4recovery
mount -t nfsd nfsd /proc/fs/nfsd
mount -t rpc_pipefs rpc_pipefs /var/lib/nfs/rpc_pipefs
echo {lease} >/proc/fs/nfsd/nfsv4leasetime
echo {lease} >/proc/fs/nfsd/nfsv4gracetime
: >/var/lib/nfs/etab
: >/etc/exports
""",
        )
        if before:
            before()
        self.run(
            "srv",
            f"""set -e
rpcbind -w
exportfs -i -o {options} '*:{EXPORT}'
rpc.mountd --num-threads=1 --manage-gids --port 20048 >/dev/null
rpc.statd --no-notify --port 32765 >/dev/null || true
""",
        )
        self.serving(threads)

    def serving(self, threads=4):
        """Start the NFS server's threads; 0 stops them (never while a v4 client is cut off: it hangs)."""
        self.run("srv", f"rpc.nfsd -V 3 -V 4 -V 4.1 -V 4.2 {threads}")
        self._serves_since = time.monotonic()
        self.log("srv: serves" if threads else "srv: serves no more")

    def wait_for_delegations(self):
        """A server that has just come up gives none, as lockd's grace period of 50 s is on. Later it
        does, and each costs a DELEGRETURN: counts of RPCs are only true then."""
        time.sleep(max(0.0, self._serves_since + 60 - time.monotonic()))

    def mount(self, names, version, options="", where=None):
        """Mount the export in some guests at once, and say where: /srv/v<version>."""
        where = where or f"/srv/v{version}"
        source = EXPORT if version == "3" else "/"
        script = f"mkdir -p {where}; mount.nfs {self.address('srv')}:{source} {where} -o vers={version}"
        if options:
            script += "," + options
        if version == "3":  # without its lock daemons mount.nfs waits for them
            script = f"pidof rpc.statd || {{ rpcbind -w; rpc.statd --no-notify; }} >/dev/null; {script}"
        self.together(names, script)
        self.log(f"{' '.join(names)}: mounted {where}")
        return where

    def together(self, names, script, seconds=60):
        """Run a script in some guests at once; it must succeed in all."""
        jobs = [(name, self.bg(name, script, seconds)) for name in names]
        for name, job in jobs:
            outcome = job.wait(seconds + 5)
            if outcome.status != 0:
                raise Failure(f"{name}: status {outcome.status} of: {script}\n{outcome.text}")

    def address(self, name):
        return DATA + str(10 + self.names.index(name))

    # ---- how ----

    def _control(self, name):
        return CONTROL + str(10 + self.names.index(name))

    def _hardware(self, name, number):
        return f"02:00:00:00:{number:02x}:{self.names.index(name) + 10:02x}"

    def _request(self, name, verb, text):
        connection = socket.create_connection((self._control(name), PORT), timeout=5)
        body = text.encode()
        connection.sendall(f"{verb} {len(body)}\n".encode() + body)
        return connection

    def _exchange(self, name, verb, text, seconds):
        end = time.monotonic() + seconds
        output = bytearray()
        with self._request(name, verb, text) as connection:
            while True:
                left = end - time.monotonic()
                if left <= 0:
                    raise Failure(f"{name}: not done in {seconds} s: {text}")
                connection.settimeout(left)
                try:
                    data = connection.recv(1 << 16)
                except TimeoutError:
                    continue
                if not data:
                    break
                output += data
        text, mark, status = output.decode(errors="replace").rpartition("\n\1RC=")
        if not mark:
            raise Failure(f"{name}: the connection broke; so far: {status}")
        return Outcome(int(status), text)

    def _command(self, *words, **options):
        done = subprocess.run(words, capture_output=True, check=False, **options)
        if done.returncode != 0:
            raise Failure(f"{' '.join(words)}: {done.stderr.decode(errors='replace').strip()}")

    def log(self, what):
        if self.verbose:
            print(f"[{time.monotonic() - self._began:6.1f}] {what}", file=sys.stderr, flush=True)
