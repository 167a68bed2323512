#include "extractd/parser/rawline.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <leptonica/allheaders.h>
#pragma GCC diagnostic pop

static unsigned long count;

/* Whatever format is asked for: who reads it back sees what it is. Fails as the original does. */
l_ok pixWriteMem(l_uint8 **data, size_t *size, PIX *pix, l_int32 format)
{
    (void)format;
    count++;
    return pixWriteMemSpix(data, size, pix);
}

unsigned long rawline_count(void)
{
    return count;
}
