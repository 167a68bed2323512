/* selftest: does the model of NFS show what was measured on real NFS (docs/NFS.md)? */
#ifndef PDFSPOOL_SIM_SELFTEST_H
#define PDFSPOOL_SIM_SELFTEST_H

/* A line for each check; adds to the two counts. */
void selftest(unsigned *passed, unsigned *failed);

#endif
