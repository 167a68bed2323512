/*
 * factbox: facts made up for a model, as a scanner would tell them. Each string is there, though it
 * be empty: a new one of an event or an entry is added here, for all tests. (test_fact.c makes its
 * own: it gives every member a value, which has to come through.)
 */
#ifndef PDFSPOOL_TEST_FACTBOX_H
#define PDFSPOOL_TEST_FACTBOX_H

#include "spoold/model/fact.h"

/* A line of the journal "lease" of host "alpha", of a first attempt; the caller says where it is in
 * it, when that was, and what else it tells. The strings are the caller's. */
static inline struct fact an_event(enum event_what what, enum outcome outcome, const char *path,
                                   const char *document)
{
    return (struct fact){.type = FACT_EVENT,
                         .event = {.what = (uint8_t)what,
                                   .outcome = (uint8_t)outcome,
                                   .host = "alpha",
                                   .lease = "lease",
                                   .length = 10,
                                   .path = path,
                                   .document = document,
                                   .history = "",
                                   .message = "",
                                   .stage = "",
                                   .claim = "",
                                   .version = "",
                                   .as = "",
                                   .attempt = 1}};
}

/* A document seen in the tree, of no class and on no host; `document` is "" for pending, done and
 * failed ones. The strings are the caller's. */
static inline struct fact an_entry(enum doc_state state, const char *path, const char *document)
{
    return (struct fact){.type = FACT_ENTRY,
                         .entry = {.state = (uint8_t)state,
                                   .outcome = OUTCOME_COUNT,
                                   .path = path,
                                   .document = document,
                                   .claim = "",
                                   .history = "",
                                   .host = ""}};
}

#endif
