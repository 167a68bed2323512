#!/usr/bin/env python3
"""Goal: `make run` gives text and a page, again and again, whatever else runs on this machine; what `make install` lays down works
from where it lies.

usage: setup.py    BUILD in the environment: the folder with the programs (default: build)
"""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from spooltest import BUILD, Checks, read, until, write

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
URL = re.compile(r'http://127\.0\.0\.1:(\d+)/')


def run(spool, **env):
    """(exit code, what was said)"""
    r = subprocess.run(['sh', os.path.join(ROOT, 'packaging', 'run.sh'), BUILD, spool], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       env={**os.environ, **env}, timeout=60, stdin=subprocess.DEVNULL)
    return r.returncode, r.stdout.decode()


def ask(url, path='', **headers):
    """(status, body) of a GET."""
    c = http.client.HTTPConnection('127.0.0.1', int(URL.search(url).group(1)), timeout=10)
    c.request('GET', '/' + path, headers=headers)
    r = c.getresponse()
    got = r.status, r.read()
    c.close()
    return got


def number(path):
    """Of the process that a file names."""
    return int(read(path)) if os.path.exists(path) else 0


def lives(pid):
    return pid > 0 and os.path.exists('/proc/%d/exe' % pid)


def end(*pids):
    for pid in pids:
        if lives(pid):
            os.kill(pid, signal.SIGTERM)
    return until(lambda: not any(lives(p) for p in pids), 20, 0.1)


