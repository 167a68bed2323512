#!/usr/bin/env python3
"""Goal: spoolctl doctor tells a good share from a bad one, in words that say what to do, and by its exit code: local
file systems, one that is mounted read-only, one without room or without inodes, one of another owner, one that is two, and
one that knows neither links nor case. Each bad share is refused for its own reason and no other, and nothing is left on it.

In a mount namespace of its own: what is mounted here is seen by nobody else, and is gone with this program. Needs root
for that; without, only a good share is tried. Real NFS is in tests/cluster.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from spooltest import Checks, SPOOLCTL

INSIDE = 'PDFSPOOL_DOCTOR_INSIDE'
NOBODY = 65534
ROOM = 20 << 20 # bytes of a file system that is made here
CHECKS = {'mount', 'space', 'files', 'rename', 'rmdir', 'one-mount', 'symlink', 'write', 'names', 'times', 'inodes', 'heartbeat',
          'claims', 'clock', 'user', 'limits', 'hosts', 'sandbox', 'ocr'}

t = Checks()


def run(*words):
    """A command of the system: what it said when it failed, else ''."""
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout.decode(errors='replace').strip() or 'it failed' if done.returncode else ''


def enter():
    """Start again with mounts of one's own. '' when there, else why not."""
    if os.environ.pop(INSIDE, None):
        return ''
    if os.geteuid() != 0:
        return 'only root may mount'
    why = run('unshare', '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt')
    if why:
        return 'nothing may be mounted here: ' + why
    os.environ[INSIDE] = '1'
    os.execvp('unshare', ['unshare', '--mount', sys.executable, *sys.argv])
    return ''


class Share:
    """A spool on a file system that is mounted for it."""

    def __init__(self, name, *mount):
        self.name = name
        self.top = tempfile.mkdtemp(prefix='pdfspool-doctor-')
        os.chmod(self.top, 0o755)
        self.lacks = run('mount', *mount, self.top) if mount else ''
        self.mounted = bool(mount) and not self.lacks
        self.spool = os.path.join(self.top, 'spool')
        if not self.lacks:
            subprocess.run([SPOOLCTL, 'init', self.spool], check=True, stderr=subprocess.DEVNULL)

    def at(self, *parts):
        return os.path.join(self.spool, *parts)

    def doctor(self, uid=None):
        """(exit code, {check: verdict}, what is told of what is not well, last line)"""
        words = [SPOOLCTL, '--spool', self.spool, 'doctor']
        as_ = {'user': uid, 'group': uid, 'extra_groups': []} if uid is not None else {}
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False, **as_)
        lines = done.stdout.decode(errors='replace').splitlines()
        found = [m for m in (re.match(r'(ok|warn|fail) +(\S+) +(.*)', line) for line in lines) if m]
        verdicts = {m.group(2): m.group(1) for m in found}
        bad = '\n'.join(m.group(0) for m in found if m.group(1) != 'ok' and m.group(2) != 'sandbox')
        return done.returncode, verdicts, bad + done.stderr.decode(errors='replace'), lines[-1] if lines else ''

    def refused(self, why, checks, words, uid=None):
        """It must be, by these checks and no other."""
        code, verdicts, bad, last = self.doctor(uid)
        failed = {check for check, verdict in verdicts.items() if verdict == 'fail'} - {'sandbox'}
        t.equal('%s: exit code' % why, code, 1)
        t.equal('%s: what fails' % why, failed, checks)
        t.check('%s: says so' % why, re.search(words, bad), bad)
        t.check('%s: NOT fit' % why, last.endswith('NOT fit for a spool'), last)
        self.left(why)

    def left(self, why):
        left = [n for n in os.listdir(self.at('control')) if n.startswith('.doctor')]
        t.equal('%s: nothing is left behind' % why, left, [])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.mounted:
            run('umount', '--recursive', self.top)
        shutil.rmtree(self.top, ignore_errors=True)


def fill(folder, leave=0):
    """No byte more is free in there, but so many."""
    path = os.path.join(folder, 'fill')
    for size in 1 << 20, 1 << 12, 1:
        try:
            with open(path, 'ab', buffering=0) as f:
                while f.write(b'\0' * size) == size:
                    pass
        except OSError:
            pass
    if leave:
        os.truncate(path, os.path.getsize(path) - leave)


