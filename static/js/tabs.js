// Turns the sections of a data-tabs element, which are all readable without this, into tabs; the choice is kept.
import { each, kept } from "./page.js";

each("[data-tabs]", (box) => {
  const panels = [...box.querySelectorAll("[data-tab]")];
  if (panels.length < 2) return;
  const list = document.createElement("div");
  list.className = "tablist";
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", box.dataset.tabsName ?? "");
  const name = `daypass-tab-${box.dataset.tabs}`;
  const tabs = panels.map((panel) => tab(panel, list));
  const choose = (at) => {
    panels.forEach((panel, index) => { panel.hidden = index !== at; });
    tabs.forEach((button, index) => {
      button.setAttribute("aria-selected", String(index === at));
      button.tabIndex = index === at ? 0 : -1;
    });
  };
  tabs.forEach((button, index) => {
    button.addEventListener("click", () => { choose(index); kept.set(name, panels[index].dataset.tab); });
  });
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(event.target);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    const to = (next + tabs.length) % tabs.length;
    tabs[to].focus();
    tabs[to].click();
  });
  box.classList.add("tabbed");
  box.prepend(list);
  choose(Math.max(0, panels.findIndex((panel) => panel.dataset.tab === kept.get(name))));
});

function tab(panel, list) {
  const heading = panel.querySelector("h3");
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("role", "tab");
  button.id = heading.id;
  button.textContent = heading.textContent;
  heading.removeAttribute("id");
  panel.id ||= `panel-${panel.dataset.tab}`;
  panel.setAttribute("role", "tabpanel");
  button.setAttribute("aria-controls", panel.id);
  list.append(button);
  return button;
}
