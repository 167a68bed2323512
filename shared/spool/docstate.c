#include "spool/docstate.h"

#include <string.h>

static const char *const names[] = {"pending", "waiting", "claimed", "sealed", "done", "failed"};
_Static_assert(sizeof names / sizeof *names == DOC_STATES, "a name for each state");

const char *docstate_name(enum doc_state state)
{
    return names[state];
}

int docstate_of(const char *name)
{
    for (int i = 0; i < DOC_STATES; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return -1;
}
