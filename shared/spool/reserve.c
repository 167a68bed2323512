#include "spool/reserve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/fsop.h"
#include "base/rnd.h"
#include "base/sha256.h"
#include "spool/look.h"

void reserve_key(const char *folder, const char *stem, char key[RESERVE_KEY_CAP])
{
    char hex[SHA256_HEX];
    struct buf b = {0};
    buf_fmt(&b, "%s/%s", folder, stem);
    sha256_hex(b.data ? b.data : "", b.len, hex);
    buf_free(&b);
    snprintf(key, RESERVE_KEY_CAP, "0%.1s/%.32s", hex, hex + 2);
}

/* Who has it: 1 and the id, 0 nobody, -1 error. Reads the folder afresh. */
static int holder(const struct spool *s, const char *key, char id[ID_CAP])
{
    char folder[3] = {key[0], key[1], 0};
    int dir = look_folder(s->names, folder);
    if (dir < 0)
        return errno == ENOENT ? 0 : -1;
    ssize_t n = fs->readlinkat(dir, key + 3, id, ID_CAP - 1);
    int saved = errno;
    fs->close(dir);
    errno = saved;
    if (n < 0)
        return saved == ENOENT ? 0 : -1;
    id[n] = 0;
    return 1;
}

int reserve_take(const struct spool *s, const char *key, const char *document)
{
    char folder[3] = {key[0], key[1], 0}, id[ID_CAP];
    for (int i = 0; i < 4; i++) {
        if (fs->symlinkat(document, s->names, key) == 0)
            return 1;
        int error = errno;
        int held = holder(s, key, id);
        if (held == 1)
            return strcmp(id, document) == 0;
        errno = error;
        if (error == ENOENT && look_mkdir(s->names, folder, 0775) != 0)
            return -1;
        if (!look_passing(error))
            return -1;
    }
    return -1;
}

/* RENAME to a name of our own, and only then a look at what was moved: a REMOVE that comes late
 * (its process slept between the look and the call) would take whatever reservation has that key by
 * then. Another's goes back at once. */
static void drop_by_name(const struct spool *s, const char *key, const char *document)
{
    char aside[RESERVE_KEY_CAP + ID_CAP + 24], id[ID_CAP];
    snprintf(aside, sizeof aside, "%.3s.%s.%llx", key, document, (unsigned long long)rnd_u64());
    if (look_move(s->names, key, s->names, aside) != MOVED)
        return; /* what is left then, the janitor takes by its age */
    ssize_t n = fs->readlinkat(s->names, aside, id, sizeof id - 1);
    if (n > 0) {
        id[n] = 0;
        if (strcmp(id, document) != 0)
            fs->symlinkat(id, s->names, key);
    }
    look_unlink(s->names, aside);
}

void reserve_drop(const struct spool *s, const char *key, const char *document, bool sure)
{
    char id[ID_CAP];
    if (sure && (fs->unlinkat(s->names, key, 0) == 0 || errno == ENOENT))
        return;
    if (holder(s, key, id) == 1 && strcmp(id, document) == 0)
        drop_by_name(s, key, document);
}
