"""pixel: latency.mjs at work, from Python: a browser that says when rows and numbers were painted; and a plain listener, that says
when the event was there."""
import http.client
import json
import os
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))


class Listener(threading.Thread):
    """When the journal's event of each document came, in .heard: {path: ms since 1970}."""

    def __init__(self, host, port):
        super().__init__(daemon=True)
        self.heard, self.live = {}, threading.Event()
        self.connection = http.client.HTTPConnection(host, port, timeout=15)
        self.start()

    def run(self):
        self.connection.request('GET', '/api/v1/events?topics=journal')
        r, name = self.connection.getresponse(), None
        self.live.set()
        try:
            for line in iter(r.readline, b''):
                at = time.time() * 1000
                key, _, value = line.decode().rstrip('\n').partition(': ')
                name = value if key == 'event' else name
                if key == 'data' and name == 'journal':
                    for item in json.loads(value)['items']:
                        self.heard.setdefault(item['path'], at)
        except (OSError, http.client.HTTPException):
            pass  # spoold has ended


def percentiles(values):
    v = sorted(values)
    return tuple(v[min(len(v) - 1, int(len(v) * p))] for p in (0.5, 0.9, 0.99, 1))


class Browser:
    """latency.mjs: what it has said, by a thread."""

    def __init__(self, url, *words):
        self.rows, self.numbers, self.end = {}, [], None
        self.ready = threading.Event()
        self.process = subprocess.Popen(['node', os.path.join(HERE, 'latency.mjs'), url, *words], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        for line in self.process.stdout:
            said = json.loads(line)
            if 'row' in said:
                self.rows.setdefault(said['row'], said['at'])
            elif 'done' in said:
                self.numbers.append((said['done'], said['at']))
            elif 'ready' in said:
                self.ready.set()
            else:
                self.end = said

    def finish(self):
        self.process.stdin.close()
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.thread.join(10)
        return code


def fastest(times):
    """The most events in any second."""
    return max((sum(1 for t in times[i:i + 50] if t - at < 1000) for i, at in enumerate(times)), default=0)


def show(what, values):
    """One line of figures, in ms."""
    print('measured: %s, %d documents: p50 %.0f ms, p90 %.0f ms, p99 %.0f ms, most %.0f ms' %
          (what, len(values), *percentiles(values)), flush=True)


def latencies(browser, seals):
    """(ms from its seal to its row, ms from the nth seal to n or more on the overview) of {path: ms since 1970}; those that
    were never painted are not among them."""
    rows = [browser.rows[n] - at for n, at in seals.items() if n in browser.rows]
    numbers = []
    for k, at in enumerate(sorted(seals.values()), 1):
        shown = [t for n, t in browser.numbers if n >= k]
        numbers += [min(shown) - at] if shown else []
    return rows, numbers
