"""What bench.py says: on the terminal, and as the tables of docs/PERFORMANCE.md. Nothing is computed here that the JSON lacks but
rates."""
import datetime
import os
import re
import subprocess

NAMES = {  # of the ways, where a table shows more than their name
    'pdfspool': '**pdfspool**: `extractd --once`, caged parsers, every result fsynced',
    'one core': '`taskset -c 0 extractd --once`',
    'limit': 'the limit: an in-process MuPDF loop, a process a core; no spool, no cage, no fsync',
    'limit alone': 'the limit (an in-process MuPDF loop), a process a core',
    'limit alone, one': 'the same, one process',
    'tesseract alone': '`xargs -P tesseract` on ready PNGs, one a core',
    'tesseract alone, one': 'the same, one',
    'mutool': '`xargs -P mutool draw -F txt`, a process a document',
    'pool+pdftotext': 'a Python process pool that calls `pdftotext` a file',
    'pool+PyMuPDF': 'a PyMuPDF process pool',
    'tesseract': '`xargs -P tesseract` on ready PNGs at 300 dpi',
    'pdftoppm': '`xargs -P`: `pdftoppm -r 300 -gray`, then `tesseract`',
    'ocrmypdf': '`xargs -P ocrmypdf --sidecar -j1`',
    'one slot': 'the same, `slots = 1`: nobody helps',
    'pdftoppm, all pages': '`pdftoppm -r 300 -gray`, then `xargs -P tesseract` on its pages',
    'ocrmypdf, all cores': '`ocrmypdf --sidecar -j`, as many as cores',
}
FEW = 0.01  # of the documents
SETS = 'text', 'ocr', 'long', 'cores'  # the parts whose results are of sets
TEXT_PDFTOTEXT = '`xargs -P pdftotext`, a process a document'


def said(*command):
    """The first version number that a program says of itself."""
    try:
        r = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return 'not installed'
    m = re.search(r'\d+\.\d[\w.+~-]*', r.stdout)
    return m.group(0) if m and r.returncode == 0 else 'not installed'


def first_of(path, pattern, default='unknown'):
    try:
        with open(path, encoding='utf-8', errors='replace') as f:
            m = re.search(pattern, f.read(), re.M)
    except OSError:
        return default
    return m.group(1).strip() if m else default


def file_system(folder):
    """Of the longest mount point above the folder."""
    best = ('', 'unknown')
    with open('/proc/self/mounts', encoding='utf-8', errors='replace') as f:
        for line in f:
            _, at, kind = line.split()[:3]
            if (folder + '/').startswith(at.rstrip('/') + '/') and len(at) >= len(best[0]):
                best = at, kind
    return best[1]


