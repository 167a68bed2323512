/* journaltail: what journals say gets into the index, once, in bounded steps, at a bounded cost; harmed ones do no harm. */
#include "spoolbox.h"

#include "base/clock.h"
#include "spool/journaltail.h"

enum { MOST = 4, UNIT = 1000 /* poll_max, ms */ };
#define OTHER "otherlease00"

static struct dupindex *x;
static struct journaltail *t;
static int64_t now;
static unsigned calls; /* openat, statx, getdents, pread */
static unsigned reads; /* pread */

static int count_openat(int dir, const char *name, int flags, mode_t mode)
{
    calls++;
    return fsop_posix.openat(dir, name, flags, mode);
}
static int count_statx(int dir, const char *name, int flags, struct statx *st)
{
    calls++;
    return fsop_posix.statx(dir, name, flags, st);
}
static ssize_t count_pread(int fd, void *to, size_t n, off_t at)
{
    calls++;
    reads++;
    return fsop_posix.pread(fd, to, n, at);
}
static ssize_t count_getdents(int fd, void *to, size_t n)
{
    calls++;
    return fsop_posix.getdents(fd, to, n);
}

static int make(void **state)
{
    if (box_setup(state) != 0)
        return -1;
    struct box *b = *state;
    static struct fsop table;
    table = fsop_posix;
    table.openat = count_openat;
    table.statx = count_statx;
    table.pread = count_pread;
    table.getdents = count_getdents;
    fs = &table;
    b->s.settings.poll_max = UNIT;
    now = 1000000;
    x = dupindex_new();
    t = journaltail_new(&b->s, &b->l, x);
    return x && t ? 0 : -1;
}

static int drop(void **state)
{
    journaltail_free(t);
    dupindex_free(x);
    return box_teardown(state);
}

/* A line of a document that may be taken over; the n-th hash. */
static const char *hash(unsigned n)
{
    static char hex[SHA256_HEX];
    char word[16];
    snprintf(word, sizeof word, "%u", n);
    sha256_hex(word, strlen(word), hex);
    return hex;
}

static const char *line(unsigned n)
{
    static char text[400];
    snprintf(text, sizeof text,
             "{\"event\":\"done\",\"as\":\"done/%u.pdf\",\"sha256\":\"%s\",\"json_sha256\":"
             "\"0000000000000000000000000000000000000000000000000000000000000000\"}\n",
             n, hash(n));
    return text;
}

static bool known(unsigned n)
{
    struct dup_place p[MOST];
    return dupindex_find(x, hash(n), p, MOST) > 0;
}

static unsigned times_known(unsigned n)
{
    struct dup_place p[MOST];
    return dupindex_find(x, hash(n), p, MOST);
}

/* As a lease of another host would. */
static void append(struct box *b, const char *text, size_t n)
{
    mkdirat(b->s.journal, "far", 0775);
    int fd = openat(b->s.journal, "far/" OTHER ".jsonl", O_WRONLY | O_CREAT | O_APPEND, 0664);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), (ssize_t)n);
    close(fd);
}

static void append_line(struct box *b, unsigned n)
{
    append(b, line(n), strlen(line(n)));
}

static void live(struct box *b)
{
    mkdirat(b->s.claimed, "far", 0775);
    assert_int_equal(mkdirat(b->s.claimed, "far/" OTHER ".1.2.00000000-00000000.3", 0775), 0);
}

static void dies(struct box *b)
{
    assert_int_equal(unlinkat(b->s.claimed, "far/" OTHER ".1.2.00000000-00000000.3", AT_REMOVEDIR),
                     0);
}

static void steps(unsigned n)
{
    for (unsigned i = 0; i < n; i++, now += 200)
        journaltail_step(t, now);
}

static void of_another_host(void **state)
{
    struct box *b = *state;
    live(b);
    append_line(b, 1);
    steps(2);
    assert_true(known(1));
    append_line(b, 2);
    steps(2 * UNIT / 200);
    assert_true(known(2));
    assert_int_equal(times_known(1), 1); /* read once */
    /* a journal that comes later, too, within 20 times poll_max */
    mkdirat(b->s.journal, "later", 0775);
    int fd = openat(b->s.journal, "later/" OTHER ".jsonl", O_WRONLY | O_CREAT, 0664);
    assert_true(write(fd, line(3), strlen(line(3))) > 0);
    close(fd);
    steps(21 * UNIT / 200);
    assert_true(known(3));
    struct dup_place p;
    struct buf back = {0};
    assert_int_equal(dupindex_find(x, hash(2), &p, 1), 1);
    const struct dup_journal *row = dupindex_row(x, p.journal);
    assert_int_equal(journal_line(&b->s, row->host, row->lease, p.offset, &back), 0);
    assert_memory_equal(back.data, line(2), strlen(line(2)) - 1);
    assert_int_equal(back.len, strlen(line(2)) - 1);
    buf_free(&back);
}

