#!/usr/bin/env python3
"""Goal: what a person has the page do happens in the tree, that and nothing else, and the page says so: retry (one, some, a group, by
filter, all), cancel, with a real spoold and a real extractd; nothing is lost when spoold is killed in the middle of thousands, or the
share does not answer.

usage: acting.py [--browser]    BUILD in the environment: the folder with the programs (default: build)
--browser: only thousands of documents on the page, in Debian's Chromium; screenshots go to the folder that SHOTS names
"""
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import real
from real import BUILD, Checks, Page, Spool, TOKEN, drop, jsonschema, parent_and_name, pdf, settled, until
from spooltest import files_below, is_result, read_below, sha256, small_pdf

MANY = 3000
BAD = [b'a/one.pdf', b'a/two.pdf', b'a/three.pdf', b'b/four.pdf', b'b/five.pdf', b'six.pdf', HOSTILE := real.HOSTILE]


def act(page, kind, body, status=200, token=TOKEN):
    """Ask for an action; what came back, held against the contract. Where its end is wanted and it takes longer than one who asks is
    kept waiting, on a busy machine: its end."""
    headers = {'Content-Type': 'application/json', **({'Authorization': 'Bearer ' + token} if token else {})}
    text = body if isinstance(body, str) else json.dumps(body)
    got, answer_headers, answer = page.ask('/api/v1/actions/' + kind, 'POST', text, **headers)
    value = json.loads(answer)
    if got == 202 and status == 200:
        if not until(lambda: json.loads(page.ask(answer_headers['Location'])[2])['state'] == 'ended', 30, 0.1):
            raise ValueError('%s %s does not end: %s' % (kind, text[:200], value))
        got, _, answer = page.ask(answer_headers['Location'])
        value = json.loads(answer)
    schema = {'$ref': '#/components/schemas/' + ('Action' if got < 300 else 'Problem'),
              'components': page.contract['components']}
    jsonschema.Draft202012Validator(schema).validate(value)
    if status is not None and got != status:
        raise ValueError('%s %s: %s %s' % (kind, text[:200], got, value))
    return dict(value, location=answer_headers.get('Location'), status_code=got)


def ended(page, action, seconds=60):
    """The action when it has ended."""
    last = [action]

    def is_so():
        last[0] = page.get('Action', 'actions/' + action['id'])
        return last[0]['state'] == 'ended'
    until(is_so, seconds, 0.1)
    return last[0]


def documents(page, query):
    return page.get('DocumentPage', 'documents?limit=1000&sort=path&' + query)['items']


def contents(spool):
    """The hash of every document in failed/ and waiting, so that none can be there twice or missing."""
    found = [read_below(spool.at(b'failed'), p) for p in files_below(spool.at(b'failed'), hidden=False) if not is_result(p)]
    found += [read_below(spool.pending(b'.retry'), n) for n in spool.waiting()]
    return sorted(sha256(x) for x in found)


def counts(action):
    return tuple(action[k] for k in ('total', 'done', 'failed', 'skipped'))


def commands(spool):
    return sorted(n for n in os.listdir(spool.at(b'control')) if n.startswith(b'cancel.'))


def audit(c, what, spool):
    code, out, err = spool.ctl('audit')
    c.check('%s: spoolctl audit' % what, code == 0, (out[-600:], err[-300:]))


# ---- retry ----

def refused(c, page, spool):
    """What is not to the letter does nothing."""
    bodies = ['', '[]', 'x', '{}', '{"ids":[]}', '{"ids":["a b"]}', '{"ids":["abc","abc"]}', '{"ids":"abc"}', '{"all":false}',
              '{"all":true,"all":true}', '{"all":true,"group":"g-00000000"}', '{"all":true,"dryrun":true}',
              '{"all":true,"expect":-1}', '{"all":true,"expect":"1"}', '{"all":true,"expect":1.5}', '{"all":true,"dry_run":1}',
              '{"filter":{}}', '{"filter":[]}', '{"filter":{"clas":["limit"]}}', '{"filter":{"class":"limit"}}',
              '{"filter":{"class":["limit,corrupt"]}}', '{"filter":{"class":["nonsense"]}}', '{"filter":{"prefix":""}}',
              '{"filter":{"older_ms":"1"}}', json.dumps({'ids': ['id-%d' % i for i in range(1001)]})]
    before = spool.failed()
    for body in bodies:
        c.equal('retry %s is refused' % body[:40], act(page, 'retry', body, None)['status_code'], 400)
    for body in ('{"all":true}', '{"group":"g-00000000"}', '{"ids":["abc"],"x":1}',
                 json.dumps({'ids': ['id-%d' % i for i in range(257)]})):
        c.equal('cancel %s is refused' % body[:40], act(page, 'cancel', body, None)['status_code'], 400)
    c.equal('a group that is no more', act(page, 'retry', {'group': 'g-00000000'}, None)['code'], 'gone')
    c.equal('without the token', act(page, 'retry', {'all': True}, None, None)['status_code'], 401)
    c.equal('nothing has happened', (spool.failed(), spool.waiting(), commands(spool)), (before, [], []))


