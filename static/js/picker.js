// The group picker: arrow keys move from the search into its list and back, the number of matches is spoken.
import { each, say } from "./page.js";

each("[data-picker]", (picker) => {
  const search = picker.querySelector("[data-hx-get]");
  const options = () => [...picker.querySelectorAll(".picker-options button:not([disabled])")];
  picker.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.indexOf(document.activeElement);
    const inside = at >= 0 || document.activeElement === search;
    if (!inside) return;
    if (event.key === "ArrowDown" && all.length > 0) {
      event.preventDefault();
      all[Math.min(at + 1, all.length - 1)].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (all[at - 1] ?? search).focus();
    } else if (event.key === "Escape" && at >= 0) {
      event.preventDefault();
      search.focus();
    }
  });
  picker.addEventListener("htmx:after:swap", () => {
    say(picker.querySelector("[data-picker-says]")?.textContent ?? "");
  });
});