/* A line comes in pieces: it is taken when it is whole. */
static void partial_lines(void **state)
{
    struct box *b = *state;
    const char *text = line(1);
    live(b);
    append(b, text, 100);
    steps(2);
    assert_false(known(1));
    append(b, text + 100, strlen(text) - 101);
    steps(3 * UNIT / 200);
    assert_false(known(1));
    append(b, "\n", 1);
    append_line(b, 2);
    steps(5 * UNIT / 200);
    assert_true(known(1));
    assert_true(known(2));
}

static void harmed_lines(void **state)
{
    struct box *b = *state;
    char text[500], *nuls = calloc(1, 100000);
    live(b);
    append_line(b, 1);
    append(b, "}{\n\n\"sha256\":\"\n\"json_sha256\":\"\"\"sha256\":\"12\"\n", 46);
    append(b, nuls, 100000); /* a hole, as a server that died may leave: more than any line */
    append(b, "\n", 1);
    snprintf(text, sizeof text, "%s", line(2));
    strstr(text, "\"json_")[1] = 'k'; /* nothing to take over */
    append(b, text, strlen(text));
    snprintf(text, sizeof text, "%s", line(3));
    memset(strstr(text, hash(3)), 'Z', 64);
    append(b, text, strlen(text));
    append(b, "{\"message\":\"\\\"sha256\\\":\\\"", 25); /* within a value quotes are escaped */
    append_line(b, 4);
    append_line(b, 5);
    steps(3);
    assert_true(known(1));
    assert_false(known(2));
    assert_false(known(3));
    assert_true(known(5));
    free(nuls);
    /* It is shortened: from its new end on. */
    int fd = openat(b->s.journal, "far/" OTHER ".jsonl", O_WRONLY | O_TRUNC);
    assert_true(fd >= 0);
    close(fd);
    steps(5 * UNIT / 200);
    append_line(b, 6);
    steps(10 * UNIT / 200);
    assert_true(known(6));
}

/* A journal may not be a link, nor a FIFO, nor a folder. */
static void strange_files(void **state)
{
    struct box *b = *state;
    live(b);
    mkdirat(b->s.journal, "far", 0775);
    box_write(b->s.done, "x", line(1));
    assert_int_equal(symlinkat("../../done/x", b->s.journal, "far/" OTHER ".jsonl"), 0);
    assert_int_equal(mkdirat(b->s.journal, "far/anotherlease.jsonl", 0775), 0);
    assert_int_equal(mknodat(b->s.journal, "far/afifoofsomex.jsonl", S_IFIFO | 0664, 0), 0);
    assert_int_equal(symlinkat("../done", b->s.journal, "link"), 0);
    steps(10);
    assert_false(known(1));
}

/* The host's own lines are not read, but told. A gap is read. */
static void own_lines(void **state)
{
    struct box *b = *state;
    struct journal j;
    struct buf lines = {0};
    assert_int_equal(journal_open(&j, &b->s, &b->l), 0);
    buf_str(&lines, line(1));
    buf_str(&lines, line(2));
    assert_int_equal(journal_append(&j, &lines), 0);
    assert_int_equal(j.end, lines.len);
    steps(4);
    calls = 0;
    journaltail_own(t, &lines, j.end);
    assert_int_equal(calls, 0);
    assert_true(known(1) && known(2));
    buf_clear(&lines);
    buf_str(&lines, line(3));
    assert_int_equal(journal_append(&j, &lines), 0); /* not told of */
    buf_clear(&lines);
    buf_str(&lines, line(4));
    assert_int_equal(journal_append(&j, &lines), 0);
    journaltail_own(t, &lines, j.end);
    steps(1);
    assert_true(known(3) && known(4));
    assert_int_equal(times_known(4), 1);
    journal_close(&j);
    /* opened again, it goes on where it ended */
    assert_int_equal(journal_open(&j, &b->s, &b->l), 0);
    buf_clear(&lines);
    buf_str(&lines, line(5));
    assert_int_equal(journal_append(&j, &lines), 0);
    calls = 0;
    journaltail_own(t, &lines, j.end);
    steps(1);
    assert_int_equal(calls, 0);
    assert_true(known(5));
    journaltail_own(t, &lines, JOURNAL_END_UNKNOWN);
    steps(1);
    assert_int_equal(times_known(5), 1);
    journal_close(&j);
    buf_free(&lines);
}

/* A long backlog comes in steps; a new process goes on where the last one was. */
static void backlog(void **state)
{
    enum { LINES = 8000 };
    struct box *b = *state;
    struct buf text = {0};
    for (unsigned i = 0; i < LINES; i++)
        buf_str(&text, line(i));
    live(b);
    append(b, text.data, text.len);
    steps(1);
    assert_true(known(0));
    assert_false(known(LINES - 1));
    calls = 0;
    steps(1);
    assert_true(calls < 20);
    journaltail_free(t);
    t = journaltail_new(&b->s, &b->l, x);
    steps(10);
    assert_true(known(LINES - 1));
    assert_int_equal(times_known(0), 1);
    buf_free(&text);
}

