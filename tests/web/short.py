#!/usr/bin/env python3
"""Goal: a spoold that is short of descriptors, of memory, or of room on its disk stays up, says once what is wrong, serves those whom it
can, loses nothing, and works again when there is more.

usage: short.py    BUILD in the environment: the folder with the programs (default: build)
"""
import http.client
import http.server
import json
import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time

from real import Checks, Page, Spool, TOKEN, until
from uploads import children

JSON = {'Content-Type': 'application/json', 'Authorization': 'Bearer ' + TOKEN}
PDF = dict(JSON, **{'Content-Type': 'application/pdf'})
SHORT_S = 2.5


class Line:
    """A connection that stays."""

    def __init__(self, page):
        self.c = http.client.HTTPConnection('127.0.0.1', page.port, timeout=20)

    def ask(self, method, path, body=None, headers=None):
        self.c.request(method, path, body, headers or {})
        r = self.c.getresponse()
        return r.status, r.read()


class Ear(threading.Thread):
    """What a spoold says from now on."""

    def __init__(self, page):
        super().__init__(daemon=True)
        self.page, self.lines = page, []
        self.start()

    def run(self):
        for line in self.page.process.stderr:
            self.lines.append(line.decode(errors='replace'))

    def stop(self):
        """End it, and hear it to the end. Its exit code."""
        self.page.process.terminate()
        code = self.page.process.wait(20)
        self.join(20)
        self.page.log.close()
        return code

    def of(self, pattern):
        return [line for line in self.lines if re.search(pattern, line)]


def cpu_ms(pid):
    with open('/proc/%d/stat' % pid, encoding='utf-8') as f:
        parts = f.read().rsplit(')', 1)[1].split()
    return (int(parts[11]) + int(parts[12])) * 1000 // os.sysconf('SC_CLK_TCK')


def serves(page):
    """Whoever comes anew is served."""
    try:
        return page.ask('/healthz')[0] == 200
    except OSError:
        return False


def works(page, name):
    """So is what needs a hand: a document comes in."""
    return page.ask('/api/v1/uploads?path=' + name, 'POST', b'%PDF-1.4 ' + name.encode(), **PDF)[0] == 201


def pending(page):
    return json.loads(page.ask('/api/v1/documents?state=pending')[2])['items']


def ended(page, action):
    """How many documents it has done, and how many it could not; None: it has not ended."""
    act = json.loads(page.ask('/api/v1/actions/' + action)[2])
    return (act['done'], act['failed']) if act['state'] == 'ended' else None


