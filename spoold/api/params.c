#include "spoold/api/params.h"

#include <inttypes.h>
#include <string.h>

#include "base/num.h"

enum { LIST_MOST = 64, WORD_CAP = 128 };

static bool among(const struct request_text *t, const char *const *names)
{
    for (size_t i = 0; names[i]; i++)
        if (strlen(names[i]) == t->len && memcmp(names[i], t->s, t->len) == 0)
            return true;
    return false;
}

bool params_known(const struct request *rq, struct answer *a, const char *const *names)
{
    for (size_t i = 0; i < rq->queries; i++) {
        if (among(&rq->query_name[i], names))
            continue;
        answer_problem(a, 400, "bad-request", "The parameter %.60s is not known here.",
                       rq->query_name[i].s);
        return false;
    }
    return true;
}

bool params_uint(const struct request *rq, struct answer *a, const char *name,
                 const uint64_t bounds[2], uint64_t *out)
{
    const char *text = request_query(rq, name);
    uint64_t n;
    if (!text)
        return true;
    if (!num_u64(text, &n) || n < bounds[0] || n > bounds[1]) {
        answer_problem(a, 400, "bad-request",
                       "%s must be a number from %" PRIu64 " to %" PRIu64 ".", name, bounds[0],
                       bounds[1]);
        return false;
    }
    *out = n;
    return true;
}

bool params_list(const struct request *rq, struct answer *a, const char *name, params_visit *visit,
                 void *arg)
{
    const char *at = request_query(rq, name);
    char word[WORD_CAP];
    for (int i = 0; at; i++) {
        size_t n = strcspn(at, ",");
        if (n == 0 || n >= sizeof word || i == LIST_MOST) {
            answer_problem(a, 400, "bad-request", "%s must be words parted by commas, %d at most.",
                           name, LIST_MOST);
            return false;
        }
        memcpy(word, at, n);
        word[n] = 0;
        if (!visit(arg, word)) {
            answer_problem(a, 400, "bad-request", "%s cannot be %s.", name, word);
            return false;
        }
        at = at[n] ? at + n + 1 : NULL;
    }
    return true;
}

int params_choice(const struct request *rq, struct answer *a, const char *name,
                  const char *const *choices, int fallback)
{
    const char *text = request_query(rq, name);
    if (!text)
        return fallback;
    for (int i = 0; choices[i]; i++)
        if (strcmp(choices[i], text) == 0)
            return i;
    answer_problem(a, 400, "bad-request", "%s cannot be %.60s.", name, text);
    return -1;
}
