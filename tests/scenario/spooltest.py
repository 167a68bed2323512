"""What the scenarios share: a spool in a temporary folder, the real extractd by its pid, bounded waits, and a checker
of the conservation law that knows nothing of the programs' own (it goes by the contents of the files).

All paths are bytes: names in a spool are. The build folder comes from $BUILD (default: build).
"""
import collections
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'gen'))
from pdfobjects import of_objects  # noqa: E402 (its place is known only now)

BUILD = os.path.abspath(os.environ.get('BUILD', 'build'))
EXTRACTD, SPOOLCTL, MKPDF = (os.path.join(BUILD, p) for p in ('extractd', 'spoolctl', 'mkpdf'))

# Short times, so that a scenario ends soon; a test changes what it needs.
SETTINGS = {
    'spool': {
        'settle_time': '200ms', 'beat_interval': '200ms', 'self_stop': '2s', 'lease_timeout': '5s',
        'retry_delay': '0s', 'sweep_age': '1h', 'alone_wait': '0s',
    },
    'worker': {'poll_min': '50ms', 'poll_max': '300ms', 'janitor_interval': '300ms', 'shutdown_grace': '5s'},
    'parser': {'memory_alone': '16M'}, # no bomb gets half of this machine
    'log': {},
}


class Checks:
    """Counts checks, prints a line for each."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.began = time.monotonic()

    def check(self, name, ok, detail=''):
        if ok:
            self.passed += 1
            print('ok      ' + name, flush=True)
        else:
            self.failed += 1
            print('FAILED  ' + name + (': %s' % (detail,) if detail != '' else '')[:1500], flush=True)
        return bool(ok)

    def equal(self, name, got, want):
        return self.check(name, got == want, 'got %r, wanted %r' % (got, want))

    def skip(self, name, why):
        self.skipped += 1
        print('skipped %s: %s' % (name, why), flush=True)

    def note(self, text):
        print('        ' + text, flush=True)

    def report(self, suite, counts):
        """What was counted, for docs/RELIABILITY.md: into the folder that REPORT names, if any."""
        folder = os.environ.get('REPORT')
        if folder:
            with open(os.path.join(folder, suite + '.json'), 'w', encoding='utf-8') as f:
                json.dump({'suite': suite, 'seconds': round(time.monotonic() - self.began, 1), 'counts': counts}, f)

    def finish(self):
        print('%.1f s%s' % (time.monotonic() - self.began, ', %d skipped' % self.skipped if self.skipped else ''))
        print('%d passed, %d failed' % (self.passed, self.failed), flush=True)
        raise SystemExit(1 if self.failed or not self.passed else 0)


def seen(condition, seconds, pause=0.02):
    """Look for so long, and no longer, whether condition() comes true. Its last value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(pause)


def patient(seconds):
    """How long to wait for what takes at most so long where the machine does nothing else: other tests run on it, too."""
    return min(4 * seconds, max(120, seconds))


def until(condition, seconds, pause=0.02):
    """Wait until condition() is true, as it is within so many seconds on a machine that has nothing else to do. Its last value."""
    return seen(condition, patient(seconds), pause)


# --- processes ---

Process = collections.namedtuple('Process', 'pid ppid state role start')


def processes():
    """All processes of this machine: pid -> Process."""
    found = {}
    for name in os.listdir('/proc'):
        if not name.isdigit():
            continue
        try:
            with open('/proc/%s/stat' % name, 'rb') as f:
                line = f.read()
        except OSError:
            continue
        role = line[line.index(b'(') + 1:line.rindex(b')')].decode('latin-1')
        rest = line[line.rindex(b')') + 2:].split()
        found[int(name)] = Process(int(name), int(rest[1]), rest[0].decode(), role, int(rest[19]))
    return found


def below(pid):
    """The living processes below a pid, itself not among them."""
    everybody, found, todo = processes(), [], [pid]
    while todo:
        parent = todo.pop()
        for p in everybody.values():
            if p.ppid == parent and p.state not in 'ZX':
                found.append(p)
                todo.append(p.pid)
    return found


