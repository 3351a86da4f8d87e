// The person menu closes on Escape and on a click elsewhere; the theme choice is kept.
import { each, kept } from "./page.js";

each("details[data-menu]", (menu) => {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

each("[data-theme-choice]", (choice) => {
  choice.hidden = false;
  const now = kept.get("daypass-theme") ?? "";
  for (const option of choice.querySelectorAll("[name=theme]")) option.checked = option.value === now;
  choice.addEventListener("change", (event) => {
    const theme = event.target.value;
    kept.set("daypass-theme", theme);
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  });
});
