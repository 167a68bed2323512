#include "spool/publish.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/log.h"
#include "spool/expose.h"
#include "spool/pathfile.h"
#include "spool/pointer.h"
#include "spool/retry.h"
#include "spool/unpack.h"

/* SMALL_FOLDER: bytes of a folder whose listing is one READDIR. */
enum { PROBE_FIRST = 4, PROBE_ALL = 64, SMALL_FOLDER = 32 * 1024 };

static bool is_triple(const struct place *p, const char *name)
{
    return strcmp(name, p->names.pdf) == 0 || strcmp(name, p->names.json) == 0 ||
           strcmp(name, p->names.text) == 0;
}

/* By the folder's own listing: one round trip for all three names. */
static int listed_taken(const struct place *p, int fresh)
{
    struct dirlist_entry e;
    int more = -1;
    struct dirlist *d = dirlist_over(fresh, 0);
    while (d && (more = dirlist_next(d, &e)) == 1)
        if (is_triple(p, e.name))
            break;
    dirlist_close(d);
    return more;
}

/* By name: what a listing of a large folder would cost does not depend on the number of names in
 * it. */
static int looked_taken(const struct place *p, int fresh)
{
    const char *const names[] = {p->names.pdf, p->names.json, p->names.text};
    int taken = 0;
    for (size_t i = 0; i < 3 && taken == 0; i++)
        taken = look_in(fresh, names[i], NULL);
    return taken;
}

/* Is any name of the triple in the folder, on the server? 1, 0 or -1. `just_opened`: the folder was
 * opened anew after the reservation was taken, and has not been listed. */
static int name_taken(const struct place *p, bool just_opened)
{
    struct statx st;
    int fresh = just_opened ? p->folder : look_folder(p->folder, ".");
    if (fresh < 0)
        return -1;
    int taken = fs->statx(fresh, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, &st);
    if (taken == 0)
        taken = st.stx_size <= SMALL_FOLDER ? listed_taken(p, fresh) : looked_taken(p, fresh);
    int saved = errno;
    if (!just_opened)
        fs->close(fresh);
    errno = saved;
    return taken;
}

/* The number behind the highest x~n in the folder: where many documents share a name, probing one
 * by one is dear. */
static unsigned next_number(const struct place *p)
{
    struct result_names first, second;
    struct dirlist_entry e;
    unsigned highest = 1;
    dropname_results(p->base, p->path, 1, &first);
    dropname_results(p->base, p->path, 2, &second); /* a long stem is cut for its number */
    *strrchr(second.stem, '~') = 0;
    struct dirlist *d = dirlist_open(p->folder, ".", 0);
    while (d && dirlist_next(d, &e) == 1) {
        unsigned n = dropname_number(e.name, first.stem);
        unsigned m = n == 0 ? dropname_number(e.name, second.stem) : n;
        highest = m > highest ? m : highest;
    }
    dirlist_close(d);
    return highest + 1;
}

/* The folder opened, or the reservation given back. 1 open, 2 it went flat: everything is another
 * key now; -1. */
static int open_reserved(struct place *p, const struct spool *s, const struct token *t,
                         bool reserved)
{
    char key[RESERVE_KEY_CAP];
    bool flat = p->to.flat;
    memcpy(key, p->key, sizeof key);
    int bad = place_open(p, s, t->document, false);
    int saved = errno;
    if (reserved && (bad || flat != p->to.flat))
        reserve_drop(s, key, t->document, false);
    errno = saved;
    return bad ? -1 : flat != p->to.flat ? 2 : 1;
}

/* One number tried: 1 it is ours, 0 it is taken, 2 try the same again, -1 error. The reservation
 * comes first, so that opening the folder is the fresh look that has to follow it. */
static int try_number(struct place *p, const struct spool *s, const struct token *t)
{
    int have = reserve_take(s, p->key, t->document);
    bool opened = have == 1 && p->folder < 0;
    if (opened) {
        int open = open_reserved(p, s, t, true);
        if (open != 1)
            return open;
    }
    int taken = have == 1 ? name_taken(p, opened && !p->borrowed) : 1;
    int saved = errno;
    if (have == 1 && taken != 0)
        reserve_drop(s, p->key, t->document, false);
    errno = saved;
    return have < 0 || taken < 0 ? -1 : taken == 0;
}

