#!/usr/bin/env python3
"""Goal: spoold and its scanner may die at any moment. Workers never notice; what was counted is neither lost nor counted twice; the page stays
up without a scanner, says since when the share does not answer, and goes on when there is one again.

usage: restart.py    BUILD in the environment: the folder with the programs (default: build)
"""
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'scenario')]

from real import Page, parent_and_name  # noqa: E402
from spooltest import BUILD, Checks, Spool, drop, pdf, until  # noqa: E402

FIRST, KILLS, BATCH = 6, 5, 8   # documents before; times that spoold is killed, with so many documents dropped each time
BAD = 3                         # one of so many is no PDF
KEEP_MOST = 64 << 20            # bytes of a history that are read at most


class Drops:
    def __init__(self, spool):
        self.spool, self.n = spool, 0

    def more(self, n):
        for _ in range(n):
            self.n += 1
            data = b'this is no PDF, number %d' % self.n if self.n % BAD == 0 else pdf('text', words='document %d' % self.n)
            drop(self.spool.pending(b'doc-%03d.pdf' % self.n), data)

    def wanted(self):
        return self.n - self.n // BAD, self.n // BAD


def kill(page):
    """As a crash does it: no signal can be caught, nothing is written."""
    page.process.kill()
    page.process.wait(20)
    page.process.stderr.close()
    page.log.close()


def scanner_of(page):
    return [int(p) for p in os.listdir('/proc') if p.isdigit() and parent_and_name(p) == (page.process.pid, 'scanner')]


def counted(page):
    """(done, failed): the catalog's, the history's of a day, and the totals of /metrics: three ways of counting."""
    documents = page.get('Overview', 'overview')['documents']
    day = page.get('History', 'history?span=24h')
    metrics = page.ask('/metrics')[2].decode()
    totals = [(m.group(1) == 'failed', int(m.group(2))) for m in
              re.finditer(r'^pdfspool_documents_finished_total\{outcome="(\w+)"[^}]*\} (\d+)$', metrics, re.M)]
    return ((documents['done'], documents['failed']), (sum(day['done']), sum(day['failed'])),
            tuple(sum(n for f, n in totals if f is failed) for failed in (False, True)))


def killed_again_and_again(c, spool, drops):
    """spoold dies in the midst of work, at a different moment each time."""
    worker = spool.start()
    page = Page(spool)
    for _ in range(KILLS):
        drops.more(BATCH)
        time.sleep(random.random() * 0.8)
        kill(page)
        c.equal('the workers live on', worker.alive(), True)
        page = Page(spool)
        c.check('it serves at once', page.ask('/healthz')[0] == 200)
    c.check('all is done', until(lambda: spool.finished() >= drops.n, 30), (spool.finished(), drops.n))
    code, audit, _ = spool.ctl('audit', json_=True)
    c.check('audit', code == 0 and (audit['done'], audit['failed']) == drops.wanted(), str(audit)[:300])
    want = (drops.wanted(),) * 3
    c.check('each document is counted once: in the catalog, the history, the totals', until(lambda: counted(page) == want, 15, 0.2),
            (counted(page), want))
    c.equal('no worker said a word of it', [line for line in worker.log().splitlines() if b'spoold' in line], [])
    worker.stop()
    return page


def history_survives(c, page, spool, drops):
    """What was kept outlives the journals, and a kill after that."""
    page.process.send_signal(signal.SIGTERM)
    c.equal('it ends well', page.process.wait(20), 0)
    page.process.stderr.close()
    for host in os.listdir(spool.at(b'journal')):
        for name in os.listdir(spool.at(b'journal', host)):
            os.unlink(spool.at(b'journal', host, name))
    for how in ('a good end', 'a kill'):
        page = Page(spool)
        want = (drops.wanted(),) * 3
        c.check('history and totals outlive the journals and %s' % how, until(lambda: counted(page) == want, 15, 0.2), (counted(page), want))
        if how == 'a good end':
            kill(page)
    return page


