#include "spoold/hand/hand.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/child.h"
#include "base/log.h"
#include "spool/look.h"
#include "spool/token.h"

static const char word[] = "hand";
enum { FIRST_WORD = 5 };

static const struct kind {
    const char *name;
    void (*run)(struct hand *h);
    int words;
    /* When spoold is killed it ends by itself, between two documents, or once it has taken away what
     * it has written; it is not killed too, as others are. */
    bool outlives;
} kinds[] = {{"record", hand_record, 3, false},   {"text", hand_text, 4, false},
             {"plain", hand_plain, 4, false},     {"page", hand_page, 4, false},
             {"command", hand_command, 2, false}, {"retry", hand_retry, 0, true},
             {"cancel", hand_cancel, 0, true},    {"upload", hand_upload, 2, true},
             {"quota", hand_quota, 1, false}};

bool hand_is(int argc, char **argv)
{
    return argc >= FIRST_WORD && strcmp(argv[1], word) == 0;
}

void hand_fail(struct hand *h, int status, const char *code, const char *fmt, ...)
{
    va_list ap;
    h->status = status;
    h->word = code;
    buf_clear(&h->body);
    va_start(ap, fmt);
    buf_vfmt(&h->body, fmt, ap);
    va_end(ap);
}

void hand_unread(struct hand *h, const char *what, int error)
{
    bool passing = error != ENOENT && look_passing(error); /* a person may have taken it */
    hand_fail(h, passing ? 503 : 404, passing ? "share-not-answering" : "no-record", "%s: %s.",
              what, strerror(error));
}

int hand_folder(struct hand *h, const char *place, const char **name)
{
    char folder[PATH_CAP + NAME_CAP];
    const char *slash = strrchr(place, '/');
    int dir = -1;
    if (slash && (size_t)(slash - place) < sizeof folder && token_path_ok(place)) {
        memcpy(folder, place, (size_t)(slash - place));
        folder[slash - place] = 0;
        *name = slash + 1;
        dir = look_folder_path(h->spool->root, folder);
    } else {
        errno = EINVAL;
    }
    if (dir < 0)
        hand_unread(h, "Its folder cannot be opened", errno);
    return dir;
}

/* 0, or 1 when nobody listens any more. */
static int say(struct hand *h)
{
    struct buf head = {0};
    if (!buf_ok(&h->body))
        hand_fail(h, 500, "internal", "There is no memory.");
    buf_fmt(&head, "%d %zu %s%s%s\n", h->status, h->body.len, h->word, h->location[0] ? " " : "",
            h->location);
    buf_add(&head, h->body.data ? h->body.data : "", h->body.len);
    size_t at = 0;
    while (at < head.len) {
        ssize_t n = write(STDOUT_FILENO, head.data + at, head.len - at);
        if (n < 0 && errno != EINTR)
            break;
        at += n > 0 ? (size_t)n : 0;
    }
    bool all = at == head.len;
    buf_free(&head);
    return !all;
}

/* NULL: there is no such thing to do. */
static const struct kind *find(const char *name, int words)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0 && kinds[i].words == words)
            return &kinds[i];
    return NULL;
}

int hand_main(int argc, char **argv)
{
    static struct spool spool;
    struct hand h = {.spool = &spool,
                     .argc = argc - FIRST_WORD,
                     .argv = argv + FIRST_WORD,
                     .status = 200,
                     .word = "json"};
    char err[512];
    int code;
    const struct kind *kind = find(argv[4], h.argc);
    if (!kind || !kind->outlives)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    child_name(word);
    log_bind_role(word);
    if (!kind)
        hand_fail(&h, 500, "internal", "There is no such thing to do.");
    else if (spool_open(&spool, argv[2], NULL, argv[3][0] ? argv[3] : NULL, settings_report_stderr,
                        err, sizeof err, &code) != 0)
        hand_fail(&h, 503, "share-not-answering", "%s", err);
    else
        kind->run(&h);
    code = h.said ? 0 : say(&h);
    buf_free(&h.body);
    return code;
}
