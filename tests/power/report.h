/* report: what the power cuts have found, by scene and in all. */
#ifndef PDFSPOOL_TEST_REPORT_H
#define PDFSPOOL_TEST_REPORT_H

#include <stdbool.h>

/* Print what came of the plans (plans.h), and write $REPORT/power-cut.json when REPORT names a
 * folder. `audited`: there was a spoolctl. The exit code: 0; 1 when a check failed. */
int report_tell(double seconds, bool audited);

#endif
