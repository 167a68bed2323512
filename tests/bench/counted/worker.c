/* What a worker does beside parsing: whose turn it is, names of pending/, frames, x.json, copies. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/jsonr.h"
#include "extractd/accept.h"
#include "extractd/fair.h"
#include "extractd/frame.h"
#include "extractd/report.h"
#include "spool/dupindex.h"
#include "spool/scan.h"
#include "tests/bench/counted/counted.h"

enum {
    TURNS = 10000,
    IN_TURN = 12,
    NAMES = 2000,
    AT_ONCE = 64,
    TOKENS = 500,
    PAGES = 200,
    PIECE = 1000,
    CONTENTS = 5000
};

/* ---- whose turn it is ---- */

static struct fair_lane lanes[IN_TURN];

static void prepare_turns(void)
{
    for (unsigned i = 0; i < IN_TURN; i++)
        lanes[i] = (struct fair_lane){.priority = i % 3, .weight = 1 + i, .wants = i % 5 != 0};
}

static void turns(void)
{
    unsigned got = 0;
    for (int n = 0; n < TURNS; n++) {
        int i = fair_pick(lanes, IN_TURN);
        if (i == FAIR_NONE)
            continue;
        lanes[i].used_ms += 5 + n % 40;
        got++;
    }
    counted_must(got == TURNS, "some turn is nobody's");
}

/* ---- names of pending/ ---- */

static struct spool spool;

static char folder_of_names[] = "/tmp/pdfspool-counted.XXXXXX";

static void name_of(int i, char name[NAME_CAP])
{
    snprintf(name, NAME_CAP, "Invoice of the harbour %05d.pdf", i);
}

static void remove_names(void)
{
    char name[NAME_CAP];
    for (int i = 0; i < NAMES; i++) {
        name_of(i, name);
        unlinkat(spool.pending, name, 0);
    }
    if (rmdir(folder_of_names) != 0)
        perror(folder_of_names);
}

