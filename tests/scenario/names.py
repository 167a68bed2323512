#!/usr/bin/env python3
"""Goal: names are bytes. Whatever a document and its folders are called, and however often a name is dropped, each
document comes out once, with its own text, and its JSON gives its path back."""
import json
import os

from spooltest import Checks, Law, Spool, files_below, open_below, small_pdf, unshow, until

t = Checks()

ODD = [
    b'two words.pdf', b' leading and trailing .pdf', b'new\nline.pdf', b'tab\there.pdf', b'"double" \'single\'.pdf',
    b'100%.pdf', b'%41%2F%00.pdf', b'wow!.pdf', b'done.1!fake.pdf', b'a~2.pdf', b'mid~dle.pdf', b'-rf.pdf',
    b'--help.pdf', b'\\back\\slash.pdf', b'$(reboot).pdf', b'`id`;|&<>*?[x].pdf', b'\xff\xfe\x80.pdf',
    b'latin-\xe9t\xe9.pdf', 'grüße-日本.pdf'.encode(), 'עברית.pdf'.encode(), 'evil\u202efdp.exe.pdf'.encode(),
    b'\x01\x1b[31mred\x7f.pdf', b'half\xe2\x82.pdf', b'dots...pdf', b'no suffix', b'pdf.pdf', b'x.pdf.pdf',
    b'1.abc-1.abc-2~x.pdf', b'=%=.pdf', b'pause', b'beat', b'e\xcc\x81.pdf', b'\xc3\xa9.pdf',
]
LONG = [b'L' * 251 + b'.pdf', b'M' * 255, 'ü'.encode() * 125 + b'-.pdf', b'N' * 251 + b'.PDF', b'%' * 251 + b'.pdf',
        b'\xff' * 251 + b'.pdf', b'O' * 250 + b'1.pdf', b'O' * 250 + b'2.pdf']
LIKE_RESULTS = [b'r/x.txt', b'r/x.json', b'r/x.pdf', b'r/y.TXT', b'r/y.pdf', b'r/x.txt.pdf', b'r/z.json.pdf', b'r/z.json']
CASES = [b'c/x.pdf', b'c/X.PDF', b'c/x.PDF', b'c/x.Pdf', b'c/X.pdf', b'c/x']
FOLDERS = [b'f/x.txt/inner.pdf', b'f/x.pdf', b'f/y.json/inner.pdf', b'f/y.pdf', b'f/d.pdf/inner.pdf', b'f/d.json',
           b'f/%2e/q.pdf', b'f/-/q.pdf', b'f/\n/q.pdf', b'f/\xff\xfe/q.pdf']


def put(spool, law, path, words):
    """Drop at a path of any length."""
    data = law.add(small_pdf(words), path, words)
    hidden = os.path.join(os.path.dirname(path), b'.new')
    with os.fdopen(open_below(spool.pending(), hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, make=True), 'wb') as f:
        f.write(data)
    folder = os.path.dirname(path)
    fd = open_below(spool.pending(), folder, os.O_RDONLY) if folder else os.open(spool.pending(), os.O_RDONLY)
    os.rename(b'.new', os.path.basename(path), src_dir_fd=fd, dst_dir_fd=fd)
    os.close(fd)


def long_path(n, folder=200, last=None):
    """A path of n bytes."""
    last = last or b'p%d.pdf' % n
    parts, left = [], n - len(last)
    while left > 0:
        take = min(folder, left - 1)
        if left - take - 1 == 1:
            take -= 1
        parts.append(b'd' * take)
        left -= take + 1
    path = b'/'.join(parts + [last])
    assert len(path) == n, len(path)
    return path


def json_of(spool):
    """Every x.json of done/ and failed/: path below the spool -> record; raises when one is no JSON."""
    found = {}
    for top in (b'done', b'failed'):
        for name in files_below(spool.at(top), hidden=False):
            if name.endswith(b'.json'):
                with os.fdopen(open_below(spool.at(top), name), 'rb') as f:
                    found[top + b'/' + name] = json.loads(f.read().decode('utf-8'))
    return found


