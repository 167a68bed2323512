/*
 * log: what happened, one line each, on stderr or in a file.
 *
 * Four voices: debug, info, warn (something is wrong and was dealt with), error (a person has to
 * act). Each line has a time stamp, level, host, role (process of extractd, with the slot's
 * number), the document in hand where there is one, and the message; control characters and bad
 * UTF-8 are escaped (utf8_escape). One write(2) per line, so that lines of several processes do not
 * mix. The same message (format string) more than 20 times in 10 s is suppressed and counted; the
 * count is printed when the window ends. Logging never fails the caller.
 *
 *   logfmt  time=2026-11-22T04:31:08.123Z level=warn host=alpha role=slot.2
 *           document="a.pdf" msg="..."
 *   json    {"time":"...","level":"warn","host":"alpha","role":"slot.2",
 *           "document":"a.pdf","msg":"..."}
 */
#ifndef PDFSPOOL_LOG_H
#define PDFSPOOL_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

/* Choose format, lowest level printed, and file (NULL or "": stderr). Returns -1 with errno when
 * the file cannot be opened; logging then goes on where it went before. */
int log_setup(enum log_format format, enum log_level lowest, const char *file);
/* Open the file again. Same errors as log_setup. Nobody needs it for logrotate's sake: a file that
 * was moved away or removed is made anew with the next line, by each process for itself. */
int log_reopen(void);
/* Who speaks. Copied; long values are cut. */
void log_bind_host(const char *host);
void log_bind_role(const char *role);
/* The document in hand, as bytes; NULL: none. Copied (the last 300 bytes of a longer path). */
void log_bind_document(const char *path, size_t n);

void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A bug of ours: print and abort(). */
void log_bug(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Names of the enums, for configuration ("debug", ...; "logfmt", "json"). -1 when unknown. */
int log_level_of(const char *name);
int log_format_of(const char *name);

#endif
