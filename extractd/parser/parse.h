/*
 * parse: one document, from its bytes to its frames.
 */
#ifndef PDFSPOOL_PARSE_H
#define PDFSPOOL_PARSE_H

#include <stddef.h>

#include "base/outcome.h"
#include "extractd/wire.h"

struct engine;

/* Send BEGIN ... END for the document at data. Returns the outcome that END bore. */
enum outcome parse_document(struct engine *e, const void *data, size_t size,
                            const struct wire_job *job);

#endif
