/*
 * token: the name of a claimed PDF, which carries all that recovery needs.
 *
 *   token    <attempt>.<document id>.<claim>~<encoded path>
 *   waiting  <due>.<need>.<token>          in pending/.retry/
 *   sealed   <destination>!<token>         in work/
 *
 *   <attempt>      number of this try, then a letter for each earlier try that was spent (the
 *                  outcomes' letters; 'd': the lease died), then u<k> when k returns cost
 *                  nothing:  1   3cs   2du4
 *   <document id>  unique for ever, stays with the document
 *   <claim>        new at each claim, never used twice
 *   encoded path   '/', '%', '!' and a leading dot as %XX. A path that would make the name too
 *                  long is kept in control/paths/<document id>; the token then bears "%=" and
 *                  the path's last readable bytes
 *   <due>          seconds on the file server's clock
 *   <need>         what the next try needs: "text"; "ocr" (retry.h)
 *   <destination>  done.<n> or failed-<class>.<n>: the n of x~n; an 'f' behind it means the flat
 *                  fall-back (place.h); behind done.<n>, a 'u' means that documents were unpacked
 *                  from it, and a number behind that is of the folder they get (expose.h)
 */
#ifndef PDFSPOOL_TOKEN_H
#define PDFSPOOL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "spool/layout.h"

/* TOKEN_NAME_MAX: a token with the longest destination or due time before it is still a name. */
/* What the document ids of redo.h begin with (no lease's id has a '-'): a person has asked
 * for new work, and that is done, whatever is known of the document's content. */
#define TOKEN_ASKED_FOR "r-"

enum { HISTORY_CAP = 13, TOKEN_PATH_MAX = 130, TOKEN_NAME_MAX = NAME_CAP - 41 };

#define LETTER_LEASE_DIED 'd'

struct token {
    unsigned attempt;
    char history[HISTORY_CAP];
    unsigned unspent;
    char document[ID_CAP];
    char claim[ID_CAP];
    bool path_apart;        /* the path is in control/paths/<document> */
    char encoded[NAME_CAP]; /* encoded path, or "%=" and a readable rest */
};

struct destination {
    enum outcome outcome; /* OUTCOME_OK stands for done/, else the class of failure */
    unsigned n;
    bool flat;
    bool unpacked;   /* it has a hidden folder of documents (unpack.h) */
    unsigned folder; /* number of its place in pending/; 0: its own name, at the top (expose.h) */
};

struct sealed {
    struct destination to;
    struct token token;
};

struct waiting {
    int64_t due_s;
    char need[NEED_CAP];
    struct token token;
};

/* Put a path into a token (encoded or apart). */
void token_set_path(struct token *t, const char *path);
/* The path of a token that has it in its name: decoded into path. -1: it is apart, or not
 * decodable. */
int token_path(const struct token *t, char path[PATH_CAP]);
/* Remember a spent try (letter) and count the next attempt up. A long history keeps its latest
 * letters. */
void token_spend(struct token *t, char letter);

/* Names from structs: never longer than NAME_MAX for what token_set_path made. */
void token_name(const struct token *t, char name[NAME_CAP]);
void token_waiting_name(const struct waiting *w, char name[NAME_CAP]);
void token_sealed_name(const struct sealed *s, char name[NAME_CAP]);
/* Structs from names, which are hostile: -1 when the name is none of that kind. Written again, what
 * was read is the same name. */
int token_parse(const char *name, struct token *t);
int token_parse_waiting(const char *name, struct waiting *w);
int token_parse_sealed(const char *name, struct sealed *s);
/* True for an id as we make them: [0-9a-z-], 3 to ID_CAP - 1 characters. */
bool token_id_ok(const char *id, size_t n);
/* The rules that hold for every document's path: relative, no empty, "." or ".." component, each
 * of at most NAME_MAX bytes. */
bool token_path_ok(const char *path);
/* Encode a whole path (up to 3 x its length + 1 bytes) into out[cap]; false when it does not fit.
 */
bool token_encode(const char *path, char *out, size_t cap);

#endif
