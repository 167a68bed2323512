#include "extractd/report.h"

#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "extractd/extractd.h"
#include "spool/journal.h"

enum { REPORT_FORMAT = 1 };

static const char *const tier_names[] = {"none",     "text",     "repair", "ocr",
                                         "ocr-hard", "text+ocr", "blank",  "bad"};
_Static_assert(sizeof tier_names / sizeof *tier_names == TIER_COUNT, "a name for each tier");

static const char *tier_name(const struct parse_result *r, uint32_t tier)
{
    if (parse_result_is_outside(r, tier))
        return r->outside[tier - TIER_OUTSIDE];
    return tier < TIER_COUNT ? tier_names[tier] : "bad";
}

uint32_t report_tier_of(const char *name)
{
    uint32_t tier = 0;
    while (tier < TIER_COUNT && strcmp(tier_names[tier], name) != 0)
        tier++;
    return tier;
}

/* The earlier tries, from the letters in the token. */
static void write_history(struct jsonw *w, const struct token *t)
{
    jsonw_array(w, "history");
    for (const char *p = t->history; *p; p++) {
        enum outcome o = outcome_of_letter(*p);
        jsonw_str(w, NULL,
                  *p == LETTER_LEASE_DIED || o == OUTCOME_COUNT ? "lease_died"
                                                                : outcome_facts(o)->name);
    }
    jsonw_end_array(w);
}

static void write_page(struct jsonw *w, const struct parse_result *r, uint32_t i)
{
    const struct parsed_page *p = &r->pages[i];
    jsonw_object(w, NULL);
    jsonw_uint(w, "page", i + 1);
    jsonw_str(w, "tier", tier_name(r, p->tier));
    jsonw_uint(w, "chars", p->chars);
    if (p->unmapped)
        jsonw_uint(w, "unmapped", p->unmapped);
    if (p->score != WIRE_UNKNOWN)
        jsonw_double(w, "score", (double)p->score / WIRE_SCORE_MAX, 3);
    if (p->confidence != WIRE_UNKNOWN)
        jsonw_double(w, "confidence", (double)p->confidence * 100 / WIRE_CONFIDENCE_MAX, 2);
    if (p->dpi)
        jsonw_uint(w, "dpi", p->dpi);
    jsonw_double(w, "ms", (double)p->micros / 1000.0, 3);
    if (p->reason != OUTCOME_OK)
        jsonw_str(w, "class", outcome_facts(p->reason)->name);
    if (p->message[0])
        jsonw_str(w, "why", p->message);
    if (p->other_bytes) {
        jsonw_str(w, "other_tier", tier_name(r, p->other_tier));
        jsonw_strn(w, "other_text", r->others.data + p->other_at, p->other_bytes);
    }
    jsonw_end_object(w);
}

static void write_pages(struct jsonw *w, const struct parse_result *r)
{
    jsonw_array(w, "pages");
    for (uint32_t i = 0; i < r->n_pages; i++)
        if (r->pages[i].done)
            write_page(w, r, i);
    jsonw_end_array(w);
}

static void write_page_list(struct jsonw *w, const char *key, const struct parse_result *r,
                            uint32_t tier)
{
    jsonw_array(w, key);
    for (uint32_t i = 0; i < r->n_pages; i++)
        if (r->pages[i].done && r->pages[i].tier == tier)
            jsonw_uint(w, NULL, i + 1);
    jsonw_end_array(w);
}

static void write_metadata(struct jsonw *w, const struct buf *meta)
{
    size_t at = 0;
    jsonw_object(w, "metadata");
    while (at < meta->len) {
        const char *key = meta->data + at;
        at += strlen(key) + 1;
        if (at >= meta->len)
            break;
        jsonw_str(w, key, meta->data + at);
        at += strlen(meta->data + at) + 1;
    }
    jsonw_end_object(w);
}

static void write_parsed(struct jsonw *w, const struct parse_result *r)
{
    char hex[SHA256_HEX];
    sha256_hex(r->text.data ? r->text.data : "", r->text.len, hex);
    jsonw_str(w, "text_sha256", hex);
    jsonw_uint(w, "text_bytes", r->text.len);
    jsonw_uint(w, "page_count", r->announced_pages > r->n_pages ? r->announced_pages : r->n_pages);
    jsonw_bool(w, "repaired", r->flags & PAGES_REPAIRED);
    jsonw_bool(w, "opened_with_empty_password", r->flags & PAGES_ENCRYPTED);
    if (r->flags & PAGES_PASSWORD)
        jsonw_bool(w, "opened_with_given_password", true);
    if (r->flags & PAGES_PORTFOLIO)
        jsonw_bool(w, "portfolio", true);
    if (r->languages[0])
        jsonw_str(w, "ocr_languages", r->languages);
    if (r->recipe[0] && !r->shaken)
        jsonw_str(w, "recipe", r->recipe);
    write_page_list(w, "bad_pages", r, TIER_BAD);
    write_page_list(w, "pages_waiting_for_ocr", r, TIER_NONE);
    write_metadata(w, &r->meta);
    write_pages(w, r);
}

static void write_identity(struct jsonw *w, const struct report *r)
{
    jsonw_name(w, "path", r->path, strlen(r->path));
    if (r->lane && r->lane[0])
        jsonw_str(w, "lane", r->lane);
    jsonw_str(w, "document", r->token->document);
    jsonw_str(w, "claim", r->token->claim);
    jsonw_uint(w, "attempt", r->token->attempt);
    write_history(w, r->token);
    jsonw_uint(w, "returns_unspent", r->token->unspent);
}

