"""A spool to look at: some hundred documents of all outcomes, done by real hosts, with what they did spread over the last hours (that
alone is made up, in the journals). One host is dead, one is drained, and what is in hand is held still.

The spool is /srv/spool, on a file system of this process alone (call alone() first), so that no picture shows another path.
"""
import glob
import os
import random
import re
import signal
import subprocess
import sys
import time

from spoold import Spoold # and the way to spooltest
from spooltest import SPOOLCTL, Spool, drop, pdf, send_signal, small_pdf, until

SETTINGS = {'spool.lease_timeout': '10m', 'spool.max_attempts': '2', 'spool.retry_delay': '0s', 'parser.stall_timeout': '3m',
            'spool.self_stop': '1m', 'ocr.ocr': 'later', 'parser.max_pages': '9800'}
WORDS = ('ledger minutes survey letter invoice chart tide harbour crew cargo lighthouse keeper log weather storm repair lamp oil '
         'signal rope anchor chapel parish council bridge mill grain tax deed map road').split()
HOURS = 9  # over which what was done is spread


def alone():
    """Start this program anew with a /srv of its own."""
    if os.environ.get('STAGE') == '1':
        return
    own = ['unshare', '--mount'] + ([] if os.geteuid() == 0 else ['--map-root-user'])
    os.execvpe(own[0], own + ['sh', '-c', 'mount -t tmpfs -o mode=755 tmpfs /srv && exec "$@"', 'sh', sys.executable] + sys.argv,
               {**os.environ, 'STAGE': '1', 'TZ': 'UTC'})


class Stage(Spool):
    """The spool at /srv/spool, empty."""

    def __init__(self):
        self.top, self.path, self.workers = b'/srv', b'/srv/spool', []
        subprocess.run([SPOOLCTL, 'init', self.path], check=True, stderr=subprocess.DEVNULL)
        self.configure(SETTINGS)
        self.chance, self.dropped = random.Random(7), 0

    def put(self, path, data):
        self.dropped += 1
        where = os.path.join(self.path, b'pending', path.encode())
        os.makedirs(os.path.dirname(where), exist_ok=True)
        drop(where, data)

    def words(self, n=9):
        return ' '.join(self.chance.choice(WORDS) for _ in range(n))

    def many(self, count, folder, name):
        for i in range(count):
            pages = self.chance.choice((1, 1, 2, 2, 3, 4, 6, 12, 31))
            self.put('%s/%s' % (folder, name % (i + 1)), small_pdf('%d %s' % (i, self.words()), pages))

    def pile(self):
        """What will be done, or fail."""
        self.many(150, 'archive/2024', 'minutes %03d.pdf')
        self.many(120, 'archive/2025/survey', 'sheet %03d.pdf')
        self.many(90, 'incoming/mail', 'Attachment %d.pdf')
        for i in range(6):
            self.put('scans/2026-11/ledger %02d.pdf' % (i + 1), pdf('mixed', words=self.words(14)))
        for i in range(4):
            self.put('scans/2026-11/plate %02d.pdf' % (i + 1), pdf('badpage', words=self.words(6)))
            self.put('archive/2024/blank/sheet %02d.pdf' % (i + 1), pdf('blank', words=self.words(4)) + b'%%%d' % i)
        for i in range(14):
            self.put('incoming/mail/payslip 2026-%02d.pdf' % (i + 1), pdf('password', words=self.words(4)) + b'%%%d' % i)
        for i in range(9):
            self.put('incoming/mail/winmail %d.pdf' % (i + 1), b'not a PDF at all: %d %s' % (i, self.words().encode()))
        for i in range(6):
            self.put('archive/2025/cut off %d.pdf' % (i + 1), pdf('trunc', words=self.words(5)) + b'%%%d' % i)
        for i in range(2):
            self.put('archive/2024/atlas %d.pdf' % (i + 1), pdf('pages', pages=9900 + i))
        for name in ('<img src=x onerror=alert(1)>.pdf', 'מכתב מהמגדלור 1947.pdf', 'Größe und façade, 100 %.pdf',
                     'Minutes of the extraordinary meeting of the harbour council about the repair of the great lamp, '
                     'with all annexes and the letters received (second, corrected copy) 2026-11-19.pdf'):
            self.put('incoming/odd names/' + name, pdf('letter', words=self.words(12)))

    def spread(self):
        """What the journals tell, over the last hours: more by day, with a pause in it."""
        lines = []
        for path in glob.glob('/srv/spool/journal/*/*.jsonl'):
            with open(path, encoding='utf-8') as f:
                lines += [(path, line) for line in f]
        lines.sort(key=lambda x: re.search('"time": ?"([^"]*)"', x[1]).group(1))
        now, times = time.time(), []
        for _ in lines:
            back = self.chance.choice((self.chance.uniform(0, 3500), self.chance.uniform(0, HOURS * 3600)))
            times.append(now - back - (600 if 1500 < back < 1900 else 0) - 20)
        texts = {}
        for (path, line), at in zip(lines, sorted(times)):
            stamp = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at)) + '.%03dZ' % (at % 1 * 1000)
            texts[path] = texts.get(path, '') + re.sub('("time": ?)"[^"]*"', r'\1"%s"' % stamp, line, 1)
        for path, text in texts.items():
            with open(path, 'w', encoding='utf-8') as f:
                f.write(text)

    def remove(self):
        for worker in self.workers:
            worker.kill_all()

    def busy(self, host, slots, *documents):
        """A host that has these in hand, each held at some page."""
        for name, pages in documents:
            self.put(name, pdf('pages', pages=pages))
        w = self.start('--slots', str(slots), host=host)
        held, end = {}, time.monotonic() + 20
        while len(held) < len(documents) and time.monotonic() < end:
            for p in w.role('parser'):
                if p.pid not in held:
                    held[p.pid] = p
                    time.sleep(self.chance.uniform(0.1, 0.3))
                    send_signal(p, signal.SIGSTOP)
        return w


    def seen_last(self, host, seconds):
        """Its heart has stood still for so long."""
        for path in glob.glob('/srv/spool/claimed/%s/*/beat' % host):
            os.utime(path, (time.time() - seconds, time.time() - seconds))


def full():
    """All of it: the stage, and a spoold on it that has seen the last of it."""
    s = Stage()
    s.pile()
    hosts = [s.start('--slots', '3', host=h) for h in ('lamp-1', 'lamp-2', 'nas')]
    until(lambda: s.finished() == s.dropped, 90, 0.3)
    for h in hosts[:2]:
        h.stop()
    hosts[2].kill_all()
    s.seen_last('nas', 260)
    s.spread()
    s.configure({**SETTINGS, 'ocr.ocr': 'now'})
    scans = [pdf('scan', words=s.words(40)) for _ in range(90)] # made before anybody could read them as fast
    spoold = Spoold(s)
    time.sleep(2)
    s.busy('lamp-2', 2, ('archive/1947/tide tables and chart book.pdf', 9500))
    s.ctl('drain', 'lamp-2')
    lamp = s.busy('lamp-1', 4, ('archive/1931/lighthouse keepers and their families, a register.pdf', 9300))
    done = s.finished()
    for i, scan in enumerate(scans):
        s.put('scans/2026-11/sheet %02d.pdf' % (i + 1), scan)
    until(lambda: s.finished() >= done + 4, 20)
    for p in lamp.role('parser') + lamp.role('zygote'): # the rest stays to be seen
        send_signal(p, signal.SIGSTOP)
    for i in range(3):
        s.ctl('cancel', 'scans/2026-11/sheet %02d.pdf' % (70 + i), '--yes')
    return s, spoold
