/* What the slot may believe of a parse result, and that its x.json can always be read again. */
#include <string.h>

#include "base/jsonr.h"
#include "base/utf8.h"
#include "extractd/parserlink.h"
#include "extractd/report.h"
#include "fuzz.h"

static bool one_line(const char *s)
{
    for (const char *p = s; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return utf8_valid(s, strlen(s));
}

static void text_law(const struct parse_result *r)
{
    size_t feeds = 0;
    for (size_t i = 0; i < r->text.len; i++)
        feeds += r->text.data[i] == '\f';
    FUZZ_LAW(feeds == r->n_pages);
    FUZZ_LAW(r->text.len == 0 || utf8_valid(r->text.data, r->text.len));
}

static void page_law(const struct parse_result *r)
{
    for (uint32_t i = 0; i < r->n_pages; i++) {
        const struct parsed_page *p = &r->pages[i];
        FUZZ_LAW(p->done && p->tier < TIER_COUNT && p->unmapped <= p->chars);
        FUZZ_LAW((p->tier == TIER_BAD) == (p->reason != OUTCOME_OK));
        FUZZ_LAW(memchr(p->message, 0, sizeof p->message) && one_line(p->message));
        FUZZ_LAW(p->at + p->bytes < r->text.len && r->text.data[p->at + p->bytes] == '\f');
        FUZZ_LAW(p->other_at + p->other_bytes <= r->others.len);
    }
}

/* The x.json that the slot would write must be one that our own readers take. */
static void json_law(const struct parse_result *r)
{
    char err[200];
    struct buf out = {0};
    const struct token t = {.attempt = 1, .document = "abc-1", .claim = "abc-2"};
    const struct report about = {.path = "a.pdf",
                                 .host = "h",
                                 .lease = "l",
                                 .sandbox = r->sandbox,
                                 .token = &t,
                                 .outcome = r->outcome,
                                 .message = r->message,
                                 .sha256 = "",
                                 .folder = "",
                                 .attachments_lost = "",
                                 .parsed = r};
    report_write(&about, &out);
    struct jsonr *j = jsonr_parse(out.data, out.len, err, sizeof err);
    if (!j)
        fprintf(stderr, "%s\n%.*s\n", err, (int)out.len, out.data);
    FUZZ_LAW(j);
    FUZZ_LAW(jsonr_count(jsonr_get(j, "pages")) == r->n_pages);
    jsonr_free(j);
    buf_free(&out);
}

void fuzz_result_law(struct parse_result *r, const struct parse_limits *limits, bool complete)
{
    FUZZ_LAW(r->announced_pages <= limits->max_pages && r->n_pages <= r->announced_pages);
    FUZZ_LAW(r->text.len <= limits->max_text + r->n_pages);
    FUZZ_LAW(memchr(r->message, 0, sizeof r->message) && one_line(r->message));
    page_law(r);
    if (!complete)
        return;
    FUZZ_LAW(r->outcome < OUTCOME_COUNT);
    FUZZ_LAW(outcome_facts(r->outcome)->failure || r->n_pages == r->announced_pages);
    if (!outcome_facts(r->outcome)->failure) {
        FUZZ_LAW(parse_result_assemble(r));
        text_law(r);
    }
    json_law(r);
}