def taken():
    """A listener on the page's usual port; None: another program has it, which does as well."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind(('127.0.0.1', 8090))
        s.listen()
        return s
    except OSError:
        s.close()
        return None


def first_time(c, spool):
    """The usual port is another's: the page comes all the same, and says so; the samples' text comes."""
    other = taken()
    code, said = run(spool)
    if other:
        other.close()
    url = URL.search(said)
    if not c.check('it starts beside a program that has port 8090', code == 0 and url and 'taken by another program' in said, said):
        return None
    url = url.group(0)
    c.equal('the page is there', (ask(url)[0], ask(url, 'js/main.js')[0], ask(url, 'healthz')), (200, 200, (200, b'ok\n')))
    done = os.path.join(spool, 'done', 'samples')
    c.check('text comes', until(lambda: any(n.endswith('.txt') for n in (os.listdir(done) if os.path.isdir(done) else [])), 60, 0.1))

    def shown():
        return json.loads(ask(url, 'api/v1/overview')[1])['documents']['done'] > 0
    c.check('and the page shows that', until(shown, 30, 0.1))
    token = re.search(r'^ *(/.*/token)$', said, re.M)
    c.check('the token lies where it says, for its owner alone', token and os.stat(token.group(1)).st_mode & 0o7 == 0 and
            os.stat(os.path.dirname(token.group(1))).st_mode & 0o77 == 0, said)
    return url


def told(c):
    """What README tells people to set reaches the programs: no variable of the Makefile has that name (it would be passed on instead)."""
    for name in ('SPOOL', 'PAGE', 'COUNT', 'MINUTES'):
        r = subprocess.run(['make', '-s', '-C', ROOT, 'O=' + BUILD, '--no-print-directory', '--eval', 'told: ; @printenv ' + name, 'told'],
                           stdout=subprocess.PIPE, env={**os.environ, name: 'what was set'}, timeout=60, check=False)
        c.equal('make passes %s on' % name, r.stdout, b'what was set\n')


def again(c, spool, url, pids):
    worker, page = pids
    code, said = run(spool)
    c.equal('called again it starts nothing', (code, said.count('running already'), url in said,
            tuple(number(os.path.join(spool, p)) for p in ('.worker.pid', '.page/pid'))), (0, 2, True, (worker, page)))
    c.check('a page that was stopped ends', end(page))
    code, said = run(spool, PAGE='127.0.0.1:0')
    c.check('it alone is started again', code == 0 and number(os.path.join(spool, '.worker.pid')) == worker and
            number(os.path.join(spool, '.page/pid')) not in (0, page) and ask(said)[0] == 200, said)
    end(number(os.path.join(spool, '.page/pid')))
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        s.listen()
        code, said = run(spool, PAGE='127.0.0.1:%d' % s.getsockname()[1])
        c.check('an address that was asked for and is taken is an error', code == 1 and 'another program listens there' in said, said)
    code, said = run(spool, PAGE='nonsense')
    c.check('nonsense is an error, and says what it may be', code == 1 and 'ADDRESS:PORT' in said, said)
    # A number that has become another program's: this test's own.
    with open(os.path.join(spool, '.page', 'pid'), 'w', encoding='ascii') as f:
        f.write('%d\n' % os.getpid())
    code, said = run(spool, PAGE='127.0.0.1:0')
    c.check('a number that is another process now is not taken for the page', code == 0 and ask(said)[0] == 200, said)


def make_run(c, top):
    spool = os.path.join(top, 'a spool')
    try:
        url = first_time(c, spool)
        if url:
            again(c, spool, url, [number(os.path.join(spool, p)) for p in ('.worker.pid', '.page/pid')])
    finally:
        c.check('what it started ends when told', end(number(os.path.join(spool, '.worker.pid')), number(os.path.join(spool, '.page/pid'))))
    audit = subprocess.run([os.path.join(BUILD, 'spoolctl'), '--spool', spool, 'audit'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    c.equal('audit', audit.returncode, 0)


def install(c, top):
    """Below a DESTDIR, with a PREFIX: each program finds what it needs by where it lies."""
    dest = os.path.join(top, 'dest')
    r = subprocess.run(['make', '-s', '-C', ROOT, 'O=' + BUILD, 'DESTDIR=' + dest, 'PREFIX=/opt/pdfspool', 'install'],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={k: v for k, v in os.environ.items() if not k.startswith('MAKE')})
    if not c.equal('make install', r.returncode, 0):
        c.note(r.stdout.decode()[-500:])
        return
    here = os.path.join(dest, 'opt', 'pdfspool')
    theirs = sorted(os.path.relpath(os.path.join(d, n), here) for d, _, names in os.walk(os.path.join(here, 'share/pdfspool/www')) for n in names)
    ours = sorted('share/pdfspool/www/' + os.path.relpath(os.path.join(d, n), os.path.join(ROOT, 'www'))
                  for d, _, names in os.walk(os.path.join(ROOT, 'www')) for n in names)
    c.equal('all files of the page', theirs, ours)
    c.check('others may read them', all(os.stat(os.path.join(here, n)).st_mode & 0o444 == 0o444 for n in theirs))
    spool = os.path.join(top, 'installed')
    ctl = [os.path.join(here, 'bin', 'spoolctl'), '--spool', spool]
    c.equal('spoolctl init', subprocess.run(ctl + ['init'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode, 0)
    ini = os.path.join(spool, 'spool.ini')
    text = re.sub(rb'(?m)^[#;]* *settle_time *=.*', b'settle_time = 200ms', read(ini))
    c.check('it can be set how long a drop rests', b'\nsettle_time = 200ms\n' in text)
    write(ini, text)
    log = os.path.join(top, 'spoold.log')
    with open(log, 'wb') as f:
        # Not from here: what lies in the tree must not be found.
        page = subprocess.Popen([os.path.join(here, 'bin', 'spoold'), '--spool', spool, '--listen', '127.0.0.1:0'], stderr=f, cwd='/')
    try:
        where = until(lambda: re.search(rb'serving on (127\.0\.0\.1:\d+)', read(log)), 15, 0.05)
        url = where and 'http://%s/' % where.group(1).decode()
        c.check('spoold finds its page', url and ask(url) == (200, read(os.path.join(ROOT, 'www', 'index.html'))), read(log))
    finally:
        page.terminate()
        c.equal('it ends well', page.wait(20), 0)
    os.mkdir(os.path.join(spool, 'pending', 'x'))
    pdf = os.path.join(spool, 'pending', 'x', 'a.pdf')
    subprocess.run([os.path.join(BUILD, 'mkpdf'), 'text', pdf], check=True)
    worker = subprocess.run([os.path.join(here, 'bin', 'extractd'), '--spool', spool, '--once', '--slots', '1'], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, cwd='/', timeout=120)
    c.check('extractd finds its parser', worker.returncode == 0 and os.path.exists(os.path.join(spool, 'done/x/a.txt')), worker.stdout[-500:])


def main():
    c = Checks()
    top = tempfile.mkdtemp(prefix='setup.')
    try:
        told(c)
        make_run(c, top)
        install(c, top)
    finally:
        shutil.rmtree(top)
    c.finish()


if __name__ == '__main__':
    main()
