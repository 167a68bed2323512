#include "spool/srvclock.h"

#include <errno.h>

#include "base/fsop.h"
#include "base/rnd.h"
#include "spool/look.h"

int64_t srvclock_now(const struct spool *s)
{
    char private[32] = ".new-";
    struct statx st;
    rnd_name(private + 5, 16);
    int fd =
        fs->openat(s->control, private, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0664);
    if (fd < 0)
        return -1;
    fs->close(fd);
    int64_t now = -1;
    if (fs->touchat(s->control, private) == 0 && look_at(s->control, private, &st) == 1)
        now = look_ms(st.stx_mtime);
    int saved = errno;
    look_unlink(s->control, private);
    errno = saved;
    return now;
}
