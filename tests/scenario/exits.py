#!/usr/bin/env python3
"""Goal: each thing that can be wrong with a configuration is told with file, line, section and key, and ends with 78; no message
of the sources goes without a case here that brings it about. And each exit code of the three programs that a command line,
a spool or a share can bring about.

usage: exits.py    BUILD in the environment: the folder with the programs (default: build)
"""
import os
import re
import socket
import subprocess

from spooltest import BUILD, Checks, EXTRACTD, SPOOLCTL, Spool, read, write

SPOOLD = os.path.join(BUILD, 'spoold')
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
SOURCES = ['shared/base/ini.c', 'shared/base/ini_scan.c', 'shared/spool/settings.c', 'shared/spool/settings_named.c',
           'shared/spool/settings_lanes.c', 'shared/spool/settings_show.c', 'shared/spool/settings_value.c',
           'shared/spool/settings_webhooks.c']

t = Checks()
told = []  # all that any case was told


def run(program, *words, code=None, env=None, **more):
    done = subprocess.run([program] + [os.fsdecode(w) for w in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60,
                          env=dict({k: v for k, v in os.environ.items() if k != 'PDFSPOOL'}, **(env or {})), **more)
    if code is not None:
        t.check('%d: %s %.80s' % (code, os.path.basename(program), ' '.join(os.fsdecode(w) for w in words[-4:])), done.returncode == code,
                (done.returncode, done.stdout[-200:], done.stderr[-300:]))
    return done


# ---- configuration ----

# (what the host's file has, line that is told, "[section] key", how the message begins). '%s': anything.
HOST = [
    ('[worker]\nsloots = 3\n', 2, '[worker] sloots', 'there is no such key; did you mean slots?'),
    ('[wroker]\nslots = 3\n', 2, '[wroker]', 'there is no such section; did you mean [worker]?'),
    ('[nothing.alike]\nslots = 3\n', 2, '[nothing.alike]', 'there is no such section; there are '),
    ('[worker]\nmemory_limit = 1G\n', 2, '[worker] memory_limit', 'there is no such key here; it belongs into [parser]'),
    ('[worker]\nmemory_limits = 1G\n', 2, '[worker] memory_limits', 'there is no such key; did you mean memory_limit in [parser]?'),
    ('[worker]\nzzzzzzzzzz = 1\n', 2, '[worker] zzzzzzzzzz', 'there is no such key; [worker] has '),
    ('[spool]\nbeat_interval = 5s\n', 2, '[spool] beat_interval', 'must be the same on all hosts: it belongs into'),
    ('[lane:a]\npriority = 1\n', 2, '[lane:a] priority', 'must be the same on all hosts: it belongs into'),
    ('[worker]\nslots = 3\nslots = 4\n', 3, '[worker] slots', 'is set twice: line 2 has it already'),
    ('[worker]\nslots = 3x\n', 2, '[worker] slots', '"3x" is no whole number: write digits only ('),
    ('[worker]\nslots = 99999\n', 2, '[worker] slots', '99999 is out of range: it must be '),
    ('[worker]\npoll_min = 5\n', 2, '[worker] poll_min', '"5" has no unit: write 5ms, 5s, 5m, 5h or 5d ('),
    ('[worker]\npoll_min = 1x\n', 2, '[worker] poll_min', '"1x" is no duration: write a whole number and ms, s, m, h or d'),
    ('[parser]\nmemory_limit = 1X\n', 2, '[parser] memory_limit', '"1X" is no size: write a whole number and K, M, G or T'),
    ('[parser]\nsandbox = requires\n', 2, '[parser] sandbox', '"requires" is not known: it must be '),
    ('[worker]\nscratch_dir = tmp\n', 2, '[worker] scratch_dir', '"tmp" is no absolute path: it must begin with /'),
    ('[worker]\nscratch_dir = /%s\n' % ('x' * 700), 2, '[worker] scratch_dir', 'the path is too long: at most '),
    ('[alerts]\non_folder_done = %s\n' % ('x' * 700), 2, '[alerts] on_folder_done', 'it is too long: at most '),
    ('[page]\nread_only = tomato\n', 2, '[page] read_only', '"tomato" is neither yes nor no'),
    ('[worker\nslots = 3\n', 1, '', 'a section must be written as [name], with nothing behind it'),
    ('[wor ker]\n', 1, '', 'the name of a section may have letters, digits, _ - and . only'),
    ('[worker]\nslots\n', 2, '[worker]', 'is neither [section] nor key = value nor a # comment'),
    ('[worker]\nsl ots = 3\n', 2, '[worker]', 'the name before the = may have letters, digits, _ - and . only'),
    ('slots = 3\n', 1, 'slots', 'stands before the first [section]: move it into one'),
    ('[worker]\nscratch_dir = "/a\n', 2, '[worker] scratch_dir', 'the quote is never closed: put a " at the end'),
    ('[worker]\nscratch_dir = "/a" b\n', 2, '[worker] scratch_dir', 'there is text behind the closing quote'),
    ('[worker]\nscratch_dir = "/a\\\\b"\n', 2, '[worker] scratch_dir', 'a backslash within quotes is ambiguous'),
    ('[worker]\nscratch_dir = /a\\\n', 2, '[worker] scratch_dir', 'a line cannot be continued by a backslash'),
    ('[worker]\nscratch_dir = /a#b\n', 2, '[worker] scratch_dir', '# or ; would cut the value off'),
    ('[worker]\n# a comment \\\n', 2, '', 'a comment must not end with a backslash'),
    ('[worker]\nslots = 3\0\n', 2, '', 'has a NUL byte: this is no text file'),
    ('[worker]\nslots = \x013\n', 2, '', 'has a control character in it'),
    ('[worker]\n# %s\n' % ('x' * 2000), 2, '', 'is longer than '),
    ('\ufeff[worker]\n', 1, '', 'begins with a byte order mark: save the file as UTF-8 without BOM'),
    ('[webhook:a]\nurl = ftp://x\n', 2, '[webhook:a] url', 'is no address: write https://HOST/'),
    ('[webhook:a]\nurl = https://x/%s\n' % ('x' * 900), 2, '[webhook:a] url', 'is too long: at most '),
    ('[webhook:a]\nformat = teams\n', 2, '[webhook:a] format', '"teams" is none of generic, slack or discord'),
    ('[webhook:a]\nevents = rain\n', 2, '[webhook:a] events', '"rain" is no event; there are all'),
    ('[webhook:a]\nsecret_file = secret\n', 2, '[webhook:a] secret_file', '"secret" is no absolute path'),
    ('[webhook:a]\nsecrets = x\n', 2, '[webhook:a] secrets', 'there is no such key; a webhook has url'),
    ('[webhook:%s]\nurl = https://x/\n' % ('a' * 60), 2, '[webhook:' + 'a' * 60 + '] url', 'the name of a webhook has letters'),
    ('[webhook:on_folder_done]\nurl = https://x/\n', 2, '[webhook:on_folder_done] url', 'this name stands for the command'),
    (''.join('[webhook:w%d]\nurl = https://x/\n' % i for i in range(100)), None, None, 'there are more than '),
    ('[webhook:a]\nformat = generic\n', 0, '[webhook:a] url', 'is missing'),
    ('[webhook:a]\nurl = https://x/\nformat = slack\nsecret_file = /x\n', 0, '[webhook:a] secret_file',
     'only generic messages are signed: leave it out'),
    ('[worker]\npoll_min = 1m\npoll_max = 1s\n', 0, '[worker] poll_max', 'is 1s, but must be at least '),
]
SPOOL = [
    ('[lane:a]\nprioritys = 1\n', 2, '[lane:a] prioritys', 'there is no such key; did you mean priority?'),
    ('[lane:a]\nzzzzzzzzzz = 1\n', 2, '[lane:a] zzzzzzzzzz', 'there is no such key; a lane has '),
    ('[lane:%s]\npriority = 1\n' % ('a' * 60), 2, '[lane:' + 'a' * 60 + '] priority', 'the name of a lane has letters'),
    (''.join('[lane:l%d]\npriority = 1\n' % i for i in range(100)), None, None, 'there are more than '),
    ('[lane:a]\nfolder = a/b\n', 2, '[lane:a] folder', '"a/b" is no folder in the top of pending/'),
    ('[lane:a]\nfolder = b\n[lane:b]\npriority = 1\n', 0, '[lane:b] folder', "is another lane's folder, too"),
    ('[lane:default]\nfolder = b\n', 0, '[lane:default] folder', 'this lane has all that no other has: leave it out'),
    ('[lane:a]\ntiers = text, magic\n', 0, '[lane:a] tiers', 'names a tier that there is not'),
    ('[lane:a]\nburst = 9\nper_minute = 3\n', 0, '[lane:a] burst', 'is more than per_minute'),
    ('[lane:a]\ndocument_timeout = 1s\n', 0, '[lane:a] document_timeout', 'is shorter than stall_timeout'),
    ('[tier:ocr]\nwhen = bad\n', 0, '[tier:ocr]', 'is the name of a built-in tier'),
    ('[tier:a]\ncommand = true\n', 2, '[tier:a] command', 'is a command of one host: it belongs into'),
    ('[alerts]\non_folder_done = true\n', 0, '[alerts] on_folder_done', 'is a command of one host: it belongs into'),
    ('[ocr]\nlanguages = eng+\n', 2, '[ocr] languages', '"eng+" is no list of languages: it must be '),
]
# No case brings these about: memory, a disk, iniparser at odds with us, or a buffer that could not be made.
BEYOND = ['out of memory', 'the value is wrong', 'contradicts another setting', 'cannot be examined: ', 'cannot be read: ',
          'cannot be parsed: ', 'is ambiguous: it could also be read as']


def one_error(spool, name, command, case):
    text, line, where, message = case
    done = run(SPOOLCTL, '--spool', spool.path, *command)
    said = done.stderr.decode('utf-8', 'replace')
    told.append(said)
    found = [x for x in said.splitlines() if message in x]
    if where is not None:  # "FILE:LINE: [section] key: message"; of what concerns several lines, no line
        place = (name + ':%d: ' % line if line else 'settings: ') + (where + (' ' if where.endswith(']') else ': ') if where else '')
        found = [x for x in found if x.startswith(place + message) or (not line and place.split(': ', 1)[1] + message in x)]
    t.check('78: %.60r: %s' % (text, message), done.returncode == 78 and found, (done.returncode, said[-500:]))


def configuration(spool):
    host = os.path.join(spool.top, b'host.ini')
    good = read(spool.at(b'spool.ini'))
    for case in HOST:
        write(host, case[0].encode())
        one_error(spool, os.fsdecode(host), ['config', 'check', '--config', host], case)
    for case in SPOOL:
        write(spool.at(b'spool.ini'), good + case[0].encode())
        line = good.count(b'\n') + case[1] if case[1] else case[1]
        one_error(spool, os.fsdecode(spool.at(b'spool.ini')), ['config', 'check'], (case[0], line) + case[2:])
    write(spool.at(b'spool.ini'), good)
    for what, make, message in [
            ('a folder', lambda: os.mkdir(host), 'is no regular file'),
            ('a FIFO', lambda: os.mkfifo(host), 'is no regular file'),
            ('not there', lambda: None, 'cannot be opened: No such file'),
            ('written by others', lambda: (write(host, b''), os.chmod(host, 0o666)), 'may be written by everybody (mode 0666)'),
            ('written by the group', lambda: (write(host, b''), os.chmod(host, 0o660)), 'may be written by its group (mode 0660)'),
            ('2 MiB', lambda: write(host, b'#' * (2 << 20)), 'is larger than ')]:
        (os.rmdir if os.path.isdir(host) else lambda p: os.path.exists(p) and os.unlink(p))(host)
        make()
        for program, more in ((SPOOLCTL, ['config', 'check']), (EXTRACTD, ['--once'])):
            done = run(program, '--spool', spool.path, '--config', host, *more)
            told.append(done.stderr.decode())
            t.check('78: %s: the configuration is %s' % (os.path.basename(program), what),
                    done.returncode == 78 and (os.fsdecode(host) + ':').encode() in done.stderr and message.encode() in done.stderr,
                    (done.returncode, done.stderr[-300:]))
    every_message()


def every_message():
    """Each text of the sources that is told to a person was told above."""
    said, seen = '\n'.join(told), 0
    for source in SOURCES:
        code = re.sub(r'/\*.*?\*/', '', read(os.path.join(TOP, source)).decode(), flags=re.S)
        for call in re.finditer(r'(?:ini_scan_problem|problem|wrong|report|buf_fmt|buf_str)\((?:why|&why|s|l|arg|report)\b[^;]*?;', code, re.S):
            whole = re.sub(r'"\s+"', '', call.group(0))
            for text in re.findall(r'"((?:[^"\\]|\\.)*)"', whole):
                text = text.replace('\\"', '"').replace('\\\\', '\\')
                # the longest piece between what is filled in
                piece = max(re.split(r'%[-.*0-9]*(?:zu|llu|[a-zA-Z])|"PRI[a-z0-9]+"', text), key=len)
                if len(piece) < 8 or any(b.strip() in text for b in BEYOND):
                    continue
                seen += 1
                t.check('message: %s: %s' % (os.path.basename(source), piece), piece in said)
    t.check('messages: that many were found in the sources', seen > 55, seen)


# ---- exit codes ----

def codes(spool):
    top = spool.top
    file, none = os.path.join(top, b'file'), os.path.join(top, b'none')
    write(file, b'x')
    for program, more in ((SPOOLCTL, ['status']), (EXTRACTD, []), (SPOOLD, [])):
        run(program, *more, code=64)
        run(program, '--spool', spool.path, '--nonsense', *more, code=64)
        run(program, '--spool', none, *more, code=69)
        run(program, '--spool', file, *more, code=69)
        run(program, '--version', code=0)
        run(program, '--help', code=0)
    run(SPOOLD, '--spool', spool.path, '--config', none, code=78)
    run(SPOOLD, '--spool', spool.path, 'word', code=64)
    # The port is another program's.
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        s.listen(1)
        page = os.path.join(top, b'page.ini')
        write(page, b'[page]\nlisten = 127.0.0.1:%d\n' % s.getsockname()[1])
        run(SPOOLD, '--spool', spool.path, '--config', page, code=71)
    # Each command: superfluous or missing words, unknown options.
    names = re.findall(r'^  ([a-z]+) +\S', run(SPOOLCTL, '--help').stdout.decode().split('Commands:')[1].split('--spool DIR')[0], re.M)
    t.check('commands: all are found in --help', len(names) >= 19 and 'mcp' in names and 'help' in names, names)
    for name in names:
        run(SPOOLCTL, name, '--help', code=0)
        run(SPOOLCTL, 'help', name, code=0)
        run(SPOOLCTL, '--spool', spool.path, name, '--no-such-option', code=64)
        if name not in ('help', 'init'):
            run(SPOOLCTL, name, *{'config': ['show'], 'submit': [file], 'export': [none], 'show': ['x'], 'text': ['x'], 'cancel': ['x'],
                                  'retry': ['x'], 'drain': ['h']}.get(name, []), code=64)
    with open('/dev/full', 'wb') as full:
        done = subprocess.run([SPOOLCTL, '--spool', spool.path, 'status'], stdout=full, stderr=subprocess.PIPE, timeout=20)
        t.equal('74: stdout is full', done.returncode, 74)
    run(SPOOLCTL, '--spool', spool.path, 'submit', none, code=74)
    run(SPOOLCTL, '--spool', spool.path, 'show', 'x.pdf', code=1)
    os.makedirs(spool.at(b'done'), exist_ok=True)
    write(spool.at(b'done/x.pdf'), b'%PDF')
    run(SPOOLCTL, '--spool', spool.path, 'text', 'x.pdf', code=65)
    run(SPOOLCTL, '--spool', spool.path, 'audit', code=1)
    os.unlink(spool.at(b'done/x.pdf'))
    run(SPOOLCTL, '--spool', spool.path, 'audit', code=0)
    if os.geteuid() == 0:
        # As a user who may read and not write: 77 for what changes, and 75 where not all can be read.
        os.chmod(top, 0o755)
        write(spool.pending(b'w.pdf'), b'%PDF')
        nobody = {'user': 65534, 'group': 65534, 'extra_groups': []}
        run(SPOOLCTL, '--spool', spool.path, 'pause', code=77, **nobody)
        run(SPOOLCTL, '--spool', spool.path, 'cancel', 'w.pdf', code=77, **nobody)
        os.mkdir(spool.pending(b'shut'), 0o700)
        done = run(SPOOLCTL, '--spool', spool.path, 'status', code=75, **nobody)
        t.check('75: it says that counts are too small', b'too small' in done.stderr, done.stderr)
        done = run(EXTRACTD, '--spool', spool.path, '--once', **nobody)
        t.equal('69: extractd that may not write', done.returncode, 69)
    else:
        t.skip('77 and 75 as another user', 'not root')


def main():
    with Spool(name='exits') as spool:
        configuration(spool)
        codes(spool)
    t.finish()


if __name__ == '__main__':
    main()
