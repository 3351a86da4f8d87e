// A file picker that fills a text field: data-fill names the field, data-fill-limit says how many bytes a file may have.
// The file itself is not sent, so that the form works without JavaScript too.
import { each, say } from "./page.js";

each("[data-fill]", (box) => {
  const area = document.getElementById(box.dataset.fill);
  const picker = box.querySelector("input[type=file]");
  const problem = box.querySelector("[data-fill-error]");
  box.hidden = false;
  picker.addEventListener("change", async () => {
    const [file] = picker.files;
    if (!file) return;
    const sentence = await fill(area, file, Number(box.dataset.fillLimit));
    problem.textContent = sentence;
    problem.hidden = sentence === "";
    if (sentence === "") say(`${file.name} is in the field below`);
  });
});

/** Puts the file into `area`; the answer is what kept it from that, or empty. */
async function fill(area, file, limit) {
  if (file.size > limit) return `${file.name} is longer than ${limit.toLocaleString("en")} bytes. Choose another file.`;
  try {
    area.value = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    return `${file.name} cannot be read as text. Choose another file.`;
  }
  area.dispatchEvent(new Event("input", { bubbles: true }));
  return "";
}
