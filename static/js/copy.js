// Copy buttons: data-copy holds the text, data-copy-from the id of the element that has it.
import { each, say } from "./page.js";

each("[data-copy], [data-copy-from]", (button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const done = await copy(textOf(button));
    show(button, done);
    say(done ? "Copied" : "Not copied. Select the text and copy it by hand.");
  });
});

function textOf(button) {
  const from = button.dataset.copyFrom;
  const text = from ? document.getElementById(from)?.textContent ?? "" : button.dataset.copy;
  // A path of ours is copied as the whole address, which is what is shared.
  return text.startsWith("/") ? new URL(text, location.origin).href : text;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard on plain http beyond loopback: the old way still works there.
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function show(button, done) {
  const word = button.querySelector("[data-copy-word]");
  button.classList.toggle("copied", done);
  if (word) word.textContent = done ? "Copied" : "Not copied";
  setTimeout(() => {
    button.classList.remove("copied");
    if (word) word.textContent = "Copy";
  }, 2000);
}
