"""tally: adds up the figures of all cases, for people and for the report."""

import json
import os
import statistics

import verdict

# a fault's kind (faults.py) -> what the report calls it
WORDS = {
    "power cut of a host": "power cuts of a host",
    "partition": "partitions",
    "partition longer than the lease": "partitions longer than the lease",
    "server stopped": "server restarts",
    "power cut of the server": "server reboots",
    "answers lost": "lost replies: times that a client was made deaf",
    "disk full": "disk-full windows",
}


class Tally:
    def __init__(self):
        self.counts = dict.fromkeys(["documents " + w for w in ("attempted", "acknowledged", "finished", "lost")], 0)
        self.kills, self.recovery = {}, {}
        self.flat = {}  # what was measured: [[first third, last third] of each round]

    def add(self, what, count):
        self.counts[what] = self.counts.get(what, 0) + count

    def take(self, bed, faults, outcome):
        """A case's figures."""
        for what in ("attempted", "acknowledged", "finished"):
            self.add(f"documents {what}", getattr(outcome, what))
        for what in ("lost", "duplicated", "unexpected"):
            self.add(f"documents {what}", len(getattr(outcome, what)))
        self.add("repeated work: claims beyond a document's first", bed.replay(repeated))
        self.add("repeated work: attempts and returns in the records", outcome.repeated)
        self.add("renames seen by the server and checked", bed.stream.replay.moves)
        self.add("breaches of the rules", len(bed.stream.replay.breaches))
        self.add("moves that a power cut hid from the stream", bed.stream.replay.unseen)
        for record in faults.records:
            self._fault(record)
        for kind, seconds in verdict.recovery(bed, faults.records).items():
            self.recovery.setdefault(kind, []).extend(seconds)

    def _fault(self, record):
        if record.kind.startswith("kill "):
            role = record.kind[5:]
            self.kills[role] = self.kills.get(role, 0) + 1
            self.add("processes killed", 1)
            return
        self.add(WORDS[record.kind], 1)
        if record.kind == "answers lost":
            self.add("lost replies: renames sent once more", record.resent)
            self.add("lost replies: renames that failed then", record.errors)
        if record.kind == "disk full":
            self.add("disk-full windows: times that extractd was told so", record.hit)

    def figures(self, number):
        return {kind: round(number(s), 2) for kind, s in sorted(self.recovery.items())}

    def print(self):
        for what, count in self.counts.items():
            print(f"     {what}: {count}")
        print(f"     killed: {', '.join(f'{role} {n}' for role, n in sorted(self.kills.items()))}")
        for kind, seconds in sorted(self.recovery.items()):
            print(f"     recovery, s: {kind}: {len(seconds)} times, median {statistics.median(seconds):.1f}, max {max(seconds):.1f}")

    def report(self, suite, seconds):
        """$REPORT/<suite>.json, when that is wanted."""
        if not os.environ.get("REPORT"):
            return
        counts = dict(self.counts)
        counts["processes killed by kind"] = self.kills
        counts["recovery times measured"] = {kind: len(s) for kind, s in sorted(self.recovery.items())}
        counts["recovery, median s"] = self.figures(statistics.median)
        counts["recovery, max s"] = self.figures(max)
        for what, rounds in self.flat.items():
            counts[f"{what}, medians of the first and of the last third"] = "; ".join(f"{f:,} to {l:,}" for f, l in rounds)
        with open(os.path.join(os.environ["REPORT"], suite + ".json"), "w", encoding="utf-8") as file:
            json.dump({"suite": suite, "seconds": round(seconds), "counts": counts}, file, indent=1)
            file.write("\n")


def repeated(replay):
    return sum(max(0, d.claimed - 1) for d in replay.documents.values())
