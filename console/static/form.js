import { element } from "./elements.js";
import { fieldLine } from "./field_line.js";
import { valueAt } from "./fields.js";
import { problemsOf } from "./problems.js";
import { isSignedOut, signInAgain, words } from "./refusals.js";

/**
 * A form that keeps what is typed whatever the server says, and tells what has changed since it was
 * filled.
 */
export class Form {
  #lines;
  #summary = element("div", { className: "summary", role: "alert", tabIndex: -1, hidden: true });
  #status = element("span", { className: "status", role: "status" });
  #submit;
  #isBusy = false;

  /**
   * @param {object} wanted
   * @param {{title?: string, note?: string, fields: import("./fields.js").Field[]}[]} wanted.sections
   * @param {string} wanted.prefix of the ids of its elements, unique in the page
   * @param {string} wanted.label of the button
   * @param {string} [wanted.className] of the button
   * @param {() => Promise<string>} wanted.save resolves to what is said then; what it throws is told
   *   in the form
   */
  constructor({ sections, prefix, label, className = "", save }) {
    const parts = sections.map(({ title, note, fields }) => {
      const lines = fields.map((field) =>
        fieldLine(field, `${prefix}-${field.path.replaceAll(".", "-")}`),
      );
      const roots = lines.map((line) => line.root);
      return {
        lines,
        root: title
          ? element(
              "fieldset",
              {},
              element("legend", {}, title),
              note ? element("p", { className: "hint" }, note) : null,
              ...roots,
            )
          : element("div", { className: "fields" }, ...roots),
      };
    });
    this.#lines = parts.flatMap((part) => part.lines);
    this.#submit = element("button", { className }, label);
    this.root = element(
      "form",
      {
        id: prefix,
        noValidate: true,
        oninput: () => this.#noteChanges(),
        onchange: () => this.#noteChanges(),
      },
      this.#summary,
      ...parts.map((part) => part.root),
      element("div", { className: "line actions" }, this.#submit, this.#status),
    );
    this.root.addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#send(save);
    });
  }

  /** What is in the fields, by place. @param {string} path */
  value(path) {
    return this.#line(path)?.input.read();
  }

  /** Fills every field with what the API shows. @param {unknown} shown */
  fill(shown) {
    for (const line of this.#lines) {
      fillLine(line, shown);
    }
    this.#noteChanges();
  }

  /**
   * Fills the fields anew, but for those that hold something else than they did: `then` is a
   * `snapshot`, or nothing for what they were last filled with.
   *
   * @param {unknown} shown
   * @param {Map<string, string>} [then]
   */
  refill(shown, then) {
    for (const line of this.#lines) {
      const typed = line.now;
      const isKept = typed !== (then?.get(line.field.path) ?? line.filled);
      fillLine(line, shown);
      if (isKept) {
        line.input.write(JSON.parse(typed));
      }
    }
    this.#noteChanges();
  }

  /** What is in the fields, to be compared later. */
  snapshot() {
    return new Map(this.#lines.map((line) => [line.field.path, line.now]));
  }

  /** The body of a request with all that differs from what the form was filled with. */
  changes() {
    const changed = {};
    for (const line of this.#lines) {
      if (line.now !== line.filled) {
        put(changed, line.field.path, line.input.read());
      }
    }
    return changed;
  }

  /** Nothing is wrong, or no more. */
  clear() {
    this.#tell("", [], []);
  }

  /** Takes the focus. */
  focus() {
    this.#lines[0].focus();
  }

  /**
   * @param {unknown} error
   * @param {...Node} more told below the words
   */
  refuse(error, ...more) {
    const fields = this.#lines.map((line) => line.field);
    const problems = problemsOf(error, fields, (path) => this.value(path));
    const said = problems.length ? "Not saved: the server refuses what is marked." : words(error);
    this.#tell(said, problems, isSignedOut(error) ? [signInAgain(), ...more] : more);
  }

  /** @param {(() => Promise<string>)} save */
  async #send(save) {
    if (this.#isBusy) {
      return;
    }
    const found = this.#lines.flatMap((line) =>
      (line.input.problems?.() ?? []).map((one) => ({ path: line.field.path, ...one })),
    );
    if (found.length) {
      this.#tell("Not sent yet.", found, []);
      return;
    }
    this.#setBusy(true);
    this.clear();
    try {
      this.#status.textContent = await save();
    } catch (error) {
      this.#status.textContent = "";
      this.refuse(error);
    } finally {
      this.#setBusy(false);
    }
  }

  /** @param {boolean} isBusy */
  #setBusy(isBusy) {
    this.#isBusy = isBusy;
    // Not `disabled`, which would take the focus away.
    this.#submit.setAttribute("aria-disabled", String(isBusy));
    this.root.setAttribute("aria-busy", String(isBusy));
    if (isBusy) {
      this.#status.textContent = "One moment …";
    }
  }

  /**
   * @param {string} said
   * @param {import("./problems.js").Problem[]} problems
   * @param {Node[]} more
   */
  #tell(said, problems, more) {
    for (const line of this.#lines) {
      line.mark(problems.filter(({ path }) => path === line.field.path));
    }
    const links = problems.map(({ path, problem }) =>
      element(
        "li",
        {},
        element(
          "button",
          { type: "button", className: "link", onclick: () => this.#line(path)?.focus() },
          `${this.#line(path)?.field.label}: ${problem}`,
        ),
      ),
    );
    this.#summary.replaceChildren(
      element("p", {}, said),
      ...(links.length ? [element("ul", {}, ...links)] : []),
      ...more,
    );
    this.#summary.hidden = !said;
    if (said) {
      this.#summary.focus();
    }
  }

  /** Whoever leaves is asked, if something typed would be lost. */
  #noteChanges() {
    this.#status.textContent = "";
    this.root.toggleAttribute("data-changed", Object.keys(this.changes()).length > 0);
  }

  /** @param {string} path */
  #line(path) {
    return this.#lines.find((line) => line.field.path === path);
  }
}

/** @param {ReturnType<typeof fieldLine>} line @param {unknown} shown */
function fillLine(line, shown) {
  line.input.write(valueAt(shown, line.field.path));
  line.filled = line.now;
}

/** @param {any} body @param {string} path @param {unknown} value */
function put(body, path, value) {
  const names = path.split(".");
  const last = /** @type {string} */ (names.pop());
  let inner = body;
  for (const name of names) {
    inner = inner[name] ??= {};
  }
  inner[last] = value;
}
