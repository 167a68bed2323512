#include "extractd/parser/languages.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extractd/parser/languages_table.h"

enum {
    WORDS = sizeof languages_words / sizeof languages_words[0],
    SCRIPTS = sizeof languages_scripts / sizeof languages_scripts[0],
    TOKEN_CAP = 24,   /* bytes; no function word is as long */
    HITS_LEAST = 5,   /* function words that a text must show */
    BESIDE_LEAST = 12 /* that a second language must show, and the first must not have */
};

/* Measured on the texts of 20 languages and on what a wrong model makes of them. */
static const float SHARE_LEAST = 0.10f; /* of all words */
static const float SHARE_OTHER = 0.20f; /* of a page amid those of another language */
static const float AHEAD = 1.25f;       /* of the second, in score */
static const float BESIDE = 0.50f;      /* a second language that has this much is there too */
static const float SCRIPT_SURE = 0.8f;  /* confidence of osd */

/* ---- what is installed ---- */

const char *languages_folder(void)
{
    static const char *const folders[] = {
        "/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata",
        "/usr/share/tessdata", "/usr/local/share/tessdata", "/usr/share/tesseract/tessdata"};
    const char *set = getenv("TESSDATA_PREFIX");
    if (set && *set)
        return set;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        DIR *d = opendir(folders[i]);
        if (d) {
            closedir(d);
            return folders[i];
        }
    }
    return NULL;
}

static void add_model(struct languages *l, const char *prefix, const char *file)
{
    static const char ending[] = ".traineddata";
    size_t n = strlen(file), e = sizeof ending - 1;
    if (n <= e || strcmp(file + n - e, ending) != 0 || l->count == LANGUAGES_MOST)
        return;
    n -= e;
    if (n == 3 && *prefix == '\0' && memcmp(file, "osd", 3) == 0)
        l->osd = true;
    if ((n == 3 && (memcmp(file, "osd", 3) == 0 || memcmp(file, "equ", 3) == 0)) ||
        strlen(prefix) + n >= LANGUAGES_NAME)
        return;
    snprintf(l->names[l->count++], LANGUAGES_NAME, "%s%.*s", prefix, (int)n, file);
}

static int add_folder(struct languages *l, const char *folder, const char *prefix)
{
    DIR *d = opendir(folder);
    if (!d)
        return -1;
    errno = 0;
    for (struct dirent *e; (e = readdir(d));)
        add_model(l, prefix, e->d_name);
    int err = errno;
    closedir(d);
    errno = err;
    return err ? -1 : 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

int languages_installed(const char *folder, struct languages *out)
{
    char scripts[4096];
    *out = (struct languages){.count = 0};
    if (add_folder(out, folder, "") < 0)
        return -1;
    if (snprintf(scripts, sizeof scripts, "%s/script", folder) < (int)sizeof scripts)
        (void)add_folder(out, scripts, "script/"); /* seldom there */
    qsort(out->names, out->count, sizeof out->names[0], by_name);
    return 0;
}

bool languages_have(const struct languages *l, const char *name)
{
    return strlen(name) < LANGUAGES_NAME &&
           bsearch(name, l->names, l->count, sizeof l->names[0], by_name) != NULL;
}

/* ---- lists of names ---- */

/* The next name of a list parted by one of `parts`, into name. Its length; 0 at the end; -1 when it
 * is too long. */
static int next_name(const char **list, const char *parts, char name[LANGUAGES_NAME])
{
    *list += strspn(*list, parts);
    size_t n = strcspn(*list, parts);
    if (n >= LANGUAGES_NAME)
        return -1;
    memcpy(name, *list, n);
    name[n] = '\0';
    *list += n;
    return (int)n;
}

static bool is_listed(const char *list, const char *wanted)
{
    char name[LANGUAGES_NAME];
    while (next_name(&list, "+", name) > 0)
        if (strcmp(name, wanted) == 0)
            return true;
    return false;
}

/* Append to "deu+eng". False when it is full, or has the name already. */
static bool append(char out[LANGUAGES_CAP], const char *name)
{
    size_t n = strlen(out);
    if (is_listed(out, name) || n + strlen(name) + 2 > LANGUAGES_CAP)
        return false;
    snprintf(out + n, LANGUAGES_CAP - n, "%s%s", n ? "+" : "", name);
    return true;
}

static bool is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    if (strncmp(name, "script/", 7) == 0)
        name += 7;
    return *name && name[strspn(name, letters)] == '\0';
}

static enum languages_choice choose_auto(const struct languages *installed, char *out,
                                         char *missing)
{
    const char *first = languages_have(installed, "eng") ? "eng" : installed->names[0];
    snprintf(missing, LANGUAGES_NAME, "%s", "eng");
    if (installed->count == 0)
        return LANGUAGES_MISSING;
    (void)append(out, first);
    return LANGUAGES_OK;
}

