#!/usr/bin/env python3
"""Goal: what is in an archive, or in a portfolio, becomes documents, each once, or nothing of it does; x.json says what
became of every entry; bombs, odd names and kills in the middle change nothing about that."""
import hashlib
import importlib.util
import io
import os
import signal
import sys
import tarfile
import time
import warnings

from spooltest import Checks, Law, Spool, drop, files_below, pdf, read, read_below, sha256, small_pdf, unshow, until

HERE = os.path.dirname(os.path.abspath(__file__))
OPTIONS = {'ocr.ocr': 'never', 'spool.max_attempts': '3', 'archives.attachments': 'yes'}
t = Checks()


def generator():
    spec = importlib.util.spec_from_file_location('archives_gen', os.path.join(HERE, '../gen/archives.py'))
    module = importlib.util.module_from_spec(spec)
    warnings.simplefilter('ignore') # of zipfile, on two entries of one name
    argv, sys.argv = sys.argv, ['archives.py', '--list']
    out, sys.stdout = sys.stdout, io.StringIO()
    try:
        spec.loader.exec_module(module)
    finally:
        sys.argv, sys.stdout = argv, out
    return module


GEN = generator()
THREE = ['a.pdf', 'folder/b.pdf', 'folder/deep/c.pdf']
LONG = 'n' * 242 + '~' + hashlib.sha256(b'n' * 300 + b'.pdf').hexdigest()[:8] + '.pdf'

# kind: outcome or class, and what is exposed; by name, the archive's ending included.
KINDS = {
    'zip.zip': ('ok', THREE), 'zip-stored.zip': ('ok', THREE), 'zip-bzip2.zip': ('ok', THREE), 'zip-lzma.zip': ('ok', THREE),
    'zip-pipe.zip': ('ok', THREE), 'zip64.zip': ('ok', THREE), 'tar.tar': ('ok', THREE), 'tar-gnu.tar': ('ok', THREE),
    'tgz.tar.gz': ('ok', THREE), 'tbz.tar.bz2': ('ok', THREE), 'txz.tar.xz': ('ok', THREE), 'tzst.tar.zst': ('ok', THREE),
    'tar-old.tar': ('ok', THREE[:2]), 'zip-utf8.zip': ('ok', ['Müller/ф中.pdf']), 'gz.pdf.gz': ('ok', ['gz.pdf']),
    'zip-names.zip': ('ok', ['up.pdf', 'abs.pdf', 'a/b/c.pdf', 'e.pdf', 'zero', 'latin-ü.pdf', 'same.pdf', 'same~2.pdf', LONG]),
    'tar-names.tar': ('ok', ['etc/up.pdf', 'abs/olute.pdf', 'a/b/c.pdf', '_', '_.hidden.pdf', 'tab_new_line_[31m.pdf', LONG,
                             '\\x\\y.pdf', 'same.pdf', 'same~2.pdf', '_~lock.pdf', 'x.part_',
                             'p' * 90 + '/' + 'q' * 90 + '/x.pdf']),
    'tar-latin1.tar': ('ok', ['M%FCller.pdf']),
    'zip-mac.zip': ('ok', ['a.pdf']), 'zip-odd.zip': ('ok', ['noending', 'broken.pdf', 'late.pdf']),
    'tar-links.tar': ('ok', ['a.pdf']), 'zip-links.zip': ('ok', ['a.pdf']),
    'zip-encrypted.zip': ('partial', ['open.pdf']), 'zip-all-encrypted.zip': ('encrypted', []),
    'zip-damaged.zip': ('partial', ['a.pdf', 'c.pdf']), 'zip-no-directory.zip': ('partial', THREE),
    'zip-cut.zip': ('partial', THREE[:2]), 'tar-cut.tar': ('partial', THREE[:2]), 'tgz-cut.tgz': ('partial', ['a.pdf']),
    'zip-cut-early.zip': ('corrupt', []), 'zip-garbage.zip': ('corrupt', []), 'gz-garbage.gz': ('corrupt', []),
    'txz-window.tar.xz': ('corrupt', []), 'zip-empty.zip': ('not_pdf', []), 'gz-text.gz': ('not_pdf', []),
    'gz-zip.zip.gz': ('not_pdf', []), 'gz-twice.gz': ('not_pdf', []),
    'zip-bomb.zip': ('limit', []), 'zip-overlap.zip': ('limit', []), 'zip-entries.zip': ('limit', []),
    'tgz-bomb.tgz': ('limit', []), 'tgz-bomb-text.tgz': ('limit', []), 'zst-bomb.zst': ('limit', []),
    'tgz-longlinks.tgz': ('limit', []), 'tar-sparse.tar': ('partial', ['small.pdf', 'after.pdf']),
    'pdf-plain.pdf': ('empty', []), 'pdf-attached.pdf': ('empty', ['a.pdf', 'b.pdf']),
    'pdf-clipped.pdf': ('empty', ['a.pdf', 'b.pdf']), 'pdf-portfolio.pdf': ('empty', ['one.pdf', 'two.pdf']),
    'pdf-same.pdf': ('empty', ['a.pdf']), 'pdf-circle.pdf': ('empty', ['a.pdf']), 'pdf-bomb.pdf': ('empty', []),
}
ENDINGS = ('.tar.gz', '.tar.bz2', '.tar.xz', '.tar.zst', '.pdf.gz', '.zip.gz', '.tar', '.tgz', '.zip', '.gz', '.zst')


