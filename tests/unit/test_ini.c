#include <dlfcn.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fsop.h"
#include "base/ini.h"
#include "base/rnd.h"

static char file[64];
static struct buf told; /* "LINE|section|key|what\n" for each problem */
static struct ini *ini;

static void tell(void *arg, int line, const char *section, const char *key, const char *what)
{
    buf_fmt(arg, "%d|%s|%s|%s\n", line, section, key, what);
}

static int make_file(void **state)
{
    (void)state;
    snprintf(file, sizeof file, "/tmp/test_ini.XXXXXX");
    int fd = mkstemp(file);
    close(fd);
    return fd < 0 ? -1 : 0;
}

static int drop_file(void **state)
{
    (void)state;
    fs = &fsop_posix;
    ini_free(ini);
    ini = NULL;
    buf_free(&told);
    return unlink(file);
}

static void load_bytes(const char *text, size_t n)
{
    FILE *f = fopen(file, "we");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    ini_free(ini);
    buf_clear(&told);
    buf_add(&told, "", 0);
    ini = ini_load(file, tell, &told);
}

static void load(const char *text)
{
    load_bytes(text, strlen(text));
}

/* The value, which must be there. */
static const char *value(const char *section, const char *key)
{
    const char *s, *k, *v;
    int line;

    for (size_t i = 0; ini_entry(ini, i, &s, &k, &v, &line); i++)
        if (strcmp(s, section) == 0 && strcmp(k, key) == 0)
            return v;
    fail_msg("no [%s] %s", section, key);
    return NULL;
}

static size_t entries(void)
{
    const char *s, *k, *v;
    size_t n = 0;
    int line;

    while (ini_entry(ini, n, &s, &k, &v, &line))
        n++;
    return n;
}

static void clean(void)
{
    if (told.len)
        fail_msg("%s", told.data);
    assert_non_null(ini);
    assert_int_equal(ini_problems(ini), 0);
}

static void test_good_file(void **state)
{
    static const struct {
        const char *section, *key, *value;
        int line;
    } expected[] = {{"spool", "format", "1", 3},           {"spool", "settle_time", "30s", 4},
                    {"worker", "scratch_dir", "/a b", 8},  {"worker", "q", "x # y; z", 9},
                    {"worker", "single", "say \"x\"", 10}, {"worker", "empty", "", 11},
                    {"worker", "empty2", "", 12},          {"worker", "empty3", "", 13},
                    {"worker", "equals", "a=b", 14},       {"spool", "again", "010", 16}};
    const char *s, *k, *v;
    int line;

    (void)state;
    load("# comment; with # everything = []\n"
         "[spool]\n"
         "format = 1\n"
         "  settle_time=30s  \r\n"
         "\n"
         "; another\n"
         "[ Worker ]\n"
         "Scratch_Dir = /a b\n"
         "q = \"x # y; z\"\n"
         "single = 'say \"x\"'\n"
         "empty =\n"
         "empty2 = \"\"\n"
         "empty3 = ''\n"
         "equals = a=b\n"
         "[spool]\n"
         "again = 010"); /* no newline at the end */
    clean();
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_true(ini_entry(ini, i, &s, &k, &v, &line));
        assert_string_equal(s, expected[i].section);
        assert_string_equal(k, expected[i].key);
        assert_string_equal(v, expected[i].value);
        assert_int_equal(line, expected[i].line);
    }
    assert_int_equal(entries(), sizeof expected / sizeof expected[0]);
}

static void test_numbers_stay_text(void **state)
{
    (void)state;
    load("[s]\na = 12abc\nb = 99999999999\nc = 64M\nd = 010\ne = tomato\n");
    clean();
    assert_string_equal(value("s", "a"), "12abc");
    assert_string_equal(value("s", "b"), "99999999999");
    assert_string_equal(value("s", "c"), "64M");
    assert_string_equal(value("s", "d"), "010");
    assert_string_equal(value("s", "e"), "tomato");
}

static void test_files_that_say_nothing(void **state)
{
    (void)state;
    load("");
    clean();
    assert_int_equal(entries(), 0);
    load("\n\n# only a comment");
    clean();
    load("[worker]\n");
    clean();
    assert_int_equal(entries(), 0);
    ini_free(NULL);
}

