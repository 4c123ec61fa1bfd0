// Block Kit blocks as nodes.

import { el } from "./dom.js";
import { chart } from "./charts.js";
import { drawElement } from "./elements.js";
import { mrkdwn, textNodes } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { dataTable, table } from "./tables.js";

/** All blocks of a message, modal or Home tab. `errors` are texts by block_id. */
export function drawBlocks(blocks, ctx, errors = {}) {
  return blocks.map((block) => {
    const draw = DRAWN[block.type];
    const node = draw ? draw(block, ctx, errors) : el("div", { className: "unknown" }, `[${block.type}]`);
    node.classList.add("block", `block-${block.type}`);
    node.dataset.blockId = block.block_id ?? "";
    return node;
  });
}

function header(block, ctx) {
  return el("h3", {}, textNodes(block.text, ctx.world));
}

function section(block, ctx) {
  const text = block.text ? el("div", { className: "text" }, textNodes(block.text, ctx.world)) : null;
  const fields = block.fields
    ? el("div", { className: "fields" }, block.fields.map((f) => el("div", {}, textNodes(f, ctx.world))))
    : null;
  const accessory = block.accessory
    ? el("div", { className: "accessory" },
        block.accessory.type === "image" ? picture(block.accessory) : drawElement(block, block.accessory, ctx))
    : null;
  return el("div", {}, el("div", { className: "told" }, text, fields), accessory);
}

function context(block, ctx) {
  return el("div", {}, block.elements.map((e) =>
    e.type === "image" ? picture(e) : el("span", { className: e.type }, textNodes(e, ctx.world))));
}

function actions(block, ctx) {
  return el("div", { role: "group" }, block.elements.map((e) => drawElement(block, e, ctx)));
}

/** A picture from this workspace's files; one from elsewhere is described, since this page loads nothing from outside. */
function picture(block) {
  const id = block.slack_file?.id ?? /\/files\/([A-Z0-9]+)\//.exec(block.slack_file?.url ?? "")?.[1];
  if (id) return el("img", { src: `/files/${id}/picture`, alt: block.alt_text });
  return el("span", { className: "picture", role: "img", aria: { label: block.alt_text } }, `Picture: ${block.alt_text}`);
}

function image(block, ctx) {
  return el("figure", {}, block.title ? el("figcaption", {}, textNodes(block.title, ctx.world)) : null, picture(block));
}

let inputs = 0;

function input(block, ctx, errors) {
  const id = `input-${++inputs}`;
  const control = drawElement(block, block.element, ctx);
  const target = control.matches("input,select,textarea") ? control : control.querySelector("input");
  for (const node of [control, target]) node?.removeAttribute("aria-label");
  const error = errors[block.block_id];
  const label = el(control.getAttribute("role") ? "span" : "label", { className: "label", id: `${id}-label` },
    textNodes(block.label, ctx.world), block.optional ? el("i", {}, " (optional)") : null);
  if (control.getAttribute("role")) control.setAttribute("aria-labelledby", `${id}-label`);
  else if (target) {
    target.id = id;
    label.htmlFor = id;
  }
  if (target && error) {
    target.setAttribute("aria-invalid", "true");
    target.setAttribute("aria-describedby", `${id}-error`);
  }
  return el("div", { className: error ? "wrong" : "" }, label, control,
    error ? el("p", { className: "error", id: `${id}-error`, role: "alert" }, error) : null,
    block.hint ? el("p", { className: "hint" }, textNodes(block.hint, ctx.world)) : null);
}

function markdown(block, ctx) {
  const slackStyle = block.text
    .replace(/\*\*([^*\n]+)\*\*/g, "*$1*")
    .replace(/^#{1,6} (.*)$/gm, "*$1*")
    .replace(/^[-*] /gm, "• ")
    .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, "<$2|$1>");
  return el("div", {}, mrkdwn(slackStyle, ctx.world));
}

function alert(block, ctx) {
  return el("div", { role: "note", className: `alert-${block.level ?? "default"}` }, textNodes(block.text, ctx.world));
}

const DRAWN = {
  header,
  section,
  context,
  actions,
  divider: () => el("hr"),
  image,
  input,
  rich_text: (block, ctx) => richText(block, ctx.world),
  table: (block, ctx) => table(block, ctx.world),
  data_table: (block, ctx) => dataTable(block, ctx.world),
  data_visualization: (block) => chart(block),
  markdown,
  alert,
};
