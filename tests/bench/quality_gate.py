#!/usr/bin/env python3
"""Goal: how often does the quality gate err? Good pages that it condemns (each costs a second of OCR), bad ones that it lets
pass (their text is lost), by class of page.

Pages: of the corpus (when it is there), of mkpdf's own kinds, and the good ones again with their text harmed in 14 ways
(tests/bench/gate.c). Weights were set on one half of the corpus's files; what is printed first is the other half (the first
hex digit of the SHA-1 of the file's name is odd).

usage: quality_gate.py BUILD [--fit | --unseen | --generated] [--list]
  --unseen     the classes broken, encrypted and mixed, which nobody looked at while weights were set; whole
  --fit        the half that weights were set on
  --list       each error
  --generated  mkpdf's pages alone, and exit 1 when one of them is judged wrong: a test
"""
import collections
import csv
import hashlib
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.environ.get('CORPUS', os.path.join(os.path.dirname(ROOT), 'shared', 'corpus'))
OPTIONS = [a for a in sys.argv[1:] if a.startswith('--')]
BUILD = os.path.abspath(([a for a in sys.argv[1:] if not a.startswith('--')] or ['build'])[0])
# What the gate should say, by the corpus's classes; more than one verdict where a page of the class can be either.
CORPUS_WANTED = {'digital': 'good close', 'forms': 'good close', 'cjk-rtl': 'good close', 'garbled': 'garbage',
                 'scanned-synthetic': 'none', 'scanned': 'none little', 'empty': 'blank none'}
UNSEEN_WANTED = {'broken': 'good close', 'encrypted': 'good close', 'mixed': 'good close'}
GENERATED = {
    'text': 'good', 'pages': 'good', 'letter': 'good', 'report': 'good', 'twocol': 'good', 'form': 'good', 'latin': 'good',
    'hyphen': 'good', 'rtl': 'good', 'scripts': 'good', 'oddpages': 'good', 'illustrated': 'good',
    'ocrlayer': 'good', 'ocrunder': 'good',
    'strayletter': 'little', 'watermark': 'little', 'headfoot': 'little', 'outlinebody': 'little',
    'scan': 'none', 'outlines': 'none', 'noise': 'none', 'picture': 'none',
    'frames': 'none', 'framedword': 'none', 'blank': 'blank', 'whitesheet': 'blank',
    'shifted': 'garbage', 'private': 'garbage', 'unmapped': 'garbage', 'soup': 'garbage', 'exchanged': 'garbage',
    'mistaken': 'garbage', 'halflying': 'garbage close',
}
# Files whose text was read page by page and is not what their class says.
READ_BY_EYE = {
    'garbage': 'pdfjs-arial_unicode_ab_cidfont pdfjs-bug1011159 pdfjs-issue11242_reduced pdfjs-issue15441 pdfjs-issue19695 '
               'pdfjs-issue4722 pdfjs-issue5801 pdfjs-issue9915_reduced ocrmypdf-cmyk pdfjs-bug1146106 pdfjs-issue10529 '
               'pdfjs-issue11578_reduced pdfjs-issue15594_reduced pdfjs-issue19550 pdfjs-issue3405r pdfjs-issue4550 '
               'pdfjs-issue7696 texlive-lang-cyrillic-rules90 verapdf-TWG_test_suite_A005-pdfa1-fail-c',
    # half of it: letters that are missing within words; blanks that are U+FFFD
    'good close garbage': 'texlive-lang-other-latex-mr texlive-lang-other-lsh132 pdfjs-issue6901 pdfjs-issue5256 '
                          'pdfjs-standard_fonts texlive-lang-arabic-na-box_doc texlive-lang-arabic-na-box_doc-back '
                          'texlive-lang-arabic-fontchart_arabic verapdf-7.7-t01-fail-a',
    # words in pictures, or pictures beside a few words: OCR is right, or the only way to know
    'little': 'doctor-ca4_17',
    'good little': 'pdfjs-issue14415 tika-contract pdfbox-jpeg_demo pdfpig-Single_Page_Images_-_from_libre_office '
                   'pypdf-labeled-edges-center-image',
}
BY_EYE = {name + '.pdf': (verdicts + ' by eye', verdicts.split()) for verdicts, names in READ_BY_EYE.items()
          for name in names.split()}
