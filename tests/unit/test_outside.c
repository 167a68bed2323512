/* outside: what a program of the user's gets, how it ends, and that nothing of it is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "extractd/outside.h"

static struct buf out;
static char why[OUTSIDE_WHY];
static int looks, looks_most;

static bool go_on(void *arg)
{
    (void)arg;
    return ++looks < looks_most;
}

static enum outside_end run(const char *command, int64_t timeout_ms)
{
    static const char picture[] = "a picture";
    const struct outside_order o = {.command = command,
                                    .picture = picture,
                                    .n = sizeof picture - 1,
                                    .path = "a folder/x'$(id).pdf",
                                    .languages = "deu+eng",
                                    .page = 3,
                                    .pages = 7,
                                    .timeout_ms = timeout_ms,
                                    .memory_limit = 256 * 1024 * 1024,
                                    .max_text = 100000,
                                    .go_on = go_on};
    looks = 0;
    looks_most = 1000000;
    enum outside_end end = outside_run(&o, &out, why);
    buf_char(&out, '\0');
    return end;
}

/* Is any process left that has this word on its command line? */
static bool lives(const char *word)
{
    DIR *d = opendir("/proc");
    bool found = false;
    assert_non_null(d);
    for (struct dirent *e; !found && (e = readdir(d));) {
        char path[300], line[512];
        snprintf(path, sizeof path, "/proc/%s/cmdline", e->d_name);
        int fd = e->d_name[0] >= '1' && e->d_name[0] <= '9' ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        ssize_t n = fd >= 0 ? read(fd, line, sizeof line) : -1;
        if (fd >= 0)
            close(fd);
        found = n > 0 && memmem(line, (size_t)n, word, strlen(word));
    }
    closedir(d);
    return found;
}

static int descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < 200; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void what_it_is_given(void **state)
{
    (void)state;
    setenv("NOTIFY_SOCKET", "/run/nobody", 1);
    assert_int_equal(run("cat; echo; echo \"$PDFSPOOL_PAGE $PDFSPOOL_PAGES $PDFSPOOL_PATH "
                         "$PDFSPOOL_LANGUAGES $NOTIFY_SOCKET.\"; ulimit -c; ulimit -v",
                         10000),
                     OUTSIDE_SAID);
    assert_string_equal(out.data, "a picture\n3 7 a folder/x'$(id).pdf deu+eng .\n0\n262144\n");
    assert_string_equal(why, "");
}

/* None of ours, and none is left with us. */
static void descriptors_do_not_leak(void **state)
{
    (void)state;
    int open_one = open("/dev/null", O_RDONLY); /* NOLINT(android-cloexec-open): that is the test */
    int before = descriptors();
    assert_true(open_one >= 0);
    assert_int_equal(run("ls /proc/self/fd | tr '\\n' ' '", 10000), OUTSIDE_SAID);
    assert_string_equal(out.data, "0 1 2 3 "); /* 3: ls reads that folder */
    assert_int_equal(descriptors(), before);
    close(open_one);
}

static void how_it_ends(void **state)
{
    (void)state;
    assert_int_equal(run("echo text; exit 0", 10000), OUTSIDE_SAID);
    assert_string_equal(out.data, "text\n");
    assert_int_equal(run("echo text; exit 3", 10000), OUTSIDE_FAILED);
    assert_string_equal(why, "exit code 3");
    assert_int_equal(run("kill -TERM $$", 10000), OUTSIDE_FAILED);
    assert_string_equal(why, "killed by SIGTERM");
    assert_int_equal(run("/nonexistent 2>/dev/null", 10000), OUTSIDE_FAILED);
    assert_string_equal(why, "exit code 127");
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left to be reaped */
}

/* The first line, one line of UTF-8, cut; and any amount of it hurts nobody. */
static void what_it_says_of_its_failure(void **state)
{
    (void)state;
    assert_int_equal(run("printf 'no\\033[31m credit\\377\\nmore' >&2; exit 1", 10000),
                     OUTSIDE_FAILED);
    assert_string_equal(why, "exit code 1: no?[31m credit?");
    assert_int_equal(
        run("yes \xc3\xa4\xc3\xb6\xc3\xbc | tr -d '\\n' | head -c 3000000 >&2; exit 1", 20000),
        OUTSIDE_FAILED);
    assert_in_range(strlen(why), OUTSIDE_WHY - 3, OUTSIDE_WHY - 1);
    assert_true(utf8_valid(why, strlen(why)));
}

/* It, what it began, and what that has put into a session of its own. */
static void too_long(void **state)
{
    int64_t began = clock_boot_ms();
    (void)state;
    assert_int_equal(
        run("sleep 54321.1 & setsid sleep 54321.2 & (sleep 54321.3 &) ; sleep 54321.4", 500),
        OUTSIDE_FAILED);
    assert_in_range(clock_boot_ms() - began, 500, 8000);
    assert_string_equal(why, "it took longer than its timeout");
    assert_false(lives("54321."));
}

