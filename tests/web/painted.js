/*
 * painted: in the page, before anything of it runs (pixel.py puts it there): notes when each row and number was painted.
 *
 * window.painted = {rows: {path: ms}, numbers: [[done, ms], ...], events: {type: [ms, ...]}, loads}: of documents that are done
 * or failed, and of the number of what is done on the overview. Times are this machine's clock, in ms since 1970, of the second
 * frame after the change: the first has been shown by then.
 */
(() => {
  const now = () => performance.timeOrigin + performance.now();
  const painted = (window.painted = { rows: {}, numbers: [], events: {} });
  const Real = window.EventSource;
  window.EventSource = class extends Real {
    addEventListener(type, ...rest) {
      super.addEventListener(type, () => (painted.events[type] ||= []).push(now()));
      super.addEventListener(type, ...rest);
    }
  };
  const known = new Set();
  let last = -1;
  function look() {
    const rows = [];
    for (const row of document.querySelectorAll("table.rows tbody tr")) {
      const link = row.querySelector("a.doc");
      if (link && !known.has(link.title) && row.querySelector(".state.s-done, .state.s-failed")) {
        known.add(link.title);
        rows.push(link.title);
      }
    }
    const number = document.querySelector(".c-done b");
    const done = number ? Number(number.textContent.replace(/\D/g, "")) : last;
    if (rows.length === 0 && done === last) return;
    const counted = done !== last;
    last = done;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        for (const path of rows) painted.rows[path] = now();
        if (counted) painted.numbers.push([done, now()]);
      }),
    );
  }
  addEventListener("DOMContentLoaded", () =>
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    }),
  );
})();
