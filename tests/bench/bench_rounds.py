"""Rounds: each way in turn on the same files, the first one changing; ratios are taken inside each round, so that a machine whose
speed drifts does no harm; then medians, least and most. Wall and CPU time (user and system, of all processes of the tree)."""
import os
import shutil
import statistics
import subprocess
import tempfile
import time

import cpu


def timed(command, **kw):
    """Seconds from start to exit."""
    began = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, **kw)
    return time.monotonic() - began


def xargs(cores, n, words, arguments, **kw):
    """n arguments for each call, CORES at a time, without a shell in between: the tool's own cost and nothing else."""
    return timed(['xargs', '-0', '-P', str(cores), '-n', str(n)] + words, input='\0'.join(arguments).encode(), **kw)


def there(made):
    """key -> those of its files that exist."""
    return {k: [f for f in files if os.path.isfile(f)] for k, files in made.items()}


class Way:
    """What was measured of a way."""

    def __init__(self):
        self.seconds, self.cpu, self.missing, self.empty, self.judged = [], [], [], [], None


def one_round(chosen, ways, order, found, source, scratch, judge):
    used = []
    for name in order:
        work = tempfile.mkdtemp(prefix='run-', dir=scratch)
        used.append(work)
        before = cpu.of_children()
        seconds, made = ways[name](source, work)
        found[name].cpu.append(cpu.of_children() - before)
        found[name].seconds.append(seconds)
        made = there(made)
        missing, empty = chosen.what_is_missing(made)
        found[name].missing = sorted(set(found[name].missing) | set(missing))
        found[name].empty = sorted(set(found[name].empty) | set(empty))
        if judge and found[name].judged is None:
            found[name].judged = judge(made)
    return used


def measure(chosen, ways, rounds, judge=None, keep=None):
    """ways: name -> run(source, work), which gives seconds and, for each key, the files of its text. judge(made): what is to be said
    of the texts, once. keep: a folder that all files are left in, for the caller to remove after all else. The dictionary that
    report and JSON show."""
    scratch = tempfile.mkdtemp(prefix='pdfspool-bench-', dir=keep)
    try:
        source = scratch + '/set'
        chosen.lay_out(source)
        found, used = {name: Way() for name in ways}, []
        for k in range(rounds):
            names = list(ways)
            used += one_round(chosen, ways, names[k % len(names):] + names[:k % len(names)], found, source, scratch, judge)
    finally:
        # Not between the runs: for minutes after thousands of deletions ext4 without a journal passes over each freed inode when it
        # looks for a free one, and the disk is told of each freed block: it would be charged to whoever is next.
        if not keep:
            shutil.rmtree(scratch)
    return {'name': chosen.name, 'documents': chosen.documents, 'files': len(chosen.files), 'times': chosen.times,
            'pages': chosen.pages, 'rounds': rounds, 'ways': {n: numbers(w, found) for n, w in found.items()}}


def numbers(way, found):
    first = next(iter(found.values()))
    ratios = [t / p for t, p in zip(way.seconds, first.seconds)]
    return dict(way.judged or {}, seconds=way.seconds, cpu=way.cpu, missing=way.missing, empty=way.empty, wall_median=statistics.median(way.seconds),
                cpu_median=statistics.median(way.cpu), ratio_median=statistics.median(ratios), ratio_least=min(ratios),
                ratio_most=max(ratios))
