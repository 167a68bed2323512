/*
 * frame: the framing of a parser's results: {u8 type, u32 page, u32 length, bytes}, little endian.
 *
 * The decoder is a pure function of the bytes given, allocates nothing and keeps no state: it meets
 * hostile bytes outside any cage. It decides what is a frame, and nothing else; what is allowed
 * when is decided in accept.c.
 */
#ifndef PDFSPOOL_FRAME_H
#define PDFSPOOL_FRAME_H

#include <stddef.h>
#include <stdint.h>

struct frame {
    uint8_t type; /* enum wire_frame, in range */
    uint32_t page;
    uint32_t length;      /* of the payload; within the bound of its type */
    const uint8_t *bytes; /* borrowed: points into the decoded buffer */
};

enum frame_verdict {
    FRAME_MORE, /* as far as it goes, fine: more bytes are needed */
    FRAME_WHOLE,
    FRAME_BROKEN /* never to become a frame: unknown type, or longer than its type may be */
};

/* The most that a frame needs: a buffer of this size always has room to complete the frame at its
 * start. */
#define FRAME_BYTES_MAX ((size_t)FRAME_HEADER + FRAME_PAYLOAD_MAX)

/* Look at n bytes. FRAME_WHOLE: *f is filled and *used says how many bytes it took. Cannot fail
 * otherwise. */
enum frame_verdict frame_decode(const uint8_t *data, size_t n, struct frame *f, size_t *used);
/* The longest payload of a frame of this type; 0 for FRAME_BEGIN and for what is no type. */
uint32_t frame_payload_max(uint8_t type);
/* Write the header of a frame (the parser's side). */
void frame_header(uint8_t out[static 9], uint8_t type, uint32_t page, uint32_t length);

/* Little-endian numbers, unaligned. */
uint32_t frame_u32(const uint8_t *p);
void frame_put_u32(uint8_t *p, uint32_t v);

#endif