enum languages_choice languages_choose(const struct languages *installed, const char *wanted,
                                       char out[LANGUAGES_CAP], char missing[LANGUAGES_NAME])
{
    char name[LANGUAGES_NAME];
    int n, count = 0;
    out[0] = missing[0] = '\0';
    if (strcmp(wanted, "auto") == 0)
        return choose_auto(installed, out, missing);
    while ((n = next_name(&wanted, "+", name)) > 0) {
        if (!is_name(name) || ++count > LANGUAGES_AT_ONCE)
            return LANGUAGES_BAD;
        if (!languages_have(installed, name)) {
            snprintf(missing, LANGUAGES_NAME, "%s", name);
            return LANGUAGES_MISSING;
        }
        (void)append(out, name);
    }
    return n < 0 || count == 0 ? LANGUAGES_BAD : LANGUAGES_OK;
}

int languages_of_script(const struct languages *installed, const char *script,
                        char out[LANGUAGES_CAP])
{
    char name[LANGUAGES_NAME];
    int count = 0;
    out[0] = '\0';
    for (size_t i = 0; i < SCRIPTS; i++) {
        const char *models = languages_scripts[i].models;
        if (strcmp(languages_scripts[i].script, script) != 0)
            continue;
        while (count < LANGUAGES_AT_ONCE && next_name(&models, " ", name) > 0)
            count += languages_have(installed, name) && append(out, name);
    }
    return count;
}

bool languages_serve(const char *loaded, const char *script)
{
    char name[LANGUAGES_NAME];
    for (size_t i = 0; i < SCRIPTS; i++) {
        const char *models = languages_scripts[i].models;
        if (strcmp(languages_scripts[i].script, script) != 0)
            continue;
        while (next_name(&models, " ", name) > 0)
            if (is_listed(loaded, name))
                return true;
        return false;
    }
    return true;
}

/* ---- the language of a text ---- */

static uint32_t code_at(const char *s, size_t n, size_t *i)
{
    uint32_t c = (unsigned char)s[(*i)++];
    unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
    if (more)
        c &= 0x3fu >> more;
    for (; more && *i < n; more--)
        c = c << 6 | ((unsigned char)s[(*i)++] & 0x3fu);
    return c;
}

/* Lower case; Latin letters lose their accents; 0 for what is no letter. */
static uint32_t fold(uint32_t c)
{
    /* U+00C0 to U+017F, each its base letter */
    static const char base[] = "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty"
                               "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllll"
                               "nnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
    /* U+1EA0 to U+1EF9, small and capital in pairs: Vietnamese */
    static const char pairs[] = "aaaaaaaaaaaaeeeeeeeeiioooooooooooouuuuuuuyyyy";
    _Static_assert(sizeof base == 0x180 - 0xc0 + 1 && sizeof pairs == 46, "one for each letter");
    if (c < 0x80)
        return (c | 32) >= 'a' && (c | 32) <= 'z' ? c | 32 : 0;
    if (c >= 0xc0 && c < 0xc0 + sizeof base - 1)
        return base[c - 0xc0] == ' ' ? 0 : (uint32_t)base[c - 0xc0];
    if (c == 0x300 || c == 0x301)
        return 0;
    if (c >= 0x410 && c < 0x430)
        return c + 0x20;
    if (c >= 0x400 && c < 0x410)
        return c + 0x50;
    if (c >= 0x391 && c < 0x3aa)
        return c + 0x20;
    if (c >= 0x1ea0 && c <= 0x1ef9)
        return (uint32_t)pairs[(c - 0x1ea0) / 2];
    /* no general punctuation, signs or shapes, nor their wide forms */
    bool letter = (c >= 0x370 && c < 0x2000) || (c >= 0x3021 && c < 0xe000) ||
                  (c >= 0xf900 && c < 0xff00) || (c >= 0xff21 && c < 0xffe0);
    return letter ? c : 0;
}

static size_t put_code(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    to[0] = (char)(0xe0 | c >> 12);
    to[1] = (char)(0x80 | (c >> 6 & 0x3f));
    to[2] = (char)(0x80 | (c & 0x3f));
    return 3;
}

/* Ideographs and kana: written without blanks between words. */
static bool is_unspaced(uint32_t c)
{
    return (c >= 0x3021 && c < 0xac00) || c >= 0xf900;
}

/* The next word, folded; one too long is cut (and then is no function word). Two ideographs are
 * taken for a word. 0 at the end. */
static size_t next_token(const char *s, size_t n, size_t *i, char token[TOKEN_CAP])
{
    size_t len = 0;
    while (*i < n) {
        uint32_t c = fold(code_at(s, n, i));
        if (c == 0 && len)
            break;
        if (c && len + 4 < TOKEN_CAP)
            len += put_code(token + len, c);
        if (is_unspaced(c) && len >= 6)
            break;
    }
    token[len] = '\0';
    return len;
}

