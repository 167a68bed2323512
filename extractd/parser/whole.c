#include "extractd/parser/whole.h"

bool whole_program(void)
{
    return true;
}
