"""stream: replays what watch.c wrote down on the server, and tells each breach of the protocol.

The stream has every rename of every host in one order. A document is born as drop/d<serial>.pdf, and
from then on is followed from name to name by the cookies of its moves; its inode is for the times that
the stream does not cover (a power cut of the server; a folder made a moment ago). The rules:

    one      a document is under exactly one name at every instant, and is never removed
    clobber  nothing is moved onto a name that something has
    claim    no claim is ever made twice
    publish  a document gets into done/ once, by a rename from work/, with its text and JSON beside it
    sealed   what becomes visible in done/ is a private result of a claim that is sealed just then
    born     visible names in done/ are born by renames and are not removed
    failed   nothing fails but bombs, and each of these once, sealed as failed
    durable  after a power cut of the server everything older than DURABLE seconds is as it was

Folders: drop/ (documents to come), spool/ (the spool), taken/ (what a person has taken out of done/).
"""

import bisect
import re

DURABLE = 3.0
BORN = re.compile(r"drop/d(\d+)\.pdf")
TOKEN = r"[0-9]+[a-z]*[0-9]*\.([0-9a-z-]+)\.([0-9a-z-]+)~.*"
WORK = re.compile(r"spool/claimed/([^/]+)/([^/]+)/work/(?:(done|failed-[a-z_]+)\.[0-9]+f?!)?" + TOKEN)
WAITING = re.compile(r"spool/pending/\.retry/[0-9]+\.[a-z]+\." + TOKEN)
PENDING = re.compile(r"spool/pending/(?!\.)")
OWNER = re.compile(r"spool/claimed/([^/]+)/([^/]+)/work/")
DONE = re.compile(r"spool/done/(?:.*/)?([^/]+)")
ENDED = re.compile(r"spool/(done|failed)/.*")
PRIVATE = re.compile(r"\.([0-9a-z-]+)\.([0-9a-z-]+)\.(txt|json)")
REPLACED = re.compile(r"spool/claimed/[^/]+/[^/]+/(status|processes)\.json")


class Document:
    """place: its name now, or None between two halves of a move. trail: (when, name) of each stay."""

    def __init__(self, serial, inode, place):
        self.serial, self.inode, self.place = serial, inode, place
        self.trail = []
        self.published = self.claimed = 0

    def __repr__(self):
        return f"document {self.serial}"


