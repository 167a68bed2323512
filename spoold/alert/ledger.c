/* {"format":1, "alerts":[...], "folders":{...}, "batches":[...]} */
#include "spoold/alert/ledger.h"

void ledger_free(struct ledger *l)
{
    finish_free(&l->finish);
    digest_free(&l->digest);
    l->watch.n = 0;
}

void ledger_write(const struct ledger *l, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out, false);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "format", 1);
    watch_show(&l->watch, &w, "alerts");
    finish_show(&l->finish, &w, "folders");
    digest_show(&l->digest, &w, "batches");
    jsonw_end_object(&w);
    buf_char(out, '\n');
}

const char *ledger_read(struct ledger *l, const char *text, size_t n, int64_t boot_ms, char *err,
                        size_t cap)
{
    const char *wrong = NULL;
    struct jsonr *j = jsonr_parse(text, n, err, cap);
    if (!j)
        return err;
    if (jsonr_int(j, "format", 0) != 1) {
        wrong = "its format is of another version";
    } else {
        watch_read(&l->watch, jsonr_get(j, "alerts"), boot_ms);
        if (!finish_read(&l->finish, jsonr_get(j, "folders")) ||
            !digest_read(&l->digest, jsonr_get(j, "batches")))
            wrong = "no memory";
    }
    jsonr_free(j);
    return wrong;
}
