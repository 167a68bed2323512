/* spoolctl doctor: is this share, and this host, fit for a spool? */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/rnd.h"
#include "spool/look.h"
#include "spoold/ctl/doctor.h"

void doctor_say(struct doctor *d, enum verdict v, const char *check, const char *fmt, ...)
{
    static const char *const words[DOCTOR_VERDICTS] = {"ok", "warn", "fail"};
    char what[700];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    d->count[v]++;
    if (!d->c->json) {
        const char *color = v == DOCTOR_OK     ? ctl_green(d->c)
                            : v == DOCTOR_WARN ? ctl_yellow(d->c)
                                               : ctl_red(d->c);
        printf("%s%-4s%s  %-10s %s\n", color, words[v], ctl_plain(d->c), check, what);
        fflush(stdout);
        return;
    }
    jsonw_object(&d->w, NULL);
    jsonw_str(&d->w, "check", check);
    jsonw_str(&d->w, "verdict", words[v]);
    jsonw_str(&d->w, "what", what);
    jsonw_end_object(&d->w);
}

const char *doctor_hint(int dir, int error)
{
    static char said[200];
    struct statx st;
    switch (error) {
    case EROFS:
        return "; mount it read-write";
    case ENOSPC:
    case EDQUOT:
        return "; make room (df, df -i, the quota of this user)";
    case EXDEV:
        return "; all of the spool must be one file system, reached through one mount";
    case EACCES:
    case EPERM:
        break;
    default:
        return "";
    }
    if (dir < 0 || look_fd(dir, &st) != 0)
        return "; may this user write to the share?";
    snprintf(said, sizeof said,
             "; it belongs to uid %u (mode %03o), and this is uid %u: all hosts must work as one "
             "user, who may write everywhere in the spool",
             st.stx_uid, st.stx_mode & 07777U, geteuid());
    return said;
}

int doctor_make(int dir, const char *name)
{
    int fd = fs->openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0664);
    return fd >= 0 && fs->close(fd) == 0 ? 0 : -1;
}

static int finish(struct doctor *d)
{
    bool ok = d->count[DOCTOR_FAIL] == 0;
    struct buf all = {0};
    if (!d->c->json) {
        printf("%u well, %u warnings, %u failures: %s\n", d->count[DOCTOR_OK],
               d->count[DOCTOR_WARN], d->count[DOCTOR_FAIL],
               ok ? "fit for a spool" : "NOT fit for a spool");
        return ok ? CTL_OK : CTL_NO;
    }
    jsonw_end_array(&d->w);
    buf_fmt(&all, "{\"ok\":%s,\"warn\":%u,\"fail\":%u,\"checks\":", ok ? "true" : "false",
            d->count[DOCTOR_WARN], d->count[DOCTOR_FAIL]);
    buf_add(&all, d->b.data, d->b.len);
    buf_str(&all, "}\n");
    int code = ctl_print(&all);
    return code != CTL_OK ? code : ok ? CTL_OK : CTL_NO;
}

int cmd_doctor(struct ctl *c, int argc, char **argv)
{
    static const struct option options[] = {{"parser", required_argument, NULL, 'p'},
                                            {NULL, 0, NULL, 0}};
    struct doctor d = {.c = c, .spool = &c->spool, .dir = -1};
    const char *parser = NULL;
    int code, got;
    while ((got = ctl_getopt(c, argc, argv, options, &code)) == 'p')
        parser = optarg;
    if (got == CTL_STOP)
        return code;
    if (optind < argc)
        return ctl_misused(c, "doctor takes no argument; it looks at the spool and this host");
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    snprintf(d.tag, sizeof d.tag, ".doctor-");
    rnd_name(d.tag + strlen(d.tag), 12);
    jsonw_init(&d.w, &d.b, false);
    jsonw_array(&d.w, NULL);
    doctor_mount(&d);
    if (look_mkdir(c->spool.control, d.tag, 0775) == 0 &&
        (d.dir = look_folder(c->spool.control, d.tag)) >= 0) {
        if (doctor_tree(&d))
            doctor_race(&d);
        doctor_host(&d, parser);
        fs->close(d.dir);
    } else {
        int error = errno;
        doctor_say(&d, DOCTOR_FAIL, "write", "control/ cannot be written: %s%s", strerror(error),
                   doctor_hint(c->spool.control, error));
    }
    if (d.dir >= 0 && look_rmdir(c->spool.control, d.tag) != 0)
        ctl_say("control/%s could not be removed again: %s", d.tag, strerror(errno));
    code = finish(&d);
    buf_free(&d.b);
    return code;
}