def still_alive(those):
    """Which of these processes (as they were seen) still live."""
    now = processes()
    return [p for p in those if p.pid in now and now[p.pid].start == p.start and now[p.pid].state not in 'ZX']


def send_signal(process, sig):
    """To a process that was seen a moment ago; False when it has gone."""
    if not still_alive([process]):
        return False
    try:
        os.kill(process.pid, sig)
        return True
    except ProcessLookupError:
        return False


# --- files ---

def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def write(path, data):
    with open(path, 'wb') as f:
        f.write(data)


def drop(path, data):
    """Put a file into pending/ as rsync does: under a hidden name, then renamed."""
    hidden = os.path.join(os.path.dirname(path), b'.new-%d-%d' % (os.getpid(), threading.get_ident()))
    write(hidden, data)
    os.rename(hidden, path)


_cache = {}


def pdf(kind='text', words=None, **options):
    """The bytes of a generated document."""
    key = (kind, words, tuple(sorted(options.items())))
    if key in _cache:
        return _cache[key]
    fd, path = tempfile.mkstemp(suffix='.pdf')
    os.close(fd)
    command = [MKPDF, kind]
    if words is not None:
        command += ['--words', words]
    for name, value in options.items():
        command += ['--' + name, str(value)]
    subprocess.run(command + [path], check=True)
    data = read(path)
    os.unlink(path)
    if len(data) < 1 << 20:
        _cache[key] = data
    return data


def small_pdf(words, pages=1):
    """A document that says `words` (ASCII) on each page: made here, since a test of many needs thousands."""
    stream = b'BT /F1 12 Tf 50 700 Td (' + words.encode() + b') Tj ET'
    kids = b' '.join(b'%d 0 R' % (5 + i) for i in range(pages))
    return of_objects([
        b'<</Type/Catalog/Pages 2 0 R>>',
        b'<</Type/Pages/Kids[%s]/Count %d/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>>>' % (kids, pages),
        b'<</Length %d>>stream\n%s\nendstream' % (len(stream), stream),
        b'<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
    ] + [b'<</Type/Page/Parent 2 0 R/Contents 3 0 R>>'] * pages)


def files_below(top, hidden=True):
    """All regular files below top, as paths relative to it; paths of any length."""
    found = []

    def walk(fd, path):
        with os.scandir(fd) as entries:
            entries = [(os.fsencode(e.name), e.is_dir(follow_symlinks=False), e.is_file(follow_symlinks=False))
                       for e in entries]
        for name, folder, file in entries:
            if not hidden and name.startswith(b'.'):
                continue
            if not folder:
                if file:
                    found.append(path + name)
                continue
            try:
                inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=fd)
            except FileNotFoundError:
                continue
            try:
                walk(inner, path + name + b'/')
            finally:
                os.close(inner)

    try:
        fd = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return found
    try:
        walk(fd, b'')
    finally:
        os.close(fd)
    return found


def open_below(top, path, flags=os.O_RDONLY, make=False):
    """Open top/path step by step, since the kernel takes no path above 4,095 bytes."""
    fd = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    parts = path.split(b'/')
    for part in parts[:-1]:
        if make:
            try:
                os.mkdir(part, dir_fd=fd)
            except FileExistsError:
                pass
        inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY, dir_fd=fd)
        os.close(fd)
        fd = inner
    inner = os.open(parts[-1], flags, 0o664, dir_fd=fd)
    os.close(fd)
    return inner


def read_below(top, path):
    with os.fdopen(open_below(top, path), 'rb') as f:
        return f.read()


def unshow(shown):
    """The bytes of a name as JSON shows it: %XX for what is no printable UTF-8."""
    return re.sub(rb'%([0-9A-Fa-f]{2})', lambda m: bytes([int(m.group(1), 16)]), shown.encode())


def result_stem(name):
    """x of x.pdf, x.PDF and of a document that is called x."""
    return name[:-4] if len(name) > 4 and name[-4:].lower() == b'.pdf' else name


def is_result(name):
    return name.lower().endswith((b'.txt', b'.json'))


def squeeze(text):
    return b' '.join(text.split())


# --- the spool ---

