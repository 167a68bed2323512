#include "spool/spool.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fsop.h"
#include "spool/look.h"

/* The top of the tree: where each descriptor is kept, below which other one, and its name. In the
 * order of making. */
static const struct top {
    size_t fd, parent;
    const char *name;
} tops[] = {
    {offsetof(struct spool, pending), offsetof(struct spool, root), DIR_PENDING},
    {offsetof(struct spool, retry), offsetof(struct spool, pending), DIR_RETRY},
    {offsetof(struct spool, unpack), offsetof(struct spool, pending), DIR_UNPACK},
    {offsetof(struct spool, claimed), offsetof(struct spool, root), DIR_CLAIMED},
    {offsetof(struct spool, done), offsetof(struct spool, root), DIR_DONE},
    {offsetof(struct spool, failed), offsetof(struct spool, root), DIR_FAILED},
    {offsetof(struct spool, control), offsetof(struct spool, root), DIR_CONTROL},
    {offsetof(struct spool, names), offsetof(struct spool, control), DIR_NAMES},
    {offsetof(struct spool, paths), offsetof(struct spool, control), DIR_PATHS},
    {offsetof(struct spool, archives), offsetof(struct spool, control), DIR_ARCHIVES},
    {offsetof(struct spool, journal), offsetof(struct spool, root), DIR_JOURNAL},
};
enum { TOPS = sizeof tops / sizeof *tops };

static int *fd_of(struct spool *s, size_t offset)
{
    return (int *)(void *)((char *)s + offset);
}

static void no_descriptors(struct spool *s)
{
    s->root = -1;
    for (int i = 0; i < TOPS; i++)
        *fd_of(s, tops[i].fd) = -1;
}

void spool_close(struct spool *s)
{
    for (int i = 0; i < TOPS; i++)
        if (*fd_of(s, tops[i].fd) >= 0)
            fs->close(*fd_of(s, tops[i].fd));
    if (s->root >= 0)
        fs->close(s->root);
    no_descriptors(s);
}

int spool_host_ok(const char *host)
{
    size_t n = strlen(host);
    if (n == 0 || n >= HOST_CAP || host[0] == '.' || host[0] == '-')
        return 0;
    return strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == n;
}

