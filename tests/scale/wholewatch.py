"""What whole.py sees while the work is done: the processes of extractd and spoold, and the lines of journals as they come.

Sums of CPU are of ticks: each process's own and those of its children that were waited for, so that nothing of a parser is lost when it ends.
"""
import collections
import json
import os
import time

from spooltest import processes

TICK = os.sysconf('SC_CLK_TCK')
IO_KEYS = ('rchar', 'wchar', 'syscr', 'syscw', 'read_bytes', 'write_bytes')

# Of one role at one moment: how many processes; the most memory of one (bytes; alone: without what it shares) and descriptors; sums.
Role = collections.namedtuple('Role', 'count rss alone descriptors cpu io')
Sample = collections.namedtuple('Sample', 'at roles finished by_class')


def role_of(p, worker, page, everybody):
    """extractd's role of a process, or spoold's; None when it is of neither."""
    chain, at = [], p
    while at and at.pid not in (worker, page):
        chain.append(at)
        at = everybody.get(at.ppid)
    if not at:
        return None
    if not chain:
        return 'supervisor' if at.pid == worker else 'spoold'
    if at.pid == page:
        return 'scanner' if p.role == 'scanner' else 'hand'
    if p.role.startswith('pdfspool-parser') or p.role == 'exe': # the latter while one executes itself anew
        return 'zygote' if p.ppid == worker else 'parser'
    return 'slot' if p.role.startswith('slot.') else p.role


def read(path):
    with open(path, encoding='ascii', errors='replace') as f:
        return f.read()


def one(p):
    """(rss, alone, descriptors, CPU seconds, io) of a process; None when it has just gone."""
    top = '/proc/%d/' % p.pid
    try:
        status = dict(line.split(':', 1) for line in read(top + 'status').splitlines() if ':' in line)
        stat = read(top + 'stat').rsplit(')', 1)[1].split()
        descriptors = len(os.listdir(top + 'fd'))
        io = dict(line.split(': ') for line in read(top + 'io').splitlines())
        kib = [int(status[k].split()[0]) for k in ('VmRSS', 'RssAnon')]
    except (OSError, KeyError, IndexError):
        return None
    return kib[0] * 1024, kib[1] * 1024, descriptors, sum(map(int, stat[11:15])) / TICK, {k: int(io[k]) for k in IO_KEYS}


def look(worker, page):
    """Role -> Role, of all that lives now."""
    everybody, found = processes(), collections.defaultdict(list)
    for p in everybody.values():
        role = role_of(p, worker, page, everybody) if p.state not in 'ZX' else None
        facts = one(p) if role else None
        if facts:
            found[role].append(facts)
    return {role: Role(len(all_), max(f[0] for f in all_), max(f[1] for f in all_), max(f[2] for f in all_), sum(f[3] for f in all_),
                       {k: sum(f[4][k] for f in all_) for k in IO_KEYS}) for role, all_ in found.items()}


def total(roles, of, what):
    """A sum over all roles of extractd, or of spoold."""
    ours = [r for name, r in roles.items() if (name in ('spoold', 'scanner', 'hand')) == (of == 'spoold')]
    return sum(r.cpu if what == 'cpu' else r.io[what] for r in ours)


class Journals:
    """The lines of all journals, each once, as they come."""

    def __init__(self, spool, load):
        self.spool, self.load = spool, load
        self.at = {}
        self.events = collections.Counter()                     # by their kind
        self.finished = 0
        self.by_class = collections.Counter()                   # (class, 'done' or 'failed')
        self.ms = collections.defaultdict(list)                 # class -> of each document
        self.unexpected = []
        self.times = bytearray(load.entries)                    # how often each entry has come to an end
        self.size = 0

    def read(self):
        for top, _, names in os.walk(self.spool.at(b'journal')):
            for name in names:
                self.read_one(os.path.join(top, name))

    def read_one(self, path):
        with open(path, 'rb') as f:
            f.seek(self.at.get(path, 0))
            data = f.read()
        whole = data.rfind(b'\n') + 1
        self.at[path] = self.at.get(path, 0) + whole
        self.size += whole
        for line in data[:whole].splitlines():
            self.take(json.loads(line))

    def take(self, event):
        self.events[event['event']] += 1
        if event['event'] not in ('done', 'failed'):
            return
        i = number_of(os.fsencode(event['path']))
        name, came = self.load.of[i][0], (event['event'], event['outcome'])
        self.finished += 1
        self.times[i] = min(self.times[i] + 1, 255)
        self.by_class[name, event['event']] += 1
        self.ms[name].append(event['ms'])
        if came != self.load.came(i):
            self.unexpected.append('%s came to %s, in the trial %s' % (event['path'], came, self.load.came(i)))


def number_of(path):
    """The entry that a path, or a token's path, is of."""
    at = path.rindex(b'doc-')
    return int(path[at + 4:at + 11])


def places(spool, entries):
    """(state -> documents, how often each entry is there): by the names of the tree, not by what any program says."""
    times, counts = bytearray(entries), collections.Counter()
    tops = {b'pending': 'pending', b'claimed': 'claimed', b'done': 'done', b'failed': 'failed'}
    for top, state in tops.items():
        for at, folders, names in os.walk(spool.at(top)):
            below = os.path.relpath(at, spool.at(top))
            for name in names:
                if name.endswith(b'.pdf') and b'doc-' in name and (state != 'claimed' or at.endswith(b'/work')):
                    i = number_of(name)
                    times[i] = min(times[i] + 1, 255)
                    counts['waiting' if below.startswith(b'.retry') else state] += 1
            folders.sort()
    return counts, times


class Watch:
    """Samples, every so many seconds."""

    def __init__(self, worker, page, journals, every):
        self.worker, self.page, self.journals, self.every = worker, page, journals, every
        self.samples, self.began = [], time.monotonic()

    def sample(self):
        self.journals.read()
        self.samples.append(Sample(time.monotonic() - self.began, look(self.worker, self.page), self.journals.finished,
                                   dict(self.journals.by_class)))
        return self.samples[-1]

    def until(self, entries, seconds, heard):
        """Until all is finished or the time is over."""
        while True:
            s = self.sample()
            heard(s)
            if s.finished >= entries or s.at >= seconds or 'supervisor' not in s.roles:
                return
            time.sleep(max(0.0, min(self.every, seconds - s.at)))

    def at(self, seconds):
        """(finished, CPU of extractd, CPU of spoold) at a moment, between two samples in proportion."""
        before = self.samples[0]
        for s in self.samples:
            if s.at >= seconds:
                part = (seconds - before.at) / (s.at - before.at) if s.at > before.at else 0
                return tuple(a + part * (b - a) for a, b in zip(self.sums(before), self.sums(s)))
            before = s
        return self.sums(before)

    @staticmethod
    def sums(s):
        return s.finished, total(s.roles, 'extractd', 'cpu'), total(s.roles, 'spoold', 'cpu')

    def windows(self, n=12):
        """Of n windows of equal length: begin, end, documents, documents a second, CPU ms of extractd and of spoold a document."""
        end = self.samples[-1].at
        edges = [self.at(end * k / n) for k in range(n + 1)]
        found = []
        for k in range(n):
            did, ours, page = (b - a for a, b in zip(edges[k], edges[k + 1]))
            found.append({'from': end * k / n, 'to': end * (k + 1) / n, 'documents': round(did), 'a second': did * n / end if end else 0,
                          'cpu ms': 1000 * ours / did if did else None, 'spoold cpu ms': 1000 * page / did if did else None})
        return found
