/*
 * In place of whole.c, and of the rooms that need other libraries than MuPDF's (ENGINES in the
 * Makefile). The Makefile has each function of those mean lean_missing, so that a call of one that
 * whole_program() should have kept away ends the process, whatever it was.
 */
#include "extractd/parser/lean.h"

#include <stdlib.h>

#include "extractd/parser/whole.h"

bool whole_program(void)
{
    return false;
}

void lean_missing(void)
{
    abort();
}
