/* beats: which leases are silent: one that is just being made is not, one that has lost its beat is at
 * once, and one whose beat stands still is after a while. */
#include "spoolbox.h"

#include "base/clock.h"
#include "spoold/scan/beats.h"

enum { OTHER_PID = 77, BEAT_MS = 100, MOMENT_US = 10000, PATIENCE_MS = 20000 };

struct looked {
    const char *id; /* of the lease that is asked for */
    bool met, silent;
};

static void visit(void *arg, const char *host, const char *lease_id, bool silent)
{
    struct looked *l = arg;
    (void)host;
    if (strcmp(lease_id, l->id) != 0)
        return;
    l->met = true;
    l->silent = silent;
}

/* A second lease of the same host, in the making. */
struct made {
    struct box *box;
    struct out out;
    struct beats *beats;
    char name[LEASE_CAP], id[LEASE_ID_CAP];
    int folder;
};

static int set_up(void **state)
{
    struct made *m = calloc(1, sizeof *m);
    if (!m || box_setup((void **)&m->box) != 0)
        return -1;
    struct spool *s = &m->box->s;
    s->settings.beat_interval = BEAT_MS;
    m->out.fd = -1; /* so little is told that it is never written */
    m->beats = beats_new(s, &m->out);
    lease_make_name(OTHER_PID, m->name);
    lease_name_ok(m->name, m->id);
    int host = look_folder(s->claimed, m->box->l.host);
    m->folder = host >= 0 && look_mkdir(host, m->name, 0775) == 0 ? look_folder(host, m->name) : -1;
    close(host);
    *state = m;
    return m->beats && m->folder >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    struct made *m = *state;
    close(m->folder);
    beats_free(m->beats);
    buf_free(&m->out.bytes);
    int bad = box_teardown((void **)&m->box);
    free(m);
    return bad;
}

static bool silent(struct made *m)
{
    struct looked l = {.id = m->id};
    assert_int_equal(beats_round(m->beats, visit, &l), 0);
    assert_true(l.met);
    return l.silent;
}

/* How long until it is silent, in ms. */
static int64_t until_silent(struct made *m)
{
    int64_t began = clock_boot_ms(), now = began;
    for (; !silent(m) && now - began < PATIENCE_MS; now = clock_boot_ms())
        usleep(MOMENT_US);
    assert_true(now - began < PATIENCE_MS);
    return now - began;
}

static void beat(struct made *m)
{
    int fd = openat(m->folder, LEASE_BEAT, O_WRONLY | O_CREAT | O_CLOEXEC, 0664);
    assert_true(fd >= 0);
    assert_int_equal(futimens(fd, NULL), 0);
    close(fd);
}

static void in_the_making(void **state)
{
    assert_false(silent(*state));
    assert_true(until_silent(*state) >= BEATS_SILENT * BEAT_MS - 1);
}

static void dead_at_once(void **state)
{
    struct made *m = *state;
    beat(m);
    assert_false(silent(m));
    assert_int_equal(unlinkat(m->folder, LEASE_BEAT, 0), 0);
    assert_true(silent(m));
}

static void stands_still(void **state)
{
    struct made *m = *state;
    beat(m);
    assert_false(silent(m));
    assert_true(until_silent(m) > 0);
    beat(m);
    assert_false(silent(m));
}

#define BEATS_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BEATS_TEST(in_the_making),
        BEATS_TEST(dead_at_once),
        BEATS_TEST(stands_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
