// rich_text: what was laid out by structure, not by marks.

import { el } from "./dom.js";
import { breakLines, channelLink, dateText, groupMention, link, mark, mention } from "./mrkdwn.js";

const TAGS = { bold: "strong", italic: "em", strike: "s", code: "code", underline: "u" };

export function richText(block, world) {
  return el("div", { className: "rich" }, block.elements.map((element) => part(element, world)));
}

function part(element, world) {
  const inside = () => element.elements.flatMap((e) => inline(e, world));
  if (element.type === "rich_text_preformatted") return el("pre", {}, inside());
  if (element.type === "rich_text_quote") return el("blockquote", {}, inside());
  if (element.type === "rich_text_list") return list(element, world);
  return el("div", {}, inside());
}

function list(element, world) {
  const tag = element.style === "ordered" ? "ol" : "ul";
  const items = element.elements.map((item) => el("li", {}, item.elements.flatMap((e) => inline(e, world))));
  const node = el(tag, { className: `indent-${element.indent ?? 0}` }, items);
  if (tag === "ol" && element.offset) node.start = element.offset + 1;
  return node;
}

function inline(element, world) {
  const nodes = content(element, world);
  return Object.keys(element.style ?? {})
    .filter((name) => element.style[name] && TAGS[name])
    .reduce((inner, name) => [el(TAGS[name], {}, inner)], nodes);
}

function content(element, world) {
  switch (element.type) {
    case "text":
      return breakLines(element.text);
    case "link":
      return [link(element.url, element.text ?? element.url, world)];
    case "user":
      return [mention(element.user_id, null, world)];
    case "channel":
      return [channelLink(element.channel_id, null, world)];
    case "usergroup":
      return [groupMention(element.usergroup_id, null, world)];
    case "broadcast":
      return [el("span", { className: "mention" }, `@${element.range}`)];
    case "emoji":
      return [mark(element.name) ?? `:${element.name}:`];
    case "date":
      return [dateText(element.timestamp, element.format, world.zone) ?? element.fallback ?? ""];
    case "color":
      return [el("code", {}, element.value)];
    default:
      return [element.text ?? ""];
  }
}
