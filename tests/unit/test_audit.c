/* audit: a clean tree has no problem; each planted one is found; what moves on is none. */
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
#include "base/sha256.h"
#include "spool/audit.h"
#include "spool/lease.h"
#include "spool/reserve.h"

static char root[64];
static struct spool spool;
static struct lease lease;
static struct lease_shared shared;

static void path_of(char *out, size_t cap, const char *name)
{
    snprintf(out, cap, "%s/%s", root, name);
}

static void put(const char *name, const char *content)
{
    char path[4096];
    path_of(path, sizeof path, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(content, f);
    assert_int_equal(fclose(f), 0);
}

static void folder(const char *name)
{
    char path[4096];
    path_of(path, sizeof path, name);
    assert_int_equal(mkdir(path, 0775), 0);
}

static void gone(const char *name)
{
    char path[4096];
    path_of(path, sizeof path, name);
    assert_int_equal(unlink(path), 0);
}

static void put_work(const char *token)
{
    int fd = openat(lease.work, token, O_CREAT | O_WRONLY, 0664);
    assert_true(fd >= 0);
    close(fd);
}

/* The triple of a document as the worker publishes it: PDF "pdf <id>", text "text <id>". */
static void publish(const char *folder_path, const char *pdf, const char *stem, const char *path,
                    const char *id)
{
    char name[4200], content[64], text[64], json[9000], hash[SHA256_HEX], text_hash[SHA256_HEX];
    snprintf(content, sizeof content, "pdf %s", id);
    snprintf(text, sizeof text, "text %s", id);
    sha256_hex(content, strlen(content), hash);
    sha256_hex(text, strlen(text), text_hash);
    bool done = strncmp(folder_path, "done", 4) == 0;
    snprintf(json, sizeof json,
             "{\"path\":\"%s\",\"document\":\"%s\",\"claim\":\"c-1\",\"attempt\":1,\"sha256\":\"%"
             "s\",\"size\":%zu,"
             "\"text_sha256\":\"%s\",\"text_bytes\":%zu,\"outcome\":\"%s\"}",
             path, id, hash, strlen(content), text_hash, strlen(text), done ? "ok" : "failed");
    snprintf(name, sizeof name, "%s/%s", folder_path, pdf);
    put(name, content);
    snprintf(name, sizeof name, "%s/%s.json", folder_path, stem);
    put(name, json);
    snprintf(name, sizeof name, "%s/%s.txt", folder_path, stem);
    if (done)
        put(name, text);
}

static int setup(void **state)
{
    char err[512];
    int code;
    (void)state;
    snprintf(root, sizeof root, "/tmp/test_audit.XXXXXX");
    assert_non_null(mkdtemp(root));
    assert_int_equal(spool_init(root, err, sizeof err), 0);
    assert_int_equal(
        spool_open(&spool, root, "alpha", NULL, settings_report_stderr, err, sizeof err, &code), 0);
    memset(&shared, 0, sizeof shared);
    assert_int_equal(lease_create(&lease, &spool, &shared, getpid()), 0);
    folder("done/a");
    folder("failed/corrupt");
    folder("failed/corrupt/a");
    publish("done", "x.pdf", "x", "x.pdf", "doc-x");
    publish("done", "x~2.pdf", "x~2", "x.pdf", "doc-x2");
    publish("done/a", "Y.PDF", "Y", "a/Y.PDF", "doc-y");
    publish("done", "plain", "plain", "plain", "doc-plain");
    publish("done", "n.txt.pdf", "n.txt", "n.txt", "doc-n");
    publish("done", "b%2Fc.pdf", "b%2Fc", "b/c.pdf",
            "doc-flat"); /* flat: its folder was a document's name */
    publish("failed/corrupt/a", "z.pdf", "z", "a/z.pdf", "doc-z");
    put("pending/p.pdf", "x");
    put("pending/empty.pdf", "");
    put("pending/.hidden.pdf", "x");
    put("pending/.retry/5.text.2c.doc-w.clm-w~w.pdf", "x");
    put_work("1.doc-c.clm-c~c.pdf");
    put("done/.doc-c.clm-c.txt", "in work");
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

struct told {
    unsigned n;
    char kind[8][32], path[8][512];
};

static void on_problem(void *arg, const struct audit_problem *p)
{
    struct told *t = arg;
    if (t->n < 8) {
        snprintf(t->kind[t->n], sizeof t->kind[0], "%s", p->kind);
        snprintf(t->path[t->n], sizeof t->path[0], "%s", p->path);
    }
    assert_true(strlen(p->what) > 20);
    t->n++;
}

static struct audit_counts counts;

static struct told audit(bool verify)
{
    struct audit_options o = {verify, 5};
    struct told t = {0};
    assert_int_equal(audit_run(&spool, &o, on_problem, &t, &counts), 0);
    assert_int_equal(counts.problems, t.n);
    return t;
}

static void expect(bool verify, const char *kind, const char *path)
{
    struct told t = audit(verify);
    if (t.n != 1 || strcmp(t.kind[0], kind) != 0 || (path && strcmp(t.path[0], path) != 0))
        print_error("expected %s at %s; got %u: %s at %s\n", kind, path ? path : "?", t.n,
                    t.kind[0], t.path[0]);
    assert_int_equal(t.n, 1);
    assert_string_equal(t.kind[0], kind);
    if (path)
        assert_string_equal(t.path[0], path);
}

static void clean_tree(void **state)
{
    (void)state;
    put_work(
        "done.1!1.doc-s.clm-s~s.pdf"); /* sealed: its text is visible already, its JSON is not */
    put("done/s.txt", "text");
    put("done/.doc-s.clm-s.json", "{}");
    struct told t = audit(true);
    if (t.n)
        print_error("%s at %s\n", t.kind[0], t.path[0]);
    assert_int_equal(t.n, 0);
    assert_int_equal(counts.pending, 1);
    assert_int_equal(counts.ignored[IGNORED_EMPTY], 1);
    assert_int_equal(counts.ignored[IGNORED_NAME], 1);
    assert_int_equal(counts.waiting, 1);
    assert_int_equal(counts.claimed, 1);
    assert_int_equal(counts.sealed, 1);
    assert_int_equal(counts.done, 6);
    assert_int_equal(counts.failed, 1);
    assert_int_equal(counts.verified, 7);
    assert_int_equal(counts.leftovers, 0);
}

static void twice_published(void **state)
{
    (void)state;
    publish("done/a", "x.pdf", "x", "a/x.pdf", "doc-x");
    expect(false, "twice", NULL);
}

static void twice_claimed_and_done(void **state)
{
    (void)state;
    put_work("1.doc-y.clm-9~a%2FY.PDF");
    expect(false, "twice", NULL);
}

static void twice_waiting(void **state)
{
    (void)state;
    put("pending/.retry/0.text.3cc.doc-c.clm-8~c.pdf", "x");
    expect(false, "twice", NULL);
}

static void no_text(void **state)
{
    (void)state;
    gone("done/x.txt");
    expect(false, "incomplete", "done/x.pdf");
}

static void no_json(void **state)
{
    (void)state;
    gone("failed/corrupt/a/z.json");
    expect(false, "incomplete", "failed/corrupt/a/z.pdf");
}

static void no_pdf(void **state)
{
    (void)state;
    gone("done/a/Y.PDF");
    gone("done/a/Y.json");
    expect(false, "orphan", "done/a/Y.txt");
}

static void broken_json(void **state)
{
    (void)state;
    put("done/x.json", "{\"path\":");
    expect(false, "json", "done/x.pdf");
}

static void other_size(void **state)
{
    (void)state;
    put("done/x.pdf", "another length");
    expect(false, "size", "done/x.pdf");
}

static void other_text_size(void **state)
{
    (void)state;
    put("done/x.txt", "");
    expect(false, "size", "done/x.pdf");
}

static void other_content(void **state)
{
    (void)state;
    put("done/x.pdf", "PDF doc-x"); /* the same length */
    assert_int_equal(audit(false).n, 0);
    expect(true, "hash", "done/x.pdf");
}

static void other_text(void **state)
{
    (void)state;
    put("done/x.txt", "TEXT doc-x");
    assert_int_equal(audit(false).n, 0);
    expect(true, "hash", "done/x.pdf");
}

static void results_of_another(void **state)
{
    (void)state;
    publish("done", "x.pdf", "x", "a/Y.PDF", "doc-q");
    expect(false, "path", "done/x.pdf");
}

static void foreign_things(void **state)
{
    (void)state;
    put("README", "hello");
    expect(false, "foreign", "README");
    gone("README");
    put("claimed/note", "hello");
    expect(false, "foreign", "claimed/note");
    gone("claimed/note");
    put("control/stop", "hello");
    expect(false, "foreign", "control/stop");
    gone("control/stop");
    put("done/.strange", "hello");
    expect(false, "foreign", "done/.strange");
}

static void names_that_are_no_tokens(void **state)
{
    (void)state;
    put_work("what.pdf");
    struct told t = audit(false);
    assert_int_equal(t.n, 1);
    assert_string_equal(t.kind[0], "token");
    assert_int_equal(unlinkat(lease.work, "what.pdf", 0), 0);
    put("pending/.retry/mine.pdf", "x");
    expect(false, "token", "pending/.retry/mine.pdf");
}

static void too_many_attempts(void **state)
{
    (void)state;
    put("pending/.retry/0.text.5cccc.doc-5.clm-5~five.pdf", "x"); /* max_attempts + 1 is allowed */
    assert_int_equal(audit(false).n, 0);
    put("pending/.retry/0.text.6ccccc.doc-6.clm-6~six.pdf", "x");
    expect(false, "attempts", "pending/.retry/0.text.6ccccc.doc-6.clm-6~six.pdf");
}

static void lost_path(void **state)
{
    (void)state;
    put("control/paths/doc-5", "long/path.pdf");
    put("pending/.retry/0.text.1.doc-5.clm-5~%=path.pdf", "x");
    assert_int_equal(audit(false).n, 0);
    gone("control/paths/doc-5");
    expect(false, "path-lost", "pending/.retry/0.text.1.doc-5.clm-5~%=path.pdf");
}

/* Unpacked documents count as pending once they are visible, and before that are their claim's. */
static void unpacked_documents(void **state)
{
    char path[4096];
    (void)state;
    folder("pending/.unpack/doc-s.clm-s");
    put("pending/.unpack/doc-s.clm-s/in.pdf", "x");
    put_work("done.1u2!1.doc-s.clm-s~s.zip");
    path_of(path, sizeof path, "control/archives/doc-x");
    assert_int_equal(symlink("done.1u1!1.doc-x.clm-x~x.pdf", path), 0);
    put("control/paths/doc-x", "a path that the pointer needs");
    assert_int_equal(audit(false).n, 0);
    assert_int_equal(counts.pending, 1);
    assert_int_equal(counts.leftovers, 0);
    folder("pending/.unpack/doc-g.clm-gone");
    folder("pending/.unpack/doc-h.clm-gone.void");
    assert_int_equal(audit(false).n, 0);
    assert_int_equal(counts.leftovers, 2);
    spool.settings.sweep_age = -60000;
    struct told t = audit(false);
    assert_int_equal(t.n, 2);
    assert_string_equal(t.kind[0], "leftover");
    assert_string_equal(t.kind[1], "leftover");
}

static void foreign_things_among_the_unpacked(void **state)
{
    (void)state;
    put("pending/.unpack/mine.pdf", "x");
    expect(false, "foreign", "pending/.unpack/mine.pdf");
    gone("pending/.unpack/mine.pdf");
    put("pending/.unpack/doc-1.clm-1", "a file");
    expect(false, "foreign", "pending/.unpack/doc-1.clm-1");
    gone("pending/.unpack/doc-1.clm-1");
    put("control/archives/doc-1", "no link");
    expect(false, "foreign", "control/archives/doc-1");
}

static void dead_lease(void **state)
{
    (void)state;
    folder("claimed/beta");
    folder("claimed/beta/abcdefghjkmn.1.2.3.4");
    expect(false, "lease", "claimed/beta/abcdefghjkmn.1.2.3.4");
}

static void links(void **state)
{
    char path[128];
    (void)state;
    path_of(path, sizeof path, "done/link.pdf");
    assert_int_equal(symlink("/etc/passwd", path), 0);
    expect(false, "special", "done/link.pdf");
}

static void leftovers_by_age(void **state)
{
    char key[RESERVE_KEY_CAP];
    (void)state;
    put("done/.doc-l.clm-l.json", "{}");
    assert_int_equal(audit(false).n, 0);
    assert_int_equal(counts.leftovers, 1);
    reserve_key("done", "r", key);
    assert_int_equal(reserve_take(&spool, key, "doc-r"), 1);
    put("control/paths/doc-p", "a");
    reserve_key("done", "c", key);
    assert_int_equal(reserve_take(&spool, key, "doc-c"), 1); /* in work: never a problem */
    put("control/paths/doc-p.pages", "pages");
    put("control/paths/doc-c.pages", "pages");
    put("control/paths/doc-o.pages", "pages");
    put("pending/.retry/0.ocr.1.doc-o.clm-o~o.pdf", "x"); /* waits for OCR */
    assert_int_equal(audit(false).n, 0);
    spool.settings.sweep_age = 50;
    clock_sleep_ms(100);
    struct told t = audit(false);
    assert_int_equal(t.n, 4);
    assert_int_equal(counts.leftovers, 0);
    unsigned seen = 0;
    for (unsigned i = 0; i < t.n; i++)
        seen |= strcmp(t.path[i], "control/paths/doc-p.pages") == 0 ? 8u
                : strcmp(t.kind[i], "leftover") == 0                ? 1u
                : strcmp(t.kind[i], "reservation") == 0             ? 2u
                : strcmp(t.kind[i], "pathfile") == 0                ? 4u
                                                                    : 0u;
    assert_int_equal(seen, 15);
}

/* A document that is published while the audit runs: x.txt is seen before the PDF comes, which is
 * not there at the first look again either. No false alarm. */
static unsigned listings;

static int publishing_openat(int dir, const char *name, int flags, mode_t mode)
{
    if (dir == spool.claimed && strcmp(name, ".") == 0 &&
        ++listings == 4) /* three for each round of looks */
        publish("done", "live.pdf", "live", "live.pdf", "doc-live");
    return fsop_posix.openat(dir, name, flags, mode);
}

static void what_moves_on_is_no_problem(void **state)
{
    struct fsop table = fsop_posix;
    (void)state;
    put("done/live.txt", "text doc-live");
    expect(false, "orphan", "done/live.txt");
    table.openat = publishing_openat;
    fs = &table;
    listings = 0;
    assert_int_equal(audit(false).n, 0);
    assert_true(listings >= 4);
}

/* A document that goes from work/ to .retry/ while the audit reads: met twice, but never in two
 * places at a time. */
static const char moving[] = "1.doc-m.clm-m~m.pdf";

static int moving_openat(int dir, const char *name, int flags, mode_t mode)
{
    if (strcmp(name, ".retry") == 0 &&
        listings == 0) { /* work/ has been read: show it a second time */
        listings = 1;
        assert_int_equal(linkat(lease.work, moving, spool.retry, "0.text.2d.doc-m.clm-m~m.pdf", 0),
                         0);
    } else if (dir == spool.retry && strcmp(name, ".") == 0 && listings > 0 && ++listings == 4) {
        unlinkat(lease.work, moving,
                 0); /* when the doubles are looked for, and work/ has been read again */
    }
    return fsop_posix.openat(dir, name, flags, mode);
}

static void what_is_met_twice_is_looked_at(void **state)
{
    struct fsop table = fsop_posix;
    (void)state;
    put_work(moving);
    table.openat = moving_openat;
    fs = &table;
    listings = 0;
    assert_int_equal(audit(false).n, 0);
    assert_true(listings >= 4);
    fs = &fsop_posix;
    put_work(moving);
    expect(false, "twice", NULL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(clean_tree),
        TEST(twice_published),
        TEST(twice_claimed_and_done),
        TEST(twice_waiting),
        TEST(no_text),
        TEST(no_json),
        TEST(no_pdf),
        TEST(broken_json),
        TEST(other_size),
        TEST(other_text_size),
        TEST(other_content),
        TEST(other_text),
        TEST(results_of_another),
        TEST(foreign_things),
        TEST(names_that_are_no_tokens),
        TEST(too_many_attempts),
        TEST(lost_path),
        TEST(unpacked_documents),
        TEST(foreign_things_among_the_unpacked),
        TEST(dead_lease),
        TEST(links),
        TEST(leftovers_by_age),
        TEST(what_moves_on_is_no_problem),
        TEST(what_is_met_twice_is_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
