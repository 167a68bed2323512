#!/usr/bin/env python3
"""Archives, and PDFs with attachments, for the tests.

    archives.py DIR [KIND...]   makes DIR/KIND for each kind, always the same bytes
    archives.py --list          names the kinds

What each must come to stands in tests/unit/test_archive.c and test_attached.c.
"""
import bz2
import gzip
import io
import lzma
import os
import random
import struct
import sys
import tarfile
import zipfile
import zlib

WHEN = (2020, 1, 2, 3, 4, 6)


def pdf(word='hello', pad=0):
    """A PDF that opens (MuPDF mends its missing table), with one word on its page."""
    stream = b'BT /F1 24 Tf 72 700 Td (%s) Tj ET' % word.encode()
    return (b'%PDF-1.4\n' + b'1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n'
            b'2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n'
            b'3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font'
            b'/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n' +
            b'4 0 obj<</Length %d>>stream\n' % len(stream) + stream +
            b'\nendstream endobj\n%' + b'x' * pad + b'\ntrailer<</Root 1 0 R>>\n%%EOF\n')


A, B, C = pdf('alpha'), pdf('beta', 3000), pdf('gamma', 200000)
THREE = [('a.pdf', A), ('folder/b.pdf', B), ('folder/deep/c.pdf', C)]


class Pipe(io.RawIOBase):
    """Somewhere to write to, but not to seek in: zips then get data descriptors."""

    def __init__(self):
        super().__init__()
        self.all = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.all += data
        return len(data)


def zipped(entries, method=zipfile.ZIP_DEFLATED, pipe=False, force=False):
    """entries: (name, bytes[, external attributes])."""
    out = Pipe() if pipe else io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as z:
        for name, data, *attributes in entries:
            i = zipfile.ZipInfo(name, WHEN)
            i.compress_type = method
            i.external_attr = attributes[0] if attributes else 0o100644 << 16
            if force:
                with z.open(i, 'w', force_zip64=True) as f:
                    f.write(data)
            else:
                z.writestr(i, data)
    return bytes(out.all) if pipe else out.getvalue()


def tarred(entries, style=tarfile.PAX_FORMAT, encoding='utf-8', members=()):
    """entries: (name, bytes); members: TarInfos without a content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=style, encoding=encoding) as t:
        for name, data in entries:
            i = tarfile.TarInfo(name)
            i.size = len(data)
            t.addfile(i, io.BytesIO(data))
        for i in members:
            t.addfile(i)
    return out.getvalue()


def member(name, kind, target=''):
    i = tarfile.TarInfo(name)
    i.type = kind
    i.linkname = target
    return i


def zstd(data, window=None):
    """A frame of stored blocks (RFC 8878): the standard library has no zstd. window: the descriptor's byte."""
    out = b'\x28\xb5\x2f\xfd\0' + bytes([0x38 if window is None else window])
    blocks = [data[i:i + 65536] for i in range(0, len(data), 65536)] or [b'']
    for n, block in enumerate(blocks):
        out += struct.pack('<I', len(block) << 3 | (n == len(blocks) - 1))[:3] + block
    return out


def zstd_bomb(mebibytes):
    """Blocks that say: so many times this byte."""
    out = b'\x28\xb5\x2f\xfd\0\x38' + struct.pack('<I', 9 << 3)[:3] + b'%PDF-1.4\n'
    block = struct.pack('<I', 131072 << 3 | 1 << 1)[:3] + b'\0'
    return out + block * (8 * mebibytes - 1) + struct.pack('<I', 131072 << 3 | 1 << 1 | 1)[:3] + b'\0'


def xz(data):
    return lzma.compress(data, lzma.FORMAT_XZ, preset=1)


def xz_window(data, code):
    """An xz file whose first block claims a dictionary of size code `code` (40: 4 GiB less one)."""
    raw = bytearray(xz(data))
    size = (raw[12] + 1) * 4
    at = raw.index(b'\x21\x01', 12, 12 + size) + 2
    raw[at] = code
    raw[12 + size - 4:12 + size] = struct.pack('<I', zlib.crc32(bytes(raw[12:12 + size - 4])))
    return bytes(raw)


def rename(archive, new_names):
    """Other bytes for names in a finished archive, of the same length."""
    for old, new in new_names:
        assert len(old) == len(new) and archive.count(old) > 0
        archive = archive.replace(old, new)
    return archive


def encrypted(entries):
    """The traditional encryption of the last one: its flag in both headers; the bytes are noise without a key."""
    raw = bytearray(zipped(entries, zipfile.ZIP_STORED))
    local, central = raw.rindex(b'PK\3\4'), raw.rindex(b'PK\1\2')
    raw[local + 6] |= 1
    raw[central + 8] |= 1
    return bytes(raw)


