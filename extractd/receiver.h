/*
 * receiver: who takes the files that a parser finds in an archive, or attached to a PDF, and how
 * much may come. accept_files.c counts on its own what the parser counts, too: a parser that goes
 * beyond a limit without saying so is not believed.
 */
#ifndef PDFSPOOL_RECEIVER_H
#define PDFSPOOL_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/entryfate.h"

/* RATIO_FREE: so many bytes may come out of a file however small it is. */
#define RECEIVER_RATIO_FREE (UINT64_C(10) << 20)

struct receiver {
    uint64_t size;    /* of the file that they come out of */
    uint32_t entries; /* at most, of whatever kind */
    uint64_t each;    /* bytes of one that is taken */
    uint64_t total;   /* bytes of all that are taken */
    uint32_t ratio;   /* bytes that come out for a byte of the file, beyond RECEIVER_RATIO_FREE */
    /* Entry after entry: begin, bytes*, end; the last one may lack its end. name: any bytes but
     * NUL, as the archive has it; zip: by the rules of zip (archive_path.h). Anything but
     * ENTRY_TAKEN throws its bytes away; message: one line of UTF-8, may be "". Each 0, or -1 and
     * errno: the trouble is ours, and nothing else is called. */
    int (*begin)(void *user, const char *name, size_t n, bool zip);
    int (*bytes)(void *user, const void *bytes, size_t n);
    int (*end)(void *user, enum entryfate fate, const char *message);
    void *user;
};

#endif
