/*
 * mupdf: the fence around MuPDF. This header is the only includer of <mupdf/...>, and only rooms of
 * this folder that open, read or draw a PDF include it (attached, document, engine, facts, glyphs,
 * glyphwork, layer, line, outline, render, repair, sheet, survey, tounicode); nobody else sees a MuPDF type.
 *
 * MuPDF's exceptions are longjmps. House rules: no return, break or goto out of fz_try; variables
 * changed inside and used after it are marked by fz_var; a function of ours that may throw says so
 * in its comment, all others catch.
 */
#ifndef PDFSPOOL_PARSER_MUPDF_H
#define PDFSPOOL_PARSER_MUPDF_H

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#include <mupdf/fitz.h>
#include <mupdf/pdf.h>
#include <mupdf/ucdn.h>
#pragma GCC diagnostic pop

#include "extractd/parser/arena.h"

struct engine {
    fz_context *ctx;
    struct arena memory;
    bool clearing;       /* each new block of it */
    char complaint[200]; /* the last error or warning; "" if there was none since engine_calm */
};

struct document {
    struct engine *engine;
    pdf_document *pdf;
};

#endif
