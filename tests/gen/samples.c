#include "tests/gen/samples.h"

#include "tests/gen/genfile.h"
#include "tests/gen/kinds.h"

#include <limits.h>
#include <stdio.h>

struct sample {
    const char *file, *kind, *words;
};

static const struct sample samples[] = {
    {"letter.pdf", "letter", "I have found the missing logbook; it lay behind the third shelf."},
    {"report first quarter.pdf", "report",
     "Traffic grew by a tenth, and the new crane was in use on forty days."},
    {"two columns.pdf", "twocol", "The lighthouse will be painted in May."},
    {"form.pdf", "form", "Albatross of Bremen"},
    {"Größe und façade.pdf", "latin", "This file's name has accents as well."},
    {"hebrew.pdf", "rtl", "The lines above are Hebrew: hello world, test document."},
    {"with a blank page.pdf", "blankpage",
     "The second of these three pages is blank, and that is no failure."},
    {"scan.pdf", "scan",
     "Received on the quay: forty crates of oranges, two of them damaged by sea water."},
    {"text and scan.pdf", "mixed", "The second page of this document came from a scanner."},
    {"encrypted, opens without password.pdf", "emptypw", "Everybody may read this."},
    {"encrypted, needs a password.pdf", "password", "Nobody reads this without the password."},
    {"cut off.pdf", "trunc", "This document was cut off while it was copied."},
    {"not really a.pdf", "plaintext", "a chart of the northern approach"},
};

static int one_sample(const char *dir, const struct sample *s)
{
    const struct genopt opt = {.words = s->words};
    const struct kind *kind = kinds_find(s->kind);
    char path[PATH_MAX];
    struct buf out = {0};
    int rc;

    if (snprintf(path, sizeof path, "%s/%s", dir, s->file) >= (int)sizeof path) {
        (void)fprintf(stderr, "mkpdf: %s: the path is too long\n", dir);
        return -1;
    }
    kind->make(&out, &opt);
    rc = genfile_write(path, &out);
    buf_free(&out);
    return rc;
}

int samples_write(const char *dir)
{
    if (genfile_folder(dir) < 0)
        return -1;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        if (one_sample(dir, &samples[i]) < 0)
            return -1;
    return 0;
}
