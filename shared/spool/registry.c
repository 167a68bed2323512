#include "spool/registry.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonr.h"
#include "base/jsonw.h"
#include "spool/readfile.h"

#define PARSER_NAME "pdfspool-parser"

const char *registry_name_of(const char *role)
{
    static const char *const as_their_role[] = {"beat", "claimer", "reporter", "janitor"};
    for (size_t i = 0; i < sizeof as_their_role / sizeof *as_their_role; i++)
        if (strcmp(role, as_their_role[i]) == 0)
            return as_their_role[i];
    if (strcmp(role, "zygote") == 0 || strcmp(role, "parser") == 0)
        return PARSER_NAME;
    size_t digits = strncmp(role, "slot.", 5) == 0 ? strspn(role + 5, "0123456789") : 0;
    return digits > 0 && role[5 + digits] == 0 ? role : NULL;
}

void registry_write_list(struct jsonw *w, const struct registry *r)
{
    jsonw_array(w, "processes");
    for (uint32_t i = 0; i < r->n && i < REGISTRY_MOST; i++) {
        const struct registered *e = &r->entry[i];
        jsonw_object(w, NULL);
        jsonw_str(w, "role", e->role);
        jsonw_str(w, "state", e->pid > 0 ? "running" : "ended");
        if (e->pid > 0) {
            jsonw_int(w, "pid", e->pid);
            jsonw_uint(w, "start", e->start);
        }
        if (e->since_ms > 0)
            jsonw_int(w, "since_ms", e->since_ms);
        jsonw_uint(w, "restarts", e->restarts);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

void registry_write(const struct registry *r, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out, false);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "lease", r->lease);
    registry_write_list(&w, r);
    jsonw_end_object(&w);
    buf_char(out, '\n');
}

/* False: it is no entry that can be. */
static bool read_entry(struct registered *e, const struct jsonr *j)
{
    const char *role = jsonr_str(j, "role", "");
    int64_t pid = jsonr_int(j, "pid", 0), start = jsonr_int(j, "start", 0),
            since = jsonr_int(j, "since_ms", 0), restarts = jsonr_int(j, "restarts", 0);
    if (strlen(role) >= sizeof e->role || !registry_name_of(role) || pid < 0 || pid > INT32_MAX ||
        start < 0 || (pid > 0 && start == 0))
        return false;
    memset(e, 0, sizeof *e);
    memcpy(e->role, role, strlen(role) + 1);
    e->pid = pid;
    e->start = pid > 0 ? (uint64_t)start : 0;
    e->since_ms = since > 0 ? since : 0;
    e->restarts = restarts < 0 ? 0 : restarts > UINT32_MAX ? UINT32_MAX : (uint32_t)restarts;
    return true;
}

int registry_read(struct registry *r, const char *json, size_t n)
{
    struct jsonr *root = jsonr_parse(json, n, NULL, 0);
    const char *lease = jsonr_str(root, "lease", NULL);
    const struct jsonr *list = jsonr_get(root, "processes");
    size_t count = jsonr_count(list);
    memset(r, 0, sizeof *r);
    bool ok = root && lease && list && strlen(lease) < sizeof r->lease;
    if (ok)
        memcpy(r->lease, lease, strlen(lease) + 1);
    for (size_t i = 0; ok && i < count && r->n < REGISTRY_MOST; i++)
        r->n += read_entry(&r->entry[r->n], jsonr_at(list, i));
    jsonr_free(root);
    return ok ? 0 : -1;
}

int registry_load(struct registry *r, int lease_dir)
{
    struct buf b = {0};
    bool ok = readfile(lease_dir, LEASE_PROCESSES, &b, REGISTRY_BYTES) == 1 && buf_ok(&b) &&
              registry_read(r, b.data, b.len) == 0;
    buf_free(&b);
    return ok ? 0 : -1;
}
