/* parse_files: a job that asks for the files in an archive, or attached to a PDF. */
#include <string.h>

#include "base/filekind.h"
#include "extractd/frame.h"
#include "extractd/parser/archive.h"
#include "extractd/parser/attached.h"
#include "extractd/parser/document.h"
#include "extractd/parser/emit.h"
#include "extractd/parser/parse_parts.h"
#include "extractd/parser/progress.h"
#include "extractd/receiver.h"

enum { PIECE = 32 * 1024 };

/* Number of the entry that is open, or comes next. */
static bool send_begin(void *user, const struct entry_head *head)
{
    emit_entry(*(const uint32_t *)user, head->zip, head->path, head->len);
    return true;
}

static bool send_bytes(void *user, const void *bytes, size_t n)
{
    const char *p = bytes;
    for (size_t k; n > 0; p += k, n -= k) {
        k = n < PIECE ? n : PIECE;
        emit_frame(FRAME_BYTES, *(const uint32_t *)user, p, k);
    }
    return true;
}

static bool send_end(void *user, enum entryfate fate, const char *message)
{
    uint32_t *number = user;
    emit_fate((*number)++, fate, message);
    return true;
}

/* What it comes to where the PDF does not even open. */
static void look_into_pdf(struct engine *e, const struct parse_job *p,
                          const struct entry_limits *limits, const struct entry_sink *sink,
                          struct entry_report *report)
{
    struct document_facts facts;
    const struct document_source source = {.data = p->data,
                                           .size = p->size,
                                           .max_pages = p->job->max_pages,
                                           .passwords = p->passwords,
                                           .password_bytes = p->password_bytes};
    struct document *d = document_open(e, &source, &facts);
    if (!d) {
        *report = (struct entry_report){.outcome = facts.outcome};
        memcpy(report->message, facts.message, sizeof report->message);
        return;
    }
    progress_at(STAGE_FILES, 0, 0);
    attached_unpack(d, p->size, facts.pages, limits, sink, report);
    document_close(d);
}

enum outcome parse_files(struct engine *e, const struct parse_job *p)
{
    uint32_t number = 0;
    struct entry_report report;
    const struct entry_limits limits = {.entries = p->job->max_entries,
                                        .each = p->job->max_entry_bytes,
                                        .total = p->job->max_entries_bytes,
                                        .ratio = p->job->max_ratio ? p->job->max_ratio : 1,
                                        .ratio_free = RECEIVER_RATIO_FREE};
    const struct entry_sink sink = {send_begin, send_bytes, send_end, &number};
    progress_at(STAGE_FILES, 0, 0);
    emit_frame(FRAME_BEGIN, 0, NULL, 0);
    if (filekind_holds_files(filekind_of(p->data, p->size)))
        archive_unpack(p->data, p->size, &limits, &sink, &report);
    else
        look_into_pdf(e, p, &limits, &sink, &report);
    emit_end(report.outcome, report.message);
    return report.outcome;
}
