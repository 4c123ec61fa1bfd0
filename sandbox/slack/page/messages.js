// Messages of a channel or thread. A message is drawn anew only when it changed, so menus and typing survive.

import { button, el } from "./dom.js";
import { drawBlocks } from "./blocks.js";
import { clock, dayName, fullTime } from "./dates.js";
import { breakLines, mrkdwn } from "./mrkdwn.js";

/** Bring the children of `list` in line with `messages`; returns whether something new came at the end. */
export function drawMessages(list, messages, desk, inThread = false) {
  const old = new Map([...list.children].filter((n) => n.dataset.key).map((n) => [n.dataset.key, n]));
  const nodes = [];
  let day = null;
  for (const message of messages) {
    const today = dayName(message.ts, desk.world.zone);
    if (!inThread && today !== day) nodes.push(el("div", { className: "day", role: "separator" }, el("span", {}, today)));
    day = today;
    const key = `${message.ts} ${message.revision} ${desk.person} ${message.pinned} ${message.replies}`;
    nodes.push(old.get(key) ?? drawMessage(message, desk, inThread, key));
  }
  const last = list.lastElementChild?.dataset.ts;
  replace(list, nodes);
  return messages.length > 0 && messages.at(-1).ts !== last;
}

/** Like replaceChildren, but leaves nodes in place that already stand there: focus and scrolling stay. */
function replace(list, nodes) {
  nodes.forEach((node, n) => {
    if (list.children[n] !== node) list.insertBefore(node, list.children[n] ?? null);
  });
  while (list.children.length > nodes.length) list.lastElementChild.remove();
}

function drawMessage(message, desk, inThread, key) {
  const kind = message.from_app ? "from-app" : message.only_you ? "from-slack" : "from-person";
  const node = el("article", {
    className: `message ${kind}${message.only_you ? " only-you" : ""}${message.deleted ? " deleted" : ""}`,
    data: { key, ts: message.ts, channel: message.channel, revision: message.revision },
    aria: { label: `Message of ${message.author}` },
  });
  node.append(
    el("div", { className: `avatar tint-${tint(message.author_id)}`, aria: { hidden: "true" } }, message.author[0]),
    el("div", { className: "body" },
      message.only_you ? onlyYou(message, desk) : null,
      message.pinned ? el("p", { className: "pinned" }, "Pinned") : null,
      byline(message, desk, inThread),
      el("div", { className: "content" }, content(message, desk)),
      message.unfurls.map((u) => el("div", { className: "unfurl" }, unfurl(u, desk))),
      message.files.map((file) => drawFile(file)),
      inThread ? null : threadLine(message, desk),
      hover(message, desk, inThread)));
  return node;
}

const tint = (id) => [...id].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 6;

function onlyYou(message, desk) {
  return el("p", { className: "private-note" }, "Only visible to you ",
    button("Dismiss", () => desk.act("dismiss", { channel: message.channel, ts: message.ts }), { className: "plain" }));
}

function byline(message, desk, inThread) {
  return el("p", { className: "byline" },
    el("strong", {}, message.author),
    message.from_app ? el("span", { className: "badge" }, "APP") : null,
    message.from_app ? el("span", { className: "badge sandbox" }, "SANDBOX") : null,
    el("time", { title: fullTime(Number(message.ts), desk.world.zone) }, clock(message.ts, desk.world.zone)),
    message.edited ? el("span", { className: "edited" }, "(edited)") : null,
    message.thread_ts && !inThread ? el("span", { className: "edited" }, "replied to a thread") : null);
}

/** What `elements.js` needs to act on a message. */
function contextOf(message, desk) {
  const typed = {};
  return {
    world: desk.world,
    held: message.values,
    type: (block, element, value) => {
      (typed[block.block_id] ??= {})[element.action_id] = value;
    },
    redraw: () => desk.refresh(true),
    send: (block, element, value, node) => desk.busy(node, "click", {
      channel: message.channel, ts: message.ts, block_id: block.block_id, action_id: element.action_id, value, values: typed,
    }),
  };
}

function content(message, desk) {
  if (message.deleted) return el("em", {}, message.text);
  if (message.blocks.length) return drawBlocks(message.blocks, contextOf(message, desk));
  if (message.from_slack) return breakLines(message.text);
  return el("div", { className: "text" }, mrkdwn(message.text, desk.world));
}

function unfurl(shown, desk) {
  if (shown.blocks) return drawBlocks(shown.blocks, { world: desk.world, held: {}, type() {}, send() {}, redraw() {} });
  return [el("strong", {}, shown.title ?? ""), el("div", {}, mrkdwn(shown.text ?? "", desk.world))];
}

function drawFile(file) {
  const size = file.size < 1024 ? `${file.size} B` : `${Math.round(file.size / 1024)} kB`;
  const href = `/files/${file.id}/${encodeURIComponent(file.name)}`;
  if (file.mimetype.startsWith("image/")) {
    return el("figure", { className: "file" }, el("figcaption", {}, file.title), el("img", { src: href, alt: file.title }));
  }
  return el("a", { className: "file", href, download: file.name }, el("strong", {}, file.title), el("small", {}, `${file.name}, ${size}`));
}

function threadLine(message, desk) {
  if (message.replies === 0) return null;
  const words = `${message.replies} ${message.replies === 1 ? "reply" : "replies"}`;
  return button([el("strong", {}, words), el("small", {}, ` ${message.repliers.slice(0, 3).join(", ")}, last ${clock(message.last_reply, desk.world.zone)}`)],
    () => desk.openThread(message.ts), { className: "thread-line", data: { thread: message.ts } });
}

function hover(message, desk, inThread) {
  if (message.only_you || message.deleted) return null;
  const shortcuts = desk.shortcuts.filter((s) => s.on_message).map((s) =>
    button(s.name, () => desk.act("shortcut", { callback_id: s.callback_id, channel: message.channel, ts: message.ts }),
      { className: "small", data: { shortcut: s.callback_id } }));
  const reply = inThread ? null
    : button("Reply", () => desk.openThread(message.thread_ts ?? message.ts), { className: "small", aria: { label: "Reply in thread" } });
  return el("div", { className: "hover" }, reply, shortcuts);
}
