"""users: people who drop documents and take results away, as programs on a client or on the server.

They use single calls of the file system (nfsfacts.c) and do what a careful person does: an error of a
rename is no answer, so they look where the file is. They know the one residue of docs/SPOOL.md (section
7): while an answer of the server's may be lost, a name that was dropped is not used again before its
document has come out, and no PDF is taken away whose name might be born again.
"""

import contextlib
import random
import threading
import time

import cluster
import documents

SLOTS = {"drop": 1, "pending": 2, "done": 3, "taken": 4}
FOLDERS = ("", "a", "a/b")


class Gone(Exception):
    """The guest went away, or the program in it: what came of the last call is not known."""


class Hands(threading.Thread):
    """One person at one machine. Subclasses have step(), which is called again and again."""

    def __init__(self, bed, guest, seed, pause):
        super().__init__(daemon=True)
        self.bed, self.guest, self.pause = bed, guest, pause
        self.rng = random.Random(seed)
        self.over = threading.Event()
        self.trouble = None  # what ended it, when it was no test
        self._talk = None

    # ---- calls ----

    def ask(self, line):
        """None for success, or the errno's name. Gone when nobody knows."""
        try:
            if self._talk is None:
                self._talk = self.bed.talk(self.guest)
                for folder, slot in SLOTS.items():
                    answer = self._talk.ask(f"open {slot} {self.bed.folder(self.guest, folder)}")
                    if not answer.startswith("ok"):
                        raise cluster.Failure(f"{folder}: {answer}")
            answer = self._talk.ask(line)
        except (OSError, cluster.Failure) as error:
            self.hang_up()
            raise Gone(str(error)) from None
        return None if answer.startswith("ok") else answer.split()[0]

    def hang_up(self):
        talk, self._talk = self._talk, None
        if talk:
            talk.close()

    def guest_gone(self):
        """Called by whoever cuts its power: a call that waits must not wait for ever."""
        talk = self._talk
        if talk:
            talk.break_off()

    def must(self, line, fine=()):
        """An answer that decides: errors other than these are tried again."""
        for _ in range(600):  # a minute: the disk may be full
            error = self.ask(line)
            if error is None or error in fine:
                return error
            time.sleep(0.1)
        raise AssertionError(f"{self.guest}: {line}: {error}, again and again")

    def there(self, folder, name):
        """Is the name in the folder, on the server?"""
        self.must(f"openat 5 {folder} .")
        self.ask("forget 5")
        return self.must(f"sync 5 {name}", ("ENOENT",)) is None

    def move(self, folder, name, to, target):
        """Rename until it has happened, and will have. The source is ours alone: gone means moved."""
        while True:
            try:
                self.must(f"openat 5 {folder} .")
                if self.ask(f"rename 5 {name} {to} {target}") is None or not self.there(folder, name):
                    if self.guest == "srv":  # NFS promises that it is on disk; a local rename does not
                        self.must(f"fsync {to}")
                    return
            except Gone:
                self.bed.wait_for(self.guest, self.over)

    def patient(self, what):
        """Do it until no guest goes away meanwhile. None when it is over first."""
        while not (self.over.is_set() and not self.bed.is_usable(self.guest)):
            try:
                return what()
            except Gone:
                self.bed.wait_for(self.guest, self.over)
        return None

    def run(self):
        try:
            while not self.over.is_set():
                self.bed.wait_for(self.guest, self.over)
                try:
                    self.step()
                except Gone:
                    continue
                self.over.wait(self.rng.uniform(0, 2 * self.pause))
        except (AssertionError, OSError, ValueError, cluster.Failure) as error:
            self.trouble = f"{type(error).__name__}: {error}"
        finally:
            self.hang_up()


class Dropper(Hands):
    """Drops its own serials one by one, each by one rename, half of them under names used before."""

    def __init__(self, bed, guest, seed, pause, serials, names):
        super().__init__(bed, guest, seed, pause)
        self.serials, self.names = list(serials), names
        self.last = {}  # path -> serial dropped there last
        self.attempted, self.acknowledged, self.again = {}, set(), 0
        self.folders = set()

    def free(self, path):
        """May this name be dropped (again)?"""
        last = self.last.get(path)
        if last is None:
            return True
        place = self.bed.place_of(last)
        if self.bed.answers_may_be_lost():
            return place.startswith(("spool/done/", "spool/failed/", "taken/"))
        return not place.startswith(("spool/pending/", "drop/")) or "/.retry/" in place

    def make_folder(self, folder):
        at = SLOTS["pending"]
        path = ""
        for part in folder.split("/"):
            path = f"{path}/{part}" if path else part
            if path not in self.folders:
                self.must(f"mkdir {at} {path}", ("EEXIST",))
                self.folders.add(path)

    def step(self):
        if not self.serials:
            self.over.set()
            return
        folder = self.rng.choice(FOLDERS)
        serial = self.serials[0]
        name = self.rng.choice(self.names) if self.rng.random() < 0.5 else f"u{serial:06d}.pdf"
        path = f"{folder}/{name}" if folder else name
        if folder:
            self.make_folder(folder)
        # a name used for the first time is nobody's concern: no need to hold off a fault for it
        with self.bed.names if path in self.last else contextlib.nullcontext():
            if not self.free(path):
                return
            self.again += path in self.last
            self.last[path] = serial
            self.attempted[serial] = path
            self.serials.pop(0)
            self.move(SLOTS["drop"], documents.name_of(serial), SLOTS["pending"], path)
            self.acknowledged.add(serial)


class Consumer(Hands):
    """Takes complete results away: text, JSON, and the PDF last, each into a folder of its own."""

    def __init__(self, bed, guest, seed, pause):
        super().__init__(bed, guest, seed, pause)
        self.taken, self.missing = set(), []

    def step(self):
        done = {s: path for s, path in self.bed.visible_documents().items() if s not in self.taken}
        if not done:
            return
        serial = self.rng.choice(sorted(done))
        folder, _, name = done[serial].rpartition("/")
        stem = name[:-4]
        at = f"t{serial:06d}"
        self.must(f"mkdir {SLOTS['taken']} {at}", ("EEXIST",))
        source = folder or "."
        if self.patient(lambda: self.must(f"openat 6 {SLOTS['done']} {source}")) is not None:
            return
        for end in (".txt", ".json"):
            self.take(source, stem + end, at)
        while True:
            with self.bed.names:
                if not self.bed.answers_may_be_lost():
                    self.take(source, name, at)
                    break
            time.sleep(0.1)
        self.taken.add(serial)

    def take(self, source, name, at):
        """One name, by one rename; a name that was never there is a breach of the promise."""
        def attempt():
            self.must(f"openat 6 {SLOTS['done']} {source}")
            if self.ask(f"rename 6 {name} {SLOTS['taken']} {at}/{name}") is None:
                return True
            if not self.there(6, name):
                return self.there(SLOTS["taken"], f"{at}/{name}")
            raise Gone("not yet")

        if not self.patient(attempt):
            place = f"{cluster.EXPORT}/{self.bed.name}/*/{at}/{name} {self.bed.spool.behind}/done/{source}/{name}"
            server = self.bed.machines.try_run("srv", f"ls -d {place} 2>/dev/null").text.split()
            self.missing.append(f"{source}/{name} (the server has {server or 'it nowhere'})")
