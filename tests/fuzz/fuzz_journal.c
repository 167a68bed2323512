/*
 * A journal that anybody may have written: scan/tail.c cuts it into lines, forwards as it grows and
 * backwards through what was there, and scan/line.c makes events of them.
 *
 * The first byte says how often the rest is repeated (a file of several blocks), the second how much
 * of the file was there when it was met.
 *
 * Laws: what is told is whole lines at their offsets, without a NUL, none twice; backwards, every
 * such line that was there; forwards, every one up to the first with a NUL. An event that was read
 * and encoded says the same when it is decoded.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "spoold/scan/line.h"
#include "spoold/scan/tail.h"

enum { REPEATS = 96 };

static struct {
    char *bytes;
    size_t n, piece;
    bool *told; /* by offset */
    struct line line;
} file;

static void check_event(const struct line *l)
{
    struct buf frame = {0};
    struct fact f = {.type = FACT_EVENT, .event = l->event}, back;
    size_t used;
    f.event.host = "host";
    f.event.lease = "lease1";
    f.event.length = 1;
    if (fact_encode(&f, &frame)) {
        FUZZ_LAW(fact_decode((uint8_t *)frame.data, frame.len, &back, &used) == FACT_WHOLE);
        FUZZ_LAW(strcmp(back.event.path, l->event.path) == 0);
        FUZZ_LAW(back.event.time_ms == l->event.time_ms && back.event.what == l->event.what);
    }
    buf_free(&frame);
}

static void visit(void *arg, uint64_t offset, const char *text, size_t n)
{
    (void)arg;
    FUZZ_LAW(offset < file.n && n < file.n - offset && n <= TAIL_LINE_MAX);
    FUZZ_LAW(memcmp(text, file.bytes + offset, n) == 0 && file.bytes[offset + n] == '\n');
    FUZZ_LAW(offset == 0 || file.bytes[offset - 1] == '\n');
    FUZZ_LAW(!memchr(text, 0, n) && !memchr(text, '\n', n));
    FUZZ_LAW(!file.told[offset]);
    file.told[offset] = true;
    if (offset >= 2 * file.piece)
        return;                 /* the same lines again */
    char *copy = malloc(n + 1); /* memory that ends behind the line */
    FUZZ_LAW(copy);
    memcpy(copy, text, n);
    if (line_read(&file.line, copy, n))
        check_event(&file.line);
    free(copy);
}

/* Each good line from `from` to `to` was told; with `until_nul`, up to the first with a NUL. */
static void check_told(size_t from, size_t to, bool until_nul)
{
    const char *end;
    for (size_t at = from; at < to && (end = memchr(file.bytes + at, '\n', to - at));) {
        size_t n = (size_t)(end - (file.bytes + at));
        bool nul = memchr(file.bytes + at, 0, n) != NULL;
        if (nul && until_nul)
            return;
        FUZZ_LAW(file.told[at] == (!nul && n <= TAIL_LINE_MAX));
        at += n + 1;
    }
}

static void read_all(int fd, size_t met_at)
{
    struct tail t = {0};
    struct buf scratch = {0};
    int error = 0, got = 1;
    FUZZ_LAW(ftruncate(fd, (off_t)met_at) == 0);
    FUZZ_LAW(tail_meet(&t, fd, 1, met_at, &error) && !error);
    size_t end = t.to;
    FUZZ_LAW(end <= met_at);
    for (size_t turns = 0; got > 0; turns++) {
        got = tail_backward(&t, fd, &scratch, visit, NULL);
        FUZZ_LAW(got >= 0 && turns <= file.n / (TAIL_BLOCK - TAIL_LINE_MAX) + 2);
    }
    /* A line of more than TAIL_LINE_MAX may have begun before `end`: nothing is told of it. */
    check_told(0, end, false);
    FUZZ_LAW(pwrite(fd, file.bytes, file.n, 0) == (ssize_t)file.n);
    got = 1;
    for (size_t turns = 0; got > 0; turns++) {
        got = tail_forward(&t, fd, file.n, &scratch, visit, NULL);
        FUZZ_LAW(got >= 0 && turns <= file.n);
    }
    if (end == 0 || file.bytes[end - 1] == '\n')
        check_told(end, file.n, true);
    buf_free(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 3)
        return 0;
    size_t repeats = 1 + data[0] % REPEATS;
    file.piece = n - 2;
    file.n = repeats * file.piece;
    file.bytes = malloc(file.n);
    file.told = calloc(file.n, sizeof *file.told);
    int fd = memfd_create("journal", MFD_CLOEXEC);
    FUZZ_LAW(file.bytes && file.told && fd >= 0);
    for (size_t i = 0; i < repeats; i++)
        memcpy(file.bytes + i * file.piece, data + 2, file.piece);
    FUZZ_LAW(write(fd, file.bytes, file.n) == (ssize_t)file.n);
    read_all(fd, file.n * data[1] / 255);
    line_free(&file.line);
    close(fd);
    free(file.told);
    free(file.bytes);
    return 0;
}
