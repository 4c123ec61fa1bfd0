// The sidebar: people to look as, channels with what is unread, the app, other pages of the sandbox.

import { button, el } from "./dom.js";

let drawn = "";

export function drawSide(side, state, desk) {
  const { workspace, where } = desk;
  const key = JSON.stringify([state.channels, state.groups, state.direct, where.person, where.channel, where.tab]);
  if (key === drawn) return;
  drawn = key;
  const focus = document.activeElement?.closest?.("#side button")?.dataset;
  const again = focus && { channel: focus.channel, person: focus.person, group: focus.group };
  side.replaceChildren(
    el("h1", {}, "Sandbox", el("span", { className: "badge sandbox" }, workspace.team)),
    el("h2", {}, "You are"),
    el("div", { className: "people", role: "group", aria: { label: "Look as" } }, workspace.people.map((p) => person(p, desk))),
    el("h2", {}, "Channels"),
    el("ul", {}, state.channels.map((c) => el("li", {}, channel(c, desk)))),
    ...userGroups(state.groups, desk),
    el("h2", {}, "Apps"),
    el("ul", {}, el("li", {}, app(state, desk))),
    ...otherPages(workspace.extra_pages));
  if (again?.channel) side.querySelector(`button[data-channel="${again.channel}"]`)?.focus();
  else if (again?.group) side.querySelector(`button[data-group="${again.group}"]`)?.focus();
  else if (again?.person) side.querySelector(`button[data-person="${again.person}"]`)?.focus();
}

function otherPages(pages) {
  if (pages.length === 0) return [];
  const link = (page) => el("li", {}, el("a", { href: page.url, target: "_blank", rel: "noopener" }, page.title));
  return [el("h2", {}, "Sandbox"), el("ul", {}, pages.map(link))];
}

/** User groups with their people; a press brings whoever looks in, or out again. */
function userGroups(groups, desk) {
  if (groups.length === 0) return [];
  const line = (group) => el("li", {}, button([
    el("span", { className: "sign", aria: { hidden: "true" } }, "@"),
    el("span", { className: "name" }, group.handle),
    el("span", { className: "within" }, group.disabled ? "disabled" : String(group.people.length)),
  ], () => desk.act("group", { group: group.handle, inside: !group.inside }), {
    className: group.disabled ? "archived" : "", data: { group: group.handle }, aria: { pressed: String(group.inside) },
    title: `${group.people.join(", ") || "Nobody"}. Press to ${group.inside ? "leave it" : "come into it"}`,
  }));
  return [el("h2", {}, "User groups"), el("ul", {}, groups.map(line))];
}

function person(one, desk) {
  const mine = one.key === desk.person;
  return button(one.name, () => desk.become(one.key), {
    className: mine ? "chosen" : "", title: one.title, data: { person: one.key }, aria: { pressed: String(mine) },
  });
}

function channel(line, desk) {
  const open = line.id === desk.where.channel && desk.where.tab !== "home";
  const names = [open ? "open" : "", line.unread ? "unread" : "", line.member ? "" : "not-in", line.archived ? "archived" : ""];
  return button([
    el("span", { className: "sign", aria: { hidden: "true" } }, line.private ? "◆" : "#"),
    el("span", { className: "name" }, line.name),
    line.unread ? el("span", { className: "count", aria: { label: `${line.unread} unread` } }, String(line.unread)) : null,
  ], () => desk.openChannel(line.id), {
    className: names.join(" ").trim(), data: { channel: line.id },
    title: line.private ? "Private channel" : line.member ? "Public channel" : "Public channel, not joined",
    aria: open ? { current: "page" } : {},
  });
}

function app(state, desk) {
  const open = desk.where.tab === "home" || desk.where.channel === state.direct;
  return button([el("span", { className: "sign", aria: { hidden: "true" } }, "●"), el("span", { className: "name" }, desk.workspace.app.name)],
    () => desk.openChannel(state.direct, "home"),
    { className: open ? "open" : "", data: { channel: state.direct, home: "" }, aria: open ? { current: "page" } : {} });
}
