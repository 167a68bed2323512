/* attached: the files that a PDF carries. The PDFs are those of tests/gen/archives.py. */
#include "entrybox.h"

#include "extractd/parser/attached.h"
#include "extractd/parser/document.h"
#include "extractd/parser/engine.h"

static const struct entry_limits usual = ENTRY_LIMITS_DEFAULT;
static struct engine *engine;

static struct entry_report unpack(const char *kind, const struct entry_limits *limits,
                                  struct seen *s, bool *portfolio)
{
    size_t size;
    struct document_facts facts;
    struct entry_report r;
    const struct entry_sink sink = {begin, take_bytes, end, s};
    void *data = read_kind(kind, &size);
    const struct document_source source = {.data = data, .size = size, .max_pages = 100};
    struct document *d = document_open(engine, &source, &facts);
    assert_non_null(d);
    *portfolio = attached_portfolio(d);
    attached_unpack(d, size, facts.pages, limits, &sink, &r);
    document_close(d);
    free(data);
    return r;
}

static void ends(const char *kind, const struct entry_limits *limits, enum outcome outcome,
                 const char *listing)
{
    struct seen s = {0};
    bool portfolio;
    if (!made)
        return;
    struct entry_report r = unpack(kind, limits, &s, &portfolio);
    assert_string_equal(s.listing.data ? s.listing.data : "", listing);
    assert_string_equal(outcome_facts(r.outcome)->name, outcome_facts(outcome)->name);
    assert_true(portfolio == (strcmp(kind, "pdf-portfolio") == 0));
    buf_free(&s.listing);
}

static void kinds(void **state)
{
    (void)state;
    ends("pdf-plain", &usual, OUTCOME_EMPTY, "");
    ends("pdf-attached", &usual, OUTCOME_OK,
         "a.pdf 365 taken; b.pdf 3364 taken; invoice.xml 0 not_pdf; empty.pdf 0 empty; "
         "x.zip 0 nested; ");
    ends("pdf-clipped", &usual, OUTCOME_OK, "a.pdf 365 taken; b.pdf 3364 taken; ");
    ends("pdf-portfolio", &usual, OUTCOME_OK, "one.pdf 365 taken; two.pdf 3364 taken; ");
}

static void hostile_ones(void **state)
{
    (void)state;
    ends("pdf-circle", &usual, OUTCOME_OK, "a.pdf 365 taken; ");
    ends("pdf-same", &usual, OUTCOME_OK, "a.pdf 365 taken; ");
    ends("pdf-rubbish", &usual, OUTCOME_OK, "a.pdf 365 taken; ");
}

static void limits(void **state)
{
    struct entry_limits l = usual;
    struct seen s = {0};
    bool portfolio;
    (void)state;
    if (!made)
        return;
    struct entry_report r = unpack("pdf-bomb", &usual, &s, &portfolio);
    assert_int_equal(r.outcome, OUTCOME_LIMIT);
    assert_true(s.now > usual.ratio_free - 100000 && s.now < UINT64_C(40) << 20);
    buf_free(&s.listing);
    l.entries = 1;
    ends("pdf-portfolio", &l, OUTCOME_LIMIT, "one.pdf 365 taken; ");
    l = usual;
    l.each = 1000;
    ends("pdf-portfolio", &l, OUTCOME_PARTIAL, "one.pdf 365 taken; two.pdf 0 too_large; ");
    l = usual;
    l.total = 365 + 3363;
    ends("pdf-portfolio", &l, OUTCOME_LIMIT, "one.pdf 365 taken; two.pdf");
}

static void the_sink_stops_it(void **state)
{
    (void)state;
    for (int stop = 1; made && stop <= 6; stop++) {
        struct seen s = {.stop_at = stop};
        bool portfolio;
        struct entry_report r = unpack("pdf-portfolio", &usual, &s, &portfolio);
        assert_int_equal(r.outcome, OUTCOME_CANCELLED);
        assert_int_equal(s.step, stop);
        buf_free(&s.listing);
    }
}

static int set_up(void **state)
{
    (void)state;
    engine = engine_new(UINT64_C(256) << 20);
    return engine && entrybox_make() == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return entrybox_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(hostile_ones),
        cmocka_unit_test(limits),
        cmocka_unit_test(the_sink_stops_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
