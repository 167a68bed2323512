/*
 * grow: how the zygote of the lean program becomes the whole one (whole.h): by an exec, as when it
 * is renewed. The whole program lies beside this one and is called the same, with "-whole" behind.
 * It is opened once, at the start, so that an upgrade meanwhile does not bring another version.
 */
#ifndef PDFSPOOL_PARSER_GROW_H
#define PDFSPOOL_PARSER_GROW_H

#include "extractd/parser/renew.h"

/* The whole program is this descriptor. */
void grow_given(struct renew *r, int fd);
/* Open the whole program, unless this is it or r->whole is open. Where that fails, it is said on
 * stderr when it is needed. */
void grow_prepare(struct renew *r);
/* Is the next message on `control` an order that only the whole program can carry out? Then become
 * that: it finds the order where it is. Returns when there is nothing of the kind, or
 * when it fails: then no parser can be had for OCR, and there are no second opinions. */
void grow_if_asked(struct renew *r, int control);
/* Become it now, for --self-test. Returns only when that fails: -1 and errno. */
int grow_at_once(char **argv);

#endif
