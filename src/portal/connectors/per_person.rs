//! What is checked of a connector whose policy or tags are filled in for each person, and of a source identity that has to
//! be a person's.

use super::ConnectorForm;
use crate::app::App;
use crate::model::FieldErrors;
use crate::model::identity::{Attribute, Attributes};
use crate::model::placeholder::{Placeholder, Subject, Values, policy, tag};
use crate::model::policy::LONGEST;
use crate::model::principal::{PrincipalType, SourceIdentity};
use crate::model::session_tag::parse_tags;
use crate::portal::PortalError;
use crate::store::people::{self, Longest};

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
        let longest = app.database.read(people::longest).await?;
        errors.take("policy", fits(&form.policy, &in_policy, &longest));
    }
    Ok(())
}

/// Whether the policy is short enough for the longest of each; attributes are not known before they are seen, so they
/// count with one character.
fn fits(text: &str, placeholders: &[Placeholder], longest: &Longest) -> Result<(), String> {
    // What has to be escaped counts as it is written; whether it may stand there at all is seen when it is used.
    let room = |value: &String| serde_json::json!(policy::escape(value)).to_string().chars().count() - 2;
    let stand_in = |values: &[String]| "x".repeat(values.iter().map(room).max().unwrap_or_default().max(1));
    let (name, mail) = (stand_in(&longest.user_names), stand_in(&longest.mails));
    let display_name = stand_in(&longest.display_names);
    let attribute = |placeholder: &Placeholder| match &placeholder.subject {
        Subject::Attribute(name) => Some((name.clone(), Attribute::Value("x".to_owned()))),
        _ => None,
    };
    let attributes: Attributes = placeholders.iter().filter_map(attribute).collect();
    let values = Values { name: &name, mail: &mail, display_name: &display_name, attributes: &attributes };
    let length = policy::fill(text, &values).map_err(|error| error.to_string())?.chars().count();
    if length <= LONGEST {
        return Ok(());
    }
    let more = if attributes.is_empty() {
        ""
    } else {
        " Attributes of the directory are counted with one character each, since they are not known before they are used."
    };
    Err(format!(
        "Filled in for the longest names and addresses that are known, the policy has {length} characters after minifying; STS takes at most {LONGEST}.{more}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longest(user_name: &str) -> Longest {
        Longest { user_names: vec!["a".to_owned(), user_name.to_owned()], ..Longest::default() }
    }

    fn judge(text: &str, longest: &Longest) -> Result<(), String> {
        fits(text, &policy::check(text).unwrap(), longest)
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
        let attribute = "{{user.attribute.team}}";
        assert_eq!(judge(&text(LONGEST - 1, attribute), &longest("alexandra")), Ok(()));
        assert!(judge(&text(LONGEST, attribute), &longest("a")).unwrap_err().contains("Attributes"));
    }
}
