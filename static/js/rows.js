// A whole row opens its thing. The link covers the row by itself; this helps where something with a hover text lies above it.
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.target.closest?.("a, button, input, label, summary")) return;
  const link = event.target.closest?.(".rows tr")?.querySelector(".row-link");
  if (!link || getSelection().toString() !== "") return;
  if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
  else link.click();
});
