//! What is checked of a connector whose policy or tags are filled in for each person, and of a source identity that has to
//! be a person's.

use std::collections::{BTreeMap, BTreeSet};

use super::ConnectorForm;
use crate::app::App;
use crate::model::FieldErrors;
use crate::model::identity::{Attribute, Attributes};
use crate::model::placeholder::{Placeholder, Subject, Values, policy, tag};
use crate::model::policy::LONGEST;
use crate::model::principal::{PrincipalType, SourceIdentity};
use crate::model::session_tag::{LONGEST_VALUE, parse_tags};
use crate::portal::PortalError;
use crate::store::people::{self, Longest};
use crate::store::seen_attributes;

/// Checks placeholders: that they stand where they may, that programs cannot use them, and that the policy is short enough
/// for everybody who is known.
///
/// # Errors
/// Where the database cannot be read.
pub(super) async fn check(
    app: &App,
    errors: &mut FieldErrors,
    form: &ConnectorForm,
    kind: PrincipalType,
) -> Result<(), PortalError> {
    // The fields of the other types are not theirs.
    if !kind.names_person() {
        return Ok(());
    }
    let in_policy = errors.take("policy", policy::check(&form.policy)).unwrap_or_default();
    let mut tagged = false;
    for session_tag in parse_tags(&form.tags, "").unwrap_or_default() {
        tagged |= errors.take("tags", tag::check(&session_tag)).is_some_and(|found| !found.is_empty());
    }
    if form.system_scope && (tagged || !in_policy.is_empty()) {
        let place = if in_policy.is_empty() { "session tags" } else { "policy" };
        errors.add("system_scope", format!("The {place} has placeholders, and a program is no person to fill them in for. Take out the one or the other."));
    }
    let required = form.source_identity == SourceIdentity::Required.word();
    if form.system_scope && required && kind == PrincipalType::AssumeRole {
        errors.add("system_scope", "The source identity has to be a person's, and a program is none. Set the source identity to on, or take out system scope.");
    }
    if !in_policy.is_empty() {
        let longest = LongestCase::of(app, &form.policy, &in_policy).await?;
        errors.take("policy", longest.and_then(|longest| longest.fits()));
    }
    Ok(())
}

/// The room of an attribute that nobody was seen with: the longest value that AWS takes of a session tag.
const UNSEEN: usize = LONGEST_VALUE;

/// A policy, filled in with the longest of everything that is known of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LongestCase {
    /// Its characters after minifying.
    characters: usize,
    /// The attributes that nobody was seen with.
    unseen: Vec<String>,
}

impl LongestCase {
    /// # Errors
    /// Where the database cannot be read; the inner one is a rule that the policy breaks.
    pub(super) async fn of(
        app: &App,
        text: &str,
        placeholders: &[Placeholder],
    ) -> Result<Result<Self, String>, PortalError> {
        let names: Vec<String> = attributes_in(placeholders);
        let read = app
            .database
            .read(move |connection| Ok((people::longest(connection)?, seen_attributes::longest(connection, &names)?)));
        let (longest, seen) = read.await?;
        Ok(Self::filled(text, placeholders, &longest, &seen))
    }

    fn filled(
        text: &str,
        placeholders: &[Placeholder],
        longest: &Longest,
        seen: &BTreeMap<String, usize>,
    ) -> Result<Self, String> {
        // What has to be escaped counts as it is written; whether it may stand there at all is seen when it is used.
        let stand_in = |values: &[String]| {
            "x".repeat(values.iter().map(|value| policy::room(value)).max().unwrap_or_default().max(1))
        };
        let (name, mail) = (stand_in(&longest.user_names), stand_in(&longest.mails));
        let display_name = stand_in(&longest.display_names);
        let names = attributes_in(placeholders);
        let attribute =
            |name: &String| (name.clone(), Attribute::Value("x".repeat(seen.get(name).copied().unwrap_or(UNSEEN))));
        let attributes: Attributes = names.iter().map(attribute).collect();
        let values = Values { name: &name, mail: &mail, display_name: &display_name, attributes: &attributes };
        let characters = policy::fill(text, &values).map_err(|error| error.to_string())?.chars().count();
        Ok(Self { characters, unseen: names.into_iter().filter(|name| !seen.contains_key(name)).collect() })
    }

