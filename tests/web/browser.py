#!/usr/bin/env python3
"""The page as a person meets it: the real spoold and the real extractd on a real spool, and the page in Debian's Chromium. Documents
are dropped and are seen to move, fail, be retried; the cluster is paused, a host drained, another killed; the share stops answering,
spoold itself goes and comes back; and names that would be markup, or turn the line around, stay names.

usage: browser.py [NAME...]    the tests of these names alone (first always); BUILD: the folder with the programs
"""
import os
import signal
import sys
import time

from chrome import PROGRAM, Chrome, Failure
from look import look
from spoold import TOKEN, Spoold # and the way to spooltest
from spooltest import Checks, Spool, drop, pdf, small_pdf, until

SETTINGS = {
    'spool.lease_timeout': '60s', 'spool.max_attempts': '2', 'parser.stall_timeout': '2s', 'parser.document_timeout': '2s', 'ocr.ocr': 'never',
}
# Bytes of a name, and how the page has to show them.
HOSTILE = [
    (b'<img src=x onerror=alert(1)>.pdf', '<img src=x onerror=alert(1)>.pdf'),
    (b'"><script>alert(2)<%2Fscript>.pdf', '"><script>alert(2)<%252Fscript>.pdf'),
    (b'\xe2\x80\xaefdp.exe.pdf', '%E2%80%AEfdp.exe.pdf'),
    (b'bytes \xff\xfe that are no UTF-8.pdf', 'bytes %FF%FE that are no UTF-8.pdf'),
    (b'two\nlines\tand a bell\x07.pdf', 'two%0Alines%09and a bell%07.pdf'),
    ('\u05e9\u05dc\u05d5\u05dd 2026.pdf'.encode(), '\u05e9\u05dc\u05d5\u05dd 2026.pdf'),
    (b'-rf %s ${HOME} `x` &lt;b&gt;.pdf', '-rf %25s ${HOME} `x` &lt;b&gt;.pdf'),
    (b'n' * 251 + b'.pdf', 'n' * 251 + '.pdf'),
]
MARKUP = '<b onmouseover=alert(3)>bold</b>'


class World:
    """What all tests work on."""

    def __init__(self, c, spool, chrome):
        self.c, self.spool, self.chrome = c, spool, chrome
        self.spoold = Spoold(spool)
        self.hosts = {}
        self.page = chrome.page()

    def host(self, name):
        self.hosts[name] = self.spool.start(host=name)
        return self.hosts[name]

    def open(self, hash_, page=None, fresh=False):
        """Another page of the page; fresh: all of it is loaded anew."""
        if fresh:
            (page or self.page).goto('about:blank')
        (page or self.page).goto(self.spoold.url + hash_)
        (page or self.page).see('#title')

    def drop(self, name, data):
        path = self.spool.pending(*name.split(b'/'))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        drop(path, data)

    def control(self):
        return sorted(n for n in os.listdir(self.spool.at(b'control')) if n.startswith((b'pause', b'drain')))

    def reset(self):
        """After a failure: what comes next starts from a cluster that works."""
        for name in self.control():
            os.unlink(self.spool.at(b'control', name))
        self.page.goto('about:blank')

    def calm(self, page=None):
        """Nothing has gone wrong in that tab since the last look."""
        trouble = (page or self.page).trouble()
        (page or self.page).wrong.clear()
        return self.c.check('no error, no breach of the policy, no dialog', not trouble, trouble[:3])


def first(w):
    """An empty spool, no worker: the page says what to do. Then a document comes, and a worker."""
    c, page = w.c, w.page
    w.open('')
    page.see('.big', 'Nothing here yet')
    page.see('.fresh.m-live')
    page.see('.host-lines', 'No extractd works on this spool')
    c.check('an empty spool has a page that says what to do', 'pending/' in page.text('.outlook'))
    w.open('#/documents')
    page.run('window.loaded_once = true')
    w.drop(b'letters/first.pdf', small_pdf('the first of all'))
    page.see('tbody tr .m-pending, tbody tr', 'first.pdf')
    c.check('what is dropped is seen waiting', 'Pending' in page.text('tbody tr'), page.text('tbody tr'))
    w.host('alpha')
    page.until('document.querySelector("tbody tr").innerText.includes("Done")', 'first.pdf is done')
    c.check('and then done, without a reload', page.run('window.loaded_once') is True)
    page.click('tbody tr a', 'first.pdf')
    page.see('main', 'the first of all')
    c.check('its text is on its page', 'letters/' in page.text('h1') and 'alpha' in page.text('main'), page.text('h1'))
    w.open('#/overview')
    page.see('.c-done b', '1')
    page.see('.big', 'All done')
    w.calm()


