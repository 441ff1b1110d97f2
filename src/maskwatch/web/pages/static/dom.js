// Elements made in code; text is always text, never HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element: `h("button", { type: "button", onclick, class: "quiet" }, "Save")`.
 *
 * Functions are listeners, true sets an attribute without a value, null, undefined and false leave it out.
 */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((each) => each !== null && each !== undefined));
  return element;
}

/** The element of that id, which is on the page. */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`nothing on this page is called ${id}`);
  return found;
}

/** Replace the text of an element only where it differs, so that screen readers and selections are left alone. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A table with a caption; cells are text or elements, columns `{ title, numeric }`. */
export function table(caption, columns, rows) {
  const cell = (tag, column, content, scope) =>
    h(tag, { scope, class: column.numeric ? "numeric" : null }, content);
  return h(
    "table",
    {},
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, columns.map((column) => cell("th", column, column.title, "col")))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((each, i) => cell("td", columns[i], each))))),
  );
}
