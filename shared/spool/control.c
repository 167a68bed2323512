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

static bool none_ok(const char *object)
{
    return *object == 0;
}

static bool host_ok(const char *object)
{
    return spool_host_ok(object) != 0;
}

static bool cancel_ok(const char *object)
{
    return token_id_ok(object, strlen(object)) != 0;
}

static void take_pause(struct control *c, const struct spool *s, const char *object)
{
    (void)s, (void)object;
    c->pause = true;
}

static void take_pause_host(struct control *c, const struct spool *s, const char *object)
{
    c->host_paused = c->host_paused || strcmp(object, s->host) == 0;
}

static void take_pause_lane(struct control *c, const struct spool *s, const char *object)
{
    (void)s;
    if (c->lanes < CONTROL_LANES)
        snprintf(c->lane[c->lanes++], CONTROL_LANE_CAP, "%s", object);
}

static void take_drain(struct control *c, const struct spool *s, const char *object)
{
    c->drain = c->drain || strcmp(object, s->host) == 0;
}

static void take_reset(struct control *c, const struct spool *s, const char *object)
{
    c->reset = c->reset || strcmp(object, s->host) == 0;
}

static void take_cancel(struct control *c, const struct spool *s, const char *object)
{
    (void)s;
    if (c->cancels < CONTROL_CANCELS)
        snprintf(c->cancel[c->cancels++], ID_CAP, "%s", object);
}

/* The commands there are. None that has an object is the beginning of another. */
static const struct verb {
    const char *name;
    bool (*ok)(const char *object); /* what stands behind the name */
    void (*take)(struct control *c, const struct spool *s, const char *object);
} verbs[] = {
    {CTL_PAUSE, none_ok, take_pause},
    {CTL_PAUSE_HOST, host_ok, take_pause_host},
    {CTL_PAUSE_LANE, control_lane_ok, take_pause_lane},
    {CTL_DRAIN, host_ok, take_drain},
    {CTL_RESET, host_ok, take_reset},
    {CTL_CANCEL, cancel_ok, take_cancel},
};

/* NULL: it is no command. */
static const struct verb *verb_of(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        size_t n = strlen(verbs[i].name);
        if (strncmp(name, verbs[i].name, n) == 0 && verbs[i].ok(name + n))
            return &verbs[i];
    }
    return NULL;
}

bool control_known(const char *name)
{
    return verb_of(name) != NULL;
}

int control_each(const struct spool *s, control_visit *visit, void *arg)
{
    struct dirlist_entry e;
    int more = -1;
    struct dirlist *d = dirlist_open(s->control, ".", 0);
    while (d && (more = dirlist_next(d, &e)) == 1)
        if (verb_of(e.name))
            visit(arg, e.name);
    int saved = errno;
    dirlist_close(d);
    errno = saved;
    return more;
}

struct reading {
    const struct spool *spool;
    struct control control;
};

static void read_one(void *arg, const char *command)
{
    struct reading *r = arg;
    const struct verb *v = verb_of(command);
    v->take(&r->control, r->spool, command + strlen(v->name));
}

int control_read(const struct spool *s, struct control *c)
{
    struct reading r = {.spool = s};
    if (control_each(s, read_one, &r) != 0)
        return -1;
    *c = r.control;
    return 0;
}

bool control_lane_ok(const char *lane)
{
    size_t n = strspn(lane, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return n > 0 && n < CONTROL_LANE_CAP && lane[n] == 0;
}

bool control_lane_paused(const struct control *c, const char *lane)
{
    for (unsigned i = 0; i < c->lanes; i++)
        if (strcmp(c->lane[i], lane) == 0)
            return true;
    return false;
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
