/* A document that comes on stdin, into pending/: of the size that was promised, or not at all. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fsop.h"
#include "base/jsonw.h"
#include "base/num.h"
#include "spool/drop.h"
#include "spool/look.h"
#include "spoold/hand/hand.h"
#include "spoold/model/placekey.h"

/* SYNC: what is synced at a time, and so the most that the last sync has before it. WAIT_MS: for a
 * name that somebody holds, who else is just putting a document there. */
enum { SYNC = 8 * 1024 * 1024, WAIT_MS = 2000 };

static const struct trouble {
    int error, status;
    const char *code, *detail;
} troubles[] = {
    {EEXIST, 409, "name-taken", "There is a document of this name already; nothing was changed."},
    {EBUSY, 409, "name-taken", "Somebody else is just taking this name; nothing was changed."},
    {ENOTDIR, 409, "name-taken", "A document lies where a folder of this path would be."},
    {ELOOP, 409, "name-taken", "A symbolic link lies where a folder of this path would be."},
    {ENAMETOOLONG, 400, "bad-request", "The path is too long for this share."},
    {EILSEQ, 400, "bad-request", "This share does not take such a name."},
    {EINVAL, 400, "bad-request", "This share does not take such a name."},
    {ENOSPC, 507, "no-space", "The share is full; nothing was changed."},
    {EDQUOT, 507, "no-space", "The quota on the share is used up; nothing was changed."},
    {EFBIG, 413, "too-large", "The share takes no file of this size."},
    {ECANCELED, 400, "bad-request", "It did not come to its end; nothing was changed."},
};

static void refuse(struct hand *h, int error)
{
    for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++)
        if (troubles[i].error == error) {
            hand_fail(h, troubles[i].status, troubles[i].code, "%s", troubles[i].detail);
            return;
        }
    hand_fail(h, 500, "internal", "It could not be written: %s.", strerror(error));
}

/* Better now than when most of it has been sent. What cannot be told is found out. */
static bool has_room(const struct hand *h, uint64_t size)
{
    struct statvfs v;
    return fs->fstatvfs(h->spool->pending, &v) != 0 || v.f_frsize == 0 ||
           size / v.f_frsize < v.f_bavail;
}

/* Uploaded of docs/openapi.yaml. */
static void show(struct hand *h, const char *folder, const char *name, uint64_t size)
{
    char place[PATH_CAP + NAME_CAP], key[PLACEKEY_CAP];
    struct jsonw w;
    int n = snprintf(place, sizeof place, "%s/%s", folder, name);
    placekey(place, (size_t)n, key);
    h->status = 201;
    snprintf(h->location, sizeof h->location, "/api/v1/documents/%s", key);
    jsonw_init(&w, &h->body, false);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "id", key);
    jsonw_name(&w, "path", place + sizeof DIR_PENDING, (size_t)n - sizeof DIR_PENDING);
    jsonw_uint(&w, "size", size);
    jsonw_end_object(&w);
    buf_char(&h->body, '\n');
}

void hand_upload(struct hand *h)
{
    char path[PATH_CAP], folder[PATH_CAP], final[NAME_CAP];
    uint64_t size = 0;
    if (!num_u64(h->argv[1], &size) || drop_wrong_path(h->argv[0], strlen(h->argv[0]))) {
        hand_fail(h, 400, "bad-request", "This is no path of a document.");
        return;
    }
    snprintf(path, sizeof path, "%s", h->argv[0]);
    char *slash = strrchr(path, '/');
    struct drop d = {.name = slash ? slash + 1 : path,
                     .from = STDIN_FILENO,
                     .size = size,
                     .sync_bytes = SYNC,
                     .wait_ms = WAIT_MS};
    if (slash)
        *slash = 0;
    if (!has_room(h, size)) {
        refuse(h, ENOSPC);
        return;
    }
    int dir = drop_folder(h->spool, slash ? path : "", folder);
    if (dir >= 0 && look_at(dir, d.name, NULL) == 1) /* said before all of it has been sent */
        refuse(h, EEXIST);
    else if (dir < 0 || drop_put(h->spool, &d, dir, folder, final) != 0)
        refuse(h, errno);
    else
        show(h, folder, final, size);
    if (dir >= 0)
        fs->close(dir);
}
