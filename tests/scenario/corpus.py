#!/usr/bin/env python3
"""Goal: real documents. The seven folders of the corpus that tier 1 is about go through one extractd; every document ends in
done/ or failed/ with a right class, and the text of left-to-right documents is mutool's up to white space, or more.

The corpus is not part of the project: where it is missing the test says so. Ends with `N passed, N failed`.
"""
import collections
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata

BUILD = os.environ.get('BUILD', 'build')
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.environ.get('CORPUS', os.path.join(os.path.dirname(ROOT), 'shared', 'corpus'))
CLASSES = ('digital', 'forms', 'cjk-rtl', 'broken', 'encrypted', 'empty', 'hostile')
PARSER = os.environ.get('PARSER')  # another pdfspool-parser, uncaged: one that was built with sanitizers
SETTINGS = 'settle_time = 0s\nretry_delay = 1s\nmax_attempts = 2\n'
RTL = re.compile('[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]')

passed = failed = 0


def check(ok, what, detail=''):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(('ok    ' if ok else 'FAIL  ') + what + ('' if ok or not detail else ': ' + detail), flush=True)


def make_spool(folder):
    subprocess.run([BUILD + '/spoolctl', '--spool', folder, 'init'], check=True, stdout=subprocess.DEVNULL)
    ini = folder + '/spool.ini'
    kept = [line for line in open(ini) if not re.match(r'[#;]?\s*(settle_time|retry_delay|max_attempts)\s*=', line)]
    with open(ini, 'w') as f:
        # What is compared here is the text layer; OCR has its own bench.
        more = {'[spool]': SETTINGS, '[ocr]': 'ocr = never\n'}
        f.writelines(line + more.get(line.strip(), '') for line in kept)
    with open(folder + '.ini', 'w') as f:
        f.write('[parser]\nsandbox = %s\n' % ('off' if PARSER else 'require'))
    os.chmod(folder + '.ini', 0o644)


def squeeze(text):
    return re.sub('[\\s\u00ad\u200b\ufeff\uffff]+', '', text)


def words(text):
    text = unicodedata.normalize('NFKC', text)
    return collections.Counter(w for w in re.split(r'[^\w]+', re.sub('[\u200e\u200f\u202a-\u202e\u2066-\u2069]', '', text)) if w)


def tool(*command):
    """Standard output of a reference tool; it may hang or run away on hostile files, so within limits."""
    try:
        r = subprocess.run(['prlimit', '--as=1500000000', '--'] + list(command), stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, timeout=20)
        return r.returncode, r.stdout.decode('utf-8', 'replace')
    except subprocess.TimeoutExpired as e:
        return 124, (e.stdout or b'').decode('utf-8', 'replace')


