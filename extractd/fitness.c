#include "extractd/fitness.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "extractd/ask.h"
#include "extractd/extractd.h"

enum { PARSER_MS = 10000 };

void fitness_version(void)
{
    printf("extractd " PDFSPOOL_VERSION " (spool format %d, protocol %d)\n", SPOOL_FORMAT,
           SPOOL_PROTOCOL);
}

int fitness_check(const char *parser)
{
    static const char wanted[] = "pdfspool-parser " PDFSPOOL_VERSION;
    char name[] = "pdfspool-parser", option[] = "--version";
    char *argv[] = {name, option, NULL};
    struct ask a;
    if (ask_wait(&a, parser, argv, PARSER_MS) != 0) {
        fprintf(stderr, "extractd: no process can be started: %s\n", strerror(errno));
        return 71;
    }
    if (a.code != 0 || strcmp(a.text, wanted) != 0) {
        fprintf(stderr, "extractd: %s is not the parser of extractd " PDFSPOOL_VERSION ": %s\n",
                parser, a.len > 0 ? a.text : "it does not answer --version");
        return 71;
    }
    fitness_version();
    return 0;
}
