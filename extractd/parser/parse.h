/*
 * parse: one document, from its bytes to its frames.
 */
#ifndef PDFSPOOL_PARSE_H
#define PDFSPOOL_PARSE_H

#include <stddef.h>

#include "base/outcome.h"
#include "extractd/wire.h"

struct engine;
struct models;

/* Everything borrowed. */
struct parse_job {
    const void *data; /* the document */
    size_t size;
    const struct wire_job *job;
    const uint8_t *plan; /* for each page: 0: not this one. NULL: every page from job->first_page */
    uint32_t n_plan;
    const char *passwords; /* each ended by a NUL */
    size_t password_bytes;
    const struct models *models; /* for OCR; NULL: there is none */
};

/* Send BEGIN ... END for the document, or for the files in it (JOB_FILES). Returns the outcome that
 * END bore. */
enum outcome parse_document(struct engine *e, const struct parse_job *p);

#endif
