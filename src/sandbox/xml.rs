//! The XML of the query protocol, written straight into one text.

use std::fmt::Write;

/// The namespace of STS's answers, and of all errors.
const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
/// The namespace of IAM's answers.
const IAM_NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// Appends `text` with the five characters of XML and HTML escaped, and control characters (which XML 1.0 cannot
/// hold) replaced. Whole runs are copied at once: most texts have nothing to escape, and tokens are long.
pub(super) fn escape(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(special) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = tail.chars();
        out.push_str(match characters.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('"') => "&quot;",
            Some('\'') => "&#39;",
            _ => "\u{fffd}",
        });
        rest = characters.as_str();
    }
    out.push_str(rest);
}

fn special(character: char) -> bool {
    matches!(character, '&' | '<' | '>' | '"' | '\'')
        || character.is_control() && !matches!(character, '\t' | '\n' | '\r')
}

/// [`escape`] into a new text.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(&mut out, text);
    out
}

/// An answer under construction.
pub(super) struct Answer {
    text: String,
    /// Whether there is a `<{action}Result>`.
    result: bool,
}

impl Answer {
    /// Opens `<{action}Response><{action}Result>`.
    pub(super) fn open(action: &str) -> Self {
        Self::open_in(NAMESPACE, action)
    }

    /// The same of IAM.
    pub(super) fn open_iam(action: &str) -> Self {
        Self::open_in(IAM_NAMESPACE, action)
    }

    /// An answer of IAM that says nothing but that it is done.
    pub(super) fn done_iam(action: &str) -> Self {
        Self { text: format!("<{action}Response xmlns=\"{IAM_NAMESPACE}\">\n"), result: false }
    }

    fn open_in(namespace: &str, action: &str) -> Self {
        let mut text = String::with_capacity(1536);
        let _ = write!(text, "<{action}Response xmlns=\"{namespace}\">\n  <{action}Result>\n");
        Self { text, result: true }
    }

    /// Opens or closes a group: `tag` is `Credentials` or `/Credentials`.
    pub(super) fn group(&mut self, tag: &str) -> &mut Self {
        let _ = writeln!(self.text, "    <{tag}>");
        self
    }

    /// One element with text.
    pub(super) fn field(&mut self, name: &str, value: &str) -> &mut Self {
        let _ = write!(self.text, "    <{name}>");
        escape(&mut self.text, value);
        let _ = writeln!(self.text, "</{name}>");
        self
    }

    /// Closes the answer.
    pub(super) fn close(mut self, action: &str, request_id: &str) -> String {
        if self.result {
            let _ = writeln!(self.text, "  </{action}Result>");
        }
        let _ = write!(
            self.text,
            "  <ResponseMetadata>\n    <RequestId>{request_id}</RequestId>\n  </ResponseMetadata>\n</{action}Response>\n"
        );
        self.text
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_harmless() {
        assert_eq!(escaped("a<b>&\"c\" 'd' \u{1}é\n"), "a&lt;b&gt;&amp;&quot;c&quot; &#39;d&#39; \u{fffd}é\n");
        assert_eq!(escaped(""), "");
    }
}
