/* spoolctl list: documents, as they are met. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/docs.h"

struct listing {
    struct ctl *c;
    const char *prefix;
    enum outcome class; /* OUTCOME_COUNT: all */
    uint64_t left;
    int code;
    bool duplicates; /* only those that have their text from another document */
};

/* Whose text a finished document has, as its x.json has it. False: its own. */
static bool same_as(const struct doc *d, struct buf *out)
{
    char err[8];
    struct jsonr *j = docs_json(d, err, sizeof err);
    const char *other = jsonr_str(j, "same_as", "");
    buf_str(out, other);
    jsonr_free(j);
    return out->len > 0;
}

static void line_json(const struct doc *d, const struct buf *other, struct buf *b)
{
    struct jsonw w;
    jsonw_init(&w, b, false);
    jsonw_object(&w, NULL);
    docs_members(&w, d);
    if (other->len > 0)
        jsonw_strn(&w, "same_as", other->data, other->len);
    jsonw_end_object(&w);
    buf_char(b, '\n');
}

static void line_people(const struct doc *d, const struct buf *other, struct buf *b)
{
    buf_fmt(b, "%s\t%s", docstate_name(d->state), ctl_shown(d->path));
    if (d->class < OUTCOME_COUNT)
        buf_fmt(b, "\t%s", outcome_facts(d->class)->name);
    if (d->token && d->token->attempt > 1)
        buf_fmt(b, "\tattempt %u", d->token->attempt);
    if (other->len > 0)
        buf_fmt(b, "\tsame as %s", ctl_shown(other->data));
    buf_char(b, '\n');
}

static bool line(void *arg, const struct doc *d)
{
    struct listing *l = arg;
    struct buf b = {0}, other = {0};
    if (strncmp(d->path, l->prefix, strlen(l->prefix)) != 0)
        return true;
    if (l->class < OUTCOME_COUNT && d->class != l->class)
        return true;
    if (l->duplicates && !same_as(d, &other)) {
        buf_free(&other);
        return true;
    }
    if (l->c->json)
        line_json(d, &other, &b);
    else
        line_people(d, &other, &b);
    buf_free(&other);
    if (!buf_ok(&b) || fwrite(b.data, 1, b.len, stdout) != b.len)
        l->code = CTL_IO;
    buf_free(&b);
    return --l->left > 0 && l->code == CTL_OK;
}

static int read_state(struct ctl *c, const char *name, unsigned *states)
{
    int state = docstate_of(name);
    if (state < 0)
        return ctl_misused(c, "%s is no state: pending, waiting, claimed, sealed, done or failed",
                           ctl_shown(name));
    *states = 1u << state;
    return CTL_OK;
}

int cmd_list(struct ctl *c, int argc, char **argv)
{
    static const struct option options[] = {{"state", required_argument, NULL, 's'},
                                            {"class", required_argument, NULL, 'c'},
                                            {"limit", required_argument, NULL, 'l'},
                                            {"duplicates", no_argument, NULL, 'd'},
                                            {NULL, 0, NULL, 0}};
    struct listing l = {c, "", OUTCOME_COUNT, UINT64_MAX, CTL_OK, false};
    unsigned states = DOCS_ALL;
    int code, got;
    while ((got = ctl_getopt(c, argc, argv, options, &code)) >= 0) {
        if (got == 's' && (code = read_state(c, optarg, &states)) != CTL_OK)
            return code;
        if (got == 'c' && (l.class = outcome_of(optarg, strlen(optarg))) == OUTCOME_COUNT)
            return ctl_misused(c, "%s is no class of failure", ctl_shown(optarg));
        if (got == 'l' && (!num_u64(optarg, &l.left) || l.left == 0))
            return ctl_misused(c, "--limit wants a number of at least 1");
        l.duplicates = l.duplicates || got == 'd';
    }
    if (got == CTL_STOP)
        return code;
    if (optind < argc && states == DOCS_ALL && docstate_of(argv[optind]) >= 0)
        states = 1u << docstate_of(argv[optind++]);
    if (optind < argc)
        l.prefix = argv[optind++];
    if (optind < argc)
        return ctl_misused(c, "one STATE and one PREFIX at most");
    if (l.class < OUTCOME_COUNT)
        states = 1u << DOC_FAILED;
    if (l.duplicates)
        states = 1u << DOC_DONE;
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    if (docs_walk(&c->spool, states, line, &l, NULL) != 0)
        return ctl_fail(CTL_TEMPORARY, "not all of the spool could be read: %s", strerror(errno));
    if (l.code != CTL_OK)
        return ctl_fail(CTL_IO, "cannot write to stdout");
    return CTL_OK;
}
