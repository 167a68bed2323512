#!/usr/bin/env python3
"""Goal: nothing becomes slower unseen. Instructions of short, fixed pieces of work are counted by valgrind's callgrind, and
must be what tests/bench/expected/instructions says. guard.py BUILD [NAME ...]; EXPECTED=write (make expected) writes that anew.

The text path runs on documents of mkpdf (textpath), all else on what it makes itself (counted). A count does not depend on
what else the machine does, and hardly on its processor: valgrind shows each program the same one, and the C library and
OpenSSL are kept to the instructions that all have. It does depend on compiler, flags and libraries: with others than
those that the expected counts were made with nothing is compared, which is said.
"""
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

import expected

FILE, UNIT, TOLERANCE = 'instructions', 'instructions', '2%'
LIMIT = 600
# Without what not every processor has; without the string instructions that count as one for each byte; and with the strcmp for
# which it does not matter where a string lies (the others take another way where one crosses a page: up to 8 per cent).
LACKING = ('AVX2', 'AVX', 'AVX_Fast_Unaligned_Load', 'BMI2', 'ERMS', 'FSRM', 'SSE4_2', 'SSE4_1', 'SSSE3', 'Fast_Unaligned_Load')
PLAIN = {'GLIBC_TUNABLES': 'glibc.cpu.hwcaps=' + ','.join('-' + name for name in LACKING), 'OPENSSL_ia32cap': ':0',
         'LC_ALL': 'C', 'PATH': '/usr/bin:/bin'}
LIBRARIES = ('libc6', 'libmupdf-dev', 'libfreetype6', 'libharfbuzz0b', 'zlib1g', 'libjansson4', 'valgrind')
# name: what mkpdf is told. The first one only warms up.
WARM = 'warm'
DOCUMENTS = {
    WARM: ['text'],
    'text-tiny': ['text', '--words', 'a quiet harbour'],
    'text-form': ['form', '--words', 'a value'],
    'text-table': ['report'],
    'text-pages-40': ['pages', '--pages', '40'],
    'text-scripts': ['scripts'],
    'text-illustrated': ['illustrated'],
    'text-repaired': ['garbagexref'],
    'text-locked': ['emptypw'],
    'text-tree-500': ['flat20000', '--pages', '500'],
}
PLANTED, PLANTED_NAME = 'counted-twice', 'record'


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def __call__(self, good, what):
        self.passed += bool(good)
        self.failed += not good
        print(('ok    ' if good else 'FAIL  ') + what, flush=True)

    def finish(self):
        print('%d passed, %d failed' % (self.passed, self.failed))
        return 1 if self.failed or not self.passed else 0


