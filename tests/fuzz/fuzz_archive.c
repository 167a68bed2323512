/*
 * An archive of any bytes, and the names in it.
 *
 * Laws: begin, bytes and end come in that order, and never after "no more"; no limit is exceeded;
 * the counts of the report are those of the calls; each name becomes a clean path, one of its own.
 * The first byte chooses the limits and when the sink has had enough.
 */
#include <string.h>

#include "extractd/parser/archive.h"
#include "fuzz.h"
#include "spool/archive_path.h"

enum { ENTRIES = 50, EACH = 20000, TOTAL = 60000, RATIO_FREE = 100000, RATIO = 20 };

struct seen {
    struct archive_paths *used;
    uint64_t now, bytes;
    unsigned entries, taken, steps, stop_at;
    bool open;
};

static bool answer(struct seen *s)
{
    FUZZ_LAW(s->stop_at == 0 || s->steps < s->stop_at);
    return ++s->steps != s->stop_at;
}

static void path_law(struct seen *s, const struct entry_head *head)
{
    char clean[PATH_CAP], path[PATH_CAP];
    enum archive_path is = archive_path_clean(head->path, head->len, head->zip, 1000, clean);
    FUZZ_LAW(is == PATH_CLEAN || is == PATH_NAMELESS);
    if (is == PATH_NAMELESS)
        return;
    FUZZ_LAW(strlen(clean) <= 1000 && archive_path_ok(clean));
    FUZZ_LAW(archive_paths_use(s->used, clean, path) == 0 && archive_path_ok(path));
}

static bool begin(void *user, const struct entry_head *head)
{
    struct seen *s = user;
    FUZZ_LAW(!s->open && strlen(head->path) == head->len && head->size >= -1);
    s->open = true;
    s->now = 0;
    path_law(s, head);
    return answer(s);
}

static bool bytes(void *user, const void *data, size_t n)
{
    struct seen *s = user;
    FUZZ_LAW(s->open && n > 0);
    volatile char touched = ((const char *)data)[0] ^ ((const char *)data)[n - 1];
    (void)touched;
    s->now += n;
    FUZZ_LAW(s->now <= EACH && s->bytes + s->now <= TOTAL);
    return answer(s);
}

static bool end(void *user, enum entryfate fate, const char *message)
{
    struct seen *s = user;
    FUZZ_LAW(s->open && fate < ENTRY_FATES && message);
    FUZZ_LAW(fate != ENTRY_TAKEN || s->now > 0);
    s->open = false;
    s->entries++;
    s->taken += fate == ENTRY_TAKEN;
    s->bytes += fate == ENTRY_TAKEN ? s->now : 0;
    return answer(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const struct entry_limits limits = {ENTRIES, EACH, TOTAL, RATIO, RATIO_FREE};
    struct entry_report r;
    if (n == 0)
        return 0;
    (void)archive_prepare();
    struct seen s = {.used = archive_paths_new(), .stop_at = data[0] < 128 ? 0 : data[0] - 127u};
    const struct entry_sink sink = {begin, bytes, end, &s};
    archive_unpack(data + 1, n - 1, &limits, &sink, &r);
    archive_paths_free(s.used);
    FUZZ_LAW(r.outcome < OUTCOME_COUNT && s.entries <= ENTRIES);
    FUZZ_LAW((r.outcome == OUTCOME_CANCELLED) == (s.stop_at != 0 && s.steps == s.stop_at));
    if (r.outcome == OUTCOME_OK || r.outcome == OUTCOME_PARTIAL)
        FUZZ_LAW(r.taken > 0 && !s.open);
    if (r.outcome != OUTCOME_CANCELLED)
        FUZZ_LAW(r.entries == s.entries && r.taken == s.taken && r.bytes == s.bytes);
    return 0;
}
