/* unpacker: entries become hidden files with clean names of their own, and a list of all. */
#include "spoolbox.h"

#include "base/jsonw.h"
#include "extractd/unpacker.h"
#include "spool/unpack.h"

#define PDF_A "%PDF-1.4 a"

static _Atomic uint64_t progress;

static struct token claimed(void)
{
    struct token t = {.attempt = 1, .document = "doc-1", .claim = "doc-2"};
    return t;
}

static struct unpacker *begin(struct box *b, const struct token *t, const char *path)
{
    struct unpacker *u = unpacker_new(&(struct unpacker_order){.spool = &b->s,
                                                               .settings = &b->s.settings,
                                                               .token = t,
                                                               .path = path,
                                                               .size = 1000,
                                                               .progress = &progress});
    assert_non_null(u);
    return u;
}

static int entry(struct unpacker *u, const char *name, const char *content, enum entryfate fate)
{
    const struct receiver *to = unpacker_receiver(u);
    if (to->begin(to->user, name, strlen(name), false) != 0)
        return -1;
    for (const char *p = content; *p; p += strlen(p) > 4 ? 4 : strlen(p)) /* in pieces */
        if (to->bytes(to->user, p, strlen(p) > 4 ? 4 : strlen(p)) != 0)
            return -1;
    return to->end(to->user, fate, "");
}

/* The path of entry i in the list; NULL where it was not taken. */
static const char *path_of(const struct unpacker *u, size_t i)
{
    const struct entrylist *l = unpacker_list(u);
    assert_in_range(i, 0, l->n - 1);
    return l->entries[i].path ? l->text.data + l->entries[i].path : NULL;
}

/* What is in the claim's hidden folder at this path. */
static void hidden(struct box *b, const char *path, const char *content)
{
    char name[UNPACK_NAME_CAP], whole[PATH_CAP];
    unpack_name("doc-1", "doc-2", name);
    snprintf(whole, sizeof whole, "%s/%s", name, path);
    box_expect(b->s.unpack, whole, content);
}

static void files_and_their_list(void **state)
{
    struct box *b = *state;
    const struct token t = claimed();
    struct unpacker *u = begin(b, &t, "sub/x.zip");
    char hash[SHA256_HEX];
    uint64_t before = progress;
    assert_int_equal(entry(u, "../a.pdf", PDF_A, ENTRY_TAKEN), 0);
    assert_int_equal(entry(u, "a.pdf", "%PDF other", ENTRY_TAKEN), 0);
    assert_int_equal(entry(u, "x.txt", "", ENTRY_NO_PDF), 0);
    assert_int_equal(entry(u, "deep/broken.pdf", "%PDF-1.4 half", ENTRY_DAMAGED), 0);
    assert_int_equal(entry(u, "/abs/.b.pdf", PDF_A, ENTRY_TAKEN), 0);
    assert_true(progress > before);
    assert_false(unpacker_has_folder(u));
    assert_int_equal(unpacker_finish(u), 0);
    assert_true(unpacker_has_folder(u));
    assert_string_equal(path_of(u, 0), "a.pdf");
    assert_string_equal(path_of(u, 1), "a~2.pdf");
    assert_null(path_of(u, 2));
    assert_null(path_of(u, 3));
    assert_string_equal(path_of(u, 4), "abs/_.b.pdf");
    hidden(b, "a.pdf", PDF_A);
    hidden(b, "a~2.pdf", "%PDF other");
    hidden(b, "abs/_.b.pdf", PDF_A);
    hidden(b, "deep/broken.pdf", NULL);
    const struct entrylist *l = unpacker_list(u);
    sha256_hex(PDF_A, strlen(PDF_A), hash);
    assert_string_equal(l->entries[0].sha256, hash);
    assert_int_equal(l->entries[0].size, strlen(PDF_A));
    assert_int_equal(l->taken, 3);
    unpacker_free(u);
}

