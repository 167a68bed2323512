#include "spool/hoststatus.h"

#include <stdio.h>
#include <string.h>

#include "base/jsonr.h"
#include "base/utf8.h"

/* The counters, by their names in JSON: writing and reading go through one table. */
static const struct counter {
    const char *key;
    size_t offset;
    bool shown; /* on the page, and by `spoolctl hosts` */
} counters[] = {
    {"done", offsetof(struct host_status, done), true},
    {"failed", offsetof(struct host_status, failed), true},
    {"reused", offsetof(struct host_status, reused), false},
    {"retried", offsetof(struct host_status, retried), true},
    {"unspent", offsetof(struct host_status, unspent), true},
    {"pages", offsetof(struct host_status, pages), true},
    {"bytes", offsetof(struct host_status, bytes), true},
    {"claims_tried", offsetof(struct host_status, claims_tried), true},
    {"claims_won", offsetof(struct host_status, claims_won), true},
    {"ignored_names", offsetof(struct host_status, ignored_names), false},
    {"ignored_links", offsetof(struct host_status, ignored_links), false},
    {"ignored_special", offsetof(struct host_status, ignored_special), false},
    {"ignored_empty", offsetof(struct host_status, ignored_empty), false},
    {"unsettled", offsetof(struct host_status, unsettled), false},
    {"unreadable", offsetof(struct host_status, unreadable), false},
    {"parser_kills", offsetof(struct host_status, parser_kills), true},
    {"restarts", offsetof(struct host_status, restarts), true},
};
enum { COUNTERS = sizeof counters / sizeof *counters };

/* The loads: what is outside of these bounds cannot be, and is not known. */
static const struct figure {
    const char *key;
    size_t offset;
    int64_t least, most;
} figures[] = {
    {"cpu_permille", offsetof(struct host_load, cpu_permille), 0, 1000},
    {"own_cpu_permille", offsetof(struct host_load, own_cpu_permille), 0, 1000},
    {"load_hundredths", offsetof(struct host_load, load_hundredths), 0, 10000000},
    {"memory_total", offsetof(struct host_load, memory_total), 0, INT64_C(1) << 52},
    {"memory_available", offsetof(struct host_load, memory_available), 0, INT64_C(1) << 52},
    {"own_memory", offsetof(struct host_load, own_memory), 0, INT64_C(1) << 52},
    {"temperature_millidegrees", offsetof(struct host_load, temperature_millidegrees), -60000,
     200000},
};
enum { FIGURES = sizeof figures / sizeof *figures };

static const struct text {
    const char *key;
    size_t offset, cap;
} texts[] = {
#define TEXT(member)                                                                               \
    {                                                                                              \
#member, offsetof(struct host_status, member), sizeof(((struct host_status *)0)->member)   \
    }
    TEXT(host), TEXT(lease), TEXT(version), TEXT(sandbox), TEXT(state), TEXT(reason), TEXT(wake),
#undef TEXT
};
enum { TEXTS = sizeof texts / sizeof *texts };

static uint32_t slots_shown(const struct host_status *h)
{
    return h->shown_slots < STATUS_SLOTS ? h->shown_slots : STATUS_SLOTS;
}

void hoststatus_no_load(struct host_load *l)
{
    const int64_t unknown = STATUS_UNKNOWN;
    for (size_t i = 0; i < FIGURES; i++)
        memcpy((char *)l + figures[i].offset, &unknown, sizeof unknown);
}

static void write_load(struct jsonw *w, const struct host_load *l)
{
    int64_t v;
    jsonw_object(w, "load");
    for (size_t i = 0; i < FIGURES; i++) {
        memcpy(&v, (const char *)l + figures[i].offset, sizeof v);
        if (v != STATUS_UNKNOWN)
            jsonw_int(w, figures[i].key, v);
    }
    jsonw_end_object(w);
}

