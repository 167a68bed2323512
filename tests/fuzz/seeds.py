#!/usr/bin/env python3
"""The first inputs of the fuzzers: seeds.py BUILD OUT writes OUT/<target>/<name>.

Real ones where there are programs that make them: a spool is made, an extractd works on documents of
mkpdf, and its x.json, status.json and spool.ini are taken. Names, frames, records of folders and
messages to the zygote are put together here, as docs/SPOOL.md and extractd/wire.h say.

The kept corpus (corpus/) grew out of these: after a long run,
    BUILD/fuzz/<target> -merge=1 NEW tests/fuzz/corpus/<target> BUILD/fuzz/found/<target>
"""
import glob
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time

CAGED, BEGIN, PAGES, META, TEXT, OTHER, WANT, PAGE, END, ENTRY, BYTES, FATE = range(1, 13)
OK, PARTIAL, EMPTY, ENCRYPTED, CORRUPT, NOT_PDF, LIMIT = range(7)
TIER_NONE, TIER_TEXT, TIER_REPAIR, TIER_OCR, TIER_HARD, TIER_MIXED, TIER_BLANK, TIER_BAD = range(8)
TAKEN, NO_PDF, NESTED, NOTHING, LITTER, LINK, SPECIAL, SECRET, TOO_LARGE, DAMAGED = range(10)
UNKNOWN = 0xffffffff
FILES = 0x80  # of the first byte for frame: files are asked for


def frame(kind, page=0, payload=b''):
    return struct.pack('<BII', kind, page, len(payload)) + payload


def page(number, tier, text, message=b'', unmapped=0, reason=0, other=b''):
    chars = len(text.decode()) if text else 0
    body = struct.pack('<8I', tier, reason, chars, 1234, unmapped, UNKNOWN, 900, 0) + message
    return (frame(TEXT, number, text) if text else b'') + (frame(OTHER, number, other) if other else b'') + \
        frame(PAGE, number, body)


def entry(number, name, data, fate=TAKEN, message=b'', rules=0):
    pieces = [data[i:i + 1000] for i in range(0, len(data), 1000)]
    return frame(ENTRY, number, bytes([rules]) + name) + b''.join(frame(BYTES, number, p) for p in pieces) + \
        frame(FATE, number, bytes([fate]) + message)


def streams():
    begin = frame(CAGED, 0, b'full') + frame(BEGIN)
    one = begin + frame(PAGES, 1, b'\0') + page(0, TIER_TEXT, b'hello')
    good = one + frame(END, OK)
    many = (begin + frame(PAGES, 4, b'\3') + frame(META, 0, b'title\0A title') +
            frame(META, 0, b'author\0J\xc3\xb6rg') + page(0, TIER_TEXT, 'zwölf Boxkämpfer'.encode()) +
            page(1, TIER_BLANK, b'') + page(2, TIER_BAD, b'', b'damaged', 0, CORRUPT) +
            page(3, TIER_NONE, b'') + frame(END, OK))
    fail = begin + frame(END, CORRUPT, b'no objects found')
    return {
        'good': good, 'many': many, 'fail': fail,
        'twice': good + frame(BEGIN) + frame(PAGES, 1, b'\1') + page(0, TIER_BLANK, b'') + frame(END, OK),
        'seccomp': frame(CAGED, 0, b'seccomp') + frame(BEGIN) + frame(END, ENCRYPTED, b'a password'),
        'none': frame(CAGED, 0, b'none') + frame(BEGIN) + frame(END, NOT_PDF),
        'unmapped': begin + frame(PAGES, 1, b'\0') + page(0, TIER_TEXT, b'a\xef\xbf\xbd', b'', 1) + frame(END, OK),
        'other': begin + frame(PAGES, 1, b'\10') + page(0, TIER_REPAIR, b'good', b'close', 0, 0, b'\1bad') +
        frame(END, OK),
        'ocr': begin + frame(PAGES, 2, b'\0') + page(0, TIER_MIXED, b'read') + page(1, TIER_OCR, b'') +
        frame(END, OK, b'deu+eng'),
        'want': begin + frame(PAGES, 1, b'\0') + frame(WANT, 0, b'deu+eng') + frame(END, OK),
        'limit': one + frame(END, LIMIT, b'too much'),
        'breach': good + frame(TEXT, 0, b'late'),
        'metas': begin + frame(PAGES, 1, b'\0') + frame(META, 0, b'k\0v') * 2 +
        page(0, TIER_TEXT, b'hello') + frame(END, OK),
    }


