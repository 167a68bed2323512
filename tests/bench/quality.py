#!/usr/bin/env python3
"""Goal: how well are pages read that have no text of their own, beside the tools that a person would use instead?

On each page of the corpus's scanned-synthetic/, mixed-synthetic/ and scanned/ whose text is known, in one run:
  pdfspool    extractd --once on a spool in a temporary folder, ocr = now, languages = auto: its published text
  tesseract   pdftoppm -r 300 -gray, then tesseract --psm 3, one thread
  ocrmypdf    ocrmypdf --sidecar; again with --force-ocr where it refuses, because a page has text already (mixed documents:
              without it the sidecar would lack those pages)
Printed by class, all after NFC and with white space collapsed:
  agreement          of words: Dice of the bags of tokens, without case
  CER, WER           character and word error rate: edit distance over the length of the truth. They count the truth's order of
                     columns and cells, which on tables and pages of columns is one of several that are right
  CER in any order   of letters and digits: each word of the truth against a word of the text: equal ones first, then the most
                     alike; signs alone (rules of a table, leaders, bullets) count in CER and WER only
  CPU seconds a page
then each page that pdfspool reads worse than one of the others. Nothing is kept, unless --reuse says where.

usage: quality.py BUILD [--class NAME]... [--files N] [--match TEXT] [--languages L] [--out JSON] [--reuse DIR] [--texts DIR]
  --files N       of each class, N files spread over it
  --match TEXT    files with TEXT in their names
  --languages L   what tesseract and ocrmypdf are told (default eng; pdfspool is told nothing)
  --reuse DIR     the other tools' texts are kept there, and taken from there
  --texts DIR     where pdfspool's texts are copied to
"""
import argparse
import collections
import csv
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import unicodedata

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cpu  # noqa: E402
from editdistance import distance  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.environ.get('CORPUS', os.path.join(os.path.dirname(ROOT), 'shared', 'corpus'))
CLASSES = ['scanned-synthetic', 'mixed-synthetic', 'scanned']
TOOLS = ['pdfspool', 'tesseract', 'ocrmypdf']
LOSS = 0.005  # less is no difference
ONE_THREAD = dict(os.environ, OMP_THREAD_LIMIT='1')


def options():
    p = argparse.ArgumentParser(usage=__doc__.split('usage: ')[1])
    p.add_argument('build')
    p.add_argument('--class', dest='classes', action='append', choices=CLASSES)
    p.add_argument('--files', type=int, default=0)
    p.add_argument('--match', default='')
    p.add_argument('--languages', default='eng')
    p.add_argument('--out')
    p.add_argument('--reuse')
    p.add_argument('--texts')
    return p.parse_args()


