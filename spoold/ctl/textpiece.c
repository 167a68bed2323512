#include "spoold/ctl/textpiece.h"

#include <errno.h>
#include <string.h>

#include "base/fsop.h"
#include "base/utf8.h"
#include "spoold/ctl/docs.h"

enum { CHUNK = 64 * 1024, TAGS_FIRST = 0xE0000, TAGS_LAST = 0xE007F };

/* Each page ends with a form feed, which is none of its text. */
static void take(struct textpiece *p, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool end = bytes[i] == '\f', mine = p->page == 0 || p->at_page == p->page;
        p->pages += end;
        if (mine && !(end && p->page)) {
            if (p->at >= p->offset && p->text.len < p->limit)
                buf_char(&p->text, bytes[i]);
            p->at++;
            p->total++;
        }
        p->at_page += end;
    }
}

int textpiece_read(struct textpiece *p, int folder, const char *pdf)
{
    char chunk[CHUNK], name[NAME_CAP];
    ssize_t n;
    docs_result_name(pdf, ".txt", name);
    int fd = fs->openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    p->at_page = 1;
    while ((n = fs->read(fd, chunk, sizeof chunk)) > 0)
        take(p, chunk, (size_t)n);
    int error = n < 0 ? errno : buf_ok(&p->text) ? 0 : ENOMEM;
    fs->close(fd);
    errno = error;
    return error ? -1 : 0;
}

/* Tags spell a text that no reader of the document sees, but a program does. */
static bool shown(const char *s, size_t len)
{
    uint32_t code = utf8_code(s, len);
    return *s == '\t' || *s == '\n' || *s == '\f' ||
           (!utf8_control(s, len) && !(code >= TAGS_FIRST && code <= TAGS_LAST));
}

size_t textpiece_clean(const struct textpiece *p, struct buf *out)
{
    bool last = p->offset + p->text.len >= p->total;
    size_t i = 0, len;
    for (; i < p->text.len; i += len) {
        const char *s = p->text.data + i;
        len = utf8_seq(s, p->text.len - i);
        if (len == 0 && !last && p->text.len - i < TEXTPIECE_LEAST)
            break; /* the rest of a character comes with the next piece */
        if (len == 0) {
            buf_str(out, "\xef\xbf\xbd");
            len = 1;
        } else if (shown(s, len)) {
            buf_add(out, s, len);
        }
    }
    return i;
}

void textpiece_members(const struct textpiece *p, size_t used, const struct buf *clean,
                       struct jsonw *w)
{
    uint64_t next = p->offset + used;
    jsonw_bool(w, "untrusted", true);
    if (p->page)
        jsonw_uint(w, "page", p->page);
    else
        jsonw_null(w, "page");
    jsonw_uint(w, "pages", p->pages);
    jsonw_uint(w, "offset", p->offset);
    if (next < p->total && used > 0)
        jsonw_uint(w, "next_offset", next);
    else
        jsonw_null(w, "next_offset");
    jsonw_uint(w, "total_bytes", p->total);
    jsonw_strn(w, "text", clean->data ? clean->data : "", clean->len);
}

void textpiece_free(struct textpiece *p)
{
    buf_free(&p->text);
}
