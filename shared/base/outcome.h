/*
 * outcome: what can become of a document: one enumeration, used by folder names, JSON, exit codes,
 * metrics and manual.
 *
 * Three kinds of trouble, which must not be mixed up:
 *   document     the file's own fault; it fails, or is tried again where that can help
 *   environment  full disk, ESTALE, a missing language file: condemns no document and costs no
 *                attempt
 *   ours         a lease that died with the document in hand: costs an attempt, in case the
 *                document killed it
 */
#ifndef PDFSPOOL_OUTCOME_H
#define PDFSPOOL_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

enum outcome {
    OUTCOME_OK,      /* every page has its text */
    OUTCOME_PARTIAL, /* some pages are bad or wait for OCR; the list is in x.json */
    OUTCOME_EMPTY,   /* no text on any page */
    /* from here on: classes of failure */
    OUTCOME_ENCRYPTED,
    OUTCOME_CORRUPT,
    OUTCOME_NOT_PDF,
    OUTCOME_LIMIT,
    OUTCOME_TIMEOUT,
    OUTCOME_STALLED,
    OUTCOME_CRASHED,
    OUTCOME_MEMORY,
    OUTCOME_PROTOCOL, /* the parser broke its protocol with the slot: hostile until proven a bug */
    OUTCOME_POISON,   /* its workers died too often */
    OUTCOME_CANCELLED,
    OUTCOME_UNREADABLE, /* the file may not be read (permissions), or is no regular file any more */
    OUTCOME_COUNT
};

struct outcome_facts {
    const char *name; /* as in failed/<name>/, in JSON and on the command line */
    bool failure;
    bool retried;        /* another attempt may help */
    char letter;         /* in a token's history of attempts; 0: never there */
    const char *meaning; /* a sentence for people */
};

/* Never NULL for a valid o. */
const struct outcome_facts *outcome_facts(enum outcome o);
/* The outcome of that name, or OUTCOME_COUNT. */
enum outcome outcome_of(const char *name, size_t n);
/* The outcome whose letter this is, or OUTCOME_COUNT. */
enum outcome outcome_of_letter(char letter);

#endif