def folder_of(name):
    if name.endswith('.pdf'):
        return name[:-4] + '.attached'
    return name[:-len(next(e for e in ENDINGS if name.endswith(e)))]


def kind_of(name):
    return (folder_of(name) if not name.endswith('.pdf') else name[:-4])


def record_of(spool, name):
    """(outcome or class, x.json) of a finished document, by its name at the top; None while it is not finished."""
    for top in [b'done'] + [b'failed/' + c for c in os.listdir(spool.at(b'failed'))]:
        path = top + b'/' + name
        if os.path.exists(spool.at(path)):
            record = spool.json(path)
            return record.get('class', record['outcome']), record
    return None


def published(spool):
    """Content of everything in done/ and failed/, by the path that it was claimed from: a list, since one that is there
    twice is wrong."""
    places = [(b'done', p) for p in spool.done()] + [(b'failed/' + c, p) for c, p in spool.failed()]
    return [(unshow(spool.json(top + b'/' + p)['path']), sha256(read_below(spool.at(top), p))) for top, p in places]


def hidden(spool):
    return os.listdir(spool.pending(b'.unpack'))


def rest(worker, spool):
    """All is finished: nothing in pending/, nothing claimed."""
    def idle():
        left = [p for p in files_below(spool.pending()) if not p.startswith(b'.unpack/')]
        return not left and not spool.claimed() or not worker.alive()
    return until(idle, 120, 0.1)


def one_kind(spool, name, everything):
    """The archive's outcome, its list, and what was exposed, which must agree."""
    outcome, want = KINDS[name]
    got = record_of(spool, name.encode())
    if not t.check('%s is finished' % name, got):
        return
    folder = folder_of(name)
    there = {p[len(folder) + 1:] for p in everything if p.startswith(folder + '/')}
    listed = {e['path']: e['sha256'] for e in got[1].get('entries', []) if 'path' in e}
    paths = {unshow(p).decode() for p in listed}
    right = got[0] == outcome and there == set(want) and paths == set(want)
    right = right and all(everything[folder + '/' + unshow(p).decode()] == h for p, h in listed.items())
    right = right and (got[1].get('documents_folder') == folder if want else 'documents_folder' not in got[1])
    t.check('%s: %s, %d documents' % (name, outcome, len(want)), right,
            (got[0], got[1]['message'], got[1].get('documents_folder'), sorted(there), sorted(paths)))