def image(folder, *make):
    """A file with a file system in it: (its path, why it could not be made)."""
    path = os.path.join(folder, 'image')
    with open(path, 'wb') as f:
        f.truncate(2 * ROOM)
    if not shutil.which(make[0], path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin'):
        return path, make[0] + ' is not here'
    return path, run(*make, path)


def good(share):
    code, verdicts, bad, last = share.doctor()
    caged = verdicts.pop('sandbox', None) != 'fail'
    t.equal('%s: all checks are made' % share.name, set(verdicts), CHECKS - {'sandbox'})
    t.check('%s: none fails' % share.name, 'fail' not in verdicts.values(), bad)
    t.check('%s: exit code' % share.name, code == (0 if caged else 1), (code, last))
    share.left(share.name)


def json_says_the_same(share):
    done = subprocess.run([SPOOLCTL, '--spool', share.spool, '--json', 'doctor'], stdout=subprocess.PIPE, timeout=60, check=False)
    told = json.loads(done.stdout)
    _, verdicts, _, _ = share.doctor()
    t.equal('--json: the same checks', {c['check']: c['verdict'] for c in told['checks']}, verdicts)
    t.equal('--json: its sum', (told['ok'], told['fail']), (done.returncode == 0, sum(v == 'fail' for v in verdicts.values())))


def read_only():
    with Share('read-only', '-t', 'tmpfs', '-o', 'size=%d' % ROOM, 'tmpfs') as share:
        t.equal('read-only: mounted so', run('mount', '-o', 'remount,ro', share.top), '')
        share.refused('read-only', {'mount', 'write'}, r'mounted read-only\n(.*\n)*fail +write .*Read-only file system; mount it read-write')


def full():
    with Share('full', '-t', 'tmpfs', '-o', 'size=%d' % ROOM, 'tmpfs') as share:
        fill(share.top)
        share.refused('full', {'space', 'write'}, r'free_space_floor(.*\n)*fail +write .*No space left on device; make room')
    with Share('no inodes', '-t', 'tmpfs', '-o', 'size=%d,nr_inodes=60' % ROOM, 'tmpfs') as share:
        made = []
        try:
            for i in range(100):
                made.append(share.at('pending', str(i)))
                with open(made[-1], 'xb'):
                    pass
        except OSError:
            made.pop()
        for spare in 2, 1: # room for its folder and a file; for its folder
            for path in made[:spare]:
                os.unlink(path)
            share.refused('no inodes, %d left' % spare, {'write'} if spare == 2 else {'write', 'clock'},
                          r'inodes\)(.*\n)*fail +write .*No space left on device; make room')
            for path in made[:spare]:
                with open(path, 'xb'):
                    pass


def other_owner():
    with Share('another owner', '-t', 'tmpfs', '-o', 'size=%d' % ROOM, 'tmpfs') as share:
        share.refused('another owner', {'write'}, r'control/ cannot be written: Permission denied; it belongs to uid 0 .* this is uid %d' % NOBODY,
                      NOBODY)
        for root, folders, _ in os.walk(share.spool):
            for path in [root] + [os.path.join(root, f) for f in folders]:
                os.chown(path, NOBODY, NOBODY)
        os.chown(share.spool, NOBODY, NOBODY)
        code, verdicts, bad, _ = share.doctor(NOBODY)
        t.check('its owner: fit', code == 0 or verdicts.get('sandbox') == 'fail', bad)
        os.chown(share.at('failed'), 1234, 1234)
        os.chmod(share.at('failed'), 0o755)
        share.refused('another owner of one folder', {'one-mount'},
                      r'moved into failed/: Permission denied; it belongs to uid 1234 \(mode 755\), and this is uid %d' % NOBODY, NOBODY)


def two_file_systems():
    words = r'moved into done/: Invalid cross-device link; all of the spool must be one file system, reached through one mount'
    with Share('two file systems', '-t', 'tmpfs', '-o', 'size=%d' % ROOM, 'tmpfs') as share:
        t.equal('two file systems: mounted so', run('mount', '-t', 'tmpfs', '-o', 'size=%d' % ROOM, 'tmpfs', share.at('done')), '')
        share.refused('two file systems', {'one-mount'}, words)
        run('umount', share.at('done'))
        t.equal('two mounts: mounted so', run('mount', '--bind', share.at('done'), share.at('done')), '')
        share.refused('two mounts of one file system', {'one-mount'}, words)


def no_links():
    """vfat: no links of either kind, and "Case" is "case"."""
    with tempfile.TemporaryDirectory() as folder:
        path, why = image(folder, 'mkfs.vfat')
        if why:
            t.skip('no links', why)
            return
        with Share('no links', '-t', 'vfat', '-o', 'loop', path) as share:
            if share.lacks:
                t.skip('no links', 'this kernel mounts no vfat (tests/cluster tries it): ' + share.lacks.splitlines()[0])
                return
            share.refused('no links', {'symlink', 'names'}, r'symbolic links cannot be made(.*\n)*.*"Case" and "case" are one file')


def ext4():
    with tempfile.TemporaryDirectory() as folder:
        path, why = image(folder, 'mkfs.ext4', '-q', '-F')
        with Share('ext4', *([] if why else ['-t', 'ext4', '-o', 'loop', path])) as share:
            if why or share.lacks:
                t.skip('ext4', (why or share.lacks).splitlines()[0])
            else:
                good(share)


def not_a_spool():
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([SPOOLCTL, '--spool', folder, 'doctor'], stderr=subprocess.PIPE, check=False)
        t.check('an empty folder, as where nothing is mounted: exit code 69', done.returncode == 69, done)


def main():
    why = enter()
    with Share('a local folder') as share:
        good(share)
        json_says_the_same(share)
    not_a_spool()
    if why:
        t.skip('bad shares', why)
        return
    for bad in read_only, full, other_owner, two_file_systems, no_links, ext4:
        bad()


main()
t.finish()
