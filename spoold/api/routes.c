/* All routes of docs/openapi.yaml, but for those of the server itself (session). */
#include "spoold/api/api.h"
#include "spoold/hand/hands.h"

#define READ(path, function)                                                                       \
    {                                                                                              \
        .method = REQUEST_GET, .pattern = path, .need = AUTH_READ, .handler = function             \
    }
#define OPEN(path, function)                                                                       \
    {                                                                                              \
        .method = REQUEST_GET, .pattern = path, .need = AUTH_OPEN, .handler = function             \
    }

#define ACTION(path, function)                                                                     \
    {                                                                                              \
        .method = REQUEST_POST, .pattern = path, .need = AUTH_OPERATE, .handler = function         \
    }

const struct route api_routes[] = {
    READ("/api/v1/overview", overview_get),
    READ("/api/v1/hosts", hosts_list),
    READ("/api/v1/hosts/{host}", hosts_one),
    READ("/api/v1/documents", documents_list),
    READ("/api/v1/documents/{id}", documents_one),
    READ("/api/v1/documents/{id}/record", document_record),
    READ("/api/v1/documents/{id}/text", document_text),
    READ("/api/v1/documents/{id}/pages/{page}/image", document_page),
    READ("/api/v1/failures", failures_list),
    READ("/api/v1/history", history_get),
    READ("/api/v1/journal", journal_list),
    READ("/api/v1/settings", settings_list),
    READ("/api/v1/quota", quota_get),
    READ("/api/v1/health", health_get),
    READ("/api/v1/openapi.json", contract_get),
    READ("/metrics", metrics_get),
    READ("/status.txt", status_text),
    OPEN("/healthz", healthz_get),
    OPEN("/readyz", readyz_get),
    READ("/api/v1/actions", actions_list),
    READ("/api/v1/actions/{action}", actions_one),
    ACTION("/api/v1/actions/retry", action_retry),
    ACTION("/api/v1/actions/cancel", action_cancel),
    ACTION("/api/v1/actions/pause", action_pause),
    ACTION("/api/v1/actions/resume", action_resume),
    ACTION("/api/v1/actions/drain", action_drain),
    ACTION("/api/v1/actions/undrain", action_undrain),
    {.method = REQUEST_POST,
     .pattern = "/api/v1/uploads",
     .need = AUTH_OPERATE,
     .upload = &document_upload,
     .limit_ms = HANDS_END_MS},
    {.method = REQUEST_GET, .pattern = "/api/v1/events", .need = AUTH_READ, .events = true},
};
const size_t api_route_count = sizeof api_routes / sizeof api_routes[0];