def every_kind(spool):
    for name in KINDS:
        drop(spool.pending(name.encode()), GEN.KINDS[kind_of(name)]())
    worker = spool.start()
    t.check('every kind is finished', rest(worker, spool), files_below(spool.pending()))
    found = published(spool)
    everything = {p.decode('utf-8', 'surrogateescape'): h for p, h in found}
    t.equal('no path is published twice', len(everything), len(found))
    for name in KINDS:
        one_kind(spool, name, everything)
    known = {folder_of(name) for name in KINDS} | set(KINDS)
    t.equal('nothing else was published', sorted({p.split('/')[0] for p in everything} - known), [])
    t.equal('nothing hidden is left', hidden(spool), [])
    fates = {e['entry']: e['fate'] for e in record_of(spool, b'zip-odd.zip')[1]['entries']}
    t.equal('each entry has its fate', fates, {
        'noending': 'taken', 'zero.pdf': 'empty', 'text.txt': 'not_pdf', 'broken.pdf': 'taken', 'late.pdf': 'taken',
        'inner.zip': 'nested', 'inner.tgz': 'nested', 'inner.tar': 'nested'})
    t.check('a bomb in an attachment is no reason to lose the PDF',
            'bomb' in record_of(spool, b'pdf-bomb.pdf')[1].get('attachments_lost', ''))
    return worker


def outcomes_of_documents(spool):
    """x.json of the archive has them once all are finished."""
    def known():
        return record_of(spool, b'zip-odd.zip')[1].get('documents_outcomes')
    got = until(known, 20, 0.1)
    t.check('the archive knows what became of its documents',
            got and sorted((d['path'], d['outcome']) for d in got) ==
            [('broken.pdf', 'not_pdf'), ('late.pdf', 'ok'), ('noending', 'ok')], got)


def tools(spool):
    code, out, err = spool.ctl('audit', '--verify')
    t.check('audit finds no fault', code == 0, out + err)
    code, out, _ = spool.ctl('list', 'done', 'zip')
    t.check('spoolctl list shows the documents of an archive', code == 0 and b'zip/folder/b.pdf' in out, out[:500])
    code, out, _ = spool.ctl('status', json_=True)
    t.check('spoolctl status counts nothing as ignored or pending', code == 0 and out['pending'] == 0 and out['done'] > 100, out)
    code, _, err = spool.ctl('export', os.path.join(spool.top, b'out'))
    there = files_below(os.path.join(spool.top, b'out'))
    t.check('spoolctl export writes the texts of what was in archives',
            code == 0 and b'zip/folder/b.pdf.txt' in there or b'zip/folder/b.txt' in there, (code, err, there[:20]))


def same_name_again(spool):
    drop(spool.pending(b'zip.zip'), GEN.zipped([('a.pdf', small_pdf('another'))]))
    t.check('an archive of the same name is the second, and so is its folder',
            until(lambda: b'zip.zip~2' in spool.done() and b'zip~2/a.pdf' in spool.done(), 30), spool.done()[-5:])


def by_option():
    with Spool({'ocr.ocr': 'never', 'archives.open': 'no', 'archives.attachments': 'no'}, name='closed') as spool:
        for name in (b'zip.zip', b'pdf-portfolio.pdf'):
            drop(spool.pending(name), GEN.KINDS[name.decode()[:-4]]())
        spool.start('--once').wait(60)
        t.equal('open = no: an archive is no PDF', (record_of(spool, b'zip.zip') or [None])[0], 'not_pdf')
        t.equal('attachments = no: a portfolio is only its cover', spool.done(), [b'pdf-portfolio.pdf'])
        spool.configure({'ocr.ocr': 'never'})
        drop(spool.pending(b'p.pdf'), GEN.KINDS['pdf-portfolio']())
        drop(spool.pending(b'q.pdf'), GEN.KINDS['pdf-attached']())
        spool.start('--once').wait(60)
        t.equal('attachments = portfolio: those of a portfolio, and no others', spool.done(),
                [b'p.attached/one.pdf', b'p.attached/two.pdf', b'p.pdf', b'pdf-portfolio.pdf', b'q.pdf'])


# --- kills ---

NOISE = b'%' + os.urandom(40000).replace(b'\n', b' ').replace(b'\r', b' ').replace(b'endobj', b'')

