#include "tests/gen/bulk.h"

#include "tests/gen/doc.h"
#include "tests/gen/genfile.h"
#include "tests/gen/genrnd.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

enum { LINES = 12, LINE_WORDS = 10 };

static const char *const lexicon[] = {
    "anchor", "barrel", "canvas", "deck",    "ebb",     "ferry",  "gale",   "harbour",
    "inlet",  "jetty",  "keel",   "lantern", "mast",    "north",  "oar",    "pier",
    "quay",   "rope",   "sail",   "tide",    "umber",   "vessel", "wharf",  "yacht",
    "zephyr", "beacon", "cargo",  "dock",    "estuary", "fathom", "galley", "hull",
};

/* A line of words by chance, into content. */
static void random_line(struct buf *content, struct genrnd *rnd, struct buf *line, int y)
{
    buf_clear(line);
    for (int i = 0; i < LINE_WORDS; i++)
        buf_fmt(line, "%s ", lexicon[genrnd_next(rnd) % (sizeof lexicon / sizeof lexicon[0])]);
    if (buf_ok(line))
        doc_text(content, 72, y, 11, line->data);
}

static void one_page(struct doc *d, struct genrnd *rnd, const char *heading)
{
    struct buf content = {0}, line = {0};

    doc_text(&content, 72, 720, 11, heading);
    for (int i = 0; i < LINES; i++)
        random_line(&content, rnd, &line, 690 - 15 * i);
    content.failed |= line.failed;
    doc_page(d, &content, "", "");
    buf_free(&content);
    buf_free(&line);
}

static void one_document(struct buf *out, unsigned long number, const struct genopt *opt)
{
    /* the number goes through the generator once, so that neighbours have nothing in common */
    struct genrnd mix = genrnd_of(opt->seed ^ (uint64_t)number << 32);
    struct genrnd rnd = genrnd_of(genrnd_next(&mix));
    uint64_t token = genrnd_next(&rnd);
    unsigned pages = opt->pages ? opt->pages : 1;
    char heading[96];
    struct doc d;

    doc_begin(&d, out);
    for (unsigned page = 1; page <= pages; page++) {
        (void)snprintf(heading, sizeof heading, "document %06lu page %u token %016" PRIx64, number,
                       page, token);
        one_page(&d, &rnd, heading);
    }
    doc_pad(&d, genrnd_next(&rnd), opt->size);
    doc_end(&d);
}

int bulk_write(const char *dir, unsigned long count, const struct genopt *opt)
{
    struct buf out = {0};
    char path[PATH_MAX];
    int rc = 0;

    if (genfile_folder(dir) < 0)
        return -1;
    for (unsigned long number = 1; number <= count && rc == 0; number++) {
        if (snprintf(path, sizeof path, "%s/doc-%06lu.pdf", dir, number) >= (int)sizeof path) {
            (void)fprintf(stderr, "mkpdf: %s: the path is too long\n", dir);
            rc = -1;
            break;
        }
        buf_clear(&out);
        one_document(&out, number, opt);
        rc = genfile_write(path, &out);
    }
    buf_free(&out);
    return rc;
}
