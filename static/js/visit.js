// After htmx has put in a whole page: the focus goes to its start and its title is spoken, as after a plain visit.
import { say } from "./page.js";

document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target !== document.body) return;
  // htmx sets the title, the focus of autofocus fields and kept fields after this event.
  setTimeout(() => {
    say(document.title);
    const active = document.activeElement;
    if (!active || active === document.body) document.getElementById("main")?.focus({ preventScroll: true });
  }, 20);
});

document.addEventListener("htmx:error", (event) => {
  const notices = document.getElementById("notices");
  if (!notices || !event.detail.ctx || event.detail.ctx.response) return;
  const notice = document.createElement("div");
  notice.className = "notice danger";
  notice.setAttribute("role", "alert");
  notice.append(Object.assign(document.createElement("p"), { textContent: "Daypass does not answer. Check the connection and try again." }));
  notices.replaceChildren(notice);
});
