// The page: who looks, what is open, and one drawing of it after each change.

import { button, el } from "./dom.js";
import { composer, conversation } from "./conversation.js";
import { drawMessages } from "./messages.js";
import { drawModal } from "./modal.js";
import { drawSide } from "./side.js";
import { about, act, live, notice, snapshot } from "./talk.js";

const workspace = await about();
const place = (id) => document.getElementById(id);
const where = { person: null, channel: null, thread: null, tab: "messages", target: null };
let seen = null;

readAddress();

/** What every part of the page may use. */
const desk = {
  workspace,
  where,
  shortcuts: workspace.shortcuts,
  get person() {
    return where.person;
  },
  world: { names: { people: {}, channels: {}, groups: {} }, zone: "Etc/UTC", me: "", go: goTo },
  act: (what, details) => act(where.person, what, details).then((answer) => {
    if (answer) refresh();
    return answer;
  }),
  busy,
  refresh,
  openThread,
  openChannel,
  become,
};

function readAddress() {
  const query = new URLSearchParams(location.search);
  const known = (key) => workspace.people.find((p) => p.key === key || p.id === key)?.key;
  where.person = known(query.get("as")) ?? known(localStorage.getItem("as")) ?? workspace.people[0].key;
  where.channel = query.get("channel");
  where.thread = query.get("thread");
  if (query.get("tab") === "home") where.tab = "home";
  if (location.pathname.startsWith("/archives/")) readPermalink(location.pathname, query);
}

function readPermalink(path, query) {
  const [, , channel, message] = path.split("/");
  where.channel = channel;
  where.target = message ? `${message.slice(1, -6)}.${message.slice(-6)}` : null;
  where.thread = query.get("thread_ts");
  where.tab = "messages";
}

function writeAddress() {
  const query = new URLSearchParams({ as: where.person });
  if (where.channel) query.set("channel", where.channel);
  if (where.thread) query.set("thread", where.thread);
  if (where.tab === "home") query.set("tab", "home");
  history.replaceState(null, "", `/?${query}`);
}

function goTo(address) {
  const url = new URL(address, location.href);
  readPermalink(url.pathname, url.searchParams);
  refresh();
}

function openChannel(id, tab = "messages") {
  Object.assign(where, { channel: id, thread: null, tab, target: null });
  document.body.classList.remove("side-open");
  if (tab === "home") act(where.person, "home");
  refresh();
}

function openThread(ts) {
  where.thread = ts;
  refresh();
}

function become(key) {
  Object.assign(where, { person: key, thread: null });
  localStorage.setItem("as", key);
  if (where.tab === "home") act(key, "home");
  refresh();
}

/** Do something with a control held down until it is done. */
async function busy(node, what, details) {
  node?.setAttribute("aria-busy", "true");
  if (node && "disabled" in node) node.disabled = true;
  try {
    return await desk.act(what, details);
  } finally {
    node?.removeAttribute("aria-busy");
    if (node && "disabled" in node) node.disabled = false;
  }
}

let drawing = null;
let again = false;

/** Fetch what the person sees and draw it; calls that come meanwhile are gathered into one more. */
async function refresh() {
  if (drawing) {
    again = true;
    return drawing;
  }
  drawing = update();
  try {
    await drawing;
  } catch (error) {
    notice(`This page lost the workspace: ${error.message}`);
  } finally {
    drawing = null;
  }
  if (again) {
    again = false;
    return refresh();
  }
  return undefined;
}

async function update() {
  const asked = { ...where };
  const home = asked.tab === "home";
  const state = await snapshot(asked.person, asked.channel, asked.thread);
  if (!state.open && !home) {
    where.channel = state.channels.find((c) => c.member && c.name !== "general")?.id ?? state.channels[0]?.id ?? state.direct;
    if (where.channel !== asked.channel) return update();
  }
  desk.world.names = state.names;
  desk.world.me = state.me;
  desk.world.zone = workspace.people.find((p) => p.key === asked.person).zone;
  seen = state;
  writeAddress();
  draw(state);
  return undefined;
}

function draw(state) {
  drawSide(place("side"), state, desk);
  conversation(place("main"), state, desk);
  drawThread(place("thread"), state.thread);
  drawModal(place("modal"), state.view, state.stack, desk);
  markRead(state.open);
  document.title = `${state.open?.name ? `#${state.open.name}` : workspace.app.name}, Sandbox workspace`;
  document.body.dataset.version = state.version;
}

function markRead(open) {
  const last = open?.messages.filter((m) => !m.only_you).at(-1);
  const line = seen.channels.find((c) => c.id === open?.id);
  if (last && line?.unread && !document.hidden) act(where.person, "read", { channel: open.id, ts: last.ts });
}

function drawThread(panel, thread) {
  panel.hidden = !thread;
  if (!thread) {
    panel.replaceChildren();
    return;
  }
  if (panel.dataset.root !== thread.root || !panel.firstChild) {
    panel.dataset.root = thread.root;
    panel.replaceChildren(
      el("header", {}, el("h2", {}, "Thread"),
        button("✕", () => { where.thread = null; refresh(); }, { className: "plain close", aria: { label: "Close thread" } })),
      el("div", { className: "messages" }),
      composer("Reply", () => ({ channel: where.channel, thread_ts: where.thread }), desk));
  }
  const list = panel.querySelector(".messages");
  if (drawMessages(list, thread.messages, desk, true)) list.scrollTop = list.scrollHeight;
}

live(() => refresh());
await refresh();
