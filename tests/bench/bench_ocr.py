"""The ways of OCR that bench.py measures, all on CORES processes of one thread each (OMP_THREAD_LIMIT=1: left to itself tesseract takes
many times as long when several run). pdfspool finds out the languages; the others are told eng.
  pdfspool    extractd --once, ocr = now; start of the worker and loading of the models included
  tesseract   xargs -P CORES tesseract on pictures of the pages at 300 dpi, made beforehand: what that costs is not counted
  pdftoppm    xargs -P CORES pdftoppm -r 300 -gray, then tesseract, in a shell for each document
  ocrmypdf    xargs -P CORES ocrmypdf --sidecar -j1, a document each: most have one page, so that -j CORES, one after the other,
              would leave cores idle. Without PDF/A, which is not text. --force-ocr, as some have a letter of text somewhere
and of one document with many pages (ways_of_long):
  pdfspool    as above; one slot: nobody helps
  pdftoppm, all pages   drawn one after the other, then xargs -P CORES tesseract
  ocrmypdf, all cores   -j CORES
"""
import os
import statistics
import tempfile

import quality
from bench_rounds import timed, xargs
from bench_sets import run_pdfspool, text_of

ONE_THREAD = dict(os.environ, OMP_THREAD_LIMIT='1')
RASTER_AND_READ = 'pdftoppm -r 300 -gray "$1" "$2" && for p in "$2"-*.pgm; do tesseract "$p" "${p%.pgm}" -l eng --psm 3; done'
RASTER_AND_READ_ALL = ('pdftoppm -r 300 -gray "$1" "$2" && for p in "$2"-*.pgm; do printf "%s\\0" "$p" "${p%.pgm}"; done |'
                       ' xargs -0 -n 2 -P "$3" sh -c \'tesseract "$1" "$2" -l eng --psm 3\' sh')
OCRMYPDF = 'ocrmypdf -q -j1 -l eng --force-ocr --output-type pdf --sidecar'.split()


def pictures(files, cores, scratch):
    """Of the pages, once for all rounds: file -> PNGs."""
    folder = tempfile.mkdtemp(prefix='pages-', dir=scratch)
    xargs(cores, 2, ['pdftoppm', '-r', '300', '-gray', '-png'],
          [a for k, f in enumerate(files) for a in (f, '%s/%d' % (folder, k))])
    names = sorted(os.listdir(folder))
    return {f: ['%s/%s' % (folder, n) for n in names if n.startswith('%d-' % k)] for k, f in enumerate(files)}


def pages_of(work, names, end):
    """key -> the text files of its pages, whose names begin with the key's number."""
    there = sorted(os.listdir(work + '/out'))
    return {k: ['%s/out/%s' % (work, f) for f in there if f.startswith('%d-' % n) and f.endswith(end)] for n, k in enumerate(names)}


def tesseract_on(chosen, made, cores):
    def tesseract(source, work):
        os.mkdir(work + '/out')
        arguments = [a for n, f in enumerate(chosen.keys.values())
                     for k, png in enumerate(made[f]) for a in (png, '%s/out/%d-%06d' % (work, n, k))]
        seconds = xargs(cores, 2, ['sh', '-c', 'tesseract "$1" "$2" -l eng --psm 3', 'sh'], arguments, env=ONE_THREAD)
        return seconds, pages_of(work, chosen.keys, '.txt')
    return tesseract


def limit_by_cores(chosen, cores, scratch):
    """What more cores are worth to tesseract alone. The first is what the other is compared to."""
    made = pictures(chosen.files, cores, scratch)
    return {'tesseract alone': tesseract_on(chosen, made, cores), 'tesseract alone, one': tesseract_on(chosen, made, 1)}


def ways(build, chosen, cores, scratch):
    made = pictures(chosen.files, cores, scratch)

    def pdfspool(source, work):
        command, texts = run_pdfspool(build, source, work, chosen.keys, 'now')
        return timed(command), texts

    def pdftoppm(source, work):
        os.mkdir(work + '/out')
        arguments = [a for n, k in enumerate(chosen.keys) for a in (os.path.join(source, k), '%s/out/%d' % (work, n))]
        seconds = xargs(cores, 2, ['sh', '-c', RASTER_AND_READ, 'sh'], arguments, env=ONE_THREAD)
        return seconds, pages_of(work, chosen.keys, '.txt')

    def ocrmypdf(source, work):
        os.mkdir(work + '/out')
        outs = {k: '%s/out/%d' % (work, n) for n, k in enumerate(chosen.keys)}
        arguments = [a for k, out in outs.items() for a in (out + '.txt', os.path.join(source, k), out + '.pdf')]
        return xargs(cores, 3, OCRMYPDF, arguments, env=ONE_THREAD), {k: [out + '.txt'] for k, out in outs.items()}

    return {'pdfspool': pdfspool, 'tesseract': tesseract_on(chosen, made, cores), 'pdftoppm': pdftoppm, 'ocrmypdf': ocrmypdf}


def ways_of_long(build, chosen, cores):
    """Of one document with many pages. The pair of tools has its pages read side by side, as ocrmypdf does by itself."""
    def pdfspool(slots):
        def run(source, work):
            command, texts = run_pdfspool(build, source, work, chosen.keys, 'now', slots=slots)
            return timed(command), texts
        return run

    def pdftoppm(source, work):
        os.mkdir(work + '/out')
        (key,) = chosen.keys
        seconds = timed(['sh', '-c', RASTER_AND_READ_ALL, 'sh', os.path.join(source, key), work + '/out/0', str(cores)], env=ONE_THREAD)
        return seconds, pages_of(work, chosen.keys, '.txt')

    def ocrmypdf(source, work):
        (key,) = chosen.keys
        out = work + '/out'
        command = [w.replace('-j1', '-j%d' % cores) for w in OCRMYPDF] + [out + '.txt', os.path.join(source, key), out + '.pdf']
        return timed(command, env=ONE_THREAD), {key: [out + '.txt']}

    return {'pdfspool': pdfspool(0), 'one slot': pdfspool(1), 'pdftoppm, all pages': pdftoppm, 'ocrmypdf, all cores': ocrmypdf}


def judge(chosen):
    """How many words are right, of the documents whose text is known (quality.py): agreement is Dice of the bags of words, which goes
    by no order of columns; WER does."""
    known = {k: chosen.truths[f] for k, f in chosen.keys.items() if f in chosen.truths}

    def of(made):
        measures = [quality.measure(text_of([truth]).replace('\f', '\n'), text_of(made.get(k, [])).replace('\f', '\n'))
                    for k, truth in known.items()]
        if not measures:
            return {'known': 0}
        return {'known': len(measures), 'agreement': statistics.mean(m['agreement'] for m in measures),
                'wer_median': statistics.median(m['wer'] for m in measures)}
    return of