def built_with(build):
    """Kind of machine, compiler, flags and libraries, as a line. Debian's own updates of a version do not count. (Nor does
    OpenSSL, of which Debian 12 gets new versions; little of what is counted is its work.)"""
    built = subprocess.run([build + '/bench/counted', '--built'], check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
    versions = subprocess.run(['dpkg-query', '-W', '-f', '${Package} ${Version}\n', *LIBRARIES], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.splitlines()
    return ', '.join([platform.machine(), built, *sorted({re.sub(r'[+~]deb\d+u\d+$', '', v) for v in versions})])


def others_than(then, now):
    """What of a line of built_with differs."""
    one, other = then.split(', '), now.split(', ')
    only = lambda a, b: ', '.join(w for w in a if w not in b) or 'nothing else'
    return 'expected %s, here %s' % (only(one, other), only(other, one))


def callgrind(top, program, arguments, function, names, stdin=subprocess.DEVNULL, at_start='yes'):
    """{name: instructions} of the calls of this function, in this order. What callgrind wrote is left in top/NAME.

    The program's name, arguments and environment, which lie on its stack, are the same wherever it is built."""
    out = os.path.join(top, program)
    done = subprocess.run([shutil.which('valgrind'), '--tool=callgrind', '--callgrind-out-file=' + out, '--compress-strings=no',
                           '--instr-atstart=' + at_start, '--toggle-collect=' + function, '--dump-after=' + function,
                           '../bench/' + program, *arguments],
                          cwd=top, env=PLAIN, stdin=stdin, text=True, timeout=LIMIT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    counts = {}
    for number, name in enumerate(names, 1):
        part = '%s.%d' % (out, number)
        if done.returncode != 0 or not os.path.exists(part):
            raise OSError('no count of %s: %s ended with %d: %s' % (name, program, done.returncode, done.stdout[-1500:]))
        with open(part, encoding='utf-8', errors='replace') as f:
            text = f.read()
        counts[name] = int(re.search(r'(?m)^totals: (\d+)$', text).group(1))
        # For callgrind_annotate, which cannot make anything of what was called "0 times", before the counting began, and goes
        # by a sum that callgrind gets wrong where it is switched on and off.
        text = re.sub(r'(?m)^calls=0 ', 'calls=1 ', text)
        with open(os.path.join(top, name), 'w', encoding='utf-8') as f:
            f.write(re.sub(r'(?m)^summary: .*', 'summary: %d' % counts[name], text))
        os.unlink(part)
    if os.path.exists('%s.%d' % (out, len(names) + 1)):
        raise OSError('%s has more calls of %s than there are names' % (program, function))
    return counts


def count_text(build, top, only):
    paths, names = [], [name for name in DOCUMENTS if not only or name in (WARM, *only)]
    if names == [WARM]:
        return {}
    for name in names:
        paths.append(name + '.pdf')
        subprocess.run([build + '/mkpdf', *DOCUMENTS[name], paths[-1]], cwd=top, check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryFile('w+') as listing:
        listing.write('\n'.join(paths) + '\n')
        listing.seek(0)
        counts = callgrind(top, 'textpath', ['ours'], 'textpath_ours', names, listing)
    del counts[WARM]
    return counts


def count_others(build, top, program='counted', names=()):
    """Of these pieces of work, or of all."""
    there = subprocess.run([build + '/bench/' + program, *names], check=True, text=True, timeout=LIMIT, stdout=subprocess.PIPE)
    return callgrind(top, program, names, 'counted_work', there.stdout.split(), at_start='no')


def judge_judging(check):
    """What compares must find what is wrong: on a file made for it."""
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + '/some', 'w', encoding='utf-8') as f:
            f.write('# what\n# made with: this\na 1000 2%\nb 2.50 0.2\ngone 1 0\n')
        kept = expected.Kept('some', 'things', folder)
        right = [kept.judge(*c) for c in (('a', 1020), ('a', 980), ('b', 2.7))]
        wrong = [kept.judge(*c) for c in (('a', 1021), ('a', 979), ('b', 2.71), ('new', 1))]
        check(all(good for good, _ in right), 'what is within the tolerance passes')
        check(not any(good for good, _ in wrong) and 'more' in wrong[0][1] and 'less' in wrong[1][1],
              'more fails, and so does less, and what nothing is known of')
        check([good for good, _ in kept.judge_all({'a': 1000, 'b': 2.5})] == [True, True, False], 'what is not counted fails')
        kept.write({'a': 1100, 'b': 2.0, 'new': 7}, '1%', {'made with': 'that'})
        again = expected.Kept('some', 'things', folder)
        check(again.values == {'a': (1100, '2%'), 'b': (2.0, '0.2'), 'new': (7, '1%')} and again.words('made with') == 'that' and
              again.lines[0] == '# what', 'what is written is what is read; comments and tolerances stay')


def planted(check, build, top, kept):
    """A build in which the writer of numbers does its work twice is not let through."""
    now = count_others(build, top, PLANTED, [PLANTED_NAME])[PLANTED_NAME]
    good, text = kept.judge(PLANTED_NAME, now)
    check(not good and ' more; ' in text, 'numbers written twice (planted) are found: %s' % text.split('; ')[0])


def compare(check, kept, build, top, only):
    others = [name for name in only if name not in DOCUMENTS]
    counts = {**count_text(build, top, only), **(count_others(build, top, names=others) if others or not only else {})}
    why = lambda name: ' (callgrind_annotate %s)' % os.path.relpath(os.path.join(top, name))
    if expected.writing() and not only:
        kept.write(counts, TOLERANCE, {'made with': built_with(build)})
        check(True, '%s: %d counts' % (os.path.relpath(kept.path), len(counts)))
        return
    for good, text in [kept.judge(name, now, why(name)) for name, now in counts.items()] if only else kept.judge_all(counts, why):
        check(good, text)
    if not only:
        planted(check, build, top, kept)


def main():
    build = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.environ.get('BUILD', 'build'))
    top = os.path.join(build, 'callgrind')
    check = Checks()
    judge_judging(check)
    try:
        kept = expected.Kept(FILE, UNIT)
    except (OSError, expected.Broken) as e:
        check(False, str(e))
        return check.finish()
    if not shutil.which('valgrind'):
        check(False, 'there is no valgrind; make test-deps installs it')
        return check.finish()
    now, then = built_with(build), kept.words('made with')
    if now != then and not expected.writing():
        print('skipped: the counts are of another compiler, flags or libraries: ' + others_than(then, now))
        return 1 if check.failed else 0
    shutil.rmtree(top, ignore_errors=True)
    os.makedirs(top)
    try:
        compare(check, kept, build, top, sys.argv[2:])
    except (OSError, subprocess.SubprocessError, expected.Broken) as e:
        check(False, str(e))
    return check.finish()


if __name__ == '__main__':
    sys.exit(main())
