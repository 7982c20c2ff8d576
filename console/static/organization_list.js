import { element, heading, moment, told } from "./elements.js";
import { FILTERS } from "./fields.js";
import { notice } from "./refusals.js";
import { go, toList, toNew, toOrganization } from "./routes.js";

const PAGE = "20";
const COLUMNS = ["Organization", "Name", "External ID", "Region", "Created"];

/**
 * One page of the organizations, as the address says.
 *
 * @param {import("./api.js").Api} api
 * @param {URLSearchParams} wanted filters, and at most one of `after` and `before`
 */
export function organizationList(api, wanted) {
  const filters = Object.fromEntries(
    FILTERS.map(({ path }) => [path, wanted.get(path) ?? ""]).filter(([, value]) => value),
  );
  const cursors = ["after", "before"].filter((name) => wanted.has(name));
  const found = element(
    "div",
    { "aria-live": "polite" },
    element("p", { className: "hint" }, "One moment …"),
  );
  const show = async () => {
    const query = new URLSearchParams({ ...filters, limit: PAGE });
    for (const name of cursors) {
      query.set(name, wanted.get(name) ?? "");
    }
    try {
      const { body } = await api.get(`/organizations?${query}`);
      found.replaceChildren(
        body.data.length ? table(body.data) : none(filters, cursors),
        pages(filters, body.list_metadata),
      );
    } catch (error) {
      found.replaceChildren(notice(error, show));
    }
  };
  show();
  return element(
    "section",
    {},
    element(
      "div",
      { className: "line" },
      heading("Organizations"),
      element("a", { className: "button", href: toNew() }, "New organization"),
    ),
    search(filters),
    found,
  );
}

/** @param {Record<string, string>} filters those in force */
function search(filters) {
  const inputs = FILTERS.map(({ path, label }) => {
    const input = element("input", {
      type: "search",
      id: `filter-${path}`,
      name: path,
      value: filters[path] ?? "",
      autocomplete: "off",
      spellcheck: false,
    });
    return {
      path,
      input,
      root: element("div", {}, element("label", { htmlFor: input.id }, label), input),
    };
  });
  const form = element(
    "form",
    { className: "search", role: "search" },
    ...inputs.map(({ root }) => root),
    element(
      "div",
      { className: "line actions" },
      element("button", { className: "quiet" }, "Find"),
      Object.keys(filters).length ? element("a", { href: toList() }, "Show all") : null,
    ),
    element("p", { className: "hint" }, "Finds what is exactly so; of several, all must hold."),
  );
  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    const wanted = inputs
      .map(({ path, input }) => [path, input.value])
      .filter(([, value]) => value);
    go(toList(Object.fromEntries(wanted)));
  });
  const isOpen = Object.keys(filters).length > 0 || matchMedia("(min-width: 40rem)").matches;
  return element("details", { open: isOpen }, element("summary", {}, "Search"), form);
}

/** @param {any[]} organizations */
function table(organizations) {
  const rows = organizations.map((one) => {
    const cells = [
      element("a", { href: toOrganization(one.id) }, told(one.display_name)),
      element("code", {}, one.name),
      one.external_id && told(one.external_id),
      one.region_code,
      moment(one.created_at),
    ];
    return element(
      "tr",
      {},
      ...cells.map((cell, at) => element("td", { "data-label": COLUMNS[at] }, cell)),
    );
  });
  return element(
    "table",
    {},
    element(
      "thead",
      {},
      element("tr", {}, ...COLUMNS.map((name) => element("th", { scope: "col" }, name))),
    ),
    element("tbody", {}, ...rows),
  );
}

/** @param {Record<string, string>} filters @param {string[]} cursors */
function none(filters, cursors) {
  if (cursors.length) {
    return element("p", {}, "There are no further ones.");
  }
  return element(
    "p",
    {},
    Object.keys(filters).length ? "No organization is so." : "There is no organization yet.",
  );
}

/**
 * @param {Record<string, string>} filters
 * @param {{before: string | null, after: string | null}} cursors
 */
function pages(filters, { before, after }) {
  return element(
    "nav",
    { className: "line", "aria-label": "Pages" },
    before ? element("a", { href: toList({ ...filters, before }), rel: "prev" }, "← Older") : null,
    after ? element("a", { href: toList({ ...filters, after }), rel: "next" }, "Newer →") : null,
  );
}
