"""pixel: when the page of a spoold has painted what: two tabs of Chromium (painted.js in them), and a plain listener, that says when
the event was there."""
import http.client
import json
import os
import threading
import time

from chrome import Chrome

HERE = os.path.dirname(os.path.abspath(__file__))


class Browser:
    """The list of documents in one tab, the overview in another, each in a context of its own: both are visible, as far as they
    know. With only_push the list cannot be fetched again once it is shown: rows can come by events alone."""

    def __init__(self, url, only_push=False):
        self.chrome = Chrome()
        try:
            self.documents, self.overview = (self.open(url + h) for h in ('#/documents', '#/overview'))
            self.documents.see('.row.above p')
            if only_push:
                self.documents.call('Network.setBlockedURLs', urls=['*/api/v1/documents?*'])
                self.documents.allow('ERR_BLOCKED_BY_CLIENT')
            for page in self.documents, self.overview:
                page.run('window.here = true')
        except BaseException:
            self.chrome.close()
            raise

    def open(self, url):
        page = self.chrome.page()
        with open(os.path.join(HERE, 'painted.js'), encoding='utf-8') as f:
            page.call('Page.addScriptToEvaluateOnNewDocument', source=f.read())
        page.goto(url)
        page.see('.fresh.m-live')
        return page

    def rows(self):
        """{path: ms since 1970}"""
        return self.documents.run('window.painted.rows')

    def numbers(self):
        """[(how many are done, ms since 1970), ...]"""
        return self.overview.run('window.painted.numbers')

    def events(self):
        """{type: [ms since 1970, ...]} of the overview's tab, and the documents' of the other."""
        return {**self.overview.run('window.painted.events'),
                'documents': self.documents.run('window.painted.events.documents || []')}

    def trouble(self):
        """What went wrong: errors, and pages that were loaded again."""
        return [w for p in (self.documents, self.overview)
                for w in p.trouble() + ([] if p.run('window.here') else ['loaded again'])]

    def close(self):
        self.chrome.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


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


def fastest(times):
    """The most events in any second."""
    return max((sum(1 for t in times[i:i + 50] if t - at < 1000) for i, at in enumerate(times)), default=0)


def show(what, values):
    """One line of figures, in ms."""
    print('measured: %s, %d documents: p50 %.0f ms, p90 %.0f ms, p99 %.0f ms, most %.0f ms' %
          (what, len(values), *percentiles(values)), flush=True)


def latencies(rows, numbers, seals):
    """(ms from its seal to its row, ms from the nth seal to n or more on the overview) of {path: ms since 1970}; those that
    were never painted are not among them."""
    shown = [rows[n] - at for n, at in seals.items() if n in rows]
    counted = []
    for k, at in enumerate(sorted(seals.values()), 1):
        when = [t for n, t in numbers if n >= k]
        counted += [min(when) - at] if when else []
    return shown, counted
