/*
 * extractd: what its processes share by inheritance, and the processes themselves.
 *
 *   supervisor   forks and watches the rest; never touches the share once it runs (supervisor.c)
 *   opener       makes the lease, and takes this host's dead ones back; then it ends (opener.c)
 *   closer       gives the lease back at the end (opener.c)
 *   beat         touches the heartbeat, and does nothing else (beat.c)
 *   claimer      lists pending/, claims in small batches, hands tokens to the slots (claimer.c)
 *   slot x N     load, have it parsed, write results, seal, publish (slot.c)
 *   reporter     writes status.json and the journal, lists control/ (reporter.c)
 *   janitor      reclaims dead leases, sweeps leftovers (janitor.c)
 *   zygote       pdfspool-parser, its own binary, which forks the parsers
 */
#ifndef PDFSPOOL_EXTRACTD_H
#define PDFSPOOL_EXTRACTD_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/notify.h"
#include "extractd/board.h"
#include "extractd/upgrade.h"
#include "extractd/wire.h"
#include "spool/dupindex.h"
#include "spool/journal.h"
#include "spool/spool.h"

#ifndef PDFSPOOL_VERSION
#define PDFSPOOL_VERSION "0.1.0"
#endif

struct extractd {
    struct spool spool;
    struct board *board;
    struct dupindex *finished; /* where texts may be taken over from; the reporter writes it */
    const char *config;        /* --config, or NULL */
    const char *parser;        /* path of pdfspool-parser */
    int parser_fd, whole_fd;   /* that program and the one with all engines; -1: not there */
    struct upgrade upgrade;    /* what runs, and what would take its place */
    bool once;
    int queue_in,
        queue_out; /* indices of hands: the claimer writes, the slots read (SOCK_SEQPACKET) */
    int help_in,
        help_out; /* calls for help with a document's pages (helpline.h): from slot to slot */
    int event_in,
        event_out; /* journal lines: everybody writes, the reporter reads (SOCK_SEQPACKET) */
    int zygote_in, zygote_out; /* control socket of the zygote: we write, it reads */
    int room;                  /* eventfd: a slot has become free */
    int status_fd[BOARD_SLOTS];
    struct wire_status *status[BOARD_SLOTS]; /* status pages; hostile content */
    unsigned settings_seen;                  /* generation of the settings in spool.settings */
    struct notify manager;                   /* of the supervisor alone (herald.h) */
    int64_t next_line; /* boot clock, ms: when that is next told how things stand */
};

/* The processes' own main functions; the value is the exit code. */
int opener_main(struct extractd *x);
int closer_main(struct extractd *x);
int reload_main(struct extractd *x);
int beat_main(struct extractd *x);
int claimer_main(struct extractd *x);
int slot_main(struct extractd *x, int slot);
int reporter_main(struct extractd *x);
int janitor_main(struct extractd *x);

/* The name of the i-th process of the board: zygote, beat, claimer, reporter, janitor, slot.N. */
void extractd_role(unsigned i, char name[16]);
/* Take over newer settings from the board, if there are any. True when they changed. */
bool extractd_settings(struct extractd *x);
/* The most slots where their number follows the machine: of a share that is near (most of a small
 * document's time is waiting for fsync), of one far away. */
unsigned extractd_slots_near(const struct settings *s, unsigned cores);
unsigned extractd_slots_most(const struct settings *s, unsigned cores);
/* How many of this host's slots OCR may have: at least one, and where there are more, not all. */
unsigned extractd_ocr_slots(const struct extractd *x);
/* Where a slot is, while a parser works by that one's own word: idle, load, wait, parse (a parser
 * is there and has not begun), open, text, ocr, emit, unpack, results, publish. */
const char *extractd_stage(const struct extractd *x, unsigned slot);
/* Open the lease that the opener has made. 0, or -1 (logged). */
int extractd_lease(struct extractd *x, struct lease *l);
/* Send a line to the journal; never blocks: what does not fit is counted as dropped. */
void extractd_event(struct extractd *x, const struct buf *line);

enum { EVENT_MAX = JOURNAL_LINE_MOST };

#endif
