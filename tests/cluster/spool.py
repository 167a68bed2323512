"""spool: a spool folder on the server and the extractd that run on it in the guests."""

import json
import os
import re
import time

import cluster
from guest import PATIENCE

# beat, self-stop, lease: on version 4 a lease must outlive the server's own (10 s) twice; 3 has none
PACE = {"3": ("500ms", "2s", "5s"), "4.2": ("2s", "8s", "20s")}
# what a running extractd has, of leftovers()
RUNNING = r"claimed/[^/]+/[^/]+/(beat|(status|processes)\.json)"
# and what a slot that came too late has left: swept by age, a minute later or so
YOUNG = RUNNING + r"|control/names/.*|done/(.*/)?\.[^/]*"


class Spool:
    """One spool folder, and the extractd that run on it."""

    def __init__(self, machines, mounts, name, build, text):
        """mounts: where each client sees the export, or the one version that all have mounted.
        text: of its spool.ini."""
        if isinstance(mounts, str):
            name, mounts = f"{name}-{mounts}", dict.fromkeys(machines.clients, f"/srv/v{mounts}")
        self.machines, self.build, self.mounts, self.name = machines, build, mounts, name
        self.behind = f"{cluster.EXPORT}/{name}"  # the same on the server
        self.label = name.replace("/", "-")
        self.jobs = {}
        self.ctl("init").must()
        with open(os.path.join(machines.share, self.label + ".ini"), "w", encoding="utf-8") as file:
            file.write(text)
        machines.run("srv", f"cp /media/{self.label}.ini {self.behind}/spool.ini")
        self.ctl("config check").must()

    def path(self, client):
        return f"{self.mounts[client]}/{self.name}"

    def ctl(self, words, client="c1", seconds=120):
        """spoolctl there: its Outcome."""
        return self.machines.try_run(client, f"{self.build}/spoolctl --spool {self.path(client)} {words}", seconds)

    def start(self, client, seconds=600, at_ns=None):
        """extractd there, at once or at a moment of its clock; its log goes to the share."""
        log, pid = (f"/media/{self.label}-{client}.{what}" for what in ("log", "pid"))
        wait = f"sleep $(( ({at_ns} - $(date +%s%N)) / 1000000 ))e-3; " if at_ns else ""
        script = f"echo $$ >{pid}; {wait}exec {self.build}/extractd --spool {self.path(client)} 2>>{log}"
        self.jobs[client] = self.machines.bg(client, script, seconds)

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

    def wait_for_rest(self, seconds, tolerated=RUNNING):
        """Until nothing is left but what a running extractd has; Failure tells what else there is."""
        began = time.monotonic()
        end, seen = began + max(seconds, PATIENCE), []
        while True:
            self.alive()
            left = [path for path in self.leftovers() if not re.fullmatch(tolerated, path)]
            if not left:
                if seen and time.monotonic() - began > 2:
                    print(f"     {time.monotonic() - began:.0f} s until this was gone: {seen}", flush=True)
                return
            seen = left[:4]
            if time.monotonic() > end:
                logs = "\n".join(f"--- {client}:\n{self.log(client)}" for client in self.jobs)
                raise cluster.Failure(f"after {time.monotonic() - began:.0f} s there is still {left[:10]}\n{logs}")
            time.sleep(0.3)

    def audit(self, client="c1", options=""):
        outcome = self.ctl("--json audit " + options, client)
        try:
            return json.loads(outcome.text)
        except ValueError:
            raise cluster.Failure(f"audit: status {outcome.status}: {outcome.text}") from None


def settings(spool, worker):
    """The text of spool.ini. Sandbox: the guests' kernel has seccomp, but no Landlock."""
    lines = ["[spool]", "format = 1", *spool, "[worker]", *worker, "[parser]", "sandbox = prefer"]
    return "\n".join(lines) + "\n"
