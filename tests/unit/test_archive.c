/*
 * archive: each kind of archive that tests/gen/archives.py makes comes to what is written here,
 * and to the same in the cage.
 */
#include "entrybox.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <sys/wait.h>

#include "extractd/parser/archive.h"
#include "extractd/parser/cage.h"
#include "spool/settings.h"

#define THREE "a.pdf 365 taken; folder/b.pdf 3364 taken; folder/deep/c.pdf 200365 taken; "
#define ODD                                                                                        \
    "noending 365 taken; zero.pdf 0 empty; text.txt 0 not_pdf; broken.pdf 7 taken; "               \
    "late.pdf 1265 taken; inner.zip 0 nested; inner.tgz 0 nested; inner.tar 0 nested; "
#define N60  "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
#define N300 N60 N60 N60 N60 N60

/* What each must come to. A listing of NULL is not looked at (it is long, or stops somewhere).
 * Sizes are of the bytes that were handed on, also of those to be thrown away. */
static const struct {
    const char *kind;
    enum outcome outcome;
    const char *listing;
} kinds[] = {
    {"zip", OUTCOME_OK, THREE},
    {"zip-stored", OUTCOME_OK, THREE},
    {"zip-bzip2", OUTCOME_OK, THREE},
    {"zip-lzma", OUTCOME_OK, THREE},
    {"zip-pipe", OUTCOME_OK, THREE},
    {"zip-pipe-stored", OUTCOME_OK, THREE},
    {"zip64", OUTCOME_OK, THREE},
    {"zip-utf8", OUTCOME_OK, "M\u00fcller/\u0444\u4e2d.pdf 365 taken; "},
    {"zip-empty", OUTCOME_EMPTY, ""},
    {"zip-encrypted", OUTCOME_PARTIAL, "open.pdf 365 taken; secret.pdf 0 encrypted; "},
    {"zip-all-encrypted", OUTCOME_ENCRYPTED, "open.txt 0 not_pdf; secret.pdf 0 encrypted; "},
    {"zip-links", OUTCOME_OK, "a.pdf 365 taken; soft.pdf 0 link; "},
    {"zip-names", OUTCOME_OK,
     "../up.pdf 365 taken; /abs.pdf 365 taken; a/b/c.pdf 365 taken; D:/e.pdf 365 taken; "
     "zero 365 taken; latin-%81.pdf 365 taken; same.pdf 365 taken; same.pdf 3364 taken; " N300
     ".pdf 365 taken; "},
    {"zip-half-name", OUTCOME_PARTIAL, "caf%E9 365 taken; "},
    {"zip-mac", OUTCOME_OK,
     "a.pdf 365 taken; __MACOSX/._a.pdf 0 litter; .DS_Store 0 litter; d/._b.pdf 0 litter; "
     "d/Thumbs.db 0 litter; "},
    {"zip-odd", OUTCOME_OK, ODD},
    {"zip-damaged", OUTCOME_PARTIAL, "a.pdf 365 taken; b.pdf 0 damaged; c.pdf 365 taken; "},
    {"zip-bomb", OUTCOME_LIMIT, NULL},
    {"zip-bomb-text", OUTCOME_OK, "bomb.txt 0 not_pdf; b.pdf 3364 taken; "},
    {"zip-overlap", OUTCOME_LIMIT, NULL},
    {"zip-entries", OUTCOME_LIMIT, NULL},
    {"zip-no-directory", OUTCOME_PARTIAL, THREE},
    {"zip-large", OUTCOME_PARTIAL, "large.pdf 12582921 taken; a.pdf 365 taken; "},
    {"tar-large", OUTCOME_OK, "large.pdf 12582921 taken; a.pdf 365 taken; "},
    {"zip-cut", OUTCOME_PARTIAL,
     "a.pdf 365 taken; folder/b.pdf 3364 taken; folder/deep/c.pdf 65536 damaged; "},
    {"zip-cut-early", OUTCOME_CORRUPT, "a.pdf 0 damaged; "},
    {"zip-garbage", OUTCOME_CORRUPT, ""},
    {"tar", OUTCOME_OK, THREE},
    {"tar-gnu", OUTCOME_OK, THREE},
    {"tar-old", OUTCOME_OK, "a.pdf 365 taken; folder/b.pdf 3364 taken; "},
    {"tar-utf8", OUTCOME_OK, "M\u00fcller/\u0444\u4e2d.pdf 365 taken; "},
    {"tar-latin1", OUTCOME_OK, "M%FCller.pdf 365 taken; "},
    {"tar-links", OUTCOME_OK,
     "a.pdf 365 taken; soft.pdf 0 link; hard.pdf 0 link; null 0 special; disk 0 special; "
     "pipe 0 special; "},
    {"tar-names", OUTCOME_OK, NULL},
    {"tar-odd", OUTCOME_OK, ODD},
    {"tar-sparse", OUTCOME_PARTIAL,
     "small.pdf 4096 taken; huge.pdf 0 too_large; after.pdf 9 taken; "},
    {"tar-cut", OUTCOME_PARTIAL,
     "a.pdf 365 taken; folder/b.pdf 3364 taken; folder/deep/c.pdf 65536 damaged; "},
    {"tgz", OUTCOME_OK, THREE},
    {"tbz", OUTCOME_OK, THREE},
    {"txz", OUTCOME_OK, THREE},
    {"tzst", OUTCOME_OK, THREE},
    {"tgz-cut", OUTCOME_PARTIAL, NULL},
    {"tgz-bomb", OUTCOME_LIMIT, NULL},
    {"tgz-bomb-text", OUTCOME_LIMIT, "a.pdf 365 taken; bomb.txt 0 not_pdf; "},
    {"tgz-longlinks", OUTCOME_LIMIT, NULL},
    {"zst-bomb", OUTCOME_LIMIT, NULL},
    {"tzst-window", OUTCOME_CORRUPT, ""},
    {"gz", OUTCOME_OK, " 3364 taken; "},
    {"gz-twice", OUTCOME_EMPTY, " 0 nested; "},
    {"gz-text", OUTCOME_EMPTY, " 0 not_pdf; "},
    {"gz-zip", OUTCOME_EMPTY, " 0 nested; "},
    {"gz-garbage", OUTCOME_CORRUPT, ""},
    {"xz-garbage", OUTCOME_CORRUPT, ""},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const struct entry_limits usual = ENTRY_LIMITS_DEFAULT;

static struct entry_report unpack(const char *kind, const struct entry_limits *limits,
                                  struct seen *s)
{
    size_t size;
    struct entry_report r;
    const struct entry_sink sink = {begin, take_bytes, end, s};
    void *data = read_kind(kind, &size);
    archive_unpack(data, size, limits, &sink, &r);
    free(data);
    return r;
}

static void each_kind(void **state)
{
    (void)state;
    for (size_t i = 0; made && i < KINDS; i++) {
        struct seen s = {0};
        struct entry_report r = unpack(kinds[i].kind, &usual, &s);
        if (r.outcome != kinds[i].outcome)
            fail_msg("%s: %s (%s), not %s", kinds[i].kind, outcome_facts(r.outcome)->name,
                     r.message, outcome_facts(kinds[i].outcome)->name);
        if (kinds[i].listing && strcmp(s.listing.data ? s.listing.data : "", kinds[i].listing))
            fail_msg("%s: %s\nnot: %s", kinds[i].kind, s.listing.data, kinds[i].listing);
        assert_true((r.outcome == OUTCOME_OK) == (r.message[0] == '\0'));
        assert_true(r.bytes <= (UINT64_C(64) << 20));
        buf_free(&s.listing);
    }
    assert_string_equal(setlocale(LC_ALL, NULL), "C");
    assert_int_equal(MB_CUR_MAX, 1); /* the locale of the names is gone again */
}

static void ends(const char *kind, const struct entry_limits *limits, enum outcome outcome,
                 const char *listing)
{
    struct seen s = {0};
    struct entry_report r = unpack(kind, limits, &s);
    assert_string_equal(outcome_facts(r.outcome)->name, outcome_facts(outcome)->name);
    assert_string_equal(s.listing.data ? s.listing.data : "", listing);
    buf_free(&s.listing);
}

/* Each limit, met exactly and exceeded by one. */
static void limits(void **state)
{
    struct entry_limits l = usual;
    (void)state;
    if (!made)
        return;
    l.entries = 3;
    ends("zip", &l, OUTCOME_OK, THREE);
    ends("tgz", &l, OUTCOME_OK, THREE);
    l.entries = 2;
    ends("zip", &l, OUTCOME_LIMIT, "a.pdf 365 taken; folder/b.pdf 3364 taken; ");
    l = usual;
    l.each = 3364;
    ends("zip", &l, OUTCOME_PARTIAL,
         "a.pdf 365 taken; folder/b.pdf 3364 taken; folder/deep/c.pdf 0 too_large; ");
    l.each = 3363;
    ends("tar", &l, OUTCOME_PARTIAL,
         "a.pdf 365 taken; folder/b.pdf 0 too_large; folder/deep/c.pdf 0 too_large; ");
    ends("gz", &l, OUTCOME_LIMIT, " 0 too_large; "); /* undeclared: found out by reading */
    l = usual;
    l.total = 204094;
    ends("tzst", &l, OUTCOME_OK, THREE);
    l.total = 204093;
    ends("tzst", &l, OUTCOME_LIMIT, "a.pdf 365 taken; folder/b.pdf 3364 taken; folder/deep/c.pdf");
}

/* Memory that was short some time before is no trouble of this archive's: a name that ends within a
 * character must not end the process (libarchive does that, where errno says ENOMEM). */
static void an_old_lack_of_memory(void **state)
{
    (void)state;
    if (!made)
        return;
    errno = ENOMEM;
    ends("zip-half-name", &usual, OUTCOME_PARTIAL, "caf%E9 365 taken; ");
}

/* A sink that has had enough is not called again. */
static void the_sink_stops_it(void **state)
{
    (void)state;
    for (int stop = 1; made && stop <= 9; stop++) {
        struct seen s = {.stop_at = stop};
        struct entry_report r = unpack("tgz", &usual, &s);
        assert_int_equal(r.outcome, OUTCOME_CANCELLED);
        assert_int_equal(s.step, stop);
        buf_free(&s.listing);
    }
}

static void what_is_no_archive(void **state)
{
    struct seen s = {0};
    struct entry_report r;
    const struct entry_sink sink = {begin, take_bytes, end, &s};
    (void)state;
    archive_unpack("%PDF-1.4", 8, &usual, &sink, &r);
    assert_int_equal(r.outcome, OUTCOME_NOT_PDF);
    archive_unpack("", 0, &usual, &sink, &r);
    assert_int_equal(r.outcome, OUTCOME_NOT_PDF);
    assert_int_equal(s.step, 0);
}

/* ---- in the cage ---- */

enum { RESULTS_FD = 4, NO_CAGE = 77, NOT_CAGED = 78 };

/* Never returns. Writes what it finds to descriptor 4: the only one but stderr that it may. */
static void caged(pid_t parent, const char *kind, int to, uint64_t memory)
{
    const char *why;
    const struct cage_order order = {.sandbox = SANDBOX_REQUIRE,
                                     .at_most = CAGE_FULL,
                                     .parent = parent,
                                     .memory_limit = memory,
                                     .cpu_limit_s = 60,
                                     .documents = 1};
    struct seen s = {0};
    struct entry_report r;
    size_t size;
    void *data = read_kind(kind, &size);
    const struct entry_sink sink = {begin, take_bytes, end, &s};
    if (dup2(to, RESULTS_FD) < 0 || cage_enter(&order, &why) < 0)
        _exit(NO_CAGE);
    if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES)
        _exit(NOT_CAGED);
    archive_unpack(data, size, &usual, &sink, &r);
    buf_fmt(&s.listing, "= %s", outcome_facts(r.outcome)->name);
    for (size_t n = 0; n < s.listing.len;) {
        ssize_t done = write(RESULTS_FD, s.listing.data + n, s.listing.len - n);
        if (done <= 0)
            _exit(1);
        n += (size_t)done;
    }
    _exit(0);
}