def asks_for_password(path):
    said = [subprocess.run(command + [path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).stderr
            for command in (['pdfinfo'], ['mutool', 'draw', '-q', '-F', 'txt'])]
    return b'Incorrect password' in said[0] and b'password' in said[1]


def mutool_text(path):
    code, text = tool('mutool', 'draw', '-q', '-F', 'txt', path)
    return code, text.replace('warning: ICC support is not available', '')


def results(spool):
    """name -> (class of failure or None, folder, stem) for every published document."""
    found = {}
    for top in ('done', 'failed'):
        for at, _, files in os.walk(os.path.join(spool, top)):
            for name in files:
                if name.endswith('.json'):
                    record = json.load(open(os.path.join(at, name), encoding='utf-8'))
                    found.setdefault(record['path'], []).append((record, os.path.join(at, name[:-5])))
    return found


def compare(rows, found):
    """Our text against mutool's. Returns counts and the names that differ."""
    counts, differ = collections.Counter(), []
    rtl_ours = rtl_mutool = rtl_words = 0
    for row in rows:
        (record, stem), = found[row['path']]
        if record['outcome'] == 'failed':
            counts['failed'] += 1
            continue
        source = os.path.join(CORPUS, row['path'])
        ours = open(stem + '.txt', encoding='utf-8', newline='').read()
        code, theirs = mutool_text(source)
        if RTL.search(ours) or RTL.search(theirs):
            expect = collections.Counter({w: n for w, n in words(tool('pdftotext', '-q', source, '-')[1]).items() if RTL.search(w)})
            rtl_words += sum(expect.values())
            rtl_ours += sum((expect & words(ours)).values())
            rtl_mutool += sum((expect & words(theirs)).values())
            counts['right-to-left'] += 1
        elif any(page['tier'] == 'repair' for page in record['pages']):
            counts['mended by a second opinion'] += 1
        elif squeeze(ours) == squeeze(theirs):
            counts['equal'] += 1
        elif code != 0 and len(squeeze(ours)) >= len(squeeze(theirs)):
            counts['more, where mutool stops'] += 1
        else:
            counts['differ'] += 1
            differ.append(row['path'])
    return counts, differ, (rtl_ours, rtl_mutool, rtl_words)


def main():
    if not os.path.isfile(os.path.join(CORPUS, 'MANIFEST.tsv')):
        print('skipped: the corpus is not there (%s)' % os.path.relpath(CORPUS, ROOT))
        return 0
    rows = [r for r in csv.DictReader(open(os.path.join(CORPUS, 'MANIFEST.tsv'), encoding='utf-8'), delimiter='\t', quoting=csv.QUOTE_NONE)
            if r['path'].split('/')[0] in CLASSES]
    spool = tempfile.mkdtemp(prefix='pdfspool-corpus-')
    try:
        make_spool(spool)
        for c in CLASSES:
            shutil.copytree(os.path.join(CORPUS, c), os.path.join(spool, 'pending', c))
        run = subprocess.run([BUILD + '/extractd', '--spool', spool, '--once', '--config', spool + '.ini'] +
                             (['--parser', PARSER] if PARSER else []), stderr=subprocess.PIPE, timeout=600)
        check(run.returncode == 1, 'extractd --once ends with 1, since some fail', 'it was %d: %s' % (run.returncode, run.stderr[-300:]))
        found = results(spool)
        missing = [r['path'] for r in rows if len(found.get(r['path'], [])) != 1]
        check(not missing, 'each of %d documents is in done/ or failed/, once' % len(rows), ' '.join(missing[:5]))
        if missing:
            return 1
        audit = json.loads(subprocess.run([BUILD + '/spoolctl', '--spool', spool, '--json', 'audit', '--verify'], stdout=subprocess.PIPE).stdout)
        check(audit['ok'] and audit['pending'] == 0, 'audit --verify is clean', json.dumps(audit)[:300])
        judge(rows, found)
    finally:
        shutil.rmtree(spool, ignore_errors=True)
        if os.path.exists(spool + '.ini'):
            os.unlink(spool + '.ini')
    print('%d passed, %d failed' % (passed, failed))
    return failed != 0


def judge(rows, found):
    classes = {r['path']: found[r['path']][0][0].get('class') for r in rows}
    for c in CLASSES:
        of = collections.Counter(classes[r['path']] or found[r['path']][0][0]['outcome'] for r in rows if r['class'] == c)
        print('      %-10s %s' % (c, ', '.join('%s %d' % kv for kv in sorted(of.items()))))
    # Some are called so, but are too broken for MuPDF (or poppler) to get as far as the password: those are corrupt.
    locked = [r['path'] for r in rows if 'password-needed' in r['notes'] and asks_for_password(os.path.join(CORPUS, r['path']))]
    wrong = [p for p in locked if classes[p] != 'encrypted']
    check(not wrong, '%d documents that need a password fail as encrypted' % len(locked), ' '.join(wrong))
    opened = [r['path'] for r in rows if 'empty-user-password' in r['notes']]
    wrong = [p for p in opened if classes[p] is not None]
    check(not wrong, '%d documents open with the empty password' % len(opened), ' '.join(wrong))
    good = [r['path'] for r in rows if r['class'] in ('digital', 'forms', 'empty', 'cjk-rtl')]
    wrong = [p for p in good if classes[p] is not None]
    check(not wrong, 'none of %d sound documents fails' % len(good), ' '.join(wrong))
    lost = []
    for r in rows:
        if classes[r['path']] and r['class'] != 'encrypted' and r['class'] != 'hostile' and int(r['mutool_chars'] or 0) >= 50:
            lost.append(r['path'])
    check(not lost, 'no document fails of which mutool gets text', ' '.join(lost))
    counts, differ, (ours, theirs, total) = compare(rows, found)
    print('      against mutool: ' + ', '.join('%s %d' % kv for kv in sorted(counts.items())))
    check(len(differ) * 100 <= len(rows), 'text equals mutool\'s up to white space, or is more where mutool stops',
          '%d differ: %s' % (len(differ), ' '.join(differ[:20])))
    for p in differ:
        print('      differs: ' + p)
    print('      right-to-left words that pdftotext has, too: ours %d, mutool\'s %d, of %d' % (ours, theirs, total))
    check(total > 0 and ours > 3 * theirs and ours * 100 > total * 60, 'right-to-left words come in logical order')


sys.exit(main())
