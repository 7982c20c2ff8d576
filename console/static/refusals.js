import { Refusal, Unreachable } from "./api.js";
import { element } from "./elements.js";

/**
 * What went wrong, in words.
 *
 * @param {unknown} error a `Refusal`, an `Unreachable`, or a defect of this page
 * @returns {string}
 */
export function words(error) {
  if (error instanceof Unreachable) {
    return "The server could not be reached, or did not answer in time. What you have typed is still here; trying again is safe.";
  }
  if (!(error instanceof Refusal)) {
    console.error(error);
    return `This page has a defect: ${error}`;
  }
  switch (error.status) {
    case 401:
      return "The server does not take this key: it is mistyped, revoked or expired.";
    case 403:
      return error.code === "insufficient_scope"
        ? `This key may not do that: it lacks the scope ${error.details.map((one) => one.problem).join(", ")}.`
        : `This key may not do that: ${error.message || "refused"}.`;
    case 404:
      return `There is no such thing, or this key may not see it: ${error.message || "not found"}.`;
    case 412:
      return "Somebody else has changed this in the meantime. Nothing was saved.";
    case 429:
      return `This key has asked too often. Try again in ${seconds(error.retryAfter)}.`;
  }
  if (error.code === "idempotency_key_reused") {
    return "An earlier attempt has arrived after all, with what was in the form then: look for it in the list. Pressing once more makes another one.";
  }
  if (error.status >= 500 || error.code === "") {
    const trace = error.requestId ? ` (request ${error.requestId})` : "";
    return `The server failed with ${error.status}: ${error.message || "no reason given"}${trace}. Try again later.`;
  }
  return `Refused: ${error.message}.`;
}

/**
 * The words, where there is no form to show them in. A 401 offers to sign in again in place.
 *
 * @param {unknown} error
 * @param {(() => void) | null} retry
 */
export function notice(error, retry) {
  return element(
    "div",
    { className: "notice", role: "alert" },
    element("p", {}, words(error)),
    isSignedOut(error) ? signInAgain() : null,
    retry && element("button", { type: "button", onclick: retry }, "Try again"),
  );
}

/** @param {unknown} error */
export function isSignedOut(error) {
  return error instanceof Refusal && error.status === 401;
}

/** Asking again would not help. @param {unknown} error */
export function isForbidden(error) {
  return error instanceof Refusal && error.status === 403;
}

/** Whoever holds the page hears it; what was typed stays where it is. */
export function signInAgain() {
  return element(
    "button",
    {
      type: "button",
      onclick: (/** @type {Event} */ event) =>
        event.target?.dispatchEvent(new CustomEvent("sign-in-wanted", { bubbles: true })),
    },
    "Sign in with another key",
  );
}

/** @param {string | null} retryAfter */
function seconds(retryAfter) {
  if (retryAfter === null) {
    return "a minute";
  }
  return retryAfter === "1" ? "1 second" : `${retryAfter} seconds`;
}
