/* tally: what became of an archive's documents comes into its x.json, once, when all are
 * finished. */
#include "spoolbox.h"

#include "base/buf.h"
#include "base/jsonr.h"
#include "spool/expose.h"
#include "spool/pathfile.h"
#include "spool/pointer.h"
#include "spool/publish.h"
#include "spool/tally.h"

static const char hash_a[] = "aaaa", hash_b[] = "bbbb", *inner = "b.pdf";

struct archive {
    struct token t;
    struct place p;
    char sealed[NAME_CAP];
};

/* An archive of f/a.pdf and b.pdf, sealed, its documents visible (they are not really there), the
 * pointer made; published if `published`. */
static void archive(const struct box *b, const char *path, struct archive *a, bool published)
{
    char name[NAME_CAP], folder[PATH_CAP];
    struct buf text = {0}, json = {0};
    memset(a, 0, sizeof *a);
    a->t.attempt = 1;
    lease_new_id(&b->l, a->t.document);
    lease_new_id(&b->l, a->t.claim);
    token_set_path(&a->t, path);
    if (a->t.path_apart)
        assert_int_equal(pathfile_write(&b->s, a->t.document, path), 0);
    token_name(&a->t, name);
    box_write(b->l.work, name, "archive");
    assert_int_equal(finish_reserve(&a->p, &b->s, &a->t, OUTCOME_OK), 0);
    assert_int_equal(expose_reserve(&a->p, &b->s, &a->t, folder), 0);
    buf_fmt(&text, "%s", "");
    buf_fmt(&json,
            "{\"document\":\"%s\",\"path\":\"%s\",\n"
            " \"entries\":[{\"entry\":\"f/a.pdf\",\"fate\":\"taken\",\"path\":\"f/a.pdf\","
            "\"size\":1,\"sha256\":\"%s\"},{\"entry\":\"x\",\"fate\":\"not_pdf\"},"
            "{\"path\":\"%s\",\"sha256\":\"%s\"},{\"path\":\"../up.pdf\",\"sha256\":\"x\"}]}\n",
            a->t.document, path, hash_a, inner, hash_b);
    assert_int_equal(finish_write(&a->p, &text, &json), 0);
    buf_free(&text);
    buf_free(&json);
    assert_int_equal(finish_seal(&a->p, b->l.work, &a->t, a->sealed), MOVED);
    assert_int_equal(pointer_make(&b->s, a->t.document, a->sealed), 0);
    if (published)
        assert_int_equal(publish_place(&b->s, &a->p, b->l.work, a->sealed, &a->t), 0);
    place_close(&a->p);
}

/* A document as if it had been worked on: folder "done/x/f", "a~2"; its path and hash. */
static void finished(const struct box *b, const char *folder, const char *stem, const char *path,
                     const char *hash, const char *outcome)
{
    char name[PATH_CAP], json[1024];
    snprintf(name, sizeof name, "%s/%s.pdf", folder, stem);
    box_write(b->s.root, name, "pdf");
    snprintf(name, sizeof name, "%s/%s.json", folder, stem);
    bool failed = strncmp(folder, "failed", 6) == 0;
    snprintf(json, sizeof json, "{\"path\":\"%s\",\"sha256\":\"%s\",\"outcome\":\"%s\"%s%s%s}",
             path, hash, failed ? "failed" : outcome, failed ? ",\"class\":\"" : "",
             failed ? outcome : "", failed ? "\"" : "");
    box_write(b->s.root, name, json);
}

static void round_is(const struct box *b, unsigned settled, unsigned waiting)
{
    struct tallied sum = {0};
    assert_int_equal(tally_round(&b->s, 1000, &sum), 0);
    assert_int_equal(sum.settled, settled);
    assert_int_equal(sum.waiting, waiting);
}

