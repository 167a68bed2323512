/*
 * export_pack: archives, and compressed streams, written into an export_out. The only user of
 * libarchive's writing side.
 *
 * Calls: open; entry, bytes (as many as the entry's size says) for each file; then finish or
 * abandon, which end the export_out, too. A stream (PACK_STREAM) has no entries: only bytes.
 */
#ifndef PDFSPOOL_CTL_EXPORT_PACK_H
#define PDFSPOOL_CTL_EXPORT_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "spoold/ctl/export_out.h"

enum export_pack_format { PACK_STREAM, PACK_TAR, PACK_ZIP };
enum export_pack_filter { PACK_PLAIN, PACK_GZIP, PACK_ZSTD, PACK_XZ };

struct export_pack;

/* NULL: `trouble` says why, and out was abandoned. */
struct export_pack *export_pack_open(struct export_out *out, enum export_pack_format format,
                                     enum export_pack_filter filter, char *trouble, size_t cap);
/* Begin a file. tar: the path is bytes; zip: it must be UTF-8. Seconds since the epoch. All of
 * these: 0, or -1 with errno, and nothing more can be written. */
int export_pack_entry(struct export_pack *p, const char *path, uint64_t size, int64_t mtime_s);
int export_pack_bytes(struct export_pack *p, const void *bytes, size_t n);
/* End it, and the export_out with its name and all. 0, or -1 with errno and nothing is left. */
int export_pack_finish(struct export_pack *p);
void export_pack_abandon(struct export_pack *p);
/* What went wrong, in the library's words or the system's. Borrowed. */
const char *export_pack_trouble(const struct export_pack *p);

#endif
