/* takeover: the text of a finished document comes over as it was; of whatever is odd, nothing does. */
#include "spoolbox.h"

#include "extractd/extractd.h"
#include "extractd/report.h"
#include "extractd/takeover.h"
#include "spool/journaltail.h"

#define LEASE   "otherlease00"
#define CONTENT "%PDF-1.4 of some kind"
#define RECIPE  "dehyphenate=no languages=auto pixels=1000000"

static struct dupindex *x;
static struct parse_result given, got;
static struct report report;
static struct buf json, line, text;
static char sha256[SHA256_HEX], json_sha256[SHA256_HEX], same_as[PATH_CAP];
static const struct parse_limits limits = {
    .max_pages = 100, .max_page_text = 1000, .max_text = 10000};
static const struct token token = {.attempt = 1, .document = "doc-1", .claim = "doc-2"};
static _Atomic uint64_t progress;
static unsigned opened;
static bool offers_all; /* the journal offers what it should not */

static int count_openat(int dir, const char *name, int flags, mode_t mode)
{
    opened++;
    return fsop_posix.openat(dir, name, flags, mode);
}

/* A page with this text. */
static struct parsed_page *add_page(enum wire_tier tier, const char *words)
{
    uint32_t i = given.n_pages;
    struct parsed_page *p = parse_result_page(&given, i);
    *p = (struct parsed_page){.done = true,
                              .tier = tier,
                              .chars = (uint32_t)strlen(words),
                              .micros = 1234,
                              .confidence = WIRE_UNKNOWN,
                              .score = 875,
                              .at = given.text.len,
                              .bytes = strlen(words)};
    buf_str(&given.text, words);
    buf_char(&given.text, '\f');
    given.announced_pages = i + 1;
    return p;
}

static int make(void **state)
{
    if (box_setup(state) != 0)
        return -1;
    x = dupindex_new();
    sha256_hex(CONTENT, strlen(CONTENT), sha256);
    parse_result_clear(&given);
    parse_result_clear(&got);
    add_page(TIER_TEXT, "one");
    struct parsed_page *p = add_page(TIER_OCR, "zwei \xc3\xbc");
    p->confidence = 9317;
    p->dpi = 300;
    p->unmapped = 2;
    memcpy(p->message, "because", 8);
    p->other_tier = TIER_REPAIR;
    p->other_bytes = 4;
    buf_str(&given.others, "tvvo");
    add_page(TIER_BLANK, "");
    buf_add(&given.meta, "Title\0A \"title\"\0Author\0N. N.\0", 30);
    memcpy(given.languages, "deu+eng", 8);
    memcpy(given.recipe, RECIPE, sizeof RECIPE);
    given.flags = PAGES_REPAIRED | PAGES_ENCRYPTED;
    report = (struct report){.path = "a/b.pdf",
                             .host = "far",
                             .lease = LEASE,
                             .sandbox = "full",
                             .folder = "",
                             .attachments_lost = "",
                             .token = &token,
                             .message = "",
                             .sha256 = sha256,
                             .size = strlen(CONTENT),
                             .parsed = &given,
                             .json_sha256 = json_sha256};
    return x ? 0 : -1;
}

static int drop(void **state)
{
    dupindex_free(x);
    return box_teardown(state);
}