static void read_load(struct host_load *l, const struct jsonr *j)
{
    for (size_t i = 0; i < FIGURES; i++) {
        int64_t v = jsonr_int(j, figures[i].key, STATUS_UNKNOWN);
        if (v < figures[i].least || v > figures[i].most)
            v = STATUS_UNKNOWN;
        memcpy((char *)l + figures[i].offset, &v, sizeof v);
    }
}

size_t hoststatus_language(const char **at, const char **name)
{
    size_t n = strcspn(*at, " ");
    *name = *at;
    *at += n + ((*at)[n] == ' ');
    return n;
}

/* As tesseract calls its models: "deu", "chi_sim", "script/Latin". */
static bool language_ok(const char *s)
{
    size_t n = s ? strlen(s) : 0;
    return n > 0 && n < STATUS_LANGUAGE &&
           strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/") == n;
}

void hoststatus_write_languages(struct jsonw *w, const struct host_status *h)
{
    const char *at = h->languages, *name;
    jsonw_array(w, "languages");
    for (size_t n; (n = hoststatus_language(&at, &name));)
        jsonw_strn(w, NULL, name, n);
    jsonw_end_array(w);
}

static void read_languages(struct host_status *h, const struct jsonr *root)
{
    const struct jsonr *list = jsonr_get(root, "languages");
    size_t count = jsonr_count(list), used = 0;
    if (!list)
        return; /* an older version */
    h->ocr = jsonr_bool(root, "ocr", false) ? STATUS_OCR_YES : STATUS_OCR_NO;
    for (size_t i = 0; i < count; i++) {
        const char *name = jsonr_text(jsonr_at(list, i));
        if (!language_ok(name))
            continue;
        size_t n = strlen(name);
        if (used + n + 2 > sizeof h->languages)
            break;
        memcpy(h->languages + used, name, n);
        h->languages[used + n] = ' ';
        used += n + 1;
    }
}

void hoststatus_write_slot(struct jsonw *w, const struct slot_status *s)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "stage", s->stage);
    jsonw_name(w, "path", s->path, strlen(s->path));
    jsonw_str(w, "document", s->document);
    if (s->need[0])
        jsonw_str(w, "need", s->need);
    if (s->size)
        jsonw_uint(w, "size", s->size);
    jsonw_uint(w, "attempt", s->attempt);
    jsonw_uint(w, "page", s->page);
    jsonw_uint(w, "pages", s->pages);
    jsonw_int(w, "running_ms", s->running_ms);
    jsonw_int(w, "progress_ms", s->progress_ms);
    jsonw_end_object(w);
}

static void write_counts(struct jsonw *w, const struct host_status *h, bool shown_alone)
{
    uint64_t v;
    for (size_t i = 0; i < COUNTERS; i++) {
        memcpy(&v, (const char *)h + counters[i].offset, sizeof v);
        if (counters[i].shown || !shown_alone)
            jsonw_uint(w, counters[i].key, v);
    }
}

void hoststatus_write_counts(struct jsonw *w, const struct host_status *h)
{
    write_counts(w, h, true);
}

void hoststatus_write(const struct host_status *h, struct buf *out)
{
    struct jsonw w;
    const char *base = (const char *)h;
    jsonw_init(&w, out, false);
    jsonw_object(&w, NULL);
    for (size_t i = 0; i < TEXTS; i++)
        jsonw_str(&w, texts[i].key, base + texts[i].offset);
    jsonw_int(&w, "pid", h->pid);
    jsonw_int(&w, "written_ms", h->written_ms);
    jsonw_int(&w, "uptime_ms", h->uptime_ms);
    if (h->protocol)
        jsonw_uint(&w, "protocol", h->protocol);
    jsonw_uint(&w, "cores", h->cores);
    jsonw_uint(&w, "n_slots", h->n_slots);
    jsonw_uint(&w, "active_slots", h->active_slots);
    jsonw_str(&w, "slots_why", h->slots_why);
    write_counts(&w, h, false);
    if (h->ocr != STATUS_OCR_UNKNOWN) {
        jsonw_bool(&w, "ocr", h->ocr == STATUS_OCR_YES);
        hoststatus_write_languages(&w, h);
    }
    write_load(&w, &h->load);
    jsonw_array(&w, "slots");
    for (uint32_t i = 0; i < slots_shown(h); i++)
        hoststatus_write_slot(&w, &h->slots[i]);
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_char(out, '\n');
}

