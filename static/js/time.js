// Shows moments in the reader's zone; UTC, as the page came, on hover.
import { each } from "./page.js";

each("time[data-time]", (element) => {
  const at = new Date(element.dateTime);
  if (Number.isNaN(at.getTime())) return;
  const two = (number) => String(number).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const whole = `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const short = element.dataset.time === "day";
  element.title = `${short ? `${whole}, ` : ""}${element.title || element.textContent}`;
  element.textContent = short ? day : whole;
});
