/*
 * entrybox: what the tests of archives and of attachments share: the files of
 * tests/gen/archives.py, and a sink that writes down what it is told.
 */
#ifndef PDFSPOOL_TEST_ENTRYBOX_H
#define PDFSPOOL_TEST_ENTRYBOX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "extractd/parser/entry.h"

static char folder[64] = "/tmp/entrybox.XXXXXX";
static bool made; /* the files are there */

/* What a sink has seen. */
struct seen {
    struct buf listing;
    uint64_t now;
    int step, stop_at; /* the call that answers "no more"; 0: none */
    bool open;         /* between begin and end */
};

static bool answer(struct seen *s)
{
    return ++s->step != s->stop_at;
}

static bool begin(void *user, const struct entry_head *head)
{
    struct seen *s = user;
    assert_false(s->open);
    assert_int_equal(head->len, strlen(head->path));
    utf8_show_name(&s->listing, head->path, head->len);
    s->open = true;
    s->now = 0;
    return answer(s);
}

static bool take_bytes(void *user, const void *bytes, size_t n)
{
    struct seen *s = user;
    assert_true(s->open && n > 0 && bytes);
    s->now += n;
    return answer(s);
}

static bool end(void *user, enum entryfate fate, const char *message)
{
    struct seen *s = user;
    assert_true(s->open && message);
    s->open = false;
    buf_fmt(&s->listing, " %llu %s; ", (unsigned long long)s->now, entryfate_name(fate));
    return answer(s);
}

static void *read_kind(const char *kind, size_t *size)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, kind);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    *size = (size_t)ftell(f);
    rewind(f);
    void *data = malloc(*size + 1); /* to the byte, for the address sanitizer */
    assert_true(data && fread(data, 1, *size, f) == *size);
    fclose(f);
    return data;
}

/* Make all kinds. 0, also when that cannot be: `made` then stays false, and why was printed. */
static int entrybox_make(void)
{
    char command[200];
    if (access("tests/gen/archives.py", R_OK) != 0 ||
        system("command -v python3 >/dev/null") != 0) {
        print_message("skipped: needs python3, and to be run from the top of the tree\n");
        return 0;
    }
    if (!mkdtemp(folder))
        return -1;
    snprintf(command, sizeof command, "python3 -W ignore tests/gen/archives.py %s", folder);
    made = system(command) == 0;
    return made ? 0 : -1;
}

static int entrybox_remove(void)
{
    char command[200];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return made ? system(command) : 0;
}

#endif
