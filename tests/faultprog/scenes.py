"""What is done under faults: each scene has a prepared spool, the one program that is hit, and what must hold of it."""
import os
import re
import tarfile
import time

from judge import Document, judge, places, read, sha, state_of
from trees import HOST, LONG, PARSER, Tree, put, spoolctl

DOCUMENTED = {'extractd': (0, 1, 69, 71, 75, 78), 'spoolctl': (0, 1, 64, 69, 71, 73, 74, 75, 77, 78)}
REASON = re.compile(r'level=error|level=warn|^extractd: .|^spoolctl: .', re.M)
SANITIZER = re.compile(r'Sanitizer|runtime error:|level=bug')


class Scene:
    """name, program; build() fills a Tree; subclasses say more."""
    program, name = 'extractd', ''
    roles = () # whose calls are hit; none: of all
    dear = False # only with --full, or when it is named
    busy = True # nothing in it waits for seconds unless the opener fails

    def __init__(self, base):
        self.base = base
        self.tree = Tree(base, 'scene-' + self.name)
        self.build()
        self.documents = self.tree.documents

    def build(self):
        raise NotImplementedError

    def prepare(self, run):
        """In the copy, before the program that is hit."""

    def command(self, run):
        return ['--spool', run.top, '--host', HOST, '--parser', PARSER, '--once']

    def meanwhile(self, run, child):
        """While it runs."""

    def outcome(self, run):
        """What is wrong with how the program ended."""
        return []

    def follow(self, run):
        """What a person does next, where the program said that it could not."""

    def successor(self, run):
        """Options of those that do the rest."""
        return []

    def expected(self, run):
        return self.documents

    def settled_alone(self, run):
        """Must all be done when the program says 0?"""
        return True


class Claim(Scene):
    """Three documents; one has the name of a published one, one a path that is too long for a token."""
    name = 'claim'

    def build(self):
        self.tree.pending('twin.pdf', words='the first twin')
        self.tree.work()
        self.tree.pending('twin.pdf', words='the second twin')
        self.tree.pending('folder/b.pdf')
        self.tree.pending(LONG)


class Fail(Scene):
    """Two that fail."""
    name = 'fail'

    def build(self):
        self.tree.pending('broken.pdf', kind='trunc', ends=('corrupt',))
        self.tree.pending('folder/locked.pdf', kind='password', ends=('encrypted',))


class Retry(Scene):
    """Three that wait and are due."""
    name = 'retry'

    def build(self):
        self.tree.waiting('w1.pdf')
        self.tree.waiting('folder/w2.pdf', attempt='2c')
        self.tree.waiting(LONG)


class OcrLater(Scene):
    """A scan that is read in two turns, its pages kept apart in between; one path is too long for a token. A run costs
    a second of OCR: those that have nothing to do with the document are not hit here."""
    name, roles, dear = 'ocr-later', ('slot.0',), True

    def build(self):
        self.tree.add('[ocr]\nocr = later\n')
        self.tree.pending(LONG, kind='scan', words='Read me later')

    def outcome(self, run):
        if run.proof:
            return []
        wrong = [] if 'put back for OCR' in run.stderr else ['it was read in one turn']
        return wrong + ['left, and nothing failed: %s' % n for n in os.listdir(os.path.join(run.top, 'control/paths'))]


class Reclaim(Scene):
    """A dead lease of this host: claimed, with results, sealed, half published, failed."""
    name = 'reclaim'

    def build(self):
        work = self.tree.dead_lease(HOST)
        self.tree.claimed(work, 'u1.pdf')
        self.tree.sealed(work, 'folder/u2.pdf', seal=False)
        self.tree.sealed(work, 's1.pdf')
        self.tree.sealed(work, 'folder/s2.pdf', visible=('.txt',))
        self.tree.sealed(work, 's3.pdf', visible=('.txt', '.json'))
        self.tree.sealed(work, 'f1.pdf', kind='trunc', ends=('corrupt',))
        self.tree.claimed(work, LONG)


