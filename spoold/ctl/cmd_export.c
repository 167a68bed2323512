/*
 * spoolctl export: the texts of done/ (or the records of failed/) as a tree, an archive or JSON
 * lines. What is taken, and why it is whole: export_view.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "spool/srvclock.h"
#include "spoold/ctl/export_job.h"

/* Do form and options go together? */
static int check_options(struct export_job *j)
{
    struct ctl *c = j->view.ctl;
    if (j->to_stdout && j->form->kind == TREE)
        return ctl_misused(c, "a tree cannot go to stdout");
    if (j->to_stdout && c->json)
        return ctl_misused(c, "--json prints the counts to stdout, where the export goes already");
    if (j->to_stdout && isatty(STDOUT_FILENO) &&
        (j->form->kind == ARCHIVE || j->form->filter != PACK_PLAIN))
        return ctl_misused(c,
                           "an archive is nothing for a terminal; send it into a file or a pipe");
    if (j->update && j->form->kind != TREE)
        return ctl_misused(c, "--update is for trees; an archive is written anew each time");
    if (j->pages && (j->form->kind != LINES || j->view.failed))
        return ctl_misused(c, "--pages is for the texts of JSON lines");
    if (j->view.part[EXPORT_PDF] && j->form->kind == LINES)
        return ctl_misused(c, "--with-pdf: JSON lines cannot hold a PDF");
    return CTL_OK;
}

static int read_options(struct export_job *j, int argc, char **argv)
{
    static const struct option options[] = {
        {"format", required_argument, NULL, 'f'}, {"with-json", no_argument, NULL, 'j'},
        {"with-pdf", no_argument, NULL, 'p'},     {"pages", no_argument, NULL, 'g'},
        {"failed", no_argument, NULL, 'F'},       {"update", no_argument, NULL, 'u'},
        {"newer", required_argument, NULL, 'n'},  {NULL, 0, NULL, 0}};
    struct ctl *c = j->view.ctl;
    const char *format = NULL;
    int code = CTL_OK, got;
    while ((got = ctl_getopt(c, argc, argv, options, &code)) >= 0) {
        if (got == 'f')
            format = optarg;
        j->json_files |= got == 'j';
        j->view.part[EXPORT_PDF] |= got == 'p';
        j->pages |= got == 'g';
        j->view.failed |= got == 'F';
        j->update |= got == 'u';
        if (got == 'n' && !num_duration_ms(optarg, &j->newer_ms))
            return ctl_misused(c, "--newer wants a duration, such as 2h or 1d");
    }
    if (got == CTL_STOP)
        return code == CTL_OK ? -1 : code;
    if (optind == argc || !*argv[optind])
        return ctl_misused(c, "export to where? Give a folder, a file such as texts.tar.zst, or -");
    j->dest = argv[optind++];
    j->to_stdout = strcmp(j->dest, "-") == 0;
    if ((code = export_dest_form(j, format)) != CTL_OK || (code = check_options(j)) != CTL_OK)
        return code;
    bool lines = j->form->kind == LINES;
    j->view.part[EXPORT_TEXT] = !j->view.failed;
    j->view.part[EXPORT_JSON] = !lines && (j->json_files || j->view.failed);
    j->view.record = lines;
    return CTL_OK;
}

/* The folders that were named, none of them below another. */
static int choose_folders(struct export_job *j, char **given, int n)
{
    static char everything[] = "";
    int code = CTL_OK;
    if (!(j->folders = calloc((size_t)n + 1, sizeof *j->folders)))
        return ctl_fail(CTL_IO, "%s", strerror(errno));
    for (int i = 0; i < (n ? n : 1) && code == CTL_OK; i++) {
        char *path = export_view_folder(&j->view, n ? given[i] : everything, &code);
        for (int k = 0; path && k < j->n_folders; k++) {
            char *other = j->folders[k];
            size_t len = strlen(other), mine = strlen(path);
            if (len == 0 || (strncmp(path, other, len) == 0 && (path[len] == '/' || !path[len]))) {
                free(path);
                path = NULL;
            } else if (mine == 0 || (strncmp(path, other, mine) == 0 && other[mine] == '/')) {
                free(other);
                j->folders[k--] = j->folders[--j->n_folders];
            }
        }
        if (path)
            j->folders[j->n_folders++] = path;
    }
    return code;
}

