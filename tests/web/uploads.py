"""Uploads on the real spoold: what is taken, what is refused, and what is left when a client, a hand or spoold itself goes away.
Part of real.py, before any worker runs: what is in pending/ stays there."""
import concurrent.futures
import http.client
import json
import os
import signal
import socket
import time
import urllib.parse

import jsonschema
from spooltest import pdf, until

MIB = 1024 * 1024


def children(pid, name):
    """Processes of that name below a process."""
    found = []
    for p in os.listdir('/proc'):
        try:
            with open('/proc/%s/stat' % p, encoding='utf-8', errors='replace') as f:
                text = f.read()
        except OSError:
            continue
        if int(text.rsplit(')', 1)[1].split()[1]) == pid and text.split('(', 1)[1].rsplit(')', 1)[0] == name:
            found.append(int(p))
    return found


class Sender:
    """A client that sends as much as it is told to, when it is told to."""

    def __init__(self, page, path, size, token, headers=''):
        self.s = socket.create_connection(('127.0.0.1', page.port), timeout=40)
        self.s.sendall(('POST /api/v1/uploads?path=%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pdf\r\n'
                        'Authorization: Bearer %s\r\n%s%s\r\n' %
                        (urllib.parse.quote(path, safe=''), token, headers,
                         'Content-Length: %d\r\n' % size if size is not None else '')).encode())

    def send(self, data):
        self.s.sendall(data)

    def send_until_stuck(self, data, seconds=1.0):
        """How much goes before nobody takes more."""
        self.s.settimeout(seconds)
        at = 0
        try:
            while at < len(data):
                at += self.s.send(data[at:at + 65536])
        except socket.timeout:
            pass
        self.s.settimeout(40)
        return at

    def answer(self):
        r = http.client.HTTPResponse(self.s)
        r.begin()
        got = r.status, json.loads(r.read() or b'null')
        self.s.close()
        return got

    def leave(self):
        self.s.close()


