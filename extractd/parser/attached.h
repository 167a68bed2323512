/*
 * attached: the files that a PDF carries, handed on like an archive's entries (entry.h): those of
 * the name tree EmbeddedFiles (attachments, and the content of a portfolio) and those of
 * FileAttachment annotations. Each stream once, however often it is referred to. What is no PDF is
 * told as skipped. (ISO 32000-1, 7.11.4, 12.5.6.15 and 12.3.5.)
 *
 * Attachments of an attachment are not looked for here; each is a document of its own later.
 */
#ifndef PDFSPOOL_PARSER_ATTACHED_H
#define PDFSPOOL_PARSER_ATTACHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "extractd/parser/entry.h"

struct document;

/* Is it a portfolio, whose pages are only a cover? */
bool attached_portfolio(struct document *d);
/* Unpack what is attached to an open document of `size` bytes and `pages` pages. Fills in *report;
 * `empty`: no PDF is attached. Memory that is refused is `memory`: the process must go. */
void attached_unpack(struct document *d, uint64_t size, uint32_t pages,
                     const struct entry_limits *limits, const struct entry_sink *sink,
                     struct entry_report *report);

#endif
