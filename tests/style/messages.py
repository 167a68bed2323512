#!/usr/bin/env python3
"""Goal: docs/MESSAGES.md has each line that extractd and spoold may write into their logs, with what to do, and none that they do not write.

usage: messages.py [--test]    (--test: shows on made-up sources that it finds what is missing)
In the table a message stands as in the source, with "…" for what is filled in, and ' for `.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CALL = re.compile(r'\blog_(info|warn|error|bug)\(')
TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([A-Za-z_]\w*)|(\s+|//[^\n]*)|(.)', re.S)
CONVERSION = re.compile(r'%(?:%|[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z|j)?[a-zA-Z])')
LEAST = 20  # sources that call the log; fewer: this program does not find them any more


def alternatives(text):
    """The messages of a call's first argument: literals and macros side by side are one, `c ? "a" : "b"` are two."""
    parts, now, depth = [], None, 0
    for literal, word, _, sign in TOKEN.findall(text):
        if sign == '(':
            depth += 1
        elif sign == ')':
            depth -= 1
        if depth < 0 or (sign == ',' and depth == 0):
            break
        if sign in ('?', ':'):
            parts.append(now)
            now = None
        elif literal or (now is not None and word):
            now = (now or '') + (literal or '…')
        elif word.isupper():
            now = '…'
    parts.append(now)
    return [p for p in parts if p is not None]


def shown(message):
    """With "…" for what is filled in, and ' for `; '' where nothing of its own is said."""
    message = CONVERSION.sub(lambda m: '%' if m.group() == '%%' else '…', message.replace('\\"', '"').replace('\\n', '').replace('`', "'"))
    message = re.sub('(?:%?… ?)+', lambda m: '… ' if m.group().endswith(' ') else '…', message).strip()
    return message if re.search('[a-z]', message) else ''


def said(text):
    """Of one source: {(level, message)}."""
    out = set()
    for call in CALL.finditer(text):
        for message in alternatives(text[call.end():]):
            if shown(message):
                out.add((call.group(1), shown(message)))
    return out


def told(text):
    """Of the document: {(level, message): what to do}. A heading says the level, a row's first column is the message, its last what to do."""
    out, level = {}, None
    for line in text.splitlines():
        heading = re.match(r'#+ .*\((info|warn|error|bug)\)$', line)
        if line.startswith('#'):
            level = heading and heading.group(1)
        row = re.match(r'\| `(.*?)` \|(?:.*\|)? *(.*?) *\|$', line)
        if row and level:
            out[level, row.group(1)] = row.group(2)
    return out


def problems(sources, document):
    """sources: {name: text}."""
    table, have, out = told(document), {}, []
    for name, text in sources.items():
        for one in said(text):
            have[one] = name
    for one in sorted(set(have) - set(table)):
        out.append('%s: log_%s "%s" is not in docs/MESSAGES.md' % (have[one], *one))
    for one in sorted(set(table) - set(have)):
        out.append('docs/MESSAGES.md: nothing says "%s" (%s)' % (one[1], one[0]))
    for one in sorted(o for o in table if len(table[o]) < 8):
        out.append('docs/MESSAGES.md: what is to be done about "%s"?' % one[1])
    return out


def test():
    source = ('log_warn("the %s is" " gone: %s", a, b);\n  log_error(c ? "one by %*.*s" : "two by " CTL_TWO "%" PRIu64,\n x);\n'
              'log_info("%s%s", a, b); log_debug("nobody asks");')
    good = ('## A (warn)\n| `the … is gone: …` | x | look at the disk |\n## B (error)\n| `one by …` | call a plumber |\n'
            '| `two by …` | call a carpenter |\n')
    cases = (('nothing is missing', source, good, []),
             ('a message that is not there', source, good.replace('gone', 'here'),
              ['a.c: log_warn "the … is gone: …" is not in docs/MESSAGES.md', 'docs/MESSAGES.md: nothing says "the … is here: …" (warn)']),
             ('one of another level', source.replace('log_warn', 'log_error'), good,
              ['a.c: log_error "the … is gone: …" is not in docs/MESSAGES.md', 'docs/MESSAGES.md: nothing says "the … is gone: …" (warn)']),
             ('an alternative', source, good.replace('| `two by …` | call a carpenter |\n', ''),
              ['a.c: log_error "two by …" is not in docs/MESSAGES.md']),
             ('nothing to do', source, good.replace('look at the disk', ''),
              ['docs/MESSAGES.md: what is to be done about "the … is gone: …"?']))
    failed = 0
    for name, text, document, want in cases:
        got = problems({'a.c': text}, document)
        if got != want:
            failed += 1
            print('FAIL %s: %s, not %s' % (name, got, want))
    return len(cases) - failed, failed


def main():
    if sys.argv[1:] == ['--test']:
        passed, failed = test()
    else:
        names = subprocess.run(['git', '-C', ROOT, 'ls-files', 'shared/*.c', 'extractd/*.c', 'spoold/*.c'], stdout=subprocess.PIPE,
                               check=True).stdout.decode().split()
        sources = {}
        for name in names:
            if name != 'shared/base/log.c' and os.path.exists(os.path.join(ROOT, name)):
                with open(os.path.join(ROOT, name), encoding='utf-8') as f:
                    sources[name] = f.read()
        with open(os.path.join(ROOT, 'docs', 'MESSAGES.md'), encoding='utf-8') as f:
            document = f.read()
        wrong = problems(sources, document)
        speak = sum(bool(said(t)) for t in sources.values())
        if speak < LEAST:
            wrong.append('only %d sources that call the log were found' % speak)
        for line in wrong:
            print('FAIL ' + line)
        passed, failed = len(told(document)) - min(len(wrong), len(told(document))), len(wrong)
    print('%d passed, %d failed' % (passed, failed))
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
