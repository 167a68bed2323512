#!/usr/bin/env python3
"""What spoold tells others: a real spoold beside a real extractd, and receivers of its messages on loopback, which refuse, are
away, and come back; the command that is run for a folder that is done. Nothing is lost or told twice over kill -9.

usage: hooks.py            all that takes less than half a minute
       hooks.py --kills N [--seed S]   spoold is killed N times at random moments instead, while folders come to their end
BUILD in the environment: the folder with the programs (default: build)
"""
import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'scenario'))

from spoold import launch  # noqa: E402
from spooltest import BUILD, Checks, Spool, drop, pdf, read, until  # noqa: E402

KEY = bytes(range(32))
HOSTILE = b'$(touch evil);"\n`touch evil`<!channel> @everyone *b*'
SHOWN = HOSTILE.decode().replace('\n', '%0A')
SPOOLD = os.path.join(BUILD, 'spoold')


class Receiver:
    """Takes messages on loopback: (path, headers, body, status that was answered), in the order of their coming."""

    def __init__(self):
        self.got, self.status, self.lock = [], {}, threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                with outer.lock:
                    status = outer.status.get(self.path, 200)
                    outer.got.append((self.path, dict(self.headers), body, status))
                self.send_response(status)
                if status == 302:
                    self.send_header('Location', '/elsewhere')
                self.send_header('Content-Length', '5')
                self.end_headers()
                self.wfile.write(b'fine\n' if status == 200 else b'nope\n')

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def tries(self, path, kind=None):
        """(headers, body, status) of a receiver; of one kind of message."""
        with self.lock:
            found = [(h, json.loads(b), s) for p, h, b, s in self.got if p == path]
        return [t for t in found if kind is None or t[1].get('type') == kind]

    def taken(self, kind, path='/ops'):
        return [t for t in self.tries(path, kind) if t[2] == 200]

    def raw(self, path):
        with self.lock:
            return [(h, b, s) for p, h, b, s in self.got if p == path]

    def answer(self, path, status):
        with self.lock:
            self.status[path] = status


