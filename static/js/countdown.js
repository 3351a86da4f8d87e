// Counts down to the moment in data-countdown, in the element marked data-countdown-left.
import { each, say } from "./page.js";

each("[data-countdown]", (element) => {
  const end = Date.parse(element.dataset.countdown);
  const left = element.querySelector("[data-countdown-left]");
  if (Number.isNaN(end) || !left) return;
  let over = false;
  const tick = () => {
    if (!element.isConnected) return clearInterval(timer);
    const seconds = Math.max(0, Math.round((end - Date.now()) / 1000));
    element.classList.toggle("soon", seconds > 0 && seconds <= 300);
    element.classList.toggle("over", seconds === 0);
    if (seconds > 0) {
      left.textContent = words(seconds);
    } else if (!over) {
      over = true;
      element.replaceChildren(left);
      left.textContent = "Expired";
      say("The credentials have expired.");
    }
  };
  const timer = setInterval(tick, 1000);
  tick();
});

function words(seconds) {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, "0")} min`;
  if (minutes >= 5) return `${minutes} min`;
  return `${minutes}:${String(seconds % 60).padStart(2, "0")} min`;
}
