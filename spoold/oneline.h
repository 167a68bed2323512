/*
 * oneline: how things stand, in one line: what `systemctl status` shows of spoold.
 */
#ifndef PDFSPOOLD_ONELINE_H
#define PDFSPOOLD_ONELINE_H

#include <stddef.h>

#include "spoold/model/model.h"

enum { ONELINE_CAP = 160 };

/* "12 documents left, 3 done, 1 failed", before that "share not answering for 35 s; " where it is
 * so; "" before the first snapshot. dst: at least ONELINE_CAP bytes. */
void oneline_show(struct model *m, char *dst, size_t cap);

#endif
