"""Pictures of pages on the real spoold: what they show, what is refused, and what comes of a parser that has been taken over.
Part of real.py, before any worker runs: what is in pending/ stays there."""
import concurrent.futures
import hashlib
import os
import shutil
import struct
import tempfile
import time
import zlib

from spooltest import BUILD, drop, pdf, until

EVIL = os.path.join(BUILD, 'test', 'pdfspool-parser-evil')
# Done by a parser under attack; of none may a picture come.
LIES = ('huge', 'wraps', 'wider', 'empty', 'kind', 'refuses-with-pixels', 'magic', 'more', 'behind-a-refusal', 'fewer',
        'half-a-header', 'nothing', 'flood', 'hang', 'spin', 'hang-in-the-middle', 'hang-at-the-end', 'fails-at-the-end',
        'dies-at-the-end', 'opens', 'talks', 'runs', 'writes-the-document', 'reads-others', 'eats', 'unknown')


def key(path):
    """As openapi.yaml has it for a document that nobody has claimed yet."""
    return 't-' + hashlib.sha256(b'pending/' + path).hexdigest()[:24]


def decode(data):
    """(width, height, rows of bytes) of a PNG of 8 bits of red, green and blue; every checksum is looked at."""
    if data[:8] != b'\x89PNG\r\n\x1a\n':
        raise ValueError('no PNG')
    at, chunks = 8, []
    while at < len(data):
        n, name = struct.unpack('>I4s', data[at:at + 8])
        content = data[at + 8:at + 8 + n]
        if struct.unpack('>I', data[at + 8 + n:at + 12 + n])[0] != zlib.crc32(name + content):
            raise ValueError('a wrong checksum')
        chunks.append((name, content))
        at += 12 + n
    if chunks[0][0] != b'IHDR' or chunks[-1] != (b'IEND', b'') or {n for n, _ in chunks[1:-1]} != {b'IDAT'}:
        raise ValueError('other chunks: %s' % [n for n, _ in chunks])
    width, height, *rest = struct.unpack('>IIBBBBB', chunks[0][1])
    if rest != [8, 2, 0, 0, 0]:
        raise ValueError('another kind of picture')
    raw = zlib.decompress(b''.join(c for n, c in chunks if n == b'IDAT'))
    if len(raw) != height * (width * 3 + 1):
        raise ValueError('another size')
    rows, above = [], bytes(width * 3)
    for y in range(height):
        kind, row = raw[y * (width * 3 + 1)], bytearray(raw[y * (width * 3 + 1) + 1:(y + 1) * (width * 3 + 1)])
        for i in range(len(row)):
            row[i] = (row[i] + (0, row[i - 3] if i >= 3 else 0, above[i])[kind]) & 255
        rows.append(bytes(row))
        above = rows[-1]
    return width, height, rows


