#!/usr/bin/env python3
"""Goal: 'spoolctl mcp' speaks each revision of the protocol as transcripts/ has it, and nothing else on stdout; each tool does
what it says and answers by its own schema; what the command line does not allow cannot be done; no path leads out of the
tree or the allowed folders; hostile texts come out harmless; long sessions, huge lines and a share that hangs are borne.

usage: mcp.py    BUILD in the environment: the folder with the programs (default: build)
"""
import glob
import json
import os
import select
import signal
import subprocess
import time

import jsonschema

from spooltest import Checks, SPOOLCTL, Spool, below, files_below, read, sha256, until, write

HERE = os.path.dirname(os.path.abspath(__file__))
META = {'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {}}
LOOKING = ['spool_status', 'spool_list', 'spool_failed', 'spool_text']
LINE_MAX = 1024 * 1024

t = Checks()


class Server:
    """spoolctl mcp on a spool, and its client."""

    def __init__(self, spool, *options, env=None):
        self.child = subprocess.Popen([SPOOLCTL, '--spool', spool.path, 'mcp'] + list(options), stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                                      env=dict(os.environ, **(env or {})))
        self.data, self.count, self.tools = b'', 0, {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        for f in (self.child.stdin, self.child.stdout, self.child.stderr):
            f.close()
        self.child.wait()

    def send(self, message):
        line = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.child.stdin.write(line + b'\n')

    def line(self, seconds=15):
        """The next line, parsed; None when there is none in time, or the end."""
        end = time.monotonic() + seconds
        while b'\n' not in self.data:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.child.stdout], [], [], left)[0]:
                return None
            got = os.read(self.child.stdout.fileno(), 1 << 20)
            if not got:
                return None
            self.data += got
        line, self.data = self.data.split(b'\n', 1)
        return json.loads(line.decode('utf-8'))

    def ask(self, method, seconds=15, **params):
        self.count += 1
        self.send({'jsonrpc': '2.0', 'id': self.count, 'method': method, 'params': dict(params, _meta=META)})
        answer = self.line(seconds)
        return answer if answer and answer.get('id') == self.count else {'error': 'no answer: %r' % (answer,)}

    def call(self, tool, seconds=15, **arguments):
        """(what it said, None) or (None, why not). What it says is held against the tool's schema."""
        answer = self.ask('tools/call', seconds, name=tool, arguments=arguments)
        if 'result' not in answer:
            return None, answer['error']
        result = answer['result']
        text = result['content'][0]['text']
        if result['isError']:
            return None, text
        if tool not in self.tools:
            self.tools = {x['name']: x for x in self.ask('tools/list')['result']['tools']}
        jsonschema.Draft202012Validator(self.tools[tool]['outputSchema']).validate(result['structuredContent'])
        assert json.loads(text) == result['structuredContent'], text
        return result['structuredContent'], None

    def end(self, seconds=10):
        """Close stdin: the exit code, and what was said on stderr."""
        self.child.stdin.close()
        try:
            code = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            return 'still there', b''
        return code, self.child.stderr.read()


def publish(spool, folder, name, text=None, record=None):
    """What a worker leaves: a PDF, its text, its record."""
    top = spool.at(folder)
    os.makedirs(top, exist_ok=True)
    stem = os.path.join(top, name[:-4] if name.endswith(b'.pdf') else name)
    data = b'%PDF-1.4 ' + folder + name
    path = (folder + b'/' + name).split(b'/', 2 if folder.startswith(b'failed') else 1)[-1]
    facts = {'path': path.decode('latin-1'), 'document': 'd-%d' % len(glob.glob(os.fsdecode(top) + '/*')), 'claim': 'c-1',
             'attempt': 1, 'sha256': sha256(data), 'size': len(data)}
    if text is None:
        facts.update({'outcome': 'failed', 'class': folder.split(b'/')[1].decode(), 'host': 'alpha',
                      'ended': '2026-11-22T10:00:00.000Z'}, **(record or {}))
    else:
        write(stem + b'.txt', text)
        facts.update({'outcome': 'ok', 'text_sha256': sha256(text), 'text_bytes': len(text), 'page_count': text.count(b'\f')})
    write(os.path.join(top, name), data)
    write(stem + b'.json', json.dumps(facts).encode())


