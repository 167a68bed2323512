#!/usr/bin/env python3
"""Goal: two hosts on one spool, documents dropped all the time, and random processes killed and stopped all the time,
whole workers among them: in the end each document is in one place, once, with its own text; none is lost.

STORM_SECONDS (40), STORM_DOCUMENTS (400) and STORM_SEED (or the first argument) make it longer, larger, or the same
again (the order of attacks; what they hit depends on the moment).
"""
import collections
import os
import random
import shutil
import signal
import sys
import threading
import time

from spooltest import Checks, Law, Spool, Watcher, drop, files_below, is_result, pdf, result_stem, send_signal, small_pdf, \
    still_alive, until

SECONDS = float(os.environ.get('STORM_SECONDS', 40))
DOCUMENTS = int(os.environ.get('STORM_DOCUMENTS', 400))
SEED = int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get('STORM_SEED', random.SystemRandom().randrange(10 ** 6)))

SETTINGS = {
    'spool.settle_time': '150ms', 'spool.beat_interval': '200ms', 'spool.self_stop': '1200ms', 'spool.lease_timeout': '3s',
    'spool.max_attempts': '100', 'spool.retry_delay': '0s',
    'parser.cpu_limit': '2s', 'parser.stall_timeout': '3s', 'parser.document_timeout': '8s', 'parser.memory_limit': '256M',
    'log.log_level': 'info',
}
# Those that end the same way whatever the machine's load: what runs out of memory would be tried again, a hundred times.
BAD = ['notpdf', 'password', 'trunc', 'badpage', 'zeropages', 'garbagexref', 'countlie', 'js']

WEIGHTS = {'slot': 4, 'parser': 4, 'claimer': 3}

t = Checks()