class Pictures:
    def __init__(self, c, page, spool, another):
        self.c, self.page, self.spool, self.another = c, page, spool, another

    def picture(self, name, number=1, query='', page=None, **headers):
        return (page or self.page).ask('/api/v1/documents/%s/pages/%s/image%s' % (name, number, query), **headers)

    def run(self):
        os.mkdir(self.spool.pending(b'look'))
        try:
            self.good()
            self.refused()
            self.evil()
        finally:
            for name in os.listdir(self.spool.pending(b'look')):
                os.unlink(self.spool.pending(b'look', name))
            os.rmdir(self.spool.pending(b'look'))

    def put(self, name, data):
        """Dropped, and known to the page."""
        drop(self.spool.pending(b'look', name), data)
        return key(b'look/' + name)

    def known(self, *keys, page=None):
        return until(lambda: all((page or self.page).ask('/api/v1/documents/' + k)[0] == 200 for k in keys), 30, 0.1)

    def good(self):
        c = self.c
        text = self.put(b'text.pdf', pdf('text', words='a page to look at'))
        red = self.put(b'red.pdf', one_page(b'1 0 0 rg 0 0 300 100 re f 0 0 1 rg 0 100 300 100 re f', 300, 200))
        c.check('documents to look at are known', self.known(text, red))
        status, head, body = self.picture(text)
        c.equal('a page as a picture', (status, head['Content-Type']), (200, 'image/png'))
        try:
            width, height, rows = decode(body)
            c.equal('as wide as usual', width, 800)
            all_ = b''.join(rows)
            c.check('paper is white, and there is ink on it', all_.count(255) > len(all_) // 2 and min(all_) < 64)
        except (ValueError, struct.error, zlib.error) as e:
            c.check('it is a PNG', False, e)
        c.check('what may change is not kept', head['ETag'] is None and head['Cache-Control'] == 'no-store')
        _, _, body = self.picture(red, query='?width=90')
        width, height, rows = decode(body)
        c.equal('another width, and its own height', (width, height), (90, 60))
        c.equal('colours are those of the page, the right way up',
                (rows[10][30:33], rows[50][30:33], rows[29][:3], rows[31][-3:]),
                (b'\0\0\xff', b'\xff\0\0', b'\0\0\xff', b'\xff\0\0'))
        for box, most in ((1600, 1600), (64, 64)):
            width, height, _ = decode(self.picture(red, query='?width=%d' % box)[2])
            c.check('%d wide' % box, width == most and abs(height * 3 - width * 2) <= 3, (width, height))
        tall = self.put(b'tall.pdf', one_page(b'0 g 0 0 100 9000 re f', 100, 9000))
        c.check('a long page is known', self.known(tall))
        width, height, _ = decode(self.picture(tall, query='?width=1600')[2])
        c.check('a long page is made narrower', height <= 4000 and width * height <= 2500000, (width, height))

    def refused(self):
        c = self.c
        locked = self.put(b'locked.pdf', pdf('password'))
        none = self.put(b'none.pdf', b'this is no PDF')
        c.check('bad ones are known', self.known(locked, none))
        text = key(b'look/text.pdf')
        for name, number, query, status, code, word in (
                (locked, 1, '', 422, 'no-picture', 'password'), (none, 1, '', 422, 'no-picture', 'no PDF'),
                (text, 9999, '', 404, 'no-record', 'pages'), (text, 0, '', 400, 'bad-request', ''),
                (text, 'x', '', 400, 'bad-request', ''), (text, 1, '?width=63', 400, 'bad-request', ''),
                (text, 1, '?width=1601', 400, 'bad-request', ''), (text, 1, '?w=100', 400, 'bad-request', ''),
                ('none-1', 1, '', 404, 'unknown-document', '')):
            got, _, body = self.picture(name, number, query)
            c.check('page %s of %s%s: %d %s' % (number, name[:6], query, status, word),
                    got == status and code.encode() in body and word.encode() in body, (got, body))
        link = self.spool.pending(b'look', b'text.pdf')
        os.rename(link, link + b'.part')
        os.symlink(link + b'.part', link)
        got, _, body = self.picture(text)
        c.check('no symbolic link is followed', got == 404, (got, body[:100]))
        os.unlink(link)
        os.rename(link + b'.part', link)

    def evil(self):
        """A parser that has been taken over: nothing that it says becomes a picture, but what an honest one would say."""
        with tempfile.TemporaryDirectory() as folder: # a program of our own, as other tests run such parsers, too
            parser = shutil.copy2(EVIL, folder)
            self.evil_parser(parser, self.another(self.spool, '[parser]\nmemory_limit = 64M\n', ('--parser', parser)))

    def evil_parser(self, parser, page):
        c = self.c
        try:
            keys = {name: self.put(b'%s.pdf' % name.encode(), b'%%EVIL-SHEET %s ' % name.encode()) for name in LIES + ('honest',)}
            c.check('the attacks are known', self.known(*keys.values(), page=page))
            status, _, body = self.picture(keys['honest'], page=page)
            c.equal('control: what an honest one says is a picture', (status, decode(body)[:2] if status == 200 else body),
                    (200, (8, 8)))
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                got = dict(zip(LIES, pool.map(lambda name: self.picture(keys[name], page=page), LIES)))
            for name in LIES:
                status, _, body = got[name]
                c.check('a parser that does "%s": no picture' % name, status == 422 and b'no-picture' in body, (status, body[:80]))
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                busy = [pool.submit(self.picture, keys['hang'], page=page) for _ in range(2)]
                time.sleep(1)
                c.equal('two are drawn at once, a third waits for its turn', self.picture(keys['honest'], page=page)[0], 503)
                c.equal('and all else is served', page.ask('/api/v1/overview')[0], 200)
                c.equal('those two come to an end', [b.result()[0] for b in busy], [422, 422])
            c.equal('then it goes on', self.picture(keys['honest'], page=page)[0], 200)
            c.equal('no process was left', [p for p in os.listdir('/proc') if p.isdigit() and runs(p, parser)], [])
        finally:
            c.equal('it ends well', page.stop(), 0)


def runs(pid, program):
    try:
        return os.readlink('/proc/%s/exe' % pid) == os.path.realpath(program)
    except OSError:
        return False


def one_page(content, width, height):
    """A PDF of one page."""
    objects = [b'<< /Type /Catalog /Pages 2 0 R >>', b'<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
               b'<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R >>' % (width, height),
               b'<< /Length %d >>\nstream\n%s\nendstream' % (len(content), content)]
    out, places = b'%PDF-1.7\n', []
    for i, o in enumerate(objects):
        places.append(len(out))
        out += b'%d 0 obj\n%s\nendobj\n' % (i + 1, o)
    table = b''.join(b'%010d 00000 n \n' % p for p in places)
    return out + b'xref\n0 5\n0000000000 65535 f \n%strailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n' % (
        table, len(out))


def kept(c, page, key_):
    """Of a document that is done a browser keeps the picture, and asks whether it is still good."""
    path = '/api/v1/documents/%s/pages/1/image' % key_
    status, head, body = page.ask(path)
    c.equal('a picture of what is done may be kept', (status, head['Cache-Control'], bool(head['ETag'])),
            (200, 'private, no-cache', True))
    again = page.ask(path, **{'If-None-Match': head['ETag']})
    c.equal('and is not drawn anew', (again[0], again[2]), (304, b''))
    c.equal('at another width it is another', page.ask(path + '?width=100', **{'If-None-Match': head['ETag']})[0], 200)
    c.check('the same page gives the same bytes', page.ask(path)[2] == body)