/* One wrong line between two good ones: it is reported with its number, and the good ones are read.
 */
static void one_problem(const char *line, size_t n, const char *expected)
{
    struct buf text = {0};

    buf_str(&text, "[s]\nbefore = 1\n");
    buf_add(&text, line, n);
    buf_str(&text, "\nafter = 2\n");
    load_bytes(text.data, text.len);
    buf_free(&text);
    assert_non_null(ini);
    if (strncmp(told.data, expected, strlen(expected)) != 0)
        fail_msg("%s: %s instead of %s", line, told.data, expected);
    assert_ptr_equal(strchr(told.data, '\n'), told.data + told.len - 1); /* one only */
    assert_int_equal(ini_problems(ini), 1);
    assert_int_equal(entries(), 2);
    assert_string_equal(value("s", "before"), "1");
    assert_string_equal(value("s", "after"), "2");
}

static void test_traps(void **state)
{
    static const struct {
        const char *line, *expected;
    } traps[] = {
        {"k = ab#cd", "3|s|k|# or ; would cut"},
        {"k = ab;cd", "3|s|k|# or ; would cut"},
        {"k = 5 # five", "3|s|k|# or ; would cut"},
        {"k = ;", "3|s|k|# or ; would cut"},
        {"k = #", "3|s|k|# or ; would cut"},
        {"k = \"never closed", "3|s|k|the quote is never closed: put a \""},
        {"k = 'never closed", "3|s|k|the quote is never closed: put a '"},
        {"k = \"", "3|s|k|the quote is never closed"},
        {"k = \"a\" b", "3|s|k|there is text behind the closing quote"},
        {"k = \"a\" # b", "3|s|k|there is text behind the closing quote"},
        {"k = \"a\"b\"", "3|s|k|there is text behind the closing quote"},
        {"k = a\\", "3|s|k|a line cannot be continued"},
        {"k = \"a\\b\"", "3|s|k|a backslash within quotes"},
        {"k = 'a\\'", "3|s|k|a backslash within quotes"},
        {"# comment \\", "3|||a comment must not end with a backslash"},
        {"before = 3", "3|s|before|is set twice: line 2 has it already"},
        {"BEFORE = 3", "3|s|before|is set twice: line 2 has it already"},
        {"no equals sign", "3|s||is neither"},
        {"= 5", "3|s||the name before the ="},
        {"two words = 5", "3|s||the name before the ="},
        {"s:before = 5", "3|s||the name before the ="},
        {"\xC3\xBC = 5", "3|s||the name before the ="},
        {"k = a\x01z", "3|||has a control character"},
        {"k = a\x1B[31m", "3|||has a control character"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof traps / sizeof traps[0]; i++)
        one_problem(traps[i].line, strlen(traps[i].line), traps[i].expected);
    one_problem("k = a\0b", 7, "3|||has a NUL byte");
    one_problem("\0", 1, "3|||has a NUL byte");
}

/* Versions of iniparser disagree about a backslash in quotes; without quotes it is itself. */
static void test_backslashes(void **state)
{
    (void)state;
    load("[s]\nk = a\\b\nl = \\\\host\\x\n");
    clean();
    assert_string_equal(value("s", "k"), "a\\b");
    assert_string_equal(value("s", "l"), "\\\\host\\x");
}

static void test_long_lines(void **state)
{
    static char line[1200];

    (void)state;
    memset(line, 'x', sizeof line);
    memcpy(line, "k = ", 4);
    for (size_t n = 1001; n < 1100; n++)
        one_problem(line, n, "3|||is longer than 1000 bytes");
    one_problem(line, 1200, "3|||is longer");
    line[0] = '#';
    one_problem(line, 1001, "3|||is longer");
    struct buf text = {0};
    buf_fmt(&text, "[s]\nk = %0996d\nl = 1\n", 5);
    load(text.data);
    buf_free(&text);
    clean();
    assert_int_equal(strlen(value("s", "k")), 996);
}

static void test_byte_order_mark(void **state)
{
    (void)state;
    load("\xEF\xBB\xBF[s]\na = 1\n");
    assert_non_null(ini);
    assert_int_equal(strncmp(told.data, "1|||begins with a byte order mark", 33), 0);
    assert_int_equal(ini_problems(ini), 1);
    assert_string_equal(value("s", "a"), "1"); /* what follows is looked at all the same */
}

static void test_before_any_section(void **state)
{
    (void)state;
    load("a = 1\n[s]\nb = 2\n");
    assert_string_equal(told.data, "1||a|stands before the first [section]: move it into one\n");
    assert_int_equal(entries(), 1);
}

static void test_wrong_sections(void **state)
{
    static const char *const wrong[] = {"[s",   "[",       "[]",   "[ ]",     "[a b]", "[a:]",
                                        "[:b]", "[a:b:c]", "[a]]", "[a] # x", "[a]b",  "[[a]"};
    char text[100];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(text, sizeof text, "[s]\na = 1\n%s\nlost = 2\n[t]\nb = 3\n", wrong[i]);
        load(text);
        assert_non_null(ini);
        assert_int_equal(ini_problems(ini), 1); /* what stands in it is not a second problem */
        assert_int_equal(strncmp(told.data, "3|||", 4), 0);
        assert_int_equal(entries(), 2);
        assert_string_equal(value("t", "b"), "3");
    }
}

