#include "extractd/parser/models.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extractd/parser/recognise.h"

enum { SETS = 4 };

static struct models sets[SETS];
static uint64_t used[SETS], uses;

static int place_for(const char *languages)
{
    int oldest = 0;
    for (int i = 0; i < SETS; i++) {
        if (sets[i].recogniser && strcmp(sets[i].languages, languages) == 0)
            return i;
        if (used[i] < used[oldest])
            oldest = i;
    }
    recogniser_free(sets[oldest].recogniser);
    sets[oldest].recogniser = NULL;
    return oldest;
}

static void complain(const char *languages, const char *why)
{
    fprintf(stderr, "pdfspool-parser: no OCR with the languages %s: %s\n", languages, why);
}

const struct models *models_get(const char *languages)
{
    struct languages installed;
    char chosen[LANGUAGES_CAP], missing[LANGUAGES_NAME] = "", err[200] = "";
    const char *folder = languages_folder();
    if (!folder || languages_installed(folder, &installed) < 0 ||
        languages_choose(&installed, languages, chosen, missing) != LANGUAGES_OK) {
        complain(languages, missing[0] ? missing : "no models are installed");
        errno = ENODATA;
        return NULL;
    }
    int i = place_for(chosen);
    if (!sets[i].recogniser)
        sets[i].recogniser = recogniser_new(folder, chosen, err, sizeof err);
    if (!sets[i].recogniser) {
        complain(chosen, err);
        errno = ENODATA;
        return NULL;
    }
    snprintf(sets[i].languages, sizeof sets[i].languages, "%s", chosen);
    sets[i].installed = installed;
    used[i] = ++uses;
    return &sets[i];
}
