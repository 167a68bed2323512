#include "spoold/hand/items.h"

#include <string.h>

#include "spool/layout.h"
#include "spool/token.h"

static const char states[DOC_STATES] = {'p', 'w', 'c', 's', 'd', 'f'};

enum { HEAD = 2, PLACE_CAP = PATH_CAP + NAME_CAP };

void items_add(struct buf *b, const struct item *item)
{
    buf_char(b, states[item->state]);
    buf_char(b, item->class < OUTCOME_COUNT ? (char)('a' + item->class) : '-');
    buf_add(b, item->id, strlen(item->id) + 1);
    buf_add(b, item->path, strlen(item->path) + 1);
    buf_add(b, item->as, strlen(item->as) + 1);
}

/* A string of at most cap bytes, its NUL among them; NULL: there is none. */
static const char *next_string(const char **at, const char *end, size_t cap)
{
    const char *from = *at, *nul = from < end ? memchr(from, 0, (size_t)(end - from)) : NULL;
    if (!nul || (size_t)(nul - from) >= cap)
        return NULL;
    *at = nul + 1;
    return from;
}

bool items_next(const char **at, const char *end, struct item *item)
{
    const char *p = *at;
    if (end - p < HEAD)
        return false;
    const char *state = memchr(states, p[0], sizeof states);
    int class = p[1] == '-' ? OUTCOME_COUNT : p[1] - 'a';
    if (!state || class < 0 || class > OUTCOME_COUNT)
        return false;
    p += HEAD;
    const char *id = next_string(&p, end, ID_CAP);
    const char *path = id ? next_string(&p, end, PATH_CAP) : NULL;
    const char *as = path ? next_string(&p, end, PLACE_CAP) : NULL;
    if (!as)
        return false;
    *item = (struct item){(enum doc_state)(state - states), (enum outcome) class, id, path, as};
    *at = p;
    return true;
}

const char *items_place(const struct item *item, struct buf *out)
{
    bool failed = item->state == DOC_FAILED && item->class < OUTCOME_COUNT;
    size_t from = out->len;
    if (*item->as)
        buf_str(out, item->as);
    else if (failed)
        buf_fmt(out, DIR_FAILED "/%s/%s", outcome_facts(item->class)->name, item->path);
    else if (item->state == DOC_PENDING)
        buf_fmt(out, DIR_PENDING "/%s", item->path);
    if (!buf_ok(out) || out->len == from || out->len - from >= PLACE_CAP ||
        !token_path_ok(out->data + from))
        return NULL;
    char *slash = strrchr(out->data + from, '/');
    if (!slash)
        return NULL;
    *slash = 0;
    return slash + 1;
}