static void test_all_problems_at_once(void **state)
{
    (void)state;
    load("a = 1\n[s]\nb = 1\nb = 2\nc = x#y\nd\ne = \"\n");
    assert_int_equal(ini_problems(ini), 5);
    static const char *const starts[] = {"1||a|", "\n4|s|b|", "\n5|s|c|", "\n6|s||", "\n7|s|e|"};
    const char *at = told.data;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        at = strstr(at, starts[i]); /* in the file's order */
        assert_non_null(at);
    }
}

static void test_files_that_others_may_write(void **state)
{
    static const mode_t bad[] = {0620, 0602, 0666, 0777, 0664};
    static const mode_t good[] = {0600, 0644, 0400, 0755};

    (void)state;
    load("[s]\na = 1\n");
    clean();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(chmod(file, bad[i]), 0);
        buf_clear(&told);
        assert_null(ini_load(file, tell, &told));
        assert_int_equal(strncmp(told.data, "0|||may be written by ", 22), 0);
        assert_non_null(strstr(told.data, "chmod go-w"));
        assert_non_null(strstr(told.data, bad[i] & 2 ? "everybody" : "its group"));
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(chmod(file, good[i]), 0);
        buf_clear(&told);
        struct ini *again = ini_load(file, tell, &told);
        assert_non_null(again);
        assert_int_equal(told.len, 0);
        ini_free(again);
    }
}

static void refused(const char *path, const char *why)
{
    buf_clear(&told);
    assert_null(ini_load(path, tell, &told));
    assert_int_equal(strncmp(told.data, "0|||", 4), 0);
    if (!strstr(told.data, why))
        fail_msg("%s: %s", path, told.data);
}

static void test_what_is_no_file(void **state)
{
    char fifo[80];
    struct buf text = {0};

    (void)state;
    refused("/no/such/file.ini", "cannot be opened: No such file");
    refused("/tmp", "no regular file");
    refused("/dev/null", "no regular file");
    snprintf(fifo, sizeof fifo, "%s.fifo", file);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    refused(fifo, "no regular file"); /* and does not hang */
    unlink(fifo);
    while (text.len <= 64 * 1024)
        buf_str(&text, "# comment\n");
    load_bytes(text.data, text.len);
    assert_null(ini);
    assert_non_null(strstr(told.data, "is larger than"));
    buf_free(&text);
}

/* ---- a share that fails ---- */

static int fail_statx(int dir, const char *name, int flags, struct statx *out)
{
    (void)dir, (void)name, (void)flags, (void)out;
    errno = ESTALE;
    return -1;
}

static ssize_t fail_read(int fd, void *to, size_t n)
{
    (void)fd, (void)to, (void)n;
    errno = EIO;
    return -1;
}

static int interruptions;

