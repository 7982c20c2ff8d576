import { Creation, hasArrived } from "./creation.js";
import { element, told } from "./elements.js";
import { CONNECTION, of } from "./fields.js";
import { Form } from "./form.js";
import { isForbidden, notice } from "./refusals.js";

/**
 * How the organization's people sign in. There are ten connections at most: one page.
 *
 * @param {import("./api.js").Api} api
 * @param {string} organization its path
 */
export function connectionSection(api, organization) {
  const path = `${organization}/connections`;
  const list = element("div", {}, element("p", { className: "hint" }, "One moment …"));
  const addition = element("details", {});
  /** @type {Map<string, HTMLElement>} */
  const known = new Map();
  const shown = (/** @type {any} */ one) => {
    // Whose form is open keeps what was typed there.
    const node = known.get(one.id) ?? entry(api, path, one);
    known.set(one.id, node);
    return node;
  };
  const show = async () => {
    try {
      const { body } = await api.get(`${path}?limit=100`);
      const entries = body.data.map((/** @type {any} */ one) => shown(one));
      list.replaceChildren(
        ...(entries.length ? entries : [element("p", {}, "There is no connection yet.")]),
      );
    } catch (error) {
      list.replaceChildren(notice(error, isForbidden(error) ? null : show));
    }
  };
  const offer = () => {
    const creation = new Creation(api, path);
    const form = new Form({
      sections: [{ fields: of(CONNECTION, "create") }],
      prefix: "connection-new",
      label: "Add connection",
      save: async () => {
        const required = {
          display_name: form.value("display_name"),
          provider: form.value("provider"),
          protocol: form.value("protocol"),
        };
        let made;
        try {
          made = await creation.send({ ...required, ...form.changes() });
        } catch (error) {
          if (hasArrived(error)) {
            await show();
          }
          throw error;
        }
        if (!list.querySelector("details")) {
          list.replaceChildren();
        }
        const added = shown(made);
        list.append(added);
        offer();
        added.querySelector("summary").focus();
        return "";
      },
    });
    form.fill({});
    addition.replaceChildren(element("summary", {}, "Add a connection"), form.root);
    addition.open = false;
  };
  offer();
  show();
  return element("section", {}, element("h2", {}, "Connections"), list, addition);
}

/**
 * @param {import("./api.js").Api} api
 * @param {string} connections their path
 * @param {any} connection
 */
function entry(api, connections, connection) {
  const path = `${connections}/${connection.id}`;
  const summary = element("summary", {});
  const say = (/** @type {any} */ shown) => {
    const effect = shown.assign_membership_on_login ? "makes members" : "makes nobody a member";
    summary.replaceChildren(
      told(shown.display_name),
      element("span", { className: "hint" }, ` ${shown.provider}, ${shown.protocol}; ${effect}`),
    );
  };
  const form = new Form({
    sections: [{ fields: of(CONNECTION, "change") }],
    prefix: connection.id,
    label: "Save connection",
    save: async () => {
      const sent = form.snapshot();
      const changes = form.changes();
      if (Object.keys(changes).length === 0) {
        return "There is nothing to save.";
      }
      const { body } = await api.change(path, changes, null);
      form.refill(body, sent);
      say(body);
      return "Saved.";
    },
  });
  form.fill(connection);
  say(connection);
  const removal = new Form({
    sections: [],
    prefix: `${connection.id}-removal`,
    label: "Remove connection",
    className: "dangerous",
    save: async () => {
      if (
        !confirm(
          `Remove the connection “${connection.display_name}”? Nobody joins through it any more; who has stays.`,
        )
      ) {
        return "";
      }
      await api.remove(path, null);
      const next = root.nextElementSibling ?? root.parentElement?.nextElementSibling;
      root.remove();
      /** @type {HTMLElement | null | undefined} */ (next?.querySelector("summary"))?.focus();
      return "";
    },
  });
  const root = element(
    "details",
    {},
    summary,
    element("p", { className: "hint" }, element("code", {}, connection.id)),
    form.root,
    removal.root,
  );
  return root;
}