def machine(build, cores):
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    commit = subprocess.run(['git', '-C', root, 'describe', '--always', '--dirty'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            text=True, check=False) if os.path.isdir(root + '/.git') else None
    return {
        'date': datetime.date.today().isoformat(), 'cores': cores, 'load_before': os.getloadavg()[0],
        'processor': first_of('/proc/cpuinfo', r'^model name\s*:\s*(.*)$'),
        'memory_kib': int(first_of('/proc/meminfo', r'^MemTotal:\s*(\d+)', '0')),
        'system': first_of('/etc/os-release', r'^PRETTY_NAME="?([^"\n]*)'), 'kernel': os.uname().release,
        'file_system': file_system(os.path.realpath(os.environ.get('TMPDIR', '/tmp'))),
        'commit': commit.stdout.strip() if commit and commit.returncode == 0 else 'unknown',
        'versions': {
            'pdfspool': said(build + '/extractd', '--version'), 'mutool': said('mutool', '-v'), 'pdftotext': said('pdftotext', '-v'),
            'tesseract': said('tesseract', '--version'), 'ocrmypdf': said('ocrmypdf', '--version'),
            'PyMuPDF': said('/usr/bin/python3', '-c', 'import fitz; print(fitz.VersionBind)'),
            'Python': said('/usr/bin/python3', '--version')},
    }


def machine_line(m, rounds):
    return '%s, Linux %s, %d cores (%s), %.1f GiB, %s; load %.1f before; commit %s; %s; %d rounds, %s' % (
        m['system'], m['kernel'], m['cores'], m['processor'], m['memory_kib'] / 1048576, m['file_system'], m['load_before'],
        m['commit'], ', '.join('%s %s' % v for v in m['versions'].items()), rounds, m['date'])


def say_machine(everything):
    print(machine_line(everything['machine'], everything['rounds']), flush=True)


def is_ocr(found):
    return any('known' in w for w in found['ways'].values()) or 'scans' in found['name']


def rate(found, way):
    return 60 * found['pages'] / way['wall_median'] if is_ocr(found) else found['documents'] / way['wall_median']


def faults(found):
    """Ways that were not timed honestly: documents without a text file, or many empty ones."""
    return ['%s: no text of %d of %d documents (%s)' % (name, len(lost), found['documents'], ', '.join(lost[:4]))
            for name, w in found['ways'].items() for lost in [w['missing'] + w['empty'] * is_many(w['empty'], found)] if lost]


def is_many(empty, found):
    return len(empty) > found['documents'] * FEW


def notes(found):
    """A tool may find nothing where others do: it has looked."""
    return ['%s: an empty text of %d of %d documents' % (name, len(w['empty']), found['documents'])
            for name, w in found['ways'].items() if w['empty'] and not is_many(w['empty'], found)]


def left_out(everything):
    sets = [s for part in SETS for s in everything.get(part, [])]
    return sum(len(faults(s)) for s in sets) + everything.get('drop', {}).get('lost', 0)


def say(found):
    unit = 'pages/minute' if is_ocr(found) else 'documents/s'
    for name, w in found['ways'].items():
        right = '  words %.3f, WER %.3f (%d known)' % (w['agreement'], w['wer_median'], w['known']) if w.get('known') else ''
        print('  %-14s %7.2f s (%.2f to %.2f) %7.2f s CPU %7.1f %s  %.2f (%.2f to %.2f)%s' % (
            name, w['wall_median'], min(w['seconds']), max(w['seconds']), w['cpu_median'], rate(found, w), unit,
            w['ratio_median'], w['ratio_least'], w['ratio_most'], right), flush=True)
    for fault in faults(found):
        print('  NOT HONEST: ' + fault, flush=True)
    for note in notes(found):
        print('  ' + note, flush=True)


def row(found, name, w, first):
    shown = TEXT_PDFTOTEXT if name == 'pdftotext' else NAMES.get(name, name)
    cells = [shown, '%.2f (%.2f to %.2f)' % (w['wall_median'], min(w['seconds']), max(w['seconds'])), '%.2f' % w['cpu_median'],
             '%.1f' % rate(found, w) if is_ocr(found) else '{:,.0f}'.format(rate(found, w))]
    if not is_ocr(found):
        cells.append('{:,.0f}'.format(found['pages'] / w['wall_median']))
    if 'known' in w:
        cells += ['%.3f' % w['agreement'], '%.3f' % w['wer_median']] if w['known'] else ['', '']
    cells.append('' if first else '%.2f (%.2f to %.2f)' % (w['ratio_median'], w['ratio_least'], w['ratio_most']))
    return '| %s |' % ' | '.join(cells)


def table(found):
    ways = found['ways']
    title = '%s: %s documents%s, %s pages' % (
        found['name'], '{:,}'.format(found['documents']),
        ' (%d files %d times)' % (found['files'], found['times']) if found['times'] > 1 else '', '{:,}'.format(found['pages']))
    first = next(iter(ways.values()))
    heads = [title, 's', 'CPU s'] + (['pages/minute'] if is_ocr(found) else ['documents/s', 'pages/s'])
    if 'known' in first:
        heads += ['words, of %d documents' % first['known'], 'WER, median']
    heads.append('%s is so many times as fast' % next(iter(ways)))
    lines = ['| %s |' % ' | '.join(heads), '|---|' + '--:|' * (len(heads) - 1)]
    lines += [row(found, name, w, w is first) for name, w in ways.items()]
    return '\n'.join(lines + [''] + ['**Not honest**: %s' % f for f in faults(found)] + notes(found)) + '\n'


def drop_table(found):
    lines = ['| a single drop on an idle spool, ms beyond settle_time and its pages | drops | p50 | p90 | p99 | most |', '|---|' + '--:|' * 5]
    lines += ['| %s | %d | %.1f | %.1f | %.1f | %.1f |' % (way, s['drops'], s['p50'], s['p90'], s['p99'], s['most'])
              for way, s in found['summary'].items()]
    return '\n'.join(lines) + '\n'


def markdown(everything):
    out = [machine_line(everything['machine'], everything['rounds']) + '. Seconds: median (least to most).\n']
    out += [table(s) for part in SETS for s in everything.get(part, [])]
    if 'drop' in everything:
        out.append(drop_table(everything['drop']))
    return '\n'.join(out)