def one_of_each():
    with Spool(name='names') as spool:
        law = Law(spool)
        paths = ODD + LONG + LIKE_RESULTS + CASES + FOLDERS
        paths += [long_path(n) for n in (130, 131, 500, 2000, 3800, 4000)]
        paths += [long_path(4000, folder=250, last=b'Z' * 200 + b'.pdf'), long_path(4094)]
        for i, path in enumerate(paths):
            put(spool, law, path, 'document number %04d' % i)
        worker = spool.start(host='one')
        spool.wait_finished(len(paths), 30)
        t.equal('nothing failed', spool.failed(), [])
        left = [p for p in files_below(spool.pending())]
        t.check('nothing was left behind in pending/', not left,
                ['%d bytes: ...%r' % (len(p), p[-30:]) for p in left])
        found = law.problems()
        t.check('conservation: each once, its own text, hash and path', not found, [f[-300:] for f in found])
        records = json_of(spool)
        t.equal('a JSON for each', len(records), len(paths))
        given = {unshow(r['path']) for r in records.values()}
        wrong = [p[-40:] for p in given.symmetric_difference(paths)]
        t.check('each JSON gives the path back, byte by byte', not wrong, wrong)
        t.check('no control character, no turned text in any JSON', all(
            all(c >= ' ' and c not in '\x7f\u202e' for c in r['path']) for r in records.values()))
        simple = [p for p in ODD if p.lower().endswith(b'.pdf')]
        missing = [p for p in simple if p not in spool.done()]
        t.check('a name that fits is kept as it is', not missing, missing)
        t.check('no name is longer than 255 bytes, none cut inside a character',
                all(len(os.path.basename(p)) <= 255 for p in files_below(spool.at(b'done'))) and
                any('ü'.encode() * 60 in p and p.decode('utf-8', 'replace').count('\ufffd') == 0 for p in spool.done()))
        t.check('the log has one line for each entry, whatever the names', all(
            line.startswith(b'time=') or line.startswith(b'2') or b'level=' in line
            for line in worker.log().splitlines()), worker.log()[:400])
        t.equal('stopped with', worker.stop(), 0)
        t.equal('no reservation is left', files_below(spool.at(b'control/names')), [])
        t.equal('no path file is left', files_below(spool.at(b'control/paths')), [])


def same_name():
    """The same name again: while the first is in work, and long after; ten times; in failed/, too."""
    with Spool(name='again') as spool:
        law = Law(spool)
        worker = spool.start(host='one')
        for i in range(2):
            law.drop(b'twice.pdf', small_pdf('twice number%d' % i), 'twice number%d' % i)
            spool.wait_finished(i + 1, 10)
        for i in range(10):
            law.drop(b'in/ten.pdf', small_pdf('ten number%d' % i), 'ten number%d' % i)
            spool.wait_finished(3 + i, 10)
        for i in range(3):
            law.drop(b'bad.pdf', b'no PDF at all, number %d' % i)
            spool.wait_finished(13 + i, 10)
        want = [b'twice.pdf', b'twice~2.pdf', b'in/ten.pdf'] + [b'in/ten~%d.pdf' % n for n in range(2, 11)]
        t.equal('x.pdf, x~2.pdf, ... x~10.pdf', spool.done(), sorted(want))
        t.equal('the same in failed/', [p for _, p in spool.failed()], [b'bad.pdf', b'bad~2.pdf', b'bad~3.pdf'])
        t.check('in the order in which they were dropped', all(
            b'ten number%d' % i in spool.text(b'done/in/ten%s.pdf' % (b'~%d' % (i + 1) if i else b'')) for i in range(10)))
        found = law.problems()
        t.check('each has its own text and path', not found, found)
        # the user's own x~2 is there first
        for name in (b'own~2.pdf', b'own.pdf'):
            law.drop(name, small_pdf('own ' + name.decode()), 'own ' + name.decode())
        spool.wait_finished(17, 10)
        law.drop(b'own.pdf', small_pdf('own again'), 'own again')
        spool.wait_finished(18, 10)
        t.equal('a name of that kind that a user chose is respected',
                sorted(p for p in spool.done() if p.startswith(b'own')), [b'own.pdf', b'own~2.pdf', b'own~3.pdf'])
        t.equal('stopped with', worker.stop(), 0)
        found = law.problems()
        t.check('conservation', not found, found)


def same_moment():
    """Many documents of one name at once: the same folder is filled anew while the last one is in work, by two workers."""
    with Spool(name='moment') as spool:
        law = Law(spool)
        spool.configure({'spool.settle_time': '0s'})
        workers = [spool.start('--slots', '8', host=h) for h in ('one', 'two')]
        for i in range(60):
            # until it has been taken, lest the test itself overwrites it
            until(lambda: not os.path.exists(spool.pending(b'busy.pdf')), 10, 0.001)
            law.drop(b'busy.pdf', small_pdf('busy number%02d' % i), 'busy number%02d' % i)
        spool.wait_finished(60, 30)
        t.equal('60 documents of one name, by two workers', len(spool.done()), 60)
        t.equal('numbered without gaps', spool.done(), sorted([b'busy.pdf'] + [b'busy~%d.pdf' % n for n in range(2, 61)]))
        t.equal('stopped with', [w.stop() for w in workers], [0, 0])
        found = law.problems()
        t.check('conservation', not found, found)


one_of_each()
same_name()
same_moment()
t.finish()
