/*
 * JSON that lay on the share: any bytes as x.json (as audit reads it) and as a host's status.json.
 *
 * Laws: what is refused is refused with a line that may go to a terminal; a status that was read is
 * written and read again as the same.
 */
#include <string.h>

#include "fuzz.h"
#include "spool/hoststatus.h"

#include "shared/spool/audit_results.c" /* its readers are nobody else's business */

bool audit_found(struct finding *f, const char *kind, const char *fmt, ...)
{
    va_list ap;
    f->kind = kind;
    va_start(ap, fmt);
    vsnprintf(f->what, sizeof f->what, fmt, ap);
    va_end(ap);
    return true;
}

void audit_suspect(struct audit *a, audit_check *check, const char *folder, const char *name)
{
    (void)a;
    (void)check;
    (void)folder;
    (void)name;
}

void audit_problem(struct audit *a, const char *folder, const char *name, const struct finding *f)
{
    (void)a;
    (void)folder;
    (void)name;
    (void)f;
}

void audit_id(struct audit *a, const char *document)
{
    (void)a;
    (void)document;
}

bool audit_there(const struct audit *a, const char *folder, const char *name, struct statx *st)
{
    (void)a;
    (void)folder;
    (void)name;
    (void)st;
    return false;
}

bool audit_old(const struct audit *a, const struct statx *st)
{
    (void)a;
    (void)st;
    return false;
}

static void status_law(const char *json, size_t n)
{
    static struct host_status first, second;
    struct buf out = {0};
    if (hoststatus_read(&first, json, n) != 0)
        return;
    hoststatus_write(&first, &out);
    FUZZ_LAW(hoststatus_read(&second, out.data, out.len) == 0);
    FUZZ_LAW(memcmp(&first, &second, sizeof first) == 0);
    buf_free(&out);
}

/* True when it was taken. */
static bool parse_law(const char *json, size_t n)
{
    char err[160] = "";
    struct jsonr *j = jsonr_parse(json, n, err, sizeof err);
    FUZZ_LAW(j || *err);
    for (const char *p = err; !j && *p; p++)
        FUZZ_LAW((unsigned char)*p >= 0x20 && *p != 0x7f);
    bool taken = j != NULL;
    jsonr_free(j);
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct {
        const char *folder, *pdf;
    } places[] = {{"done", "a.pdf"}, {"done/d", "b~2.pdf"}, {"failed/corrupt", "c.pdf"}};
    struct audit_counts counts = {0};
    struct audit a = {.counts = &counts, .options.verify = true};
    char document[ID_CAP], outcome[16];
    /* Audit's buffers are large: what is no JSON takes that way only now and then. */
    if (!parse_law((const char *)data, n) && n % 16 != 0)
        return 0;
    status_law((const char *)data, n);
    memfile_serve(data, n, 0);
    size_t i = n % (sizeof places / sizeof *places);
    struct finding f = {0};
    if (check_in(&a, 0, places[i].folder, places[i].pdf, &f, document, outcome))
        FUZZ_LAW(f.kind && *f.what);
    FUZZ_LAW(!*document || token_id_ok(document, strlen(document)));
    if (n % 8 == 0)
        FUZZ_LAW(!audit_document_of(0, "a.pdf", document) ||
                 token_id_ok(document, strlen(document)));
    FUZZ_LAW(memfile_closed());
    return 0;
}
