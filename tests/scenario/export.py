#!/usr/bin/env python3
"""Goal: what `spoolctl export` writes is what lies in done/, byte for byte, in each of its forms; a document is in it as a
whole or not at all, also while others publish and take away; nothing is overwritten, and nothing half stays behind.

    export.py [forms] [by_hand] [alive]      DOCUMENTS=500
"""
import hashlib
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile

from spooltest import (BUILD, SPOOLCTL, Checks, Spool, drop, files_below, open_below, pdf, read, read_below, result_stem,
                       small_pdf, unshow, until, write)

t = Checks()
MANY = int(os.environ.get('DOCUMENTS', '500'))
ODD = [b'two words.pdf', b'new\nline.pdf', b'100%.pdf', b'%41.pdf', b'\xff\xfe.pdf', 'grüße-日本.pdf'.encode(), b'-rf.pdf',
       b'\\..\\back.pdf', b'no suffix', b'x.txt', b'x.txt.pdf', b'L' * 251 + b'.pdf', b'e\xcc\x81.pdf', b'\xc3\xa9.pdf',
       b'deep.txt/inner.pdf', b'\xff/\x01.pdf', b'done/in.pdf', b'/'.join([b'd' * 200] * 12) + b'/long.pdf']
TAR = {'tar': [], 'tar.gz': ['-z'], 'tar.zst': ['--zstd'], 'tar.xz': ['-J']}
STREAM = {'jsonl': ['cat'], 'jsonl.gz': ['gzip', '-d'], 'jsonl.zst': ['zstd', '-dc'], 'jsonl.xz': ['xz', '-d']}


