// Building nodes without markup: every text becomes a text node, so nothing from outside can turn into HTML.

/** An element with properties, data attributes (`data`), ARIA (`aria`) and children (nodes, strings, null). */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "data") for (const [k, v] of Object.entries(value)) node.dataset[k] = v;
    else if (name === "aria") for (const [k, v] of Object.entries(value)) node.setAttribute(`aria-${k}`, v);
    else if (name === "on") for (const [k, v] of Object.entries(value)) node.addEventListener(k, v);
    else if (name in node && name !== "list" && name !== "role") node[name] = value;
    else node.setAttribute(name, value);
  }
  add(node, children);
  return node;
}

/** Append children, flattening arrays and leaving out null. */
export function add(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}

/** An SVG element with attributes and children. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  add(node, children);
  return node;
}

/** A real button. */
export function button(label, onClick, properties = {}) {
  return el("button", { type: "button", ...properties, on: { click: onClick } }, label);
}