def overlapping(n=1500):
    """n local headers, each of which has all that follow in its extra field, and one file of 1 MiB behind the last: n
    files of 1 MiB each, of the same bytes (David Fifield, "A better zip bomb", 2019)."""
    data = b'%PDF-1.4\n' + bytes(1 << 20)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    facts = struct.pack('<HHHHHIII', 20, 0, 8, 0, 0x21, zlib.crc32(data), len(packed), len(data))
    step = 30 + 8 + 4
    locals_, central = b'', b''
    for i in range(n):
        name, rest = b'%04d.pdf' % i, step * (n - 1 - i)
        extra = struct.pack('<HH', 0xfafa, rest)
        locals_ += b'PK\3\4' + facts + struct.pack('<HH', len(name), 4 + rest) + name + extra
        central += b'PK\1\2' + struct.pack('<H', 20) + facts
        central += struct.pack('<HHHHHII', len(name), 0, 0, 0, 0, 0, step * i) + name
    end = struct.pack('<HHHHIIH', 0, 0, n, n, len(central), len(locals_) + len(packed), 0)
    return locals_ + packed + central + b'PK\5\6' + end


def sparse():
    """GNU tar's old sparse header: 9 bytes of a PDF, then a hole up to `real` bytes."""
    def entry(name, real):
        i = tarfile.TarInfo(name)
        i.size = 9
        head = bytearray(i.tobuf(tarfile.GNU_FORMAT))
        head[156:157] = b'S'
        head[386:410] = b'%011o\0%011o\0' % (0, 9)
        head[410:434] = b'%011o\0%011o\0' % (real, 0)
        head[483:495] = b'%011o\0' % real
        head[148:156] = b' ' * 8
        head[148:156] = b'%06o\0 ' % sum(head)
        return bytes(head) + b'%PDF-1.4\n'.ljust(512, b'\0')
    return entry('small.pdf', 4096) + entry('huge.pdf', (1 << 33) - 1) + entry('after.pdf', 9) + bytes(1024)


def old_tar():
    """Version 7: no magic."""
    out = b''
    for name, data in THREE[:2]:
        head = bytearray(512)
        head[0:len(name)] = name.encode()
        head[100:108] = head[108:116] = head[116:124] = b'000644 \0'
        head[124:136] = b'%011o ' % len(data)
        head[136:148] = b'%011o ' % 0
        head[148:156] = b' ' * 8
        head[148:156] = b'%06o\0 ' % sum(head)
        out += bytes(head) + data + bytes(-len(data) % 512)
    return out + bytes(1024)


def longlinks():
    """50,000 headers, each of which says that the next one's name is long."""
    head = bytearray(tarfile.TarInfo('././@LongLink').tobuf(tarfile.GNU_FORMAT))
    head[156:157] = b'L'
    head[124:136] = b'%011o\0' % 2
    head[148:156] = b' ' * 8
    head[148:156] = b'%06o\0 ' % sum(head)
    return gzip.compress((bytes(head) + b'x'.ljust(512, b'\0')) * 50000 + tarred([('a.pdf', A)]), mtime=0)


def bad_names_tar():
    return tarred([('../../etc/up.pdf', A), ('/abs/olute.pdf', A), ('a/./b//c.pdf', A), ('..', A), ('.hidden.pdf', A),
                   ('tab\tnew\nline\x1b[31m.pdf', A), ('n' * 300 + '.pdf', A), ('C:\\x\\y.pdf', A), ('same.pdf', A),
                   ('same.pdf', B), ('~lock.pdf', A), ('x.part', A), ('p' * 90 + '/' + 'q' * 90 + '/x.pdf', A)],
                  tarfile.GNU_FORMAT)


def bad_names_zip():
    raw = zipped([('../up.pdf', A), ('/abs.pdf', A), ('a\\b\\c.pdf', A), ('D:\\e.pdf', A), ('zero-here.pdf', A),
                  ('latin-X.pdf', A), ('same.pdf', A), ('same.pdf', B), ('n' * 300 + '.pdf', A)])
    return rename(raw, [(b'zero-here', b'zero\0here'), (b'latin-X', b'latin-\x81')])


LARGE = b'%PDF-1.4\n' + bytes(12 << 20)
NOISE = random.Random(1).randbytes(300000)
MAC = [('a.pdf', A), ('__MACOSX/', b''), ('__MACOSX/._a.pdf', b'\0\5\x16\7' + bytes(100)),
       ('.DS_Store', b'\0\0\0\1Bud1'), ('d/._b.pdf', A), ('d/Thumbs.db', b'x')]
ODD = [('noending', A), ('zero.pdf', b''), ('text.txt', b'no'), ('broken.pdf', b'rubbish'),
       ('late.pdf', b'\n' * 900 + A),
       ('inner.zip', zipped(THREE[:1], zipfile.ZIP_STORED)), ('inner.tgz', gzip.compress(tarred(THREE[:1]), mtime=0)),
       ('inner.tar', tarred(THREE[:1])), ('dir/', b'')]
