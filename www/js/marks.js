/*
 * marks: the small pictures. A state is always told by a shape and a word, never by colour alone.
 */
import { h } from "./dom.js";
import { S } from "./strings.js";

const shapes = {
  pending: [["circle", { cx: 8, cy: 8, r: 5.2 }]],
  waiting: [
    ["circle", { cx: 8, cy: 8, r: 5.8 }],
    ["path", { d: "M8 4.6V8l2.3 1.6" }],
  ],
  claimed: [
    ["circle", { cx: 8, cy: 8, r: 5.8 }],
    ["path", { d: "M8 2.2a5.8 5.8 0 0 1 0 11.6z", class: "solid" }],
  ],
  sealed: [
    ["rect", { x: 2.8, y: 2.8, width: 10.4, height: 10.4, rx: 1.5 }],
    ["path", { d: "M5.5 8h5" }],
  ],
  done: [["path", { d: "M2.8 8.6l3.4 3.5 7-8" }]],
  failed: [["path", { d: "M3.6 3.6l8.8 8.8M12.4 3.6l-8.8 8.8" }]],
  working: [["path", { d: "M4.5 2.8l8 5.2-8 5.2z", class: "solid" }]],
  starting: [["path", { d: "M4.5 2.8l8 5.2-8 5.2z" }]],
  idle: [["circle", { cx: 8, cy: 8, r: 5.2 }]],
  paused: [["path", { d: "M5.4 3v10M10.6 3v10" }]],
  draining: [["path", { d: "M8 2.5v8M4.6 7.4L8 10.8l3.4-3.4M3 13.5h10" }]],
  stopping: [["rect", { x: 3.5, y: 3.5, width: 9, height: 9, class: "solid" }]],
  sick: [
    ["path", { d: "M8 2.2l6.3 11.3H1.7z" }],
    ["path", { d: "M8 6.2v3.6M8 11.4v.6" }],
  ],
  stopped: [["rect", { x: 3.5, y: 3.5, width: 9, height: 9 }]],
  silent: [
    ["circle", { cx: 8, cy: 8, r: 5.8 }],
    ["path", { d: "M4 4l8 8" }],
  ],
  warn: [
    ["path", { d: "M8 2.2l6.3 11.3H1.7z" }],
    ["path", { d: "M8 6.2v3.6M8 11.4v.6" }],
  ],
  error: [
    ["path", { d: "M5.2 1.8h5.6l3.4 3.4v5.6l-3.4 3.4H5.2l-3.4-3.4V5.2z" }],
    ["path", { d: "M8 4.8v4M8 10.6v.7" }],
  ],
  info: [
    ["circle", { cx: 8, cy: 8, r: 5.8 }],
    ["path", { d: "M8 7.2v4M8 4.7v.6" }],
  ],
  again: [["path", { d: "M13.2 8a5.2 5.2 0 1 1-1.6-3.7M12 1.6v3h-3" }]],
  theme: [
    ["circle", { cx: 8, cy: 8, r: 5.6 }],
    ["path", { d: "M8 2.4a5.6 5.6 0 0 1 0 11.2z", class: "solid" }],
  ],
  play: [["path", { d: "M5 3l7.5 5L5 13z", class: "solid" }]],
  up: [["path", { d: "M8 12.5v-9M4 7.2l4-4 4 4" }]],
};

export function icon(name, extra) {
  return h(
    "svg",
    {
      class: "icon " + (extra || ""),
      viewBox: "0 0 16 16",
      "aria-hidden": "true",
      focusable: "false",
    },
    (shapes[name] || shapes.info).map(([tag, props]) => h(tag, props)),
  );
}

/* A document's or a host's state in shape, colour and word. */
export const stateMark = (state, word) =>
  h(
    "span",
    { class: "state s-" + state },
    icon(state),
    h("span", null, word || S.state[state] || state),
  );

/* A host's slots as cells, each filled as far as its document is. */
export function slotCells(host) {
  const width = 9,
    gap = 3,
    height = 14;
  const shown = Math.min(host.n_slots, 48);
  const slots = host.slots.filter((s) => s.id);
  const cells = [];
  for (let i = 0; i < shown; i++) {
    const s = slots[i];
    const x = i * (width + gap);
    const part = s ? Math.max(0.16, s.pages ? s.page / s.pages : 0.16) : 0;
    cells.push(h("rect", { x, y: 0, width, height, rx: 1.5, class: s ? "cell busy" : "cell" }));
    if (s)
      cells.push(
        h("rect", {
          x,
          y: height * (1 - part),
          width,
          height: height * part,
          rx: 1.5,
          class: "fill",
        }),
      );
  }
  const w = shown * (width + gap) - gap;
  return h(
    "svg",
    {
      class: "cells",
      viewBox: `0 0 ${Math.max(w, 1)} ${height}`,
      width: Math.max(w, 1),
      height,
      role: "img",
      "aria-label": S.hosts.slotsBusy(host.busy, host.n_slots),
    },
    cells,
  );
}
