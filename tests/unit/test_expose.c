/* expose, and publishing of documents with unpacked ones: all become visible by one rename,
 * once. */
#include "spoolbox.h"

#include "base/dirlist.h"
#include "spool/archive_path.h"
#include "spool/dropname.h"
#include "spool/expose.h"
#include "spool/pathfile.h"
#include "spool/pointer.h"
#include "spool/publish.h"
#include "spool/unpack.h"

struct job {
    struct token t;
    struct place p;
    char folder[PATH_CAP], sealed[NAME_CAP];
};

static void unpack_one(const struct box *b, const struct token *t)
{
    struct unpacked kept;
    unsigned files;
    struct unpack *u = unpack_new(&b->s, t);
    assert_int_equal(unpack_file(u, "f/in.pdf"), 0);
    assert_int_equal(unpack_bytes(u, "inner", 5), 0);
    assert_int_equal(unpack_keep(u, &kept), 0);
    assert_int_equal(unpack_finish(u, &files), 0);
    assert_int_equal(files, 1);
    unpack_free(u);
}

/* From claim to right before the seal. */
static void ready(const struct box *b, const char *path, struct job *j)
{
    char name[NAME_CAP];
    struct buf text = {0}, json = {0};
    memset(j, 0, sizeof *j);
    j->t.attempt = 1;
    lease_new_id(&b->l, j->t.document);
    lease_new_id(&b->l, j->t.claim);
    token_set_path(&j->t, path);
    if (j->t.path_apart)
        assert_int_equal(pathfile_write(&b->s, j->t.document, path), 0);
    token_name(&j->t, name);
    box_write(b->l.work, name, "archive");
    unpack_one(b, &j->t);
    assert_int_equal(finish_reserve(&j->p, &b->s, &j->t, OUTCOME_OK), 0);
    assert_int_equal(expose_reserve(&j->p, &b->s, &j->t, j->folder), 0);
    buf_str(&text, "text");
    buf_str(&json, "json");
    assert_int_equal(finish_write(&j->p, &text, &json), 0);
    buf_free(&text);
    buf_free(&json);
}

static void seal(const struct box *b, const char *path, struct job *j)
{
    ready(b, path, j);
    assert_int_equal(finish_seal(&j->p, b->l.work, &j->t, j->sealed), MOVED);
}

static int publish(const struct box *b, struct job *j)
{
    int bad = publish_place(&b->s, &j->p, b->l.work, j->sealed, &j->t);
    place_close(&j->p);
    return bad;
}

static unsigned waiting(const struct box *b)
{
    return box_count(b->s.retry, ".", false);
}

static void an_archive_is_published(void **state)
{
    struct box *b = *state;
    struct job j;
    struct sealed sealed;
    box_write(b->s.pending, "sub/other.pdf", "other");
    seal(b, "sub/x.zip", &j);
    assert_string_equal(j.folder, "sub/x");
    box_expect(b->s.pending, "sub/x/f/in.pdf", NULL);
    unlinkat(b->s.pending, "sub/x/f", AT_REMOVEDIR); /* box_expect makes folders */
    unlinkat(b->s.pending, "sub/x", AT_REMOVEDIR);
    assert_int_equal(publish(b, &j), 0);
    box_expect(b->s.pending, "sub/x/f/in.pdf", "inner");
    box_expect(b->s.done, "sub/x.zip", "archive");
    box_expect(b->s.done, "sub/x.zip.txt", "text");
    box_expect(b->s.done, "sub/x.zip.json", "json");
    assert_int_equal(box_count(b->s.unpack, ".", false), 0);
    assert_int_equal(box_count(b->l.work, ".", false), 0);
    assert_int_equal(pointer_read(&b->s, j.t.document, &sealed), 1);
    assert_int_equal(sealed.to.folder, 1);
    assert_int_equal(publish_sealed(&b->s, b->l.work, j.sealed), 0); /* again: nothing to do */
    assert_int_equal(waiting(b), 0);
    assert_int_equal(box_count(b->s.pending, ".", true), 1);
    assert_int_equal(box_count(b->s.pending, "sub", true), 2);
}

