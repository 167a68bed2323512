/*
 * onepage: the parser as one process for one page (base/pagewire.h): into the cage, then the
 * document is looked at, the page drawn, the answer given.
 */
#ifndef PDFSPOOL_ONEPAGE_H
#define PDFSPOOL_ONEPAGE_H

/* With the words behind PAGEWIRE_OPTION. The exit code: 0: an answer was given; 64: these are no
 * such words. Ends by itself when there can be no cage, or nobody listens. */
int onepage_main(int argc, char **argv);

#endif
