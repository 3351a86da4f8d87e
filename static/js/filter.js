// The filter of My access: data-filter names the search field, data-filter-row holds the text of a row. And "/" goes to the search.
import { each, say } from "./page.js";

each("[data-filter]", (list) => {
  const field = document.getElementById(list.dataset.filter);
  if (!field) return;
  const none = list.querySelector("[data-filter-none]");
  // The server filtered already: what is missing can only come from there.
  const incomplete = field.defaultValue !== "";
  let waiting;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    if (incomplete) {
      waiting = setTimeout(() => field.form.requestSubmit(), 250);
      return;
    }
    const shown = apply(list, field.value);
    if (none) none.hidden = shown > 0;
    waiting = setTimeout(() => say(shown === 1 ? "1 connector" : `${shown} connectors`), 500);
  });
});

function apply(list, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const group of list.querySelectorAll("[data-filter-group]")) {
    let inGroup = 0;
    for (const row of group.querySelectorAll("[data-filter-row]")) {
      const text = row.dataset.filterRow.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) inGroup += 1;
    }
    group.hidden = inGroup === 0;
    shown += inGroup;
  }
  return shown;
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, select, textarea, [contenteditable]")) return;
  const search = document.querySelector("[data-slash]");
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
});