class Replay:
    """feed() it the lines; then .breaches is a list of sentences, empty when all is well."""

    def __init__(self):
        self.names, self.notes = {}, {}  # name -> Document or True; what S has told and no event yet
        self.documents, self.inodes = {}, {}
        self.bombs = frozenset()  # the serials that must fail
        self.claims = {}  # claim -> [its Document, its name now in work/ or None]
        self.transit = {}  # cookie -> (what is moving, its old name)
        self.seen = None  # during a look through all: [(inode, is folder, name)]
        self.breaches, self.publishings, self.claimings, self.taken_back = [], [], [], []
        self.moves = self.lines = self.begun = self.unseen = 0
        self.now = self.cut_at = 0.0
        self.recent = []  # (when, name) of results that became visible
        self.done_for = []  # (when, host, lease) of each move out of work/ or into it

    # ---- lines ----

    def feed(self, line, now):
        self.now = now
        self.lines += 1
        what, _, rest = line.partition(" ")
        if what == "W":
            self.seen, self.begun = [], self.begun + 1
        elif what == "R":
            self._settle(self.seen)
            self.seen = None
        elif what == "Q":
            self._breach("the queue of inotify ran over")
        else:
            number, kind, name = rest.split(" ", 2)
            self._event(what, int(number), kind == "d", name)

    def power_cut(self, now):
        """The server lost power at this moment: how far the next look may differ is counted from here."""
        self.cut_at = now

    def _event(self, what, number, folder, name):
        if what == "S":
            if self.seen is not None:
                self.seen.append((number, folder, name))
            elif not folder:
                self._note(number, name)
        elif what == "F":
            self._moved_from(number, folder, name)
        elif what == "T":
            self._moved_to(number, folder, name)
        elif not folder:
            (self._made if what == "C" else self._removed)(name)

    def _breach(self, what):
        self.breaches.append(what)

    # ---- documents and names ----

    def _place(self, document, name):
        document.place = name
        document.trail.append((self.now, name))
        self.names[name] = document

    def _note(self, inode, name):
        """Seen in a new folder: it may have come before the folder was watched, or be told again."""
        document = self.inodes.get(inode)
        if name in self.names:
            return
        self.notes[name] = document or True
        if document and document.place is None:
            self._arrived_unseen(document)

    def _arrived_unseen(self, document):
        """Its move was seen to begin only: a note of its inode says where it came out."""
        for name, what in self.notes.items():
            if what is document:
                del self.notes[name]
                self._came(document, name, noted=True)
                return

    def _moved_from(self, cookie, folder, name):
        if folder:
            self.transit[cookie] = (True, name)
            return
        self.moves += 1
        owner = OWNER.match(name)
        if owner:
            self.done_for.append((self.now, *owner.groups()))
        what = self.names.pop(name, None)
        if what is None:
            what = self._moved_from_noted(name)
        if isinstance(what, Document):
            what.place = None
        self.transit[cookie] = (what, name)

    def _moved_from_noted(self, name):
        """It had come there before the folder was watched; only the look has seen it."""
        what = self.notes.pop(name, None)
        if isinstance(what, Document):
            if what.place is not None:
                self._breach(f"one: {what} moves from {name}, but it is {what.place}")
            self._came(what, name, noted=True)
            del self.names[name]
        return what

    def _moved_to(self, cookie, folder, name):
        what, old = self.transit.pop(cookie, (None, None))
        owner = OWNER.match(name)
        if owner and not OWNER.match(old or ""):
            self.done_for.append((self.now, *owner.groups()))
        if folder:
            self._folder_moved(old, name)
            return
        noted = self.notes.pop(name, None)
        there = self.names.get(name)
        if there is not None and not REPLACED.fullmatch(name):
            which, other = ("a file" if x is True else x for x in (what or "something", there))
            self._breach(f"clobber: {which} from {old} was moved onto {name}, where {other} is")
            if isinstance(there, Document):
                there.place = None
        if what is None and isinstance(noted, Document):
            what = noted
        if isinstance(what, Document):
            self._came(what, name)
            if old:
                self._judge_source(what, old, name)
            return
        self.names[name] = True
        self._judge_result(old, name)

    def _folder_moved(self, old, new):
        """A pile that was dropped: all below it has new names."""
        if old is None:
            return
        for name in [n for n in self.names if n.startswith(old + "/")]:
            what = self.names.pop(name)
            if isinstance(what, Document):
                self._came(what, new + name[len(old):])
            else:
                self.names[new + name[len(old):]] = what

    def _made(self, name):
        noted = self.notes.pop(name, None)
        if isinstance(noted, Document):
            return
        born = BORN.fullmatch(name)
        visible = DONE.fullmatch(name)
        if visible and not visible.group(1).startswith("."):
            self._breach(f"born: {name} was made under its visible name")
        if born:
            self._born(int(born.group(1)), 0, name)
        else:
            self.names[name] = True

    def _born(self, serial, inode, name):
        document = self.documents[serial] = Document(serial, inode, None)
        self.inodes[inode] = document
        self._place(document, name)

    def _removed(self, name):
        what = self.names.pop(name, None) or self.notes.pop(name, None)
        visible = DONE.fullmatch(name)
        if isinstance(what, Document):
            what.place = None
            self._breach(f"one: {what} was removed as {name}")
        elif visible and not visible.group(1).startswith("."):
            self._breach(f"born: the visible {name} was removed")

    # ---- what the moves mean ----

    def _came(self, document, name, noted=False):
        """A document has a new name: is it one that it may have? noted: what came before was not seen."""
        work, done = WORK.fullmatch(name), DONE.fullmatch(name)
        if work:
            self._claimed(document, work, name, noted)
        elif done:
            self._published(document, name)
        elif name.startswith("spool/failed/"):
            self._failed(document, name)
        elif not (PENDING.match(name) or WAITING.fullmatch(name) or name.startswith(("taken/", "drop/"))):
            self._breach(f"{document} has a strange name: {name}")
        self._place(document, name)

    def _claimed(self, document, work, name, noted):
        host, _, sealed, _, claim = work.groups()
        known = self.claims.get(claim)
        if known is None:
            self.claims[claim] = [document, name]
            document.claimed += 1
            self.claimings.append((self.now, document, host))
            if sealed and not noted:
                self._breach(f"claim: {name} is sealed, but was never claimed")
        elif sealed and known[0] is document and WORK.fullmatch(known[1] or "") and "!" not in known[1].split("/")[-1]:
            known[1] = name
        else:
            self._breach(f"claim: {claim} is made again: {name}, after {known[1]}")

    def _published(self, document, name):
        document.published += 1
        if document.published > 1:
            self._breach(f"publish: {document} came into done/ {document.published} times, now as {name}")
        for end in (".txt", ".json"):
            if self._stem(name) + end not in self.names and self._stem(name) + end not in self.notes:
                self._breach(f"publish: {name} is there before its {end}")

    def _failed(self, document, name):
        """A bomb's way of being published."""
        document.published += 1
        if document.serial not in self.bombs:
            self._breach(f"{document} failed: {name}")
        elif document.published > 1:
            self._breach(f"failed: {document} came to its end {document.published} times, now as {name}")

    def _judge_source(self, document, old, new):
        """Where it came from decides whether it may go there."""
        work = WORK.fullmatch(old)
        ended = ENDED.fullmatch(new)
        if ended:
            if not work or not (work.group(3) or "").startswith(ended.group(1)):
                self._breach(f"publish: {document} came into {ended.group(1)}/ from {old}")
            else:
                self.publishings.append((self.now, document, work.group(1)))
        if WAITING.fullmatch(new) and work:
            self.taken_back.append((self.now, document, work.group(1)))
        if WORK.fullmatch(new) and not work and not (PENDING.match(old) or WAITING.fullmatch(old)):
            self._breach(f"claim: {new} came from {old}")
        if work and not WORK.fullmatch(new):
            self.claims[work.group(5)][1] = None

    def _judge_result(self, old, name):
        """A file that is no document was moved: into done/ only as a result, of a claim that is sealed."""
        done = DONE.fullmatch(name)
        if not done or done.group(1).startswith("."):
            return
        self.recent.append((self.now, name))
        private = PRIVATE.fullmatch((old or "").rpartition("/")[2])
        if old is None:
            return  # its folder was made a moment ago; where it came from is not known
        if not private or not old.startswith("spool/done/"):
            self._breach(f"born: {name} came from {old}")
            return
        if private.group(2) not in self.claims:
            for document in [d for d in self.notes.values() if isinstance(d, Document) and d.place is None]:
                self._arrived_unseen(document)
        claim = self.claims.get(private.group(2))
        if claim is None or claim[1] is None or "!" not in claim[1].split("/")[-1]:
            self._breach(f"sealed: {name} became visible, but the claim {private.group(2)} is not sealed")

    @staticmethod
    def _stem(name):
        return name[:-4] if name.endswith(".pdf") else name

    # ---- a look through all ----

    def _settle(self, seen):
        """The tree as it is, at the beginning or after a power cut, against what the stream said."""
        before = {name: what for name, what in self.names.items() if not isinstance(what, Document)}
        self.names, self.notes, self.transit = {}, {}, {}
        places = {}
        for inode, folder, name in seen:
            born = BORN.fullmatch(name)
            if folder:
                continue
            if born and int(born.group(1)) not in self.documents:
                self._born(int(born.group(1)), inode, name)
            elif inode in self.inodes:
                places.setdefault(self.inodes[inode], []).append(name)
            else:
                self.names[name] = True
        for document in self.documents.values():
            if document in places or document.place not in self.names:
                self._settle_one(document, places.get(document, []))
        for when, name in self.recent:
            if name in before and name not in self.names and when < self.cut_at - DURABLE:
                self._breach(f"durable: {name} was there {self.cut_at - when:.1f} s before the power cut, and is gone")

    def _settle_one(self, document, names):
        if len(names) != 1:
            self._breach(f"one: after the power cut {document} is {names or 'nowhere'}, it was {document.place}")
            document.place = names[0] if names else None
            if names:
                self.names[names[0]] = document
            return
        if names[0] == document.place:
            self.names[names[0]] = document
            return
        self.unseen += 1
        if names[0] in [name for _, name in document.trail[:-1]]:
            self._rolled_back(document, names[0])
        else:
            self._forward(document, names[0])

    def _rolled_back(self, document, name):
        """The last moves before the power cut were not on disk: they were not acknowledged either."""
        while document.trail[-1][1] != name:
            when, lost = document.trail.pop()
            if when < self.cut_at - DURABLE:
                self._breach(f"durable: {document} was {lost} {self.cut_at - when:.1f} s before the power cut, is {name}")
            if ENDED.fullmatch(lost):
                document.published -= 1
            work = WORK.fullmatch(lost)
            if work and not work.group(3):
                self.claims.pop(work.group(5), None)
                document.claimed -= 1
        document.place = name
        self.names[name] = document
        work = WORK.fullmatch(name)
        if work:
            self.claims[work.group(5)] = [document, name]

    def _forward(self, document, name):
        """The last moves before the power cut were not read from the queue any more."""
        work = WORK.fullmatch(name)
        for claim in self.claims.values():
            if claim[0] is document:
                claim[1] = None
        if work:
            self.claims[work.group(5)] = [document, name]
            document.claimed += 1
        if ENDED.fullmatch(name):
            document.published += 1
            if document.published > 1:
                self._breach(f"publish: {document} was published {document.published} times, now as {name}")
        self._place(document, name)

    # ---- the end ----

    def finish(self, expected):
        """At rest: each document that was dropped is published, once; the others still wait in drop/."""
        for serial, document in self.documents.items():
            place = document.place or "nowhere"
            if place == "nowhere":
                self._arrived_unseen(document)
                place = document.place or "nowhere"
            wanted = r"spool/failed/.*" if serial in self.bombs else r"(spool/done|taken)/.*"
            wanted = wanted if serial in expected else r"drop/.*"
            if not re.fullmatch(wanted, place):
                self._breach(f"one: in the end {document} is {place}")
            if document.published != (serial in expected):
                self._breach(f"publish: {document} was published {document.published} times")
        for serial in expected:
            if serial not in self.documents:
                self._breach(f"one: document {serial} was never seen")

    def held_by(self, host):
        """The documents in the hands of a host's leases now."""
        start = f"spool/claimed/{host}/"
        return [d for d in self.documents.values() if d.place and d.place.startswith(start)]

    def moves_for(self, host, since, leases=None):
        """How many moves out of a host's work/ or into it the server has done since; of these leases alone."""
        return sum(1 for t, h, lease in self.done_for if h == host and t > since and (not leases or lease in leases))

    def first_publishing(self, since, host=None, documents=None):
        """When the first such document after a moment was published; None: none was."""
        at = bisect.bisect(self.publishings, since, key=lambda p: p[0])
        for when, document, by in self.publishings[at:]:
            if (host is None or by == host) and (documents is None or document in documents):
                return when
        return None
