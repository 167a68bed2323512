#include "extractd/frame.h"

#include "extractd/wire.h"

_Static_assert(FRAME_HEADER == 9, "frame_header writes 9 bytes");

static const uint32_t payload_max[FRAME_TYPE_END] = {
    [FRAME_CAGED] = 15,
    [FRAME_BEGIN] = 0,
    [FRAME_PAGES] = 1,
    [FRAME_META] = FRAME_META_MAX,
    [FRAME_TEXT] = FRAME_PAYLOAD_MAX,
    [FRAME_OTHER] = FRAME_PAYLOAD_MAX,
    [FRAME_WANT] = WIRE_LANGUAGES - 1,
    [FRAME_PAGE] = WIRE_PAGE_SIZE + FRAME_MESSAGE_MAX,
    [FRAME_END] = FRAME_MESSAGE_MAX,
    [FRAME_ENTRY] = 1 + FRAME_NAME_MAX,
    [FRAME_BYTES] = FRAME_PAYLOAD_MAX,
    [FRAME_FATE] = 1 + FRAME_MESSAGE_MAX,
    [FRAME_SETTLED] = 0,
};

uint32_t frame_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

void frame_put_u32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

uint32_t frame_payload_max(uint8_t type)
{
    return type < FRAME_TYPE_END ? payload_max[type] : 0;
}

void frame_header(uint8_t out[static 9], uint8_t type, uint32_t page, uint32_t length)
{
    out[0] = type;
    frame_put_u32(out + 1, page);
    frame_put_u32(out + 5, length);
}

/* Everything that can be known is refused as early as it can be: the type by the first byte, the
 * length by the ninth; nothing is ever waited for, or allocated, on the word of a length that is
 * not allowed. */
enum frame_verdict frame_decode(const uint8_t *data, size_t n, struct frame *f, size_t *used)
{
    if (n == 0)
        return FRAME_MORE;
    uint8_t type = data[0];
    if (type < FRAME_CAGED || type >= FRAME_TYPE_END)
        return FRAME_BROKEN;
    if (n < FRAME_HEADER)
        return FRAME_MORE;
    uint32_t length = frame_u32(data + 5);
    if (length > payload_max[type])
        return FRAME_BROKEN;
    if (n - FRAME_HEADER < length)
        return FRAME_MORE;
    *f = (struct frame){type, frame_u32(data + 1), length, data + FRAME_HEADER};
    *used = (size_t)FRAME_HEADER + length;
    return FRAME_WHOLE;
}
