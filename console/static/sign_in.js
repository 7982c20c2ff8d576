import { Refusal } from "./api.js";
import { element } from "./elements.js";
import { words } from "./refusals.js";

/**
 * Asks for a key, and tries it.
 *
 * @param {import("./api.js").Api} api
 * @param {() => void} onSignedIn
 */
export function signInForm(api, onSignedIn) {
  const key = element("input", {
    // A password, so that it is not shown, and a manager of passwords may keep it.
    type: "password",
    id: "key",
    autocomplete: "current-password",
    spellcheck: false,
    required: true,
    "aria-describedby": "key-hint key-problem",
  });
  const problem = element("p", { className: "problem", id: "key-problem", role: "alert" });
  const submit = element("button", {}, "Sign in");
  const form = element(
    "form",
    { className: "sign-in", noValidate: true },
    isSecureContext
      ? null
      : element(
          "p",
          { className: "notice", role: "alert" },
          "This page came without TLS: who listens on the way reads the key.",
        ),
    element("label", { htmlFor: "key" }, "API key"),
    key,
    element(
      "p",
      { className: "hint", id: "key-hint" },
      "It stays in the memory of this tab until you sign out, reload or close it.",
    ),
    problem,
    element("div", { className: "line actions" }, submit),
    element(
      "details",
      {},
      element("summary", {}, "Where do I get one?"),
      element(
        "p",
        {},
        "On the server: ",
        element(
          "code",
          {},
          "provisioning api-key create --name console --scope read:organizations",
        ),
        ". For more than reading, with the scopes of what you want to do, as ",
        element("code", {}, "update:organizations"),
        ", or ",
        element("code", {}, "'*'"),
        " for everything.",
      ),
    ),
  );
  let isBusy = false;
  form.addEventListener("submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isBusy) {
      return;
    }
    isBusy = true;
    problem.textContent = "";
    key.setAttribute("aria-invalid", "false");
    try {
      await api.signIn(key.value);
      key.value = "";
      onSignedIn();
    } catch (error) {
      problem.textContent = wordsOf(error);
      key.setAttribute("aria-invalid", "true");
      key.focus();
    } finally {
      isBusy = false;
    }
  });
  return { root: form, focus: () => key.focus() };
}

/** @param {unknown} error */
function wordsOf(error) {
  if (error instanceof Refusal && error.code === "insufficient_scope") {
    return `${words(error)} Without it there is nothing to show here.`;
  }
  return words(error);
}
