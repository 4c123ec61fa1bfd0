// The middle: a channel with its composer, or the app's Home and Messages tabs.

import { button, el } from "./dom.js";
import { drawBlocks } from "./blocks.js";
import { drawMessages } from "./messages.js";
import { notice } from "./talk.js";

let frame = ""; // what the middle is built for: a channel or Home of a person
let homeRevision = null;

export function conversation(main, state, desk) {
  const home = desk.where.tab === "home";
  const key = home ? `home ${desk.person}` : `${state.open.id} ${desk.person} ${state.open.member} ${state.open.archived}`;
  if (key !== frame) {
    frame = key;
    homeRevision = null;
    main.replaceChildren(...(home ? homeFrame(state, desk) : channelFrame(state, desk)));
  }
  if (home) drawHome(main.querySelector(".home"), state.home, desk);
  else drawChannel(main, state.open, desk);
}

function menuButton() {
  return button("☰", () => document.body.classList.toggle("side-open"), { className: "plain burger", aria: { label: "Channels and people" } });
}

function tabs(state, desk) {
  const tab = (name, label) => button(label, () => desk.openChannel(state.direct, name), {
    className: desk.where.tab === name ? "chosen" : "", data: { tab: name }, role: "tab",
    aria: { selected: String(desk.where.tab === name) },
  });
  return el("div", { className: "tabs", role: "tablist" }, tab("home", "Home"), tab("messages", "Messages"));
}

function homeFrame(state, desk) {
  return [
    el("header", { className: "top" }, menuButton(), el("h2", {}, desk.workspace.app.name),
      el("span", { className: "badge" }, "APP"), el("span", { className: "badge sandbox" }, "SANDBOX"), globalShortcuts(desk)),
    tabs(state, desk),
    el("div", { className: "home content from-app" }),
  ];
}

function globalShortcuts(desk) {
  return desk.shortcuts.filter((s) => !s.on_message).map((s) =>
    button(s.name, () => desk.act("shortcut", { callback_id: s.callback_id }), { className: "small", data: { shortcut: s.callback_id } }));
}

function drawHome(place, home, desk) {
  const revision = home ? `${home.id} ${home.revision}` : "none";
  if (revision === homeRevision) return;
  homeRevision = revision;
  if (!home) {
    place.replaceChildren(el("p", { className: "quiet" }, `${desk.workspace.app.name} has not filled this tab yet.`));
    return;
  }
  const typed = {};
  place.dataset.viewId = home.id;
  place.replaceChildren(...drawBlocks(home.blocks, {
    world: desk.world,
    held: home.values,
    type: (block, element, value) => { (typed[block.block_id] ??= {})[element.action_id] = value; },
    redraw: () => { homeRevision = null; desk.refresh(); },
    send: (block, element, value, node) => desk.busy(node, "click_view", {
      view_id: home.id, block_id: block.block_id, action_id: element.action_id, value, values: typed,
    }),
  }));
}

function channelFrame(state, desk) {
  const { open } = state;
  const direct = open.kind === "direct";
  const title = direct ? desk.workspace.app.name : open.name;
  return [
    el("header", { className: "top" }, menuButton(), el("h2", { data: { channel: open.id } }, direct ? title : `${open.kind === "private" ? "◆" : "#"} ${title}`),
      el("span", { className: "badge sandbox" }, "SANDBOX"),
      el("span", { className: "topic" }, direct ? "" : `${open.topic} · ${open.members} members`),
      globalShortcuts(desk)),
    direct ? tabs(state, desk) : null,
    el("details", { className: "pins", hidden: true }, el("summary", {}), el("ul", {})),
    el("div", { className: "messages", role: "log", aria: { label: `Messages in ${title}` } }),
    open.archived ? el("p", { className: "quiet" }, "This channel is archived.")
      : open.member ? composer(`Message ${direct ? title : `#${title}`}`, () => ({ channel: open.id }), desk)
        : el("p", { className: "quiet" }, "You are looking at this channel. ",
            button("Join", () => desk.act("join", { channel: open.id }), { className: "press", data: { join: open.id } })),
  ].filter(Boolean);
}

function drawChannel(main, open, desk) {
  const list = main.querySelector(":scope > .messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 120 || !list.firstChild;
  drawMessages(list, open.messages, desk);
  const pins = main.querySelector(":scope > .pins");
  pins.hidden = open.pins.length === 0;
  pins.querySelector("summary").textContent = `${open.pins.length} pinned`;
  pins.querySelector("ul").replaceChildren(...open.pins.map((pin) => el("li", {},
    button(pin.text.slice(0, 90), () => desk.world.go(`/archives/${open.id}/p${pin.ts.replace(".", "")}`),
      { className: "plain", data: { pin: pin.ts } }))));
  const target = desk.where.target && list.querySelector(`[data-ts="${CSS.escape(desk.where.target)}"]`);
  if (target) {
    desk.where.target = null;
    target.classList.add("found");
    target.scrollIntoView({ block: "center" });
  } else if (atEnd) list.scrollTop = list.scrollHeight;
}

/** A box to write in. Enter sends, Shift+Enter breaks the line; a line that begins with a command sends the command. */
export function composer(label, target, desk) {
  const box = el("textarea", { rows: 1, placeholder: label, aria: { label }, data: { composer: "" } });
  const hints = el("div", { className: "hints", hidden: true });
  const send = button("Send", () => submit(), { className: "press primary", data: { send: "" } });
  const fit = () => {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 160)}px`;
    const typed = box.value;
    const fitting = typed.startsWith("/") && !typed.includes(" ") ? desk.workspace.commands.filter((c) => c.startsWith(typed)) : [];
    hints.hidden = fitting.length === 0;
    hints.replaceChildren(...fitting.map((c) => button(c, () => { box.value = `${c} `; fit(); box.focus(); }, { className: "small" })));
  };
  async function submit() {
    const text = box.value.trim();
    if (!text) return;
    const { channel, thread_ts } = target();
    const command = /^(\/\S+)\s*([\s\S]*)$/.exec(text);
    if (command && thread_ts) {
      notice("Slack takes no commands in threads. Use it in the channel.");
      return;
    }
    box.value = "";
    fit();
    const answer = command
      ? await desk.busy(send, "command", { channel, command: command[1], text: command[2] })
      : await desk.busy(send, "say", { channel, text, thread_ts });
    if (!answer && !box.value) box.value = text;
  }
  box.addEventListener("input", fit);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  return el("div", { className: "composer" }, hints, box, send);
}
