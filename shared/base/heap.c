#include "base/heap.h"

#include <malloc.h>

enum { PART = 8 };

bool heap_give_back(size_t least)
{
    static size_t
        given; /* free when it was last done: given back, it counts as free all the same */
    size_t spare = mallinfo2().fordblks;
    size_t moved = spare > given ? spare - given : given - spare;
    if (spare < least || moved < least / PART)
        return false;
    malloc_trim(0);
    given = spare;
    return true;
}