    /// # Errors
    /// A sentence, where STS takes no policy of this length.
    fn fits(&self) -> Result<(), String> {
        if self.characters <= LONGEST {
            return Ok(());
        }
        Err(format!(
            "Filled in with the longest values that are known, the policy has {} characters after minifying; STS takes at most {LONGEST}.{}",
            self.characters,
            self.assumed()
        ))
    }

    /// How long the policy gets, and what was assumed.
    pub(super) fn sentence(&self) -> String {
        let characters = self.characters;
        format!(
            "With the longest values of everybody who was seen so far it has {characters} of {LONGEST} characters.{}",
            self.assumed()
        )
    }

    fn assumed(&self) -> String {
        match self.unseen.as_slice() {
            [] => String::new(),
            unseen => format!(
                " Nobody was seen with the attribute {} yet: it is counted with {UNSEEN} characters, the most that AWS takes of a session tag, until somebody who has it signs in.",
                unseen.join(" or ")
            ),
        }
    }
}

/// The attributes among placeholders, each once, by name.
fn attributes_in(placeholders: &[Placeholder]) -> Vec<String> {
    let attribute = |placeholder: &Placeholder| match &placeholder.subject {
        Subject::Attribute(name) => Some(name.clone()),
        _ => None,
    };
    placeholders.iter().filter_map(attribute).collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longest(user_name: &str) -> Longest {
        Longest { user_names: vec!["a".to_owned(), user_name.to_owned()], ..Longest::default() }
    }

    fn judge(text: &str, longest: &Longest) -> Result<(), String> {
        let seen = BTreeMap::from([("team".to_owned(), 9)]);
        LongestCase::filled(text, &policy::check(text).unwrap(), longest, &seen)?.fits()
    }

    #[test]
    fn the_length_is_that_for_the_longest_name_on_both_sides() {
        let text = |length: usize, placeholder: &str| {
            let frame = |sid: &str| {
                format!(
                    r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{sid}","Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::{placeholder}"}}]}}"#
                )
            };
            frame(&"x".repeat(length + placeholder.len() - frame("").len()))
        };
        let name = "{{user.name}}";
        assert_eq!(judge(&text(LONGEST - 9, name), &longest("alexandra")), Ok(()));
        assert!(judge(&text(LONGEST - 8, name), &longest("alexandra")).unwrap_err().contains("2049"));
        // ${*} takes four, and a quote two.
        assert_eq!(judge(&text(LONGEST - 6, name), &longest("*\"")), Ok(()));
        assert!(judge(&text(LONGEST - 5, name), &longest("*\"")).is_err());
        assert_eq!(judge(&text(LONGEST - 1, name), &Longest::default()), Ok(()));
        // The longest that was seen, else what AWS takes of a tag; the sentence says which.
        let attribute = "{{user.attribute.team}}";
        assert_eq!(judge(&text(LONGEST - 9, attribute), &longest("a")), Ok(()));
        let refused = judge(&text(LONGEST - 8, attribute), &longest("a")).unwrap_err();
        assert!(refused.contains("2049") && !refused.contains("Nobody was seen"), "{refused}");
        let attribute = "{{user.attribute.cost}}";
        assert_eq!(judge(&text(LONGEST - 256, attribute), &longest("a")), Ok(()));
        let refused = judge(&text(LONGEST - 255, attribute), &longest("a")).unwrap_err();
        assert!(refused.contains("2049") && refused.contains("with the attribute cost yet"), "{refused}");
    }
}