def export(spool, *words, **keywords):
    """(exit code, stdout, stderr)"""
    done = subprocess.run([SPOOLCTL, '--spool', spool.path, 'export', *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=300, **keywords)
    return done.returncode, done.stdout, done.stderr


def tree(top, ends=(b'.txt',)):
    """The files that an export of these kinds has: path -> (bytes, mtime in ns)."""
    found = {}
    for path in files_below(top, hidden=False):
        kind = next((e for e in (b'.txt', b'.json') if path.endswith(e)), b'.pdf')
        if kind in ends:
            with os.fdopen(open_below(top, path), 'rb') as f:
                found[path] = (f.read(), os.fstat(f.fileno()).st_mtime_ns)
    return found


def contents(files):
    return {path: data for path, (data, _) in files.items()}


def stem_names(pdf_path):
    stem = result_stem(pdf_path)
    return stem + b'.txt', stem + b'.json'


def publish(spool, path, text, data=b'%PDF by hand', **record):
    """A document in done/, as a worker leaves it; text None: one that has none."""
    folder = os.path.join(spool.at(b'done'), os.path.dirname(path))
    os.makedirs(folder, exist_ok=True)
    stem = os.path.join(spool.at(b'done'), result_stem(path))
    facts = dict(path=os.fsdecode(path), document='by-hand-%x' % (abs(hash(path)) & 0xffffff), claim='c-1', attempt=1,
                 sha256=hashlib.sha256(data).hexdigest(), size=len(data), outcome='ok', page_count=1)
    if text is not None:
        write(stem + b'.txt', text)
        facts.update(text_sha256=hashlib.sha256(text).hexdigest(), text_bytes=len(text))
    facts.update(record)
    write(stem + b'.json', json.dumps(facts, indent=2).encode())
    write(os.path.join(spool.at(b'done'), path), data)


def make_many(spool):
    """MANY documents by the real extractd, in folders, some with odd names, some failing."""
    for i in range(MANY - len(ODD)):
        folder = spool.pending(b'g%d' % (i % 7), b'f%02d' % (i % 20))
        os.makedirs(folder, exist_ok=True)
        write(os.path.join(folder, b'doc %04d.pdf' % i), small_pdf('words of %d' % i, 1 + i % 3))
    for i, name in enumerate(ODD):
        with os.fdopen(open_below(spool.pending(), name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, make=True), 'wb') as f:
            f.write(small_pdf('odd %d' % i))
    write(spool.pending(b'locked.pdf'), pdf('password'))
    os.makedirs(spool.pending(b'bad'))
    write(spool.pending(b'bad', b'broken.pdf'), pdf('trunc'))
    spool.start('--once').child.wait(240)
    return t.equal('extractd has done %d documents, 2 failed' % MANY, (len(spool.done()), len(spool.failed())), (MANY, 2))


# --- the forms ---

def check_tree(spool, base):
    code, _, err = export(spool, base + b'/tree')
    t.equal('tree: exit', code, 0)
    t.check('tree: summary', b'%d documents exported' % MANY in err, err)
    want = tree(spool.at(b'done'))
    t.check('tree: %d texts, their times, and nothing else' % len(want), len(want) == MANY and
            tree(base + b'/tree', (b'.txt', b'.json', b'.pdf')) == want)
    code, _, err = export(spool, base + b'/all', '--with-json', '--with-pdf')
    t.check('tree with all three: as done/ is', code == 0 and
            tree(base + b'/all', (b'.txt', b'.json', b'.pdf')) == tree(spool.at(b'done'), (b'.txt', b'.json', b'.pdf')), err)
    return contents(want)


def extracted(archive, base, options):
    into = tempfile.mkdtemp(dir=base)
    done = subprocess.run(['tar', '-x', *options, '-f', archive, '-C', into], stderr=subprocess.PIPE)
    t.equal('tar extracts %s without a word' % os.fsdecode(os.path.basename(archive)), (done.returncode, done.stderr), (0, b''))
    return into


def check_tar(spool, base, want):
    times = {p: m // 10**9 for p, (_, m) in tree(spool.at(b'done')).items()}
    for form, options in TAR.items():
        archive = base + b'/texts.' + form.encode()
        code, _, err = export(spool, archive)
        into = extracted(archive, base, options)
        got = tree(into, (b'.txt', b'.json', b'.pdf'))
        t.check('%s: exit, texts, times' % form, code == 0 and contents(got) == want and
                {p: m // 10**9 for p, (_, m) in got.items()} == times, err)
        t.check('%s: no part is left' % form, not os.path.exists(archive + b'.part'))
        shutil.rmtree(into)
    code, out, err = export(spool, '-', '--format', 'tar', 'g3', '--with-json')
    got = tarfile.open(fileobj=io.BytesIO(out))
    names = {os.fsencode(n) for n in got.getnames()}
    t.check('tar to stdout, of a folder, with JSON: exactly that', code == 0 and names and names ==
            {p for p in tree(spool.at(b'done'), (b'.txt', b'.json')) if p.startswith(b'g3/')}, err)
    code, out, err = export(spool, '-', '--format', 'tar', 'g3/f03', 'done/g3/', 'g1/f01', 'g3')
    names = [os.fsencode(n) for n in tarfile.open(fileobj=io.BytesIO(out)).getnames()]
    t.check('folders within folders are exported once', code == 0 and len(names) == len(set(names)) and set(names) ==
            {p for p in want if p.startswith((b'g3/', b'g1/f01/'))}, err)


def check_zip(spool, base, want):
    archive = base + b'/texts.zip'
    code, _, err = export(spool, archive, '--with-json')
    with zipfile.ZipFile(os.fsdecode(archive)) as z:
        t.check('zip: whole', code == 0 and z.testzip() is None, err)
        got = {n: z.read(n) for n in z.namelist()}
    whole = contents(tree(spool.at(b'done'), (b'.txt', b'.json')))
    t.equal('zip: names are reversible, contents the same', {unshow(n): d for n, d in got.items()} == whole and
            len(got) == len(whole), True)
    t.check('zip: no name leads out, or has what parts folders elsewhere', not [n for n in got if '\\' in n or
            n.startswith('/') or '..' in n.split('/') or '\n' in n])
    t.check('zip: names that are UTF-8 are as they were', 'grüße-日本.txt' in got)
    into = tempfile.mkdtemp(dir=base)
    done = subprocess.run(['unzip', '-q', archive, '-d', into], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    t.check('unzip reads it', done.returncode == 0, done.stdout[-300:])
    shutil.rmtree(into)


def check_lines(spool, base, want):
    for form, command in STREAM.items():
        file = base + b'/texts.' + form.encode()
        code, _, err = export(spool, file)
        lines = subprocess.run(command, stdin=open(file, 'rb'), stdout=subprocess.PIPE, check=True).stdout.split(b'\n')
        got = [json.loads(line) for line in lines[:-1]]
        t.check('%s: a line each, ended' % form, code == 0 and len(got) == MANY and lines[-1] == b'', err)
        texts = {stem_names(unshow(r['path']))[0]: r['text'].encode() for r in got}
        t.check('%s: path and text of each' % form, texts == want)
    facts = {unshow(r['path']): r for r in got}
    records = {p: spool.json(b'done/' + p) for p in spool.done()}
    t.check('jsonl: facts as in x.json', all(
        facts[p]['dropped_as'] == r['path'] and all(facts[p][k] == r[k] for k in (
            'document', 'outcome', 'sha256', 'size', 'page_count', 'text_bytes', 'ended')) for p, r in records.items()))
    code, out, err = export(spool, '-', '--format', 'jsonl', '--pages', '--with-json', 'g2')
    got = [json.loads(line) for line in out.splitlines()]
    t.check('jsonl --pages: the pages of each, their number as x.json says', code == 0 and got and all(
        len(r['page_texts']) == r['page_count'] and 'text' not in r and
        '\f'.join(r['page_texts']).encode() + b'\f' == want[stem_names(unshow(r['path']))[0]] for r in got), err)
    t.check('jsonl --with-json: the record', all(r['record'] == records[unshow(r['path'])] for r in got))


def check_failed(spool, base):
    code, out, err = export(spool, '-', '--format', 'jsonl', '--failed')
    got = {(r['class'], r['path']): r for r in map(json.loads, out.splitlines())}
    t.equal('--failed: class and path', sorted(got), [('corrupt', 'bad/broken.pdf'), ('encrypted', 'locked.pdf')])
    t.check('--failed: message, no text', code == 0 and all(r['message'] and 'text' not in r for r in got.values()), err)
    code, _, err = export(spool, base + b'/failed', '--failed')
    t.check('--failed: a tree of records', code == 0 and tree(base + b'/failed', (b'.txt', b'.json', b'.pdf')) ==
            tree(spool.at(b'failed'), (b'.json',)), err)
    code, out, err = export(spool, '-', '--format', 'jsonl', '--failed', 'encrypted')
    t.equal('--failed of a class', (code, len(out.splitlines())), (0, 1))


def check_json_flag(spool, base):
    code, out, _ = spool.ctl('export', base + b'/j.tar', json_=True)
    t.check('--json: the counts', code == 0 and out['ok'] and out['documents'] == MANY and out['failures'] == 0 and
            out['format'] == 'tar', out)


# --- refusals, updates ---

def check_refusals(spool, base):
    for what, words, want, says in (
            ('no destination', [], 64, b'export to where'),
            ('stdout without a form', ['-'], 64, b'--format'),
            ('an unknown form', [base + b'/x', '--format', 'rar'], 64, b'one of tree'),
            ('an ending that is not written', [base + b'/x.tar.bz2'], 64, b'not written'),
            ('a tree to stdout', ['-', '--format', 'tree'], 64, b'tree'),
            ('--update of an archive', [base + b'/x.tar', '--update'], 64, b'--update'),
            ('PDFs in JSON lines', [base + b'/x.jsonl', '--with-pdf'], 64, b'--with-pdf'),
            ('a file that is there', [base + b'/texts.tar'], 74, b'there already'),
            ('a tree that is not empty', [base + b'/tree'], 74, b'not empty'),
            ('a folder that is not there', [base + b'/y.tar', 'no/such'], 1, b'no such folder'),
            ('a folder that leads out', [base + b'/y.tar', '../claimed'], 64, b'relative'),
            ('a destination whose folder is missing', [base + b'/none/y.tar'], 74, b'No such file'),
            ('an archive into the spool', [spool.at(b'done/y.tar')], 64, b'in the spool'),
            ('a tree into the spool', [spool.at(b'done/tree')], 64, b'in the spool'),
            ('the spool itself', [spool.path, '--update'], 64, b'in the spool')):
        before = read(base + b'/texts.tar')
        code, _, err = export(spool, *words)
        t.check('refused: %s' % what, code == want and says in err, (code, err))
    t.check('nothing of all that is left', read(base + b'/texts.tar') == before and not os.path.exists(base + b'/y.tar') and
            not os.path.exists(spool.at(b'done/tree')) and not os.path.exists(base + b'/x'))
    write(base + b'/z.tar.part', b'of another')
    code, _, err = export(spool, base + b'/z.tar')
    t.check('refused: another export is at it', code == 74 and b'z.tar.part is there' in err and
            read(base + b'/z.tar.part') == b'of another', err)


def check_update(spool, base):
    top = base + b'/tree'
    code, out, _ = spool.ctl('export', top, '--update', json_=True)
    t.check('--update with nothing new: all there already', code == 0 and out['unchanged'] == MANY and
            out['documents'] == 0, out)
    paths = sorted(p for p in tree(top) if p.startswith(b'g') and b'/' in p)
    os.unlink(os.path.join(top, paths[0]))
    write(os.path.join(top, paths[1]), b'spoilt')
    keep = os.path.join(top, paths[2])
    inode = os.stat(keep).st_ino
    write(base + b'/outside.txt', b'outside')
    os.unlink(os.path.join(top, paths[3]))
    os.symlink(base + b'/outside.txt', os.path.join(top, paths[3]))
    folder = os.path.dirname(paths[-1])
    os.rename(os.path.join(top, folder), base + b'/moved')
    os.symlink(base + b'/moved', os.path.join(top, folder))
    moved = {n: os.stat(base + b'/moved/' + n).st_ino for n in os.listdir(base + b'/moved')}
    code, out, err = spool.ctl('export', top, '--update', json_=True)
    inside = [p for p in tree(spool.at(b'done')) if os.path.dirname(p) == folder]
    t.check('--update: writes what is missing and what differs; a link for a folder is not followed, and told',
            code == 1 and out['documents'] == 3 and out['failures'] == len(inside) > 0, (code, out, err[-300:]))
    t.check('--update: what was right is left alone', os.stat(keep).st_ino == inode and moved ==
            {n: os.stat(base + b'/moved/' + n).st_ino for n in os.listdir(base + b'/moved')})
    t.equal('--update: a link for a file is replaced, not followed', read(base + b'/outside.txt'), b'outside')
    os.unlink(os.path.join(top, folder))
    code, out, err = spool.ctl('export', top, '--update', json_=True)
    t.check('--update: whole again', code == 0 and tree(top) == tree(spool.at(b'done')), err)


# --- trouble ---

def check_disk_full(spool, base):
    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open('/dev/full', 'wb') as full:
        done = subprocess.run([SPOOLCTL, '--spool', spool.path, 'export', '-', '--format', 'tar'], stdout=full,
                              stderr=subprocess.PIPE)
    t.check('a full disk is told', done.returncode == 74 and b'No space left' in done.stderr, done)
    for name in (b'/full.tar', b'/full.zip', b'/full.jsonl'):
        code, _, err = export(spool, base + name, preexec_fn=small_files, restore_signals=False)
        t.check('%s that finds no room: told, and nothing is left' % name.decode()[1:], code == 74 and b'File too large' in err
                and not os.path.exists(base + name) and not os.path.exists(base + name + b'.part'), (code, err))


def check_interrupted(spool, base):
    for name, sig in ((b'/stop.tar', signal.SIGINT), (b'/stop.zip', signal.SIGTERM), (b'/stop.jsonl.gz', signal.SIGINT)):
        child = subprocess.Popen([SPOOLCTL, '--spool', spool.path, 'export', base + name, '--with-json'],
                                 stderr=subprocess.PIPE)
        there = until(lambda: os.path.exists(base + name + b'.part') or child.poll() is not None, 20, 0.0005)
        child.send_signal(sig)
        err = child.communicate(timeout=30)[1]
        t.check('%s interrupted: 75, and nothing is left' % name.decode()[1:], there and child.returncode == 75 and
                not os.path.exists(base + name) and not os.path.exists(base + name + b'.part'), (child.returncode, err))
    child = subprocess.Popen([SPOOLCTL, '--spool', spool.path, 'export', base + b'/stopped'], stderr=subprocess.PIPE)
    until(lambda: os.path.exists(base + b'/stopped/g0') or child.poll() is not None, 20, 0.0005)
    child.send_signal(signal.SIGINT)
    err = child.communicate(timeout=30)[1]
    part, whole = tree(base + b'/stopped'), tree(spool.at(b'done'))
    t.check('a tree interrupted: 75, and all in it is right', child.returncode == 75 and
            not [p for p in part if part[p] != whole.get(p)] and b'--update' in err, (child.returncode, err))
    code, _, err = export(spool, base + b'/stopped', '--update')
    t.check('--update finishes it, and no part is left', code == 0 and tree(base + b'/stopped') == whole and
            not [p for p in files_below(base + b'/stopped') if os.path.basename(p).startswith(b'.')], err)


def check_broken(base):
    """What is wrong in done/ is named, and all else is exported."""
    with Spool(name='export-broken') as s:
        publish(s, b'good.pdf', b'good\f')
        publish(s, b'a/no text here.pdf', None, outcome='archive')
        publish(s, b'a/lost.pdf', b'lost\f')
        os.unlink(s.at(b'done/a/lost.txt'))
        publish(s, b'a/mismatch.pdf', b'of another\f', text_sha256='0' * 64)
        publish(s, b'a/nojson.pdf', b'x\f')
        write(s.at(b'done/a/nojson.json'), b'{"path": ')
        publish(s, b'b/otherpdf.pdf', b'x\f', sha256='1' * 64)
        os.mkfifo(s.at(b'done/b/pipe.txt'))
        write(s.at(b'done/b/pipe.pdf'), b'%PDF')
        os.symlink(s.at(b'spool.ini'), s.at(b'done/b/link.txt'))
        write(s.at(b'done/b/link.pdf'), b'%PDF')
        publish(s, b'b/later.pdf', b'later\f')
        os.utime(s.at(b'done/b/later.txt'), (time.time() + 1000, time.time() + 1000))
        publish(s, b'old.pdf', b'old\f')
        os.utime(s.at(b'done/old.txt'), (time.time() - 7200, time.time() - 7200))
        code, out, err = s.ctl('export', base + b'/b1', json_=True)
        got = set(tree(base + b'/b1', (b'.txt', b'.json', b'.pdf')))
        t.check('broken ones: the others are exported', code == 1 and got == {
            b'good.txt', b'old.txt', b'a/mismatch.txt', b'a/nojson.txt', b'b/otherpdf.txt'}, (code, got, err))
        t.check('broken ones: counted', out['failures'] == 3 and out['newer'] == 1 and out['without_text'] == 1 and
                not out['ok'], out)
        t.check('broken ones: named', all(n in err for n in (b'done/a/lost.pdf: its text is not there', b'done/b/pipe.pdf',
                                                             b'done/b/link.pdf')), err)
        code, out, err = s.ctl('export', base + b'/b2', '--with-json', '--with-pdf', json_=True)
        got = set(tree(base + b'/b2', (b'.txt', b'.json', b'.pdf')))
        t.check('with the records: hashes that do not fit are no documents', code == 1 and got == {
            b'good.txt', b'good.json', b'good.pdf', b'old.txt', b'old.json', b'old.pdf',
            b'a/no text here.json', b'a/no text here.pdf'}, (got, err))
        t.check('with the records: why', b'mismatch.pdf: its text is not that of its x.json' in err and
                b'nojson.pdf: its x.json is no JSON' in err and b'otherpdf.pdf: it is not that' in err, err)
        code, out, err = export(s, '-', '--format', 'jsonl', '--newer', '1h')
        got = {r['path']: r['text'] for r in map(json.loads, out.splitlines())}
        t.check('--newer; a document without a text in JSON lines', got == {
            'good.pdf': 'good\f', 'b/otherpdf.pdf': 'x\f', 'a/no text here.pdf': None}, (got, err))


def peak_kb(command, base):
    """Peak memory of a command, by scale-tree (a child of this one would count this one's)."""
    file = base + b'/measured'
    subprocess.run([os.path.join(BUILD, 'test', 'scale-tree'), 'measure', file] + command, check=True,
                   stderr=subprocess.DEVNULL)
    status, _, _, _, peak = (int(n) for n in read(file).split())
    return status, peak


def check_large(base):
    """A text and a PDF of many megabytes go through whole, and do not go through the memory."""
    with Spool(name='export-large') as s:
        page = ('Zeile mit Umlauten äöü, 日本語 und 𝄞 "quoted" \\ \t\n' * 700).encode() + b'\f'
        text = b''.join(b'%d ' % i + page for i in range(1200))
        bad = b'not UTF-8: \xff\xe2\x82 \xf0\x9f end\f'
        publish(s, b'large.pdf', text, os.urandom(1 << 20) * 60, page_count=1200)
        publish(s, b'bad.pdf', bad)
        for name, options in ((b'/l.tar', ['--with-pdf']), (b'/l.jsonl', ['--pages']), (b'/l2.jsonl', []), (b'/l', ['--with-pdf'])):
            status, peak = peak_kb([SPOOLCTL, '--spool', s.path, 'export', base + name] + options, base)
            t.check('%s of %d MB of text: %d KiB of memory' % (name.decode(), len(text) >> 20, peak),
                    status == 0 and ('asan' in BUILD or peak < 24 * 1024), (status, peak))
        into = extracted(base + b'/l.tar', base, [])
        want = tree(s.at(b'done'), (b'.txt', b'.pdf'))
        t.check('large: tar and tree are whole', contents(tree(into, (b'.txt', b'.pdf'))) == contents(want) and
                tree(base + b'/l', (b'.txt', b'.pdf')) == want)
        got = {r['path']: r for r in (json.loads(line) for line in open(base + b'/l.jsonl', encoding='utf-8'))}
        t.check('large: all pages', '\f'.join(got['large.pdf']['page_texts']) + '\f' == text.decode())
        got = {r['path']: r for r in (json.loads(line) for line in open(base + b'/l2.jsonl', encoding='utf-8'))}
        t.check('large: all text', got['large.pdf']['text'] == text.decode())
        t.check('bytes that are no UTF-8 become U+FFFD', got['bad.pdf']['text'].startswith('not UTF-8: \ufffd') and
                got['bad.pdf']['text'].endswith(' end\f') and '\ufffd' in got['bad.pdf']['text'][12:])


def check_read_only(spool, base):
    """Without the right to write into the spool there is no server's time; it is said, and all is exported."""
    if os.geteuid() != 0:
        return t.skip('an export by somebody who may only read', 'it takes root to become somebody else')

    def nobody():
        os.setgid(65534)
        os.setuid(65534)
    os.chmod(spool.top, 0o755)
    os.makedirs(base + b'/nobody', exist_ok=True)
    os.chmod(base, 0o755)
    os.chown(base + b'/nobody', 65534, 65534)
    for folder, names, files in os.walk(spool.path):
        os.chmod(folder, 0o755)
        for n in files:
            os.chmod(os.path.join(folder, n), 0o644)
    code, _, err = export(spool, base + b'/nobody/t.tar', preexec_fn=nobody)
    t.check('an export by somebody who may only read: said, and whole', code == 0 and b'time cannot be asked' in err and
            b'%d documents' % MANY in err, (code, err))


# --- while others work ---

def check_taken_away():
    """The export stands still at a pipe that nobody reads; meanwhile half of the documents is taken away, and some names
    are published again."""
    with Spool(name='export-taken') as s:
        for i in range(600):
            publish(s, b'd%03d.pdf' % i, b'text of %03d ' % i + b'x' * 2000)
        child = subprocess.Popen([SPOOLCTL, '--spool', s.path, 'export', '-', '--format', 'tar', '--with-json'],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        first = child.stdout.read(1) # it has begun, and soon the pipe is full
        time.sleep(0.5)
        for i in range(0, 600, 2):
            for end in (b'.txt', b'.json', b'.pdf'):
                os.unlink(s.at(b'done/d%03d' % i + end))
        time.sleep(0.05) # clocks of files go in ticks
        for i in range(0, 600, 4):
            publish(s, b'd%03d.pdf' % i, b'another text under this name')
        out, err = child.communicate(timeout=60)
        got = {m.name: m for m in tarfile.open(fileobj=io.BytesIO(first + out)).getmembers()}
        archive = tarfile.open(fileobj=io.BytesIO(first + out))
        texts = {n: archive.extractfile(n).read() for n in got if n.endswith('.txt')}
        counts = dict((what, int(n)) for n, what in re.findall(r', (\d+) ([a-zF][^,\n]*)', err.decode()))
        gone, newer = counts.get('taken away meanwhile', 0), counts.get('published since it began', 0)
        t.check('taken away under its hands: %d gone, %d published anew, %d exported' % (gone, newer, len(texts)),
                child.returncode == 0 and gone > 0 and newer > 0 and gone + newer + len(texts) == 600, err)
        t.check('all that stayed, and each as it was', all('d%03d.txt' % i in texts for i in range(1, 600, 2)) and
                all(d == b'text of %s ' % n[1:4].encode() + b'x' * 2000 for n, d in texts.items()) and
                len(got) == 2 * len(texts))


def one_run(s, file, lines, bad):
    """An export while others work; what is wrong with it goes to bad. The counts."""
    before = set(s.done())
    file += b'.jsonl' if lines else b'.tar'
    code, out, err = s.ctl('export', file, *([] if lines else ['--with-json', '--with-pdf']), json_=True)
    after = set(s.done())
    if lines:
        got = {unshow(r['path']): r['text'].encode() for r in map(json.loads, open(file, encoding='utf-8'))}
    else:
        with tarfile.open(file) as a:
            members = a.getmembers()
            files = {os.fsencode(m.name): a.extractfile(m).read() for m in members}
        got = {p: files.get(stem_names(p)[0]) for p in files if p.endswith(b'.pdf')}
        bad += ['%s is in it in part' % p for p in files if p.rsplit(b'.', 1)[0] + b'.pdf' not in got]
        bad += ['%s has the record of another' % p for p in got if
                json.loads(files[stem_names(p)[1]])['sha256'] != hashlib.sha256(files[p]).hexdigest()]
        if len(files) != len(members):
            bad.append('names twice')
    bad += ['%s has another text' % p for p, text in got.items()
            if text is None or text.split() != (b'number %d \f number %d' % ((int(p[-9:-4]),) * 2)).split()]
    bad += ['%s was there all the time, and is not in it' % p for p in (before & after) - set(got)]
    if code != 0:
        bad.append('exit %d: %s' % (code, err))
    os.unlink(file)
    return out


def check_alive():
    """Publishing, taking away and exporting at once: whole documents only, all that were there before and stayed."""
    with Spool(name='export-alive') as s, tempfile.TemporaryDirectory() as base:
        base = os.fsencode(base)
        worker = s.start()
        stop, taken, dropped = threading.Event(), set(), [0]
        os.makedirs(base + b'/taken')

        def producer():
            while not stop.is_set() and dropped[0] < 4000:
                i = dropped[0]
                folder = s.pending(b'stay' if i % 2 else b'go', b'%d' % (i % 5))
                os.makedirs(folder, exist_ok=True)
                drop(os.path.join(folder, b'n%05d.pdf' % i), small_pdf('number %d' % i, 2))
                dropped[0] = i + 1
                time.sleep(0.001)

        def consumer():
            while not stop.is_set():
                for path in [p for p in s.done() if p.startswith(b'go/')][:50]:
                    text, record = stem_names(path)
                    for n, name in enumerate((path, text, record)): # the PDF first: the worst order for who reads
                        os.rename(s.at(b'done', name), base + b'/taken/%s.%d' % (os.path.basename(path), n))
                    taken.add(path)
                time.sleep(0.002)

        threads = [threading.Thread(target=f) for f in (producer, consumer)]
        for thread in threads:
            thread.start()
        bad, runs, gone, newer = [], 0, 0, 0
        try:
            until(lambda: s.finished() > 200, 60)
            end = time.monotonic() + 12
            while time.monotonic() < end:
                out = one_run(s, base + b'/run%d' % runs, runs % 2, bad)
                gone, newer, runs = gone + out['gone'], newer + out['newer'], runs + 1
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        t.check('%d exports while %d documents were dropped and %d taken away (%d vanished under way, %d were too new)' %
                (runs, dropped[0], len(taken), gone, newer), not bad and runs > 3 and taken, bad[:5])
        t.check('some were published under its hands', newer > 0)
        worker.kill_all()


def check_forms():
    """Everything on a spool at rest."""
    with Spool(name='export') as s, tempfile.TemporaryDirectory() as base:
        base = os.fsencode(base)
        if make_many(s):
            want = check_tree(s, base)
            check_tar(s, base, want)
            check_zip(s, base, want)
            check_lines(s, base, want)
            check_failed(s, base)
            check_json_flag(s, base)
            check_refusals(s, base)
            check_update(s, base)
            check_disk_full(s, base)
            check_interrupted(s, base)
            check_read_only(s, base)
        code, out, err = s.ctl('audit', '--verify')
        t.check('audit', code == 0, out + err)


def check_by_hand():
    check_taken_away()
    with tempfile.TemporaryDirectory() as base:
        check_broken(os.fsencode(base))
        check_large(os.fsencode(base))


PARTS = {'forms': check_forms, 'by_hand': check_by_hand, 'alive': check_alive}
for part in sys.argv[1:] or PARTS:
    PARTS[part]()
t.finish()
