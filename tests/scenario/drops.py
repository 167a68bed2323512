#!/usr/bin/env python3
"""Goal: whatever way people put files into pending/, each document comes out whole, once, with its own text; what is no
drop stays where it is, and is never opened."""
import ctypes
import glob
import json
import os
import shutil
import socket
import struct
import subprocess
import threading
import time

from spooltest import BUILD, Checks, Law, Spool, pdf, read, seen, sha256, small_pdf, until, write

NOBODY = 65534
JUNK = [b'.hidden.pdf', b'~lock.pdf', b'backup.pdf~', b'a.pdf.part', b'b.tmp', b'c.crdownload', b'Thumbs.db',
        b'desktop.ini', b'.snapshot/old.pdf', b'@eaDir/thumb.pdf', b'lost+found/x.pdf']

t = Checks()


class Opens:
    """Names that anybody opened in a folder (inotify)."""

    IN_OPEN = 0x20

    def __init__(self, folder):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self.libc.inotify_add_watch(self.fd, ctypes.c_char_p(folder), self.IN_OPEN) >= 0

    def names(self):
        found = set()
        while True:
            try:
                data = os.read(self.fd, 65536)
            except BlockingIOError:
                return found - {b''}
            at = 0
            while at < len(data):
                _, _, _, n = struct.unpack_from('iIII', data, at)
                found.add(data[at + 16:at + 16 + n].rstrip(b'\0'))
                at += 16 + n


def host_status(spool):
    found = glob.glob(os.fsdecode(spool.at(b'claimed')) + '/*/*/status.json')
    try:
        return json.loads(read(found[0])) if found else {}
    except OSError:
        return {}


def make_special(folder):
    os.mkdir(folder)
    outside = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(folder))), b'outside')
    os.mkdir(outside)
    write(os.path.join(outside, b'secret.pdf'), small_pdf('outside secret'))
    os.symlink(os.path.join(outside, b'secret.pdf'), os.path.join(folder, b'link.pdf'))
    os.symlink(outside, os.path.join(folder, b'linked-folder'))
    os.symlink(b'/nowhere', os.path.join(folder, b'dangling.pdf'))
    os.mkfifo(os.path.join(folder, b'fifo.pdf'))
    s = socket.socket(socket.AF_UNIX)
    s.bind(os.path.join(folder, b'socket.pdf'))
    names = {b'link.pdf', b'linked-folder', b'dangling.pdf', b'fifo.pdf', b'socket.pdf'}
    if os.geteuid() == 0:
        os.mknod(os.path.join(folder, b'device.pdf'), 0o20666, os.makedev(1, 5)) # /dev/zero: endless when read
        names.add(b'device.pdf')
    return outside, names


def slow_copy(spool, law, name, data):
    """A copy that takes several times the settle time, with pauses shorter than it."""
    law.add(data, name, 'slow copy words')
    step = len(data) // 12 + 1
    with open(spool.pending(name), 'wb', buffering=0) as f:
        for at in range(0, len(data), step):
            f.write(data[at:at + step])
            time.sleep(0.15)


def everyday(spool, law):
    source = os.path.join(spool.top, b'source')
    wanted = {}
    for i in range(6):
        path = b'cp/%d/deep/doc%d.pdf' % (i % 2, i)
        wanted[path] = 'copied number%d' % i
        os.makedirs(os.path.dirname(os.path.join(source, path)), exist_ok=True)
        write(os.path.join(source, path), law.add(small_pdf(wanted[path]), path, wanted[path]))
    subprocess.run([b'cp', b'-r', os.path.join(source, b'cp'), spool.pending()], check=True)

    os.mkdir(os.path.join(source, b'mv'))
    for i in range(3):
        path = b'mv/m%d.pdf' % i
        write(os.path.join(source, path), law.add(small_pdf('moved number%d' % i), path, 'moved number%d' % i))
    subprocess.run([b'mv', os.path.join(source, b'mv'), spool.pending()], check=True)
    write(os.path.join(source, b'single.pdf'), law.add(small_pdf('moved single'), b'single.pdf', 'moved single'))
    subprocess.run([b'mv', os.path.join(source, b'single.pdf'), spool.pending()], check=True)

    if shutil.which('rsync'):
        os.mkdir(os.path.join(source, b'rs'))
        for i in range(4):
            path = b'rs/r%d.pdf' % i
            write(os.path.join(source, path), law.add(pdf('pages', 'synced number%d' % i, pages=20), path,
                                                      'synced number%d' % i))
        subprocess.run([b'rsync', b'-r', b'--bwlimit=400', os.path.join(source, b'rs'), spool.pending()], check=True)
    else:
        t.skip('rsync -r', 'rsync is not installed')


