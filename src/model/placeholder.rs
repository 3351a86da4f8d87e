//! Placeholders: what a policy or a session tag says of the person who uses the connector.
//!
//! `{{user.name}}`, `{{user.mail}}`, `{{user.display_name}}` and `{{user.attribute.NAME}}`, blanks inside the braces as one
//! likes. A value with `/`, `:` or `,` is refused, since these part ARNs, paths and lists; where a policy means them, the
//! placeholder says so: `{{user.attribute.home | allow / :}}`. A value that is missing or empty gives no credentials at all.
//!
//! [`policy`] fills in policies, [`tag`] session tags.

pub mod policy;
pub mod tag;

use std::fmt;

use super::identity::{self, Attribute, Attributes};

/// Characters that a value may have only where the placeholder allows them.
const PARTING: [char; 3] = ['/', ':', ','];
/// Longest name of an attribute in characters.
const LONGEST_NAME: usize = 64;

/// What a placeholder stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The name that the person signs in with, as the directory writes it.
    Name,
    /// Their e-mail address.
    Mail,
    /// Their name for people.
    DisplayName,
    /// What the directory knows of them under this name.
    Attribute(String),
}

/// A placeholder, as [`Placeholder`]'s text is written between `{{` and `}}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Placeholder {
    /// What it stands for.
    pub subject: Subject,
    /// Which of `/`, `:` and `,` its value may have.
    pub allowed: Vec<char>,
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Subject::Name => write!(f, "{{{{user.name}}}}"),
            Subject::Mail => write!(f, "{{{{user.mail}}}}"),
            Subject::DisplayName => write!(f, "{{{{user.display_name}}}}"),
            Subject::Attribute(name) => write!(f, "{{{{user.attribute.{name}}}}}"),
        }
    }
}

/// What is known of a person.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// [`Subject::Name`]
    pub name: &'a str,
    /// [`Subject::Mail`]
    pub mail: &'a str,
    /// [`Subject::DisplayName`]
    pub display_name: &'a str,
    /// [`Subject::Attribute`]
    pub attributes: &'a Attributes,
}

/// Why a placeholder cannot be filled in for a person.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Cause {
    /// It is not there, or empty.
    #[error("has no value for this person")]
    Missing,
    /// The directory has several values of it.
    #[error("has several values for this person, and which of them counts nobody can say")]
    Several,
    /// The directory's value is no text.
    #[error("has a value for this person that is no text")]
    NotText,
    /// The value has a character that may not stand there.
    #[error("has the character “{}” (U+{:04X}) in this person's value, which may not stand there", visible(*.0), u32::from(*.0))]
    Character(char),
    /// What it makes is too long.
    #[error("makes a value of more than {0} characters for this person")]
    TooLong(usize),
}

/// Why something cannot be filled in.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unfilled {
    /// A placeholder has no value that may stand there.
    #[error("{placeholder} {cause}")]
    Value {
        /// As it is written, without what it allows.
        placeholder: String,
        /// Why.
        cause: Cause,
    },
    /// What is to be filled in breaks a rule: it was saved by laxer ones.
    #[error("{0}")]
    Rule(String),
}

fn visible(character: char) -> char {
    if character.is_control() { '\u{FFFD}' } else { character }
}

/// A piece of a text with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text as it is.
    Text(String),
    /// To be filled in.
    Placeholder(Placeholder),
}

/// Whether `text` has, or tries to have, a placeholder.
#[must_use]
pub fn is_in(text: &str) -> bool {
    text.contains("{{")
}

/// Takes a text apart.
///
/// # Errors
/// A sentence that names what is no placeholder.
pub fn parts(text: &str) -> Result<Vec<Part>, String> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((before, inside)) = rest.split_once("{{") {
        let (inside, after) = inside.split_once("}}").ok_or_else(|| {
            format!("“{{{{{}” has no end; a placeholder ends with }}}}.", inside.chars().take(40).collect::<String>())
        })?;
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        parts.push(Part::Placeholder(placeholder(inside)?));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    Ok(parts)
}

