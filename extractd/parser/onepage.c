#include "extractd/parser/onepage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "base/pagewire.h"
#include "extractd/parser/cage.h"
#include "extractd/parser/document.h"
#include "extractd/parser/engine.h"
#include "extractd/parser/sheet.h"
#include "spool/settings.h"
#ifdef TEST_EVIL
#include "extractd/parser/evil_sheet.h"
#endif

enum {
    WORDS = 8,
    WORDS_LEAST = 6,
    MOST_PAGES = 10000000,
    EXIT_NO_CAGE = 3,
    EXIT_NO_ENGINE = 4,
    EXIT_NOBODY = 5
};
enum { PARENT, PAGE, WIDTH, MEMORY, CPU, SANDBOX, DPI, PIXELS }; /* of the words */

static void give(const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t done = write(PAGEWIRE_ANSWER, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            _exit(EXIT_NOBODY);
        p += done;
        n -= (size_t)done;
    }
}

static void answer(enum pagewire_kind kind, const struct sheet *s, uint32_t pages)
{
    uint8_t header[PAGEWIRE_HEADER];
    const struct pagewire w = {kind, s->width, s->height, pages};
    pagewire_put(&w, header);
    give(header, sizeof header);
    give(s->pixels, (size_t)s->width * s->height * PAGEWIRE_COLOURS);
}

static enum pagewire_kind kind_of(enum outcome o)
{
    return o == OUTCOME_ENCRYPTED ? PAGEWIRE_ENCRYPTED
           : o == OUTCOME_NOT_PDF ? PAGEWIRE_NOT_PDF
           : o == OUTCOME_MEMORY  ? PAGEWIRE_MEMORY
                                  : PAGEWIRE_CORRUPT;
}

/* In the cage. A document that shrinks under the mapping ends the process: no answer is one, too. */
static void do_page(struct engine *e, size_t size, uint32_t page, const struct sheet_order *o)
{
    struct document_facts facts;
    struct sheet sheet = {0};
    void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, PAGEWIRE_DOCUMENT, 0);
    if (data == MAP_FAILED) {
        answer(PAGEWIRE_MEMORY, &sheet, 0);
        return;
    }
#ifdef TEST_EVIL
    evil_sheet(data, size, o->most.width);
#endif
    const struct document_source source = {
        .data = data, .size = size, .max_pages = MOST_PAGES, .passwords = ""};
    struct document *d = document_open(e, &source, &facts);
    enum pagewire_kind kind = kind_of(facts.outcome);
    if (d)
        kind = page > facts.pages ? PAGEWIRE_NO_PAGE : sheet_draw(d, page - 1, o, &sheet);
    answer(kind, &sheet, d ? facts.pages : 0);
    /* Nothing is given back: the process ends. */
}

static int fail(int code, const char *why)
{
    fprintf(stderr, "pdfspool-parser: cannot draw a page: %s\n", why);
    return code;
}

/* False: these are no such words. */
static bool order_of(const uint64_t words[WORDS], bool by_dpi, struct sheet_order *o)
{
    uint64_t side = by_dpi ? words[WIDTH] : PAGEWIRE_SIDE;
    if (words[WIDTH] > side || side > PAGEWIRE_SIDE_MOST || words[DPI] > PAGEWIRE_DPI_MOST ||
        words[PIXELS] > PAGEWIRE_PIXELS_MOST || by_dpi != (words[DPI] > 0))
        return false;
    *o = (struct sheet_order){(uint32_t)words[DPI],
                              {(uint32_t)words[WIDTH], (uint32_t)side,
                               by_dpi ? (uint32_t)words[PIXELS] : PAGEWIRE_PIXELS}};
    return pagewire_bounds_ok(&o->most);
}

int onepage_main(int argc, char **argv)
{
    uint64_t words[WORDS] = {0};
    struct stat st;
    const char *why;
    struct sheet_order sheet;
    bool good = argc == WORDS || argc == WORDS_LEAST;
    for (int i = 0; good && i < argc; i++)
        good = num_u64(argv[i], &words[i]);
    if (!good || words[PAGE] == 0 || words[PAGE] > MOST_PAGES || words[SANDBOX] > SANDBOX_OFF ||
        !order_of(words, argc == WORDS, &sheet))
        return fail(64, "these are not its words");
    const struct cage_order order = {.sandbox = (uint32_t)words[SANDBOX],
                                     .at_most = CAGE_FULL,
                                     .parent = (pid_t)words[PARENT],
                                     .memory_limit = words[MEMORY],
                                     .cpu_limit_s = words[CPU],
                                     .documents = 1};
    if (fstat(PAGEWIRE_DOCUMENT, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
        return fail(64, "there is no document");
    (void)cage_prepare(); /* cage_enter says what is to be done without a filter */
    struct engine *e = engine_new(order.memory_limit);
    if (!e)
        return fail(EXIT_NO_ENGINE, strerror(errno));
    if (cage_enter(&order, &why) < 0)
        return fail(EXIT_NO_CAGE, why);
    do_page(e, (size_t)st.st_size, (uint32_t)words[PAGE], &sheet);
    _exit(0);
}
