#!/usr/bin/env python3
"""The real spoold beside the real extractd, on a spool of its own: what the API answers is held against docs/openapi.yaml, and
against what spoolctl says of the tree.

usage: real.py    BUILD in the environment: the folder with the programs (default: build)
"""
import http.client
import json
import os
import signal
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'scenario'))

import jsonschema  # noqa: E402
import yaml  # noqa: E402
from spoold import TOKEN, launch  # noqa: E402
from spooltest import BUILD, Checks, Spool, drop, pdf, until  # noqa: E402
import pictures  # noqa: E402
from uploads import Uploads  # noqa: E402

STATES = ('pending', 'waiting', 'claimed', 'sealed', 'done', 'failed')
HOSTILE = b'<img src=x onerror=alert(1)>\xff %41.pdf'


class Page:
    """A spoold, and its API."""

    def __init__(self, spool, settings='', options=(), keep=b'keep'):
        with open(os.path.join(ROOT, 'docs', 'openapi.yaml'), encoding='utf-8') as f:
            self.contract = yaml.safe_load(f)
        token, config = (os.path.join(spool.top, n) for n in (b'token', b'host.ini'))
        with open(token, 'w', encoding='ascii') as f:
            f.write(TOKEN + '\n')
        os.chmod(token, 0o640)
        with open(config, 'wb') as f:
            f.write(b'[page]\ntoken_file = %s\nkeep_file = %s/%s\n' % (token, spool.top, keep) + settings.encode())
        self.log = open(os.path.join(spool.top, b'spoold.log'), 'ab')
        self.process, self.port = launch(spool, config, self.log.write, *options)

    def ask(self, path, method='GET', body=None, **headers):
        """(status, headers, body)"""
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=20)
        c.request(method, path, body, headers)
        r = c.getresponse()
        got = r.status, r.headers, r.read()
        c.close()
        return got

    def get(self, name, path, status=200):
        """The answer as JSON, after it was held against the schema of that name."""
        got, _, body = self.ask('/api/v1/' + path)
        if got != status:
            raise ValueError('%s: %s %s' % (path, got, body[:200]))
        value = json.loads(body)
        schema = {'$ref': '#/components/schemas/' + name, 'components': self.contract['components']}
        jsonschema.Draft202012Validator(schema).validate(value)
        return value

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.process.stderr.close()
        self.log.close()
        return code


def every_answer(c, page, spool, documents):
    """Each GET against the contract."""
    some = {d['state']: d['id'] for d in documents}
    gets = [('Overview', 'overview'), ('HostList', 'hosts'), ('DocumentPage', 'documents?limit=1000'),
            ('FailureList', 'failures'), ('JournalPage', 'journal'), ('SettingList', 'settings'), ('Health', 'health'),
            ('Quota', 'quota'), ('Session', 'session')]
    gets += [('History', 'history?span=' + s) for s in ('1h', '24h', '30d')]
    gets += [('Document', 'documents/' + i) for i in some.values()]
    done = some['done']
    gets += [('Record', 'documents/%s/record' % i) for i in (done, some['failed'])]
    gets += [('TextPiece', 'documents/%s/text%s' % (done, q)) for q in ('', '?page=1', '?offset=3&limit=5')]
    gets += [('DocumentPage', 'documents?sort=' + s) for s in ('path', '-path', 'size', '-pages', 'changed')]
    for name, path in gets:
        try:
            page.get(name, path)
            c.check('GET %s is a %s' % (path.split('/')[0], name), True)
        except (ValueError, jsonschema.ValidationError) as e:
            c.check('GET %s is a %s' % (path, name), False, str(e)[:400])
    _, tree, _ = spool.ctl('text', next(d['path'] for d in documents if d['id'] == done))
    text = page.get('TextPiece', 'documents/%s/text' % done)
    c.equal('its text is that of the tree', (text['text'].encode(), text['total_bytes']), (tree, len(tree)))
    half = page.get('TextPiece', 'documents/%s/text?limit=4' % done)
    rest = page.get('TextPiece', 'documents/%s/text?offset=%d' % (done, half['next_offset']))
    c.equal('in two pieces it is the same', half['text'] + rest['text'], text['text'])
    status, head, plain = page.ask('/api/v1/documents/%s/text' % done, Accept='text/plain')
    c.equal('as a download it is the same', (status, plain), (200, tree))
    c.equal('and no page to look at', (head['Content-Type'], head['Content-Disposition'].split(';')[0],
                                       head['X-Content-Type-Options']), ('text/plain; charset=utf-8', 'attachment', 'nosniff'))
    for accept in ('*/*', 'text/html,application/json,text/plain', 'text/plain;q=0', 'text/*'):
        status, head, _ = page.ask('/api/v1/documents/%s/text' % done, Accept=accept)
        c.equal('Accept: %s is JSON' % accept, (status, head['Content-Type']), (200, 'application/json'))
    for path, status in (('documents?stat=done', 400), ('documents/%s/text?page=99' % done, 404),
                         ('documents/%s/text' % some['failed'], 404), ('documents?state=don', 400), ('documents?after=!', 400),
                         ('documents/none-1', 404), ('hosts/nobody', 404), ('nothing', 404), ('documents?limit=0', 400),
                         ('documents?group=g-00000000', 410), ('events?topics=x', 400)):
        try:
            page.get('Problem', path, status)
            c.check('GET %s is refused: %d' % (path, status), True)
        except (ValueError, jsonschema.ValidationError) as e:
            c.check('GET %s is refused: %d' % (path, status), False, str(e)[:400])


