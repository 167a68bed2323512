/*
 * engine: MuPDF's context: capped memory, no messages to the outside. One for each parser process,
 * used for all its documents, each of which is dropped wholly (and the store emptied) before the
 * next.
 */
#ifndef PDFSPOOL_ENGINE_H
#define PDFSPOOL_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

struct engine;

/* memory_limit: bytes that MuPDF may have; 0: no cap. NULL: no memory. */
struct engine *engine_new(uint64_t memory_limit);
/* Requests for memory that were refused so far: when the count has gone up and something failed,
 * memory was the reason. */
uint32_t engine_refusals(const struct engine *e);
/* From now on memory is cleared before MuPDF has it (true), or not (false): where it reads what it
 * has not written. */
void engine_clear(struct engine *e, bool clear);
/* Forget complaints and cached things: before each document. */
void engine_calm(struct engine *e);
/* The last error or warning, as MuPDF worded it; any bytes; "" if none. Borrowed. */
const char *engine_complaint(const struct engine *e);
/* The version of MuPDF. */
const char *engine_version(void);

#endif
