#!/usr/bin/env python3
"""Goal: what does the page cost when the spool is large? spoold on a spool with so many documents: journals as extractd writes them (lines of
a real one are the model), and their files, which are empty. Nothing works on the spool but what this program appends to the journals.

  start     from the start of spoold to its first answer, to /readyz, to all documents of the journals; memory, CPU
  idle      CPU of spoold and its scanner over a minute in which nothing happens (but for the walk)
  walked    (WALK=1 only) the first walk through all files, 2,000 a second, to its end; CPU after it, and once nothing is in pending/ any more
  busy      CPU a finished document while 100 of them a second are finished, in the order of their paths and in none
  requests  time and CPU of each kind of request, with clients of the stream connected; /healthz meanwhile
  wrk       requests a second of the overview, where wrk is installed

Checked are counts, memory, and that no request holds up the others for long; times are printed. They are those of whatever machine this is, at
whatever else it did.

usage: page.py [COUNT...]     documents (default: 100000). BUILD: the folder with the programs; SCALE_DIR: where the spool goes, default: the
                              temporary folder; SECONDS: of each part that takes its time (60); WALK=1: with that part (a million: half an hour)
"""
import collections
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, 'tests', 'scenario'), os.path.join(ROOT, 'tests', 'web')]
if os.environ.get('SCALE_DIR'):
    tempfile.tempdir = os.environ['SCALE_DIR']
from spooltest import Checks, Spool, drop, pdf, processes, until  # noqa: E402 (its place is known only now)
from real import Page  # noqa: E402

COUNTS = [int(a) for a in sys.argv[1:] if a.isdigit()] or [100000]
SECONDS = int(os.environ.get('SECONDS', '60'))
HOSTS, LEASES, FOLDER = 3, 4, 500         # leases of each host, documents of a folder
FAILED, PENDING = 50, 100                 # one of so many
STREAMS = 20
SERVER_MS = 5                             # of CPU in the server's thread a request, whatever it asks for
BYTES_A_DOCUMENT = 520                    # of spoold's memory, with paths of 38 bytes; beside BYTES_AT_ALL
BYTES_AT_ALL = 24 << 20
REASONS = ('no page could be read', 'the parser was killed at page %d', 'cannot find startxref', 'page %d: bad image', 'not a PDF')

checks = Checks()
report = collections.OrderedDict()


def note(name, value):
    report[name] = value
    print('      %-58s %s' % (name, value), flush=True)


# --- the spool ---

