#!/usr/bin/env python3
"""Goal: two hosts in the middle of full work; one is stopped by SIGTERM and started again, the other is drained, then both
are stopped at once, again and again. Planned ends cost nothing: no document is lost, and none spends an attempt.

UNDERLOAD_ROUNDS (2) makes it longer. Each stop and drain is only counted when the host had documents in hand.
"""
import os
import signal
import sys
import threading
import time

from spooltest import Checks, Law, Spool, seen, small_pdf, still_alive, until

ROUNDS = int(os.environ.get('UNDERLOAD_ROUNDS', 2))
AHEAD = 30 # so many documents are always there to be claimed
PAGES = (1, 400, 3000, 1, 6000) # the last take longer than the grace: they must go back, and cost nothing
HOSTS = ('one', 'two')

t = Checks()


class Load(threading.Thread):
    """Keeps so many documents waiting that no host is ever idle."""

    def __init__(self, law):
        super().__init__(daemon=True)
        self.law, self.n, self.over = law, 0, threading.Event()

    def one(self):
        words = 'underload number%05d' % self.n
        self.law.drop(b'batch%d/doc%05d.pdf' % (self.n % 3, self.n), small_pdf(words, PAGES[self.n % len(PAGES)]), words)
        self.n += 1

    def run(self):
        while not self.over.wait(0.1):
            for _ in range(AHEAD - (self.n - self.law.spool.finished())):
                self.one()


def held(spool, host):
    """How many documents the host has in hand."""
    return sum(1 for h, _, _ in spool.claimed() if h == host.encode())


def busy(spool, host):
    """Wait until it has; how many."""
    return until(lambda: held(spool, host), 10, 0.005)


class Bench:
    def __init__(self, spool):
        self.spool = spool
        self.workers = {h: self.start(h) for h in HOSTS}
        self.codes, self.left, self.hit = [], [], {'stopped': 0, 'drained': 0}
        self.in_hand, self.slowest_drain, self.slowest_heard = 0, 0.0, 0.0

    def start(self, host):
        return self.spool.start('--slots', '3', host=host)

    def stop(self, hosts):
        """SIGTERM to all processes of these at once, as a service manager does; they are started again."""
        for host in hosts:
            had = busy(self.spool, host)
            self.hit['stopped'] += bool(had)
            self.in_hand += had
        trees = [self.workers[h].tree() for h in hosts]
        for host in hosts:
            os.killpg(self.workers[host].pid, signal.SIGTERM)
        self.codes += [self.workers[h].wait(20) for h in hosts]
        self.left += [p for tree in trees for p in still_alive(tree)] + [l for l in self.spool.leases() if l[0].decode() in hosts]
        for host in hosts:
            self.workers[host] = self.start(host)

    def drain(self, host):
        """Until it has heard of it and has nothing more in hand; then undo it."""
        worker, had = self.workers[host], busy(self.spool, host)
        began, before = time.monotonic(), len(worker.log())
        self.codes.append(self.spool.ctl('drain', host)[0])
        heard = until(lambda: b'draining by control/' in worker.log()[before:], 10)
        self.slowest_heard = max(self.slowest_heard, time.monotonic() - began)
        empty = heard and until(lambda: not held(self.spool, host), 20, 0.02)
        self.slowest_drain = max(self.slowest_drain, time.monotonic() - began)
        stays = not seen(lambda: held(self.spool, host), 0.4)
        self.hit['drained'] += bool(had and empty and stays)
        self.in_hand += had
        self.codes.append(self.spool.ctl('drain', host, '--undo')[0])
        return busy(self.spool, host)


def rounds(spool, bench):
    """All of it, so many times. How often a host that had been drained took up work again."""
    again = 0
    for i in range(ROUNDS):
        first, second = HOSTS[i % 2], HOSTS[1 - i % 2]
        bench.stop([first])
        again += bool(bench.drain(second))
        bench.stop([second])
        bench.stop(HOSTS)
    return again


def what_it_cost(spool):
    """What any document has spent: {path: (attempt, history, returns_unspent)} of those that are not as new."""
    found = {}
    for path in [b'done/' + p for p in spool.done()] + [b'failed/%s/%s' % p for p in spool.failed()]:
        record = spool.json(path)
        spent = (record['attempt'], record['history'], record['returns_unspent'])
        if spent != (1, [], 0):
            found[path] = spent
    return found


def main():
    with Spool({'worker.shutdown_grace': '20ms', 'spool.retry_delay': '1h', 'spool.retry_delay_max': '1h'}, name='underload') as spool:
        law = Law(spool)
        load, bench = Load(law), Bench(spool)
        load.start()
        again = rounds(spool, bench)
        load.over.set()
        load.join()
        stops = 4 * ROUNDS
        t.equal('each SIGTERM hit a host that had documents in hand', bench.hit['stopped'], stops)
        t.equal('each drain hit a host that had some, ended, and held', bench.hit['drained'], ROUNDS)
        t.equal('a host whose drain is undone works again', again, ROUNDS)
        t.check('all ended and all commands were taken with exit code 0', len(bench.codes) == stops + 2 * ROUNDS and
                not any(bench.codes), bench.codes)
        t.equal('no process and no lease was left', bench.left, [])
        t.check('all is finished', spool.wait_finished(load.n, 60), (load.n, spool.finished(), spool.waiting(), spool.claimed()))
        back = sum(w.log().count(b'put back without counting an attempt') + w.log().count(b'gave back') for w in spool.workers)
        t.check('some had to be put back', back > 0, back)
        t.equal('both stopped with', [w.stop() for w in bench.workers.values()], [0, 0])
        cost = what_it_cost(spool)
        t.check('attempts spent: 0', not cost, cost)
        t.equal('failed', spool.failed(), [])
        found = law.problems(leftovers=True)
        t.check('documents lost: 0', not [f for f in found if f.startswith('LOST')], found)
        t.check('each is there once, with its own text', not found, found)
        code, audit, err = spool.ctl('audit', '--verify', json_=True)
        t.check('spoolctl audit --verify is clean', code == 0 and audit['ok'] and not audit['problems'], audit or err)
        t.note('%d documents, %d in hand at %d stops and %d drains, %d times put back; a drain is heard of within %.1f s, done within %.1f' %
               (load.n, bench.in_hand, stops, ROUNDS, back, bench.slowest_heard, bench.slowest_drain))
        t.report('underload', {
            'documents dropped': load.n, 'documents finished': spool.finished(), 'stopped by SIGTERM while at work': bench.hit['stopped'],
            'drained while at work': bench.hit['drained'], 'documents in hand then': bench.in_hand, 'put back, unspent': back,
            'attempts spent': sum(c[0] - 1 for c in cost.values()), 'lost': sum(f.startswith('LOST') for f in found)})


if sys.argv[1:]:
    sys.exit('underload.py takes no argument')
main()
t.finish()
