/* spoolctl submit: documents into pending/, each whole or not at all. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "base/num.h"
#include "spool/drop.h"
#include "spool/dropname.h"
#include "spoold/ctl/ctl.h"

enum { DEPTH_MAX = 200, BAR_MS = 200, WAIT_MS = 4000 /* for a name that somebody holds */ };

struct job {
    struct ctl *c;
    bool move;
    const char *to;                /* "" : pending/ itself */
    uint64_t files, bytes;         /* so far */
    uint64_t all_files, all_bytes; /* for the bar; 0: not counted */
    uint64_t failed, skipped, renamed;
    int64_t begun, drawn;
    struct buf json;
    struct jsonw w;
};

static void draw_bar(struct job *j, bool last)
{
    char have[16], all[16], rate[16];
    int64_t now = clock_boot_ms(), spent = now - j->begun;
    if (!j->c->talk || (!last && now - j->drawn < BAR_MS))
        return;
    j->drawn = now;
    num_show_size(j->bytes, have, sizeof have);
    num_show_size(j->all_bytes, all, sizeof all);
    num_show_size(spent > 0 ? j->bytes * 1000 / (uint64_t)spent : 0, rate, sizeof rate);
    unsigned done = j->all_bytes ? (unsigned)(j->bytes * 30 / j->all_bytes) : 0;
    done = done > 30 ? 30 : done;
    fprintf(stderr, "\r[%.*s%.*s] %llu/%llu files  %s/%s  %s/s \033[K", (int)done,
            "##############################", (int)(30 - done), "..............................",
            (unsigned long long)j->files, (unsigned long long)j->all_files, have, all, rate);
    if (last)
        fputs("\r\033[K", stderr);
}

static bool on_bytes(void *arg, uint64_t n)
{
    struct job *j = arg;
    j->bytes += n;
    draw_bar(j, false);
    return !ctl_stopped();
}

static void clear_line(const struct job *j)
{
    if (j->c->talk)
        fputs("\r\033[K", stderr);
}

static void went_wrong(struct job *j, const char *path, int error)
{
    clear_line(j);
    j->failed++;
    ctl_say("%s: %s", ctl_shown(path), error == ECANCELED ? "interrupted" : strerror(error));
}

/* Open pending/<to>/<sub>, making what is missing. The path from the top goes to path. */
static int open_target(const struct job *j, const char *sub, char path[PATH_CAP])
{
    char all[2 * PATH_CAP];
    snprintf(all, sizeof all, "%s%s%s", j->to, *j->to && *sub ? "/" : "", sub);
    return drop_folder(&j->c->spool, all, path);
}

static void one_file(struct job *j, const char *source, const char *sub, const char *base)
{
    char folder[PATH_CAP], final[NAME_CAP];
    struct stat st;
    uint64_t before = j->bytes;
    int dir = -1, fd = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const struct drop drop = {.name = base,
                              .from = fd,
                              .progress = on_bytes,
                              .arg = j,
                              .size = DROP_ANY,
                              .number = true,
                              .wait_ms = WAIT_MS};
    if (fd < 0 || fstat(fd, &st) != 0)
        goto fail;
    if (!S_ISREG(st.st_mode)) {
        errno = EINVAL;
        goto fail;
    }
    if ((dir = open_target(j, sub, folder)) < 0 ||
        drop_put(&j->c->spool, &drop, dir, folder, final) != 0)
        goto fail;
    j->files++;
    j->renamed += strcmp(base, final) != 0;
    if (j->c->json) {
        char path[PATH_CAP + NAME_CAP];
        snprintf(path, sizeof path, "%s/%s", folder, final);
        jsonw_object(&j->w, NULL);
        jsonw_name(&j->w, "source", source, strlen(source));
        jsonw_name(&j->w, "path", path + sizeof DIR_PENDING, strlen(path + sizeof DIR_PENDING));
        jsonw_uint(&j->w, "bytes", j->bytes - before);
        jsonw_end_object(&j->w);
        buf_char(&j->json, '\n');
        ctl_print(&j->json);
        jsonw_init(&j->w, &j->json, false);
    }
    if (j->move && unlink(source) != 0)
        went_wrong(j, source, errno);
    draw_bar(j, false);
    goto close;
fail:
    went_wrong(j, source, errno);
    j->bytes = before;
close:
    if (dir >= 0)
        fs->close(dir);
    if (fd >= 0)
        close(fd);
}

static void skip(struct job *j, const char *path, const char *why)
{
    clear_line(j);
    j->skipped++;
    ctl_say("%s: left out: %s", ctl_shown(path), why);
}

/* What is done with each file of the tree of sources: counted, or copied. */
typedef void each_file(struct job *j, const char *source, const char *sub, const char *base,
                       uint64_t size);

static void count_one(struct job *j, const char *source, const char *sub, const char *base,
                      uint64_t size)
{
    (void)source, (void)sub, (void)base;
    j->all_files++;
    j->all_bytes += size;
}

static void copy_one(struct job *j, const char *source, const char *sub, const char *base,
                     uint64_t size)
{
    (void)size;
    one_file(j, source, sub, base);
}

/* A file, or a folder and all below it. Links inside folders are not followed; one named on the
 * command line is. */
