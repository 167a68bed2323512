/* The sensors of processors, as drivers call them: /sys/class/hwmon, and where none of these is
 * there the thermal zones of boards. Other sensors (disks, radios, what firmware makes up) say
 * nothing of what a processor bears. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extractd/hostload.h"

enum { NAME = 64, COLDEST = -60000, HOTTEST = 200000 };

/* The first sensor of each of these is the whole processor's. */
static bool is_processor(const char *chip)
{
    static const char *const chips[] = {"coretemp",    "k10temp",     "zenpower",
                                        "cpu_thermal", "soc_thermal", "via_cputemp"};
    for (size_t i = 0; i < sizeof chips / sizeof *chips; i++)
        if (strcmp(chips[i], chip) == 0)
            return true;
    return false;
}

static bool is_processors_zone(const char *type)
{
    return strcmp(type, "x86_pkg_temp") == 0 || strncmp(type, "cpu", 3) == 0 ||
           strncmp(type, "soc", 3) == 0;
}

/* Each folder of `top`, whose file `name` is of the kind wanted: its file `input`. */
static void find(struct hostload *h, const char *top, const char *const files[2],
                 bool wanted(const char *))
{
    char path[HOSTLOAD_PATH], name[NAME];
    struct dirent *e;
    snprintf(path, sizeof path, "%s%s", h->root, top);
    DIR *d = opendir(path);
    while (d && h->sensors < HEAT_SENSORS && (e = readdir(d))) {
        char *sensor = h->sensor[h->sensors];
        if (e->d_name[0] == '.' ||
            snprintf(path, sizeof path, "%s/%s/%s", top, e->d_name, files[0]) >= (int)sizeof path ||
            hostload_file(h->root, path, name, sizeof name) <= 0)
            continue;
        name[strcspn(name, "\n")] = 0;
        if (wanted(name) &&
            snprintf(sensor, HOSTLOAD_PATH, "%s/%s/%s", top, e->d_name, files[1]) < HOSTLOAD_PATH)
            h->sensors++;
    }
    if (d)
        closedir(d);
}

void hostload_sensors(struct hostload *h)
{
    static const char *const chip[2] = {"name", "temp1_input"}, *const zone[2] = {"type", "temp"};
    h->sensors = 0;
    find(h, "/sys/class/hwmon", chip, is_processor);
    if (h->sensors == 0)
        find(h, "/sys/class/thermal", zone, is_processors_zone);
}

int64_t hostload_heat(const struct hostload *h)
{
    char text[NAME], *end;
    int64_t hottest = STATUS_UNKNOWN;
    for (unsigned i = 0; i < h->sensors; i++) {
        if (hostload_file(h->root, h->sensor[i], text, sizeof text) <= 0)
            continue;
        long v = strtol(text, &end, 10);
        if (end != text && v > COLDEST && v < HOTTEST && v > hottest)
            hottest = v;
    }
    return hottest;
}
