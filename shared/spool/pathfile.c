#include "spool/pathfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fsop.h"
#include "spool/look.h"
#include "spool/pagefile.h"

bool pathfile_owner(const char *name, char document[ID_CAP])
{
    static const char *const suffixes[] = {".new", PAGEFILE_SUFFIX};
    bool private = name[0] == '.';
    const char *suffix = suffixes[!private];
    size_t n = strlen(name += private), end = strlen(suffix);
    if (n > end && strcmp(name + n - end, suffix) == 0)
        n -= end;
    else if (private)
        return false;
    /* Of pages, with a name of the writer's own behind (pagefile.c). */
    const char *own = private ? memchr(name, '.', n) : NULL;
    if (own && !token_id_ok(own + 1, (size_t)(name + n - own) - 1))
        return false;
    n = own ? (size_t)(own - name) : n;
    if (!token_id_ok(name, n))
        return false;
    memcpy(document, name, n);
    document[n] = 0;
    return true;
}

int pathfile_write(const struct spool *s, const char *document, const char *path)
{
    char private[ID_CAP + 8];
    snprintf(private, sizeof private, ".%s.new", document);
    /* O_NONBLOCK: a pipe that somebody has put there is an error then, and no wait without end. */
    int fd = fs->openat(s->paths, private,
                        O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0664);
    if (fd < 0) {
        int error = errno;
        if (error == ENXIO)
            look_unlink(s->paths, private); /* the next try finds its way clear */
        errno = error;
        return -1;
    }
    size_t n = strlen(path);
    bool ok = fs->write(fd, path, n) == (ssize_t)n && fs->fsync(fd) == 0;
    ok = fs->close(fd) == 0 && ok;
    if (ok && look_move(s->paths, private, s->paths, document) == MOVED)
        return 0;
    int saved = errno;
    look_unlink(s->paths, private);
    errno = saved;
    return -1;
}

static int read_path(const struct spool *s, const char *document, char path[PATH_CAP])
{
    int fd = fs->openat(s->paths, document, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    size_t n = 0;
    ssize_t got;
    while ((got = fs->read(fd, path + n, PATH_CAP - n)) > 0 && (n += (size_t)got) < PATH_CAP)
        ;
    fs->close(fd);
    if (got < 0 || n == 0 || n >= PATH_CAP || memchr(path, 0, n)) {
        errno = got < 0 ? errno : EINVAL;
        return -1;
    }
    path[n] = 0;
    return 0;
}

int pathfile_path(const struct spool *s, const struct token *t, char path[PATH_CAP])
{
    if (!t->path_apart) {
        if (token_path(t, path) == 0)
            return 0;
        errno = ENODATA;
        return -1;
    }
    if (read_path(s, t->document, path) != 0) {
        bool gone = errno == ENOENT && look_at(s->paths, t->document, NULL) == 0;
        errno = gone || errno == EINVAL || errno == ELOOP ? ENODATA
                : errno == ENOENT                         ? EAGAIN
                                                          : errno;
        return -1;
    }
    if (!token_path_ok(path)) {
        errno = ENODATA;
        return -1;
    }
    return 0;
}

void pathfile_remove(const struct spool *s, const struct token *t)
{
    if (t->path_apart)
        look_unlink(s->paths, t->document);
}
