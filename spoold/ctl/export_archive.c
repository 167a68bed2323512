/* The sink for archives: an entry for each file, under its path below done/ (or failed/). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "spoold/ctl/export_pack.h"
#include "spoold/ctl/export_piece.h"
#include "spoold/ctl/export_sink.h"

struct archive_sink {
    struct export_sink sink; /* first, so that one is the other */
    struct export_pack *pack;
    bool plain_names;
    struct buf path;
};

static int stuck(struct archive_sink *a)
{
    a->sink.error = errno;
    snprintf(a->sink.trouble, EXPORT_TROUBLE_CAP, "%s", export_pack_trouble(a->pack));
    return -1;
}

/* In a zip no two names may become one, whatever bytes they have: so all are written as the project
 * shows names, and not only those that need it. A backslash parts folders for some readers. */
static void set_path(struct archive_sink *a, const char *folder, const char *name)
{
    struct buf whole = {0}, *out = &a->path;
    buf_fmt(&whole, "%s%s%s", folder, *folder ? "/" : "", name);
    buf_clear(out);
    if (!a->plain_names) {
        buf_add(out, whole.data, whole.len);
    } else if (buf_ok(&whole)) {
        size_t from = 0;
        for (size_t i = 0; i <= whole.len; i++) {
            if (i < whole.len && whole.data[i] != '\\')
                continue;
            utf8_show_name(out, whole.data + from, i - from);
            if (i < whole.len)
                buf_str(out, "%5C");
            from = i + 1;
        }
    }
    out->failed |= whole.failed;
    buf_free(&whole);
}

static int add_bytes(void *arg, const char *bytes, size_t n)
{
    return export_pack_bytes(arg, bytes, n);
}

static int put(struct export_sink *k, const struct export_document *d)
{
    struct archive_sink *a = (struct archive_sink *)k;
    for (int i = 0; i < EXPORT_PARTS; i++) {
        const struct export_piece *piece = d->part[i];
        if (!piece)
            continue;
        set_path(a, d->folder, d->name[i]);
        if (!buf_ok(&a->path)) {
            snprintf(k->trouble, EXPORT_TROUBLE_CAP, "%s", strerror(k->error = ENOMEM));
            return -1;
        }
        if (export_pack_entry(a->pack, a->path.data, piece->size, piece->mtime.tv_sec) != 0)
            return stuck(a);
        if (export_piece_each(piece, add_bytes, a->pack) != 0) {
            int error = errno;
            stuck(a);
            if (!k->trouble[0]) /* the spilled copy could not be read */
                snprintf(k->trouble, EXPORT_TROUBLE_CAP, "%s", strerror(error));
            return -1;
        }
    }
    return 0;
}

static void end(struct archive_sink *a)
{
    int saved = errno;
    buf_free(&a->path);
    free(a);
    errno = saved;
}

static int finish(struct export_sink *k)
{
    struct archive_sink *a = (struct archive_sink *)k;
    char *trouble = k->trouble;
    int bad = export_pack_finish(a->pack);
    if (bad)
        snprintf(trouble, EXPORT_TROUBLE_CAP, "%s", strerror(errno));
    end(a);
    return bad;
}

static void abandon(struct export_sink *k)
{
    struct archive_sink *a = (struct archive_sink *)k;
    export_pack_abandon(a->pack);
    end(a);
}

struct export_sink *export_archive_new(struct export_pack *pack, bool plain_names,
                                       char trouble[EXPORT_TROUBLE_CAP])
{
    struct archive_sink *a = calloc(1, sizeof *a);
    if (!a) {
        export_pack_abandon(pack);
        return NULL;
    }
    a->sink = (struct export_sink){put, NULL, finish, abandon, trouble, 0};
    a->pack = pack;
    a->plain_names = plain_names;
    return &a->sink;
}
