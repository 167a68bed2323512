/*
 * tally: what became of the documents that were unpacked from another (an archive, a PDF with
 * attachments), once all of them are finished, in its x.json.
 *
 * control/archives/ points to those that wait for it (pointer.h). Nothing but names, paths and
 * hashes connects the documents with where they came from: they are as any others. Of what its
 * x.json lists ("entries" with "path" and "sha256") none may be left in pending/, in work/ or in
 * .retry/; then each is looked for in done/ and failed/, by path and hash. One that is nowhere was
 * taken away: "gone". x.json is then replaced, once, by the rename of a private file: the same
 * bytes, and before the last brace
 *
 *   "documents_outcomes":[{"path":"f/a.pdf","outcome":"ok","published":"done/x/f/a.pdf"},...]
 *
 * as many as there are such entries, and in their order; "published" is missing for "gone".
 *
 * Any number of janitors may do it at one time: they write the same. The replacing rename is
 * fenced: the archive's reservation is held, so that no other document can get its name; a private
 * file is made first, and only then the last look is taken; and whoever comes to the end removes
 * the private files of all others before the reservation goes. So a rename that comes late finds no
 * source.
 */
#ifndef PDFSPOOL_TALLY_H
#define PDFSPOOL_TALLY_H

#include "spool/spool.h"

struct tallied {
    unsigned settled; /* x.json is complete now, or there is none to complete any more */
    unsigned waiting; /* documents are not finished yet, or something could not be read */
};

/* Go through the pointers; where there are more than `most`, through so many from a random one on.
 * 0; -1: control/archives/ cannot be listed (errno). */
int tally_round(const struct spool *s, unsigned most, struct tallied *sum);

#endif
