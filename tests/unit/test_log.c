#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/jsonr.h"
#include "base/log.h"

/* Stands before libc's: the tests move the clock instead of waiting. */
static time_t clock_shift;

int clock_gettime(clockid_t which, struct timespec *t)
{
    int rc = (int)syscall(SYS_clock_gettime, which, t);

    t->tv_sec += clock_shift;
    return rc;
}

static char folder[64], file[128];
static char text[1 << 20];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/test_log.XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(file, sizeof file, "%s/log", folder);
    log_bind_host(NULL);
    log_bind_role(NULL);
    log_bind_document(NULL, 0);
    clock_shift += 1000; /* all windows of the test before are over */
    return log_setup(LOG_LOGFMT, LEVEL_DEBUG, file);
}

static int drop_folder(void **state)
{
    char command[128];

    (void)state;
    log_setup(LOG_LOGFMT, LEVEL_INFO, NULL);
    snprintf(command, sizeof command, "rm -r -- '%s'", folder);
    return system(command);
}

/* What is in the file now. */
static const char *logged(const char *name)
{
    FILE *f = fopen(name, "re");

    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    return text;
}

static int lines(void)
{
    int n = 0;

    for (const char *c = logged(file); *c; c++)
        n += *c == '\n';
    return n;
}

/* The line behind its time stamp, whose form is checked on the way. */
static const char *untimed(const char *line)
{
    static const char form[] = "time=0000-00-00T00:00:00.000Z ";

    for (size_t i = 0; form[i]; i++) {
        if (form[i] == '0')
            assert_in_range(line[i], '0', '9');
        else
            assert_int_equal(line[i], form[i]);
    }
    return line + sizeof form - 1;
}

static void test_logfmt_line(void **state)
{
    (void)state;
    log_bind_host("alpha");
    log_bind_role("slot.2");
    log_bind_document("a/b \xFC\n.pdf", 10);
    log_warn("said %s and %d", "\"hi\"\n\x1B[31m\\ \xFF", 42);
    assert_string_equal(untimed(logged(file)),
                        "level=warn host=alpha role=slot.2 document=\"a/b \\xFC\\n.pdf\" "
                        "msg=\"said \\\"hi\\\"\\n\\x1B[31m\\\\ \\xFF and 42\"\n");
}

static void test_what_is_not_bound_is_not_there(void **state)
{
    (void)state;
    log_info("%s", "");
    assert_string_equal(untimed(logged(file)), "level=info msg=\"\"\n");
}

static void test_odd_host_is_quoted(void **state)
{
    (void)state;
    log_bind_host("two words=\"x\"");
    log_info("m");
    assert_string_equal(untimed(logged(file)),
                        "level=info host=\"two words=\\\"x\\\"\" msg=\"m\"\n");
}

static void test_json_line(void **state)
{
    (void)state;
    log_setup(LOG_JSON, LEVEL_DEBUG, file);
    log_bind_host("alpha");
    log_bind_role("beat");
    log_bind_document("a%\xFF.pdf", 7);
    log_error("said %s", "\"hi\"\n\x1B[31m\\ \xFF \xC3\xBC");
    logged(file);
    char *newline = strchr(text, '\n');
    assert_non_null(newline);
    assert_string_equal(newline, "\n");
    assert_null(strchr(text, '\x1B'));
    struct jsonr *j = jsonr_parse(text, strlen(text), NULL, 0);
    assert_non_null(j);
    assert_int_equal(strlen(jsonr_str(j, "time", "")), 24);
    assert_string_equal(jsonr_str(j, "level", ""), "error");
    assert_string_equal(jsonr_str(j, "host", ""), "alpha");
    assert_string_equal(jsonr_str(j, "role", ""), "beat");
    assert_string_equal(jsonr_str(j, "document", ""), "a%25%FF.pdf");
    assert_string_equal(jsonr_str(j, "msg", ""), "said \"hi\"\n\x1B[31m\\ \\xFF \xC3\xBC");
    jsonr_free(j);
}

