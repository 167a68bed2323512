/*
 * pages: a document in two goes, as extractd's slots do it (extractd/slot_ocr.c): its pages are
 * kept apart while it waits for OCR, and who takes it next goes on from there.
 *
 * What is kept begins with the number of pages that are done, and has their text; it is believed as
 * it is. So a page file that is torn, or of another document, gives the document a wrong text, and
 * the check of the world finds that.
 */
#ifndef PDFSPOOL_TEST_PAGES_H
#define PDFSPOOL_TEST_PAGES_H

#include "worker.h"
#include "world.h"

/* The body of the scenario: claimed documents are kept in two states, put back with need `ocr`,
 * claimed again, finished, and their pages forgotten. */
void pages_scenario(struct world *w, struct worker *me);

/* What is kept of the job's document is taken over into its text (`text`: all of it, as world_text
 * made it; n: its length). Only where something can be kept. */
void pages_resume(struct worker *w, struct job *j, char *text, size_t n);
/* After publishing. */
void pages_forget(struct worker *w, struct job *j);

#endif