def chosen(o):
    """Rows of the manifest, by class."""
    with open(os.path.join(CORPUS, 'MANIFEST.tsv'), encoding='utf-8') as f:
        rows = [r for r in csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE) if r['truth'] and o.match in r['path']]
    for name in o.classes or CLASSES:
        of = [r for r in rows if r['path'].startswith(name + '/')]
        n = min(o.files or len(of), len(of))
        yield from (of[k * len(of) // n] for k in range(n))


# ---- the tools ----

def command(words, **kw):
    r = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)
    return r.returncode, r.stdout.decode('utf-8', 'replace'), r.stderr.decode('utf-8', 'replace')


def read_tesseract(pdf, o, folder):
    pages, why = [], ''
    rc, _, err = command(['pdftoppm', '-r', '300', '-gray', pdf, folder + '/p'])
    if rc:
        why = 'pdftoppm: ' + err.strip()[-200:]
    for image in sorted(os.listdir(folder)):
        rc, text, err = command(['tesseract', os.path.join(folder, image), '-', '-l', o.languages, '--psm', '3'], env=ONE_THREAD)
        why = why or ('tesseract: ' + err.strip()[-200:] if rc else '')
        pages.append(text.replace('\f', '\n'))
    return pages, why


def read_ocrmypdf(pdf, o, folder):
    words = ['ocrmypdf', '-q', '-j1', '-l', o.languages, '--sidecar', folder + '/text', '--output-type', 'pdf']
    rc, _, err = command(words + [pdf, folder + '/out.pdf'], env=ONE_THREAD)
    if rc == 6:  # a page has text already
        rc, _, err = command(words + ['--force-ocr', pdf, folder + '/out.pdf'], env=ONE_THREAD)
    if not os.path.isfile(folder + '/text'):
        return [], 'ocrmypdf: exit code %d %s' % (rc, err.strip()[-200:])
    with open(folder + '/text', encoding='utf-8') as f:
        return f.read().split('\f'), ''


OTHERS = {'tesseract': read_tesseract, 'ocrmypdf': read_ocrmypdf}


def read_other(tool, row, o):
    kept = o.reuse and os.path.join(o.reuse, '%s-%s-%s.json' % (tool, o.languages, os.path.basename(row['path'])))
    if kept and os.path.isfile(kept):
        with open(kept, encoding='utf-8') as f:
            return json.load(f)
    with tempfile.TemporaryDirectory(prefix='pdfspool-quality-') as folder:
        before = cpu.of_children()
        pages, why = OTHERS[tool](os.path.join(CORPUS, row['path']), o, folder)
        made = {'pages': pages, 'cpu': cpu.of_children() - before, 'why': why}
    if kept:
        os.makedirs(o.reuse, exist_ok=True)
        with open(kept, 'w', encoding='utf-8') as f:
            json.dump(made, f)
    return made


def read_pdfspool(row, o):
    """A spool and a worker for each document, so that its CPU time can be told; start and end are counted with it."""
    with tempfile.TemporaryDirectory(prefix='pdfspool-quality-') as folder:
        spool, name = folder + '/spool', os.path.basename(row['path'])
        rc, _, err = command([o.build + '/spoolctl', '--spool', spool, 'init'])
        if rc:
            sys.exit('spoolctl init: ' + err)
        with open(spool + '/spool.ini', 'w') as f:
            f.write('[spool]\nsettle_time = 0s\n[ocr]\nocr = now\nlanguages = auto\n')
        shutil.copyfile(os.path.join(CORPUS, row['path']), spool + '/pending/' + name)
        before = cpu.of_children()
        rc, _, err = command([o.build + '/extractd', '--spool', spool, '--once'])
        made = {'pages': [], 'cpu': cpu.of_children() - before, 'why': ''}
        base = spool + '/done/' + name[:-len('.pdf')]
        if not os.path.isfile(base + '.txt'):
            return dict(made, why='extractd: exit code %d, no text\n%s' % (rc, err))
        with open(base + '.txt', encoding='utf-8') as f:
            text = f.read()
        with open(base + '.json', encoding='utf-8') as f:
            x = json.load(f)
        if o.texts:
            os.makedirs(o.texts, exist_ok=True)
            for end in '.txt', '.json':
                shutil.copy(base + end, o.texts)
    return dict(made, pages=text.split('\f'), languages=x.get('ocr_languages', ''), facts=x['pages'])


# ---- the measures ----

def plain(text):
    text = ''.join(c for c in unicodedata.normalize('NFC', text) if c.isspace() or unicodedata.category(c) not in ('Cc', 'Cf'))
    return ' '.join(text.split())


def tokens(text):
    return re.findall(r'\w+', text.casefold())


def agreement(a, b):
    a, b = collections.Counter(tokens(a)), collections.Counter(tokens(b))
    total = sum(a.values()) + sum(b.values())
    return 2 * sum((a & b).values()) / total if total else 1.0


def any_order(truth, text):
    words = re.findall(r'\w+', truth)
    a, b = collections.Counter(words), collections.Counter(re.findall(r'\w+', text))
    left, right = list((a - b).elements()), list((b - a).elements())
    pairs = sorted((distance(x, y), i, j) for i, x in enumerate(left) for j, y in enumerate(right))
    errors, i_done, j_done = 0, set(), set()
    for d, i, j in pairs:
        if i not in i_done and j not in j_done and d < len(left[i]) + len(right[j]):
            errors += d
            i_done.add(i)
            j_done.add(j)
    errors += sum(len(x) for i, x in enumerate(left) if i not in i_done) + sum(len(y) for j, y in enumerate(right) if j not in j_done)
    return errors / max(1, sum(len(x) for x in words))


def measure(truth, text):
    truth, text = plain(truth), plain(text)
    return {'agreement': agreement(truth, text), 'cer': distance(truth, text) / max(1, len(truth)), 'any': any_order(truth, text),
            'wer': distance(truth.split(), text.split()) / max(1, len(truth.split()))}


def units(truth, count):
    """The truth's pages, where it has as many as the document; else the document is one."""
    pages = truth.split('\f')
    return pages if len(pages) == count else [truth]


def of_unit(pages, k, n):
    return '\n'.join(pages) if n == 1 else pages[k] if k < len(pages) else ''


def labels(row, k, n):
    name = row['path'].split('/')[0]
    seq = re.search(r'seq=(\w+)', row['notes'])
    if seq and n > 1 and seq.group(1)[k] == 's':
        return [name, name + ', its scanned pages']
    turned = name != 'scanned-synthetic' or re.search('-rot[0-9]', row['path'])
    return [name] + [name + ', upright'] * (not turned) + [name + ', one column'] * ('-single-' in row['path'])


def judge(row, o):
    """The measures of each page and tool; with the class, or classes, that they count in."""
    read = {'pdfspool': read_pdfspool(row, o)}
    read.update((tool, read_other(tool, row, o)) for tool in OTHERS)
    with open(os.path.join(CORPUS, row['truth']), encoding='utf-8') as f:
        pages = units(f.read(), int(row['pages']))
    for tool in TOOLS:
        if read[tool]['why']:
            print('  %s: %s' % (row['path'], read[tool]['why']))
    for k, truth in enumerate(pages):
        unit = {'path': row['path'], 'page': k + 1 if len(pages) > 1 else 0, 'classes': labels(row, k, len(pages))}
        for tool in TOOLS:
            unit[tool] = measure(truth, of_unit(read[tool]['pages'], k, len(pages)))
            unit[tool]['cpu'] = read[tool]['cpu'] / int(row['pages'])
        facts = read['pdfspool'].get('facts') or []
        unit['languages'] = read['pdfspool'].get('languages')
        unit['facts'] = facts[k] if len(pages) > 1 and k < len(facts) else facts[0] if facts else {}
        yield unit


# ---- what is printed ----

def table(found):
    print('\n| class | pages | | agreement, median | mean | CER in any order, median | mean | CER, median | mean | WER, median | '
          'mean | CPU s a page |')
    print('|---|--:|---|' + '--:|' * 9)
    for name in dict.fromkeys(c for u in found for c in u['classes']):
        of = [u for u in found if name in u['classes']]
        for tool in TOOLS:
            cells = []
            for what, form in ('agreement', '%.3f'), ('any', '%.4f'), ('cer', '%.4f'), ('wer', '%.4f'):
                values = [u[tool][what] for u in of]
                cells += [form % statistics.median(values), form % statistics.mean(values)]
            cells.append('%.2f' % statistics.mean(u[tool]['cpu'] for u in of))
            print('| %s | %d | %s | %s |' % (name, len(of), tool, ' | '.join(cells)))


def losses(found):
    print('\nPages that pdfspool reads worse than one of the others (by more than %s):' % LOSS)
    lost = 0
    for u in found:
        ours = u['pdfspool']
        worse = [(w, t) for w, sign in (('agreement', -1), ('any', 1), ('cer', 1), ('wer', 1)) for t in OTHERS
                 if sign * (ours[w] - u[t][w]) > LOSS]
        if not worse:
            continue
        lost += 1
        said = ', '.join('%s %.3f (%s %.3f)' % (w, ours[w], t, u[t][w]) for w, t in worse)
        print('  %s%s: %s [%s %s, %s dpi, confidence %s]' % (u['path'], ' page %d' % u['page'] if u['page'] else '', said,
              u['facts'].get('tier'), u['languages'], u['facts'].get('dpi'), u['facts'].get('confidence')))
    print('%d of %d pages' % (lost, len(found)))


def main():
    o = options()
    cpu.adopt()
    o.build = os.path.abspath(o.build)
    if not os.path.isfile(os.path.join(CORPUS, 'MANIFEST.tsv')):
        print('skipped: the corpus is not there')
        return 0
    missing = [t for t in ('tesseract', 'pdftoppm', 'ocrmypdf') if not shutil.which(t)]
    if missing:
        print('skipped: not installed: ' + ' '.join(missing))
        return 0
    found = []
    for row in chosen(o):
        for u in judge(row, o):
            found.append(u)
            print('%-52s %2d %s' % (u['path'], u['page'], '  '.join(
                '%s %.3f %.3f %.3f' % (t, u[t]['agreement'], u[t]['any'], u[t]['cer']) for t in TOOLS)), flush=True)
    if o.out:
        with open(o.out, 'w', encoding='utf-8') as f:
            json.dump(found, f, indent=1)
    if found:
        table(found)
        losses(found)
    return 0


if __name__ == '__main__':
    sys.exit(main())
