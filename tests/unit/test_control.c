/* control: commands are files. */
#include "spoolbox.h"

#include "spool/control.h"

static int renames_fail;
static int failing_rename(int from_dir, const char *from, int to_dir, const char *to)
{
    if (!renames_fail)
        return fsop_posix.renameat(from_dir, from, to_dir, to);
    errno = EACCES;
    return -1;
}

static void give_and_take_back(void **state)
{
    struct box *b = *state;
    struct control c;
    char id[ID_CAP], command[ID_CAP + 16];
    assert_int_equal(control_read(&b->s, &c), 0);
    assert_false(c.pause || c.host_paused || c.drain || c.reset || c.lanes || c.cancels);
    assert_int_equal(control_give(&b->s, CTL_RESET "other"), 0);
    assert_int_equal(control_read(&b->s, &c), 0);
    assert_false(c.reset);
    assert_int_equal(control_give(&b->s, CTL_RESET "unit"), 0);
    assert_int_equal(control_give(&b->s, CTL_PAUSE), 0);
    assert_int_equal(control_give(&b->s, CTL_PAUSE), 0);
    assert_int_equal(control_give(&b->s, CTL_DRAIN "unit"), 0);
    assert_int_equal(control_give(&b->s, CTL_DRAIN "other"), 0);
    control_pending_id("a/b.pdf", 17, id);
    snprintf(command, sizeof command, CTL_CANCEL "%s", id);
    assert_int_equal(control_give(&b->s, command), 0);
    assert_int_equal(control_read(&b->s, &c), 0);
    assert_true(c.pause && c.drain && c.reset);
    assert_int_equal(c.cancels, 1);
    assert_string_equal(c.cancel[0], id);
    assert_int_equal(control_take_back(&b->s, CTL_PAUSE), 0);
    assert_int_equal(control_take_back(&b->s, CTL_PAUSE), 0);
    assert_int_equal(control_read(&b->s, &c), 0);
    assert_false(c.pause);
}

static void lanes_and_hosts_pause_by_themselves(void **state)
{
    struct box *b = *state;
    struct control c;
    assert_int_equal(control_give(&b->s, CTL_PAUSE_LANE "bulk"), 0);
    assert_int_equal(control_give(&b->s, CTL_PAUSE_LANE "a_b-9"), 0);
    assert_int_equal(control_give(&b->s, CTL_PAUSE_HOST "other"), 0);
    assert_int_equal(control_read(&b->s, &c), 0);
    assert_false(c.pause || c.host_paused || c.drain);
    assert_int_equal(c.lanes, 2);
    assert_true(control_lane_paused(&c, "bulk") && control_lane_paused(&c, "a_b-9"));
    assert_false(control_lane_paused(&c, "bul") || control_lane_paused(&c, "bulky") ||
                 control_lane_paused(&c, ""));
    assert_int_equal(control_give(&b->s, CTL_PAUSE_HOST "unit"), 0);
    assert_int_equal(control_take_back(&b->s, CTL_PAUSE_LANE "bulk"), 0);
    assert_int_equal(control_read(&b->s, &c), 0);
    assert_true(c.host_paused && !c.pause && !c.drain);
    assert_false(control_lane_paused(&c, "bulk"));
    assert_true(control_lane_paused(&c, "a_b-9"));
}

static void names_of_commands(void **state)
{
    static const char *const good[] = {"pause", "pause-lane.a", "pause-host.x", "drain.x",
                                       "cancel.i1-2"};
    static const char *const bad[] = {"",
                                      "paused",
                                      "pause-lane.",
                                      "pause-lane.A",
                                      "pause-lane.a.b",
                                      "pause-host.",
                                      "pause-host./",
                                      "drain.",
                                      "cancel.",
                                      "names",
                                      "pause.lane",
                                      "pause-lane.a23456789012345678901234567890xx"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!control_known(good[i]))
            fail_msg("%s is a command", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (control_known(bad[i]))
            fail_msg("%s is no command", bad[i]);
    assert_true(control_lane_ok("a234567890123456789012345678901"));
    assert_false(control_lane_ok("a2345678901234567890123456789012"));
}

static void nothing_is_left_of_a_failed_command(void **state)
{
    struct box *b = *state;
    unsigned before = box_count(b->s.control, ".", false);
    renames_fail = 1;
    BOX_REPLACE(renameat, failing_rename);
    assert_int_equal(control_give(&b->s, CTL_PAUSE), -1);
    assert_int_equal(errno, EACCES);
    renames_fail = 0;
    assert_int_equal(box_count(b->s.control, ".", false), before);
}

static void junk_and_too_many(void **state)
{
    struct box *b = *state;
    struct control c;
    char name[64];
    box_write(b->s.control, CTL_CANCEL "UPPER", "");
    box_write(b->s.control, CTL_CANCEL, "");
    assert_int_equal(control_read(&b->s, &c), 0);
    assert_int_equal(c.cancels, 0);
    for (int i = 0; i < CONTROL_CANCELS + 20; i++) {
        snprintf(name, sizeof name, CTL_CANCEL "doc-%d", i);
        box_write(b->s.control, name, "");
    }
    assert_int_equal(control_read(&b->s, &c), 0);
    assert_int_equal(c.cancels, CONTROL_CANCELS);
    for (int i = 0; i < CONTROL_LANES + 5; i++) {
        snprintf(name, sizeof name, CTL_PAUSE_LANE "l%d", i);
        box_write(b->s.control, name, "");
    }
    assert_int_equal(control_read(&b->s, &c), 0);
    assert_int_equal(c.lanes, CONTROL_LANES);
}

static void ids_of_pending_documents(void **state)
{
    char a[ID_CAP], b[ID_CAP], c[ID_CAP];
    (void)state;
    control_pending_id("x.pdf", UINT64_MAX, a);
    control_pending_id("x.pdf", 1, b);
    control_pending_id("y.pdf", 1, c);
    assert_string_not_equal(a, b);
    assert_string_not_equal(b, c);
    assert_int_equal(strlen(a), 1 + 16 + 1 + 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(give_and_take_back),        BOX_TEST(lanes_and_hosts_pause_by_themselves),
        cmocka_unit_test(names_of_commands), BOX_TEST(nothing_is_left_of_a_failed_command),
        BOX_TEST(junk_and_too_many),         cmocka_unit_test(ids_of_pending_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
