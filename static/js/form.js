// Forms: the first wrong field gets the focus, a form is sent once, only the fields of the chosen type or source are shown.
import { each } from "./page.js";

each("[data-form]", (form) => {
  // Later, when the type's fields are shown and htmx has scrolled to the top of the new page.
  setTimeout(() => {
    const wrong = [...form.querySelectorAll("[aria-invalid=true]")].find((field) => !field.closest("[hidden]"));
    wrong?.focus();
  });
});

each("form[data-once]", (form) => {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    else setTimeout(() => { form.dataset.sent = "true"; });
    // A form that opens another tab leaves this page standing: a double click is one click, a later one is meant.
    if (form.target === "_blank") setTimeout(again, 1500);
  });
  const again = () => { delete form.dataset.sent; };
  form.addEventListener("htmx:finally:request", again);
  window.addEventListener("pageshow", again);
});

each("form[data-principal], form[data-chooses]", (form) => {
  const name = form.dataset.chooses ?? "principal_type";
  const show = () => {
    const chosen = form.querySelector(`[name=${name}]:checked`)?.value;
    for (const part of document.querySelectorAll("[data-when]")) {
      part.hidden = !part.dataset.when.split(" ").includes(chosen);
    }
  };
  form.addEventListener("change", (event) => {
    if (event.target.name === name) show();
  });
  show();
});
