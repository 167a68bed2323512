/* sweep: what is old and nobody's goes, everything else stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "spool/reserve.h"
#include "spool/sweep.h"

/* What is made after age() is young for so long, however slow the machine. */
enum { OLD_MS = 500 };

static char root[64];
static struct spool spool;
static struct lease lease;
static struct lease_shared shared;

static void path_of(char *out, size_t cap, const char *name)
{
    snprintf(out, cap, "%s/%s", root, name);
}

static void put(const char *name)
{
    char path[4096];
    path_of(path, sizeof path, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("x", f);
    assert_int_equal(fclose(f), 0);
}

static void folder(const char *name)
{
    char path[4096];
    path_of(path, sizeof path, name);
    assert_int_equal(mkdir(path, 0775), 0);
}

static bool there(const char *name)
{
    char path[4096];
    struct stat st;
    path_of(path, sizeof path, name);
    return lstat(path, &st) == 0;
}

static void put_work(const char *token)
{
    int fd = openat(lease.work, token, O_CREAT | O_WRONLY, 0664);
    assert_true(fd >= 0);
    close(fd);
}

static int setup(void **state)
{
    char err[512];
    int code;
    (void)state;
    snprintf(root, sizeof root, "/tmp/test_sweep.XXXXXX");
    assert_non_null(mkdtemp(root));
    assert_int_equal(spool_init(root, err, sizeof err), 0);
    assert_int_equal(
        spool_open(&spool, root, "alpha", NULL, settings_report_stderr, err, sizeof err, &code), 0);
    memset(&shared, 0, sizeof shared);
    assert_int_equal(lease_create(&lease, &spool, &shared, getpid()), 0);
    spool.settings.sweep_age = OLD_MS;
    spool.settings.empty_folder_age = OLD_MS;
    return 0;
}

static int teardown(void **state)
{
    char command[128];
    (void)state;
    fs = &fsop_posix;
    lease_close(&lease);
    spool_close(&spool);
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command) == 0 ? 0 : -1;
}

static void age(void)
{
    clock_sleep_ms(OLD_MS + 100);
    assert_int_equal(lease_beat(&lease), 0);
}

/* A whole round, in steps of this many entries. */
static struct swept round_of(unsigned entries)
{
    struct swept sum = {0};
    struct sweep *w = sweep_new(&spool, &lease);
    int more = 1, steps = 0;
    assert_non_null(w);
    while (more == 1 && ++steps < 10000)
        more = sweep_step(w, entries, &sum);
    assert_int_equal(more, 0);
    sweep_free(w);
    return sum;
}

static void results_of_no_claim_go(void **state)
{
    (void)state;
    folder("done/a");
    folder("failed/crashed");
    put("done/a/.doc1-1.clm-gone.txt");
    put("done/a/.doc1-1.clm-gone.json");
    put("failed/crashed/.doc2-1.clm-gone2.json");
    put("done/.doc3-1.clm-work.txt");
    put("done/.doc4-1.clm-seal.txt");
    put("done/a/x.txt");
    put("done/a/.keep");
    put("done/a/.BAD.ID.txt");
    put("done/a/.doc1-1.clm-gone.pdf");
    put_work("1.doc3-1.clm-work~x.pdf");
    put_work("done.1!1.doc4-1.clm-seal~y.pdf");
    spool.settings.sweep_age = 3600000;
    age();
    assert_int_equal(round_of(1000).results, 0);
    assert_true(there("done/a/.doc1-1.clm-gone.txt"));
    spool.settings.sweep_age = OLD_MS;
    assert_int_equal(round_of(1000).results, 3);
    assert_false(there("done/a/.doc1-1.clm-gone.txt"));
    assert_false(there("done/a/.doc1-1.clm-gone.json"));
    assert_false(there("failed/crashed/.doc2-1.clm-gone2.json"));
    assert_true(there("done/.doc3-1.clm-work.txt"));
    assert_true(there("done/.doc4-1.clm-seal.txt"));
    assert_true(there("done/a/x.txt"));
    assert_true(there("done/a/.keep"));
    assert_true(there("done/a/.BAD.ID.txt"));
    assert_true(there("done/a/.doc1-1.clm-gone.pdf"));
    assert_int_equal(round_of(1).results, 0);
}

