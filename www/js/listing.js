/*
 * listing: documents by filters, page by page, kept fresh. The rows at hand are renewed in place as
 * events tell; latest first, documents that are new to the list come in at its top. As others may
 * belong here then, the pages that are shown are fetched anew, too: at most every two seconds, more
 * seldom the more there are, and beyond a thousand rows no more.
 */
import * as api from "./api.js";
import { changed } from "./store.js";
import { S } from "./strings.js";

const AGAIN_MS = 2000;
const PAGE = 100;
const MOST_PAGES = 10; // what one request can fetch anew

/* Whether a document belongs to a list is the server's to say, but where its row tells it all. */
const BY_ROW = ["sort", "state", "host"];

function belongs(params, row) {
  const { sort, state, host } = params;
  const others = Object.entries(params).some(([k, v]) => v && !BY_ROW.includes(k));
  if (sort !== "-changed" || others) return false;
  return (!state || state.split(",").includes(row.state)) && (!host || row.host === host);
}

/* Before a host has claimed it, a document goes by its place. */
const unnamed = (row) => row.id.startsWith("t-");
const older = (a, b) => a.changed && b.changed && a.changed < b.changed;

/* The rows with the news in their places, and at the top what is new and belongs. */
export function withNews(rows, items, params) {
  const left = new Map(items.map((r) => [r.id, r]));
  const named = new Map(items.filter((r) => !unnamed(r)).map((r) => [r.path, r]));
  const here = new Set(rows.map((r) => r.id));
  const renewed = rows.map((r) => {
    const given = unnamed(r) ? named.get(r.path) : null;
    const news = left.get(r.id) || (given && !here.has(given.id) ? given : null);
    if (!news) return r;
    left.delete(news.id);
    return older(news, r) ? r : news;
  });
  return [...left.values()].filter((r) => belongs(params, r)).concat(renewed);
}

export function listing(paramsOf) {
  const state = { rows: [], total: null, next: null, pages: 0, error: null, loading: true };
  let abort = null;
  let timer = 0;
  let reading = false; // somebody has asked for more: that is not broken off
  let meanwhile = null; // what events have told while a picture was on its way

  async function fetchPage(after, limit = PAGE) {
    if (abort) abort.abort();
    abort = new AbortController();
    const mine = abort;
    try {
      const page = await api.get("/documents", { ...paramsOf(), after, limit }, mine.signal);
      state.error = null;
      return page;
    } catch (e) {
      if (e.code !== "given-up") state.error = e;
      return null;
    } finally {
      if (abort === mine) state.loading = false;
      changed();
    }
  }

  async function load() {
    clearTimeout(timer);
    timer = 0;
    state.loading = true;
    const pages = Math.min(MOST_PAGES, Math.max(1, state.pages));
    const told = (meanwhile = []);
    const page = await fetchPage(null, pages * PAGE);
    if (page)
      Object.assign(state, {
        rows: withNews(kept(page.items), told, paramsOf()),
        total: page.total,
        next: page.next,
        pages,
      });
    if (meanwhile === told) meanwhile = null;
    changed();
  }

  /* Documents that have not changed stay the same objects: they need not be drawn anew. */
  function kept(items) {
    const before = new Map(state.rows.map((r) => [r.id, r]));
    const same = (a, b) => a && JSON.stringify(a) === JSON.stringify(b);
    return items.map((r) => (same(before.get(r.id), r) ? before.get(r.id) : r));
  }

  function fresh() {
    Object.assign(state, { rows: [], total: null, next: null, pages: 0 });
    return load();
  }

  async function more() {
    if (reading) return;
    reading = true;
    const page = await fetchPage(state.next);
    reading = false;
    if (!page) return;
    const known = new Set(state.rows.map((r) => r.id));
    state.rows = state.rows.concat(page.items.filter((r) => !known.has(r.id)));
    Object.assign(state, { next: page.next, total: page.total, pages: state.pages + 1 });
    changed();
  }

  /* A row that has left what is shown stays until the next fetch: nothing jumps under a finger. */
  function take(event) {
    if (meanwhile) meanwhile.push(...event.items);
    state.rows = withNews(state.rows, event.items, paramsOf());
    if (!timer && state.pages <= MOST_PAGES)
      timer = setTimeout(again, AGAIN_MS * Math.max(1, state.pages));
    changed();
  }

  function again() {
    timer = 0;
    if (reading) timer = setTimeout(again, AGAIN_MS);
    else load();
  }

  function close() {
    clearTimeout(timer);
    if (abort) abort.abort();
  }

  const summary = () =>
    state.total === null
      ? state.loading
        ? S.loading
        : S.documents.shown(state.rows.length)
      : S.documents.total(state.rows.length, state.total);
  return { state, load, fresh, more, take, close, summary };
}
