/*
 * nfsfacts: makes single file system calls for the cluster tests, and says what came of each.
 *
 * It runs in a guest. One command a line on standard input, one line back: "ok ...", or the name
 * of the errno. Folders are held open in numbered slots, since the facts to be proved are about
 * held descriptors and caches, which no shell can show. What must hold is written in facts.py.
 *
 * In the arguments of "times" a '%' stands for the number of the round, six digits long.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 16, WORDS = 12, LINE = 4096, CHUNK = 131072 };

static int slots[SLOTS];
static char answer[256]; /* what follows "ok"; set by the command */

struct command {
    const char *name;
    int arguments;
    int (*run)(char **arg); /* 0, or -1 with errno */
};

/* The slot that the word names; a bad one ends the program, since the script is wrong. */
static int *slot(const char *word)
{
    char *end;
    long n = strtol(word, &end, 10);
    if (*end || end == word || n < 0 || n >= SLOTS) {
        fprintf(stderr, "nfsfacts: no such slot: %s\n", word);
        exit(2);
    }
    return &slots[n];
}

static int keep(int *where, int fd)
{
    if (fd < 0)
        return -1;
    if (*where >= 0)
        close(*where);
    *where = fd;
    return 0;
}

static int64_t nanoseconds(struct statx_timestamp t)
{
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int tell(int fd, const char *name, int flags)
{
    struct statx s;
    if (statx(fd, name, flags | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &s))
        return -1;
    snprintf(answer, sizeof answer,
             "ino=%" PRIu64 " size=%" PRIu64 " mtime=%" PRId64 " ctime=%" PRId64,
             (uint64_t)s.stx_ino, (uint64_t)s.stx_size, nanoseconds(s.stx_mtime),
             nanoseconds(s.stx_ctime));
    return 0;
}

/* ---- folders ---- */

static int do_open(char **arg) /* SLOT PATH */
{
    return keep(slot(arg[0]), open(arg[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int do_openat(char **arg) /* SLOT FROM NAME: a folder; "." opens FROM itself again */
{
    return keep(slot(arg[0]), openat(*slot(arg[1]), arg[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int do_opath(char **arg) /* SLOT FROM NAME: anything, without opening it */
{
    return keep(slot(arg[0]), openat(*slot(arg[1]), arg[2], O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

static int do_ino(char **arg) /* SLOT NAME: the number that getdents gives; "." is opened for it */
{
    int fd = openat(*slot(arg[0]), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *e;
    bool found = false;
    if (!d)
        return -1;
    while (!found && (e = readdir(d)))
        found = strcmp(e->d_name, arg[1]) == 0;
    if (found)
        snprintf(answer, sizeof answer, "ino=%" PRIu64, (uint64_t)e->d_ino);
    closedir(d);
    errno = ENOENT;
    return found ? 0 : -1;
}

static int do_forget(char **arg) /* SLOT: drop what is cached of the folder's listing */
{
    int error = posix_fadvise(*slot(arg[0]), 0, 0, POSIX_FADV_DONTNEED);
    errno = error;
    return error ? -1 : 0;
}

static int do_mkdir(char **arg) /* SLOT NAME */
{
    return mkdirat(*slot(arg[0]), arg[1], 0777);
}

static int do_rmdir(char **arg) /* SLOT NAME */
{
    return unlinkat(*slot(arg[0]), arg[1], AT_REMOVEDIR);
}

static int do_fsync(char **arg) /* SLOT */
{
    return fsync(*slot(arg[0]));
}

/* ---- names ---- */

static int do_stat(char **arg) /* SLOT NAME: as the caches have it */
{
    return tell(*slot(arg[0]), arg[1], AT_STATX_SYNC_AS_STAT);
}

static int do_sync(char **arg) /* SLOT NAME */
{
    return tell(*slot(arg[0]), arg[1], AT_STATX_FORCE_SYNC);
}

static int do_statfd(char **arg) /* SLOT: what is open there, as the caches have it */
{
    return tell(*slot(arg[0]), "", AT_STATX_SYNC_AS_STAT | AT_EMPTY_PATH);
}

static int do_syncfd(char **arg) /* SLOT */
{
    return tell(*slot(arg[0]), "", AT_STATX_FORCE_SYNC | AT_EMPTY_PATH);
}

static int do_rename(char **arg) /* SLOT NAME SLOT NAME */
{
    return renameat(*slot(arg[0]), arg[1], *slot(arg[2]), arg[3]);
}

static int do_symlink(char **arg) /* TARGET SLOT NAME */
{
    return symlinkat(arg[0], *slot(arg[1]), arg[2]);
}

static int do_readlink(char **arg) /* SLOT NAME */
{
    ssize_t n = readlinkat(*slot(arg[0]), arg[1], answer, sizeof answer - 1);
    if (n < 0)
        return -1;
    answer[n] = 0;
    return 0;
}

static int do_unlink(char **arg) /* SLOT NAME */
{
    return unlinkat(*slot(arg[0]), arg[1], 0);
}

static int do_touch(char **arg) /* SLOT NAME: both times by utimensat(NULL) */
{
    return utimensat(*slot(arg[0]), arg[1], NULL, AT_SYMLINK_NOFOLLOW);
}

/* ---- contents ---- */

static int write_all(int fd, size_t left)
{
    static char chunk[CHUNK];
    while (left > 0) {
        size_t want = left < sizeof chunk ? left : sizeof chunk;
        ssize_t n = write(fd, chunk, want);
        if (n <= 0)
            return -1;
        left -= (size_t)n;
    }
    return fsync(fd);
}

static int do_create(char **arg) /* SLOT NAME SIZE: create, write, fsync, close */
{
    int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(*slot(arg[0]), arg[1], flags, 0666);
    if (fd < 0)
        return -1;
    int bad = write_all(fd, strtoul(arg[2], NULL, 10));
    return close(fd) || bad ? -1 : 0;
}

static int do_read(char **arg) /* SLOT NAME: open, read to the end, close */
{
    static char chunk[CHUNK];
    int fd = openat(*slot(arg[0]), arg[1], O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    size_t sum = 0;
    ssize_t n;
    if (fd < 0)
        return -1;
    while ((n = read(fd, chunk, sizeof chunk)) > 0)
        sum += (size_t)n;
    snprintf(answer, sizeof answer, "size=%zu", sum);
    return close(fd) || n < 0 ? -1 : 0;
}

/* ---- many at once ---- */

static void wait_for_clock(int64_t at)
{
    struct timespec t = {.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000};
    while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

/* Put the word into out, with the number for each '%'. */
static void number(char *out, size_t cap, const char *word, int n)
{
    size_t len = 0;
    for (; *word && len + 7 < cap; word++) {
        if (*word == '%')
            len += (size_t)snprintf(out + len, cap - len, "%06d", n);
        else
            out[len++] = *word;
    }
    out[len] = 0;
}

/* COUNT WHEN SLOT NAME SLOT NAME: at the clock's WHEN (ns) start to rename COUNT names, '%' in
 * both. Answers how many were won, were lost by ENOENT, and failed otherwise. */
static int do_race(char **arg)
{
    int count = atoi(arg[0]), won = 0, lost = 0, other = 0;
    wait_for_clock(strtoll(arg[1], NULL, 10));
    for (int i = 0; i < count; i++) {
        char from[300], to[300];
        number(from, sizeof from, arg[3], i);
        number(to, sizeof to, arg[5], i);
        if (renameat(*slot(arg[2]), from, *slot(arg[4]), to) == 0)
            won++;
        else if (errno == ENOENT)
            lost++;
        else
            other++;
    }
    snprintf(answer, sizeof answer, "won=%d lost=%d other=%d", won, lost, other);
    return 0;
}

static int dispatch(char **word, int words);

static int do_times(char **arg) /* COUNT COMMAND ...: answers how many of them failed */
{
    int count = atoi(arg[0]), failed = 0;
    for (int i = 0; i < count; i++) {
        static char text[WORDS][300];
        char *word[WORDS + 1];
        int words = 0;
        for (; words < WORDS && arg[1 + words]; words++) {
            number(text[words], sizeof text[words], arg[1 + words], i);
            word[words] = text[words];
        }
        word[words] = NULL;
        if (dispatch(word, words))
            failed++;
    }
    snprintf(answer, sizeof answer, "failed=%d", failed);
    return 0;
}

static const struct command commands[] = {
    {"open", 2, do_open},         {"openat", 3, do_openat}, {"opath", 3, do_opath},
    {"ino", 2, do_ino},           {"mkdir", 2, do_mkdir},   {"rmdir", 2, do_rmdir},
    {"fsync", 1, do_fsync},       {"stat", 2, do_stat},     {"sync", 2, do_sync},
    {"statfd", 1, do_statfd},     {"syncfd", 1, do_syncfd}, {"rename", 4, do_rename},
    {"symlink", 3, do_symlink},   {"unlink", 2, do_unlink}, {"touch", 2, do_touch},
    {"readlink", 2, do_readlink}, {"create", 3, do_create}, {"read", 2, do_read},
    {"race", 6, do_race},         {"times", -1, do_times},  {"forget", 1, do_forget},
};

/* Run one command. A wrong one ends the program. */
static int dispatch(char **word, int words)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const struct command *c = &commands[i];
        if (words > 0 && strcmp(c->name, word[0]) == 0 &&
            (c->arguments < 0 ? words > 2 : words == 1 + c->arguments))
            return c->run(word + 1);
    }
    fprintf(stderr, "nfsfacts: no such command: %s (%d words)\n", words ? word[0] : "", words);
    exit(2);
}

int main(void)
{
    char line[LINE];
    for (int i = 0; i < SLOTS; i++)
        slots[i] = -1;
    while (fgets(line, sizeof line, stdin)) {
        char *word[WORDS + 1], *save = NULL;
        int words = 0;
        for (char *w = strtok_r(line, " \n", &save); w && words < WORDS;
             w = strtok_r(NULL, " \n", &save))
            word[words++] = w;
        word[words] = NULL;
        answer[0] = 0;
        if (dispatch(word, words))
            printf("%s\n", strerrorname_np(errno));
        else
            printf("ok %s\n", answer);
        fflush(stdout);
    }
    return 0;
}
