#include "spoold/ctl/mcp_era.h"

#include <stddef.h>
#include <string.h>

enum { NEWEST_LEGACY = 1 };

const struct mcp_era mcp_eras[MCP_ERAS] = {
    {"2026-07-28", true, true, true, false},   {"2025-11-25", false, true, true, false},
    {"2025-06-18", false, true, true, false},  {"2025-03-26", false, false, true, true},
    {"2024-11-05", false, false, false, true},
};

const struct mcp_era *mcp_era_find(const char *version)
{
    for (size_t i = 0; i < MCP_ERAS; i++)
        if (strcmp(mcp_eras[i].version, version) == 0)
            return &mcp_eras[i];
    return NULL;
}

const struct mcp_era *mcp_era_legacy(const char *version)
{
    const struct mcp_era *era = mcp_era_find(version);
    return era && !era->modern ? era : &mcp_eras[NEWEST_LEGACY];
}
