/* Where an export goes, by its name or by --format: a folder, a file, stdout. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dirlist.h"
#include "spoold/ctl/export_job.h"
#include "spoold/ctl/export_out.h"

#define ENDS(...)                                                                                  \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static const char *const no_suffix[] = {NULL};

static const struct export_form forms[] = {
    {"tree", no_suffix, TREE, PACK_STREAM, PACK_PLAIN},
    {"tar", ENDS(".tar"), ARCHIVE, PACK_TAR, PACK_PLAIN},
    {"tar.gz", ENDS(".tar.gz", ".tgz"), ARCHIVE, PACK_TAR, PACK_GZIP},
    {"tar.zst", ENDS(".tar.zst", ".tzst"), ARCHIVE, PACK_TAR, PACK_ZSTD},
    {"tar.xz", ENDS(".tar.xz", ".txz"), ARCHIVE, PACK_TAR, PACK_XZ},
    {"zip", ENDS(".zip"), ARCHIVE, PACK_ZIP, PACK_PLAIN},
    {"jsonl", ENDS(".jsonl", ".ndjson"), LINES, PACK_STREAM, PACK_PLAIN},
    {"jsonl.gz", ENDS(".jsonl.gz", ".ndjson.gz"), LINES, PACK_STREAM, PACK_GZIP},
    {"jsonl.zst", ENDS(".jsonl.zst", ".ndjson.zst"), LINES, PACK_STREAM, PACK_ZSTD},
    {"jsonl.xz", ENDS(".jsonl.xz", ".ndjson.xz"), LINES, PACK_STREAM, PACK_XZ},
};
enum { FORMS = sizeof forms / sizeof *forms };

/* Somebody who asks for one of these does not want a folder of that name. */
static const char *const unwritten[] = {".7z",  ".rar",  ".bz2", ".lz4", ".lzma", ".gz",  ".xz",
                                        ".zst", ".json", ".txt", ".csv", ".cpio", ".iso", ".pdf"};

static bool ends_with(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n > m && strcasecmp(s + n - m, suffix) == 0;
}

/* By --format, else by the end of the destination's name. 0 or an exit code. */
int export_dest_form(struct export_job *j, const char *name)
{
    struct ctl *c = j->view.ctl;
    struct stat st;
    for (int i = 0; i < FORMS; i++) {
        for (const char *const *s = forms[i].suffix; !name && *s; s++)
            if (ends_with(j->dest, *s))
                j->form = &forms[i];
        if (name && strcmp(name, forms[i].name) == 0)
            j->form = &forms[i];
    }
    if (!j->form && name)
        return ctl_misused(c,
                           "--format %s: it is one of tree, tar, tar.gz, tar.zst, tar.xz, zip, "
                           "jsonl, jsonl.gz, jsonl.zst, jsonl.xz",
                           ctl_shown(name));
    if (!j->form && j->to_stdout)
        return ctl_misused(c, "to stdout in which form? Give --format");
    for (size_t i = 0; !j->form && i < sizeof unwritten / sizeof *unwritten; i++)
        if (ends_with(j->dest, unwritten[i]) && !(stat(j->dest, &st) == 0 && S_ISDIR(st.st_mode)))
            return ctl_misused(c,
                               "%s: that form is not written; --format says which one it is to "
                               "have ('tree' makes a folder)",
                               ctl_shown(j->dest));
    if (!j->form)
        j->form = &forms[0];
    return CTL_OK;
}

static int dest_fails(const struct export_job *j, int error)
{
    const char *dest = ctl_shown(j->dest);
    if (error == EEXIST)
        return ctl_fail(CTL_IO, "%s is there already; nothing is overwritten", dest);
    if (error == ENOTEMPTY)
        return ctl_fail(CTL_IO, "%s is not empty; --update adds to it what is missing", dest);
    if (error == EBUSY)
        return ctl_fail(CTL_IO,
                        "%s.part is there: another export is writing it, or was killed. Remove it "
                        "when none runs",
                        dest);
    if (error == EXDEV)
        return ctl_fail(CTL_USAGE, "%s lies in the spool; export to somewhere else", dest);
    int code = ctl_code_of(error);
    return ctl_fail(code == CTL_NO ? CTL_IO : code, "%s: %s", dest, strerror(error));
}

static int is_empty(int dir)
{
    struct dirlist_entry e;
    int more = -1;
    struct dirlist *d = dirlist_open(dir, ".", 0);
    while (d && (more = dirlist_next(d, &e)) == 1 && strcmp(e.name, "lost+found") == 0)
        ;
    dirlist_close(d);
    return more < 0 ? -1 : more == 0;
}

/* The tree's top folder, opened, made if need be; or -1 with errno. */
static int open_tree(const struct export_job *j)
{
    int fd = -1, made = mkdir(j->dest, 0777);
    if (made != 0 && errno != EEXIST)
        return -1;
    fd = open(j->dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        errno = errno == ENOTDIR ? EEXIST : errno;
        return -1;
    }
    int empty = made == 0 || j->update ? 1 : is_empty(fd);
    bool within = export_out_within(fd, j->view.ctl->spool.root);
    int error = within ? EXDEV : empty == 0 ? ENOTEMPTY : empty < 0 ? errno : 0;
    if (!error)
        return fd;
    if (made == 0)
        rmdir(j->dest);
    close(fd);
    errno = error;
    return -1;
}

/* Where large files are set aside: on the destination's file system. */
static int spill_beside(int folder)
{
    const char *tmp = getenv("TMPDIR");
    if (folder >= 0)
        return fcntl(folder, F_DUPFD_CLOEXEC, 0);
    return open(tmp && *tmp ? tmp : "/var/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_file_sink(struct export_job *j)
{
    const struct export_form *f = j->form;
    char base[NAME_CAP] = "";
    int folder = j->to_stdout ? -1 : export_out_folder(j->dest, base, sizeof base);
    if (!j->to_stdout && folder < 0)
        return dest_fails(j, errno);
    if (folder >= 0 && export_out_within(folder, j->view.ctl->spool.root)) {
        close(folder);
        return dest_fails(j, EXDEV);
    }
    j->view.spill_dir = spill_beside(folder);
    struct export_out *out = export_out_open(folder, base);
    if (!out)
        return dest_fails(j, errno);
    struct export_pack *pack =
        export_pack_open(out, f->format, f->filter, j->trouble, sizeof j->trouble);
    if (pack)
        j->view.sink = f->kind == LINES
                           ? export_jsonl_new(pack, j->pages, j->json_files, j->trouble)
                           : export_archive_new(pack, f->format == PACK_ZIP, j->trouble);
    return j->view.sink ? CTL_OK
                        : ctl_fail(CTL_IO, "%s: %s", ctl_shown(j->dest),
                                   *j->trouble ? j->trouble : strerror(ENOMEM));
}

int export_dest_open(struct export_job *j)
{
    j->view.spill_dir = -1;
    if (j->form->kind != TREE)
        return open_file_sink(j);
    int top = open_tree(j);
    if (top < 0)
        return dest_fails(j, errno);
    j->view.spill_dir = spill_beside(top);
    j->view.sink = export_tree_new(top, j->update, j->trouble);
    return j->view.sink ? CTL_OK : ctl_fail(CTL_IO, "%s", strerror(ENOMEM));
}