static void test_levels(void **state)
{
    (void)state;
    log_setup(LOG_LOGFMT, LEVEL_WARN, file);
    log_debug("d");
    log_info("i");
    assert_string_equal(logged(file), "");
    log_warn("w");
    log_error("e");
    assert_non_null(strstr(logged(file), "level=warn msg=\"w\""));
    assert_non_null(strstr(text, "level=error msg=\"e\""));
    assert_int_equal(lines(), 2);
}

/* Any message stays one line, which a pipe takes as one piece. */
static void test_long_and_hostile_messages(void **state)
{
    static const char *const pieces[] = {"x",    "\n",   "\"",           "\\",
                                         "\xFF", "\x01", "\xE4\xB8\xAD", "\xE2\x80\xAE"};
    static char message[20000], path[2000];

    (void)state;
    memset(path, '\n', sizeof path);
    log_bind_document(path, sizeof path);
    for (int format = LOG_LOGFMT; format <= LOG_JSON; format++) {
        log_setup((enum log_format)format, LEVEL_DEBUG, file);
        for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
            size_t n = strlen(pieces[i]);
            for (size_t at = 0; at + n < sizeof message; at += n)
                memcpy(message + at, pieces[i], n + 1);
            assert_int_equal(truncate(file, 0), 0);
            clock_shift += 20;
            log_info("%s", message);
            logged(file);
            assert_int_equal(lines(), 1);
            assert_true(strlen(text) <= 4096);
            assert_non_null(
                strstr(text, "...\"")); /* it says that it was cut, and the quote is closed */
            if (format == LOG_JSON) {
                struct jsonr *j = jsonr_parse(text, strlen(text), NULL, 0);
                assert_non_null(j);
                jsonr_free(j);
            }
        }
    }
}

static void test_document_keeps_its_end(void **state)
{
    char path[401];

    (void)state;
    memset(path, 'a', 400);
    memcpy(path + 99, "\xC3\xBC", 2); /* the cut falls between these two */
    memcpy(path + 396, ".pdf", 5);
    log_bind_document(path, 400);
    log_info("m");
    const char *document = strstr(logged(file), "document=\"") + strlen("document=\"");
    assert_int_equal(strcspn(document, "\""), 299);
    assert_int_equal(strncmp(document + 295, ".pdf\"", 5), 0);
    assert_int_equal(truncate(file, 0), 0);
    log_bind_document("", 0);
    log_info("m");
    assert_null(strstr(logged(file), "document"));
}

static void test_repeats_are_counted(void **state)
{
    (void)state;
    for (int i = 0; i < 57; i++)
        log_warn("the same %d", i);
    assert_int_equal(lines(), 20);
    assert_non_null(strstr(text, "the same 19"));
    assert_null(strstr(text, "the same 20"));
    clock_shift += 9;
    log_warn("another");
    assert_int_equal(lines(), 21); /* the window has not ended, others are not concerned */
    clock_shift += 2;
    log_info("a third");
    assert_int_equal(lines(), 23);
    assert_non_null(strstr(text, "level=warn msg=\"37 more within 10 s of: the same %d\""));
    clock_shift += 20;
    log_info("a fourth"); /* the count was printed once */
    assert_int_equal(lines(), 24);
    for (int i = 0; i < 2; i++)
        log_warn("the same %d", 100 + i);
    assert_non_null(strstr(logged(file), "the same 101"));
}

static void test_twenty_are_not_too_many(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        log_info("exactly %d", i);
    clock_shift += 11;
    log_info("end");
    assert_int_equal(lines(), 21);
    assert_null(strstr(text, "more within"));
}

