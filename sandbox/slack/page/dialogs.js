// Confirmation dialogs of elements.

import { button, el } from "./dom.js";
import { textNodes } from "./mrkdwn.js";

/** Whether the person agrees; true at once when the element asks for no confirmation. */
export function confirmed(confirm, world) {
  if (!confirm) return Promise.resolve(true);
  return new Promise((resolve) => {
    const done = (answer) => () => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const dialog = el("dialog", { className: "confirm", aria: { label: confirm.title.text } },
      el("h2", {}, textNodes(confirm.title, world)),
      el("p", {}, textNodes(confirm.text, world)),
      el("div", { className: "buttons" },
        button(textNodes(confirm.deny, world), done(false), { className: "press", data: { deny: "" } }),
        button(textNodes(confirm.confirm, world), done(true), { className: `press ${confirm.style ?? "primary"}`, data: { confirm: "" } })));
    dialog.addEventListener("cancel", done(false));
    document.body.append(dialog);
    dialog.showModal();
  });
}