def file_streams():
    """Of jobs that ask for files."""
    begin = frame(CAGED, 0, b'full') + frame(BEGIN)
    one = begin + entry(0, b'dir/a.pdf', b'%PDF-1.4\nrubbish')
    return {
        'zip': one + entry(1, b'b\xff.pdf', b'%PDF' * 600, TAKEN, b'', 1) + entry(2, b'x.txt', b'', NO_PDF) +
        frame(END, OK),
        'partial': one + entry(1, b'../b.pdf', b'%PDF', DAMAGED, b'check sum') + frame(END, PARTIAL, b'some'),
        'empty': begin + entry(0, b'__MACOSX/._a', b'', LITTER) + entry(1, b'l', b'', LINK) +
        entry(2, b'inner.zip', b'', NESTED) + entry(3, b'', b'', NOTHING) + frame(END, EMPTY, b'no PDF is in it'),
        'secret': begin + entry(0, b's.pdf', b'', SECRET) + frame(END, ENCRYPTED),
        'bomb': one + frame(ENTRY, 1, b'\1bomb.pdf') + frame(BYTES, 1, b'%PDF' * 500) * 2 + frame(END, LIMIT, b'a bomb'),
        'large': one + entry(1, b'l.pdf', b'%PDF', TOO_LARGE) + entry(2, b'null', b'', SPECIAL) + frame(END, PARTIAL),
        'again': one + frame(END, OK) + frame(BEGIN) + entry(0, b'', b'%PDF') + frame(END, OK),
        'mixed': one + frame(PAGES, 1, b'\0') + page(0, TIER_BLANK, b'') + frame(END, OK),
        'garbled': begin + frame(END, CORRUPT, b'it is damaged'),
    }


def tokens():
    first = '1.k3m9x2p7q8ab-1f.k3m9x2p7q8ab-20~'
    later = '3tcu12.k3m9x2p7q8ab-1f.zz09x2p7q8ab-2~'
    return [first + 'report.pdf', first + 'dir%2Fsub%2Freport 2024.pdf', first + '%2Ehidden%2Fx.pdf',
            first + '%=ame that is too long for a token.pdf', first + 'caf\u00e9 50%25 off%21.pdf',
            later + 'a.PDF', 'done.1!' + first + 'report.pdf', 'done.12f!' + later + 'dir%2Fa.pdf',
            'failed-corrupt.2!' + first + 'bad.pdf', 'failed-not_pdf.1f!' + later + '%=x.pdf',
            '1700000000.text.' + later + 'a.pdf', '0.text.' + first + 'dir%2Fb.pdf',
            '.k3m9x2p7q8ab-1f.k3m9x2p7q8ab-20.txt', '.k3m9x2p7q8ab-1f.k3m9x2p7q8ab-20.json',
            'report.pdf', 'dir/sub/report.pdf', 'a/' * 60 + 'long.pdf', 'x' * 200 + '.pdf',
            '2ssssssssssssu3.abc-1.abc-2~a', 'Scan 50% !.pdf']


def names():
    return ['report.pdf', 'REPORT.PDF', 'scan', 'notes.txt', 'a.json', 'x~2.pdf', 'x' * 251 + '.pdf',
            '\u00e4' * 125 + '.pdf', 'y' * 255, '.hidden', '~lock', 'a.part', 'Thumbs.db', '.pdf', 'a.b.c',
            'k3m9x2p7q8ab.1234.567890.0f3c2a1b-9e8d7c6b.4026531836', 'host-1.example.org',
            'a\x1b[31m.pdf', 'name~12345678', 'n~99999998.pdf']


def records(entries):
    out = b''
    for number, (kind, name) in enumerate(entries):
        length = (19 + len(name) + 1 + 7) // 8 * 8
        out += (struct.pack('<QqHB', number + 1, number, length, kind) + name).ljust(length, b'\0')
    return out


def folders():
    pdf, folder, link, unknown = 8, 4, 10, 0
    first, dots = b'1.abc-1.abc-2~a.pdf', [(folder, b'.'), (folder, b'..')]
    return {
        'plain': records(dots + [(pdf, b'a.pdf'), (pdf, b'b.pdf'), (folder, b'dir')]),
        'mixed': records([(link, b'l'), (unknown, b'u'), (pdf, b'.part'), (folder, b'.snapshot')]),
        'work': records([(folder, b'host'), (folder, b'lease')]) + records([(pdf, first), (pdf, b'done.1!' + first)]),
        'retry': records([(pdf, b'17.text.' + first)]),
        'long': records([(pdf, b'n' * 255)]),
        'broken': records([(pdf, b'a.pdf')])[:-3],
    }


