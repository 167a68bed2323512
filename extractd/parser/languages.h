/*
 * languages: which models tesseract has, which of them a page wants.
 *
 * Models are read in the zygote only; a caged child can say what would be better
 * (languages_advise), and the caller then asks a child of another zygote. Names are tesseract's:
 * "deu", "chi_sim", "script/Latin"; several are joined by +. Knows no tesseract.
 */
#ifndef PDFSPOOL_PARSER_LANGUAGES_H
#define PDFSPOOL_PARSER_LANGUAGES_H

#include <stdbool.h>
#include <stddef.h>

enum {
    LANGUAGES_CAP = 128,     /* bytes of a list such as "deu+eng", its NUL included */
    LANGUAGES_NAME = 32,     /* bytes of one name */
    LANGUAGES_MOST = 256,    /* models that are looked at */
    LANGUAGES_AT_ONCE = 3,   /* that a page is read with at most */
    LANGUAGES_TOKENS = 20000 /* words of a text that are looked at */
};

struct languages {
    char names[LANGUAGES_MOST][LANGUAGES_NAME]; /* sorted; osd and equ are not among them */
    size_t count;
    bool osd; /* orientation and script can be detected */
};

enum languages_choice {
    LANGUAGES_OK,
    LANGUAGES_MISSING, /* one is not installed: its name in *missing */
    LANGUAGES_BAD      /* no list of names */
};

/* What a text seems to be written in. */
struct languages_guess {
    char languages[LANGUAGES_CAP]; /* "deu", or "deu+eng" where a text has both; "" when unknown */
    float share;                   /* of the words that are function words of the first, 0 to 1:
                                      0.3 is plain prose, under 0.1 is hardly a language */
};

/* The folder with the models: $TESSDATA_PREFIX, or where the system keeps them. NULL when there is
 * none. Borrowed. */
const char *languages_folder(void);
/* List the models of a folder, those of its folder script/ as "script/NAME". -1 and errno. */
int languages_installed(const char *folder, struct languages *out);
bool languages_have(const struct languages *l, const char *name);

/* "deu+eng" as a setting says it, checked; at most LANGUAGES_AT_ONCE; "auto" gives the one to begin
 * with (eng, or the first there is). missing has LANGUAGES_NAME bytes. */
enum languages_choice languages_choose(const struct languages *installed, const char *wanted,
                                       char out[LANGUAGES_CAP], char missing[LANGUAGES_NAME]);
/* Installed models for a script as osd names it ("Cyrillic"): how many, at most LANGUAGES_AT_ONCE.
 */
int languages_of_script(const struct languages *installed, const char *script,
                        char out[LANGUAGES_CAP]);
/* Can one of the loaded models ("deu+eng") read a script as osd names it? True for one that is not
 * known here. */
bool languages_serve(const char *loaded, const char *script);
/* By function words, so that even a text read with a wrong model of the same script tells. */
void languages_guess(const char *utf8, size_t n, struct languages_guess *out);

struct languages_evidence {
    const char *utf8; /* text that was read */
    size_t len;
    const char *script; /* by osd; NULL or "" when not asked */
    float script_confidence;
    const char *loaded; /* it was read with these */
    bool settled;       /* and they were right for pages before it */
};

/* Would other installed models read this page better? True with their list in out. Nothing is
 * advised that is loaded already; what was right for other pages stays in the list. */
bool languages_advise(const struct languages *installed, const struct languages_evidence *e,
                      char out[LANGUAGES_CAP]);

#endif
