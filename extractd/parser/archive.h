/*
 * archive: the files in a zip or a tar (plain, or through one of gzip, bzip2, xz, zstd), or the one
 * file in a .gz and its like, unpacked from memory and handed on as a stream. The only user of
 * libarchive.
 *
 * Formats and filters are switched on one by one, by the archive's first bytes: a zip is read as a
 * zip and nothing else; a compressed file has one filter, and what is compressed twice is a file
 * that is no PDF. Only regular files are taken; an archive in the archive is not opened. Nothing is
 * sized by a number that the archive claims, but what libarchive does for itself: the list of a
 * zip's directory (some 300 bytes for 46 of the archive), the windows of xz, and of lzma in a zip
 * (as large as they say), and of zstd (128 MiB at most). The cage's limit of memory bounds these:
 * what does not fit ends as `corrupt` or `memory`; where libarchive has no memory for a name, it
 * ends the process.
 *
 * Names: libarchive turns those that are marked as UTF-8 (zip's flag and extra field, pax) into the
 * charset of the locale, and has no name at all where that cannot be. So names are read under a
 * C.UTF-8 locale of their own, which archive_prepare loads. Names without a mark come out as their
 * bytes are. Some names are normalised (NFC) on that way.
 */
#ifndef PDFSPOOL_PARSER_ARCHIVE_H
#define PDFSPOOL_PARSER_ARCHIVE_H

#include <stddef.h>

#include "extractd/parser/entry.h"

/* Load what needs files; in the zygote, before any fork. (The time zone of the process becomes UTC,
 * by its environment: no file of a zone is looked for.) 0; -1 and errno when the locale is not
 * there: then zips still open, and entries whose names need it have none. */
int archive_prepare(void);
/* Unpack size bytes at data (borrowed; must not change). Fills in *report; every ending of it is
 * one of its outcomes. An archive that is none is OUTCOME_NOT_PDF. */
void archive_unpack(const void *data, size_t size, const struct entry_limits *limits,
                    const struct entry_sink *sink, struct entry_report *report);
/* The version of libarchive, and of what it was built with. */
const char *archive_library(void);

#endif