def messages():
    spawn = struct.pack('<IIIII64s4xQQ', 0x7053504e, 0, 0, 64, 0, b'', 1 << 30, 60)
    kill = struct.pack('<Ii', 0x704b494c, 1000000)

    def put(lent, body):
        return bytes([lent, len(body) - 1]) + body
    return {'spawn': put(4, spawn), 'kill': put(4, spawn) + put(0, kill),
            'reaped': put(4, spawn) + put(0x84, spawn) + put(0, kill), 'short': put(4, spawn[:20]),
            'few': put(3, spawn), 'many': put(8, spawn), 'odd': put(2, kill) + put(0, b'?')}


INI = {
    'one': '[spool]\nformat = 1\nsettle_time = 5s\n',
    'host': '[worker]\nslots = 8\nscratch_dir = "/var/tmp/a b"\n[parser]\nmemory_limit = 512M\nsandbox = prefer\n',
    'log': '# comment\n[log]\nlog_file = \'/var/log/p"s.log\' ; why\nlog_level = debug\nlog_format=json\n',
    'text': '[text]\r\ndehyphenate = yes\r\n',
    'wrong': '[sppol]\nfromat = 1\n[spool]\nsettle_time = 5\nformat = 2\n[worker]\nslots = -1\nslots = 3\n',
    'odd': '\xef\xbb\xbf[spool\nformat\n= 3\nkey = "open\n[a]b\\\n',
}


def facts_of(build, spool):
    """What a scanner says of it: each fact, and all of them."""
    out, until = os.pipe(), os.pipe()
    scanner = subprocess.Popen([build + '/spoold', 'scanner', str(out[1]), str(until[0]), spool, ''], pass_fds=(out[1], until[0]))
    os.close(out[1])
    time.sleep(3)
    os.close(until[1])
    scanner.wait(30)
    with os.fdopen(out[0], 'rb') as f:
        said = f.read()
    os.close(until[0])
    facts, at = [said[:4000]], 0
    while at + 5 <= len(said):
        end = at + 5 + struct.unpack('<I', said[at + 1:at + 5])[0]
        facts.append(said[at:end])
        if said[at:end].endswith(b'\0'):  # a string without its end
            facts.append(said[at:at + 1] + struct.pack('<I', end - at - 6) + said[at + 5:end - 1])
        at = end
    return facts


