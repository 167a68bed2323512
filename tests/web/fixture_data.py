"""Names, hosts, messages and settings of fixture.py: made up, but of the kind that real spools hold."""

CLASSES = ["encrypted", "not_pdf", "timeout", "corrupt", "memory", "unreadable"]
STAGE_OF = {
    "encrypted": "open",
    "not_pdf": "open",
    "corrupt": "open",
    "timeout": "text",
    "memory": "text",
}
MESSAGES = {
    "encrypted": ["a password is needed"],
    "not_pdf": [
        "no %PDF header in the first 1024 bytes",
        "it begins like a Word document",
        "it is an HTML page",
    ],
    "timeout": ["over document_timeout on page # of #"],
    "corrupt": ["cannot find startxref; repair found no pages", "page tree: cycle at object #"],
    "memory": ["page #: more than 1 GiB was needed"],
    "unreadable": ["permission denied"],
}
FOLDERS = [
    "archive/2024/contracts/",
    "archive/2025/minutes/",
    "archive/2026/",
    "scans/2026-11/",
    "scans/2026-10/inbox/",
    "incoming/mail/",
    "@deu+eng/library/",
    "grants/",
]
NAMES = [
    "annual report",
    "minutes",
    "invoice",
    "ledger",
    "plan of the north wing",
    "tender",
    "letter to the council",
    "handbook",
    "survey",
    "deed",
    "thesis",
    "proceedings",
    "price list",
    "map sheet",
    "protocol",
    "appendix B",
]
HOSTILE = [
    "incoming/mail/<img src=x onerror=alert(1)>.pdf",
    'incoming/mail/"><script>alert(document.cookie)<%2Fscript>.pdf',
    "incoming/mail/invoice%E2%80%AEfdp.exe.pdf",
    "incoming/mail/caf%E9 %FF%FE.pdf",
    "incoming/mail/ملف الميزانية السنوية.pdf",
    "incoming/mail/" + "a-name-that-goes-on-and-on-" * 8 + "2026.pdf",
    "incoming/mail/javascript:alert(1).pdf",
    "incoming/mail/two%0Alines & %25s ${7*7} {{x}}.pdf",
]


def name_of(r):
    return r.choice(FOLDERS) + r.choice(NAMES) + f" {r.randint(1, 9999)}.pdf"


def host(name, state, cores, slots, version="0.4.0", **more):
    return {
        "host": name,
        "lease": f"k3v9q2x7ab1c.4121.88213.9f0e-{name}.4026531836",
        "state": state,
        "reason": "",
        "drained": state == "draining",
        "version": version,
        "version_differs": version != "0.4.0",
        "sandbox": "full",
        "wake": "scan",
        "pid": 4121,
        "uptime_ms": 201600000,
        "cores": cores,
        "n_slots": slots,
        "dead_leases": 0,
        "seen": 3,
        "counts": {
            "done": 2210,
            "failed": 61,
            "retried": 40,
            "unspent": 3,
            "pages": 27020,
            "bytes": 15002394112,
            "claims_tried": 2290,
            "claims_won": 2274,
            "parser_kills": 31,
            "restarts": 0,
        },
        "rates": {"documents": 14.2, "pages": 171.0},
        "load": {
            "cpu_percent": 88.5,
            "extractd_cpu_percent": 84.2,
            "load_average": 8.61,
            "memory_used": 9126805504,
            "memory_total": 17179869184,
            "extractd_memory": 5368709120,
            "temperature_celsius": 71,
        },
        "languages": ["deu", "eng", "fra"],
    } | more


HOSTS = [
    host("archive-a", "working", 4, 10, "0.3.9", load=None, languages=None, sandbox="seccomp"),
    host("nas-1", "draining", 8, 18),
    host("ocr-1", "working", 8, 18),
    host("ocr-2", "silent", 8, 18, seen=260, dead_leases=1),
    host("desk-17", "idle", 4, 10, languages=[]),
]

PARAGRAPHS = [
    "The committee met at ten o'clock in the reading room. Eleven members were present; the minutes of the previous meeting were read and approved without amendment.",
    "3.2  Storage. The rolls are to be kept dry, away from light, and below 21 °C. Boxes bear the year and the running number on the short side, so that they can be read from the aisle.",
    "Quantity Description Unit price Amount\n12 Archive boxes, acid free 4.80 57.60\n3 Shelf, oak, 90 cm 112.00 336.00",
    "Der Vorstand beschließt einstimmig, die Arbeiten am Nordflügel bis zum Frühjahr zu verschieben. Die Mittel werden in das folgende Rechnungsjahr übertragen.",
    "In the winter of that year the river froze from the mill to the lower bridge, and the deliveries had to be made by sledge; the ledger has a separate column for it.",
    "Signed and sealed in the presence of two witnesses, whose names stand below.",
]


def setting(section, key, value, default, bounds, text, scope="host"):
    return {
        "section": section,
        "key": key,
        "value": value,
        "default": default,
        "origin": "default" if value == default else "cluster",
        "scope": scope,
        "bounds": bounds,
        "secret": False,
        "help": text,
    }


SETTINGS = [
    setting(
        "spool",
        "beat_interval",
        "20s",
        "20s",
        "50ms to 10m",
        "how often each host touches its heartbeat",
        "cluster",
    ),
    setting(
        "spool",
        "lease_timeout",
        "3m",
        "3m",
        "500ms to 1d",
        "a heartbeat that has not changed for this long is dead, and its documents are taken back",
        "cluster",
    ),
    setting(
        "spool",
        "settle_time",
        "10s",
        "30s",
        "0 to 7d",
        "a dropped file must have been left alone for this long before it is taken",
        "cluster",
    ),
    setting(
        "spool",
        "max_attempts",
        "4",
        "4",
        "1 to 100",
        "attempts at a document before it fails",
        "cluster",
    ),
    setting(
        "worker", "slots", "0", "0", "0 to 1024", "documents in hand at once; 0: 2 x cores + 2"
    ),
    setting(
        "worker",
        "free_space_floor",
        "2",
        "2",
        "0 to 90",
        "per cent of the share that must be free; below it nothing is claimed",
    ),
    setting(
        "worker",
        "scratch_dir",
        "/var/tmp",
        "/var/tmp",
        "an absolute path",
        "local folder for large documents at work",
    ),
    setting(
        "parser",
        "sandbox",
        "require",
        "require",
        "require, prefer or off",
        "require: no parsing without the full sandbox; prefer: as much of it as this machine has; off: none",
    ),
    setting(
        "parser", "document_timeout", "1h", "1h", "100ms to 30d", "time that a document may take"
    ),
    setting("parser", "memory_limit", "2G", "1G", "16M to 1T", "memory that a document may take"),
    setting(
        "ocr",
        "ocr",
        "auto",
        "auto",
        "auto, now, later or never",
        "when pages without a good text layer are read",
        "cluster",
    ),
    setting(
        "ocr",
        "languages",
        "deu+eng",
        "auto",
        "auto, or codes parted by +",
        "what OCR expects",
        "cluster",
    ),
    setting(
        "log",
        "log_level",
        "info",
        "info",
        "debug, info, warn or error",
        "lowest level that is logged",
    ),
]
