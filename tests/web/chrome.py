"""Debian's Chromium, headless, driven by its DevTools protocol over two pipes: nothing but Python and the browser itself is needed,
no port is opened, and the browser ends when this process does.

A Page notes in `wrong` whatever a reader of it must never get: an exception, a line of error in the console (a breach of the
content security policy is one), a dialog that some name has opened. Every wait has a bound, and fails as Failure.
"""
import base64
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time

PROGRAM = os.environ.get('CHROMIUM', '/usr/bin/chromium')
FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
         '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--remote-debugging-pipe', 'about:blank']
PATIENCE = 60  # seconds that a page may take for anything
KEYS = {'Tab': 9, 'Enter': 13, 'Escape': 27, ' ': 32, 'ArrowDown': 40, 'ArrowRight': 39}

# What finds an element by its words, as a reader does: the smallest visible one of the selector that has these words.
FIND = '''(selector, words) => {
  const seen = (e) => e.checkVisibility({ visibilityProperty: true });
  const said = (e) => (e.getAttribute("aria-label") || "") + " " + e.textContent;
  return [...document.querySelectorAll(selector)].filter((e) => seen(e) && (!words || said(e).includes(words)))
    .sort((a, b) => a.textContent.length - b.textContent.length)[0] || null; }'''


class Failure(Exception):
    """What was waited for has not come, or the page does not do what was asked."""


