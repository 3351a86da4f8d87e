// The field of a session policy: what the server finds in it while one types, how much room is left, and an editor in place of
// the plain text area, which stays the form's field. Examples go in with one click, and out again with undo.
import { each } from "./page.js";
import { edit } from "./policy-editor.js";
import { format, sent } from "./policy-text.js";

const WAIT = 250;

each("[data-policy]", (field) => {
  const area = field.querySelector("textarea");
  const part = (name) => field.querySelector(`[data-policy-${name}]`);
  const limit = Number(field.dataset.policyLimit);
  let editor = null;
  let timer = 0;
  let asking = null;
  let first = true;

  const count = () => {
    const left = limit - [...sent(area.value)].length;
    part("size").textContent = left < 0
      ? `${(-left).toLocaleString("en")} characters too long`
      : `${left.toLocaleString("en")} of ${limit.toLocaleString("en")} left`;
    part("size").classList.toggle("over", left < 0);
  };

  const show = (findings) => {
    const errors = findings.filter((finding) => finding.severity === "error").length;
    const of = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
    const found = [[errors, "error"], [findings.length - errors, "warning"]].filter(([number]) => number > 0);
    part("verdict").textContent = area.value.trim() === "" ? "" : found.map(([number, word]) => of(number, word)).join(", ") || "Nothing wrong was found.";
    part("findings").replaceChildren(...findings.map((finding) => item(finding, () => {
      if (editor) editor.go(finding);
      else select(area, finding);
    })));
    if (errors > 0) area.setAttribute("aria-invalid", "true");
    else area.removeAttribute("aria-invalid");
    editor?.mark(findings);
  };

  // The server reads no more than 256 KiB; what it would say is clear all the same.
  const tooLong = () => {
    show([]);
    part("verdict").textContent = `This is too long to be checked. STS takes ${limit.toLocaleString("en")} characters after minifying.`;
    area.setAttribute("aria-invalid", "true");
  };

  const check = async () => {
    asking?.abort();
    asking = new AbortController();
    if (area.value.trim() === "") return show([]);
    const body = new URLSearchParams({ policy: area.value, partition: field.dataset.policyPartition });
    try {
      const answer = await fetch("/admin/policy-check", { method: "POST", body, signal: asking.signal });
      if (answer.ok && !answer.redirected) show((await answer.json()).findings);
      else if (answer.status === 413) tooLong();
    } catch { /* The server says it again when the form is saved. */ }
  };

  const changed = () => {
    count();
    clearTimeout(timer);
    timer = setTimeout(check, WAIT);
    // What was wrong when the form was sent may be right now.
    const before = document.getElementById(`${area.id}-error`);
    if (!first && before) before.hidden = true;
    first = false;
  };
  area.addEventListener("input", changed);
  area.addEventListener("policy:put", (event) => {
    if (editor) editor.put(event.detail);
    else put(area, event.detail);
  });
  part("format").addEventListener("click", () => {
    const formatted = format(area.value);
    if (formatted === null) part("verdict").textContent = "This is not JSON yet, so it cannot be formatted.";
    else if (formatted !== area.value) area.dispatchEvent(new CustomEvent("policy:put", { detail: formatted }));
  });
  part("tools").hidden = false;
  changed();

  // ARNs are judged by the partition of the access key that is chosen now.
  const keys = area.form?.elements.namedItem("access_key");
  const partitions = JSON.parse(area.form?.dataset.keyPartitions ?? "{}");
  keys?.addEventListener("change", () => {
    field.dataset.policyPartition = partitions[keys.value] ?? "";
    changed();
  });

  // After the page has been painted: it is usable before.
  requestAnimationFrame(() => setTimeout(async () => {
    editor = await edit(field, area).catch(() => null);
    part("keys").hidden = editor === null;
    if (editor) check();
  }));
});

function item(finding, go) {
  const line = document.createElement("li");
  line.className = `finding ${finding.severity}`;
  const kind = document.createElement("span");
  kind.className = "finding-kind";
  kind.textContent = finding.severity === "error" ? "Error" : "Warning";
  const place = document.createElement("button");
  place.type = "button";
  place.textContent = `line ${finding.line}, column ${finding.column}:`;
  place.addEventListener("click", go);
  line.append(kind, " ", place, finding.sentence);
  return line;
}

/** Puts a whole text into the plain area; where the browser can, so that it can be undone. */
function put(area, text) {
  area.focus();
  area.select();
  if (!document.execCommand("insertText", false, text)) {
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function select(area, finding) {
  const lines = area.value.split("\n").slice(0, finding.line - 1);
  const start = lines.reduce((sum, line) => sum + line.length + 1, 0) + finding.column - 1;
  area.focus();
  area.setSelectionRange(start, start + finding.length);
}

each("[data-insert]", (list) => {
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert-text]");
    if (!button) return;
    event.preventDefault();
    const whole = list.dataset.insert === "policy";
    const area = button.form.elements.namedItem(whole ? "policy" : "policy_arns");
    list.querySelector("details").open = false;
    if (whole) {
      area.dispatchEvent(new CustomEvent("policy:put", { detail: button.dataset.insertText }));
      return;
    }
    const before = area.value.trimEnd();
    put(area, before === "" ? button.dataset.insertText : `${before}\n${button.dataset.insertText}`);
  });
});
