// Ace in place of the plain text area of a policy. It is loaded once, and only where a page has such a field.

let loading = null;

function add(tag, attributes) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.addEventListener("load", resolve);
    element.addEventListener("error", reject);
    document.head.append(element);
  });
}

async function load(field) {
  const [code, json] = field.dataset.policyCode.split(" ");
  const styles = field.dataset.policyStyle.split(" ").map((href) => add("link", { rel: "stylesheet", href }));
  await Promise.all([add("script", { src: code }), ...styles]);
  window.ace.config.set("useStrictCSP", true);
  await add("script", { src: json });
  return window.ace;
}

/** Makes the editor of `area` and gives what can be done with it. */
export async function edit(field, area) {
  loading ??= load(field);
  const ace = await loading;
  const box = document.createElement("div");
  box.className = "policy-editor";
  area.after(box);
  const label = document.getElementById(`${area.id}-label`);
  const editor = ace.edit(box, {
    value: area.value, useWorker: false, mode: "ace/mode/json", tabSize: 2, useSoftTabs: true, minLines: 10, maxLines: 28,
    showPrintMargin: false, showFoldWidgets: false, fixedWidthGutter: true,
    textInputAriaLabel: label.textContent,
  });
  editor.commands.bindKey("Tab", null);
  editor.commands.bindKey("Shift-Tab", null);
  const input = editor.textInput.getElement();
  input.setAttribute("aria-describedby", area.getAttribute("aria-describedby"));
  input.setAttribute("aria-multiline", "true");
  const { session } = editor;
  session.setNewLineMode("unix");
  session.on("change", () => {
    area.value = session.getValue();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  const focused = document.activeElement === area;
  area.hidden = true;
  area.tabIndex = -1;
  label.addEventListener("click", (event) => {
    event.preventDefault();
    editor.focus();
  });
  // The summary of what is wrong with the form leads to its fields.
  for (const link of document.querySelectorAll(`a[href="#${area.id}"]`)) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      editor.focus();
      box.scrollIntoView({ block: "center" });
    });
  }
  session.selection.clearSelection();
  editor.moveCursorTo(0, 0);
  if (focused) editor.focus();
  return { go: (finding) => go(editor, finding), mark: (findings) => mark(editor, box, findings), put: (text) => put(editor, text) };
}

/** A column counted in characters as the editor counts it, in units of UTF-16. */
function units(session, line, column) {
  return [...session.getLine(line - 1)].slice(0, column - 1).join("").length;
}

function go(editor, finding) {
  editor.focus();
  editor.gotoLine(finding.line, units(editor.session, finding.line, finding.column), false);
  editor.centerSelection();
}

/** Underlines what was found, and shows it beside its line. */
function mark(editor, box, findings) {
  const { session } = editor;
  const Range = window.ace.require("ace/range").Range;
  for (const id of session.policyMarks ?? []) session.removeMarker(id);
  session.policyMarks = findings.map(({ severity, line, column, length }) => {
    const from = units(session, line, column);
    const to = units(session, line, column + Math.max(length, 1));
    return session.addMarker(new Range(line - 1, from, line - 1, Math.max(to, from + 1)), `policy-mark ${severity}`, "text", false);
  });
  session.setAnnotations(findings.map(({ severity, line, column, sentence }) => ({ row: line - 1, column: column - 1, text: sentence, type: severity })));
  const wrong = findings.some((finding) => finding.severity === "error");
  box.classList.toggle("wrong", wrong);
  editor.textInput.getElement().setAttribute("aria-invalid", String(wrong));
}

/** Puts a whole text in place of what is there, as one step that can be undone. */
function put(editor, text) {
  const Range = window.ace.require("ace/range").Range;
  const { session } = editor;
  const last = session.getLength() - 1;
  session.markUndoGroup?.();
  session.replace(new Range(0, 0, last, session.getLine(last).length), text);
  session.markUndoGroup?.();
  editor.clearSelection();
  editor.moveCursorTo(0, 0);
  editor.focus();
}