/* The view's bounds in time. */
static int choose_times(struct export_job *j)
{
    int64_t now = srvclock_now(&j->view.ctl->spool);
    j->view.until_ms = now >= 0 ? now : INT64_MAX;
    j->view.since_ms = INT64_MIN;
    if (now < 0 && j->newer_ms >= 0)
        return ctl_fail(ctl_code_of(errno),
                        "--newer needs the file server's time, and that cannot "
                        "be asked: %s",
                        strerror(errno));
    if (now < 0)
        ctl_say("the file server's time cannot be asked (%s): what is published meanwhile may be "
                "in the export, too",
                strerror(errno));
    else if (j->newer_ms >= 0)
        j->view.since_ms = now - j->newer_ms;
    return CTL_OK;
}

/* The sink is ended, well or not. */
static int conclude(struct export_job *j, enum export_end end)
{
    struct export_sink *k = j->view.sink;
    int error = k->error;
    bool tree = j->form->kind == TREE;
    const char *dest = ctl_shown(j->dest);
    export_told_clear(j);
    if (end == EXPORT_ALL && k->finish(k) != 0) {
        end = EXPORT_BROKEN;
        error = errno;
    } else if (end != EXPORT_ALL) {
        k->abandon(k);
    }
    int code = end == EXPORT_STOPPED ? CTL_TEMPORARY : ctl_code_of(error);
    if (end == EXPORT_BROKEN)
        ctl_say("%s cannot be written: %s", dest, j->trouble);
    if (end == EXPORT_STOPPED)
        ctl_say("interrupted");
    if (end == EXPORT_ALL)
        export_told_people(j);
    else if (j->to_stdout)
        ctl_say("what went to stdout is not whole");
    else
        ctl_say(tree ? "what is in %s is whole documents; --update goes on from there"
                     : "nothing of %s is left",
                dest);
    if (j->view.ctl->json && export_told_json(j, end == EXPORT_ALL) != CTL_OK)
        return CTL_IO;
    return end != EXPORT_ALL         ? (code == CTL_NO ? CTL_IO : code)
           : j->view.counts.failures ? CTL_NO
                                     : CTL_OK;
}

static int run(struct export_job *j, char **folders, int n)
{
    enum export_end end = EXPORT_ALL;
    int code = ctl_open(j->view.ctl);
    ctl_catch_signals(); /* before there is anything that would have to be removed */
    if (code != CTL_OK || (code = choose_folders(j, folders, n)) != CTL_OK ||
        (code = choose_times(j)) != CTL_OK || (code = export_dest_open(j)) != CTL_OK)
        return code;
    j->begun = j->drawn = clock_boot_ms();
    for (int i = 0; i < j->n_folders && end == EXPORT_ALL; i++)
        end = export_view_run(&j->view, j->folders[i]);
    return conclude(j, end);
}

int cmd_export(struct ctl *c, int argc, char **argv)
{
    struct export_job j = {.newer_ms = -1};
    j.view = (struct export_view){.ctl = c,
                                  .tick = export_told_tick,
                                  .tell = export_told_trouble,
                                  .arg = &j,
                                  .spill_dir = -1};
    int code = read_options(&j, argc, argv);
    if (code != CTL_OK)
        return code < 0 ? CTL_OK : code;
    code = run(&j, argv + optind, argc - optind);
    for (int i = 0; i < j.n_folders; i++)
        free(j.folders[i]);
    free(j.folders);
    if (j.view.spill_dir >= 0)
        close(j.view.spill_dir);
    return code;
}
