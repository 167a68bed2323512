#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/utf8.h"

enum {
    MESSAGE_MAX = 2000, /* bytes of an escaped message: with the rest, a line stays within PIPE_BUF,
                           and so is one piece in a pipe that several processes write to */
    WINDOW_MS = 10000,
    WINDOW_LINES = 20,
    WINDOWS = 64, /* different messages counted at a time */
};

/* One message's window: how often it came since it was first seen. */
struct window {
    const char *fmt; /* NULL: free */
    int64_t since;   /* clock_boot_ms */
    unsigned lines, suppressed;
    enum log_level level;
};

static struct {
    pthread_mutex_t lock; /* spoold has threads */
    enum log_format format;
    enum log_level lowest;
    int fd;
    pid_t pid; /* whose windows these are: a child must not report what its parent counted */
    char file[1024];
    char host[64], role[64];
    char document[304];
    size_t document_len;
    struct window windows[WINDOWS];
} state = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .lowest = LEVEL_INFO,
    .fd = STDERR_FILENO,
};

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static const char *const format_names[] = {"logfmt", "json"};

/* ---- where it goes ---- */

static int switch_to(const char *file)
{
    int fd = STDERR_FILENO;

    if (*file) {
        fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
        if (fd < 0)
            return -1;
    }
    if (state.fd != STDERR_FILENO)
        close(state.fd);
    state.fd = fd;
    return 0;
}

/* Whoever moves the file away (logrotate) tells none of our processes, or one of many: each of them
 * sees it by itself, before it writes. Where there is no new file to be had, the old one is better
 * than silence. */
static void follow_file(void)
{
    struct stat has, named;

    if (state.fd == STDERR_FILENO)
        return;
    if (fstat(state.fd, &has) == 0 && stat(state.file, &named) == 0 && has.st_ino == named.st_ino &&
        has.st_dev == named.st_dev)
        return;
    (void)switch_to(state.file);
}

int log_setup(enum log_format format, enum log_level lowest, const char *file)
{
    int rc = -1;

    pthread_mutex_lock(&state.lock);
    state.format = format;
    state.lowest = lowest;
    if (!file)
        file = "";
    if (strlen(file) >= sizeof state.file) {
        errno = ENAMETOOLONG;
    } else if (switch_to(file) == 0) {
        memcpy(state.file, file, strlen(file) + 1);
        rc = 0;
    }
    pthread_mutex_unlock(&state.lock);
    return rc;
}

int log_reopen(void)
{
    pthread_mutex_lock(&state.lock);
    int rc = switch_to(state.file);
    pthread_mutex_unlock(&state.lock);
    return rc;
}

/* ---- who speaks ---- */

static void bind(char *to, size_t cap, const char *value)
{
    pthread_mutex_lock(&state.lock);
    snprintf(to, cap, "%s", value ? value : "");
    pthread_mutex_unlock(&state.lock);
}

void log_bind_host(const char *host)
{
    bind(state.host, sizeof state.host, host);
}

void log_bind_role(const char *role)
{
    bind(state.role, sizeof state.role, role);
}

void log_bind_document(const char *path, size_t n)
{
    enum { KEEP = 300 };

    pthread_mutex_lock(&state.lock);
    if (!path)
        n = 0;
    if (n > KEEP) {
        path += n - KEEP;
        n = KEEP;
        /* Do not begin within a character. */
        for (int i = 0; i < 3 && ((unsigned char)*path & 0xC0) == 0x80; i++, n--)
            path++;
    }
    if (n > 0)
        memcpy(state.document, path, n);
    state.document_len = n;
    pthread_mutex_unlock(&state.lock);
}

/* ---- one line ---- */

/* Append text, escaped for its format, up to MESSAGE_MAX bytes of it; never half of an escape or of
 * a character. */
static void add_message(struct buf *out, const char *s, size_t n)
{
    struct buf one = {0};
    size_t spent = 0;

    for (size_t i = 0, len; i < n; i += len) {
        len = utf8_seq(s + i, n - i);
        bool invalid = len == 0;
        if (invalid)
            len = 1;
        buf_clear(&one);
        /* JSON has escapes of its own for everything but bytes that are not UTF-8. */
        if (invalid || state.format == LOG_LOGFMT)
            utf8_escape(&one, s + i, len);
        else
            buf_add(&one, s + i, len);
        size_t cost = one.len;
        if (state.format == LOG_JSON &&
            (invalid || s[i] == '"' || s[i] == '\\' || utf8_control(s + i, len)))
            cost = 6; /* "\u0001" */
        if (spent + cost > MESSAGE_MAX - 3) {
            buf_str(out, "...");
            break;
        }
        spent += cost;
        buf_add(out, one.data, one.len);
    }
    buf_free(&one);
}

