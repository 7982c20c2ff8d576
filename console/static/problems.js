import { Refusal } from "./api.js";

/**
 * What is wrong with which field: the place of one of the form's fields, and the API's words. `at`
 * is the name of a pair, with `KEY` behind it where the name itself is wrong.
 *
 * @typedef {{path: string, problem: string, at?: string}} Problem
 */

/** How the API says that it means a name of an object and not its value. */
export const KEY = ".[key]";

/** Fields that refusals without details are about, by the refusal's code. */
const PLACES = {
  too_many_organizations: ["creator_user_id"],
  email_domain_not_allowed: ["creator_user_id"],
  not_found: ["creator_user_id"],
  seat_limit_reached: ["policies.seat_limit"],
  name_mismatch: ["confirmation"],
};
const ROLES = ["policies.default_role", "policies.creator_role"];

/**
 * @param {unknown} error
 * @param {import("./fields.js").Field[]} fields of the form
 * @param {(path: string) => unknown} typed what is in a field
 * @returns {Problem[]} none, where the refusal is about no field of the form
 */
export function problemsOf(error, fields, typed) {
  if (!(error instanceof Refusal) || error.status === 403) {
    return [];
  }
  if (error.code === "role_not_found") {
    const [unknown] = error.message.split(";");
    return ROLES.filter((path) => known(fields, path) && unknown.includes(`'${typed(path)}'`)).map(
      (path) => ({ path, problem: error.message }),
    );
  }
  const places = PLACES[/** @type {keyof typeof PLACES} */ (error.code)] ?? [];
  return [
    ...places
      .filter((path) => known(fields, path))
      .map((path) => ({ path, problem: error.message })),
    ...error.details.flatMap(({ field, problem }) => {
      const found = fieldOf(fields, field);
      if (!found) {
        return [];
      }
      const { said, at } = inside(found, field, typed(found.path));
      return [{ path: found.path, problem: said + problem, at }];
    }),
  ];
}

/** @param {import("./fields.js").Field[]} fields @param {string} path */
function known(fields, path) {
  return fields.some((field) => field.path === path);
}

/**
 * The API names a place in the body, or something inside of it; the rules behind the API only the
 * last part of the place.
 *
 * @param {import("./fields.js").Field[]} fields
 * @param {string} place
 */
function fieldOf(fields, place) {
  return (
    fields.find(({ path }) => place === path || place.startsWith(`${path}.`)) ??
    fields.find(({ path }) => path.endsWith(`.${place}`))
  );
}

/**
 * Which of the domains, which of the pairs.
 *
 * @param {import("./fields.js").Field} field
 * @param {string} place
 * @param {any} value
 * @returns {{said: string, at?: string}}
 */
function inside(field, place, value) {
  const at = place.slice(field.path.length + 1);
  if (!at) {
    return { said: "" };
  }
  if (field.kind === "domains") {
    return { said: `“${value[Number(at)]}”: ` };
  }
  return { said: `“${at.endsWith(KEY) ? at.slice(0, -KEY.length) : at}”: `, at };
}
