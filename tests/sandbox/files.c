#include "files.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

enum { ARCHIVE_ROOM = 1 << 20, LARGE = 300000, TOLD = 512 };

static const struct {
    const char *name;
    int (*format)(struct archive *);
    int (*filter)(struct archive *);
} kinds[] = {
    {"zip", archive_write_set_format_zip, archive_write_add_filter_none},
    {"tar", archive_write_set_format_pax_restricted, archive_write_add_filter_none},
    {"tar.gz", archive_write_set_format_pax_restricted, archive_write_add_filter_gzip},
    {"tar.bz2", archive_write_set_format_pax_restricted, archive_write_add_filter_bzip2},
    {"tar.xz", archive_write_set_format_pax_restricted, archive_write_add_filter_xz},
    {"tar.zst", archive_write_set_format_pax_restricted, archive_write_add_filter_zstd},
};
const size_t files_kinds = sizeof kinds / sizeof *kinds;

const char *files_kind_name(size_t kind)
{
    return kinds[kind].name;
}

static bool put(struct archive *a, const char *name, const char *bytes, size_t n)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname_utf8(e, name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, (la_int64_t)n);
    archive_entry_set_mtime(e, 1577934246, 0); /* a zip has it in local time */
    bool ok = archive_write_header(a, e) == ARCHIVE_OK &&
              archive_write_data(a, bytes, n) == (la_ssize_t)n;
    archive_entry_free(e);
    return ok;
}

static size_t make(size_t kind, char *room)
{
    static char large[LARGE] = "%PDF-1.4";
    size_t used = 0;
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* for the name that is not ASCII */
    struct archive *a = archive_write_new();
    bool ok = kinds[kind].format(a) == ARCHIVE_OK && kinds[kind].filter(a) == ARCHIVE_OK &&
              archive_write_open_memory(a, room, ARCHIVE_ROOM, &used) == ARCHIVE_OK &&
              put(a, "M\xc3\xbcller.pdf", "%PDF-1.4 small", 14) && put(a, "notes.txt", "no", 2) &&
              put(a, "d/large.pdf", large, sizeof large) && archive_write_close(a) == ARCHIVE_OK;
    if (!ok)
        bench_die("an archive could not be made");
    archive_write_free(a);
    return used;
}

struct told {
    char text[TOLD];
    size_t now;
};

static int on_begin(void *user, const char *name, size_t n, bool zip)
{
    struct told *t = user;
    size_t len = strlen(t->text);
    (void)zip;
    t->now = 0;
    snprintf(t->text + len, TOLD - len, "%.*s", (int)n, name);
    return 0;
}

static int on_bytes(void *user, const void *bytes, size_t n)
{
    struct told *t = user;
    (void)bytes;
    t->now += n;
    return 0;
}

static int on_end(void *user, enum entryfate fate, const char *message)
{
    struct told *t = user;
    size_t len = strlen(t->text);
    (void)message;
    snprintf(t->text + len, TOLD - len, " %zu %s;", t->now, entryfate_name(fate));
    return 0;
}

bool files_open(struct bench *b, size_t kind)
{
    static char room[ARCHIVE_ROOM];
    struct told told = {0};
    size_t n = make(kind, room);
    const struct receiver to = {.size = n,
                                .entries = 10,
                                .each = 1 << 20,
                                .total = 1 << 20,
                                .ratio = 200,
                                .begin = on_begin,
                                .bytes = on_bytes,
                                .end = on_end,
                                .user = &told};
    bench_files(b, room, n, &to);
    return b->result.outcome == OUTCOME_OK &&
           strcmp(told.text, "M\xc3\xbcller.pdf 14 taken;notes.txt 0 not_pdf;"
                             "d/large.pdf 300000 taken;") == 0;
}