/* As a worker would publish it: in done/, and in its journal. */
static void publish(struct box *b, const char *pdf)
{
    char name[300], stem[200];
    snprintf(stem, sizeof stem, "%.*s", (int)strlen(pdf) - 4, pdf);
    buf_clear(&json);
    buf_clear(&line);
    buf_clear(&text);
    parse_result_conclude(&given);
    report.outcome = given.outcome;
    json_sha256[0] = '\0';
    report_write(&report, &json);
    if (offers_all || report_may_serve(&report))
        sha256_hex(json.data, json.len, json_sha256);
    buf_add(&text, given.text.data, given.text.len);
    snprintf(name, sizeof name, "%s.json", stem);
    box_write(b->s.done, name, json.data);
    snprintf(name, sizeof name, "%s.txt", stem);
    box_write(b->s.done, name, text.data);
    box_write(b->s.done, pdf, CONTENT);
    snprintf(name, sizeof name, "done/%s", pdf);
    report_event("done", &report, name, &line);
    mkdirat(b->s.journal, "far", 0775);
    int fd = openat(b->s.journal, "far/" LEASE ".jsonl", O_WRONLY | O_CREAT | O_APPEND, 0664);
    off_t at = lseek(fd, 0, SEEK_END);
    assert_int_equal(write(fd, line.data, line.len), (ssize_t)line.len);
    close(fd);
    int number = dupindex_journal(x, "far", LEASE);
    assert_int_equal(journaltail_feed(x, (unsigned)number, (uint64_t)at, line.data, line.len),
                     line.len);
}

static struct takeover ask(const struct box *b)
{
    return (struct takeover){.spool = &b->s,
                             .index = x,
                             .sha256 = sha256,
                             .size = strlen(CONTENT),
                             .recipe = RECIPE,
                             .ocr = true,
                             .limits = &limits,
                             .progress = &progress};
}

static bool find(const struct box *b)
{
    struct takeover t = ask(b);
    bool found = takeover_find(&t, &got, same_as);
    if (!found)
        assert_int_equal(got.n_pages + got.text.len + strlen(same_as), 0);
    return found;
}

static void as_it_was(void **state)
{
    struct box *b = *state;
    assert_false(find(b));
    publish(b, "a/b.pdf");
    assert_true(find(b));
    assert_string_equal(same_as, "a/b.pdf");
    assert_int_equal(got.outcome, OUTCOME_OK);
    assert_int_equal(got.n_pages, 3);
    assert_int_equal(got.text.len, text.len);
    assert_memory_equal(got.text.data, text.data, text.len);
    /* and its own record says the same of its pages, metadata, ... */
    struct report mine = report;
    struct buf again = {0};
    mine.parsed = &got;
    report_write(&mine, &again);
    assert_string_equal(again.data, json.data);
    buf_free(&again);
}

/* One that is not known is not looked for: no call at all. */
static void unknown_is_free(void **state)
{
    struct box *b = *state;
    struct takeover t = ask(b);
    publish(b, "a/b.pdf");
    BOX_REPLACE(openat, count_openat);
    t.sha256 = "0000000000000000000000000000000000000000000000000000000000000000";
    opened = 0;
    assert_false(takeover_find(&t, &got, same_as));
    assert_int_equal(opened, 0);
    assert_true(find(b));
    assert_true(opened > 0);
}

/* Names of all kinds, and none that leads elsewhere. */
static void names(void **state)
{
    static const char *const good[] = {"x.pdf", "a/b~2.pdf", "\xff%/\xc3\xa4 b/c.PDF",
                                       "report.txt.pdf"};
    struct box *b = *state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        publish(b, good[i]);
        assert_true(find(b));
        assert_string_equal(same_as, good[i]);
    }
    static const char *const bad[] = {"../done/x.pdf", "./x.pdf"};
    dupindex_free(x);
    x = dupindex_new();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        publish(b, bad[i]);
        assert_false(find(b));
    }
}

/* Neither does the journal offer it, nor would it be taken if it did. */
static void not_taken(struct box *b)
{
    for (int i = 0; i < 2; i++) {
        offers_all = i == 1;
        publish(b, "a/b.pdf");
        assert_int_equal(json_sha256[0] != '\0', offers_all);
        assert_false(find(b));
    }
    offers_all = false;
}