/* It ends well, and what it leaves behind has its output open: gone, too, and nothing is waited for. */
static void leftovers(void **state)
{
    int64_t began = clock_boot_ms();
    (void)state;
    assert_int_equal(run("setsid sleep 54322.1 & sleep 54322.2 & echo text", 60000), OUTSIDE_SAID);
    assert_string_equal(out.data, "text\n");
    assert_in_range(clock_boot_ms() - began, 0, 8000);
    assert_false(lives("54322."));
}

static void too_much(void **state)
{
    (void)state;
    assert_int_equal(run("head -c 100000 /dev/zero", 10000), OUTSIDE_SAID);
    assert_int_equal(out.len, 100001);
    assert_int_equal(run("head -c 100001 /dev/zero", 10000), OUTSIDE_FAILED);
    assert_string_equal(why, "it says more than max_page_text");
    assert_int_equal(run("yes | cat", 60000), OUTSIDE_FAILED);
    assert_string_equal(why, "it says more than max_page_text");
    assert_true(out.len < 400000);
}

static void too_much_memory(void **state)
{
    (void)state;
    assert_int_equal(run("head -c 200M /dev/zero | tail -c 200M | wc -c", 20000), OUTSIDE_SAID);
    assert_string_equal(out.data, "209715200\n");
    assert_int_equal(run("head -c 600M /dev/zero | tail -c 600M | wc -c; exit 1", 20000),
                     OUTSIDE_FAILED);
    assert_non_null(strstr(why, "memory"));
}

static void stopped(void **state)
{
    static const struct outside_order o = {.command = "sleep 54323",
                                           .picture = "",
                                           .path = "",
                                           .languages = "",
                                           .timeout_ms = 60000,
                                           .memory_limit = 256 * 1024 * 1024,
                                           .max_text = 10,
                                           .go_on = go_on};
    int64_t began = clock_boot_ms();
    (void)state;
    looks = 0;
    looks_most = 3;
    assert_int_equal(outside_run(&o, &out, why), OUTSIDE_STOPPED);
    assert_in_range(clock_boot_ms() - began, 150, 8000);
    assert_false(lives("54323"));
}

/* Killed in the middle, whoever asked leaves nothing behind. */
static void asker_killed(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        (void)run("(sleep 54324.1; true) & sleep 54324.2", 60000);
        _exit(0);
    }
    assert_true(pid > 0);
    for (int i = 0; i < 250 && !lives("54324.1"); i++)
        clock_sleep_ms(20);
    assert_true(lives("54324.1"));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    for (int i = 0; i < 250 && lives("54324."); i++)
        clock_sleep_ms(20);
    assert_false(lives("54324."));
}

static void text(void **state)
{
    static const struct {
        const char *said, *text;
        uint32_t chars, unmapped;
    } all[] = {
        {"", "", 0, 0},
        {"plain\n", "plain\n", 6, 0},
        {"a\r\nb\rc\fd", "a\nb\nc\nd", 7, 0},
        {"\xef\xbb\xbf"
         "a\tb",
         "a\tb", 3, 0},
        {"a\001\033[1mb\x7f\xc2\x85"
         "c",
         "a[1mbc", 6, 0},
        {"\xc3\xa4\xef\xbf\xbd\xf0\x9f\x98\x80", "\xc3\xa4\xef\xbf\xbd\xf0\x9f\x98\x80", 3, 1},
        {" \n\t \r\n", "", 0, 0},
        {"a\xff", NULL, 0, 0},
        {"\xed\xa0\x80", NULL, 0, 0},
        {"a\xc3", NULL, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        uint32_t chars = 99, unmapped = 99;
        buf_clear(&out);
        buf_str(&out, all[i].said);
        assert_int_equal(outside_text(&out, &chars, &unmapped), all[i].text != NULL);
        if (!all[i].text)
            continue;
        assert_int_equal(out.len, strlen(all[i].text));
        assert_memory_equal(out.data ? out.data : "", all[i].text, out.len);
        assert_int_equal(chars, all[i].chars);
        assert_int_equal(unmapped, all[i].unmapped);
    }
    uint32_t chars, unmapped;
    buf_clear(&out);
    buf_add(&out, "a\0b", 3);
    assert_true(outside_text(&out, &chars, &unmapped));
    assert_string_equal(out.data, "ab");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_is_given),
        cmocka_unit_test(descriptors_do_not_leak),
        cmocka_unit_test(how_it_ends),
        cmocka_unit_test(what_it_says_of_its_failure),
        cmocka_unit_test(too_long),
        cmocka_unit_test(leftovers),
        cmocka_unit_test(too_much),
        cmocka_unit_test(too_much_memory),
        cmocka_unit_test(stopped),
        cmocka_unit_test(asker_killed),
        cmocka_unit_test(text),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    buf_free(&out);
    return rc;
}