/* What a quiet cluster costs, and that a dead lease's journal costs nothing. */
static void quiet(void **state)
{
    struct box *b = *state;
    live(b);
    append_line(b, 1);
    steps(200 * UNIT / 200);
    calls = 0;
    steps(160 * UNIT / 200); /* 40 minutes where poll_max is 15 s */
    if (calls > 10 + 8 * 6)  /* ten looks at the journal, eight rounds of a few calls */
        fail_msg("%u calls", calls);
    dies(b);
    clock_sleep_ms(20); /* the file system's clock ticks; the steps above took no time at all */
    append_line(b, 2);  /* its last words */
    mkdirat(b->s.journal, "far", 0775);
    int fd = openat(b->s.journal, "far/anotherlease.jsonl", O_WRONLY | O_CREAT, 0664);
    assert_true(fd >= 0);
    close(fd);
    steps(60 * UNIT / 200);
    assert_true(known(2));
    bool over = false;
    for (unsigned i = 0; i < dupindex_journals(x); i++)
        over = over || (strcmp(dupindex_row(x, i)->lease, OTHER) == 0 && dupindex_row(x, i)->over);
    assert_true(over);
}

/* Looks at the journal of each of so many hosts while all of them grow: a second of poll_max, after
 * they have been listed. */
static unsigned looks_at(struct box *b, unsigned hosts)
{
    enum { TIMES = 40 };
    struct host_journal {
        char name[32];
        int fd;
    } *all = calloc(hosts, sizeof *all);
    for (unsigned i = 0; i < hosts; i++) {
        snprintf(all[i].name, sizeof all[i].name, "far%u", i);
        mkdirat(b->s.journal, all[i].name, 0775);
        mkdirat(b->s.claimed, all[i].name, 0775);
        int host = openat(b->s.claimed, all[i].name, O_RDONLY | O_DIRECTORY);
        assert_true(mkdirat(host, OTHER ".1.2.00000000-00000000.3", 0775) == 0 || errno == EEXIST);
        close(host);
        host = openat(b->s.journal, all[i].name, O_RDONLY | O_DIRECTORY);
        all[i].fd = openat(host, OTHER ".jsonl", O_WRONLY | O_CREAT | O_APPEND, 0664);
        assert_true(all[i].fd >= 0);
        close(host);
    }
    steps(30 * UNIT / 200);
    reads = 0;
    for (unsigned k = 0; k < TIMES; k++) {
        for (unsigned i = 0; i < hosts; i++)
            assert_true(write(all[i].fd, line(k), strlen(line(k))) > 0);
        steps(UNIT / 200);
    }
    for (unsigned i = 0; i < hosts; i++)
        close(all[i].fd);
    free(all);
    return reads / TIMES;
}

/* As many hosts as there are, each asks about as much: what it asks of each falls. */
static void many_hosts(void **state)
{
    unsigned few = looks_at(*state, 10), many = looks_at(*state, 120);
    if (few < 8 || few > 10)
        fail_msg("%u journals of 10 read each poll_max", few);
    if (many < 12 || many > 24)
        fail_msg("%u journals of 120 read each poll_max: 20 are wanted", many);
}

/* Of hosts that are gone nothing is asked: those that live are looked at as often as without them. */
static void gone_hosts(void **state)
{
    enum { GONE = 100 };
    struct box *b = *state;
    char name[48];
    for (unsigned i = 0; i < GONE; i++) {
        snprintf(name, sizeof name, "gone%u", i);
        mkdirat(b->s.journal, name, 0775);
        snprintf(name, sizeof name, "gone%u/" OTHER ".jsonl", i);
        int fd = openat(b->s.journal, name, O_WRONLY | O_CREAT, 0664);
        assert_int_equal(write(fd, line(i), strlen(line(i))), (ssize_t)strlen(line(i)));
        close(fd);
    }
    unsigned few = looks_at(b, 10);
    if (few < 8 || few > 10)
        fail_msg("%u journals of 10 read each poll_max", few);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(of_another_host, make, drop),
                                       cmocka_unit_test_setup_teardown(partial_lines, make, drop),
                                       cmocka_unit_test_setup_teardown(harmed_lines, make, drop),
                                       cmocka_unit_test_setup_teardown(strange_files, make, drop),
                                       cmocka_unit_test_setup_teardown(own_lines, make, drop),
                                       cmocka_unit_test_setup_teardown(backlog, make, drop),
                                       cmocka_unit_test_setup_teardown(quiet, make, drop),
                                       cmocka_unit_test_setup_teardown(many_hosts, make, drop),
                                       cmocka_unit_test_setup_teardown(gone_hosts, make, drop)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
