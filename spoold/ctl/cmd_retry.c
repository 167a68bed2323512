/* spoolctl retry: failed documents back to waiting, as redo.h does it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "spool/redo.h"
#include "spool/srvclock.h"
#include "spoold/ctl/choosing.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/docs.h"

struct retrying {
    struct ctl *c;
    struct choosing chosen;
    struct redo redo;
    uint64_t done, failed;
};

static void retry_one(struct retrying *r, const struct chosen *k)
{
    enum redone done = choosing_redo(&r->redo, k);
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
        for (size_t i = 0; i < r->chosen.n; i++)
            tell_chosen(r, &r->chosen.list[i]);
    if (dry) {
        ctl_say("%zu documents would be done again", r->chosen.n);
        return CTL_OK;
    }
    if (r->chosen.n > 0 && bulk && !yes) {
        if (!r->c->ask)
            return ctl_fail(
                CTL_USAGE,
                "%zu documents would be done again; give --yes to do it, --dry-run to see which",
                r->chosen.n);
        if (!ctl_confirm(r->c, "Have %zu failed documents done again?", r->chosen.n))
            return ctl_fail(CTL_OK, "nothing was done");
    }
    ctl_catch_signals();
    for (size_t i = 0; i < r->chosen.n && !ctl_stopped(); i++)
        retry_one(r, &r->chosen.list[i]);
    ctl_say("%llu documents will be done again%s", (unsigned long long)r->done,
            r->failed ? ", the others not" : "");
    return r->failed ? CTL_NO : ctl_stopped() ? CTL_TEMPORARY : CTL_OK;
}

/* By name: each that is not there is told. */
static int choose_named(struct retrying *r, char **docs, int n)
{
    int code = CTL_OK;
    for (int i = 0; i < n; i++)
        if (docs_find(&r->c->spool, docs[i], 1u << DOC_FAILED, choosing_visit, &r->chosen) <= 0)
            code = ctl_fail(CTL_NO, "%s: no failed document of this path", ctl_shown(docs[i]));
    return code;
}

static int run(struct retrying *r, char **docs, int n, bool dry, bool yes)
{
    int code = CTL_OK;
    if (n > 0)
        code = choose_named(r, docs, n);
    else if (docs_walk(&r->c->spool, 1u << DOC_FAILED, choosing_visit, &r->chosen, NULL) != 0)
        code = ctl_fail(CTL_TEMPORARY, "not all of failed/ could be read: %s", strerror(errno));
    int acted = r->chosen.no_memory ? ctl_fail(CTL_TEMPORARY, "there is no memory for so many")
                                    : act(r, n == 0, dry, yes);
    choosing_free(&r->chosen);
    return acted != CTL_OK ? acted : code;
}

int cmd_retry(struct ctl *c, int argc, char **argv)
{
    static const struct option options[] = {
        {"class", required_argument, NULL, 'c'}, {"all", no_argument, NULL, 'a'},
        {"older", required_argument, NULL, 'o'}, {"dry-run", no_argument, NULL, 'n'},
        {"yes", no_argument, NULL, 'y'},         {NULL, 0, NULL, 0}};
    struct retrying r = {.c = c, .chosen = CHOOSING_ALL};
    bool all = false, dry = false, yes = false;
    int64_t older = -1;
    int code, got;
    while ((got = ctl_getopt(c, argc, argv, options, &code)) >= 0) {
        all |= got == 'a';
        dry |= got == 'n';
        yes |= got == 'y';
        if (got == 'c' && (r.chosen.class = outcome_of(optarg, strlen(optarg))) == OUTCOME_COUNT)
            return ctl_misused(c, "%s is no class of failure", ctl_shown(optarg));
        if (got == 'c' && !outcome_facts(r.chosen.class)->failure)
            return ctl_misused(c, "%s is no failure; retry is for failed documents",
                               ctl_shown(optarg));
        if (got == 'o' && !num_duration_ms(optarg, &older))
            return ctl_misused(c, "--older wants a duration, such as 2h or 1d");
    }
    if (got == CTL_STOP)
        return code;
    int named = argc - optind;
    if ((named > 0) + (r.chosen.class < OUTCOME_COUNT || all) != 1)
        return ctl_misused(c, "retry which? Give documents, or --class C, or --all");
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    int64_t now = older >= 0 ? srvclock_now(&c->spool) : 0;
    if (older >= 0)
        r.chosen.before = (now >= 0 ? now : clock_wall_ms()) - older;
    redo_begin(&r.redo, &c->spool);
    return run(&r, argv + optind, named, dry, yes);
}
