/*
 * scale-tree: makes large trees fast, and measures a command.
 *
 *   scale-tree pending DIR COUNT FOLDERS PDF     COUNT copies of PDF; FOLDERS 0: all in DIR itself
 *   scale-tree done    DIR COUNT FOLDERS STEM    COUNT published documents: copies of STEM.pdf and
 *                                                STEM.txt, and STEM.json with path and id put in
 *   scale-tree folders DIR COUNT                 COUNT empty folders
 *   scale-tree waiting DIR COUNT DUE PDF         COUNT entries of pending/.retry/ (DIR), due at DUE
 *   scale-tree measure FILE COMMAND...           run it; FILE gets "status wall_ms user_ms sys_ms
 *                                                peak_kb" (a caller in Python would count its own
 *                                                memory before the exec as the command's peak)
 *
 * Folder i is called gAAA/fBBBBB (a hundred folders in each g), and document n lies in folder
 * n mod FOLDERS. Every file is a file of its own: hard links would share an inode, by which the
 * spool tells documents apart. Exit: 0, 64 usage, 71 an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"
#include "spool/layout.h"
#include "spool/token.h"

enum { EXIT_USAGE = 64, EXIT_SYSTEM = 71, PER_GROUP = 100, WHERE_CAP = 64 };

/* x.json, cut at the two values that differ from document to document. */
struct json_template {
    struct buf bytes;
    struct cut {
        size_t at, len; /* of the value in bytes */
        bool is_path;
    } cut[2];
};

static int read_file(const char *path, struct buf *out)
{
    ssize_t n = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && buf_room(out, 65536) && (n = read(fd, out->data + out->len, 65536)) > 0)
        out->len += (size_t)n;
    if (fd >= 0)
        close(fd);
    if (n != 0)
        fprintf(stderr, "scale-tree: %s: %s\n", path, strerror(errno));
    return n == 0 ? 0 : -1;
}

static int write_new(int dir, const char *name, const char *from, size_t n)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0664);
    bool ok = fd >= 0 && write(fd, from, n) == (ssize_t)n;
    ok = fd >= 0 && close(fd) == 0 && ok;
    if (!ok)
        fprintf(stderr, "scale-tree: %s: %s\n", name, strerror(errno));
    return ok ? 0 : -1;
}

/* gAAA/fBBBBB of folder i. */
static void folder_path(unsigned long i, char where[WHERE_CAP])
{
    snprintf(where, WHERE_CAP, "g%03lu/f%05lu", i / PER_GROUP, i);
}

