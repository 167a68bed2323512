/*
 * emit: the frames of one parser process, gathered and written to the result pipe (descriptor 4).
 *
 * Whatever a document makes MuPDF say is made valid here (UTF-8, no NUL, no form feed, no control
 * characters in messages), so that an honest parser never breaches the protocol. When the pipe is
 * gone the process ends: nobody is left to work for.
 */
#ifndef PDFSPOOL_EMIT_H
#define PDFSPOOL_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "extractd/wire.h"

/* A frame with a payload as it is. */
void emit_frame(enum wire_frame type, uint32_t page, const void *payload, size_t n);
/* A metadatum; value is any bytes. An empty one is not sent. */
void emit_meta(const char *key, const char *value);
/* Begin the text of a page (from 0) that may have `most` bytes. */
void emit_page_begin(uint32_t page, uint64_t most);
/* Add a character (what is none becomes U+FFFD). False: the page has had its `most`; nothing was
 * added. */
bool emit_char(uint32_t c);
/* How many bytes of text this page has had. */
uint64_t emit_page_bytes(void);
/* End the page. message: any bytes. */
void emit_page_end(enum wire_tier tier, uint32_t micros, const char *message);
/* End the document and send all. message: any bytes. */
void emit_end(uint32_t outcome, const char *message);
/* Write what is gathered. */
void emit_flush(void);

#endif
