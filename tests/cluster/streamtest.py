"""streamtest: does the checker of stream.py find what it is there for? No cluster is needed.

A good stream, made here, must pass; each harm done to it must be told, by the rule that it breaks.
"""

import stream

LEASE = "spool/claimed/c1/aaaaaaaa.1.2.b.3"
OTHER = "spool/claimed/c2/bbbbbbbb.1.2.b.3"


def move(cookie, old, new):
    return [f"F {cookie} f {old}", f"T {cookie} f {new}"]


def claim(n, lease=LEASE, number=1, source=None):
    return move(100 * n + number, source or f"spool/pending/x{n}.pdf", f"{lease}/work/1.a-{n}.a-{n}{number}~x{n}.pdf")


def private(n, number=1):
    return [f"C 0 f spool/done/.a-{n}.a-{n}{number}.{end}" for end in ("txt", "json")]


def seal(n, lease=LEASE, number=1):
    token = f"1.a-{n}.a-{n}{number}~x{n}.pdf"
    return move(200 * n + number, f"{lease}/work/{token}", f"{lease}/work/done.1!{token}")


def show(n, end, number=1, name=None):
    return move(300 * n + number, f"spool/done/.a-{n}.a-{n}{number}.{end}", f"spool/done/{name or f'x{n}'}.{end}")


def publish(n, lease=LEASE, number=1, name=None):
    token = f"{lease}/work/done.1!1.a-{n}.a-{n}{number}~x{n}.pdf"
    return move(400 * n + number, token, f"spool/done/{name or f'x{n}'}.pdf")


def beginning(count=3):
    lines = ["W", "S 1 d spool", f"S 2 d {LEASE}/work", f"S 2 d {OTHER}/work"]
    lines += [f"S {10 + n} f drop/d{n:06d}.pdf" for n in range(count)] + ["R"]
    for n in range(count):
        lines += move(1 + n, f"drop/d{n:06d}.pdf", f"spool/pending/x{n}.pdf")
    return lines


def whole(n):
    return [claim(n), private(n), seal(n), show(n, "txt"), show(n, "json"), publish(n)]


def flat(steps):
    return [line for step in steps for line in step]


def breaches(lines, expected=(0, 1, 2)):
    replay = stream.Replay()
    for at, line in enumerate(lines):
        if line == "CUT":
            replay.power_cut(at)
        else:
            replay.feed(line, float(at))
    replay.finish(set(expected))
    return replay.breaches


def put_back(n, number=1, lease=LEASE):
    return move(500 * n + number, f"{lease}/work/1.a-{n}.a-{n}{number}~x{n}.pdf",
                f"spool/pending/.retry/77.text.2d.a-{n}.a-{n}{number}~x{n}.pdf")


def claim_again(n, number=2, old=1, lease=OTHER):
    return move(600 * n + number, f"spool/pending/.retry/77.text.2d.a-{n}.a-{n}{old}~x{n}.pdf",
                f"{lease}/work/1.a-{n}.a-{n}{number}~x{n}.pdf")


def reclaimed(n):
    """A good life with a reclaim in it: the second claim does it."""
    return [claim(n), private(n), put_back(n), claim_again(n), private(n, 2), seal(n, OTHER, 2),
            show(n, "txt", 2), show(n, "json", 2), publish(n, OTHER, 2)]


def raced(n):
    """A good one whose lease was so new that the first moves were told by a look only."""
    token = "work/1.a-9.a-91~x.pdf"
    lease = "spool/claimed/c3/cccccccc.1.2.b.3"
    return [[f"C 0 d {lease}", f"S {10 + n} f {lease}/{token}", f"F 900 f spool/pending/x{n}.pdf"],
            private(9), move(901, f"{lease}/{token}", f"{lease}/work/done.1!1.a-9.a-91~x.pdf"),
            show(9, "txt", name=f"x{n}"), show(9, "json", name=f"x{n}"),
            move(902, f"{lease}/work/done.1!1.a-9.a-91~x.pdf", f"spool/done/x{n}.pdf")]


def raced_late(n):
    """The same where the look came after the seal."""
    sealed = "spool/claimed/c3/dddddddd.1.2.b.3/work/done.1!1.a-8.a-81~x.pdf"
    return [[f"C 0 d {sealed.rpartition('/')[0]}", f"S {10 + n} f {sealed}", f"F 910 f spool/pending/x{n}.pdf"],
            private(8), show(8, "txt", name=f"x{n}"), show(8, "json", name=f"x{n}"),
            move(912, sealed, f"spool/done/x{n}.pdf")]


def good(race=raced):
    return beginning() + flat(whole(0)) + flat(reclaimed(1)) + flat(race(2))


def rebooted(*places, after=()):
    """The last two documents are whole, the server reboots, and the first one is seen at these places."""
    lines = beginning() + flat(whole(1)) + flat(whole(2)) + flat(whole(0)[:3])
    results = [f"S 9{n} f spool/done/x{n}.{end}" for n in (1, 2) for end in ("txt", "json")]
    pdfs = [f"S {10 + n} f spool/done/x{n}.pdf" for n in (1, 2)]
    return lines + ["CUT", "W"] + results + pdfs + [f"S 10 f {p}" for p in places] + ["R"] + flat(after)


