/*
 * slot_files: the PDFs that are in an archive, or attached to a PDF: documents of their own, which
 * become visible with the archive's seal, all of them or none.
 *
 *   an archive        its outcome is what could be taken out of it; one with no PDF in it is not_pdf
 *   attached to a PDF the pages alone decide what becomes of it; attachments that cannot be taken
 *                     are a note in x.json ("attachments_lost"), once no further attempt is due
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/filekind.h"
#include "base/log.h"
#include "extractd/passwords.h"
#include "extractd/slot_parts.h"

bool slot_is_archive(const struct slot *s, const struct loaded *doc)
{
    char start[FILEKIND_BYTES];
    if (!s->own.open_archives)
        return false;
    ssize_t n = pread(doc->fd, start, sizeof start, 0);
    return n > 0 && filekind_holds_files(filekind_of(start, (size_t)n));
}

static bool is_fine(const struct decision *d)
{
    return d->end == END_FINISH && !outcome_facts(d->outcome)->failure;
}

/* One run of one parser: a crash or a standstill costs the document an attempt, as in a PDF of
 * which nothing is known. */
static struct decision take_files(struct slot *s, const struct hand *h, const struct reading *x,
                                  struct parse_result *r)
{
    const struct spool *spool = &s->x->spool;
    s->unpacker = unpacker_new(&(struct unpacker_order){.spool = spool,
                                                        .token = &h->claimed.token,
                                                        .path = s->path,
                                                        .size = x->extraction.size,
                                                        .settings = &s->own,
                                                        .progress = &s->board->progress});
    if (!s->unpacker)
        return decide_environment("no memory to take the files out of it", ENOMEM);
    extract_files(&x->extraction, unpacker_receiver(s->unpacker), r);
    struct decision d =
        decide_parsed(&s->own, &h->claimed.token, r, atomic_load(&s->board->verdict));
    slot_stage(s, SLOT_RESULTS); /* no parser is at work any more */
    if (is_fine(&d) && unpacker_finish(s->unpacker) != 0)
        d = decide_environment("the files in it could not be written", errno);
    if (!is_fine(&d))
        unpacker_throw(s->unpacker);
    return d;
}

struct decision slot_archive(struct slot *s, const struct hand *h, const struct reading *x)
{
    char message[80];
    int core;
    struct decision d;
    if (!slot_take_core(s, h, CORE_TEXT, &core, &d))
        return d;
    d = take_files(s, h, x, &s->parsed);
    board_core_give(s->x->board, CORE_TEXT, core);
    if (!s->unpacker)
        return d;
    s->report.entries = unpacker_list(s->unpacker);
    if (d.end == END_FINISH && d.outcome == OUTCOME_OK) {
        snprintf(message, sizeof message, "it is an archive; PDFs taken out of it: %u",
                 s->report.entries->taken);
        d = decide(END_FINISH, OUTCOME_OK, message);
    } else if (d.end == END_FINISH && d.outcome == OUTCOME_EMPTY) {
        /* In done/ nobody would notice: office documents are zips, too. */
        d = decide(END_FINISH, OUTCOME_NOT_PDF,
                   "it is an archive, or a document that is made like one, with no PDF in it");
    }
    return d;
}

/* ---- attachments ---- */

/* "x.attached/" or "x.attached~2/" is in the path: it was attached itself. A PDF can be made that
 * carries itself. */
static bool was_attached(const char *path)
{
    for (const char *p = path; (p = strstr(p, ATTACHED_ENDING)); p++) {
        char next = p[sizeof ATTACHED_ENDING - 1];
        if ((next == '/' || next == '~') && strchr(p, '/'))
            return true;
    }
    return false;
}

bool slot_looks_for_attached(const struct slot *s)
{
    return s->own.attachments == ATTACHMENTS_YES && !was_attached(s->path);
}

static bool are_wanted(const struct slot *s)
{
    switch (s->own.attachments) {
    case ATTACHMENTS_YES:
        return slot_looks_for_attached(s);
    case ATTACHMENTS_PORTFOLIO:
        return s->parsed.flags & PAGES_PORTFOLIO && !was_attached(s->path);
    default:
        return false;
    }
}

/* One that opened with a password of this host needs it again. 0, or the errno of their file. */
static int have_password(const struct slot *s, struct reading *x)
{
    if (!(s->parsed.flags & PAGES_PASSWORD) || x->limits.passwords)
        return 0;
    if (passwords_load(s->own.passwords, &x->passwords) != 0)
        return errno;
    x->limits.passwords = &x->passwords;
    return 0;
}

/* What became of them: *d is changed only where the document is not to be published now. */
static void judge(struct slot *s, const struct decision *got, struct decision *d)
{
    if (got->end != END_FINISH || got->outcome == OUTCOME_CANCELLED) {
        *d = *got;
        return;
    }
    if (got->outcome != OUTCOME_OK && got->outcome != OUTCOME_EMPTY) {
        snprintf(s->attachments_lost, sizeof s->attachments_lost, "%s: %.500s",
                 outcome_facts(got->outcome)->name, got->message);
        s->report.attachments_lost = s->attachments_lost;
        log_warn("PDFs that are attached to it could not be taken, or not all: %s",
                 s->attachments_lost);
    }
    if (unpacker_list(s->unpacker)->n > 0)
        s->report.entries = unpacker_list(s->unpacker);
}

void slot_attachments(struct slot *s, const struct hand *h, struct reading *x, struct decision *d)
{
    struct parse_result r = {0};
    int core;
    if (!is_fine(d) || !are_wanted(s))
        return;
    int unread = have_password(s, x);
    if (unread) {
        *d = decide_environment("the file of passwords cannot be read", unread);
        d->host_is_fine = true;
    } else if (slot_take_core(s, h, CORE_TEXT, &core, d)) {
        struct decision got = take_files(s, h, x, &r);
        board_core_give(s->x->board, CORE_TEXT, core);
        judge(s, &got, d);
    }
    parse_result_free(&r);
}

/* ---- the end ---- */

void slot_files_throw(struct slot *s)
{
    if (s->unpacker)
        unpacker_throw(s->unpacker);
    s->report.folder = "";
}

void slot_files_free(struct slot *s)
{
    unpacker_free(s->unpacker);
    s->unpacker = NULL;
    s->report.entries = NULL;
    s->report.folder = "";
}
