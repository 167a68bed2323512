/* doctor_race: 16 processes claim 200 names by rename: each must be won once, and the losers must
 * see ENOENT alone. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dirlist.h"
#include "spool/look.h"
#include "spoold/ctl/doctor.h"

enum { RACERS = 16, NAMES = 200 };

struct score {
    unsigned won, lost, odd;
    int error; /* of the last odd one */
};

/* One racer: waits for the gun (end of file on `gun`), then goes through the names from a place of
 * its own. */
static void race(int from, int to, int gun, int out, int me)
{
    char name[32], mine[48], c;
    struct score s = {0};
    while (read(gun, &c, 1) < 0 && errno == EINTR)
        ;
    for (int i = 0; i < NAMES; i++) {
        int k = (i + (me % 2) * NAMES / 2) % NAMES;
        snprintf(name, sizeof name, "doc-%d", k);
        snprintf(mine, sizeof mine, "%d.%s", me, name);
        if (fs->renameat(from, name, to, mine) == 0)
            s.won++;
        else if (errno == ENOENT)
            s.lost++;
        else
            s.odd++, s.error = errno;
    }
    _exit(write(out, &s, sizeof s) == (ssize_t)sizeof s ? 0 : 1);
}

static unsigned count_and_clear(int dir)
{
    struct dirlist_entry e;
    unsigned n = 0;
    struct dirlist *d = dirlist_open(dir, ".", 0);
    while (d && dirlist_next(d, &e) == 1) {
        n++;
        look_unlink(dir, e.name);
    }
    dirlist_close(d);
    return n;
}

/* Start the racers, fire, and add their scores up. The number that reported. */
static int run(int from, int to, struct score *sum)
{
    int gun[2], out[2], reported = 0;
    pid_t racer[RACERS];
    struct score s;
    if (pipe2(gun, O_CLOEXEC) != 0)
        return 0;
    if (pipe2(out, O_CLOEXEC) != 0) {
        close(gun[0]);
        close(gun[1]);
        return 0;
    }
    fflush(NULL);
    for (int i = 0; i < RACERS; i++)
        if ((racer[i] = fork()) == 0) {
            close(gun[1]);
            race(from, to, gun[0], out[1], i);
        }
    close(gun[0]);
    close(out[1]);
    close(gun[1]); /* go */
    while (read(out[0], &s, sizeof s) == (ssize_t)sizeof s) {
        reported++;
        sum->won += s.won;
        sum->lost += s.lost;
        sum->odd += s.odd;
        sum->error = s.odd ? s.error : sum->error;
    }
    close(out[0]);
    for (int i = 0; i < RACERS; i++)
        if (racer[i] > 0)
            waitpid(racer[i], NULL, 0);
    return reported;
}

void doctor_race(struct doctor *d)
{
    char name[32];
    struct score sum = {0};
    bool made = look_mkdir(d->dir, "from", 0775) == 0 && look_mkdir(d->dir, "to", 0775) == 0;
    int from = made ? look_folder(d->dir, "from") : -1, to = made ? look_folder(d->dir, "to") : -1;
    for (int i = 0; made && i < NAMES; i++) {
        snprintf(name, sizeof name, "doc-%d", i);
        made = doctor_make(from, name) == 0;
    }
    if (!made || from < 0 || to < 0) {
        int error = errno;
        doctor_say(d, DOCTOR_FAIL, "claims", "the race cannot be set up: %s%s", strerror(error),
                   doctor_hint(d->dir, error));
    } else {
        int64_t begun = clock_boot_ms();
        int reported = run(from, to, &sum);
        int64_t spent = clock_boot_ms() - begun;
        unsigned left = count_and_clear(from), arrived = count_and_clear(to);
        if (reported != RACERS)
            doctor_say(d, DOCTOR_WARN, "claims",
                       "only %d of %d racers could be started: no verdict", reported, RACERS);
        else if (sum.won == NAMES && arrived == NAMES && left == 0 && sum.odd == 0)
            doctor_say(d, DOCTOR_OK, "claims",
                       "%d processes raced for %d names: each was won once, the others saw ENOENT "
                       "(%lld ms)",
                       RACERS, NAMES, (long long)spent);
        else
            doctor_say(d, DOCTOR_FAIL, "claims",
                       "%d processes raced for %d names: %u wins, %u arrived, %u left, %u other "
                       "errors (%s): claims are not "
                       "exclusive here, documents would be done twice or lost",
                       RACERS, NAMES, sum.won, arrived, left, sum.odd,
                       sum.odd ? strerror(sum.error) : "none");
    }
    if (from >= 0) {
        count_and_clear(from);
        fs->close(from);
    }
    if (to >= 0) {
        count_and_clear(to);
        fs->close(to);
    }
    look_rmdir(d->dir, "from");
    look_rmdir(d->dir, "to");
}
