/*
 * tar is GNU tar's own form: names are bytes there, of any length, sizes have no limit, and there
 * is no header beside each file's own. (The pax form wants names in UTF-8, or a keyword for each
 * file that GNU tar grumbles about.) In zip a name says whether it is UTF-8, and libarchive asks
 * the locale for that: so it gets one.
 */
#include "spoold/ctl/export_pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK = 128 * 1024 };

struct export_pack {
    struct archive *archive;
    struct archive_entry *entry;
    struct export_out *out; /* NULL once it has ended */
    locale_t utf8;          /* (locale_t)0: the format does not care */
    bool discard;           /* nothing more is to be written */
    char trouble[256];
};

const char *export_pack_trouble(const struct export_pack *p)
{
    return p->trouble;
}

/* What the library says, kept as errno and words. Always -1. */
static int failed(struct export_pack *p)
{
    const char *words = archive_error_string(p->archive);
    int error = archive_errno(p->archive);
    error = error > 0 ? error : EIO;
    snprintf(p->trouble, sizeof p->trouble, "%s", words ? words : strerror(error));
    errno = error;
    return -1;
}

static la_ssize_t write_out(struct archive *a, void *arg, const void *bytes, size_t n)
{
    struct export_pack *p = arg;
    if (p->discard)
        return (la_ssize_t)n;
    if (export_out_write(p->out, bytes, n) == 0)
        return (la_ssize_t)n;
    archive_set_error(a, errno, "%s", strerror(errno));
    return -1;
}

static int set_format(struct export_pack *p, enum export_pack_format format,
                      enum export_pack_filter filter)
{
    struct archive *a = p->archive;
    int (*const filters[])(struct archive *) = {
        archive_write_add_filter_none, archive_write_add_filter_gzip, archive_write_add_filter_zstd,
        archive_write_add_filter_xz};
    int bad = format == PACK_TAR   ? archive_write_set_format_gnutar(a)
              : format == PACK_ZIP ? archive_write_set_format_zip(a)
                                   : archive_write_set_format_raw(a);
    /* A warning here means that another program would be started to compress. */
    if (bad != ARCHIVE_OK || filters[filter](a) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(a, BLOCK) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK)
        return failed(p);
    if (format == PACK_ZIP && !(p->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0))) {
        snprintf(p->trouble, sizeof p->trouble, "this machine has no locale C.UTF-8");
        errno = ENOTSUP;
        return -1;
    }
    return archive_write_open(a, p, NULL, write_out, NULL) == ARCHIVE_OK ? 0 : failed(p);
}

struct export_pack *export_pack_open(struct export_out *out, enum export_pack_format format,
                                     enum export_pack_filter filter, char *trouble, size_t cap)
{
    struct export_pack *p = calloc(1, sizeof *p);
    snprintf(trouble, cap, "%s", strerror(ENOMEM));
    if (!p) {
        export_out_abandon(out);
        return NULL;
    }
    p->out = out;
    p->archive = archive_write_new();
    p->entry = p->archive ? archive_entry_new2(p->archive) : NULL;
    if (p->entry && set_format(p, format, filter) == 0 &&
        (format != PACK_STREAM || export_pack_entry(p, "stream", 0, 0) == 0))
        return p;
    if (p->trouble[0])
        snprintf(trouble, cap, "%s", p->trouble);
    export_pack_abandon(p);
    return NULL;
}

int export_pack_entry(struct export_pack *p, const char *path, uint64_t size, int64_t mtime_s)
{
    struct archive_entry *e = archive_entry_clear(p->entry);
    locale_t before = p->utf8 ? uselocale(p->utf8) : (locale_t)0;
    archive_entry_set_pathname(e, path);
    archive_entry_set_filetype(e, S_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, (la_int64_t)size);
    archive_entry_set_mtime(e, mtime_s, 0);
    int got = archive_write_header(p->archive, e);
    if (p->utf8)
        uselocale(before);
    return got == ARCHIVE_OK ? 0 : failed(p); /* a warning would be about the name */
}

int export_pack_bytes(struct export_pack *p, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        la_ssize_t done = archive_write_data(p->archive, at, n);
        if (done < 0)
            return failed(p);
        if (done == 0) { /* more than the entry was said to have */
            snprintf(p->trouble, sizeof p->trouble, "a file has grown while it was written");
            errno = EIO;
            return -1;
        }
        at += done;
        n -= (size_t)done;
    }
    return 0;
}

/* A failed archive would not be closed by being freed, and what its filters hold be lost: so it is
 * closed, into nothing. It then does not fill up the file that it is in. */
static void discard(struct export_pack *p)
{
    int saved = errno;
    p->discard = true;
    if (p->archive) {
        archive_write_fail(p->archive);
        (void)archive_write_close(p->archive);
    }
    errno = saved;
}

static void free_pack(struct export_pack *p)
{
    int saved = errno;
    archive_entry_free(p->entry);
    archive_write_free(p->archive);
    if (p->utf8)
        freelocale(p->utf8);
    p->archive = NULL;
    p->entry = NULL;
    p->utf8 = (locale_t)0;
    errno = saved;
}

int export_pack_finish(struct export_pack *p)
{
    int bad = archive_write_close(p->archive) == ARCHIVE_OK ? 0 : failed(p);
    struct export_out *out = p->out;
    if (bad)
        discard(p);
    free_pack(p);
    free(p);
    if (bad)
        export_out_abandon(out);
    else
        bad = export_out_finish(out);
    return bad;
}

void export_pack_abandon(struct export_pack *p)
{
    if (!p)
        return;
    discard(p);
    free_pack(p);
    export_out_abandon(p->out);
    free(p);
}
