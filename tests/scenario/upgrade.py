#!/usr/bin/env python3
"""Goal: other programs in place of those that run. extractd notices, has them checked, finishes what it has, and executes them
under its own pid; under load no document is lost and no attempt spent. What does not fit is refused. With upgrade = no nothing
happens, and a parser that is started anew is of the old version all the same. Hosts of two versions work on one spool."""
import json
import os
import re
import shutil
import signal
import socket
import threading
import time

from spooltest import BUILD, Checks, Law, Spool, pdf, read, small_pdf, until, write

NEXT = os.path.join(BUILD, 'test', 'next')
SPIN = {'parser.cpu_limit': '60s', 'parser.stall_timeout': '60s', 'parser.document_timeout': '2m'}
PROGRAMS = ('extractd', 'pdfspool-parser', 'pdfspool-parser-whole')

t = Checks()


def install(source, folder, names=PROGRAMS):
    """As a package manager does: each under a name of its own, then renamed over what is there."""
    os.makedirs(folder, exist_ok=True)
    for name in names:
        target = os.path.join(folder, name)
        shutil.copy(os.path.join(source, name), target + '.dpkg-new')
        os.rename(target + '.dpkg-new', target)


def version_of(folder):
    return os.popen("'%s/extractd' --version" % folder).read().split()[1]


def status(spool, host):
    hosts = spool.ctl('hosts', json_=True)[1]
    return next((h for h in hosts if h['host'] == host), {})


def program(pid):
    s = os.stat('/proc/%d/exe' % pid)
    return (s.st_dev, s.st_ino)


def file_of(path):
    s = os.stat(path)
    return (s.st_dev, s.st_ino)


def descriptors(pid):
    return sorted(os.readlink('/proc/%d/fd/%s' % (pid, n)).split(':')[0] for n in os.listdir('/proc/%d/fd' % pid))


class Manager:
    """What a service manager hears."""

    def __init__(self, top):
        self.path = os.path.join(top, b'notify')
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)
        self.lines, self.over = [], threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def environment(self):
        return ['env', b'NOTIFY_SOCKET=' + self.path, 'WATCHDOG_USEC=10000000']

    def run(self):
        while not self.over.wait(0.05):
            try:
                while True:
                    self.lines += self.socket.recv(4096).decode().split('\n')
            except BlockingIOError:
                pass

    def said(self):
        time.sleep(0.2)
        self.over.set()
        self.thread.join()
        self.socket.close()
        return [x for x in self.lines if x in ('READY=1', 'RELOADING=1', 'STOPPING=1', 'WATCHDOG=1')]


class Dropper:
    """Small documents, all the time."""

    def __init__(self, law):
        self.law, self.n, self.over = law, 0, threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.over.wait(0.03):
            words = 'under load %d' % self.n
            self.law.drop(b'u%04d.pdf' % self.n, small_pdf(words), words)
            self.n += 1

    def stop(self):
        self.over.set()
        self.thread.join()


def journal(spool, host):
    """All lines of its journals."""
    folder = spool.at(b'journal', host.encode())
    return [json.loads(line) for name in os.listdir(folder) for line in read(os.path.join(folder, name)).splitlines()]


