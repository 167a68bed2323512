/*
 * beside: files that were installed with this program.
 */
#ifndef PDFSPOOL_BESIDE_H
#define PDFSPOOL_BESIDE_H

#include <limits.h>

enum { BESIDE_CAP = PATH_MAX + 64 };

/* The first of these places, told from the folder of this program's file ("../share/x"), for which
 * access(2) with `mode` holds; ended by NULL. Into path. NULL: none. */
const char *beside_find(const char *const *places, int mode, char path[BESIDE_CAP]);
/* pdfspool-parser: beside this program, or where `make install` puts it. Into path. NULL: nowhere. */
const char *beside_parser(char path[BESIDE_CAP]);

#endif
