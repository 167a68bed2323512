/* The table: what can be configured. A new setting is a member of struct settings and a row here;
 * reading, checking, showing and the sample file follow. */
#include "spool/settings_table.h"

#define K      INT64_C(1024)
#define M      (1024 * K)
#define G      (1024 * M)
#define T      (1024 * G)
#define MS     INT64_C(1)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* In the order of the enums: enum sandbox_mode, ocr_mode, upgrade_mode and duplicates_mode; enum log_format and enum log_level of base/log.h.
 */
static const char *const sandbox_modes[] = {"require", "prefer", "off", NULL};
static const char *const ocr_modes[] = {"auto", "now", "later", "never", NULL};
static const char *const upgrade_modes[] = {"restart", "no", NULL};
static const char *const attachments_modes[] = {"no", "portfolio", "yes", NULL};
static const char *const duplicates_modes[] = {"reuse", "extract", NULL};
static const char *const log_formats[] = {"logfmt", "json", NULL};
static const char *const log_levels[] = {"debug", "info", "warn", "error", NULL};

/* The key is the member's name, but for KEY_AS. */
#define KEY_AS(sect, scop, name, member, kind, lo, hi, deflt, text)                                \
    {                                                                                              \
        .section = sect, .key = name, .type = kind, .scope = scop,                                 \
        .offset = offsetof(struct settings, member), .min = lo, .max = hi, .fallback = deflt,      \
        .help = text                                                                               \
    }