def descriptors(c, spool):
    """None can be had any more, and the scanner dies. What is open is served; a queue of others waits."""
    page = Page(spool)
    pid, ear = page.process.pid, Ear(page)
    try:
        c.check('descriptors: it is ready', until(lambda: page.ask('/readyz')[0] == 200, 20, 0.1))
        c.check('descriptors: it knows a document', works(page, 'first.pdf') and until(lambda: pending(page), 20, 0.1))
        had, line = len(os.listdir('/proc/%d/fd' % pid)), Line(page)
        c.equal('descriptors: a line that stays', line.ask('GET', '/healthz')[0], 200)
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, hard))
        os.kill(children(pid, 'scanner')[0], 9)
        waiting = [socket.create_connection(('127.0.0.1', page.port)) for _ in range(20)]
        for s in waiting:
            s.sendall(b'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
        before = cpu_ms(pid)
        time.sleep(SHORT_S)
        spent = cpu_ms(pid) - before
        c.check('descriptors: to have none costs no time', spent < 1000 * SHORT_S / 2, '%d ms' % spent)
        for _ in range(5):
            status, answer = line.ask('POST', '/api/v1/actions/pause', '{}', JSON)
            c.equal('descriptors: what needs a process is refused, and why is said',
                    (status, json.loads(answer)['code'], b'Too many open files' in answer), (503, 'too-busy', True))
        status, answer = line.ask('POST', '/api/v1/actions/cancel', '{"filter": {"state": ["pending"]}}', JSON)
        action = json.loads(answer)
        c.equal('descriptors: an action waits', (status, action['state'], action['done'], action['note']), (
            202, 'running', 0, 'The machine of this page has no room for a process: Too many open files'))
        c.equal('descriptors: an upload, too', line.ask('POST', '/api/v1/uploads?path=x.pdf', b'%PDF', PDF)[0], 503)
        c.equal('descriptors: reading goes on', line.ask('GET', '/api/v1/overview')[0], 200)
        c.equal('descriptors: that there is no child is said once', len(ear.of('no child for a request')), 1)
        c.check('descriptors: nor is the scanner a flood', 1 <= len(ear.of('no pipe for a scanner')) <= 3, ear.of('scanner'))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
        line.c.close() # the server looks for others when one goes
        c.check('descriptors: those that waited are served',
                all(s.recv(12) == b'HTTP/1.1 200' for s in waiting if s.settimeout(10) is None))
        for s in waiting:
            s.close()
        c.check('descriptors: the action goes on to its end', until(lambda: ended(page, action['id']) == (1, 0), 20, 0.1))
        c.check('descriptors: a document comes in', until(lambda: works(page, 'there-are.pdf'), 10, 0.2))
        c.check('descriptors: that there are children again is said', ear.of('there are children for requests again'))
        c.check('descriptors: the scanner is back', until(lambda: children(pid, 'scanner'), 10, 0.1))
        c.check('descriptors: as many as before', until(lambda: len(os.listdir('/proc/%d/fd' % pid)) <= had, 10, 0.1),
                (os.listdir('/proc/%d/fd' % pid), had))
    finally:
        c.equal('descriptors: it ends well', ear.stop(), 0)


def memory(c, spool):
    page = Page(spool)
    pid = page.process.pid
    ear = Ear(page)
    try:
        with open('/proc/%d/statm' % pid, encoding='ascii') as f:
            size = int(f.read().split()[0]) * 4096
        if size > 1 << 40:
            print('skipped: memory: a program with a sanitizer takes all addresses')
            return
        c.check('memory: it is ready', until(lambda: page.ask('/readyz')[0] == 200, 20, 0.1))
        resource.prlimit(pid, resource.RLIMIT_AS, (size, resource.RLIM_INFINITY))
        got = []
        for _ in range(40):
            try:
                got.append(page.ask('/api/v1/uploads?path=m.pdf', 'POST', b'%PDF', **PDF)[0])
            except (OSError, http.client.HTTPException):
                got.append(0)
        time.sleep(SHORT_S)
        c.check('memory: no thread, no upload', 503 in got and 201 not in got, got)
        c.check('memory: it is up', page.process.poll() is None)
        c.check('memory: it says little of it', len(ear.lines) < 12, ear.lines[:20])
        resource.prlimit(pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        c.check('memory: it works again', until(lambda: serves(page) and works(page, 'memory.pdf'), 20, 0.2))
    finally:
        c.equal('memory: it ends well', ear.stop(), 0)


class Receiver(http.server.BaseHTTPRequestHandler):
    got = []

    def do_POST(self):
        self.got.append(json.loads(self.rfile.read(int(self.headers['Content-Length']))))
        self.send_response(200)
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *_):
        pass


def fill(disk):
    """To the last byte."""
    with open(os.path.join(disk, b'filler'), 'wb', buffering=0) as f:
        try:
            while True:
                f.write(bytes(4096))
        except OSError:
            pass


def disk(c, spool):
    """The disk with the history and with the messages is full, when there is something to be told and when it ends."""
    own = os.path.join(spool.top, b'own')
    os.mkdir(own)
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', own], check=True)
    receiver = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    settings = ('[alerts]\nhold = 200ms\ndigest = 200ms\nstate_folder = %s/state\n[webhook:ops]\nurl = http://127.0.0.1:%d/\n'
                % (os.fsdecode(own), receiver.server_address[1]))
    page = Page(spool, settings, keep=b'own/history')
    try:
        c.check('disk: it is ready', until(lambda: page.ask('/readyz')[0] == 200, 20, 0.1))
        c.equal('disk: it ends well, and keeps the history', (page.stop(), os.path.exists(own + b'/history')), (0, True))
        with open(own + b'/history', 'rb') as f:
            history = f.read()
        page = Page(spool, settings, keep=b'own/history')
        ear = Ear(page)
        c.check('disk: once more', until(lambda: page.ask('/readyz')[0] == 200, 20, 0.1))
        fill(own)
        c.equal('disk: full; pausing the spool works', page.ask('/api/v1/actions/pause', 'POST', '{}', **JSON)[0], 200)
        c.check('disk: that messages wait is said', until(lambda: ear.of('No space left on device'), 10, 0.1), ear.lines)
        time.sleep(SHORT_S)
        c.equal('disk: once, and nobody is told what is not on disk', (len(ear.of('No space left')), Receiver.got), (1, []))
        c.equal('disk: the page is served', page.ask('/api/v1/overview')[0], 200)
        os.unlink(own + b'/filler')
        c.check('disk: room: the message comes', until(lambda: Receiver.got, 15, 0.1), ear.lines)
        c.equal('disk: once', len([m for m in Receiver.got if m.get('type') == 'paused']), 1)
        fill(own)
        c.equal('disk: it ends well on a full one', (ear.stop(), len(ear.of('history cannot be written: No space'))), (0, 1))
        os.unlink(own + b'/filler')
        with open(own + b'/history', 'rb') as f:
            c.equal('disk: the history of before is whole, and nothing lies beside it',
                    (f.read() == history, sorted(os.listdir(own))), (True, [b'history', b'state']))
        page = None
    finally:
        if page:
            page.process.kill()
        receiver.shutdown()
        subprocess.run(['umount', own], check=True)


def alone():
    """Start this program anew with mounts of its own."""
    if os.environ.get('SHORT') == '1':
        return
    own = ['unshare', '--mount'] + ([] if os.geteuid() == 0 else ['--map-root-user'])
    if subprocess.run(own + ['true'], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        print('skipped: no mounts of its own can be had here')
        sys.exit(0)
    os.execvpe(own[0], own + [sys.executable] + sys.argv, dict(os.environ, SHORT='1'))


def main():
    alone()
    c = Checks()
    with Spool(name='short') as spool:
        descriptors(c, spool)
        memory(c, spool)
        disk(c, spool)
        code, out, err = spool.ctl('audit')
        c.check('the audit is clean', code == 0, out + err)
    c.finish()


if __name__ == '__main__':
    main()