def odd_ones(spool, law):
    deep = b'/'.join(b'n%d' % i for i in range(60)) + b'/bottom.pdf'
    law.drop(deep, small_pdf('sixty deep'), 'sixty deep')
    for name, when in ((b'future.pdf', time.time() + 400 * 86400), (b'epoch.pdf', 0)):
        hidden = spool.pending(b'.new')
        write(hidden, law.add(small_pdf('times ' + name.decode()), name, 'times ' + name.decode()))
        os.utime(hidden, (when, when))
        os.rename(hidden, spool.pending(name))
    original = os.path.join(spool.top, b'original.pdf')
    write(original, law.add(small_pdf('linked hard'), b'hard.pdf', 'linked hard'))
    os.link(original, spool.pending(b'hard.pdf'))


def main_drops():
    with Spool({'spool.settle_time': '500ms'}, name='drops') as spool:
        law = Law(spool)
        outside, special = make_special(spool.pending(b'special'))
        opened, opened_outside = Opens(spool.pending(b'special')), Opens(outside)
        for name in JUNK:
            os.makedirs(os.path.dirname(spool.pending(name)), exist_ok=True)
            write(spool.pending(name), small_pdf('junk %r' % name))
        write(spool.pending(b'zero.pdf'), b'')
        worker = spool.start(host='one')

        writers = [threading.Thread(target=slow_copy, args=(spool, law, b'slow%d.pdf' % i,
                                                            pdf('pages', 'slow copy words', pages=30, seed=i, size=90000)))
                   for i in range(2)]
        for w in writers:
            w.start()
        everyday(spool, law)
        odd_ones(spool, law)

        # rewritten in place while it settles: only the last content counts
        write(spool.pending(b'rewritten.pdf'), small_pdf('first version, half'))
        time.sleep(0.3)
        write(spool.pending(b'rewritten.pdf'), law.add(small_pdf('second version'), b'rewritten.pdf', 'second version'))
        for w in writers:
            w.join()

        spool.wait_finished(len(law.dropped), 30)
        t.equal('nothing failed', spool.failed(), [])
        t.equal('every document is done, once, under its own path', spool.done(),
                sorted(path for path, _ in law.dropped.values()))
        found = law.problems(settled=False)
        t.check('each has its own text and hash', not found, found)
        t.equal('the rewritten file came out in its last version', sha256(read(spool.at(b'done/rewritten.pdf'))),
                [d for d, (p, _) in law.dropped.items() if p == b'rewritten.pdf'][0])
        t.check('junk names stay', all(os.path.exists(spool.pending(name)) for name in JUNK))
        t.check('the empty file stays', os.path.getsize(spool.pending(b'zero.pdf')) == 0)
        t.equal('links, pipes, sockets and devices stay', set(os.listdir(spool.pending(b'special'))), special)
        t.equal('they were never opened', opened.names(), set())
        t.equal('nothing behind a link was opened', opened_outside.names(), set())
        t.check('the other name of a hard link is untouched',
                read(os.path.join(spool.top, b'original.pdf')) == read(spool.at(b'done/hard.pdf')))
        status = until(lambda: host_status(spool).get('ignored_empty') == 1 and host_status(spool), 25, 0.2) or host_status(spool)
        t.equal('the empty file is counted', status.get('ignored_empty'), 1)
        names = len([n for n in JUNK if b'/' not in n]) + 3 # .snapshot, @eaDir, lost+found: their folders
        t.equal('junk is counted', status.get('ignored_names'), names)
        t.equal('links are counted', status.get('ignored_links'), 3)
        t.equal('pipes, sockets and devices are counted', status.get('ignored_special'), len(special) - 3)

        # the empty file is filled at last
        write(spool.pending(b'zero.pdf'), law.add(small_pdf('not empty any more'), b'zero.pdf', 'not empty any more'))
        t.check('the empty file is taken once it has content', until(lambda: b'zero.pdf' in spool.done(), 10))
        t.equal('stopped with', worker.stop(), 0)
        found = law.problems(settled=False)
        t.check('conservation at the end', not found, found)


