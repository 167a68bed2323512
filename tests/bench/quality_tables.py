#!/usr/bin/env python3
"""Goal: the tables of extractd/parser/quality_tables.c, made anew: letter pairs from word lists, common ideographs and
syllables from the character sets of East Asia.

usage: quality_tables.py WORD-LIST... > extractd/parser/quality_tables.c   (clang-format leaves the tables alone)

A word list has a word a line (UTF-8, or Latin-1 where it is not; what follows a '/' is hunspell's). The table in the tree was
made from Debian 12's lists: tesseract's eng deu fra spa ita (dawg2wordlist), hunspell pl hu cs tr ru el ro vi, and the
dictionaries swedish dutch portuguese. Each language counts alike. Only the counts of letter pairs are kept.
"""
import math
import sys
import unicodedata

BY_HAND = {'ß': 's', 'ø': 'o', 'ł': 'l', 'đ': 'd', 'æ': 'a', 'þ': 't', 'ð': 'd', 'ı': 'i', 'œ': 'o', 'ħ': 'h', 'ŋ': 'n',
           'ŧ': 't', 'ſ': 's', 'ĸ': 'k', 'ŉ': 'n', 'ƒ': 'f', 'ə': 'e', 'ɛ': 'e', 'ɔ': 'o', 'ǝ': 'e', 'ɓ': 'b', 'ɗ': 'd'}
# Each letter as the Latin one of its sound, so that one table serves.
CYRILLIC = dict(zip('абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґўјљњћђџѓќѕ',
                    'abvgdezziiklmnoprstufhccsstyieuaiiegujlncdzgks'))
GREEK = dict(zip('αβγδεζηθικλμνξοπρστυφχψωςϊϋάέήίόύώΐΰ', 'avgdezitiklmnxoprstifhposiiaeiioioii'))


def fold(c):
    """A letter as one of a to z, or '.' for none."""
    c = c.lower()
    c = c[0] if c else c
    for table in (BY_HAND, CYRILLIC, GREEK):
        if c in table:
            return table[c]
    base = unicodedata.normalize('NFKD', c)[0]
    for table in (BY_HAND, CYRILLIC, GREEK):
        if base in table:
            return table[base]
    return base if 'a' <= base <= 'z' and unicodedata.category(c)[0] == 'L' else '.'


def words(path):
    for line in open(path, 'rb').read().split(b'\n'):
        try:
            word = line.decode()
        except UnicodeDecodeError:
            word = line.decode('latin-1')
        word = word.split('/')[0].strip()
        folded = ''.join(fold(c) for c in word)
        if len(folded) > 1 and '.' not in folded:
            yield folded


def pairs(lists):
    """Rows of hex digits: what the pair costs, in 1/1.25 bits, after its first letter; 0 is the edge of a word."""
    mean = [[0.0] * 27 for _ in range(27)]
    for path in lists:
        count = [[0.02] * 27 for _ in range(27)]
        for word in words(path):
            row = [0] + [ord(c) - 96 for c in word] + [0]
            for a, b in zip(row, row[1:]):
                count[a][b] += 1
        for a in range(27):
            for b in range(27):
                mean[a][b] += count[a][b] / sum(count[a]) / len(lists)
    return [''.join('%x' % min(15, round(-1.25 * math.log2(max(p, 1e-9)))) for p in row) for row in mean]


def bits(first, last, codecs):
    """One bit for each character from first to last that one of the sets has in its common part."""
    known = set()
    for codec, rows, columns in codecs:
        for row in rows:
            for column in columns:
                try:
                    known.update(bytes((row, column)).decode(codec))
                except UnicodeDecodeError:
                    pass
    out = []
    for at in range(first, last + 1, 64):
        out.append('0x%016x' % sum(1 << i for i in range(64) if chr(at + i) in known))
    return out


COLUMNS = list(range(0xa1, 0xff))
HAN = [('gb2312', range(0xb0, 0xd8), COLUMNS),                         # GB 2312, level 1
       ('big5', range(0xa4, 0xc7), list(range(0x40, 0x7f)) + COLUMNS),  # Big5, level 1
       ('euc_jp', range(0xb0, 0xd0), COLUMNS),                         # JIS X 0208, level 1
       ]
HANGUL = [('euc_kr', range(0xb0, 0xc9), COLUMNS)]                      # KS X 1001


def array(name, rows, per_line):
    print('const uint64_t %s[%d] = {' % (name, len(rows)))
    for i in range(0, len(rows), per_line):
        print('    ' + ' '.join(r + ',' for r in rows[i:i + per_line]))
    print('};')


def letters(name, first, last):
    text = ''.join(fold(chr(c)) for c in range(first, last + 1))
    print('const char %s[%d] = {' % (name, len(text) + 1))
    for i in range(0, len(text), 64):
        print('    "%s"' % text[i:i + 64])
    print('};')


def main():
    print('/*\n * The tables of quality_words.c. Made by tests/bench/quality_tables.py, which says from what.\n */')
    print('#include "extractd/parser/quality_tables.h"\n\n/* clang-format off */')
    rows = pairs(sys.argv[1:])
    print('const char quality_pairs[27][28] = {\n' + '\n'.join('    "%s",' % r for r in rows) + '\n};')
    letters('quality_fold_latin', 0xc0, 0x24f)
    letters('quality_fold_latin_more', 0x1e00, 0x1eff)
    letters('quality_fold_greek', 0x370, 0x3ff)
    letters('quality_fold_greek_more', 0x1f00, 0x1fff)
    letters('quality_fold_cyrillic', 0x400, 0x52f)
    array('quality_common_han', bits(0x4e00, 0x9fff, HAN), 5)
    array('quality_common_hangul', bits(0xac00, 0xd7a3 | 63, HANGUL), 5)
    print('/* clang-format on */')


main()
