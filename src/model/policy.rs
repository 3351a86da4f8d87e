//! Session policies: what narrows temporary credentials beyond the role's or user's own permissions.

use serde_json::Value;

use super::partition::Partition;

/// The longest inline session policy that STS takes, in characters, after minifying (STS model; prose of AssumeRole).
pub const LONGEST: usize = 2048;
/// How many managed policies may be named as session policies (prose of AssumeRole's PolicyArns).
pub const MOST_ARNS: usize = 10;

/// An inline session policy, kept as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    text: String,
    minified: String,
}

impl Policy {
    /// Checks a policy: JSON, an object with a Statement, only characters that STS takes, at most [`LONGEST`] minified.
    ///
    /// # Errors
    /// A sentence that says where and what to do.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            format!("This is not valid JSON: line {}, column {}: {}.", error.line(), error.column(), reason(&error))
        })?;
        let statement = value.as_object().ok_or("A policy is a JSON object, { … }.")?.get("Statement");
        match statement {
            Some(Value::Array(statements)) if statements.is_empty() => {
                return Err("The policy has no statement.".to_owned());
            }
            Some(Value::Array(_) | Value::Object(_)) => {}
            _ => return Err("The policy needs a “Statement” list.".to_owned()),
        }
        let minified = value.to_string();
        if let Some(wrong) = minified.chars().find(|c| !is_allowed(*c)) {
            return Err(format!(
                "STS does not take the character “{wrong}” (U+{:04X}) in a policy. Use plain characters, for example - in place of a dash.",
                u32::from(wrong)
            ));
        }
        let length = minified.chars().count();
        if length > LONGEST {
            return Err(format!("The policy has {length} characters after minifying; STS takes at most {LONGEST}."));
        }
        Ok(Self { text: text.to_owned(), minified })
    }

    /// The text as it was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as STS gets it.
    #[must_use]
    pub fn minified(&self) -> &str {
        &self.minified
    }
}

/// STS's pattern for Policy: tab, line feed, carriage return and U+0020 to U+00FF.
const fn is_allowed(character: char) -> bool {
    matches!(character, '\u{9}' | '\u{A}' | '\u{D}' | '\u{20}'..='\u{FF}')
}

/// serde's message without its own "at line …".
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
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

/// Whether `text` is an account id: 12 digits.
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of_length(length: usize) -> String {
        let frame = r#"{"Statement":[{"Sid":""}]}"#;
        frame.replace(r#""Sid":"""#, &format!(r#""Sid":"{}""#, "x".repeat(length - frame.len())))
    }

    #[test]
    fn length_is_counted_after_minifying() {
        assert_eq!(Policy::parse(&of_length(LONGEST)).map(|p| p.minified().len()), Ok(LONGEST));
        let error = Policy::parse(&of_length(LONGEST + 1)).unwrap_err();
        assert!(error.contains("2049"), "{error}");
        let spaced = format!("{}{}", " ".repeat(500), of_length(LONGEST));
        assert_eq!(Policy::parse(&spaced).map(|p| p.text().len()), Ok(LONGEST + 500));
    }

    #[test]
    fn characters_that_sts_refuses_are_named() {
        let error = Policy::parse("{\"Statement\":[{\"Sid\":\"a\u{2013}b\"}]}").unwrap_err();
        assert!(error.contains("U+2013"), "{error}");
        assert!(Policy::parse("{\"Statement\":[{\"Sid\":\"\u{ff}\"}]}").is_ok());
        assert!(Policy::parse("{\"Statement\":[{\"Sid\":\"\u{100}\"}]}").is_err());
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for wrong in ["", "[]", "{}", "{\"Statement\":[]}", "{\"Statement\":1}", "{\"Statement\":[{}]", "null"] {
            assert!(Policy::parse(wrong).is_err(), "{wrong}");
        }
        let error = Policy::parse("{\n  \"Statement\": [,]\n}").unwrap_err();
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn arns() {
        let arn = |n: usize| format!("arn:aws:iam::123456789012:policy/P{n}");
        let many = |n: usize| (0..n).map(arn).collect::<Vec<_>>().join("\n");
        assert_eq!(parse_arns(&many(10), Partition::Aws).map(|a| a.len()), Ok(10));
        assert!(parse_arns(&many(11), Partition::Aws).is_err());
        assert_eq!(parse_arns("\n arn:aws:iam::aws:policy/ReadOnlyAccess \n", Partition::Aws).map(|a| a.len()), Ok(1));
        assert!(parse_arns(&arn(1), Partition::AwsCn).unwrap_err().contains("aws-cn"));
        for wrong in
            ["arn:aws:iam::aws:role/X", "ReadOnlyAccess", "arn:aws:iam::12345:policy/X", "arn:aws:iam::aws:policy/"]
        {
            assert!(parse_arns(wrong, Partition::Aws).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,200}") {
            let _ = Policy::parse(&text);
            let _ = parse_arns(&text, Partition::Aws);
        }
    }
}
