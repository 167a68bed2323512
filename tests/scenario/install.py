#!/usr/bin/env python3
"""Goal: what `make install` lays down is what a host needs, fits together, and goes again: programs, units that are hardened and still allow
what extractd does, a user with one number everywhere, folders, samples. (Packages: make test-deb.)

usage: install.py    BUILD in the environment: the folder with the programs (default: build)
"""
import os
import re
import shutil
import subprocess
import tempfile

from spooltest import BUILD, Checks, Spool, drop, pdf, read
from unitfile import allowed_calls

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PREFIX = '/opt/p'
EXPOSURE = 15  # tenths, by systemd-analyze security: what spoold needs for its network; the worker's is below 10
TEMPLATES = ('pdfspool-extractd@.service', 'pdfspool-spoold@.service', 'pdfspool-spoold@.socket')


def call(*command, **more):
    """(exit code, all that it said)"""
    r = subprocess.run([os.fspath(w) for w in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
                       timeout=120, **more)
    return r.returncode, r.stdout.decode(errors='replace')


def make(what, dest):
    return call('make', '-s', '-C', ROOT, 'O=' + BUILD, 'DESTDIR=' + dest, 'PREFIX=' + PREFIX, what,
                env={k: v for k, v in os.environ.items() if not k.startswith('MAKE')})


def there(dest):
    return sorted(os.path.relpath(os.path.join(folder, f), dest) for folder, _, files in os.walk(dest) for f in files)


def laid_down(c, dest):
    c.equal('make install', make('install', dest)[0], 0)
    files = there(dest)
    for what in ('bin/extractd', 'bin/spoolctl', 'bin/spoold', 'libexec/pdfspool/pdfspool-parser', 'share/pdfspool/www/index.html',
                 'share/pdfspool/pdfspool.ini', 'share/doc/pdfspool/OPERATING.md', 'share/doc/pdfspool/examples/exports',
                 'share/doc/pdfspool/examples/spool.ini', 'share/man/man8/extractd.8', 'share/man/man5/pdfspool.ini.5',
                 'share/bash-completion/completions/spoolctl', 'lib/sysusers.d/pdfspool.conf', 'lib/tmpfiles.d/pdfspool.conf',
                 *('lib/systemd/system/' + t for t in TEMPLATES)):
        c.check('%s is installed' % what, 'opt/p/' + what in files, files)
    c.check('and nothing outside of PREFIX', all(f.startswith('opt/p/') for f in files), files)
    writable = [f for f in files if os.stat(os.path.join(dest, f)).st_mode & 0o022]
    c.equal('nobody else may write there', writable, [])


def sample(c, dest):
    """It is the schema's, and right as it is."""
    ini = os.path.join(dest, 'opt/p/share/pdfspool/pdfspool.ini')
    ctl = os.path.join(dest, 'opt/p/bin/spoolctl')
    code, said = call(ctl, 'config', 'check', '--config', ini)
    c.check('the sample is a configuration', code == 0, said)
    asked = [line for line in read(ini).decode().splitlines() if line and not line.startswith(('#', '['))]
    c.equal('in which the page has its files', asked, ['token_file = /var/lib/pdfspool/token', 'keep_file = /var/lib/pdfspool/history'])
    made = [line.lstrip('#').split(' = ')[0] for line in call(ctl, 'config', 'sample', 'host')[1].splitlines() if ' = ' in line]
    kept = [line.lstrip('#').split(' = ')[0] for line in read(ini).decode().splitlines() if ' = ' in line]
    c.equal('and all settings are there', kept, made)


def units(c, dest, top):
    """As they lie there, for the spool /srv/spool."""
    if not shutil.which('systemd-analyze'):
        c.skip('the units', 'there is no systemd-analyze')
        return
    out = []
    for name in TEMPLATES:
        text = read(os.path.join(dest, 'opt/p/lib/systemd/system', name)).decode()
        if name.endswith('.service'):
            c.check('%s names what was installed' % name, '\nExecStart=%s/bin/' % PREFIX in text and '@prefix@' not in text, text)
            grace = re.search(r'(?m)^TimeoutStopSec=(\d+)$', text)
            c.check('%s: time to stop above shutdown_grace, 30 s' % name, grace and (int(grace[1]) > 30 or 'extractd' not in name), text)
            # A share that is away when a host boots, for a year if need be: nothing gives up.
            c.check('%s never gives up' % name, all(w in text for w in (
                '\nStartLimitIntervalSec=0\n', '\nTimeoutStartSec=infinity\n', '\nRestart=on-failure\n', '\nType=notify\n')), text)
            c.check('%s waits for the mount, and writes there' % name, '\nRequiresMountsFor=%f\n' in text and '\nReadWritePaths=%f ' in text, text)
        out.append(os.path.join(top, name.replace('@', '@srv-spool')))
        # What is to be executed lies below DESTDIR; else systemd-analyze has nothing to complain of.
        with open(out[-1], 'w', encoding='utf-8') as f:
            f.write(text.replace('=' + PREFIX, '=' + dest + PREFIX))
    code, said = call('systemd-analyze', 'verify', '--man=no', *out)
    c.equal('systemd-analyze verify', [line for line in said.splitlines() if 'pdfspool' in line], [])
    with open(out[0], encoding='utf-8') as f:
        wrong = f.read().replace('\nType=notify', '\nTyp=notify')
    with open(os.path.join(top, 'pdfspool-wrong.service'), 'w', encoding='utf-8') as f:
        f.write(wrong)
    code, said = call('systemd-analyze', 'verify', '--man=no', os.path.join(top, 'pdfspool-wrong.service'))
    c.check('control: it sees a word that is wrong', "'Typ'" in said, said)
    for unit, most in ((out[0], 10), (out[1], EXPOSURE)):
        code, said = call('systemd-analyze', 'security', '--offline=yes', '--threshold=%d' % most, unit)
        c.check('%s: its exposure is at most %.1f' % (os.path.basename(unit), most / 10), code == 0, said[-300:])
        c.note((re.findall(r'Overall exposure.*', said) or [''])[0])
        c.check('control: the threshold counts', call('systemd-analyze', 'security', '--offline=yes', '--threshold=2', unit)[0] != 0)


def user(c, dest, top):
    """One number, fixed; another one where /etc says so."""
    if not shutil.which('systemd-sysusers'):
        c.skip('the user', 'there is no systemd-sysusers')
        return
    if os.getuid() != 0:
        c.skip('the user', 'making one, in a folder of ours, takes root')
        return

    def made(own):
        root = os.path.join(top, 'root%d' % bool(own))
        for folder in ('etc/sysusers.d', 'usr/lib/sysusers.d'):
            os.makedirs(os.path.join(root, folder))
        shutil.copy(os.path.join(dest, 'opt/p/lib/sysusers.d/pdfspool.conf'), os.path.join(root, 'usr/lib/sysusers.d'))
        if own:
            with open(os.path.join(root, 'etc/sysusers.d/pdfspool.conf'), 'w', encoding='utf-8') as f:
                f.write(own)
        code, said = call('systemd-sysusers', '--root=' + root, 'pdfspool.conf')
        c.check('systemd-sysusers', code == 0, said)
        return [line for line in read(os.path.join(root, 'etc/passwd')).decode().splitlines() if line.startswith('pdfspool:')]
    c.equal('the user has its number', made(''), ['pdfspool:x:550:550:pdfspool:/:/usr/sbin/nologin'])
    # As the file says that it is done.
    words = read(os.path.join(dest, 'opt/p/lib/sysusers.d/pdfspool.conf')).decode()
    own = re.search(r"echo '(u pdfspool 1234 .*)' >/etc/sysusers\.d/pdfspool\.conf", words)
    c.check('and the file tells how it gets another', own, words)
    c.equal('which it then has', made(own[1] + '\n'), ['pdfspool:x:1234:1234:pdfspool:/:/usr/sbin/nologin'])


def folders(c, dest, top):
    if not shutil.which('systemd-tmpfiles') or os.getuid() != 0:
        c.skip('the folders', 'there is no systemd-tmpfiles, or no root')
        return
    root = os.path.join(top, 'folders')
    os.makedirs(os.path.join(root, 'etc'))
    with open(os.path.join(root, 'etc/passwd'), 'w', encoding='utf-8') as f:
        f.write('root:x:0:0::/:/bin/sh\npdfspool:x:550:550::/:/bin/false\n')
    with open(os.path.join(root, 'etc/group'), 'w', encoding='utf-8') as f:
        f.write('root:x:0:\nadm:x:4:\npdfspool:x:550:\n')
    os.makedirs(os.path.join(root, 'usr/lib/tmpfiles.d'))
    shutil.copy(os.path.join(dest, 'opt/p/lib/tmpfiles.d/pdfspool.conf'), os.path.join(root, 'usr/lib/tmpfiles.d'))
    code, said = call('systemd-tmpfiles', '--create', '--root=' + root, 'pdfspool.conf')
    c.check('systemd-tmpfiles', code == 0, said)
    for path, group in (('var/lib/pdfspool', 550), ('var/log/pdfspool', 4)):
        st = os.stat(os.path.join(root, path)) if os.path.isdir(os.path.join(root, path)) else None
        c.equal('/%s' % path, st and (st.st_uid, st.st_gid, st.st_mode & 0o7777), (550, group, 0o750))


def mounts(c, dest, top):
    """The sample of /etc/fstab, as systemd reads it: a host whose server is away boots, and goes on trying."""
    generator = '/usr/lib/systemd/system-generators/systemd-fstab-generator'
    if not os.path.exists(generator):
        c.skip('the sample of fstab', 'there is no systemd-fstab-generator')
        return
    out = os.path.join(top, 'generated')
    os.makedirs(out)
    code, said = call(generator, out, out, out, env={**os.environ, 'SYSTEMD_FSTAB': os.path.join(dest, 'opt/p/share/doc/pdfspool/examples/fstab')})
    unit = os.path.join(out, 'srv-spool.mount')
    if not c.check('the sample of fstab is read', code == 0 and os.path.exists(unit), said):
        return
    text = read(unit).decode()
    c.check('nothing ends its trying', '\nTimeoutSec=infinity\n' in text, text)
    options = re.search(r'(?m)^Options=(.*)$', text)[1].split(',')
    c.check('for a year', [w for w in options if w.startswith('retry=')][-1] == 'retry=525600', options)
    c.check('hard, and the boot does not wait', {'hard', 'nofail'} <= set(options) and not {'soft', 'softerr', 'nocto', 'noac'} & set(options), options)
    c.check('nor is it required', not os.path.exists(os.path.join(out, 'remote-fs.target.requires')), os.listdir(out))


def logrotate(c, dest, top):
    """The sample, with a folder and a user that are here: twice turned."""
    if not shutil.which('logrotate') or os.getuid() != 0:
        c.skip('the sample for logrotate', 'it is not here, or no root')
        return
    logs, conf = os.path.join(top, 'logs'), os.path.join(top, 'logrotate.conf')
    os.mkdir(logs)
    text = read(os.path.join(dest, 'opt/p/share/doc/pdfspool/examples/logrotate')).decode()
    with open(conf, 'w', encoding='utf-8') as f:
        f.write(text.replace('/var/log/pdfspool', logs).replace('su pdfspool pdfspool', 'su root root'))
    for turn in ('first', 'second'):
        with open(os.path.join(logs, 'a.log'), 'w', encoding='utf-8') as f:
            f.write(turn)
        code, said = call('logrotate', '--force', '--state', os.path.join(top, 'state'), conf)
        c.check('logrotate takes the sample', code == 0 and not said, said)
    c.equal('it leaves the making of a new file to those who write', sorted(os.listdir(logs)), ['a.log.1', 'a.log.2.gz'])
    c.equal('and the last one as it is, for who may still be writing', read(os.path.join(logs, 'a.log.1')), b'second')


def calls_made(c):
    """What extractd and its processes really call, OCR and an archive among it, is within what the unit allows."""
    if not shutil.which('systemd-analyze') or not shutil.which('strace'):
        c.skip('the calls that the unit allows', 'there is no systemd-analyze, or no strace')
        return
    with Spool(name='calls') as spool:
        drop(spool.pending(b'text.pdf'), pdf('text', words='one'))
        drop(spool.pending(b'scan.pdf'), pdf('scan', words='two words'))
        trace = os.path.join(spool.top, b'trace')
        x = spool.start('--once', program=('strace', '-f', '-qq', '-o', os.fsdecode(trace)))
        c.equal('extractd, under strace', x.wait(90), 0)
        c.equal('both are done', len(spool.done()), 2)
        made = set(re.findall(r'(?m)^\d+ +([a-z_0-9]+)\(', read(trace).decode('latin-1')))
    c.check('it made many calls, those of the cage and of low priority among them',
            len(made) > 40 and {'seccomp', 'landlock_restrict_self', 'setpriority'} <= made, sorted(made))
    can = allowed_calls('pdfspool-extractd@.service')
    c.equal('all of which the unit allows', sorted(made - can), [])
    c.check('control: not all there are', 'openat' in can and not {'mount', 'bpf', 'ptrace', 'reboot'} & can)


def main():
    c = Checks()
    with tempfile.TemporaryDirectory(prefix='install.') as top:
        dest = os.path.join(top, 'dest')
        os.mkdir(dest)
        laid_down(c, dest)
        sample(c, dest)
        units(c, dest, top)
        user(c, dest, top)
        folders(c, dest, top)
        mounts(c, dest, top)
        logrotate(c, dest, top)
        c.equal('make uninstall', make('uninstall', dest)[0], 0)
        c.equal('leaves nothing', there(dest), [])
    calls_made(c)
    c.finish()


if __name__ == '__main__':
    main()
