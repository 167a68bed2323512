/*
 * archive_path: from the name that an archive gives an entry, which is hostile, to a path below the
 * archive's folder in pending/. Pure, but for the memory of a set.
 *
 * A clean path is relative, valid UTF-8 without control characters, of components that are neither
 * "." nor "..", at most NAME_MAX bytes each, none of them a name that the spool would leave lying
 * (dropname.h), and at most ARCHIVE_PATH_DEPTH of them. What cleans a path leaves a clean one as it
 * is: whoever is handed one can check it again.
 *
 *   /a/./../b.pdf      a/b.pdf          nothing is looked up: ".." goes, what stood before stays
 *   C:\x\y.pdf         x/y.pdf          in a zip, where no name has both kinds of slashes
 *   .x.pdf  ~x  a.tmp  _.x.pdf  _~x  a.tmp_
 *   M<81>ller.pdf      Müller.pdf       in a zip: code page 437; elsewhere M%81ller.pdf
 *   a<TAB>b            a_b
 *   (300 bytes).pdf    (242 bytes)~<8 digits of a hash>.pdf
 *   too many folders   the first ones/_<8 digits of a hash>/name
 */
#ifndef PDFSPOOL_ARCHIVE_PATH_H
#define PDFSPOOL_ARCHIVE_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "spool/layout.h"

/* NUMBER: the longest "~n" for a path that is used more than once. */
enum {
    ARCHIVE_PATH_DEPTH = 32,
    ARCHIVE_PATH_NUMBER = 9,
    ARCHIVE_PATH_MIN = 512,
    ARCHIVE_PATH_MAX = 3072
};

enum archive_path { PATH_CLEAN, PATH_NAMELESS, PATH_NO_MEMORY };

/* Clean n bytes of a name into at most `most` bytes and a NUL, so that the archive's own path has
 * room before it; numbers may come on top. `most` is at least ARCHIVE_PATH_MIN; ARCHIVE_PATH_MAX
 * with its numbers is never exceeded. PATH_NAMELESS: nothing is left of it; out is "". */
enum archive_path archive_path_clean(const char *name, size_t n, bool zip, size_t most,
                                     char out[PATH_CAP]);
/* Is this a clean path? For whoever gets it from elsewhere. False also when out of memory. */
bool archive_path_ok(const char *path);

/* The paths that one archive has used so far, so that each file gets one of its own. */
struct archive_paths;
struct archive_paths *archive_paths_new(void);       /* NULL: no memory */
void archive_paths_free(struct archive_paths *used); /* NULL is fine */
/* Use a clean path for a file: out becomes path, or with a component numbered as the spool does it
 * (x~2.pdf; a folder that is called like a file: x~2/). 0; -1: no memory (errno). */
int archive_paths_use(struct archive_paths *used, const char *path, char out[PATH_CAP]);

#endif
