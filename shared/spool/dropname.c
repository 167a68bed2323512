#include "spool/dropname.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/sha256.h"
#include "base/utf8.h"

/* Above this a name's number is somebody's own; ours must fit into a sealed name's nine digits. */
enum { NUMBER_END = 99999999, TAIL_ROOM = 10 };

static bool ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), s = strlen(suffix);
    return n >= s && strcasecmp(name + n - s, suffix) == 0;
}

const char *dropname_ignored(const char *name)
{
    static const char *const partial[] = {".part",       ".partial",  ".tmp", ".temp",
                                          ".crdownload", ".filepart", ".swp", ".upload"};
    static const char *const litter[] = {"Thumbs.db", "desktop.ini", "@eaDir", "lost+found"};
    if (name[0] == '.')
        return "hidden name";
    if (name[0] == '~' || ends_with(name, "~"))
        return "backup or lock name";
    for (size_t i = 0; i < sizeof partial / sizeof *partial; i++)
        if (ends_with(name, partial[i]))
            return "partial file name";
    for (size_t i = 0; i < sizeof litter / sizeof *litter; i++)
        if (strcasecmp(name, litter[i]) == 0)
            return "file manager's own file";
    return NULL;
}

/* Length of the stem that is kept when only `room` bytes are: not in the middle of a UTF-8
 * sequence. */
static size_t cut_at(const char *stem, size_t len, size_t room)
{
    if (len <= room)
        return len;
    size_t cut = room;
    if (utf8_valid(stem, len))
        while (cut > 0 && ((unsigned char)stem[cut] & 0xC0) == 0x80)
            cut--;
    return cut;
}

void dropname_results(const char *base, const char *path, unsigned n, struct result_names *out)
{
    size_t len = strlen(base);
    char suffix[5] = "", tail[24] = "", hash[SHA256_HEX];
    if (len > 4 && ends_with(base, ".pdf")) {
        len -= 4;
        memcpy(suffix, base + len, 5);
    } else if (ends_with(base, ".txt") || ends_with(base, ".json")) {
        memcpy(suffix, ".pdf", 5);
    }
    if (n > 1)
        snprintf(tail, sizeof tail, "~%u", n);
    /* One and the same cut for all numbers, so that x~2 and x~1000 are known for brothers. */
    size_t room = NAME_CAP - 1 - (n > 1 ? (size_t)TAIL_ROOM : 0) - strlen(".json");
    if (len > room) {
        sha256_hex(path, strlen(path), hash);
        size_t cut = cut_at(base, len, room - 9);
        snprintf(out->stem, NAME_CAP, "%.*s~%.8s%s", (int)cut, base, hash, tail);
    } else {
        snprintf(out->stem, NAME_CAP, "%.*s%s", (int)len, base, tail);
    }
    int stem = (int)strlen(out->stem);
    snprintf(out->pdf, NAME_CAP, "%.*s%s", stem, out->stem, suffix);
    snprintf(out->text, NAME_CAP, "%.*s.txt", NAME_CAP - 6 < stem ? NAME_CAP - 6 : stem, out->stem);
    snprintf(out->json, NAME_CAP, "%.*s.json", NAME_CAP - 6 < stem ? NAME_CAP - 6 : stem,
             out->stem);
}

void dropname_folder_stem(const char *name, char out[NAME_CAP])
{
    static const char *const ours[] = {".pdf", ".txt", ".json"};
    snprintf(out, NAME_CAP, "%s", name);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strlen(out) > strlen(ours[i]) && ends_with(out, ours[i])) {
            out[strlen(out) - strlen(ours[i])] = 0;
            return;
        }
}

unsigned dropname_number(const char *name, const char *stem)
{
    size_t n = strlen(stem);
    if (strncmp(name, stem, n) != 0)
        return 0;
    if (name[n] == 0 || name[n] == '.')
        return 1;
    if (name[n] != '~' || name[n + 1] < '1' || name[n + 1] > '9')
        return 0;
    char *end;
    unsigned long k = strtoul(name + n + 1, &end, 10);
    return (*end == 0 || *end == '.') && k < NUMBER_END ? (unsigned)k : 0;
}

bool dropname_published(const char *name)
{
    size_t n = strlen(name);
    return name[0] != '.' && !(n >= 4 && strcmp(name + n - 4, ".txt") == 0) &&
           !(n >= 5 && strcmp(name + n - 5, ".json") == 0);
}
