/*
 * Any bytes as spool.ini, and as a host's --config file.
 *
 * Laws: settings or an error that names the file; what was accepted is in its bounds, and written
 * out as spoolctl config shows it, it is read as the same settings again.
 */
#include <string.h>

#include "base/buf.h"
#include "fuzz.h"
#include "spool/settings.h"

struct told {
    unsigned problems, nameless;
};

static void note(void *arg, const char *file, int line, const char *section, const char *key,
                 const char *what)
{
    struct told *t = arg;
    t->problems++;
    t->nameless += !*file || line < 0 || !*what || !section || !key;
}

static void write_all(const struct settings *s, enum settings_scope scope, struct buf *out)
{
    const char *section = "";
    struct settings_row row;
    char value[600];
    for (size_t i = 0; settings_row(s, i, &row, value, sizeof value); i++) {
        if (scope == SETTINGS_HOST && row.scope == SETTINGS_CLUSTER)
            continue;
        if (strcmp(section, row.section) != 0)
            buf_fmt(out, "[%s]\n", row.section);
        section = row.section;
        buf_fmt(out, "%s = %s\n", row.key, value);
    }
}

static void round_trip(const struct settings *s, enum settings_scope scope)
{
    struct buf out = {0}, again = {0};
    struct settings fresh;
    struct told told = {0};
    settings_defaults(&fresh);
    write_all(s, scope, &out);
    memfile_serve((const uint8_t *)out.data, out.len, 0);
    int bad = settings_load(&fresh, "spool.ini", scope, settings_report_stderr, &told);
    if (bad)
        fprintf(stderr, "%s\n", out.data);
    FUZZ_LAW(bad == 0);
    write_all(&fresh, scope, &again);
    FUZZ_LAW(again.len == out.len && memcmp(again.data, out.data, out.len) == 0);
    buf_free(&out);
    buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct settings s, before;
    struct told told = {0};
    if (n == 0)
        return 0;
    enum settings_scope scope = *data % 2 ? SETTINGS_HOST : SETTINGS_CLUSTER;
    settings_defaults(&s);
    before = s;
    memfile_serve(data + 1, n - 1, *data / 2);
    int bad = settings_load(&s, "spool.ini", scope, note, &told);
    FUZZ_LAW(memfile_closed() && told.nameless == 0);
    FUZZ_LAW(bad ? told.problems > 0 : told.problems == 0);
    if (bad) {
        FUZZ_LAW(memcmp(&s, &before, sizeof s) == 0);
        return 0;
    }
    (void)settings_check(&s, note, &told);
    FUZZ_LAW(told.nameless == 0);
    round_trip(&s, scope);
    return 0;
}
