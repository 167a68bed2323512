/* spoolctl audit: the conservation law, checked. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spool/audit.h"
#include "spoold/ctl/ctl.h"

struct telling {
    struct ctl *c;
    struct jsonw w;
    struct buf problems; /* JSON array, built while the audit runs */
};

static void on_problem(void *arg, const struct audit_problem *p)
{
    struct telling *t = arg;
    if (!t->c->json) {
        printf("%s%-11s%s %s\n            %s\n", ctl_red(t->c), p->kind, ctl_plain(t->c),
               ctl_shown(p->path), p->what);
        return;
    }
    jsonw_object(&t->w, NULL);
    jsonw_str(&t->w, "kind", p->kind);
    jsonw_name(&t->w, "path", p->path, strlen(p->path));
    jsonw_str(&t->w, "what", p->what);
    jsonw_end_object(&t->w);
}

static int print_json(const struct audit_counts *n, const struct buf *problems)
{
    static const char *const reasons[IGNORED_KINDS] = {"names", "links", "special", "empty"};
    struct buf b = {0};
    struct jsonw w;
    buf_fmt(&b,
            "{\"ok\":%s,\"pending\":%llu,\"waiting\":%llu,\"claimed\":%llu,\"sealed\":%llu,"
            "\"done\":%llu,\"failed\":%llu,",
            n->problems ? "false" : "true", (unsigned long long)n->pending,
            (unsigned long long)n->waiting, (unsigned long long)n->claimed,
            (unsigned long long)n->sealed, (unsigned long long)n->done,
            (unsigned long long)n->failed);
    buf_str(&b, "\"problems\":");
    buf_add(&b, problems->data, problems->len);
    buf_fmt(&b,
            ",\"partial\":%llu,\"empty\":%llu,\"leftovers\":%llu,\"verified\":%llu,\"ignored\":",
            (unsigned long long)n->partial, (unsigned long long)n->empty,
            (unsigned long long)n->leftovers, (unsigned long long)n->verified);
    jsonw_init(&w, &b, false);
    jsonw_object(&w, NULL);
    for (int i = 0; i < IGNORED_KINDS; i++)
        jsonw_uint(&w, reasons[i], n->ignored[i]);
    jsonw_end_object(&w);
    buf_str(&b, "}\n");
    return ctl_print(&b);
}

static void print_people(const struct ctl *c, const struct audit_counts *n, bool verify)
{
    printf("pending %llu, waiting %llu, claimed %llu, sealed %llu, done %llu, failed %llu\n",
           (unsigned long long)n->pending, (unsigned long long)n->waiting,
           (unsigned long long)n->claimed, (unsigned long long)n->sealed,
           (unsigned long long)n->done, (unsigned long long)n->failed);
    if (verify)
        printf("hashes of %llu documents compared\n", (unsigned long long)n->verified);
    if (n->leftovers)
        printf("%llu young leftovers, which the janitor will sweep\n",
               (unsigned long long)n->leftovers);
    if (n->problems)
        printf("%s%llu problems%s\n", ctl_red(c), (unsigned long long)n->problems, ctl_plain(c));
    else
        printf("%sno problems%s: each document is in exactly one place, whole and with its own "
               "results\n",
               ctl_green(c), ctl_plain(c));
}

int cmd_audit(struct ctl *c, int argc, char **argv)
{
    static const struct option options[] = {{"verify", no_argument, NULL, 'v'}, {NULL, 0, NULL, 0}};
    struct audit_options o = {0};
    struct audit_counts counts;
    struct telling t = {.c = c};
    int code, got;
    while ((got = ctl_getopt(c, argc, argv, options, &code)) == 'v')
        o.verify = true;
    if (got == CTL_STOP)
        return code;
    if (optind < argc)
        return ctl_misused(c, "audit takes no argument; it looks at the whole spool");
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    jsonw_init(&t.w, &t.problems, false);
    jsonw_array(&t.w, NULL);
    if (audit_run(&c->spool, &o, on_problem, &t, &counts) != 0) {
        int error = errno;
        buf_free(&t.problems);
        return ctl_fail(ctl_code_of(error), "the spool could not be read whole: %s",
                        strerror(error));
    }
    jsonw_end_array(&t.w);
    code = CTL_OK;
    if (c->json)
        code = print_json(&counts, &t.problems);
    else
        print_people(c, &counts, o.verify);
    buf_free(&t.problems);
    return code != CTL_OK ? code : counts.problems ? CTL_NO : CTL_OK;
}
