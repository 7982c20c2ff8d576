import { element } from "./elements.js";
import { pairs } from "./metadata_pairs.js";

/**
 * How a value is typed. `write` fills it in, `read` gives it back as the API's body has it, and
 * `problems` are what only this page can find wrong: what a body could not even say.
 *
 * @typedef {object} Input
 * @property {HTMLElement} root
 * @property {HTMLElement[]} focusable the first takes the focus; all of them are marked
 * @property {(at: string) => HTMLElement[]} [within] which of its inputs a problem's `at` means
 * @property {() => unknown} read
 * @property {(value: any) => void} write
 * @property {() => {problem: string, at: string}[]} [problems]
 * @property {boolean} [isGroup] of inputs that have names of their own
 */

/** @type {Record<string, (field: import("./fields.js").Field, id: string) => Input>} */
export const INPUTS = { text, number, color, choice, yes, domains, pairs };

/** @type {(field: import("./fields.js").Field, id: string) => Input} */
function text(field, id) {
  const input = oneLine(field, id);
  const suggestions = field.suggestions?.map((value) => element("option", { value })) ?? [];
  const list = suggestions.length
    ? element("datalist", { id: `${id}-list` }, ...suggestions)
    : null;
  if (list) {
    input.setAttribute("list", list.id);
  }
  return {
    root: element("div", { className: "input" }, input, list),
    focusable: [input],
    read: () => (input.value === "" && field.clearable ? null : input.value),
    write: (value) => {
      input.value = value ?? "";
    },
  };
}

/** What is no number is sent as it was typed: the API says what is wrong with it. */
/** @type {(field: import("./fields.js").Field, id: string) => Input} */
function number(field, id) {
  const made = text(field, id);
  const input = /** @type {HTMLInputElement} */ (made.focusable[0]);
  input.inputMode = "numeric";
  return {
    ...made,
    read: () => (/^-?\d+$/.test(input.value) ? Number(input.value) : made.read()),
    write: (value) => made.write(value === null ? "" : String(value)),
  };
}

/** A text, since a color may be absent, and beside it the browser's own way of picking one. */
/** @type {(field: import("./fields.js").Field, id: string) => Input} */
function color(field, id) {
  const made = text(field, id);
  const input = /** @type {HTMLInputElement} */ (made.focusable[0]);
  const picker = element("input", { type: "color", "aria-label": `Pick: ${field.label}` });
  const follow = () => {
    picker.value = /^#[0-9a-f]{6}$/i.test(input.value) ? input.value.toLowerCase() : "#ffffff";
  };
  follow();
  input.addEventListener("input", follow);
  picker.addEventListener("input", () => {
    input.value = picker.value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  made.root.classList.add("with-picker");
  made.root.append(picker);
  return {
    ...made,
    write: (value) => {
      made.write(value);
      follow();
    },
  };
}

/** @type {(field: import("./fields.js").Field, id: string) => Input} */
function choice(field, id) {
  const options = field.options ?? [];
  const select = element(
    "select",
    { id, name: field.path },
    ...options.map(([value, label]) => element("option", { value }, label)),
  );
  return {
    root: element("div", { className: "input" }, select),
    focusable: [select],
    read: () => select.value,
    write: (value) => {
      select.value = value ?? options[0]?.[0];
    },
  };
}

/** @type {(field: import("./fields.js").Field, id: string) => Input} */
function yes(field, id) {
  const box = element("input", { type: "checkbox", id, name: field.path });
  return {
    root: element("div", { className: "input" }, box),
    focusable: [box],
    read: () => box.checked,
    write: (value) => {
      box.checked = value === true;
    },
  };
}

/** Null, any domain, is another thing than a list of none: hence the box. */
/** @type {(field: import("./fields.js").Field, id: string) => Input} */
function domains(field, id) {
  const box = element("input", { type: "checkbox", id });
  const lines = element("textarea", {
    name: field.path,
    rows: 3,
    spellcheck: false,
    autocapitalize: "off",
    "aria-label": "Domains, one per line",
  });
  const follow = () => {
    lines.hidden = !box.checked;
  };
  follow();
  box.addEventListener("change", follow);
  return {
    root: element("div", { className: "input domains" }, box, lines),
    focusable: [box, lines],
    read: () => (box.checked ? lines.value.split("\n").map(trimmed).filter(Boolean) : null),
    write: (value) => {
      box.checked = value !== null;
      lines.value = (value ?? []).join("\n");
      follow();
    },
  };
}

/** @param {import("./fields.js").Field} field @param {string} id */
function oneLine(field, id) {
  return element("input", {
    type: "text",
    id,
    name: field.path,
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: false,
    dir: "auto",
  });
}

/** @param {string} line */
function trimmed(line) {
  return line.trim();
}
