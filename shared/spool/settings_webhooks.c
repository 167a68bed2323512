#include "spool/settings_webhooks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spool/settings_table.h"

static const char *const formats[] = {"generic", "slack", "discord", NULL};

static bool set_url(struct webhook_settings *h, const char *value, struct buf *why);
static bool set_format(struct webhook_settings *h, const char *value, struct buf *why);
static bool set_events(struct webhook_settings *h, const char *value, struct buf *why);
static bool set_secret_file(struct webhook_settings *h, const char *value, struct buf *why);

static const struct key {
    const char *name, *fallback, *bounds, *help;
    bool (*set)(struct webhook_settings *h, const char *value, struct buf *why);
} keys[WEBHOOK_KEYS] = {
    {"url", "\"\"", "https://... or http://...",
     "where messages are sent; whoever knows it can send there, too", set_url},
    {"format", "generic", "generic, slack or discord",
     "generic: JSON, signed as Standard Webhooks are; slack, discord: as these take it",
     set_format},
    {"events", "all", "all, or names parted by commas", "what it is told of", set_events},
    {"secret_file", "\"\"", "an absolute path, or \"\"",
     "local file with the secret that generic messages are signed with; empty: they are not",
     set_secret_file},
};

/* ---- values ---- */

static bool fits(const char *value, size_t cap, struct buf *why)
{
    if (strlen(value) < cap)
        return true;
    buf_fmt(why, "is too long: at most %zu bytes", cap - 1);
    return false;
}

/* Nothing of the value is said: it may be a secret. */
static bool set_url(struct webhook_settings *h, const char *value, struct buf *why)
{
    const char *rest = strncmp(value, "https://", 8) == 0  ? value + 8
                       : strncmp(value, "http://", 7) == 0 ? value + 7
                                                           : "";
    if (!fits(value, sizeof h->url, why))
        return false;
    for (const char *c = value; *c; c++)
        if (*c <= ' ' || *c > '~')
            rest = "";
    if (!*rest || *rest == '/' || *rest == ':') {
        buf_str(why, "is no address: write https://HOST/..., in visible ASCII characters");
        return false;
    }
    memcpy(h->url, value, strlen(value) + 1);
    return true;
}

static bool set_format(struct webhook_settings *h, const char *value, struct buf *why)
{
    for (int i = 0; formats[i]; i++)
        if (strcmp(formats[i], value) == 0) {
            h->format = i;
            return true;
        }
    buf_fmt(why, "\"%s\" is none of generic, slack or discord", value);
    return false;
}

static void list_events(struct buf *why)
{
    for (int i = 0; i < ALERT_KINDS; i++)
        buf_fmt(why, ", %s", alertkind_name((enum alert_kind)i));
}

static bool read_events(const char *value, uint32_t *kinds, struct buf *why)
{
    *kinds = 0;
    for (const char *at = value, *end;; at = end + 1) {
        at += strspn(at, " ");
        end = at + strcspn(at, ",");
        size_t n = (size_t)(end - at);
        while (n > 0 && at[n - 1] == ' ')
            n--;
        enum alert_kind kind = alertkind_of(at, n);
        if (n == 3 && memcmp(at, "all", 3) == 0) {
            *kinds |= (1u << ALERT_KINDS) - 1;
        } else if (kind < ALERT_KINDS) {
            *kinds |= 1u << kind;
        } else {
            buf_fmt(why, "\"%.*s\" is no event; there are all", (int)n, at);
            list_events(why);
            return false;
        }
        if (!*end)
            return true;
    }
}

static bool set_events(struct webhook_settings *h, const char *value, struct buf *why)
{
    uint32_t kinds;
    if (!fits(value, sizeof h->events, why) || !read_events(value, &kinds, why))
        return false;
    memcpy(h->events, value, strlen(value) + 1);
    h->kinds = kinds;
    return true;
}

static bool set_secret_file(struct webhook_settings *h, const char *value, struct buf *why)
{
    if (!fits(value, sizeof h->secret_file, why))
        return false;
    if (*value && *value != '/') {
        buf_fmt(why, "\"%s\" is no absolute path", value);
        return false;
    }
    memcpy(h->secret_file, value, strlen(value) + 1);
    return true;
}

/* ---- sections ---- */

