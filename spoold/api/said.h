/* said: a line of a journal as the API shows it (JournalEntry of docs/openapi.yaml). */
#ifndef PDFSPOOLD_SAID_H
#define PDFSPOOLD_SAID_H

#include "spoold/api/view.h"

void said_show(struct jsonw *w, const struct view *v, const struct said *s);

#endif