def fails(w):
    """A document that takes too long is seen in work, with its host; then why it failed, in the row."""
    c, page = w.c, w.page
    w.open('#/hosts')
    page.see('section.host', 'Idle')
    w.drop(b'slow/laughs.pdf', pdf('treadmill'))
    page.see('table.slots', 'laughs.pdf')
    page.see('section.host', 'Working')
    c.check('a document in work is seen on its host', 'reading' in page.text('table.slots') or
            'starting' in page.text('table.slots'), page.text('table.slots'))
    for i in range(3):
        w.drop(b'bad/text %d.pdf' % i, b'this is no PDF, number %d' % i)
    w.drop(b'bad/locked.pdf', pdf('password'))
    w.open('#/failed')
    page.see('table.rows tr', 'laughs.pdf')
    page.see('.group', 'Timeout')
    for words in ('Encrypted', 'Not a PDF'):
        page.see('.group', words)
    page.until('document.querySelectorAll("table.rows tbody tr").length === 5', 'five rows')
    rows = '\n'.join(page.all('table.rows tbody tr'))
    c.check('each failure has its reason in the row', rows.count('Not a PDF') == 3 and 'password' in rows and
            'document_timeout' in rows, rows)
    page.until('document.querySelector("nav .badge").textContent === "5"', 'a badge of 5')
    c.check('the tab and the menu count them', page.run('document.title').startswith('(5) Failed'), page.run('document.title'))
    page.click('button', 'Show these: ')
    page.until('location.hash.includes("group=g-")', 'the group in the address')
    w.calm()


def sign_in(w):
    """In the dialog that asks for the token: a wrong one first."""
    page = w.page
    page.see('dialog input[type=password]')
    page.type('wrong')
    page.press('Enter')
    page.see('dialog [role=alert]')
    said = page.text('dialog [role=alert]')
    page.fill('dialog input[name=token]', TOKEN)
    page.click('dialog button[type=submit]')
    return said


def pauses(w):
    c, page, spool = w.c, w.page, w.spool
    page.allow('401', '403')
    w.open('#/overview')
    page.click('button', 'Pause the cluster')
    said = sign_in(w)
    c.check('a wrong token is refused', 'token' in said.lower(), said)
    page.see('dialog h2', 'Pause the cluster?')
    c.equal('a token alone pauses nothing', w.control(), [])
    page.click('dialog button[type=submit]', 'Pause')
    page.see('.toast', 'Paused')
    page.see('.banner', 'Paused: no host claims')
    c.equal('the pause lies in the tree', w.control(), [b'pause'])
    page.see('button', 'Sign out')
    page.see('.host-lines li', 'Paused') # alpha has heard of it
    w.drop(b'later/waits.pdf', small_pdf('later'))
    page.see('.oldest', 'waits.pdf')
    time.sleep(0.5)
    c.equal('nothing is claimed meanwhile', (page.text('.c-pending b'), spool.claimed()), ('1', []))
    w.open('#/documents?text=waits.pdf')
    page.see('tbody tr', 'Pending')
    page.click('.banner button', 'Resume the cluster')
    page.until('document.querySelector("tbody tr").innerText.includes("Done")', 'waits.pdf is done')
    page.until('document.querySelector(".banner") === null', 'the banner goes')
    c.equal('resumed from the banner, it is done', w.control(), [])
    w.calm()


