/* spoolctl retry: failed documents back to waiting, as redo.h does it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "spool/look.h"
#include "spool/redo.h"
#include "spool/srvclock.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/docs.h"

struct chosen {
    char *folder, *name, *path; /* owned */
};

struct retrying {
    struct ctl *c;
    enum outcome class; /* OUTCOME_COUNT: all */
    int64_t before;     /* only those that failed before this server time; INT64_MAX: all */
    struct chosen *list;
    size_t n, cap;
    struct redo redo;
    uint64_t done, failed;
};

static bool choose(void *arg, const struct doc *d)
{
    struct retrying *r = arg;
    struct statx st;
    if (r->class < OUTCOME_COUNT && d->class != r->class)
        return true;
    if (r->before != INT64_MAX &&
        (look_in(d->dir, d->name, &st) != 1 || look_ms(st.stx_ctime) > r->before))
        return true;
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 64;
        struct chosen *grown = realloc(r->list, cap * sizeof *grown);
        if (!grown)
            return false;
        r->list = grown;
        r->cap = cap;
    }
    struct chosen *k = &r->list[r->n];
    *k = (struct chosen){strdup(d->folder), strdup(d->name), strdup(d->path)};
    r->n += k->folder && k->name && k->path;
    return true;
}

static void retry_one(struct retrying *r, const struct chosen *k)
{
    struct redo_wish wish = {.folder = k->folder, .name = k->name, .path = k->path};
    enum redone done = redo_document(&r->redo, &wish);
    if (done == REDO_DONE) {
        r->done++;
        return;
    }
    r->failed++;
    ctl_say("%s/%s: %s", ctl_shown(k->folder), ctl_shown(k->name),
            done == REDO_GONE ? "somebody else moved it" : strerror(errno));
}

static void tell_chosen(const struct retrying *r, const struct chosen *k)
{
    struct buf b = {0};
    struct jsonw w;
    char whole[PATH_CAP + 2 * NAME_CAP];
    snprintf(whole, sizeof whole, "%s/%s", k->folder, k->name);
    if (!r->c->json) {
        puts(ctl_shown(whole));
        return;
    }
    jsonw_init(&w, &b, false);
    jsonw_object(&w, NULL);
    jsonw_name(&w, "path", k->path, strlen(k->path));
    jsonw_name(&w, "file", whole, strlen(whole));
    jsonw_end_object(&w);
    buf_char(&b, '\n');
    ctl_print(&b);
}

static int act(struct retrying *r, bool bulk, bool dry, bool yes)
{
    if (dry || r->c->json)
        for (size_t i = 0; i < r->n; i++)
            tell_chosen(r, &r->list[i]);
    if (dry) {
        ctl_say("%zu documents would be done again", r->n);
        return CTL_OK;
    }
    if (r->n > 0 && bulk && !yes) {
        if (!r->c->ask)
            return ctl_fail(
                CTL_USAGE,
                "%zu documents would be done again; give --yes to do it, --dry-run to see which",
                r->n);
        if (!ctl_confirm(r->c, "Have %zu failed documents done again?", r->n))
            return ctl_fail(CTL_OK, "nothing was done");
    }
    ctl_catch_signals();
    for (size_t i = 0; i < r->n && !ctl_stopped(); i++)
        retry_one(r, &r->list[i]);
    ctl_say("%llu documents will be done again%s", (unsigned long long)r->done,
            r->failed ? ", the others not" : "");
    return r->failed ? CTL_NO : ctl_stopped() ? CTL_TEMPORARY : CTL_OK;
}

/* By name: each that is not there is told. */
static int choose_named(struct retrying *r, char **docs, int n)
{
    int code = CTL_OK;
    for (int i = 0; i < n; i++)
        if (docs_find(&r->c->spool, docs[i], 1u << DOC_FAILED, choose, r) <= 0)
            code = ctl_fail(CTL_NO, "%s: no failed document of this path", ctl_shown(docs[i]));
    return code;
}

static int run(struct retrying *r, char **docs, int n, bool dry, bool yes)
{
    int code = CTL_OK;
    if (n > 0)
        code = choose_named(r, docs, n);
    else if (docs_walk(&r->c->spool, 1u << DOC_FAILED, choose, r, NULL) != 0)
        code = ctl_fail(CTL_TEMPORARY, "not all of failed/ could be read: %s", strerror(errno));
    int acted = act(r, n == 0, dry, yes);
    for (size_t i = 0; i < r->n; i++) {
        free(r->list[i].folder);
        free(r->list[i].name);
        free(r->list[i].path);
    }
    free(r->list);
    return acted != CTL_OK ? acted : code;
}

int cmd_retry(struct ctl *c, int argc, char **argv)
{
    static const struct option options[] = {
        {"class", required_argument, NULL, 'c'}, {"all", no_argument, NULL, 'a'},
        {"older", required_argument, NULL, 'o'}, {"dry-run", no_argument, NULL, 'n'},
        {"yes", no_argument, NULL, 'y'},         {NULL, 0, NULL, 0}};
    struct retrying r = {.c = c, .class = OUTCOME_COUNT, .before = INT64_MAX};
    bool all = false, dry = false, yes = false;
    int64_t older = -1;
    int code, got;
    while ((got = ctl_getopt(c, argc, argv, options, &code)) >= 0) {
        all |= got == 'a';
        dry |= got == 'n';
        yes |= got == 'y';
        if (got == 'c' && (r.class = outcome_of(optarg, strlen(optarg))) == OUTCOME_COUNT)
            return ctl_misused(c, "%s is no class of failure", ctl_shown(optarg));
        if (got == 'c' && !outcome_facts(r.class)->failure)
            return ctl_misused(c, "%s is no failure; retry is for failed documents",
                               ctl_shown(optarg));
        if (got == 'o' && !num_duration_ms(optarg, &older))
            return ctl_misused(c, "--older wants a duration, such as 2h or 1d");
    }
    if (got == CTL_STOP)
        return code;
    int named = argc - optind;
    if ((named > 0) + (r.class < OUTCOME_COUNT || all) != 1)
        return ctl_misused(c, "retry which? Give documents, or --class C, or --all");
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    int64_t now = older >= 0 ? srvclock_now(&c->spool) : 0;
    if (older >= 0)
        r.before = (now >= 0 ? now : clock_wall_ms()) - older;
    redo_begin(&r.redo, &c->spool);
    return run(&r, argv + optind, named, dry, yes);
}
