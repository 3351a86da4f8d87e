// The text of a policy, piece by piece: strings stay as they are, space between them does not count.

const PIECES = /"(?:[^"\\]|\\[^])*"?|[ \t\r\n]+|[{}[\],:]|[^"{}[\],: \t\r\n]+/gu;

function pieces(text) {
  return (text.match(PIECES) ?? []).filter((piece) => !/^[ \t\r\n]/.test(piece));
}

/** The text as AWS gets it: without space between the values. */
export function sent(text) {
  return pieces(text).join("");
}

/** The text with two blanks a level, names in their order and numbers as they were typed; null where it is no JSON. */
export function format(text) {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  let depth = 0;
  let before = "";
  let written = "";
  const line = () => `\n${"  ".repeat(depth)}`;
  for (const piece of pieces(text)) {
    if (piece === "}" || piece === "]") {
      depth -= 1;
      written += before === "{" || before === "[" ? piece : line() + piece;
    } else {
      if (before === "{" || before === "[" || before === ",") written += line();
      written += piece === ":" ? ": " : piece;
      if (piece === "{" || piece === "[") depth += 1;
    }
    before = piece;
  }
  return written;
}
