/*
 * spoolctl retry: failed documents back to waiting, as new documents with all their attempts.
 *
 * A PDF must never be without a place, and a crash between the steps must heal:
 *   1. x.json -> .<new id>.<new claim>.json   a private result of a claim that is in no work/:
 * should we die here, the PDF is still in failed/, and 'spoolctl retry' on it again finishes the
 * work
 *   2. x.pdf  -> pending/.retry/<token>       the one rename that matters; of two who try, one wins
 *   3. the private result goes                should we die before, the janitor sweeps it by its
 * age When 2 cannot be done, x.json gets its name back; nobody can have taken that, as x.pdf is
 * still there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "base/num.h"
#include "base/rnd.h"
#include "base/utf8.h"
#include "spool/look.h"
#include "spool/pathfile.h"
#include "spool/retry.h"
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
    char id[16]; /* of this run; ids are <id>-<count> */
    unsigned count;
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

/* The path that the document was dropped under: by its x.json, if that makes sense; else by where
 * it lies. */
static void original_path(int dir, const struct chosen *k, char path[PATH_CAP])
{
    char err[8], encoded[3 * PATH_CAP];
    struct buf bytes = {0};
    struct doc d = {.name = k->name, .dir = dir};
    struct jsonr *j = docs_json(&d, err, sizeof err);
    const char *shown = jsonr_str(j, "path", "");
    snprintf(path, PATH_CAP, "%s", k->path);
    if (utf8_unshow_name(&bytes, shown, strlen(shown)) && buf_ok(&bytes) && bytes.len > 0 &&
        bytes.len < PATH_CAP && !memchr(bytes.data, 0, bytes.len) &&
        token_encode(bytes.data, encoded, sizeof encoded) && bytes.data[0] != '/' &&
        !strstr(bytes.data, "//") && !strstr(bytes.data, "./"))
        memcpy(path, bytes.data, bytes.len + 1);
    buf_free(&bytes);
    jsonr_free(j);
}

static void new_id(struct retrying *r, char id[ID_CAP])
{
    snprintf(id, ID_CAP, "%s-%x", r->id, ++r->count);
}

/* Steps 1 to 3 in an open folder. 0 or -1 with errno. */
static int send_back(struct retrying *r, int dir, const struct chosen *k, struct token *t)
{
    const struct spool *s = &r->c->spool;
    char json[NAME_CAP], private[2 * ID_CAP + 8];
    docs_result_name(k->name, ".json", json);
    snprintf(private, sizeof private, ".%s.%s.json", t->document, t->claim);
    if (look_move(dir, json, dir, private) == MOVE_FAILED)
        return -1;
    enum moved m = retry_move(s, dir, k->name, t, 0, NEED_TEXT);
    int error = errno;
    if (m == MOVE_FAILED) {
        look_move(dir, private, dir, json);
        errno = error;
        return -1;
    }
    look_unlink(dir, private);
    if (m == MOVED)
        return 0;
    errno = ENOENT;
    return -1;
}

static void retry_one(struct retrying *r, const struct chosen *k)
{
    const struct spool *s = &r->c->spool;
    char path[PATH_CAP];
    struct token t = {.attempt = 1};
    int dir = look_folder_path(s->root, k->folder);
    int bad = dir < 0 ? -1 : 0;
    if (!bad) {
        original_path(dir, k, path);
        new_id(r, t.document);
        new_id(r, t.claim);
        token_set_path(&t, path);
        if (t.path_apart)
            bad = pathfile_write(s, t.document, path);
        if (!bad && (bad = send_back(r, dir, k, &t)) != 0) {
            int saved = errno;
            pathfile_remove(s, &t);
            errno = saved;
        }
    }
    if (bad) {
        r->failed++;
        ctl_say("%s/%s: %s", ctl_shown(k->folder), ctl_shown(k->name),
                errno == ENOENT ? "somebody else moved it" : strerror(errno));
    } else {
        r->done++;
    }
    if (dir >= 0)
        fs->close(dir);
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
    memcpy(r.id, TOKEN_ASKED_FOR, sizeof TOKEN_ASKED_FOR);
    rnd_name(r.id + strlen(TOKEN_ASKED_FOR), 12);
    return run(&r, argv + optind, named, dry, yes);
}
