// A deep link that opens by itself: submits its form, unless the reader came back to it.
import { each } from "./page.js";

each("form[data-opens-itself]", (form) => {
  const arrival = performance.getEntriesByType("navigation")[0]?.type;
  if (arrival !== "back_forward") form.requestSubmit();
});
