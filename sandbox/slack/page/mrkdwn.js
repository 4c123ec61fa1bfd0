// Slack's mrkdwn as nodes. Tokens (<@U…>, <#C…>, links, dates) and code are taken out first, so that marks of
// formatting inside them mean nothing. `world` is {names, zone, go}: names of ids, the reader's zone, a link's way.

import { el } from "./dom.js";
import { dateText, fullTime } from "./dates.js";
import { mark, withMarks } from "./emoji.js";

const HOLD = "\uE000";
const RELEASE = "\uE001";
const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** The nodes of a mrkdwn text. */
export function mrkdwn(text, world) {
  const held = [];
  const hold = (node) => `${HOLD}${held.push(node) - 1}${RELEASE}`;
  const rest = text
    .replace(/```\n?([\s\S]+?)```/g, (_, code) => hold(el("pre", {}, unescape(plainTokens(code, world)))))
    .replace(/`([^`\n]+)`/g, (_, code) => hold(el("code", {}, unescape(plainTokens(code, world)))))
    .replace(/<([^<>\n]+)>/g, (_, inner) => hold(token(inner, world)))
    .replace(/(^|[\s(])(https?:\/\/[^\s<>)]+)/g, (_, before, url) => before + hold(link(unescape(url), unescape(url), world)));
  return lines(rest, (part) => inline(part, held));
}

function lines(text, draw) {
  const nodes = [];
  let quoted = [];
  const endQuote = () => {
    if (quoted.length) nodes.push(el("blockquote", {}, ...between(quoted.map(draw))));
    quoted = [];
  };
  let needBreak = false;
  for (const line of text.split("\n")) {
    const quote = /^(?:>|&gt;) ?(.*)$/.exec(line);
    if (quote) {
      quoted.push(quote[1]);
      needBreak = false;
      continue;
    }
    endQuote();
    if (needBreak) nodes.push(el("br"));
    nodes.push(...draw(line));
    needBreak = true;
  }
  endQuote();
  return nodes;
}

const between = (parts) => parts.flatMap((part, n) => (n ? [el("br"), ...part] : part));

// A sign opens after a space or punctuation and closes before one, and nothing between touches a space at its ends. A word
// joiner beside a sign takes its meaning from it.
const STYLES = [
  [/(^|[^\w*\u2060])\*(?=[^\s\u2060])([^*\n]*?[^\s\u2060])\*(?![\w*\u2060])/u, "strong"],
  [/(^|[^\w\u2060])_(?=[^\s\u2060])([^_\n]*?[^\s\u2060])_(?![\w\u2060])/u, "em"],
  [/(^|[^\w~\u2060])~(?=[^\s\u2060])([^~\n]*?[^\s\u2060])~(?![\w~\u2060])/u, "s"],
];

function inline(text, held) {
  for (const [pattern, tag] of STYLES) {
    const match = pattern.exec(text);
    if (match) {
      const start = match.index + match[1].length;
      const end = match.index + match[0].length;
      return [
        ...inline(text.slice(0, start), held),
        el(tag, {}, ...inline(match[2], held)),
        ...inline(text.slice(end), held),
      ];
    }
  }
  return text
    .split(/(\uE000\d+\uE001)/)
    .flatMap((piece) => {
      const number = /^\uE000(\d+)\uE001$/.exec(piece);
      return number ? [held[Number(number[1])]] : withMarks(unescape(piece));
    })
    .filter((n) => n !== "");
}

/** Tokens inside code, as text. */
function plainTokens(text, world) {
  return text.replace(/<([^<>\n]+)>/g, (_, inner) => token(inner, world).textContent);
}

/** One `<…>` token. */
function token(inner, world) {
  const bar = inner.indexOf("|");
  const what = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? null : unescape(inner.slice(bar + 1));
  if (what.startsWith("@")) return mention(what.slice(1), label, world);
  if (what.startsWith("#")) return channelLink(what.slice(1), label, world);
  if (what.startsWith("!date^")) return date(what, label, world);
  if (what.startsWith("!subteam^")) return groupMention(what.split("^")[1], label, world);
  if (what.startsWith("!")) return el("span", { className: "mention" }, `@${label ?? what.slice(1)}`);
  return link(unescape(what), label ?? unescape(what), world);
}

export function mention(id, label, world) {
  const mine = id === world.me ? " mine" : "";
  return el("span", { className: `mention${mine}`, data: { user: id } }, `@${world.names.people[id] ?? label ?? id}`);
}

export function groupMention(id, label, world) {
  return el("span", { className: "mention" }, `@${world.names.groups[id] ?? label ?? id}`);
}

export function channelLink(id, label, world) {
  const name = world.names.channels[id];
  if (name === undefined) return el("span", { className: "mention" }, `#${label ?? id}`);
  const go = (event) => {
    event.preventDefault();
    world.go(`/archives/${id}`);
  };
  return el("a", { href: `/archives/${id}`, className: "mention", on: { click: go } }, `#${name}`);
}

/** A link; one to this workspace is followed in place, all others in a tab of their own. */
export function link(url, label, world) {
  let target;
  try {
    target = new URL(url, location.href);
  } catch {
    return document.createTextNode(label);
  }
  if (!["http:", "https:", "mailto:"].includes(target.protocol)) return document.createTextNode(label);
  if (target.origin === location.origin && target.pathname.startsWith("/archives/")) {
    const go = (event) => {
      event.preventDefault();
      world.go(target.pathname + target.search);
    };
    return el("a", { href: target.pathname + target.search, on: { click: go } }, label);
  }
  return el("a", { href: target.href, target: "_blank", rel: "noopener noreferrer" }, label);
}

function date(what, fallback, world) {
  const [, seconds, format, url] = what.split("^");
  const text = /^\d+$/.test(seconds) ? dateText(Number(seconds), format ?? "", world.zone) : null;
  if (text === null) return document.createTextNode(fallback ?? "");
  if (url) return link(url, text, world);
  return el("time", { title: fullTime(Number(seconds), world.zone), data: { unix: seconds } }, text);
}

/** A text object: plain_text is never markup, only its emoji may be drawn. */
export function textNodes(text, world) {
  if (text.type === "mrkdwn") return mrkdwn(text.text, world);
  const drawn = text.emoji === false ? [text.text] : withMarks(text.text);
  return drawn.flatMap((part) => (typeof part === "string" ? breakLines(part) : [part]));
}

export function breakLines(text) {
  return text.split("\n").flatMap((line, n) => (n ? [el("br"), line] : [line])).filter((part) => part !== "");
}

export { dateText, mark };
