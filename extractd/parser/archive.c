#include "extractd/parser/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/filekind.h"
#include "extractd/parser/progress.h"

static locale_t utf8_names; /* 0: there is none */

struct pass {
    struct archive *a;
    struct entry_teller *teller;
    enum filekind kind;
    uint64_t size;
    uint64_t unpacked; /* bytes that came out, taken or not */
    bool by_directory; /* a zip whose directory is read: skipping an entry costs nothing */
    char lost[200];    /* what became of the rest of the archive; "" while nothing is lost */
};

/* libarchive makes a zip's local times into seconds, for which the C library would look at
 * /etc/localtime at each entry, unless it is told the zone. */
int archive_prepare(void)
{
    setenv("TZ", "UTC0", 1);
    if (!utf8_names)
        utf8_names = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    return utf8_names ? 0 : -1;
}

const char *archive_library(void)
{
    return archive_version_details();
}

static const char *complaint(const struct pass *p)
{
    const char *said = archive_error_string(p->a);
    return said ? said : "it is damaged";
}

/* Bytes of the archive that have been used up. All of it where nothing but a container is read: a
 * zip's directory may point anywhere, and to the same bytes again and again; and what is stored
 * comes out of memory as one block, which libarchive counts when it has been left. */
static uint64_t used(const struct pass *p)
{
    bool filtered = p->kind != FILEKIND_ZIP && p->kind != FILEKIND_TAR;
    int64_t n = filtered ? archive_filter_bytes(p->a, -1) : -1;
    return n < 0 || (uint64_t)n > p->size ? p->size : (uint64_t)n;
}

/* Holes of a sparse file come out as zeros. */
static enum entry_got read_on(void *from, char *to, size_t cap, size_t *n)
{
    struct pass *p = from;
    la_ssize_t got = archive_read_data(p->a, to, cap);
    *n = got > 0 ? (size_t)got : 0;
    p->unpacked += *n;
    progress_tick();
    if (got < 0 && archive_errno(p->a) == ENOMEM) {
        entry_stop(p->teller, OUTCOME_MEMORY, complaint(p));
        return GOT_OVER;
    }
    if (got < 0)
        return GOT_DAMAGE;
    if (!entry_in_ratio(p->teller, p->unpacked, used(p)))
        return GOT_OVER;
    return got == 0 ? GOT_END : GOT_BYTES;
}

static const char *explain(void *from)
{
    return complaint(from);
}

/* Read to the entry's end, but by ourselves: libarchive would unpack it without a limit. Where
 * leaving it costs nothing, it is left to libarchive. */
static bool leave(void *from)
{
    static char nowhere[64 * 1024];
    struct pass *p = from;
    size_t n;
    enum entry_got got = GOT_BYTES;
    if (p->by_directory || p->kind == FILEKIND_TAR)
        return true;
    while (got == GOT_BYTES)
        got = read_on(p, nowhere, sizeof nowhere, &n);
    return got != GOT_OVER; /* what is damaged shows at the next header */
}

/* What its header alone says. */
static enum entryfate fate_by_header(struct archive_entry *e, const char *path, uint64_t each)
{
    mode_t type = archive_entry_filetype(e);
    if (archive_entry_hardlink(e) || archive_entry_symlink(e) || type == AE_IFLNK)
        return ENTRY_LINK;
    if (type != AE_IFREG && type != 0)
        return ENTRY_SPECIAL;
    if (entry_litter(path))
        return ENTRY_LITTER;
    if (archive_entry_is_encrypted(e))
        return ENTRY_ENCRYPTED;
    if (archive_entry_size_is_set(e) && archive_entry_size(e) > 0 &&
        (uint64_t)archive_entry_size(e) > each)
        return ENTRY_TOO_LARGE;
    return ENTRY_TAKEN;
}

static bool take_entry(struct pass *p, struct archive_entry *e)
{
    const char *path = archive_entry_pathname(e);
    if (!path || archive_format(p->a) == ARCHIVE_FORMAT_RAW)
        path = "";
    const struct entry_head head = {
        .path = path,
        .len = strlen(path),
        .size = archive_entry_size_is_set(e) ? archive_entry_size(e) : -1,
        .zip = p->kind == FILEKIND_ZIP,
    };
    if (archive_entry_filetype(e) == AE_IFDIR)
        return true;
    enum entryfate fate = fate_by_header(e, path, p->teller->limits->each);
    const struct entry_source source = {read_on, explain, leave, p};
    if (fate == ENTRY_TAKEN)
        return entry_take(p->teller, &head, &source);
    return entry_skip(p->teller, &head, fate, "") && leave(p);
}