/* More different messages than there are windows: the oldest gives way, with its count. */
static void test_many_different_messages(void **state)
{
    static char formats[80][32];

    (void)state;
    for (int i = 0; i < 25; i++)
        log_info("first %d", i);
    for (int i = 0; i < 80; i++) {
        clock_shift += i == 1; /* so that "first" is the oldest for certain */
        snprintf(formats[i], sizeof formats[i], "different %d: %%d", i);
        for (int k = 0; k < 2; k++)
            log_info(formats[i], k);
    }
    assert_int_equal(lines(), 20 + 1 + 160);
    assert_non_null(strstr(text, "5 more within 10 s of: first %d"));
}

static void test_a_child_counts_for_itself(void **state)
{
    int status;

    (void)state;
    for (int i = 0; i < 30; i++)
        log_info("both %d", i);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        log_bind_role("child");
        clock_shift += 11;
        log_info("both %d", 1000);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(lines(), 21);
    assert_non_null(strstr(text, "role=child msg=\"both 1000\""));
    assert_null(strstr(text, "more within"));
}

static void test_reopen(void **state)
{
    char moved[140];
    struct stat st;

    (void)state;
    snprintf(moved, sizeof moved, "%s.1", file);
    log_info("before");
    assert_int_equal(rename(file, moved), 0);
    assert_int_equal(log_reopen(), 0);
    log_info("new");
    assert_int_equal(lines(), 1);
    assert_non_null(strstr(text, "new"));
    assert_null(strstr(logged(moved), "new"));
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 07137, 0); /* nobody else may write, others may not read */
}

/* Nobody says that it was moved: not to this process, and not to another one that writes there. */
static void test_moved_away(void **state)
{
    char moved[140];
    int go[2], status;
    char one;

    (void)state;
    snprintf(moved, sizeof moved, "%s.2", file);
    log_info("before");
    assert_int_equal(pipe(go), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (read(go[0], &one, 1) != 1)
            _exit(1);
        log_info("of the child");
        _exit(0);
    }
    assert_int_equal(rename(file, moved), 0);
    log_info("of the parent");
    assert_int_equal(write(go[1], "x", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(go[0]);
    close(go[1]);
    assert_int_equal(lines(), 2);
    assert_non_null(strstr(text, "of the parent"));
    assert_non_null(strstr(text, "of the child"));
    assert_non_null(strstr(logged(moved), "before"));
    assert_null(strstr(logged(moved), "of the"));
    assert_int_equal(unlink(file), 0);
    log_info("after that");
    assert_int_equal(lines(), 1);
}

static void test_what_cannot_be_opened(void **state)
{
    char absent[140], longest[2000];

    (void)state;
    snprintf(absent, sizeof absent, "%s/no/such/log", folder);
    assert_int_equal(log_setup(LOG_LOGFMT, LEVEL_INFO, absent), -1);
    assert_int_equal(errno, ENOENT);
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = 0;
    assert_int_equal(log_setup(LOG_LOGFMT, LEVEL_INFO, longest), -1);
    assert_int_equal(errno, ENAMETOOLONG);
    log_info("goes where it went");
    assert_int_equal(lines(), 1);
    assert_int_equal(log_reopen(), 0); /* of the file that was good */
    log_info("again");
    assert_int_equal(lines(), 2);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkdir(file, 0700), 0);
    assert_int_equal(log_reopen(), -1);
    assert_int_equal(errno, EISDIR);
    log_info("into the unlinked file, but alive");
    assert_int_equal(rmdir(file), 0);
    assert_int_equal(log_reopen(), 0);
    log_info("back");
    assert_int_equal(lines(), 1);
}

static void test_stderr_in_one_write(void **state)
{
    int saved = dup(STDERR_FILENO), ends[2];
    char got[8192];

    (void)state;
    assert_int_equal(pipe2(ends, O_DIRECT | O_CLOEXEC), 0); /* a packet for each write(2) */
    dup2(ends[1], STDERR_FILENO);
    log_setup(LOG_LOGFMT, LEVEL_INFO, "");
    log_info("one");
    log_info("two");
    assert_int_equal(log_reopen(), 0);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    ssize_t n = read(ends[0], got, sizeof got - 1);
    assert_true(n > 0);
    got[n] = 0;
    assert_string_equal(untimed(got), "level=info msg=\"one\"\n");
    n = read(ends[0], got, sizeof got - 1);
    assert_true(n > 0);
    got[n] = 0;
    assert_string_equal(untimed(got), "level=info msg=\"two\"\n");
    assert_int_equal(read(ends[0], got, sizeof got), 0);
    close(ends[0]);
}

static void test_errno_is_kept(void **state)
{
    (void)state;
    errno = ESTALE;
    log_info("with \n\"much\" to escape");
    assert_int_equal(errno, ESTALE);
    errno = ENOSPC;
    for (int i = 0; i < 30; i++)
        log_debug("x");
    assert_int_equal(errno, ENOSPC);
}

static void test_a_full_disk_harms_nobody(void **state)
{
    (void)state;
    assert_int_equal(log_setup(LOG_LOGFMT, LEVEL_INFO, "/dev/full"), 0);
    errno = 0;
    log_error("lost");
    assert_int_equal(errno, 0);
    assert_int_equal(log_setup(LOG_LOGFMT, LEVEL_INFO, file), 0);
    log_error("found");
    assert_int_equal(lines(), 1);
}

static void test_a_bug_aborts_with_its_words(void **state)
{
    int status;

    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        log_bug("token %d", 3);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(logged(file), "level=error msg=\"a bug of pdfspool: token 3\""));
}

