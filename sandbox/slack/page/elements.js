// Interactive elements. `ctx` is {world, held, type, send}: `held` the state of inputs by block and action id,
// `type(block, element, value)` notes what was typed, `send(block, element, value, node)` tells the app.

import { button, el } from "./dom.js";
import { fromWallTime, wallTime } from "./dates.js";
import { confirmed } from "./dialogs.js";
import { textNodes } from "./mrkdwn.js";

const data = (block, element) => ({ actionId: element.action_id, blockId: block.block_id });
const optionsOf = (element) => [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((g) => g.options)];

/** Draw one element. In an input block it is only typed into, unless the block dispatches actions. */
export function drawElement(block, element, ctx) {
  const draw = DRAWN[element.type];
  return draw ? draw(block, element, ctx) : el("span", { className: "unknown" }, `[${element.type}]`);
}

function held(block, element, ctx) {
  return ctx.held[block.block_id]?.[element.action_id] ?? {};
}

/** Note a choice, and tell the app when the block says so. */
async function choose(block, element, value, node, ctx) {
  const before = held(block, element, ctx);
  if (!(await confirmed(element.confirm, ctx.world))) {
    ctx.redraw(before);
    return;
  }
  ctx.type(block, element, value);
  if (block.type !== "input" || block.dispatch_action) await ctx.send(block, element, value, node);
}

function pressed(block, element, ctx) {
  const label = element.accessibility_label;
  const node = button(textNodes(element.text, ctx.world), async () => {
    if (!(await confirmed(element.confirm, ctx.world))) return;
    if (element.url) window.open(element.url, "_blank", "noopener,noreferrer");
    await ctx.send(block, element, element.value ?? null, node);
  }, { className: `press ${element.style ?? ""}`, data: data(block, element), aria: label ? { label } : {} });
  return node;
}

function overflow(block, element, ctx) {
  const list = el("div", { className: "menu", role: "menu", hidden: true });
  const toggle = button("⋮", () => show(list.hidden), {
    className: "press more", data: data(block, element),
    aria: { label: "More actions", haspopup: "menu", expanded: "false" },
  });
  function show(open) {
    list.hidden = !open;
    if (open) list.classList.toggle("up", needsRoomBelow(toggle, list));
    toggle.setAttribute("aria-expanded", String(open));
    if (open) list.querySelector("button")?.focus();
  }
  for (const option of element.options) {
    list.append(button(textNodes(option.text, ctx.world), async () => {
      show(false);
      if (!(await confirmed(element.confirm, ctx.world))) return;
      if (option.url) window.open(option.url, "_blank", "noopener,noreferrer");
      await ctx.send(block, element, option.value, toggle);
    }, { role: "menuitem", data: { ...data(block, element), value: option.value } }));
  }
  const node = el("span", { className: "overflow" }, toggle, list);
  node.addEventListener("focusout", (event) => {
    if (!node.contains(event.relatedTarget)) show(false);
  });
  node.addEventListener("keydown", (event) => moveInMenu(event, list, () => { show(false); toggle.focus(); }));
  return node;
}

/** Whether a menu below its button would leave the part of the page that scrolls. */
function needsRoomBelow(toggle, list) {
  const box = toggle.closest(".messages, .home, .modal-body")?.getBoundingClientRect();
  const below = toggle.getBoundingClientRect().bottom + list.offsetHeight + 8;
  return box !== undefined && below > box.bottom && toggle.getBoundingClientRect().top - list.offsetHeight > box.top;
}

function moveInMenu(event, list, leave) {
  const entries = [...list.querySelectorAll("button")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape" && !list.hidden) {
    event.stopPropagation();
    leave();
  } else if (step && !list.hidden) {
    event.preventDefault();
    entries[(entries.indexOf(document.activeElement) + step + entries.length) % entries.length].focus();
  }
}

function select(block, element, ctx, choices, chosen) {
  const multiple = element.type.startsWith("multi_");
  const option = (c) => el("option", { value: c.value, selected: chosen.includes(c.value) }, c.label);
  const node = el("select", {
    multiple, size: multiple ? Math.min(6, Math.max(3, choices.length)) : null, data: data(block, element),
    aria: { label: element.placeholder?.text ?? "Choose" },
    on: {
      change: () => {
        const values = [...node.selectedOptions].map((o) => o.value).filter((v) => v !== "");
        return choose(block, element, multiple ? values : values[0] ?? null, node, ctx);
      },
    },
  });
  if (!multiple) node.append(el("option", { value: "", selected: chosen.length === 0 }, element.placeholder?.text ?? "Choose"));
  const groups = [...new Set(choices.map((c) => c.group))];
  for (const group of groups) {
    const inside = choices.filter((c) => c.group === group).map(option);
    node.append(...(group ? [el("optgroup", { label: group }, inside)] : inside));
  }
  return node;
}

