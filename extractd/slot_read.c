/* slot_read: from a document in hand to what is known of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "extractd/ability.h"
#include "extractd/ahead.h"
#include "extractd/passwords.h"
#include "extractd/slot_parts.h"
#include "extractd/yield.h"

enum {
    CORE_WAIT_MS = 1000,
    OTHER_MEMORY = 256 * 1024 * 1024, /* of a parser, beside the picture that it reads */
    BYTES_PER_PIXEL = 12,             /* what recognising takes at most */
    PIXELS_LEAST = 4 * 1000 * 1000
};

/* A picture must fit into the parser's memory beside everything else. */
static uint64_t pixels_of(const struct settings *c)
{
    uint64_t room = c->memory_limit > OTHER_MEMORY ? c->memory_limit - OTHER_MEMORY : 0;
    uint64_t most = room / BYTES_PER_PIXEL;
    most = most > PIXELS_LEAST ? most : PIXELS_LEAST;
    return most < c->ocr_pixels ? most : c->ocr_pixels;
}

static struct parse_limits limits_of(const struct slot *s)
{
    const struct settings *c = &s->own;
    return (struct parse_limits){
        .sandbox = (uint32_t)c->sandbox,
        .documents = (uint32_t)c->parser_documents,
        .memory_limit = c->memory_limit,
        .cpu_limit_s = (uint64_t)(c->document_timeout / 1000 + 60),
        .max_page_text = c->max_page_text,
        .max_text = c->max_text,
        .max_pages = (uint32_t)c->max_pages,
        .dehyphenate = c->dehyphenate,
        .max_pixels = pixels_of(c),
        .without = s->without,
    };
}

/* Once more, with the passwords of this host. 0, or the errno of the file that has them. */
static int try_passwords(struct reading *x, struct parse_result *r)
{
    if (passwords_load(x->extraction.settings->passwords, &x->passwords) != 0)
        return errno;
    x->limits.passwords = &x->passwords;
    parse_result_clear(r);
    extract_pages(&x->extraction, r);
    return 0;
}

/* Back, and nothing is counted: neither the document nor this host is at fault. */
static struct decision no_core(void)
{
    struct decision d = decide(END_UNSPENT, OUTCOME_COUNT,
                               "this host has no core for it just now; another may have one");
    d.environment = d.host_is_fine = true;
    return d;
}

bool slot_take_core(struct slot *s, const struct hand *h, enum core_kind kind, int *core,
                    struct decision *d)
{
    int64_t began = clock_boot_ms(), waited = 0;
    if (s->alone) { /* all are its own */
        slot_stage(s, SLOT_PARSE);
        *core = 0;
        return true;
    }
    slot_stage(s, SLOT_WAIT);
    while ((*core = board_core_take(s->x->board, kind, s->index, CORE_WAIT_MS)) < 0) {
        atomic_fetch_add(&s->board->progress, 1); /* waiting for one's turn is no stall */
        waited = clock_boot_ms() - began;
        if (atomic_load(&h->cancelled) || (!s->had_core && waited > AHEAD_PATIENCE_MS))
            break;
    }
    s->report.wait_ms += clock_boot_ms() - began;
    s->had_core |= *core >= 0;
    if (*core >= 0)
        slot_stage(s, SLOT_PARSE);
    else
        *d = atomic_load(&h->cancelled)
                 ? decide(END_FINISH, OUTCOME_CANCELLED, "cancelled before it was parsed")
                 : no_core();
    return *core >= 0;
}

/* A clock that stands still while the slot waits for a core. */
static int64_t working_ms(const struct slot *s)
{
    return clock_boot_ms() - s->report.wait_ms;
}

/* Its turn of a core. */
struct text_turn {
    struct slot *slot;
    int64_t since; /* boot clock, ms */
    bool over;
};

static bool on_text_page(void *arg)
{
    struct text_turn *t = arg;
    /* One that is tried alone has all cores, and keeps them. */
    t->over = t->over || (!t->slot->alone && yield_due(t->slot->x, t->slot->index, t->since));
    return !t->over;
}

/* Others have a turn, and it goes on from the page where it is. */
static struct decision put_off(struct slot *s, const struct hand *h, uint64_t size)
{
    char message[120];
    uint32_t done = 0;
    for (uint32_t i = 0; i < s->parsed.n_pages; i++)
        done += s->parsed.pages[i].done;
    (void)slot_ocr_keep(s, h, size);
    snprintf(message, sizeof message,
             "it is a long one, and others wait: %u of its %u pages are done", done,
             s->parsed.announced_pages);
    return decide(END_LONG, OUTCOME_COUNT, message);
}

