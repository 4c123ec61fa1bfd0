// Tables: the classic one, and the one with paging, sorting and filtering.

import { button, el } from "./dom.js";
import { richText } from "./richtext.js";

function cellNodes(cell, world) {
  if (cell.type === "rich_text") return richText(cell, world);
  return cell.text ?? String(cell.value ?? "");
}

/** `table`: rows as they are, the first one a header. */
export function table(block, world) {
  const settings = block.column_settings ?? [];
  const row = (cells, tag) =>
    el("tr", {}, cells.map((cell, n) => {
      const column = settings[n] ?? {};
      const names = [column.align ? `to-${column.align}` : "", column.is_wrapped ? "wraps" : ""];
      return el(tag, { className: names.join(" ").trim(), scope: tag === "th" ? "col" : null }, cellNodes(cell, world));
    }));
  const [head, ...rows] = block.rows;
  return el("div", { className: "scroll" },
    el("table", { className: "table" },
      el("thead", {}, row(head, "th")), el("tbody", {}, rows.map((cells) => row(cells, "td")))));
}

const valueOf = (cell) => (cell.type === "raw_number" ? cell.value : cell.text ?? "");

function compare(a, b) {
  const [left, right] = [valueOf(a), valueOf(b)];
  if (typeof left === "number" && typeof right === "number") return left - right;
  return String(left).localeCompare(String(right), "en", { numeric: true });
}

/** `data_table`: a caption, sortable columns, a filter and pages. */
export function dataTable(block, world) {
  const [head, ...rows] = block.rows;
  const size = block.page_size ?? 5;
  const numeric = head.map((_, n) => rows.every((row) => row[n].type === "raw_number"));
  const how = { column: null, down: true, page: 0, filter: "" };
  const body = el("tbody");
  const pages = el("div", { className: "pages" });
  const heads = head.map((cell, n) => el("th", { scope: "col", className: numeric[n] ? "to-right" : "" },
    button(cell.text, () => sortBy(n), { className: "sort", title: `Sort by ${cell.text}` })));

  function sortBy(column) {
    how.down = how.column === column ? !how.down : true;
    how.column = column;
    how.page = 0;
    draw();
  }

  function chosen() {
    const words = how.filter.toLowerCase();
    const kept = rows.filter((row) => row.some((cell) => String(cell.text ?? cell.value).toLowerCase().includes(words)));
    if (how.column !== null) kept.sort((a, b) => compare(a[how.column], b[how.column]) * (how.down ? -1 : 1));
    return kept;
  }

  function draw() {
    const kept = chosen();
    const last = Math.max(0, Math.ceil(kept.length / size) - 1);
    how.page = Math.min(how.page, last);
    heads.forEach((th, n) => th.setAttribute("aria-sort", n === how.column ? (how.down ? "descending" : "ascending") : "none"));
    const shown = kept.slice(how.page * size, (how.page + 1) * size);
    body.replaceChildren(...shown.map((row) => el("tr", {}, row.map((cell, n) =>
      el(n === block.row_header_column_index ? "th" : "td",
        { scope: n === block.row_header_column_index ? "row" : null, className: numeric[n] ? "to-right" : "" },
        cellNodes(cell, world))))));
    const turn = (by) => () => {
      how.page += by;
      draw();
    };
    pages.replaceChildren(
      el("span", {}, `${kept.length} ${kept.length === 1 ? "row" : "rows"}, page ${how.page + 1} of ${last + 1}`),
      button("Previous", turn(-1), { className: "small", disabled: how.page === 0 }),
      button("Next", turn(1), { className: "small", disabled: how.page === last }));
  }

  const filter = el("input", {
    type: "search", className: "filter", placeholder: "Filter", aria: { label: `Filter ${block.caption}` },
    on: { input: (event) => { how.filter = event.target.value; how.page = 0; draw(); } },
  });
  draw();
  return el("figure", { className: "data-table" },
    el("figcaption", {}, block.caption, rows.length > size ? filter : null),
    el("div", { className: "scroll" }, el("table", { className: "table" }, el("thead", {}, el("tr", {}, heads)), body)),
    rows.length > size ? pages : null);
}
