/*
 * What a hand does to many documents: retry and cancel, a batch of them from stdin (items.h).
 *
 * It says "200 batch\n", then a line for each document that it has dealt with, as soon as it has:
 * its number in the batch, a letter, and for people what was wrong. It stops, between two
 * documents, when a good part of its time is over or nobody listens any more: what it has said
 * nothing of is as it was. So spoold may be killed at any moment, and no document is left half way.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "spool/cancel.h"
#include "spool/control.h"
#include "spool/look.h"
#include "spool/redo.h"
#include "spoold/ctl/docs.h"
#include "spoold/hand/batch.h"
#include "spoold/hand/hand.h"
#include "spoold/hand/items.h"

enum {
    ENOUGH_MS = 3000, /* of the HANDS_MS that it has */
    INPUT_MAX = 2 * ITEMS_BYTES,
    CHUNK = 64 * 1024,
    CANCELS_MOST = CONTROL_CANCELS * 3 / 4 /* more at a time would hide others from the hosts */
};

struct work {
    struct hand *h;
    struct buf input;
    struct item items[ITEMS_BATCH];
    unsigned n;
    bool told[ITEMS_BATCH];
    int64_t until;
    bool alone; /* nobody listens */
};

static bool enough(const struct work *w)
{
    return w->alone || clock_boot_ms() >= w->until;
}

static void line(struct work *w, const char *text, size_t n)
{
    for (size_t at = 0; at < n && !w->alone;) {
        ssize_t did = write(STDOUT_FILENO, text + at, n - at);
        if (did < 0 && errno != EINTR)
            w->alone = true;
        at += did > 0 ? (size_t)did : 0;
    }
}

static void tell(struct work *w, unsigned i, char what, const char *why)
{
    char text[BATCH_LINE];
    int n = snprintf(text, sizeof text, "%u %c%s%s\n", i, what, *why ? " " : "", why);
    w->told[i] = true;
    line(w, text, (size_t)n);
}

static bool read_items(struct work *w)
{
    ssize_t n = -1;
    while (w->input.len <= INPUT_MAX && buf_room(&w->input, CHUNK) &&
           ((n = read(STDIN_FILENO, w->input.data + w->input.len, CHUNK)) > 0 ||
            (n < 0 && errno == EINTR)))
        w->input.len += n > 0 ? (size_t)n : 0;
    const char *at = w->input.data, *end = at + w->input.len;
    while (n == 0 && w->n < ITEMS_BATCH && items_next(&at, end, &w->items[w->n]))
        w->n++;
    return n == 0 && at == end;
}

/* False: there is nothing to be done, and that is said. */
static bool begin(struct work *w, struct hand *h)
{
    *w = (struct work){.h = h, .until = clock_boot_ms() + ENOUGH_MS};
    signal(SIGPIPE, SIG_IGN);
    if (!read_items(w)) {
        hand_fail(h, 500, "internal", "The batch is none.");
        return false;
    }
    h->said = true;
    line(w, BATCH_HEAD "\n", strlen(BATCH_HEAD "\n"));
    return true;
}

/* ---- retry ---- */

static void retry_one(struct work *w, struct redo *r, unsigned i)
{
    const struct item *item = &w->items[i];
    struct buf folder = {0};
    const char *name = item->state == DOC_FAILED ? items_place(item, &folder) : NULL;
    struct redo_wish wish = {.folder = folder.data,
                             .name = name,
                             .path = item->path,
                             .document = *item->id && *item->id != '!' ? item->id : NULL};
    enum redone done = name ? redo_document(r, &wish) : REDO_GONE;
    tell(w, i,
         done == REDO_DONE   ? BATCH_DONE
         : done == REDO_GONE ? BATCH_SKIPPED
                             : BATCH_FAILED,
         done == REDO_FAILED ? strerror(errno) : "");
    buf_free(&folder);
}

void hand_retry(struct hand *h)
{
    static struct work w;
    struct redo r;
    if (begin(&w, h)) {
        redo_begin(&r, h->spool);
        for (unsigned i = 0; i < w.n && !enough(&w); i++)
            retry_one(&w, &r, i);
    }
    buf_free(&w.input);
}

/* ---- cancel ---- */

/* How many more commands may lie there. */
static unsigned room_for_more(struct work *w)
{
    static struct control c;
    static const char full[] =
        "- W Hosts have yet to hear of the documents that were cancelled before.\n";
    if (control_read(w->h->spool, &c) != 0)
        c.cancels = 0; /* giving a command will say what is wrong */
    unsigned room = c.cancels < CANCELS_MOST ? CANCELS_MOST - c.cancels : 0;
    if (room == 0)
        line(w, full, sizeof full - 1);
    return room;
}

static bool told_given(struct work *w, unsigned i, int given)
{
    tell(w, i,
         given == 1   ? BATCH_DONE
         : given == 0 ? BATCH_SKIPPED
                      : BATCH_FAILED,
         given < 0 ? strerror(errno) : "");
    return given == 1;
}

static bool cancel_in_pending(struct work *w, unsigned i)
{
    struct buf folder = {0};
    const char *name = items_place(&w->items[i], &folder);
    int dir = name ? look_folder_path(w->h->spool->root, folder.data) : -1;
    int given = dir >= 0 ? cancel_pending(w->h->spool, dir, name, w->items[i].path)
                : !name || errno == ENOENT ? 0
                                           : -1;
    bool did = told_given(w, i, given);
    if (dir >= 0)
        fs->close(dir);
    buf_free(&folder);
    return did;
}

/* Where those with an id are now: the tree's word, not the page's. */
struct seen {
    struct work *w;
    bool may[ITEMS_BATCH];
};

static bool see(void *arg, const struct doc *d)
{
    struct seen *s = arg;
    for (unsigned i = 0; d->token && i < s->w->n; i++)
        if (strcmp(s->w->items[i].id, d->token->document) == 0)
            s->may[i] = d->state != DOC_SEALED;
    return !enough(s->w);
}

static bool in_hands(const struct item *item)
{
    return item->state == DOC_WAITING || item->state == DOC_CLAIMED;
}

/* Something that could not be read may have hidden a document: then it is not told that it was not
 * found. */
static bool look_around(struct work *w, struct seen *s)
{
    unsigned states = 0;
    *s = (struct seen){.w = w};
    for (unsigned i = 0; i < w->n; i++)
        if (in_hands(&w->items[i]))
            states = 1u << DOC_WAITING | 1u << DOC_CLAIMED | 1u << DOC_SEALED;
    return docs_walk(w->h->spool, states, see, s, NULL) == 0 && !enough(w);
}

static void cancel_all(struct work *w)
{
    static struct seen s;
    unsigned room = room_for_more(w);
    if (room == 0)
        return;
    bool complete = look_around(w, &s);
    for (unsigned i = 0; i < w->n && room > 0 && !enough(w); i++) {
        if (w->items[i].state == DOC_PENDING)
            room -= cancel_in_pending(w, i);
        else if (s.may[i])
            room -= told_given(w, i, cancel_document(w->h->spool, w->items[i].id) == 0 ? 1 : -1);
        else if (complete || !in_hands(&w->items[i]))
            told_given(w, i, 0);
    }
}

void hand_cancel(struct hand *h)
{
    static struct work w;
    if (begin(&w, h))
        cancel_all(&w);
    buf_free(&w.input);
}
