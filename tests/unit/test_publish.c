/* publish: results, reservation, seal, publishing. */
#include "spoolbox.h"

#include "base/dirlist.h"
#include "spool/pathfile.h"
#include "spool/publish.h"

static struct token claim(const struct box *b, const char *path, unsigned serial,
                          char name[NAME_CAP])
{
    struct token t = {.attempt = 1};
    char text[32];
    lease_new_id(&b->l, t.document);
    lease_new_id(&b->l, t.claim);
    token_set_path(&t, path);
    if (t.path_apart)
        assert_int_equal(pathfile_write(&b->s, t.document, path), 0);
    token_name(&t, name);
    snprintf(text, sizeof text, "pdf %u", serial);
    box_write(b->l.work, name, text);
    return t;
}

static void write_results(const struct place *p, unsigned serial)
{
    struct buf text = {0}, json = {0};
    buf_fmt(&text, "text %u", serial);
    buf_fmt(&json, "json %u", serial);
    assert_int_equal(finish_write(p, p->to.outcome == OUTCOME_OK ? &text : NULL, &json), 0);
    buf_free(&text);
    buf_free(&json);
}

/* From claim to seal; the sealed name. */
static void seal(const struct box *b, const char *path, unsigned serial, enum outcome o,
                 struct place *p, struct token *t, char sealed[NAME_CAP])
{
    char name[NAME_CAP];
    *t = claim(b, path, serial, name);
    assert_int_equal(finish_reserve(p, &b->s, t, o), 0);
    write_results(p, serial);
    assert_int_equal(finish_seal(p, b->l.work, t, sealed), MOVED);
    box_expect(b->l.work, name, NULL);
}

static void expect_triple(const struct box *b, const char *folder, const char *stem,
                          const char *pdf, unsigned serial)
{
    char path[PATH_CAP + 300], text[32];
    snprintf(path, sizeof path, "%s%s", folder, pdf);
    snprintf(text, sizeof text, "pdf %u", serial);
    box_expect(b->s.done, path, text);
    snprintf(path, sizeof path, "%s%s.txt", folder, stem);
    snprintf(text, sizeof text, "text %u", serial);
    box_expect(b->s.done, path, text);
    snprintf(path, sizeof path, "%s%s.json", folder, stem);
    snprintf(text, sizeof text, "json %u", serial);
    box_expect(b->s.done, path, text);
}

static void a_document_is_published(void **state)
{
    struct box *b = *state;
    struct place p;
    struct token t;
    char sealed[NAME_CAP];
    seal(b, "a/x.pdf", 1, OUTCOME_PARTIAL, &p, &t, sealed);
    assert_int_equal(publish_place(&b->s, &p, b->l.work, sealed, &t), 0);
    place_close(&p);
    expect_triple(b, "a/", "x", "x.pdf", 1);
    assert_int_equal(box_count(b->l.work, ".", false), 0);
    assert_int_equal(box_count(b->s.done, "a", false), 3);
    assert_int_equal(publish_sealed(&b->s, b->l.work, sealed), 0); /* again: nothing to do */
    expect_triple(b, "a/", "x", "x.pdf", 1);
}

static void failures(void **state)
{
    struct box *b = *state;
    struct place p;
    struct token t;
    char sealed[NAME_CAP];
    seal(b, "a/x.pdf", 1, OUTCOME_CORRUPT, &p, &t, sealed);
    place_close(&p);
    assert_int_equal(publish_sealed(&b->s, b->l.work, sealed), 0);
    box_expect(b->s.failed, "corrupt/a/x.pdf", "pdf 1");
    box_expect(b->s.failed, "corrupt/a/x.json", "json 1");
    assert_int_equal(box_count(b->s.failed, "corrupt/a", false), 2);
}