/* Wait status; what it wrote is in *said. */
static int in_the_cage(const char *kind, uint64_t memory, struct buf *said)
{
    int pipes[2], status;
    char piece[4096];
    ssize_t n;
    pid_t me = getpid();
    assert_int_equal(pipe(pipes), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        caged(me, kind, pipes[1], memory);
    assert_true(pid > 0);
    close(pipes[1]);
    while ((n = read(pipes[0], piece, sizeof piece)) > 0)
        buf_add(said, piece, (size_t)n);
    close(pipes[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

#define CAGED_MEMORY (UINT64_C(512) << 20)

static bool cage_works(void)
{
#ifdef __SANITIZE_ADDRESS__
    print_message("skipped: the address sanitizer and the cage do not go together\n");
    return false;
#else
    struct buf said = {0};
    int status = made ? in_the_cage("zip", CAGED_MEMORY, &said) : 0;
    bool none = !made || (WIFEXITED(status) && WEXITSTATUS(status) == NO_CAGE);
    buf_free(&said);
    if (none)
        print_message("skipped: no archives, or no seccomp here\n");
    return !none;
#endif
}

/* Everything above, under the filter, Landlock and the limits: no file, no thread (clone kills), no
 * more memory than a parser has. */
static void each_kind_in_the_cage(void **state)
{
    (void)state;
    if (!cage_works())
        return;
    for (size_t i = 0; i < KINDS; i++) {
        struct buf said = {0}, want = {0};
        int status = in_the_cage(kinds[i].kind, CAGED_MEMORY, &said);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fail_msg("%s: wait status %#x", kinds[i].kind, (unsigned)status);
        buf_fmt(&want, "%s= %s", kinds[i].listing ? kinds[i].listing : "",
                outcome_facts(kinds[i].outcome)->name);
        const char *got = kinds[i].listing ? said.data : strrchr(said.data, '=');
        assert_string_equal(got, want.data);
        buf_free(&said);
        buf_free(&want);
    }
}

/* A dictionary of 4 GiB is claimed: refused by the limit of memory, and nothing dies. */
static void a_window_too_large(void **state)
{
    struct buf said = {0};
    (void)state;
    if (!cage_works())
        return;
    assert_int_equal(in_the_cage("txz-window", CAGED_MEMORY, &said), 0);
    assert_true(strcmp(said.data, "= corrupt") == 0 || strcmp(said.data, "= memory") == 0);
    buf_free(&said);
}

/* ---- */

static int set_up(void **state)
{
    (void)state;
    return entrybox_make() == 0 && archive_prepare() == 0 && cage_prepare() == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return entrybox_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind),
        cmocka_unit_test(limits),
        cmocka_unit_test(an_old_lack_of_memory),
        cmocka_unit_test(the_sink_stops_it),
        cmocka_unit_test(what_is_no_archive),
        cmocka_unit_test(each_kind_in_the_cage),
        cmocka_unit_test(a_window_too_large),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