static void note_loss(struct pass *p)
{
    snprintf(p->lost, sizeof p->lost, "%s", complaint(p));
}

/* All entries. False when there was not even one, for the archive cannot be read so. */
static bool take_all(struct pass *p)
{
    struct archive_entry *e;
    for (;;) {
        /* libarchive 3.6 ends the process when a name cannot be converted while errno is ENOMEM,
         * from whatever had no memory before. */
        errno = 0;
        int r = archive_read_next_header(p->a, &e);
        errno = 0;
        if (r == ARCHIVE_EOF)
            break;
        if (r == ARCHIVE_FATAL) {
            if (p->teller->seen == 0 && p->by_directory)
                return false;
            if (archive_errno(p->a) == ENOMEM)
                entry_stop(p->teller, OUTCOME_MEMORY, complaint(p));
            note_loss(p);
            break;
        }
        if (!entry_count(p->teller))
            break;
        if (r != ARCHIVE_OK && r != ARCHIVE_WARN) /* "retry", "failed": nothing can be read */
            note_loss(p);
        else if (!take_entry(p, e))
            break;
    }
    entry_conclude(p->teller, p->lost);
    return true;
}

/* One filter and one format at most, by the first bytes. 0, or an error of libarchive. */
static int allow(struct pass *p)
{
    static const int filters[FILEKIND_COUNT] = {
        [FILEKIND_GZIP] = ARCHIVE_FILTER_GZIP,
        [FILEKIND_BZIP2] = ARCHIVE_FILTER_BZIP2,
        [FILEKIND_XZ] = ARCHIVE_FILTER_XZ,
        [FILEKIND_ZSTD] = ARCHIVE_FILTER_ZSTD,
    };
    if (p->kind == FILEKIND_ZIP)
        return p->by_directory ? archive_read_support_format_zip_seekable(p->a)
                               : archive_read_support_format_zip_streamable(p->a);
    int bad = archive_read_support_format_tar(p->a);
    if (bad == ARCHIVE_OK && filters[p->kind]) {
        bad = archive_read_support_format_raw(p->a); /* bids last: what is no tar is one file */
        if (bad == ARCHIVE_OK)
            bad = archive_read_append_filter(p->a, filters[p->kind]);
    }
    return bad;
}

/* False: not a word was told, and there may be another way. */
static bool run(struct pass *p, const void *data)
{
    bool done = true;
    p->a = archive_read_new();
    if (!p->a) {
        entry_stop(p->teller, OUTCOME_MEMORY, "no memory to open it");
        return true;
    }
    if (allow(p) != ARCHIVE_OK || archive_read_open_memory(p->a, data, p->size) != ARCHIVE_OK) {
        done = !p->by_directory;
        if (done)
            entry_stop(p->teller, archive_errno(p->a) == ENOMEM ? OUTCOME_MEMORY : OUTCOME_CORRUPT,
                       complaint(p));
    } else {
        done = take_all(p);
    }
    archive_read_free(p->a);
    return done;
}

static bool is_empty_zip(const void *data, size_t size)
{
    return size >= 4 && memcmp(data, "PK\5\6", 4) == 0;
}

void archive_unpack(const void *data, size_t size, const struct entry_limits *limits,
                    const struct entry_sink *sink, struct entry_report *report)
{
    *report = (struct entry_report){.outcome = OUTCOME_OK};
    struct entry_teller teller = {.limits = limits, .sink = sink, .report = report};
    struct pass p = {.teller = &teller, .kind = filekind_of(data, size), .size = size};
    if (!filekind_holds_files(p.kind)) {
        entry_stop(&teller, OUTCOME_NOT_PDF, "it is no archive of a kind that is known");
        return;
    }
    locale_t before = utf8_names ? uselocale(utf8_names) : (locale_t)0;
    p.by_directory = p.kind == FILEKIND_ZIP;
    if (is_empty_zip(data, size)) { /* which libarchive takes for damaged */
        entry_conclude(&teller, "");
    } else if (!run(&p, data)) {
        p.by_directory = false;
        snprintf(p.lost, sizeof p.lost,
                 "its directory is lost; its files were read in their order");
        (void)run(&p, data);
    }
    if (before)
        uselocale(before);
}