static void whatever_is_not_whole(void **state)
{
    struct box *b = *state;
    static const enum wire_tier tiers[] = {TIER_NONE, TIER_BAD};
    for (size_t i = 0; i < 2; i++) {
        given.pages[2].tier = tiers[i];
        not_taken(b);
    }
    given.pages[2].tier = TIER_BLANK;
    given.shaken = true;
    not_taken(b);
    given.shaken = false;
    given.flags = PAGES_PASSWORD;
    not_taken(b);
    given.flags = 0;
    given.recipe[0] = '\0';
    not_taken(b);
    memcpy(given.recipe, RECIPE, sizeof RECIPE);
    given.announced_pages = 4; /* the last never came */
    offers_all = true;
    publish(b, "a/b.pdf");
    assert_false(find(b));
    given.announced_pages = 3;
    publish(b, "a/b.pdf");
    assert_true(find(b));
    offers_all = false;
}

static void other_settings(void **state)
{
    struct box *b = *state;
    struct takeover t = ask(b);
    publish(b, "a/b.pdf");
    assert_true(takeover_find(&t, &got, same_as));
    static const char *const recipes[] = {"dehyphenate=yes languages=auto pixels=1000000",
                                          "dehyphenate=no languages=deu pixels=1000000",
                                          "dehyphenate=no languages=auto pixels=1000001", ""};
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        t.recipe = recipes[i];
        assert_false(takeover_find(&t, &got, same_as));
    }
    t.recipe = RECIPE;
    t.ocr = false; /* ocr = never */
    assert_false(takeover_find(&t, &got, same_as));
    t.ocr = true;
    struct parse_limits tight = limits;
    t.limits = &tight;
    tight.max_pages = 2;
    assert_false(takeover_find(&t, &got, same_as));
    tight = limits;
    tight.max_page_text = 4;
    assert_false(takeover_find(&t, &got, same_as));
    tight = limits;
    tight.max_text = 8;
    assert_false(takeover_find(&t, &got, same_as));
    t.limits = &limits;
    t.size++;
    assert_false(takeover_find(&t, &got, same_as));
    /* without OCR, what decides OCR does not matter */
    given.languages[0] = '\0';
    publish(b, "a/c.pdf");
    t = ask(b);
    t.recipe = recipes[1];
    t.ocr = false;
    assert_true(takeover_find(&t, &got, same_as));
    t.recipe = recipes[0];
    assert_false(takeover_find(&t, &got, same_as));
}

/* Each byte of text and record is what was published, or nothing is taken. */
static void tampered(void **state)
{
    struct box *b = *state;
    publish(b, "a/b.pdf");
    for (size_t i = 0; i < text.len; i++) {
        text.data[i] ^= 1;
        box_write(b->s.done, "a/b.txt", text.data);
        assert_false(find(b));
        text.data[i] ^= 1;
    }
    for (size_t i = 0; i < json.len; i++) {
        json.data[i] ^= 1;
        box_write(b->s.done, "a/b.json", json.data);
        json.data[i] ^= 1;
        if (i == 0)
            box_write(b->s.done, "a/b.txt", text.data);
        assert_false(find(b));
    }
    box_write(b->s.done, "a/b.json", json.data);
    assert_true(find(b));
    /* text and record together, with hashes that fit each other: the journal knows better */
    char *hash = strstr(json.data, "\"text_sha256\": \"") + 16;
    text.data[0] = 'O';
    char hex[SHA256_HEX];
    sha256_hex(text.data, text.len, hex);
    memcpy(hash, hex, 64);
    box_write(b->s.done, "a/b.txt", text.data);
    box_write(b->s.done, "a/b.json", json.data);
    assert_false(find(b));
}

static void journal_harmed(void **state)
{
    struct box *b = *state;
    publish(b, "a/b.pdf");
    struct buf was = {0};
    buf_add(&was, line.data, line.len);
    for (size_t i = 0; i < was.len; i++) {
        was.data[i] ^= 1;
        box_write(b->s.journal, "far/" LEASE ".jsonl", was.data);
        if (find(b)) /* what is for people only: time, host, ... */
            assert_memory_equal(got.text.data, text.data, text.len);
        was.data[i] ^= 1;
    }
    box_write(b->s.journal, "far/" LEASE ".jsonl", "");
    assert_false(find(b));
    unlinkat(b->s.journal, "far/" LEASE ".jsonl", 0);
    assert_false(find(b));
    box_write(b->s.journal, "far/" LEASE ".jsonl", was.data);
    assert_true(find(b));
    buf_free(&was);
}

