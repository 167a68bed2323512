/*
 * takeover: the text of a finished document for another with the same content.
 *
 * What is taken is what was published, to the byte: the journal (which users cannot write) has the
 * hash of the source's x.json, that has the hashes of its PDF and its text, and all three must be
 * what they are said to be. So whoever can change files in done/ can prevent a text from being taken
 * over, and nothing else. The source must still be in done/, whole: no page of it bad or waiting,
 * made by this version and recipe, without a password.
 */
#ifndef PDFSPOOL_TAKEOVER_H
#define PDFSPOOL_TAKEOVER_H

#include <stdatomic.h>

#include "extractd/parserlink.h"
#include "spool/dupindex.h"
#include "spool/spool.h"

struct takeover {
    const struct spool *spool;
    struct dupindex *index;
    const char *sha256; /* of the document that wants a text */
    uint64_t size;      /* in bytes, the same */
    const char *recipe; /* that its text would be made by */
    bool ocr;           /* it would be read by OCR, where that is needed */
    const struct parse_limits *limits;
    _Atomic uint64_t *progress; /* goes up with each block that is read */
};

/* True: r (cleared first) has the pages and the text, same_as the path below done/ of the document
 * that they were made for. False: there is none that will do; r is empty. Nothing is logged but why
 * one that was known would not do, for debugging. */
bool takeover_find(const struct takeover *t, struct parse_result *r, char same_as[PATH_CAP]);

#endif
