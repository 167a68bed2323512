/*
 * scene: what is recorded and then cut: the fault sweep's scenarios, and the commands of spoolctl
 * that move documents.
 */
#ifndef PDFSPOOL_TEST_SCENE_H
#define PDFSPOOL_TEST_SCENE_H

#include "../fault/scenario.h"
#include "../fault/world.h"
#include "record.h"

struct scene {
    const char *name;
    const struct scenario *scenario; /* prepare and body */
    /* What people do after the power came back, before the workers start: look at what the cut left
     * (violations are returned) and give the command once more. In a process of its own. NULL:
     * nothing. `log` and `cut` tell what had happened. */
    unsigned (*again)(struct world *w, const struct record_log *log, unsigned cut, bool loud);
};

extern const struct scene ctl_scenes[];
extern const unsigned ctl_scene_count;

#endif
