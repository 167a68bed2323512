/* dropzone: PDFs that are dragged onto the page go to pending/, one after the other. */
import * as api from "./api.js";
import { say } from "./dialogs.js";
import { size } from "./format.js";
import { operator } from "./session.js";
import { mayAct, store } from "./store.js";
import { S } from "./strings.js";

const TELL_MS = 1000;

/*
 * As the API takes names: `%` and control characters as %XX; a browser's names are valid UTF-16, or
 * nearly.
 */
function shown(name) {
  const bytes = new TextEncoder();
  const hidden = /[%/\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
  return name.replace(hidden, (c) =>
    [...bytes.encode(c)].map((b) => "%" + b.toString(16).toUpperCase().padStart(2, "0")).join(""),
  );
}

function refusal(file) {
  const most = store.session ? store.session.upload_max_bytes : 0;
  if (most === 0) return S.upload.off;
  if (file.size === 0) return S.upload.empty;
  if (file.size > most) return S.upload.large(size(most));
  if (file.name.startsWith(".")) return S.upload.dot;
  return null;
}

/*
 * One after the other. What could not be sent is counted, and the first of it told with its reason.
 */
export async function send(files) {
  if (!mayAct() || files.length === 0 || !(await operator())) return;
  const all = [...files];
  const failures = [];
  let done = 0;
  let behind = 0; /* bytes of the files that are through */
  let told = 0;
  const bytes = all.reduce((sum, f) => sum + f.size, 0);
  const text = (now) =>
    S.upload.running(done, all.length, bytes ? Math.floor((100 * (behind + now)) / bytes) : 100);
  const note = say(text(0), "busy");
  /* Now and then: a screen reader reads it out. */
  const sent = (file, n) => {
    if (Date.now() - told < TELL_MS) return;
    told = Date.now();
    say(text(Math.min(n, file.size)), "busy", note);
  };
  for (const file of all) {
    try {
      const no = refusal(file);
      if (no) throw new Error(no);
      await api.upload(file, shown(file.name), (n) => sent(file, n));
      done++;
    } catch (e) {
      failures.push(S.upload.failed(file.name, e.message));
    }
    behind += file.size;
    say(text(0), "busy", note);
  }
  if (failures.length) say(S.upload.partly(done, failures.length, failures[0]), "error", note);
  else say(S.upload.ended(done), "done", note);
}

/* A drag that holds files shows that they may be dropped anywhere. */
export function start() {
  const root = document.documentElement;
  let depth = 0;
  const holdsFiles = (e) => e.dataTransfer && [...e.dataTransfer.types].includes("Files");
  addEventListener("dragenter", (e) => {
    if (holdsFiles(e) && mayAct() && ++depth) root.classList.add("dropping");
  });
  addEventListener("dragleave", (e) => {
    if (holdsFiles(e) && --depth <= 0) root.classList.remove("dropping");
  });
  addEventListener("dragover", (e) => {
    if (holdsFiles(e)) e.preventDefault();
  });
  addEventListener("drop", (e) => {
    if (!holdsFiles(e)) return;
    e.preventDefault();
    depth = 0;
    root.classList.remove("dropping");
    send(e.dataTransfer.files);
  });
}
