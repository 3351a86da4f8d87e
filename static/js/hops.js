// The roles on the way: rows are added, removed and moved in place. Without this module the same buttons ask the server.
import { each, say } from "./page.js";

each("[data-hops]", (box) => {
  const list = box.querySelector("[data-hop-rows]");
  const template = box.querySelector("[data-hop-template]");
  const add = box.querySelector("[name=hop][value=add]");

  const number = () => {
    const rows = [...list.querySelectorAll("[data-hop]")];
    rows.forEach((row, at) => {
      const now = at + 1;
      row.querySelector("[data-hop-title]").textContent = `Role ${now}`;
      for (const part of ["role", "external_id"]) {
        const input = row.querySelector(`input[name$=_${part}]`);
        const label = row.querySelector(`label[for="${input.id}"]`);
        input.name = `hop${now}_${part}`;
        input.id = `f-hop${now}_${part}`;
        label.htmlFor = input.id;
      }
      for (const button of row.querySelectorAll("[data-hop-button]")) {
        button.value = `${button.dataset.hopButton}-${now}`;
        button.querySelector(".unseen").textContent = ` role ${now}`;
        button.disabled = (button.dataset.hopButton === "up" && at === 0)
          || (button.dataset.hopButton === "down" && now === rows.length);
      }
    });
    add.disabled = rows.length >= Number(box.dataset.hops);
  };

  box.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=hop]");
    if (!button || button.disabled) return;
    event.preventDefault();
    const row = button.closest("[data-hop]");
    const [word] = button.value.split("-");
    let focus = button;
    if (word === "add") {
      list.append(template.content.cloneNode(true));
      focus = list.lastElementChild.querySelector("input");
      say("A role was added.");
    } else if (word === "remove") {
      focus = row.nextElementSibling?.querySelector("input") ?? add;
      row.remove();
      say("The role was removed.");
    } else if (word === "up") {
      row.previousElementSibling?.before(row);
    } else {
      row.nextElementSibling?.after(row);
    }
    number();
    if (focus.disabled) focus = row.querySelector("button:not([disabled])") ?? add;
    focus.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
  number();
});
