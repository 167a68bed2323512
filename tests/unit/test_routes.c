/* routes: spoold's table and the contract that it serves say the same, both ways. The contract is
 * www/openapi.json, which is docs/openapi.yaml (tests/web/openapi.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/jsonr.h"
#include "spoold/api/api.h"

/* In the contract, and not served yet, ended by NULL. What is served leaves this list, else the test
 * fails. */
static const char *const missing[] = {
    NULL,
};

static struct jsonr *contract;

static int load(void **state)
{
    char chunk[65536], err[200];
    struct buf text = {0};
    size_t n;
    (void)state;
    FILE *f = fopen("www/openapi.json", "re");
    while (f && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_add(&text, chunk, n);
    if (f)
        fclose(f);
    contract = jsonr_parse(text.data ? text.data : "", text.len, err, sizeof err);
    if (!contract)
        print_error("www/openapi.json: %s\n", f ? err : "run this from the top of the tree");
    buf_free(&text);
    return contract ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    jsonr_free(contract);
    return 0;
}

static bool is_missing(const char *name)
{
    for (size_t i = 0; missing[i]; i++)
        if (strcmp(missing[i], name) == 0)
            return true;
    return false;
}

static const struct route *served(const char *name)
{
    const struct {
        const struct route *all;
        size_t n;
    } tables[] = {{api_routes, api_route_count}, {server_routes, server_route_count}};
    char one[300];
    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < tables[t].n; i++) {
            const struct route *r = &tables[t].all[i];
            snprintf(one, sizeof one, "%s %s", request_method_names[r->method], r->pattern);
            if (strcmp(one, name) == 0)
                return r;
        }
    return NULL;
}

/* ---- from the contract to the table ---- */

struct counted {
    const char *path;
    unsigned operations, served, bad;
};

/* What changes anything needs the role `operate`, and nothing else does. */
static bool rights_are_right(const struct route *r, const struct jsonr *operation)
{
    const char *tag = jsonr_text(jsonr_at(jsonr_get(operation, "tags"), 0));
    bool acts = tag && strcmp(tag, "actions") == 0 && r->method != REQUEST_GET;
    return (r->need == AUTH_OPERATE) == acts;
}

static void look_at_operation(void *arg, const char *method, const struct jsonr *operation)
{
    struct counted *c = arg;
    char name[300];
    int n = 0;
    for (; n < 8 && method[n]; n++)
        name[n] = (char)(method[n] >= 'a' && method[n] <= 'z' ? method[n] - 32 : method[n]);
    snprintf(name + n, sizeof name - (size_t)n, " %s", c->path);
    const struct route *r = served(name);
    c->operations++;
    c->served += r != NULL;
    if (!r != is_missing(name)) {
        print_error("%s: %s\n", name, r ? "is served: take it from the list" : "is not served");
        c->bad++;
    } else if (r && !rights_are_right(r, operation)) {
        print_error("%s: its rights are not those of the contract\n", name);
        c->bad++;
    }
}

static void look_at_path(void *arg, const char *path, const struct jsonr *operations)
{
    struct counted *c = arg;
    c->path = path;
    jsonr_each((struct jsonr *)(uintptr_t)operations, look_at_operation, c);
}

static void all_that_is_promised_is_served(void **state)
{
    struct counted c = {0};
    (void)state;
    jsonr_each(jsonr_get(contract, "paths"), look_at_path, &c);
    assert_int_equal(c.bad, 0);
    assert_int_equal(c.served, api_route_count + server_route_count);
    assert_int_equal(c.operations, c.served + sizeof missing / sizeof *missing - 1);
}

/* ---- from the table to the contract ---- */

static void promised(const struct route *r)
{
    char method[8] = "";
    const char *name = request_method_names[r->method];
    for (size_t i = 0; i < sizeof method - 1 && name[i]; i++)
        method[i] = (char)(name[i] + 32);
    if (!jsonr_get(jsonr_get(jsonr_get(contract, "paths"), r->pattern), method))
        fail_msg("%s %s is in no contract", name, r->pattern);
}

static void all_that_is_served_is_promised(void **state)
{
    (void)state;
    for (size_t i = 0; i < api_route_count; i++)
        promised(&api_routes[i]);
    for (size_t i = 0; i < server_route_count; i++)
        promised(&server_routes[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_promised_is_served),
        cmocka_unit_test(all_that_is_served_is_promised),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
