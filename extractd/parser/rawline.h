/*
 * rawline: the lines of text that tesseract passes from its layout to its network, kept as they
 * are: in the place of leptonica's pixWriteMem, which the linker finds here first.
 *
 * tesseract packs the picture of each line as PNG, and unpacks it in the next call: 7 % of the time
 * that a page takes. What is made here instead is leptonica's own form for pictures in memory
 * (SPIX: a header and the pixels), which pixReadMem knows by its first bytes. No program that this
 * is linked with writes a picture for anybody else.
 */
#ifndef PDFSPOOL_PARSER_RAWLINE_H
#define PDFSPOOL_PARSER_RAWLINE_H

/* Pictures that were kept so, for tests; it wraps around. */
unsigned long rawline_count(void);

#endif
