#include "spoold/api/find.h"

bool find_document(const struct view *v, const char *key, struct doc_row *row)
{
    return catalog_find_key(&v->s->documents, key, row);
}