def as_the_tree_says(c, page, spool):
    """Counts, paths and classes are those of spoolctl."""
    _, status, _ = spool.ctl('status', json_=True)
    overview = page.get('Overview', 'overview')
    c.equal('counts are those of spoolctl status', overview['documents'], {s: status[s] for s in STATES})
    c.equal('classes are, too', overview['failed_by_class'], status['failed_by_class'])
    _, out, _ = spool.ctl('list')
    listed = sorted(line.split(b'\t')[1].decode() for line in out.splitlines()) if b'\t' in out else None
    documents = page.get('DocumentPage', 'documents?limit=1000&sort=path')['items']
    if listed is not None:
        c.equal('paths are those of spoolctl list', sorted(d['path'] for d in documents), listed)
    c.equal('each state has as many', {s: sum(d['state'] == s for d in documents) for s in STATES},
            {s: status[s] for s in STATES})
    def caught_up():
        counts = page.get('HostList', 'hosts')['items'][0]['counts']
        return counts['done'] + counts['failed'] == status['done'] + status['failed']
    c.check('its host has done what is done', until(caught_up, 15, 0.2))
    c.equal('one host, and it waits for work', [h['state'] for h in page.get('HostList', 'hosts')['items']], ['idle'])
    return documents


def filters(c, page, documents):
    """What is filtered is what one would have picked by hand; pages come one after the other, each document once."""
    def paths(query):
        return [d['path'] for d in page.get('DocumentPage', 'documents?limit=1000&sort=path&' + query)['items']]

    def those(test):
        return sorted((d['path'] for d in documents if test(d)), key=lambda p: urllib.parse.unquote_to_bytes(p))
    c.equal('state', paths('state=failed'), those(lambda d: d['state'] == 'failed'))
    c.equal('two states', paths('state=failed,done'), those(lambda d: True))
    c.equal('class', paths('class=corrupt,not_pdf'), those(lambda d: d['class'] in ('corrupt', 'not_pdf')))
    c.equal('outcome', paths('outcome=ok'), those(lambda d: d['outcome'] == 'ok'))
    c.equal('prefix', paths('prefix=b/'), those(lambda d: d['path'].startswith('b/')))
    c.equal('words', paths('text=DOC%203'), those(lambda d: 'doc' in d['path'] and '3' in d['path'] + d['message']))
    c.equal('a host that nobody knows', paths('host=nobody'), [])
    for sort in ('path', '-changed', 'size', '-pages'):
        seen, after = [], ''
        while True:
            p = page.get('DocumentPage', 'documents?limit=3&sort=%s%s' % (sort, after))
            seen += [d['id'] for d in p['items']]
            if p['next'] is None or len(seen) > 1000:
                break
            after = '&after=' + p['next']
        c.equal('by %s, three at a time: each once' % sort, sorted(seen), sorted(d['id'] for d in documents))
    groups = page.get('FailureList', 'failures')
    c.equal('failures in groups', sum(g['count'] for g in groups['groups']), groups['total'])
    for g in groups['groups']:
        c.equal('group %s has its documents' % g['class'], len(paths('group=' + g['id'])), g['count'])


