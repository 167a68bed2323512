#include "extractd/parser/evil_sheet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/pagewire.h"

enum { SMALL = 8 * 8 * PAGEWIRE_COLOURS /* bytes of a picture of 8 by 8 */ };

static uint32_t asked;

static void send_raw(const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t done = write(PAGEWIRE_ANSWER, p, n);
        if (done <= 0)
            _exit(9);
        p += done;
        n -= (size_t)done;
    }
}

static void header(uint32_t kind, uint32_t width, uint32_t height)
{
    uint8_t out[PAGEWIRE_HEADER];
    const struct pagewire w = {(enum pagewire_kind)kind, width, height, 1};
    pagewire_put(&w, out);
    send_raw(out, sizeof out);
}

static void pixels(size_t n)
{
    static const uint8_t grey[4096];
    for (; n > sizeof grey; n -= sizeof grey)
        send_raw(grey, sizeof grey);
    send_raw(grey, n);
}

/* What an honest one would say: whoever sees this picture sees that an attack has come through. */
static void picture(void)
{
    header(PAGEWIRE_PICTURE, 8, 8);
    pixels(SMALL);
}

static void linger(void)
{
    (void)poll(NULL, 0, -1);
}

/* ---- lies ---- */

static void honest(void)
{
    picture();
    _exit(0);
}

static void huge(void)
{
    header(PAGEWIRE_PICTURE, UINT32_MAX, UINT32_MAX);
    linger();
}

static void wraps(void) /* 65536 * 65536 * 3 is 0 in 32 bits */
{
    header(PAGEWIRE_PICTURE, 65536, 65536);
    _exit(0);
}

static void wider(void)
{
    header(PAGEWIRE_PICTURE, asked + 1, 1);
    pixels(((size_t)asked + 1) * PAGEWIRE_COLOURS);
    _exit(0);
}

static void empty(void)
{
    header(PAGEWIRE_PICTURE, 0, 8);
    _exit(0);
}

static void kind(void)
{
    header(PAGEWIRE_KINDS, 0, 0);
    _exit(0);
}

static void refuses_with_pixels(void)
{
    header(PAGEWIRE_ENCRYPTED, 8, 8);
    pixels(SMALL);
    _exit(0);
}

static void magic(void)
{
    static const char png[] = "\x89PNG\r\n\x1a\n and so on, as a browser would read it";
    send_raw(png, sizeof png);
    _exit(0);
}

static void more(void)
{
    picture();
    pixels(1);
    _exit(0);
}

static void behind_a_refusal(void)
{
    header(PAGEWIRE_CORRUPT, 0, 0);
    pixels(1);
    _exit(0);
}

static void fewer(void)
{
    header(PAGEWIRE_PICTURE, 8, 8);
    pixels(SMALL - 1);
    _exit(0);
}

static void half_a_header(void)
{
    send_raw("PGP1", 4);
    _exit(0);
}

static void nothing(void)
{
    _exit(0);
}

static void flood(void)
{
    header(PAGEWIRE_PICTURE, 8, 8);
    for (;;)
        pixels(65536);
}

/* ---- deaths ---- */

static void hang(void)
{
    linger();
}

static void spin(void)
{
    for (volatile unsigned i = 0;; i++)
        ;
}

static void hang_in_the_middle(void)
{
    header(PAGEWIRE_PICTURE, 8, 8);
    pixels(5);
    linger();
}

static void hang_at_the_end(void)
{
    picture();
    linger();
}

static void fails_at_the_end(void)
{
    picture();
    _exit(1);
}

static void dies_at_the_end(void)
{
    picture();
    abort();
}

/* ---- ways out ---- */

static void opens(void)
{
    if (open("/etc/passwd", O_RDONLY) >= 0 || openat(PAGEWIRE_DOCUMENT, "..", O_PATH) >= 0)
        picture();
    _exit(0);
}

static void talks(void)
{
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0)
        picture();
    _exit(0);
}

static void runs(void)
{
    picture(); /* and then: an exec that succeeds ends with 0 */
    execl("/bin/true", "true", (char *)NULL);
    _exit(0);
}

static void writes_the_document(void)
{
    if (write(PAGEWIRE_DOCUMENT, "x", 1) == 1)
        picture();
    _exit(0);
}

/* Nothing but the document can be read, and nothing has been left open. */
static void reads_others(void)
{
    char c;
    for (int fd = PAGEWIRE_DOCUMENT + 1; fd < 1024; fd++)
        if (read(fd, &c, 1) >= 0 || errno != EBADF)
            picture();
    for (int fd = 0; fd < PAGEWIRE_ANSWER; fd++)
        if (read(fd, &c, 1) > 0)
            picture();
    _exit(0);
}

static void eats(void)
{
    for (void *p;
         (p = malloc(1 << 20));) /* NOLINT(clang-analyzer-unix.Malloc): that is the attack */
        memset(p, 1, 1 << 20);
    picture();
    _exit(1);
}

static const struct {
    const char *name;
    void (*deed)(void);
} deeds[] = {
    {"honest", honest},
    {"huge", huge},
    {"wraps", wraps},
    {"wider", wider},
    {"empty", empty},
    {"kind", kind},
    {"refuses-with-pixels", refuses_with_pixels},
    {"magic", magic},
    {"more", more},
    {"behind-a-refusal", behind_a_refusal},
    {"fewer", fewer},
    {"half-a-header", half_a_header},
    {"nothing", nothing},
    {"flood", flood},
    {"hang", hang},
    {"spin", spin},
    {"hang-in-the-middle", hang_in_the_middle},
    {"hang-at-the-end", hang_at_the_end},
    {"fails-at-the-end", fails_at_the_end},
    {"dies-at-the-end", dies_at_the_end},
    {"opens", opens},
    {"talks", talks},
    {"runs", runs},
    {"writes-the-document", writes_the_document},
    {"reads-others", reads_others},
    {"eats", eats},
};

void evil_sheet(const void *data, size_t size, uint32_t width)
{
    static const char mark[] = "%EVIL-SHEET ";
    char line[64] = "", name[32] = "";
    if (size < sizeof mark || memcmp(data, mark, sizeof mark - 1) != 0)
        return;
    asked = width;
    memcpy(line, data, size < sizeof line ? size : sizeof line - 1);
    sscanf(line, "%%EVIL-SHEET %31s", name);
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
        if (strcmp(name, deeds[i].name) == 0)
            deeds[i].deed();
    _exit(10);
}