static void gone(void **state)
{
    struct box *b = *state;
    static const char *const files[] = {"a/b.txt", "a/b.json", "a/b.pdf"};
    for (size_t i = 0; i < 3; i++) {
        publish(b, "a/b.pdf");
        assert_true(find(b));
        assert_int_equal(unlinkat(b->s.done, files[i], 0), 0);
        assert_false(find(b));
    }
    /* never by way of a link, and a FIFO does not make it wait */
    publish(b, "a/b.pdf");
    renameat(b->s.done, "a/b.txt", b->s.done, "a/elsewhere");
    assert_int_equal(symlinkat("elsewhere", b->s.done, "a/b.txt"), 0);
    assert_false(find(b));
    unlinkat(b->s.done, "a/b.txt", 0);
    assert_int_equal(mknodat(b->s.done, "a/b.txt", S_IFIFO | 0664, 0), 0);
    assert_false(find(b));
    unlinkat(b->s.done, "a/b.txt", 0);
    publish(b, "a/b.pdf");
    renameat(b->s.done, "a", b->s.done, "z");
    assert_int_equal(symlinkat("z", b->s.done, "a"), 0);
    assert_false(find(b));
}

/* The newest that will do; of one that has its text from another, that other is named. */
static void several(void **state)
{
    struct box *b = *state;
    publish(b, "one.pdf");
    publish(b, "two.pdf");
    assert_true(find(b));
    assert_string_equal(same_as, "two.pdf");
    unlinkat(b->s.done, "two.pdf", 0);
    assert_true(find(b));
    assert_string_equal(same_as, "one.pdf");
    report.same_as = "a/b.pdf";
    publish(b, "copy.pdf");
    assert_string_equal(json_sha256, ""); /* a copy is no source */
    assert_true(find(b));
    assert_string_equal(same_as, "one.pdf");
    sha256_hex(json.data, json.len, json_sha256); /* but if it were */
    buf_clear(&line);
    report_event("done", &report, "done/copy.pdf", &line);
    box_write(b->s.journal, "far/" LEASE ".jsonl", line.data);
    dupindex_free(x);
    x = dupindex_new();
    dupindex_journal(x, "far", LEASE);
    journaltail_feed(x, 0, 0, line.data, line.len);
    assert_true(find(b));
    assert_string_equal(same_as, "a/b.pdf");
}

static ssize_t broken_read(int fd, void *to, size_t n)
{
    (void)fd;
    (void)to;
    (void)n;
    errno = EIO;
    return -1;
}

static ssize_t broken_pread(int fd, void *to, size_t n, off_t at)
{
    (void)at;
    return broken_read(fd, to, n);
}

static void share_has_a_fit(void **state)
{
    struct box *b = *state;
    publish(b, "a/b.pdf");
    struct fsop table = fsop_posix;
    table.read = broken_read;
    fs = &table;
    assert_false(find(b));
    table = fsop_posix;
    table.pread = broken_pread;
    assert_false(find(b));
    fs = &fsop_posix;
    assert_true(find(b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(as_it_was, make, drop),
        cmocka_unit_test_setup_teardown(unknown_is_free, make, drop),
        cmocka_unit_test_setup_teardown(names, make, drop),
        cmocka_unit_test_setup_teardown(whatever_is_not_whole, make, drop),
        cmocka_unit_test_setup_teardown(other_settings, make, drop),
        cmocka_unit_test_setup_teardown(tampered, make, drop),
        cmocka_unit_test_setup_teardown(journal_harmed, make, drop),
        cmocka_unit_test_setup_teardown(gone, make, drop),
        cmocka_unit_test_setup_teardown(several, make, drop),
        cmocka_unit_test_setup_teardown(share_has_a_fit, make, drop)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
