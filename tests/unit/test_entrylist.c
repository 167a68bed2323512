/* entrylist: "entries" of x.json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "extractd/entrylist.h"

#define HASH "0123456789012345678901234567890123456789012345678901234567890123"

static void fill(struct entrylist *l)
{
    const struct entry_end taken = {ENTRY_TAKEN, "", "f/a.pdf", 7, HASH};
    const struct entry_end bad = {ENTRY_DAMAGED, "check sum", NULL, 0, NULL};
    assert_int_equal(entrylist_begin(l, "../f/a.pdf", 10), 0);
    assert_int_equal(entrylist_end(l, &taken), 0);
    assert_int_equal(entrylist_begin(l, "b\xff\n", 3), 0);
    assert_int_equal(entrylist_end(l, &bad), 0);
}

static void writes(const struct entrylist *l, bool exposed, const char *want)
{
    struct buf out = {0};
    struct jsonw w;
    jsonw_init(&w, &out, false);
    jsonw_object(&w, NULL);
    entrylist_write(l, &w, exposed);
    jsonw_end_object(&w);
    assert_true(buf_ok(&out));
    assert_string_equal(out.data, want);
    buf_free(&out);
}

static void a_list(void **state)
{
    (void)state;
    struct entrylist l = {0};
    writes(&l, true, "{\"entries\":[]}");
    fill(&l);
    assert_int_equal(l.taken, 1);
    writes(&l, true,
           "{\"entries\":[{\"entry\":\"../f/a.pdf\",\"fate\":\"taken\",\"path\":\"f/a.pdf\","
           "\"size\":7,\"sha256\":\"" HASH "\"},"
           "{\"entry\":\"b%FF%0A\",\"fate\":\"damaged\",\"why\":\"check sum\"}]}");
    writes(&l, false,
           "{\"entries\":[{\"entry\":\"../f/a.pdf\",\"fate\":\"taken\",\"size\":7,"
           "\"sha256\":\"" HASH "\"},"
           "{\"entry\":\"b%FF%0A\",\"fate\":\"damaged\",\"why\":\"check sum\"}]}");
    entrylist_free(&l);
    writes(&l, true, "{\"entries\":[]}");
}

static void one_without_an_end(void **state)
{
    (void)state;
    struct entrylist l = {0};
    assert_int_equal(entrylist_begin(&l, "bomb", 4), 0);
    writes(&l, false,
           "{\"entries\":[{\"entry\":\"bomb\",\"fate\":\"damaged\","
           "\"why\":\"given up in the middle of it\"}]}");
    entrylist_free(&l);
}

/* Many entries with names as long as they come: the list has the beginning of each. */
static void long_names_and_many(void **state)
{
    (void)state;
    static char name[100000];
    struct entrylist l = {0};
    memset(name, 'n', sizeof name);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(entrylist_begin(&l, name, sizeof name), 0);
        assert_int_equal(
            entrylist_end(&l, &(struct entry_end){.fate = ENTRY_LITTER, .message = ""}), 0);
    }
    assert_int_equal(l.n, 1000);
    assert_int_equal(l.entries[999].name_len, ENTRYLIST_NAME_MOST);
    assert_in_range(l.text.len, 1000 * ENTRYLIST_NAME_MOST, 1000 * (ENTRYLIST_NAME_MOST + 16));
    entrylist_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_list),
                                       cmocka_unit_test(one_without_an_end),
                                       cmocka_unit_test(long_names_and_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
