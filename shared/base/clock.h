/*
 * clock: this machine's clocks. Intervals are measured on CLOCK_BOOTTIME (it counts suspend, and
 * nobody sets it); the wall clock is for people only (notes on NFS: clocks of two machines are
 * never compared).
 */
#ifndef PDFSPOOL_CLOCK_H
#define PDFSPOOL_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_boot_ms(void);
int64_t clock_boot_ns(void);
int64_t clock_wall_ms(void); /* since the epoch; for log lines and reports */
/* Sleep; ends early when a signal arrives. */
void clock_sleep_ms(int64_t ms);
/* RFC 3339, UTC, milliseconds: "2026-11-22T04:31:08.123Z" into dst (at least 25 bytes). */
void clock_show(int64_t epoch_ms, char *dst, size_t cap);

#endif