class Spool:
    """A spool in a new temporary folder, removed at the end (and all its extractd killed)."""

    def __init__(self, settings=None, name='spool'):
        self.top = os.fsencode(tempfile.mkdtemp(prefix='pdfspool-%s-' % name))
        os.chmod(self.top, 0o755)
        self.path = os.path.join(self.top, b'spool')
        self.workers = []
        subprocess.run([SPOOLCTL, 'init', self.path], check=True, stderr=subprocess.DEVNULL)
        self.configure(settings or {})

    def configure(self, settings, path=None, base=SETTINGS):
        """Write spool.ini (or a host's file) with the short settings and these on top: {'section.key': value}."""
        all_ = {section: dict(keys) for section, keys in base.items()}
        for key, value in settings.items():
            section, key = key.split('.')
            all_.setdefault(section, {})[key] = value
        lines = []
        for section, keys in all_.items():
            lines.append('[%s]' % section)
            lines += ['%s = %s' % pair for pair in keys.items()]
        if 'spool' in base:
            lines.insert(1, 'format = 1')
        target = path or self.at(b'spool.ini')
        write(target + b'.new', '\n'.join(lines).encode() + b'\n')
        os.rename(target + b'.new', target)

    def at(self, *parts):
        return os.path.join(self.path, *parts)

    def pending(self, *parts):
        return self.at(b'pending', *parts)

    def start(self, *options, **keywords):
        worker = Extractd(self, *options, **keywords)
        self.workers.append(worker)
        return worker

    def ctl(self, *words, json_=False):
        """spoolctl: (exit code, stdout, stderr), stdout parsed when json_."""
        command = [SPOOLCTL, '--spool', self.path] + (['--json'] if json_ else []) + list(words)
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              timeout=120)
        out = done.stdout
        if json_ and out.strip():
            out = json.loads(out)
        return done.returncode, out, done.stderr

    def done(self):
        """Paths of published PDFs below done/."""
        return sorted(p for p in files_below(self.at(b'done'), hidden=False) if not is_result(p))

    def failed(self):
        """(class, path) of failed PDFs."""
        found = files_below(self.at(b'failed'), hidden=False)
        return sorted(tuple(p.split(b'/', 1)) for p in found if not is_result(p))

    def finished(self):
        return len(self.done()) + len(self.failed())

    def waiting(self):
        return sorted(os.listdir(self.pending(b'.retry')))

    def claimed(self):
        """(host, lease, token) of all that is in any work/."""
        found = [p.split(b'/') for p in files_below(self.at(b'claimed'))]
        return [(p[0], p[1], p[3]) for p in found if len(p) == 4 and p[2] == b'work']

    def leases(self):
        found = []
        for host in os.listdir(self.at(b'claimed')):
            found += [(host, lease) for lease in os.listdir(self.at(b'claimed', host))]
        return found

    def json(self, path):
        """The x.json of a PDF, given by its path from the top of the spool."""
        return json.loads(read_below(self.path, os.path.join(os.path.dirname(path),
                                                             result_stem(os.path.basename(path)) + b'.json')))

    def text(self, path):
        return read_below(self.path, os.path.join(os.path.dirname(path),
                                                  result_stem(os.path.basename(path)) + b'.txt'))

    def wait_finished(self, n, seconds):
        return until(lambda: self.finished() >= n, seconds)

    def remove(self):
        for worker in self.workers:
            worker.kill_all()
        if os.environ.get('KEEP'):
            print('        kept: %s' % os.fsdecode(self.top))
            return
        shutil.rmtree(self.top, ignore_errors=True)
        if os.path.isdir(self.top): # paths that are too long for rmtree
            subprocess.run(['rm', '-rf', self.top])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()


