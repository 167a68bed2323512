"""verdict: is all that was dropped there, once, with its own text? From the server's disk and the stream."""

import hashlib
import json
import os
import shutil

import cluster
import documents


def copy_out(bed):
    """done/, failed/ and taken/ as they are on the server's disk: a folder of ours."""
    machines, name = bed.machines, bed.spool.label + ".result"
    top = f"{cluster.EXPORT}/{bed.name}"
    machines.run(
        "srv",
        f"mkdir /media/{name} && cp -r {top}/spool/done {top}/spool/failed {top}/taken /media/{name}",
        600,
    )
    return os.path.join(machines.share, name)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def one_bomb(pdf, digest, problems, where):
    """It failed, and its record says so; there is no text."""
    stem = pdf[:-4]
    if not where.startswith("failed/") or not os.path.exists(stem + ".json") or os.path.exists(stem + ".txt"):
        problems.append(f"BOMB: {where} must have failed, with a record and no text")
        return 0
    record = json.loads(read(stem + ".json"))
    if record["outcome"] != "failed" or record["class"] != where.split("/")[1] or record["sha256"] not in (digest, None):
        problems.append(f"MIXED: the record of {where}: {record['outcome']} {record['class']}")
    return record["attempt"] - 1 + record["returns_unspent"]


def one_document(pdf, serial_of, found, problems, top, bombs):
    """A PDF and what lies beside it."""
    digest = hashlib.sha256(read(pdf)).hexdigest()
    where = os.path.relpath(pdf, top)
    serial = serial_of.get(digest)
    if serial is None:
        problems.append(f"UNEXPECTED: {where} has a content that nobody dropped")
        return 0
    found.setdefault(serial, []).append(where)
    if serial in bombs:
        return one_bomb(pdf, digest, problems, where)
    stem = pdf[:-4]
    if not os.path.exists(stem + ".json") or not os.path.exists(stem + ".txt"):
        problems.append(f"INCOMPLETE: {where}")
        return 0
    record, text = json.loads(read(stem + ".json")), read(stem + ".txt")
    if record["sha256"] != digest or record["text_sha256"] != hashlib.sha256(text).hexdigest():
        problems.append(f"MIXED: the hashes in the record of {where} are not of its files")
    if documents.serials_in(text.decode()) != {serial}:
        problems.append(f"MIXED: the text of {where} is not of document {serial}")
    return record["attempt"] - 1 + record["returns_unspent"]


class Verdict:
    """attempted, acknowledged: sets of serials. Then counts, and problems as sentences."""

    def __init__(self, bed, attempted, acknowledged):
        bombs = bed.stream.replay.bombs
        serial_of = {digest: serial for serial, digest in bed.digests.items()}
        top, found, self.problems, self.repeated, self.leftovers = copy_out(bed), {}, [], 0, 0
        for root, _, files in os.walk(top):
            for file in files:
                path = os.path.join(root, file)
                if file.startswith("."):
                    self.leftovers += 1  # of claims that were lost: swept by age
                elif file.endswith(".pdf"):
                    self.repeated += one_document(path, serial_of, found, self.problems, top, bombs)
                elif not os.path.exists(path.rpartition(".")[0] + ".pdf"):
                    self.problems.append(f"UNEXPECTED: {os.path.relpath(path, top)} without a document")
        shutil.rmtree(top)
        for serial, places in found.items():
            self.problems += [f"FAILED: {p}" for p in places if p.startswith("failed/") and serial not in bombs]
        self.bombs = len(bombs & set(found))
        self.attempted, self.acknowledged = len(attempted), len(acknowledged)
        self.finished = sum(len(places) == 1 for places in found.values())
        self.lost = sorted(set(acknowledged) - set(found))
        self.duplicated = {serial: places for serial, places in found.items() if len(places) > 1}
        self.unexpected = sorted(set(found) - set(attempted))

    def check(self, check):
        words = f"{self.attempted} documents attempted, {self.acknowledged} acknowledged, {self.finished} finished"
        check(self.attempted == self.acknowledged == self.finished > 0, words)
        check(not self.lost, f"lost: {len(self.lost)} {self.lost[:5] or ''}")
        check(not self.duplicated, f"duplicated: {len(self.duplicated)} {dict(list(self.duplicated.items())[:5]) or ''}")
        unexpected = self.unexpected or [p for p in self.problems if p.startswith("UNEXPECTED")]
        check(not unexpected, f"unexpected: {len(unexpected)} {unexpected[:5] or ''}")
        check(not self.problems, f"each has its own text and record, nothing else is there {self.problems[:6] or ''}")


def recovery(bed, records):
    """{kind: [seconds]}: from the beginning of a fault that hit a host to the publishing of the last document
    that it had in hand then, by whomever; of one that hit the server, from its end to the next publishing."""
    seconds = {}

    def last(replay, record):
        times = [replay.first_publishing(record.began, None, {document}) for document in record.held]
        return max(times) if times and None not in times else None

    for record in records:
        if record.kind.startswith("kill spoold"):
            continue  # no document is in its hands
        if record.kind.startswith("kill") and record.kind != "kill supervisor":
            when = bed.replay(lambda r: r.first_publishing(record.began, record.target))
        elif record.target == "srv":
            when = bed.replay(lambda r: r.first_publishing(record.over))
        else:
            when = bed.replay(lambda r: last(r, record))
        if when is not None:
            since = record.over if record.target == "srv" else record.began
            seconds.setdefault(record.kind, []).append(when - since)
    return seconds
