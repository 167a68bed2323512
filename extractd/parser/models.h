/*
 * models: the OCR models of a zygote. Loading them opens files and takes some 100 ms, so it is done
 * before the fork; parsers use what they inherit. A few sets are kept, the longest unused goes.
 */
#ifndef PDFSPOOL_MODELS_H
#define PDFSPOOL_MODELS_H

#include "extractd/parser/languages.h"

struct recogniser;

struct models {
    struct recogniser *recogniser;
    char languages[LANGUAGES_CAP]; /* "deu+eng": never "auto" */
    struct languages installed;
};

/* The models for these languages ("auto": the one to begin with), loaded now if they are not yet.
 * NULL and errno: ENODATA when one is not installed, or cannot be loaded. Lives until others take
 * its place: use it before the next call, or in a child. */
const struct models *models_get(const char *languages);

#endif