class Janitor(Scene):
    """A lease of another host that has no beat."""
    name = 'janitor'

    def build(self):
        work = self.tree.dead_lease('two', beat=False)
        self.tree.claimed(work, 'u1.pdf')
        self.tree.sealed(work, 's1.pdf')
        self.tree.sealed(work, 'folder/s2.pdf', visible=('.txt',))

    def settled_alone(self, run):
        return False # --once need not wait for other hosts' leases


class Cancel(Scene):
    """A pending and a waiting document are cancelled, a third is not. A command is heard when control/ is listed, so a
    document may be faster."""
    name = 'cancel'

    def build(self):
        self.tree.pending('folder/p.pdf', ends=('ok', 'cancelled'))
        self.tree.waiting('w.pdf', ends=('ok', 'cancelled'))
        self.tree.pending('n.pdf')

    def prepare(self, run):
        spoolctl(run.top, 'cancel', 'folder/p.pdf', 'w.pdf', timeout=80)


class Shutdown(Scene):
    """SIGTERM while one document spins, one is queued, others are pending."""
    name = 'shutdown'

    def build(self):
        self.tree.set(poll_min='5s', poll_max='5s') # it is to stand still
        self.tree.pending('spin.pdf', kind='treadmill', ends=('cancelled', 'limit', 'timeout', 'stalled'))
        for n in range(3):
            self.tree.pending('quick%d.pdf' % n)

    def command(self, run):
        return Scene.command(self, run)[:-1] # without --once

    def meanwhile(self, run, child):
        """Until it stands still: everything is claimed that will be, and one spins."""
        seen, since, end = None, time.monotonic(), time.monotonic() + 10
        while child.poll() is None and time.monotonic() < end:
            now = tuple(run.page.proof(r).calls for r in ('slot.0', 'slot.1', 'claimer'))
            if now != seen:
                seen, since = now, time.monotonic()
            if now[0] > 0 and time.monotonic() - since > 0.08:
                break
            time.sleep(0.01)
        if child.poll() is None:
            child.terminate()

    def settled_alone(self, run):
        return False

    def follow(self, run):
        """The one that spins is not for the successor."""
        spoolctl(run.top, 'cancel', 'spin.pdf', timeout=80)

    def successor(self, run):
        """Where the document has got another id, the command does not find it."""
        put(os.path.join(run.folder, 'short.ini'), b'[parser]\ndocument_timeout = 1s\nstall_timeout = 1s\n')
        return ['--config', os.path.join(run.folder, 'short.ini')]


class Ctl(Scene):
    """A scene of spoolctl; the real extractd does the rest."""
    program = 'spoolctl'


class Submit(Ctl):
    """A file whose name is taken, and a folder. What was not acknowledged may be there, or not, but once and whole."""
    name = 'submit'

    def build(self):
        self.tree.pending('a.pdf', words='here before')
        self.sources = os.path.join(self.base, 'sources')
        self.sent = {}
        for source, path in (('a.pdf', 'a~2.pdf'), ('box/b.pdf', 'box/b.pdf'), ('box/c.pdf', 'box/c.pdf')):
            words = 'sent ' + path.replace('~', ' ').replace('/', ' ')
            data = Tree.document(self.tree, path, words=words)
            put(os.path.join(self.sources, source), data)
            self.sent[sha(data)] = self.tree.documents.pop(sha(data))

    def command(self, run):
        return ['--spool', run.top, 'submit', os.path.join(self.sources, 'a.pdf'), os.path.join(self.sources, 'box')]

    def expected(self, run):
        here = places(run.top)
        return dict(self.documents, **{k: v for k, v in self.sent.items() if k in here or run.acknowledged})

    def outcome(self, run):
        run.acknowledged = run.code == 0
        return []

    def settled_alone(self, run):
        return False


class CtlRetry(Ctl):
    """Two failed documents are to be done again."""
    name = 'spoolctl-retry'

    def build(self):
        self.tree.pending('broken.pdf', kind='trunc', ends=('corrupt',))
        self.tree.pending(LONG, kind='password', ends=('encrypted',))
        self.tree.work()

    def command(self, run):
        return ['--spool', run.top, 'retry', '--all', '--yes']

    def outcome(self, run):
        states = {state_of(p) for where in places(run.top).values() for p in where}
        return ['it said 0, but not all went back'] if run.code == 0 and states != {'waiting'} else []

    def follow(self, run):
        if run.code != 0:
            spoolctl(run.top, 'retry', '--all', '--yes', timeout=80)

    def settled_alone(self, run):
        return False


