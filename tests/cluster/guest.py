"""guest: what a runner has to do with programs in guests: their outcomes, jobs, talks. See cluster.py."""

import contextlib
import socket
import threading
import time


class Failure(Exception):
    """A guest, or what was asked of it, failed."""


class Outcome:
    """What a script in a guest came to: .status and .text (its output, both streams)."""

    def __init__(self, status, text):
        self.status, self.text = status, text

    def must(self):
        """Failure when it did not succeed."""
        if self.status != 0:
            raise Failure(f"status {self.status}: {self.text}")


PATIENCE = 120  # s: at least so long something is waited for, since other tests run beside the guests


def until(condition, seconds, what, pause=0.1):
    """Ask again and again until condition() is true, and return that; Failure after `seconds`, or PATIENCE when that is more."""
    seconds = max(seconds, PATIENCE)
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise Failure(f"waited {seconds} s in vain: {what}")
        time.sleep(pause)


class Job(threading.Thread):
    """A script that runs in a guest while the runner does other things."""

    def __init__(self, cluster, name, script, seconds):
        super().__init__(daemon=True)
        self.outcome = None
        self._ask = lambda: cluster.try_run(name, script, seconds)
        self.start()

    def run(self):
        try:
            self.outcome = self._ask()
        except (OSError, Failure) as error:  # the guest went away: that may be the test
            self.outcome = Outcome(-1, str(error))

    def wait(self, seconds):
        """The outcome; Failure when it takes longer."""
        self.join(seconds)
        if self.outcome is None:
            raise Failure(f"a script is still running after {seconds} s")
        return self.outcome


class Talk:
    """A program in a guest that reads lines and answers each with one."""

    def __init__(self, connection):
        self._socket = connection
        self._file = connection.makefile("rb")

    def send(self, line):
        self._socket.sendall(line.encode() + b"\n")

    def receive(self):
        line = self._file.readline()
        if not line.endswith(b"\n") or line.startswith(b"\1RC="):
            raise Failure(f"the program in the guest has ended: {line!r}")
        return line.decode().rstrip()

    def ask(self, line):
        self.send(line)
        return self.receive()

    def break_off(self):
        """The guest is gone: whoever waits for its answer gets a Failure."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._file.close()
        self._socket.close()
