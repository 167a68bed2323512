/*
 * format: numbers, times and names for people. Nothing here knows the page. What is not known is a
 * dash.
 */
import { S } from "./strings.js";

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const number1 = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const clockSeconds = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayYear = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
});

const missing = (v) => v === null || v === undefined || Number.isNaN(v);

export const count = (n) => (missing(n) ? S.unknown : number.format(n));
export function percent(part, whole) {
  if (!(whole > 0)) return S.unknown;
  const p = (100 * part) / whole;
  return p > 0 && p < 0.5 ? "< 1 %" : p > 99.5 && p < 100 ? "> 99 %" : number.format(p) + " %";
}

/* A rate: one decimal below ten. */
export const rate = (n) =>
  missing(n) ? S.unknown : n > 0 && n < 9.95 ? number1.format(n) : number.format(n);

export function size(bytes) {
  if (missing(bytes)) return S.unknown;
  const units = ["B", "KB", "MB", "GB", "TB", "PB"];
  let i = 0;
  for (; bytes >= 1000 && i < units.length - 1; i++) bytes /= 1000;
  return (i > 0 && bytes < 9.95 ? number1.format(bytes) : number.format(bytes)) + " " + units[i];
}

/* The two largest units: "7 h 30 min". */
export function duration(ms) {
  if (missing(ms)) return S.unknown;
  if (ms < 1000) return number.format(Math.max(0, ms)) + " ms";
  const s = Math.round(ms / 1000);
  if (ms < 9950) return number1.format(ms / 1000) + " s";
  if (s < 60) return s + " s";
  if (s < 3600) return two(Math.floor(s / 60), "min", s % 60, "s", 10);
  if (s < 86400) return two(Math.floor(s / 3600), "h", Math.floor((s % 3600) / 60), "min", 10);
  return two(Math.floor(s / 86400), "d", Math.floor((s % 86400) / 3600), "h", 30);
}

/* The smaller unit only where it says something. */
function two(large, a, small, b, limit) {
  return large >= limit || small === 0 ? `${large} ${a}` : `${large} ${a} ${small} ${b}`;
}

/* For what is left: rounded to what such a figure can say. */
export function roughly(seconds) {
  if (missing(seconds)) return S.unknown;
  const step =
    seconds < 120
      ? 10
      : seconds < 3600
        ? 60
        : seconds < 36000
          ? 600
          : seconds < 172800
            ? 1800
            : 3600;
  const s = Math.max(step, Math.round(seconds / step) * step);
  if (s < 60) return s + " s";
  if (s < 3600) return `${Math.round(s / 60)} min`;
  if (s < 86400) return two(Math.floor(s / 3600), "h", Math.floor((s % 3600) / 60), "min", 24);
  return two(Math.floor(s / 86400), "d", Math.floor((s % 86400) / 3600), "h", 14);
}

const sameDay = (a, b) => a.toDateString() === b.toDateString();

/* A moment: the clock, with the day where it is not today. */
export function moment(time, now = new Date()) {
  if (missing(time)) return S.unknown;
  const t = new Date(time);
  if (Number.isNaN(t.getTime())) return S.unknown;
  if (sameDay(t, now)) return clock.format(t);
  return (t.getFullYear() === now.getFullYear() ? day : dayYear).format(t) + " " + clock.format(t);
}

export function exactly(time, now = new Date()) {
  if (missing(time)) return S.unknown;
  const t = new Date(time);
  if (Number.isNaN(t.getTime())) return S.unknown;
  return (sameDay(t, now) ? "" : dayYear.format(t) + " ") + clockSeconds.format(t);
}

/* How long ago, as coarse as people say it. */
export function ago(time, now) {
  if (missing(time)) return S.unknown;
  const s = Math.max(0, Math.round((now - Date.parse(time)) / 1000));
  if (s < 2) return S.justNow;
  return S.ago(s < 60 ? `${s} s` : s < 3600 ? `${Math.floor(s / 60)} min` : duration(s * 1000));
}

/* A path in two: the folders, with their last slash, and the name. */
export function split(path) {
  const at = path.lastIndexOf("/") + 1;
  return [path.slice(0, at), path.slice(at)];
}
