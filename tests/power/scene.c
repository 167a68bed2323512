#include "scene.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spoold/ctl/ctl.h"

enum { ARGS = 12 };

static void quiet(void)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    close(null);
}

/* Give a command of spoolctl. What it says goes nowhere, so this process must be one of its own. */
static int give(int (*command)(struct ctl *, int, char **), const char *top,
                const char *const *words)
{
    char *argv[ARGS + 1] = {NULL};
    int argc = 0, code;
    struct ctl c = {.path = top, .self = "spoolctl"};
    for (; argc < ARGS && words[argc]; argc++)
        argv[argc] = strdup(words[argc]);
    c.command = ctl_find_command(words[0]);
    optind = 0;
    int say = dup(STDERR_FILENO), out = dup(STDOUT_FILENO);
    quiet();
    code = command(&c, argc, argv);
    fflush(stdout);
    dup2(say, STDERR_FILENO);
    dup2(out, STDOUT_FILENO);
    close(say);
    close(out);
    if (c.open)
        spool_close(&c.spool);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return code;
}

/* ---- submit ---- */

static void source_path(const struct world *w, const char *name, char path[WORLD_PATH + 300])
{
    snprintf(path, WORLD_PATH + 300, "%s/sources/%s", w->taken, name);
}

/* A user's file outside the spool, that is to become the document `path`. */
static void source(struct world *w, const char *name, const char *path)
{
    char full[WORLD_PATH + 300], text[WORLD_CONTENT];
    const struct drop *d = world_expect(w, path, false);
    world_pdf(text, sizeof text, d->serial, false);
    source_path(w, "", full);
    mkdir(full, 0775);
    source_path(w, "in", full);
    mkdir(full, 0775);
    source_path(w, name, full);
    FILE *f = fopen(full, "we");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        _exit(70);
}

static void prepare_submit(struct world *w, struct worker *me)
{
    (void)me;
    world_drop(w, "same.pdf", false);
    source(w, "a.pdf", "a.pdf");
    source(w, "same.pdf", "same~2.pdf");
    source(w, "in/b.pdf", "in/b.pdf");
}

static void prepare_move(struct world *w, struct worker *me)
{
    (void)me;
    world_drop(w, "there/a.pdf", false);
    source(w, "a.pdf", "there/a~2.pdf");
    source(w, "in/b.pdf", "there/in/b.pdf");
}

static void submit(struct world *w, const char *const *options, int n, const char *first)
{
    char a[WORLD_PATH + 300], b[WORLD_PATH + 300], c[WORLD_PATH + 300];
    const char *words[ARGS] = {"submit"};
    source_path(w, first, a);
    source_path(w, "in", b);
    source_path(w, "same.pdf", c);
    for (int i = 0; i < n; i++)
        words[1 + i] = options[i];
    words[1 + n] = a;
    words[2 + n] = b;
    if (n == 0)
        words[3] = c;
    if (give(cmd_submit, w->top, words) != 0)
        _exit(70);
}

static void body_submit(struct world *w, struct worker *me)
{
    (void)me;
    submit(w, NULL, 0, "a.pdf");
}

static void body_move(struct world *w, struct worker *me)
{
    static const char *const options[] = {"--move", "--to", "there"};
    (void)me;
    submit(w, options, 3, "a.pdf");
}

struct looked {
    struct world *w;
    unsigned bad;
    bool loud, there[WORLD_DROPS];
};

/* Each visible name in pending/ is a whole document, and the one that belongs there. */
static void look_pending(void *arg, const char *path, int type, unsigned long ino)
{
    struct looked *l = arg;
    char text[WORLD_CONTENT], own[WORLD_CONTENT], full[WORLD_PATH + 300];
    (void)ino;
    if (type != DT_REG)
        return;
    if (strstr(path, "/.spoolctl-")) { /* nobody's: a worker never looks at it */
        snprintf(full, sizeof full, "%s/%s", l->w->top, path);
        unlinkat(AT_FDCWD, full, 0);
        return;
    }
    world_read(l->w->top, path, text, sizeof text);
    for (unsigned i = 0; i < l->w->drops; i++) {
        const struct drop *d = &l->w->drop[i];
        world_pdf(own, sizeof own, d->serial, d->corrupt);
        if (strcmp(text, own) != 0 || strcmp(path + strlen("pending/"), d->path) != 0)
            continue;
        l->bad += l->there[i];
        l->there[i] = true;
        return;
    }
    if (l->loud)
        fprintf(stderr, "  violation: %s is not what was submitted\n", path);
    l->bad++;
}