def real(build, put):
    """What the programs themselves write."""
    with tempfile.TemporaryDirectory(prefix='fuzz-seeds.') as top:
        spool = top + '/s'
        subprocess.run([build + '/spoolctl', 'init', spool], check=True, stdout=subprocess.DEVNULL)
        put('ini', 'real', b'\0' + open(spool + '/spool.ini', 'rb').read())
        with open(spool + '/spool.ini', 'w', encoding='utf-8') as f:
            f.write('[spool]\nformat = 1\nsettle_time = 0\nretry_delay = 0\n')
        for kind in ('text', 'meta', 'password', 'trunc', 'blank', 'scan', 'badpage'):
            subprocess.run([build + '/mkpdf', kind, spool + '/pending/' + kind + '.pdf'], check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(spool + '/pending/no.pdf', 'w', encoding='utf-8') as f:
            f.write('this is no PDF')
        conf = top + '/host.ini'
        with open(conf, 'w', encoding='utf-8') as f:
            f.write('[parser]\nsandbox = prefer\n[worker]\nslots = 2\n')
        worker = subprocess.Popen([build + '/extractd', '--spool', spool, '--config', conf], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        try:
            end = time.monotonic() + 15
            while time.monotonic() < end and glob.glob(spool + '/pending/*.pdf'):
                time.sleep(0.2)
            time.sleep(2)
            for path in glob.glob(spool + '/done/*.json') + glob.glob(spool + '/failed/*/*.json'):
                put('json', os.path.basename(path), open(path, 'rb').read())
            for path in glob.glob(spool + '/claimed/*/*/status.json'):
                put('json', 'status', open(path, 'rb').read())
            for path in glob.glob(spool + '/journal/*/*.jsonl'):
                lines = open(path, 'rb').read()
                put('journal', 'whole', b'\0\200' + lines)
                put('journal', 'blocks', b'\120\360' + lines)
                for i, line in enumerate(lines.splitlines(True)):
                    put('journal', str(i), b'\1\100' + line)
            for i, facts in enumerate(facts_of(build, spool)):
                put('fact', str(i), facts)
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(60)


def requests():
    """Of browsers, of curl, and of those who try."""
    host = 'Host:localhost:8090\n'
    browser = (host + 'Accept-Encoding: gzip, deflate, br\nOrigin: http://localhost:8090\nSec-Fetch-Site: same-origin\n'
               'Sec-Fetch-Mode: cors\nSec-Fetch-Dest: empty\nCookie: a=b; sid=k3m9; sid=x\n')
    return [
        'GET / HTTP/1.1\n' + browser + 'If-None-Match: W/"abc-gz", "x"',
        'GET /api/v1/documents?state=failed&text=a%20b+c&after=%C3%A4 HTTP/1.1\n' + browser,
        'POST /api/retry HTTP/1.1\n' + browser + 'Content-Type: application/json; charset=utf-8\nContent-Length: 17',
        'DELETE /a%2Fb.pdf HTTP/1.0\nhost: [::1]\nAuthorization: Bearer 0123456789abcdef',
        'GET /api/v1/events HTTP/1.1\n' + browser + 'Last-Event-ID: k3m9x2p7-12',
        'PUT /api/x/y HTTP/1.1\nHost:10.1.2.3\nExpect: 100-continue\nContent-Length: 0',
        'POST / HTTP/1.1\n' + host + 'Content-Length: 5\nTransfer-Encoding: chunked',
        'POST / HTTP/1.1\n' + host + 'Content-Length: 5\nContent-Length: 6',
        'POST / HTTP/1.1\n' + host + 'Transfer-Encodingchunked:',
        'GET /../%2e%2e/%00 HTTP/1.1\nHost:a\nHost:b',
        'GET http://evil/ HTTP/1.1\nHost:a@evil',
        'GET /?' + '&'.join(f'a{i}=' for i in range(33)) + ' HTTP/1.1\n' + host,
        'HEAD ' + '/a' * 17 + ' HTTP/1.1\n' + host,
        'GET / HTTP/1.1\n' + host + ''.join(f'X{i}:\n' for i in range(64)),
        'OPTIONS * HTTP/1.1\n' + host,
    ]


def main():
    build, out = os.path.abspath(sys.argv[1]), sys.argv[2]

    def put(target, name, content):
        os.makedirs(out + '/' + target, exist_ok=True)
        with open(out + '/' + target + '/' + name, 'wb') as f:
            f.write(content)
    for name, s in streams().items():
        put('frame', name, b'\x11' + s)
        put('link', name, bytes([0, 0]) + bytes(16) + s)
        put('link', name + '-died', bytes([1, 9]) + struct.pack('<IIII', 2, 1, 3, 9) + s[:len(s) // 2])
    for name, s in file_streams().items():
        put('frame', 'files-' + name, bytes([FILES | 0x11]) + s)
        put('link', 'files-' + name, bytes([0, 0]) + bytes(15) + b'\1' + s)
        put('link', 'files-' + name + '-died', bytes([1, 9]) + struct.pack('<IIII', 5, 1, 3, 1 << 24) + s[:len(s) // 2])
    put('link', 'stderr', bytes([0x80, 1]) + bytes(16) + b'error: cannot open\x1b[0m\n')
    for i, t in enumerate(tokens()):
        put('token', str(i), t.encode())
        put('place', str(i), t.encode() + b'\0dir/sub/' + b'n' * 150 + b'.pdf')
    for i, n in enumerate(names()):
        put('names', str(i), bytes([i % 7, 0, 0, 0]) + n.encode())
    for name, f in folders().items():
        for how in range(4):
            put('dirlist', name + str(how), bytes([how]) + f)
    for name, m in messages().items():
        put('zygote', name, m)
    for i, r in enumerate(requests()):
        put('request', str(i), r.encode())
    for name, text in INI.items():
        put('ini', name, bytes([name in ('host', 'log', 'text')]) + text.encode('latin-1'))
    for i in range(4):
        put('jsonw', str(i), bytes((i * 37 + j * j) % 251 for j in range(40 + 30 * i)))
    put('json', 'deep', b'[' * 60 + b']' * 60)
    put('json', 'bare', b'{"path":"a.pdf","document":"abc-1","size":94,"text_bytes":94,"sha256":"","outcome":"ok"}')
    real(build, put)


main()