def dry_then_done(c, what, page, spool, body):
    """A dry run changes nothing, and says what then is done."""
    before = spool.failed()
    dry = act(page, 'retry', dict(body, dry_run=True))
    will = dry['total'] - dry['skipped']
    c.check('%s: a dry run' % what, dry['dry_run'] and dry['id'] is None and dry['done'] == 0 and spool.failed() == before, dry)
    fewer = act(page, 'retry', dict(body, expect=will - 1), 409)
    c.equal('%s: more than was agreed to: nothing' % what, (fewer['code'], fewer['count'], spool.failed()),
            ('more-than-expected', will, before))
    waiting = len(spool.waiting())
    done = act(page, 'retry', dict(body, expect=will))
    c.equal('%s: it does what the dry run said' % what,
            (counts(done), done['by_class'], done['sample'], len(before) - len(spool.failed()), len(spool.waiting()) - waiting),
            ((dry['total'], will, 0, dry['skipped']), dry['by_class'], dry['sample'], will, will))
    c.equal('%s: it has ended' % what, (done['state'], done['problems'], done['note']), ('ended', [], None))
    return done


def retries(c, page, spool):
    act(page, 'pause', {})
    # The worker hears of it by itself, not by the page: until then it takes what is sent back.
    c.check('the worker has heard of the pause', until(lambda: [h['state'] for h in page.get('HostList', 'hosts')['items']] == ['paused'], 20, 0.1))
    everything = contents(spool)
    failed = documents(page, 'state=failed')
    good = documents(page, 'state=done')[0]
    one = next(d for d in failed if d['path'] == 'six.pdf')
    done = act(page, 'retry', {'ids': [one['id']]})
    c.equal('one', (counts(done), done['sample'], done['by_class'], (one['class'].encode(), b'six.pdf') in spool.failed()),
            ((1, 1, 0, 0), ['six.pdf'], {one['class']: 1}, False))
    c.check('the page has it waiting, soon, and failed no more',
            until(lambda: [(d['path'], d['state']) for d in documents(page, 'text=six')] == [('six.pdf', 'waiting')], 10, 0.1),
            documents(page, 'text=six'))
    again = act(page, 'retry', {'ids': [one['id']]})
    c.equal('the same once more does nothing', (counts(again), len(spool.waiting())), ((1, 0, 0, 1), 1))
    some = [d['id'] for d in failed if d['path'].startswith('b/')]
    dry_then_done(c, 'some', page, spool, {'ids': some + [good['id'], 'no-such-document']})
    hostile = dry_then_done(c, 'by filter', page, spool, {'filter': {'text': 'onerror', 'class': ['not_pdf', 'corrupt']}})
    c.equal('a hostile name is shown as names are', hostile['sample'], ['<img src=x onerror=alert(1)>%FF %2541.pdf'])
    none = act(page, 'retry', {'filter': {'older_ms': 3600000}})
    c.equal('none of them is an hour old', counts(none), (0, 0, 0, 0))
    group = page.get('FailureList', 'failures')['groups'][0]
    dry_then_done(c, 'a group', page, spool, {'group': group['id']})
    if spool.failed():
        dry_then_done(c, 'all', page, spool, {'all': True})
    c.equal('none is failed now, and none is lost', (spool.failed(), contents(spool)), ([], everything))
    audit(c, 'retries', spool)
    tokens = sorted(n.rsplit(b'~', 1)[1] for n in spool.waiting())
    c.equal('each waits under its own path', tokens,
            sorted(p.replace(b'%', b'%25').replace(b'/', b'%2F') for p in BAD))


