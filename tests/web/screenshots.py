#!/usr/bin/env python3
"""Pictures of all pages, light and dark, wide and narrow, of a spool with some hundred documents (stage.py): screenshots.py FOLDER
[PAGE...]. Needs pngquant."""
import json
import os
import subprocess
import sys
import time
import urllib.request

import stage
from chrome import Chrome
from spoold import TOKEN

SIZES = {'wide': (1360, 850), 'narrow': (390, 844)}
TALL = ('documents', 'failed', 'journal', 'settings', 'help') # of these the top is enough


def hashes(url):
    def first(query):
        with urllib.request.urlopen(url + 'api/v1/documents?limit=1&' + query) as f:
            return '#/document/' + json.load(f)['items'][0]['id']
    return {'overview': '#/overview', 'hosts': '#/hosts', 'documents': '#/documents', 'failed': '#/failed', 'journal': '#/journal',
            'document': first('prefix=scans/2026-11/ledger&state=done'), 'document-failed': first('prefix=incoming/mail/&state=failed'),
            'settings': '#/settings', 'help': '#/help'}


def main():
    stage.alone()
    folder, only = os.path.abspath(sys.argv[1]), sys.argv[2:]
    os.makedirs(folder, exist_ok=True)
    spool, spoold = stage.full()
    try:
        with Chrome() as chrome:
            page = chrome.page(size=SIZES['wide'])
            page.call('Emulation.setScrollbarsHidden', hidden=True)
            page.goto(spoold.url)
            page.see('.fresh.m-live')
            page.until('document.querySelectorAll(".host-lines li").length === 3 && +document.querySelector(".c-done b").innerText > 300')
            page.run('fetch("/api/v1/session", {method: "POST", headers: {"Content-Type": "application/json"}, body: %r})'
                     '.then((r) => r.status)' % json.dumps({'token': TOKEN}))
            time.sleep(2)
            for name, hash_ in hashes(spoold.url).items():
                if only and name not in only:
                    continue
                for size, pixels in SIZES.items():
                    for theme in ('light', 'dark'):
                        page.look(pixels, theme)
                        page.goto('about:blank')
                        page.goto(spoold.url + hash_)
                        page.see('#title')
                        page.until('!document.querySelector("main").innerText.includes("Loading")')
                        time.sleep(0.5) # what comes by events
                        page.shot('%s/%s-%s-%s.png' % (folder, name, theme, size), name not in TALL)
            print(page.trouble() or 'no error')
    finally:
        spoold.stop()
        spool.remove()
    if not os.environ.get('RAW'):
        subprocess.run(['pngquant', '--force', '--ext', '.png', '--skip-if-larger', '--speed', '1', '64'] +
                       ['%s/%s' % (folder, n) for n in sorted(os.listdir(folder)) if n.endswith('.png')], check=True)


if __name__ == '__main__':
    main()