def furnish(spool):
    publish(spool, b'done', b'plain.pdf', b'first page\fsecond page\f')
    publish(spool, b'done/sub', b'many.pdf', MIXED)
    publish(spool, b'done', b'hostile.pdf', HOSTILE)
    for n in (b'one.pdf', b'two.pdf'):
        publish(spool, b'failed/corrupt', n, record={'message': 'no objects\x1b[31m found'})
    publish(spool, b'failed/encrypted', b'locked.pdf')
    write(spool.pending(b'waits.pdf'), b'%PDF-1.4 waiting')


# Characters of one to four bytes, so that a border falls into each of them at some limit.
MIXED = ('aä€😀' * 12 + '\f').encode()
HOSTILE = (b'\x1b[2J\x1b]0;title\x07red\x00nul \xc2\x9b31m\x7f \xe2\x80\xaeevil\xe2\x80\xa8line \xff\xfe '
           b'\xf3\xa0\x81\x89\xf3\xa0\x81\xa7tags ok\ttab\nline\f')
CLEAN = '[2J]0;titlerednul 31m evilline \ufffd\ufffd tags ok\ttab\nline\f'


# ---- transcripts ----

def fits(got, want):
    """Is all of want in got? '...' stands for any text or list that is not empty."""
    if want == '...':
        return isinstance(got, (str, list)) and len(got) > 0
    if isinstance(want, dict):
        return isinstance(got, dict) and all(k in got and fits(got[k], v) for k, v in want.items())
    if isinstance(want, list):
        return isinstance(got, list) and len(got) == len(want) and all(map(fits, got, want))
    return type(got) is type(want) and got == want


def key(answer):
    return json.dumps([a.get('id') for a in answer] if isinstance(answer, list) else answer.get('id'))


def transcripts(spool):
    for path in sorted(glob.glob(os.path.join(HERE, 'transcripts', '*.txt'))):
        name = os.path.basename(path)[:-4]
        lines = read(path).decode().splitlines()
        asked = [x[2:].encode() for x in lines if x.startswith('> ')]
        wanted = [json.loads(x[2:]) for x in lines if x.startswith('< ')]
        with Server(spool) as s:
            # One after the other up to initialize, as clients must; then all at once.
            first = next((i + 1 for i, a in enumerate(asked) if b'"initialize"' in a), 0)
            answers = []
            for a in asked[:first]:
                s.send(a)
                answers.append(s.line())
            for a in asked[first:]:
                s.send(a)
            code, said = s.end()
            while (answer := s.line(1)) is not None:
                answers.append(answer)
        t.equal('%s: ends well, and is silent on stderr' % name, (code, said), (0, b''))
        t.equal('%s: an answer to each request, and none to anything else' % name, sorted(map(key, answers)),
                sorted(map(key, wanted)))
        for want in wanted:
            got = [a for a in answers if key(a) == key(want)]
            t.check('%s: answer to %s' % (name, key(want)), any(fits(g, want) for g in got), got)
        text = json.dumps(answers)
        modern, structured = name >= '2026', name >= '2025-06-18'
        t.equal('%s: only what that revision has' % name,
                ('resultType' in text, 'ttlMs' in text, 'structuredContent' in text, 'outputSchema' in text, 'readOnlyHint' in text),
                (modern, modern, structured, structured, name >= '2025-03-26'))
    t.check('transcripts of each revision', len(glob.glob(os.path.join(HERE, 'transcripts', '*.txt'))) == 5)


