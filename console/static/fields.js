/**
 * One field of a form. `path` is its place in the API's body, which is also how the API names it in
 * a refusal. What is allowed is the API's to say: hints are for people, and nothing that is typed is
 * cut off.
 *
 * @typedef {object} Field
 * @property {string} path
 * @property {string} label
 * @property {"text" | "long" | "choice" | "color" | "number" | "yes" | "domains" | "pairs"} kind
 * @property {string} [hint]
 * @property {boolean} [clearable] empty is null: there is none
 * @property {[value: string, label: string][]} [options] of a choice, the first being the API's default
 * @property {string[]} [suggestions]
 * @property {"create" | "change"} [only] in one of the two forms
 */

/** @type {{title: string, note?: string, fields: Field[]}[]} */
export const ORGANIZATION = [
  {
    title: "Names",
    fields: [
      {
        path: "display_name",
        label: "Display name",
        kind: "text",
        hint: "For people. 1 to 200 characters.",
      },
      {
        path: "name",
        label: "Name",
        kind: "text",
        hint: "For programs, unique. 1 to 50 of a–z, 0–9, _ and -. A new organization without one gets one made of its display name.",
      },
      {
        path: "slug",
        label: "Slug",
        kind: "text",
        clearable: true,
        hint: "Unique and DNS-safe, at most 253 characters; {{org_slug}} in redirect URLs becomes it.",
      },
      {
        path: "external_id",
        label: "External ID",
        kind: "text",
        clearable: true,
        hint: "Your own ID of this organization, unique, at most 255 characters.",
      },
      {
        path: "region_code",
        label: "Region",
        kind: "text",
        clearable: true,
        hint: "A label of yours, as EU: 2 to 20 of A–Z, 0–9 and -.",
      },
      {
        path: "creator_user_id",
        label: "Creator",
        kind: "text",
        clearable: true,
        only: "create",
        hint: "The ID of a user, usr_…, who becomes a member with the creator’s role.",
      },
    ],
  },
  {
    title: "Brand",
    fields: [
      {
        path: "logo_url",
        label: "Logo URL",
        kind: "text",
        clearable: true,
        hint: "https, at most 1,024 characters.",
      },
      {
        path: "branding.primary_color",
        label: "Primary color",
        kind: "color",
        clearable: true,
        hint: "Hexadecimal, as #0a7f5c.",
      },
      {
        path: "branding.page_background",
        label: "Page background",
        kind: "color",
        clearable: true,
        hint: "Hexadecimal, as #f4f4f0.",
      },
    ],
  },
  {
    title: "Your own data",
    fields: [
      {
        path: "metadata",
        label: "Metadata",
        kind: "pairs",
        hint: "Your own, at most 25; each side at most 255 characters.",
      },
    ],
  },
  {
    title: "Policies",
    note: "Where roles or the scope change, everybody in the organization’s directories is looked at again.",
    fields: [
      {
        path: "policies.sign_in",
        label: "Who may join by signing in",
        kind: "choice",
        options: [
          ["anyone", "Whom a connection or a domain brings"],
          ["invited", "Only who is invited"],
          ["connections", "Only who comes through a connection"],
        ],
      },
      {
        path: "policies.role_mode",
        label: "Of several mapped roles",
        kind: "choice",
        options: [
          ["union", "All of them count"],
          ["highest", "The one of the highest rank counts"],
        ],
      },
      {
        path: "policies.default_role",
        label: "Default role",
        kind: "text",
        hint: "Of everybody. A new organization has “member” if this is left empty.",
        suggestions: ["guest", "member", "admin", "owner"],
      },
      {
        path: "policies.creator_role",
        label: "Creator’s role",
        kind: "text",
        hint: "Of who makes the organization: “owner” if this is left empty then.",
        suggestions: ["guest", "member", "admin", "owner"],
      },
      {
        path: "policies.provisioning_scope",
        label: "Newcomers from outside the verified domains",
        kind: "choice",
        hint: "Of whom a directory brings. Who is a member already stays one.",
        options: [
          ["accept", "Become members"],
          ["hold", "Wait for an administrator"],
          ["refuse", "Stay out"],
        ],
      },
      {
        path: "policies.seat_limit",
        label: "Seats",
        kind: "number",
        clearable: true,
        hint: "Members and pending invitations together; empty: no limit.",
      },
      {
        path: "policies.allowed_email_domains",
        label: "Restrict e-mail domains",
        kind: "domains",
        hint: "Of invitations and direct additions, one per line, at most 100.",
      },
    ],
  },
];

/** @type {Field[]} */
export const CONNECTION = [
  { path: "display_name", label: "Display name", kind: "text", hint: "1 to 200 characters." },
  {
    path: "provider",
    label: "Provider",
    kind: "text",
    only: "create",
    hint: "The identity provider, as okta or entra: 1 to 50 of a–z, 0–9, _ and -.",
  },
  {
    path: "protocol",
    label: "Protocol",
    kind: "choice",
    only: "create",
    options: [
      ["oidc", "OpenID Connect"],
      ["saml", "SAML"],
    ],
  },
  {
    path: "external_id",
    label: "External ID",
    kind: "text",
    clearable: true,
    hint: "Your own ID of this connection, at most 255 characters.",
  },
  {
    path: "assign_membership_on_login",
    label: "Who signs in through it becomes a member",
    kind: "yes",
  },
];

/** By what a list may be narrowed; each has to be equal. @type {Field[]} */
export const FILTERS = [
  { path: "display_name", label: "Display name", kind: "text" },
  { path: "name", label: "Name", kind: "text" },
  { path: "slug", label: "Slug", kind: "text" },
  { path: "external_id", label: "External ID", kind: "text" },
  { path: "region_code", label: "Region", kind: "text" },
];

/** @param {Field[]} fields @param {"create" | "change"} form */
export function of(fields, form) {
  return fields.filter((field) => field.only === undefined || field.only === form);
}

/**
 * The value at a dotted path of what the API has answered.
 *
 * @param {any} shown
 * @param {string} path
 */
export function valueAt(shown, path) {
  return path.split(".").reduce((inner, name) => inner?.[name], shown) ?? null;
}
