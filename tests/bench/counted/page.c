/* What spoold does for each document, and for each look at its page. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "spoold/model/model.h"
#include "spoold/model/pick.h"
#include "spoold/scan/line.h"
#include "spoold/scan/tail.h"
#include "tests/bench/counted/counted.h"
#include "tests/unit/factbox.h"

enum { FEW = 1000, MANY = 100000, CHANGES = 50, LINES = 500, ON_PAGE = 100, BOX = 500 };
#define TIME_MS 1790000000000

/* ---- journals ---- */

static int journal = -1;
static struct buf facts;
static struct line line;

/* As extractd writes it. */
static void put_line(struct buf *out, unsigned i)
{
    char as[64], id[24];
    const char *path = as + strlen("done/");
    struct jsonw w;
    snprintf(as, sizeof as, "done/Archive/box-%04u/%06u.pdf", i / BOX, i);
    snprintf(id, sizeof id, "doc-%x", i);
    jsonw_init(&w, out, false);
    jsonw_object(&w, NULL);
    jsonw_time(&w, "time", TIME_MS + i);
    jsonw_str(&w, "event", "done");
    jsonw_name(&w, "path", path, strlen(path));
    jsonw_str(&w, "document", id);
    jsonw_str(&w, "claim", "claim-1");
    jsonw_int(&w, "attempt", 1);
    jsonw_str(&w, "outcome", "ok");
    jsonw_name(&w, "as", as, strlen(as));
    jsonw_int(&w, "size", 34567);
    jsonw_int(&w, "pages", 12);
    jsonw_object(&w, "tiers");
    jsonw_int(&w, "text", 12);
    jsonw_end_object(&w);
    jsonw_int(&w, "ms", 17);
    jsonw_str(&w, "version", "0.1.0");
    jsonw_end_object(&w);
    buf_char(out, '\n');
}

static void prepare_journal(void)
{
    struct buf lines = {0};
    for (unsigned i = 0; i < LINES; i++)
        put_line(&lines, i);
    journal = memfd_create("journal", MFD_CLOEXEC);
    counted_must(journal >= 0 && buf_ok(&lines) &&
                     write(journal, lines.data, lines.len) == (ssize_t)lines.len,
                 "no journal");
    buf_free(&lines);
}

/* As tails_read.c takes one. */
static void take_line(void *arg, uint64_t offset, const char *text, size_t n)
{
    unsigned *told = arg;
    if (!line_read(&line, text, n))
        return;
    struct fact f = {.type = FACT_EVENT, .event = line.event};
    f.event.host = "counted";
    f.event.lease = "aaaaaaaaaaaa";
    f.event.offset = offset;
    f.event.length = n + 1;
    *told += fact_encode(&f, &facts);
}

static void read_journal(void)
{
    struct buf scratch = {0};
    struct tail t = {0};
    int error;
    unsigned told = 0;
    off_t size = lseek(journal, 0, SEEK_END);
    counted_must(tail_meet(&t, journal, 1, 0, &error), "not met");
    while (tail_forward(&t, journal, (uint64_t)size, &scratch, take_line, &told) > 0)
        ;
    counted_must(told == LINES, "lines are missing");
    buf_free(&scratch);
}

/* ---- the model ---- */

static struct model *model;
static unsigned filled; /* documents that it has, and nothing has happened to them since */

static void prepare_facts(void)
{
    buf_clear(&facts);
    prepare_journal();
    read_journal();
    model_free(model);
    model = model_new();
    filled = 0;
    counted_must(model, "no memory");
}

/* What the scanner tells, as spoold takes it. */
static void take_facts(void)
{
    struct fact f;
    size_t used, at = 0;
    for (; at < facts.len; at += used) {
        const uint8_t *bytes = (const uint8_t *)facts.data + at;
        counted_must(fact_decode(bytes, facts.len - at, &f, &used) == FACT_WHOLE &&
                         model_take(model, &f, 1) == 0,
                     "a fact is lost");
    }
    counted_must(model_publish(model, 1) == 0, "no memory");
}

/* Document i is done, or was found failed. */
static void tell(unsigned i, unsigned offset, int64_t time_ms)
{
    char path[64], id[24];
    snprintf(path, sizeof path, "Archive/box-%04u/%06u.pdf", i / BOX, i);
    snprintf(id, sizeof id, "doc-%x", i);
    struct fact f = i % 40 == 0 ? an_event(EVENT_FAILED, OUTCOME_CRASHED, path, id)
                                : an_event(EVENT_DONE, OUTCOME_OK, path, id);
    f.event.offset = offset;
    f.event.time_ms = time_ms;
    f.event.pages = i % 50;
    f.event.size = 1000 + i * 7919u % 100000;
    counted_must(model_take(model, &f, 1) == 0, "no memory");
}

static void fill(unsigned count)
{
    if (filled == count)
        return;
    model_free(model);
    model = model_new();
    counted_must(model, "no memory");
    for (unsigned i = 0; i < count; i++)
        tell(i, i * 10, TIME_MS + i);
    counted_must(model_publish(model, 1) == 0, "no memory");
    filled = count;
}

static void prepare_few(void)
{
    fill(FEW);
}

static void prepare_many(void)
{
    fill(MANY);
}

/* A document here and there, and a snapshot for each, while somebody holds the last one. */
static void update(unsigned count)
{
    filled = 0;
    for (unsigned i = 0; i < CHANGES; i++) {
        const struct snapshot *held = model_hold(model);
        tell(i * 7919u % count, (count + i) * 10, TIME_MS + MANY + i);
        counted_must(model_publish(model, 1) == 0, "no memory");
        snapshot_drop(held);
    }
}

static void update_few(void)
{
    update(FEW);
}

static void update_many(void)
{
    update(MANY);
}

/* ---- lists ---- */

static struct doc_row rows[ON_PAGE];

static void list(enum pick_by by, bool down, unsigned states)
{
    const struct snapshot *s = model_hold(model);
    struct search want = SEARCH_ANY;
    want.states = states;
    struct pick p = {.want = &want, .by = by, .down = down, .limit = ON_PAGE, .rows = rows};
    counted_must(pick_run(&p, s) && p.n == ON_PAGE, "a page is not full");
    snapshot_drop(s);
}

static void lists(void)
{
    list(PICK_CHANGED, true, 0);
    list(PICK_PATH, false, 0);
    list(PICK_SIZE, true, 0);
    list(PICK_CHANGED, true, 1u << DOC_FAILED);
}

static void find_words(void)
{
    const struct snapshot *s = model_hold(model);
    struct search want = SEARCH_ANY;
    want.text = "099999.PDF";
    struct pick p = {.want = &want, .limit = ON_PAGE, .rows = rows};
    counted_must(pick_run(&p, s) && p.n == 1, "it is not found");
    snapshot_drop(s);
}

const struct counted counted_page[] = {
    {"journal", prepare_journal, read_journal},
    {"facts", prepare_facts, take_facts},
    {"update-1000", prepare_few, update_few},
    {"lists-100000", prepare_many, lists},
    {"words-100000", prepare_many, find_words},
    {"update-100000", prepare_many, update_many},
    {0},
};