def retries(w):
    """One, a group, all: those of several are counted first. Paused, so that what was sent back is seen waiting."""
    c, page, spool = w.c, w.page, w.spool
    w.open('#/hosts')
    page.see('section.host', 'Idle') # alpha has heard that it may work
    spool.ctl('pause')
    page.see('section.host', 'Paused') # and that it may not
    w.open('#/failed')
    page.see('.group')
    failed = len(spool.failed())
    page.click('.group button', 'Retry these 3: ')
    page.see('dialog h2', 'Retry 3 documents?')
    c.check('it is said which', all('bad/text %d.pdf' % i in page.text('dialog') for i in range(3)), page.text('dialog'))
    page.click('dialog button', 'Close')
    page.until('document.querySelector("dialog") === null', 'the question goes')
    c.equal('asked is not done', (len(spool.failed()), spool.waiting()), (failed, []))
    page.click('.group button', 'Retry these 3: ')
    page.see('dialog h2', 'Retry 3 documents?')
    page.click('dialog button[type=submit]', 'Retry 3')
    page.see('.toast', '3 documents will be tried again')
    page.until('!document.querySelector(".groups").innerText.includes("Not a PDF")', 'the group goes')
    c.equal('they wait in the tree', (len(spool.failed()), len(spool.waiting())), (failed - 3, 3))
    page.see('tbody tr', 'locked.pdf')
    page.click('tbody button', 'Retry bad/locked.pdf')
    page.see('.toast', '1 document will be tried again')
    page.until('document.querySelector("nav .badge").innerText === "%d"' % (failed - 4), 'the badge')
    w.open('#/documents?state=waiting,pending')
    page.until('document.querySelectorAll("tbody tr").length === 4', 'four that wait')
    page.click('.banner button', 'Resume the cluster')
    page.until('document.querySelector("nav .badge").innerText === "%d"' % failed, 'they have failed again')
    w.open('#/failed')
    page.click('button', 'Retry all %d' % failed)
    page.see('dialog h2', 'Retry %d documents?' % failed)
    c.check('all are counted, by reason', '3 Not a PDF' in page.text('dialog').replace('\n', ' '), page.text('dialog'))
    page.press('Escape')
    page.until('document.querySelector("dialog") === null', 'the question goes')
    c.equal('and left alone', len(spool.failed()), failed)
    w.calm()


def uploads(w):
    """A file that is dragged onto the page from the desktop goes to pending/ and is done; an empty one is refused by name."""
    c, page, spool = w.c, w.page, w.spool
    desktop = os.path.join(os.fsdecode(spool.top), 'desktop')
    os.mkdir(desktop)
    for name, data in (('100 % <b>new<b>.pdf', small_pdf('from the desktop')), ('nothing.pdf', b'')):
        with open(os.path.join(desktop, name), 'wb') as f:
            f.write(data)
    w.open('#/documents')
    page.see('label.upload', 'Add PDFs')
    page.drop(os.path.join(desktop, '100 % <b>new<b>.pdf'))
    page.see('.toast', '1 document sent to pending/')
    page.see('tbody tr', '100 %25 <b>new<b>.pdf')
    page.until('[...document.querySelectorAll("tbody tr")].find((r) => r.innerText.includes("<b>new<b>")).innerText.includes("Done")',
               'what was dropped is done')
    c.check('it lies in done/ under its name', '100 % <b>new<b>.pdf'.encode() in spool.done(), spool.done())
    page.drop(os.path.join(desktop, 'nothing.pdf'))
    page.see('.toast', 'nothing.pdf: it is empty')
    c.check('an empty file is told', True)
    w.calm()


def drains(w):
    c, page = w.c, w.page
    w.open('#/hosts')
    page.click('section.host button', 'Drain alpha')
    page.see('dialog h2', 'Drain alpha?')
    page.press('Escape')
    page.until('document.querySelector("dialog") === null', 'Escape closes the question')
    c.equal('Escape drains nothing', w.control(), [])
    page.click('section.host button', 'Drain alpha')
    page.click('dialog button[type=submit]', 'Drain')
    page.see('section.host', 'Draining')
    c.equal('the drain lies in the tree', w.control(), [b'drain.alpha'])
    page.click('section.host button', 'Let it work: alpha')
    page.see('section.host', 'Idle')
    c.equal('and is taken away', w.control(), [])
    w.calm()


def dies(w):
    """A host that is killed is grey, with when it was seen; no figure of its last seconds stays."""
    c, page = w.c, w.page
    beta = w.host('beta')
    page.see('section.host[aria-label=beta]', 'Idle')
    c.check('a host has figures while it lives', 'a minute' in page.text('section.host[aria-label=beta] .figures'))
    beta.kill_all()
    page.see('section.host.silent[aria-label=beta]', 'last seen')
    card = page.text('section.host[aria-label=beta]')
    c.check('a killed one is told silent, with when it was seen', 'Silent' in card and 'last seen' in card, card)
    c.check('and has no old figures of load', not any(t in card for t in ('a minute', 'CPU', 'Memory', 'slots busy', 'up ')), card)
    alpha = page.run('getComputedStyle(document.querySelector("section.host:not(.silent) h2")).color')
    c.check('it is grey', page.run('getComputedStyle(document.querySelector("section.host.silent h2")).color') != alpha)
    w.open('#/overview')
    page.see('.alert', 'beta')
    line = page.text('.host-lines li.silent')
    c.check('so it is on the overview', 'last seen' in line and 'pages/min' not in line, line)
    w.calm()