/* A word of logfmt: as it is when that is clear, else in quotes. */
static void add_word(struct buf *line, const char *name, const char *value)
{
    static const char clear[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-:/";
    bool quote = value[strspn(value, clear)] != '\0';

    if (!*value)
        return;
    buf_fmt(line, " %s=%s", name, quote ? "\"" : "");
    utf8_escape(line, value, strlen(value));
    if (quote)
        buf_char(line, '"');
}

static void build_logfmt(struct buf *line, enum log_level level, const struct buf *message)
{
    char when[32];

    clock_show(clock_wall_ms(), when, sizeof when);
    buf_fmt(line, "time=%s level=%s", when, level_names[level]);
    add_word(line, "host", state.host);
    add_word(line, "role", state.role);
    if (state.document_len) {
        buf_str(line, " document=\"");
        utf8_escape(line, state.document, state.document_len);
        buf_char(line, '"');
    }
    buf_str(line, " msg=\"");
    buf_add(line, message->data, message->len);
    buf_str(line, "\"\n");
}

static void build_json(struct buf *line, enum log_level level, const struct buf *message)
{
    struct jsonw w;

    jsonw_init(&w, line, false);
    jsonw_object(&w, NULL);
    jsonw_time(&w, "time", clock_wall_ms());
    jsonw_str(&w, "level", level_names[level]);
    if (*state.host)
        jsonw_str(&w, "host", state.host);
    if (*state.role)
        jsonw_str(&w, "role", state.role);
    if (state.document_len)
        jsonw_name(&w, "document", state.document, state.document_len);
    jsonw_strn(&w, "msg", message->data, message->len);
    jsonw_end_object(&w);
    buf_char(line, '\n');
}

static void write_all(const char *data, size_t n)
{
    while (n > 0) {
        ssize_t done = write(state.fd, data, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return; /* nobody is left to be told */
        data += done;
        n -= (size_t)done;
    }
}

static void print(enum log_level level, const char *text, size_t n)
{
    static const char no_memory[] = "level=error msg=\"out of memory while logging\"\n";
    struct buf message = {0}, line = {0};

    follow_file();
    buf_add(&message, "", 0);
    add_message(&message, text, n);
    if (buf_ok(&message) && state.format == LOG_JSON)
        build_json(&line, level, &message);
    else if (buf_ok(&message))
        build_logfmt(&line, level, &message);
    if (buf_ok(&message) && buf_ok(&line))
        write_all(line.data, line.len);
    else
        write_all(no_memory, sizeof no_memory - 1);
    buf_free(&line);
    buf_free(&message);
}

/* ---- not too often ---- */

/* End a window, and say what it kept back. */
static void end_window(struct window *w)
{
    char text[512];

    if (w->suppressed) {
        int n = snprintf(text, sizeof text, "%u more within %d s of: %s", w->suppressed,
                         WINDOW_MS / 1000, w->fmt);
        if (n > 0)
            print(w->level, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
    }
    *w = (struct window){0};
}

/* The window of this message; a new one takes a free place, or else the oldest window's. */
static struct window *window_of(const char *fmt, enum log_level level, int64_t now)
{
    struct window *place = &state.windows[0];

    for (int i = 0; i < WINDOWS; i++) {
        struct window *w = &state.windows[i];
        if (w->fmt && now - w->since >= WINDOW_MS)
            end_window(w);
        if (w->fmt == fmt)
            return w;
        if (place->fmt && (!w->fmt || w->since < place->since))
            place = w;
    }
    end_window(place);
    *place = (struct window){.fmt = fmt, .since = now, .level = level};
    return place;
}

static bool too_often(const char *fmt, enum log_level level)
{
    pid_t me = getpid();

    if (me != state.pid) {
        memset(state.windows, 0, sizeof state.windows);
        state.pid = me;
    }
    struct window *w = window_of(fmt, level, clock_boot_ms());
    if (w->lines < WINDOW_LINES) {
        w->lines++;
        return false;
    }
    w->suppressed++;
    return true;
}

/* ---- the voices ---- */

static void say(enum log_level level, const char *prefix, const char *fmt, va_list ap)
{
    char text[2 * MESSAGE_MAX];
    int saved = errno; /* for the caller, and for %m */

    pthread_mutex_lock(&state.lock);
    if (level >= state.lowest && (*prefix || !too_often(fmt, level))) {
        size_t head = strlen(prefix);
        memcpy(text, prefix, head);
        errno = saved;
        int n = vsnprintf(text + head, sizeof text - head, fmt, ap);
        size_t len = head + (n > 0 ? (size_t)n : 0);
        print(level, text, len < sizeof text ? len : sizeof text - 1);
    }
    pthread_mutex_unlock(&state.lock);
    errno = saved;
}

#define SAY(level, prefix)                                                                         \
    do {                                                                                           \
        va_list ap;                                                                                \
        va_start(ap, fmt);                                                                         \
        say(level, prefix, fmt, ap);                                                               \
        va_end(ap);                                                                                \
    } while (0)

void log_debug(const char *fmt, ...)
{
    SAY(LEVEL_DEBUG, "");
}

void log_info(const char *fmt, ...)
{
    SAY(LEVEL_INFO, "");
}

void log_warn(const char *fmt, ...)
{
    SAY(LEVEL_WARN, "");
}

void log_error(const char *fmt, ...)
{
    SAY(LEVEL_ERROR, "");
}

void log_bug(const char *fmt, ...)
{
    SAY(LEVEL_ERROR, "a bug of pdfspool: ");
    abort();
}

static int index_of(const char *name, const char *const *names, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return -1;
}

int log_level_of(const char *name)
{
    return index_of(name, level_names, sizeof level_names / sizeof level_names[0]);
}

int log_format_of(const char *name)
{
    return index_of(name, format_names, sizeof format_names / sizeof format_names[0]);
}
