/*
 * command: on_folder_done, run by sh -c as it stands in the settings. What it is about is never part
 * of its text: it is in the environment (PDFSPOOL, PDFSPOOL_ID, PDFSPOOL_FOLDER, PDFSPOOL_DONE,
 * PDFSPOOL_PARTIAL, PDFSPOOL_EMPTY, PDFSPOOL_FAILED) and on its standard input, as JSON.
 */
#ifndef PDFSPOOLD_COMMAND_H
#define PDFSPOOLD_COMMAND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { COMMAND_WHY = 128 };

struct command {
    const char *text;  /* for sh -c */
    const char *spool; /* folder */
    const char *json;  /* as message_folder makes it */
    size_t n;
    int64_t timeout_ms;
    const atomic_bool *stop; /* NULL, or: kill it when it becomes true */
};

/* Run it to its end; what it says goes to the log. True: its exit code is 0. Else why[] says what
 * happened. After its time it is killed, with all of its process group. */
bool command_run(const struct command *c, char why[COMMAND_WHY]);

#endif