def hostile(w):
    """On every page where a name is shown: as documents that are done and that failed, waiting, in hand, and in a question."""
    c, page, spool = w.c, w.page, w.spool
    known = spool.finished()
    for name, _ in HOSTILE:
        w.drop(b'good/' + name, small_pdf(MARKUP))
        w.drop(b'evil/' + name, b'no PDF: ' + MARKUP.encode())
    c.check('all are done', spool.wait_finished(known + 2 * len(HOSTILE), 30))
    for folder, hash_ in (('good', '#/documents?prefix=good/&sort=path'), ('evil', '#/failed?prefix=evil/&sort=path')):
        w.open(hash_)
        # The key of what was only just dropped is another than that of what is done.
        page.until('''document.querySelectorAll("tbody tr").length === %d &&
            document.querySelector("tbody a[href*='/t-']") === null''' % len(HOSTILE), 'all rows of ' + folder)
        shown = page.run('[...document.querySelectorAll("tbody .name")].map((e) => e.textContent)')
        c.equal('%s: each name as it has to be shown' % folder, sorted(shown), sorted(s for _, s in HOSTILE))
        for address in page.run('[...document.querySelectorAll("tbody a.doc")].map((e) => e.getAttribute("href"))'):
            page.run('location.hash = %r' % address)
            page.until('[%s].includes(document.querySelector("h1").textContent)' %
                       ','.join(repr(folder + '/' + s) for _, s in HOSTILE), 'the page of ' + address)
            if folder == 'good':
                page.see('pre', MARKUP)
        c.equal('%s: no element was made of one' % folder,
                page.run('document.querySelectorAll("main img:not([src^=\\"/api/\\"]), main script, main b[onmouseover]").length'), 0)
    w.open('#/journal')
    for _, shown in HOSTILE:
        page.see('tbody tr, main li', shown)
    c.check('and the journal has them', True)
    w.open('#/document/<img src=x onerror=alert(4)>?page=javascript:1')
    page.see('.notice.error')
    w.open('#/documents?sort=onclick&state=<b>&host=%22%3E')
    page.see('.notice.error')
    page.allow('404', '400') # of the two addresses
    w.calm()


def filters(w):
    """What was found, and how, is in the address; a bookmark brings it back."""
    c, page = w.c, w.page
    w.open('#/documents')
    page.see('tbody tr')
    page.click('.chip', 'Failed')
    page.until('location.hash.includes("state=failed")', 'the state in the address')
    page.fill('input[name=text]', 'locked')
    page.until('document.querySelectorAll("tbody tr").length === 1', 'one row')
    address = page.run('location.href')
    page.goto('about:blank')
    page.goto(address)
    page.until('document.querySelectorAll("tbody tr").length === 1', 'one row again')
    c.equal('a bookmark brings back what was found, and how', (
        page.run('document.querySelector("input[name=text]").value'), page.all('.chip[aria-pressed=true]'),
        'locked.pdf' in page.text('tbody tr')), ('locked', ['Failed'], True))
    page.click('button', 'Clear filters')
    page.until('document.querySelectorAll("tbody tr").length > 5', 'all rows')
    page.click('th button', 'Size')
    page.see('th[aria-sort=descending]', 'Size')
    sizes = page.run('fetch("/api/v1/documents?sort=-size").then((r) => r.json()).then((p) => p.items.map((d) => d.path))')
    c.equal('sorted by the heading, in the order of the API', page.run(
        '[...document.querySelectorAll("tbody a.doc")].map((e) => e.title)'), sizes)
    w.calm()