static void small_steps_do_the_same(void **state)
{
    char name[64];
    (void)state;
    for (int i = 0; i < 150; i++) {
        snprintf(name, sizeof name, "done/.doc-%d.clm-%d.txt", i, i);
        put(name);
    }
    put_work("1.doc-7.clm-7~x.pdf");
    age();
    assert_int_equal(round_of(1).results, 149);
    assert_true(there("done/.doc-7.clm-7.txt"));
}

static void take(const char *stem, const char *document, char key[RESERVE_KEY_CAP])
{
    reserve_key("done", stem, key);
    assert_int_equal(reserve_take(&spool, key, document), 1);
}

static bool held(const char *key)
{
    char name[64];
    snprintf(name, sizeof name, "control/names/%s", key);
    return there(name);
}

static void reservations_of_nobody_go(void **state)
{
    char gone[RESERVE_KEY_CAP], work[RESERVE_KEY_CAP], retry[RESERVE_KEY_CAP],
        young[RESERVE_KEY_CAP];
    (void)state;
    take("gone", "doc-gone", gone);
    take("work", "doc-work", work);
    take("retry", "doc-retry", retry);
    put_work("done.1!1.doc-work.clm-1~work.pdf");
    put("pending/.retry/0.text.2c.doc-retry.clm-2~retry.pdf");
    age();
    take("young", "doc-young", young);
    assert_int_equal(round_of(1000).reservations, 1);
    assert_false(held(gone));
    assert_true(held(work));
    assert_true(held(retry));
    assert_true(held(young));
}

static void path_files_of_nobody_go(void **state)
{
    (void)state;
    put("control/paths/doc-gone");
    put("control/paths/.doc-gone2.new");
    put("control/paths/doc-work");
    put("control/paths/doc-retry");
    put("control/paths/NOT OURS");
    put("control/.new-abc");
    put("control/pause");
    put_work("1.doc-work.clm-1~%=work.pdf");
    put("pending/.retry/0.text.2c.doc-retry.clm-2~%=retry.pdf");
    age();
    assert_int_equal(round_of(1000).paths, 2);
    assert_false(there("control/paths/doc-gone"));
    assert_false(there("control/paths/.doc-gone2.new"));
    assert_true(there("control/paths/doc-work"));
    assert_true(there("control/paths/doc-retry"));
    assert_true(there("control/paths/NOT OURS"));
    assert_false(there("control/.new-abc"));
    assert_true(there("control/pause"));
}

/* Pages that were kept of a document go when it is nowhere any more, and not before. */
static void page_files_of_nobody_go(void **state)
{
    (void)state;
    put("control/paths/doc-gone.pages");
    put("control/paths/doc-work.pages");
    put("control/paths/.doc-work.0123456789ab.new");
    put("control/paths/.doc-gone.0123456789ab.new");
    put("control/paths/doc-seal.pages");
    put("control/paths/doc-text.pages");
    put("control/paths/doc-ocr.pages");
    put("control/paths/doc-gone.pages.old");
    put_work("1.doc-work.clm-1~work.pdf");
    put_work("done.1!1.doc-seal.clm-2~seal.pdf");
    put("pending/.retry/0.text.2c.doc-text.clm-3~text.pdf");
    put("pending/.retry/0.ocr.1.doc-ocr.clm-4~ocr.pdf");
    spool.settings.sweep_age = 3600000;
    age();
    assert_int_equal(round_of(1000).paths, 0);
    spool.settings.sweep_age = OLD_MS;
    assert_int_equal(round_of(1000).paths, 2);
    assert_false(there("control/paths/doc-gone.pages"));
    assert_false(there("control/paths/.doc-gone.0123456789ab.new"));
    assert_true(there("control/paths/doc-work.pages"));
    assert_true(there("control/paths/.doc-work.0123456789ab.new"));
    assert_true(there("control/paths/doc-seal.pages"));
    assert_true(there("control/paths/doc-text.pages"));
    assert_true(there("control/paths/doc-ocr.pages"));
    assert_true(there("control/paths/doc-gone.pages.old"));
}

static void put_empty(const char *name)
{
    char path[4096];
    path_of(path, sizeof path, name);
    assert_int_equal(truncate(path, 0), 0);
}

