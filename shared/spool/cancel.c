#include "spool/cancel.h"

#include <stdio.h>

#include "spool/control.h"
#include "spool/look.h"

int cancel_document(const struct spool *s, const char *document)
{
    char name[sizeof CTL_CANCEL + ID_CAP];
    snprintf(name, sizeof name, CTL_CANCEL "%s", document);
    return control_give(s, name);
}

int cancel_pending(const struct spool *s, int folder, const char *name, const char *path)
{
    char id[ID_CAP];
    struct statx st;
    int there = look_in(folder, name, &st);
    if (there != 1)
        return there;
    control_pending_id(path, st.stx_ino, id);
    return cancel_document(s, id) == 0 ? 1 : -1;
}
