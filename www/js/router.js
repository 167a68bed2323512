/*
 * router: which page, and with which filters: all of it is in the hash, so that it can be
 * bookmarked and sent.
 */

/* #/document/k3v-1f?page=2 -> {name: "document", id: "k3v-1f", params} */
export function here() {
  const [path, search] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, id] = path.split("/");
  return {
    name: name || "overview",
    id: decode(id || ""),
    params: new URLSearchParams(search || ""),
  };
}

function decode(s) {
  try {
    return decodeURIComponent(s);
  } catch {
    return "";
  }
}

export function href(name, params, id) {
  const search = new URLSearchParams();
  for (const [k, v] of Object.entries(params || {})) {
    const value = Array.isArray(v) ? v.join(",") : v;
    if (value !== null && value !== undefined && value !== "") search.set(k, value);
  }
  const tail = search.toString();
  return "#/" + name + (id ? "/" + encodeURIComponent(id) : "") + (tail ? "?" + tail : "");
}

/*
 * Change parameters of the page at hand. quietly: without a new entry in the browser's history, as
 * while typing.
 */
export function setParams(change, quietly) {
  const at = here();
  const params = { ...Object.fromEntries(at.params), ...change };
  const next = href(at.name, params, at.id);
  if (next === location.hash) return;
  if (quietly) {
    history.replaceState(null, "", next);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = next;
  }
}

export const list = (params, name) => (params.get(name) || "").split(",").filter(Boolean);