def writer_goes_on():
    """A copy stalls for longer than the settle time, is claimed, and goes on while it is in work: what is published
    must be one document: the hash of x.json is the file's."""
    with Spool({'spool.settle_time': '200ms', 'spool.max_unspent': '200'}, name='stall') as spool:
        data = pdf('flat20000', pages=9000)
        cut = len(data) - 2000
        worker = spool.start(host='one')
        with open(spool.pending(b'stalled.pdf'), 'wb', buffering=0) as f:
            f.write(data[:cut])
            claimed = until(lambda: spool.claimed(), 10, 0.002)
            seen(lambda: any(p.state == 'R' for p in worker.role('parser')), 2, 0.002)
            went_on_early = spool.finished() == 0
            f.write(data[cut:])
        t.check('the stalled copy was in work when its writer went on', claimed and went_on_early)
        spool.wait_finished(1, 30)
        where = [b'done/' + p for p in spool.done()] + [b'failed/' + b'/'.join(p) for p in spool.failed()]
        t.equal('it came out once', len(where), 1)
        if where:
            t.equal('x.json tells of the file that lies beside it', spool.json(where[0])['sha256'],
                    sha256(read(os.path.join(spool.path, where[0]))))
            t.equal('it came out whole', (where[0], spool.json(where[0])['outcome']), (b'done/stalled.pdf', 'ok'))
        worker.stop()


def unreadable():
    setpriv = shutil.which('setpriv')
    if os.geteuid() != 0:
        t.skip('a file that may not be read', 'this needs root, to work as somebody else')
        return
    if not setpriv:
        t.skip('a file that may not be read', 'setpriv is missing')
        return
    program = [setpriv, '--reuid=%d' % NOBODY, '--regid=%d' % NOBODY, '--clear-groups']
    if subprocess.run(program + [os.path.join(BUILD, 'extractd'), '--version'], stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL).returncode != 0:
        t.skip('a file that may not be read', 'another user cannot run the programs in %s' % BUILD)
        return
    with Spool(name='unreadable') as spool:
        for folder, _, _ in os.walk(spool.path):
            os.chown(folder, NOBODY, NOBODY)
        law = Law(spool)
        law.drop(b'good.pdf', small_pdf('may be read'), 'may be read')
        hidden = spool.pending(b'.new')
        write(hidden, law.add(small_pdf('may not be read'), b'locked.pdf'))
        os.chmod(hidden, 0)
        os.rename(hidden, spool.pending(b'locked.pdf'))
        worker = spool.start(host='one', program=program)
        spool.wait_finished(2, 15)
        t.equal('a file of mode 000 goes to failed/unreadable/', spool.failed(), [(b'unreadable', b'locked.pdf')])
        t.equal('others are done meanwhile, by an unprivileged worker', spool.done(), [b'good.pdf'])
        if spool.failed():
            message = spool.json(b'failed/unreadable/locked.pdf').get('message', '')
            t.check('x.json says who may not read it', str(NOBODY) in message, message)
        t.equal('stopped with', worker.stop(), 0)
        found = law.problems()
        t.check('conservation', not found, found)


main_drops()
writer_goes_on()
unreadable()
t.finish()
