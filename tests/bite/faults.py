"""The planted faults: each is an omission that a programmer could make, as exact replacements in the product's sources.

FAULTS: name, what it is, edits [(file, old, new)], and how `make test` catches it: (suite, arguments) as in SUITES of
bite.py. An edit whose old text is not there exactly once stops the run: then the product has changed, and the fault has
to be planted anew.
"""

LOOK = 'shared/spool/look.c'
PUBLISH = 'shared/spool/publish.c'
RECLAIM = 'shared/spool/reclaim.c'
CLAIM = 'shared/spool/claim.c'
PLACE = 'shared/spool/place.c'
PAGEFILE = 'shared/spool/pagefile.c'
TAKEOVER = 'extractd/takeover.c'
UNPACK = 'shared/spool/unpack.c'
DROP = 'shared/spool/drop.c'
CAPTOKEN = 'shared/spool/captoken.c'
HTTP = 'spoold/http/'
API = 'spoold/api/'
NOTIFY = 'shared/base/notify.c'
ALERT = 'spoold/alert/'

LINK = (PUBLISH, '''/* One rename of publishing. *by_us: the call itself said that it happened. */
''', '''/* By handle, as an NFS LINK works; a result that is there already is as good as ours. */
static enum moved link_one(int dir, const char *from, const char *to)
{
    struct statx st;
    char handle[40];
    int fd = fs->openat(dir, from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0)
        return look_at(dir, to, NULL) == 1 ? MOVED : MOVE_LOST;
    snprintf(handle, sizeof handle, "/proc/self/fd/%d", fd);
    int bad = fs->statx(fd, "", AT_EMPTY_PATH, &st); /* is it there at all? */
    if (bad == 0)
        bad = linkat(AT_FDCWD, handle, dir, to, AT_SYMLINK_FOLLOW);
    int error = errno;
    fs->close(fd);
    if (bad != 0 && error != EEXIST)
        return MOVE_FAILED;
    return look_unlink(dir, from) == 0 ? MOVED : MOVE_FAILED;
}

/* One rename of publishing. *by_us: the call itself said that it happened. */
''')

