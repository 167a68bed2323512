#include "spoold/http/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rnd.h"
#include "base/sha256.h"

static const char *wrong(int error, const char *what)
{
    errno = error;
    return what;
}

static const char *take_line(struct secret *s, char *text, size_t n)
{
    if (n > 0 && text[n - 1] == '\n')
        n--;
    if (n < SECRET_SHORTEST || n > SECRET_LONGEST)
        return wrong(EINVAL, "it must be one line of 16 to 256 characters");
    for (size_t i = 0; i < n; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return wrong(EINVAL, "it must be one line of visible ASCII characters");
    sha256_hex(text, n, s->hash);
    return NULL;
}

static const char *take_file(struct secret *s, int fd)
{
    char text[SECRET_LONGEST + 2] = "";
    struct stat st;
    ssize_t n;

    if (fstat(fd, &st) != 0)
        return "it cannot be looked at";
    if (!S_ISREG(st.st_mode))
        return wrong(EINVAL, "it is not a regular file");
    if (st.st_mode & 027)
        return wrong(EACCES, "others may read it, or its group may write it; chmod 0640 it");
    do
        n = read(fd, text, sizeof text);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return "it cannot be read";
    const char *what = take_line(s, text, (size_t)n);
    explicit_bzero(text, sizeof text);
    return what;
}

const char *secret_load(struct secret *s, const char *file)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return "it cannot be opened";
    const char *what = take_file(s, fd);
    int saved = errno;
    close(fd);
    errno = saved;
    return what;
}

/* Under a private name first: whatever happens meanwhile, there is no half of it. */
int secret_make(const char *file)
{
    char line[54] /* 52 characters of 5 bits */, private[PATH_MAX];
    if ((size_t)snprintf(private, sizeof private, "%s.%ld.new", file, (long)getpid()) >=
        sizeof private) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = open(private, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0)
        return -1;
    rnd_name(line, 52);
    line[52] = '\n';
    errno = EIO; /* of a short write */
    /* Its mode is set at the end: whatever the umask is, others read nothing of it before. */
    bool good = write(fd, line, 53) == 53 && fsync(fd) == 0 && fchmod(fd, 0640) == 0;
    int saved = errno;
    if (close(fd) != 0 && good) {
        good = false;
        saved = errno;
    }
    explicit_bzero(line, sizeof line);
    if (good && link(private, file) != 0) { /* never over one that is there */
        good = false;
        saved = errno;
    }
    unlink(private);
    errno = saved;
    return good ? 0 : -1;
}

bool secret_is(const struct secret *s, const char *shown, size_t n)
{
    char hash[SHA256_HEX];
    unsigned char differs = 0;

    if (!shown || s->hash[0] == '\0')
        return false;
    sha256_hex(shown, n, hash);
    for (size_t i = 0; i < 64; i++)
        differs |= (unsigned char)(hash[i] ^ s->hash[i]);
    return differs == 0;
}
