#include "spool/archive_path.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/cp437.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "spool/dropname.h"

enum { NAME_MOST = NAME_CAP - 1, HASH_DIGITS = 8 };

/* ---- bytes to text ---- */

static void add_odd_byte(struct buf *to, uint8_t byte, bool zip)
{
    if (zip)
        buf_str(to, cp437_utf8(byte));
    else
        buf_fmt(to, "%%%02X", byte);
}

/* Valid UTF-8 without control characters. A zip's name is all of one charset. */
static void add_text(struct buf *to, const char *name, size_t n, bool zip)
{
    bool old = zip && !utf8_valid(name, n);
    for (size_t i = 0, len; i < n; i += len ? len : 1) {
        len = old && (name[i] & 0x80) ? 0 : utf8_seq(name + i, n - i);
        if (name[i] == '\0' || (len && utf8_control(name + i, len)))
            buf_char(to, '_');
        else if (len)
            buf_add(to, name + i, len);
        else
            add_odd_byte(to, (uint8_t)name[i], old);
    }
}

static void turn_backslashes(char *text)
{
    if (strchr(text, '/'))
        return;
    for (char *p = text; (p = strchr(p, '\\'));)
        *p = '/';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ---- components ---- */

/* Past the drive letters of a first component. Outside of zips a colon is a character like any
 * other, unless a slash of either kind follows. */
static char *past_drive(char *c, bool zip)
{
    while (is_letter(c[0]) && c[1] == ':' && (zip || c[2] == '\0' || c[2] == '\\'))
        c += 2;
    return c;
}

static bool ends_with_pdf(const char *name, size_t len)
{
    return len > 4 && strncasecmp(name + len - 4, ".pdf", 4) == 0;
}

/* Where a name may be cut to have at most `room` bytes: not within a character. */
static size_t cut_at(const char *name, size_t room)
{
    while (room > 0 && ((unsigned char)name[room] & 0xC0) == 0x80)
        room--;
    return room;
}

/* What keeps the spool from ignoring the name: "_" behind it, before it, or both. */
static void add_seen(struct buf *to, const char *name)
{
    static const struct {
        const char *before, *behind;
    } ways[] = {{"", ""}, {"", "_"}, {"_", ""}, {"_", "_"}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        buf_clear(to);
        buf_fmt(to, "%s%s%s", ways[i].before, name, ways[i].behind);
        if (!buf_ok(to) || !dropname_ignored(to->data))
            return;
    }
}

/* A component that is seen, and not too long. */
static void add_component(struct buf *to, const char *name)
{
    struct buf whole = {0};
    char hash[SHA256_HEX];
    add_seen(&whole, name);
    if (!buf_ok(&whole)) {
        to->failed = true;
    } else if (whole.len > NAME_MOST) {
        size_t ending = ends_with_pdf(whole.data, whole.len) ? 4 : 0;
        size_t cut = cut_at(whole.data, NAME_MOST - 1 - HASH_DIGITS - ending);
        sha256_hex(whole.data, whole.len, hash);
        buf_add(to, whole.data, cut);
        buf_fmt(to, "~%.*s%s", HASH_DIGITS, hash, whole.data + whole.len - ending);
    } else {
        buf_add(to, whole.data, whole.len);
    }
    buf_free(&whole);
}

/* All components that are names, joined. Their number. Changes text. */
static size_t add_components(struct buf *to, char *text, bool zip)
{
    size_t count = 0;
    char *save = NULL;
    for (char *c = strtok_r(text, "/", &save); c; c = strtok_r(NULL, "/", &save)) {
        if (count == 0)
            c = past_drive(c, zip);
        if (!*c || strcmp(c, ".") == 0 || strcmp(c, "..") == 0)
            continue;
        if (count++)
            buf_char(to, '/');
        add_component(to, c);
    }
    return count;
}

/* The folders that do not fit are folded into one: "first/ones/_hash/name". */
static void fold(struct buf *path, size_t most)
{
    char hash[SHA256_HEX], tail[NAME_CAP + HASH_DIGITS + 4];
    const char *last = strrchr(path->data, '/');
    size_t keep = 0;
    sha256_hex(path->data, path->len, hash);
    snprintf(tail, sizeof tail, "_%.*s%.*s", HASH_DIGITS, hash, NAME_CAP, last ? last : "");
    size_t room = most - strlen(tail);
    for (size_t i = 0, folders = 0; i < room && i < path->len && folders < ARCHIVE_PATH_DEPTH - 2;
         i++)
        if (path->data[i] == '/') {
            keep = i + 1;
            folders++;
        }
    path->len = keep;
    buf_str(path, tail);
}

static enum archive_path clean(const char *name, size_t n, bool zip, size_t most,
                               char out[PATH_CAP])
{
    struct buf text = {0}, path = {0};
    enum archive_path is = PATH_NO_MEMORY;
    out[0] = '\0';
    add_text(&text, name, n, zip);
    buf_char(&text, '\0');
    if (buf_ok(&text)) {
        if (zip)
            turn_backslashes(text.data);
        size_t count = add_components(&path, text.data, zip);
        if (buf_ok(&path) && (count > ARCHIVE_PATH_DEPTH || path.len > most))
            fold(&path, most);
        if (buf_ok(&path))
            is = count ? PATH_CLEAN : PATH_NAMELESS;
    }
    if (is == PATH_CLEAN)
        snprintf(out, PATH_CAP, "%s", path.data);
    buf_free(&text);
    buf_free(&path);
    return is;
}

enum archive_path archive_path_clean(const char *name, size_t n, bool zip, size_t most,
                                     char out[PATH_CAP])
{
    const size_t top = ARCHIVE_PATH_MAX - ARCHIVE_PATH_DEPTH * ARCHIVE_PATH_NUMBER;
    most = most < ARCHIVE_PATH_MIN ? ARCHIVE_PATH_MIN : most > top ? top : most;
    return clean(name, n, zip, most, out);
}

bool archive_path_ok(const char *path)
{
    char again[PATH_CAP];
    return clean(path, strlen(path), false, ARCHIVE_PATH_MAX, again) == PATH_CLEAN &&
           strcmp(again, path) == 0;
}
