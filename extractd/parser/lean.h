/* lean: what stands where other engines would, in a program that has MuPDF alone (whole.h). */
#ifndef PDFSPOOL_PARSER_LEAN_H
#define PDFSPOOL_PARSER_LEAN_H

/* Aborts. Never called by this name. */
_Noreturn void lean_missing(void);

#endif
