//! Limits of STS's parameters, each with its source, and AWS's sentences for breaking them.

use super::error::Refusal;

/// `[\w+=,.@-]*`: names of sessions and people (STS service model).
pub(super) const NAME: Pattern = Pattern { text: "[\\w+=,.@-]*", holds: |c| is_word(c) || "+=,.@-".contains(c) };
/// External ids (STS service model).
pub(super) const EXTERNAL_ID: Pattern =
    Pattern { text: "[\\w+=,.@:\\/-]*", holds: |c| is_word(c) || "+=,.@:/-".contains(c) };
/// Serial numbers of MFA devices (STS service model).
pub(super) const SERIAL_NUMBER: Pattern =
    Pattern { text: "[\\w+=/:,.@-]*", holds: |c| is_word(c) || "+=/:,.@-".contains(c) };
/// Digits (STS service model, `TokenCode`).
pub(super) const DIGITS: Pattern = Pattern { text: "[\\d]*", holds: |c| c.is_ascii_digit() };
/// Access key ids (STS service model).
pub(super) const WORD: Pattern = Pattern { text: "[\\w]*", holds: is_word };
/// ARNs: printable characters (STS service model).
pub(super) const ARN: Pattern = Pattern {
    text: "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+",
    holds: |c| !c.is_control() || "\t\n\r\u{85}".contains(c),
};
/// Session policies: Latin-1 without control characters; a dash pasted from a document is not among them.
pub(super) const POLICY: Pattern = Pattern {
    text: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
    holds: |c| "\t\n\r".contains(c) || ('\u{20}'..='\u{ff}').contains(&c),
};
/// Keys and values of session tags (STS service model; an asterisk is not among them).
pub(super) const TAG: Pattern = Pattern {
    text: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
    holds: |c| c.is_alphabetic() || c.is_numeric() || c.is_whitespace() && !c.is_control() || "_.:/=+-@".contains(c),
};

/// Shortest session of every call, seconds.
pub(super) const SHORTEST: i64 = 900;
/// Longest session of `AssumeRole`, seconds; the role may say less.
pub(super) const LONGEST_ROLE: i64 = 43_200;
/// Longest session of `GetFederationToken` and `GetSessionToken`, seconds.
pub(super) const LONGEST_TOKEN: i64 = 129_600;
/// What roles give where nothing is asked, and the most that root and chained roles get, seconds.
pub(super) const HOUR: i64 = 3_600;
/// What `GetFederationToken` and `GetSessionToken` give where nothing is asked, seconds.
pub(super) const HALF_A_DAY: i64 = 43_200;
/// Characters of a session policy. The model of 2026 has no maximum for `AssumeRole` any more, its text still has.
pub(super) const POLICY_MAX: usize = 2_048;

/// A set of characters with its name in AWS's answers.
pub(super) struct Pattern {
    text: &'static str,
    holds: fn(char) -> bool,
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// Collects what is wrong with a call's parameters: AWS reports all of it in one answer.
#[derive(Default)]
pub(super) struct Constraints(Vec<String>);

impl Constraints {
    /// A parameter that must be there.
    pub(super) fn required(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        if value.is_none() {
            self.0.push(format!("Value null at '{name}' failed to satisfy constraint: Member must not be null"));
        }
        self
    }

    /// Length (in UTF-16 units, as Java counts) and characters of a text, where it is given.
    pub(super) fn text(
        &mut self,
        name: &str,
        value: Option<&str>,
        lengths: (usize, usize),
        pattern: &Pattern,
    ) -> &mut Self {
        let Some(value) = value else { return self };
        let length = value.encode_utf16().count();
        if length < lengths.0 {
            self.broken(name, value, &format!("have length greater than or equal to {}", lengths.0));
        }
        if length > lengths.1 {
            self.broken(name, value, &format!("have length less than or equal to {}", lengths.1));
        }
        if !value.chars().all(pattern.holds) {
            self.broken(name, value, &format!("satisfy regular expression pattern: {}", pattern.text));
        }
        self
    }

    /// Bounds of a number, where it is given.
    pub(super) fn number(&mut self, name: &str, value: Option<i64>, least: i64, most: i64) -> &mut Self {
        if let Some(value) = value {
            if value < least {
                self.broken(name, &value.to_string(), &format!("have value greater than or equal to {least}"));
            }
            if value > most {
                self.broken(name, &value.to_string(), &format!("have value less than or equal to {most}"));
            }
        }
        self
    }

    /// The most members of a list.
    pub(super) fn count(&mut self, name: &str, count: usize, most: usize) -> &mut Self {
        if count > most {
            self.broken(name, &format!("[{count} members]"), &format!("have length less than or equal to {most}"));
        }
        self
    }

    /// # Errors
    /// 400 `ValidationError` that names every broken constraint.
    pub(super) fn finish(&self) -> Result<(), Refusal> {
        match self.0.len() {
            0 => Ok(()),
            1 => Err(Refusal::validation(format!("1 validation error detected: {}", self.0[0]))),
            several => Err(Refusal::validation(format!("{several} validation errors detected: {}", self.0.join("; ")))),
        }
    }

    fn broken(&mut self, name: &str, value: &str, constraint: &str) {
        self.0.push(format!("Value '{value}' at '{name}' failed to satisfy constraint: Member must {constraint}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_broken_constraint_is_named_in_the_words_of_aws() {
        let mut one = Constraints::default();
        one.text("roleSessionName", Some("a:b"), (2, 64), &NAME);
        assert_eq!(
            one.finish().unwrap_err().message,
            "1 validation error detected: Value 'a:b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [\\w+=,.@-]*"
        );
        let mut three = Constraints::default();
        three.required("roleArn", None).text("name", Some("ö"), (2, 32), &NAME).number(
            "durationSeconds",
            Some(900),
            900,
            43_200,
        );
        let said = three.finish().unwrap_err().message;
        assert!(said.starts_with("3 validation errors detected: Value null at 'roleArn'"), "{said}");
        assert!(
            said.contains("; Value 'ö' at 'name' failed to satisfy constraint: Member must have length greater"),
            "{said}"
        );
    }

    #[test]
    fn policies_hold_latin_1_and_tags_no_asterisk() {
        assert!("{\"é\": 1}\r\n".chars().all(POLICY.holds));
        assert!(!"\u{2013}".chars().all(POLICY.holds) && !"\u{b}".chars().all(POLICY.holds));
        assert!("Kosten Stelle_.:/=+-@ 1é".chars().all(TAG.holds));
        assert!(!"*".chars().all(TAG.holds) && !"\n".chars().all(TAG.holds));
    }
}