static void thrown_away(void **state)
{
    struct box *b = *state;
    const struct token t = claimed();
    struct unpacker *u = begin(b, &t, "x.zip");
    assert_int_equal(entry(u, "a.pdf", PDF_A, ENTRY_TAKEN), 0);
    assert_int_equal(box_count(b->s.unpack, ".", false), 1);
    unpacker_throw(u);
    assert_false(unpacker_has_folder(u));
    assert_int_equal(box_count(b->s.unpack, ".", false), 0);
    assert_int_equal(unpacker_list(u)->n, 1); /* for x.json */
    unpacker_throw(u);
    unpacker_free(u);
}

static void nothing_taken_leaves_nothing(void **state)
{
    struct box *b = *state;
    const struct token t = claimed();
    struct unpacker *u = begin(b, &t, "x.zip");
    assert_int_equal(entry(u, "x.txt", "", ENTRY_NO_PDF), 0);
    assert_int_equal(entry(u, "folder/b.pdf", "%PDF half", ENTRY_DAMAGED), 0);
    assert_int_equal(unpacker_finish(u), 0);
    assert_false(unpacker_has_folder(u));
    assert_int_equal(box_count(b->s.unpack, ".", false), 0);
    unpacker_free(u);
}

/* The only file of a .gz is called like it, less its ending. */
static void names_of_the_nameless(void **state)
{
    struct box *b = *state;
    static const struct {
        const char *document, *name;
    } cases[] = {{"sub/x.pdf.gz", "x.pdf"}, {"x.PDF.XZ", "x.PDF"}, {"a.pdf.zst", "a.pdf"},
                 {"noending", "noending"},  {".gz", "_.gz"},       {"x.tmp.bz2", "x.tmp_"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct token t = claimed();
        struct unpacker *u = begin(b, &t, cases[i].document);
        assert_int_equal(entry(u, "", PDF_A, ENTRY_TAKEN), 0);
        assert_string_equal(path_of(u, 0), cases[i].name);
        unpacker_throw(u);
        unpacker_free(u);
    }
    const struct token t = claimed();
    struct unpacker *u = begin(b, &t, "x.tar");
    assert_int_equal(entry(u, "../..", PDF_A, ENTRY_TAKEN),
                     0); /* a name, of which nothing is left */
    assert_string_equal(path_of(u, 0), "_");
    unpacker_throw(u);
    unpacker_free(u);
}

static ssize_t full(int fd, const void *from, size_t n)
{
    (void)fd, (void)from, (void)n;
    errno = ENOSPC;
    return -1;
}

static void a_full_share_says_so(void **state)
{
    struct box *b = *state;
    const struct token t = claimed();
    struct unpacker *u = begin(b, &t, "x.zip");
    BOX_REPLACE(write, full);
    assert_int_equal(entry(u, "a.pdf", PDF_A, ENTRY_TAKEN), -1);
    assert_int_equal(errno, ENOSPC);
    fs = &fsop_posix;
    unpacker_throw(u);
    assert_int_equal(box_count(b->s.unpack, ".", false), 0);
    unpacker_free(u);
}

static void limits_are_the_settings(void **state)
{
    struct box *b = *state;
    const struct token t = claimed();
    b->s.settings.max_entries = 7;
    b->s.settings.max_input = 11;
    b->s.settings.max_unpacked = 13;
    b->s.settings.max_ratio = 17;
    struct unpacker *u = begin(b, &t, "x.zip");
    const struct receiver *to = unpacker_receiver(u);
    assert_int_equal(to->entries, 7);
    assert_int_equal(to->each, 11);
    assert_int_equal(to->total, 13);
    assert_int_equal(to->ratio, 17);
    assert_int_equal(to->size, 1000);
    unpacker_free(u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(files_and_their_list),         BOX_TEST(thrown_away),
        BOX_TEST(nothing_taken_leaves_nothing), BOX_TEST(names_of_the_nameless),
        BOX_TEST(a_full_share_says_so),         BOX_TEST(limits_are_the_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