class Uploads:
    def __init__(self, c, page, spool, token):
        self.c, self.page, self.spool, self.token = c, page, spool, token

    def send(self, path, data, token=True, kind='application/pdf', **headers):
        if token:
            headers['Authorization'] = 'Bearer ' + self.token
        status, head, body = self.page.ask('/api/v1/uploads?path=' + urllib.parse.quote(path, safe=''), 'POST', data,
                                           **{'Content-Type': kind, **headers})
        return status, head, json.loads(body)

    def below(self):
        """All files in pending/, hidden ones too, but for the spool's own folders."""
        found = []
        top = self.spool.pending()
        for folder, folders, files in os.walk(top):
            folders[:] = [f for f in folders if f not in (b'.retry', b'.unpack')]
            found += [os.path.relpath(os.path.join(folder, f), top) for f in files]
        return sorted(found)

    def nothing_but(self, files, what):
        self.c.check(what, until(lambda: self.below() == sorted(files), 20, 0.05), self.below())

    def run(self):
        before = self.below()
        self.taken(before)
        self.refused()
        self.goes_away()
        self.at_once()
        self.slow_share()
        self.killed()
        for name in (b'up/new doc.pdf', b'up/\xff.pdf', b'up/one.pdf', b'up/slow.pdf'):
            os.unlink(self.spool.pending(name))
        self.nothing_but(before, 'uploads: nothing else was left')
        os.rmdir(self.spool.pending(b'up'))

    def taken(self, before):
        c, data = self.c, pdf('text', words='uploaded')
        status, head, body = self.send('up/new doc.pdf', data)
        c.equal('an upload is taken', (status, body.get('path'), body.get('size')), (201, 'up/new doc.pdf', len(data)))
        try:
            jsonschema.Draft202012Validator({'$ref': '#/components/schemas/Uploaded',
                                             'components': self.page.contract['components']}).validate(body)
            c.check('as the contract says', True)
        except jsonschema.ValidationError as e:
            c.check('as the contract says', False, str(e)[:300])
        c.equal('and says where it is', head['Location'], '/api/v1/documents/' + body.get('id', '?'))
        with open(self.spool.pending(b'up/new doc.pdf'), 'rb') as f:
            c.check('its bytes are those that were sent', f.read() == data)
        c.check('the page has it under that address', until(lambda: self.page.ask(head['Location'])[0] == 200, 20, 0.1))
        status, _, body = self.send('up/new doc.pdf', b'%PDF-other')
        c.equal('the name is taken', (status, body.get('code')), (409, 'name-taken'))
        status, _, body = self.send('up/new doc.pdf/x.pdf', b'%PDF-other')
        c.equal('a document is no folder', (status, body.get('code')), (409, 'name-taken'))
        with open(self.spool.pending(b'up/new doc.pdf'), 'rb') as f:
            c.check('and is not overwritten', f.read() == data)
        status, _, body = self.send('up/%FF.pdf', data, kind='application/octet-stream')
        c.equal('a name of any bytes', (status, body.get('path')), (201, 'up/%FF.pdf'))
        self.nothing_but(before + [b'up/new doc.pdf', b'up/\xff.pdf'], 'no more than these')

    def refused(self):
        c, there = self.c, self.below()
        for path in ('', '/a.pdf', 'a//b.pdf', '../x.pdf', 'a/../x.pdf', './x.pdf', 'x/', '.hidden.pdf', 'a/.b/c.pdf', 'x.part',
                     'x.pdf~', '%ZZ.pdf', 'a%00.pdf', 'n' * 256, 'd/' * 3000 + 'x'):
            status, _, body = self.send(path, b'x')
            c.check('the path %.30s is refused' % path, status in (400, 414), (status, body))
        c.equal('a parameter that nobody knows', self.page.ask('/api/v1/uploads?path=a&b=1', 'POST', b'x', **{
            'Content-Type': 'application/pdf', 'Authorization': 'Bearer ' + self.token})[0], 400)
        c.equal('no path', self.page.ask('/api/v1/uploads', 'POST', b'x', **{
            'Content-Type': 'application/pdf', 'Authorization': 'Bearer ' + self.token})[0], 400)
        c.equal('without the token', self.send('no.pdf', b'x', token=False)[0], 401)
        c.equal('from another site', self.send('no.pdf', b'x', Origin='http://evil.example')[0], 403)
        c.equal('of another type', self.send('no.pdf', b'x', kind='text/html')[0], 415)
        c.equal('nothing', self.send('no.pdf', b'')[0], 400)
        most = self.page.get('Session', 'session')['upload_max_bytes']
        s = Sender(self.page, 'no.pdf', most + 1, self.token)
        c.equal('too large, before a byte of it was sent', s.answer()[0], 413)
        c.equal('without a length', Sender(self.page, 'no.pdf', None, self.token).answer()[0], 411)
        c.equal('in chunks', Sender(self.page, 'no.pdf', None, self.token, 'Transfer-Encoding: chunked\r\n').answer()[0], 411)
        self.nothing_but(there, 'what was refused left nothing')

    def goes_away(self):
        c, there = self.c, self.below()
        s = Sender(self.page, 'up/half.pdf', 3 * MIB, self.token)
        s.send(bytes(2 * MIB))
        c.check('it is written under a hidden name', until(lambda: any(
            os.path.basename(n).startswith(b'.spoolctl-') for n in self.below()), 10, 0.05), self.below())
        c.check('the name is not there yet', b'up/half.pdf' not in self.below())
        s.leave()
        self.nothing_but(there, 'who leaves in the middle leaves nothing')  # the server may take 10 s to see it
        c.check('nor a process', until(lambda: not children(self.page.process.pid, 'hand'), 20, 0.05))

    def at_once(self):
        c, there = self.c, self.below()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            got = sorted(s for s, _, _ in pool.map(lambda i: self.send('up/one.pdf', b'%PDF-' + i * 100_000), (b'a', b'b')))
        c.equal('of two for one name at once one is taken', got, [201, 409])
        # A place is free once its hand is gone, a moment after the answer.
        until(lambda: not children(self.page.process.pid, 'hand'), 10, 0.05)
        time.sleep(0.2)
        senders = [Sender(self.page, 'up/%d.pdf' % i, 1000, self.token) for i in range(4)]
        c.check('four are under way', until(lambda: len(children(self.page.process.pid, 'hand')) == 4, 10, 0.05))
        status, _, body = self.send('up/5.pdf', b'x' * 10)
        c.equal('the fifth is put off', (status, body.get('code')), (503, 'too-busy'))
        c.equal('and nobody else', self.page.ask('/healthz')[0], 200)
        for s in senders:
            s.leave()
        self.nothing_but(there + [b'up/one.pdf'], 'of all these one file came')

    def slow_share(self):
        """A hand that stands still stands for a share that does."""
        c, data = self.c, os.urandom(12 * MIB)
        s = Sender(self.page, 'up/slow.pdf', len(data), self.token)
        s.send(data[:1000])
        hand = self.one_hand()
        if not c.equal('one hand has it', len(hand), 1):
            return
        os.kill(hand[0], signal.SIGSTOP)
        memory = self.memory()
        at = 1000 + s.send_until_stuck(data[1000:])
        c.check('a slow share slows its client', at < 10 * MIB, at)
        c.check('and takes no memory for it', self.memory() - memory < MIB, self.memory() - memory)
        times = []
        for _ in range(50):
            began = time.monotonic()
            c.equal('others are served', self.page.ask('/api/v1/overview')[0], 200) if not times else self.page.ask('/healthz')
            times.append(time.monotonic() - began)
        c.check('at once', max(times) < 2, max(times))
        os.kill(hand[0], signal.SIGCONT)
        s.send(data[at:])
        c.equal('then it goes on', s.answer()[0], 201)
        with open(self.spool.pending(b'up/slow.pdf'), 'rb') as f:
            c.check('with all its bytes', f.read() == data)

    def one_hand(self):
        """That of an upload that has begun, once those of what was asked before are gone."""
        found = []

        def alone():
            found[:] = children(self.page.process.pid, 'hand')
            return len(found) == 1
        until(alone, 10, 0.05)
        return found

    def memory(self):
        with open('/proc/%d/statm' % self.page.process.pid, encoding='ascii') as f:
            return int(f.read().split()[1]) * 4096

    def killed(self):
        """A hand that dies, then spoold: neither leaves anything that can be seen."""
        c, there = self.c, self.below()
        s = Sender(self.page, 'up/dead.pdf', 2 * MIB, self.token)
        s.send(bytes(MIB))
        hand = self.one_hand()
        part = []
        until(lambda: part.extend(set(self.below()) - set(there)) or part, 10, 0.05)
        for p in hand:
            os.kill(p, signal.SIGKILL)
        s.send(bytes(MIB))
        c.equal('a hand that has died: the client is told', s.answer()[0], 503)
        c.equal('what it has left is hidden, and of a form that the sweep takes', [
            (os.path.basename(p)[:10], p[-5:], len(os.path.basename(p))) for p in part], [(b'.spoolctl-', b'.part', 31)])
        for p in part:
            os.unlink(self.spool.pending(p))
        other = type(self.page)(self.spool)
        s = Sender(other, 'up/dead.pdf', 2 * MIB, self.token)
        s.send(bytes(MIB))
        c.check('another is under way', until(lambda: len(self.below()) > len(there), 10, 0.05))
        other.process.kill()
        other.process.wait()
        other.process.stderr.close()
        other.log.close()
        s.leave()
        self.nothing_but(there, 'spoold is killed: nothing is left')
