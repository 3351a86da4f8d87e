//! The XML of the query protocol, written straight into one text.

use std::fmt::Write;

/// The namespace of STS's answers.
const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Appends `text` with the five characters of XML and HTML escaped, and control characters (which XML 1.0 cannot
/// hold) replaced.
pub(super) fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(character),
            control if control.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
}

/// [`escape`] into a new text.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(&mut out, text);
    out
}

/// An answer under construction.
pub(super) struct Answer(String);

impl Answer {
    /// Opens `<{action}Response><{action}Result>`.
    pub(super) fn open(action: &str) -> Self {
        let mut out = String::with_capacity(1536);
        let _ = write!(out, "<{action}Response xmlns=\"{NAMESPACE}\">\n  <{action}Result>\n");
        Self(out)
    }

    /// Opens or closes a group: `tag` is `Credentials` or `/Credentials`.
    pub(super) fn group(&mut self, tag: &str) -> &mut Self {
        let _ = writeln!(self.0, "    <{tag}>");
        self
    }

    /// One element with text.
    pub(super) fn field(&mut self, name: &str, value: &str) -> &mut Self {
        let _ = write!(self.0, "    <{name}>");
        escape(&mut self.0, value);
        let _ = writeln!(self.0, "</{name}>");
        self
    }

    /// Closes the answer.
    pub(super) fn close(mut self, action: &str, request_id: &str) -> String {
        let _ = write!(
            self.0,
            "  </{action}Result>\n  <ResponseMetadata>\n    <RequestId>{request_id}</RequestId>\n  </ResponseMetadata>\n</{action}Response>\n"
        );
        self.0
    }
}

/// An error answer. `Receiver` is AWS's word for its own faults, `Sender` for the caller's.
pub(super) fn error(status: u16, code: &str, message: &str, request_id: &str) -> String {
    let kind = if status >= 500 { "Receiver" } else { "Sender" };
    let message = escaped(message);
    format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\">\n  <Error>\n    <Type>{kind}</Type>\n    <Code>{code}</Code>\n    <Message>{message}</Message>\n  </Error>\n  <RequestId>{request_id}</RequestId>\n</ErrorResponse>\n"
    )
}