/* Copy what fits, and never cut a character in two. */
static void take_text(char *dst, size_t cap, const char *src)
{
    size_t o = 0, n = strlen(src), len;
    for (size_t i = 0; i < n; i += len) {
        len = utf8_seq(src + i, n - i);
        if (len == 0 || o + len >= cap)
            break;
        memcpy(dst + o, src + i, len);
        o += len;
    }
    dst[o] = 0;
}

static int64_t at_least_0(const struct jsonr *j, const char *key)
{
    int64_t v = jsonr_int(j, key, 0);
    return v < 0 ? 0 : v;
}

static uint32_t take_u32(const struct jsonr *j, const char *key)
{
    int64_t v = at_least_0(j, key);
    return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

static void read_slot(struct slot_status *s, const struct jsonr *j)
{
    struct buf path = {0};
    const char *shown = jsonr_str(j, "path", "");
    take_text(s->stage, sizeof s->stage, jsonr_str(j, "stage", ""));
    take_text(s->document, sizeof s->document, jsonr_str(j, "document", ""));
    if (utf8_unshow_name(&path, shown, strlen(shown)) && buf_ok(&path) && path.len > 0 &&
        path.len < sizeof s->path && !memchr(path.data, 0, path.len))
        memcpy(s->path, path.data, path.len + 1);
    buf_free(&path);
    const char *need = jsonr_str(j, "need", "");
    if (strcmp(need, NEED_TEXT) == 0 || strcmp(need, NEED_OCR) == 0)
        take_text(s->need, sizeof s->need, need);
    s->size = (uint64_t)at_least_0(j, "size");
    s->attempt = take_u32(j, "attempt");
    s->page = take_u32(j, "page");
    s->pages = take_u32(j, "pages");
    s->running_ms = at_least_0(j, "running_ms");
    s->progress_ms = at_least_0(j, "progress_ms");
}

int hoststatus_read(struct host_status *h, const char *json, size_t n)
{
    struct jsonr *root = jsonr_parse(json, n, NULL, 0);
    char *base = (char *)h;
    if (!root || !jsonr_str(root, "host", NULL) || !jsonr_str(root, "lease", NULL)) {
        jsonr_free(root);
        return -1;
    }
    memset(h, 0, sizeof *h);
    for (size_t i = 0; i < TEXTS; i++)
        take_text(base + texts[i].offset, texts[i].cap, jsonr_str(root, texts[i].key, ""));
    h->pid = at_least_0(root, "pid");
    h->written_ms = at_least_0(root, "written_ms");
    h->uptime_ms = at_least_0(root, "uptime_ms");
    h->protocol = take_u32(root, "protocol");
    h->cores = take_u32(root, "cores");
    h->n_slots = take_u32(root, "n_slots");
    h->active_slots = jsonr_get(root, "active_slots") ? take_u32(root, "active_slots") : h->n_slots;
    take_text(h->slots_why, sizeof h->slots_why, jsonr_str(root, "slots_why", ""));
    for (size_t i = 0; i < COUNTERS; i++) {
        uint64_t v = (uint64_t)at_least_0(root, counters[i].key);
        memcpy(base + counters[i].offset, &v, sizeof v);
    }
    read_languages(h, root);
    read_load(&h->load, jsonr_get(root, "load"));
    const struct jsonr *slots = jsonr_get(root, "slots");
    size_t count = jsonr_count(slots);
    h->shown_slots = count < STATUS_SLOTS ? (uint32_t)count : STATUS_SLOTS;
    for (uint32_t i = 0; i < h->shown_slots; i++)
        read_slot(&h->slots[i], jsonr_at(slots, i));
    jsonr_free(root);
    return 0;
}
