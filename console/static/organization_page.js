import { Refusal } from "./api.js";
import { brandingPreview } from "./branding_preview.js";
import { connectionSection } from "./connection_section.js";
import { element, heading, moment, told } from "./elements.js";
import { of, ORGANIZATION } from "./fields.js";
import { Form } from "./form.js";
import { differences } from "./differences.js";
import { deletionButton } from "./organization_deletion.js";
import { notice } from "./refusals.js";
import { toList } from "./routes.js";
import { suggestRoles } from "./role_suggestions.js";

/**
 * One organization: what it is, its form, its connections, and its end.
 *
 * @param {import("./api.js").Api} api
 * @param {string} id
 */
export function organizationPage(api, id) {
  const page = element(
    "section",
    {},
    element("p", {}, element("a", { href: toList() }, "← Organizations")),
  );
  const rest = element("div", {}, element("p", { className: "hint" }, "One moment …"));
  page.append(rest);
  const show = async () => {
    try {
      const { body, etag } = await api.get(`/organizations/${id}`);
      if (!page.isConnected) {
        return; // the operator is elsewhere, and the tab has another title
      }
      rest.replaceChildren(...parts(api, body, etag));
    } catch (error) {
      rest.replaceChildren(heading("Organization"), notice(error, show));
    }
    rest.querySelector("h1")?.focus();
  };
  show();
  return page;
}

/**
 * @param {import("./api.js").Api} api
 * @param {any} read
 * @param {string | null} readEtag
 */
function parts(api, read, readEtag) {
  // What was last read, which is what a change is made on.
  let shown = read;
  let etag = readEtag;
  const path = `/organizations/${shown.id}`;
  const title = heading();
  const facts = element("dl", { className: "facts" });

  const form = new Form({
    sections: ORGANIZATION.map((section) => ({ ...section, fields: of(section.fields, "change") })),
    prefix: "edit",
    label: "Save changes",
    save: async () => {
      const sent = form.snapshot();
      const changes = form.changes();
      if (Object.keys(changes).length === 0) {
        return "There is nothing to save.";
      }
      try {
        const answer = await api.change(path, changes, etag);
        take(answer);
        form.refill(shown, sent);
        preview.refresh();
        return "Saved.";
      } catch (error) {
        if (error instanceof Refusal && error.status === 412) {
          return await compare(error);
        }
        throw error;
      }
    },
  });
  form.fill(shown);
  const preview = brandingPreview(form);

  const take = (/** @type {{body: any, etag: string | null}} */ answer) => {
    shown = answer.body;
    etag = answer.etag;
    title.replaceChildren(told(shown.display_name));
    document.title = shown.display_name;
    facts.replaceChildren(
      ...fact("ID", element("code", {}, shown.id)),
      ...fact("Created", moment(shown.created_at)),
      ...fact("Changed", moment(shown.updated_at)),
    );
  };
  take({ body: shown, etag });

  /** Whose answer was lost is told the same as who came second: their own change is there. */
  const compare = async (/** @type {Refusal} */ error) => {
    const opened = shown;
    const current = await api.get(path);
    const fields = ORGANIZATION.flatMap((section) => of(section.fields, "change"));
    const found = differences(fields, opened, current.body, form);
    if (found.isMine) {
      take(current);
      form.fill(shown);
      return "Saved: it had arrived the first time.";
    }
    const settle = (/** @type {() => void} */ fill) => {
      take(current);
      fill();
      preview.refresh();
      form.focus();
    };
    const keep = element(
      "button",
      { type: "button", onclick: () => settle(() => form.refill(shown)) },
      "Keep my changes, on top of theirs",
    );
    const drop = element(
      "button",
      { type: "button", className: "quiet", onclick: () => settle(() => form.fill(shown)) },
      "Drop my changes",
    );
    for (const one of [keep, drop]) {
      one.addEventListener("click", () => form.clear());
    }
    form.refuse(error, found.table, element("div", { className: "line" }, keep, drop));
    return "";
  };

  suggestRoles(api, path, form);
  return [
    element("div", { className: "line" }, title),
    facts,
    form.root,
    connectionSection(api, path),
    deletionButton(api, () => ({ path, shown, etag })),
  ];
}

/** @param {string} name @param {Node} value */
function fact(name, value) {
  return [element("dt", {}, name), element("dd", {}, value)];
}
