#include "spoold/alert/trial.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "spool/spool.h"
#include "spoold/alert/courier.h"
#include "spoold/alert/message.h"

static const struct webhook_settings *find(const struct settings *s, const char *name)
{
    for (size_t i = 0; i < s->n_webhooks; i++)
        if (strcmp(courier_name(&s->webhooks[i]), name) == 0)
            return &s->webhooks[i];
    fprintf(stderr, "spoold: there is no [webhook:%s]; there %s", name,
            s->n_webhooks ? "are" : "is none");
    for (size_t i = 0; i < s->n_webhooks; i++)
        fprintf(stderr, "%s %s", i ? "," : "", courier_name(&s->webhooks[i]));
    fputc('\n', stderr);
    return NULL;
}

static int send_to(const struct spool *spool, const struct webhook_settings *h,
                   const struct sign_key *key)
{
    struct buf body = {0};
    struct events e = {0};
    struct post_answer a = {0};
    struct event *one = events_add(&e);
    bool taken = false;
    if (one) {
        one->kind = ALERT_TEST;
        one->time_ms = clock_wall_ms();
        snprintf(one->message, sizeof one->message, "a test message from %s", spool->host);
        const struct message m = {e.all, e.n, one->time_ms, spool->path};
        message_body(&m, (enum webhook_format)h->format, &body);
    }
    if (one && buf_ok(&body)) {
        const struct courier_letter l = {.to = h,
                                         .key = key,
                                         .id = one->id,
                                         .body = body.data,
                                         .n = body.len,
                                         .timeout_ms = spool->settings.send_timeout};
        taken = courier_send(&l, &a);
    } else {
        snprintf(a.text, sizeof a.text, "no memory");
    }
    if (a.status)
        printf("%s: HTTP %d: %s%s%s\n", courier_name(h), a.status,
               taken ? "it was taken" : "it was not taken", *a.text ? ": " : "", a.text);
    else
        printf("%s: no answer: %s\n", courier_name(h), a.text);
    buf_free(&body);
    events_free(&e);
    return taken ? 0 : 1;
}

int trial_run(const char *path, const char *config, const char *name)
{
    static struct spool spool;
    struct sign_key key = {.n = 0};
    char err[512];
    int code;
    if (spool_open(&spool, path, NULL, config, settings_report_stderr, err, sizeof err, &code) !=
        0) {
        fprintf(stderr, "spoold: %s: %s\n", path, err);
        return code;
    }
    spool_close(&spool);
    const struct webhook_settings *h = find(&spool.settings, name);
    if (!h)
        return 64;
    const char *why = *h->secret_file ? sign_load(&key, h->secret_file) : NULL;
    if (why)
        fprintf(stderr, "spoold: [%s] secret_file: %s\n", h->section, why);
    if (!why && !post_init())
        why = "libcurl does not work here";
    code = why ? 78 : send_to(&spool, h, &key);
    explicit_bzero(&key, sizeof key);
    return code;
}
