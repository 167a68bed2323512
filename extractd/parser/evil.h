/*
 * evil: a parser in an attacker's hands. Compiled only with TEST_EVIL, into a binary that is never
 * shipped.
 *
 * A document whose first line is "%EVIL <attack> [argument]" makes the parser try that attack.
 * Attacks on the system end the document as `corrupt` with the message "success" or "errno <name>";
 * attacks on the protocol send what they send. "%EVIL-PAGE <attack> <page>" in a good document is
 * an attack when that page's turn comes.
 */
#ifndef PDFSPOOL_EVIL_H
#define PDFSPOOL_EVIL_H

#include <stddef.h>
#include <stdint.h>

/* Returns only when the document is no attack. */
void evil_try(const void *data, size_t size);
/* Page from 0. */
void evil_page(const void *data, size_t size, uint32_t page);

#endif
