//! Policy examples: session policies, or ARNs of managed ones, to start from.

use super::FieldErrors;
use super::partition::Partition;
use super::policy::{Policy, parse_arns};

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 60;
/// The longest description, in characters: one or two sentences.
pub const LONGEST_DESCRIPTION: usize = 300;
/// The longest text as it is typed, in characters. STS counts a policy without its white space and takes 2,048.
pub const LONGEST_TEXT: usize = 10_000;
/// How many examples administrators may keep: as many as one file of them may hold.
pub const MOST: usize = 1_000;

/// What an example is inserted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExampleKind {
    /// An inline session policy, as JSON.
    Policy,
    /// The ARN of a managed policy.
    PolicyArn,
}

impl ExampleKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Policy, Self::PolicyArn];

    /// The word in database, files, addresses and log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::PolicyArn => "policy_arn",
        }
    }

    /// What people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Policy => "Session policy",
            Self::PolicyArn => "Managed policy",
        }
    }

    /// The kind with this word.
    ///
    /// # Errors
    /// A sentence that names the ones there are.
    pub fn parse(word: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|kind| kind.word() == word);
        known.ok_or_else(|| format!("“{word}” is no kind of example; choose policy or policy_arn."))
    }
}

/// What an example says, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyExample {
    /// Policy or ARN.
    pub kind: ExampleKind,
    /// What people call it; unique in its kind without regard to case.
    pub name: String,
    /// What it allows, in one or two sentences.
    pub description: String,
    /// The policy, or the ARN.
    pub text: String,
}

/// Checks what was typed. Line ends become those of Unix, so that the same text is the same wherever it was typed.
///
/// # Errors
/// A sentence at each wrong field: `kind`, `name`, `description`, `text`.
pub fn check(kind: &str, name: &str, description: &str, text: &str) -> Result<PolicyExample, FieldErrors> {
    let mut errors = FieldErrors::default();
    let (name, text) = (name.trim(), text.replace("\r\n", "\n").trim().to_owned());
    let description = description.replace("\r\n", "\n").replace('\n', " ").trim().to_owned();
    let kind = errors.take("kind", ExampleKind::parse(kind));
    errors.take("name", in_one_line(name, "Enter a name.", LONGEST_NAME));
    let say = "Say in a sentence or two what it allows.";
    errors.take("description", in_one_line(&description, say, LONGEST_DESCRIPTION));
    if text.chars().count() > LONGEST_TEXT {
        errors.add("text", format!("Use at most {LONGEST_TEXT} characters, white space included."));
    } else if let Some(kind) = kind {
        errors.take("text", check_text(kind, &text));
    }
    match kind {
        Some(kind) if errors.is_empty() => Ok(PolicyExample { kind, name: name.to_owned(), description, text }),
        _ => Err(errors),
    }
}

fn in_one_line(text: &str, missing: &str, most: usize) -> Result<(), String> {
    if text.is_empty() {
        Err(missing.to_owned())
    } else if text.chars().count() > most {
        Err(format!("Use at most {most} characters."))
    } else if text.chars().any(char::is_control) {
        Err("Leave out line ends and control characters.".to_owned())
    } else {
        Ok(())
    }
}

fn check_text(kind: ExampleKind, text: &str) -> Result<(), String> {
    if kind == ExampleKind::Policy {
        return Policy::parse(text).map(|_| ());
    }
    if text.lines().count() > 1 {
        return Err("One example is one ARN. Add an example for each.".to_owned());
    }
    let partition = text.split(':').nth(1).and_then(|id| Partition::parse(id).ok()).unwrap_or(Partition::Aws);
    match parse_arns(text, partition)?.len() {
        1 => Ok(()),
        _ => Err("Enter the ARN, like arn:aws:iam::aws:policy/ReadOnlyAccess.".to_owned()),
    }
}

/// The text as a connector in `partition` needs it: AWS keeps its own managed policies in each partition, under the same
/// name (AWS's Managed Policy Reference), so that their ARNs differ in the partition alone. Anything else stays as it is.
#[must_use]
pub fn text_in(text: &str, partition: Partition) -> String {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", theirs, "iam", "", "aws", resource] if Partition::parse(theirs).is_ok() => {
            format!("arn:{partition}:iam::aws:{resource}")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    const ARN: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

    fn wrong(kind: &str, name: &str, description: &str, text: &str) -> Vec<&'static str> {
        let errors = check(kind, name, description, text).unwrap_err();
        errors.iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn each_length_is_held_on_both_sides() {
        let long = |count: usize| "ä".repeat(count);
        assert!(check("policy", &long(LONGEST_NAME), &long(LONGEST_DESCRIPTION), POLICY).is_ok());
        assert_eq!(wrong("policy", &long(LONGEST_NAME + 1), "It allows.", POLICY), ["name"]);
        assert_eq!(wrong("policy", "A", &long(LONGEST_DESCRIPTION + 1), POLICY), ["description"]);
        let blanks = |count: usize| POLICY.replacen(':', &format!(":{}", " ".repeat(count)), 1);
        let room = LONGEST_TEXT - POLICY.len();
        assert!(check("policy", "A", "It allows.", &blanks(room)).is_ok());
        assert_eq!(wrong("policy", "A", "It allows.", &blanks(room + 1)), ["text"]);
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        assert_eq!(wrong("other", " ", "", "{"), ["description", "kind", "name"]);
        assert_eq!(wrong("policy", "a\tb", "a\u{7}b", "{}"), ["description", "name", "text"]);
    }

    #[test]
    fn an_arn_is_one_and_of_any_partition() {
        for arn in [ARN, "arn:aws-cn:iam::aws:policy/ReadOnlyAccess", "arn:aws-us-gov:iam::123456789012:policy/a/b"] {
            assert!(check("policy_arn", "A", "It allows.", arn).is_ok(), "{arn}");
        }
        for other in ["", "ReadOnlyAccess", "arn:aws-xx:iam::aws:policy/A", &format!("{ARN}\n{ARN}"), POLICY] {
            assert_eq!(wrong("policy_arn", "A", "It allows.", other), ["text"], "{other}");
        }
    }

    #[test]
    fn line_ends_and_blanks_around_do_not_count() {
        let typed =
            check("policy", " A ", " One.\r\nTwo. ", &format!(" {}\r\n", POLICY.replace(',', ",\r\n"))).unwrap();
        assert_eq!((typed.name.as_str(), typed.description.as_str()), ("A", "One. Two."));
        assert_eq!(typed.text, POLICY.replace(',', ",\n"));
    }

    #[test]
    fn only_what_aws_manages_moves_to_another_partition() {
        assert_eq!(text_in(ARN, Partition::AwsCn), "arn:aws-cn:iam::aws:policy/ReadOnlyAccess");
        assert_eq!(
            text_in("arn:aws-cn:iam::aws:policy/job-function/Billing", Partition::Aws),
            "arn:aws:iam::aws:policy/job-function/Billing"
        );
        for own in ["arn:aws:iam::123456789012:policy/A", "arn:other:iam::aws:policy/A", POLICY, ""] {
            assert_eq!(text_in(own, Partition::AwsUsGov), own);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(kind in "policy|policy_arn|x", name in "\\PC{0,80}", text in "\\PC{0,200}") {
            let _ = check(&kind, &name, &name, &text);
            let _ = text_in(&text, Partition::AwsCn);
        }
    }
}