class Chrome:
    """The browser. start() is the constructor; close() ends it and removes its profile."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix='pdfspool-chromium-')
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        # The browser reads descriptor 3 and writes to 4.
        start = 'exec 3<&%d 4>&%d; exec "$@"' % (theirs_in, theirs_out)
        with open(os.path.join(self.profile, 'log'), 'wb') as log:
            self.process = subprocess.Popen(
                ['bash', '-c', start, 'bash', PROGRAM, '--user-data-dir=' + os.path.join(self.profile, 'data')] + FLAGS,
                pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        os.close(theirs_in)
        os.close(theirs_out)
        self.read, self.write = os.fdopen(ours_in, 'rb'), os.fdopen(ours_out, 'wb', buffering=0)
        self.lock, self.number, self.answers, self.pages = threading.Lock(), 0, {}, {}
        threading.Thread(target=self.listen, daemon=True).start()
        self.call('Browser.getVersion')

    def post(self, method, params, session=None, answer=None):
        with self.lock:
            self.number += 1
            if answer is not None:
                self.answers[self.number] = answer
            message = {'id': self.number, 'method': method, 'params': params}
            if session:
                message['sessionId'] = session
            try:
                self.write.write(json.dumps(message).encode() + b'\0')
            except OSError as e:
                raise Failure('the browser has gone: %s' % e) from None

    def call(self, method, session=None, **params):
        answer = queue.Queue()
        self.post(method, params, session, answer)
        try:
            got = answer.get(timeout=PATIENCE)
        except queue.Empty:
            raise Failure('%s: no answer' % method) from None
        if 'error' in got:
            raise Failure('%s: %s' % (method, got['error'].get('message')))
        return got['result']

    def listen(self):
        rest = b''
        while True:
            got = os.read(self.read.fileno(), 1 << 20)
            if not got:
                break
            *messages, rest = (rest + got).split(b'\0')
            for m in map(json.loads, messages):
                if 'id' in m:
                    waiting = self.answers.pop(m['id'], None)
                    if waiting:
                        waiting.put(m)
                elif m.get('sessionId') in self.pages:
                    self.pages[m['sessionId']].happened(m['method'], m['params'])

    def page(self, **options):
        return Page(self, **options)

    def close(self):
        try:
            self.post('Browser.close', {})
        except Failure:
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.write.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Page:
    """A tab with cookies and storage of its own."""

    def __init__(self, chrome, size=(1280, 820), theme='light', script=True):
        self.chrome, self.wrong, self.allowed = chrome, [], []
        self.context = chrome.call('Target.createBrowserContext')['browserContextId']
        self.target = chrome.call('Target.createTarget', url='about:blank', browserContextId=self.context)['targetId']
        self.session = chrome.call('Target.attachToTarget', targetId=self.target, flatten=True)['sessionId']
        chrome.pages[self.session] = self
        for domain in ('Page', 'Runtime', 'Log', 'DOM', 'Network'):
            self.call(domain + '.enable')
        self.call('Page.addScriptToEvaluateOnNewDocument', source='window.find_ = ' + FIND)
        if not script:
            self.call('Emulation.setScriptExecutionDisabled', value=True)
        self.look(size, theme)

    def call(self, method, **params):
        return self.chrome.call(method, self.session, **params)

    def happened(self, method, params):
        """In the reader's thread: nothing here may wait."""
        said = None
        if method == 'Runtime.exceptionThrown':
            d = params['exceptionDetails']
            said = 'exception: ' + d.get('exception', {}).get('description', d['text'])
        elif method == 'Runtime.consoleAPICalled' and params['type'] in ('error', 'assert'):
            said = 'console: ' + ' '.join(str(a.get('value', a.get('description'))) for a in params['args'])
        elif method == 'Log.entryAdded' and params['entry']['level'] == 'error':
            said = 'log: %s %s' % (params['entry']['text'], params['entry'].get('url', ''))
        elif method == 'Page.javascriptDialogOpening':
            said = 'a dialog: ' + params['message']
            self.chrome.post('Page.handleJavaScriptDialog', {'accept': False}, self.session)
        if said:
            self.wrong.append(said)

    def trouble(self):
        """What went wrong, without what the test itself has brought about (allow)."""
        return [w for w in self.wrong if not any(a in w for a in self.allowed)]

    def allow(self, *words):
        """These are in an error that the test itself brings about."""
        self.allowed += words

    def look(self, size=None, theme=None):
        if size:
            self.call('Emulation.setDeviceMetricsOverride', width=size[0], height=size[1], deviceScaleFactor=1, mobile=False)
        if theme:
            self.call('Emulation.setEmulatedMedia', features=[{'name': 'prefers-color-scheme', 'value': theme},
                                                              {'name': 'prefers-reduced-motion', 'value': 'reduce'}])

    def goto(self, url):
        got = self.call('Page.navigate', url=url)
        if got.get('errorText'):
            raise Failure('%s: %s' % (url, got['errorText']))
        self.until('document.readyState === "complete"', 'loaded')

    def run(self, expression):
        """What a piece of JavaScript gives, promises awaited."""
        got = self.call('Runtime.evaluate', expression=expression, returnByValue=True, awaitPromise=True)
        if 'exceptionDetails' in got:
            raise Failure('%s: %s' % (expression[:120], got['exceptionDetails'].get('exception', {}).get('description')))
        return got['result'].get('value')

    def until(self, expression, what=None, seconds=PATIENCE):
        """Wait until it is true (while a page is being left, nothing is)."""
        end = time.monotonic() + seconds
        while True:
            try:
                value, problem = self.run(expression), None
            except Failure as e:
                value, problem = None, e
            if value:
                return value
            if time.monotonic() > end:
                text = '' if problem else ' '.join(self.all('dialog, .toast, main, nav')).replace('\n', ' ')
                raise Failure('%s: not within %d s; %s' % (what or expression, seconds, problem or 'the page says: ' + text[:1000]))
            time.sleep(0.03)

    def text(self, selector='body'):
        return self.run('(document.querySelector(%s) || {}).innerText' % json.dumps(selector)) or ''

    def all(self, selector):
        return self.run('[...document.querySelectorAll(%s)].map((e) => e.innerText)' % json.dumps(selector))

    def count(self, selector, words=''):
        return self.run('[...document.querySelectorAll(%s)].filter((e) => (e.getAttribute("aria-label") + e.textContent).includes(%s))'
                        '.length' % (json.dumps(selector), json.dumps(words)))

    def see(self, selector, words='', seconds=PATIENCE):
        """Wait for a visible element of that selector with these words in it or in its label."""
        found = 'find_(%s, %s)' % (json.dumps(selector), json.dumps(words))
        self.until(found + ' !== null', '%s with %r' % (selector, words), seconds)
        return found

    def click(self, selector, words=''):
        """With the mouse, on the middle of it, once it stands still: what lies above it is hit instead, and that is a failure."""
        found = self.see(selector, words)
        hit = self.until('''(() => { const e = %s; if (!e) return null; e.scrollIntoView({block: "nearest"});
            const b = e.getBoundingClientRect(), x = b.x + b.width / 2, y = b.y + b.height / 2, top = document.elementFromPoint(x, y);
            const still = window.was_ === `${x} ${y}`; window.was_ = `${x} ${y}`;
            return still && top && e.contains(top) ? [x, y] : null; })()''' % found, 'a way to click ' + (words or selector))
        for kind in ('mouseMoved', 'mousePressed', 'mouseReleased'):
            self.call('Input.dispatchMouseEvent', type=kind, x=hit[0], y=hit[1], button='left', clickCount=1)

    def press(self, key, times=1, shift=False):
        code = KEYS.get(key, ord(key[0].upper()))
        text = {'Enter': '\r', ' ': ' '}.get(key, key if len(key) == 1 else '')
        for _ in range(times):
            for kind in ('keyDown', 'keyUp'):
                self.call('Input.dispatchKeyEvent', type=kind, key=key, code=key if len(key) > 1 else '', windowsVirtualKeyCode=code,
                          modifiers=8 if shift else 0, **({'text': text} if kind == 'keyDown' and text else {}))

    def type(self, text):
        self.call('Input.insertText', text=text)

    def fill(self, selector, text):
        self.click(selector)
        self.run('document.activeElement.select()')
        self.type(text)

    def focused(self):
        """What has the focus, as a reader would name it."""
        return self.run('(() => { const e = document.activeElement; return e.tagName + " " + '
                        '(e.getAttribute("aria-label") || e.name || e.textContent).trim(); })()')

    def tab_to(self, words, most=80):
        """With the Tab key alone."""
        for _ in range(most):
            self.press('Tab')
            if words in self.focused():
                return
        raise Failure('Tab never comes to %r' % words)

    def drop(self, path):
        """Drag a file from the desktop onto the middle of the window, and let go."""
        data = {'items': [], 'files': [path], 'dragOperationsMask': 1}
        for kind in ('dragEnter', 'dragOver', 'drop'):
            self.call('Input.dispatchDragEvent', type=kind, x=400, y=400, data=data)

    def shot(self, path, full=False):
        got = self.call('Page.captureScreenshot', format='png', captureBeyondViewport=full, **({'clip': {
            'x': 0, 'y': 0, 'scale': 1, **dict(zip(('width', 'height'), self.run(
                '[document.documentElement.clientWidth, document.documentElement.scrollHeight]')))}} if full else {}))
        with open(path, 'wb') as f:
            f.write(base64.b64decode(got['data']))

    def close(self):
        self.chrome.pages.pop(self.session, None)
        self.chrome.call('Target.closeTarget', targetId=self.target)
        self.chrome.call('Target.disposeBrowserContext', browserContextId=self.context)
