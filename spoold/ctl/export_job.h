/*
 * export_job: what the parts of 'spoolctl export' share: what was asked for, where it goes, and how
 * it is told.
 */
#ifndef PDFSPOOL_CTL_EXPORT_JOB_H
#define PDFSPOOL_CTL_EXPORT_JOB_H

#include "spoold/ctl/ctl.h"
#include "spoold/ctl/export_pack.h"
#include "spoold/ctl/export_view.h"

struct export_form {
    const char *name;          /* as --format takes it */
    const char *const *suffix; /* ends of names that mean it; ended by NULL */
    enum { TREE, ARCHIVE, LINES } kind;
    enum export_pack_format format; /* of what is no tree */
    enum export_pack_filter filter;
};

struct export_job {
    struct export_view view;
    const struct export_form *form;
    const char *dest;
    bool pages, update, json_files, to_stdout;
    int64_t newer_ms; /* -1: all */
    char trouble[EXPORT_TROUBLE_CAP];
    int64_t begun, drawn;
    char **folders; /* owned; to be exported one after the other */
    int n_folders;
};

/* export_dest.c: the form by the name given with --format, or (NULL) by the end of the
 * destination's name. 0, or an exit code having said why. */
int export_dest_form(struct export_job *j, const char *name);
/* Open the destination: the sink, and the folder for large files. The same. */
int export_dest_open(struct export_job *j);

/* export_told.c: callbacks of the view (arg is the job): progress, and a document that failed. */
void export_told_tick(void *arg);
void export_told_trouble(void *arg, const char *path, const char *why);
/* Wipe the line of the progress from the terminal. */
void export_told_clear(const struct export_job *j);
/* The counts, as a line for people on stderr, or as JSON on stdout (0 or an exit code). */
void export_told_people(const struct export_job *j);
int export_told_json(const struct export_job *j, bool whole);

#endif