LINKS = [member('soft.pdf', tarfile.SYMTYPE, '/etc/passwd'), member('hard.pdf', tarfile.LNKTYPE, 'a.pdf'),
         member('null', tarfile.CHRTYPE), member('disk', tarfile.BLKTYPE), member('pipe', tarfile.FIFOTYPE),
         member('folder', tarfile.DIRTYPE)]


def damaged():
    """Of three files the second has a wrong check sum."""
    raw = bytearray(zipped([('a.pdf', A), ('b.pdf', B), ('c.pdf', A)], zipfile.ZIP_STORED))
    raw[raw.index(b'xxx', raw.index(b'b.pdf')) + 5] ^= 1
    return bytes(raw)


def objects(bodies, root=1):
    """A PDF of these objects, 1 and up, with a right table. A body of (dictionary, bytes) is a stream."""
    out, at = b'%PDF-1.7\n', []
    for n, body in enumerate(bodies, 1):
        at.append(len(out))
        if isinstance(body, tuple):
            body = b'<<' + body[0] + b'/Length %d>>stream\n' % len(body[1]) + body[1] + b'\nendstream'
        out += b'%d 0 obj' % n + body + b'endobj\n'
    table = b''.join(b'%010d 00000 n \n' % a for a in at)
    return (out + b'xref\n0 %d\n0000000000 65535 f \n' % (len(at) + 1) + table +
            b'trailer<</Size %d/Root %d 0 R>>\nstartxref\n%d\n' % (len(at) + 1, root, len(out)) + b'%%EOF\n')


def carrier(specs, extra=b'', names=b'/Names[%s]', annots=b''):
    """A page; object 4 is the name tree; file specifications and their streams from 5 on. specs: (name, bytes[,
    dictionary of the stream])."""
    listed, rest = b'', []
    for n, (name, data, *more) in enumerate(specs):
        spec, stream = 5 + 2 * n, 6 + 2 * n
        listed += b'(%s)%d 0 R' % (name, spec)
        rest.append(b'<</Type/Filespec/F(%s)/UF(%s)/EF<</F %d 0 R>>>>' % (name, name, stream))
        rest.append((b'/Type/EmbeddedFile' + (more[0] if more else b''), data))
    return objects([b'<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles 4 0 R>>' + extra + b'>>',
                    b'<</Type/Pages/Kids[3 0 R]/Count 1>>',
                    b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Annots[' + annots + b']>>',
                    b'<<' + (names % listed if b'%s' in names else names) + b'>>'] + rest)