/* Any number of reservations left in control/names/? */
static unsigned reservations(const struct box *b)
{
    unsigned n = 0;
    char two[3];
    for (unsigned i = 0; i < 16; i++) {
        snprintf(two, sizeof two, "%02x", i);
        n += box_count(b->s.names, two, false);
    }
    return n;
}

static void names_are_reserved_and_numbered(void **state)
{
    struct box *b = *state;
    struct job j[3];
    box_write(b->s.pending, "x~2/mine.pdf", "mine"); /* a user's */
    for (int i = 0; i < 3; i++)
        seal(b, "x.zip", &j[i]);
    assert_string_equal(j[0].folder, "x");
    assert_string_equal(j[1].folder, "x~3");
    assert_string_equal(j[2].folder, "x~4");
    for (int i = 3; i-- > 0;)
        assert_int_equal(publish(b, &j[i]), 0);
    box_expect(b->s.pending, "x/f/in.pdf", "inner");
    box_expect(b->s.pending, "x~2/mine.pdf", "mine");
    box_expect(b->s.pending, "x~3/f/in.pdf", "inner");
    box_expect(b->s.pending, "x~4/f/in.pdf", "inner");
    assert_int_equal(reservations(b), 0);
}

static void nothing_of_a_users_is_replaced(void **state)
{
    struct box *b = *state;
    struct job j[2];
    char other[PATH_CAP + 16];
    seal(b, "x.zip", &j[0]);
    seal(b, "sub/y.zip", &j[1]);
    assert_int_equal(mkdirat(b->s.pending, "x", 0775), 0); /* since then; even an empty one */
    box_write(b->s.pending, "sub", "a document");          /* where a folder was */
    for (int i = 0; i < 2; i++) {
        expose_other(&j[i].p, j[i].t.document, other);
        assert_int_equal(publish(b, &j[i]), 0);
        strcat(other, "/f/in.pdf");
        box_expect(b->s.pending, other, "inner");
    }
    assert_int_equal(box_count(b->s.pending, "x", false), 0);
    box_expect(b->s.pending, "sub", "a document");
}

/* ---- crashes, and other publishers ---- */

static void any_publisher_goes_on_from_anywhere(void **state)
{
    struct box *b = *state;
    struct job j;
    for (int step = 0; step < 4; step++) {
        char name[32], path[64];
        snprintf(name, sizeof name, "x%d.zip", step);
        seal(b, name, &j);
        if (step > 0)
            renameat(j.p.folder, j.p.hidden_text, j.p.folder, j.p.names.text);
        if (step > 1)
            renameat(j.p.folder, j.p.hidden_json, j.p.folder, j.p.names.json);
        if (step > 2)
            assert_int_equal(expose(&b->s, &j.p, &j.t), MOVED);
        place_close(&j.p);
        assert_int_equal(publish_sealed(&b->s, b->l.work, j.sealed), 0);
        snprintf(path, sizeof path, "x%d/f/in.pdf", step);
        box_expect(b->s.pending, path, "inner");
        box_expect(b->s.done, name, "archive");
        assert_int_equal(pointer_there(&b->s, j.t.document), 1);
    }
    assert_int_equal(waiting(b), 0);
    assert_int_equal(box_count(b->s.unpack, ".", false), 0);
}

