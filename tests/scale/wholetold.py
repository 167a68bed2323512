"""What whole.py has seen, as JSON and as Markdown for docs/PERFORMANCE.md."""
import json
import os

MIB = 1 << 20


def percentile(values, part):
    v = sorted(values)
    return v[min(len(v) - 1, int(len(v) * part))] if v else None


def by_class(load, journals):
    rows = []
    for name, sources in load.sources.items():
        took = journals.ms[name]
        rows.append({'class': name, 'files': len(sources), 'entries': sum(of[0] == name for of in load.of), 'done': journals.by_class[name, 'done'],
                     'failed': journals.by_class[name, 'failed'], 'p50 ms': percentile(took, 0.5), 'p99 ms': percentile(took, 0.99),
                     'cpu ms in the trial': 1000 * load.cpu[name]})
    return rows


def by_role(watch):
    """Of each role: at a sixth of the time, in the middle and at the end (the most of a process, MiB), and descriptors."""
    rows, last = [], watch.samples[-1].at
    for role in sorted({r for s in watch.samples for r in s.roles}):
        at = []
        for k in (1, 3, 6):
            near = [s.roles[role] for s in watch.samples if role in s.roles and last * (k - 1) / 6 <= s.at <= last * k / 6]
            at.append((max(r.rss for r in near) / MIB, max(r.alone for r in near) / MIB, max(r.descriptors for r in near)) if near else None)
        seen = [s.roles[role] for s in watch.samples if role in s.roles]
        rows.append({'role': role, 'processes': max(r.count for r in seen), 'rss MiB': [a and a[0] for a in at], 'own MiB': [a and a[1] for a in at],
                     'descriptors': [a and a[2] for a in at]})
    return rows


def extrapolated(watch, entries):
    """Seconds for all entries, at the rate of the last half of the run; None when nothing was finished in it."""
    end = watch.samples[-1].at
    late = watch.samples[-1].finished - watch.at(end / 2)[0]
    left = entries - watch.samples[-1].finished
    return end + left * (end / 2) / late if late > 0 else None


def gathered(facts, load, watch, journals, total):
    roles, n = watch.samples[-1].roles, max(watch.samples[-1].finished, 1)
    seen = dict(facts, finished=watch.samples[-1].finished, seconds=watch.samples[-1].at, cores=len(os.sched_getaffinity(0)),
                machine=' '.join(os.uname()[i] for i in (0, 2, 4)), windows=watch.windows(), classes=by_class(load, journals), roles=by_role(watch),
                events=dict(journals.events))
    seen['seconds for all'] = extrapolated(watch, facts['entries'])
    seen['journal bytes a document'] = journals.size / n
    for of in ('extractd', 'spoold'):
        seen[of + ' a document'] = {key: total(roles, of, key) / n for key in ('cpu', 'rchar', 'wchar', 'syscr', 'syscw', 'read_bytes', 'write_bytes')}
    return seen


def number(value, form='%.1f'):
    return '-' if value is None else form % value


def three(values, form='%.1f'):
    return ' / '.join(number(v, form) for v in values)


def markdown(seen):
    w, e, p = seen['windows'], seen['extractd a document'], seen['spoold a document']
    out = ['%d entries (%s), folders of %d, `ocr = %s`, %d cores, %s: %d finished in %.0f s, %.1f documents a second.' % (
        seen['entries'], 'corpus' if seen['corpus'] else 'generated', seen['a folder'], seen['ocr'], seen['cores'], seen['machine'],
        seen['finished'], seen['seconds'], seen['finished'] / seen['seconds'])]
    if seen['finished'] < seen['entries'] and seen['seconds for all']:
        out.append('Stopped by the clock; all of them at the rate of the last half: %.0f s (extrapolated).' % seen['seconds for all'])
    out += ['', '| from s | to s | documents | a second | CPU ms a document | of spoold |', '|--:|--:|--:|--:|--:|--:|']
    out += ['| %.0f | %.0f | %d | %.1f | %s | %s |' % (x['from'], x['to'], x['documents'], x['a second'], number(x['cpu ms']), number(x['spoold cpu ms'], '%.3f'))
            for x in w]
    out += ['', '| class | files | entries | done | failed | of a document: p50 / p99 ms | CPU ms, alone |', '|---|--:|--:|--:|--:|--:|--:|']
    out += ['| %s | %d | %d | %d | %d | %s / %s | %.1f |' % (c['class'], c['files'], c['entries'], c['done'], c['failed'], number(c['p50 ms'], '%d'),
                                                            number(c['p99 ms'], '%d'), c['cpu ms in the trial']) for c in seen['classes']]
    out += ['', '| role | processes | memory MiB, first sixth / middle / last | of its own | descriptors |', '|---|--:|--:|--:|--:|']
    out += ['| %s | %d | %s | %s | %s |' % (r['role'], r['processes'], three(r['rss MiB']), three(r['own MiB']), three(r['descriptors'], '%d'))
            for r in seen['roles']]
    out += ['', '| a document | extractd | spoold |', '|---|--:|--:|', '| CPU ms | %.2f | %.3f |' % (1000 * e['cpu'], 1000 * p['cpu'])]
    out += ['| %s | %.*f | %.*f |' % (what, digits, e[key] / unit, digits, p[key] / unit) for what, key, unit, digits in (
        ('kB by read calls (the share, pipes, /proc)', 'rchar', 1e3, 1), ('kB by write calls', 'wchar', 1e3, 1), ('read calls', 'syscr', 1, 1),
        ('write calls', 'syscw', 1, 1), ('kB from the disk', 'read_bytes', 1e3, 1), ('kB to the disk', 'write_bytes', 1e3, 1))]
    out += ['| bytes of the journal | %.0f | |' % seen['journal bytes a document'], '', 'At the end: %s. Links made in %.1f s.' % (
        ', '.join('%d %s' % (n, state) for state, n in sorted(seen['counts'].items()) if n), seen['seconds to link'])]
    return '\n'.join(out) + '\n'


def tell(folder, facts, load, watch, journals, total):
    """whole.json and whole.md into the folder, and the latter to the terminal."""
    seen = gathered(facts, load, watch, journals, total)
    with open(os.path.join(folder, 'whole.json'), 'w', encoding='utf-8') as f:
        json.dump(seen, f, indent=1)
    text = markdown(seen)
    with open(os.path.join(folder, 'whole.md'), 'w', encoding='utf-8') as f:
        f.write(text)
    print(text, flush=True)