/* The record, parsed; *raw gets its bytes. */
static struct jsonr *record(const struct box *b, const char *name, char raw[2048])
{
    int fd = openat(b->s.done, name, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t n = read(fd, raw, 2047);
    close(fd);
    assert_true(n > 0);
    raw[n] = 0;
    struct jsonr *j = jsonr_parse(raw, (size_t)n, NULL, 0);
    assert_non_null(j);
    return j;
}

static void outcome_is(const struct jsonr *j, size_t i, const char *path, const char *outcome,
                       const char *published)
{
    const struct jsonr *o = jsonr_at(jsonr_get(j, "documents_outcomes"), i);
    assert_string_equal(jsonr_str(o, "path", "?"), path);
    assert_string_equal(jsonr_str(o, "outcome", "?"), outcome);
    assert_string_equal(jsonr_str(o, "published", "-"), published);
}

/* Nothing of ours is left but what is published. */
static void is_clean(const struct box *b)
{
    char two[3];
    assert_int_equal(box_count(b->s.archives, ".", false), 0);
    assert_int_equal(box_count(b->s.paths, ".", false), 0);
    for (unsigned i = 0; i < 16; i++) {
        snprintf(two, sizeof two, "%02x", i);
        assert_int_equal(box_count(b->s.names, two, false), 0);
    }
}

static void not_settled(const struct box *b, const char *name)
{
    char raw[2048];
    struct jsonr *j = record(b, name, raw);
    assert_null(jsonr_get(j, "documents_outcomes"));
    jsonr_free(j);
}

static void outcomes_come_once_all_are_known(void **state)
{
    struct box *b = *state;
    struct archive a;
    char raw[2048], before[2048];
    archive(b, "sub/x.zip", &a, true);
    jsonr_free(record(b, "sub/x.zip.json", before));
    box_write(b->s.pending, "sub/x/f/a.pdf", "pdf");
    finished(b, "done/sub/x", "b~2", "sub/x/b.pdf", hash_b, "partial");
    round_is(b, 0, 1);
    not_settled(b, "sub/x.zip.json");
    unlinkat(b->s.pending, "sub/x/f/a.pdf", 0);
    finished(b, "failed/corrupt/sub/x/f", "a", "sub/x/f/a.pdf", hash_a, "corrupt");
    round_is(b, 1, 0);
    struct jsonr *j = record(b, "sub/x.zip.json", raw);
    assert_int_equal(jsonr_count(jsonr_get(j, "documents_outcomes")), 2);
    outcome_is(j, 0, "f/a.pdf", "corrupt", "failed/corrupt/sub/x/f/a.pdf");
    outcome_is(j, 1, "b.pdf", "partial", "done/sub/x/b~2.pdf");
    jsonr_free(j);
    assert_memory_equal(raw, before, strlen(before) - 2); /* all else is as it was */
    is_clean(b);
    assert_int_equal(box_count(b->s.done, "sub", false), 4); /* three files, and x/ */
    round_is(b, 0, 0);
}

/* While one is claimed or waits for another try nothing is said. */
static void those_on_their_way_are_waited_for(void **state)
{
    struct box *b = *state;
    struct archive a;
    char name[NAME_CAP];
    archive(b, "x.zip", &a, true);
    finished(b, "done/x", "b", "x/b.pdf", hash_b, "ok");
    finished(b, "done/x/f", "a", "x/f/a.pdf", "of another", "ok"); /* same path, other content */
    struct token t = {.attempt = 1, .document = "doc-1", .claim = "clm-1"};
    token_set_path(&t, "x/f/a.pdf");
    token_name(&t, name);
    box_write(b->l.work, name, "pdf");
    round_is(b, 0, 1);
    struct waiting w = {.due_s = 1, .need = "ocr", .token = t};
    char waiting[NAME_CAP];
    token_waiting_name(&w, waiting);
    assert_int_equal(renameat(b->l.work, name, b->s.retry, waiting), 0);
    round_is(b, 0, 1);
    struct sealed s = {{.outcome = OUTCOME_OK, .n = 2}, t};
    token_sealed_name(&s, name);
    assert_int_equal(renameat(b->s.retry, waiting, b->l.work, name), 0);
    round_is(b, 0, 1);
    not_settled(b, "x.zip.json");
    assert_int_equal(unlinkat(b->l.work, name, 0), 0);
    finished(b, "done/x/f", "a~2", "x/f/a.pdf", hash_a, "ok");
    round_is(b, 1, 0);
    char raw[2048];
    struct jsonr *j = record(b, "x.zip.json", raw);
    outcome_is(j, 0, "f/a.pdf", "ok", "done/x/f/a~2.pdf");
    jsonr_free(j);
}

/* Where its first place was taken, where a folder could not be made, and what somebody took. */
static void other_places(void **state)
{
    struct box *b = *state;
    struct archive a;
    char raw[2048], other[PATH_CAP], folder[PATH_CAP + 16], path[PATH_CAP + 32], flat[300];
    archive(b, "x.zip", &a, true);
    expose_other(&a.p, a.t.document, other);
    snprintf(folder, sizeof folder, "done/%s/f", other);
    snprintf(path, sizeof path, "%s/f/a.pdf", other);
    finished(b, folder, "a", path, hash_a, "empty");
    round_is(b, 1, 0);
    struct jsonr *j = record(b, "x.zip.json", raw);
    snprintf(path, sizeof path, "%s/a.pdf", folder);
    outcome_is(j, 0, "f/a.pdf", "empty", path);
    outcome_is(j, 1, "b.pdf", "gone", "-");
    jsonr_free(j);

    archive(b, "y.zip", &a, true);
    finished(b, "done", "y%2Ff%2Fa", "y/f/a.pdf", hash_a, "ok");
    round_is(b, 1, 0);
    j = record(b, "y.zip.json", raw);
    snprintf(flat, sizeof flat, "done/y%%252Ff%%252Fa.pdf"); /* as names are shown */
    outcome_is(j, 0, "f/a.pdf", "ok", flat);
    jsonr_free(j);
    is_clean(b);
}

/* Names are shown in JSON so that nothing is lost of them: they are read back. */
static void names_with_per_cent(void **state)
{
    struct box *b = *state;
    struct archive a;
    char raw[2048];
    inner = "M%2581ller.pdf";
    archive(b, "x.zip", &a, true);
    inner = "b.pdf";
    box_write(b->s.pending, "x/M%81ller.pdf", "pdf");
    round_is(b, 0, 1);
    unlinkat(b->s.pending, "x/M%81ller.pdf", 0);
    finished(b, "done/x", "M%81ller", "x/M%2581ller.pdf", hash_b, "ok");
    round_is(b, 1, 0);
    struct jsonr *j = record(b, "x.zip.json", raw);
    outcome_is(j, 1, "M%2581ller.pdf", "ok", "done/x/M%2581ller.pdf");
    jsonr_free(j);
}

/* An empty file that came late, in the place of a document that was claimed: nobody waits for
 * it. */
static void an_empty_file_is_no_document(void **state)
{
    struct box *b = *state;
    struct archive a;
    archive(b, "x.zip", &a, true);
    box_write(b->s.pending, "x/b.pdf", "");
    box_write(b->s.pending, "x/mine.pdf", "a user's own");
    round_is(b, 1, 0);
}

static void archives_that_were_taken_away(void **state)
{
    struct box *b = *state;
    struct archive a;
    static const char *const name[] = {"x.zip", "y.zip"}, *const gone[] = {"x.zip", "y.zip.json"};
    static const char *const document[] = {"x/b.pdf", "y/b.pdf"};
    for (size_t i = 0; i < 2; i++) {
        archive(b, name[i], &a, true);
        box_write(b->s.pending, document[i], "pdf");
        round_is(b, 0, 1);
        assert_int_equal(unlinkat(b->s.done, gone[i], 0), 0);
        round_is(b, 1, 0);
        is_clean(b);
    }
}

/* A pointer is made before the archive has its visible name: till then it waits. */
static void not_published_yet(void **state)
{
    struct box *b = *state;
    struct archive a;
    archive(b, "x.zip", &a, false);
    round_is(b, 0, 1);
    assert_int_equal(pointer_there(&b->s, a.t.document), 1);
    assert_int_equal(publish_sealed(&b->s, b->l.work, a.sealed), 0);
    round_is(b, 1, 0);
    is_clean(b);
}

/* Another archive has the name by now: its record is not touched. */
static void anothers_record(void **state)
{
    struct box *b = *state;
    struct archive a;
    archive(b, "x.zip", &a, true);
    assert_int_equal(unlinkat(b->s.done, "x.zip.json", 0), 0);
    box_write(b->s.done, "x.zip.json", "{\"document\":\"another\"}");
    round_is(b, 1, 0);
    box_expect(b->s.done, "x.zip.json", "{\"document\":\"another\"}");
    is_clean(b);
}

/* A pointer that comes late, of an archive that is finished, goes again. */
static void late_pointers(void **state)
{
    struct box *b = *state;
    struct archive a;
    char raw[2048], again[2048];
    char path[300];
    snprintf(path, sizeof path, "%0150d/x.zip", 1); /* its path lies apart */
    archive(b, path, &a, true);
    assert_int_equal(box_count(b->s.paths, ".", false), 1);
    round_is(b, 1, 0);
    is_clean(b);
    assert_int_equal(pointer_make(&b->s, a.t.document, a.sealed), 0);
    round_is(b, 1, 0); /* its path is lost, too */
    is_clean(b);
    archive(b, "y.zip", &a, true);
    round_is(b, 1, 0);
    jsonr_free(record(b, "y.zip.json", raw));
    assert_int_equal(pointer_make(&b->s, a.t.document, a.sealed), 0);
    round_is(b, 1, 0);
    jsonr_free(record(b, "y.zip.json", again));
    assert_string_equal(raw, again);
    is_clean(b);
}

/* ---- two janitors ---- */

static const struct box *box;
static int depth;
static int second_janitor_first(int from, const char *name, int to, const char *as)
{
    struct tallied sum = {0};
    if (depth == 0 && strstr(as, ".zip.json")) {
        depth++;
        assert_int_equal(tally_round(&box->s, 1000, &sum), 0); /* comes to the end */
        assert_int_equal(sum.settled, 1);
        /* A person takes all away, and another archive of that name is published. */
        unlinkat(box->s.done, "x.zip.json", 0);
        box_write(box->s.done, "x.zip.json", "another's");
    }
    return fsop_posix.renameat(from, name, to, as);
}

/* One is stopped right before its rename, for as long as it takes: it finds nothing to rename. */
static void a_late_rename_finds_nothing(void **state)
{
    struct box *b = *state;
    struct archive a;
    struct tallied sum = {0};
    archive(b, "x.zip", &a, true);
    box = b;
    depth = 0;
    BOX_REPLACE(renameat, second_janitor_first);
    assert_int_equal(tally_round(&b->s, 1000, &sum), 0);
    fs = &fsop_posix;
    assert_int_equal(depth, 1);
    box_expect(b->s.done, "x.zip.json", "another's");
    is_clean(b);
}

static int second_janitor_earlier(int dir, const char *name, int flags, mode_t mode)
{
    struct tallied sum = {0};
    if (depth == 0 && (flags & O_CREAT) && strstr(name, ".json")) {
        depth++;
        assert_int_equal(tally_round(&box->s, 1000, &sum), 0);
        unlinkat(box->s.done, "x.zip.json", 0);
        box_write(box->s.done, "x.zip.json", "another's");
    }
    return fsop_posix.openat(dir, name, flags, mode);
}

/* The same, right before it makes its private file: its last look comes after that. */
static void a_late_file_is_not_renamed(void **state)
{
    struct box *b = *state;
    struct archive a;
    struct tallied sum = {0};
    archive(b, "x.zip", &a, true);
    box = b;
    depth = 0;
    BOX_REPLACE(openat, second_janitor_earlier);
    assert_int_equal(tally_round(&b->s, 1000, &sum), 0);
    fs = &fsop_posix;
    assert_int_equal(depth, 1);
    box_expect(b->s.done, "x.zip.json", "another's");
    assert_int_equal(box_count(b->s.done, ".", false), 3);
}

/* While the reservation of its name is another document's nothing is replaced. */
static void without_the_reservation_nothing(void **state)
{
    struct box *b = *state;
    struct archive a;
    archive(b, "x.zip", &a, true);
    assert_int_equal(reserve_take(&b->s, a.p.key, "other-1"), 1);
    round_is(b, 0, 1);
    not_settled(b, "x.zip.json");
    reserve_drop(&b->s, a.p.key, "other-1", false);
    round_is(b, 1, 0);
    is_clean(b);
}

static bool lie;
static int lying_rename(int from, const char *name, int to, const char *as)
{
    int r = fsop_posix.renameat(from, name, to, as);
    if (!lie || !strstr(as, ".zip.json"))
        return r;
    lie = false;
    errno = EIO;
    return -1;
}

static void a_lost_reply(void **state)
{
    struct box *b = *state;
    struct archive a;
    char raw[2048];
    archive(b, "x.zip", &a, true);
    lie = true;
    BOX_REPLACE(renameat, lying_rename);
    round_is(b, 1, 0);
    fs = &fsop_posix;
    struct jsonr *j = record(b, "x.zip.json", raw);
    assert_int_equal(jsonr_count(jsonr_get(j, "documents_outcomes")), 2);
    jsonr_free(j);
    is_clean(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(outcomes_come_once_all_are_known),
        BOX_TEST(those_on_their_way_are_waited_for),
        BOX_TEST(other_places),
        BOX_TEST(names_with_per_cent),
        BOX_TEST(an_empty_file_is_no_document),
        BOX_TEST(archives_that_were_taken_away),
        BOX_TEST(not_published_yet),
        BOX_TEST(anothers_record),
        BOX_TEST(late_pointers),
        BOX_TEST(a_late_rename_finds_nothing),
        BOX_TEST(a_late_file_is_not_renamed),
        BOX_TEST(without_the_reservation_nothing),
        BOX_TEST(a_lost_reply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
