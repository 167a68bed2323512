/* token: names that carry all that recovery needs. */
#include "spoolbox.h"

#include "spool/token.h"

static unsigned seed = 12345;

static unsigned roll(unsigned below)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % below;
}

/* A random path: any bytes but NUL, valid components. */
static void random_path(char *path, size_t max)
{
    size_t n = 1 + roll((unsigned)max - 1), part = 0;
    for (size_t i = 0; i < n; i++) {
        bool slash = part > 2 && i + 2 < n && (part > 200 || roll(12) == 0);
        unsigned c = 1 + roll(255);
        path[i] = slash ? '/' : (char)(c == '/' || (part < 2 && c == '.') ? 'x' : c);
        part = slash ? 0 : part + 1;
    }
    path[n] = 0;
}

static struct token sample(const char *path)
{
    struct token t = {.attempt = 1, .document = "0123456789ab-1f", .claim = "0123456789ab-20"};
    token_set_path(&t, path);
    return t;
}

static void assert_same(const struct token *a, const struct token *b)
{
    assert_int_equal(a->attempt, b->attempt);
    assert_int_equal(a->unspent, b->unspent);
    assert_string_equal(a->history, b->history);
    assert_string_equal(a->document, b->document);
    assert_string_equal(a->claim, b->claim);
    assert_string_equal(a->encoded, b->encoded);
    assert_int_equal(a->path_apart, b->path_apart);
}

static void round_trips_of_random_paths(void **state)
{
    char path[PATH_CAP], back[PATH_CAP], name[NAME_CAP];
    unsigned apart = 0, inside = 0;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        random_path(path, i % 3 == 0 ? 600 : 60);
        struct token t = sample(path), got;
        token_name(&t, name);
        assert_true(strlen(name) < NAME_CAP && name[0] != '.' && !strchr(name, '/'));
        assert_int_equal(token_parse(name, &got), 0);
        assert_same(&t, &got);
        if (t.path_apart) {
            apart++;
            assert_int_equal(token_path(&got, back), -1);
        } else {
            inside++;
            assert_int_equal(token_path(&got, back), 0);
            assert_string_equal(back, path);
        }
    }
    assert_true(apart > 100 && inside > 1000);
}

static void waiting_and_sealed_round_trips(void **state)
{
    char path[PATH_CAP], name[NAME_CAP];
    (void)state;
    for (int i = 0; i < 5000; i++) {
        random_path(path, 300);
        struct waiting w = {.due_s = roll(30000) * 100000LL, .need = "text", .token = sample(path)},
                       w2;
        for (unsigned k = roll(16); k > 0; k--)
            token_spend(&w.token, 'd');
        w.token.unspent = roll(20);
        token_waiting_name(&w, name);
        assert_int_equal(token_parse_waiting(name, &w2), 0);
        assert_int_equal(w2.due_s, w.due_s);
        assert_string_equal(w2.need, "text");
        assert_same(&w.token, &w2.token);
        struct sealed s = {{.outcome = OUTCOME_UNREADABLE, .n = 1 + roll(99999), .flat = roll(2)},
                           w.token},
                      s2;
        if (roll(2)) {
            s.to.outcome = OUTCOME_OK;
            s.to.unpacked = roll(2);
            s.to.folder = s.to.unpacked ? roll(3) : 0;
        }
        token_sealed_name(&s, name);
        assert_int_equal(token_parse_sealed(name, &s2), 0);
        assert_int_equal(s2.to.outcome, s.to.outcome);
        assert_int_equal(s2.to.n, s.to.n);
        assert_int_equal(s2.to.flat, s.to.flat);
        assert_int_equal(s2.to.unpacked, s.to.unpacked);
        assert_int_equal(s2.to.folder, s.to.folder);
        assert_same(&s.token, &s2.token);
    }
}

/* The longest of everything: no name is too long for a folder, and nothing is cut off silently. */
static void longest_names(void **state)
{
    char path[TOKEN_PATH_MAX], name[NAME_CAP];
    (void)state;
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = 0;
    struct token t = sample(path);
    assert_false(t.path_apart);
    t.attempt = 999;
    snprintf(t.history, sizeof t.history, "dddddddddddd");
    t.unspent = 999;
    snprintf(t.document, sizeof t.document, "0123456789ab-ffffffffffff");
    snprintf(t.claim, sizeof t.claim, "0123456789ab-ffffffffffff");
    for (int o = 0; o < OUTCOME_COUNT; o++) {
        if (o != OUTCOME_OK && !outcome_facts((enum outcome)o)->failure)
            continue;
        struct sealed s = {{.outcome = (enum outcome)o, .n = 99999999, .flat = true}, t}, got;
        s.to.unpacked = o == OUTCOME_OK;
        s.to.folder = o == OUTCOME_OK ? 99999999 : 0;
        token_sealed_name(&s, name);
        assert_true(strlen(name) < NAME_CAP);
        assert_int_equal(token_parse_sealed(name, &got), 0);
        assert_same(&t, &got.token);
    }
    struct waiting w = {.due_s = 99999999999, .need = "textual", .token = t}, got;
    token_waiting_name(&w, name);
    assert_true(strlen(name) < NAME_CAP);
    assert_int_equal(token_parse_waiting(name, &got), 0);
    assert_same(&t, &got.token);
}

