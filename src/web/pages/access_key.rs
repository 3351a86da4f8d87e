//! One access key: create, look at, change.

use askama::Template;

use crate::web::frame::Frame;
use crate::web::html::{Badge, Choice, FieldErrors, Moment};

/// `GET` and `POST /admin/access-keys/new` and `/{id}`, with the fields `name`, `key_id`, `secret` (never echoed),
/// `partition`, `note`, `skip_validation`, `version`.
#[derive(Template)]
#[template(path = "pages/access_key.html")]
pub struct AccessKeyPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// Name as typed.
    pub name: String,
    /// AWS's id of the key, as typed.
    pub key_id: String,
    /// The chosen partition.
    pub partition: String,
    /// The partitions to choose from.
    pub partitions: Vec<Choice>,
    /// A note for administrators, as typed.
    pub note: String,
    /// Whether AWS is not to be asked on save.
    pub skip_validation: bool,
    /// The version that the form was made from.
    pub version: i32,
    /// What is wrong, by field.
    pub errors: FieldErrors,
    /// What AWS said about it.
    pub validated: Option<ValidatedView>,
    /// Its state; none for a new one.
    pub state: Option<Badge>,
    /// Why, in one sentence; may be empty.
    pub state_detail: String,
    /// The connectors that use it as (name, address).
    pub used_by: Vec<(String, String)>,
}

/// What AWS said about a key.
pub struct ValidatedView {
    /// The account in its shown form.
    pub account: String,
    /// Whom the key belongs to.
    pub arn: String,
    /// user, role or root.
    pub kind: String,
    /// When AWS was asked.
    pub at: Moment,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stands_in_its_field_and_errors_stand_at_theirs() {
        let mut errors = FieldErrors::new();
        errors.add("key_id", "Too short.");
        let page = AccessKeyPage {
            frame: Frame::default(),
            id: None,
            name: "a <broker>".to_owned(),
            key_id: "SBX".to_owned(),
            partition: "aws".to_owned(),
            partitions: Vec::new(),
            note: "whose it is".to_owned(),
            skip_validation: true,
            version: 7,
            errors,
            validated: None,
            state: None,
            state_detail: String::new(),
            used_by: Vec::new(),
        };
        let html = page.render().unwrap();
        for part in [
            r#"name="name" value="a &#60;broker&#62;""#,
            r#"name="key_id" value="SBX""#,
            r#"aria-invalid="true" aria-describedby="f-key_id-error""#,
            r#"<p class="error" id="f-key_id-error">Too short.</p>"#,
            r##"<a href="#f-key_id">Too short.</a>"##,
            r#"name="skip_validation" value="true" checked"#,
            r#"name="version" value="7""#,
            "whose it is</textarea>",
        ] {
            assert!(html.contains(part), "no {part} in {html}");
        }
    }
}