FAULTS = [
    {
        'name': 'publish-by-link',
        'what': 'results become visible by LINK and REMOVE, not by RENAME',
        'edits': [
            LINK,
            (PUBLISH, '#include <string.h>\n', '#include <string.h>\n#include <unistd.h>\n'),
            (PUBLISH, 'text = publish_one(p->folder, p->hidden_text, p->folder, p->names.text, &by_us);',
             'text = link_one(p->folder, p->hidden_text, p->names.text);'),
            (PUBLISH, '''return text == MOVED ? publish_one(p->folder, p->hidden_json, p->folder, p->names.json, &by_us)
                         : text;''',
             'return text == MOVED ? link_one(p->folder, p->hidden_json, p->names.json) : text;'),
            (PUBLISH, '    bool by_us;\n    enum moved text = MOVED;\n', '    enum moved text = MOVED;\n'),
        ],
        'quick': ('sweep', ['--scenario', 'publish']),
    },
    {
        'name': 'no-seal',
        'what': 'the PDF is published straight from work/T: no rename decides before results become visible',
        'edits': [
            (PUBLISH, '''    struct sealed sealed = {p->to, *t};
    token_name(t, from);
    token_sealed_name(&sealed, sealed_name);
    return look_move(work, from, work, sealed_name);''',
             '''    (void)p;
    token_name(t, from);
    memcpy(sealed_name, from, sizeof from);
    return look_at(work, from, NULL) == 1 ? MOVED : MOVE_LOST;'''),
        ],
        'quick': ('sweep', ['--scenario', 'publish']),
    },
    {
        'name': 'work-not-removed',
        'what': 'reclaim never removes work/: nothing proves that no late claim can come',
        'edits': [
            (RECLAIM, '        gone = look_rmdir(dir, LEASE_WORK);\n', '        gone = left ? -1 : 0;\n'),
        ],
        'quick': ('sweep', ['--scenario', 'reclaim-unsealed', '--every', '7']),
    },
    {
        'name': 'work-cleared',
        'what': 'a dead lease is removed with all that is in it: what came into work/ late is thrown away',
        'edits': [
            (RECLAIM, '''static void clear_lease_dir(int lease_dir)
{
    struct dirlist_entry e;
    struct dirlist *d = dirlist_open(lease_dir, ".", 0);
''', '''static void clear_lease_dir(int lease_dir, const char *folder)
{
    struct dirlist_entry e;
    struct dirlist *d = dirlist_open(lease_dir, folder, 0);
'''),
            (RECLAIM, '''        gone = look_rmdir(dir, LEASE_WORK);
        if (gone != 0 && (errno != ENOTEMPTY || left > 0))
            goto out; /* a late claim makes it ENOTEMPTY with nothing left: again */
''', '''        if (left > 0)
            goto out;
        clear_lease_dir(dir, ".");
        clear_lease_dir(dir, LEASE_WORK);
        gone = look_rmdir(dir, LEASE_WORK);
'''),
            (RECLAIM, '    clear_lease_dir(dir);\n', ''),
        ],
        'quick': ('units', ['late_claim']),
    },
    {
        'name': 'plain-name-on-retry',
        'what': 'what is to be tried again goes back to pending/ under its own name',
        'edits': [
            ('shared/spool/retry.c', '''    token_waiting_name(&w, to);
    return look_move(dir, name, s->retry, to);''',
             '''    token_waiting_name(&w, to);
    char path[PATH_CAP];
    if (token_path(t, path) == 0)
        return look_move(dir, name, s->pending, path);
    return look_move(dir, name, s->retry, to);'''),
        ],
        'quick': ('sweep', ['--scenario', 'sweep']),
    },
    {
        'name': 'enoent-believed',
        'what': 'a bare ENOENT of a rename is taken for "somebody else moved it"',
        'edits': [
            (LOOK, '''        int error = errno;
        result = where_is_it(from_dir, from, to_dir, to, error);
''', '''        int error = errno;
        if (error == ENOENT)
            return MOVE_LOST;
        result = where_is_it(from_dir, from, to_dir, to, error);
'''),
        ],
        'quick': ('sweep', ['--scenario', 'reclaim-sealed', '--every', '5']),
    },
    {
        'name': 'stale-folder',
        'what': 'the folder is not opened afresh before a claim, and the inodes in work/ are not compared',
        'edits': [
            (CLAIM, '    int fresh = look_folder(folder, ".");\n', '    int fresh = folder;\n'),
            (CLAIM, '''    if (fresh >= 0)
        fs->close(fresh);
    else
        i = n; /* the folder is gone; the next walk will see */
''', ''),
            (CLAIM, 'c->state = e.ino == c->ino ? CLAIM_HAVE : CLAIM_MISMATCH;', 'c->state = CLAIM_HAVE;'),
        ],
        'quick': ('units', ['claim']),
    },
    {
        'name': 'stale-folder-checked',
        'what': 'the folder is not opened afresh before a claim; the inodes are still compared',
        'edits': [
            (CLAIM, '    int fresh = look_folder(folder, ".");\n', '    int fresh = folder;\n'),
            (CLAIM, '''    if (fresh >= 0)
        fs->close(fresh);
    else
        i = n; /* the folder is gone; the next walk will see */
''', ''),
        ],
        'half': True,  # one of two remedies: the other may catch what it lets through
        'quick': None,
    },
    {
        'name': 'inodes-not-compared',
        'what': 'the inodes in work/ are not compared with those that were looked at; the folder is opened afresh',
        'edits': [
            (CLAIM, 'c->state = e.ino == c->ino ? CLAIM_HAVE : CLAIM_MISMATCH;', 'c->state = CLAIM_HAVE;'),
        ],
        'half': True,
        'quick': ('units', ['claim']),
    },
    {
        'name': 'wall-clock',
        'what': "a lease is dead when its beat is older than lease_timeout by the observer's own wall clock",
        'edits': [
            ('shared/spool/reclaim_observer.c', '    int64_t now = clock_boot_ms();\n    if (v->since',
             '''    int64_t now = clock_boot_ms();
    if (clock_wall_ms() - look_ms(st->stx_mtime) >= timeout)
        return true;
    if (v->since'''),
        ],
        'quick': ('units', ['reclaim']),
    },
    {
        'name': 'no-reservation',
        'what': 'nobody reserves a visible name: the look for a free one is all there is',
        'edits': [
            ('shared/spool/reserve.c', '''    char folder[3] = {key[0], key[1], 0}, id[ID_CAP];
    for (int i = 0; i < 4; i++) {
''', '''    char folder[3] = {key[0], key[1], 0}, id[ID_CAP];
    for (int i = 0; i < 4; i++) {
        if (document[0])
            return 1;
'''),
        ],
        'quick': ('sweep', ['--scenario', 'collision', '--every', '5']),
    },
    {
        'name': 'shared-result-name',
        'what': 'hidden results are called after the document alone, not after the claim: two tries share them',
        'edits': [
            (PLACE, '''    snprintf(p->hidden_text, sizeof p->hidden_text, ".%s.%s.txt", t->document, t->claim);
    snprintf(p->hidden_json, sizeof p->hidden_json, ".%s.%s.json", t->document, t->claim);
''', '''    snprintf(p->hidden_text, sizeof p->hidden_text, ".%s.%s.txt", t->document, t->document);
    snprintf(p->hidden_json, sizeof p->hidden_json, ".%s.%s.json", t->document, t->document);
'''),
        ],
        'quick': ('units', ['place']),
    },
    {
        'name': 'fsync-ignored',
        'what': 'an error of fsync is not looked at',
        'edits': [
            (PUBLISH, '''    if (!bad && (bad = fs->fsync(fd)) != 0)
        error = errno;
''', '''    if (!bad && fs->fsync(fd) != 0)
        errno = 0;
'''),
        ],
        'quick': ('units', ['fsync']),  # and power-cut, which takes longer
    },
    {
        'name': 'work-renamed',
        'what': "a dead lease's work/ is renamed into the reclaimer's own folder, and emptied there",
        'edits': [
            (RECLAIM, '''static int empty_work(const struct spool *s, int lease_dir, bool spend, const struct lease *clock,
                      struct reclaimed *sum)
''', '''static int empty_work(const struct spool *s, int lease_dir, const char *folder, bool spend,
                      const struct lease *clock, struct reclaimed *sum)
'''),
            (RECLAIM, 'dirlist_open(lease_dir, LEASE_WORK, 0)', 'dirlist_open(lease_dir, folder, 0)'),
            (RECLAIM, '''    for (int i = 0; i < EMPTYING_ROUNDS && gone != 0; i++) {
        int left = empty_work(s, dir, spend, clock, sum);
''', '''    int home = dir;
    const char *folder = LEASE_WORK;
    if (clock && look_move(dir, LEASE_WORK, clock->dir, name) == MOVED) {
        home = clock->dir;
        folder = name;
    }
    for (int i = 0; i < EMPTYING_ROUNDS && gone != 0; i++) {
        int left = empty_work(s, home, folder, spend, clock, sum);
'''),
            (RECLAIM, 'gone = look_rmdir(dir, LEASE_WORK);', 'gone = look_rmdir(home, folder);'),
        ],
        'quick': ('sweep', ['--scenario', 'reclaim-results']),
    },
    {
        'name': 'pages-of-another',
        'what': 'kept pages are believed whatever document, and version, they are of',
        'edits': [
            ('extractd/checkpoint.c', 'n > head && memcmp(bytes, line, head) == 0 ?', 'n > head ?'),
        ],
        'quick': ('units', ['checkpoint']),
    },
    {
        'name': 'pages-one-private-name',
        'what': 'all that keep pages of a document write them under one private name',
        'edits': [
            (PAGEFILE, 'snprintf(private, sizeof private, ".%s.%s.new", document, own);',
             'snprintf(private, sizeof private, ".%s.new", document);'),
            (PAGEFILE, 'O_WRONLY | O_CREAT | O_EXCL', 'O_WRONLY | O_CREAT | O_TRUNC'),
        ],
        'quick': ('units', ['pagefile']),
    },
    {
        'name': 'pages-fsync-ignored',
        'what': 'an error of fsync is not looked at when pages are kept',
        'edits': [
            (PAGEFILE, 'bool ok = write_all(fd, bytes, n) == 0 && fs->fsync(fd) == 0;',
             'bool ok = write_all(fd, bytes, n) == 0;\n    (void)fs->fsync(fd);'),
        ],
        'quick': ('units', ['pagefile']),
    },
    {
        'name': 'ocr-share-not-counted',
        'what': 'documents that need OCR are claimed however many are in hand',
        'edits': [
            (CLAIM, '        r->ocr_most -= r->ocr_most > 0 && strcmp(w.need, NEED_OCR) == 0;\n', ''),
        ],
        'quick': ('units', ['claim_ocr']),
    },
    {
        'name': 'pages-not-swept',
        'what': 'kept pages are not known as ours: nobody sweeps those of documents that are nowhere',
        'edits': [
            ('shared/spool/pathfile.c', '{".new", PAGEFILE_SUFFIX}', '{".new", ".kept"}'),
        ],
        'quick': ('units', ['sweep']),
    },
    {
        'name': 'put-back-when-visible',
        'what': 'a document whose results vanished is done again, though what was unpacked from it is visible',
        'edits': [
            (PUBLISH, 'enum moved m = unpack_void(s, t->document, t->claim);', 'enum moved m = s && t ? MOVED : MOVE_LOST;'),
        ],
        'quick': ('units', ['expose']),
    },
    {
        'name': 'folder-after-document',
        'what': 'unpacked documents become visible after the document that they came from has been published',
        'edits': [
            (PUBLISH, '''    if (p->to.unpacked && m != MOVE_FAILED)
        m = publish_unpacked(s, p, name, t, m);
''', ''),
            (PUBLISH, '''    let_go(s, p, t, by_us);
    return 0;
''', '''    if (p->to.unpacked)
        (void)publish_unpacked(s, p, name, t, m);
    let_go(s, p, t, by_us);
    return 0;
'''),
        ],
        'quick': ('sweep', ['--scenario', 'archive-publish']),
    },
    {
        'name': 'unreachable-is-visible',
        'what': 'a folder of unpacked documents that cannot be looked for is taken for one that is visible',
        'edits': [
            (UNPACK, 'return more < 0 ? UNPACK_UNKNOWN : at;', 'return at;'),
            (UNPACK, 'return at == UNPACK_NOWHERE ? listed(s, name, away) : at;', 'return at;'),
        ],
        'quick': ('sweep', ['--scenario', 'archive-publish']),
    },
    {
        'name': 'thrown-away-in-place',
        'what': 'unpacked documents are removed by the descriptor of their folder, wherever that is by now',
        'edits': [
            (UNPACK, '''    close_all(u);
    u->files = 0;
    u->broken = u->thrown = true;
''', '''    if (u->top >= 0)
        (void)unpack_tree_empty(u->top, &all);
    close_all(u);
    u->files = 0;
    u->broken = u->thrown = true;
'''),
            (UNPACK, '''    close_all(u);
    return 0;
}
''', '''    close_one(&u->file);
    return 0;
}
'''),
        ],
        'quick': ('units', ['unpack']),
    },
    {
        'name': 'record-without-last-look',
        'what': 'the record of what became of documents is replaced without a last look at it',
        'edits': [
            ('shared/spool/tally.c', '    if (still_so(a) &&', '    if ((still_so(a) || true) &&'),
        ],
        'quick': ('units', ['tally']),
    },
    {
        'name': 'parser-counts-alone',
        'what': "an archive's limits are kept by the parser alone: what it sends is not counted again",
        'edits': [
            ('extractd/accept_files.c', '    if (!within_limits(a, to))', '    if (!within_limits(a, to) && false)'),
        ],
        'quick': ('units', ['accept_files']),
    },
    {
        'name': 'damaged-is-kept',
        'what': 'the file of an entry that came in part only stays among those that become visible',
        'edits': [
            ('extractd/unpacker.c', 'if (written && fate != ENTRY_TAKEN && unpack_leave(u->files) != 0)',
             'if (written && fate != ENTRY_TAKEN && false)'),
        ],
        'quick': ('units', ['unpacker']),
    },
    {
        'name': 'copy-text-not-checked',
        'what': 'the text of a finished document is taken over whatever its hash is',
        'edits': [
            (TAKEOVER, """    if ((int64_t)r->text.len != bytes ||
        !same_hash(&r->text, jsonr_str(s->json, "text_sha256", "")))
""", """    if ((int64_t)r->text.len != bytes)
"""),
        ],
        'quick': ('units', ['takeover']),
    },
    {
        'name': 'copy-record-not-checked',
        'what': 'the record of a finished document is believed, whether it is what was published or not',
        'edits': [
            (TAKEOVER, 'if (!*why && !same_hash(&bytes, s->json_sha256))', 'if (!*why && !s->json_sha256[0])'),
        ],
        'quick': ('units', ['takeover']),
    },
    {
        'name': 'copy-of-partial',
        'what': 'what lacks pages is offered, and taken, as the text of other documents',
        'edits': [
            (TAKEOVER, 'return p->tier != TIER_NONE && p->tier != TIER_BAD && take_other(r, p, j);', 'return take_other(r, p, j);'),
            (TAKEOVER, """    if ((strcmp(outcome, outcome_facts(OUTCOME_OK)->name) != 0 &&
         strcmp(outcome, outcome_facts(OUTCOME_EMPTY)->name) != 0) ||
        jsonr_count(jsonr_get(j, "bad_pages")) ||
        jsonr_count(jsonr_get(j, "pages_waiting_for_ocr")))
""", """    if (!*outcome)
"""),
        ],
        'quick': ('units', ['takeover']),
    },
    {
        'name': 'children-hear-the-manager',
        'what': 'what the service manager says in the environment is left there for children, who would speak in our name',
        'edits': [
            (NOTIFY, '    unsetenv("NOTIFY_SOCKET");\n', ''),
        ],
        'quick': ('units', ['notify']),
    },
    {
        'name': 'told-before-it-was-heard',
        'what': 'a status counts as told although the manager did not take it',
        'edits': [
            (NOTIFY, 'if (strcmp(said, n->status) == 0 || tell(n, line, 0) != 0)\n        return;',
             'if (strcmp(said, n->status) == 0)\n        return;\n    tell(n, line, 0);'),
        ],
        'quick': ('units', ['notify']),
    },
    {
        'name': 'any-host-name',
        'what': 'the page is served under any name (DNS rebinding)',
        'edits': [
            (HTTP + 'check.c', '    check_host(x);\n    if (!x->refused', '    if (!x->refused'),
            (HTTP + 'check.c', 'static void check_host', 'static __attribute__((unused)) void check_host'),
        ],
        'quick': ('http', ['hosts']),
    },
    {
        'name': 'two-lengths',
        'what': 'a chunked body is taken, whatever its Content-Length says (request smuggling)',
        'edits': [
            (HTTP + 'request.c', '    if (encoded)\n', '    if (encoded && raw->count == 0)\n'),
            (HTTP + 'request.c', '    if (encoded && rq->sized)\n', '    if (encoded && rq->sized && raw->count == 0)\n'),
        ],
        'quick': ('http', ['smuggling']),
    },
    {
        'name': 'cookie-is-enough',
        'what': 'a cookie changes things without an Origin (a form on another site)',
        'edits': [
            (HTTP + 'auth.c', 'return rq->safe || request_origin_is_host(rq) ? AUTH_OK : AUTH_CROSS;',
             'return AUTH_OK;'),
        ],
        'quick': ('http', ['other_sites']),
    },
    {
        'name': 'guesses-at-once',
        'what': 'a wrong token is refused without a delay',
        'edits': [
            (HTTP + 'check.c', '    x->delay = true;\n    x->s->delayed++;\n', ''),
        ],
        'quick': ('http', ['tokens']),
    },
    {
        'name': 'half-a-header-for-ever',
        'what': 'a header may take as long as it likes (slowloris)',
        'edits': [
            (HTTP + 'reaper.c', 'c->until = now + r->patience_ms;', 'c->until = now + (int64_t)3600 * 1000;'),
        ],
        'quick': ('http', ['slowloris']),
    },
    {
        'name': 'sleepers-at-the-end',
        'what': 'who waits for an answer is not woken before the server stops',
        'edits': [
            (HTTP + 'later.c', '    for (size_t i = 0; i < LATER_COUNT; i++)\n        rouse(l, &l->all[i]);\n', ''),
        ],
        'quick': ('http', ['stop']),
    },
    {
        'name': 'stuck-listeners-stay',
        'what': 'a stream that takes nothing is kept although the ring has overtaken it',
        'edits': [
            (HTTP + 'sse.c', '        s->calls.kick(c->arg);\n', ''),
        ],
        'quick': ('http', ['events']),
    },
    {
        'name': 'filter-of-half',
        'what': 'an action passes over filters that leaves are not searched with (hosts, words)',
        'edits': [
            (API + 'choose.c', 'if ((may(k, d) || sealed) && want_row(&k->want, d) &&', 'if ((may(k, d) || sealed) &&'),
        ],
        'quick': ('actions', ['choose']),
    },
    {
        'name': 'member-passed-over',
        'what': 'a member of an action that is not known is passed over ("dryrun": true has everything done)',
        'edits': [
            (API + 'choice.c', """    if (strcmp(key, "dry_run") != 0 && strcmp(key, "expect") != 0)
        refuse(r, "A member of the body is not known here.");
""", ''),
        ],
        'quick': ('actions', ['choice']),
    },
    {
        'name': 'last-of-each-batch',
        'what': 'the document for which another batch is begun is counted, and left out',
        'edits': [
            (API + 'choose.c', '    if (b) {\n        items_add(', '    if (b && (b->n || list->first == b)) {\n        items_add('),
        ],
        'quick': ('actions', ['choose']),
    },
    {
        'name': 'running-forgotten',
        'what': 'an action that goes on is not listed any more once a hundred came after it',
        'edits': [
            (API + 'acts.c', 'go > 0 && !s->all[go].ended;)', 'go > ACTS_KEPT && !s->all[go].ended;)'),
            (API + 'acts.c', """        if (!s->all[go].ended)
            go = s->n - 1;
""", ''),
        ],
        'quick': ('actions', ['choice']),
    },
    {
        'name': 'no-room-no-matter',
        'what': 'bytes of an upload for which there is no room are lost',
        'edits': [
            (HTTP + 'serve.c', '    return x->refused ? n : at;\n', '    return n;\n'),
        ],
        'quick': ('http', ['upload_waits']),
    },
    {
        'name': 'room-that-was-missed',
        'what': 'room that comes just before an upload goes to sleep does not wake it',
        'edits': [
            (HTTP + 'later.c', '    else if (p)\n        p->nudged = true;\n', ''),
        ],
        'quick': ('http', ['upload_waits']),
    },
    {
        'name': 'drop-over-a-name',
        'what': 'a dropped document gets its name without a look whether it is taken',
        'edits': [
            (DROP, '    if (there != 0)\n', '    if (there < 0)\n'),
        ],
        'quick': ('units', ['drop']),
    },
    {
        'name': 'half-a-document',
        'what': 'a document that ended too soon is dropped all the same',
        'edits': [
            (DROP, 'if (!bad && d->size != DROP_ANY && all != d->size)', 'if (!bad && d->size != DROP_ANY && all > d->size)'),
        ],
        'quick': ('units', ['drop']),
    },
    {
        'name': 'believed-size',
        'what': 'a picture may have as many pixels as the caged parser says',
        'edits': [
            ('shared/base/pagewire.c', '    return pagewire_size_ok(w->width, w->height, b);\n',
             '    return w->width > 0 && w->height > 0 && b->width > 0;\n'),
        ],
        'quick': ('units', ['pagewire']),
    },
    {
        'name': 'told-again-and-again',
        'what': 'an alert is told at each look while it lasts',
        'edits': [
            (ALERT + 'watch.c', '            one->told = one->so;\n', '            one->told = false;\n'),
        ],
        'quick': ('alerts', ['watch']),
    },
    {
        'name': 'done-before-anybody-looked',
        'what': 'a folder is called done although what was dropped since has not been looked for',
        'edits': [
            (ALERT + 'finish.c', 'now->quiet_ms && looked_since(now->s, c->ended_ms);',
             'now->quiet_ms && looked_since(now->s, 0);'),
        ],
        'quick': ('alerts', ['finish']),
    },
    {
        'name': 'a-closed-batch-grows',
        'what': 'an event joins a batch whose messages are being made: after a crash one id has two bodies',
        'edits': [
            (ALERT + 'digest.c', 'if (d->all[i].made_ms == 0 && first->kind', 'if (first->kind'),
        ],
        'quick': ('alerts', ['digest']),
    },
    {
        'name': 'the-wrong-one-dropped',
        'what': 'where too many messages wait, the newest are dropped',
        'edits': [
            (ALERT + 'outbox.c', 'size_t at = strcmp(o->all[0].name.name, but) == 0;', 'size_t at = o->n - 1 - (*but == 0);'),
        ],
        'quick': ('alerts', ['outbox']),
    },
    {
        'name': 'token-same-name',
        'what': 'a token of a cap is given back under the name that it had before',
        'edits': [(CAPTOKEN, 'cap_free_name(t.number, t.gen + 1, to);', 'cap_free_name(t.number, t.gen, to);')],
        'quick': ('caps', ['caps']),
    },
    {
        'name': 'token-by-copy',
        'what': 'a token is taken by making a file in the lease, and then removing the free one',
        'edits': [(CAPTOKEN, '    enum moved m = look_move(from, name, used, to);\n',
                   '''    int fd = fs->openat(used, to, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    enum moved m = fd >= 0 && fs->close(fd) == 0 && look_unlink(from, name) == 0 ? MOVED : MOVE_FAILED;
''')],
        'quick': ('caps', ['caps']),
    },
    {
        'name': 'token-not-returned',
        'what': 'a dead lease is taken apart without its tokens being given back: they are thrown away',
        'edits': [(CAPTOKEN, "left += captoken_give(s, dirlist_fd(d), e.name) == MOVE_FAILED;",
                   "left += look_unlink(dirlist_fd(d), e.name) != 0, (void)s;")],
        'quick': ('caps', ['caps']),
    },
    {
        'name': 'sums-made-anew',
        'what': 'each snapshot sums up all leaves anew: a change costs as much as there are documents',
        'edits': [('spoold/model/branch.c', '        b->summed = true;\n', '')],
        'quick': ('guard', ['text-tiny', 'update-100000']),
    },
    {
        'name': 'boxes-of-all-glyphs',
        'what': 'the box of each glyph is asked for, which text does not need',
        'edits': [('extractd/parser/glyphwork.c', 'return text_alone ? fz_infinite_rect : __real_fz_bound_glyph(ctx, font, glyph, trm);',
                   'return __real_fz_bound_glyph(ctx, font, glyph, trm);')],
        'quick': ('guard', ['text-tiny', 'update-100000']),
    },
]