static void each(struct job *j, const char *source, const char *sub, const char *base, int depth,
                 each_file *act)
{
    struct stat st;
    bool telling = act == copy_one;
    if (ctl_stopped())
        return;
    if ((depth == 0 ? stat(source, &st) : lstat(source, &st)) != 0) {
        if (telling)
            went_wrong(j, source, errno);
        return;
    }
    const char *why = dropname_ignored(base);
    if (!why && depth > 0 && S_ISLNK(st.st_mode))
        why = "a symbolic link";
    else if (!why && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        why = "no regular file";
    else if (!why && S_ISREG(st.st_mode) && st.st_size == 0)
        why = "it is empty";
    if (why || !S_ISDIR(st.st_mode)) {
        if (!why)
            act(j, source, sub, base, (uint64_t)st.st_size);
        else if (telling)
            skip(j, source, why);
        return;
    }
    DIR *d = depth < DEPTH_MAX ? opendir(source) : NULL;
    if (!d) {
        if (telling)
            went_wrong(j, source, depth < DEPTH_MAX ? errno : ELOOP);
        return;
    }
    struct dirent *e;
    while ((e = readdir(d))) {
        char *below = NULL, *into = NULL;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (asprintf(&below, "%s/%s", source, e->d_name) >= 0 &&
            asprintf(&into, "%s%s%s", sub, *sub ? "/" : "", base) >= 0)
            each(j, below, into, e->d_name, depth + 1, act);
        free(below);
        free(into);
    }
    closedir(d);
}

/* The name that a source has in pending/: its last component, of the absolute path for such as "."
 */
static char *base_of(const char *source)
{
    char *real = NULL;
    const char *p = source;
    size_t n = strlen(p);
    while (n > 1 && p[n - 1] == '/')
        n--;
    const char *slash = memrchr(p, '/', n);
    const char *base = slash ? slash + 1 : p;
    n -= (size_t)(base - p);
    if (n == 0 || (n == 1 && base[0] == '.') || (n == 2 && base[0] == '.' && base[1] == '.')) {
        real = realpath(source, NULL);
        base = real ? strrchr(real, '/') + 1 : "document";
        n = strlen(base);
    }
    char *copy = strndup(base, n);
    free(real);
    return copy;
}

static void all_sources(struct job *j, char **sources, int n, each_file *act)
{
    for (int i = 0; i < n; i++) {
        char *base = base_of(sources[i]);
        if (base)
            each(j, sources[i], "", base, 0, act);
        free(base);
    }
}

/* Is `to` a folder that is walked by the workers, below pending/? */
static const char *wrong_target(const char *to)
{
    char name[NAME_CAP];
    for (const char *p = to; *p;) {
        size_t n = strcspn(p, "/");
        if (n >= sizeof name)
            return "a name in it is too long";
        snprintf(name, sizeof name, "%.*s", (int)n, p);
        if (n > 0 && dropname_ignored(name))
            return "workers do not look into folders of such a name";
        p += n;
        p += strspn(p, "/");
    }
    return to[0] == '/' ? "give it relative to pending/" : NULL;
}

static int summary(struct job *j)
{
    char size[16], rate[16];
    int64_t spent = clock_boot_ms() - j->begun;
    draw_bar(j, true);
    num_show_size(j->bytes, size, sizeof size);
    num_show_size(spent > 0 ? j->bytes * 1000 / (uint64_t)spent : j->bytes, rate, sizeof rate);
    fprintf(stderr, "spoolctl: %llu documents submitted (%s, %s/s)", (unsigned long long)j->files,
            size, rate);
    if (j->renamed)
        fprintf(stderr, ", %llu of them under a new name~n", (unsigned long long)j->renamed);
    if (j->skipped)
        fprintf(stderr, ", %llu left out", (unsigned long long)j->skipped);
    if (j->failed)
        fprintf(stderr, ", %llu FAILED", (unsigned long long)j->failed);
    fputs(ctl_stopped() ? "; interrupted\n" : "\n", stderr);
    return ctl_stopped() ? CTL_TEMPORARY : j->failed ? CTL_IO : CTL_OK;
}

int cmd_submit(struct ctl *c, int argc, char **argv)
{
    static const struct option options[] = {
        {"to", required_argument, NULL, 't'}, {"move", no_argument, NULL, 'm'}, {NULL, 0, NULL, 0}};
    struct job j = {.c = c, .to = ""};
    int code, got;
    while ((got = ctl_getopt(c, argc, argv, options, &code)) >= 0) {
        if (got == 't')
            j.to = optarg;
        else if (got == 'm')
            j.move = true;
    }
    if (got == CTL_STOP)
        return code;
    if (optind == argc)
        return ctl_misused(c, "submit what? Give files or folders");
    const char *why = wrong_target(j.to);
    if (why)
        return ctl_misused(c, "--to %s: %s", ctl_shown(j.to), why);
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    ctl_catch_signals();
    jsonw_init(&j.w, &j.json, false);
    if (c->talk)
        all_sources(&j, argv + optind, argc - optind, count_one);
    j.begun = clock_boot_ms();
    all_sources(&j, argv + optind, argc - optind, copy_one);
    buf_free(&j.json);
    return summary(&j);
}
