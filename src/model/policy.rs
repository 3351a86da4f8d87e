//! Session policies: what narrows temporary credentials beyond the role's or user's own permissions.

mod check;
mod condition;
mod finding;
mod json;
mod minify;
mod names;
mod nearest;
mod sense;
mod statement;
#[cfg(test)]
mod tests;

use super::partition::Partition;
pub use check::{Checked, MOST_FINDINGS, check};
pub use finding::{Finding, Severity};

/// The longest inline session policy that STS takes, in characters, after minifying (STS model; prose of AssumeRole).
pub const LONGEST: usize = 2048;
/// The longest text of a policy as it is typed, white space included, in bytes.
pub const LONGEST_TYPED: usize = 65_536;
/// How many managed policies may be named as session policies (prose of AssumeRole's PolicyArns).
pub const MOST_ARNS: usize = 10;

/// An inline session policy, kept as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    text: String,
    minified: String,
}

impl Policy {
    /// Checks a policy that is to be saved, by the rules of [`check`]; warnings let it pass.
    ///
    /// # Errors
    /// Where the first error stands, what it is, and how many more there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let checked = check(text, None);
        let Some(first) = checked.first_error() else {
            return Ok(Self::unchecked(text));
        };
        let more = match checked.errors - 1 {
            0 => String::new(),
            1 => " There is one more error.".to_owned(),
            more => format!(" There are {more} more errors."),
        };
        Err(format!("Line {}, column {}: {}{more}", first.line, first.column, first.sentence))
    }

    /// A policy that was saved before, perhaps by laxer rules. Where AWS would refuse it, AWS says so: it is sent as it is.
    ///
    /// # Errors
    /// What makes it impossible to send: no JSON, or what STS's parameter does not take at all.
    pub fn from_row(text: &str) -> Result<Self, String> {
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| format!("the policy is no JSON: {error}"))?;
        let mut policy = Self::unchecked(text);
        if policy.minified.chars().count() > LONGEST {
            // Escapes and numbers were once written anew, and could grow shorter by that.
            policy.minified = value.to_string();
        }
        let length = policy.minified.chars().count();
        if length > LONGEST {
            return Err(format!("the policy has {length} characters after minifying; STS takes at most {LONGEST}"));
        }
        match policy.minified.chars().find(|c| !check::is_allowed(*c)) {
            Some(wrong) => Err(format!("STS does not take U+{:04X} in a policy", u32::from(wrong))),
            None => Ok(policy),
        }
    }

    fn unchecked(text: &str) -> Self {
        Self { text: text.to_owned(), minified: minify::minify(text) }
    }

    /// The text as it was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as STS gets it: without the white space between its values, else as it was typed.
    #[must_use]
    pub fn minified(&self) -> &str {
        &self.minified
    }
}

/// What narrows a session: an inline policy, managed policies, or both. Empty means nothing narrows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionPolicies {
    /// The inline policy.
    pub inline: Option<Policy>,
    /// ARNs of managed policies, at most [`MOST_ARNS`].
    pub arns: Vec<String>,
}

impl SessionPolicies {
    /// Whether nothing narrows the session.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.inline.is_none() && self.arns.is_empty()
    }

    /// Everything of it as one text, for a hash.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let inline = self.inline.as_ref().map_or("", Policy::minified);
        format!("{inline}\n{}", self.arns.join("\n"))
    }
}

/// Checks ARNs of managed policies, one a line: shape, partition, number; each once.
///
/// # Errors
/// A sentence that names the wrong line.
pub fn parse_arns(text: &str, partition: Partition) -> Result<Vec<String>, String> {
    let mut arns: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let parts: Vec<&str> = line.splitn(6, ':').collect();
        let shaped = matches!(parts.as_slice(), ["arn", _, "iam", "", account, resource]
            if (*account == "aws" || is_account(account)) && resource.strip_prefix("policy/").is_some_and(|name| !name.is_empty())
                && resource.chars().all(|c| c.is_ascii_graphic()));
        if !shaped || line.len() > 2048 {
            return Err(format!(
                "“{line}” is no policy ARN; it should look like arn:{partition}:iam::aws:policy/ReadOnlyAccess."
            ));
        }
        if parts[1] != partition.id() {
            return Err(format!("“{line}” lies in partition {}, the access key in {partition}.", parts[1]));
        }
        if !arns.iter().any(|arn| arn == line) {
            arns.push(line.to_owned());
        }
    }
    if arns.len() > MOST_ARNS {
        return Err(format!("{} policy ARNs are too many; STS takes at most {MOST_ARNS}.", arns.len()));
    }
    Ok(arns)
}

/// Checks that managed policies are AWS's own or lie in `account`, where that is known: STS takes no others for a session
/// of it.
///
/// # Errors
/// A sentence that names the wrong one.
pub fn in_account(arns: Vec<String>, account: Option<&str>) -> Result<Vec<String>, String> {
    let of = |arn: &str| arn.split(':').nth(4).unwrap_or_default().to_owned();
    let foreign = |arn: &&String| account.is_some_and(|account| !["aws", account].contains(&of(arn).as_str()));
    match arns.iter().find(foreign) {
        Some(arn) => Err(format!(
            "“{arn}” lies in account {}, the session in {}; AWS takes managed policies of the session's own account, and its own.",
            of(arn),
            account.unwrap_or_default()
        )),
        None => Ok(arns),
    }
}

/// Whether `text` is an account id: 12 digits.
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}
