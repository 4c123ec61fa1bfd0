// The modal in front. What a person types stays here until it is sent; a new version of the view keeps what was typed
// into inputs with the same ids, as Slack does.

import { button, el } from "./dom.js";
import { drawBlocks } from "./blocks.js";
import { textNodes } from "./mrkdwn.js";

const FIELDS = "input, textarea, select, button.press";

let shown = null; // {id, revision, person, objections, dialog}
let typed = {}; // block_id -> action_id -> value, of the view shown

/** Show the view in front, or none. */
export function drawModal(place, view, stack, desk) {
  if (!view) {
    shown?.dialog.close();
    place.replaceChildren();
    shown = null;
    typed = {};
    return;
  }
  if (shown?.id === view.id && shown.revision === view.revision && shown.person === desk.person) return;
  if (shown?.id !== view.id || shown.person !== desk.person) typed = {};
  const objections = JSON.stringify(view.errors);
  const focus = shown?.id === view.id && shown.objections === objections ? focused(place) : null;
  const dialog = draw(view, stack, desk);
  shown?.dialog.close();
  place.replaceChildren(dialog);
  shown = { id: view.id, revision: view.revision, person: desk.person, objections, dialog };
  dialog.showModal();
  const wrong = dialog.querySelector(".wrong");
  const target = focus ? find(dialog, focus) : wrong;
  const field = (node) => (node?.matches(FIELDS) ? node : node?.querySelector("input:checked") ?? node?.querySelector(FIELDS));
  (field(target) ?? field(dialog.querySelector(".modal-body")) ?? dialog).focus();
  if (!focus) wrong?.scrollIntoView({ block: "nearest" });
}

function focused(place) {
  const node = document.activeElement?.closest("[data-action-id]");
  return node && place.contains(node) ? { ...node.dataset } : null;
}

function find(dialog, { blockId, actionId }) {
  return [...dialog.querySelectorAll("[data-action-id]")].find((n) => n.dataset.blockId === blockId && n.dataset.actionId === actionId);
}

/** The state of inputs: what the server holds, and over it what was typed since. */
function merged(view) {
  const held = structuredClone(view.values);
  for (const block of view.blocks) {
    for (const element of [block.element, block.accessory, ...(block.elements ?? [])].filter(Boolean)) {
      const value = typed[block.block_id]?.[element.action_id];
      if (value !== undefined && held[block.block_id]?.[element.action_id]) {
        held[block.block_id][element.action_id] = asState(element, value, held[block.block_id][element.action_id]);
      }
    }
  }
  return held;
}

function asState(element, value, before) {
  const chosen = [before.selected_option, ...(before.selected_options ?? [])].filter(Boolean);
  const options = [...chosen, ...(element.options ?? []), ...(element.option_groups ?? []).flatMap((g) => g.options)];
  const pick = (v) => options.find((o) => o.value === v);
  const kind = element.type.replace("multi_", "");
  const name = { users_select: "user", channels_select: "channel", conversations_select: "conversation",
    datepicker: "date", timepicker: "time", datetimepicker: "date_time" }[kind];
  if (["static_select", "external_select", "radio_buttons"].includes(kind) && !Array.isArray(value)) return { selected_option: pick(value) };
  if (Array.isArray(value) && options.length) return { selected_options: value.map(pick).filter(Boolean) };
  if (name) return Array.isArray(value) ? { [`selected_${name}s`]: value } : { [`selected_${name}`]: value };
  return { value };
}

function onlyKnown(view) {
  const known = new Set(view.blocks.map((b) => b.block_id));
  return Object.fromEntries(Object.entries(typed).filter(([block]) => known.has(block)));
}

function draw(view, stack, desk) {
  const world = desk.world;
  const ctx = {
    world,
    held: merged(view),
    type: (block, element, value) => {
      (typed[block.block_id] ??= {})[element.action_id] = value;
    },
    redraw: () => {
      shown = { ...shown, revision: -1 };
      desk.refresh(true);
    },
    suggest: async (block, element, words) =>
      (await desk.act("suggest", {
        view_id: view.id, block_id: block.block_id, action_id: element.action_id, typed: words,
      }))?.options.map((o) => {
        element.options = [...(element.options ?? []).filter((known) => known.value !== o.value), o];
        return o;
      }),
    send: (block, element, value, node) => desk.busy(node, "click_view", {
      view_id: view.id, block_id: block.block_id, action_id: element.action_id, value, values: onlyKnown(view),
    }),
  };
  const submit = view.submit
    ? button(textNodes(view.submit, world), null, { className: "press primary", data: { submit: view.id }, type: "submit" })
    : null;
  const close = () => desk.act("close", { view_id: view.id });
  const form = el("form", { noValidate: true },
    el("header", {},
      el("h2", { id: `title-${view.id}` }, textNodes(view.title, world)),
      el("span", { className: "badge sandbox" }, "SANDBOX"),
      button("✕", close, { className: "plain close", aria: { label: "Close" } })),
    el("div", { className: "modal-body" },
      view.trouble ? el("p", { className: "trouble", role: "alert" }, view.trouble) : null,
      drawBlocks(view.blocks, ctx, view.errors)),
    el("footer", {},
      button(view.close ? textNodes(view.close, world) : stack > 1 ? "Back" : "Cancel", close, { className: "press", data: { close: view.id } }),
      submit));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    desk.busy(submit, "submit", { view_id: view.id, values: onlyKnown(view) });
  });
  const dialog = el("dialog", { className: "modal", data: { viewId: view.id, callbackId: view.callback_id ?? "" }, aria: { labelledby: `title-${view.id}` } }, form);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  return dialog;
}
