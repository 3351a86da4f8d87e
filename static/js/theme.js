// Runs before the page is painted, so that the chosen theme never flashes. Says also that JavaScript is there.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("daypass-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Storage is switched off: the system's theme is shown.
  }
})();