CLIP = b'<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS %d 0 R>>'
FLATE = b'/Filter/FlateDecode'
ATTACHED = {
    'pdf-plain': lambda: objects([b'<</Type/Catalog/Pages 2 0 R>>', b'<</Type/Pages/Kids[3 0 R]/Count 1>>',
                                  b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>']),
    'pdf-attached': lambda: carrier([(b'a.pdf', A), (b'b.pdf', zlib.compress(B), FLATE), (b'invoice.xml', b'<x/>'),
                                     (b'empty.pdf', b''), (b'x.zip', zipped(THREE[:1]))]),
    'pdf-clipped': lambda: carrier([(b'a.pdf', A), (b'b.pdf', B)], names=b'/Names[(a)5 0 R]',
                                   annots=CLIP % 5 + CLIP % 7),
    'pdf-portfolio': lambda: carrier([(b'one.pdf', A), (b'two.pdf', B)], b'/Collection<</Type/Collection/View/D>>'),
    'pdf-circle': lambda: carrier([(b'a.pdf', A)], names=b'/Kids[4 0 R 4 0 R 4 0 R]/Names[(a)5 0 R]'),
    'pdf-same': lambda: carrier([(b'a.pdf', A)], names=b'/Names[' + b'(a)5 0 R' * 1000 + b']'),
    'pdf-rubbish': lambda: carrier([(b'a.pdf', A)],
                                   names=b'/Names[(a)99 0 R(b)(c)(d)null(e)3 0 R(f)5 0 R]/Kids[null 17]'),
    'pdf-bomb': lambda: carrier([(b'a.pdf', A), (b'bomb.pdf', zlib.compress(b'%PDF' + bytes(64 << 20), 9), FLATE)]),
}

KINDS = {
    'zip': lambda: zipped(THREE),
    'zip-stored': lambda: zipped(THREE, zipfile.ZIP_STORED),
    'zip-bzip2': lambda: zipped(THREE, zipfile.ZIP_BZIP2),
    'zip-lzma': lambda: zipped(THREE, zipfile.ZIP_LZMA),
    'zip-pipe': lambda: zipped(THREE, pipe=True),
    'zip-pipe-stored': lambda: zipped(THREE, zipfile.ZIP_STORED, pipe=True),
    'zip64': lambda: zipped(THREE, force=True),
    'zip-utf8': lambda: zipped([('M\u00fcller/\u0444\u4e2d.pdf', A)]),
    'zip-empty': lambda: zipped([]),
    'zip-encrypted': lambda: encrypted([('open.pdf', A), ('secret.pdf', B)]),
    'zip-all-encrypted': lambda: encrypted([('open.txt', b'no'), ('secret.pdf', B)]),
    'zip-links': lambda: zipped([('a.pdf', A), ('soft.pdf', b'/etc/passwd', 0o120777 << 16)]),
    'zip-names': bad_names_zip,
    'zip-half-name': lambda: rename(zipped([('cafX', A)]), [(b'cafX', b'caf\xe9')])[:-40],
    'zip-mac': lambda: zipped(MAC),
    'zip-odd': lambda: zipped(ODD),
    'zip-damaged': damaged,
    'zip-bomb': lambda: zipped([('small.pdf', A), ('bomb.pdf', b'%PDF-1.4\n' + bytes(64 << 20)), ('b.pdf', B)]),
    'zip-bomb-text': lambda: zipped([('bomb.txt', bytes(64 << 20)), ('b.pdf', B)]),
    'zip-overlap': overlapping,
    'zip-entries': lambda: zipped([('%d' % i, b'x') for i in range(10001)], zipfile.ZIP_STORED),
    'zip-no-directory': lambda: zipped(THREE)[:-100],
    'zip-cut': lambda: zipped(THREE, zipfile.ZIP_STORED)[:100000],
    'zip-cut-early': lambda: zipped(THREE)[:40],
    'zip-garbage': lambda: b'PK\3\4\x14\0' + bytes(range(256)) * 20,
    'tar': lambda: tarred(THREE),
    'tar-large': lambda: tarred([('large.pdf', LARGE), ('a.pdf', A)]),
    'zip-large': lambda: zipped([('large.pdf', LARGE), ('a.pdf', A)], zipfile.ZIP_STORED)[:-100],
    'tar-gnu': lambda: tarred(THREE, tarfile.GNU_FORMAT),
    'tar-old': old_tar,
    'tar-utf8': lambda: tarred([('M\u00fcller/\u0444\u4e2d.pdf', A)]),
    'tar-latin1': lambda: tarred([('M\u00fcller.pdf', A)], tarfile.GNU_FORMAT, 'latin-1'),
    'tar-links': lambda: tarred(THREE[:1], members=LINKS),
    'tar-names': bad_names_tar,
    'tar-odd': lambda: tarred([e for e in ODD if not e[0].endswith('/')]),
    'tar-sparse': sparse,
    'tar-cut': lambda: tarred(THREE)[:100000],
    'tgz': lambda: gzip.compress(tarred(THREE), mtime=0),
    'tbz': lambda: bz2.compress(tarred(THREE)),
    'txz': lambda: xz(tarred(THREE)),
    'tzst': lambda: zstd(tarred(THREE)),
    'tgz-cut': lambda: gzip.compress(tarred([('a.pdf', A), ('noise.pdf', b'%PDF' + NOISE)]), mtime=0)[:200000],
    'tgz-bomb': lambda: gzip.compress(tarred([('a.pdf', A), ('bomb.pdf', b'%PDF' + bytes(64 << 20))]), mtime=0),
    'tgz-bomb-text': lambda: gzip.compress(tarred([('a.pdf', A), ('bomb.txt', bytes(64 << 20))]), mtime=0),
    'tgz-longlinks': longlinks,
    'zst-bomb': lambda: zstd_bomb(64),
    'txz-window': lambda: xz_window(tarred(THREE), 40),
    'tzst-window': lambda: zstd(tarred(THREE), 31 << 3),
    'gz': lambda: gzip.compress(B, mtime=0),
    'gz-twice': lambda: gzip.compress(gzip.compress(tarred(THREE), mtime=0), mtime=0),
    'gz-text': lambda: gzip.compress(b'only words' * 100, mtime=0),
    'gz-zip': lambda: gzip.compress(zipped(THREE, zipfile.ZIP_STORED), mtime=0),
    'gz-garbage': lambda: b'\x1f\x8b\x08' + bytes(range(256)) * 20,
    'xz-garbage': lambda: b'\xfd7zXZ\0' + bytes(range(256)) * 20,
}


KINDS.update(ATTACHED)


def main():
    if sys.argv[1] == '--list':
        print('\n'.join(KINDS))
        return
    os.makedirs(sys.argv[1], exist_ok=True)
    for kind in sys.argv[2:] or KINDS:
        with open(os.path.join(sys.argv[1], kind), 'wb') as f:
            f.write(KINDS[kind]())


main()