/* A user's file goes neither for how its name begins, nor for where it lies. */
static void probes_and_parts_of_the_dead_go_and_nothing_like_them(void **state)
{
    static const char *const gone[] = {
        "control/.probe-0123456789ab",
        "pending/.retry/.probe-0123456789ab",
        "done/.probe-0123456789ab",
        "failed/.probe-0123456789ab",
        "pending/.spoolctl-0123456789abcdef.part",
        "pending/a/.spoolctl-0123456789abcdef.part",
    };
    static const char *const empty_stays[] = {
        "done/a/.probe-0123456789ab", "done/.probe-0123456789abc", "done/.probe-0123456789a",
        "done/.probe-0123456789aB",   "failed/.probe-data",        "done/.probe-",
    };
    static const char *const stays[] = {
        "done/.probe-full56789abc",
        "pending/.spoolctl-0123456789abcde.part",
        "pending/.spoolctl-0123456789abcdefg.part",
        "pending/.spoolctl-notes.part",
        "pending/.spoolctl-0123456789abcdef.part.pdf",
        "pending/.spoolctl-.part",
    };
    enum { GONE = sizeof gone / sizeof *gone, EMPTY = sizeof empty_stays / sizeof *empty_stays };
    (void)state;
    folder("done/a");
    folder("pending/a");
    for (size_t i = 0; i < GONE; i++) {
        put(gone[i]);
        if (strstr(gone[i], "probe"))
            put_empty(gone[i]);
    }
    for (size_t i = 0; i < EMPTY; i++) {
        put(empty_stays[i]);
        put_empty(empty_stays[i]);
    }
    for (size_t i = 0; i < sizeof stays / sizeof *stays; i++)
        put(stays[i]);
    spool.settings.sweep_age = 3600000;
    age();
    round_of(1000);
    for (size_t i = 0; i < GONE; i++)
        assert_true(there(gone[i]));
    spool.settings.sweep_age = OLD_MS;
    round_of(1000);
    for (size_t i = 0; i < GONE; i++)
        assert_false(there(gone[i]));
    for (size_t i = 0; i < EMPTY; i++)
        assert_true(there(empty_stays[i]));
    for (size_t i = 0; i < sizeof stays / sizeof *stays; i++)
        assert_true(there(stays[i]));
}

static void folders_long_empty_go(void **state)
{
    (void)state;
    folder("pending/old");
    folder("pending/full");
    put("pending/full/x.pdf");
    folder("pending/nest");
    folder("pending/nest/inner");
    folder("pending/.hidden");
    age();
    folder("pending/young");
    spool.settings.empty_folder_age = 0;
    assert_int_equal(round_of(1000).folders, 0);
    spool.settings.empty_folder_age = OLD_MS;
    assert_int_equal(round_of(1000).folders, 2);
    assert_false(there("pending/old"));
    assert_false(there("pending/nest/inner"));
    assert_true(there("pending/nest")); /* has been empty since just now only */
    assert_true(there("pending/full/x.pdf"));
    assert_true(there("pending/young"));
    assert_true(there("pending/.hidden"));
    assert_true(there("pending/.retry"));
    age();
    assert_int_equal(round_of(1000).folders, 2); /* nest and young */
    assert_true(there("pending"));
}

static void unpacked(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "pending/.unpack/%s", name);
    folder(path);
    strcat(path, "/f");
    folder(path);
    strcat(path, "/a.pdf");
    put(path);
}

/* Hidden folders of unpacked documents go with their claim, whatever is in them. */
static void unpacked_documents_of_no_claim_go(void **state)
{
    (void)state;
    unpacked("doc-1.clm-gone");
    unpacked("doc-2.clm-gone2.void");
    unpacked("doc-3.clm-work");
    unpacked("doc-4.clm-seal");
    unpacked("doc-5.clm-seal2.void");
    unpacked("NOT OURS");
    folder("pending/.unpack/.probe-0123456789ab");
    folder("pending/.probe-0123456789ab");
    folder("pending/.probe-0123456789ac");
    put("pending/.probe-0123456789ac/x");
    put_work("1.doc-3.clm-work~x.zip");
    put_work("done.1u1!1.doc-4.clm-seal~y.zip");
    put_work("done.1u!1.doc-5.clm-seal2~z.zip");
    spool.settings.sweep_age = 3600000;
    age();
    assert_int_equal(round_of(1000).unpacked, 0);
    assert_true(there("pending/.unpack/doc-1.clm-gone/f/a.pdf"));
    spool.settings.sweep_age = OLD_MS;
    assert_int_equal(round_of(1000).unpacked, 2);
    assert_false(there("pending/.unpack/doc-1.clm-gone"));
    assert_false(there("pending/.unpack/doc-1.clm-gone.void"));
    assert_false(there("pending/.unpack/doc-2.clm-gone2.void"));
    assert_true(there("pending/.unpack/doc-3.clm-work/f/a.pdf"));
    assert_true(there("pending/.unpack/doc-4.clm-seal/f/a.pdf"));
    assert_true(there("pending/.unpack/doc-5.clm-seal2.void/f/a.pdf"));
    assert_true(there("pending/.unpack/NOT OURS/f/a.pdf"));
    assert_false(there("pending/.unpack/.probe-0123456789ab"));
    assert_false(there("pending/.probe-0123456789ab"));
    assert_true(there("pending/.probe-0123456789ac/x"));
}

