"""Prepared spools: made once per scene, copied for each run. What dead leases hold is put together by hand, name by
name, as docs/SPOOL.md says, from results that the real programs have made."""
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'scenario'))
from spooltest import BUILD, EXTRACTD, SPOOLCTL, below, pdf # noqa: E402
from judge import Document, sha # noqa: E402

HOST = 'one'
PARSER = os.path.join(BUILD, 'pdfspool-parser')
# Nothing that is tested waits for a clock: one slot (a count of calls is then the same in each run), no settling, no
# delay of retries; leases and beats that outlive a run. What other hosts did is looked for by the clock: not here.
SETTINGS = """[spool]
format = 1
settle_time = 0s
beat_interval = 5s
self_stop = 10s
lease_timeout = 30s
retry_delay = 0s
sweep_age = 1h
[worker]
slots = 1
cores = 1
poll_min = 10ms
poll_max = 20ms
janitor_interval = 20s
shutdown_grace = 100ms
[text]
duplicates = extract
[log]
log_level = debug
"""
LONG = '/'.join(c * 60 for c in 'abcd') + '/long.pdf' # encoded, it does not fit into a token


def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(data)


def extractd(top, *options, program=EXTRACTD, **keywords):
    return subprocess.run([program, '--spool', top, '--host', HOST, '--parser', PARSER, '--once', *options],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **keywords)


def spoolctl(top, *words, program=SPOOLCTL, **keywords):
    return subprocess.run([program, '--spool', top, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, **keywords)


class Tree:
    """A spool being prepared, and what was put into it."""

    def __init__(self, base, name):
        self.top, self.documents = os.path.join(base, name, 'spool'), {}
        self.base, self.ids = base, 0
        os.makedirs(os.path.dirname(self.top))
        subprocess.run([SPOOLCTL, 'init', self.top], check=True, stderr=subprocess.DEVNULL)
        put(os.path.join(self.top, 'spool.ini'), SETTINGS.encode())

    def set(self, **settings):
        """Other values than those of SETTINGS."""
        path = os.path.join(self.top, 'spool.ini')
        with open(path) as f:
            text = f.read()
        for key, value in settings.items():
            text = re.sub('(?m)^%s = .*$' % key, '%s = %s' % (key, value), text)
        put(path, text.encode())

    def add(self, text):
        """More settings, in sections of their own."""
        with open(os.path.join(self.top, 'spool.ini'), 'a') as f:
            f.write(text)

    def document(self, path, words='', kind='text', ends=('ok',)):
        words = words or 'words of ' + path.split('/')[-1].replace('.pdf', '')
        data = pdf(kind, words) if kind in ('text', 'scan') else pdf(kind)
        self.documents[sha(data)] = Document(path, words, set(ends))
        return data

    def pending(self, path, **what):
        put(os.path.join(self.top, 'pending', path), self.document(path, **what))

    def work(self):
        """Have what is pending done by the real program."""
        extractd(self.top, timeout=240)

    # --- names of SPOOL.md, section 2 ---

    def token(self, path, attempt='1', lease='abcdefghjkmn'):
        """(token, document id, claim id); a path that is too long gets its file in control/paths/."""
        document, claim = ('%s-%x' % (lease, self.ids + n) for n in (1, 2))
        self.ids += 2
        encoded = path.replace('%', '%25').replace('/', '%2F').replace('!', '%21')
        if len(encoded) > 120:
            put(os.path.join(self.top, 'control/paths', document), path.encode())
            encoded = '%=' + path.split('/')[-1][-40:]
        return '%s.%s.%s~%s' % (attempt, document, claim, encoded), document, claim

    def waiting(self, path, attempt='1', **what):
        name = '0.text.' + self.token(path, attempt)[0]
        put(os.path.join(self.top, 'pending/.retry', name), self.document(path, **what))

    def dead_lease(self, host, beat=True):
        """The work/ of a lease whose process has gone."""
        def first(path):
            try:
                with open(path) as f:
                    return f.readline()[:8]
            except OSError:
                return '00000000'

        name = 'abcdefghjkmn.999999999.1.%s-%s.%d' % (first('/proc/sys/kernel/random/boot_id'),
                                                     first('/etc/machine-id'), os.stat('/proc/self/ns/pid').st_ino)
        work = os.path.join(self.top, 'claimed', host, name, 'work')
        os.makedirs(work)
        if beat:
            put(os.path.join(os.path.dirname(work), 'beat'), b'')
        put(os.path.join(os.path.dirname(work), 'status.json'), b'{}')
        return work

    def claimed(self, work, path, **what):
        put(os.path.join(work, self.token(path)[0]), self.document(path, **what))

    def sealed(self, work, path, visible=(), seal=True, kind='text', ends=('ok',)):
        """A document whose results are written, and perhaps the first of them published. Its results are those that
        the real program makes, with the ids of this claim."""
        helper = Tree(self.base, 'helper%d' % self.ids)
        helper.pending(path, kind=kind, ends=ends)
        helper.work()
        place = 'done/' if 'ok' in ends else 'failed/%s/' % list(ends)[0]
        made = os.path.join(helper.top, place, path[:-4])
        token, document, claim = self.token(path)
        with open(made + '.json') as f:
            record = json.load(f)
        record.update(document=document, claim=claim)
        results = {'.json': json.dumps(record).encode() + b'\n'}
        if 'ok' in ends:
            with open(made + '.txt', 'rb') as f:
                results['.txt'] = f.read()
        folder, base = os.path.split(os.path.join(self.top, place, path[:-4]))
        for suffix, data in results.items():
            hidden = '.%s.%s%s' % (document, claim, suffix)
            put(os.path.join(folder, base + suffix if suffix in visible else hidden), data)
        destination = 'done' if 'ok' in ends else 'failed-' + list(ends)[0]
        put(os.path.join(work, '%s.1!%s' % (destination, token) if seal else token),
            self.document(path, kind=kind, ends=ends))
        shutil.rmtree(os.path.dirname(helper.top))