int finish_reserve(struct place *p, const struct spool *s, const struct token *t,
                   enum outcome outcome)
{
    struct destination to = {.outcome = outcome_facts(outcome)->failure ? outcome : OUTCOME_OK,
                             .n = 1};
    if (place_set(p, s, t, to) != 0)
        return -1;
    int got = 0;
    for (int i = 0; i < PROBE_ALL && got != 1 && got != -1; i++) {
        if (i == PROBE_FIRST && (p->folder >= 0 || open_reserved(p, s, t, false) > 0))
            place_number(p, next_number(p));
        got = try_number(p, s, t);
        if (got == 0)
            place_number(p, p->to.n + 1);
    }
    if (got == 1)
        return 0;
    int saved = got == -1 ? errno : EEXIST;
    place_close(p);
    errno = saved;
    return -1;
}

static int write_all(int fd, const char *from, size_t n)
{
    while (n > 0) {
        ssize_t done = fs->write(fd, from, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done == 0 ? EIO : errno;
            return -1;
        }
        from += done;
        n -= (size_t)done;
    }
    return 0;
}

/* A file that is complete on the server, or an error. The first error is final: over NFS a second
 * fsync answers 0 although the data are gone, so nothing is ever tried twice on one descriptor. */
static int write_file(int folder, const char *name, const struct buf *content)
{
    int fd = fs->openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0664);
    if (fd < 0)
        return -1;
    int bad = write_all(fd, content->data, content->len);
    int error = bad ? errno : 0;
    if (!bad && (bad = fs->fsync(fd)) != 0)
        error = errno;
    if (fs->close(fd) != 0 && !bad) {
        bad = -1;
        error = errno;
    }
    errno = error;
    return bad ? -1 : 0;
}

int finish_write(const struct place *p, const struct buf *text, const struct buf *json)
{
    if ((text && write_file(p->folder, p->hidden_text, text) != 0) ||
        write_file(p->folder, p->hidden_json, json) != 0 || fs->fsync(p->folder) != 0) {
        int saved = errno;
        look_unlink(p->folder, p->hidden_text);
        look_unlink(p->folder, p->hidden_json);
        errno = saved;
        return -1;
    }
    return 0;
}

void finish_drop(const struct place *p, const struct spool *s, const struct token *t,
                 bool reservation)
{
    if (p->to.outcome == OUTCOME_OK)
        look_unlink(p->folder, p->hidden_text);
    look_unlink(p->folder, p->hidden_json);
    if (!reservation)
        return;
    reserve_drop(s, p->key, t->document, false);
    expose_drop(p, s, t);
}

enum moved finish_seal(const struct place *p, int work, const struct token *t,
                       char sealed_name[NAME_CAP])
{
    char from[NAME_CAP];
    struct sealed sealed = {p->to, *t};
    token_name(t, from);
    token_sealed_name(&sealed, sealed_name);
    return look_move(work, from, work, sealed_name);
}

/* One rename of publishing. *by_us: the call itself said that it happened. */
static enum moved publish_one(int from_dir, const char *from, int to_dir, const char *to,
                              bool *by_us)
{
    *by_us = fs->renameat(from_dir, from, to_dir, to) == 0;
    return *by_us ? MOVED : look_move(from_dir, from, to_dir, to);
}

/* The results of a sealed document have vanished although its PDF has not been published: somebody
 * emptied the folder. The work is done again. */
static int put_back(const struct spool *s, int work, const char *name, const struct token *t)
{
    struct token again = *t;
    again.unspent++;
    enum moved m = retry_move(s, work, name, &again, 0, NEED_TEXT);
    /* A text that had its visible name already stays, for audit to tell of: the document's next
     * publisher may have that name by the time at which a slow one of us would remove it. */
    if (m == MOVED)
        log_warn("its results vanished from the folder before they were published; it will be done "
                 "again");
    return m == MOVE_FAILED ? -1 : 0;
}

/* The results of a document with unpacked ones have vanished. It may be done again only if those
 * can never become visible: that is settled by who gets their folder, this rename or expose(). Were
 * they faster, then text and JSON had their visible names already, and somebody took them: so the
 * document goes where it belongs without them, and none comes twice. MOVED: it is to be put back.
 * MOVE_LOST: go on. */