def large(law, name, n):
    """A tar of n PDFs, each with a word of its own; the law knows them all."""
    stem, out = name[:-4], io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as tar:
        for i in range(n):
            data = law.add(small_pdf('%s number%04d' % (stem, i)) + NOISE[i:i + 30000], b'%s/d%d/%d.pdf' % (stem.encode(), i % 7, i),
                           '%s number%04d' % (stem, i))
            entry = tarfile.TarInfo('d%d/%d.pdf' % (i % 7, i))
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def unpacking(spool):
    """Something is in a hidden folder right now."""
    return until(lambda: [f for f in files_below(spool.pending(b'.unpack'))], 30, 0.002)


def kill_all(worker, role, sig):
    for p in worker.role(role):
        os.kill(p.pid, sig)


def kill_while_unpacking(spool, worker, who):
    """Up to three kills -> (the worker, how many)."""
    before = len(spool.done())
    for kills in range(3):
        if not unpacking(spool):
            return worker, kills
        if who == 'extractd':
            worker.kill_all()
            worker = spool.start()
        else:
            kill_all(worker, who.split()[0], signal.SIGSTOP if 'hangs' in who else signal.SIGKILL)
        if len(spool.done()) > before:
            return worker, kills + 1
        time.sleep(0.1)
    return worker, 3


def killed(who):
    """Kill while it unpacks; then all is there, once. A kill may come when what it hit has just done its part: then again, with others."""
    with Spool(dict(OPTIONS, **{'spool.max_attempts': '9', 'parser.stall_timeout': '1s'}), name='kill') as spool:
        law, total, kills, names, attempts = Law(spool), 80, 0, [], []
        worker = spool.start()
        while max(attempts, default=0) < 2 and len(names) < 10:
            names += ['big%d' % (len(names) + i) for i in range(2)]
            for name in names[-2:]:
                law.drop(b'%s.tar' % name.encode(), large(law, name + '.tar', total))
            worker, more = kill_while_unpacking(spool, worker, who)
            kills += more
            ok = spool.wait_finished((total + 1) * len(names), 100) and rest(worker, spool)
            t.check('%s: all is finished' % who, ok, (spool.finished(), worker.log()[-2000:]))
            attempts = [spool.json(b'done/' + p)['attempt'] for p in spool.done() if p.endswith(b'.tar')]
        t.check('%s: killed while it unpacked' % who, kills > 0, kills)
        t.equal('%s: every document of the archives is there once' % who, law.problems(leftovers=True), [])
        t.check('%s: it cost an attempt' % who, max(attempts, default=0) > 1, attempts)
        t.equal('%s: it stops' % who, worker.stop(), 0)
        code, out, err = spool.ctl('audit', '--verify')
        t.check('%s: audit finds no fault' % who, code == 0, out + err)


def memory_is_bounded():
    """A slot never has an entry as a whole: its own memory stays far below that of a large one."""
    with Spool(dict(OPTIONS, **{'worker.slots': '1', 'worker.memory_file': '1M'}), name='memory') as spool:
        data = pdf() + b'\n%' + os.urandom(1 << 20) * 60 + b'\n'
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode='w') as tar:
            entry = tarfile.TarInfo('large.pdf')
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
        drop(spool.pending(b'large.tar'), out.getvalue())
        worker = spool.start()
        until(lambda: b'large.tar' in spool.done(), 90)
        peak = [int(line.split()[1]) // 1024 for p in worker.role('slot')
                for line in read('/proc/%d/status' % p.pid).splitlines() if line.startswith(b'VmHWM:')]
        t.check('an entry of %d MiB: the slot has had at most 40 MiB' % (len(data) >> 20),
                b'large.tar' in spool.done() and peak and max(peak) < 40, (peak, spool.done(), spool.failed()))
        t.note('its peak: %r MiB' % peak)


def main():
    with Spool(OPTIONS, name='archives') as spool:
        worker = every_kind(spool)
        outcomes_of_documents(spool)
        same_name_again(spool)
        rest(worker, spool)
        t.equal('it stops', worker.stop(), 0)
        tools(spool)
    by_option()
    memory_is_bounded()
    for who in ('slot', 'parser', 'parser hangs', 'extractd'):
        killed(who)
    t.finish()


main()