function staticSelect(block, element, ctx) {
  const plain = (element.options ?? []).map((o) => ({ value: o.value, label: o.text.text }));
  const grouped = (element.option_groups ?? []).flatMap((g) =>
    g.options.map((o) => ({ value: o.value, label: o.text.text, group: g.label.text })));
  const now = held(block, element, ctx);
  const chosen = [now.selected_option, ...(now.selected_options ?? [])].filter(Boolean).map((o) => o.value);
  return select(block, element, ctx, [...plain, ...grouped], chosen);
}

function listSelect(choices, name) {
  return (block, element, ctx) => {
    const now = held(block, element, ctx);
    const chosen = [now[`selected_${name}`], ...(now[`selected_${name}s`] ?? [])].filter(Boolean);
    const listed = Object.entries(choices(ctx.world.names)).map(([value, label]) => ({ value, label }));
    return select(block, element, ctx, listed, chosen);
  };
}

function externalSelect(block, element, ctx) {
  const chosen = held(block, element, ctx).selected_option;
  const results = el("div", { className: "results" });
  const search = el("input", {
    type: "search", placeholder: element.placeholder?.text ?? "Type to search", value: chosen?.text.text ?? "",
    data: data(block, element), aria: { label: element.placeholder?.text ?? "Search" },
    on: {
      input: async () => {
        if (search.value.length < (element.min_query_length ?? 3)) return;
        const found = (await ctx.suggest(block, element, search.value)) ?? [];
        results.replaceChildren(...found.map((o) => button(o.text.text, () => {
          search.value = o.text.text;
          results.replaceChildren();
          return choose(block, element, o.value, search, ctx);
        }, { data: { value: o.value } })));
      },
    },
  });
  return el("div", { className: "external" }, search, results);
}

let groups = 0;

function options(block, element, ctx) {
  const many = element.type === "checkboxes";
  const now = held(block, element, ctx);
  const chosen = [now.selected_option, ...(now.selected_options ?? [])].filter(Boolean).map((o) => o.value);
  const name = `choice-${++groups}`;
  const node = el("div", { className: "choices", role: many ? "group" : "radiogroup", data: data(block, element) });
  const changed = () => {
    const values = [...node.querySelectorAll("input:checked")].map((i) => i.value);
    return choose(block, element, many ? values : values[0] ?? null, node, ctx);
  };
  for (const option of optionsOf(element)) {
    node.append(el("label", {},
      el("input", { type: many ? "checkbox" : "radio", name, value: option.value, checked: chosen.includes(option.value), on: { change: changed } }),
      el("span", {}, textNodes(option.text, ctx.world),
        option.description ? el("small", {}, textNodes(option.description, ctx.world)) : null)));
  }
  return node;
}

function picker(type, name, read = (v) => v, write = (v) => v) {
  return (block, element, ctx) => {
    const now = held(block, element, ctx)[name];
    const node = el("input", {
      type, value: now ? read(now, ctx.world.zone) : "", data: data(block, element), aria: { label: element.placeholder?.text ?? type },
      on: { change: () => choose(block, element, node.value ? write(node.value, ctx.world.zone) : null, node, ctx) },
    });
    return node;
  };
}

function textInput(block, element, ctx) {
  const multiline = element.multiline === true;
  const kind = { number_input: "text", email_text_input: "email", url_text_input: "url" }[element.type] ?? "text";
  const node = el(multiline ? "textarea" : "input", {
    type: multiline ? null : kind, value: held(block, element, ctx).value ?? "", rows: multiline ? 3 : null,
    inputMode: element.type === "number_input" ? (element.is_decimal_allowed ? "decimal" : "numeric") : null,
    placeholder: element.placeholder?.text ?? "", maxLength: element.max_length ?? 3000, data: data(block, element),
    on: {
      input: () => ctx.type(block, element, node.value),
      keydown: (event) => {
        if (event.key !== "Enter" || multiline || !block.dispatch_action) return undefined;
        event.preventDefault();
        return ctx.send(block, element, node.value, node);
      },
    },
  });
  return node;
}

const users = listSelect((names) => names.people, "user");
const channels = listSelect((names) => names.channels, "channel");
const conversations = listSelect((names) => names.channels, "conversation");

const DRAWN = {
  button: pressed,
  overflow,
  static_select: staticSelect,
  multi_static_select: staticSelect,
  external_select: externalSelect,
  users_select: users,
  multi_users_select: users,
  channels_select: channels,
  multi_channels_select: channels,
  conversations_select: conversations,
  multi_conversations_select: conversations,
  radio_buttons: options,
  checkboxes: options,
  datepicker: picker("date", "selected_date"),
  timepicker: picker("time", "selected_time"),
  datetimepicker: picker("datetime-local", "selected_date_time", wallTime, fromWallTime),
  plain_text_input: textInput,
  number_input: textInput,
  email_text_input: textInput,
  url_text_input: textInput,
};