class CtlCancel(Ctl):
    """Commands that cancel a pending and a waiting document."""
    name = 'spoolctl-cancel'

    def build(self):
        self.tree.pending('folder/p.pdf', ends=('ok', 'cancelled'))
        self.tree.waiting('w.pdf', ends=('ok', 'cancelled'))

    def command(self, run):
        return ['--spool', run.top, 'cancel', 'folder/p.pdf', 'w.pdf']

    def outcome(self, run):
        given = [n for n in os.listdir(os.path.join(run.top, 'control')) if n.startswith('cancel.')]
        return ['it said 0, but gave %s' % given] if run.code == 0 and len(given) != 2 else []

    def settled_alone(self, run):
        return False


class CtlExport(Ctl):
    """Three documents into an archive: each is in it whole or not at all; what is missing, it says."""
    name = 'spoolctl-export'

    def build(self):
        for path in ('a.pdf', 'box/b.pdf', LONG):
            self.tree.pending(path)
        self.tree.work()
        done = os.path.join(self.tree.top, 'done')
        self.files = {os.path.relpath(os.path.join(folder, n), done): read(os.path.join(folder, n))
                      for folder, _, names in os.walk(done) for n in names}

    def archive(self, run):
        return os.path.join(run.folder, 'out.tar')

    def command(self, run):
        return ['--spool', run.top, 'export', self.archive(run), '--with-json', '--with-pdf']

    def outcome(self, run):
        killed = run.code == -9
        wrong = ['a part is left'] if os.path.exists(self.archive(run) + '.part') and not killed else []
        if not os.path.exists(self.archive(run)):
            return wrong + (['it said 0, and there is no archive'] if run.code == 0 else [])
        try:
            with tarfile.open(self.archive(run)) as archive:
                got = {m.name: archive.extractfile(m).read() for m in archive.getmembers()}
        except (tarfile.TarError, EOFError) as e:
            return wrong + ['the archive is broken: %s' % e]
        wrong += ['%s is not as it was' % n for n in got if got[n] != self.files.get(n)]
        wrong += ['%s is in it in part' % n for n in self.files if n.endswith('.pdf') and
                  len({n in got, n[:-4] + '.txt' in got, n[:-4] + '.json' in got}) > 1]
        if run.code == 0 and len(got) != len(self.files):
            wrong.append('it said 0, but %s is missing' % (set(self.files) - set(got)))
        # Of a folder that could not be listed to its end nobody knows what is missing.
        if run.code == 1 and len(got) == len(self.files) and '.pdf: ' in run.stderr:
            wrong.append('it said that a document could not be read, but all are there')
        return wrong

    def settled_alone(self, run):
        return False


class Init(Ctl):
    """A new spool where there is nothing yet; a second try completes what a first has left."""
    name = 'init'

    def build(self):
        self.words = pdf_words = 'a document for a new spool'
        self.data = self.tree.document('new.pdf', words=pdf_words)

    def prepare(self, run):
        run.top = os.path.join(os.path.dirname(run.top), 'new')

    def command(self, run):
        return ['init', run.top]

    def follow(self, run):
        again = spoolctl(run.top, 'init', run.top, timeout=80)
        run.note('spoolctl init, again', again.returncode == 0, again.stderr)
        ini = os.path.join(run.top, 'spool.ini')
        run.note('spool.ini is whole', os.path.exists(ini) and b'empty_folder_age' in open(ini, 'rb').read())
        with open(os.path.join(self.tree.top, 'spool.ini'), 'rb') as f:
            put(ini, f.read())
        put(os.path.join(run.top, 'pending/new.pdf'), self.data)

    def settled_alone(self, run):
        return False


SCENES = [Claim, Fail, Retry, OcrLater, Reclaim, Janitor, Cancel, Shutdown, Submit, CtlRetry, CtlCancel,
          CtlExport, Init]
