"""The ways of text that bench.py measures, on all cores:
  pdfspool        extractd --once on a local spool: start to exit, every result fsynced. ocr = never, as none of the others reads
                  pictures: 31 of the 466 digital files have pages that would be read by OCR, some 260, which takes minutes
  limit           an in-process MuPDF loop (loop.c), a process a core; no spool, no cage, no fsync
  mutool          xargs -P CORES mutool draw -q -F txt -o OUT IN, a process a document
  pdftotext       xargs -P CORES pdftotext -q IN OUT, a process a document
  pool+pdftotext  a Python pool of CORES processes that calls pdftotext a file (bench_pool.py)
  pool+PyMuPDF    a Python pool of CORES processes that go on from file to file with python3-fitz (bench_pool.py)
"""
import os

from bench_rounds import timed, xargs
from bench_sets import run_pdfspool

HERE = os.path.dirname(os.path.abspath(__file__))
DEBIANS = '/usr/bin/python3'


def outputs(source, work, keys):
    """key -> (PDF, text file)"""
    os.mkdir(work + '/out')
    return {k: (os.path.join(source, k), '%s/out/%d.txt' % (work, n)) for n, k in enumerate(keys)}


def answer(seconds, pairs):
    return seconds, {k: [to] for k, (_, to) in pairs.items()}


def ways(build, chosen, cores):
    def pdfspool(source, work):
        command, made = run_pdfspool(build, source, work, chosen.keys)
        return timed(command), made

    def limit(source, work):
        pairs = outputs(source, work, chosen.keys)
        with open(work + '/list', 'w', encoding='utf-8') as f:
            f.writelines(pdf + '\n' for pdf, _ in pairs.values())
        return answer(timed([build + '/bench/mupdf-loop', work + '/list', work + '/out', str(cores)]), pairs)

    def mutool(source, work):
        pairs = outputs(source, work, chosen.keys)
        return answer(xargs(cores, 2, ['mutool', 'draw', '-q', '-F', 'txt', '-o'], [a for p, t in pairs.values() for a in (t, p)]), pairs)

    def pdftotext(source, work):
        pairs = outputs(source, work, chosen.keys)
        return answer(xargs(cores, 2, ['pdftotext', '-q'], [a for pair in pairs.values() for a in pair]), pairs)

    def pool(what):
        def run(source, work):
            pairs = outputs(source, work, chosen.keys)
            lines = ''.join('%s\t%s\n' % pair for pair in pairs.values())
            return answer(timed([DEBIANS, HERE + '/bench_pool.py', what, str(cores)], input=lines.encode()), pairs)
        return run

    return {'pdfspool': pdfspool, 'limit': limit, 'mutool': mutool, 'pdftotext': pdftotext, 'pool+pdftotext': pool('pdftotext'),
            'pool+PyMuPDF': pool('fitz')}


def limit_by_cores(build, chosen, cores):
    """What more cores are worth to the limit. The first is what the other is compared to."""
    return {'limit alone': ways(build, chosen, cores)['limit'], 'limit alone, one': ways(build, chosen, 1)['limit']}


def by_cores(build, chosen, ocr, cores):
    """The first is what the other is compared to."""
    def on(n):
        def run(source, work):
            command, made = run_pdfspool(build, source, work, chosen.keys, ocr, n)
            return timed(command), made
        return run
    return {'%d cores' % cores: on(0), 'one core': on(1)}