class Extractd:
    """One extractd, with its log in a file."""

    count = 0

    def __init__(self, spool, *options, host=None, program=(), wait=True, config=None, extractd=EXTRACTD):
        Extractd.count += 1
        self.log_path = os.path.join(spool.top, b'log.%d' % Extractd.count)
        self.spool, self.host = spool, host
        command = list(program) + [extractd, '--spool', spool.path]
        if host:
            command += ['--host', host]
        if config:
            command += ['--config', config]
        with open(self.log_path, 'wb') as log:
            self.child = subprocess.Popen(command + list(options), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          start_new_session=True)
        self.pid = self.child.pid
        self.seen = []
        if wait and not until(lambda: b'slots,' in self.log() or self.child.poll() is not None, 15):
            raise RuntimeError('extractd makes no lease: %s' % self.log().decode(errors='replace'))

    def log(self):
        return read(self.log_path)

    def alive(self):
        return self.child.poll() is None

    def tree(self):
        """The processes below the supervisor."""
        self.seen = below(self.pid)
        return self.seen

    def role(self, role):
        """The processes of a role: claimer, slot, beat, reporter, janitor, zygote, parser."""
        return [p for p in self.tree() if self.role_of(p) == role]

    def role_of(self, p):
        if p.role.startswith('slot.'):
            return 'slot'
        if p.role == 'pdfspool-parser':
            return 'zygote' if p.ppid == self.pid else 'parser'
        return p.role

    def spinning(self, least=1.0):
        """Parsers that have used this many seconds of CPU."""
        tick = os.sysconf('SC_CLK_TCK')
        found = []
        for p in self.role('parser'):
            try:
                used = read('/proc/%d/stat' % p.pid).rsplit(b')', 1)[1].split()
            except OSError:
                continue
            if (int(used[11]) + int(used[12])) / tick >= least:
                found.append(p)
        return found

    def signal_all(self, sig, freezing=False):
        """To the supervisor and all below it. freezing: again until nobody new has come."""
        for _ in range(20):
            those = [p for p in self.tree() if not (freezing and p.state == 'T')]
            if self.alive():
                os.kill(self.pid, sig)
            for p in those:
                send_signal(p, sig)
            if not freezing or all(p.state == 'T' for p in self.tree()):
                return
            time.sleep(0.02)

    def stop(self, seconds=30, sig=signal.SIGTERM):
        """Ask it to stop. Its exit code; None when it did not stop in time (it is killed then)."""
        self.tree()
        if self.alive():
            os.kill(self.pid, sig)
        try:
            return self.child.wait(patient(seconds))
        except subprocess.TimeoutExpired:
            self.kill_all()
            return None

    def wait(self, seconds):
        try:
            return self.child.wait(patient(seconds))
        except subprocess.TimeoutExpired:
            return None

    def kill(self):
        """SIGKILL to the supervisor alone. What lived below it a moment before."""
        those = self.tree()
        os.kill(self.pid, signal.SIGKILL)
        self.child.wait()
        return those

    def kill_all(self):
        those = self.tree() if self.alive() else self.seen
        if self.alive():
            os.kill(self.pid, signal.SIGKILL)
            self.child.wait()
        for p in still_alive(those):
            send_signal(p, signal.SIGKILL)


# --- the conservation law, by content ---

