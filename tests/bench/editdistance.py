"""The edit distance of two sequences (insertions, deletions, exchanges), a column of the matrix at a time as the bits of two
integers: after G. Myers, A fast bit-vector algorithm for approximate string matching, and H. Hyyrö's form of it. A page
against a page takes milliseconds.

editdistance.py --test checks it against the plain algorithm.
"""
import random
import sys


def distance(a, b):
    if not a or not b:
        return len(a) + len(b)
    places = {}
    for i, x in enumerate(a):
        places[x] = places.get(x, 0) | 1 << i
    last, mask = 1 << (len(a) - 1), (1 << len(a)) - 1
    more, less, d = mask, 0, len(a)  # rows where the matrix rises, and falls, downwards in this column
    for y in b:
        same = places.get(y, 0)
        down = same | less
        across = (((same & more) + more) ^ more) | same
        rises = less | ~(across | more) & mask
        falls = more & across
        d += bool(rises & last) - bool(falls & last)
        rises, falls = (rises << 1 | 1) & mask, falls << 1 & mask
        more, less = falls | ~(down | rises) & mask, rises & down
    return d


def plainly(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def main():
    rng, failed = random.Random(1), 0
    for _ in range(2000):
        a, b = (''.join(rng.choice('abcd') for _ in range(rng.randrange(90))) for _ in 'ab')
        if rng.random() < 0.5:
            b = a[:rng.randrange(90)] + b[:5] + a[rng.randrange(90):]
        failed += distance(a, b) != plainly(a, b)
    failed += distance('the old man'.split(), 'an old man is'.split()) != 2
    print('%d passed, %d failed' % (2001 - failed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main() if sys.argv[1:] == ['--test'] else __doc__)