static void spending(void **state)
{
    (void)state;
    struct token t = sample("a.pdf");
    for (int i = 0; i < 40; i++)
        token_spend(&t, i < 20 ? 'c' : 'd');
    assert_int_equal(t.attempt, 41);
    assert_string_equal(t.history, "dddddddddddd");
}

static void hostile_names_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      ".",
                                      "x",
                                      "1",
                                      "1.abc",
                                      "1.abc.def",
                                      "0.abc.def~x",
                                      "1.abc.def~",
                                      "01x!.abc.def~x",
                                      "1.a.def~x",
                                      "1.ABC.def~x",
                                      "1.abc.def~%00",
                                      "1.abc.def~%2",
                                      "1.abc.def~%zz",
                                      "1.abc.def~%2e",
                                      "1.abc.def~%2E",
                                      "1.abc.def~%2E.",
                                      "1.abc.def~a%2F%2Fb",
                                      "1.abc.def~%2Fetc",
                                      "1.abc.def~a%2F..%2Fb",
                                      "1.abc.def~a%2F.",
                                      "1u.abc.def~x",
                                      "1u0.abc.def~x",
                                      "1dddddddddddddd.abc.def~x",
                                      "9999999999.abc.def~x",
                                      "-1.abc.def~x"};
    static const char *const bad_sealed[] = {"!1.abc.def~x",
                                             "done!1.abc.def~x",
                                             "done.!1.abc.def~x",
                                             "done.0!1.abc.def~x",
                                             "done.1g!1.abc.def~x",
                                             "failed-ok.1!1.abc.def~x",
                                             "failed-.1!1.abc.def~x",
                                             "failed-partial.1!1.abc.def~x",
                                             "failed-nonsense.1!1.abc.def~x",
                                             "done.1ff!1.abc.def~x",
                                             "done.1uf!1.abc.def~x",
                                             "done.1u0!1.abc.def~x",
                                             "done.1uu!1.abc.def~x",
                                             "failed-corrupt.1u!1.abc.def~x",
                                             "done.1!",
                                             "failed-corrupt.1!nonsense"};
    struct token t;
    struct sealed s;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(token_parse(bad[i], &t), -1);
    for (size_t i = 0; i < sizeof bad_sealed / sizeof *bad_sealed; i++)
        assert_int_equal(token_parse_sealed(bad_sealed[i], &s), -1);
    assert_int_equal(token_parse_sealed("failed-corrupt.1!1.abc.def~x", &s), 0);
}

/* Whatever lies in work/: the parsers neither crash nor accept what they cannot give back. */
static void random_names(void **state)
{
    static const char likely[] = "01.~!%=-dfu.done.failed-corrupt.2F2Eabc";
    char name[NAME_CAP], again[NAME_CAP];
    struct token t;
    struct waiting w;
    struct sealed s;
    unsigned accepted = 0;
    (void)state;
    for (int i = 0; i < 200000; i++) {
        size_t n = roll(i % 8 ? 40 : NAME_CAP - 1), start = 0;
        if (i % 2)
            start = (size_t)snprintf(name, sizeof name, "1.abc.def~");
        for (size_t k = start; k < n; k++)
            name[k] = roll(4) ? likely[roll(sizeof likely - 1)] : (char)(1 + roll(255));
        name[n > start ? n : start] = 0;
        token_parse_waiting(name, &w);
        token_parse_sealed(name, &s);
        if (token_parse(name, &t) != 0)
            continue;
        accepted++;
        if (strlen(t.encoded) <= TOKEN_PATH_MAX && name[0] != '0') {
            token_name(&t, again);
            assert_string_equal(again, name);
        }
    }
    assert_true(accepted > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips_of_random_paths),
        cmocka_unit_test(waiting_and_sealed_round_trips),
        cmocka_unit_test(longest_names),
        cmocka_unit_test(spending),
        cmocka_unit_test(hostile_names_are_refused),
        cmocka_unit_test(random_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
