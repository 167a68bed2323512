"""The conservation law, judged from outside, by contents alone: where is each document, and are the results its own?"""
import collections
import hashlib
import json
import os
import re

ID = r'[0-9a-z-]{3,39}'
# What a killed process may leave behind, and which the sweep takes by its age.
LEFTOVERS = [
    ('private results', re.compile(r'(done|failed)/(.*/)?\.%s\.%s\.(txt|json)' % (ID, ID))),
    ('reservations', re.compile(r'control/names/0[0-9a-f]/[0-9a-f]{32}')),
    ('reservations set aside', re.compile(r'control/names/0[0-9a-f]/\.%s\.[0-9a-f]+' % ID)),
    ('path files', re.compile(r'control/paths/(%s|\.%s\.new)' % (ID, ID))),
    ('page files', re.compile(r'control/paths/(%s\.pages|\.%s\.[0-9a-z]{12}\.new)' % (ID, ID))),
    ('commands', re.compile(r'control/(cancel\.%s|\.new-[0-9a-z]{16})' % ID)),
    ('probes', re.compile(r'(control|pending/\.retry|done|failed)/\.probe-[0-9a-z]{12}')),
    ('clock probes', re.compile(r'control/\.[a-z]+-[0-9a-z]+')),
    ('parts of a submission', re.compile(r'pending/(.*/)?\.spoolctl-[0-9a-z]{16}\.part')),
    ('settings half made', re.compile(r'\.spool\.ini\.new')),
]

Document = collections.namedtuple('Document', 'path words ends')


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def everything(top):
    """All that is no folder, as paths relative to top; and the empty folders, with a slash."""
    found = []
    for folder, names, files in os.walk(top):
        here = os.path.relpath(folder, top)
        here = '' if here == '.' else here + '/'
        found += [here + n for n in files + [n for n in names if os.path.islink(os.path.join(folder, n))]]
        if here and not names and not files:
            found.append(here)
    return found


def state_of(path):
    parts = path.split('/')
    if path.startswith('pending/.retry/'):
        return 'waiting'
    if parts[0] == 'failed':
        return parts[1]
    if parts[0] == 'claimed':
        return 'claimed'
    return {'pending': 'pending', 'done': 'ok'}.get(parts[0], '')


def places(top):
    """sha256 of each PDF -> where it is."""
    found = collections.defaultdict(list)
    for path in everything(top):
        if path.startswith(('pending/', 'claimed/', 'done/', 'failed/')) and \
                not path.endswith(('/', '.txt', '.json')) and not any(p.fullmatch(path) for _, p in LEFTOVERS):
            where = os.path.join(top, path)
            if not os.path.islink(where) and os.path.basename(path) not in ('beat', 'status.json.new'):
                found[sha(read(where))].append(path)
    return found


def published_right(top, path, digest, document):
    """What is wrong with the results of a published PDF."""
    stem = os.path.join(top, path[:-4] if path.lower().endswith('.pdf') else path)
    try:
        record = json.loads(read(stem + '.json'))
    except (OSError, ValueError) as e:
        return ['x.json of %s: %s' % (path, e)]
    wrong = []
    if record['sha256'] not in (digest, None if record['outcome'] == 'failed' else digest):
        wrong.append('x.json of %s has the hash of another' % path)
    if record['path'] != document.path:
        wrong.append('x.json of %s says that it was dropped as %s' % (path, record['path']))
    if state_of(path) != 'ok':
        return wrong + (['%s has a text' % path] if os.path.exists(stem + '.txt') else [])
    try:
        text = read(stem + '.txt')
    except OSError as e:
        return wrong + ['x.txt of %s: %s' % (path, e)]
    if sha(text) != record['text_sha256'] or document.words not in ' '.join(text.decode().split()):
        wrong.append('the text of %s is not its own: %r' % (path, text[:60]))
    return wrong


def named_right(path, document):
    """Is that the place of this document? x~n for x."""
    below = path.split('/', 1 if path.startswith('done/') else 2)[-1]
    stem, suffix = os.path.splitext(document.path)
    return re.fullmatch(re.escape(stem) + r'(~\d+)?' + re.escape(suffix), below) is not None


def judge(top, documents, settled=True, also=()):
    """(problems, leftovers by sort). documents: sha -> Document, with the ends that are allowed, and `also`.
    settled: nothing may be on its way any more."""
    problems, left, met = [], collections.Counter(), places(top)
    everywhere = everything(top)
    for digest, document in documents.items():
        where = met.pop(digest, [])
        if len(where) != 1:
            problems.append('%s: %s is at %s' % ('LOST' if not where else 'TWICE', document.path, where))
        for path in where:
            state = state_of(path)
            if state in ('pending', 'waiting', 'claimed'):
                if settled:
                    problems.append('not finished: %s' % path)
                continue
            if state not in document.ends and state not in also:
                problems.append('%s ended as %s' % (document.path, state))
            if not named_right(path, document):
                problems.append('%s was published as %s' % (document.path, path))
            problems += published_right(top, path, digest, document)
    for path in everywhere:
        sort = next((name for name, pattern in LEFTOVERS if pattern.fullmatch(path)), None)
        if sort:
            left[sort] += 1
        elif path.startswith(('done/', 'failed/')) and path.endswith(('.txt', '.json')):
            stem = path.rsplit('.', 1)[0]
            if not os.path.exists(os.path.join(top, stem + '.pdf')) and settled:
                problems.append('a result without a document: %s' % path)
        elif settled and path.startswith('claimed/') and path.rstrip('/').count('/') > 1:
            problems.append('left of a lease: %s' % path)
        elif os.path.basename(path).startswith('.') and path not in ('pending/.retry/',) and \
                not path.startswith('claimed/') and state_of(path) != 'waiting':
            problems.append('hidden, and nobody knows it: %s' % path)
    for digest, where in met.items():
        known = [w for w in where if not (w.startswith('claimed/') and '/work/' not in w)]
        if known:
            problems.append('unknown content: %s' % known)
    return problems, left