#define CLUSTER(member, kind, lo, hi, deflt, text)                                                 \
    KEY_AS("spool", SETTINGS_CLUSTER, #member, member, kind, lo, hi, deflt, text)
#define HOST(sect, member, kind, lo, hi, deflt, text)                                              \
    KEY_AS(sect, SETTINGS_HOST, #member, member, kind, lo, hi, deflt, text)
#define CHOICE(sect, member, names, deflt, text)                                                   \
    {                                                                                              \
        .section = sect, .key = #member, .type = SETTINGS_CHOICE, .scope = SETTINGS_HOST,          \
        .offset = offsetof(struct settings, member), .choices = names, .fallback = deflt,          \
        .help = text                                                                               \
    }

/* Choices are read and written as int. */
_Static_assert(sizeof(enum sandbox_mode) == sizeof(int), "an enum is an int");

/* clang-format off */
static const struct settings_field table[] = {
    CLUSTER(format, SETTINGS_NUMBER, 1, 1, "1", "version of the tree's layout"),
    CLUSTER(beat_interval, SETTINGS_DURATION, 50 * MS, 10 * MINUTE, "20s", "how often each host touches its heartbeat"),
    CLUSTER(self_stop, SETTINGS_DURATION, 200 * MS, 12 * HOUR, "1m",
            "a host stops its own work this long after its last good heartbeat; at least 2 x beat_interval"),
    CLUSTER(lease_timeout, SETTINGS_DURATION, 500 * MS, 1 * DAY, "3m",
            "a heartbeat that has not changed for this long is dead, and its documents are taken back; at least 2 x self_stop"),
    KEY_AS("spool", SETTINGS_CLUSTER, "settle_time", settle, SETTINGS_DURATION, 0, 7 * DAY, "30s",
           "a dropped file must have been left alone for this long before it is taken"),
    CLUSTER(max_attempts, SETTINGS_NUMBER, 1, 100, "4", "attempts at a document before it fails"),
    CLUSTER(max_unspent, SETTINGS_NUMBER, 0, 10000, "20", "returns of a document to pending/ that cost no attempt"),
    CLUSTER(retry_delay, SETTINGS_DURATION, 0, 1 * DAY, "1m",
            "wait before the second attempt; four times as long before each further one"),
    CLUSTER(retry_delay_max, SETTINGS_DURATION, 0, 30 * DAY, "1h", "longest wait between two attempts"),
    CLUSTER(alone_wait, SETTINGS_DURATION, 0, 30 * DAY, "1h",
            "how long a document that needs more memory waits for a host that has it; then any host tries it once more as it is"),
    CLUSTER(sweep_age, SETTINGS_DURATION, 100 * MS, 3650 * DAY, "1d",
            "leftovers (private results, reservations, path files) older than this are swept away"),
    CLUSTER(empty_folder_age, SETTINGS_DURATION, 0, 3650 * DAY, "1d",
            "folders in pending/ that have been empty for this long are removed; 0: never"),

    HOST("worker", slots, SETTINGS_NUMBER, 0, 1024, "0",
         "documents in hand at once, whatever else the machine does; 0: between slots_min and slots_max"),
    HOST("worker", slots_min, SETTINGS_NUMBER, 1, 1024, "1",
         "documents in hand at once when memory is short or other programs use the processors"),
    HOST("worker", slots_max, SETTINGS_NUMBER, 0, 1024, "0",
         "documents in hand at once when all is well; 0: 4 x cores + 4, and up to 8 x cores + 2 where the share is far away. Lowered, or raised to what it was at the start, by SIGHUP"),
    HOST("worker", cores, SETTINGS_NUMBER, 0, 1024, "0", "parsers at work at once; 0: one for each processor that extractd may use, and for text a spare one, so that none of them idles between two documents"),
    HOST("worker", poll_min, SETTINGS_DURATION, 10 * MS, 1 * HOUR, "1s",
         "shortest time between two listings of a quiet pending/"),
    HOST("worker", poll_max, SETTINGS_DURATION, 10 * MS, 1 * DAY, "15s",
         "longest time between two listings of pending/; at least poll_min"),
    HOST("worker", janitor_interval, SETTINGS_DURATION, 100 * MS, 1 * DAY, "30s",
         "how often dead hosts and leftovers are looked for"),
    HOST("worker", shutdown_grace, SETTINGS_DURATION, 0, 1 * DAY, "30s",
         "time to finish what is in hand after SIGTERM; the rest goes back to pending/"),
    CHOICE("worker", upgrade, upgrade_modes, "restart",
           "another extractd or pdfspool-parser in place of the one that runs: restart: finish what is in hand, then execute it; no"),
    HOST("worker", long_after, SETTINGS_DURATION, 100, 1 * DAY, "30s",
         "time that a document has a core before it makes room for others that wait"),
    HOST("worker", long_share, SETTINGS_NUMBER, 0, 100, "50",
         "per cent of the cores that such long documents keep, whoever waits; one is left to others"),
    HOST("worker", free_space_floor, SETTINGS_NUMBER, 0, 90, "2",
         "per cent of the share that must be free; below it nothing is claimed"),
    HOST("worker", memory_file, SETTINGS_SIZE, 0, 1 * T, "64M",
         "documents up to this size are worked on in memory, larger ones in a file in scratch_dir"),
    HOST("worker", scratch_dir, SETTINGS_PATH, 0, 0, "/var/tmp", "local folder for large documents at work"),

    CHOICE("parser", sandbox, sandbox_modes, "require",
           "require: no parsing without the full sandbox; prefer: as much of it as this machine has; off: none"),
    HOST("parser", parser_documents, SETTINGS_NUMBER, 1, 1000000, "64",
         "documents that one parser process may read; 1: a new process for each"),
    HOST("parser", document_timeout, SETTINGS_DURATION, 100 * MS, 30 * DAY, "1h", "time that a document may take"),
    HOST("parser", stall_timeout, SETTINGS_DURATION, 100 * MS, 30 * DAY, "2m",
         "time that a document may take without any progress; at most document_timeout"),
    HOST("parser", cpu_limit, SETTINGS_DURATION, 1 * SECOND, 30 * DAY, "1m", "processor time that a page may take"),
    HOST("parser", memory_limit, SETTINGS_SIZE, 16 * M, 1 * T, "1G", "memory that a document may take"),
    HOST("parser", memory_alone, SETTINGS_SIZE, 0, 1 * T, "0",
         "memory that a document may take for which memory_limit was not enough, tried alone; 0: half of this machine's; at least memory_limit"),
    HOST("parser", max_input, SETTINGS_SIZE, 1, 16 * T, "512M", "largest document that is read"),
    HOST("parser", max_pages, SETTINGS_NUMBER, 1, 10000000, "10000", "most pages that a document may have"),
    HOST("parser", max_page_text, SETTINGS_SIZE, 1, 1 * G, "16M", "most text of one page; at most max_text"),
    HOST("parser", max_text, SETTINGS_SIZE, 1, 16 * G, "256M", "most text of one document"),
    HOST("parser", passwords, SETTINGS_PATH_OR_EMPTY, 0, 0, "\"\"",
         "local file of passwords for encrypted documents, one on each line; empty: only the empty password is tried"),

    HOST("text", dehyphenate, SETTINGS_BOOL, 0, 0, "no", "join words that are hyphenated at the end of a line"),
    {.section = "text", .key = "duplicates", .type = SETTINGS_CHOICE, .scope = SETTINGS_CLUSTER,
     .offset = offsetof(struct settings, duplicates), .choices = duplicates_modes, .fallback = "reuse",
     .help = "a document with the content of a finished one: reuse: its text is taken over at once; extract: it is read anew"},

    {.section = "ocr", .key = "ocr", .type = SETTINGS_CHOICE, .scope = SETTINGS_CLUSTER,
     .offset = offsetof(struct settings, ocr), .choices = ocr_modes, .fallback = "auto",
     .help = "pages without a good text layer: now: read at once; later: put back, for a part of the slots; auto: later while others wait; never"},
    KEY_AS("ocr", SETTINGS_CLUSTER, "languages", languages, SETTINGS_LANGUAGES, 0, 0, "auto",
           "what OCR expects, such as deu+eng; auto: found out by itself; a folder @deu+eng says it for what is in it"),
    HOST("ocr", ocr_here, SETTINGS_BOOL, 0, 0, "yes", "does this host do OCR?"),
    HOST("ocr", ocr_share, SETTINGS_NUMBER, 1, 100, "50", "per cent of this host's slots that OCR may have"),
    HOST("ocr", ocr_keep, SETTINGS_DURATION, 100 * MS, 1 * DAY, "30s", "how often the pages of a document that are done are put aside: a host that dies loses no more"),
    HOST("ocr", ocr_pixels, SETTINGS_SIZE, 1 * M, 1 * G, "100M", "most pixels of a page's picture; its resolution is lowered to fit"),

    KEY_AS("archives", SETTINGS_CLUSTER, "open", open_archives, SETTINGS_BOOL, 0, 0, "yes",
           "take the PDFs out of zip, tar, tar.gz, tar.bz2, tar.xz, tar.zst and .gz as documents of their own? no: such a file is no PDF"),
    {.section = "archives", .key = "attachments", .type = SETTINGS_CHOICE, .scope = SETTINGS_CLUSTER,
     .offset = offsetof(struct settings, attachments), .choices = attachments_modes, .fallback = "portfolio",
     .help = "PDFs that are attached to a PDF, as documents of their own: no; portfolio: of PDFs that are made to carry others; yes: of all, at the cost of a second look at each"},
    HOST("archives", max_entries, SETTINGS_NUMBER, 1, 100000, "10000", "most entries of an archive, whatever they are"),
    HOST("archives", max_unpacked, SETTINGS_SIZE, 1, 16 * T, "4G",
         "most bytes of documents that may come out of an archive; each of them is limited by max_input"),
    HOST("archives", max_ratio, SETTINGS_NUMBER, 1, 1000000, "200",
         "most bytes that may come out of an archive for each of its own, once 10 MiB have come out"),

    HOST("page", listen, SETTINGS_TEXT, 0, 0, "127.0.0.1:8090",
         "where spoold serves the page: ADDRESS:PORT, or unix:PATH"),
    HOST("page", allowed_hosts, SETTINGS_TEXT, 0, 0, "\"\"",
         "further names under which the page may be asked for, parted by commas"),
    HOST("page", token_file, SETTINGS_PATH_OR_EMPTY, 0, 0, "\"\"",
         "local file with the token that whoever changes anything must show; empty: nobody may"),
    HOST("page", read_only, SETTINGS_BOOL, 0, 0, "no", "show everything, and let nobody change anything"),
    HOST("page", allow_insecure, SETTINGS_BOOL, 0, 0, "no",
         "serve on an address that others can reach although there is no token"),
    HOST("page", upload_max, SETTINGS_SIZE, 0, 16 * T, "512M",
         "largest document that is taken by way of the page; 0: none is"),
    HOST("page", keep_file, SETTINGS_PATH_OR_EMPTY, 0, 0, "\"\"",
         "local file for the history that the page shows; empty: it begins anew with each start"),

    HOST("alerts", no_progress_after, SETTINGS_DURATION, 0, 1 * HOUR, "15m",
         "told of when documents wait, hosts could work, and none has come to an end for this long; 0: never"),
    HOST("alerts", failure_ratio, SETTINGS_NUMBER, 0, 100, "20",
         "told of when this per cent of the documents of failure_window have failed; 0: never"),
    HOST("alerts", failure_window, SETTINGS_DURATION, 1 * MINUTE, 1 * HOUR, "1h", "time that failure_ratio looks back, in whole minutes"),
    HOST("alerts", failure_least, SETTINGS_NUMBER, 1, 1000000, "50", "documents in failure_window, with fewer failure_ratio says nothing"),
    HOST("alerts", space_low, SETTINGS_NUMBER, 0, 100, "0",
         "told of when less than this per cent of the share is free; 0: twice free_space_floor"),
    HOST("alerts", temperature_limit, SETTINGS_NUMBER, 0, 200, "90",
         "told of when a host's processor is this hot, in degrees Celsius; 0: never"),
    KEY_AS("alerts", SETTINGS_HOST, "hold", alert_hold, SETTINGS_DURATION, 0, 1 * DAY, "30s",
           "what begins must last this long before anybody is told, and so must its end; the page shows it at once"),
    HOST("alerts", folder_quiet, SETTINGS_DURATION, 0, 1 * DAY, "1m",
         "a folder is done when nothing in it is open and no document of it has come to an end for this long"),
    HOST("alerts", on_folder_done, SETTINGS_TEXT, 0, 0, "\"\"",
         "command for sh -c, run when a folder in the top of pending/ is done; its name is in the environment, never in the command. Not in spool.ini"),
    HOST("alerts", command_timeout, SETTINGS_DURATION, 100 * MS, 1 * DAY, "5m", "time that on_folder_done may take; then it is killed"),
    HOST("alerts", digest, SETTINGS_DURATION, 0, 1 * DAY, "1m", "at most one message of a kind in this time, with all that has happened in it"),
    HOST("alerts", retry_first, SETTINGS_DURATION, 10 * MS, 1 * DAY, "10s",
         "wait after a message was not taken; twice as long after each further time"),
    HOST("alerts", retry_longest, SETTINGS_DURATION, 10 * MS, 30 * DAY, "1h", "longest such wait; at least retry_first"),
    HOST("alerts", send_timeout, SETTINGS_DURATION, 100 * MS, 1 * HOUR, "10s", "time that sending a message may take"),
    HOST("alerts", state_folder, SETTINGS_PATH, 0, 0, "/var/lib/pdfspool",
         "local folder where messages wait until they are taken, and where it is noted what was told; made where there is none"),
    HOST("alerts", messages_most, SETTINGS_SIZE, 64 * K, 1 * G, "16M", "most bytes of messages that wait; then the oldest are dropped"),

    CHOICE("log", log_format, log_formats, "logfmt", "logfmt: for people and grep; json: for log collectors"),
    CHOICE("log", log_level, log_levels, "info", "lowest level that is logged: debug, info, warn, error"),
    HOST("log", log_file, SETTINGS_PATH_OR_EMPTY, 0, 0, "\"\"", "file for the log, opened anew on SIGHUP; empty: stderr"),
};
/* clang-format on */

enum { ROWS = sizeof table / sizeof table[0] };
_Static_assert((int)ROWS <= (int)SETTINGS_MAX, "struct settings has room for each row's origin");

const struct settings_field *settings_field(size_t i)
{
    return i < ROWS ? &table[i] : NULL;
}

size_t settings_fields(void)
{
    return ROWS;
}