static bool source_gone(const struct record_log *log, unsigned cut, const char *path)
{
    const char *base = strrchr(path, '/');
    size_t stem = strcspn(base ? base + 1 : path, "~."); /* a~2.pdf came from a.pdf */
    for (unsigned i = 0; i < cut; i++)
        if (log->op[i].kind == REC_SOURCE_GONE &&
            strncmp(log->op[i].name, base ? base + 1 : path, stem) == 0)
            return true;
    return false;
}

/* What is not in pending/ must still be where it came from; its owner then drops it again. */
static unsigned again_submit(struct world *w, const struct record_log *log, unsigned cut, bool loud)
{
    struct looked l = {.w = w, .loud = loud};
    char text[WORLD_CONTENT], where[WORLD_PATH + 16];
    world_walk(w->top, "pending", look_pending, &l);
    for (unsigned i = 0; i < w->drops; i++) {
        const struct drop *d = &w->drop[i];
        if (l.there[i])
            continue;
        if (source_gone(log, cut, d->path)) {
            if (loud)
                fprintf(stderr, "  violation: %s is neither submitted nor where it was\n", d->path);
            l.bad++;
        }
        world_pdf(text, sizeof text, d->serial, d->corrupt);
        snprintf(where, sizeof where, "pending/%s", d->path);
        world_write(w, where, text);
    }
    return l.bad;
}

/* ---- retry ---- */

static void prepare_retry(struct world *w, struct worker *me)
{
    world_drop(w, scenario_long_path, true);
    scenario_find("fail")->prepare(w, me);
    worker_write(me);
    worker_seal(me);
    worker_publish(me);
    me->jobs = 0;
}

static int retry_all(const struct world *w)
{
    static const char *const words[ARGS] = {"retry", "--all", "--yes"};
    return give(cmd_retry, w->top, words);
}

static void body_retry(struct world *w, struct worker *me)
{
    (void)me;
    if (retry_all(w) != 0)
        _exit(70);
}

static unsigned again_retry(struct world *w, const struct record_log *log, unsigned cut, bool loud)
{
    (void)log;
    (void)cut;
    int code = retry_all(w);
    if (code != 0 && loud)
        fprintf(stderr, "  violation: spoolctl retry cannot be repeated: %d\n", code);
    return code != 0;
}

/* ---- init ---- */

static void prepare_init(struct world *w, struct worker *me)
{
    (void)me;
    world_remove(w);
    mkdir(w->top, 0775);
    mkdir(w->taken, 0775);
}

static int init(const struct world *w)
{
    const char *const words[ARGS] = {"init", w->top};
    return give(cmd_init, w->top, words);
}

static void body_init(struct world *w, struct worker *me)
{
    (void)me;
    if (init(w) != 0)
        _exit(70);
}

static unsigned again_init(struct world *w, const struct record_log *log, unsigned cut, bool loud)
{
    (void)log;
    (void)cut;
    int code = init(w);
    if (code != 0 && loud)
        fprintf(stderr, "  violation: spoolctl init cannot be repeated: %d\n", code);
    if (code == 0)
        scenario_drop_all(w);
    return code != 0;
}

static const struct scenario submit_scenario = {.name = "submit",
                                                .prepare = prepare_submit,
                                                .body = body_submit,
                                                .recover = worker_recover},
                             move_scenario = {.name = "submit --move",
                                              .prepare = prepare_move,
                                              .body = body_move,
                                              .recover = worker_recover},
                             retry_scenario = {.name = "retry",
                                               .prepare = prepare_retry,
                                               .body = body_retry,
                                               .recover = worker_recover},
                             init_scenario = {.name = "init",
                                              .prepare = prepare_init,
                                              .body = body_init,
                                              .recover = worker_recover};

const struct scene ctl_scenes[] = {
    {"spoolctl submit", &submit_scenario, again_submit},
    {"spoolctl submit --move", &move_scenario, again_submit},
    {"spoolctl retry", &retry_scenario, again_retry},
    {"spoolctl init", &init_scenario, again_init},
};
const unsigned ctl_scene_count = sizeof ctl_scenes / sizeof *ctl_scenes;