def listed(c, page):
    """The actions that were, latest first."""
    items = page.get('ActionList', 'actions')['items']
    numbers = [int(a['id'][1:]) for a in items]
    c.equal('actions are listed, latest first', numbers, list(range(len(numbers), 0, -1)))
    c.check('a pause is among them', any(a['kind'] == 'pause' and a['state'] == 'ended' for a in items))
    c.equal('one of them', page.get('Action', 'actions/a1'), items[-1])
    for name in ('a999', 'a0', 'a', 'b1', 'a01x'):
        c.equal('GET actions/%s' % name, page.ask('/api/v1/actions/' + name)[0], 404)


# ---- cancel ----

def cancels(c, page, spool, worker):
    """Paused: what waits, and what is pending."""
    waiting = documents(page, 'state=waiting')
    drop(spool.pending(b'not yet.pdf'), small_pdf('not yet'))
    drop(spool.pending(b'to be kept.pdf'), small_pdf('kept'))
    pending = until(lambda: documents(page, 'state=pending&text=not'), 10, 0.1)
    a_waiting = next(d for d in waiting if d['path'] == 'six.pdf')
    good = documents(page, 'state=done')[0]
    body = {'ids': [a_waiting['id'], pending[0]['id'], good['id']]}
    dry = act(page, 'cancel', dict(body, dry_run=True))
    c.equal('a dry run of a cancel', (counts(dry), commands(spool)), ((3, 0, 0, 1), []))
    done = act(page, 'cancel', body)
    c.equal('cancelled: one that waits, one that is pending; what is done is not',
            (counts(done), len(commands(spool))), ((3, 2, 0, 1), 2))
    b = act(page, 'cancel', {'filter': {'prefix': 'b/', 'state': ['waiting', 'pending']}, 'expect': 2})
    c.equal('cancelled by filter', counts(b), (2, 2, 0, 0))
    act(page, 'resume', {})
    want = {b'six.pdf', b'not yet.pdf', b'b/four.pdf', b'b/five.pdf'}
    c.check('they go to failed/cancelled/', until(lambda: {p for k, p in spool.failed() if k == b'cancelled'} == want, 20, 0.1),
            spool.failed())
    c.check('others are not', until(lambda: b'to be kept.pdf' in spool.done(), 20, 0.1))
    drop(spool.pending(b'long.pdf'), pdf('treadmill'))
    c.check('one is in hand', until(lambda: worker.spinning(0.2), 20))
    in_hand = until(lambda: documents(page, 'state=claimed&text=long'), 10, 0.1)
    done = act(page, 'cancel', {'ids': [in_hand[0]['id']]})
    c.equal('one that is in hand', counts(done), (1, 1, 0, 0))
    c.check('it goes there, too', until(lambda: (b'cancelled', b'long.pdf') in spool.failed(), 20, 0.1), spool.failed())
    c.check('the commands are gone', until(lambda: not commands(spool), 10, 0.1), commands(spool))


def one_host(c):
    with Spool(dict(real_spin(), **{'worker.cores': '1'}), name='acting') as spool:
        for folder in (b'a', b'b'):
            os.mkdir(spool.pending(folder))
        page = Page(spool)
        try:
            for i, path in enumerate(BAD):
                drop(spool.pending(*path.split(b'/', path.count(b'/') and 1)) if path != HOSTILE else spool.pending(path),
                     b'%%PDF-1.4\n%d\n' % i if i % 3 == 0 else b'this is no PDF, number %d' % i)
            drop(spool.pending(b'good.pdf'), small_pdf('good'))
            worker = spool.start(host='alpha')
            c.check('all is done, and the page knows', settled(page) and
                    until(lambda: len(documents(page, 'state=failed')) == len(BAD), 20, 0.1), spool.failed())
            refused(c, page, spool)
            retries(c, page, spool)
            listed(c, page)
            cancels(c, page, spool, worker)
            c.equal('extractd stops with', worker.stop(), 0)
            audit(c, 'cancels', spool)
            return spool.json(b'failed/cancelled/six.pdf')
        finally:
            if page.process.poll() is None:
                page.stop()


def real_spin():
    """A document that spins for long is at work."""
    return {'parser.stall_timeout': '60s', 'parser.document_timeout': '60s'}


