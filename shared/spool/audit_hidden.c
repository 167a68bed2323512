/* audit_hidden: hidden files in done/ and failed/: whose are they, and does anything explain them
 * still? */
#include <string.h>

#include "spool/audit_parts.h"
#include "spool/passing.h"
#include "spool/token.h"

/* A private result: fine while its claim is in work/. */
static bool check_hidden(struct audit *a, const struct suspect *s, struct finding *f)
{
    char document[ID_CAP], claim[ID_CAP];
    struct statx st;
    if (!inuse_parse_result(s->name, document, claim) || inuse_has(&a->inuse, claim, INUSE_CLAIM) ||
        !audit_there(a, s->folder, s->name, &st))
        return false;
    if (audit_old(a, &st))
        return audit_found(
            f, "leftover",
            "a private result that no work explains, older than sweep_age: is any extractd "
            "running, whose janitor sweeps such? It may be removed");
    f->kind = NULL; /* young: no problem, but counted */
    return true;
}

bool audit_check_probe(struct audit *a, const struct suspect *s, struct finding *f)
{
    struct statx st;
    if (!audit_there(a, s->folder, s->name, &st))
        return false;
    if (audit_old(a, &st))
        return audit_found(f, "leftover", "the probe of a lease that is gone; it may be removed");
    f->kind = NULL; /* young: no problem, but counted */
    return true;
}

static bool check_foreign(struct audit *a, const struct suspect *s, struct finding *f)
{
    return audit_there(a, s->folder, s->name, NULL) &&
           audit_found(f, "foreign",
                       "a hidden file that pdfspool did not make: remove it if nobody needs it");
}

void audit_hidden(struct audit *a, const struct walk_at *at, const char *folder)
{
    char document[ID_CAP], claim[ID_CAP];
    if (inuse_parse_result(at->name, document, claim))
        audit_suspect(a, check_hidden, folder, at->name);
    else if (!*at->path && passing_is_probe(at->name))
        audit_suspect(a, audit_check_probe, folder, at->name);
    else if (strncmp(at->name, ".nfs", 4) != 0) /* an NFS client's removed but open file */
        audit_suspect(a, check_foreign, folder, at->name);
}
