//! The parameters of the query protocol.

use std::borrow::Cow;

use super::error::Refusal;
use super::incoming::Incoming;

/// Parameters of a call, from the query and the form body, first come first.
pub(super) struct Params<'r>(Vec<(Cow<'r, str>, Cow<'r, str>)>);

impl<'r> Params<'r> {
    /// Reads both places; what is not valid UTF-8 is replaced, as AWS does.
    pub(super) fn of(request: &Incoming<'r>) -> Self {
        let parse = url::form_urlencoded::parse;
        Self(parse(request.query.as_bytes()).chain(parse(request.body)).collect())
    }

    /// A parameter's value; an empty one counts as given.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }

    /// Every parameter, as it was sent.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// A whole number.
    ///
    /// # Errors
    /// 400 `MalformedInput` for anything else.
    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let malformed = |_| Refusal::new(400, "MalformedInput", format!("Invalid integer value for {name}"));
        self.get(name).map(|text| text.parse().map_err(malformed)).transpose()
    }

    /// The list `{name}.member.1{suffix}`, `{name}.member.2{suffix}` … up to its first gap. `suffix` is empty for a list
    /// of plain values.
    pub(super) fn list(&self, name: &str, suffix: &str) -> Vec<&str> {
        if !self.0.iter().any(|(key, _)| key.starts_with(name)) {
            return Vec::new();
        }
        (1..).map_while(|at| self.get(&format!("{name}.member.{at}{suffix}"))).collect()
    }
}