# ---- the hand itself, given what spoold knew a moment ago ----

def item(state, class_, id_, path, as_=b''):
    return state + class_ + id_ + b'\0' + path + b'\0' + as_ + b'\0'


def class_letter(name):
    """As items.h has it: by its number in the enumeration."""
    with open(os.path.join(real.ROOT, 'shared', 'base', 'outcome.h'), encoding='ascii') as f:
        names = re.findall(r'^ +OUTCOME_(\w+)', f.read(), re.MULTILINE)
    return bytes([ord('a') + names.index(name)])


def hand(spool, kind, items):
    """What a hand says of these: its first line, and (number, letter) of each."""
    done = subprocess.run([os.path.join(BUILD, 'spoold'), 'hand', spool.path, '', kind], input=items, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=30)
    lines = done.stdout.split(b'\n')
    return lines[0], [tuple(line.split(b' ', 2)[:2]) for line in lines[1:] if line]


def the_hand(c, record):
    """The tree's word counts, not the page's: what was sealed meanwhile is not cancelled, what is another document not retried."""
    with Spool(name='acting-hand') as spool:
        lease = spool_lease(spool) # of a worker that has ended before there was anything to be done
        folder = spool.at(b'failed', b'not_pdf')
        os.makedirs(folder)
        for name in (b'x', b'y', b'z'):
            with open(os.path.join(folder, name + b'.pdf'), 'wb') as f:
                f.write(b'no PDF ' + name)
            one = dict(record, path=name.decode() + '.pdf', document='abcdefghijkl-' + {b'x': '1', b'y': '2', b'z': '3'}[name],
                       sha256=sha256(b'no PDF ' + name), size=8)
            with open(os.path.join(folder, name + b'.json'), 'w', encoding='utf-8') as f:
                json.dump(one, f)
        n = class_letter('NOT_PDF')
        c.equal('one that is failed', hand(spool, 'retry', item(b'f', n, b'abcdefghijkl-3', b'z.pdf')), (b'200 batch', [(b'0', b'D')]))
        c.equal('that one, and no other', (len(spool.waiting()), spool.failed()), (1, [(b'not_pdf', b'x.pdf'), (b'not_pdf', b'y.pdf')]))
        c.equal('another document at its place, one that is gone, one that never was', hand(
            spool, 'retry', item(b'f', n, b'abcdefghijkl-7', b'x.pdf') + item(b'f', n, b'abcdefghijkl-3', b'z.pdf') +
            item(b'f', n, b'abcdefghijkl-9', b'../../pending/z.pdf')), (b'200 batch', [(b'0', b'S'), (b'1', b'S'), (b'2', b'S')]))
        c.equal('the right one after them', hand(spool, 'retry', item(b'f', n, b'abcdefghijkl-8', b'x.pdf') +
                                                item(b'f', n, b'abcdefghijkl-2', b'y.pdf')), (b'200 batch', [(b'0', b'S'), (b'1', b'D')]))
        c.equal('x.pdf is where it was', spool.failed(), [(b'not_pdf', b'x.pdf')])
        work = spool.at(b'claimed', b'one', lease, b'work')
        os.makedirs(work)
        for name in (b'1.abcdefghijkl-a.abcdefghijkl-b~in%2Fhand.pdf', b'done.1!1.abcdefghijkl-c.abcdefghijkl-d~sealed.pdf'):
            with open(os.path.join(work, name), 'wb') as f:
                f.write(b'x')
        with open(spool.pending(b'there.pdf'), 'wb') as f:
            f.write(b'x')
        items = item(b'c', b'-', b'abcdefghijkl-a', b'in/hand.pdf') + item(b'c', b'-', b'abcdefghijkl-c', b'sealed.pdf') + \
            item(b'w', b'-', b'abcdefghijkl-e', b'nowhere.pdf') + item(b'p', b'-', b'', b'there.pdf') + item(b'p', b'-', b'', b'no/such.pdf')
        c.equal('cancel: in hand, sealed meanwhile, gone, pending, pending no more', hand(spool, 'cancel', items),
                (b'200 batch', [(b'0', b'D'), (b'1', b'S'), (b'2', b'S'), (b'3', b'D'), (b'4', b'S')]))
        given = commands(spool)
        c.check('the two of them are cancelled, and no other', len(given) == 2 and given[0] == b'cancel.abcdefghijkl-a' and
                given[1].startswith(b'cancel.i'), given)
        for name, bad in (('half an item', items[:-3]), ('no item', b'x-a\0b\0c\0'), ('one too many', items + b'\0'),
                          ('more than a batch', item(b'f', n, b'abcdefghijkl-1', b'x.pdf') * 257)):
            for kind in ('retry', 'cancel'):
                c.equal('%s of %s: nothing' % (kind, name), (hand(spool, kind, bad)[0][:3], commands(spool), spool.failed()),
                        (b'500', given, [(b'not_pdf', b'x.pdf')]))


