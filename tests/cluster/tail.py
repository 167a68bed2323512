"""tail: reads the file that watch.c writes on the server, while it grows, into a stream.Replay."""

import threading
import time

import stream

PAUSE = 0.02  # s


class Stream(threading.Thread):
    """.lock guards .replay. A line's time is the one when it was read: late by PAUSE and what the server takes."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.replay, self.lock = path, stream.Replay(), threading.Lock()
        self.over = threading.Event()
        open(path, "ab").close()
        self.start()

    def run(self):
        rest = b""
        with open(self.path, "rb") as file:
            while True:
                ending = self.over.is_set()
                data = rest + file.read()
                lines = data.split(b"\n")
                rest = lines.pop()
                with self.lock:
                    for line in lines:
                        self.replay.feed(line.decode(errors="surrogateescape"), time.monotonic())
                if ending and not lines:
                    return
                time.sleep(PAUSE)

    def begun(self):
        """How many looks through all are over."""
        with self.lock:
            return self.replay.begun - (self.replay.seen is not None)

    def stop(self):
        self.over.set()
        self.join()