fn placeholder(inside: &str) -> Result<Placeholder, String> {
    let no = |why: &str| {
        format!(
            "“{{{{{inside}}}}}” is no placeholder: {why}. There are user.name, user.mail, user.display_name and user.attribute.NAME."
        )
    };
    let (what, allowed) = inside.split_once('|').map_or((inside, None), |(what, allowed)| (what, Some(allowed)));
    let subject = match what.trim() {
        "user.name" => Subject::Name,
        "user.mail" => Subject::Mail,
        "user.display_name" => Subject::DisplayName,
        other => match other.strip_prefix("user.attribute.") {
            Some(name) => Subject::Attribute(attribute_name(name).map_err(|why| no(&why))?),
            None => return Err(no("nothing is called that")),
        },
    };
    let mut characters = Vec::new();
    if let Some(allowed) = allowed {
        let mut words = allowed.split_whitespace();
        if words.next() != Some("allow") {
            return Err(no("after | stands allow and the characters, as in {{user.attribute.home | allow / :}}"));
        }
        for word in words {
            match (word.chars().next(), word.chars().count()) {
                (Some(character), 1) if PARTING.contains(&character) => characters.push(character),
                _ => return Err(no("after allow stand / : and , alone, with blanks between")),
            }
        }
        if characters.is_empty() {
            return Err(no("after allow stands at least one of / : and ,"));
        }
    }
    Ok(Placeholder { subject, allowed: characters })
}

/// Checks the name of an attribute: a letter, then letters, digits, `-` and `_`, at most 64 together.
///
/// # Errors
/// What is allowed, as a part of a sentence.
pub fn attribute_name(name: &str) -> Result<String, String> {
    let begins = name.chars().next().is_some_and(|first| first.is_ascii_alphabetic());
    let fits = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if begins && fits && name.len() <= LONGEST_NAME {
        return Ok(name.to_owned());
    }
    Err(format!("an attribute's name is a letter, then letters, digits, - and _, at most {LONGEST_NAME}"))
}

fn of_attribute(attribute: Option<&Attribute>) -> Result<&str, Cause> {
    match attribute {
        Some(Attribute::Value(value)) => Ok(value.as_str()),
        Some(Attribute::Several) => Err(Cause::Several),
        Some(Attribute::NotText) => Err(Cause::NotText),
        None => Err(Cause::Missing),
    }
}

