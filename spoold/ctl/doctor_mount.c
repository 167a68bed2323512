/* doctor_mount: what kind of file system, mounted how, and how much room. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/num.h"
#include "spool/look.h"
#include "spoold/ctl/doctor.h"

struct mount {
    char type[64],
        options[2100]; /* options: of the mount and of the file system, "," before and behind */
};

/* The last line of mountinfo for this device whose mount point lies above the path. */
static bool find_mount(const char *path, unsigned major, unsigned minor, struct mount *m)
{
    FILE *f = fopen("/proc/self/mountinfo", "re");
    char *line = NULL;
    size_t cap = 0, best = 0;
    bool found = false;
    while (f && getline(&line, &cap, f) > 0) {
        unsigned ma, mi;
        char point[4096], own[1024], type[64], super[1024];
        const char *dash = strstr(line, " - ");
        if (!dash || sscanf(line, "%*d %*d %u:%u %*s %4095s %1023s", &ma, &mi, point, own) != 4 ||
            sscanf(dash + 3, "%63s %*s %1023s", type, super) != 2 || ma != major || mi != minor)
            continue;
        size_t n = strcmp(point, "/") == 0
                       ? 0
                       : strlen(point); /* a point with \040 in it is shorter than it looks: fine */
        if (!strchr(point, '\\') &&
            (strncmp(path, point, n) != 0 || (path[n] != '/' && path[n] != 0)))
            continue;
        if (found && n < best)
            continue;
        best = n;
        found = true;
        snprintf(m->type, sizeof m->type, "%s", type);
        snprintf(m->options, sizeof m->options, ",%s,%s,", own, super);
    }
    if (f)
        fclose(f);
    free(line);
    return found;
}

static bool has(const struct mount *m, const char *option)
{
    char needle[64];
    snprintf(needle, sizeof needle, ",%s,", option);
    return strstr(m->options, needle) != NULL;
}

/* Value of option=..., or fallback. */
static const char *value(const struct mount *m, const char *option, const char *fallback)
{
    static char out[64];
    char needle[64];
    snprintf(needle, sizeof needle, ",%s=", option);
    const char *p = strstr(m->options, needle);
    if (!p)
        return fallback;
    p += strlen(needle);
    snprintf(out, sizeof out, "%.*s", (int)strcspn(p, ","), p);
    return out;
}

static void check_nfs(struct doctor *d, const struct mount *m)
{
    static const struct {
        const char *option, *why;
    } bad[] = {
        {"soft", "an operation that times out may still happen later: silent damage. Mount hard"},
        {"softerr",
         "an operation that times out may still happen later: silent damage. Mount hard"},
        {"softreval", "stale answers after a time-out. Mount without it"},
        {"nocto", "it switches the checks off that make hosts see each other's files"},
        {"noac", "it makes everything slow and proves nothing"},
        {"noresvport",
         "over NFS 3 a reconnect then changes the port, and repeated calls are not recognised"}};
    const char *vers = value(m, "vers", "?");
    bool v3 = vers[0] == '3';
    unsigned warnings = 0;
    char version[64];
    snprintf(version, sizeof version, "%s", vers);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (has(m, bad[i].option) && (strcmp(bad[i].option, "noresvport") != 0 || v3)) {
            doctor_say(d, DOCTOR_WARN, "mount", "mounted with %s: %s", bad[i].option, bad[i].why);
            warnings++;
        }
    if (!has(m, "noac") && (strcmp(value(m, "acregmax", "60"), "0") == 0 ||
                            strcmp(value(m, "actimeo", "60"), "0") == 0)) {
        doctor_say(d, DOCTOR_WARN, "mount",
                   "mounted without attribute caching (actimeo=0): slow, and not needed");
        warnings++;
    }
    int64_t cache = atoll(value(m, "acregmax", "60")) * 1000;
    if (d->spool->settings.lease_timeout < cache + 2 * d->spool->settings.beat_interval)
        doctor_say(
            d, DOCTOR_WARN, "mount",
            "lease_timeout is shorter than this mount's attribute cache (%lld s) and two beats: "
            "hosts may be taken for dead",
            (long long)(cache / 1000));
    if (strcmp(version, "4.0") == 0 || strcmp(version, "4") == 0)
        doctor_say(
            d, DOCTOR_WARN, "mount",
            "NFS 4.0: repeated calls after a reconnect are not recognised; mount with vers=4.2");
    else if (warnings == 0)
        doctor_say(d, DOCTOR_OK, "mount", "NFS %s, options are well%s", version,
                   v3 ? " (vers=4.2 is better: repeated calls are recognised)" : "");
}