def events(c, page, spool):
    """A stream greets with the overview, and tells of a document that comes and is done."""
    s = http.client.HTTPConnection('127.0.0.1', page.port, timeout=20)
    s.request('GET', '/api/v1/events?topics=overview,documents,journal')
    r = s.getresponse()
    drop(spool.pending(b'news.pdf'), pdf('text', words='news'))
    seen, name, end = {}, None, time.monotonic() + 30
    while time.monotonic() < end and 'journal' not in seen:
        line = r.readline().decode().rstrip('\n')
        if line.startswith('event: '):
            name = line[7:]
        if line.startswith('data: '):
            seen.setdefault(name, json.loads(line[6:]))
    s.close()
    c.check('the first that comes is the overview', list(seen)[:2] == ['hello', 'overview'], list(seen))
    for kind, schema in (('overview', 'Overview'), ('documents', 'DocumentsEvent'), ('journal', 'JournalEvent')):
        try:
            jsonschema.Draft202012Validator({'$ref': '#/components/schemas/' + schema,
                                             'components': page.contract['components']}).validate(seen.get(kind))
            c.check('an event %s' % kind, True)
        except jsonschema.ValidationError as e:
            c.check('an event %s' % kind, False, str(e)[:300])
    c.check('the journal tells of it', any(i['path'] == 'news.pdf' for i in seen.get('journal', {'items': []})['items']))


def by_its_place(c, page, key):
    """A document that nobody has claimed yet has its place's key."""
    c.check('known by its place', until(lambda: page.ask('/api/v1/documents/' + key)[0] == 200, 20, 0.1))
    c.equal('and it is pending', page.get('Document', 'documents/' + key)['state'], 'pending')


def by_its_former_key(c, page, key, path):
    """That key leads on to it when it has an id."""
    status, head, body = page.ask('/api/v1/documents/' + key)
    if not c.equal('the key of before leads on', (status, body), (308, b'')):
        return
    document = page.get('Document', head['Location'][len('/api/v1/'):])
    c.equal('to the same document', document['path'], path)
    c.check('under its id', document['id'] != key and head['Location'].endswith('/' + document['id']))
    c.equal('a key that nobody had is unknown', page.ask('/api/v1/documents/' + pictures.key(b'never.pdf'))[0], 404)


def others(c, page):
    for path in ('/healthz', '/readyz', '/metrics', '/status.txt', '/', '/js/main.js', '/api/v1/openapi.json'):
        c.equal('GET ' + path, page.ask(path)[0], 200)
    metrics = page.ask('/metrics')[2].decode()
    done = page.get('Overview', 'overview')['documents']['done']
    c.check('metrics count as the overview does', 'pdfspool_documents{state="done"} %d\n' % done in metrics)
    c.equal('it serves its contract', json.loads(page.ask('/api/v1/openapi.json')[2]), page.contract)
    c.equal('another name', page.ask('/api/v1/overview', Host='evil.example')[0], 421)


def commands(c, page, spool):
    """Who has the token pauses and drains, nobody else; what the page says is what lies in control/."""
    def act(kind, body, token=TOKEN):
        return page.ask('/api/v1/actions/' + kind, 'POST', json.dumps(body), **{
            'Content-Type': 'application/json', **({'Authorization': 'Bearer ' + token} if token else {})})

    def control():
        return sorted(n for n in os.listdir(spool.at(b'control')) if n.startswith((b'pause', b'drain')))
    c.equal('without the token', act('pause', {}, None)[0], 401)
    c.equal('nothing has happened', control(), [])
    for kind, body, there in (('pause', {}, [b'pause']), ('resume', {}, []), ('resume', {}, []),
                              ('drain', {'host': 'alpha'}, [b'drain.alpha']), ('undrain', {'host': 'alpha'}, [])):
        status, _, answer = act(kind, body)
        action = json.loads(answer)
        try:
            jsonschema.Draft202012Validator({'$ref': '#/components/schemas/Action',
                                             'components': page.contract['components']}).validate(action)
            c.equal('%s' % kind, (status, action['kind'], action['host'], control()), (200, kind, body.get('host'), there))
        except jsonschema.ValidationError as e:
            c.check(kind, False, str(e)[:300])
        if kind == 'pause':
            c.check('the page says that it is paused', until(lambda: page.get('Overview', 'overview')['paused'], 15, 0.2))
    c.check('then it is not', until(lambda: not page.get('Overview', 'overview')['paused'], 15, 0.2))
    for kind, body in (('pause', {'x': 1}), ('pause', []), ('drain', {}), ('drain', {'host': '../pause'}),
                       ('drain', {'host': 'a', 'b': 1})):
        c.equal('%s of %s is refused' % (kind, body), (act(kind, body)[0], control()), (400, []))