SEALED0 = f"{LEASE}/work/done.1!1.a-0.a-01~x0.pdf"
REST0 = [show(0, "txt"), show(0, "json"), publish(0)]
OTHERS = flat(whole(1)) + flat(whole(2))

GOOD = [
    ("a claim, a reclaim, a race with the watcher", good()),
    ("a race with the watcher that sees the sealed one", good(raced_late)),
    ("results taken away, and the name used again", beginning() + flat(whole(0)) + move(7, "spool/done/x0.txt", "taken/0/x0.txt")
     + move(8, "spool/done/x0.json", "taken/0/x0.json") + move(9, "spool/done/x0.pdf", "taken/0/x0.pdf")
     + flat([claim(1), private(1), seal(1), show(1, "txt", name="x0"), show(1, "json", name="x0"), publish(1, name="x0")])
     + flat(whole(2))),
    ("a power cut", rebooted(SEALED0, after=REST0)),
    ("a power cut that undid what nobody was told", rebooted(f"{LEASE}/work/1.a-0.a-01~x0.pdf", after=[seal(0), *REST0])),
]

HARM = [
    ("a document moved onto another in work/", "clobber", beginning() + claim(0) + move(9, "spool/pending/x1.pdf", f"{LEASE}/work/1.a-0.a-01~x0.pdf")),
    ("a text moved onto a text in done/", "clobber", beginning() + flat(whole(0)) + flat(whole(1)[:3]) + show(1, "txt", name="x0")),
    ("a PDF moved onto a PDF in done/", "clobber", beginning() + flat(whole(0)) + flat(whole(1)[:5]) + publish(1, name="x0")),
    ("a lost document: moved to nowhere", "one", beginning() + OTHERS + ["F 9 f spool/pending/x0.pdf"]),
    ("a document in two places that were only seen", "one", good() + [f"S 10 f {LEASE}/work/1.a-0.a-09~x0.pdf"]
     + move(9, f"{LEASE}/work/1.a-0.a-09~x0.pdf", f"{LEASE}/work/done.2!1.a-0.a-09~x0.pdf")),
    ("a lost document: removed", "one", beginning() + OTHERS + ["D 0 f spool/pending/x0.pdf"]),
    ("a document that nobody finished", "one", beginning() + OTHERS + claim(0)),
    ("a document that was never seen", "one", beginning(2) + flat(whole(0)) + flat(whole(1))),
    ("a double publish", "publish", good() + move(7, "spool/done/x0.pdf", SEALED0) + publish(0)),
    ("a PDF before its text", "publish", beginning() + flat(whole(0)[:3]) + show(0, "json") + publish(0) + show(0, "txt") + OTHERS),
    ("a PDF before its JSON", "publish", beginning() + flat(whole(0)[:3]) + show(0, "txt") + publish(0) + show(0, "json") + OTHERS),
    ("a PDF that was not sealed", "publish", beginning() + claim(0) + private(0) + show(0, "txt") + show(0, "json")
     + move(9, f"{LEASE}/work/1.a-0.a-01~x0.pdf", "spool/done/x0.pdf") + OTHERS),
    ("a claim name twice", "claim", beginning() + claim(0) + put_back(0) + claim_again(0, 1) + OTHERS),
    ("a claim name for two documents", "claim", beginning() + claim(0) + move(9, "spool/pending/x1.pdf", f"{OTHER}/work/1.a-0.a-01~x0.pdf")),
    ("a seal after the reclaim", "claim", beginning() + claim(0) + put_back(0)
     + move(9, "spool/pending/.retry/77.text.2d.a-0.a-01~x0.pdf", SEALED0) + flat(REST0) + OTHERS),
    ("a text of a claim that was taken back", "sealed", beginning() + claim(0) + private(0) + put_back(0) + show(0, "txt") + OTHERS),
    ("a text before the seal", "sealed", beginning() + claim(0) + private(0) + show(0, "txt") + seal(0) + show(0, "json") + publish(0) + OTHERS),
    ("a text made under its name", "born", good() + ["C 0 f spool/done/y.txt"]),
    ("a text removed", "born", good() + ["D 0 f spool/done/x0.txt"]),
    ("a failed document", "failed", beginning() + claim(0) + move(9, f"{LEASE}/work/1.a-0.a-01~x0.pdf", "spool/failed/corrupt/x0.pdf") + OTHERS),
    ("the queue ran over", "ran over", good() + ["Q"]),
    ("a power cut that doubled a document", "one", rebooted(SEALED0, "spool/pending/x0.pdf", after=REST0)),
    ("a power cut that lost a document", "one", rebooted()),
    ("a power cut that undid what was old", "durable", rebooted("spool/pending/x0.pdf", after=whole(0))),
    ("a power cut that lost an old result", "durable", [x for x in rebooted(SEALED0, after=REST0) if x != "S 91 f spool/done/x1.txt"]),
]


def prove(check):
    for name, lines in GOOD:
        found = breaches(lines)
        check(not found, f"fine: {name} {found[:3] or ''}")
    for name, word, lines in HARM:
        found = breaches(lines)
        told = any(word in breach.partition(":")[0] or word in breach for breach in found)
        check(told, f"found: {name} ({found[0][:60] if found else 'nothing'})")
