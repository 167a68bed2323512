/*
 * The records of a folder, as an evil server (or a file system of no quality) may give them, and
 * the rooms that walk through folders.
 *
 * Laws: every name that comes out is a name; it and its number are read within the record; a walk
 * ends.
 */
#include <dirent.h>
#include <string.h>

#include "base/dirlist.h"
#include "fuzz.h"
#include "spool/inuse.h"
#include "spool/scan.h"

enum { RECORD_MIN = 20 };

/* Unlike fuzz_name_ok: of any length. */
static bool is_name(const char *name)
{
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void list(size_t n, size_t buffer)
{
    struct dirlist_entry e;
    size_t met = 0;
    struct dirlist *d = dirlist_open(1, ".", buffer);
    while (dirlist_next(d, &e) == 1) {
        FUZZ_LAW(is_name(e.name));
        FUZZ_LAW(++met <= n / RECORD_MIN);
    }
    dirlist_close(d);
}

static void walk(size_t n)
{
    struct spool s = {.host = "host"};
    struct scan_name names[8];
    const char *path;
    int folder;
    unsigned got;
    size_t met = 0;
    struct scan *w = scan_new(&s);
    while (w && (got = scan_next(w, names, 8, &folder, &path)) > 0)
        for (unsigned i = 0; i < got; i++) {
            FUZZ_LAW(fuzz_name_ok(names[i].name) && names[i].name[0] != '.');
            FUZZ_LAW(!*path || token_path_ok(path));
            FUZZ_LAW(++met <= n / RECORD_MIN);
        }
    scan_free(w);
}

static void leases(void)
{
    struct spool s = {.host = "host"};
    struct inuse u = {0};
    if (inuse_read(&u, &s) == 0)
        for (size_t i = 0; i < u.n; i++)
            FUZZ_LAW(token_id_ok(u.ids[i].id, strlen(u.ids[i].id)));
    inuse_free(&u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const size_t pieces[] = {0, 24, 100, 513};
    if (n < 1)
        return 0;
    uint8_t how = *data++;
    memfile_serve(data, --n, pieces[how / 4 % 4]);
    switch (how % 4) {
    case 0:
        walk(n);
        break;
    case 1:
        leases();
        break;
    default:
        list(n, how & 2 ? 1 : 0);
    }
    FUZZ_LAW(memfile_closed());
    return 0;
}