class Law:
    """What was dropped, and whether it is all there.

    dropped: sha256 -> (path below pending/ as bytes, words that its text must hold or None)
    """

    def __init__(self, spool):
        self.spool = spool
        self.dropped = {}

    def add(self, data, path, words=None):
        digest = sha256(data)
        assert digest not in self.dropped, 'the test dropped one content twice'
        self.dropped[digest] = (path, words)
        return data

    def drop(self, path, data, words=None):
        self.add(data, path, words)
        folder = os.path.dirname(self.spool.pending(path))
        os.makedirs(folder, exist_ok=True)
        drop(self.spool.pending(path), data)

    def problems(self, consumed=(), settled=True, leftovers=False):
        """A list of sentences; empty when the law is kept. consumed: folders that finished triples were moved to.
        settled: nothing may be in pending/ or in work any more. leftovers: hidden private results and folders of unpacked
        documents are allowed (they are swept by age)."""
        found, places = [], collections.defaultdict(list)
        published = [b'done', b'failed'] + [os.path.relpath(c, self.spool.path) for c in consumed]
        for top in published:
            names = set(files_below(self.spool.at(top)))
            for name in sorted(names):
                base = os.path.basename(name)
                if base.startswith(b'.'):
                    if not leftovers:
                        found.append('leftover %r in %r' % (name, top))
                elif is_result(base):
                    stem = name.rsplit(b'.', 1)[0]
                    if not any(stem + suffix in names for suffix in (b'', b'.pdf', b'.PDF', b'.Pdf', b'.pDF', b'.PdF')):
                        found.append('a result without a document: %r in %r' % (name, top))
                else:
                    self.one(top, name, names, places, found)
        for top in (b'pending', b'claimed'):
            for name in files_below(self.spool.at(top)):
                base = os.path.basename(name)
                if top == b'claimed' and b'/work/' not in name:
                    continue
                if leftovers and top == b'pending' and name.startswith(b'.unpack/'):
                    continue
                digest = sha256(read_below(self.spool.at(top), name))
                if digest in self.dropped:
                    places[digest].append(top + b'/' + name)
                    if settled:
                        found.append('not finished: %r in %r' % (name, top))
                elif top == b'claimed':
                    found.append('unknown content in %r: %r' % (top, name))
        for digest, (path, _) in self.dropped.items():
            if len(places[digest]) == 0:
                found.append('LOST: %r (%s)' % (path, digest[:12]))
            elif len(places[digest]) > 1:
                found.append('DUPLICATE: %r is at %r' % (path, places[digest]))
        return found

    def one(self, top, name, names, places, found):
        """One published PDF: its results are there and its own."""
        where = os.path.join(top, name)
        digest = sha256(read_below(self.spool.path, where))
        if digest not in self.dropped:
            found.append('unknown content: %r' % where)
            return
        places[digest].append(where)
        stem = os.path.join(os.path.dirname(name), result_stem(os.path.basename(name)))
        if stem + b'.json' not in names:
            found.append('no x.json: %r' % where)
            return
        path, words = self.dropped[digest]
        record = json.loads(read_below(self.spool.path, os.path.join(top, stem + b'.json')))
        if record.get('sha256') not in (digest, None if record['outcome'] == 'failed' else digest):
            found.append('the sha256 in x.json is not of the document: %r' % where)
        if unshow(record['path']) != path:
            found.append('x.json of %r has the path %r, dropped as %r' % (where, record['path'], path))
        if record['outcome'] == 'failed':
            if stem + b'.txt' in names:
                found.append('a failed document with a text: %r' % where)
            return
        if stem + b'.txt' not in names:
            found.append('no x.txt: %r' % where)
            return
        text = read_below(self.spool.path, os.path.join(top, stem + b'.txt'))
        if record['text_sha256'] != sha256(text):
            found.append('the text is not the one of x.json: %r' % where)
        if words is not None and squeeze(words.encode()) not in squeeze(text):
            found.append('the text is not its own: %r: %r' % (where, text[:80]))


class Watcher(threading.Thread):
    """Looks all the time whether a visible name in done/ or failed/ ever changes its content."""

    def __init__(self, spool, pause=0.1):
        super().__init__(daemon=True)
        self.spool, self.pause = spool, pause
        self.known, self.changed, self.looks = {}, [], 0
        self.over, self.lock = threading.Event(), threading.Lock()

    def consume(self, move):
        """Run move() while nobody looks; names that it takes away may be born again. It returns them."""
        with self.lock:
            for path in move():
                self.known.pop(path, None)

    def look(self):
        with self.lock:
            self.look_locked()

    def look_locked(self):
        now = {}
        for top in (b'done', b'failed'):
            for name in files_below(self.spool.at(top), hidden=False):
                path = os.path.join(self.spool.path, top, name)
                try:
                    st = os.stat(path)
                    key = (st.st_ino, st.st_size, st.st_mtime_ns)
                    old = self.known.get(path)
                    digest = old[1] if old and old[0] == key else sha256(read(path))
                except OSError:
                    continue # moved away by the consumer
                if old and old[1] != digest:
                    self.changed.append(path)
                now[path] = (key, digest)
        self.known.update(now)
        self.looks += 1

    def run(self):
        while not self.over.wait(self.pause):
            self.look()

    def stop(self):
        self.over.set()
        self.join()
        self.look()


def require_build():
    for program in (EXTRACTD, SPOOLCTL, MKPDF):
        if not os.access(program, os.X_OK):
            sys.exit('%s is missing: run make tools, or set BUILD' % program)


require_build()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143)) # so that what was started is stopped
