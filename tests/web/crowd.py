#!/usr/bin/env python3
"""A hundred streams of events and seventy clients that send a byte of their header every two seconds, on a real spoold while documents are
done: plain requests are answered all the same, and each stream hears of each document.

usage: crowd.py [--requests N]    BUILD in the environment: the folder with the programs (default: build)
"""
import argparse
import collections
import http.client
import json
import os
import select
import socket
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'scenario'))

from spoold import Spoold  # noqa: E402
from spooltest import Checks, Spool, drop, small_pdf, until  # noqa: E402

STREAMS, SLOW, DOCUMENTS = 100, 70, 20
SLOW_SECONDS = 2
GENEROUS_MS = 2000  # of a machine that does other things
SETTINGS = {'spool.settle_time': '0s', 'worker.poll_min': '20ms', 'worker.poll_max': '50ms'}


class Chunks:
    """The body out of the chunked coding."""

    def __init__(self):
        self.raw, self.body, self.header = b'', b'', True

    def feed(self, piece):
        self.raw += piece
        if self.header:
            _, end, rest = self.raw.partition(b'\r\n\r\n')
            if not end:
                return
            self.raw, self.header = rest, False
        while True:
            size, end, rest = self.raw.partition(b'\r\n')
            if not end or len(rest) < int(size, 16) + 2:
                return
            self.body += rest[:int(size, 16)]
            self.raw = rest[int(size, 16) + 2:]

    def events(self):
        """Those that are whole."""
        *whole, self.body = self.body.split(b'\n\n')
        return whole


class Streams(threading.Thread):
    """All of them, by one thread; .paths counts how many have heard of which document."""

    def __init__(self, port, count):
        super().__init__(daemon=True)
        self.over, self.paths, self.ended, self.greeted = threading.Event(), collections.Counter(), 0, 0
        self.poll, self.all = select.poll(), {}
        for _ in range(count):
            s = socket.create_connection(('127.0.0.1', port), 10)
            s.sendall(b'GET /api/v1/events?topics=overview,documents,journal HTTP/1.1\r\nHost: localhost\r\n\r\n')
            self.poll.register(s, select.POLLIN)
            self.all[s.fileno()] = s, Chunks()
        self.start()

    def run(self):
        while not self.over.is_set():
            for fd, _ in self.poll.poll(100):
                s, chunks = self.all[fd]
                piece = s.recv(1 << 16)
                if not piece:
                    self.poll.unregister(s)
                    self.ended += 1
                chunks.feed(piece)
                for event in chunks.events():
                    self.take(event.decode().split('\n'))

    def take(self, lines):
        self.greeted += 'event: hello' in lines
        if 'event: journal' in lines:
            data = json.loads(next(line for line in lines if line.startswith('data: '))[6:])
            self.paths.update(i['path'] for i in data['items'] if i['event'] == 'done')

    def close(self):
        self.over.set()
        self.join(5)
        for s, _ in self.all.values():
            s.close()


class Slow(threading.Thread):
    """Who is ended comes back at once: there are always as many."""

    def __init__(self, port, count):
        super().__init__(daemon=True)
        self.port, self.over, self.ended = port, threading.Event(), 0
        self.all = [self.one() for _ in range(count)]
        self.start()

    def one(self):
        s = socket.create_connection(('127.0.0.1', self.port), 10)
        s.sendall(b'GET /api/v1/overview HTTP/1.1\r\nHost: localhost\r\nX-')
        return s

    def run(self):
        while not self.over.wait(SLOW_SECONDS):
            for i, s in enumerate(self.all):
                try:
                    s.send(b'a')
                    if select.select([s], [], [], 0)[0]:
                        raise ConnectionResetError
                except OSError:
                    s.close()
                    self.ended += 1
                    self.all[i] = self.one()

    def close(self):
        self.over.set()
        self.join(10)
        for s in self.all:
            s.close()


def ask(port, path):
    """(status, ms), on a connection of its own."""
    began = time.monotonic()
    c = http.client.HTTPConnection('127.0.0.1', port, timeout=10)
    try:
        c.request('GET', path)
        r = c.getresponse()
        r.read()
        return r.status, (time.monotonic() - began) * 1000
    except OSError:
        return 0, (time.monotonic() - began) * 1000
    finally:
        c.close()


def run(c, spool, requests):
    spoold = Spoold(spool)
    slow = streams = None
    try:
        spool.start()
        streams = Streams(spoold.port, STREAMS)
        c.check('a hundred streams are greeted', until(lambda: streams.greeted == STREAMS, 10), streams.greeted)
        slow = Slow(spoold.port, SLOW)
        c.equal('one stream more is told to poll', ask(spoold.port, '/api/v1/events')[0], 503)
        times, bad, names = [], [], ['crowd %d.pdf' % i for i in range(DOCUMENTS)]
        for i in range(requests):
            if i % (requests // DOCUMENTS) == 0 and i * DOCUMENTS // requests < DOCUMENTS:
                name = names[i * DOCUMENTS // requests]
                drop(spool.pending(name.encode()), small_pdf(name))
            status, ms = ask(spoold.port, ('/api/v1/overview', '/api/v1/documents?limit=20', '/js/main.js')[i % 3])
            times.append(ms)
            bad += [status] if status != 200 else []
            time.sleep(0.02)
        times.sort()
        print('measured: beside %d streams, %d slow clients and documents that are done, %d plain requests: p50 %.1f ms, '
              'p99 %.1f ms, most %.1f ms' % (STREAMS, SLOW, requests, times[len(times) // 2], times[len(times) * 99 // 100],
                                            times[-1]), flush=True)
        c.equal('each was answered', bad, [])
        c.check('in %d s' % (GENEROUS_MS / 1000), times[-1] < GENEROUS_MS)
        c.check('all is done', spool.wait_finished(DOCUMENTS, 30))
        until(lambda: all(streams.paths[n] == STREAMS for n in names), 10)
        c.equal('each stream has heard of each document, once', dict(streams.paths), {n: STREAMS for n in names})
        c.equal('no stream was ended', streams.ended, 0)
    finally:
        if slow:
            slow.close()
        if streams:
            streams.close()
        c.equal('spoold ends well', spoold.stop(), 0)
    return slow.ended if slow else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--requests', type=int, default=200)
    c = Checks()
    with Spool(SETTINGS, name='crowd') as spool:
        ended = run(c, spool, parser.parse_args().requests)
    print('        slow clients that were ended, and came back: %d' % ended)
    c.finish()


if __name__ == '__main__':
    main()
