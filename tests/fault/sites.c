#include "sites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* openat is one operation in the source, and two in the plan. */
static unsigned char plain_op(unsigned char op)
{
    return op == OP_CREATE ? OP_OPENAT : op;
}

static struct fault_site *find(struct sites *sum, const struct fault_site *s)
{
    for (unsigned i = 0; i < sum->n; i++)
        if (sum->at[i].line == s->line && sum->at[i].op == plain_op(s->op) &&
            strcmp(sum->at[i].file, s->file) == 0)
            return &sum->at[i];
    if (sum->n == SITES) {
        fprintf(stderr, "fault-sweep: more places in the source than there is room for\n");
        exit(70);
    }
    sum->at[sum->n] = (struct fault_site){.file = s->file, .line = s->line, .op = plain_op(s->op)};
    return &sum->at[sum->n++];
}

static void add_one(struct sites *sum, const struct fault_site *s)
{
    struct fault_site *mine = find(sum, s);
    mine->reached += s->reached;
    mine->hit += s->hit;
}

void sites_add(struct sites *sum, const struct fault_proof *proof)
{
    for (unsigned i = 0; i < proof->sites; i++)
        if (strncmp(proof->site[i].file, "shared/spool/", 13) == 0)
            add_one(sum, &proof->site[i]);
}

void sites_merge(struct sites *sum, const struct sites *other)
{
    for (unsigned i = 0; i < other->n; i++)
        add_one(sum, &other->at[i]);
}

bool sites_plan(struct sites *planned, const struct fault_site *site)
{
    unsigned before = planned->n;
    find(planned, site);
    return planned->n == before;
}

static const struct fault_site *listed(const struct sites *sum, const char *line)
{
    for (unsigned i = 0; i < sum->n; i++) {
        char text[200];
        const struct fault_site *s = &sum->at[i];
        snprintf(text, sizeof text, "%s:%d:fs->%s(", s->file, s->line,
                 faultop_op_name((enum fault_op)s->op));
        if (strcmp(text, line) == 0)
            return s;
    }
    return NULL;
}

bool sites_tell(const struct sites *sum, const char *list, struct sites_told *told)
{
    char line[300];
    FILE *f = fopen(list, "re");
    memset(told, 0, sizeof *told);
    if (!f)
        return false;
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        const struct fault_site *s = listed(sum, line);
        told->existing++;
        told->reached += s != NULL;
        told->hit += s && s->hit > 0;
        if (!s || s->hit == 0)
            printf("no fault at %s  (%s)\n", line, s ? "reached" : "not reached");
    }
    fclose(f);
    return told->existing > 0;
}