def spool_lease(spool):
    """The folder of a lease that is at work, made by an extractd that has ended: its name has its form from there."""
    worker = spool.start(host='one')
    name = until(lambda: [lease for host, lease in spool.leases()], 20)[0]
    worker.stop()
    return name


# ---- thousands ----

def plant(spool, record, limit=0):
    """Failed documents as extractd leaves them; so many of them of another class."""
    for i in range(MANY):
        kind = 'limit' if i >= MANY - limit else 'not_pdf'
        folder = os.path.join(spool.at(b'failed'), kind.encode(), b'%02d' % (i % 20))
        os.makedirs(folder, exist_ok=True)
        data = b'no PDF at all, number %d' % i
        name = b'doc %04d' % i
        with open(os.path.join(folder, name + b'.pdf'), 'wb') as f:
            f.write(data)
        one = dict(record, path='%02d/doc %04d.pdf' % (i % 20, i), document='abcdefghijkl-%x' % i, claim='abcdefghijkl-c%x' % i,
                   sha256=sha256(data), size=len(data), **{'class': kind})
        with open(os.path.join(folder, name + b'.json'), 'w', encoding='utf-8') as f:
            json.dump(one, f)


def hands(page):
    """The hands of spoold that live now: children of its threads."""
    found, tasks = [], '/proc/%d/task' % page.process.pid
    for task in os.listdir(tasks):
        try:
            with open('%s/%s/children' % (tasks, task), encoding='ascii') as f:
                found += [int(p) for p in f.read().split()]
        except OSError:
            pass
    return [p for p in found if parent_and_name(p) == (page.process.pid, 'hand')]


def hold(page, spool, more_than):
    """Stop a hand while it is at work, as a share that does not answer does. Its pid."""
    def caught():
        if len(spool.waiting()) <= more_than:
            return None
        for p in hands(page):
            try:
                os.kill(p, signal.SIGSTOP)
                return p
            except ProcessLookupError:
                pass
        return None
    return until(caught, 20, 0.001)


class Asking(threading.Thread):
    """An action that somebody asks for, while the test does something else."""

    def __init__(self, page, kind, body):
        super().__init__(daemon=True)
        self.asked, self.answer = (page, kind, body), None
        self.start()

    def run(self):
        self.answer = act(*self.asked, None)

    def wait(self):
        self.join(20)
        return self.answer


class Stream(threading.Thread):
    """The events `action` of a page: (time, event)."""

    def __init__(self, page):
        super().__init__(daemon=True)
        self.c = http.client.HTTPConnection('127.0.0.1', page.port, timeout=60)
        self.c.request('GET', '/api/v1/events?topics=action')
        self.r = self.c.getresponse()
        self.seen, self.contract = [], page.contract
        self.start()

    def run(self):
        name = None
        try:
            while not (self.seen and self.seen[-1][1]['state'] == 'ended'):
                line = self.r.readline().decode().rstrip('\n')
                if line.startswith('event: '):
                    name = line[7:]
                if line.startswith('data: ') and name == 'action':
                    self.seen.append((time.monotonic(), json.loads(line[6:])))
        except OSError:
            pass
        self.c.close()


def knows(page, n):
    return until(lambda: (lambda o: o['share']['complete'] and o['documents']['failed'] == n)(page.get('Overview', 'overview')),
                 60, 0.2)


def read_only(c, spool):
    page = Page(spool, 'read_only = yes\n')
    try:
        knows(page, MANY)
        for kind, body in (('retry', {'all': True}), ('retry', {'all': True, 'dry_run': True}),
                           ('cancel', {'filter': {'state': ['pending']}})):
            c.equal('read_only: %s %s' % (kind, body), act(page, kind, body, None)['status_code'], 403)
        c.equal('read_only: nothing has happened', (len(spool.failed()), spool.waiting()), (MANY, []))
    finally:
        page.stop()


