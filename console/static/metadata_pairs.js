import { element } from "./elements.js";
import { KEY } from "./problems.js";

const LIMIT = 25;

/**
 * Rows of a name and a value. A row that nobody has touched gives back exactly what was written to
 * it, also what an input cannot show, such as a carriage return.
 *
 * @param {import("./fields.js").Field} field
 * @returns {import("./controls.js").Input}
 */
export function pairs(field) {
  /** @type {ReturnType<typeof pair>[]} */
  let rows = [];
  const list = element("ul", { className: "pairs", "aria-label": field.label });
  const count = element("span", { className: "hint", role: "status" });
  const add = element(
    "button",
    { type: "button", className: "quiet", onclick: () => append("", "").name.focus() },
    "Add a pair",
  );

  const settle = () => {
    count.textContent = `${rows.length} of ${LIMIT}`;
    add.disabled = rows.length >= LIMIT;
    list.hidden = rows.length === 0;
  };
  const append = (/** @type {string} */ name, /** @type {string} */ value) => {
    const row = pair(name, value, () => {
      const at = rows.indexOf(row);
      rows.splice(at, 1);
      row.root.remove();
      settle();
      (rows[at] ?? rows[at - 1] ?? { name: add }).name.focus();
      list.dispatchEvent(new Event("input", { bubbles: true }));
    });
    rows.push(row);
    list.append(row.root);
    settle();
    return row;
  };
  const filled = () => rows.map((row) => row.read()).filter(([name, value]) => name || value);
  settle();

  return {
    root: element(
      "div",
      { className: "input" },
      list,
      element("div", { className: "line" }, add, count),
    ),
    focusable: [add],
    isGroup: true,
    read: () => Object.fromEntries(filled().sort(([one], [other]) => (one < other ? -1 : 1))),
    write: (value) => {
      rows = [];
      list.replaceChildren();
      for (const [name, text] of Object.entries(value ?? {})) {
        append(name, /** @type {string} */ (text));
      }
      settle();
    },
    problems: () => {
      const names = filled().map(([name]) => name);
      const twice = new Set(names.filter((name, at) => names.indexOf(name) !== at));
      return [...twice].map((name) => ({ problem: `“${name}” is there twice`, at: name + KEY }));
    },
    within: (at) => {
      const isName = at.endsWith(KEY);
      const sought = isName ? at.slice(0, -KEY.length) : at;
      return rows
        .filter((row) => row.read()[0] === sought)
        .map((row) => (isName ? row.name : row.value));
    },
  };
}

/**
 * @param {string} firstName
 * @param {string} firstValue
 * @param {() => void} onRemove
 */
function pair(firstName, firstValue, onRemove) {
  const name = element("input", {
    type: "text",
    value: firstName,
    "aria-label": "Name of the pair",
    autocomplete: "off",
    spellcheck: false,
    dir: "auto",
  });
  // Of several lines, since a value may have them.
  const value = element("textarea", {
    rows: 1,
    value: firstValue,
    "aria-label": "Value of the pair",
    autocomplete: "off",
    spellcheck: false,
    dir: "auto",
  });
  const shown = [name.value, value.value];
  const remove = element(
    "button",
    { type: "button", className: "quiet", onclick: onRemove },
    "Remove",
    element("span", { className: "unseen" }, ` ${firstName || "this pair"}`),
  );
  return {
    root: element("li", {}, name, value, remove),
    name,
    value,
    /** @returns {[string, string]} */
    read: () => [
      name.value === shown[0] ? firstName : name.value,
      value.value === shown[1] ? firstValue : value.value,
    ],
  };
}
