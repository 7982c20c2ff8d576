import { element } from "./elements.js";

const COLOR = /^#[0-9a-f]{6}$/i;
const LOGO = /^https:\/\/[!-~]+$/;

/**
 * How the brand looks, beside the fields that say it. Styles are set as properties: the page's
 * policy lets no other ones in.
 *
 * @param {import("./form.js").Form} form
 */
export function brandingPreview(form) {
  const logo = element("img", { alt: "", hidden: true, referrerPolicy: "no-referrer" });
  const problem = element("p", { className: "hint", role: "status" });
  const name = element("bdi");
  const button = element("span", { className: "sample" }, "A button");
  const preview = element(
    "figure",
    { className: "preview" },
    element("figcaption", { className: "hint" }, "Preview"),
    element("div", { className: "page" }, logo, name, button),
    problem,
  );

  logo.addEventListener("load", () => {
    logo.hidden = false;
  });
  logo.addEventListener("error", () => {
    logo.hidden = true;
    problem.textContent = "The logo cannot be loaded.";
  });
  const paint = () => {
    const page = /** @type {HTMLElement} */ (preview.querySelector(".page"));
    name.textContent = form.value("display_name") || "Display name";
    fillWith(page, form.value("branding.page_background"), "#ffffff");
    fillWith(button, form.value("branding.primary_color"), "#0b5c8a");
  };
  const load = () => {
    const url = `${form.value("logo_url") ?? ""}`;
    if (url === (logo.getAttribute("src") ?? "")) {
      return;
    }
    problem.textContent = "";
    logo.hidden = true;
    logo.removeAttribute("src");
    if (LOGO.test(url)) {
      logo.src = url;
    }
  };
  form.root.addEventListener("input", paint);
  // Only when it is whole: each beginning of a URL would be asked for.
  form.root.addEventListener("change", load);
  form.root.querySelector('[data-field="branding.page_background"]').after(preview);
  const refresh = () => {
    paint();
    load();
  };
  refresh();
  return { refresh };
}

/** @param {HTMLElement} target @param {unknown} color @param {string} otherwise */
function fillWith(target, color, otherwise) {
  const background = COLOR.test(`${color}`) ? `${color}` : otherwise;
  target.style.setProperty("background-color", background);
  target.style.setProperty("color", luminance(background) > 0.179 ? "#000000" : "#ffffff");
}

/** WCAG 2's relative luminance; above 0.179 black is read better than white. @param {string} color */
function luminance(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
