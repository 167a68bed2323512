/* A page as a picture: drawn by the caged parser, made a PNG here, so that no byte that a browser
 * decodes comes from a process that has seen the document. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/drawer.h"
#include "base/fsop.h"
#include "base/num.h"
#include "base/png.h"
#include "spool/settings.h"
#include "spoold/hand/hand.h"

static const char *const refusals[PAGEWIRE_KINDS] = {
    [PAGEWIRE_ENCRYPTED] = "A password is needed to see it.",
    [PAGEWIRE_NOT_PDF] = "This is no PDF.",
    [PAGEWIRE_CORRUPT] = "The PDF is damaged: nothing of this page can be drawn.",
    [PAGEWIRE_MEMORY] = "To draw it takes more memory than a parser may have (memory_limit).",
};

/* The document, as the protocol opens things: part by part, none of them a symbolic link. -1: it
 * cannot be, and that is said. */
static int open_document(struct hand *h)
{
    const char *name;
    struct stat st;
    int dir = hand_folder(h, h->argv[0], &name);
    if (dir < 0)
        return -1;
    int fd = fs->openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    int error = errno;
    fs->close(dir);
    if (fd < 0) {
        hand_unread(h, "It cannot be opened", error);
        return -1;
    }
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
    if (regular && (uint64_t)st.st_size <= h->spool->settings.max_input)
        return fd;
    hand_fail(h, 422, "no-picture", "%s",
              regular ? "It is larger than what is read ([parser] max_input)."
                      : "This is no file with content.");
    fs->close(fd);
    return -1;
}

static void show(struct hand *h, const struct drawing *d)
{
    if (d->said.kind == PAGEWIRE_NO_PAGE) {
        hand_fail(h, 404, "no-record", "It has %u pages.", d->said.pages);
    } else if (d->said.kind != PAGEWIRE_PICTURE) {
        hand_fail(h, 422, "no-picture", "%s", refusals[d->said.kind]);
    } else if (png_write(&h->body, (const uint8_t *)d->pixels.data, d->said.width,
                         d->said.height)) {
        h->word = "png";
    } else {
        hand_fail(h, 503, "too-busy", "There is no memory for the picture.");
    }
}

void hand_page(struct hand *h)
{
    const struct settings *s = &h->spool->settings;
    uint64_t page = 0, width = 0;
    struct drawing drawing = {0};
    if (!num_u64(h->argv[1], &page) || !num_u64(h->argv[2], &width) || page == 0 ||
        page > UINT32_MAX || width == 0 || width > PAGEWIRE_SIDE) {
        hand_fail(h, 400, "bad-request", "There is no such page.");
        return;
    }
    struct drawer_order o = {.parser = h->argv[3],
                             .page = (uint32_t)page,
                             .most = {(uint32_t)width, PAGEWIRE_SIDE, PAGEWIRE_PIXELS},
                             .ms = DRAWER_MS,
                             .memory_limit = s->memory_limit,
                             .sandbox = s->sandbox};
    if ((o.document = open_document(h)) < 0)
        return;
    const char *why = drawer_run(&o, &drawing);
    if (why)
        hand_fail(h, 422, "no-picture", "It could not be drawn: %s.", why);
    else
        show(h, &drawing);
    buf_free(&drawing.pixels);
    fs->close(o.document);
}
