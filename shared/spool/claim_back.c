/* What was claimed in error goes back: a folder, or a file that is not the one that was meant. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fsop.h"
#include "base/log.h"
#include "spool/claim.h"
#include "spool/pathfile.h"
#include "spool/retry.h"

/* The folder of pending/ that the path lies in, opened; base: its last component. */
static int folder_above(const struct spool *s, const char *path, const char **base)
{
    char above[PATH_CAP];
    const char *slash = strrchr(path, '/');
    *base = slash ? slash + 1 : path;
    snprintf(above, sizeof above, "%.*s", slash ? (int)(slash - path) : 0, path);
    return look_folder_path(s->pending, above);
}

enum moved claim_folder_back(const struct spool *s, int dir, const char *name,
                             const struct token *t)
{
    char path[PATH_CAP], aside[ID_CAP + 16];
    const char *base;
    enum moved m = MOVE_FAILED;
    log_error("a folder was moved into %s/ under the name of a document that had been there a "
              "moment before: %s; it goes back to %s/",
              DIR_CLAIMED, name, DIR_PENDING);
    int above = pathfile_path(s, t, path) == 0 ? folder_above(s, path, &base) : -1;
    if (above >= 0) {
        m = look_move(dir, name, above, base);
        fs->close(above);
    }
    if (m != MOVE_FAILED)
        return m;
    /* Its name is taken again, or the folder above is gone. */
    snprintf(aside, sizeof aside, "folder-%s", t->document);
    return look_move(dir, name, s->pending, aside);
}

/* This machine may know the name as another file's, and takes that along from rename to rename:
 * what was a mismatch once would be one for ever, where nobody else changes these folders. A folder
 * whose times are set is one that has changed: its names are asked for anew (nfs_update_inode; by
 * source, and in the simulation, where it was found; not measured). */
static void forget_names(const struct lease *l)
{
    (void)fs->touchat(l->dir, LEASE_WORK);
}

enum moved claim_put_back_unknown(const struct spool *s, const struct lease *l, int work,
                                  const char *name)
{
    struct token old, t;
    struct statx st;
    char path[PATH_CAP];
    forget_names(l);
    if (token_parse(name, &old) == 0 && look_in(work, name, &st) == 1 && S_ISDIR(st.stx_mode))
        return claim_folder_back(s, work, name, &old);
    bool known = token_parse(name, &old) == 0;
    t = known ? old : (struct token){.attempt = 1};
    int bad = known ? pathfile_path(s, &old, path) : -1;
    if (known && bad != 0 && errno != ENODATA)
        return MOVE_FAILED; /* its path cannot be read just now: it stays until that works */
    if (bad != 0)
        snprintf(path, sizeof path, "%s",
                 known ? old.encoded + (old.encoded[0] == '%' ? 2 : 0) : name);
    lease_new_id(l, t.document);
    lease_new_id(l, t.claim);
    token_set_path(&t, path);
    if (t.path_apart && pathfile_write(s, t.document, path) != 0)
        return MOVE_FAILED;
    t.unspent++;
    enum moved m = retry_move(s, work, name, &t,
                              retry_due_unspent(&s->settings, lease_server_now(l)), NEED_TEXT);
    if (m == MOVED && known)
        pathfile_remove(s, &old);
    return m;
}