static void equal_names_get_numbers(void **state)
{
    struct box *b = *state;
    struct place p[3];
    struct token t[3];
    char sealed[3][NAME_CAP], stem[32], pdf[40];
    for (unsigned i = 0; i < 3; i++) /* all sealed before the first is published */
        seal(b, i == 1 ? "x.PDF" : "x.pdf", i, OUTCOME_OK, &p[i], &t[i], sealed[i]);
    for (unsigned i = 3; i-- > 0;) {
        assert_int_equal(publish_place(&b->s, &p[i], b->l.work, sealed[i], &t[i]), 0);
        place_close(&p[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        snprintf(stem, sizeof stem, i ? "x~%u" : "x", i + 1);
        snprintf(pdf, sizeof pdf, "%s.%s", stem, i == 1 ? "PDF" : "pdf");
        expect_triple(b, "", stem, pdf, i);
    }
}

static void many_equal_names(void **state)
{
    struct box *b = *state;
    struct place p;
    char name[NAME_CAP], other[32];
    for (unsigned i = 2; i < 300; i++) {
        snprintf(other, sizeof other, "x~%u.json", i);
        box_write(b->s.done, other, "");
    }
    box_write(b->s.done, "x.pdf", "");
    struct token t = claim(b, "x.pdf", 1, name);
    assert_int_equal(finish_reserve(&p, &b->s, &t, OUTCOME_OK), 0);
    assert_int_equal(p.to.n, 300);
    place_close(&p);
}

static void odd_names(void **state)
{
    struct box *b = *state;
    char deep[PATH_CAP] = "", longest[NAME_CAP], path[PATH_CAP];
    const char *names[] = {"new\nline.pdf",  "\xff\xfe not utf8.pdf",
                           "-rf.pdf",        "a%b!c.pdf",
                           longest,          "no suffix",
                           "..pdf",          " .pdf",
                           "dir/-x/\x01.pdf"};
    memset(longest, 'n', 255);
    memcpy(longest + 251, ".pdf", 5);
    for (unsigned i = 0; i < 19; i++)
        snprintf(deep + strlen(deep), sizeof deep - strlen(deep), "%0200u/", i);
    for (size_t i = 0; i < 2 * sizeof names / sizeof *names; i++) {
        struct place p;
        struct token t;
        char sealed[NAME_CAP], stem[NAME_CAP], folder[PATH_CAP], pdf[NAME_CAP];
        const char *name = names[i / 2];
        if (i % 2 && strlen(name) > 150)
            continue;
        snprintf(path, sizeof path, "%s%s", i % 2 ? deep : "", name);
        seal(b, path, (unsigned)i, OUTCOME_OK, &p, &t, sealed);
        snprintf(stem, sizeof stem, "%s", p.names.stem);
        snprintf(pdf, sizeof pdf, "%s", p.names.pdf);
        const char *slash = strrchr(path, '/');
        snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 0, path);
        place_close(&p);
        assert_int_equal(publish_sealed(&b->s, b->l.work, sealed), 0);
        expect_triple(b, folder, stem, pdf, (unsigned)i);
    }
    assert_int_equal(box_count(b->s.paths, ".", false), 0);
}

static void a_reclaimed_document_is_lost(void **state)
{
    struct box *b = *state;
    struct place p;
    char name[NAME_CAP], sealed[NAME_CAP];
    struct token t = claim(b, "x.pdf", 1, name);
    assert_int_equal(finish_reserve(&p, &b->s, &t, OUTCOME_OK), 0);
    write_results(&p, 1);
    assert_int_equal(renameat(b->l.work, name, b->s.retry, "0.text.elsewhere"), 0);
    assert_int_equal(finish_seal(&p, b->l.work, &t, sealed), MOVE_LOST);
    finish_drop(&p, &b->s, &t, false);
    place_close(&p);
    assert_int_equal(box_count(b->s.done, ".", false), 0);
}

/* Somebody emptied done/ between the seal and publishing: the work is done again, the document is
 * not lost. */
static void vanished_results(void **state)
{
    struct box *b = *state;
    struct place p;
    struct token t;
    char sealed[NAME_CAP];
    seal(b, "x.pdf", 1, OUTCOME_OK, &p, &t, sealed);
    finish_drop(&p, &b->s, &t, false);
    assert_int_equal(publish_place(&b->s, &p, b->l.work, sealed, &t), 0);
    place_close(&p);
    assert_int_equal(box_count(b->l.work, ".", false), 0);
    assert_int_equal(box_count(b->s.retry, ".", false), 1);
    box_expect(b->s.done, "x.pdf", NULL);
}

static const char *unreadable;
static int failing_open(int dir, const char *name, int flags, mode_t mode)
{
    if (unreadable && strcmp(name, unreadable) == 0) {
        errno = EIO;
        return -1;
    }
    return fsop_posix.openat(dir, name, flags, mode);
}

/* A path that cannot be read just now is not a lost path: a document must not be published where it
 * does not belong, over another one of that base name. */
static void a_passing_error_of_the_path_file(void **state)
{
    struct box *b = *state;
    struct place p;
    struct token t;
    char sealed[NAME_CAP], path[400];
    box_write(b->s.done, "same.pdf", "pdf 7");
    box_write(b->s.done, "same.txt", "text 7");
    box_write(b->s.done, "same.json", "json 7");
    snprintf(path, sizeof path, "%0150u/same.pdf", 1u);
    seal(b, path, 1, OUTCOME_OK, &p, &t, sealed);
    place_close(&p);
    unreadable = t.document;
    BOX_REPLACE(openat, failing_open);
    publish_sealed(&b->s, b->l.work, sealed);
    unreadable = NULL;
    expect_triple(b, "", "same", "same.pdf", 7);
}

/* A path file that is gone for good: the document is done again; where it would go by the end of
 * its name, another's results stand and stay. */
static void a_lost_path_file(void **state)
{
    struct box *b = *state;
    struct place p;
    struct token t;
    char sealed[NAME_CAP], path[400];
    box_write(b->s.done, "same.pdf", "pdf 7");
    box_write(b->s.done, "same.txt", "text 7");
    box_write(b->s.done, "same.json", "json 7");
    snprintf(path, sizeof path, "%0150u/same.pdf", 1u);
    seal(b, path, 1, OUTCOME_OK, &p, &t, sealed);
    renameat(p.folder, p.hidden_text, p.folder, p.names.text);
    renameat(p.folder, p.hidden_json, p.folder, p.names.json);
    place_close(&p);
    pathfile_remove(&b->s, &t);
    assert_int_equal(publish_sealed(&b->s, b->l.work, sealed), 0);
    box_expect(b->l.work, sealed, NULL);
    expect_triple(b, "", "same", "same.pdf", 7);
    struct dirlist_entry e;
    struct waiting w;
    struct dirlist *d = dirlist_open(b->s.retry, ".", 0);
    assert_int_equal(dirlist_next(d, &e), 1);
    assert_int_equal(token_parse_waiting(e.name, &w), 0);
    assert_false(w.token.path_apart);
    assert_string_equal(w.token.document, t.document);
    dirlist_close(d);
}

static int full_fsync(int fd)
{
    (void)fd;
    errno = ENOSPC;
    return -1;
}

static int failing_close(int fd)
{
    fsop_posix.close(fd);
    errno = EDQUOT;
    return -1;
}

static void late_errors_leave_nothing(void **state)
{
    struct box *b = *state;
    struct place p;
    char name[NAME_CAP];
    struct buf text = {0};
    buf_str(&text, "x");
    struct token t = claim(b, "x.pdf", 1, name);
    assert_int_equal(finish_reserve(&p, &b->s, &t, OUTCOME_OK), 0);
    BOX_REPLACE(fsync, full_fsync);
    assert_int_equal(finish_write(&p, &text, &text), -1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(box_count(b->s.done, ".", false), 0);
    BOX_REPLACE(close, failing_close);
    assert_int_equal(finish_write(&p, &text, &text), -1);
    assert_int_equal(errno, EDQUOT);
    fs = &fsop_posix;
    assert_int_equal(box_count(b->s.done, ".", false), 0);
    buf_free(&text);
    place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(a_document_is_published),
        BOX_TEST(failures),
        BOX_TEST(equal_names_get_numbers),
        BOX_TEST(many_equal_names),
        BOX_TEST(odd_names),
        BOX_TEST(a_reclaimed_document_is_lost),
        BOX_TEST(vanished_results),
        BOX_TEST(a_passing_error_of_the_path_file),
        BOX_TEST(a_lost_path_file),
        BOX_TEST(late_errors_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