/* Make it and open it. */
static int make_folder(int top, unsigned long i)
{
    char where[WHERE_CAP], group[WHERE_CAP];
    folder_path(i, where);
    snprintf(group, sizeof group, "%.*s", (int)strcspn(where, "/"), where);
    if ((mkdirat(top, group, 0775) != 0 && errno != EEXIST) ||
        (mkdirat(top, where, 0775) != 0 && errno != EEXIST))
        return -1;
    return openat(top, where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Calls each(arg, dir, where, n) for documents 0..count-1, folder by folder. */
typedef int each_document(void *arg, int dir, const char *where, unsigned long n);
static int in_folders(const char *top_path, unsigned long count, unsigned long folders,
                      each_document *each, void *arg)
{
    int bad = 0, top = open(top_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return -1;
    for (unsigned long n = 0; folders == 0 && n < count && !bad; n++)
        bad = each(arg, top, "", n);
    for (unsigned long i = 0; i < folders && !bad; i++) {
        char where[WHERE_CAP];
        int dir = make_folder(top, i);
        folder_path(i, where);
        bad = dir < 0;
        for (unsigned long n = i; n < count && !bad; n += folders)
            bad = each(arg, dir, where, n);
        if (dir >= 0)
            close(dir);
    }
    close(top);
    return bad ? -1 : 0;
}

static int drop_one(void *arg, int dir, const char *where, unsigned long n)
{
    const struct buf *pdf = arg;
    char name[WHERE_CAP];
    (void)where;
    snprintf(name, sizeof name, "doc-%07lu.pdf", n);
    return write_new(dir, name, pdf->data, pdf->len);
}

static int make_pending(const char *dir, unsigned long count, unsigned long folders,
                        const char *pdf_path)
{
    struct buf pdf = {0};
    int bad =
        read_file(pdf_path, &pdf) != 0 || in_folders(dir, count, folders, drop_one, &pdf) != 0;
    buf_free(&pdf);
    return bad ? -1 : 0;
}

/* The value of a top-level string member, as x.json is written: one line, no spaces around. */
static int find_value(const struct buf *json, const char *member, struct cut *cut)
{
    char key[WHERE_CAP];
    snprintf(key, sizeof key, "\"%s\":", member);
    const char *at = strstr(json->data, key), *end;
    at = at ? strchr(at + strlen(key), '"') : NULL;
    if (!at || !(end = strchr(at + 1, '"')))
        return -1;
    cut->at = (size_t)(at + 1 - json->data);
    cut->len = (size_t)(end - at - 1);
    return 0;
}

struct triple {
    struct buf pdf, text, filled;
    struct json_template json;
};

static int load_json(struct json_template *j, const char *path)
{
    if (read_file(path, &j->bytes) != 0 || !buf_ok(&j->bytes))
        return -1;
    if (!buf_room(&j->bytes, 1))
        return -1;
    j->bytes.data[j->bytes.len] = 0;
    if (find_value(&j->bytes, "path", &j->cut[0]) != 0 ||
        find_value(&j->bytes, "document", &j->cut[1]) != 0) {
        fprintf(stderr, "scale-tree: %s: no \"path\" and \"document\" in it\n", path);
        return -1;
    }
    j->cut[0].is_path = true;
    if (j->cut[0].at > j->cut[1].at) {
        struct cut first = j->cut[1];
        j->cut[1] = j->cut[0];
        j->cut[0] = first;
    }
    return 0;
}

static int publish_one(void *arg, int dir, const char *where, unsigned long n)
{
    struct triple *t = arg;
    const struct json_template *j = &t->json;
    char name[WHERE_CAP];
    size_t at = 0;
    buf_clear(&t->filled);
    for (int i = 0; i < 2; i++) {
        buf_add(&t->filled, j->bytes.data + at, j->cut[i].at - at);
        if (j->cut[i].is_path)
            buf_fmt(&t->filled, "%s%sdoc-%07lu.pdf", where, *where ? "/" : "", n);
        else
            buf_fmt(&t->filled, "scale-%lu", n);
        at = j->cut[i].at + j->cut[i].len;
    }
    buf_add(&t->filled, j->bytes.data + at, j->bytes.len - at);
    if (!buf_ok(&t->filled))
        return -1;
    snprintf(name, sizeof name, "doc-%07lu.txt", n);
    int bad = write_new(dir, name, t->text.data, t->text.len);
    snprintf(name, sizeof name, "doc-%07lu.json", n);
    bad = bad || write_new(dir, name, t->filled.data, t->filled.len);
    snprintf(name, sizeof name, "doc-%07lu.pdf", n);
    return bad || write_new(dir, name, t->pdf.data, t->pdf.len) ? -1 : 0;
}

static int make_done(const char *dir, unsigned long count, unsigned long folders, const char *stem)
{
    struct triple t = {0};
    char path[PATH_CAP];
    snprintf(path, sizeof path, "%s.pdf", stem);
    int bad = read_file(path, &t.pdf) != 0;
    snprintf(path, sizeof path, "%s.txt", stem);
    bad = bad || read_file(path, &t.text) != 0;
    snprintf(path, sizeof path, "%s.json", stem);
    bad = bad || load_json(&t.json, path) != 0;
    bad = bad || in_folders(dir, count, folders, publish_one, &t) != 0;
    buf_free(&t.pdf);
    buf_free(&t.text);
    buf_free(&t.filled);
    buf_free(&t.json.bytes);
    return bad ? -1 : 0;
}

struct wait_for {
    struct buf pdf;
    int64_t due_s;
};

static int wait_one(void *arg, int dir, const char *where, unsigned long n)
{
    struct wait_for *w = arg;
    struct waiting entry = {.due_s = w->due_s, .need = "text", .token = {.attempt = 1}};
    char path[WHERE_CAP], name[NAME_CAP];
    (void)where;
    entry.token.unspent = 1;
    snprintf(entry.token.document, ID_CAP, "scale-%lu", n);
    snprintf(entry.token.claim, ID_CAP, "claim-%lu", n);
    snprintf(path, sizeof path, "again/doc-%07lu.pdf", n);
    token_set_path(&entry.token, path);
    token_waiting_name(&entry, name);
    return write_new(dir, name, w->pdf.data, w->pdf.len);
}

static int make_waiting(const char *dir, unsigned long count, unsigned long due, const char *pdf)
{
    struct wait_for w = {.due_s = (int64_t)due};
    int bad = read_file(pdf, &w.pdf) != 0 || in_folders(dir, count, 0, wait_one, &w) != 0;
    buf_free(&w.pdf);
    return bad ? -1 : 0;
}

static int make_folders(const char *dir, unsigned long count)
{
    return in_folders(dir, 0, count, drop_one, NULL);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static long long ms(struct timeval t)
{
    return (long long)t.tv_sec * 1000 + t.tv_usec / 1000;
}

static int measure(const char *file, char **command)
{
    struct rusage u;
    int status;
    int64_t began = now_ms();
    pid_t child = fork();
    if (child == 0) {
        execvp(command[0], command);
        fprintf(stderr, "scale-tree: %s: %s\n", command[0], strerror(errno));
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &u) != child)
        return -1;
    FILE *out = fopen(file, "w");
    if (!out)
        return -1;
    fprintf(out, "%d %lld %lld %lld %ld\n",
            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            (long long)(now_ms() - began), ms(u.ru_utime), ms(u.ru_stime), u.ru_maxrss);
    return fclose(out) == 0 ? 0 : -1;
}

static bool number(const char *word, unsigned long *out)
{
    uint64_t n;
    if (!num_u64(word, &n))
        return false;
    *out = n;
    return true;
}

int main(int argc, char **argv)
{
    const char *what = argc > 3 ? argv[1] : "";
    unsigned long count = 0, second = 0;
    bool counted = argc > 3 && number(argv[3], &count),
         both = argc == 6 && number(argv[4], &second);
    int bad;
    if (strcmp(what, "measure") == 0)
        bad = measure(argv[2], argv + 3);
    else if (strcmp(what, "pending") == 0 && counted && both)
        bad = make_pending(argv[2], count, second, argv[5]);
    else if (strcmp(what, "done") == 0 && counted && both)
        bad = make_done(argv[2], count, second, argv[5]);
    else if (strcmp(what, "waiting") == 0 && counted && both)
        bad = make_waiting(argv[2], count, second, argv[5]);
    else if (strcmp(what, "folders") == 0 && counted && argc == 4)
        bad = make_folders(argv[2], count);
    else
        return fprintf(stderr, "usage: see the top of tests/scale/tree.c\n"), EXIT_USAGE;
    if (bad)
        fprintf(stderr, "scale-tree: %s: %s\n", argv[2], strerror(errno));
    return bad ? EXIT_SYSTEM : 0;
}
