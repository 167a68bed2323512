"""look: each page of the page in both themes, wide and at 320 px. What axe-core finds is a failure, and a page that is wider than
its window. axe-core is not shipped: `make test` fetches it (tests/web/package.json) into NODE, a folder of the build.
"""
import os

from spoold import BUILD

WIDE, NARROW = (1360, 900), (320, 700)
AXE = os.path.join(BUILD, 'node', 'node_modules', 'axe-core', 'axe.min.js')
RUN = '''axe.run().then((r) => r.violations.map((v) => v.id + " (" + v.nodes.length + "): " + v.nodes.slice(0, 2).map(
    (n) => n.target + " " + (n.any[0] ? n.any[0].message : n.html.slice(0, 90))).join(" | ")))'''
WIDER = '''(() => { const root = document.documentElement; return root.scrollWidth - root.clientWidth; })()'''


def axe():
    try:
        with open(AXE, encoding='utf-8') as f:
            return f.read()
    except FileNotFoundError:
        return None


def look(c, page, url, pages):
    """pages: {name: hash}. axe goes over each twice: wide and light, narrow and dark; all four are measured."""
    source = axe()
    if source is None:
        c.skip('axe-core', 'it is not at %s (npm could not fetch it)' % AXE)
    for name, hash_ in pages.items():
        page.goto(url + hash_)
        page.see('#title')
        page.until('!document.querySelector("main").innerText.includes("Loading")', 'all of ' + name)
        if source and not page.run('!!window.axe'):
            page.run(source + '; 0')
        for size, theme in ((WIDE, 'light'), (WIDE, 'dark'), (NARROW, 'light'), (NARROW, 'dark')):
            page.look(size, theme)
            what = '%s, %d px, %s' % (name, size[0], theme)
            c.check('%s: as wide as its window' % what, page.run(WIDER) <= 0, page.run(WIDER))
            if source and (size, theme) in ((WIDE, 'light'), (NARROW, 'dark')):
                found = page.run(RUN)
                c.check('%s: axe finds nothing' % what, not found, '; '.join(found))
    page.look((1280, 820), 'light')
