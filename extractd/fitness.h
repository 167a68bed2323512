/*
 * fitness: what `extractd --check` says: whether this program could work here. The spool has been
 * opened then (its format fits) and the configuration is without errors; left is the parser.
 */
#ifndef PDFSPOOL_FITNESS_H
#define PDFSPOOL_FITNESS_H

/* Name and version of this program, the spool's format and the protocol that it speaks: one line. */
void fitness_version(void);
/* Ask the parser for its version, which must be this program's, and say on stdout that all is well
 * or on stderr what is not. The exit code: 0, or 71. */
int fitness_check(const char *parser);

#endif
