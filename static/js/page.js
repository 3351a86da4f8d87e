// What the other modules share.

/** Calls `begin` once for every element that matches `selector`: those on the page now and those that htmx puts in later. */
export function each(selector, begin) {
  const begun = new WeakSet();
  const look = (root) => {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) found.push(root);
    for (const element of found) {
      if (begun.has(element)) continue;
      begun.add(element);
      begin(element);
    }
  };
  look(document);
  document.addEventListener("htmx:after:process", (event) => look(event.target));
}

/** Has a screen reader say `text` when it next pauses. */
export function say(text) {
  const spoken = document.getElementById("spoken");
  if (!spoken) return;
  spoken.textContent = "";
  // A text that is already there when the region appears, or that does not change, is not spoken.
  setTimeout(() => { spoken.textContent = text; }, 60);
}

/** What the browser keeps for the reader's convenience; nothing where storage is switched off. */
export const kept = {
  get(name) {
    try { return localStorage.getItem(name); } catch { return null; }
  },
  set(name, value) {
    try {
      if (value) localStorage.setItem(name, value);
      else localStorage.removeItem(name);
    } catch { /* nothing is kept */ }
  },
};
