import { brandingPreview } from "./branding_preview.js";
import { Creation } from "./creation.js";
import { element, heading } from "./elements.js";
import { of, ORGANIZATION } from "./fields.js";
import { Form } from "./form.js";
import { go, toList, toOrganization } from "./routes.js";

/**
 * The form of a new organization.
 *
 * @param {import("./api.js").Api} api
 */
export function organizationCreation(api) {
  const creation = new Creation(api, "/organizations");
  const form = new Form({
    sections: ORGANIZATION.map((section) => ({
      ...section,
      note: undefined,
      fields: of(section.fields, "create"),
    })),
    prefix: "new",
    label: "Create organization",
    save: async () => {
      const body = { display_name: form.value("display_name"), ...form.changes() };
      const created = await creation.send(body);
      form.fill(created); // nothing is left to be lost
      go(toOrganization(created.id));
      return "Created.";
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
