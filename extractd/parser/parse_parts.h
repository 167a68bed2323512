/* parse_parts: what the files of parse share. */
#ifndef PDFSPOOL_PARSER_PARSE_PARTS_H
#define PDFSPOOL_PARSER_PARSE_PARTS_H

#include "extractd/parser/parse.h"

/* A job with JOB_FILES: send BEGIN ... END for what is in it. Returns the outcome that END bore. */
enum outcome parse_files(struct engine *e, const struct parse_job *p);

#endif
