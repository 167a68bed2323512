/*
 * strings: every word that the page says, in one place. Functions where a number decides the words.
 */

const n = (v) => new Intl.NumberFormat("en").format(v);
const many = (v, one, more) => `${n(v)} ${v === 1 ? one : more}`;
const docs = (v) => many(v, "document", "documents");
const left = (d) => d.pending + d.waiting + d.claimed + d.sealed;

export const S = {
  brand: {
    name: "pdfspool",
    home: "pdfspool, to the overview",
    pages: "Pages",
    skip: "Skip to the content",
  },
  page: {
    overview: "Overview",
    hosts: "Hosts",
    documents: "Documents",
    failed: "Failed",
    document: "Document",
    journal: "Journal",
    settings: "Settings",
    help: "Help",
  },

  unknown: "–",
  none: "none",
  loading: "Loading …",
  working: "Working …",
  again: "Try again",
  cancel: "Close",
  dismiss: "Dismiss",
  show: "Show",
  any: "any",
  clearFilters: "Clear filters",
  ago: (d) => `${d} ago`,
  justNow: "just now",
  since: (t) => `since ${t}`,

  problem: {
    noAnswer: "spoold does not answer",
    status: (s) => (s === 0 ? "spoold does not answer" : `spoold answered with status ${s}`),
  },

  live: {
    live: "Live",
    polling: "Every 2 s",
    connecting: "Connecting",
    lost: "No answer",
    frozen: "Frozen at",
    freeze: "Freeze",
    thaw: "Go live",
    freezeWhy: "Hold the display still. The cluster works on.",
    asOf: (t) => `As of ${t}`,
  },
  theme: { system: "as the system", light: "light", dark: "dark", label: (t) => `Colours: ${t}` },

  session: {
    title: "Sign in",
    signIn: "Sign in",
    signOut: "Sign out",
    token: "Token",
    readOnly: "Read only",
    out: "Signed out",
    why: "Changing something needs the token of this spoold. It is in the file that its setting token_file names.",
  },

  banner: {
    lost: (t) =>
      `spoold has not answered since ${t}. What you see is from then; the workers go on without it.`,
    share: (since, d) =>
      `The share has not answered since ${since}, for ${d}. What you see is from then.`,
    paused: "Paused: no host claims anything more. What is in hand is being finished.",
  },

  state: {
    pending: "Pending",
    waiting: "Waiting",
    claimed: "In work",
    sealed: "Sealed",
    done: "Done",
    failed: "Failed",
    starting: "Starting",
    working: "Working",
    idle: "Idle",
    paused: "Paused",
    draining: "Draining",
    stopping: "Stopping",
    sick: "Sick",
    silent: "Silent",
    stopped: "Stopped",
  },
  outcome: {
    ok: "Complete",
    partial: "Partial",
    empty: "No text",
    failed: "Failed",
    lease_died: "Worker died",
  },
  class: {
    encrypted: "Encrypted",
    corrupt: "Corrupt",
    not_pdf: "Not a PDF",
    limit: "Over a limit",
    timeout: "Timeout",
    stalled: "Stalled",
    crashed: "Crashed",
    memory: "Out of memory",
    protocol: "Protocol",
    poison: "Poison",

    cancelled: "Cancelled",
    unreadable: "Unreadable",
  },
  tier: {
    text: "Text layer",
    repair: "Second opinion",
    ocr: "OCR",
    "ocr-hard": "OCR, cleaned",
    "text+ocr": "Text and OCR",
    blank: "Blank",
    none: "Waits for OCR",
    bad: "Bad",
  },
  stage: {
    idle: "idle",
    load: "loading",
    wait: "awaiting a core",
    parse: "starting",
    open: "opening",
    text: "reading",
    ocr: "reading pictures",
    emit: "sending",
    unpack: "unpacking",
    results: "writing",
    publish: "publishing",
  },
  need: { text: "Text", ocr: "OCR" },
  event: {
    done: "Done",
    failed: "Failed",
    retry: "Tried again",
    ocr_later: "OCR later",
    put_back: "Put back",
  },

  overview: {
    states: "Documents by state",
    allDone: "All done",
    nothingYet: "Nothing here yet",
    dropHere: "Drop PDFs into the folder pending/, or onto this page.",
    paused: "Paused",
    nobody: "No host is working",
    noIdea: "Too early to say",
    leftToDo: (v) => `${docs(v)} to go`,
    leftTime: (t) => `About ${t} to go`,
    finish: (likely, low, high) =>
      high === null
        ? `Finished around ${likely}, not before ${low}`
        : low === high
          ? `Finished around ${likely}`
          : `Finished around ${likely}, between ${low} and ${high}`,
    documentsMinute: "Documents a minute",
    pagesMinute: "Pages a minute",
    rateSince: (hour, start) => `${hour} over the hour, ${start} since start`,
    alerts: "What needs a look",
    toHost: (host) => `Show ${host}`,
    throughput: "Documents",
    workLeft: "Work left",
    nothingLeft: "Nothing is left to do.",
    noFigures: "How long it will take cannot be said now.",
    leftHead: ["Kind", "Documents", "Pages, about", "Pages a minute", "Time"],
    oldest: "Oldest waiting:",
    whyFailed: "Failed, by reason",
    noFailures: "Nothing has failed.",
    spool: "The spool",
    folder: "Folder",
    space: "Free space",
    spaceOf: (s) => `of ${s}`,
    spaceUsed: (p) => `${p} used`,
    sinceStart: "Since spoold began",
    doneFailed: (d, f) => `${d} done, ${f} failed`,
    pagesBytes: (p, b, t) => `${p} pages, ${b}, since ${t}`,
    outcomes: "Done, by outcome",
    outcomeCounts: (o, count) =>
      `${count(o.ok)} complete, ${count(o.partial)} partial, ${count(o.empty)} without text${o.unknown ? `, ${count(o.unknown)} not known` : ""}`,
    ignored: "Ignored in pending/",
    ignoredWhy: (i, count) =>
      [
        [i.names, "by name"],
        [i.links, "links"],
        [i.special, "special files"],
        [i.empty, "empty"],
      ]
        .filter(([v]) => v)
        .map(([v, w]) => `${count(v)} ${w}`)
        .join(", "),
    news: "News come",
    wake: { "inotify+scan": "at once (inotify)", scan: "by looking" },
    walked: (t) => `whole tree walked ${t}`,
    firstWalk: "first walk of the tree is under way: counts may be too small",
  },

  chart: {
    time: "Time",
    done: "Done",
    failed: "Failed",
    pages: "Pages",
    ocrPages: "OCR pages",
    asTable: "As a table",
    span: "Span",
    minute: "a minute",
    hour: "an hour",
    spans: { "1h": "1 hour", "24h": "24 hours", "30d": "30 days" },
    sentence: (h, count) =>
      `${count(sum(h.done))} documents done and ${count(sum(h.failed))} failed in ${h.done.length} steps; at most ${count(Math.max(...h.done.map((v) => v || 0), 0))} in one`,
    pagesSentence: (h, count) => `${count(sum(h.pages))} pages`,
    ocrSentence: (h, count) => `${count(sum(h.ocr_pages))} pages by OCR`,
  },

  hosts: {
    none: "No extractd works on this spool.",
    slotsBusy: (b, all) => `${b} of ${all} slots busy`,
    busyOf: (b, all) => `${b} of ${all} slots`,
    lastSeen: (t) => `last seen ${t}`,
    perMinute: (r) => `${r} pages/min`,
    cpu: "CPU",
    memory: "Memory",
    temperature: "Temperature",
    of: (s) => `of ${s}`,
    pages: "Pages",
    documents: "Documents",
    minute: "a minute",
    done: "Done",
    failed: (v, p) => `${v} failed, ${p}`,
    kills: "Parsers killed",
    restarts: (v) => `${v} restarts`,
    version: (v) => `version ${v}`,
    otherVersion: "differs from the other hosts",
    cage: { full: "full", seccomp: "seccomp only", none: "none" },
    sandbox: (c) => `sandbox: ${c}`,
    cores: (c, s) => `${many(c, "core", "cores")}, ${many(s, "slot", "slots")}`,
    up: (d) => `up ${d}`,
    languages: (l) => `OCR: ${l.join(", ")}`,
    noOcr: "no OCR here",
    dead: (v) => `${many(v, "dead lease", "dead leases")} to be taken back`,
    stage: "Stage",
    document: "Document",
    progress: "Progress",
    since: "For",
    page: (p, of) => `page ${p} of ${of}`,
    attempt: (a) => `try ${a}`,
    quiet: (d) => `no progress for ${d}`,
    inHand: (host) => `Documents in hand on ${host}`,
    drain: "Drain",
    undrain: "Let it work",
    drainOf: (host) => `Drain ${host}`,
    undrainOf: (host) => `Let it work: ${host}`,
  },

  documents: {
    filters: "Filters",
    state: "State",
    document: "Document",
    pages: "Pages",
    tiers: "Pages by tier",
    size: "Size",
    host: "Host",
    changed: "Changed",
    prefix: "Path begins with",
    prefixHint: "archive/2026/",
    text: "Holds the words",
    textHint: "in path or message",
    outcome: "Outcome",
    class: "Reason of failure",
    tier: "Has pages of",
    choose: (p) => `Choose ${p}`,
    chooseAll: "Choose all rows",
    chosen: (v) => `${n(v)} chosen`,
    chooseNone: "Choose none",
    of: (p, all) => `${p} of ${all}`,
    shown: (v) => `${docs(v)} shown`,
    total: (v, all) => (v < all ? `${n(v)} of ${docs(all)}` : docs(all)),
    more: "Show more",
    nothing: "No document is like that.",
    forOcr: "for its turn at OCR",
    due: (t) => `next try not before ${t}`,
  },

  failed: {
    byReason: "By reason",
    documents: "Failed documents",
    ofGroup: "Failed documents of this reason",
    none: "Nothing has failed.",
    stage: (s) => `while ${s}`,
    between: (a, b) => `${a} to ${b}`,
    such: "such as",
    other: (v) => `${docs(v)} in smaller groups`,
    showThese: "Show these",
    showAll: "Show all",
    again: "Retry",
    attempts: "Tries",
  },

  document: {
    size: "Size",
    pages: "Pages",
    dropped: "First seen",
    changed: "Changed",
    host: "Host",
    took: "Took",
    due: "Next try",
    ocrTurn: "its turn at OCR",
    languages: "OCR languages",
    version: "Done by version",
    sandbox: (c) => `sandbox ${c}`,
    place: "In the spool:",
    inJournal: "in the journal",
    attempts: "Tries",
    noAttempts: "No host has claimed it yet.",
    attemptHead: ["Try", "What became of it", "Host", "Ended", "Took"],
    unspent: "(cost no try)",
    pagesBy: "Pages",
    pageTable: "Pages one by one",
    pageHead: ["Page", "Text from", "Characters", "Quality", "Took", "Why"],
    markWhy: "Confidence of OCR in per cent, or the score of the text layer from 0 to 1",
    noPages: "There is no record of its pages.",
    readPage: (p) => `Read page ${p}`,
    page: (p) => `page ${p}`,
    before: "Back",
    after: "Next",
    pageBefore: "Back: page before",
    pageAfter: "Next page",
    window: (a, b, all) => `pages ${n(a)} to ${n(b)} of ${n(all)}`,
    show: "Show as",
    views: { text: "Text", image: "Original" },
    pageImage: (p) => `Page ${p} of the original`,
    noImage: "The page cannot be drawn now.",
    textOf: (p) => `Text of page ${p}`,
    emptyPage: "(no text on this page)",
    moreText: (s) => `${s} more`,
    metadata: "Metadata",
    record: "Record (JSON)",
    emptyPassword: "It is encrypted, and opened with the empty password.",
    repaired: "It was damaged, and was repaired while it was read.",
  },

  journal: { time: "Time", event: "Event", took: "Took", nothing: "No line is like that." },

  settings: {
    only: "Only what was changed",
    files: (c, host) =>
      host
        ? `From ${c} and ${host}.`
        : `From ${c}. Each host may have a file of its own, which it alone knows.`,
    head: ["Setting", "Value", "From", "May be"],
    nothing: "(empty)",
    origin: { default: "default", cluster: "spool.ini", host: "spoold's file" },
    else: "default:",
    allDefault: "Nothing was changed: all settings have their defaults.",
    daemon: "spoold itself",
    version: "Version",
    started: "Runs since",
    memory: "Memory",
    known: "Documents known",
    clients: "Connections",
    streams: (v) => `${v} of them live`,
    ok: "in order",
    check: {
      share: "Share",
      journals: "Journals",
      walk: "Walk of the tree",
      scanner: "Scanner",
      webhooks: "Webhooks",
    },
  },

  upload: {
    choose: "Add PDFs …",
    here: "Drop PDFs anywhere: they go to pending/",
    off: "Uploads are switched off here",
    empty: "it is empty",
    large: (s) => `it is larger than ${s}`,
    dot: "names that begin with a dot are ignored by the spool",
    running: (d, all, percent) => `${n(d)} of ${n(all)} files sent, ${percent} %`,
    failed: (f, why) => `${f}: ${why}`,
    ended: (d) => `${docs(d)} sent to pending/`,
    partly: (d, f, first) => `${docs(d)} sent to pending/, ${n(f)} not. ${first}`,
  },

  action: {
    retry: "Retry",
    cancel: "Cancel it",
    retryOf: (p) => `Retry ${p}`,
    retrySome: (v) => `Retry ${n(v)}`,
    cancelSome: (v) => `Cancel ${n(v)}`,
    retryGroup: "Retry these",
    retryGroupOf: (v, m) => `Retry these ${n(v)}: ${m}`,
    retryAll: (v) => `Retry all ${n(v)}`,
    retryThese: (v) => `Retry these ${n(v)}`,
    pauseNow: "Pause the cluster",
    resumeNow: "Resume the cluster",
    nothing: "There is nothing to be done.",
    brokenOff: "spoold was started anew meanwhile. What was not done yet can be asked for again.",
    title: (kind, v) => (kind === "retry" ? `Retry ${docs(v)}?` : `Cancel ${docs(v)}?`),
    yes: (kind, v) => (kind === "retry" ? `Retry ${n(v)}` : `Cancel ${n(v)}`),
    question: (kind) =>
      kind === "retry"
        ? "They go back to waiting, with all their tries before them."
        : "They go to failed/cancelled/ as soon as a host hears of it. They can be retried from there.",
    more: (v) => `and ${n(v)} more`,
    running: (a) =>
      `${n(a.done + a.failed + a.skipped)} of ${docs(a.total)} …` + (a.note ? ` ${a.note}` : ""),
    ended: (a) =>
      (a.kind === "retry"
        ? `${docs(a.done)} will be tried again`
        : `${docs(a.done)} will be cancelled`) +
      (a.skipped ? `; ${n(a.skipped)} were already elsewhere` : ""),
    partly: (kind, d, f, why) =>
      `${n(d)} went well; ${n(f)} could not be ${kind === "retry" ? "sent back" : "cancelled"}${why ? `: ${why}` : ""}`,
    pause: {
      title: "Pause the cluster?",
      text: "No host claims anything more, until somebody resumes. What is in hand is finished.",
      yes: "Pause",
    },
    drain: (host) => ({
      title: `Drain ${host}?`,
      text: "It finishes what it has in hand and claims nothing more, until it is let work again.",
      yes: "Drain",
    }),
    said: (kind, host) =>
      ({
        pause: "Paused",
        resume: "Resumed",
        drain: `${host} is being drained`,
        undrain: `${host} may work again`,
      })[kind],
  },

  spoken: (o, mode) =>
    (mode === "lost" ? "spoold does not answer. " : "") +
    (o.share.answering ? "" : "The share does not answer. ") +
    `${docs(o.documents.done)} done, ${n(o.documents.failed)} failed, ${n(left(o.documents))} to go.` +
    (o.hosts.silent ? ` ${many(o.hosts.silent, "host is", "hosts are")} silent.` : ""),

  stateMeaning: {
    pending: "Lies in pending/. A host takes it once it has been left alone for settle_time.",
    waiting: "Waits for another try, or for its turn at OCR.",
    claimed: "A host has it in hand.",
    sealed:
      "Decided: its results are written and are being put in place. Nothing can be lost any more.",
    done: "In done/, with its text and its record beside it.",
    failed: "In failed/, in the folder of its reason, with its record beside it.",
  },
  outcomeMeaning: {
    ok: "Every page has its text, or there is none on it.",
    partial: "There is text, but some pages are bad or wait for OCR; its record lists them.",
    empty: "No page has text, and not all are bad.",
  },
  classMeaning: {
    encrypted: "A password is needed.",
    corrupt: "Too damaged: no page could be read.",
    not_pdf: "It is no PDF.",
    limit: "Above a limit of the configuration: size, pages, processor time, text or pixels.",
    timeout: "It took longer than document_timeout.",
    stalled: "It made no progress for stall_timeout.",
    crashed: "Its parser crashed.",
    memory: "Its parser ran out of memory.",
    protocol: "Its parser sent nonsense, and was killed.",
    poison: "Its workers died with it in hand, too often.",
    cancelled: "A person cancelled it.",
    unreadable: "The worker may not read it, or it never stopped changing.",
  },
  tierMeaning: {
    text: "The page's own text layer.",
    repair:
      "A second opinion on the text layer: by the fonts' own names for their glyphs, or by another engine.",
    ocr: "Read from the page's picture.",
    "ocr-hard": "The same, after the picture was turned, straightened or cleaned.",
    "text+ocr": "The text layer, and OCR of what that leaves out.",
    blank: "Nothing to read is on it.",
    none: "It waits for OCR; in done/: there was none.",
    bad: "It could not be read; its reason stands beside it.",
  },
  hostMeaning: {
    starting: "Has its heart beating, and has said nothing else yet.",
    working: "Has documents in hand.",
    idle: "Has nothing in hand.",
    paused: "The cluster is paused.",
    draining: "Finishes what it has, and claims nothing more.",
    stopping: "Is being stopped.",
    sick: "Stopped claiming by itself; it says why.",
    silent:
      "Has missed three heartbeats. What it has in hand is taken back once lease_timeout is over.",
    stopped: "Has given its lease back. It is listed for a day.",
  },

  help: {
    intro:
      "The files on the share are the truth; these pages show them. spoold can be stopped at any time: the workers do not notice.",
    states: "States of a document",
    outcomes: "Outcomes of what is done",
    classes: "Reasons of failure",
    tiers: "Where a page's text comes from",
    hosts: "States of a host",
    numbers: "Numbers",
    using: "Using these pages",
    numberList: [
      [
        "About … to go",
        "What is left, guessed from the mean document of the last hour, at the speed of that hour, for text and for OCR apart: the longer of the two, as they share the hosts. The range is by the fastest and the slowest of the last 5, 15 and 60 minutes. Nothing is said where nothing was done in that hour.",
      ],
      [
        "A minute",
        "Documents that were done or failed, and their pages, over the last five minutes; beside it over the hour, and since spoold began. A host's figures are its own, over five minutes.",
      ],
      [
        "Tries",
        "Each try that a document's own trouble has ended counts, up to max_attempts. Its return for OCR, for a full disk or for a host that was stopped costs none.",
      ],
      [
        "Pages by tier",
        "How many pages have their text from where: the colours are those of the list above.",
      ],
      [
        "Quality",
        "For OCR the confidence of its engine in per cent; for a text layer the score of the quality gate, from 0 to 1.",
      ],
      [
        "Slots",
        "Documents that a host has in hand at once. More than its processors: some always wait for the share.",
      ],
      ["Progress", "The page that is being read. Without progress for 20 s, that is said, too."],
      [
        "CPU, memory",
        "Of the whole machine, not of pdfspool alone. Of a silent host nothing is shown: it would be old.",
      ],
      [
        "Parsers killed",
        "By the host's own clocks and limits. One dead parser costs at most a page's work.",
      ],
      ["Last seen", "When the host's heart has beaten last, by the file server's clock."],
      [
        "Ignored",
        "What lies in pending/ and is no drop: hidden and temporary names, links, special and empty files. Nothing of it is ever touched.",
      ],
    ],
    usingList: [
      [
        "Live",
        "News come as they happen; where events do not get through, the page asks every two seconds, and says so. Freeze holds the display still; the cluster works on.",
      ],
      [
        "No answer",
        "spoold has gone, or cannot be reached. What you see is from then; the page goes on by itself once it is back. Where the share does not answer, that is said in the same way.",
      ],
      ["Filters", "They are in the address: bookmark it, or send it to somebody."],
      [
        "Retry",
        "Several documents are first counted: you see the number, and no more than that many are tried again, each with all its tries before it.",
      ],
      [
        "Keyboard",
        "Tab and Enter reach everything. Headings of columns are buttons that sort. Tables scroll with the arrow keys.",
      ],
      ["Names", "Bytes of a name that cannot be shown stand as % and two digits."],
    ],
  },
};

function sum(list) {
  return list.reduce((a, b) => a + (b || 0), 0);
}
