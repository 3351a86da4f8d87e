// Shows moments in the reader's zone; UTC, as the page came, on hover.
import { each } from "./page.js";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

each("time[data-time]", (element) => {
  const at = new Date(element.dateTime);
  if (Number.isNaN(at.getTime())) return;
  element.title = `${element.textContent}, shown in ${zone}`;
  const two = (number) => String(number).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  element.textContent = `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
});
