// The marks that the app uses, by Slack's names, as signs that every system font has; others stay as :name:.

const MARKS = {
  small_red_triangle: ["▲", "red"],
  bust_in_silhouette: ["☻", "blue"],
  zzz: ["z", "grey"],
  double_vertical_bar: ["‖", "amber"],
  1234: ["#", "blue"],
  raised_hand: ["☝", "amber"],
  hand: ["☝", "amber"],
  white_check_mark: ["✔", "green"],
  ballot_box_with_check: ["☑", "green"],
  repeat: ["↻", "amber"],
  warning: ["!", "red"],
  lightning: ["⚡", "red"],
  zap: ["⚡", "red"],
  snowflake: ["❄", "blue"],
  calendar: ["▤", "grey"],
  pushpin: ["⚑", "blue"],
  arrow_down_small: ["▾", "amber"],
  package: ["▣", "amber"],
  arrow_right: ["→", "blue"],
  inbox_tray: ["▥", "grey"],
};

/** A mark as a node that says its name, or null when the name is not known. */
export function mark(name) {
  const known = MARKS[name];
  if (known === undefined) return null;
  const node = document.createElement("span");
  node.className = `mark mark-${known[1]}`;
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", name.replaceAll("_", " "));
  node.title = `:${name}:`;
  node.textContent = known[0];
  return node;
}

/** Text with `:name:` turned into marks. */
export function withMarks(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(/:([a-z0-9_+-]+):/g)) {
    const node = mark(match[1]);
    if (node === null) continue;
    nodes.push(text.slice(at, match.index), node);
    at = match.index + match[0].length;
  }
  nodes.push(text.slice(at));
  return nodes.filter((n) => n !== "");
}
