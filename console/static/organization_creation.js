import { newIdempotencyKey, Refusal } from "./api.js";
import { brandingPreview } from "./branding_preview.js";
import { element, heading } from "./elements.js";
import { of, ORGANIZATION } from "./fields.js";
import { Form } from "./form.js";
import { go, toList, toOrganization } from "./routes.js";

/**
 * The form of a new organization. Everything that is sent from it has one Idempotency-Key, so that
 * pressing twice, and pressing again when an answer was lost, makes one organization.
 *
 * @param {import("./api.js").Api} api
 */
export function organizationCreation(api) {
  let key = newIdempotencyKey();
  const form = new Form({
    sections: ORGANIZATION.map((section) => ({
      ...section,
      note: undefined,
      fields: of(section.fields, "create"),
    })),
    prefix: "new",
    label: "Create organization",
    save: async () => {
      try {
        const body = { display_name: form.value("display_name"), ...form.changes() };
        const { body: created } = await api.create("/organizations", body, key);
        form.fill(created); // nothing is left to be lost
        go(toOrganization(created.id));
        return "Created.";
      } catch (error) {
        if (error instanceof Refusal && error.code === "idempotency_key_reused") {
          key = newIdempotencyKey();
        }
        throw error;
      }
    },
  });
  form.fill({});
  brandingPreview(form);
  return element(
    "section",
    {},
    element("p", {}, element("a", { href: toList() }, "← Organizations")),
    heading("New organization"),
    form.root,
  );
}
