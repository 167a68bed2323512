#include "spool/control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/rnd.h"
#include "base/sha256.h"
#include "spool/look.h"
#include "spool/token.h"

int control_read(const struct spool *s, struct control *c)
{
    struct dirlist_entry e;
    struct control now = {0};
    size_t drain = strlen(CTL_DRAIN), cancel = strlen(CTL_CANCEL);
    int more = -1;
    struct dirlist *d = dirlist_open(s->control, ".", 0);
    while (d && (more = dirlist_next(d, &e)) == 1) {
        if (strcmp(e.name, CTL_PAUSE) == 0)
            now.pause = true;
        else if (strncmp(e.name, CTL_DRAIN, drain) == 0 && strcmp(e.name + drain, s->host) == 0)
            now.drain = true;
        else if (strncmp(e.name, CTL_CANCEL, cancel) == 0 &&
                 token_id_ok(e.name + cancel, strlen(e.name + cancel)) &&
                 now.cancels < CONTROL_CANCELS)
            snprintf(now.cancel[now.cancels++], ID_CAP, "%s", e.name + cancel);
    }
    dirlist_close(d);
    if (more != 0)
        return -1;
    *c = now;
    return 0;
}

void control_pending_id(const char *path, uint64_t ino, char id[ID_CAP])
{
    char hex[SHA256_HEX];
    sha256_hex(path, strlen(path), hex);
    snprintf(id, ID_CAP, "i%llx-%.16s", (unsigned long long)ino, hex);
}

int control_give(const struct spool *s, const char *command)
{
    char private[32] = ".new-";
    rnd_name(private + 5, 16);
    int fd =
        fs->openat(s->control, private, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0664);
    if (fd < 0)
        return -1;
    if (fs->close(fd) == 0 && look_move(s->control, private, s->control, command) == MOVED)
        return 0;
    int saved = errno;
    look_unlink(s->control, private);
    errno = saved;
    return -1;
}

int control_take_back(const struct spool *s, const char *command)
{
    return look_unlink(s->control, command);
}