class Dropper(threading.Thread):
    """Drops documents by cp and by mv, in folders, under equal names too."""

    def __init__(self, law, rng):
        super().__init__(daemon=True)
        self.law, self.rng, self.n, self.bad = law, rng, 0, 0
        self.over = threading.Event()

    def one(self):
        law, rng, i = self.law, self.rng, self.n
        bad = i % 20 == 7
        words = 'storm number%05d' % i
        if bad:
            data = pdf(BAD[self.bad % len(BAD)]) + b'\n%% storm %d\n' % i
            self.bad += 1
            words = None
        else: # long ones too, so that something is in hand whenever the lightning strikes
            data = small_pdf(words, rng.choice((1, 1, 3, 1000, 4000)))
        name = b'same.pdf' if i % 6 == 5 else b'doc%05d.pdf' % i
        path = rng.choice((b'', b'a/', b'a/b/', b'c d/')) + name
        target = law.spool.pending(path)
        if not os.path.isdir(os.path.dirname(target)):
            os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.exists(target):
            return # a user would overwrite it
        law.add(data, path, words)
        if rng.random() < 0.5:
            drop(target, data)
        else: # cp: a visible, growing file
            with open(target, 'xb', buffering=0) as f:
                for at in range(0, len(data), len(data) // 3 + 1):
                    f.write(data[at:at + len(data) // 3 + 1])
        self.n += 1

    def run(self):
        pause = SECONDS * 0.9 / DOCUMENTS
        while not self.over.is_set() and self.n < DOCUMENTS:
            burst = self.rng.choice((1, 1, 1, 5, 20))
            for _ in range(burst):
                self.one()
            self.over.wait(burst * pause)


class Consumer(threading.Thread):
    """Moves finished triples away to another folder, now and then."""

    def __init__(self, spool, watcher, rng):
        super().__init__(daemon=True)
        self.spool, self.watcher, self.rng = spool, watcher, rng
        self.folder = spool.at(b'consumed')
        os.mkdir(self.folder)
        self.n = 0
        self.incomplete = []
        self.over = threading.Event()

    def take_one(self, path):
        """x.json and x.txt first: with the PDF still there nobody can take the name."""
        moved = []
        folder, name = os.path.split(self.spool.at(b'done', path))
        target = os.path.join(self.folder, b'%05d' % self.n)
        os.mkdir(target)
        stem = result_stem(name)
        for source in (stem + b'.txt', stem + b'.json', name):
            try:
                os.rename(os.path.join(folder, source), os.path.join(target, source))
            except FileNotFoundError:
                self.incomplete.append((path, source))
            moved.append(os.path.join(folder, source))
        self.n += 1
        return moved

    def run(self):
        while not self.over.wait(1.5):
            done = self.spool.done()
            for path in self.rng.sample(done, min(len(done), 6)):
                self.watcher.consume(lambda p=path: self.take_one(p))


class Attacker:
    """SIGKILL and SIGSTOP/SIGCONT to random processes of the workers, which are started again when they are gone."""

    def __init__(self, spool, rng):
        self.spool, self.rng = spool, rng
        self.hosts = ['alpha', 'beta']
        self.workers = {h: self.start(h) for h in self.hosts}
        self.kills, self.stops = collections.Counter(), collections.Counter()
        self.frozen = [] # (when to continue, process)
        self.ever, self.survivors = {}, []
        self.slowest = 0

    def start(self, host):
        return self.spool.start('--slots', '4', host=host, wait=False)

    def thaw(self, all_=False):
        now, rest = time.monotonic(), []
        for when, p in self.frozen:
            if all_ or now >= when:
                send_signal(p, signal.SIGCONT)
            else:
                rest.append((when, p))
        self.frozen = rest

    def kill_supervisor(self, worker):
        self.kills['supervisor'] += 1
        those = worker.kill()
        began = time.monotonic()
        until(lambda: not still_alive(those), 3, 0.01)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.survivors += still_alive(those)

    def attack(self):
        host = self.rng.choice(self.hosts)
        worker = self.workers[host]
        if not worker.alive():
            self.kills['ended by itself'] += 1
            self.workers[host] = self.start(host)
            return
        tree = worker.tree()
        self.ever.update(((p.pid, p.start), p) for p in tree)
        dice = self.rng.random()
        if dice < 0.12:
            self.kill_supervisor(worker)
            self.workers[host] = self.start(host)
            return
        by_role = collections.defaultdict(list)
        for p in tree:
            by_role[worker.role_of(p)].append(p)
        if not by_role:
            return
        role = self.rng.choice([r for r in sorted(by_role) for _ in range(WEIGHTS.get(r, 1))])
        victim = self.rng.choice(by_role[role])
        if dice < 0.35:
            if send_signal(victim, signal.SIGSTOP):
                self.stops[role] += 1
                self.frozen.append((time.monotonic() + self.rng.uniform(0.1, 4), victim))
        elif send_signal(victim, signal.SIGKILL):
            self.kills[role] += 1

    def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.attack()
            pause = time.monotonic() + self.rng.uniform(0.3, 1.5) / 2
            while time.monotonic() < pause:
                self.thaw()
                time.sleep(0.05)
        self.thaw(all_=True)


def settle(spool, attacker, law, consumer, seconds):
    """No more attacks; both workers live until all is finished."""
    for host, worker in attacker.workers.items():
        if not worker.alive():
            attacker.workers[host] = attacker.start(host)
    total = len(law.dropped)
    return until(lambda: spool.finished() + consumer.n >= total and not spool.claimed(), seconds, 0.2)


def report(spool, attacker, law, consumer):
    spent = []
    consumed = [b'consumed/' + p for p in files_below(consumer.folder) if not is_result(p)]
    for path in [b'done/' + p for p in spool.done()] + [b'failed/%s/%s' % p for p in spool.failed()] + consumed:
        spent.append(spool.json(path)['attempt'])
    t.note('killed: ' + ', '.join('%s %d' % kv for kv in attacker.kills.most_common()))
    t.note('stopped: ' + ', '.join('%s %d' % kv for kv in attacker.stops.most_common()))
    counted(spool, attacker, law, consumer, spent)
    t.note('documents: %d, consumed %d, failed %d, done in more than one attempt %d, most attempts %d' %
           (len(law.dropped), consumer.n, len(spool.failed()), sum(a > 1 for a in spent), max(spent, default=0)))


def counted(spool, attacker, law, consumer, spent):
    """For docs/RELIABILITY.md."""
    found = law.problems(consumed=[consumer.folder], leftovers=True)
    t.report('storm', {
        'processes killed': sum(attacker.kills.values()), 'processes stopped': sum(attacker.stops.values()),
        'kills by process': dict(attacker.kills), 'documents attempted': len(law.dropped),
        'documents finished': spool.finished() + consumer.n, 'taken away by a consumer': consumer.n,
        'lost': sum(f.startswith('LOST') for f in found), 'duplicated': sum(f.startswith('DUPLICATE') for f in found),
        'unexpected': sum(not f.startswith(('LOST', 'DUPLICATE')) for f in found),
        'repeated tries': sum(spent) - len(spent),
    })


def main():
    t.note('seed %d, %.0f s, %d documents' % (SEED, SECONDS, DOCUMENTS))
    with Spool(SETTINGS, name='storm') as spool:
        law = Law(spool)
        watcher = Watcher(spool)
        dropper = Dropper(law, random.Random(SEED + 1))
        consumer = Consumer(spool, watcher, random.Random(SEED + 2))
        attacker = Attacker(spool, random.Random(SEED))
        for thread in (watcher, dropper, consumer):
            thread.start()
        attacker.run(SECONDS)
        dropper.over.set()
        dropper.join()
        consumer.over.set()
        consumer.join()
        began = time.monotonic()
        settled = settle(spool, attacker, law, consumer, 60)
        t.check('everything is finished soon after the storm (%.1f s)' % (time.monotonic() - began), settled,
                (len(law.dropped), spool.finished(), consumer.n, spool.waiting(), spool.claimed()))
        t.equal('both stopped with', [w.stop() for w in attacker.workers.values()], [0, 0])
        watcher.stop()
        report(spool, attacker, law, consumer)
        t.equal('no process outlived its supervisor', attacker.survivors + still_alive(list(attacker.ever.values())), [])
        t.check('all went within 1 s of their supervisor (%.2f s)' % attacker.slowest, attacker.slowest < 1)
        found = law.problems(consumed=[consumer.folder], leftovers=True)
        t.check('lost 0', not [f for f in found if f.startswith('LOST')], found)
        t.check('duplicates 0', not [f for f in found if f.startswith('DUPLICATE')], found)
        t.check('each with its own text, hash and path', not found, found)
        t.equal('no visible name ever changed its content (%d looks)' % watcher.looks, watcher.changed, [])
        t.equal('each triple was complete as soon as its PDF was seen', consumer.incomplete, [])
        t.equal('nothing is claimed, nothing waits, no lease is left',
                (spool.claimed(), spool.waiting(), spool.leases()), ([], [], []))
        bad = [p for p in spool.failed() if p[0] in (b'poison', b'unreadable', b'protocol')]
        t.equal('no document was blamed for the storm', bad, [])
        shutil.move(os.fsdecode(consumer.folder), os.fsdecode(spool.top)) # no part of the spool
        code, audit, err = spool.ctl('audit', '--verify', json_=True)
        t.check('spoolctl audit --verify is clean', code == 0 and audit['ok'] and not audit['problems'], audit or err)
        alarms = [line for w in spool.workers for line in w.log().splitlines() if b'level=error' in line and
                  b'sick' not in line]
        for line in sorted(set(l.split(b'msg=')[-1] for l in alarms))[:10]:
            t.note('said: %s' % line.decode(errors='replace')[:200])


main()
t.finish()
