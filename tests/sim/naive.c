#include "naive.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/dirlist.h"
#include "base/fsop.h"
#include "calls.h"
#include "document.h"
#include "host.h"
#include "spool/look.h"
#include "spool/pathfile.h"

enum { FILES = 16, PAUSE_MS = 5000 };

static unsigned list(int dir, char out[FILES][NAME_CAP])
{
    struct dirlist_entry e;
    unsigned n = 0;
    struct dirlist *d = dirlist_open(dir, ".", 0);
    while (d && n < FILES && dirlist_next(d, &e) == 1)
        if (e.name[0] != '.')
            snprintf(out[n++], NAME_CAP, "%s", e.name);
    dirlist_close(d);
    return n;
}

static int write_result(int done, const char *name, const char *suffix, const char *text, size_t n)
{
    char result[NAME_CAP + 8];
    snprintf(result, sizeof result, "%.*s%s", (int)strlen(name) - 4, name, suffix);
    int fd = fs->openat(done, result, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0664);
    if (fd < 0)
        return -1;
    ssize_t put = fs->write(fd, text, n);
    fs->close(fd);
    return put == (ssize_t)n ? 0 : -1;
}

static int extract(int claimed, int done, const char *name)
{
    char content[DOCUMENT_MOST], out[DOCUMENT_MOST];
    struct document doc;
    struct token t = {.document = "naive"};
    int fd = fs->openat(claimed, name, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    ssize_t n = fs->read(fd, content, sizeof content);
    fs->close(fd);
    if (n <= 0 || !document_read(content, (size_t)n, &doc))
        return -1;
    size_t len = document_text(&doc, out, sizeof out);
    if (write_result(done, name, ".txt", out, len) != 0)
        return -1;
    len = document_json(&doc, &t, "ok", name, out, sizeof out);
    return write_result(done, name, ".json", out, len);
}

static void work_on(const struct spool *s, const char *name)
{
    if (strlen(name) < 5 || fs->renameat(s->pending, name, s->claimed, name) != 0)
        return; /* "another worker was faster" */
    if (extract(s->claimed, s->done, name) == 0 &&
        fs->renameat(s->claimed, name, s->done, name) == 0)
        return;
    if (errno != ENOENT)
        fs->renameat(s->claimed, name, s->pending, name);
}

void naive_claimer(void *arg)
{
    struct worker *w = arg;
    char names[FILES][NAME_CAP];
    unsigned k = list(w->spool.claimed, names);
    for (unsigned i = 0; i < k; i++) /* what the one before has left */
        if (strchr(names[i], '.'))
            fs->renameat(w->spool.claimed, names[i], w->spool.pending, names[i]);
    while (!sched_dead() && !w->stopping) {
        k = list(w->spool.pending, names);
        for (unsigned i = 0; i < k && !sched_dead(); i++)
            work_on(&w->spool, names[i]);
        sched_wait(sim.now + PAUSE_MS * SIM_MS);
    }
    sched_wake(w->supervisor);
}

void naive_link_publish(const struct spool *s, struct place *p, int work, const char *sealed,
                        const struct token *t)
{
    const char *const hidden[] = {p->hidden_text, p->hidden_json};
    const char *const visible[] = {p->names.text, p->names.json};
    for (int i = 0; i < 2; i++) {
        int fd = fs->openat(p->folder, hidden[i], O_RDONLY | O_CLOEXEC, 0);
        if (fd >= 0) {
            calls_link(fd, p->folder, visible[i]);
            fs->close(fd);
        }
    }
    look_move(work, sealed, p->folder, p->names.pdf);
    for (int i = 0; i < 2; i++)
        look_unlink(p->folder, hidden[i]);
    reserve_drop(s, p->key, t->document, false);
    pathfile_remove(s, t);
}
