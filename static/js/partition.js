// AWS's own policies lie in each partition under the same name. What a click on an example inserts follows the partition
// of the chosen access key: data-partitions has it for each key.
import { each } from "./page.js";

each("[data-partitions]", (list) => {
  const partitions = JSON.parse(list.dataset.partitions);
  const keys = list.closest("form")?.elements.namedItem("access_key");
  if (!keys) return;
  const adjust = () => {
    const partition = partitions[keys.value];
    if (!partition) return;
    for (const button of list.querySelectorAll("[data-insert-text]")) {
      const text = button.dataset.insertText;
      button.dataset.insertText = text.replace(/^arn:aws[a-z-]*:iam::aws:/, `arn:${partition}:iam::aws:`);
    }
  };
  keys.addEventListener("change", adjust);
  adjust();
});
