// The form of an account shows beside its fields what people will see.
import { each } from "./page.js";

each("[data-account-preview]", (preview) => {
  const form = preview.closest("form");
  const chip = preview.querySelector(".account");
  const text = preview.querySelector(".account-text");
  const number = preview.querySelector(".account-id");
  const show = () => {
    const colour = form.querySelector("[name=colour]:checked")?.value ?? "0";
    chip.className = `account account-${colour}`;
    const label = form.elements.namedItem("label").value.trim();
    const shown = document.createElement("span");
    shown.className = "account-label";
    shown.textContent = label;
    text.replaceChildren(...(label === "" ? [number] : [shown, " ", number]));
  };
  form.addEventListener("input", show);
  form.addEventListener("change", show);
});
