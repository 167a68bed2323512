"""mutate: PDFs that are nearly right. The same seed and number always give the same bytes."""
import random
import re

NUMBERS = (b'0', b'-1', b'1', b'7', b'255', b'65535', b'65536', b'2147483647', b'-2147483648', b'4294967295', b'4294967296',
           b'9223372036854775807', b'99999999999999999999', b'1e38', b'-0.0000001', b'.', b'1048576')
NUMBER = re.compile(rb'(?<![\w.])\d+(?![\w.])')
REFERENCE = re.compile(rb'\b\d+ 0 R\b')
NAME = re.compile(rb'/[A-Za-z][A-Za-z0-9]*')
STREAM = re.compile(rb'stream\r?\n.*?endstream', re.S)
OBJECT = re.compile(rb'\d+ 0 obj.*?endobj', re.S)


def spans_of(pattern, data):
    return [m.span() for m in pattern.finditer(data)]


def instead(data, span, new):
    return data[:span[0]] + new + data[span[1]:]


def flips(rnd, data, _):
    out = bytearray(data)
    for _ in range(rnd.choice((1, 1, 2, 4, 16, 64))):
        at = rnd.randrange(len(out))
        out[at] = rnd.choice((out[at] ^ (1 << rnd.randrange(8)), rnd.randrange(256), 0, 255, 32, 57))
    return bytes(out)


def cut(rnd, data, _):
    """The end is missing, or a piece of the middle."""
    at = rnd.randrange(1, len(data))
    return data[:at] if rnd.random() < 0.4 else data[:at] + data[at + rnd.randrange(1, 1 + max(1, len(data) // 8)):]


def splice(rnd, data, other):
    """The beginning of one, the end of another."""
    return data[:rnd.randrange(1, len(data))] + other[rnd.randrange(len(other)):]


def graft(rnd, data, other):
    """An object of another instead of one of ours, under our number."""
    ours, theirs = spans_of(OBJECT, data), spans_of(OBJECT, other)
    if not ours or not theirs:
        return splice(rnd, data, other)
    here, there = rnd.choice(ours), rnd.choice(theirs)
    number = data[here[0]:].split(b' ', 1)[0]
    return instead(data, here, number + b' ' + other[there[0]:there[1]].split(b' ', 1)[1])


def numbers(rnd, data, _):
    for _ in range(rnd.choice((1, 1, 2, 5))):
        spans = spans_of(NUMBER, data)
        if spans:
            data = instead(data, rnd.choice(spans), rnd.choice(NUMBERS + (b'%d' % rnd.randrange(3000),)))
    return data


def references(rnd, data, _):
    """Another object's number: what is a font becomes a page, a page its own parent."""
    for _ in range(rnd.choice((1, 1, 2, 4))):
        spans = spans_of(REFERENCE, data)
        if spans:
            data = instead(data, rnd.choice(spans), b'%d 0 R' % rnd.randrange(len(spans_of(OBJECT, data)) + 3))
    return data


def streams(rnd, data, other):
    """A stream twice, or that of another document, where there was one of ours."""
    ours = spans_of(STREAM, data)
    if not ours:
        return flips(rnd, data, other)
    source = other if rnd.random() < 0.5 and spans_of(STREAM, other) else data
    there = rnd.choice(spans_of(STREAM, source))
    body = source[there[0]:there[1]]
    if rnd.random() < 0.3: # what is in it many times over
        inner = body[body.index(b'\n') + 1:-len(b'endstream')]
        body = b'stream\n' + inner * rnd.choice((2, 10, 100)) + b'endstream'
    return instead(data, rnd.choice(ours), body)


def names(rnd, data, other):
    for _ in range(rnd.choice((1, 1, 3))):
        spans, known = spans_of(NAME, data), NAME.findall(data) + NAME.findall(other)
        if spans:
            data = instead(data, rnd.choice(spans), rnd.choice(known))
    return data


WAYS = (flips, flips, cut, splice, graft, numbers, numbers, references, streams, names)
SELDOM = 20
SHORT = 16 # bytes: nothing to change


def mutant(bases, seed, number):
    """Mutant `number` of a seed: one of the bases, changed in one to three ways. At most 1 MB. bases: two lists, of which
    the second is chosen from once in SELDOM times."""
    rnd = random.Random('%d.%d' % (seed, number))
    many, few = bases
    data = rnd.choice(few if rnd.random() < 1 / SELDOM else many)
    for _ in range(rnd.choice((1, 1, 2, 3))):
        if len(data) < SHORT:
            break
        other = rnd.choice(few if rnd.random() < 1 / SELDOM else many)
        data = rnd.choice(WAYS)(rnd, data, other)[:1 << 20] or data
    return data
