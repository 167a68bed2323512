/*
 * site: put before every source of the rooms (cc -include), so that the fault sweep knows which
 * place in the source each call of the table comes from.
 */
#ifndef PDFSPOOL_TEST_SITE_H
#define PDFSPOOL_TEST_SITE_H

#include "base/fsop.h"

const struct fsop *fault_site(const char *file, int line);
#define fs fault_site(__FILE__, __LINE__)

#endif
