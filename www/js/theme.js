/*
 * theme: light or dark by the reader's choice, before anything is drawn. A classic script, so that
 * the page never flashes.
 */
(function () {
  "use strict";
  try {
    var chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch (e) {
    /* storage is forbidden: the system's theme it is */
  }
})();
