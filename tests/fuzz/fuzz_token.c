/*
 * Names in work/ and .retry/, which any hand may have made.
 *
 * Laws: what is read as a token, sealed or waiting, is written as the same bytes again (so that two
 * names are never one token), and its path stays below its folder. A path that may be a document's
 * gives names that fit, and comes back out of them.
 */
#include <string.h>

#include "fuzz.h"
#include "spool/inuse.h"
#include "spool/token.h"

static void path_law(const struct token *t)
{
    char path[PATH_CAP];
    if (t->path_apart)
        return;
    FUZZ_LAW(token_path(t, path) == 0);
    FUZZ_LAW(*path && *path != '/' && token_path_ok(path) && !strstr(path, "/../"));
}

static void read_law(const char *name)
{
    char again[NAME_CAP], id[ID_CAP], claim[ID_CAP];
    struct token t = {0};
    struct sealed s = {0};
    struct waiting w = {0};
    if (token_parse(name, &t) == 0) {
        token_name(&t, again);
        FUZZ_LAW(strcmp(again, name) == 0);
        path_law(&t);
        FUZZ_LAW(token_id_ok(t.document, strlen(t.document)));
    }
    if (token_parse_sealed(name, &s) == 0) {
        token_sealed_name(&s, again);
        FUZZ_LAW(strcmp(again, name) == 0);
        FUZZ_LAW(token_parse(name, &t) != 0); /* never both */
        path_law(&s.token);
    }
    if (token_parse_waiting(name, &w) == 0) {
        token_waiting_name(&w, again);
        FUZZ_LAW(strcmp(again, name) == 0);
        path_law(&w.token);
    }
    if (inuse_parse_result(name, id, claim))
        FUZZ_LAW(token_id_ok(id, strlen(id)) && token_id_ok(claim, strlen(claim)));
}

static bool same(const struct token *a, const struct token *b)
{
    return a->attempt == b->attempt && a->unspent == b->unspent && a->path_apart == b->path_apart &&
           strcmp(a->history, b->history) == 0 && strcmp(a->document, b->document) == 0 &&
           strcmp(a->claim, b->claim) == 0 && strcmp(a->encoded, b->encoded) == 0;
}

/* The bytes as a document's path, with the longest of all else that a real token has. */
static void write_law(const char *path)
{
    char name[NAME_CAP], back[PATH_CAP];
    struct sealed s = {.to = {.outcome = OUTCOME_UNREADABLE, .n = 999999999, .flat = true}},
                  s2 = {0};
    struct waiting w = {.due_s = 99999999999, .need = "text"}, w2 = {0};
    struct token t = {.attempt = 100, .history = "tscmpdtscmpd", .unspent = 10001}, t2 = {0};
    snprintf(t.document, ID_CAP, "0123456789ab-ffffffffffffffff");
    snprintf(t.claim, ID_CAP, "zyxwvutsrqpo-ffffffffffffffff");
    token_set_path(&t, path);
    FUZZ_LAW(!strchr(t.encoded, '/') && !strchr(t.encoded, '!') && t.encoded[0] != '.');
    token_name(&t, name);
    FUZZ_LAW(token_parse(name, &t2) == 0 && same(&t, &t2));
    FUZZ_LAW(t.path_apart || (token_path(&t, back) == 0 && strcmp(back, path) == 0));
    s.token = w.token = t;
    token_sealed_name(&s, name);
    FUZZ_LAW(token_parse_sealed(name, &s2) == 0 && same(&t, &s2.token) && s2.to.n == s.to.n);
    token_waiting_name(&w, name);
    FUZZ_LAW(token_parse_waiting(name, &w2) == 0 && same(&t, &w2.token) && w2.due_s == w.due_s);
    token_spend(&t, 't');
    FUZZ_LAW(strlen(t.history) < HISTORY_CAP);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *s = fuzz_string(data, n, NULL);
    if (!strchr(s, '/')) /* no listing gives such a name: see fuzz_dirlist.c */
        read_law(s);
    if (strlen(s) < PATH_CAP && token_path_ok(s))
        write_law(s);
    free(s);
    return 0;
}
