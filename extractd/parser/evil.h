/*
 * evil: a parser in an attacker's hands. Compiled only with TEST_EVIL, into a binary that is never
 * shipped.
 *
 * A document whose first line is "%EVIL <attack> [argument]" makes the parser try that attack.
 * Attacks on the system end the document as `corrupt` with the message "success" or "errno <name>";
 * attacks on the protocol send what they send.
 */
#ifndef PDFSPOOL_EVIL_H
#define PDFSPOOL_EVIL_H

#include <stddef.h>

/* Returns only when the document is no attack. */
void evil_try(const void *data, size_t size);

#endif
