import { element, told } from "./elements.js";
import { Form } from "./form.js";
import { go, toList } from "./routes.js";

/**
 * A button, and the dialog that says what goes and asks for the organization's name.
 *
 * @param {import("./api.js").Api} api
 * @param {() => {path: string, shown: any, etag: string | null}} present what is shown now
 */
export function deletionButton(api, present) {
  const section = element(
    "section",
    { className: "danger" },
    element("h2", {}, "Delete"),
    element(
      "button",
      { type: "button", className: "dangerous", onclick: () => ask() },
      "Delete this organization …",
    ),
  );
  const ask = () => {
    const { path, shown, etag } = present();
    const consequences = element(
      "ul",
      {},
      element(
        "li",
        {},
        "Nobody belongs to it any more; its name, slug and external ID may be used again.",
      ),
      element("li", {}, "Its verified domains are free for others to claim."),
    );
    const form = new Form({
      sections: [
        {
          fields: [
            {
              path: "confirmation",
              label: "The organization’s name",
              kind: "text",
              hint: `To be sure, type ${shown.name}`,
            },
          ],
        },
      ],
      prefix: "delete",
      label: "Delete for ever",
      className: "dangerous",
      save: async () => {
        await api.remove(
          `${path}?${new URLSearchParams({ name: `${form.value("confirmation")}` })}`,
          etag,
        );
        close();
        for (const lost of document.querySelectorAll("form[data-changed]")) {
          lost.removeAttribute("data-changed"); // there is nothing left to save it in
        }
        go(toList());
        return "";
      },
    });
    form.fill({});
    const dialog = element(
      "dialog",
      { "aria-labelledby": "delete-title", onclose: () => dialog.remove() },
      element("h2", { id: "delete-title" }, "Delete ", told(shown.display_name), "?"),
      consequences,
      form.root,
      element("button", { type: "button", className: "quiet", onclick: () => close() }, "Keep it"),
    );
    const close = () => dialog.close();
    section.append(dialog);
    dialog.showModal();
    form.focus();
    tellDirectories(api, path, consequences);
  };
  return section;
}

/**
 * @param {import("./api.js").Api} api
 * @param {string} path
 * @param {HTMLElement} list
 */
async function tellDirectories(api, path, list) {
  const say = (/** @type {...(string | Node)} */ ...words) =>
    list.prepend(element("li", {}, ...words));
  try {
    const { body } = await api.get(`${path}/directories?limit=100`);
    const names = body.data.flatMap((/** @type {any} */ one, /** @type {number} */ at) => [
      at ? ", " : "",
      told(one.display_name),
    ]);
    const more = body.list_metadata.after ? " and more" : "";
    if (names.length) {
      say(
        "Its directories stop: ",
        ...names,
        `${more}. Their identity providers are answered 404 from now on.`,
      );
    } else {
      say("It has no directories.");
    }
  } catch {
    say(
      "Directories, if it has any, stop: their identity providers are answered 404 from now on. This key may not see them, or they could not be read.",
    );
  }
}
