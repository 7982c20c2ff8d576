import { element, told } from "./elements.js";
import { valueAt } from "./fields.js";

const COLUMNS = ["When you opened it", "Now", "In your form"];

/**
 * What has become different since the form was opened, as a table of three columns. `isMine`: all
 * that the form would change is so already, and nothing else has changed.
 *
 * @param {import("./fields.js").Field[]} fields
 * @param {unknown} opened
 * @param {unknown} current
 * @param {import("./form.js").Form} form
 */
export function differences(fields, opened, current, form) {
  const found = fields
    .map((field) => ({
      label: field.label,
      was: valueAt(opened, field.path),
      is: valueAt(current, field.path),
      mine: form.value(field.path),
    }))
    .filter(({ was, is }) => text(was) !== text(is));
  const cells = (/** @type {unknown[]} */ ...values) =>
    values.map((value, at) => element("td", { "data-label": COLUMNS[at] }, told(text(value))));
  const rows = found.map(({ label, was, is, mine }) =>
    element("tr", {}, element("th", { scope: "row" }, label), ...cells(was, is, mine)),
  );
  return {
    isMine:
      Object.keys(form.changes()).length > 0 &&
      fields.every((field) => text(valueAt(current, field.path)) === text(form.value(field.path))),
    table: element(
      "table",
      { className: "differences" },
      element(
        "thead",
        {},
        element("tr", {}, ...["", ...COLUMNS].map((name) => element("th", { scope: "col" }, name))),
      ),
      element("tbody", {}, ...rows),
    ),
  };
}

/** As people write it; pairs in one order, whichever they came in. @param {unknown} value */
function text(value) {
  if (value === null || value === undefined) {
    return "–";
  }
  if (Array.isArray(value)) {
    return value.join(", ") || "none";
  }
  if (typeof value === "object") {
    const pairs = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
    return pairs.map(([name, inner]) => `${name}: ${inner}`).join("\n") || "–";
  }
  return String(value);
}
