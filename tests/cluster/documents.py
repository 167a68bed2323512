"""documents: many small PDFs, each with words of its own, made here in no time."""

import hashlib
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "gen"))
from pdfobjects import of_objects  # noqa: E402 (its place is known only now)

PAGES = (1, 1, 1, 2, 3, 400, 1500)  # all say the same: long ones are for time, not for size


def words_of(serial):
    return f"document serial{serial:06d} of the cluster"


def name_of(serial):
    return f"d{serial:06d}.pdf"


def pdf(words, pages=1):
    """A document that says `words` (ASCII) on each page."""
    stream = b"BT /F1 12 Tf 50 700 Td (" + words.encode() + b") Tj ET"
    kids = b" ".join(b"%d 0 R" % (5 + page) for page in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>>>" % (kids, pages),
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ] + [b"<</Type/Page/Parent 2 0 R/Contents 3 0 R>>"] * pages
    return of_objects(objects)


def long_scan(scan, pages):
    """All pages are the one picture in this scan, the bytes of a document of mkpdf."""
    image = re.search(rb"<< /Type /XObject /Subtype /Image.*?endstream", scan, re.S).group(0)
    content = b"q 612 0 0 792 0 0 cm /Im1 Do Q"
    kids = b" ".join(b"%d 0 R" % (5 + page) for page in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d/MediaBox[0 0 612 792]/Resources<</XObject<</Im1 3 0 R>>>>>>" % (kids, pages),
        image,
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
    ]
    return of_objects(objects + [b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>"] * pages)


def make(folder, serials, pages=PAGES):
    """Write them: {serial: SHA-256}. pages: how many each has, in turn; or what makes one of a serial."""
    os.makedirs(folder, exist_ok=True)
    digests = {}
    for serial in serials:
        data = pages(serial) if callable(pages) else pdf(words_of(serial), pages[serial % len(pages)])
        digests[serial] = hashlib.sha256(data).hexdigest()
        with open(os.path.join(folder, name_of(serial)), "wb") as file:
            file.write(data)
    return digests


def serials_in(text):
    """The serials that a document's text names: of its own document one and no other."""
    return {int(serial) for serial in re.findall(r"serial(\d{6})", text)}