void spool_host_name(char host[HOST_CAP])
{
    char name[HOST_NAME_MAX + 1] = "";
    if (gethostname(name, sizeof name - 1) != 0 || !name[0])
        snprintf(name, sizeof name, "localhost");
    snprintf(host, HOST_CAP, "%.*s", HOST_CAP - 1, name);
    for (char *p = host; *p; p++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", *p))
            *p = '-';
    if (!spool_host_ok(host))
        host[0] = 'h';
}

static int load_settings(struct settings *out, const char *spool_path, const char *config,
                         settings_report *report)
{
    char ini[PATH_CAP + 16];
    struct settings s;
    settings_defaults(&s);
    snprintf(ini, sizeof ini, "%s/%s", spool_path, SPOOL_INI);
    int bad = settings_load(&s, ini, SETTINGS_CLUSTER, report, NULL);
    if (config)
        bad |= settings_load(&s, config, SETTINGS_HOST, report, NULL);
    bad |= bad ? 0 : settings_check(&s, report, NULL);
    if (!bad)
        *out = s;
    return bad ? -1 : 0;
}

int spool_reload(struct spool *s, const char *config, settings_report *report)
{
    return load_settings(&s->settings, s->path, config, report);
}

static int open_tops(struct spool *s, char *err, size_t cap)
{
    for (int i = 0; i < TOPS; i++) {
        int fd = look_folder(*fd_of(s, tops[i].parent), tops[i].name);
        *fd_of(s, tops[i].fd) = fd;
        if (fd < 0) {
            snprintf(err, cap,
                     "%.200s: the spool's folder %s cannot be opened: %s; 'spoolctl init %.200s' "
                     "makes what is missing",
                     s->path, tops[i].name, strerror(errno), s->path);
            return -1;
        }
    }
    return 0;
}

int spool_open(struct spool *s, const char *path, const char *host, const char *config,
               settings_report *report, char *err, size_t cap, int *exit_code)
{
    char absolute[PATH_MAX];
    no_descriptors(s);
    *exit_code = 69;
    if (!realpath(path, absolute) || strlen(absolute) >= sizeof s->path) {
        snprintf(err, cap, "%.200s: no spool there: %s", path, strerror(errno));
        return -1;
    }
    snprintf(s->path, sizeof s->path, "%.*s", (int)sizeof s->path - 1, absolute);
    if (host)
        snprintf(s->host, sizeof s->host, "%s", host);
    else
        spool_host_name(s->host);
    s->root = fs->openat(AT_FDCWD, s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (s->root < 0) {
        snprintf(err, cap, "%.200s: cannot be opened: %s", s->path, strerror(errno));
        return -1;
    }
    if (look_at(s->root, SPOOL_INI, NULL) != 1) {
        snprintf(err, cap,
                 "%.200s: there is no %s in it. If this is a mount point, is the share mounted? To "
                 "make a new spool here: "
                 "spoolctl init %.200s",
                 s->path, SPOOL_INI, s->path);
        goto fail;
    }
    if (load_settings(&s->settings, s->path, config, report) != 0) {
        *exit_code = 78;
        snprintf(err, cap, "the configuration has errors (see above)");
        goto fail;
    }
    if (open_tops(s, err, cap) != 0)
        goto fail;
    return 0;
fail:
    spool_close(s);
    return -1;
}

/* spool.ini is born like every visible file: private name, written, synced, renamed. */
static int write_ini(int root)
{
    static const char temporary[] = ".spool.ini.new";
    struct buf text = {0};
    settings_sample(&text, SETTINGS_CLUSTER);
    int fd =
        fs->openat(root, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    bool ok = fd >= 0 && buf_ok(&text) && fs->write(fd, text.data, text.len) == (ssize_t)text.len &&
              fs->fsync(fd) == 0;
    if (fd >= 0)
        ok = fs->close(fd) == 0 && ok;
    buf_free(&text);
    return ok && look_move(root, temporary, root, SPOOL_INI) == MOVED ? 0 : -1;
}

static bool other_format(const char *path, char *err, size_t cap)
{
    char ini[PATH_CAP + 16], why[200];
    snprintf(ini, sizeof ini, "%s/%s", path, SPOOL_INI);
    uint64_t format = settings_other_format(ini);
    if (format == 0)
        return false;
    settings_say_format(format, why, sizeof why);
    snprintf(err, cap, "%.200s: %s", path, why);
    errno = ENOTSUP;
    return true;
}

int spool_init(const char *path, char *err, size_t cap)
{
    struct spool s;
    no_descriptors(&s);
    if (other_format(path, err, cap))
        return -1;
    if (fs->mkdirat(AT_FDCWD, path, 02775) != 0 && errno != EEXIST) {
        snprintf(err, cap, "%.200s: cannot be made: %s", path, strerror(errno));
        return -1;
    }
    s.root = fs->openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (s.root < 0)
        goto fail;
    for (int i = 0; i < TOPS; i++) {
        int parent = *fd_of(&s, tops[i].parent);
        if (look_mkdir(parent, tops[i].name, 02775) != 0 ||
            (*fd_of(&s, tops[i].fd) = look_folder(parent, tops[i].name)) < 0)
            goto fail;
    }
    for (unsigned i = 0; i < 16; i++) {
        char name[3];
        snprintf(name, sizeof name, "%02x", i);
        if (look_mkdir(s.names, name, 02775) != 0)
            goto fail;
    }
    /* The root was opened anew a moment ago. Not look_at(): its "absent" may mean that the folder
     * could not be opened, and the settings of a spool in use would be replaced. */
    int there = look_in(s.root, SPOOL_INI, NULL);
    if (there < 0 || (there == 0 && write_ini(s.root) != 0))
        goto fail;
    spool_close(&s);
    return 0;
fail:
    snprintf(err, cap, "%.200s: the tree cannot be made: %s", path, strerror(errno));
    spool_close(&s);
    return -1;
}
