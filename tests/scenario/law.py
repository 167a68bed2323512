#!/usr/bin/env python3
"""Goal: the scenarios' own checker of the conservation law finds what it is there for (a check that cannot fail is none)."""
import json
import os
import shutil

from spooltest import Checks, Law, Spool, Watcher, sha256, small_pdf, write

t = Checks()


def publish(spool, path, data, words, told=None):
    text = (words + '\n\f').encode()
    record = {'path': told or os.fsdecode(path), 'outcome': 'ok', 'sha256': sha256(data), 'text_sha256': sha256(text)}
    write(spool.at(b'done', path), data)
    write(spool.at(b'done', path[:-4] + b'.txt'), text)
    write(spool.at(b'done', path[:-4] + b'.json'), json.dumps(record).encode())


def tree(spool):
    law = Law(spool)
    for i in range(3):
        words = 'law number%d' % i
        publish(spool, b'x%d.pdf' % i, law.add(small_pdf(words), b'x%d.pdf' % i, words), words)
    return law


def broken(name, word, harm, **options):
    with Spool(name='law') as spool:
        law = tree(spool)
        assert not law.problems(), law.problems()
        harm(spool)
        found = law.problems(**options)
        t.check(name, any(word in f for f in found), found)


broken('a lost document', 'LOST', lambda s: os.unlink(s.at(b'done/x1.pdf')))
broken('a document in two places', 'DUPLICATE', lambda s: shutil.copy(s.at(b'done/x1.pdf'), s.pending(b'x1.pdf')))
broken('a document published twice', 'DUPLICATE', lambda s: publish(s, b'y.pdf', small_pdf('law number1'), 'law number1'))
broken('one that is not finished', 'not finished', lambda s: os.rename(s.at(b'done/x1.pdf'), s.pending(b'x1.pdf')))
broken('a missing text', 'no x.txt', lambda s: os.unlink(s.at(b'done/x1.txt')))
broken('a missing JSON', 'no x.json', lambda s: os.unlink(s.at(b'done/x1.json')))
broken('another\'s text', 'not the one', lambda s: shutil.copy(s.at(b'done/x2.txt'), s.at(b'done/x1.txt')))
broken('another\'s results', 'sha256', lambda s: [shutil.copy(s.at(b'done/x2' + e), s.at(b'done/x1' + e))
                                                  for e in (b'.txt', b'.json')])
broken('a text that is not of the document', 'not its own', lambda s: publish(s, b'x1.pdf', small_pdf('law number1'), 'other'))
broken('a wrong path', 'has the path', lambda s: publish(s, b'x1.pdf', small_pdf('law number1'), 'law number1', told='z.pdf'))
broken('a leftover', 'leftover', lambda s: write(s.at(b'done/.a-1.a-2.txt'), b''))
broken('results of nothing', 'without a document', lambda s: write(s.at(b'done/q.txt'), b''))
broken('a stranger', 'unknown content', lambda s: write(s.at(b'done/q.pdf'), b'%PDF'))

with Spool(name='law') as watched:
    tree(watched)
    watcher = Watcher(watched)
    watcher.look()
    t.equal('the watcher: nothing changed', watcher.changed, [])
    write(watched.at(b'done/x1.txt'), b'changed')
    watcher.look()
    t.equal('the watcher: a changed content', [os.path.basename(p) for p in watcher.changed], [b'x1.txt'])
t.finish()
