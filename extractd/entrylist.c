#include "extractd/entrylist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES_FIRST = 64 };

static int no_memory(void)
{
    errno = ENOMEM;
    return -1;
}

static bool grow(struct entrylist *l)
{
    size_t cap = l->cap ? 2 * l->cap : ENTRIES_FIRST;
    struct listed_entry *e = realloc(l->entries, cap * sizeof *e);
    if (!e)
        return false;
    l->entries = e;
    l->cap = cap;
    return true;
}

int entrylist_begin(struct entrylist *l, const char *name, size_t n)
{
    if (l->n == l->cap && !grow(l))
        return no_memory();
    n = n < ENTRYLIST_NAME_MOST ? n : ENTRYLIST_NAME_MOST;
    l->entries[l->n++] =
        (struct listed_entry){.name = l->text.len, .name_len = n, .fate = ENTRY_DAMAGED};
    buf_add(&l->text, name, n);
    buf_char(&l->text, '\0'); /* so that offset 0 is never a path or a message */
    return buf_ok(&l->text) ? 0 : no_memory();
}

static size_t keep(struct entrylist *l, const char *s)
{
    size_t at = l->text.len;
    buf_add(&l->text, s, strlen(s) + 1);
    return at;
}

int entrylist_end(struct entrylist *l, const struct entry_end *end)
{
    struct listed_entry *e = &l->entries[l->n - 1];
    e->ended = true;
    e->fate = end->fate;
    if (end->message[0])
        e->why = keep(l, end->message);
    if (end->fate == ENTRY_TAKEN) {
        e->path = keep(l, end->path);
        e->size = end->size;
        memcpy(e->sha256, end->sha256, sizeof e->sha256);
        l->taken++;
    }
    return buf_ok(&l->text) ? 0 : no_memory();
}

static void write_entry(const struct entrylist *l, const struct listed_entry *e, struct jsonw *w,
                        bool exposed)
{
    jsonw_object(w, NULL);
    jsonw_name(w, "entry", l->text.data + e->name, e->name_len);
    jsonw_str(w, "fate", entryfate_name(e->fate));
    if (e->why || !e->ended)
        jsonw_str(w, "why", e->ended ? l->text.data + e->why : "given up in the middle of it");
    if (e->fate == ENTRY_TAKEN) {
        if (exposed)
            jsonw_name(w, "path", l->text.data + e->path, strlen(l->text.data + e->path));
        jsonw_uint(w, "size", e->size);
        jsonw_str(w, "sha256", e->sha256);
    }
    jsonw_end_object(w);
}

void entrylist_write(const struct entrylist *l, struct jsonw *w, bool exposed)
{
    jsonw_array(w, "entries");
    for (size_t i = 0; i < l->n; i++)
        write_entry(l, &l->entries[i], w, exposed);
    jsonw_end_array(w);
}

void entrylist_free(struct entrylist *l)
{
    free(l->entries);
    buf_free(&l->text);
    *l = (struct entrylist){0};
}
