#include "spoold/api/want.h"

#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "base/utf8.h"
#include "spoold/api/params.h"

static bool take_state(void *arg, const char *word)
{
    struct want *w = arg;
    int state = docstate_of(word);
    w->search.states |= state >= 0 ? 1u << state : 0;
    return state >= 0;
}

static bool take_class(void *arg, const char *word)
{
    unsigned *bits = arg;
    enum outcome o = outcome_of(word, strlen(word));
    if (o == OUTCOME_COUNT || !outcome_facts(o)->failure)
        return false;
    *bits |= 1u << o;
    return true;
}

static bool take_outcome(void *arg, const char *word)
{
    unsigned *bits = arg;
    enum outcome o = outcome_of(word, strlen(word));
    if (o == OUTCOME_COUNT || outcome_facts(o)->failure)
        return false;
    *bits |= 1u << o;
    return true;
}

static bool take_tier(void *arg, const char *word)
{
    struct want *w = arg;
    enum page_tier t = page_tier_of(word);
    w->search.tiers |= t < PAGE_TIERS ? 1u << t : 0;
    return t < PAGE_TIERS;
}

/* A host that nobody knows has no documents. */
static bool take_host(void *arg, const char *word)
{
    struct want *w = arg;
    w->by_host = true;
    for (size_t i = 0; i < w->view->s->n_host_names && i < HOSTS_NAMES; i++)
        if (strcmp(w->view->s->host_names[i], word) == 0)
            w->hosts[i / 8] |= (unsigned char)(1u << i % 8);
    return true;
}

void want_group_key(const struct group *g, char key[WANT_GROUP])
{
    char hex[SHA256_HEX];
    struct buf b = {0};
    buf_fmt(&b, "%s\n%s\n%s", outcome_facts(g->outcome)->name, g->stage, g->message);
    sha256_hex(b.data ? b.data : "", b.len, hex);
    buf_free(&b);
    snprintf(key, WANT_GROUP, "g-%.12s", hex);
}

static bool take_group(struct want *w, const char *key, struct answer *a)
{
    char one[WANT_GROUP];
    for (size_t i = 0; key && i < w->view->s->n_groups; i++) {
        want_group_key(&w->view->s->groups[i], one);
        if (strcmp(one, key) == 0) {
            w->search.group = (unsigned)i;
            return true;
        }
    }
    if (key)
        answer_problem(a, 410, "gone", "There is no such group of failures any more.");
    return !key;
}

static bool take_prefix(struct want *w, const struct request *rq, struct answer *a)
{
    const struct request_text *t = request_query_text(rq, "prefix");
    buf_str(&w->prefix, "");
    if (t && (!utf8_unshow_name(&w->prefix, t->s, t->len) || !buf_ok(&w->prefix) ||
              memchr(w->prefix.data, 0, w->prefix.len))) {
        answer_problem(a, 400, "bad-request", "prefix must be a path as paths are shown.");
        return false;
    }
    w->search.prefix = w->prefix.data ? w->prefix.data : "";
    return true;
}

/* class is of failed documents, outcome of done ones: none is both. */
static bool take_outcomes(struct want *w, const struct request *rq, struct answer *a)
{
    unsigned classes = 0, outcomes = 0;
    if (!params_list(rq, a, "class", take_class, &classes) ||
        !params_list(rq, a, "outcome", take_outcome, &outcomes))
        return false;
    w->nothing = classes && outcomes;
    w->search.outcomes = classes | outcomes;
    return true;
}

bool want_read(struct want *w, const struct view *v, const struct request *rq, struct answer *a)
{
    const char *text = request_query(rq, "text");
    *w = (struct want){.view = v, .search = SEARCH_ANY};
    buf_str(&w->words, text ? text : "");
    return params_list(rq, a, "state", take_state, w) && take_outcomes(w, rq, a) &&
           params_list(rq, a, "tier", take_tier, w) && params_list(rq, a, "host", take_host, w) &&
           take_prefix(w, rq, a) && take_group(w, request_query(rq, "group"), a);
}

void want_free(struct want *w)
{
    buf_free(&w->prefix);
    buf_free(&w->words);
}

static bool has_words(const struct want *w, const struct doc_row *d)
{
    char word[256];
    const char *at = w->words.data ? w->words.data : "";
    while (*(at += strspn(at, " "))) {
        size_t n = strcspn(at, " ");
        if (n >= sizeof word)
            return false;
        memcpy(word, at, n);
        word[n] = 0;
        if (!strcasestr(d->path, word) && !strcasestr(d->message, word))
            return false;
        at += n;
    }
    return true;
}

bool want_looks(const struct want *w)
{
    return w->nothing || w->by_host || w->words.len > 0;
}

bool want_row(const struct want *w, const struct doc_row *d)
{
    if (w->nothing)
        return false;
    if (w->by_host && (d->host >= HOSTS_NAMES || !(w->hosts[d->host / 8] & 1u << d->host % 8)))
        return false;
    return has_words(w, d);
}