def fails(spool, listen):
    """(exit code, what it said) of a spoold that cannot serve."""
    done = subprocess.run([os.path.join(BUILD, 'spoold'), '--spool', spool.path, '--config', os.path.join(spool.top, b'host.ini'), '--www',
                           os.path.join(os.path.dirname(os.path.dirname(HERE)), 'www'), '--listen', listen],
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=20, check=False)
    return done.returncode, done.stderr


def history_is_not_replaced(c, spool):
    """By one that has not served: another spoold's may run. And where it cannot be read, it is put aside."""
    keep = os.path.join(spool.top, b'keep')
    before = os.stat(keep).st_ino
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        code, said = fails(spool, '127.0.0.1:%d' % taken.getsockname()[1])
    c.check('the port is taken: 71, and it is said', code == 71 and b'another program listens there' in said, (code, said))
    c.equal('it has left the history alone', os.stat(keep).st_ino, before)
    os.truncate(keep, KEEP_MOST + 1)
    page = Page(spool)
    c.check('a history that cannot be read keeps nobody from the page', page.ask('/healthz')[0] == 200)
    c.equal('and is put aside', (os.stat(keep + b'.bad').st_ino, os.stat(keep + b'.bad').st_size), (before, KEEP_MOST + 1))
    c.equal('it ends well', page.stop(), 0)


def polls_cost_nothing(c, page):
    """Only the time goes on: a poll gets 304."""
    def again():
        tag = page.ask('/api/v1/overview')[1]['ETag']
        time.sleep(2.2)
        return page.ask('/api/v1/overview', **{'If-None-Match': tag})
    status, _, body = again()
    if status == 200:   # a minute ended meanwhile
        status, _, body = again()
    c.equal('nothing has changed but the time: 304', (status, body), (304, b''))


def scanner_dies(c, page, drops):
    before = scanner_of(page)
    if not c.equal('there is one scanner', len(before), 1):
        return
    os.kill(before[0], signal.SIGKILL)
    c.equal('the page stays up', page.ask('/api/v1/overview')[0], 200)
    c.check('another scanner comes', until(lambda: scanner_of(page) not in (before, []), 10, 0.1), scanner_of(page))
    c.check('and nothing is counted twice', until(lambda: counted(page) == (drops.wanted(),) * 3, 5, 0.2), counted(page))


def scanner_stops(c, page, drops):
    """As on a dead server: it hangs. The page says so, and since when."""
    scanner = scanner_of(page)[0]
    stopped = time.time()
    os.kill(scanner, signal.SIGSTOP)
    try:
        def silent():
            o = page.get('Overview', 'overview')
            return None if o['share']['answering'] else o
        o = until(silent, 20, 0.3)
        if not c.check('the page says that the share does not answer', o):
            return
        since = time.mktime(time.strptime(o['share']['since'][:19], '%Y-%m-%dT%H:%M:%S')) - time.timezone
        c.check('since when: then it last answered', abs(since - stopped) < 5, since - stopped)
        c.check('in words', any('has not answered for' in a['message'] for a in o['alerts']), o['alerts'])
        c.equal('what it knows is still there', (o['documents']['done'], o['documents']['failed']), drops.wanted())
        c.equal('it is not ready', page.ask('/readyz')[0], 503)
    finally:
        os.kill(scanner, signal.SIGCONT)
    c.check('it recovers', until(lambda: page.get('Overview', 'overview')['share']['answering'] and page.ask('/readyz')[0] == 200, 10, 0.2))


def main():
    c = Checks()
    with Spool(name='restart') as spool:
        drops = Drops(spool)
        drops.more(FIRST)
        page = killed_again_and_again(c, spool, drops)
        try:
            page = history_survives(c, page, spool, drops)
            polls_cost_nothing(c, page)
            scanner_dies(c, page, drops)
            scanner_stops(c, page, drops)
        finally:
            if page.process.poll() is None:
                page.stop()
        history_is_not_replaced(c, spool)
    c.finish()


main()
