/* spoolctl hosts: each extractd, its heartbeat by the file server's clock, and its slots. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/hosts.h"

struct telling {
    struct ctl *c;
    struct buf b;
    struct jsonw w;
    unsigned n;
};

static void figure_json(struct jsonw *w, const char *key, int64_t v)
{
    if (v != STATUS_UNKNOWN)
        jsonw_int(w, key, v);
}

/* Of a host that is not silent: old loads say nothing. */
static void load_json(struct jsonw *w, const struct host_load *l)
{
    jsonw_object(w, "load");
    figure_json(w, "cpu_permille", l->cpu_permille);
    figure_json(w, "extractd_cpu_permille", l->own_cpu_permille);
    figure_json(w, "load_average_hundredths", l->load_hundredths);
    figure_json(w, "memory_total", l->memory_total);
    figure_json(w, "memory_available", l->memory_available);
    figure_json(w, "extractd_memory", l->own_memory);
    figure_json(w, "temperature_millidegrees", l->temperature_millidegrees);
    jsonw_end_object(w);
}

static void status_json(struct jsonw *w, const struct host_status *s)
{
    jsonw_str(w, "version", s->version);
    if (s->protocol)
        jsonw_uint(w, "protocol", s->protocol);
    jsonw_str(w, "sandbox", s->sandbox);
    jsonw_str(w, "reason", s->reason);
    jsonw_str(w, "wake", s->wake);
    jsonw_int(w, "pid", s->pid);
    jsonw_int(w, "uptime_ms", s->uptime_ms);
    jsonw_uint(w, "cores", s->cores);
    jsonw_uint(w, "slots", s->n_slots);
    jsonw_uint(w, "active_slots", s->active_slots);
    jsonw_str(w, "slots_why", s->slots_why);
    hoststatus_write_counts(w, s);
    if (s->ocr != STATUS_OCR_UNKNOWN)
        hoststatus_write_languages(w, s);
    jsonw_array(w, "in_hand");
    for (uint32_t i = 0; i < s->shown_slots; i++)
        if (s->slots[i].path[0])
            hoststatus_write_slot(w, &s->slots[i]);
    jsonw_end_array(w);
}

static void host_json(struct telling *t, const struct host_view *v)
{
    jsonw_object(&t->w, NULL);
    jsonw_str(&t->w, "host", v->host);
    jsonw_str(&t->w, "lease", v->lease);
    jsonw_str(&t->w, "state", hosts_word(v));
    jsonw_bool(&t->w, "silent", v->silent);
    if (v->beat_age_ms >= 0)
        jsonw_int(&t->w, "beat_age_ms", v->beat_age_ms);
    jsonw_uint(&t->w, "in_work", v->in_work);
    if (v->has_status)
        status_json(&t->w, v->status);
    if (v->has_status && !v->silent)
        load_json(&t->w, &v->status->load);
    if (v->processes)
        registry_write_list(&t->w, v->processes);
    jsonw_end_object(&t->w);
}

/* Of those alone that died: the others run, as they should. */
static void process_people(struct buf *b, const struct registered *e, int64_t now)
{
    char ago[32] = "some time";
    if (e->restarts == 0 && e->pid > 0)
        return;
    if (now >= e->since_ms && e->since_ms > 0)
        num_show_duration(now - e->since_ms, ago, sizeof ago);
    buf_fmt(b, "    %s: %s %s ago, started again %u times\n", e->role,
            e->pid > 0 ? "began" : "ended", ago, (unsigned)e->restarts);
}

static void slot_people(struct buf *b, const struct slot_status *s)
{
    char spent[32];
    num_show_duration(s->running_ms, spent, sizeof spent);
    buf_fmt(b, "    %-8s %s", s->stage, ctl_shown(s->path));
    if (s->pages)
        buf_fmt(b, "  page %u of %u", s->page, s->pages);
    buf_fmt(b, "  for %s\n", spent);
}

