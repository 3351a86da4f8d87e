// The cap of the duration follows type, access key and roles on the way. The sentences come with the page.
import { each, say } from "./page.js";

each("[data-cap]", (caps) => {
  const form = caps.closest("form");
  const help = form.querySelector("#f-duration-help");
  if (!help) return;
  const has = (list) => list.split(" ").includes(form.elements.namedItem("access_key").value);
  const word = () => {
    const kind = form.querySelector("[name=principal_type]:checked")?.value ?? "assume_role";
    if (kind === "provided") return "given";
    if (kind !== "assume_role") return has(caps.dataset.root) ? "root" : kind;
    const chained = [...form.querySelectorAll("[name^=hop][name$=_role]")].some((role) => role.value.trim() !== "");
    if (chained) return "chain";
    return has(caps.dataset.temporary) ? "temporary" : kind;
  };
  const look = () => {
    const sentence = caps.querySelector(`[data-cap-word=${word()}]`)?.textContent ?? "";
    if (sentence === help.textContent) return;
    help.textContent = sentence;
    say(sentence);
  };
  form.addEventListener("input", look);
  form.addEventListener("change", look);
  look();
});