def path_of(i):
    return 'archive/box-%05d/document-%08d.pdf' % (i // FOLDER, i)


def model_lines(spool):
    """A line of a document that is done, and of one that failed, as extractd wrote them."""
    drop(spool.pending(b'good.pdf'), pdf('text', words='model'))
    drop(spool.pending(b'bad.pdf'), b'this is no PDF at all')
    spool.start('--once', wait=False).wait(60)
    lines = {}
    for top, _, files in os.walk(spool.at(b'journal')):
        for name in files:
            with open(os.path.join(top, name), 'rb') as f:
                for line in f:
                    event = json.loads(line)
                    lines[event['event']] = event
    for top in (b'done', b'failed', b'journal'):
        shutil.rmtree(spool.at(top))
        os.mkdir(spool.at(top))
    return lines


def stamp(ms):
    return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(ms // 1000)) + '.%03dZ' % (ms % 1000)


class Journals:
    """Lines like those of the models, one after the other."""

    def __init__(self, spool, models):
        self.spool, self.models = spool, models
        self.files = {}
        self.form = {what: self.form_of(dict(models[what])) for what in ('done', 'failed')}

    @staticmethod
    def form_of(event):
        for key, form in (('time', '%(time)s'), ('path', '%(path)s'), ('as', '%(as)s'), ('document', '%(id)s')):
            event[key] = form
        if event['event'] == 'failed':
            event['message'] = '%(message)s'
        event['size'] = event['ms'] = 12345
        return json.dumps(event, separators=(',', ':'), ensure_ascii=False).replace('12345', '%(number)d') + '\n'

    def file(self, host, lease):
        if (host, lease) not in self.files:
            folder = self.spool.at(b'journal', b'host%d' % host)
            os.makedirs(folder, exist_ok=True)
            self.files[host, lease] = open(os.path.join(folder, b'1a2b3c4d%04d.jsonl' % lease), 'a', encoding='utf-8')
        return self.files[host, lease]

    def line(self, i, ms):
        what = 'failed' if i % FAILED == 0 else 'done'
        values = {'time': stamp(ms), 'path': path_of(i), 'number': i * 7919 % 999983, 'id': '%s-%06x' % (self.models[what]['document'].split('-')[0], i)}
        if what == 'failed':
            reason = REASONS[i // FAILED % len(REASONS)]
            values['message'] = reason % (i % 97) if '%' in reason else reason
            values['as'] = 'failed/%s/%s' % (self.models[what]['outcome'], values['path'])
        else:
            values['as'] = 'done/' + values['path']
        return self.form[what] % values


def names_of(spool, journals, n):
    """An empty file where the document of each line is."""
    kind = journals.models['failed']['outcome'].encode()
    for first in range(0, n, FOLDER):
        folder = os.path.dirname(path_of(first)).encode()
        tops = {}
        for what in (b'done', b'pending', os.path.join(b'failed', kind)):
            os.makedirs(spool.at(what, folder), exist_ok=True)
            tops[what] = os.open(spool.at(what, folder), os.O_RDONLY)
        for i in range(first, min(first + FOLDER, n)):
            what = b'pending' if i % PENDING == 1 else list(tops)[2] if i % FAILED == 0 else b'done'
            os.close(os.open(os.path.basename(path_of(i)), os.O_WRONLY | os.O_CREAT, 0o664, dir_fd=tops[what]))
        for fd in tops.values():
            os.close(fd)


def fill(spool, n):
    """Journals of n documents, in which each host has done its share of each folder; the last ended just now."""
    journals = Journals(spool, model_lines(spool))
    now, lines = int(time.time() * 1000), 0
    for i in range(n):
        if i % PENDING == 1:
            continue
        host, lease = i * 7 % HOSTS, i * LEASES // n
        journals.file(host, lease).write(journals.line(i, now - (n - i) * 20))
        lines += 1
    for f in journals.files.values():
        f.flush()
    names_of(spool, journals, n)
    return journals, lines


# --- what the processes did ---

def scanner_of(page):
    found = [p.pid for p in processes().values() if p.ppid == page.process.pid and p.role == 'scanner']
    return found[0] if found else None


def cpu_ms(pid, task=None):
    """Of all threads of a process, or of one."""
    total = 0
    for name in [str(task)] if task else os.listdir('/proc/%d/task' % pid):
        with open('/proc/%d/task/%s/schedstat' % (pid, name), encoding='ascii') as f:
            total += int(f.read().split()[0])
    return total / 1e6


def memory(pid, key='VmRSS'):
    with open('/proc/%d/status' % pid, encoding='ascii', errors='replace') as f:
        return int(re.search(key + r':\s+(\d+)', f.read()).group(1)) * 1024


def overview(page):
    return json.loads(page.ask('/api/v1/overview')[2])


def metric(page, name):
    m = re.search(r'^%s(?:\{[^}]*\})? (\S+)$' % name, page.ask('/metrics')[2].decode(), re.M)
    return float(m.group(1)) if m else None


def mib(n):
    return '%.1f MiB' % (n / (1 << 20))


# --- the parts ---

def part_start(spool, n, lines):
    began = time.monotonic()
    page = Page(spool)
    note('seconds to the first answer', round(time.monotonic() - began, 2))
    seen = {}

    def all_seen():
        d = overview(page)['documents']
        for name, so in (('the first documents', d['done'] + d['failed'] > 0), ('all documents of the journals', d['done'] + d['failed'] >= lines),
                         ('/readyz', page.ask('/readyz')[0] == 200)):
            if so and name not in seen:
                seen[name] = round(time.monotonic() - began, 2)
        return len(seen) == 3
    checks.check('all documents of the journals are told of', until(all_seen, 60 + n / 2000, 0.05), seen)
    for name, seconds in seen.items():
        note('seconds to ' + name, seconds)
    scanner = scanner_of(page)
    note('CPU seconds until then, spoold', round(cpu_ms(page.process.pid) / 1e3, 2))
    note('CPU seconds until then, scanner', round(cpu_ms(scanner) / 1e3, 2))
    note('memory of spoold, at most so far', mib(memory(page.process.pid, 'VmHWM')))
    time.sleep(3)
    rss = memory(page.process.pid)
    note('memory of spoold', '%s, %d bytes a document' % (mib(rss), rss / n))
    note('memory of the scanner', mib(memory(scanner)))
    checks.check('memory is bounded: %d bytes a document and %s at most' % (BYTES_A_DOCUMENT, mib(BYTES_AT_ALL)),
                 memory(page.process.pid, 'VmHWM') <= BYTES_AT_ALL + n * BYTES_A_DOCUMENT, mib(memory(page.process.pid, 'VmHWM')))
    return page


def cpu_of(page, seconds):
    """Per cent of a core of spoold and of its scanner, over so many seconds."""
    pids = page.process.pid, scanner_of(page)
    before, began = [cpu_ms(p) for p in pids], time.monotonic()
    time.sleep(seconds)
    wall = (time.monotonic() - began) * 1e3
    return [100 * (cpu_ms(p) - b) / wall for p, b in zip(pids, before)]


def part_idle(page):
    walks = overview(page)['share']['walking']
    ours, scanner = cpu_of(page, SECONDS)
    note('idle: CPU, per cent of a core: spoold, scanner', '%.2f, %.2f%s' % (ours, scanner, ' (it walks)' if walks else ''))


def part_walked(spool, page, n):
    """The first walk looks at each file once; those after it go on for ever, a tenth as fast."""
    pids, began = (page.process.pid, scanner_of(page)), time.monotonic()
    over = until(lambda: overview(page)['share']['complete'], 120 + n / 500, 1)
    if not checks.check('the first walk comes to its end', over):
        return
    note('seconds that the rest of the first walk took', round(time.monotonic() - began))
    time.sleep(70)      # after a minute the next one begins
    note('idle after it: per cent of a core: spoold, scanner', '%.2f, %.2f' % tuple(cpu_of(page, 5 * SECONDS)))
    before = memory(page.process.pid)
    subprocess.run(['rm', '-rf', spool.pending(b'archive')], check=True)
    checks.check('the page sees that nothing is pending', until(lambda: overview(page)['documents']['pending'] == 0, 120, 1))
    note('idle, nothing in pending/: the same', '%.2f, %.2f' % tuple(cpu_of(page, 5 * SECONDS)))
    note('memory of spoold, scanner', ', '.join(mib(memory(p)) for p in pids))
    checks.check('memory that this change took is given back', until(lambda: memory(page.process.pid) <= 1.1 * before + (8 << 20), 90, 1),
                 '%s before' % mib(before))


def part_busy(page, journals, n):
    """100 documents a second come to their end once more."""
    for name, number in (('in order', lambda k: n // 3 + k), ('in none', lambda k: random.randrange(n))):
        pids = page.process.pid, scanner_of(page)
        before, began, k = [cpu_ms(p) for p in pids], time.monotonic(), 0
        while time.monotonic() < began + SECONDS / 2:
            while k < 100 * (time.monotonic() - began):
                journals.file(k % HOSTS, LEASES - 1).write(journals.line(number(k), int(time.time() * 1000)))
                k += 1
            for f in journals.files.values():
                f.flush()
            time.sleep(0.05)
        used = [cpu_ms(p) - b for p, b in zip(pids, before)]
        note('busy, %s: CPU ms a document: spoold, scanner' % name, '%.2f, %.2f (%d documents)' % (used[0] / k, used[1] / k, k))


class Streams:
    """Clients of the stream, who read what comes."""

    def __init__(self, page, n):
        self.stop, self.bytes, self.threads, self.lock = False, 0, [], threading.Lock()
        for _ in range(n):
            self.threads.append(threading.Thread(target=self.read, args=(page.port,), daemon=True))
            self.threads[-1].start()

    def read(self, port):
        with socket.create_connection(('127.0.0.1', port), timeout=20) as s:
            s.sendall(b'GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
            while not self.stop:
                got = len(s.recv(65536))
                if got == 0:
                    return
                with self.lock:
                    self.bytes += got


def server_thread(page, ask):
    """The thread that used the most CPU while `ask` ran often."""
    tasks = os.listdir('/proc/%d/task' % page.process.pid)
    before = {t: cpu_ms(page.process.pid, t) for t in tasks}
    for _ in range(200):
        ask()
    return max(tasks, key=lambda t: cpu_ms(page.process.pid, t) - before[t])


def percentiles(values):
    v = sorted(values)
    return '%.1f / %.1f / %.1f' % (v[len(v) // 2], v[min(len(v) - 1, len(v) * 99 // 100)], v[-1])


def kinds_of(page, n):
    def documents(query):
        return json.loads(page.ask('/api/v1/documents?' + query)[2])
    some = documents('sort=path&limit=1&prefix=' + path_of(n // 2)[:-1])['items'][0]['id']
    waits = documents('sort=path&limit=1&state=pending')['items'][0]['id']

    def deep(sort, pages):
        after = ''
        for _ in range(pages):
            after = '&after=' + documents('limit=1000&sort=%s%s' % (sort, after))['next']
        return after
    group = json.loads(page.ask('/api/v1/failures')[2])['groups'][0]['id']
    return [('overview', 'overview'), ('hosts', 'hosts'),
            ('list, first page', 'documents'), ('list, first page of 1,000', 'documents?limit=1000'),
            ('list, 10th page of 1,000', 'documents?limit=1000' + deep('-changed', 9)),
            ('list by path, 10th page of 1,000', 'documents?limit=1000&sort=path' + deep('path', 9)),
            ('list by size', 'documents?sort=-size'), ('list of failed ones', 'documents?state=failed'),
            ('list of a folder', 'documents?prefix=' + urllib.parse.quote(os.path.dirname(path_of(n // 2)))),
            ('list of a group of failures', 'documents?group=' + group),
            ('search for words, many match', 'documents?text=document'),
            ('search for words, none match', 'documents?text=no+such+words'),
            ('failures', 'failures'), ('one document', 'documents/' + some), ('one that waits', 'documents/' + waits),
            ('one that is not there', 'documents/nobody-000000'), ('history', 'history?span=30d'), ('journal', 'journal')]


def part_requests(page, n):
    task = server_thread(page, lambda: page.ask('/api/v1/overview'))
    streams, began_all = Streams(page, STREAMS), time.monotonic()
    for name, query in kinds_of(page, n):
        took, cpu, plain, over = [], cpu_ms(page.process.pid, task), [], threading.Event()

        def ask_plain(plain=plain, over=over):
            while not over.is_set():
                began = time.monotonic()
                if page.ask('/healthz')[0] == 200:
                    plain.append((time.monotonic() - began) * 1e3)
                time.sleep(0.01)
        quiet = cpu_ms(page.process.pid, task)
        for _ in range(100):
            began = time.monotonic()
            status = page.ask('/api/v1/' + query, **{'Accept-Encoding': 'gzip'})[0]
            took.append((time.monotonic() - began) * 1e3)
            if sum(took) > 10000:
                break
        cpu = (cpu_ms(page.process.pid, task) - quiet) / len(took)
        beside = threading.Thread(target=ask_plain)
        beside.start()
        for _ in range(10):
            page.ask('/api/v1/' + query)
        over.set()
        beside.join()
        wanted = 404 if 'not there' in name else 200
        checks.equal('%s answers' % name, status, wanted)
        checks.check('%s: %.2f ms of the server\'s thread, at most %d' % (name, cpu, SERVER_MS), cpu <= SERVER_MS)
        note(name + ': ms p50 / p99 / most; CPU ms of the server\'s thread; /healthz meanwhile',
             '%s; %.2f; %s' % (percentiles(took), cpu, percentiles(plain)))
    alive = sum(t.is_alive() for t in streams.threads)
    checks.equal('all clients of the stream were served to the end', alive, STREAMS)
    streams.stop = True
    note('bytes a second that a client of the stream got', round(streams.bytes / STREAMS / (time.monotonic() - began_all)))


def part_wrk(page):
    if not shutil.which('wrk'):
        checks.skip('wrk', 'it is not installed')
        return
    for clients in (1, 20, 100):
        out = subprocess.run(['wrk', '-t1', '-c%d' % clients, '-d%ds' % max(3, SECONDS // 6), '--latency',
                              'http://127.0.0.1:%d/api/v1/overview' % page.port], stdout=subprocess.PIPE, check=True).stdout.decode()
        rate, p50, p99 = (re.search(p, out).group(1) for p in (r'Requests/sec:\s+(\S+)', r'50%\s+(\S+)', r'99%\s+(\S+)'))
        note('wrk, %d connections: overviews a second, p50, p99' % clients, '%s, %s, %s' % (rate, p50, p99))
        checks.check('all of them were answered', 'Non-2xx' not in out and float(rate) > 100, out[-300:])


def run(n):
    print('--- %d documents' % n, flush=True)
    with Spool(name='page-scale') as spool:
        began = time.monotonic()
        journals, lines = fill(spool, n)
        size = sum(os.path.getsize(os.path.join(t, f)) for t, _, files in os.walk(spool.at(b'journal')) for f in files)
        print('      made in %.0f s; journals of %s' % (time.monotonic() - began, mib(size)), flush=True)
        page = part_start(spool, n, lines)
        try:
            part_idle(page)
            part_requests(page, n)
            part_wrk(page)
            part_busy(page, journals, n)
            if os.environ.get('WALK'):
                part_walked(spool, page, n)
        finally:
            page.stop()


def main():
    for n in COUNTS:
        run(n)
    checks.finish()


if __name__ == '__main__':
    main()
