/* commands: the table of spoolctl's commands; help and dispatch come from it. */
#include <stdio.h>
#include <string.h>

#include "spool/settings_table.h"
#include "spoold/ctl/ctl.h"

const struct ctl_command ctl_commands[] = {
    {"init", "[DIR]", "make a new spool, or what is missing in one",
     "  spoolctl init /mnt/share/spool\n", "", cmd_init},
    {"submit", "FILE|FOLDER...", "copy documents into pending/, so that no worker sees half a file",
     "  spoolctl submit report.pdf\n  spoolctl submit scans/ --to archive/2026\n",
     "  --to FOLDER   put them into this folder of pending/\n"
     "  --move        remove each original once its copy is safe\n",
     cmd_submit},
    {"status", "", "how many documents are in which state, and which hosts work",
     "  spoolctl status\n  spoolctl --json status\n", "", cmd_status},
    {"watch", "", "the status again and again",
     "  spoolctl watch\n  spoolctl watch --interval 5s --count 10\n",
     "  --interval DURATION   time between two looks (1s)\n  --count N             end after N "
     "looks\n",
     cmd_watch},
    {"list", "[STATE] [PREFIX]",
     "list documents, one a line: state, path, and what there is to say",
     "  spoolctl list failed\n  spoolctl list --class encrypted\n  spoolctl list done archive/2026 "
     "--limit 100\n",
     "  STATE          pending, waiting, claimed, sealed, done or failed; none: all\n"
     "  PREFIX         only paths that begin so\n"
     "  --state STATE  the same as STATE\n"
     "  --class C      failed documents of this class\n"
     "  --limit N      at most N\n"
     "  --duplicates   finished documents that have the text of another with the same content, and "
     "whose; reads each x.json\n",
     cmd_list},
    {"show", "DOC", "all that is known about one document",
     "  spoolctl show archive/2026/report.pdf\n", "", cmd_show},
    {"text", "DOC", "print a document's text", "  spoolctl text archive/2026/report.pdf | less\n",
     "", cmd_text},
    {"export", "DEST [FOLDER...]",
     "write all texts, or those of folders, as a tree, an archive or JSON lines",
     "  spoolctl export ~/texts\n"
     "  spoolctl export ~/texts --update\n"
     "  spoolctl export texts-2026.tar.zst archive/2026 --with-json\n"
     "  spoolctl export all.jsonl.zst --pages\n"
     "  spoolctl export failures.jsonl --failed\n"
     "  spoolctl export - --format jsonl archive/2026 | jq -r .path\n",
     "  DEST              a folder, or a file whose name ends in .tar .tar.gz .tar.zst .tar.xz "
     ".zip "
     ".jsonl\n"
     "                    .jsonl.gz .jsonl.zst .jsonl.xz; -: stdout, with --format\n"
     "  FOLDER            only this folder of done/; none: all of it\n"
     "  --format FORM     tree, tar, tar.gz, ..., jsonl.xz, whatever DEST is called\n"
     "  --with-json       each document's x.json, too (JSON lines: as \"record\")\n"
     "  --with-pdf        each document's PDF, too\n"
     "  --pages           JSON lines with \"page_texts\", a text for each page, instead of "
     "\"text\"\n"
     "  --failed          the records of failed/ instead of the texts of done/\n"
     "  --newer DURATION  only what was published in the time before now\n"
     "  --update          a tree that is there: write what it has not (by size and time)\n"
     "  What was published before it began is in it, as far as nobody takes it away meanwhile; "
     "what "
     "is written later is\n"
     "  not. A document is in it as a whole or not at all. A file gets its name when it is whole. "
     "Nothing is overwritten\n"
     "  but by --update. Documents that could not be read are named, the others are exported, and "
     "the exit code is 1.\n",
     cmd_export},
    {"retry", "[DOC...]", "have failed documents done again, with all their attempts",
     "  spoolctl retry broken.pdf\n  spoolctl retry --class timeout --older 1d --dry-run\n  "
     "spoolctl retry --all --yes\n",
     "  --class C         all failed documents of this class\n"
     "  --all             all failed documents\n"
     "  --older DURATION  only those that failed longer ago than this\n"
     "  --dry-run         only say which\n"
     "  --yes             do not ask\n",
     cmd_retry},
    {"cancel", "DOC...", "give up on documents that are not done yet: they go to failed/cancelled/",
     "  spoolctl cancel archive/huge.pdf\n", "", cmd_cancel},
    {"pause", "[--lane L | --host H]",
     "nothing more is claimed, until 'resume'; what is in hand is finished",
     "  spoolctl pause\n  spoolctl pause --lane bulk\n  spoolctl pause --host alpha\n",
     "  --lane L   only documents of this lane\n"
     "  --host H   only by this host\n",
     cmd_pause},
    {"resume", "[--lane L | --host H]", "go on after 'pause' of the same",
     "  spoolctl resume\n  spoolctl resume --lane bulk\n",
     "  --lane L   this lane\n"
     "  --host H   this host\n",
     cmd_resume},
    {"drain", "HOST", "one host claims nothing more; it finishes what it has in hand",
     "  spoolctl drain alpha\n  spoolctl drain alpha --undo\n", "  --undo   let it work again\n",
     cmd_drain},
    {"host", "reset HOST", "a host that is sick claims again at once, without waiting to get well",
     "  spoolctl host reset alpha\n", "", cmd_host},
    {"hosts", "", "the hosts: heartbeat, slots, what they did", "  spoolctl hosts\n", "",
     cmd_hosts},
    {"quota", "", "caps and rates of lanes and tiers: how much of each is in use, and what is left",
     "  spoolctl quota\n  spoolctl --json quota\n", "", cmd_quota},
    {"report", "", "what was done, how fast, by whom, and what failed, out of the journals",
     "  spoolctl report\n  spoolctl report --since 24h | mail -s 'the night' team\n"
     "  spoolctl report --since 2026-11-01 --until 2026-12-01 --json\n",
     "  --since TIME   only what happened from then on: 2026-11-22, 2026-11-22T14:03 (UTC, by the "
     "file server's clock),\n"
     "                 or a time before now: 24h, 7d\n"
     "  --until TIME   only what happened before\n"
     "  --slowest N    the N slowest documents (10)\n"
     "  Counts what came to an end, each time that it did: a document that was retried after it "
     "had "
     "failed counts twice.\n"
     "  Journals may be removed; what was in them is not counted then. Exit code 1: some cannot be "
     "read.\n",
     cmd_report},
    {"audit", "",
     "check that each document is in exactly one place, whole and with its own results",
     "  spoolctl audit\n  spoolctl audit --verify --json\n",
     "  --verify   compare the hashes of all PDFs and texts (reads everything)\n", cmd_audit},
    {"doctor", "", "is this share fit for a spool? Tries everything that the protocol needs",
     "  spoolctl doctor\n",
     "  --parser FILE   the parser to be asked for its sandbox (else looked for beside spoolctl, "
     "then in PATH)\n",
     cmd_doctor},
    {"config", "check|show|sample",
     "check the configuration, show each setting and where it comes from, print a sample",
     "  spoolctl config check\n  spoolctl config show --config /etc/pdfspool/host.ini\n  spoolctl "
     "config sample host > host.ini\n",
     "  --config FILE   the host's file, on top of spool.ini\n", cmd_config},
    {"mcp", "",
     "serve the spool to an assistant, by the Model Context Protocol on stdin and stdout",
     "  spoolctl --spool /srv/spool mcp\n"
     "  spoolctl --spool /srv/spool mcp --allow-submit ~/scans --allow-changes\n",
     "  --allow-submit DIR  files from below this folder may be submitted; give it once for each "
     "(at most 16)\n"
     "  --allow-changes     failed documents may be retried, others cancelled, the cluster paused "
     "and resumed\n"
     "  --timeout DURATION  a call that takes longer is given up (50s)\n"
     "  A client starts it, and ends it by closing stdin. Without --allow options it only looks. "
     "Texts are marked\n"
     "  untrusted, but an assistant may be misled by what they say: allow no more than that may "
     "cost.\n",
     cmd_mcp},
    {"help", "[COMMAND]", "explain a command", "  spoolctl help submit\n", "", cmd_help},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static void help_all(void)
{
    puts("Examples:\n"
         "  spoolctl init /mnt/share/spool\n"
         "  export PDFSPOOL=/mnt/share/spool\n"
         "  spoolctl submit ~/scans\n"
         "  spoolctl status\n"
         "  spoolctl retry --class timeout\n"
         "\n"
         "Usage: spoolctl [--spool DIR] [--config FILE] [--json] COMMAND ...\n"
         "\n"
         "Commands:");
    for (const struct ctl_command *k = ctl_commands; k->name; k++)
        printf("  %-8s %s\n", k->name, k->summary);
    puts("\n"
         "  --spool DIR    the spool; PDFSPOOL in the environment stands for it\n"
         "  --config FILE  the host's configuration file\n"
         "  --json         data as JSON\n"
         "  --version      print the version\n"
         "\n"
         "A document is named by its path below pending/, done/ or failed/<class>/, as bytes or as "
         "it is shown (%XX).\n"
         "Exit codes: 0 well, 1 not found or something is wrong, 64 usage, 65 broken data, 69 no "
         "spool there,\n"
         "74 input or output error, 75 try again later, 77 not permitted, 78 configuration.");
}

void ctl_help(const struct ctl_command *k)
{
    if (!k) {
        help_all();
        return;
    }
    printf("Examples:\n%s\nUsage: spoolctl %s%s%s\n\n  %s\n", k->examples, k->name,
           *k->args ? " " : "", k->args, k->summary);
    if (*k->options)
        printf("\n%s", k->options);
}

const struct ctl_command *ctl_find_command(const char *name)
{
    enum { MAX = 32 };
    const char *names[MAX];
    size_t n = 0;
    for (const struct ctl_command *k = ctl_commands; k->name; k++) {
        if (strcmp(k->name, name) == 0)
            return k;
        if (n < MAX)
            names[n++] = k->name;
    }
    const char *near = settings_nearest(name, names, n);
    if (near)
        ctl_say("no such command: %s. Did you mean '%s'?", ctl_shown(name), near);
    else
        ctl_say("no such command: %s. 'spoolctl --help' lists them", ctl_shown(name));
    return NULL;
}

int cmd_help(struct ctl *c, int argc, char **argv)
{
    int code;
    if (ctl_getopt(c, argc, argv, NULL, &code) != -1)
        return code;
    const struct ctl_command *k = optind < argc ? ctl_find_command(argv[optind]) : NULL;
    if (optind < argc && !k)
        return CTL_USAGE;
    ctl_help(k);
    return CTL_OK;
}
