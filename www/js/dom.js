/*
 * dom: elements from descriptions, and descriptions onto elements that are there already.
 *
 * h() describes an element; draw() makes a parent's children be as described, and reuses what
 * matches (by key, else by tag and order), so that focus, selection, scrolling and open <details>
 * live through every update.
 *
 * Text becomes text nodes and nothing else: no HTML is ever parsed here, so a hostile file name is
 * only a name. Attributes that could run or load something cannot be set.
 */
const SVG = "http://www.w3.org/2000/svg";
const REFUSED = /^(on.*|style|srcdoc|formaction|action|srcset)$/i;
const LINK = /^(#|\/api\/v1\/|status\.txt$|openapi)/;
const PICTURE = /^\/api\/v1\//;
const PROPERTIES = new Set(["value", "checked", "indeterminate", "open"]);
const ours = Symbol("description");

/*
 * props: attributes; and key, on {event: function}, vars {name: number or length} for CSS,
 * mounted(element).
 */
export function h(tag, props, ...children) {
  const v = { tag, props: props || {}, children: [] };
  flatten(children, v.children);
  return v;
}

function flatten(list, into) {
  for (const c of list) {
    if (Array.isArray(c)) flatten(c, into);
    else if (c !== null && c !== undefined && c !== false && c !== true)
      into.push(typeof c === "object" ? c : String(c));
  }
}

function refused(name, value) {
  if (REFUSED.test(name)) return true;
  if (name === "src") return !PICTURE.test(value);
  return name === "href" && !LINK.test(value);
}

function setOne(el, name, value) {
  if (PROPERTIES.has(name)) {
    if (el[name] !== value) el[name] = value;
  } else if (value === null || value === undefined || value === false) {
    el.removeAttribute(name);
  } else if (refused(name, String(value))) {
    throw new Error("refused attribute " + name);
  } else {
    el.setAttribute(name, value === true ? "" : String(value));
  }
}

function dispatch(event) {
  const on = this[ours] && this[ours].props.on;
  if (on && on[event.type]) on[event.type](event);
}

function setEvents(el, before, now) {
  for (const type of Object.keys(now || {}))
    if (!before || !before[type]) el.addEventListener(type, dispatch);
}

function setProps(el, before, now) {
  for (const name of Object.keys(before))
    if (!(name in now) && !["key", "on", "vars", "mounted"].includes(name))
      setOne(el, name, PROPERTIES.has(name) ? false : null);
  for (const [name, value] of Object.entries(now)) {
    if (name === "key" || name === "mounted") continue;
    if (name === "on") setEvents(el, before.on, value);
    else if (name === "vars")
      for (const [k, n] of Object.entries(value)) el.style.setProperty("--" + k, String(n));
    else if (PROPERTIES.has(name) || before[name] !== value) setOne(el, name, value);
  }
}

function make(v, svg) {
  if (typeof v === "string") return document.createTextNode(v);
  const inSvg = svg || v.tag === "svg";
  const el = inSvg ? document.createElementNS(SVG, v.tag) : document.createElement(v.tag);
  el[ours] = v;
  children(el, v.children, inSvg);
  setProps(el, {}, v.props);
  if (v.props.mounted) v.props.mounted(el);
  return el;
}

function update(node, v, svg) {
  if (typeof v === "string") {
    if (node.data !== v) node.data = v;
    return;
  }
  const before = node[ours];
  if (before === v) return; // the very same description: whoever made it knows that nothing changed
  node[ours] = v;
  children(node, v.children, svg || v.tag === "svg");
  setProps(node, before.props, v.props);
}

const keyOf = (v) => (typeof v === "string" ? undefined : v.props.key);
const kindOf = (v) => (typeof v === "string" ? "#text" : v.tag);
const nodeKind = (n) => (n.nodeType === Node.TEXT_NODE ? "#text" : n[ours] ? n[ours].tag : null);

/* For each description the node that it takes over, or undefined. */
function match(parent, list) {
  const keyed = new Map();
  const plain = [];
  for (const n of parent.childNodes) {
    const key = n[ours] && n[ours].props.key;
    if (key !== undefined) keyed.set(key, n);
    else plain.push(n);
  }
  let at = 0;
  return list.map((v) => {
    const key = keyOf(v);
    if (key !== undefined) {
      const n = keyed.get(key);
      keyed.delete(key);
      return n && nodeKind(n) === v.tag ? n : undefined;
    }
    for (let i = at; i < plain.length; i++)
      if (nodeKind(plain[i]) === kindOf(v)) {
        at = i + 1;
        return plain[i];
      }
    return undefined;
  });
}

function children(parent, list, svg) {
  const taken = match(parent, list);
  const kept = new Set(taken);
  for (const n of [...parent.childNodes]) if (!kept.has(n)) n.remove();
  let place = parent.firstChild;
  list.forEach((v, i) => {
    const node = taken[i] || make(v, svg);
    if (taken[i]) update(node, v, svg);
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  });
}

/* Make the children of an element be these. */
export function draw(parent, ...list) {
  const flat = [];
  flatten(list, flat);
  children(parent, flat, false);
}