/* The text layers of all pages that are not done yet. 0, or the errno of the passwords' file. */
static int read_text(struct slot *s, struct reading *x, struct text_turn *turn)
{
    x->extraction.page_done = on_text_page;
    x->extraction.arg = turn;
    struct parse_result *r = &s->parsed;
    const char *passwords = x->extraction.settings->passwords;
    extract_pages(&x->extraction, r);
    return r->outcome == OUTCOME_ENCRYPTED && passwords[0] ? try_passwords(x, r) : 0;
}

static void note_parsed(struct slot *s, int64_t began)
{
    if (s->parsed.environment && !s->parsed.no_models)
        atomic_fetch_add(&s->x->board->no_parser, 1);
    s->report.parse_ms = working_ms(s) - began;
    s->report.parsed = &s->parsed;
    s->report.sandbox = s->parsed.sandbox;
    if (s->parsed.sandbox[0] &&
        strcmp(s->x->board->sandbox, s->parsed.sandbox) != 0) /* for the status page only */
        snprintf(s->x->board->sandbox, sizeof s->x->board->sandbox, "%s", s->parsed.sandbox);
}

static struct decision parse_here(struct slot *s, struct hand *h, const struct loaded *doc)
{
    const struct settings *c = &s->own;
    struct reading x = {.limits = limits_of(s)};
    int core;
    x.extraction = (struct extraction){.link = s->link,
                                       .document = doc->fd,
                                       .size = doc->size,
                                       .limits = &x.limits,
                                       .settings = c,
                                       .board = s->board,
                                       .stopping = &s->x->board->stopping};
    char recipe[RECIPE_CAP];
    if (s->alone) /* and not more pixels: its text is made as that of others is */
        x.limits.memory_limit = ability_memory_alone(c);
    parse_result_clear(&s->parsed);
    int64_t began = working_ms(s);
    if (slot_is_archive(s, doc)) {
        struct decision opened = slot_archive(s, h, &x);
        note_parsed(s, began);
        return opened;
    }
    slot_recipe(s, &x.limits, recipe);
    if (slot_reuse(s, h, &x, recipe))
        return decide(END_FINISH, s->parsed.outcome, s->parsed.message);
    slot_ocr_resume(s, h, &x);
    slot_alone_resume(s);
    bool other_recipe = s->parsed.announced_pages && strcmp(s->parsed.recipe, recipe) != 0;
    struct decision d;
    if (!slot_take_core(s, h, CORE_TEXT, &core, &d))
        return d;
    began = working_ms(s);
    struct text_turn turn = {.slot = s, .since = clock_boot_ms()};
    int unread = read_text(s, &x, &turn);
    x.extraction.page_done = NULL;
    board_core_give(s->x->board, CORE_TEXT, core);
    snprintf(s->parsed.recipe, sizeof s->parsed.recipe, "%s", other_recipe ? "" : recipe);
    if (turn.over && s->parsed.stopped) {
        d = put_off(s, h, x.extraction.size);
    } else if (unread) {
        d = decide_environment("the file of passwords cannot be read", unread);
        d.host_is_fine = true;
    } else if (!slot_tiers(s, h, &x, TIER_WHEN_OCR, &d) && !slot_ocr(s, h, &x, &d) &&
               !slot_tiers(s, h, &x, TIER_WHEN_BAD, &d)) {
        d = decide_parsed(c, &h->claimed.token, &s->parsed, atomic_load(&s->board->verdict));
    }
    slot_attachments(s, h, &x, &d);
    note_parsed(s, began);
    buf_free(&x.passwords);
    return d;
}

static struct decision parse(struct slot *s, struct hand *h, const struct loaded *doc)
{
    struct decision d;
    if (slot_is_for_alone(h) && !slot_take_all(s, h, &d))
        return d;
    d = parse_here(s, h, doc);
    slot_memory(s, h, doc->size, &d);
    slot_give_all(s);
    return d;
}

struct decision slot_read(struct slot *s, struct hand *h)
{
    struct loaded doc;
    char message[160];
    int64_t began = clock_boot_ms();
    if (h->claimed.token.attempt > (unsigned)s->own.max_attempts) {
        snprintf(message, sizeof message,
                 "%u workers died or gave up with it in hand; it is not tried again by itself",
                 h->claimed.token.attempt - 1);
        return decide(END_FINISH, OUTCOME_POISON, message);
    }
    if (s->path_unknown != 0)
        return decide_environment("its path could not be read", s->path_unknown);
    slot_stage(s, SLOT_LOAD);
    enum load_result loaded =
        load_document(s->lease.work, &h->claimed, &s->own, s->hash, &s->board->progress, &doc);
    int error = errno;
    s->report.load_ms = clock_boot_ms() - began;
    switch (loaded) {
    case LOAD_GONE:
        return decide(END_DROP, OUTCOME_COUNT, "it was taken back by another host");
    case LOAD_CHANGED:
        return decide_changed(&s->own, &h->claimed.token);
    case LOAD_TOO_BIG:
        snprintf(message, sizeof message, "it is larger than max_input (%llu bytes)",
                 (unsigned long long)s->own.max_input);
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
