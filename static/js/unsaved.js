// Leaving a form with unsaved changes asks.
import { each } from "./page.js";

const question = "Changes are not saved. Leave without saving?";
let watched = null;

each("form[data-unsaved]", (form) => {
  const start = contents(form);
  const note = form.querySelector("[data-unsaved-note]");
  // A form that came back with errors was not saved either.
  watched = { form, changed: () => document.getElementById("form-errors") !== null || contents(form) !== start };
  const look = () => { if (note) note.hidden = !watched?.changed(); };
  form.addEventListener("input", look);
  form.addEventListener("change", look);
  form.addEventListener("submit", () => { watched = null; });
  look();
});

function contents(form) {
  return new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)])).toString();
}

function unsaved() {
  return watched !== null && watched.form.isConnected && watched.changed();
}

window.addEventListener("beforeunload", (event) => {
  if (unsaved()) event.preventDefault();
});

document.addEventListener("htmx:before:request", (event) => {
  const { target, sourceElement } = event.detail.ctx;
  if (target !== document.body || sourceElement === watched?.form || !unsaved()) return;
  if (window.confirm(question)) watched = null;
  else event.preventDefault();
});