static bool has_word(const char *words, const char *token, size_t n)
{
    for (const char *w = words; (w = strstr(w, token)); w += n)
        if ((w == words || w[-1] == ' ') && (w[n] == ' ' || w[n] == '\0'))
            return true;
    return false;
}

struct marks {
    float score[WORDS];    /* each word shared out among the languages that have it */
    uint32_t hits[WORDS];  /* words of this language, of two letters or more */
    uint32_t alone[WORDS]; /* and of no other */
    uint32_t tokens;
};

/* A lone letter is often a splinter of something else. */
static const float LETTER_WEIGHT = 0.25f;

static void mark_token(struct marks *m, const char *token, size_t n)
{
    bool in[WORDS];
    unsigned owners = 0;
    const float weight = n == 1 ? LETTER_WEIGHT : 1.0f;
    for (size_t i = 0; i < WORDS; i++)
        owners += in[i] = has_word(languages_words[i].words, token, n);
    for (size_t i = 0; owners && i < WORDS; i++)
        if (in[i]) {
            m->score[i] += weight / (float)owners;
            m->hits[i] += n > 1;
            m->alone[i] += n > 1 && owners == 1;
        }
}

static void mark_text(struct marks *m, const char *utf8, size_t n)
{
    char token[TOKEN_CAP];
    for (size_t i = 0, len; (len = next_token(utf8, n, &i, token)) > 0;) {
        if (m->tokens == LANGUAGES_TOKENS)
            break;
        m->tokens++;
        if (len + 4 < TOKEN_CAP)
            mark_token(m, token, len);
    }
}

static size_t best_of(const struct marks *m, size_t but)
{
    size_t best = but == 0 ? 1 : 0;
    for (size_t i = 0; i < WORDS; i++)
        if (i != but && m->score[i] > m->score[best])
            best = i;
    return best;
}

void languages_guess(const char *utf8, size_t n, struct languages_guess *out)
{
    struct marks m = {.tokens = 0};
    *out = (struct languages_guess){.share = 0};
    mark_text(&m, utf8, n);
    if (m.tokens == 0)
        return;
    size_t first = best_of(&m, WORDS), second = best_of(&m, first);
    out->share = (float)m.hits[first] / (float)m.tokens;
    bool beside = m.alone[second] >= BESIDE_LEAST && m.score[second] > BESIDE * m.score[first];
    if (m.hits[first] < HITS_LEAST || out->share < SHARE_LEAST)
        return;
    if (!beside && m.score[first] < AHEAD * m.score[second])
        return;
    (void)append(out->languages, languages_words[first].name);
    if (beside)
        (void)append(out->languages, languages_words[second].name);
}

/* ---- advice ---- */

/* Those of a list that are installed, into out; true when one of them is not loaded. */
static bool keep_installed(const struct languages *installed, const char *list, const char *loaded,
                           char out[LANGUAGES_CAP])
{
    char name[LANGUAGES_NAME];
    bool news = false;
    int count = 0;
    out[0] = '\0';
    while (count < LANGUAGES_AT_ONCE && next_name(&list, "+", name) > 0)
        if (languages_have(installed, name) && append(out, name)) {
            news = news || !is_listed(loaded, name);
            count++;
        }
    if (!news)
        out[0] = '\0';
    return news;
}

static bool any_listed(const char *list, const char *loaded)
{
    char name[LANGUAGES_NAME];
    while (next_name(&list, "+", name) > 0)
        if (is_listed(loaded, name))
            return true;
    return false;
}

/* For a page amid others: only where it is surely another language, and both are read from then. */
static bool advise_beside(const struct languages *installed, const struct languages_guess *guess,
                          const struct languages_evidence *e, char out[LANGUAGES_CAP])
{
    char list[2 * LANGUAGES_CAP];
    if (guess->share < SHARE_OTHER || any_listed(guess->languages, e->loaded))
        return false;
    snprintf(list, sizeof list, "%s+%s", e->loaded, guess->languages);
    return keep_installed(installed, list, e->loaded, out);
}

bool languages_advise(const struct languages *installed, const struct languages_evidence *e,
                      char out[LANGUAGES_CAP])
{
    struct languages_guess guess;
    char list[LANGUAGES_CAP];
    out[0] = '\0';
    languages_guess(e->utf8, e->len, &guess);
    if (guess.languages[0] && e->settled)
        return advise_beside(installed, &guess, e, out);
    if (guess.languages[0])
        return keep_installed(installed, guess.languages, e->loaded, out);
    bool foreign = e->script && *e->script && strcmp(e->script, "Latin") != 0 &&
                   e->script_confidence >= SCRIPT_SURE;
    if (!foreign || languages_of_script(installed, e->script, list) == 0 ||
        any_listed(list, e->loaded))
        return false;
    return keep_installed(installed, list, e->loaded, out);
}