impl Placeholder {
    /// The person's value, which is not empty.
    ///
    /// # Errors
    /// Why there is none.
    pub fn value<'a>(&self, values: &Values<'a>) -> Result<&'a str, Unfilled> {
        let plain = |key: &str, shown: &'a str| match values.attributes.get(key) {
            Some(doubtful @ (Attribute::Several | Attribute::NotText)) => of_attribute(Some(doubtful)),
            _ => Ok(shown),
        };
        let found = match &self.subject {
            Subject::Name => plain(identity::NAME, values.name),
            Subject::Mail => plain(identity::MAIL, values.mail),
            Subject::DisplayName => plain(identity::DISPLAY_NAME, values.display_name),
            Subject::Attribute(name) => of_attribute(values.attributes.get(name)),
        };
        let found = found.and_then(|value| if value.is_empty() { Err(Cause::Missing) } else { Ok(value) });
        found.map_err(|cause| self.without(cause))
    }

    fn without(&self, cause: Cause) -> Unfilled {
        Unfilled::Value { placeholder: self.to_string(), cause }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(text: &str) -> Result<Placeholder, String> {
        match parts(text)?.as_slice() {
            [Part::Placeholder(placeholder)] => Ok(placeholder.clone()),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn each_placeholder_is_read_with_or_without_blanks() {
        for (text, subject) in [
            ("{{user.name}}", Subject::Name),
            ("{{ user.mail }}", Subject::Mail),
            ("{{user.display_name }}", Subject::DisplayName),
            ("{{user.attribute.cost-Center_1}}", Subject::Attribute("cost-Center_1".to_owned())),
        ] {
            assert_eq!(one(text), Ok(Placeholder { subject, allowed: Vec::new() }), "{text}");
        }
        let home = one("{{user.attribute.home | allow / :}}").unwrap();
        assert_eq!(home.allowed, ['/', ':']);
        assert_eq!(home.to_string(), "{{user.attribute.home}}");
    }

    #[test]
    fn a_name_that_is_one_of_several_fills_in_nothing() {
        let mut attributes = Attributes::new();
        for (text, key) in [
            ("{{user.name}}", identity::NAME),
            ("{{user.mail}}", identity::MAIL),
            ("{{user.display_name}}", identity::DISPLAY_NAME),
        ] {
            let value = |attributes: &Attributes| {
                let values = Values { name: "ann", mail: "ann", display_name: "ann", attributes };
                one(text).unwrap().value(&values).map(str::to_owned)
            };
            assert_eq!(value(&attributes), Ok("ann".to_owned()));
            for (doubtful, cause) in [(Attribute::Several, Cause::Several), (Attribute::NotText, Cause::NotText)] {
                attributes.insert(key.to_owned(), doubtful);
                let refused = Unfilled::Value { placeholder: text.to_owned(), cause };
                assert_eq!(value(&attributes), Err(refused));
            }
        }
        // Nobody reaches these by a placeholder of their own.
        assert!(one("{{user.attribute..name}}").is_err());
    }

    #[test]
    fn what_is_no_placeholder_is_named() {
        let long = format!("{{{{user.attribute.{}}}}}", "x".repeat(LONGEST_NAME + 1));
        for text in [
            "{{}}",
            "{{name}}",
            "{{user.Name}}",
            "{{user.password}}",
            "{{user.attribute.}}",
            "{{user.attribute.1a}}",
            "{{user.attribute.a b}}",
            "{{user.attribute.ä}}",
            "{{user.name",
            "{{{user.name}}",
            "{{user.name | allow}}",
            "{{user.name | allow *}}",
            "{{user.name | allow /:}}",
            "{{user.name | permit /}}",
            "{{user.name |}}",
            &long,
        ] {
            assert!(parts(text).is_err(), "{text}");
        }
        assert!(one(&long.replacen('x', "", 1)).is_ok());
    }

    #[test]
    fn text_around_stays() {
        let text = |text: &str| Part::Text(text.to_owned());
        assert_eq!(parts("no } or {x} here }}"), Ok(vec![text("no } or {x} here }}")]));
        let found = parts("a{{user.name}}{{user.mail}}/b").unwrap();
        assert_eq!((found.len(), &found[0], &found[3]), (4, &text("a"), &text("/b")));
        assert_eq!(parts(""), Ok(Vec::new()));
    }

    #[test]
    fn a_value_that_is_not_there_says_why() {
        let attributes = Attributes::from([
            ("team".to_owned(), Attribute::Value("blue".to_owned())),
            ("empty".to_owned(), Attribute::Value(String::new())),
            ("several".to_owned(), Attribute::Several),
            ("photo".to_owned(), Attribute::NotText),
        ]);
        let values = Values { name: "alice", mail: "", display_name: "Alice", attributes: &attributes };
        let value = |text: &str| one(text).unwrap().value(&values);
        assert_eq!(value("{{user.name}}"), Ok("alice"));
        assert_eq!(value("{{user.display_name}}"), Ok("Alice"));
        assert_eq!(value("{{user.attribute.team}}"), Ok("blue"));
        for (text, cause) in [
            ("{{user.mail}}", Cause::Missing),
            ("{{user.attribute.none}}", Cause::Missing),
            ("{{user.attribute.Team}}", Cause::Missing),
            ("{{user.attribute.empty}}", Cause::Missing),
            ("{{user.attribute.several}}", Cause::Several),
            ("{{user.attribute.photo}}", Cause::NotText),
        ] {
            assert_eq!(value(text), Err(Unfilled::Value { placeholder: text.to_owned(), cause }), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[{}|a-z./ ]{0,60}|\\PC{0,60}") {
            let _ = parts(&text);
        }
    }
}
