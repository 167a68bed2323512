/*
 * What a client of 'spoolctl mcp' sends: mcp_line.c cuts it into lines, mcp_serve.c answers each. Tools
 * are not called: what they are given is checked, and they fail.
 *
 * Laws: every answer is one line of JSON; a request has one answer, with its id and either a result or
 * an error, and nothing else has any; whatever a line was, the next one is answered.
 */
#include <string.h>

#include "base/jsonr.h"
#include "fuzz.h"
#include "spoold/ctl/mcp_line.h"
#include "spoold/ctl/mcp_serve.h"
#include "spoold/ctl/mcp_wire.h"

/* In place of what needs a spool. */
#define STANDIN(NAME)                                                                              \
    void NAME(struct mcp_call *c)                                                                  \
    {                                                                                              \
        (void)c;                                                                                   \
        abort();                                                                                   \
    }
STANDIN(mcp_status)
STANDIN(mcp_list)
STANDIN(mcp_failed)
STANDIN(mcp_text)
STANDIN(mcp_submit)
STANDIN(mcp_retry)
STANDIN(mcp_cancel)
STANDIN(mcp_pause)
STANDIN(mcp_resume)

const char *ctl_shown(const char *path)
{
    return path;
}

static bool same(const struct jsonr *a, const struct jsonr *b)
{
    struct buf x = {0}, y = {0};
    jsonr_copy(a, &x);
    jsonr_copy(b, &y);
    bool equal = x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
    buf_free(&x);
    buf_free(&y);
    return equal;
}

static struct jsonr *answer_law(const struct buf *out)
{
    FUZZ_LAW(out->len > 1 && out->data[out->len - 1] == '\n');
    FUZZ_LAW(memchr(out->data, '\n', out->len) == out->data + out->len - 1);
    struct jsonr *j = jsonr_parse(out->data, out->len - 1, NULL, 0);
    FUZZ_LAW(j);
    if (jsonr_type(j) == JSONR_OBJECT)
        FUZZ_LAW(!jsonr_get(j, "result") != !jsonr_get(j, "error"));
    return j;
}

static void one_line(struct mcp_server *s, enum mcp_line how, const char *line, size_t n)
{
    struct buf out = {0};
    struct mcp_message m = {0};
    struct jsonr *j = how == MCP_LINE_WHOLE ? jsonr_parse(line, n, NULL, 0) : NULL, *answer = NULL;
    enum mcp_kind kind = MCP_BROKEN;
    if (j) {
        (void)mcp_cancelled(j);
        (void)mcp_wants_tool(j);
        kind = mcp_read(j, &m);
        mcp_answer(s, j, &out);
    } else {
        mcp_answer_broken(s, how, "fuzz", &out);
    }
    if (out.len > 0)
        answer = answer_law(&out);
    if (kind == MCP_REQUEST)
        FUZZ_LAW(answer && same(jsonr_get(answer, "id"), m.id));
    if (kind == MCP_NOTIFICATION || kind == MCP_RESPONSE)
        FUZZ_LAW(!answer);
    if (kind == MCP_BROKEN && jsonr_type(j) != JSONR_ARRAY)
        FUZZ_LAW(answer && jsonr_get(answer, "error"));
    jsonr_free(answer);
    jsonr_free(j);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char last[] = "\n{\"jsonrpc\":\"2.0\",\"id\":\"last\",\"method\":\"ping\"}\n";
    struct mcp_allow allow = {.changes = n > 0 && data[0] & 1, .roots = n > 0 && data[0] & 2};
    char root[] = "/scans";
    struct mcp_server s = {.allow = &allow, .instead = "fuzzing"};
    struct mcp_lines l = {0};
    const char *line = NULL;
    size_t len = 0, half = n / 2;
    unsigned seen = 0;
    enum mcp_line how;

    allow.root[0] = root;
    FUZZ_LAW(mcp_line_add(&l, (const char *)data, half));
    while ((how = mcp_line_next(&l, &line, &len)) != MCP_LINE_NONE)
        one_line(&s, how, line, len);
    FUZZ_LAW(mcp_line_add(&l, (const char *)data + half, n - half));
    FUZZ_LAW(mcp_line_add(&l, last, sizeof last - 1));
    while ((how = mcp_line_next(&l, &line, &len)) != MCP_LINE_NONE) {
        one_line(&s, how, line, len);
        seen++;
    }
    FUZZ_LAW(seen >= 2 && len == sizeof last - 3 && memcmp(line, last + 1, len) == 0);
    FUZZ_LAW(mcp_line_last(&l, &line, &len) == MCP_LINE_NONE);
    mcp_line_free(&l);
    return 0;
}