static enum moved take_folder_back(const struct spool *s, const struct token *t)
{
    enum moved m = unpack_void(s, t->document, t->claim);
    if (m == MOVE_LOST)
        log_warn("its results were taken away before it was published itself; its documents are in "
                 "pending/, so it is not done again");
    return m;
}

/* Text and JSON. MOVED: they have their names. MOVE_LOST: they have vanished. */
static enum moved publish_results(const struct place *p)
{
    bool by_us;
    enum moved text = MOVED;
    if (p->to.outcome == OUTCOME_OK)
        text = publish_one(p->folder, p->hidden_text, p->folder, p->names.text, &by_us);
    return text == MOVED ? publish_one(p->folder, p->hidden_json, p->folder, p->names.json, &by_us)
                         : text;
}

/* The step between the results and the document, where others were unpacked from it: their folder
 * becomes visible, and a pointer is left for whoever finds out what becomes of them. Results that
 * had vanished leave no record to point to. MOVED: go on; MOVE_LOST: put it back. */
static enum moved publish_unpacked(const struct spool *s, const struct place *p, const char *name,
                                   const struct token *t, enum moved results)
{
    enum moved m = MOVED;
    if (results == MOVE_LOST) {
        m = take_folder_back(s, t);
        return m == MOVE_FAILED ? m : m == MOVED ? MOVE_LOST : MOVED;
    }
    m = expose(s, p, t);
    return m == MOVED && pointer_make(s, t->document, name) != 0 ? MOVE_FAILED : m;
}

static void let_go(const struct spool *s, const struct place *p, const struct token *t, bool by_us)
{
    if (!p->to.unpacked) {
        reserve_drop(s, p->key, t->document, by_us);
        pathfile_remove(s, t);
        return;
    }
    /* Whoever removes the pointer may have come first, and given the reservation back, too: so it
     * is looked at, whoever did the rename. It also removes the path file, which it needs. */
    reserve_drop(s, p->key, t->document, false);
    expose_drop(p, s, t);
}

int publish_place(const struct spool *s, struct place *p, int work, const char *name,
                  const struct token *t)
{
    bool by_us;
    enum moved m = publish_results(p);
    /* Before anything is taken back: has another publisher come to the end? */
    if (m == MOVE_LOST && look_at(work, name, NULL) == 0)
        return 0;
    if (p->to.unpacked && m != MOVE_FAILED)
        m = publish_unpacked(s, p, name, t, m);
    if (m == MOVE_LOST)
        return put_back(s, work, name, t);
    if (m == MOVE_FAILED || publish_one(work, name, p->folder, p->names.pdf, &by_us) == MOVE_FAILED)
        return -1;
    let_go(s, p, t, by_us);
    return 0;
}

/* A sealed document whose path file has gone (lost by a file system, or removed by hand): its
 * reserved place cannot be known, and at a guessed one another's results may stand. It is done
 * again, and reserves a place then. */
static int without_place(const struct spool *s, int work, const char *name, const struct token *t,
                         const char *guess)
{
    struct token again = *t;
    again.unspent++;
    token_set_path(&again, guess); /* short, so that it is known from now on */
    enum moved m = retry_move(s, work, name, &again, 0, NEED_TEXT);
    if (m == MOVED)
        log_warn("the path of a sealed document is lost; it will be done again, under the end of "
                 "its name");
    return m == MOVE_FAILED ? -1 : 0;
}

int publish_sealed(const struct spool *s, int work, const char *name)
{
    struct sealed sealed;
    struct place p;
    if (token_parse_sealed(name, &sealed) != 0) {
        errno = EINVAL;
        return -1;
    }
    if (place_set(&p, s, &sealed.token, sealed.to) != 0)
        return -1;
    if (p.guessed)
        return without_place(s, work, name, &sealed.token, p.path);
    if (place_open(&p, s, sealed.token.document, true) != 0)
        return -1;
    int bad = publish_place(s, &p, work, name, &sealed.token);
    int saved = errno;
    place_close(&p);
    errno = saved;
    return bad;
}
