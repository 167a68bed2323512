"""A spool that is not there: documents, hosts and failures of fixture.py, and their moves."""
import collections
import hashlib
import random
import threading
import time

from fixture_answers import TERMINAL, Answers, stamp
from fixture_data import CLASSES, HOSTILE, HOSTS, MESSAGES, STAGE_OF, name_of


class Spool(Answers):
    def __init__(self, options):
        self.random = random.Random(5)
        self.options = options
        self.lock = threading.RLock()
        self.listeners = []
        self.number = 1
        self.begun = time.time() - 2.3 * 86400
        self.paused = options.paused
        self.documents, self.journal, self.actions = [], [], []
        self.hosts = [] if options.empty else [dict(h, slots=[]) for h in HOSTS]
        if not options.empty:
            self.fill()
        self.minutes = self.make_minutes()
        self.minute = int(time.time() // 60)

    # -- making it up --

    def fill(self):
        r, now = self.random, time.time()
        kinds = [("done", 6800), ("failed", 187), ("pending", 3120), ("waiting", 96)]
        for state, many in kinds:
            for _ in range(many):
                self.documents.append(self.make(state, now - r.random() ** 2 * 7200))
        for i, path in enumerate(HOSTILE):
            d = self.make("failed" if i % 2 else "done", now - 20 - 14 * i)
            d["path"] = path
            self.place(d)
            self.documents.append(d)
        for h in self.hosts:
            if h["state"] in ("working", "draining"):
                for _ in range(h["n_slots"] - (12 if h["state"] == "draining" else 3)):
                    self.claim(h, now - r.random() * 40)
        self.documents.sort(key=lambda d: d["changed"], reverse=True)
        for d in self.documents:
            if d["state"] in TERMINAL and len(self.journal) < 600:
                self.journal.append(self.line(d, d["state"], d["changed"]))
        for i, e in enumerate(self.journal):
            e["seq"] = 90000 - i

    def make(self, state, changed):
        r = self.random
        path = name_of(r)
        pages = max(1, int(r.lognormvariate(2.1, 1.1)))
        d = {
            "id": f"k3v9q2x7ab1c-{len(self.documents):x}",
            "path": path,
            "state": state,
            "outcome": None,
            "class": None,
            "stage": None,
            "message": "",
            "attempt": 1,
            "host": r.choice(HOSTS)["host"],
            "size": int(pages * r.lognormvariate(10.6, 0.9)),
            "pages": pages,
            "tiers": None,
            "dropped": changed - 4000 - r.random() * 80000,
            "changed": changed,
            "due": None,
            "need": None,
            "took_ms": int(pages * r.lognormvariate(3.2, 0.8)) + 40,
            "progress": None,
        }
        if state == "failed":
            self.fail(d)
        elif state == "done":
            self.finish(d)
        elif state == "waiting":
            ocr = r.random() < 0.8
            d.update(
                need="ocr" if ocr else "text",
                due=time.time() + r.random() * 900,
                message="" if ocr else "its parser crashed",
            )
        else:
            d.update(
                id="t-" + hashlib.sha256(path.encode()).hexdigest()[:24],
                host=None,
                pages=None,
                took_ms=None,
                attempt=0,
            )
        self.place(d)
        return d

    def place(self, d):
        top = {"failed": f"failed/{d['class']}/", "done": "done/", "pending": "pending/"}.get(
            d["state"], "claimed/"
        )
        d["place"] = top + d["path"]

    def fail(self, d):
        r = self.random
        d["class"] = r.choices(CLASSES, (60, 52, 38, 24, 9, 4))[0]
        d.update(
            outcome="failed",
            stage=STAGE_OF.get(d["class"]),
            message=r.choice(MESSAGES[d["class"]])
            .replace("#", str(r.randint(2, 900)), 1)
            .replace("#", str(r.randint(900, 4100))),
        )
        if d["class"] in ("timeout", "memory"):
            d["attempt"] = 4

    def finish(self, d):
        r, n = self.random, d["pages"] or 3
        d["pages"] = n
        ocr = sum(r.random() < 0.5 for _ in range(n)) if r.random() < 0.14 else 0
        bad = r.randint(1, max(1, n // 6)) if n > 4 and r.random() < 0.03 else 0
        blank = int(n > 8 and r.random() < 0.2)
        text = max(0, n - ocr - bad - blank)
        tiers = {"text": text, "ocr": ocr, "bad": bad, "blank": blank}
        if ocr > 6:
            tiers.update({"ocr": ocr - 2, "ocr-hard": 2})
        d["tiers"] = {k: v for k, v in tiers.items() if v}
        d["outcome"] = "partial" if bad else "empty" if text + ocr == 0 else "ok"
        d["message"] = f"{bad} of {n} pages are bad" if bad else ""

    def line(self, d, event, t):
        return {
            "seq": 90000 + self.number,
            "time": stamp(t),
            "host": d["host"] or "ocr-1",
            "event": event,
            "id": d["id"],
            "path": d["path"],
            "attempt": d["attempt"],
            "outcome": d["class"] or d["outcome"] or "ok",
            "message": d["message"],
            "as": d["place"] if d["state"] in TERMINAL else None,
            "size": d["size"],
            "pages": d["pages"] or 0,
            "ms": d["took_ms"] or 0,
        }

    def make_minutes(self):
        r = self.random
        done = [int(38 + 9 * r.random() - (22 if 21 < i < 27 else 0)) for i in range(60)]
        if self.options.empty:
            done = [0] * 60
        done[-1] //= 3
        return {
            "done": done,
            "failed": [int(d and r.random() < 0.3) * r.randint(1, 3) for d in done],
            "retried": [0] * 60,
            "pages": [d * 12 + r.randint(0, 60) if d else 0 for d in done],
            "ocr_pages": [int(d * r.random() * 1.6) for d in done],
            "bytes": [d * 460000 for d in done],
        }

    # -- moving it --

    def claim(self, host, since):
        waiting = [d for d in self.documents[:400] if d["state"] == "pending"] or [
            d for d in self.documents if d["state"] == "pending"
        ]
        if not waiting:
            return
        d = self.random.choice(waiting)
        pages = max(2, int(self.random.lognormvariate(3.4, 0.9)))
        d.update(
            id=f"m7q4d0z2kk5p-{self.random.getrandbits(28):x}",
            state="claimed",
            host=host["host"],
            pages=pages,
            attempt=1,
            changed=since,
            stage="text",
            progress={"page": 0, "pages": pages},
        )
        self.place(d)
        host["slots"].append(
            {
                "d": d,
                "since": since,
                "page": self.random.random() * pages * 0.8,
                "speed": self.random.uniform(0.3, 2.6),
            }
        )

    def step(self, seconds):
        changed, lines = [], []
        now = time.time()
        for h in self.hosts:
            if h["state"] == "silent":
                continue
            for s in list(h["slots"]):
                s["page"] += s["speed"] * seconds
                d = s["d"]
                d["progress"]["page"] = min(d["pages"], int(s["page"]))
                if s["page"] >= d["pages"]:
                    h["slots"].remove(s)
                    d.update(
                        state="done",
                        stage=None,
                        progress=None,
                        changed=now,
                        took_ms=int(1000 * (now - s["since"])),
                    )
                    if self.random.random() < 0.03:
                        d["state"] = "failed"
                        self.fail(d)
                    else:
                        self.finish(d)
                    self.place(d)
                    self.number += 1
                    lines.append(self.line(d, d["state"], now))
                    changed.append(d)
                    self.minutes["done"][-1] += 1
                    self.minutes["pages"][-1] += d["pages"]
            while (
                h["state"] == "working"
                and len(h["slots"]) < h["n_slots"] - 2
                and not self.paused
                and any(x["state"] == "pending" for x in self.documents)
            ):
                self.claim(h, now)
                changed.append(h["slots"][-1]["d"])
        self.journal = lines + self.journal
        return changed, lines

    def run(self):
        while True:
            time.sleep(0.5)
            with self.lock:
                self.roll()
                changed, lines = self.step(0.5)
                news = [("overview", self.overview())] + [
                    ("host", {"removed": False, "host": h["host"], "item": self.host(h)})
                    for h in self.hosts
                ]
                if changed:
                    news.append(
                        (
                            "documents",
                            {
                                "items": [self.row(d) for d in changed[:50]],
                                "removed": [],
                                "more": 0,
                            },
                        )
                    )
                if lines:
                    news.append(("journal", {"items": lines[:50], "more": 0}))
                self.tell(news)

    def roll(self):
        """A minute is over: the next one."""
        now = int(time.time() // 60)
        if now != self.minute:
            self.minute = now
            for column in self.minutes.values():
                column[:] = column[1:] + [0]

    def tell(self, news):
        for kind, data in news:
            self.number += 1
            for q in self.listeners:
                if not q.full():
                    q.put((self.number, kind, data))

    # -- actions --

    def act(self, parts, body, size):
        if parts == ["uploads"]:
            d = self.make("pending", time.time())
            d.update(path=body["path"], size=size)
            self.place(d)
            self.documents.append(d)
            return {"id": d["id"], "path": d["path"], "size": size}
        kind, now = parts[1], stamp(time.time())
        action = {
            "id": None,
            "kind": kind,
            "state": "ended",
            "dry_run": bool(body.get("dry_run")),
            "host": body.get("host"),
            "total": 0,
            "done": 0,
            "failed": 0,
            "skipped": 0,
            "note": None,
            "by_class": {},
            "sample": [],
            "problems": [],
            "began": now,
            "ended": now,
        }
        if kind in ("pause", "resume"):
            self.paused = kind == "pause"
        for h in self.hosts:
            if h["host"] == body.get("host"):
                h["drained"] = kind == "drain"
                h["state"] = "draining" if h["drained"] else "working"
        if kind in ("retry", "cancel"):
            self.choose(action, kind, body)
        if not action["dry_run"]:
            self.number += 1
            action["id"] = f"a{self.number}"
            self.tell([("overview", self.overview())])
        return action

    def choose(self, action, kind, body):
        q = {
            k: ",".join(v) if isinstance(v, list) else v for k, v in body.get("filter", {}).items()
        }
        if "group" in body:
            q["group"] = body["group"]
        chosen = [
            d
            for d in self.matching(q)
            if ("ids" not in body or d["id"] in body["ids"])
            and (d["state"] == "failed") == (kind == "retry")
            and d["state"] != "done"
        ]
        action.update(
            total=len(chosen),
            sample=[d["path"] for d in chosen[:20]],
            by_class=dict(collections.Counter(d["class"] for d in chosen if d["class"])),
        )
        if body.get("dry_run"):
            return
        for d in chosen:
            d.update(
                state="waiting" if kind == "retry" else "failed",
                outcome=None if kind == "retry" else "failed",
                message="",
                stage=None,
                progress=None,
                changed=time.time(),
            )
            d["class"] = None if kind == "retry" else "cancelled"
            if kind == "retry":
                d.update(need="text", due=time.time())
            self.place(d)
        action["done"] = len(chosen)
        self.tell(
            [
                (
                    "documents",
                    {
                        "items": [self.row(d) for d in chosen[:50]],
                        "removed": [],
                        "more": max(0, len(chosen) - 50),
                    },
                )
            ]
        )
