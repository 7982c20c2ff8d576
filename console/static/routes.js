/**
 * Where the page is, as the part of its address behind `#` says, which no server is ever sent.
 *
 * @typedef {{view: "list", wanted: URLSearchParams} | {view: "new"} |
 *   {view: "organization", id: string}} Place
 */

const LIST = "#/organizations";

/**
 * @param {string} hash
 * @returns {Place}
 */
export function placeOf(hash) {
  const [path, query] = hash.split("?", 2);
  if (path === `${LIST}/new`) {
    return { view: "new" };
  }
  const found = /^#\/organizations\/(org_[0-9a-f]{32})$/.exec(path);
  return found
    ? { view: "organization", id: found[1] }
    : { view: "list", wanted: new URLSearchParams(query ?? "") };
}

/** Goes there, also where one is already: then to see what is new. @param {string} hash */
export function go(hash) {
  if (location.hash === hash) {
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = hash;
  }
}

/** @param {Record<string, string>} [wanted] */
export function toList(wanted = {}) {
  const query = new URLSearchParams(wanted).toString();
  return query ? `${LIST}?${query}` : LIST;
}

export function toNew() {
  return `${LIST}/new`;
}

/** @param {string} id */
export function toOrganization(id) {
  return `${LIST}/${encodeURIComponent(id)}`;
}
