// The session policy: how much room is left, where it stops being JSON, what AWS does not take. And examples go in with one click.
import { each } from "./page.js";

each("[data-policy-limit]", (field) => {
  const text = field.querySelector("textarea");
  const size = field.querySelector("[data-policy-size]");
  const hint = field.querySelector("[data-policy-hint]");
  const limit = Number(field.dataset.policyLimit);
  const look = () => {
    const { length, problem } = judge(text.value);
    const left = limit - length;
    size.textContent = left < 0
      ? `${(-left).toLocaleString("en")} characters too long`
      : `${left.toLocaleString("en")} of ${limit.toLocaleString("en")} left${length > 0 && !problem ? " · valid JSON" : ""}`;
    size.classList.toggle("over", left < 0);
    hint.textContent = problem;
    hint.hidden = problem === "";
  };
  text.addEventListener("input", look);
  look();
});

/** The length of `source` as it is sent (without white space), and what is wrong with it. */
function judge(source) {
  if (source.trim() === "") return { length: 0, problem: "" };
  const foreign = source.search(/[^\t\n\r\u0020-\u00ff]/u);
  if (foreign >= 0) {
    const character = String.fromCodePoint(source.codePointAt(foreign));
    return { length: source.length, problem: `${place(source, foreign)}: AWS does not take the character “${character}”.` };
  }
  try {
    return { length: JSON.stringify(JSON.parse(source)).length, problem: "" };
  } catch (error) {
    return { length: source.length, problem: explain(source, String(error.message)) };
  }
}

/** Browsers word it differently; the position is somewhere in the message, or missing. */
function explain(source, message) {
  const position = /position (\d+)/.exec(message);
  if (position) return `${place(source, Number(position[1]))}: this is not JSON.`;
  const line = /line (\d+) column (\d+)/.exec(message);
  if (line) return `Line ${line[1]}, column ${line[2]}: this is not JSON.`;
  return /end of|unterminated|EOF/i.test(message) ? "The JSON is not finished." : "This is not JSON.";
}

function place(source, at) {
  const before = source.slice(0, at).split("\n");
  return `Line ${before.length}, column ${before.at(-1).length + 1}`;
}

each("[data-insert]", (list) => {
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert-text]");
    if (!button) return;
    event.preventDefault();
    const form = button.form;
    const whole = list.dataset.insert === "policy";
    const area = form.elements.namedItem(whole ? "policy" : "policy_arns");
    const before = area.value.trimEnd();
    area.value = whole || before === "" ? button.dataset.insertText : `${before}\n${button.dataset.insertText}`;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    list.querySelector("details").open = false;
    area.focus();
  });
});