def killed(c, spool, everything):
    """spoold is killed in the middle: nothing is lost, nothing half done."""
    page = Page(spool)
    try:
        c.check('the page knows all of them', knows(page, MANY))
        asking = Asking(page, 'retry', {'all': True, 'expect': MANY})
        hand = hold(page, spool, 0)
        c.check('a hand is at work, and held', hand)
        action = asking.wait()
        c.check('a long one goes on: 202 and where to look', action and action['status_code'] == 202 and
                action['location'] == '/api/v1/actions/' + action['id'] and action['state'] == 'running', action)
        os.kill(page.process.pid, signal.SIGKILL)
        page.process.wait(20)
        page.process.stderr.close()
        os.kill(hand, signal.SIGCONT)
        c.check('its hand comes to the end of a document, and ends', until(lambda: not os.path.exists('/proc/%d' % hand), 10))
    finally:
        if page.process.poll() is None:
            page.process.kill()
    waiting = len(spool.waiting())
    c.check('killed in the middle', 0 < waiting < MANY, waiting)
    c.equal('each is there, once', contents(spool), everything)
    audit(c, 'killed', spool)
    return waiting


def repeated(c, spool, everything, before):
    """Started again and asked again, it finishes; a hand that hangs is replaced, and the page says what it waits for."""
    page = Page(spool)
    try:
        c.check('the page knows what is left', knows(page, MANY - before))
        stream = Stream(page)
        asking = Asking(page, 'retry', {'all': True})
        c.check('a hand is held again', hold(page, spool, before))
        action = asking.wait()
        note = until(lambda: page.get('Action', 'actions/' + action['id'])['note'], 20, 0.1)
        c.equal('a hand that hangs: the page says so', note, 'The share does not answer.')
        last = ended(page, action)
        c.equal('it finishes all the same', (last['state'], last['total'], last['done'] + last['skipped'], last['failed'],
                                             last['note']), ('ended', MANY - before, MANY - before, 0, None))
        c.check('hardly a word is lost: one of each hand that had to be killed', last['skipped'] <= 4, last)
        stream.join(20)
        times = [t for t, _ in stream.seen]
        c.check('events told of it as it went', len(times) >= 3 and stream.seen[-1][1]['id'] == action['id'], len(times))
        c.check('at most ten a second', all(times[i + 10] - times[i] > 0.9 for i in range(len(times) - 10)))
        for _, event in stream.seen[-2:]:
            jsonschema.Draft202012Validator({'$ref': '#/components/schemas/Action',
                                             'components': page.contract['components']}).validate(event)
        c.check('what was done only grew', all(a[1]['done'] <= b[1]['done'] for a, b in zip(stream.seen, stream.seen[1:])))
        c.equal('none is failed, each waits, once', (spool.failed(), len(spool.waiting()), contents(spool)), ([], MANY, everything))
        c.check('the page knows', until(lambda: (lambda d: (d['failed'], d['waiting']))(
            page.get('Overview', 'overview')['documents']) == (0, MANY), 20, 0.2), page.get('Overview', 'overview')['documents'])
        audit(c, 'repeated', spool)
        many_cancels(c, page, spool)
        c.equal('spoold ends well', page.stop(), 0)
    finally:
        if page.process.poll() is None:
            page.stop()


def many_cancels(c, page, spool):
    """No host hears of any: as many as may wait are given, and the rest is not lost sight of."""
    action = act(page, 'cancel', {'filter': {'state': ['waiting']}}, 202)
    c.check('cancels are given as many as hosts can keep', until(lambda: len(commands(spool)) == 192, 20, 0.1), len(commands(spool)))
    last = until(lambda: (lambda a: a if a['note'] else None)(page.get('Action', 'actions/' + action['id'])), 20, 0.1)
    c.check('the action says what it waits for', last and last['note'].startswith('Hosts have yet to hear') and
            last['state'] == 'running' and last['done'] == 192, last)
    for name in commands(spool)[:50]:
        os.unlink(spool.at(b'control', name))
    c.check('it goes on when some were heard of', until(
        lambda: page.get('Action', 'actions/' + action['id'])['done'] == 242, 20, 0.1), commands(spool)[:3])


