import { INPUTS } from "./controls.js";
import { element } from "./elements.js";

/**
 * A field with its label, its hint, and the place where its problem is told.
 *
 * @param {import("./fields.js").Field} field
 * @param {string} id unique in the page
 */
export function fieldLine(field, id) {
  const input = INPUTS[field.kind](field, id);
  const hint = element("p", { className: "hint", id: `${id}-hint` }, field.hint ?? "");
  const problem = element("p", { className: "problem", id: `${id}-problem` });
  const hints = field.hint ? [hint.id] : [];
  const describe = (/** @type {HTMLElement} */ one, /** @type {string[]} */ ids) => {
    if (ids.length) {
      one.setAttribute("aria-describedby", ids.join(" "));
    } else {
      one.removeAttribute("aria-describedby");
    }
  };
  for (const one of input.focusable) {
    describe(one, hints);
  }
  /** @type {HTMLElement[]} */
  let marked = [];
  // Of several inputs none is the field: they are a group of its name.
  const label = input.isGroup
    ? element("span", { className: "label", id: `${id}-label` }, field.label)
    : element("label", { htmlFor: id }, field.label);
  const group = input.isGroup ? { role: "group", "aria-labelledby": `${id}-label` } : {};
  return {
    field,
    input,
    /** What it held when the form was last filled, as JSON. */
    filled: "",
    root: element(
      "div",
      { className: `field ${field.kind}`, "data-field": field.path, ...group },
      label,
      input.root,
      field.hint ? hint : null,
      problem,
    ),
    get now() {
      return JSON.stringify(input.read());
    },
    /** @param {import("./problems.js").Problem[]} found none: it is right */
    mark(found) {
      for (const one of marked) {
        one.removeAttribute("aria-invalid");
        describe(one, input.focusable.includes(one) ? hints : []);
      }
      marked = found.flatMap(({ at }) => {
        const within = at === undefined ? [] : (input.within?.(at) ?? []);
        return within.length ? within : input.focusable;
      });
      problem.textContent = found.map((one) => one.problem).join("; ");
      for (const one of marked) {
        one.setAttribute("aria-invalid", "true");
        describe(one, [problem.id, ...hints]);
      }
    },
    /** What is wrong takes the focus, or else the first of its inputs. */
    focus() {
      (marked[0] ?? input.focusable[0]).focus();
    },
  };
}