static void check_type(struct doctor *d, const struct mount *m)
{
    static const char *const local[] = {"ext4",  "ext3", "xfs",  "btrfs",
                                        "tmpfs", "zfs",  "f2fs", "bcachefs"};
    static const char *const cluster[] = {"ceph", "fuse.ceph", "fuse.glusterfs",
                                          "gfs2", "ocfs2",     "lustre"};
    if (has(m, "ro")) {
        doctor_say(d, DOCTOR_FAIL, "mount", "%s, mounted read-only", m->type);
        return;
    }
    if (strcmp(m->type, "nfs") == 0 || strcmp(m->type, "nfs4") == 0) {
        check_nfs(d, m);
        return;
    }
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        if (strcmp(m->type, local[i]) == 0) {
            doctor_say(d, DOCTOR_OK, "mount",
                       "%s: a local file system; for several hosts export it by NFS, with sync",
                       m->type);
            return;
        }
    for (size_t i = 0; i < sizeof cluster / sizeof *cluster; i++)
        if (strcmp(m->type, cluster[i]) == 0) {
            doctor_say(
                d, DOCTOR_WARN, "mount",
                "%s: renames are exclusive, but time stamps are the clients': keep all clocks in "
                "step (NTP)",
                m->type);
            return;
        }
    if (strcmp(m->type, "cifs") == 0 || strcmp(m->type, "smb3") == 0)
        doctor_say(d, DOCTOR_FAIL, "mount",
                   "%s: open files cannot be renamed over SMB; export the folder by NFS", m->type);
    else
        doctor_say(
            d, DOCTOR_WARN, "mount",
            "%s: nobody has tried a spool on this yet; the other checks tell what can be told",
            m->type);
}

static void check_space(struct doctor *d)
{
    struct statvfs v;
    char free_space[16];
    if (fs->fstatvfs(d->spool->root, &v) != 0) {
        doctor_say(d, DOCTOR_WARN, "space", "the share does not tell how full it is: %s",
                   strerror(errno));
        return;
    }
    uint64_t unit = v.f_frsize ? v.f_frsize : v.f_bsize;
    unsigned percent = v.f_blocks ? (unsigned)(v.f_bavail * 100 / v.f_blocks) : 100;
    num_show_size(v.f_bavail * unit, free_space, sizeof free_space);
    if ((int64_t)percent < d->spool->settings.free_space_floor)
        doctor_say(
            d, DOCTOR_FAIL, "space",
            "%s (%u %%) are free, less than free_space_floor (%lld %%): nothing is claimed until "
            "there is room",
            free_space, percent, (long long)d->spool->settings.free_space_floor);
    else
        doctor_say(d, DOCTOR_OK, "space", "%s (%u %%) are free", free_space, percent);
    if (v.f_files > 0 && v.f_favail < 10000)
        doctor_say(d, DOCTOR_WARN, "files",
                   "only %llu more files can be made here (inodes); each document needs three",
                   (unsigned long long)v.f_favail);
    else
        doctor_say(d, DOCTOR_OK, "files", "there is room for more files than anybody counts");
}

void doctor_mount(struct doctor *d)
{
    struct statx st;
    struct mount m;
    if (look_fd(d->spool->root, &st) == 0 &&
        find_mount(d->spool->path, st.stx_dev_major, st.stx_dev_minor, &m))
        check_type(d, &m);
    else
        doctor_say(d, DOCTOR_WARN, "mount",
                   "which file system this is cannot be told from /proc/self/mountinfo");
    check_space(d);
}