static void prepare_walk(void)
{
    const char *folder = folder_of_names;
    char name[NAME_CAP];
    counted_must(mkdtemp(folder_of_names), folder);
    spool.pending = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    counted_must(spool.pending >= 0, folder);
    snprintf(spool.host, sizeof spool.host, "counted");
    counted_must(atexit(remove_names) == 0, folder);
    for (int i = 0; i < NAMES; i++) {
        name_of(i, name);
        int fd = openat(spool.pending, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        counted_must(fd >= 0, name);
        close(fd);
    }
}

static void walk(void)
{
    static struct scan_name names[AT_ONCE];
    struct scan *w = scan_new(&spool);
    unsigned n, all = 0;
    const char *path;
    int folder;
    counted_must(w, "no memory");
    while ((n = scan_next(w, names, AT_ONCE, &folder, &path)) > 0)
        all += n;
    counted_must(all == NAMES, "names are missing");
    scan_free(w);
}

/* ---- tokens ---- */

static void no_more(void)
{
}

static void tokens(void)
{
    char path[PATH_CAP], name[NAME_CAP], again[PATH_CAP];
    struct token t = {.attempt = 1, .document = "abcdef-12", .claim = "ghijkl-34"}, read;
    for (int i = 0; i < TOKENS; i++) {
        snprintf(path, sizeof path, "Archiv/M\xc3\xbcller & S\xc3\xb6hne/100%%/%06d.pdf", i);
        token_set_path(&t, path);
        token_name(&t, name);
        counted_must(token_parse(name, &read) == 0 && token_path(&read, again) == 0 &&
                         strcmp(path, again) == 0,
                     name);
    }
}

/* ---- frames ---- */

static const struct parse_limits limits = {
    .max_pages = 2 * PAGES, .max_page_text = 1u << 20, .max_text = 64u << 20};
static struct parse_result result;
static struct buf stream;

static void put(uint8_t type, uint32_t page, const void *payload, size_t n)
{
    uint8_t header[FRAME_HEADER];
    frame_header(header, type, page, (uint32_t)n);
    buf_add(&stream, header, sizeof header);
    buf_add(&stream, payload, n);
}

static void put_page(uint32_t i)
{
    static const char words[] = "The harbour master na\xc3\xafvely weighs \xe2\x82\xac 17. ";
    char text[PIECE];
    size_t n = 0;
    uint32_t chars = 0;
    for (; n + sizeof words - 1 <= sizeof text; n += sizeof words - 1, chars += sizeof words - 4)
        memcpy(text + n, words, sizeof words - 1);
    struct wire_page p = {TIER_TEXT, 0, chars, 800 + i, 0, WIRE_UNKNOWN, 990, 0};
    put(FRAME_TEXT, i, text, n);
    put(FRAME_PAGE, i, &p, sizeof p);
}

static void prepare_frames(void)
{
    static const uint8_t flags = 0;
    buf_clear(&stream);
    parse_result_clear(&result);
    put(FRAME_CAGED, 0, "full", 4);
    put(FRAME_BEGIN, 0, NULL, 0);
    put(FRAME_PAGES, PAGES, &flags, 1);
    put(FRAME_META, 0, "Title\0Of the harbour", 20);
    for (uint32_t i = 0; i < PAGES; i++)
        put_page(i);
    put(FRAME_END, OUTCOME_OK, NULL, 0);
    counted_must(buf_ok(&stream), "no memory");
}

static void frames(void)
{
    const struct page_order order = {0};
    struct accept a = {0};
    enum accept_verdict v = ACCEPT_MORE;
    const char *why = "";
    struct frame f;
    size_t used;
    accept_begin(&a, &result, &limits, &order);
    for (size_t at = 0; at < stream.len && v == ACCEPT_MORE; at += used) {
        const uint8_t *bytes = (const uint8_t *)stream.data + at;
        counted_must(frame_decode(bytes, stream.len - at, &f, &used) == FRAME_WHOLE, "no frame");
        v = accept_frame(&a, &f, &why);
    }
    counted_must(v == ACCEPT_END && result.n_pages == PAGES, why);
}

/* ---- x.json ---- */

static struct buf json;
static char sha256[SHA256_HEX];

static void prepare_record(void)
{
    prepare_frames();
    frames();
    parse_result_conclude(&result);
    counted_must(parse_result_assemble(&result), "no memory");
    sha256_hex("counted", 7, sha256);
}

static void record(void)
{
    static const struct token token = {.attempt = 1, .document = "doc-1", .claim = "doc-2"};
    const struct report r = {.path = "Archiv/M\xc3\xbcller/100.pdf",
                             .host = "counted",
                             .lease = "aaaaaaaaaaaa",
                             .sandbox = "full",
                             .token = &token,
                             .outcome = result.outcome,
                             .message = "",
                             .sha256 = sha256,
                             .size = 123456,
                             .mtime_ms = 1780000000000,
                             .began_ms = 1790000000000,
                             .ended_ms = 1790000000100,
                             .folder = "",
                             .attachments_lost = "",
                             .parsed = &result};
    buf_clear(&json);
    report_write(&r, &json);
    counted_must(buf_ok(&json) && json.len > PAGES * 10, "no memory");
}

static void prepare_read(void)
{
    prepare_record();
    record();
}

static void read_record(void)
{
    char err[200] = "";
    struct jsonr *j = jsonr_parse(json.data, json.len, err, sizeof err);
    counted_must(jsonr_count(jsonr_get(j, "pages")) == PAGES, err);
    jsonr_free(j);
}

/* ---- copies ---- */

static struct dupindex *index_of;
static char hashes[2 * CONTENTS][SHA256_HEX];

static void prepare_copies(void)
{
    index_of = dupindex_new();
    counted_must(index_of && dupindex_journal(index_of, "counted", "aaaaaaaaaaaa") == 0,
                 "no index");
    for (int i = 0; i < 2 * CONTENTS; i++)
        sha256_hex(&i, sizeof i, hashes[i]);
}

/* Half of those that are asked for are there. */
static void copies(void)
{
    struct dup_place p[4];
    unsigned found = 0;
    for (unsigned i = 0; i < CONTENTS; i++)
        counted_must(dupindex_add(index_of, hashes[i], 0, i * 400), "not entered");
    for (int i = 0; i < 2 * CONTENTS; i++)
        found += dupindex_find(index_of, hashes[i], p, 4);
    counted_must(found == CONTENTS, "not found");
}

const struct counted counted_worker[] = {
    {"turns", prepare_turns, turns},    {"walk", prepare_walk, walk},
    {"tokens", no_more, tokens},        {"frames", prepare_frames, frames},
    {"record", prepare_record, record}, {"record-read", prepare_read, read_record},
    {"copies", prepare_copies, copies}, {0},
};