/* The rename of the folder happens; then a slow one comes, and its documents have been done. */
static void a_late_publisher_exposes_nothing(void **state)
{
    struct box *b = *state;
    struct job j;
    seal(b, "x.zip", &j);
    assert_int_equal(expose(&b->s, &j.p, &j.t), MOVED);
    assert_int_equal(unlinkat(b->s.pending, "x/f/in.pdf", 0), 0);
    assert_int_equal(unlinkat(b->s.pending, "x/f", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(b->s.pending, "x", AT_REMOVEDIR), 0);
    assert_int_equal(expose(&b->s, &j.p, &j.t), MOVED);
    assert_int_equal(publish(b, &j), 0);
    assert_int_equal(box_count(b->s.pending, ".", true), 0);
    assert_int_equal(waiting(b), 0);
}

static int lies;
static int lying_rename(int from, const char *name, int to, const char *as)
{
    int r = fsop_posix.renameat(from, name, to, as);
    if (lies-- != 0)
        return r;
    errno = EIO;
    return -1;
}

/* Each rename's reply is lost in turn. */
static void lost_replies(void **state)
{
    struct box *b = *state;
    struct job j;
    char name[32], path[64];
    for (int at = 0; at < 4; at++) {
        snprintf(name, sizeof name, "x%d.zip", at);
        seal(b, name, &j);
        lies = at;
        BOX_REPLACE(renameat, lying_rename);
        assert_int_equal(publish(b, &j), 0);
        fs = &fsop_posix;
        assert_true(lies < 0);
        snprintf(path, sizeof path, "x%d/f/in.pdf", at);
        box_expect(b->s.pending, path, "inner");
        box_expect(b->s.done, name, "archive");
    }
    assert_int_equal(waiting(b), 0);
    assert_int_equal(box_count(b->s.pending, ".", true), 4);
}

/* ---- results that vanish ---- */

/* Before the folder is visible: the archive is done again, and the folder never is. */
static void vanished_before(void **state)
{
    struct box *b = *state;
    struct job j;
    seal(b, "x.zip", &j);
    finish_drop(&j.p, &b->s, &j.t, false);
    struct place zombie = j.p; /* had moved text and JSON when it was stopped */
    assert_int_equal(publish_place(&b->s, &j.p, b->l.work, j.sealed, &j.t), 0);
    assert_int_equal(waiting(b), 1);
    assert_int_equal(box_count(b->l.work, ".", false), 0);
    assert_int_equal(expose(&b->s, &zombie, &j.t), MOVE_LOST);
    assert_int_equal(box_count(b->s.pending, ".", true), 0);
    box_expect(b->s.done, "x.zip", NULL);
    place_close(&j.p);
}

/* The same, and who takes it back dies at once: whoever comes next puts it back, in whatever order
 * they meet it. */
static void taken_back_half(void **state)
{
    struct box *b = *state;
    struct job j;
    for (int results = 0; results < 2; results++) {
        seal(b, "x.zip", &j);
        assert_int_equal(unpack_void(&b->s, j.t.document, j.t.claim), MOVED);
        if (!results)
            finish_drop(&j.p, &b->s, &j.t, false);
        place_close(&j.p);
        assert_int_equal(publish_sealed(&b->s, b->l.work, j.sealed), 0);
        assert_int_equal(waiting(b), 1u + (unsigned)results);
        assert_int_equal(box_count(b->s.pending, ".", true), 0);
    }
}

/* After it: it is never put back, or all documents would come twice. */
static void vanished_after(void **state)
{
    struct box *b = *state;
    struct job j;
    seal(b, "x.zip", &j);
    renameat(j.p.folder, j.p.hidden_text, j.p.folder, j.p.names.text);
    renameat(j.p.folder, j.p.hidden_json, j.p.folder, j.p.names.json);
    assert_int_equal(expose(&b->s, &j.p, &j.t), MOVED);
    assert_int_equal(unlinkat(b->s.done, "x.zip.txt", 0), 0);
    assert_int_equal(unlinkat(b->s.done, "x.zip.json", 0), 0);
    assert_int_equal(publish(b, &j), 0);
    assert_int_equal(waiting(b), 0);
    box_expect(b->s.done, "x.zip", "archive");
    box_expect(b->s.pending, "x/f/in.pdf", "inner");
}

static void dropped_before_the_seal(void **state)
{
    struct box *b = *state;
    struct job j;
    ready(b, "x.zip", &j);
    assert_int_equal(reservations(b), 2);
    finish_drop(&j.p, &b->s, &j.t, true);
    assert_int_equal(reservations(b), 0);
    place_close(&j.p);
}

static const char *failing;
static int failing_symlink(const char *target, int dir, const char *name)
{
    if (strcmp(name, failing) == 0) {
        errno = ENOSPC;
        return -1;
    }
    return fsop_posix.symlinkat(target, dir, name);
}

/* Without a pointer the archive does not get its visible name: nobody would come to find out what
 * becomes of its documents. */
static void no_pointer_no_name(void **state)
{
    struct box *b = *state;
    struct job j;
    seal(b, "x.zip", &j);
    failing = j.t.document;
    BOX_REPLACE(symlinkat, failing_symlink);
    assert_int_equal(publish(b, &j), -1);
    fs = &fsop_posix;
    box_expect(b->l.work, j.sealed, "archive");
    assert_int_equal(publish_sealed(&b->s, b->l.work, j.sealed), 0);
    box_expect(b->s.done, "x.zip", "archive");
}

/* ---- names ---- */

static void folder_of(const char *path, const char *expected)
{
    struct place p = {.to = {.unpacked = true, .folder = 1}};
    char folder[PATH_CAP];
    snprintf(p.path, sizeof p.path, "%s", path);
    expose_folder(&p, "doc-1", folder);
    assert_string_equal(folder, expected);
}

static void folders_are_called_like_the_archive(void **state)
{
    (void)state;
    folder_of("x.zip", "x");
    folder_of("a/b/x.TAR.GZ", "a/b/x");
    folder_of("x.tgz", "x");
    folder_of("x.tar.zst", "x");
    folder_of("x.pdf.gz", "x");
    folder_of("x.pdf.zip", "x");
    folder_of("x.pdf", "x.attached");
    folder_of("a/x.PDF", "a/x.attached");
    folder_of("scan", "scan.attached");
    folder_of("x.part.zip", "x.part_");
    folder_of("x~.zip", "x~_");
    folder_of("Thumbs.db.tar", "Thumbs.db_");
    folder_of("zip", "zip.attached");
}

static void long_names(void **state)
{
    char path[PATH_CAP], folder[PATH_CAP], *at = path;
    struct place p = {.to = {.unpacked = true, .folder = 64}};
    (void)state;
    memset(p.path, 'n', 251);
    strcpy(p.path + 251, ".pdf");
    expose_folder(&p, "doc-1", folder);
    assert_true(strlen(folder) < 220);
    assert_non_null(strstr(folder, "n.attached~64"));
    expose_other(&p, "doc-1", folder);
    assert_non_null(strstr(folder, "n.attached~doc-1"));
    for (int i = 0; i < 20; i++)
        at += sprintf(at, "%0*d/", i == 19 ? 20 : 200, i);
    strcpy(at, "x.zip");
    assert_true(expose_room(path) >= ARCHIVE_PATH_MIN);
    assert_int_equal(expose_room("x.zip"), ARCHIVE_PATH_MAX);
}

/* Too deep for more below it: the documents come to the top. */
static void a_folder_too_deep(void **state)
{
    struct box *b = *state;
    struct job j;
    char path[PATH_CAP], *at = path, inner[PATH_CAP + 16];
    for (int i = 0; i < 17; i++)
        at += sprintf(at, "%0200d/", i);
    strcpy(at, "x.zip");
    seal(b, path, &j);
    assert_int_equal(j.p.to.folder, 0);
    assert_null(strchr(j.folder, '/'));
    assert_int_equal(publish(b, &j), 0);
    snprintf(inner, sizeof inner, "%s/f/in.pdf", j.folder);
    box_expect(b->s.pending, inner, "inner");
    assert_int_equal(box_count(b->s.paths, ".", false), 1); /* the pointer needs it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(an_archive_is_published),
        BOX_TEST(names_are_reserved_and_numbered),
        BOX_TEST(nothing_of_a_users_is_replaced),
        BOX_TEST(any_publisher_goes_on_from_anywhere),
        BOX_TEST(a_late_publisher_exposes_nothing),
        BOX_TEST(lost_replies),
        BOX_TEST(vanished_before),
        BOX_TEST(taken_back_half),
        BOX_TEST(vanished_after),
        BOX_TEST(dropped_before_the_seal),
        BOX_TEST(no_pointer_no_name),
        cmocka_unit_test(folders_are_called_like_the_archive),
        cmocka_unit_test(long_names),
        BOX_TEST(a_folder_too_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
