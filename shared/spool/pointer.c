#include "spool/pointer.h"

#include <errno.h>
#include <string.h>

#include "base/fsop.h"
#include "spool/look.h"

enum { TRIES = 4 };

int pointer_make(const struct spool *s, const char *document, const char *sealed_name)
{
    for (int i = 0; i < TRIES; i++) {
        if (fs->symlinkat(sealed_name, s->archives, document) == 0)
            return 0;
        int error = errno;
        if (look_at(s->archives, document, NULL) == 1)
            return 0;
        errno = error;
        if (!look_passing(error))
            break;
    }
    return -1;
}

int pointer_read(const struct spool *s, const char *document, struct sealed *sealed)
{
    char name[NAME_CAP];
    int fresh = look_folder(s->archives, ".");
    if (fresh < 0)
        return -1;
    ssize_t n = fs->readlinkat(fresh, document, name, sizeof name - 1);
    int error = errno;
    fs->close(fresh);
    errno = error;
    if (n < 0)
        return error == ENOENT || error == EINVAL ? 0 : -1;
    name[n] = 0;
    return token_parse_sealed(name, sealed) == 0 && sealed->to.unpacked &&
           strcmp(sealed->token.document, document) == 0;
}

int pointer_there(const struct spool *s, const char *document)
{
    /* Not look_at, to which a folder that cannot be reached is an empty one. */
    int fresh = look_folder(s->archives, ".");
    int there = fresh >= 0 ? look_in(fresh, document, NULL) : -1;
    int saved = errno;
    if (fresh >= 0)
        fs->close(fresh);
    errno = saved;
    return there;
}

int pointer_remove(const struct spool *s, const char *document)
{
    return look_unlink(s->archives, document);
}