def thousands(c, record):
    with Spool(name='acting-many') as spool:
        plant(spool, record)
        everything = contents(spool)
        audit(c, 'planted', spool)
        read_only(c, spool)
        before = killed(c, spool, everything)
        repeated(c, spool, everything, before)


def a_record():
    """The x.json of a document that has failed."""
    with Spool(name='acting-one') as spool:
        drop(spool.pending(b'bad.pdf'), b'this is no PDF')
        spool.start('--once', wait=False).wait(60)
        return spool.json(b'failed/not_pdf/bad.pdf')


def clicks(c, page, shot):
    """What a person does there: one, a group (and thinks again), all, and cancel."""
    page.see('.group', 'Over a limit')
    path = page.text('table.rows tbody tr a')
    page.click('table.rows tbody tr button', 'Retry ' + path)
    page.see('dialog input[type=password]')
    page.fill('dialog input[name=token]', TOKEN)
    page.click('dialog button[type=submit]')
    page.see('.toast', '1 document will be tried again')
    page.until('![...document.querySelectorAll("table.rows tbody tr a")].some((a) => a.textContent === %s)' % json.dumps(path))
    c.check('one is retried by its row, and the row goes by itself', page.count('.group') == 2)
    for answer in ('Close', 'Retry 19'):
        page.click('.group button', 'Retry these 19')
        page.see('dialog h2', 'Retry 19 documents?')
        shot('dialog')
        page.click('dialog button', answer)
        if answer == 'Close':
            page.until('document.querySelector("dialog") === null', 'no dialog')
            c.check('who does not agree has done nothing', page.count('.group') == 2)
    page.see('.toast', '19 documents will be tried again')
    page.until('document.querySelectorAll(".group").length === 1', 'one group')
    c.check('a group is retried after its count was agreed to, and is gone', True)
    page.run('window.said = new Set(); new MutationObserver(() => { for (const t of document.querySelectorAll(".toast p")) said.add('
             't.textContent); }).observe(document.getElementById("toasts"), {subtree: true, childList: true, characterData: true})')
    left = '{:,}'.format(MANY - 20)
    page.click('button', 'Retry all')
    page.see('dialog h2', 'Retry %s documents?' % left)
    page.click('dialog button[type=submit]')
    page.see('.toast', left + ' documents will be tried again')
    shot('all')
    said = page.run('[...said]')
    c.check('all: the page tells how far it is', any('of %s documents' % left in t for t in said), said)
    page.see('.empty')
    c.check('none is failed any more', page.count('.group') == 0)


def cancels_three(c, page, url):
    page.goto(url + '#/documents?state=waiting&prefix=00/')
    page.see('table.rows tbody input[type=checkbox]')
    for i in range(3):
        page.run('document.querySelectorAll("table.rows tbody input[type=checkbox]")[%d].click()' % i)
    page.click('button', 'Cancel 3')
    page.see('dialog h2', 'Cancel 3 documents?')
    page.click('dialog button[type=submit]')
    page.see('.toast', '3 documents will be cancelled')
    c.check('three that wait are cancelled', True)


def in_a_browser(c):
    from chrome import Chrome, Failure # which the rest does not need
    record, shots = a_record(), os.environ.get('SHOTS')
    with Spool(name='acting-page') as spool:
        plant(spool, record, 20)
        everything = contents(spool)
        spoold = Page(spool)
        url = 'http://127.0.0.1:%d/' % spoold.port
        try:
            c.check('the page knows all of them', knows(spoold, MANY))
            with Chrome() as chrome:
                page = chrome.page()
                page.goto(url + '#/failed')
                try:
                    clicks(c, page, lambda name: shots and page.shot(os.path.join(shots, 'acting-%s.png' % name)))
                    cancels_three(c, page, url)
                except Failure as e:
                    c.check('the page', False, e)
            c.equal('each waits, once', (spool.failed(), len(spool.waiting()), contents(spool)), ([], MANY, everything))
            c.equal('three are to be cancelled', len(commands(spool)), 3)
            audit(c, 'the browser', spool)
        finally:
            spoold.stop()


def main():
    c = Checks()
    if sys.argv[1:2] == ['--browser']:
        in_a_browser(c)
        c.finish()
    record = one_host(c)
    the_hand(c, record)
    thousands(c, record)
    c.finish()


if __name__ == '__main__':
    main()