HARM_WANTED = {'exchange-half': 'garbage close', 'exchange-fifth': 'garbage close good', 'unknown-half': 'garbage close',
               'unknown-letters': 'garbage close'}


def held_out(path):
    return int(hashlib.sha1(os.path.basename(path).encode()).hexdigest()[0], 16) % 2 == 1


def corpus_files():
    manifest = os.path.join(CORPUS, 'MANIFEST.tsv')
    if not os.path.isfile(manifest):
        print('the corpus is not there: generated pages only')
        return []
    rows = csv.DictReader(open(manifest, encoding='utf-8'), delimiter='\t', quoting=csv.QUOTE_NONE)
    if '--unseen' in OPTIONS:
        return [(r['class'], os.path.join(CORPUS, r['path'])) for r in rows if r['class'] in UNSEEN_WANTED]
    return [(r['class'], os.path.join(CORPUS, r['path'])) for r in rows
            if r['class'] in CORPUS_WANTED and held_out(r['path']) != ('--fit' in OPTIONS)]


def generated_files(folder):
    for kind in GENERATED:
        path = os.path.join(folder, kind + '.pdf')
        subprocess.run([os.path.join(BUILD, 'mkpdf'), kind, '--words', 'The quick brown fox jumps over the lazy dog',
                        path], check=True)
        yield 'mkpdf ' + kind, path


def run(files):
    lines = ''.join('%s\t%s\n' % f for f in files)
    r = subprocess.run([os.path.join(BUILD, 'bench', 'quality-gate')], input=lines.encode(), stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, check=True)
    print(r.stderr.decode().strip().splitlines()[-1])
    keys = 'label path page what verdict score visible why facts'.split()
    return [dict(zip(keys, line.split('\t'))) for line in r.stdout.decode().splitlines()]


def wanted(row):
    """The class to count the page under, and the verdicts that are right; None: the page is no evidence."""
    if row['what'] != 'as-is':
        if row['label'] not in ('digital', 'forms', *UNSEEN_WANTED) or os.path.basename(row['path']) in BY_EYE:
            return None
        return 'harm: ' + row['what'], HARM_WANTED.get(row['what'], 'garbage').split()
    if row['label'].startswith('mkpdf '):
        return row['label'], GENERATED[row['label'][6:]].split()
    by_eye = BY_EYE.get(os.path.basename(row['path']))
    if by_eye:
        return by_eye
    right = (CORPUS_WANTED.get(row['label']) or UNSEEN_WANTED[row['label']]).split()
    if int(row['visible']) == 0:
        return row['label'] + ', no text', ['none', 'blank']
    if row['label'] in ('scanned', 'empty'):
        return row['label'] + ', some text', ['good', 'close', 'little', 'garbage']
    return row['label'], right


def main():
    with tempfile.TemporaryDirectory(prefix='pdfspool-gate-') as folder:
        corpus = [] if '--generated' in OPTIONS else corpus_files()
        rows = run(corpus + list(generated_files(folder)))
    tally, errors = collections.OrderedDict(), []
    for row in rows:
        of = wanted(row)
        if not of:
            continue
        name, right = of
        counts = tally.setdefault(name, collections.Counter())
        counts['pages'] += 1
        counts[row['verdict']] += 1
        if row['verdict'] not in right:
            good = 'good' in right or 'blank' in right and 'none' not in right
            counts['false positive' if good else 'false negative'] += 1
            errors.append((name, row))
    verdicts = 'good close garbage little none blank'.split()
    head = ['class', 'pages'] + verdicts + ['false positive', 'false negative']
    print('| ' + ' | '.join(head) + ' |\n|---|' + '--:|' * (len(head) - 1))
    for name, counts in tally.items():
        print('| %s | ' % name + ' | '.join(str(counts[h]) if counts[h] else '' for h in head[1:]) + ' |')
    if '--list' in OPTIONS or '--generated' in OPTIONS:
        for name, row in errors:
            print('%-20s %s p%s %s %s visible %s: %s [%s]' % (name, os.path.basename(row['path']), row['page'], row['verdict'],
                                                              row['score'], row['visible'], row['why'], row['facts']))
    if '--generated' in OPTIONS:
        print('%d passed, %d failed' % (sum(c['pages'] for c in tally.values()) - len(errors), len(errors)))
        return 1 if errors else 0
    return 0


sys.exit(main())