def strange_lines(spool):
    with Server(spool) as s:
        for what, line, code in [
                ('no JSON', b'{"jsonrpc":', -32700), ('a scalar', b'5', -32700), ('bad UTF-8', b'{"a":"\xff"}', -32700),
                ('a name twice', b'{"id":1,"id":2}', -32700), ('no jsonrpc', b'{"id":1,"method":"ping"}', -32600),
                ('no method', b'{"jsonrpc":"2.0","id":1}', -32600), ('id null', b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
                ('id 1.5', b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600),
                ('params an array', b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32600),
                ('deep', b'[' * 100000, -32700), ('one byte too long', b'"' + b'x' * LINE_MAX, -32600),
                ('three times too long', b'x' * (3 * LINE_MAX), -32600)]:
            s.send(line)
            answer = s.line()
            t.equal('line: %s' % what, answer and answer.get('error', {}).get('code'), code)
            t.check('line: %s: an id that cannot be is not given back' % what,
                    answer and ('id' not in answer or answer['id'] == 1), answer)
        s.send(b'\n \r\n')
        t.equal('line: after all that the next is read', 'result' in s.ask('tools/list'), True)
        big = {'jsonrpc': '2.0', 'id': 'i' * 1000, 'method': 'ping'}
        s.send(json.dumps(big).encode().ljust(LINE_MAX))
        t.equal('line: the longest', s.line(), {'jsonrpc': '2.0', 'id': 'i' * 1000, 'result': {}})
        s.child.stdin.write(b'{"jsonrpc":"2.0","id":7,"method":"ping"}')
        code, _ = s.end()
        t.equal('line: the last one without its newline', (code, s.line(1)), (0, {'jsonrpc': '2.0', 'id': 7, 'result': {}}))


# ---- tools ----

def looking(spool):
    with Server(spool) as s:
        t.equal('tools: without options those that look', [x['name'] for x in s.ask('tools/list')['result']['tools']], LOOKING)
        for tool in s.ask('tools/list')['result']['tools']:
            jsonschema.Draft202012Validator.check_schema(tool['inputSchema'])
            jsonschema.Draft202012Validator.check_schema(tool['outputSchema'])
        code, status, _ = spool.ctl('status', json_=True)
        got, _ = s.call('spool_status')
        for of in (got, status):
            t.check('spool_status: the age of the oldest', of.pop('time') and 0 < of.pop('oldest_waiting_ms') < 60000)
        t.equal('spool_status: as spoolctl status', got, status)
        everything = {(d['state'], d['path']) for d in s.call('spool_list')[0]['documents']}
        t.equal('spool_list: all', everything, {
            ('pending', 'waits.pdf'), ('done', 'plain.pdf'), ('done', 'sub/many.pdf'), ('done', 'hostile.pdf'),
            ('failed', 'one.pdf'), ('failed', 'two.pdf'), ('failed', 'locked.pdf')})
        t.equal('spool_list: prefix', [d['path'] for d in s.call('spool_list', prefix='sub/')[0]['documents']], ['sub/many.pdf'])
        seen, offset = [], 0
        while offset is not None and len(seen) < 20:
            page, _ = s.call('spool_list', state='done', limit=1, offset=offset)
            seen += [d['path'] for d in page['documents']]
            offset = page['next_offset']
        t.equal('spool_list: page by page', sorted(seen), ['hostile.pdf', 'plain.pdf', 'sub/many.pdf'])
        failed, _ = s.call('spool_failed', **{'class': 'corrupt'})
        t.equal('spool_failed: by class, with the reason',
                sorted((d['path'], d['class'], d['meaning'], d['message'], d['host']) for d in failed['documents']),
                [(n, 'corrupt', 'it is too damaged to be read', 'no objects\\x1B[31m found', 'alpha') for n in ('one.pdf', 'two.pdf')])
        t.equal('spool_failed: all', len(s.call('spool_failed', limit=100)[0]['documents']), 3)
        for path, why in [('one.pdf', 'its state is: failed'), ('waits.pdf', 'its state is: pending'), ('no.pdf', 'no document')]:
            said = s.call('spool_text', path=path)[1]
            t.check('spool_text: %s: %s' % (path, why), why in (said or ''), said)
        t.check('spool_text: a page that is not there', 'has 2 pages' in s.call('spool_text', path='plain.pdf', page=3)[1])
        t.check('spool_text: beyond the end', 'has 23 bytes' in s.call('spool_text', path='plain.pdf', offset=24)[1])
        t.equal('spool_text: at the end', s.call('spool_text', path='plain.pdf', offset=23)[0]['text'], '')
        for path in ('done/plain.pdf', 'plain%2Epdf'):
            t.equal('spool_text: %s is the same document' % path, s.call('spool_text', path=path)[0]['total_bytes'], 23)


def paging(spool):
    with Server(spool) as s:
        for limit in (4, 5, 6, 7, 97, 20000):
            text, offset, turns = '', 0, 0
            while offset is not None and turns < 100:
                piece, why = s.call('spool_text', path='sub/many.pdf', offset=offset, limit=limit)
                assert piece, why
                text, offset, turns = text + piece['text'], piece['next_offset'], turns + 1
            t.check('spool_text: pieces of %d bytes, all of it in %d' % (limit, turns), text == MIXED.decode(), text[:80])
        piece, _ = s.call('spool_text', path='hostile.pdf')
        t.equal('spool_text: hostile', (piece['text'], piece['untrusted']), (CLEAN, True))


def arguments(spool):
    with Server(spool) as s:
        for tool, args, why in [
                ('spool_text', {}, 'path: it is missing.'),
                ('spool_text', {'path': 5}, 'path: a string that is not empty is wanted.'),
                ('spool_text', {'path': ''}, 'path: a string that is not empty is wanted.'),
                ('spool_text', {'path': 'plain.pdf', 'limit': 20001}, 'limit: an integer from 4 to 20000 is wanted.'),
                ('spool_text', {'path': 'plain.pdf', 'limit': 3}, 'limit: an integer from 4 to 20000 is wanted.'),
                ('spool_text', {'path': 'plain.pdf', 'offset': -1}, 'offset: an integer from 0 to 1000000000 is wanted.'),
                ('spool_text', {'path': 'plain.pdf', 'offset': 1.5}, 'offset: an integer from 0 to 1000000000 is wanted.'),
                ('spool_text', {'path': 'plain.pdf', 'offset': 1e300}, 'offset: an integer from 0 to 1000000000 is wanted.'),
                ('spool_text', {'path': 'plain.pdf', 'offset': '0'}, 'offset: an integer from 0 to 1000000000 is wanted.'),
                ('spool_text', {'path': 'plain.pdf', 'follow\x1b': True}, 'follow\\x1B: there is no such argument.'),
                ('spool_status', {'x': 1}, 'x: there is no such argument.'),
                ('spool_list', {'state': 'gone'}, 'state: one of pending, waiting, claimed, sealed, done, failed is wanted.'),
                ('spool_failed', {'class': 'ok'}, 'class: a class of failure is wanted, as spool_status names them.')]:
            t.equal('arguments: %s %r' % (tool, args), s.call(tool, **args), (None, why))
        t.equal('arguments: 0.0 is an integer', s.call('spool_text', path='plain.pdf', offset=0.0)[0]['offset'], 0)


def escapes(spool):
    secret = os.path.join(spool.top, b'secret.txt')
    write(secret, b'secret\f')
    write(os.path.join(spool.top, b'secret.pdf'), b'%PDF-1.4 secret')
    os.symlink(spool.top, spool.at(b'done/out'))
    os.symlink(secret, spool.at(b'done/linked.txt'))
    write(spool.at(b'done/linked.pdf'), b'%PDF-1.4')
    before = sorted(files_below(spool.path))
    with Server(spool, '--allow-changes', '--allow-submit', os.path.join(spool.top, b'none')) as s:
        t.equal('an allowed folder that is not there: refused', s.end()[0], 64)
    with Server(spool, '--allow-changes') as s:
        for path in ('../secret.pdf', 'sub/../../secret.pdf', '%2E%2E/%2E%2E/secret.pdf', '%2E%2E/secret.pdf', '/etc/passwd',
                     'done/../../secret.pdf', 'done/%2E%2E/%2E%2E/secret.pdf', 'failed/corrupt/../../../secret.pdf',
                     'out/secret.pdf', 'done/out/secret.pdf', 'linked.pdf', './plain.pdf', 'a//b', 'x' * 5000, '%00', '.'):
            got, why = s.call('spool_text', path=path)
            t.check('spool_text leads nowhere: %.60s' % path, got is None and ('no document' in why or 'cannot be read' in why),
                    (got, why))
        for path in ('../secret.pdf', '%2E%2E/%2E%2E/secret.pdf', 'failed/corrupt/../../../secret.pdf'):
            t.equal('spool_retry, spool_cancel lead nowhere: %s' % path,
                    (s.call('spool_retry', path=path, dry_run=False)[0], s.call('spool_cancel', path=path)[0]), (None, None))
    t.equal('nothing was touched', sorted(files_below(spool.path)), before)
    for n in (b'out', b'linked.txt', b'linked.pdf'):
        os.unlink(spool.at(b'done', n))
    t.equal("spoolctl text leads nowhere, either", spool.ctl('text', '%2E%2E/%2E%2E/secret.pdf')[0], 1)


def submitting(spool):
    root, other = os.path.join(spool.top, b'scans'), os.path.join(spool.top, b'scans-secret')
    for d in (root + b'/in', other):
        os.makedirs(d)
    write(root + b'/in/report.pdf', b'%PDF-1.4 report')
    write(root + b'/.hidden.pdf', b'%PDF-1.4 hidden')
    write(root + b'/empty.pdf', b'')
    write(other + b'/x.pdf', b'%PDF-1.4 other')
    os.mkfifo(root + b'/fifo.pdf')
    os.symlink(other + b'/x.pdf', root + b'/link.pdf')
    os.symlink(other, root + b'/linked')
    real = os.path.realpath(root).decode()
    with Server(spool, '--allow-submit', root) as s:
        tools = {x['name']: x for x in s.ask('tools/list')['result']['tools']}
        t.equal('submit: listed where a folder is allowed, and names it',
                (list(tools), real in tools['spool_submit']['description']), (LOOKING + ['spool_submit'], True))
        t.equal('submit', s.call('spool_submit', path=real + '/in/report.pdf', to='lane/2026'),
                ({'path': 'lane/2026/report.pdf', 'bytes': 15}, None))
        t.equal('submit: what lies there', read(spool.pending(b'lane/2026/report.pdf')), b'%PDF-1.4 report')
        t.equal('submit: never over another', s.call('spool_submit', path=real + '/in/report.pdf', to='lane/2026')[0]['path'],
                'lane/2026/report~2.pdf')
        before = sorted(files_below(spool.path))
        for path in ['/in/../../scans-secret/x.pdf', '/../scans-secret/x.pdf', '-secret/x.pdf', '/link.pdf', '/linked/x.pdf', '/fifo.pdf',
                     '/empty.pdf', '/.hidden.pdf', '/in', '/nowhere.pdf', '', '/', '/in//report.pdf']:
            got, why = s.call('spool_submit', path=real + path)
            t.check('submit: refused: scans%s' % path, got is None and why and 'no answer' not in why, (got, why))
        for path in ('/etc/passwd', 'in/report.pdf', os.fsdecode(spool.top) + '/secret.pdf'):
            t.check('submit: refused: %s' % path, 'below an allowed folder' in s.call('spool_submit', path=path)[1])
        for to in ('../done', '/tmp', '.retry', 'a//b', 'a/..'):
            t.check('submit: refused: to %s' % to, 'to ' in (s.call('spool_submit', path=real + '/in/report.pdf', to=to)[1] or ''))
        # What was meant is the folder that was there: another in its place is none of the server's business.
        os.rename(root, root + b'-moved')
        os.symlink(other, root)
        t.check('submit: another folder in its place', s.call('spool_submit', path=real + '/x.pdf')[0] is None)
    t.equal('submit: nothing else came', sorted(files_below(spool.path)), before)


def changing(spool):
    with Server(spool, '--allow-changes') as s:
        tools = {x['name']: x['annotations'] for x in s.ask('tools/list')['result']['tools']}
        t.equal('changes: listed where they are allowed', list(tools),
                LOOKING + ['spool_retry', 'spool_cancel', 'spool_pause', 'spool_resume'])
        t.equal('changes: which are told to change, and to destroy',
                ([n for n in tools if not tools[n]['readOnlyHint']], [n for n in tools if tools[n]['destructiveHint']]),
                (['spool_retry', 'spool_cancel', 'spool_pause', 'spool_resume'], ['spool_cancel']))
        dry, _ = s.call('spool_retry', **{'class': 'corrupt'})
        t.equal('retry: without dry_run: false it only says which', (dry['dry_run'], dry['documents'], sorted(dry['sample'])),
                (True, 2, ['one.pdf', 'two.pdf']))
        t.check('retry: both or neither of path and class', all('Give either' in s.call('spool_retry', **a)[1] for a in
                                                                ({}, {'path': 'one.pdf', 'class': 'corrupt'})))
        t.check('retry: more than were expected', 'nothing was done' in
                s.call('spool_retry', dry_run=False, expect=1, **{'class': 'corrupt'})[1])
        t.equal('retry: nothing was done so far', (len(spool.failed()), spool.waiting()), (3, []))
        got, why = s.call('spool_retry', path='one.pdf', dry_run=False)
        t.equal('retry: one', (got and got['retried'], why, len(spool.failed()), len(spool.waiting())), (1, None, 2, 1))
        got, why = s.call('spool_retry', dry_run=False, expect=1, **{'class': 'corrupt'})
        t.equal('retry: the rest of its class', (got and got['retried'], got and got['not_retried'], why, len(spool.waiting())),
                (1, 0, None, 2))
        t.check('retry: one that is not there', 'no failed document' in s.call('spool_retry', path='one.pdf')[1])
        t.equal('retry: a class without any', s.call('spool_retry', dry_run=False, **{'class': 'memory'})[0]['documents'], 0)
        t.equal('cancel', s.call('spool_cancel', path='waits.pdf'), ({'cancelled': 1, 'too_late': 0}, None))
        t.check('cancel: the command is there', any(n.startswith(b'cancel.i') for n in os.listdir(spool.at(b'control'))))
        t.check('cancel: too late', 'too late' in s.call('spool_cancel', path='plain.pdf')[1])
        t.check('cancel: not there', 'no document' in s.call('spool_cancel', path='no.pdf')[1])
        t.equal('pause', (s.call('spool_pause'), s.call('spool_status')[0]['paused'], os.path.exists(spool.at(b'control/pause'))),
                (({'paused': True}, None), True, True))
        t.equal('resume', (s.call('spool_resume'), os.path.exists(spool.at(b'control/pause'))), (({'paused': False}, None), False))
    with Server(spool) as s:
        for tool in ('spool_retry', 'spool_cancel', 'spool_pause', 'spool_resume', 'spool_submit'):
            error = s.ask('tools/call', name=tool, arguments={'path': 'locked.pdf', 'dry_run': False})['error']
            t.check('without options: %s is not there' % tool, error['code'] == -32602 and 'not allowed' in error['message'], error)
    t.equal('without options: nothing was done', (len(spool.failed()), os.path.exists(spool.at(b'control/pause'))), (1, False))


# ---- a long life, a bad share ----

def descriptors(pid):
    return len(os.listdir('/proc/%d/fd' % pid))


def long_session(spool):
    with Server(spool) as s:
        s.call('spool_status')
        began, fds, good = time.monotonic(), descriptors(s.child.pid), 0
        for i in range(0, 1000, 20): # twenty at once: more than there is room for
            for k in range(20):
                s.send({'jsonrpc': '2.0', 'id': 'n%d' % (i + k), 'method': 'tools/call',
                        'params': {'_meta': META, 'name': 'spool_text', 'arguments': {'path': 'plain.pdf'}}})
            answers = {a['id'] for a in (s.line() for _ in range(20)) if a and not a['result']['isError']}
            good += answers == {'n%d' % (i + k) for k in range(20)}
        t.equal('1,000 calls: all answered', good, 50)
        t.equal('1,000 calls: descriptors, processes', (descriptors(s.child.pid), below(s.child.pid)), (fds, []))
        t.note('1,000 calls in %.1f s' % (time.monotonic() - began))
        t.equal('1,000 calls: ends well', s.end(), (0, b''))


# Opening a file of this name never returns, whatever signal comes, as on a share that does not answer: only SIGKILL helps.
SHIM = r'''
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>
int openat(int dir, const char *name, int flags, ...)
{
    va_list ap;
    va_start(ap, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
    va_end(ap);
    while (strcmp(name, "hangs.txt") == 0)
        pause();
    int (*real)(int, const char *, int, ...) = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat");
    return real(dir, name, flags, mode);
}
'''


def hanging_share(spool):
    source, shim = os.path.join(spool.top, b'shim.c'), os.path.join(spool.top, b'shim.so')
    write(source, SHIM.encode())
    subprocess.run(['cc', '-shared', '-fPIC', '-w', '-o', shim, source, '-ldl'], check=True)
    publish(spool, b'done', b'hangs.pdf', b'never read\f')

    def ask(s, name, id_):
        s.send({'jsonrpc': '2.0', 'id': id_, 'method': 'tools/call',
                'params': {'_meta': META, 'name': 'spool_text', 'arguments': {'path': name}}})

    with Server(spool, '--timeout', '400ms', env={'LD_PRELOAD': os.fsdecode(shim)}) as s:
        began = time.monotonic()
        ask(s, 'hangs.pdf', 'cancelled')
        ask(s, 'hangs.pdf', 'hung')
        t.check('hanging share: both are at work', until(lambda: len(below(s.child.pid)) == 2, 5))
        s.send({'jsonrpc': '2.0', 'method': 'notifications/cancelled', 'params': {'requestId': 'cancelled'}})
        ask(s, 'plain.pdf', 'good')
        t.equal('hanging share: another call is answered meanwhile', s.line()['id'], 'good')
        answer = s.line()
        t.check('hanging share: it is told, in time', answer['id'] == 'hung' and answer['result']['isError'] and
                'did not answer' in answer['result']['content'][0]['text'] and time.monotonic() - began < 8, answer)
        t.check('hanging share: no process stays', until(lambda: not below(s.child.pid), 5), below(s.child.pid))
        t.equal('hanging share: what was cancelled is never answered', s.line(0.3), None)
    with Server(spool, env={'LD_PRELOAD': os.fsdecode(shim)}) as s:
        ask(s, 'hangs.pdf', 1)
        until(lambda: below(s.child.pid), 5)
        children = below(s.child.pid)
        began = time.monotonic()
        s.child.send_signal(signal.SIGTERM)
        t.equal('SIGTERM ends it, with a call that hangs', s.child.wait(10), 0)
        t.check('SIGTERM: soon, and no process stays', time.monotonic() - began < 5 and
                until(lambda: not [c for c in children if os.path.exists('/proc/%d' % c.pid)], 3), children)
    with Server(spool, env={'LD_PRELOAD': os.fsdecode(shim)}) as s:
        ask(s, 'hangs.pdf', 1)
        until(lambda: below(s.child.pid), 5)
        child = below(s.child.pid)
        for c in child:
            os.kill(c.pid, signal.SIGKILL)
        answer = s.line()
        t.check('a call that dies is answered', answer and 'SIGKILL' in answer['result']['content'][0]['text'], answer)


def away(spool):
    with Server(spool) as s:
        os.rename(spool.path, spool.path + b'-away')
        said = s.call('spool_status')[1]
        t.check('the spool is away: told so', 'cannot be opened' in (said or ''), said)
        os.rename(spool.path + b'-away', spool.path)
        t.check('the spool is back: so is everything', s.call('spool_status')[0] is not None)
        s.child.stdout.close()
        s.send({'jsonrpc': '2.0', 'id': 1, 'method': 'ping'})
        t.equal('a client that does not listen any more', s.child.wait(10), 74)
        s.child.stdout = open(os.devnull, 'rb')


def command_line(spool):
    run = lambda *a, **k: subprocess.run([SPOOLCTL] + list(a), stdin=subprocess.DEVNULL, capture_output=True, timeout=20, **k)
    clean = {k: v for k, v in os.environ.items() if k != 'PDFSPOOL'}
    t.equal('mcp without a spool', run('mcp', env=clean).returncode, 64)
    for options in (['--timeout', '5'], ['--timeout', '10ms'], ['--timeout', '2h'], ['--nonsense'], ['argument'],
                    ['--allow-submit', '/nowhere/at/all'], ['--allow-submit', '/etc/passwd'], ['--allow-submit', '/'] * 17):
        done = run('--spool', os.fsdecode(spool.path), 'mcp', *options)
        t.check('mcp %s' % ' '.join(options[:3]), done.returncode == 64 and done.stdout == b'' and b'spoolctl: ' in done.stderr, done)
    t.equal('mcp at the end of its input', run('--spool', os.fsdecode(spool.path), 'mcp').returncode, 0)
    t.check('mcp --help', b'--allow-submit DIR' in run('mcp', '--help').stdout)


def main():
    with Spool(name='mcp') as spool:
        furnish(spool)
        transcripts(spool)
        strange_lines(spool)
        looking(spool)
        paging(spool)
        arguments(spool)
        command_line(spool)
        escapes(spool)
        long_session(spool)
        hanging_share(spool)
        away(spool)
        changing(spool)
        submitting(spool)
    t.finish()


if __name__ == '__main__':
    main()
