#include "spoold/api/find.h"

#include <string.h>

#include "spoold/api/rows.h"

/* The catalog is in the order of paths: whoever asks by key has all of it looked at. Keys that are
 * hashes cost a hash for each document without an id; those are pending, or were found in the tree
 * without a line in any journal. */
bool find_document(const struct view *v, const char *key, struct doc_row *row)
{
    char one[ROW_KEY];
    bool hashed = strncmp(key, "t-", 2) == 0;
    struct catalog_at at = {0, 0};
    while (catalog_next(&v->s->documents, &at, row)) {
        bool plain = row->id[0] && row->id[0] != '!';
        if (plain == hashed)
            continue;
        if (plain && strcmp(row->id, key) == 0)
            return true;
        if (plain)
            continue;
        rows_key(row, one);
        if (strcmp(one, key) == 0)
            return true;
    }
    return false;
}
