/* slot_read: from a document in hand to what is known of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "extractd/extract.h"
#include "extractd/load.h"
#include "extractd/passwords.h"
#include "extractd/slot_parts.h"

enum { CORE_WAIT_MS = 1000 };

static struct parse_limits limits_of(const struct settings *c)
{
    return (struct parse_limits){
        .sandbox = (uint32_t)c->sandbox,
        .documents = (uint32_t)c->parser_documents,
        .memory_limit = c->memory_limit,
        .cpu_limit_s = (uint64_t)(c->document_timeout / 1000 + 60),
        .max_page_text = c->max_page_text,
        .max_text = c->max_text,
        .max_pages = (uint32_t)c->max_pages,
        .dehyphenate = c->dehyphenate,
    };
}

/* Once more, with the passwords of this host. 0, or the errno of the file that has them. */
static int try_passwords(const struct extraction *x, struct parse_result *r)
{
    struct parse_limits limits = *x->limits;
    struct extraction again = *x;
    struct buf passwords = {0};
    int error = passwords_load(x->settings->passwords, &passwords) == 0 ? 0 : errno;
    limits.passwords = &passwords;
    again.limits = &limits;
    if (!error) {
        parse_result_clear(r);
        extract_pages(&again, r);
    }
    buf_free(&passwords);
    return error;
}

static struct decision parse(struct slot *s, const struct hand *h, const struct loaded *doc)
{
    const struct settings *c = &s->x->spool.settings;
    const struct parse_limits limits = limits_of(c);
    int core = -1;
    slot_stage(s, SLOT_WAIT);
    while ((core = board_core_take(s->x->board, s->index, CORE_WAIT_MS)) < 0) {
        atomic_fetch_add(&s->board->progress, 1); /* waiting for one's turn is no stall */
        if (atomic_load(&h->cancelled))
            return decide(END_FINISH, OUTCOME_CANCELLED, "cancelled before it was parsed");
    }
    int64_t began = clock_boot_ms();
    const struct extraction x = {.link = s->link,
                                 .document = doc->fd,
                                 .size = doc->size,
                                 .limits = &limits,
                                 .settings = c,
                                 .board = s->board};
    slot_stage(s, SLOT_PARSE);
    parse_result_clear(&s->parsed);
    extract_pages(&x, &s->parsed);
    int unread = s->parsed.outcome == OUTCOME_ENCRYPTED && c->passwords[0]
                     ? try_passwords(&x, &s->parsed)
                     : 0;
    board_core_give(s->x->board, core);
    if (s->parsed.environment)
        atomic_fetch_add(&s->x->board->no_parser, 1);
    if (unread)
        return decide_environment("the file of passwords cannot be read", unread);
    s->report.parse_ms = clock_boot_ms() - began;
    s->report.parsed = &s->parsed;
    s->report.sandbox = s->parsed.sandbox;
    if (s->parsed.sandbox[0] &&
        strcmp(s->x->board->sandbox, s->parsed.sandbox) != 0) /* for the status page only */
        snprintf(s->x->board->sandbox, sizeof s->x->board->sandbox, "%s", s->parsed.sandbox);
    return decide_parsed(&s->x->spool.settings, &h->claimed.token, &s->parsed,
                         atomic_load(&s->board->verdict));
}

struct decision slot_read(struct slot *s, struct hand *h)
{
    struct loaded doc;
    char message[160];
    int64_t began = clock_boot_ms();
    if (h->claimed.token.attempt > (unsigned)s->x->spool.settings.max_attempts) {
        snprintf(message, sizeof message,
                 "%u workers died or gave up with it in hand; it is not tried again by itself",
                 h->claimed.token.attempt - 1);
        return decide(END_FINISH, OUTCOME_POISON, message);
    }
    if (s->path_unknown != 0)
        return decide_environment("its path could not be read", s->path_unknown);
    slot_stage(s, SLOT_LOAD);
    enum load_result loaded = load_document(s->lease.work, &h->claimed, &s->x->spool.settings,
                                            s->hash, &s->board->progress, &doc);
    int error = errno;
    s->report.load_ms = clock_boot_ms() - began;
    switch (loaded) {
    case LOAD_GONE:
        return decide(END_DROP, OUTCOME_COUNT, "it was taken back by another host");
    case LOAD_CHANGED:
        return decide_changed(&s->x->spool.settings, &h->claimed.token);
    case LOAD_TOO_BIG:
        snprintf(message, sizeof message, "it is larger than max_input (%llu bytes)",
                 (unsigned long long)s->x->spool.settings.max_input);
        return decide(END_FINISH, OUTCOME_LIMIT, message);
    case LOAD_UNREADABLE:
        snprintf(message, sizeof message, "the worker (user %u) may not read it: %s",
                 (unsigned)geteuid(), strerror(error));
        return decide(END_FINISH, OUTCOME_UNREADABLE, message);
    case LOAD_ENVIRONMENT:
        return decide_environment("it could not be copied from the share", error);
    case LOAD_OK:
        break;
    }
    memcpy(s->sha256, doc.sha256, sizeof s->sha256);
    s->report.sha256 = s->sha256;
    s->report.size = doc.size;
    struct decision d = atomic_load(&h->cancelled) ? decide(END_FINISH, OUTCOME_CANCELLED,
                                                            "cancelled before it was parsed")
                                                   : parse(s, h, &doc);
    close(doc.fd);
    return d;
}
