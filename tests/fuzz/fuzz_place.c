/*
 * Where a document's results go, from a token's name and the content of control/paths/<id>, both of
 * which any hand may have made.
 *
 * Laws: whatever the two say, the folder lies below done/ or failed/<class>/, and the names are
 * names in it, visible ones for results.
 */
#include <string.h>

#include "fuzz.h"
#include "spool/pathfile.h"
#include "spool/place.h"

static void place_law(const struct place *p, const char *path)
{
    FUZZ_LAW(token_path_ok(p->folder_path) || strlen(p->folder_path) >= PATH_CAP);
    FUZZ_LAW(strncmp(p->folder_path, "done", 4) == 0 || strncmp(p->folder_path, "failed/", 7) == 0);
    FUZZ_LAW(!strstr(p->folder_path, "/../") && !strstr(p->folder_path, "//"));
    FUZZ_LAW(fuzz_name_ok(p->base));
    FUZZ_LAW(fuzz_name_ok(p->names.pdf) && fuzz_name_ok(p->names.text) &&
             fuzz_name_ok(p->names.json));
    FUZZ_LAW(fuzz_name_ok(p->hidden_text) && fuzz_name_ok(p->hidden_json));
    FUZZ_LAW(strcmp(p->names.pdf, p->names.text) != 0 && strcmp(p->names.pdf, p->names.json) != 0);
    if (!path) /* it is lost: what the token still says must at least be seen */
        FUZZ_LAW(p->base[0] != '.');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const enum outcome outcomes[] = {OUTCOME_OK, OUTCOME_CORRUPT, OUTCOME_NOT_PDF};
    struct spool s = {0};
    struct place p;
    struct sealed sealed = {0};
    char path[PATH_CAP];
    size_t used;
    char *name = fuzz_string(data, n, &used);
    bool sound = fuzz_name_ok(name) &&
                 (token_parse_sealed(name, &sealed) == 0 || token_parse(name, &sealed.token) == 0);
    for (size_t i = 0; sound && i < 2 * (sizeof outcomes / sizeof *outcomes); i++) {
        struct destination to = {
            .outcome = outcomes[i / 2], .n = sealed.to.n ? sealed.to.n : 1, .flat = i % 2};
        memfile_serve(data + used, n - used, 0);
        bool known = pathfile_path(&s, &sealed.token, path) == 0;
        FUZZ_LAW(!known || (token_path_ok(path) && strlen(path) < PATH_CAP));
        FUZZ_LAW(place_set(&p, &s, &sealed.token, to) == 0);
        FUZZ_LAW(memfile_closed());
        FUZZ_LAW(!known || strcmp(path, p.path) == 0);
        place_law(&p, known ? path : NULL);
    }
    free(name);
    return 0;
}
