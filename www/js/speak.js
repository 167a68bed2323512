/*
 * speak: summaries for screen readers, at most every 30 s, and only where something has changed.
 * Progress bars say nothing by themselves.
 */
import { S } from "./strings.js";
import { store } from "./store.js";

const EVERY_MS = 30000;
let last = 0;
let said = "";

export function speak() {
  const o = store.overview;
  if (!o || Date.now() - last < EVERY_MS || store.frozenAt) return;
  const text = S.spoken(o, store.mode);
  if (text === said) return;
  said = text;
  last = Date.now();
  document.getElementById("spoken").textContent = text;
}
