/**
 * Makes an element. Children are elements or text; text only ever becomes a text node, so that what
 * a tenant has written is shown and never read as markup.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] of the element; `data-…`, `aria-…` and `role` are
 *   attributes, and what starts with `on` is a listener.
 * @param {...(Node | string | null)} children
 * @returns {any}
 */
export function element(tag, properties = {}, ...children) {
  /** @type {any} */
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) {
      made.addEventListener(name.slice(2), value);
    } else if (name === "role" || name.includes("-")) {
      made.setAttribute(name, String(value));
    } else {
      made[name] = value;
    }
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Text that a tenant has written, which may run in either direction without moving its neighbors. */
export function told(/** @type {string} */ text) {
  return element("bdi", {}, text);
}

/** A time of the API as the operator's clock would show it; the original is there to be copied. */
export function moment(/** @type {string} */ text) {
  const shown = new Date(text).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  return element("time", { dateTime: text, title: text }, shown);
}

/**
 * The heading of a view takes the focus, so that a screen reader says where one is.
 *
 * @param {...(string | Node)} children
 */
export function heading(...children) {
  return element("h1", { tabIndex: -1 }, ...children);
}