/* One line, of what is known. */
static void load_people(struct buf *b, const struct host_load *l)
{
    char used[32], total[32];
    if (l->cpu_permille == STATUS_UNKNOWN && l->memory_total == STATUS_UNKNOWN)
        return;
    buf_str(b, "    machine:");
    if (l->cpu_permille != STATUS_UNKNOWN)
        buf_fmt(b, " CPU %lld %%", (long long)l->cpu_permille / 10);
    if (l->memory_available != STATUS_UNKNOWN && l->memory_total >= l->memory_available) {
        num_show_size((uint64_t)(l->memory_total - l->memory_available), used, sizeof used);
        num_show_size((uint64_t)l->memory_total, total, sizeof total);
        buf_fmt(b, "%s memory %s of %s", l->cpu_permille != STATUS_UNKNOWN ? "," : "", used, total);
    }
    if (l->temperature_millidegrees != STATUS_UNKNOWN)
        buf_fmt(b, ", %lld \302\260C", (long long)l->temperature_millidegrees / 1000);
    buf_char(b, '\n');
}

static void host_people(struct telling *t, const struct host_view *v)
{
    char beat[32] = "none", up[32];
    struct buf *b = &t->b;
    const struct host_status *s = v->status;
    if (v->beat_age_ms >= 0)
        num_show_duration(v->beat_age_ms, beat, sizeof beat);
    num_show_duration(s->uptime_ms, up, sizeof up);
    buf_fmt(b, "%s%s%s  %s%s%s  beat %s%s, %u in work\n", ctl_bold(t->c), v->host, ctl_plain(t->c),
            v->silent ? ctl_red(t->c) : ctl_green(t->c), hosts_word(v), ctl_plain(t->c), beat,
            v->beat_age_ms >= 0 ? " ago" : "", v->in_work);
    if (!v->has_status)
        return;
    buf_fmt(b, "    up %s, %u slots on %u cores, sandbox %s, version %s, wakes by %s\n", up,
            s->n_slots, s->cores, ctl_shown(s->sandbox), ctl_shown(s->version), ctl_shown(s->wake));
    buf_fmt(b, "    done %llu, failed %llu, tried again %llu, pages %llu, parsers killed %llu\n",
            (unsigned long long)s->done, (unsigned long long)s->failed,
            (unsigned long long)s->retried, (unsigned long long)s->pages,
            (unsigned long long)s->parser_kills);
    if (!v->silent)
        load_people(b, &s->load);
    if (s->reason[0])
        buf_fmt(b, "    %s%s%s\n", ctl_yellow(t->c), ctl_sentence(s->reason), ctl_plain(t->c));
    if (s->slots_why[0])
        buf_fmt(b, "    %s\n", ctl_sentence(s->slots_why));
    for (uint32_t i = 0; v->processes && i < v->processes->n; i++)
        process_people(b, &v->processes->entry[i], v->now_ms);
    for (uint32_t i = 0; i < s->shown_slots; i++)
        if (s->slots[i].path[0])
            slot_people(b, &s->slots[i]);
}

static void each(void *arg, const struct host_view *v)
{
    struct telling *t = arg;
    t->n++;
    if (t->c->json)
        host_json(t, v);
    else
        host_people(t, v);
}

int cmd_hosts(struct ctl *c, int argc, char **argv)
{
    struct telling t = {.c = c};
    int code;
    if (ctl_getopt(c, argc, argv, NULL, &code) != -1)
        return code;
    if (optind < argc)
        return ctl_misused(c, "hosts takes no argument");
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    if (c->json) {
        jsonw_init(&t.w, &t.b, false);
        jsonw_array(&t.w, NULL);
    }
    if (hosts_each(&c->spool, each, &t) != 0) {
        buf_free(&t.b);
        return ctl_fail(ctl_code_of(errno), "claimed/ cannot be read: %s", strerror(errno));
    }
    if (c->json) {
        jsonw_end_array(&t.w);
        buf_char(&t.b, '\n');
    } else if (t.n == 0) {
        buf_str(&t.b, "no extractd is running on this spool\n");
    }
    return ctl_print(&t.b);
}
