/*
 * message: a batch as the body of a request, in the form that its receiver takes. Names and texts
 * of others that are in it mention nobody, link nowhere and format nothing there.
 */
#ifndef PDFSPOOLD_MESSAGE_H
#define PDFSPOOLD_MESSAGE_H

#include "base/buf.h"
#include "spool/settings.h"
#include "spoold/alert/digest.h"

struct message {
    const struct event *events; /* all of one type */
    size_t n;
    int64_t made_ms;   /* wall clock */
    const char *spool; /* folder: which spool it is about */
};

/* Append the body; buf_ok(out) says whether there was memory. */
void message_body(const struct message *m, enum webhook_format format, struct buf *out);
/* The same of one folder that is done, for on_folder_done. */
void message_folder(const struct event *e, const char *spool, struct buf *out);

#endif
