/* Settings shown, checked against each other, and the sample file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spool/settings.h"
#include "spool/settings_named.h"
#include "spool/settings_table.h"
#include "spool/settings_webhooks.h"

/* Row i is the table's, then of a lane or tier, then of a webhook. */

bool settings_row(const struct settings *s, size_t i, struct settings_row *row, char *value,
                  size_t cap)
{
    const struct settings_field *f = settings_field(i);
    struct buf text = {0};

    size_t named = named_rows(s), past = i - settings_fields();
    if (!f)
        return past < named ? named_row(s, past, row, value, cap)
                            : webhooks_row(s, past - named, row, value, cap);
    *row = (struct settings_row){.section = f->section,
                                 .key = f->key,
                                 .help = f->help,
                                 .fallback = f->fallback,
                                 .scope = f->scope};
    row->origin = s->origin[i] == ORIGIN_HOST      ? s->host_file
                  : s->origin[i] == ORIGIN_CLUSTER ? "spool.ini"
                                                   : "default";
    settings_field_show(s, f, &text);
    if (cap > 0)
        snprintf(value, cap, "%s", buf_ok(&text) ? text.data : "");
    buf_free(&text);
    return true;
}

void settings_row_bounds(const struct settings *s, size_t i, struct buf *out)
{
    const struct settings_field *f = settings_field(i);
    size_t named = named_rows(s), past = i - settings_fields();

    if (f)
        settings_field_bounds(f, out);
    else if (past < named)
        named_row_bounds(s, past, out);
    else
        webhooks_row_bounds(past - named, out);
}

static void sample_field(struct buf *out, const struct settings_field *f)
{
    buf_fmt(out, "\n# %s\n# (", f->help);
    settings_field_bounds(f, out);
    buf_fmt(out, ")\n#%s = %s\n", f->key, f->fallback);
}

void settings_sample(struct buf *out, enum settings_scope scope)
{
    const struct settings_field *f;
    const char *section = "";

    buf_str(out,
            scope == SETTINGS_CLUSTER
                ? "# Settings of this spool, for all hosts. A host's own file (--config) wins.\n"
                : "# Settings of this host. They win over those in the spool's spool.ini.\n");
    buf_str(out,
            "# Each line that is commented out shows the default. Values with # or ; in them\n"
            "# need quotes. Durations: 500ms 30s 5m 2h 1d. Sizes: 64M, 2G (powers of 1,024).\n");
    for (size_t i = 0; (f = settings_field(i)); i++) {
        if (f->scope == SETTINGS_CLUSTER && scope == SETTINGS_HOST)
            continue;
        if (strcmp(section, f->section) != 0)
            buf_fmt(out, "\n[%s]\n", f->section);
        section = f->section;
        sample_field(out, f);
    }
    named_sample(out, scope);
    webhooks_sample(out);
}

/* ---- what must hold between two settings ---- */

struct relation {
    size_t small, large; /* offsets of two members of the same type: large >= times x small */
    int64_t times;
};

#define RELATION(large_member, factor, small_member)                                               \
    {                                                                                              \
        offsetof(struct settings, small_member), offsetof(struct settings, large_member), factor   \
    }

static const struct relation relations[] = {
    RELATION(self_stop, 2, beat_interval), /* one beat may get lost */
    /* The old holder has stopped, for certain, before another takes its documents. */
    RELATION(lease_timeout, 2, self_stop),
    RELATION(poll_max, 1, poll_min),
    RELATION(retry_delay_max, 1, retry_delay),
    RELATION(retry_longest, 1, retry_first),
    RELATION(document_timeout, 1, stall_timeout),
    RELATION(max_text, 1, max_page_text),
};

static const struct settings_field *at_offset(size_t offset)
{
    const struct settings_field *f;

    for (size_t i = 0; (f = settings_field(i)); i++)
        if (f->offset == offset)
            return f;
    return NULL;
}

/* Durations and sizes alike, which the table's bounds keep below INT64_MAX / 2. */
static int64_t value_at(const struct settings *s, size_t offset)
{
    int64_t v;

    memcpy(&v, (const char *)s + offset, sizeof v);
    return v;
}

/* "is 30s, but must be at least 2 x beat_interval (20s): raise it to 40s, or lower beat_interval to
 * 15s" */
static void explain(const struct settings *s, const struct relation *r, struct buf *why)
{
    const struct settings_field *small = at_offset(r->small), *large = at_offset(r->large);
    int64_t need = r->times * value_at(s, r->small);
    int64_t most = value_at(s, r->large) / r->times;

    buf_str(why, "is ");
    settings_field_show(s, large, why);
    buf_str(why, ", but must be at least ");
    if (r->times > 1)
        buf_fmt(why, "%d x ", (int)r->times);
    buf_fmt(why, "%s (", small->key);
    settings_field_show(s, small, why);
    buf_str(why, "): raise it to ");
    settings_field_show_number(large, need, why);
    buf_fmt(why, ", or lower %s to ", small->key);
    settings_field_show_number(small, most, why);
}

/* A command is this host's: who may write on the share must not run programs here. */
static int check_command(const struct settings *s, settings_report *report, void *arg)
{
    const struct settings_field *f;

    for (size_t i = 0; (f = settings_field(i)); i++) {
        if (f->offset != offsetof(struct settings, on_folder_done) ||
            s->origin[i] != ORIGIN_CLUSTER || !*s->on_folder_done)
            continue;
        report(arg, "settings", 0, f->section, f->key,
               "is a command of one host: it belongs into that host's own file (--config)");
        errno = EINVAL;
        return -1;
    }
    return 0;
}

int settings_check(const struct settings *s, settings_report *report, void *arg)
{
    int rc = webhooks_check(s, report, arg) | named_check(s, report, arg) |
             check_command(s, report, arg);

    for (size_t i = 0; i < sizeof relations / sizeof relations[0]; i++) {
        const struct relation *r = &relations[i];
        struct buf why = {0};
        if (value_at(s, r->large) / r->times >= value_at(s, r->small))
            continue;
        const struct settings_field *large = at_offset(r->large);
        explain(s, r, &why);
        report(arg, "settings", 0, large->section, large->key,
               buf_ok(&why) ? why.data : "contradicts another setting");
        buf_free(&why);
        errno = EINVAL;
        rc = -1;
    }
    return rc;
}