/* The janitor reads these back for the outcomes of what was taken (docs/SPOOL.md, 5). */
static void write_entries(struct jsonw *w, const struct report *r)
{
    if (r->folder[0])
        jsonw_name(w, "documents_folder", r->folder, strlen(r->folder));
    entrylist_write(r->entries, w, r->folder[0]);
}

static void write_same_as(struct jsonw *w, const struct report *r)
{
    if (r->same_as && r->same_as[0])
        jsonw_name(w, "same_as", r->same_as, strlen(r->same_as));
}

bool report_may_serve(const struct report *r)
{
    const struct parse_result *p = r->parsed;
    bool whole = p && p->n_pages > 0 && (r->outcome == OUTCOME_OK || r->outcome == OUTCOME_EMPTY) &&
                 parse_result_count(p, TIER_NONE) == 0 && parse_result_count(p, TIER_BAD) == 0;
    return whole && r->sha256[0] && p->recipe[0] && !p->shaken && !(p->flags & PAGES_PASSWORD) &&
           !(r->same_as && r->same_as[0]) && !r->entries && !r->attachments_lost[0] &&
           !(p->flags & PAGES_PORTFOLIO);
}

void report_write(const struct report *r, struct buf *out)
{
    struct jsonw w;
    const struct outcome_facts *f = outcome_facts(r->outcome);
    jsonw_init(&w, out, true);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "format", REPORT_FORMAT);
    write_identity(&w, r);
    jsonw_str(&w, "outcome", f->failure ? "failed" : f->name);
    if (f->failure)
        jsonw_str(&w, "class", f->name);
    jsonw_str(&w, "message", r->message[0] ? r->message : f->meaning);
    jsonw_str(&w, "sha256", r->sha256[0] ? r->sha256 : NULL);
    jsonw_uint(&w, "size", r->size);
    jsonw_time(&w, "modified", r->mtime_ms);
    jsonw_time(&w, "began", r->began_ms);
    jsonw_time(&w, "ended", r->ended_ms);
    jsonw_int(&w, "load_ms", r->load_ms);
    jsonw_int(&w, "parse_ms", r->parse_ms);
    jsonw_str(&w, "host", r->host);
    jsonw_str(&w, "lease", r->lease);
    jsonw_str(&w, "version", PDFSPOOL_VERSION);
    jsonw_str(&w, "sandbox", r->sandbox);
    write_same_as(&w, r);
    if (r->parsed)
        write_parsed(&w, r->parsed);
    if (r->attachments_lost[0])
        jsonw_str(&w, "attachments_lost", r->attachments_lost);
    if (r->entries)
        write_entries(&w, r);
    jsonw_end_object(&w);
    buf_char(out, '\n');
}

/* How many pages have their text from where: for pages about the spool, which read no x.json. */
static void write_tiers(struct jsonw *w, const struct parse_result *r)
{
    uint32_t n[TIER_OUTSIDE + OUTSIDE_TIERS] = {0};
    for (uint32_t i = 0; i < r->n_pages; i++) {
        uint32_t tier = r->pages[i].tier;
        if (r->pages[i].done)
            n[tier < TIER_COUNT || parse_result_is_outside(r, tier) ? tier : TIER_BAD]++;
    }
    jsonw_object(w, "tiers");
    for (uint32_t i = 0; i < TIER_OUTSIDE + OUTSIDE_TIERS; i++)
        if (n[i])
            jsonw_uint(w, tier_name(r, i), n[i]);
    jsonw_end_object(w);
}

void report_event(const char *what, const struct report *r, const char *published_as,
                  struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out, false);
    jsonw_object(&w, NULL);
    jsonw_time(&w, "time", r->ended_ms);
    jsonw_str(&w, "event", what);
    write_identity(&w, r);
    jsonw_str(&w, "outcome", outcome_facts(r->outcome)->name);
    if (outcome_facts(r->outcome)->failure && r->stage && r->stage[0])
        jsonw_str(&w, "stage", r->stage);
    if (r->message[0])
        jsonw_str(&w, "message", r->message);
    if (published_as[0])
        jsonw_name(&w, "as", published_as, strlen(published_as));
    if (r->sha256[0])
        jsonw_str(&w, JOURNAL_SHA256, r->sha256);
    if (published_as[0] && r->json_sha256 && r->json_sha256[0])
        jsonw_str(&w, JOURNAL_JSON_SHA256, r->json_sha256);
    if (published_as[0])
        write_same_as(&w, r);
    jsonw_uint(&w, "size", r->size);
    jsonw_uint(&w, "pages", r->parsed ? r->parsed->n_pages : 0);
    if (r->folder[0])
        jsonw_uint(&w, "unpacked", r->entries->taken);
    if (r->parsed)
        write_tiers(&w, r->parsed);
    jsonw_int(&w, "ms", r->ended_ms - r->began_ms);
    jsonw_int(&w, "slot_ms", r->slot_ms);
    jsonw_int(&w, "load_ms", r->load_ms);
    jsonw_int(&w, "parse_ms", r->parse_ms);
    jsonw_int(&w, "wait_ms", r->wait_ms);
    jsonw_str(&w, "version", PDFSPOOL_VERSION);
    jsonw_end_object(&w);
    buf_char(out, '\n');
}
