#include "tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spool/caps.h"
#include "spool/reclaim.h"

#define CAP "lane.a"
static const struct caps_limits limits = {.max_running = TOKENS,
                                          .rate = {.per_minute = 6000, .burst = 50}};

void tokens_scenario(struct world *w, struct worker *me)
{
    (void)w;
    struct caps *c = caps_new(&me->spool, &me->lease, "claimer");
    if (!c)
        return;
    unsigned n = caps_begin(c, CAP, &limits, 0, TOKENS);
    caps_begun(c, CAP, n > 0 ? n - 1 : 0); /* one of the rate goes back */
    caps_tend(c, CAP, n);
    caps_give_back(c);
    n = caps_begin(c, CAP, &limits, 0, 1);
    caps_begun(c, CAP, n);
    caps_free(c); /* a token stays in the lease, which is taken back */
}

int tokens_recover(const char *top, const char *host)
{
    static struct worker me;
    char name[HOST_CAP];
    struct reclaimed sum = {0};
    int rounds = worker_recover(top, host);
    snprintf(name, sizeof name, "%.40s-t", host);
    worker_open(&me, top, name);
    if (worker_lease(&me) != 0)
        return -1;
    struct caps *c = caps_new(&me.spool, &me.lease, "claimer");
    unsigned n = c ? caps_begin(c, CAP, &limits, 0, TOKENS + 1) : 0;
    if (c)
        caps_give_back(c);
    caps_free(c);
    reclaim_lease(&me.spool, me.spool.host, me.lease.name, false, NULL, &sum);
    worker_close(&me);
    if (n != TOKENS)
        fprintf(stderr, "  %u tokens were had, of %d\n", n, TOKENS);
    return n == TOKENS ? rounds : -1;
}

bool tokens_see(struct tokens_seen *seen, const char *path)
{
    static const char top[] = "control/caps/" CAP "/";
    unsigned number, gen;
    int end = 0;
    if (strncmp(path, top, sizeof top - 1) != 0)
        return false;
    const char *name = path + sizeof top - 1;
    if (strncmp(name, ".new-", 5) == 0 || strncmp(name, ".old-", 5) == 0 ||
        strncmp(name, ".file-", 6) == 0 || strncmp(name, ".want-", 6) == 0) {
        seen->leftovers++;
    } else if (sscanf(name, "n%u/first%n", &number, &end) == 1 && end && !name[end]) {
        seen->tokens[number % TOKENS]++;
    } else if (end = 0, sscanf(name, "n%u/made%n", &number, &end) == 1 && end && !name[end]) {
        seen->born[number % TOKENS]++;
    } else if (end = 0, sscanf(name, "%u.%u%n", &number, &gen, &end) == 2 && !name[end]) {
        seen->tokens[number % TOKENS]++;
    } else if (strcmp(name, "rate/made") == 0) {
        seen->rates++;
    } else if (strncmp(name, "rate/", 5) == 0) {
        seen->states++;
    } else {
        return false;
    }
    return true;
}

const char *tokens_wrong(const struct tokens_seen *seen)
{
    for (int i = 0; i < TOKENS; i++) {
        if (seen->tokens[i] < seen->born[i])
            return "a token is lost";
        if (seen->tokens[i] > 1 || seen->born[i] > 1)
            return "a token is there twice";
        if (seen->tokens[i] > seen->born[i])
            return "a token without its number";
    }
    if (seen->states != seen->rates || seen->rates > 1)
        return "the bucket has no state, or two";
    return NULL;
}
