#!/usr/bin/env python3
"""Goal: how many documents a second would so many hosts do on one file server, and what stops them first? A model out of measured figures and named
assumptions; the table of docs/SCALE.md is its output. --disk measures how fast the disk below a folder commits renames, as knfsd has it do them.

usage: project.py [--whole whole.json] [--cpu MS] [--cores N] [--rpcs N] [--rtt MS] [--ops N] [--commit MS,MS...] [--hosts N,N...] [--disk FOLDER]
  --whole   CPU a document and journal bytes a document from a run of whole.py; else --cpu, --line
  --rtt     a round trip, the server's work included (0.3);  --ops  what the server answers a second (20,000): both are assumptions
  --commit  for how long a rename between folders holds the server's lock; several for several servers
"""
import argparse
import json
import multiprocessing
import os
import shutil
import tempfile
import time

RENAMES_BETWEEN = 2         # of a document; DESIGN: the claim and the PDF's publishing
RENAMES_OF_FOLDER = 3       # that lock the folder in done/: text, JSON, PDF
HOST_RPCS = 6.0             # a second, of a busy host by the clock: status.json 2, journal 2.5, control/ and beat 1.5
JANITOR_RPCS, JANITOR_S = 4, 30     # a look at another host: its folder opened and listed, its beat asked for
TAIL_RPCS, TAIL_S = 2, 15           # another's journal has grown (duplicates = reuse): its size, and a READ; in so many seconds,
TAIL_FEW, TAIL_MOST = 20, 16        # times hosts / 20, at most 16 times
PAGE_HOSTS, PAGE_LOOK_RPCS, PAGE_TAILS = 20, 3, 200     # spoold: looks at hosts a second at most; of journals


def options():
    p = argparse.ArgumentParser(usage=__doc__.split('usage: ')[1])
    p.add_argument('--whole')
    for name, value in (('cpu', 10.0), ('cores', 8), ('rpcs', 20.9), ('rtt', 0.3), ('ops', 20000.0), ('line', 520.0)):
        p.add_argument('--' + name, type=type(value), default=value)
    p.add_argument('--commit', default='24.4,4.0,0.2', type=lambda t: [float(x) for x in t.split(',')])
    p.add_argument('--hosts', default='3,20,200', type=lambda t: [int(x) for x in t.split(',')])
    p.add_argument('--disk')
    o = p.parse_args()
    if o.whole:
        with open(o.whole, encoding='utf-8') as f:
            seen = json.load(f)
        o.cpu, o.line = 1000 * seen['extractd a document']['cpu'], seen['journal bytes a document']
    return o


# --- a disk ---

def folder_with(top, name, files):
    os.mkdir(os.path.join(top, name))
    fd = os.open(os.path.join(top, name), os.O_RDONLY)
    for i in range(files):
        os.close(os.open('f%d' % i, os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=fd))
    os.fsync(fd)
    return fd


def between(top, n):
    """Milliseconds of each rename from one folder into another, both then on disk: knfsd holds the file system's lock over all of it."""
    a, b, took = folder_with(top, 'a', n), folder_with(top, 'b', 0), []
    for i in range(n):
        began = time.monotonic()
        os.rename('f%d' % i, 'f%d' % i, src_dir_fd=a, dst_dir_fd=b)
        os.fsync(a)
        os.fsync(b)
        took.append(1000 * (time.monotonic() - began))
    return sorted(took)


def within(top, k, n, told):
    a = folder_with(top, 'p%d' % k, n)
    began = time.monotonic()
    for i in range(n):
        os.rename('f%d' % i, 'g%d' % i, src_dir_fd=a, dst_dir_fd=a)
        os.fsync(a)
    told.put((began, time.monotonic()))


def disk(folder, n=1000, processes=8):
    top = tempfile.mkdtemp(prefix='pdfspool-renames-', dir=folder)
    try:
        took = between(top, n)
        print('renames between folders, one at a time: %.0f a second; ms p50 %.2f, p99 %.2f, mean %.2f' % (
            1000 * n / sum(took), took[n // 2], took[n * 99 // 100], sum(took) / n))
        told = multiprocessing.Queue()
        all_ = [multiprocessing.Process(target=within, args=(top, k, n // processes, told)) for k in range(processes)]
        for p in all_:
            p.start()
        times = [told.get(timeout=600) for _ in all_]
        for p in all_:
            p.join()
        print('renames within a folder of its own, %d processes: %.0f a second' % (
            processes, n / (max(e for _, e in times) - min(b for b, _ in times))))
    finally:
        shutil.rmtree(top)


# --- the model ---

def by_the_clock(hosts, pages=1):
    """RPCs a second that go by the clock, whatever is done: of the hosts' own, janitors, journals followed, pages."""
    others = hosts * (hosts - 1)
    longer = min(max(-(-hosts // TAIL_FEW), 1), TAIL_MOST)
    return (hosts * HOST_RPCS, others * JANITOR_RPCS / JANITOR_S, others * TAIL_RPCS / (longer * TAIL_S),
            pages * (min(hosts, PAGE_HOSTS) * PAGE_LOOK_RPCS + min(10 * hosts, PAGE_TAILS)))


def limits(o, hosts, commit):
    """What each limit allows, documents a second. commit in ms."""
    slots = 4 * o.cores + 4
    clock = sum(by_the_clock(hosts))
    return {'cores': hosts * o.cores * 1000 / o.cpu,
            'round trips': hosts * slots * 1000 / (o.cpu + o.rpcs * o.rtt),
            'the client\'s lock': hosts * 1000 / (RENAMES_BETWEEN * (o.rtt + commit)),
            'the server\'s answers': max(o.ops - clock, 0) / o.rpcs,
            'the server\'s lock': 1000 / (RENAMES_BETWEEN * commit),
            'one folder': 1000 / (RENAMES_OF_FOLDER * commit)}


def table(o):
    print('%.1f ms of CPU a document, %d cores a host, %.1f RPCs a document, %.1f ms a round trip, %.0f answers a second\n' % (
        o.cpu, o.cores, o.rpcs, o.rtt, o.ops))
    print('| hosts | a rename holds the lock, ms | cores | round trips | client\'s lock | server\'s lock | server\'s answers | **documents a second** | first to stop them '
          '| all into one folder of `done/` | journals read, MB/s |')
    print('|--:|--:|--:|--:|--:|--:|--:|--:|---|--:|--:|')
    for hosts in o.hosts:
        for commit in o.commit:
            all_ = limits(o, hosts, commit)
            one = all_.pop('one folder')
            first = min(all_, key=all_.get)
            rate = all_[first]
            print('| %d | %.1f | %.0f | %.0f | %.0f | %.0f | %.0f | **%.0f** | %s | %.0f | %.2f |' % (
                hosts, commit, all_['cores'], all_['round trips'], all_['the client\'s lock'], all_['the server\'s lock'],
                all_['the server\'s answers'], rate, first, min(rate, one), rate * o.line * (hosts - 1) / 1e6))
    print('\n| hosts | RPCs a second by the clock: the hosts\' own | janitors | journals followed | one page |')
    print('|--:|--:|--:|--:|--:|')
    for hosts in o.hosts:
        print('| %d | %.0f | %.1f | %.1f | %.0f |' % ((hosts,) + by_the_clock(hosts)))


def main():
    o = options()
    if o.disk:
        disk(o.disk)
    table(o)


if __name__ == '__main__':
    main()