static ssize_t one_byte_read(int fd, void *to, size_t n)
{
    if (++interruptions % 2) {
        errno = EINTR;
        return -1;
    }
    return read(fd, to, n ? 1 : 0);
}

static ssize_t endless_read(int fd, void *to, size_t n)
{
    (void)fd;
    memset(to, '#', n);
    return (ssize_t)n;
}

static void test_a_share_that_fails(void **state)
{
    struct fsop table = fsop_posix;

    (void)state;
    load("[s]\na = 1\n");
    fs = &table;
    table.statx = fail_statx;
    refused(file, strerror(ESTALE));
    table = fsop_posix;
    table.read = fail_read;
    refused(file, strerror(EIO));
    table.read = endless_read; /* grows while it is read */
    refused(file, "is larger than");
    table.read = one_byte_read;
    load("[s]\na = 1\nb = 22\n");
    clean();
    assert_string_equal(value("s", "b"), "22");
    assert_true(interruptions > 30);
}

/* ---- another iniparser than ours: refuses, or reads another file ---- */

static enum { REAL, REFUSES, READS_ANOTHER } reader;
static char another[64];

/* Stands before the library's. */
void *iniparser_load(const char *path);
void *iniparser_load(const char *path)
{
    void *(*real)(const char *) = NULL;
    void *found = dlsym(RTLD_NEXT, "iniparser_load");

    assert_non_null(found);
    memcpy(&real, &found, sizeof real); /* ISO C knows no cast from an object to a function */
    errno = ENOMEM;
    return reader == REFUSES ? NULL : real(reader == READS_ANOTHER ? another : path);
}

static void test_two_readers_disagree(void **state)
{
    (void)state;
    snprintf(another, sizeof another, "%.50s.b", file);
    FILE *f = fopen(another, "we");
    assert_non_null(f);
    fputs("[s]\nsame = 1\nother = 3\n", f);
    fclose(f);
    reader = READS_ANOTHER;
    load("[s]\nsame = 1\nother = 2\nabsent = 4\n");
    reader = REAL;
    unlink(another);
    assert_non_null(ini);
    assert_int_equal(ini_problems(ini), 2);
    assert_int_equal(
        strncmp(told.data, "3|s|other|is ambiguous: it could also be read as \"3\"", 52), 0);
    assert_non_null(strstr(told.data, "\n4|s|absent|is ambiguous"));
}

static void test_iniparser_refuses(void **state)
{
    (void)state;
    reader = REFUSES;
    load("[s]\na = 1\n");
    reader = REAL;
    assert_non_null(ini);
    assert_int_equal(ini_problems(ini), 1);
    assert_int_equal(strncmp(told.data, "0|||cannot be parsed: ", 22), 0);
}

/* Any bytes: no crash, and every file without a problem is read alike by both readers (ini.c
 * compares). */
static void test_random_files(void **state)
{
    static const char spice[] = "[]=#;\"'\\\n\n\n  aab\t\r\0\xEF\xBB\xBF[s]\nk=v\n";
    char text[120];

    (void)state;
    for (int round = 0; round < 3000; round++) {
        size_t n = rnd_u64() % sizeof text;
        for (size_t i = 0; i < n; i++)
            text[i] = spice[rnd_u64() % (sizeof spice - 1)];
        load_bytes(text, n);
        assert_non_null(ini);
        assert_int_equal(ini_problems(ini) > 0, told.len > 0);
    }
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, make_file, drop_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILE(test_good_file),
        WITH_FILE(test_numbers_stay_text),
        WITH_FILE(test_files_that_say_nothing),
        WITH_FILE(test_traps),
        WITH_FILE(test_backslashes),
        WITH_FILE(test_long_lines),
        WITH_FILE(test_byte_order_mark),
        WITH_FILE(test_before_any_section),
        WITH_FILE(test_wrong_sections),
        WITH_FILE(test_all_problems_at_once),
        WITH_FILE(test_files_that_others_may_write),
        WITH_FILE(test_what_is_no_file),
        WITH_FILE(test_a_share_that_fails),
        WITH_FILE(test_two_readers_disagree),
        WITH_FILE(test_iniparser_refuses),
        WITH_FILE(test_random_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