def under_load():
    with Spool({'spool.settle_time': '0s', 'worker.slots': '3', 'worker.cores': '2', 'worker.shutdown_grace': '400ms',
                **SPIN}, name='upgrade') as spool:
        law = Law(spool)
        folders = {h: os.path.join(os.fsdecode(spool.top), 'bin-' + h) for h in ('one', 'two')}
        for folder in folders.values():
            install(BUILD, folder)
        staying = os.path.join(spool.top, b'stay.ini')
        write(staying, b'[worker]\nupgrade = no\n')
        old, new = version_of(BUILD), version_of(NEXT)
        t.check('two builds of different versions', old and new and old != new, (old, new))
        manager = Manager(spool.top)
        one = spool.start(host='one', program=manager.environment(), extractd=folders['one'] + '/extractd')
        two = spool.start(host='two', extractd=folders['two'] + '/extractd', config=staying)
        held, parser = descriptors(one.pid), program(two.role('zygote')[0].pid)
        dropper = Dropper(law)
        try:
            t.check('load: both work, in the old version', until(lambda: len(spool.done()) > 40 and
                    {status(spool, h).get('version') for h in folders} == {old}, 20, 0.2))

            install(NEXT, folders['one'], ('extractd',))
            t.check('half an installation: refused, and said why',
                    until(lambda: b'was replaced, but what is there now cannot work here' in one.log() and
                          b'is not the parser of extractd ' + new.encode() in one.log(), 15), one.log()[-600:])
            t.check('half an installation: the old program works on', one.alive() and program(one.pid) != file_of(
                folders['one'] + '/extractd') and status(spool, 'one')['version'] == old)

            # all the load is for the one that is replaced
            spool.ctl('pause', '--host', 'two')
            until(lambda: status(spool, 'two').get('state') == 'paused', 10, 0.1)
            law.drop(b'long.pdf', pdf('treadmill'))
            t.check('load: one that never ends is in hand', until(lambda: one.spinning(0.2), 15))
            install(NEXT, folders['one'], PROGRAMS[1:])
            install(NEXT, folders['two'])
            began = time.monotonic()
            t.check('the other half: the new program runs', until(lambda: program(one.pid) == file_of(
                folders['one'] + '/extractd'), 20, 0.01), one.log()[-600:])
            t.note('%.1f s from the installation to the new program, 3 of which it waits for more to come' %
                   (time.monotonic() - began))
            spool.ctl('resume', '--host', 'two')
            t.check('its lease says the new version', until(lambda: status(spool, 'one').get('version') == new, 15, 0.2))
            count = len(spool.done())
            t.check('work goes on', until(lambda: len(spool.done()) > count + 40, 15, 0.2))
            t.equal('each says which protocol it speaks', [status(spool, h).get('protocol') for h in folders], [1, 1])
            t.check('two hosts, two versions, one spool', {status(spool, h)['version'] for h in folders} == {old, new} and
                    two.alive())
            t.equal('its parsers are new, too', until(lambda: [program(z.pid) for z in one.role('zygote')] == [file_of(
                folders['one'] + '/pdfspool-parser')], 5), True)
            t.equal('no descriptor more than before', until(lambda: descriptors(one.pid) == held, 5), True)

            # upgrade = no: a parser that has to be started anew is the old one
            spool.ctl('pause', '--host', 'two')
            until(lambda: status(spool, 'two').get('state') == 'paused' and status(spool, 'two')['in_work'] == 0, 10, 0.1)
            os.kill(two.role('zygote')[0].pid, signal.SIGKILL)
            t.check('upgrade = no: the zygote, started again, is of the old file',
                    until(lambda: [program(z.pid) for z in two.role('zygote')] == [parser], 10), two.role('zygote'))
            spool.ctl('resume', '--host', 'two')
            t.check('upgrade = no: it works', until(lambda: len([1 for p in spool.done()[-60:] if spool.json(b'done/' + p)['host'] == 'two']) > 3,
                                                    10, 0.3))
        finally:
            dropper.stop()
        spool.ctl('cancel', 'long.pdf')
        t.check('all are done', spool.wait_finished(dropper.n + 1, 40), (dropper.n, spool.finished()))
        t.equal('stopped with', [w.stop() for w in (one, two)], [0, 0])
        told = [spool.json(b'done/' + p) for p in spool.done()] + [spool.json(b'failed/%s/%s' % f) for f in spool.failed()]
        back = [e for e in journal(spool, 'one') if e['event'] == 'put_back']
        given = sum(int(n) for n in re.findall(rb'gave back ([0-9]+) documents unspent', one.log()))
        t.note('%d documents, of which the new version did %d; %d came back unspent, %d of them out of work' % (
            len(told), sum(x['version'] == new for x in told), len(back) + given, len(back)))
        t.check('something was in hand when it was replaced', len(back) + given > 0, one.log()[-900:])
        t.equal('attempts spent', sum(x['attempt'] - 1 for x in told), 0)
        t.check('both versions did some, each as its x.json says', {x['version'] for x in told} == {old, new})
        mixed = [x['host'] for x in told if x['host'] == 'two' and x['version'] != old]
        t.equal('upgrade = no: none by another version', mixed, [])
        said = manager.said()
        t.check('its service manager was told of a reload, and fed all the time', said.count('READY=1') >= 2 and
                said.index('RELOADING=1') < len(said) - said[::-1].index('READY=1') and 'STOPPING=1' not in
                said[:said.index('READY=1', said.index('RELOADING=1'))] and
                'WATCHDOG=1' in said[said.index('READY=1', said.index('RELOADING=1')):] and said.count('STOPPING=1') == 1, said)
        t.equal('it executed the new program once', one.log().count(b'executing '), 1)
        t.check('upgrade = no: nothing is said', b'replaced' not in two.log(), two.log()[-400:])
        found = law.problems(settled=True, leftovers=True)
        t.check('conservation', not found, found)
        code, audit, err = spool.ctl('audit', '--verify', json_=True)
        t.check('audit is clean', code == 0 and audit['ok'], audit or err)


def told_to_stop_meanwhile():
    """SIGTERM while it finishes what it has in hand: it stops, and executes nothing."""
    with Spool({'spool.settle_time': '0s', 'worker.shutdown_grace': '4s', **SPIN}, name='upgrade-stop') as spool:
        law = Law(spool)
        folder = os.path.join(os.fsdecode(spool.top), 'bin')
        install(BUILD, folder)
        worker = spool.start(host='one', extractd=folder + '/extractd')
        law.drop(b'long.pdf', pdf('treadmill'))
        t.check('stop: a long document is in hand', until(lambda: worker.spinning(0.2), 15))
        install(NEXT, folder)
        t.check('stop: the new programs are noticed', until(lambda: b'finishing what is in hand' in worker.log(), 15),
                worker.log()[-400:])
        os.kill(worker.pid, signal.SIGTERM)
        t.equal('stop: it ends with', worker.wait(20), 0)
        t.check('stop: and executes nothing', b'executing' not in worker.log(), worker.log()[-400:])
        t.equal('stop: its lease is given back', spool.leases(), [])
        waiting = [name.split(b'.')[2] for name in spool.waiting()]
        t.check('stop: the document waits, in its first attempt', len(waiting) == 1 and
                re.fullmatch(rb'1(u[0-9]+)?', waiting[0]), waiting)
        t.equal('stop: audit', spool.ctl('audit')[0], 0)


for scenario in (under_load, told_to_stop_meanwhile):
    scenario()
t.finish()
