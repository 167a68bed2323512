#!/usr/bin/env python3
"""From a document's seal to the pixel: the real extractd and spoold on a local spool, and chromium. Documents come one at a time
with random gaps; for each it is measured when its row, and the number of what is done, were painted.

usage: latency.py [--documents N] [--gap MS]    BUILD in the environment: the folder with the programs (default: build)

With N of 50 or more the figures are of the page as it is. With less (20 by default) the list cannot be fetched anew, so that each row
must come by an event; and a stream that is broken off again and again gets each event once.
A document is sealed one rename before its text gets its name, in a tick of the clock (4 ms): x.txt's ctime is taken for the seal.
"""
import argparse
import http.client
import json
import os
import random
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'scenario'))

from pixel import Browser, Listener, fastest, latencies, show  # noqa: E402
from spoold import Spoold  # noqa: E402
from spooltest import Checks, Spool, below, drop, small_pdf, until  # noqa: E402

MANY = 50
IDLE_SECONDS = 20
GENEROUS_MS = 5000  # of a machine that does other things
SETTINGS = {'spool.settle_time': '0s', 'worker.poll_min': '20ms', 'worker.poll_max': '50ms'}


class Broken(threading.Thread):
    """A stream that is broken off every half second, and goes on from the last id: numbers of the journal's events."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.over, self.breaks = port, threading.Event(), 0
        self.seen, self.resets, self.retry, self.connected = [], 0, None, threading.Event()
        self.start()

    def run(self):
        last = None
        while not self.over.is_set():
            c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=5)
            c.request('GET', '/api/v1/events?topics=journal,overview', headers={'Last-Event-ID': last} if last else {})
            r = c.getresponse()
            end = time.monotonic() + 0.5
            last = self.follow(r, last, end)
            c.close()
            self.breaks += 1

    def follow(self, r, last, end):
        """Until then, and to the end of an event: half of one is none."""
        event = {}
        while time.monotonic() < end and not self.over.is_set():
            line = r.readline().decode().rstrip('\n')
            if line:
                key, _, value = line.partition(': ')
                event[key] = value
                continue
            self.retry = event.get('retry', self.retry)
            self.resets += event.get('event') == 'reset'
            if event.get('event') == 'journal':
                self.seen += [i['path'] for i in json.loads(event['data'])['items'] if i['event'] == 'done']
            last = event.get('id', last)
            if last:
                self.connected.set()
            event = {}
        return last


def sealed_at(spool, name, what=b'.txt'):
    """ms since 1970"""
    return os.stat(spool.at(b'done', name[:-4].encode() + what)).st_ctime_ns / 1e6


def feed(spool, names, gap, rng):
    for name in names:
        drop(spool.pending(name.encode()), small_pdf('about ' + name))
        time.sleep(rng.uniform(0.5, 1.5) * gap / 1000)


def judge(c, spool, names, browser, listener):
    seals = {n: sealed_at(spool, n) for n in names}
    painted, events = browser.rows(), browser.events()
    rows, numbers = latencies(painted, browser.numbers(), seals)
    heard = [listener.heard[n] - seals[n] for n in names if n in listener.heard]
    c.equal('an event has told of each', len(heard), len(names))
    c.equal('each document has had its row painted', [n for n in names if n not in painted][:5], [])
    c.equal('each has been counted on the overview', len(numbers), len(names))
    show('seal to PDF under its name', [sealed_at(spool, n, b'.pdf') - seals[n] for n in names])
    for what, values in (('event with a plain client', heard), ('row painted', rows), ('number painted', numbers)):
        if values:
            show('seal to ' + what, values)
    c.check('none took longer than %d s' % (GENEROUS_MS / 1000), max(rows + numbers, default=GENEROUS_MS) < GENEROUS_MS)
    c.check('none was painted before it was sealed', min(rows + numbers, default=0) >= 0)
    c.equal('no error, and nothing was loaded again', browser.trouble(), [])
    for kind, times in events.items():
        span = (times[-1] - times[0]) / 1000 if len(times) > 1 else 0
        # By when they come: a stall of this machine lets some come together.
        c.check('ten events %s a second at most' % kind, len(times) <= 10 * span + 2 and fastest(times) <= 13,
                '%d in %.1f s, %d in one' % (len(times), span, fastest(times)))


def cpu_ms(pid):
    """Of a process, its threads and what it has waited for."""
    with open('/proc/%d/stat' % pid, encoding='utf-8', errors='replace') as f:
        fields = f.read().rsplit(')', 1)[1].split()
    return sum(int(n) for n in fields[11:15]) * 1000 // os.sysconf('SC_CLK_TCK')


def idle(spoold):
    """Nothing happens, and nobody looks."""
    pids = [spoold.process.pid] + [p.pid for p in below(spoold.process.pid)]
    before, began = sum(map(cpu_ms, pids)), time.monotonic()
    time.sleep(IDLE_SECONDS)
    used, took = sum(map(cpu_ms, pids)) - before, time.monotonic() - began
    print('measured: spoold and its scanner, idle: %d ms of CPU in %.0f s, %.2f %%' % (used, took, used / took / 10), flush=True)


def broken_off(c, broken, names):
    until(lambda: len(broken.seen) >= len(names), 10)
    broken.over.set()
    broken.join(20)
    c.equal('a stream that was broken off %d times tells of each once' % broken.breaks, sorted(broken.seen), names)
    c.check('it was broken off, and never told to begin anew', broken.breaks > 1 and broken.resets == 0, broken.resets)
    c.equal('it says when to come back', broken.retry, '3000')


def run(c, spool, count, gap):
    short, names = count < MANY, ['latency-%04d.pdf' % i for i in range(count)]
    spoold = Spoold(spool)
    try:
        spool.start()
        with Browser(spoold.url, only_push=short) as browser:
            listener, broken = Listener('127.0.0.1', spoold.port), Broken(spoold.port) if short else None
            c.check('a plain client listens', listener.live.wait(10) and (not broken or broken.connected.wait(10)))
            feed(spool, names, gap, random.Random(5))
            c.check('all are done', spool.wait_finished(count, 60))
            until(lambda: len(browser.rows()) >= count and any(n >= count for n, _ in browser.numbers()), 10, 0.2)
            if broken:
                broken_off(c, broken, names)
            judge(c, spool, names, browser, listener)
        if not short:
            idle(spoold)
    finally:
        c.equal('spoold ends well', spoold.stop(), 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--documents', type=int, default=20)
    parser.add_argument('--gap', type=int, default=150, help='ms between two, on average')
    options = parser.parse_args()
    c = Checks()
    with Spool(SETTINGS, name='latency') as spool:
        run(c, spool, options.documents, options.gap)
    c.finish()


if __name__ == '__main__':
    main()
