#!/usr/bin/python3
"""What a competent person writes in Python to get the text of many PDFs on all cores: a pool of as many processes, each of which goes
on from file to file. It serves bench_text.py; python3-fitz belongs to Debian's own interpreter.

usage: bench_pool.py pdftotext|fitz CORES < PAIRS     lines: PDF, tab, text file to write
"""
import multiprocessing
import os
import subprocess
import sys


def by_pdftotext(pair):
    """A process for each file, from the pool."""
    return subprocess.run(['pdftotext', '-q', *pair], check=False).returncode == 0


def by_fitz(pair):
    """PyMuPDF in the pool's own process."""
    import fitz
    fitz.TOOLS.mupdf_display_errors(False)
    try:
        with fitz.open(pair[0]) as document, open(pair[1], 'w', encoding='utf-8', errors='replace') as out:
            for page in document:
                out.write(page.get_text())
                out.write('\f')
    except (RuntimeError, ValueError):
        if os.path.exists(pair[1]):  # what was written of it is no text of the document
            os.unlink(pair[1])
        return False
    return True


def main():
    work = {'pdftotext': by_pdftotext, 'fitz': by_fitz}[sys.argv[1]]
    pairs = [line.rstrip('\n').split('\t') for line in sys.stdin]
    with multiprocessing.Pool(int(sys.argv[2])) as pool:
        failed = sum(not ok for ok in pool.imap_unordered(work, pairs, chunksize=4))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
