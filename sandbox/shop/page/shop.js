// Draws the shop's state once a second and sends trouble. Everything is set as text, never as markup.
const make = (tag, text, attributes = {}) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};

const sees = (one) => {
  const cell = make("td", undefined, { class: "number" });
  cell.append(one.live ? String(one.units) : make("span", "not on sale", { class: "paused" }));
  return cell;
};

const draw = (state) => {
  document.getElementById("goods").replaceChildren(...state.goods.map((good) => {
    const row = make("tr", undefined, { "data-sku": good.sku });
    row.append(make("td", good.sku), make("td", good.title), sees(good.us), sees(good.eu));
    for (const number of [good.shelf, good.books, good.acme]) row.append(make("td", number ?? "", { class: "number" }));
    return row;
  }));
  document.getElementById("diary").replaceChildren(...state.diary.map((line) => {
    const item = make("li");
    item.append(make("time", line.at), document.createTextNode(line.text));
    return item;
  }));
};

const post = async (id, undo) => {
  await fetch("trouble", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ id, undo }) });
  await refresh();
};

const offer = (troubles) => {
  document.getElementById("troubles").replaceChildren(...troubles.map((trouble) => {
    const item = make("li");
    const cause = make("button", trouble.title, { type: "button", "data-trouble": trouble.id });
    cause.addEventListener("click", () => post(trouble.id, false));
    item.append(cause, make("p", trouble.what));
    if (trouble.lasts) {
      const undo = make("button", "Mend it", { type: "button", "data-mend": trouble.id });
      undo.addEventListener("click", () => post(trouble.id, true));
      item.append(undo);
    }
    return item;
  }));
};

const refresh = async () => {
  const answer = await fetch("state");
  if (answer.ok) draw(await answer.json());
};

fetch("troubles").then((answer) => answer.json()).then(offer);
refresh();
setInterval(refresh, 1000);