def dead_share(c, page):
    """A scanner that hangs, as on a dead server: the page stays up and says so; then it goes on."""
    scanner = [int(p) for p in os.listdir('/proc') if p.isdigit() and parent_and_name(p) == (page.process.pid, 'scanner')]
    if not c.equal('there is one scanner', len(scanner), 1):
        return
    c.check('the page has heard that the pause is over', until(lambda: not page.get('Overview', 'overview')['paused'], 15, 0.2))
    os.kill(scanner[0], signal.SIGSTOP)
    try:
        def silent():
            o = page.get('Overview', 'overview')
            return not o['share']['answering'] and [a['kind'] for a in o['alerts']] == ['share_not_answering']
        c.check('the page says that the share does not answer', until(silent, 30, 0.3), page.get('Overview', 'overview')['alerts'])
        c.equal('it is not ready', page.ask('/readyz')[0], 503)
        c.equal('but it runs', page.ask('/healthz')[0], 200)
        c.check('and has its documents', page.get('DocumentPage', 'documents')['total'] > 0)
    finally:
        os.kill(scanner[0], signal.SIGCONT)
    c.check('then it answers again', until(lambda: page.ask('/readyz')[0] == 200, 30, 0.3))


def parent_and_name(pid):
    try:
        with open('/proc/%s/stat' % pid, encoding='utf-8', errors='replace') as f:
            text = f.read()
    except OSError:
        return None
    return int(text.rsplit(')', 1)[1].split()[1]), text.split('(', 1)[1].rsplit(')', 1)[0]


def restart(c, page, spool):
    """What was counted outlives spoold; the page of a new one is as the old one was."""
    before = page.get('Overview', 'overview')
    c.equal('it ends well', page.stop(), 0)
    again = Page(spool)
    settled(again, before['documents'])
    after = again.get('Overview', 'overview')
    c.equal('the same documents', after['documents'], before['documents'])
    c.equal('the same history', sum(after['minutes']['done']), sum(before['minutes']['done']))
    return again


def settled(page, want=None):
    def is_so():
        o = page.get('Overview', 'overview')
        d = o['documents']
        return o['share']['complete'] and (d == want if want else d['pending'] + d['claimed'] + d['sealed'] == 0 and
                                           d['done'] > 0)
    return until(is_so, 60, 0.2)


def run(c, spool):
    for folder in (b'a', b'b'):
        os.mkdir(spool.pending(folder))
    page = Page(spool)
    try:
        Uploads(c, page, spool, TOKEN).run()
        pictures.Pictures(c, page, spool, Page).run()
        for i in range(1, 6):
            drop(spool.pending(b'a', b'doc %d.pdf' % i), pdf('text', words='document %d' % i))
        for i in range(1, 4):
            drop(spool.pending(b'b', b'bad %d.pdf' % i), b'this is no PDF, number %d' % i)
        drop(spool.pending(HOSTILE), pdf('text', words='hostile'))
        linked = pictures.key(b'a/doc 1.pdf')
        by_its_place(c, page, linked)
        spool.start()
        c.check('all is done, and the page knows', settled(page))
        by_its_former_key(c, page, linked, 'a/doc 1.pdf')
        documents = as_the_tree_says(c, page, spool)
        c.check('a hostile name is shown as names are', '<img src=x onerror=alert(1)>%FF %2541.pdf' in
                [d['path'] for d in documents])
        every_answer(c, page, spool, documents)
        pictures.kept(c, page, next(d['id'] for d in documents if d['state'] == 'done'))
        filters(c, page, documents)
        others(c, page)
        commands(c, page, spool)
        events(c, page, spool)
        settled(page)
        dead_share(c, page)
        page = restart(c, page, spool)
    finally:
        if page.process.poll() is None:
            page.stop()


def main():
    c = Checks()
    with Spool(name='page') as spool:
        run(c, spool)
    c.finish()


if __name__ == '__main__':
    main()
