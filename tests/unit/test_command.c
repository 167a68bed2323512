/* command: a name is never a command; its time, its end, what it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "spoold/alert/command.h"
#include "spoold/alert/message.h"

static char folder[] = "/tmp/pdfspool-command-XXXXXX", why[COMMAND_WHY];
static atomic_bool stop;

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[80];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static bool run(const char *text, const char *name, int64_t timeout_ms)
{
    struct event e = {.id = "msg_1", .kind = ALERT_FOLDER_DONE, .done = 12, .failed = 3};
    struct buf json = {0};
    snprintf(e.folder, sizeof e.folder, "%s", name);
    message_folder(&e, "/srv/spool", &json);
    const struct command c = {text, "/srv/spool", json.data, json.len, timeout_ms, &stop};
    why[0] = 0;
    bool good = command_run(&c, why);
    buf_free(&json);
    return good;
}

static const char *content(const char *path)
{
    static char text[8192];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = 0;
    return n >= 0 ? text : NULL;
}

/* Names that a shell would take for commands, options, variables. */
static void hostile_names(void **state)
{
    static const char *const names[] = {
        "$(touch evil)", "`touch evil`", "; touch evil;", "-rf",    "a\nb", "'\"",
        "%s%n",          "\xff\xfe",     "&& touch evil", "${IFS}", "a b",  "*"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_true(run("printf %s \"$PDFSPOOL_FOLDER\" >said; cat >json", names[i], 10000));
        assert_string_equal(content("said"), names[i]);
        assert_non_null(strstr(content("json"), "\"documents\":{\"done\":12,"));
        assert_int_equal(access("evil", F_OK), -1);
    }
}

static void what_it_is_given(void **state)
{
    (void)state;
    setenv("PDFSPOOL_DONE", "of an older time", 1);
    assert_true(run("echo \"$PDFSPOOL $PDFSPOOL_ID $PDFSPOOL_DONE $PDFSPOOL_PARTIAL "
                    "$PDFSPOOL_EMPTY $PDFSPOOL_FAILED $HOME\" >said",
                    "x", 10000));
    char expected[600];
    snprintf(expected, sizeof expected, "/srv/spool msg_1 12 0 0 3 %s\n",
             getenv("HOME") ? getenv("HOME") : "");
    assert_string_equal(content("said"), expected);
}

static void how_it_ends(void **state)
{
    (void)state;
    assert_true(run("exit 0", "x", 10000));
    assert_false(run("exit 3", "x", 10000));
    assert_string_equal(why, "exit code 3");
    assert_false(run("kill -TERM $$", "x", 10000));
    assert_string_equal(why, "killed by SIGTERM");
    assert_false(run("no-such-program", "x", 10000));
    assert_string_equal(why, "exit code 127");
}

/* The shell, and what it has begun, are gone when their time is over. */
static void too_long(void **state)
{
    int64_t began = clock_boot_ms();
    (void)state;
    assert_false(run("sleep 30 & echo $! >said; sleep 30", "x", 400));
    assert_in_range(clock_boot_ms() - began, 400, 5000);
    assert_string_equal(why, "killed by SIGKILL, for it took longer than command_timeout");
    int pid = atoi(content("said"));
    assert_true(pid > 1);
    for (int i = 0; i < 100 && kill(pid, 0) == 0; i++) {
        char path[40];
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        const char *stat = content(path);
        if (!stat || strstr(stat, ") Z "))
            return;
        clock_sleep_ms(20);
    }
    assert_int_equal(kill(pid, 0), -1);
}

static void spoold_stops(void **state)
{
    int64_t began = clock_boot_ms();
    (void)state;
    atomic_store(&stop, true);
    assert_false(run("sleep 30", "x", 20000));
    atomic_store(&stop, false);
    assert_in_range(clock_boot_ms() - began, 0, 5000);
    assert_string_equal(why, "killed by SIGKILL, for spoold stops");
}

/* It goes to the log, escaped, and not without end. */
static void what_it_says(void **state)
{
    (void)state;
    assert_int_equal(log_setup(LOG_LOGFMT, LEVEL_INFO, "log"), 0);
    assert_true(run("echo hello; printf 'a\\033[31mb'; echo to stderr >&2", "x", 10000));
    const char *log = content("log");
    assert_non_null(strstr(log, "on_folder_done: hello"));
    assert_non_null(strstr(log, "to stderr"));
    assert_null(strchr(log, '\033'));
    assert_true(run("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done", "x", 20000));
    assert_true(strlen(content("log")) < sizeof(char[8191])); /* it was not all logged */
    log_setup(LOG_LOGFMT, LEVEL_INFO, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_names), cmocka_unit_test(what_it_is_given),
        cmocka_unit_test(how_it_ends),   cmocka_unit_test(too_long),
        cmocka_unit_test(spoold_stops),  cmocka_unit_test(what_it_says),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
