"""The ways of OCR that bench.py measures beside pdfspool, all on CORES processes of one thread each (OMP_THREAD_LIMIT=1: left to
itself tesseract takes many times as long when several run):
  tesseract   xargs -P CORES tesseract on pictures of the pages at 300 dpi, made beforehand: what that costs is not counted
  pdftoppm    xargs -P CORES pdftoppm -r 300 -gray, then tesseract, in a shell for each document
  ocrmypdf    xargs -P CORES ocrmypdf --sidecar -j1, a document each: most have one page, so that -j CORES, one after the other,
              would leave cores idle. Without PDF/A, which is not text. --force-ocr, as some have a letter of text somewhere
"""
import os
import subprocess
import tempfile
import time

RASTER_AND_READ = 'pdftoppm -r 300 -gray "$1" "$2" && for p in "$2"*.pgm; do tesseract "$p" "${p%.pgm}" -l eng --psm 3; done'
OCRMYPDF = 'ocrmypdf -q -j1 -l eng --force-ocr --output-type pdf --sidecar'.split()


def documents(source):
    return sorted(os.path.join(at, n) for at, _, names in os.walk(source) for n in names)


def xargs(cores, n, words, arguments):
    env = dict(os.environ, OMP_THREAD_LIMIT='1')
    began = time.monotonic()
    subprocess.run(['xargs', '-0', '-P', str(cores), '-n', str(n)] + words, input='\0'.join(arguments).encode(),
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    return time.monotonic() - began


def count(work, end):
    return sum(n.endswith(end) for n in os.listdir(work + '/out'))


def pictures(files, cores):
    """Of the pages, once for all rounds; the folder goes with the value."""
    folder = tempfile.TemporaryDirectory(prefix='pdfspool-bench-pages-')
    arguments = []
    for k, f in enumerate(files):
        arguments += [f, '%s/%d' % (folder.name, k)]
    xargs(cores, 2, ['pdftoppm', '-r', '300', '-gray', '-png'], arguments)
    return folder


def ways(files, cores):
    made = pictures(files, cores)

    def tesseract(source, work):
        os.mkdir(work + '/out')
        arguments = []
        for n in sorted(os.listdir(made.name)):
            arguments += ['%s/%s' % (made.name, n), '%s/out/%s' % (work, n)]
        return xargs(cores, 2, ['sh', '-c', 'tesseract "$1" "$2" -l eng --psm 3', 'sh'], arguments), count(work, '.txt')

    def pdftoppm(source, work):
        os.mkdir(work + '/out')
        arguments = []
        for k, f in enumerate(documents(source)):
            arguments += [f, '%s/out/%d' % (work, k)]
        return xargs(cores, 2, ['sh', '-c', RASTER_AND_READ, 'sh'], arguments), count(work, '.txt')

    def ocrmypdf(source, work):
        os.mkdir(work + '/out')
        arguments = []
        for k, f in enumerate(documents(source)):
            out = '%s/out/%d' % (work, k)
            arguments += [out + '.txt', f, out + '.pdf']
        return xargs(cores, 3, OCRMYPDF, arguments), count(work, '.txt')

    return {'tesseract': tesseract, 'pdftoppm': pdftoppm, 'ocrmypdf': ocrmypdf}
