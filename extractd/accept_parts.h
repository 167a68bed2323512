/*
 * accept_parts: what the files of accept share: accept.c has the frames of pages, accept_sound.c
 * what of them can be, accept_files.c the frames of the files in an archive.
 */
#ifndef PDFSPOOL_ACCEPT_PARTS_H
#define PDFSPOOL_ACCEPT_PARTS_H

#include <string.h>

#include "extractd/accept.h"
#include "extractd/receiver.h"

/* *why becomes what; always ACCEPT_BREACH. */
enum accept_verdict accept_breach(const char **why, const char *what);
/* Copy a message of n bytes, cut at a character to fit cap with its NUL. False: it is not valid
 * UTF-8 without control characters. */
bool accept_message(char *dst, size_t cap, const uint8_t *bytes, size_t n);

/* Does a PAGE frame say what can be of the page that is due: of its text, which has come, of its
 * tier, and why it has none? */
bool accept_page_is_sound(const struct accept *a, const struct wire_page *p);
/* May a job end so, after what has come? */
bool accept_end_is_sound(const struct accept *a, uint32_t outcome);
/* The handlers of ENTRY, BYTES and FATE. */
enum accept_verdict accept_entry(struct accept *a, const struct frame *f, const char **why);
enum accept_verdict accept_bytes(struct accept *a, const struct frame *f, const char **why);
enum accept_verdict accept_fate(struct accept *a, const struct frame *f, const char **why);
/* May a job of files end so, after what has come? */
bool accept_files_end_is_sound(const struct accept *a, uint32_t outcome);

#endif
