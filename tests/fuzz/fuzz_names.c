/*
 * Names of documents and results (dropname.c), of leases (lease_owner.c) and of hosts, and names
 * made showable (utf8.c).
 *
 * Laws: three names that fit, differ and stay in their folder; no PDF is ever called like another
 * document's text or JSON; the number of x~n is read back; a name that was shown can be unshown.
 */
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "fuzz.h"
#include "spool/dropname.h"
#include "spool/lease.h"

static bool ends(const char *name, const char *suffix)
{
    size_t n = strlen(name), k = strlen(suffix);
    return n >= k && strcasecmp(name + n - k, suffix) == 0;
}

static unsigned number_of(const char *name, const char *base, const char *path)
{
    struct result_names first, second;
    dropname_results(base, path, 1, &first);
    dropname_results(base, path, 2, &second);
    *strrchr(second.stem, '~') = 0; /* a long stem is cut for its number */
    unsigned n = dropname_number(name, first.stem);
    return n ? n : dropname_number(name, second.stem);
}

static void result_law(const char *base, const char *path, unsigned n)
{
    struct result_names names;
    char guard[NAME_CAP];
    dropname_results(base, path, n, &names);
    FUZZ_LAW(fuzz_name_ok(names.pdf) && fuzz_name_ok(names.text) && fuzz_name_ok(names.json));
    FUZZ_LAW(!ends(names.pdf, ".txt") && !ends(names.pdf, ".json"));
    FUZZ_LAW(ends(names.text, ".txt") && ends(names.json, ".json"));
    size_t stem = strlen(names.stem);
    FUZZ_LAW(strncmp(names.pdf, names.stem, stem) == 0 && strlen(names.text) == stem + 4 &&
             strlen(names.json) == stem + 5);
    FUZZ_LAW(!names.pdf[stem] || strcasecmp(names.pdf + stem, ".pdf") == 0);
    if (n < 99999999) /* above, the number is somebody's own */
        FUZZ_LAW(number_of(names.pdf, base, path) == n && number_of(names.text, base, path) == n &&
                 number_of(names.json, base, path) == n);
    dropname_folder_stem(names.pdf, guard);
    FUZZ_LAW(*guard);
}

static void show_law(const char *name)
{
    struct buf shown = {0}, back = {0}, line = {0};
    utf8_show_name(&shown, name, strlen(name));
    utf8_escape(&line, name, strlen(name));
    FUZZ_LAW(utf8_valid(shown.data, shown.len) && utf8_valid(line.data, line.len));
    FUZZ_LAW(!strpbrk(shown.data, "\n\r\x1b") && !strpbrk(line.data, "\n\r\x1b"));
    FUZZ_LAW(utf8_unshow_name(&back, shown.data, shown.len) && strcmp(back.data, name) == 0);
    buf_clear(&back);
    (void)utf8_unshow_name(&back, name, strlen(name));
    buf_free(&shown);
    buf_free(&back);
    buf_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char id[LEASE_ID_CAP] = "";
    unsigned number = 1;
    if (n < 4)
        return 0;
    memcpy(&number, data, 4);
    number = number % 2 ? number / 2 % 999999999 + 1 : number / 2 % 4 + 1;
    char *name = fuzz_string(data + 4, n - 4, NULL);
    show_law(name);
    if (fuzz_name_ok(name)) {
        (void)dropname_ignored(name);
        result_law(name, name, number);
    }
    if (lease_name_ok(name, id)) {
        FUZZ_LAW(fuzz_name_ok(name) && strlen(id) == LEASE_ID_CAP - 1);
        FUZZ_LAW(strlen(name) < LEASE_CAP);
        (void)lease_owner_gone(name);
    }
    if (spool_host_ok(name))
        FUZZ_LAW(fuzz_name_ok(name) && strlen(name) < HOST_CAP);
    free(name);
    return 0;
}
