/* dialogs: a question at a time, and short notes about what has come of it. */
import { draw, h } from "./dom.js";
import { S } from "./strings.js";
import { button } from "./bits.js";
import { icon } from "./marks.js";

const TOAST_MS = 9000;
const MOST = 4;
let toasts = [];
let lastToast = 0;

/*
 * Ask; resolves to what `ok` gives (true without it), or null. ok may be async and throw: the
 * message is shown, the dialog stays.
 */
export function ask({ title, body, yes, danger, ok }) {
  return new Promise((resolve) => {
    const root = document.getElementById("dialogs");
    const state = { busy: false, error: null };
    let dialog = null;
    const close = (value) => {
      if (dialog) dialog.close();
      draw(root);
      resolve(value);
    };
    const submit = async (e) => {
      e.preventDefault();
      if (state.busy) return;
      state.busy = true;
      show();
      try {
        close(ok ? await ok(new FormData(e.target)) : true);
      } catch (problem) {
        state.busy = false;
        state.error = problem.message;
        show();
      }
    };
    const show = () =>
      draw(
        root,
        h(
          "dialog",
          {
            key: title,
            "aria-labelledby": "dialog-title",
            on: { cancel: () => close(null) },
            mounted: (el) => {
              dialog = el;
            },
          },
          h(
            "form",
            { method: "dialog", on: { submit } },
            h("h2", { id: "dialog-title" }, title),
            body(),
            state.error &&
              h("p", { class: "notice error", role: "alert" }, icon("error"), state.error),
            h(
              "div",
              { class: "answers" },
              button(S.cancel, () => close(null)),
              h(
                "button",
                { type: "submit", class: danger ? "danger" : "primary", disabled: state.busy },
                state.busy ? S.working : yes,
              ),
            ),
          ),
        ),
      );
    show();
    dialog.showModal();
  });
}

function showToasts() {
  draw(
    document.getElementById("toasts"),
    h(
      "div",
      { role: "status", "aria-live": "polite" },
      toasts.map((t) =>
        h(
          "div",
          { key: t.id, class: "toast " + t.kind },
          icon(t.kind === "error" ? "error" : t.kind === "busy" ? "again" : "done"),
          h("p", null, t.text),
          h(
            "button",
            {
              type: "button",
              class: "quiet",
              "aria-label": S.dismiss,
              on: { click: () => drop(t.id) },
            },
            icon("failed"),
          ),
        ),
      ),
    ),
  );
}

function drop(id) {
  toasts = toasts.filter((t) => t.id !== id);
  showToasts();
}

/*
 * Say it. With an id an earlier note is replaced. kind: done, error, busy (stays until replaced).
 */
export function say(text, kind = "done", id = "t" + ++lastToast) {
  const old = toasts.find((t) => t.id === id);
  if (old) Object.assign(old, { text, kind });
  else toasts.push({ id, text, kind });
  toasts = toasts.slice(-MOST);
  showToasts();
  if (kind !== "busy") setTimeout(() => drop(id), TOAST_MS);
  return id;
}

showToasts(); // the region is there before its first note, or that would not be heard
