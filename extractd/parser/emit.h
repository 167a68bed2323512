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

#include "base/entryfate.h"
#include "extractd/wire.h"

struct page_text;

/* A frame with a payload as it is. */
void emit_frame(enum wire_frame type, uint32_t page, const void *payload, size_t n);
/* A metadatum; value is any bytes. An empty one is not sent. */
void emit_meta(const char *key, const char *value);
/* A page (from 0) with its text, and the text that was not chosen (NULL: none). message: any bytes.
 */
void emit_page(uint32_t page, const struct page_text *text, const struct page_text *other,
               enum wire_tier other_tier, const struct wire_page *end, const char *message);
/* An entry of an archive begins: its number, and its name of n bytes, none of which is a NUL. */
void emit_entry(uint32_t number, bool zip, const char *name, size_t n);
/* It ends. message: any bytes. */
void emit_fate(uint32_t number, enum entryfate fate, const char *message);
/* End the document and send all. message: any bytes. */
void emit_end(uint32_t outcome, const char *message);
/* Write what is gathered. */
void emit_flush(void);

#endif