static void *talk(void *arg)
{
    static char formats[4][32];
    char *format = formats[*(int *)arg];

    snprintf(format, sizeof formats[0], "thread %d says %%d", *(int *)arg);
    for (int i = 0; i < 1000; i++)
        log_info(format, i);
    return NULL;
}

static void test_threads(void **state)
{
    pthread_t threads[4];
    int ids[4];

    (void)state;
    for (int i = 0; i < 4; i++) {
        ids[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, talk, &ids[i]), 0);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(lines(), 80);
    clock_shift += 11;
    log_info("end");
    assert_int_equal(lines(), 80 + 4 + 1);
    for (const char *at = strstr(text, "more within"); at; at = strstr(at + 1, "more within"))
        assert_int_equal(strncmp(at - 4, "980 ", 4), 0);
}

static void test_names_of_enums(void **state)
{
    (void)state;
    assert_int_equal(log_level_of("debug"), LEVEL_DEBUG);
    assert_int_equal(log_level_of("info"), LEVEL_INFO);
    assert_int_equal(log_level_of("warn"), LEVEL_WARN);
    assert_int_equal(log_level_of("error"), LEVEL_ERROR);
    assert_int_equal(log_level_of("warning"), -1);
    assert_int_equal(log_level_of(""), -1);
    assert_int_equal(log_format_of("logfmt"), LOG_LOGFMT);
    assert_int_equal(log_format_of("json"), LOG_JSON);
    assert_int_equal(log_format_of("JSON"), -1);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_logfmt_line),
        IN_FOLDER(test_what_is_not_bound_is_not_there),
        IN_FOLDER(test_odd_host_is_quoted),
        IN_FOLDER(test_json_line),
        IN_FOLDER(test_levels),
        IN_FOLDER(test_long_and_hostile_messages),
        IN_FOLDER(test_document_keeps_its_end),
        IN_FOLDER(test_repeats_are_counted),
        IN_FOLDER(test_twenty_are_not_too_many),
        IN_FOLDER(test_many_different_messages),
        IN_FOLDER(test_a_child_counts_for_itself),
        IN_FOLDER(test_reopen),
        IN_FOLDER(test_moved_away),
        IN_FOLDER(test_what_cannot_be_opened),
        IN_FOLDER(test_stderr_in_one_write),
        IN_FOLDER(test_errno_is_kept),
        IN_FOLDER(test_a_full_disk_harms_nobody),
        IN_FOLDER(test_a_bug_aborts_with_its_words),
        IN_FOLDER(test_threads),
        cmocka_unit_test(test_names_of_enums),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
