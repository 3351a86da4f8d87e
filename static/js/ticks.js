// Tables with check boxes: a box in the head ticks all of the page, and how many are ticked is said.
import { each } from "./page.js";

each("form[data-ticks]", (form) => {
  const boxes = [...form.querySelectorAll("tbody input[type=checkbox]:not([disabled])")];
  const count = form.querySelector("[data-ticks-count]");
  if (boxes.length === 0) return;
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", "All on this page");
  form.querySelector("[data-ticks-place]")?.append(all);
  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    if (count) count.textContent = ticked === 0 ? "" : `${ticked} ticked. `;
  };
  all.addEventListener("change", () => {
    boxes.forEach((box) => { box.checked = all.checked; });
    show();
  });
  form.addEventListener("change", (event) => { if (event.target !== all) show(); });
  show();
});