class Daemon:
    """A spoold that has somebody to tell."""

    def __init__(self, spool, config):
        self.log = open(os.path.join(spool.top, b'spoold.log'), 'ab')
        self.process, self.port = launch(spool, config, self.log.write, stdout=subprocess.DEVNULL)
        threading.Thread(target=self.copy_log, daemon=True).start()

    def copy_log(self):
        for line in self.process.stderr:
            self.log.write(line)
            self.log.flush()

    def get(self, path):
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=20)
        c.request('GET', path)
        body = c.getresponse().read()
        c.close()
        return body

    def metric(self, name, receiver):
        for line in self.get('/metrics').decode().splitlines():
            if line.startswith('pdfspool_messages_%s{receiver="%s"}' % (name, receiver)):
                return int(line.split()[-1])
        return None

    def webhooks(self):
        return next(x for x in json.loads(self.get('/api/v1/health'))['checks'] if x['name'] == 'webhooks')

    def ready(self):
        return until(lambda: self.get('/readyz') == b'ready\n', 20, 0.1)

    def stop(self, sig=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(sig)
        return self.process.wait(20)


def configure(spool, receiver):
    """The file of spoold's host. Its command notes the folder as bytes, and what it was given to read."""
    secret, config = os.path.join(spool.top, b'key'), os.path.join(spool.top, b'host.ini')
    with open(secret, 'w', encoding='ascii') as f:
        f.write('whsec_%s\n' % base64.b64encode(KEY).decode())
    os.chmod(secret, 0o600)
    top = os.fsdecode(spool.top)
    hook = 'url = http://127.0.0.1:%d/%%s\n' % receiver.port
    with open(config, 'w', encoding='utf-8') as f:
        f.write('[alerts]\nhold = 300ms\nfolder_quiet = 300ms\ndigest = 500ms\nretry_first = 200ms\nretry_longest = 1s\n'
                'state_folder = %s/state\n' % top +
                "on_folder_done = 'cd %s && printf \"%%s\" \"$PDFSPOOL_FOLDER\" >folder && cat >>runs && test -e fit'\n" % top +
                '[webhook:ops]\nsecret_file = %s/key\n' % top + hook % 'ops' +
                '[webhook:chat]\nformat = slack\nevents = folder_done\n' + hook % 'chat' +
                '[webhook:club]\nformat = discord\nevents = folder_done, paused\n' + hook % 'club')
    return config


def signed(headers, body):
    """Does the signature hold, as a receiver would check it?"""
    signature = base64.b64encode(hmac.new(KEY, b'%s.%s.%s' % (headers['webhook-id'].encode(), headers['webhook-timestamp'].encode(),
                                                              body), hashlib.sha256).digest()).decode()
    return headers['webhook-signature'] == 'v1,' + signature and abs(time.time() - int(headers['webhook-timestamp'])) < 300


def runs(spool):
    try:
        return [json.loads(line) for line in read(os.path.join(spool.top, b'runs')).splitlines()]
    except FileNotFoundError:
        return []


def folder_is_done(c, spool, receiver):
    """A folder with a hostile name: told once, in all forms; the command is run until it says that all is well."""
    os.mkdir(spool.pending(HOSTILE))
    drop(spool.pending(HOSTILE, b'a.pdf'), pdf('text', words='one'))
    drop(spool.pending(HOSTILE, b'b.pdf'), b'this is no PDF')
    if not c.check('a folder is done: told', until(lambda: receiver.taken('folder_done'), 25)):
        return
    message = receiver.taken('folder_done')[0][1]
    event = message['data']['events'][0]
    c.equal('which, and what is in it', (event['folder'], event['documents']['done'], event['documents']['failed']), (SHOWN, 1, 1))
    c.check('the command is tried until it says that all is well', until(lambda: len(runs(spool)) >= 2, 10))
    with open(os.path.join(spool.top, b'fit'), 'w', encoding='ascii'):
        pass
    count = -1
    while count != len(runs(spool)):
        count = len(runs(spool))
        time.sleep(1.5) # above retry_longest and its jitter
    c.equal('each time for the same event', len({json.dumps(r) for r in runs(spool)}), 1)
    c.equal('it has the name as bytes', read(os.path.join(spool.top, b'folder')), HOSTILE)
    c.equal('and as JSON', (runs(spool)[0]['folder'], runs(spool)[0]['documents']['failed']), (SHOWN, 1))
    c.check('and none of it was taken for a command', not any(b'evil' in f for _, _, f in os.walk(spool.top) for f in f))
    until(lambda: receiver.tries('/chat') and receiver.tries('/club'), 5)
    slack, discord = receiver.tries('/chat')[0][1], receiver.tries('/club')[0][1]
    c.check('for Slack: no mention, no mark-up', '<' not in slack['text'] and '&lt;!channel&gt;' in slack['text'] and
            slack['mrkdwn'] is False, slack)
    c.check('for Discord: neither', discord['allowed_mentions'] == {'parse': []} and '\\@everyone \\*b\\*' in discord['content'],
            discord)


def host_dies(c, spool, worker, receiver, daemon):
    """A host that is killed is told of, once; and that it is back. A disk that stood still before may have made it silent, too."""
    def told(kind):
        return [t[1]['data']['events'][0] for t in receiver.taken(kind)]

    def page():
        return [a['kind'] for a in json.loads(daemon.get('/api/v1/overview'))['alerts']]
    until(lambda: 'host_silent' not in page() and len(told('host_silent')) == len(told('host_silent.over')), 10)
    before, back = len(told('host_silent')), len(told('host_silent.over'))
    worker.kill_all()
    c.check('a host is killed: silent', until(lambda: len(told('host_silent')) > before, 15))
    c.check('the page says so too', 'host_silent' in page())
    c.equal('in one message', [e['host'] for e in told('host_silent')[before:]], ['alpha'])
    worker = spool.start(host='alpha')
    c.check('it is started again: back', until(lambda: len(told('host_silent.over')) > back, 15))
    c.equal('in words', told('host_silent.over')[-1]['message'], 'alpha is back')
    return worker


def receiver_fails(c, spool, receiver, daemon):
    """Who answers 500 gets the same message again, until it is taken."""
    receiver.answer('/ops', 500)
    spool.ctl('pause')
    c.check('a message is refused, three times', until(lambda: len(receiver.tries('/ops', 'paused')) >= 3, 15))
    health = daemon.webhooks()
    c.check('health says whom and why', not health['ok'] and 'ops' in health['message'] and 'HTTP 500' in health['message'], health)
    c.check('metrics count it', daemon.metric('failed_total', 'ops') >= 3 and daemon.metric('waiting', 'ops') == 1)
    c.check('another receiver has its own by now', any('paused' in t[1]['content'] for t in receiver.tries('/club')))
    receiver.answer('/ops', 302)
    before = len(receiver.tries('/ops', 'paused'))
    until(lambda: len(receiver.tries('/ops', 'paused')) > before, 10)
    c.equal('no redirect is followed', receiver.raw('/elsewhere'), [])
    receiver.answer('/ops', 200)
    c.check('then it is taken', until(lambda: receiver.taken('paused'), 15))
    tries = receiver.tries('/ops', 'paused')
    c.equal('each try had the same id and the same body', (len({t[0]['webhook-id'] for t in tries}),
                                                           len({json.dumps(t[1]) for t in tries})), (1, 1))
    c.equal('it is not sent again', len(receiver.taken('paused')), 1)
    c.check('health is well', until(lambda: daemon.webhooks()['ok'], 5))
    c.check('nothing waits', daemon.metric('waiting', 'ops') == 0)


def killed(c, spool, config, receiver, daemon):
    """spoold is killed while a message waits; a document comes and is done while there is no spoold."""
    told = len(receiver.taken('folder_done'))
    receiver.answer('/ops', 503)
    spool.ctl('resume')
    c.check('a message waits', until(lambda: receiver.tries('/ops', 'paused.over'), 15))
    daemon.stop(signal.SIGKILL)
    finished = spool.finished()
    drop(spool.pending(HOSTILE, b'late.pdf'), pdf('text', words='late'))
    c.check('the worker goes on without spoold', spool.wait_finished(finished + 1, 15))
    receiver.answer('/ops', 200)
    daemon = Daemon(spool, config)
    c.check('killed with -9 and started again: it arrives', until(lambda: receiver.taken('paused.over'), 15))
    c.equal('with its id', len({t[0]['webhook-id'] for t in receiver.tries('/ops', 'paused.over')}), 1)
    c.check('the folder is done once more', until(lambda: len(receiver.taken('folder_done')) > told, 20))
    c.equal('with what has come', receiver.taken('folder_done')[-1][1]['data']['events'][0]['documents']['done'], 2)
    return daemon


def restarted(c, spool, config, receiver, daemon):
    """A restart tells nothing anew."""
    until(lambda: len({r['id'] for r in runs(spool)}) == 2, 10)
    time.sleep(0.5)
    before, ran = len(receiver.raw('/ops')), len(runs(spool))
    c.equal('it ends well', daemon.stop(), 0)
    daemon = Daemon(spool, config)
    c.check('it is ready', daemon.ready())
    time.sleep(3) # above all times that it may take
    c.equal('nothing is told anew', (receiver.raw('/ops')[before:], len(runs(spool))), ([], ran))
    c.equal('each folder was told as often as it was done', len({t[0]['webhook-id'] for t in receiver.taken('folder_done')}), 2)
    return daemon


def trial(c, spool, config, receiver):
    """spoold --test-alert."""
    def ask(name):
        done = subprocess.run([SPOOLD, '--spool', spool.path, '--config', config, '--test-alert', name], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=20)
        return done.returncode, done.stdout.decode() + done.stderr.decode()
    c.equal('--test-alert: taken', ask('ops'), (0, 'ops: HTTP 200: it was taken: fine \n'))
    c.equal('its type is its own', len(receiver.taken('test')), 1)
    receiver.answer('/ops', 418)
    c.equal('not taken', ask('ops'), (1, 'ops: HTTP 418: it was not taken: nope \n'))
    code, said = ask('nobody')
    c.check('to nobody', code == 64 and 'ops, chat, club' in said, said)
    port = receiver.port
    receiver.server.shutdown()
    receiver.server.server_close()
    code, said = ask('chat')
    c.check('to nobody who listens', code == 1 and 'no answer' in said and str(port) not in said, said)
    code, out, _ = spool.ctl('--config', os.fsdecode(config), 'config', 'show')
    c.check('config show keeps the address to itself', code == 0 and b'[webhook:chat]' in out and b'127.0.0.1:%d' % port not in out)


def second(c, spool, config):
    """Two of them would tell everything twice."""
    other = subprocess.run([SPOOLD, '--spool', spool.path, '--config', config, '--www', os.path.join(ROOT, 'www'), '--listen',
                            '127.0.0.1:0'], stderr=subprocess.PIPE, timeout=20)
    c.check('a second spoold of the same state folder does not start', other.returncode == 78 and
            b'another spoold uses this state_folder' in other.stderr, other.stderr)


def run(c, spool):
    receiver = Receiver()
    config = configure(spool, receiver)
    daemon = Daemon(spool, config)
    try:
        worker = spool.start(host='alpha')
        c.check('spoold is ready', daemon.ready())
        folder_is_done(c, spool, receiver)
        second(c, spool, config)
        worker = host_dies(c, spool, worker, receiver, daemon)
        receiver_fails(c, spool, receiver, daemon)
        daemon = killed(c, spool, config, receiver, daemon)
        daemon = restarted(c, spool, config, receiver, daemon)
        c.check('all that came was signed', all(signed(h, b) for h, b, _ in receiver.raw('/ops')))
        c.equal('and of kinds that were asked for', {t[1]['type'] for t in receiver.tries('/ops')},
                {'folder_done', 'host_silent', 'host_silent.over', 'paused', 'paused.over'})
        trial(c, spool, config, receiver)
        c.equal('it ends well, with nobody to take its messages', daemon.stop(), 0)
    finally:
        daemon.stop(signal.SIGKILL)
    c.equal('the audit is clean', spool.ctl('audit')[0], 0)


def kills(c, spool, n, chance):
    """spoold is killed n times, each time within a second; a folder comes each time. Each is told, under one id, and run for."""
    receiver = Receiver()
    config = configure(spool, receiver)
    with open(os.path.join(spool.top, b'fit'), 'w', encoding='ascii'):
        pass
    daemon = Daemon(spool, config)
    daemon.ready()
    spool.start(host='alpha')
    try:
        for i in range(n):
            os.mkdir(spool.pending(b'box %d' % i))
            drop(spool.pending(b'box %d' % i, b'a.pdf'), pdf('text', words='box'))
            receiver.answer('/ops', chance.choice((200, 200, 500)))
            time.sleep(chance.random() * 4)
            daemon.stop(signal.SIGKILL)
            daemon = Daemon(spool, config)
        receiver.answer('/ops', 200)

        def told():
            ids = {}
            for headers, body, status in receiver.tries('/ops', 'folder_done'):
                for e in body['data']['events'] if status == 200 else ():
                    ids.setdefault(e['folder'], set()).add((headers['webhook-id'], e['id']))
            return ids
        c.check('each folder was told', until(lambda: len(told()) == n, 40, 0.3), sorted(told()))
        c.check('under one id', all(len(ids) == 1 for ids in told().values()), told())
        until(lambda: len({r['folder'] for r in runs(spool)}) == n, 20)
        c.equal('the command was run for each, under one id', (len({r['folder'] for r in runs(spool)}),
                                                               len({r['id'] for r in runs(spool)})), (n, n))
        taken = [h['webhook-id'] for h, _, s in receiver.tries('/ops') if s == 200]
        c.note('%d kills: %d messages, taken %d times; %d folders, %d runs' % (n, len(set(taken)), len(taken), n, len(runs(spool))))
    finally:
        daemon.stop(signal.SIGKILL)


def main():
    c = Checks()
    if len(sys.argv) > 2 and sys.argv[1] == '--kills':
        seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 30)
        c.note('seed %d' % seed)
        with Spool({'spool.beat_interval': '500ms'}, name='hooks') as spool:
            kills(c, spool, int(sys.argv[2]), random.Random(seed))
        c.finish()
    with Spool({'spool.beat_interval': '1s', 'spool.self_stop': '4s', 'spool.lease_timeout': '9s'}, name='hooks') as spool:
        run(c, spool)
    c.finish()


if __name__ == '__main__':
    main()