def keyboard(w):
    """No mouse: the skip link, a page, a filter, a sort, a row, a question and away from it."""
    c, page = w.c, w.page
    w.open('#/overview', fresh=True)
    page.press('Tab')
    c.check('the first stop skips to the content', 'Skip' in page.focused(), page.focused())
    page.press('Enter')
    c.equal('and does so', page.run('document.activeElement.id'), 'main')
    w.open('#/overview')
    page.tab_to('A Documents')
    page.press('Enter')
    page.see('h1', 'Documents')
    c.equal('a new page begins at its title', page.run('document.activeElement.id'), 'title')
    page.tab_to('Failed')
    page.press(' ')
    page.until('location.hash.includes("state=failed")', 'a filter by the space bar')
    page.until('''(() => { const r = [...document.querySelectorAll("tbody tr")];
        return r.length > 0 && r.every((e) => e.innerText.includes("Failed")); })()''', 'failed ones alone')
    page.tab_to('Size')
    page.press('Enter')
    page.see('th[aria-sort=descending]', 'Size')
    page.tab_to('Choose ')
    page.press(' ')
    page.see('.chosen-bar', ' chosen')
    ring = page.run('getComputedStyle(document.activeElement).outlineStyle')
    c.check('the focus is seen', ring != 'none', ring)
    w.open('#/overview')
    page.tab_to('Pause the cluster')
    page.press('Enter')
    page.see('dialog[open]')
    for _ in range(4): # it stays within the question
        page.press('Tab')
        if not page.run('document.activeElement === document.body || document.activeElement.closest("dialog") !== null'):
            raise Failure('the focus leaves the dialog to %s' % page.focused())
    page.press('Escape')
    page.until('document.querySelector("dialog") === null', 'Escape closes')
    c.check('the focus goes back to where it was', 'Pause the cluster' in page.focused(), page.focused())
    c.equal('and nothing was paused', w.control(), [])
    w.calm()


def still(w):
    """While the page is drawn anew the focus stays; a frozen display stands still."""
    c, page = w.c, w.page
    w.open('#/overview')
    page.see('.fresh.m-live')
    page.run('document.querySelector(".c-failed a").focus(), window.node = document.activeElement')
    done = page.text('.c-done b')
    w.drop(b'more/one.pdf', small_pdf('one more'))
    page.until('document.querySelector(".c-done b").innerText !== %r' % done, 'one more is done')
    c.check('focus stays while the page is drawn anew', page.run('document.activeElement === node && node.isConnected'))
    page.click('button', 'Freeze')
    page.see('.fresh.m-frozen')
    shown, finished = page.text('#main'), w.spool.finished()
    w.drop(b'more/two.pdf', small_pdf('and another'))
    w.spool.wait_finished(finished + 1, 10)
    time.sleep(1)
    c.check('a frozen display stands still', page.text('#main') == shown)
    page.click('button', 'Go live')
    page.until('document.querySelector("#main").innerText !== %s' % repr(shown), 'it moves again')
    page.until('document.querySelector("#spoken").textContent.includes("failed")', 'a summary for those who listen')
    c.check('and then it moves again', True)
    w.calm()


def asks(w):
    """Where no events come through, the page asks."""
    c = w.c
    page = w.chrome.page()
    page.allow('ERR_BLOCKED_BY_CLIENT')
    page.call('Network.setBlockedURLs', urls=['*/api/v1/events*'])
    w.open('', page)
    page.see('.fresh.m-polling')
    done = page.text('.c-done b')
    w.drop(b'more/asked.pdf', small_pdf('asked for'))
    page.until('document.querySelector(".c-done b").innerText !== %r' % done, 'one more is done')
    c.check('without events the page asks, and moves', True)
    w.calm(page)
    page.close()


def share(w):
    """The share stops answering, and answers again."""
    c, page = w.c, w.page
    w.open('#/overview')
    page.see('.fresh.m-live')
    done = page.text('.c-done b')
    w.spoold.signal_scanner(signal.SIGSTOP)
    try:
        page.see('.banner', 'The share has not answered since', 30)
        c.equal('a share that is gone is told, and what is shown stays', page.text('.c-done b'), done)
        w.open('#/documents')
        page.see('tbody tr')
        c.check('the other pages are there, too, with the banner', page.count('.banner', 'The share') == 1)
    finally:
        w.spoold.signal_scanner(signal.SIGCONT)
    page.until('document.querySelector(".banner") === null', 'the banner goes', 30)
    c.check('and when it is back', True)
    w.calm()


