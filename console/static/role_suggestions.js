import { element } from "./elements.js";

/**
 * The organization's own roles, where the key may read them; else the built-in ones stay.
 *
 * @param {import("./api.js").Api} api
 * @param {string} path of the organization
 * @param {import("./form.js").Form} form
 */
export async function suggestRoles(api, path, form) {
  try {
    const { body } = await api.get(`${path}/roles?limit=100`);
    for (const list of form.root.querySelectorAll("datalist")) {
      list.replaceChildren(
        ...body.data.map((/** @type {any} */ role) => element("option", { value: role.name })),
      );
    }
  } catch {
    // A suggestion less; whatever is wrong is told where something depends on it.
  }
}
