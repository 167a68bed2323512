#include "base/outcome.h"

#include <string.h>

static const struct outcome_facts facts[] = {
    [OUTCOME_OK] = {"ok", false, false, 0, "every page has its text"},
    [OUTCOME_PARTIAL] = {"partial", false, false, 0, "some pages are bad or wait for OCR"},
    [OUTCOME_EMPTY] = {"empty", false, false, 0, "there is no text on any page"},
    [OUTCOME_ENCRYPTED] = {"encrypted", true, false, 0, "a password is needed"},
    [OUTCOME_CORRUPT] = {"corrupt", true, false, 0, "it is too damaged to be read"},
    [OUTCOME_NOT_PDF] = {"not_pdf", true, false, 0, "it is not a PDF"},
    [OUTCOME_LIMIT] = {"limit", true, false, 0, "it exceeds a limit of the configuration"},
    [OUTCOME_TIMEOUT] = {"timeout", true, true, 't', "it took longer than document_timeout"},
    [OUTCOME_STALLED] = {"stalled", true, true, 's', "it made no progress for stall_timeout"},
    [OUTCOME_CRASHED] = {"crashed", true, true, 'c', "its parser crashed"},
    [OUTCOME_MEMORY] = {"memory", true, true, 'm', "its parser ran out of memory"},
    [OUTCOME_PROTOCOL] = {"protocol", true, true, 'p', "its parser sent nonsense, and was killed"},
    [OUTCOME_POISON] = {"poison", true, true, 'd', "its workers died with it in hand, too often"},
    [OUTCOME_CANCELLED] = {"cancelled", true, false, 0, "a person cancelled it"},
    [OUTCOME_UNREADABLE] = {"unreadable", true, false, 0, "the worker may not read the file"},
};

_Static_assert(sizeof facts / sizeof facts[0] == OUTCOME_COUNT, "a row for each outcome");

const struct outcome_facts *outcome_facts(enum outcome o)
{
    return &facts[o];
}

enum outcome outcome_of(const char *name, size_t n)
{
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (strlen(facts[i].name) == n && memcmp(facts[i].name, name, n) == 0)
            return (enum outcome)i;
    return OUTCOME_COUNT;
}

enum outcome outcome_of_letter(char letter)
{
    for (int i = 0; i < OUTCOME_COUNT && letter; i++)
        if (facts[i].letter == letter)
            return (enum outcome)i;
    return OUTCOME_COUNT;
}
