/*
 * layout: the names of the tree, each spelt here and nowhere else.
 *
 *   spool.ini
 *   pending/<path>
 *   pending/.retry/<due>.<need>.<token>
 *   pending/.unpack/<document id>.<claim>/<path>
 *   claimed/<host>/<lease>/beat
 *   claimed/<host>/<lease>/status.json
 *   claimed/<host>/<lease>/processes.json
 *   claimed/<host>/<lease>/work/<token>
 *   claimed/<host>/<lease>/work/<destination>!<token>
 *   claimed/<host>/<lease>/caps/<cap>.<number>.<gen>.<holder>
 *   done/<path>
 *   failed/<class>/<path>
 *   control/<command>
 *   control/names/<hh>/<hash>
 *   control/paths/<document id>
 *   control/paths/<document id>.pages
 *   control/archives/<document id>
 *   control/caps/<cap>/ (capname.h)
 *   journal/<host>/<lease id>.jsonl
 */
#ifndef PDFSPOOL_LAYOUT_H
#define PDFSPOOL_LAYOUT_H

#define SPOOL_INI       "spool.ini"
#define DIR_PENDING     "pending"
#define DIR_RETRY       ".retry"  /* in pending/ */
#define DIR_UNPACK      ".unpack" /* in pending/ */
#define DIR_CLAIMED     "claimed"
#define DIR_DONE        "done"
#define DIR_FAILED      "failed"
#define DIR_CONTROL     "control"
#define DIR_NAMES       "names"    /* in control/ */
#define DIR_PATHS       "paths"    /* in control/ */
#define DIR_ARCHIVES    "archives" /* in control/ */
#define DIR_CAPS        "caps"     /* in control/ */
#define DIR_JOURNAL     "journal"
#define LEASE_BEAT      "beat"
#define LEASE_STATUS    "status.json"
#define LEASE_PROCESSES "processes.json"
#define LEASE_WORK      "work"
#define LEASE_CAPS      "caps" /* made when the first token comes */
/* Of the folder that gets the attachments of a document (expose.h); numbers may follow. */
#define ATTACHED_ENDING ".attached"
/* What a document that waits has still to have done. */
#define NEED_TEXT      "text"
#define NEED_LONG      "long" /* it was put off; what its pages gave is kept, too */
#define NEED_OCR       "ocr"  /* of some pages; what the others gave is kept (pagefile.h) */
#define NEED_LAST      "last" /* need.h, which has one more */
#define CTL_PAUSE      "pause"
#define CTL_PAUSE_LANE "pause-lane." /* + lane */
#define CTL_PAUSE_HOST "pause-host." /* + host */
#define CTL_DRAIN      "drain."      /* + host */
#define CTL_RESET      "reset."      /* + host; that host takes it back */
#define CTL_CANCEL     "cancel."     /* + document id, or i<inode>-<path hash> */
/* In control/caps/<cap>/ */
#define CAP_RATE  "rate"
#define CAP_MADE  "made"
#define CAP_FIRST "first"

enum {
    SPOOL_FORMAT = 1,   /* of the tree: who knows another one keeps his hands off */
    SPOOL_PROTOCOL = 1, /* of the hosts: goes up where one does what an older one would not, and may
                           leave alone (docs/SPOOL.md, Versions) */
    NAME_CAP = 256,     /* NAME_MAX + NUL */
    PATH_CAP = 4096,    /* of a document's path below pending/, with NUL */
    NEED_CAP = 8,
    ID_CAP = 40, /* document and claim ids, with NUL */
    HOST_CAP = 65,
    LEASE_ID_CAP = 13,
    LEASE_CAP = 110 /* a lease's name */
};

#endif
