#include "plan.h"

#include <stdio.h>
#include <string.h>

#include "host.h"

#define LONG_FOLDER                                                                                \
    "a folder with quite a long name, as people have them/and another one below it, still "        \
    "longer than the first/third, which makes it too long"

static const char *const names[] = {"a.pdf",
                                    "a.pdf",
                                    "a.pdf",
                                    "b.pdf",
                                    "a~2.pdf",
                                    "dir/a.pdf",
                                    "dir/a.pdf",
                                    "dir/sub/c.pdf",
                                    "other/d.pdf",
                                    "scan",
                                    LONG_FOLDER "/same.pdf",
                                    LONG_FOLDER "/same.pdf",
                                    "dir.pdf",
                                    "dir",
                                    "other.txt"};
enum { NAMES = sizeof names / sizeof *names };

static void times(int64_t beat_s)
{
    struct settings *s = &cluster.settings;
    static struct settings defaults;
    if (defaults.format == 0)
        settings_defaults(&defaults);
    *s = defaults;
    s->beat_interval = beat_s * 1000;
    s->self_stop = 3 * s->beat_interval;
    s->lease_timeout = 9 * s->beat_interval;
    s->settle = 10000;
    s->retry_delay = 10000;
    s->retry_delay_max = 60000;
    s->sweep_age = 24 * 3600 * 1000;
    s->empty_folder_age = 24 * 3600 * 1000;
    s->poll_min = 1000;
    s->poll_max = 15000;
    s->janitor_interval = 30000;
}

static void random_host(unsigned version)
{
    struct host *h = host_add(version == 2 ? sim_once_in(2) : version);
    h->plus = !sim_once_in(3);
    h->unknown_types = sim_once_in(4);
    h->write_through = sim_once_in(3);
    h->chunk = sim_once_in(3) ? 1 + sim_below(4) : 1000;
    h->rtt = sim_once_in(4) ? sim_between(5 * SIM_MS, 80 * SIM_MS) : sim_between(200, 3 * SIM_MS);
    h->skew = sim_between(-300, 300) * SIM_SECOND;
    h->boot_offset = sim_between(100, 1000000) * SIM_SECOND;
    h->restart_after = sim_between(SIM_SECOND, 60 * SIM_SECOND);
}

static void random_drops(sim_us until)
{
    unsigned n = 1 + sim_below(sim_once_in(6) ? 16 : 7), range = 1 + sim_below(NAMES);
    bool at_once = sim_once_in(3);
    sim_us when = sim_between(0, 30 * SIM_SECOND);
    for (unsigned i = 0; i < n; i++) {
        enum document_kind kind = sim_once_in(8)    ? DOCUMENT_CORRUPT
                                  : sim_once_in(12) ? DOCUMENT_CRASHES
                                  : sim_once_in(6)  ? DOCUMENT_HOLDS
                                                    : DOCUMENT_GOOD;
        if (!at_once)
            when += sim_between(0, until / n / 2);
        outside_drop(when, names[sim_below(range)], kind);
        outside.script[i].swap = sim_once_in(10);
        outside.script[i].slow =
            !outside.script[i].swap && cluster.settings.settle >= 10000 && sim_once_in(12);
    }
    outside.consumer = !sim_once_in(3);
    outside.takes_every = sim_between(2 * SIM_SECOND, 60 * SIM_SECOND);
    outside.pdf_first = sim_once_in(2);
}

static void random_faults(void)
{
    static const unsigned rates[] = {0, 2000, 600, 250, 120, 60};
    uint64_t all = ((uint64_t)1 << FAULT_SWITCH) - 1;
    fault.once_in = rates[sim_below(6)];
    fault.most = 4 + sim_below(30);
    fault.kinds = sim_once_in(3) ? all : 0;
    for (int i = 0; i < 4 && fault.kinds != all; i++)
        fault.kinds |= (uint64_t)1 << (1 + sim_below(FAULT_SWITCH - 1));
    nemesis.events = sim_once_in(4) ? 0 : 1 + sim_below(7);
    nemesis.kinds = sim_once_in(2) ? ~(uint64_t)0 : 0;
    for (int i = 0; i < 3 && nemesis.kinds != ~(uint64_t)0; i++)
        nemesis.kinds |= (uint64_t)1
                         << ((unsigned)FAULT_PARTITION + sim_below(FAULT_KINDS - FAULT_PARTITION));
}

void plan_random(void)
{
    unsigned hosts = 2 + sim_below(3), version = sim_below(3);
    times(sim_once_in(3) ? 20 : 10);
    for (unsigned i = 0; i < hosts; i++)
        random_host(version);
    cluster.slots = 1 + sim_below(WORKER_SLOTS);
    cluster.parse_most = sim_once_in(2) ? 0 : sim_between(SIM_SECOND, 60 * SIM_SECOND);
    cluster.janitors = true;
    cluster.sweeps = true; /* what the dead have reserved is free again only so */
    cluster.probe = sim_once_in(3);
    cluster.crash_in = sim_once_in(6) ? 3 : 0;
    if (sim_once_in(4)) {
        cluster.settings.sweep_age = 3600 * 1000; /* reservations after 150 s */
        cluster.settings.empty_folder_age = 60 * 1000;
    }
    if (sim_once_in(4))
        cluster.settings.settle = 1000;
    nemesis.until = sim_between(60 * SIM_SECOND, 500 * SIM_SECOND);
    random_drops(nemesis.until);
    random_faults();
    cluster.ocr_in = sim_below(4);
    for (unsigned i = 1; i < hosts; i++) /* one at least does OCR */
        cluster.host[i].no_ocr = sim_once_in(3);
}

void plan_naive(void)
{
    plan_random();
    for (unsigned i = 0; i < outside.n; i++) {
        static const char *const plain[] = {"a.pdf", "b.pdf", "c.pdf"};
        outside.script[i] = (struct scripted_drop){outside.script[i].when, plain[i % 3],
                                                   DOCUMENT_GOOD, false, false};
    }
}

/* ---- small worlds ---- */

static void small(unsigned hosts)
{
    times(20);
    for (unsigned i = 0; i < hosts; i++)
        host_add(sim.product_chance & 1)->restart_after = 5 * SIM_SECOND;
    cluster.slots = 1;
    cluster.settings.settle = 5000;
    cluster.settings.poll_min = cluster.settings.poll_max = 15000;
    nemesis.until = SIM_HOUR;
}

static void one_document(void)
{
    small(2);
    cluster.janitors = true;
    outside_drop(SIM_SECOND, "a.pdf", DOCUMENT_GOOD);
}

static void one_name_twice(void)
{
    small(2);
    cluster.janitors = true;
    outside_drop(SIM_SECOND, "a.pdf", DOCUMENT_GOOD);
    outside_drop(2 * SIM_SECOND, "a.pdf", DOCUMENT_GOOD);
}

static void taken_and_again(void)
{
    one_name_twice();
    outside.consumer = true;
    outside.takes_every = 3 * SIM_SECOND;
    outside.pdf_first = true;
}

const struct small_world small_worlds[] = {
    {"one", "one document, two hosts with a janitor each", one_document},
    {"twice", "two documents of one name, two hosts", one_name_twice},
    {"taken", "the same, and a consumer that takes results away", taken_and_again},
};
const unsigned small_world_count = sizeof small_worlds / sizeof *small_worlds;
