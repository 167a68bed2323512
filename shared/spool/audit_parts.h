/*
 * audit_parts: what the parts of audit share. For audit*.c alone.
 */
#ifndef PDFSPOOL_AUDIT_PARTS_H
#define PDFSPOOL_AUDIT_PARTS_H

#include "spool/audit.h"
#include "spool/inuse.h"
#include "spool/look.h"
#include "spool/walk.h"

/* What was found wrong. */
struct finding {
    const char *kind; /* NULL: no problem, but a leftover to be counted */
    char what[600];
};

struct audit;
/* A suspicion is a check that is made again: true when it is (still) wrong, and *f says how. */
struct suspect;
typedef bool audit_check(struct audit *a, const struct suspect *s, struct finding *f);
struct suspect {
    audit_check *check;
    char *folder; /* path from the top of the spool, "" for itself (owned) */
    char *name;   /* (owned) */
};

struct audit {
    const struct spool *spool;
    struct audit_options options;
    int64_t now; /* the server's */
    audit_report *report;
    void *arg;
    struct audit_counts *counts;
    struct suspect *suspects;
    size_t n, cap;
    /* As of the round of looks at hand: */
    struct inuse inuse;
    char (*sealed)[36]; /* sorted reservation keys of the places of sealed documents */
    size_t n_sealed, cap_sealed;
    /* Hashes of the document ids met: */
    uint64_t *ids;
    size_t n_ids, cap_ids;
    bool out_of_memory;
};

/* audit.c */
/* Remember a suspicion; a full batch is looked at and told at once. */
void audit_suspect(struct audit *a, audit_check *check, const char *folder, const char *name);
/* Tell a problem now. */
void audit_problem(struct audit *a, const char *folder, const char *name, const struct finding *f);
/* Fill in *f and return true. */
bool audit_found(struct finding *f, const char *kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Note a document's id as met here. */
void audit_id(struct audit *a, const char *document);
uint64_t audit_hash(const char *document);
/* Is an entry there, by a fresh look at folder (path from the top)? */
bool audit_there(const struct audit *a, const char *folder, const char *name, struct statx *st);
/* Later of mtime and ctime longer ago than sweep_age? */
bool audit_old(const struct audit *a, const struct statx *st);

/* audit_results.c: done/ and failed/ */
int audit_results(struct audit *a);
/* Document id in the x.json of the PDF `name` in the open folder. False: there is none to be read.
 */
bool audit_document_of(int folder, const char *name, char document[ID_CAP]);
/* True for the name of a published PDF: visible, neither .txt nor .json. */
bool audit_is_pdf(const char *name);
/* audit_hidden.c: the hidden files there */
/* A hidden file in folder (path from the top): remember the suspicion that fits it, if any. */
void audit_hidden(struct audit *a, const struct walk_at *at, const char *folder);
/* The probe of a new lease (layout.h): gone in a moment, or when the lease is taken back. */
bool audit_check_probe(struct audit *a, const struct suspect *s, struct finding *f);
/* audit_places.c: everything else */
int audit_places(struct audit *a);
/* audit_caps.c: control/caps/, and the leases' tokens */
void audit_caps(struct audit *a);
/* audit_twice.c: documents in more than one place, by a.ids */
void audit_twice(struct audit *a);

#endif