/* The one of that section; a new one where there is none. NULL: appended to why. */
static struct webhook_settings *of(struct settings *s, const char *section, struct buf *why)
{
    for (size_t i = 0; i < s->n_webhooks; i++)
        if (strcmp(s->webhooks[i].section, section) == 0)
            return &s->webhooks[i];
    const char *name = section + strlen("webhook:");
    if (strlen(name) >= WEBHOOK_NAME || strchr(name, '.'))
        buf_fmt(why, "the name of a webhook has letters, digits, _ and -, at most %d",
                WEBHOOK_NAME - 1);
    else if (strcmp(name, "on_folder_done") == 0)
        buf_str(why, "this name stands for the command of that name: take another");
    else if (s->n_webhooks == WEBHOOKS)
        buf_fmt(why, "there are more than %d webhooks", WEBHOOKS);
    else {
        struct webhook_settings *h = &s->webhooks[s->n_webhooks++];
        memset(h, 0, sizeof *h);
        snprintf(h->section, sizeof h->section, "%s", section);
        set_events(h, "all", why);
        return h;
    }
    return NULL;
}

bool webhooks_set(struct settings *s, const char *section, const char *key, const char *value,
                  unsigned char origin, struct buf *why)
{
    struct webhook_settings *h = of(s, section, why);
    if (!h)
        return false;
    for (size_t i = 0; i < WEBHOOK_KEYS; i++) {
        if (strcmp(keys[i].name, key) != 0)
            continue;
        if (!keys[i].set(h, value, why))
            return false;
        h->origin[i] = origin;
        return true;
    }
    buf_str(why, "there is no such key; a webhook has url, format, events, secret_file");
    return false;
}

int webhooks_check(const struct settings *s, settings_report *report, void *arg)
{
    int rc = 0;
    for (size_t i = 0; i < s->n_webhooks; i++) {
        const struct webhook_settings *h = &s->webhooks[i];
        if (*h->url && (h->format == WEBHOOK_GENERIC || !*h->secret_file))
            continue;
        if (*h->url)
            report(arg, "settings", 0, h->section, "secret_file",
                   "only generic messages are signed: leave it out");
        else
            report(arg, "settings", 0, h->section, "url", "is missing");
        errno = EINVAL;
        rc = -1;
    }
    return rc;
}

/* ---- shown ---- */

static const char *value_of(const struct webhook_settings *h, size_t key)
{
    const char *const values[WEBHOOK_KEYS] = {*h->url ? "(set)" : "", formats[h->format], h->events,
                                              h->secret_file};
    return *values[key] ? values[key] : "\"\"";
}

bool webhooks_row(const struct settings *s, size_t i, struct settings_row *row, char *value,
                  size_t cap)
{
    if (i / WEBHOOK_KEYS >= s->n_webhooks)
        return false;
    const struct webhook_settings *h = &s->webhooks[i / WEBHOOK_KEYS];
    const struct key *k = &keys[i % WEBHOOK_KEYS];
    unsigned char origin = h->origin[i % WEBHOOK_KEYS];
    *row = (struct settings_row){.section = h->section,
                                 .key = k->name,
                                 .help = k->help,
                                 .fallback = k->fallback,
                                 .origin = origin == ORIGIN_HOST      ? s->host_file
                                           : origin == ORIGIN_CLUSTER ? "spool.ini"
                                                                      : "default",
                                 .scope = SETTINGS_HOST,
                                 .secret = i % WEBHOOK_KEYS == 0};
    if (cap > 0)
        snprintf(value, cap, "%s", value_of(h, i % WEBHOOK_KEYS));
    return true;
}

void webhooks_row_bounds(size_t i, struct buf *out)
{
    if (i / WEBHOOK_KEYS < WEBHOOKS)
        buf_str(out, keys[i % WEBHOOK_KEYS].bounds);
}

void webhooks_sample(struct buf *out)
{
    buf_fmt(
        out,
        "\n# Who is told of alerts: a section for each, at most %d. They are spoold's; what is\n"
        "# in spool.ini can be read by all who can read the spool.\n"
        "# [webhook:ops]\n",
        WEBHOOKS);
    for (size_t i = 0; i < WEBHOOK_KEYS; i++)
        buf_fmt(out, "# %s (%s)\n# %s = %s\n", keys[i].help, keys[i].bounds, keys[i].name,
                i == 0 ? "https://example.org/hook" : keys[i].fallback);
    buf_str(out, "# events:");
    for (int i = 0; i < ALERT_KINDS; i++)
        buf_fmt(out, "%s %s", i ? "," : "", alertkind_name((enum alert_kind)i));
    buf_char(out, '\n');
}