/* What becomes of an archive's documents is still to be written under its reservation, and by its
 * path. */
static void what_a_pointer_needs_stays(void **state)
{
    char waits[RESERVE_KEY_CAP], path[4096];
    (void)state;
    take("waits", "doc-waits", waits);
    put("control/paths/doc-waits");
    path_of(path, sizeof path, "control/archives/doc-waits");
    assert_int_equal(symlink("done.1u1!1.doc-waits.clm-1~%=x.zip", path), 0);
    age();
    struct swept sum = round_of(1000);
    assert_int_equal(sum.reservations + sum.paths, 0);
    assert_true(held(waits) && there("control/paths/doc-waits"));
    assert_int_equal(unlink(path), 0);
    sum = round_of(1000);
    assert_int_equal(sum.reservations + sum.paths, 2);
}

/* A token that comes into work/ after its result was found old, and before the list is read,
 * protects it. */
static int appearing_statx(int dir, const char *name, int flags, struct statx *out)
{
    if (strncmp(name, ".doc-late.", 10) == 0 &&
        faccessat(lease.work, "1.doc-late.clm-late~x.pdf", F_OK, 0) != 0)
        put_work("1.doc-late.clm-late~x.pdf");
    return fsop_posix.statx(dir, name, flags, out);
}

static void what_is_in_use_is_read_after_the_candidate_was_found(void **state)
{
    struct fsop table = fsop_posix;
    (void)state;
    put("done/.doc-late.clm-late.txt");
    put("done/.doc-gone.clm-gone.txt");
    age();
    table.statx = appearing_statx;
    fs = &table;
    assert_int_equal(round_of(1000).results, 1);
    fs = &fsop_posix;
    assert_true(there("done/.doc-late.clm-late.txt"));
    assert_false(there("done/.doc-gone.clm-gone.txt"));
}

/* When claimed/ cannot be listed nothing may be removed. */
static int failing_claimed(int dir, const char *name, int flags, mode_t mode)
{
    if (dir == spool.claimed && strcmp(name, ".") == 0) {
        errno = EIO;
        return -1;
    }
    return fsop_posix.openat(dir, name, flags, mode);
}

static void without_the_list_nothing_goes(void **state)
{
    struct fsop table = fsop_posix;
    struct swept sum = {0};
    (void)state;
    put("done/.doc-gone.clm-gone.txt");
    age();
    table.openat = failing_claimed;
    fs = &table;
    struct sweep *w = sweep_new(&spool, &lease);
    assert_int_equal(sweep_step(w, 1000, &sum), -1);
    assert_int_equal(sum.results, 0);
    assert_true(there("done/.doc-gone.clm-gone.txt"));
    fs = &fsop_posix;
    assert_int_equal(sweep_step(w, 1000, &sum), 0); /* the next round is a whole one */
    assert_int_equal(sum.results, 1);
    sweep_free(w);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(results_of_no_claim_go),
        TEST(small_steps_do_the_same),
        TEST(reservations_of_nobody_go),
        TEST(path_files_of_nobody_go),
        TEST(page_files_of_nobody_go),
        TEST(probes_and_parts_of_the_dead_go_and_nothing_like_them),
        TEST(folders_long_empty_go),
        TEST(unpacked_documents_of_no_claim_go),
        TEST(what_a_pointer_needs_stays),
        TEST(what_is_in_use_is_read_after_the_candidate_was_found),
        TEST(without_the_list_nothing_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