def away(w):
    """spoold is killed and comes back: the page says so, and goes on by itself; then it is one that only shows."""
    c, page = w.c, w.page
    w.open('#/overview')
    page.see('.fresh.m-live')
    page.allow('net::ERR_') # whatever Chromium calls a server that is gone
    done, port = page.text('.c-done b'), w.spoold.port
    w.spoold.stop(signal.SIGKILL)
    page.see('.banner', 'spoold has not answered since')
    c.equal('a spoold that is gone is told, and the last figures stay', page.text('.c-done b'), done)
    w.drop(b'more/meanwhile.pdf', small_pdf('meanwhile'))
    c.check('the workers work on', until(lambda: b'more/meanwhile.pdf' in w.spool.done(), 10))
    w.spoold = Spoold(w.spool, port, read_only='yes')
    page.see('.fresh.m-live')
    page.until('document.querySelector(".c-done b").innerText === "%d"' % (int(done) + 1), 'what was done meanwhile')
    c.check('a new spoold is found by the page itself', page.count('.banner') == 0)
    page.see('.tag', 'Read only')
    for hash_, there in (('overview', '.flow'), ('hosts', 'section.host'), ('documents', 'tbody tr'), ('failed', '.group')):
        w.open('#/' + hash_)
        page.see(there)
        buttons = [b for b in page.all('button, label.upload') if any(
            t in b for t in ('Pause', 'Drain', 'Retry', 'Cancel', 'Add PDFs', 'Sign', 'Let it'))]
        c.equal('read only: no button that changes anything: ' + hash_, buttons, [])
    status = page.run('fetch("/api/v1/actions/pause", {method: "POST", headers: {"Content-Type": "application/json"}, '
                      'body: "{}"}).then((r) => r.status)')
    c.check('nor does the server let anybody', status in (401, 403) and w.control() == [], status)
    w.calm()


def plain(w):
    """Without JavaScript."""
    c = w.c
    page = w.chrome.page(script=False)
    page.goto(w.spoold.url)
    c.check('without JavaScript the page says where to look', 'needs JavaScript' in page.text('main'), page.text())
    page.goto(page.run('document.querySelector("noscript a, main a").href'))
    text = page.text('body')
    _, status, _ = w.spool.ctl('status', json_=True)
    c.check('and there are the figures', page.run('document.contentType') == 'text/plain' and
            all(str(status[s]) in text for s in ('done', 'failed')), text[:300])
    page.allow('favicon.ico') # which only a page can name, and this is text
    w.calm(page)
    page.close()


def looks(w):
    """Every page: axe, no sideways scrolling, in both themes."""
    ids = w.page.run('''Promise.all(["done", "failed"].map((s) => fetch("/api/v1/documents?sort=path&state=" + s).then((r) => r.json())
        .then((p) => p.items[0].id)))''')
    look(w.c, w.page, w.spoold.url, {
        'overview': '#/overview', 'hosts': '#/hosts', 'documents': '#/documents?sort=path', 'failed': '#/failed?sort=path',
        'a document that is done': '#/document/' + ids[0], 'a document that failed': '#/document/' + ids[1],
        'journal': '#/journal', 'settings': '#/settings', 'help': '#/help'})
    w.calm()


TESTS = [first, fails, pauses, retries, uploads, drains, dies, hostile, filters, keyboard, still, asks, looks, share, away, plain]


def main():
    c = Checks()
    if not os.access(PROGRAM, os.X_OK):
        print('skipped: there is no Chromium at %s' % PROGRAM)
        raise SystemExit(0)
    with Spool(SETTINGS, name='browser') as spool, Chrome() as chrome:
        w = World(c, spool, chrome)
        try:
            for test in TESTS:
                if test is first or test.__name__ in sys.argv[1:] or len(sys.argv) == 1:
                    began = time.monotonic()
                    try:
                        test(w)
                    except (Failure, OSError) as e:
                        c.check(test.__name__, False, e)
                        w.reset()
                    c.note('%s: %.1f s' % (test.__name__, time.monotonic() - began))
            c.equal('spoold ends well', w.spoold.stop(), 0)
        finally:
            if w.spoold.process.poll() is None:
                w.spoold.stop()
        for host in w.hosts.values():
            host.stop()
        code, audit, _ = spool.ctl('audit', json_=True)
        c.check('nothing was lost', code == 0 and audit['ok'], audit)
    c.finish()


if __name__ == '__main__':
    main()
