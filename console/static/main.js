import { Api } from "./api.js";
import { element, heading } from "./elements.js";
import { organizationCreation } from "./organization_creation.js";
import { organizationList } from "./organization_list.js";
import { organizationPage } from "./organization_page.js";
import { placeOf, toList } from "./routes.js";
import { signInForm } from "./sign_in.js";

const api = new Api();
const view = /** @type {HTMLElement} */ (document.getElementById("view"));
const signOut = /** @type {HTMLButtonElement} */ (document.getElementById("sign-out"));
let shownHash = location.hash;

function show() {
  shownHash = location.hash;
  signOut.hidden = !api.isSignedIn;
  if (!api.isSignedIn) {
    const form = signInForm(api, show);
    document.title = "Sign in";
    view.replaceChildren(heading("Sign in"), form.root);
    form.focus();
    return;
  }
  document.title = "Organizations";
  view.replaceChildren(viewAt(placeOf(location.hash)));
  view.querySelector("h1")?.focus();
}

/** @param {import("./routes.js").Place} place */
function viewAt(place) {
  switch (place.view) {
    case "new":
      return organizationCreation(api);
    case "organization":
      return organizationPage(api, place.id);
    case "list":
      return organizationList(api, place.wanted);
  }
}

function hasChanges() {
  return view.querySelector("form[data-changed]") !== null;
}

function mayLeave() {
  return !hasChanges() || confirm("Leave, and lose what you have typed?");
}

addEventListener("hashchange", () => {
  if (!mayLeave()) {
    history.pushState(null, "", shownHash);
    return;
  }
  show();
});

addEventListener("beforeunload", (event) => {
  if (hasChanges()) {
    event.preventDefault();
  }
});

// Over whatever is on the page: what was typed there is not to be lost.
addEventListener("sign-in-wanted", () => {
  const dialog = element("dialog", { "aria-labelledby": "again", onclose: () => dialog.remove() });
  const form = signInForm(api, () => dialog.close());
  dialog.append(
    element("h2", { id: "again" }, "Sign in again"),
    form.root,
    element(
      "button",
      { type: "button", className: "quiet", onclick: () => dialog.close() },
      "Not now",
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  form.focus();
});

signOut.addEventListener("click", () => {
  if (!mayLeave()) {
    return;
  }
  api.signOut();
  history.replaceState(null, "", toList());
  show();
});

show();
