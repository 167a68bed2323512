/*
 * session: who we are. The token is given once, and kept by the browser as a cookie that no script
 * can read.
 */
import * as api from "./api.js";
import { h } from "./dom.js";
import { ask, say } from "./dialogs.js";
import { S } from "./strings.js";
import { changed, store } from "./store.js";

export async function loadSession() {
  try {
    store.session = await api.get("/session");
  } catch {
    store.session = null;
  }
  changed();
}

export async function signIn() {
  return ask({
    title: S.session.title,
    yes: S.session.signIn,
    body: () => [
      h("p", null, S.session.why),
      h(
        "label",
        { class: "field" },
        S.session.token,
        h("input", {
          type: "password",
          name: "token",
          required: true,
          autocomplete: "current-password",
          autofocus: true,
        }),
      ),
    ],
    ok: async (form) => {
      store.session = await api.post("/session", { token: form.get("token") });
      changed();
      return true;
    },
  });
}

export async function signOut() {
  try {
    await api.remove("/session");
    say(S.session.out);
  } catch (e) {
    say(e.message, "error");
  }
  await loadSession();
}

/* True once we may change things; asks for the token where that is needed. */
export async function operator() {
  if (store.session && store.session.role === "operate") return true;
  return (await signIn()) === true;
}
