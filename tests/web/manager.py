#!/usr/bin/env python3
"""Goal: spoold is a good service of systemd's: what plays the manager here hands it a socket, is told when it is ready, how the share
does and when it stops, and hears of a loop that hangs. Its unit allows all the calls that it needs.

usage: manager.py    BUILD in the environment: the folder with the programs (default: build)
"""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

from real import ROOT, parent_and_name
from spooltest import BUILD, Checks, Spool, drop, pdf, until
from unitfile import allowed_calls

WATCHDOG = 1.2  # seconds


class Manager:
    """Starts spoold as systemd would, and hears what it says."""

    def __init__(self, spool, *, name=None, watchdog=WATCHDOG, socket_too=True, prefix=()):
        self.spool, self.said = spool, []
        self.ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = name or spool.top + b'/notify'
        self.ear.bind(b'\0' + name[1:] if name.startswith(b'@') else name)
        env = {**os.environ, 'NOTIFY_SOCKET': os.fsdecode(name)}
        # The pid is not known before there is a process: a shell that becomes spoold says its own.
        shell = 'export WATCHDOG_PID=$$ LISTEN_PID=$$; exec "$@"'
        if watchdog:
            env['WATCHDOG_USEC'] = str(int(watchdog * 1e6))
        self.listener, where, keep = socket.socket(), ['--listen', '127.0.0.1:0'], ()
        if socket_too:
            self.listener.bind(('127.0.0.1', 0))
            self.listener.listen(64)
            self.port = self.listener.getsockname()[1]
            env.update(LISTEN_FDS='1', LISTEN_FDNAMES='pdfspool-spoold@srv-spool.socket')
            where, keep = [], (3,)
        self.log = os.path.join(spool.top, b'log')
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen([*prefix, 'sh', '-c', shell, 'sh', os.path.join(BUILD, 'spoold'), '--spool', spool.path, '--www',
                                             os.path.join(ROOT, 'www'), *where], stderr=log, env=env, pass_fds=keep,
                                            preexec_fn=(lambda: os.dup2(self.listener.fileno(), 3)) if socket_too else None)

    def hear(self, pattern, seconds=15):
        """Until such a message comes: it, with what came before in self.said; None: in that time none did."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.ear.settimeout(max(0.01, end - time.monotonic()))
            try:
                text = self.ear.recv(4096).decode()
            except socket.timeout:
                return None
            self.said.append(text)
            if re.search(pattern, text):
                return text
        return None

    def quiet(self, seconds):
        """Forget what has come, and say what comes in that time."""
        self.ear.settimeout(0)
        try:
            while True:
                self.ear.recv(4096)
        except BlockingIOError:
            pass
        self.said = []
        self.hear('^never$', seconds)
        return self.said

    def read(self, path):
        """(status, body) of a GET."""
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        c.request('GET', path)
        r = c.getresponse()
        got = r.status, r.read()
        c.close()
        return got

    def ask(self, path):
        return self.read(path)[0]

    def children(self):
        return [int(p) for p in os.listdir('/proc') if p.isdigit() and (parent_and_name(p) or (0,))[0] == self.process.pid]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        finally:
            if self.process.poll() is None:
                self.process.kill()
            self.ear.close()
            self.listener.close()


def started(c, m):
    """The socket is there before spoold is: who comes early waits, and is served."""
    early = socket.create_connection(('127.0.0.1', m.port), timeout=20)
    early.sendall(b'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    c.check('it says that it is ready', m.hear('^READY=1$'), m.said)
    c.check('who came before that is answered', early.recv(100).startswith(b'HTTP/1.1 200'))
    early.close()
    c.equal('it serves on the socket that it was given', m.ask('/'), 200)
    c.check('how things stand is told', m.hear(r'^STATUS=1 documents left, 0 done, 0 failed$'), m.said)
    c.equal('ready is said once', m.said.count('READY=1'), 1)
    c.check('there is a scanner', until(m.children, 10, 0.05))
    for child in m.children():
        with open('/proc/%d/environ' % child, 'rb') as f:
            c.equal('no child is told of the manager', re.findall(rb'NOTIFY_SOCKET|WATCHDOG|LISTEN_', f.read()), [])
        c.check('nor has it the socket', 'socket:[%d]' % os.fstat(m.listener.fileno()).st_ino not in
                [os.readlink('/proc/%d/fd/%s' % (child, fd)) for fd in os.listdir('/proc/%d/fd' % child)])


def watched(c, m):
    meals = m.quiet(3 * WATCHDOG).count('WATCHDOG=1')
    c.check('the watchdog is fed in time', 6 <= meals <= 12, meals)
    os.kill(m.process.pid, signal.SIGSTOP)
    try:
        c.equal('a loop that stands still feeds nobody', m.quiet(2 * WATCHDOG), [])
    finally:
        os.kill(m.process.pid, signal.SIGCONT)
    c.check('one that goes on does', m.hear('^WATCHDOG=1$', 5))


def share_away(c, m):
    """The scanner hangs: the manager is told, and has no reason to start anything anew."""
    scanner = [p for p in m.children() if parent_and_name(p)[1] == 'scanner']
    if not c.equal('one scanner', len(scanner), 1):
        return
    os.kill(scanner[0], signal.SIGSTOP)
    try:
        c.check('a share that does not answer is told', m.hear(r'^STATUS=share not answering for \d+ s; 1 documents left', 25), m.said)
        c.check('and the watchdog is fed all the same', m.hear('^WATCHDOG=1$', WATCHDOG))
    finally:
        os.kill(scanner[0], signal.SIGCONT)
    c.check('then it answers', m.hear(r'^STATUS=1 documents left', 15))


def reloaded_and_stopped(c, m):
    m.quiet(0.01)
    m.process.send_signal(signal.SIGHUP)
    told = m.hear('^RELOADING=1\n')
    c.check('a reload is told, and when it began', told and abs(int(told.split('MONOTONIC_USEC=')[1]) / 1e6 - time.clock_gettime(
        time.CLOCK_MONOTONIC)) < 30, told)
    c.check('and its end', m.hear('^READY=1$', 5))
    m.process.send_signal(signal.SIGTERM)
    c.check('that it stops is told', m.hear('^STOPPING=1$', 5))
    c.equal('and it ends well', m.stop(), 0)


def other_ways(c, spool):
    """A name that is no file; no watchdog wanted; a socket that must not be taken."""
    m = Manager(spool, name=b'@pdfspool-test-%d' % os.getpid(), watchdog=None, socket_too=False)
    c.check('a name that is no file does as well', m.hear('^READY=1$'), m.said)
    c.check('nobody is fed who has not asked', 'WATCHDOG=1' not in m.quiet(1.0))
    c.equal('it ends well, too', m.stop(), 0)


def calls_made(c, spool):
    """What spoold and its children really call, under strace, is among that."""
    trace = os.path.join(spool.top, b'trace')
    m = Manager(spool, prefix=['strace', '-f', '-qq', '-o', trace])
    c.check('it starts under strace', m.hear('^READY=1$', 60), m.said)
    for path in ('/', '/metrics', '/api/v1/overview', '/api/v1/documents', '/api/v1/events?topics=x', '/status.txt', '/nothing'):
        m.ask(path)
    c.check('it knows the document', m.hear(r'^STATUS=1 documents left', 60), m.said)
    page = '/api/v1/documents/%s/pages/1/image' % json.loads(m.read('/api/v1/documents')[1])['items'][0]['id']
    c.check('a page is drawn under it, in the cage', until(lambda: m.ask(page) == 200, 60, 0.5), m.read(page))
    traced = [p for p in m.children() if parent_and_name(p)[1] in ('sh', 'spoold')]
    c.equal('it is what is traced', len(traced), 1)
    for pid in traced:
        os.kill(pid, signal.SIGHUP)
        m.hear('^RELOADING=1')
        os.kill(pid, signal.SIGTERM)
    m.hear('^STOPPING=1')
    c.equal('it ends well under it', m.process.wait(60), 0)
    m.ear.close()
    m.listener.close()
    with open(trace, encoding='latin-1') as f:
        made = set(re.findall(r'(?m)^\d+ +([a-z_0-9]+)\(', f.read()))
    c.check('it has made many calls', len(made) > 40, sorted(made))
    c.check('the cage of a page among them', {'seccomp', 'landlock_restrict_self'} <= made, sorted(made))
    can = allowed_calls('pdfspool-spoold@.service')
    c.equal('all of which the unit allows', sorted(made - can), [])
    c.check('control: not all there are', 'openat' in can and not {'mount', 'bpf', 'ptrace', 'setpriority'} & can)


def run(c, spool):
    drop(spool.pending(b'one.pdf'), pdf('text', words='one'))
    m = Manager(spool)
    try:
        started(c, m)
        watched(c, m)
        share_away(c, m)
        reloaded_and_stopped(c, m)
    finally:
        if m.process.poll() is None:
            m.stop()
    other_ways(c, spool)
    if shutil.which('systemd-analyze') and shutil.which('strace'):
        os.unlink(spool.top + b'/notify')
        calls_made(c, spool)
    else:
        c.skip('the calls that the unit allows', 'there is no systemd-analyze, or no strace')


def main():
    c = Checks()
    # Descriptor 3 is where a socket is handed over: nothing of our own may have it meanwhile.
    third = os.open('/dev/null', os.O_RDONLY)
    try:
        with Spool(name='manager') as spool:
            run(c, spool)
    finally:
        os.close(third)
    c.finish()


if __name__ == '__main__':
    main()
