"""What fixture.py answers to each GET, out of the made-up documents of fixture_spool.py."""
import collections
import hashlib
import random
import struct
import time
import zlib

from fixture_data import PARAGRAPHS, SETTINGS

TERMINAL = ("done", "failed")


def stamp(t):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(t)) + f".{int(t * 1000) % 1000:03d}Z"


def png(width):
    """A page with grey lines instead of words."""
    height = int(width * 1.414)
    rows = []
    for y in range(height):
        line = 0.08 < y / height < 0.9 and (y // max(4, width // 90)) % 3 == 1
        ink = int(width * (0.8 if (y // 40) % 5 else 0.5)) if line else 0
        margin = width // 10
        rows.append(
            b"\0"
            + b"\xff" * margin
            + b"\xb4" * max(0, ink - margin)
            + b"\xff" * (width - max(ink, margin))
        )
    raw = b"".join(r[: width + 1] for r in rows)

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(raw))
        + chunk(b"IEND", b"")
    )


class Answers:
    """Half of Spool: what reads it, and changes nothing."""

    def read(self, parts, query):
        simple = {
            "overview": self.overview,
            "settings": self.settings,
            "health": self.health,
            "quota": self.quota,
        }
        if len(parts) == 1 and parts[0] in simple:
            return simple[parts[0]]()
        if parts == ["hosts"]:
            return {"time": stamp(time.time()), "items": [self.host(h) for h in self.hosts]}
        if parts == ["history"]:
            return self.history(query.get("span", "1h"))
        if parts == ["failures"]:
            return self.failures(query)
        if parts == ["journal"]:
            return self.journal_page(query)
        if parts == ["documents"]:
            return self.page(query)
        if parts[0] == "documents":
            d = next((d for d in self.documents if d["id"] == parts[1]), None)
            return (
                None
                if d is None
                else {2: self.document, 3: self.record if parts[-1] == "record" else self.text}[
                    len(parts)
                ](d, query)
            )
        return None

    def count(self, state):
        return sum(d["state"] == state for d in self.documents)

    def overview(self):
        now = time.time()
        counts = {
            s: self.count(s) for s in ("pending", "waiting", "claimed", "sealed", "done", "failed")
        }
        outcomes = collections.Counter(d["outcome"] for d in self.documents if d["state"] == "done")
        hosts = collections.Counter(h["state"] for h in self.hosts)
        oldest = min(
            (d for d in self.documents if d["state"] == "pending"),
            key=lambda d: d["dropped"],
            default=None,
        )
        left = counts["pending"] + counts["waiting"] + counts["claimed"]
        alive = [h for h in self.hosts if h["state"] != "silent"]
        alerts = (
            []
            if not self.hosts
            else [
                {
                    "id": "a1",
                    "kind": "host_silent",
                    "level": "warn",
                    "since": stamp(now - 260),
                    "message": "ocr-2 has been silent for 4 min",
                    "host": "ocr-2",
                },
                {
                    "id": "a2",
                    "kind": "version_mismatch",
                    "level": "info",
                    "since": stamp(now - 90000),
                    "message": "archive-a runs 0.3.9, the others 0.4.0",
                    "host": "archive-a",
                },
            ]
        )
        dead = self.options.dead_share
        return {
            "time": stamp(now),
            "event_id": f"f-{self.number}",
            "version": "0.4.0",
            "spool": "/srv/spool",
            "started": stamp(self.begun),
            "share": {
                "answering": not dead,
                "since": stamp(now - 95 if dead else self.begun),
                "wake": "inotify+scan",
                "age_ms": 40,
                "walked": stamp(now - 324),
                "walking": False,
                "complete": True,
            },
            "read_only": False,
            "paused": self.paused,
            "documents": counts,
            "outcomes": {k: outcomes[k] for k in ("ok", "partial", "empty")} | {"unknown": 0},
            "failed_by_class": dict(
                collections.Counter(d["class"] for d in self.documents if d["state"] == "failed")
            ),
            "waiting_for_ocr": sum(d["need"] == "ocr" for d in self.documents),
            "ignored": {
                "names": 12,
                "links": 0,
                "special": 0,
                "empty": 2,
                "unsettled": 5,
                "unreadable": 0,
            },
            "rates": {
                "documents_now": 41.2,
                "pages_now": 512.4,
                "documents_hour": 40.1,
                "pages_hour": 498.0,
                "documents_start": 38.7,
                "pages_start": 470.2,
            }
            if self.hosts
            else dict.fromkeys(
                (
                    "documents_now",
                    "pages_now",
                    "documents_hour",
                    "pages_hour",
                    "documents_start",
                    "pages_start",
                ),
                0,
            ),
            "minutes": self.history("1h"),
            "since_start": {
                "since": stamp(self.begun),
                "done": counts["done"],
                "failed": counts["failed"],
                "retried": 96,
                "pages": 82011,
                "bytes": 41231686041 if self.hosts else 0,
            },
            "eta": None
            if not left or self.paused
            else {
                "low_seconds": 3900,
                "likely_seconds": 4720,
                "high_seconds": 7300,
                "kinds": [
                    {
                        "kind": "text",
                        "documents": left - 77,
                        "pages": (left - 77) * 12,
                        "pages_per_minute": 498.0,
                        "likely_seconds": 4640,
                    },
                    {
                        "kind": "ocr",
                        "documents": 77,
                        "pages": 811,
                        "pages_per_minute": 12.4,
                        "likely_seconds": 3920,
                    },
                ],
            },
            "oldest_waiting": oldest
            and {"id": oldest["id"], "path": oldest["path"], "since": stamp(oldest["dropped"])},
            "alerts": alerts,
            "hosts": {
                "total": len(self.hosts),
                **{
                    s: hosts[s]
                    for s in (
                        "working", "idle", "paused", "draining", "stopping", "sick", "silent", "stopped"
                    )
                },
                "slots": sum(h["n_slots"] for h in alive),
                "busy": sum(len(h["slots"]) for h in alive),
                "versions": dict(collections.Counter(h["version"] for h in self.hosts)),
            },
            "quota": self.quota(),
        }

    def host(self, h):
        now, silent = time.time(), h["state"] == "silent"
        load = (
            None
            if silent or not h["load"]
            else dict(
                h["load"],
                cpu_percent=round(min(99, h["load"]["cpu_percent"] + 3 * (now % 7) / 7), 1),
            )
        )
        slots = [
            {
                "stage": "text" if s["page"] else "open",
                "id": s["d"]["id"],
                "path": s["d"]["path"],
                "need": "text",
                "size": s["d"]["size"],
                "attempt": s["d"]["attempt"],
                "page": min(s["d"]["pages"], int(s["page"])),
                "pages": s["d"]["pages"],
                "running_ms": int(1000 * (now - s["since"])),
                "progress_ms": 31000 if i == 4 else 210,
            }
            for i, s in enumerate(h["slots"])
        ]
        return {k: v for k, v in h.items() if k not in ("slots", "load", "seen")} | {
            "last_seen": stamp(now - h["seen"]),
            "busy": len(slots),
            "load": load,
            "slots": slots,
            "rates": {
                "documents": round(0.9 * len(slots), 1),
                "pages": round(14.3 * len(slots), 1),
            },
        }

    def row(self, d):
        return {
            k: stamp(v) if k in ("dropped", "changed", "due") and v is not None else v
            for k, v in d.items()
        }

    def matching(self, q):
        def many(name):
            return set(filter(None, q.get(name, "").split(",")))

        state, klass, outcome, tier, host = map(many, ("state", "class", "outcome", "tier", "host"))
        words = q.get("text", "").lower().split()
        group = q.get("group")
        return [
            d
            for d in self.documents
            if (not state or d["state"] in state)
            and (not klass or d["class"] in klass)
            and (not outcome or d["outcome"] in outcome)
            and (not tier or d["tiers"] and tier & d["tiers"].keys())
            and (not host or d["host"] in host)
            and d["path"].startswith(q.get("prefix", ""))
            and all(w in (d["path"] + " " + d["message"]).lower() for w in words)
            and (not group or self.group_of(d) == group)
        ]

    def page(self, q):
        found = self.matching(q)
        sort = q.get("sort", "-changed")
        found.sort(
            key=lambda d: (d[sort.lstrip("-")] is not None, d[sort.lstrip("-")] or 0)
            if sort.lstrip("-") != "path"
            else d["path"],
            reverse=sort[0] == "-",
        )
        at, limit = int(q.get("after", 0)), int(q.get("limit", 100))
        return {
            "time": stamp(time.time()),
            "items": [self.row(d) for d in found[at : at + limit]],
            "total": len(found),
            "next": str(at + limit) if at + limit < len(found) else None,
        }

    def group_of(self, d):
        if d["state"] != "failed":
            return None
        message = "".join("#" if c.isdigit() else c for c in d["message"])
        while "##" in message:
            message = message.replace("##", "#")
        return "g-" + hashlib.sha256((d["class"] + message).encode()).hexdigest()[:8]

    def failures(self, q):
        groups = {}
        for d in self.matching({**q, "state": "failed"}):
            groups.setdefault(self.group_of(d), []).append(d)
        out = []
        for key, list_ in sorted(groups.items(), key=lambda g: -len(g[1])):
            first = list_[0]
            message = "".join("#" if c.isdigit() else c for c in first["message"])
            while "##" in message:
                message = message.replace("##", "#")
            hosts = collections.Counter(d["host"] for d in list_)
            out.append(
                {
                    "id": key,
                    "class": first["class"],
                    "stage": first["stage"],
                    "message": message,
                    "count": len(list_),
                    "first": stamp(min(d["changed"] for d in list_)),
                    "last": stamp(max(d["changed"] for d in list_)),
                    "hosts": [{"host": k, "count": v} for k, v in hosts.most_common()],
                    "retry_helps": first["class"] in ("timeout", "memory", "crashed"),
                    "sample": [self.row(first)],
                }
            )
        return {
            "time": stamp(time.time()),
            "total": sum(map(len, groups.values())),
            "groups": out,
            "other": 0,
        }

    def history(self, span):
        now = time.time()
        step, n = (60, 60) if span == "1h" else (3600, 24 if span == "24h" else 720)
        if span == "1h":
            columns = self.minutes
        else:
            r = random.Random(n)
            done = [int(2300 + 300 * r.random() - (1900 if i % 24 < 6 else 0)) for i in range(n)]
            columns = {
                "done": done,
                "failed": [int(x * r.random() * 0.03) for x in done],
                "retried": [0] * n,
                "pages": [x * 12 for x in done],
                "ocr_pages": [int(x * r.random()) for x in done],
                "bytes": [x * 400000 for x in done],
            }
        return {
            "span": span,
            "start": stamp(now - now % step - (n - 1) * step),
            "step_seconds": step,
            **{k: list(v) for k, v in columns.items()},
        }

    def journal_page(self, q):
        kinds, hosts = set(filter(None, q.get("event", "").split(","))), set(
            filter(None, q.get("host", "").split(","))
        )
        words = q.get("text", "").lower().split()
        found = [
            e
            for e in self.journal
            if (not kinds or e["event"] in kinds)
            and (not hosts or e["host"] in hosts)
            and e["path"].startswith(q.get("prefix", ""))
            and all(w in (e["path"] + " " + e["message"]).lower() for w in words)
            and q.get("document", e["id"]) == e["id"]
            and e["seq"] < int(q.get("before", 1 << 40))
        ]
        limit = int(q.get("limit", 200))
        return {
            "time": stamp(time.time()),
            "items": found[:limit],
            "next": str(found[limit - 1]["seq"]) if len(found) > limit else None,
        }

    def document(self, d, _):
        last = {
            "attempt": max(1, d["attempt"]),
            "spent": True,
            "event": d["state"] if d["state"] in TERMINAL else None,
            "outcome": d["class"] or d["outcome"] or "ok",
            "message": d["message"],
            "host": d["host"],
            "began": stamp(d["changed"] - (d["took_ms"] or 0) / 1000),
            "ended": stamp(d["changed"]),
        }
        earlier = [
            {
                "attempt": i,
                "spent": True,
                "event": "retry",
                "outcome": d["class"] or "crashed",
                "message": "its parser crashed" if not d["class"] else d["message"],
                "host": "ocr-2",
                "began": stamp(d["changed"] - 5000 + 900 * i),
                "ended": stamp(d["changed"] - 4950 + 900 * i),
            }
            for i in range(1, d["attempt"])
        ]
        return self.row(d) | {
            "claim": d["id"] + "c" if d["attempt"] else None,
            "attempts": earlier + ([last] if d["state"] in TERMINAL else []),
            "has_record": d["state"] in TERMINAL,
            "has_text": d["state"] == "done",
            "can_retry": d["state"] == "failed",
            "can_cancel": d["state"] in ("pending", "waiting", "claimed"),
        }

    def record(self, d, q):
        first, many = int(q.get("first", 1)), int(q.get("count", 200))
        tiers = [t for t, n in sorted((d["tiers"] or {}).items()) for _ in range(n)]
        random.Random(d["id"]).shuffle(tiers)
        pages = []
        for i, t in list(enumerate(tiers, 1))[first - 1 : first - 1 + many]:
            r = random.Random(d["id"] + str(i))
            page = {
                "page": i,
                "tier": t,
                "chars": 0 if t in ("bad", "blank") else r.randint(300, 3100),
                "ms": round(r.uniform(2, 9) if t == "text" else r.uniform(400, 4000), 3),
            }
            more = {
                "text": {"score": round(r.uniform(0.93, 1), 3)},
                "bad": {"class": "corrupt", "why": "cannot find object in xref (48 0 R)"},
            }
            page.update(
                more.get(
                    t,
                    {"confidence": round(r.uniform(71, 97), 2), "dpi": 300, "why": "no text layer"}
                    if t.startswith("ocr")
                    else {},
                )
            )
            pages.append(page)
        bad = [i for i, t in enumerate(tiers, 1) if t == "bad"]
        record = {
            "format": 1,
            "first": first,
            "path": d["path"],
            "document": d["id"],
            "claim": d["id"] + "c",
            "attempt": d["attempt"],
            "history": [],
            "returns_unspent": 0,
            "outcome": d["outcome"],
            "message": d["message"] or "every page has its text",
            "sha256": hashlib.sha256(d["path"].encode()).hexdigest(),
            "size": d["size"],
            "host": d["host"],
            "version": "0.4.0",
            "sandbox": "full",
            "page_count": d["pages"],
            "bad_pages": bad,
            "pages_waiting_for_ocr": [],
            "metadata": {
                "Title": "Annual report",
                "Author": "Records office",
                "Producer": "pdfTeX-1.40.24",
                "CreationDate": "D:20260112093000Z",
            }
            if d["tiers"]
            else {},
            "pages": pages,
        }
        if d["class"]:
            record["class"] = d["class"]
        if d["tiers"] and "ocr" in d["tiers"]:
            record["ocr_languages"] = "deu+eng"
        return record

    def text(self, d, q):
        n = int(q.get("page", 1))
        r = random.Random(d["id"] + str(n))
        text = "\n\n".join(r.choice(PARAGRAPHS) for _ in range(5))
        return {
            "untrusted": True,
            "page": n,
            "pages": d["pages"],
            "offset": 0,
            "next_offset": None,
            "total_bytes": len(text.encode()),
            "text": text,
        }

    def settings(self):
        return {"files": {"cluster": "/srv/spool/spool.ini", "host": None}, "items": SETTINGS}

    def health(self):
        ok = not self.options.dead_share
        since = stamp(self.begun if ok else time.time() - 95)
        return {
            "status": "ok" if ok else "degraded",
            "version": "0.4.0",
            "time": stamp(time.time()),
            "started": stamp(self.begun),
            "connections": 5,
            "sse_clients": len(self.listeners),
            "memory_bytes": 88080384,
            "documents_known": len(self.documents),
            "checks": [
                {
                    "name": "share",
                    "ok": ok,
                    "since": since,
                    "message": "" if ok else "it does not answer",
                },
                {"name": "journals", "ok": True, "since": stamp(self.begun), "message": ""},
                {"name": "walk", "ok": True, "since": stamp(time.time() - 324), "message": ""},
            ],
        }

    def quota(self):
        return {
            "seen": stamp(time.time() - 6),
            "bytes_total": 2199023255552,
            "bytes_free": 812033114112,
            "files_total": 134217728,
            "files_free": 133300112,
            "floor_percent": 2,
            "low": False,
        }
