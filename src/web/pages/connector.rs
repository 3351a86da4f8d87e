//! One connector: create, look at, change.

use askama::Template;

use crate::web::frame::Frame;
use crate::web::html::{Choice, FieldErrors};

/// `GET` and `POST /admin/connectors/new` and `/{id}`; the fields are those of [`ConnectorForm`].
///
/// Without JavaScript all fields of all types are shown, each group labelled with the types it is for, and the button
/// `insert` with an example's id sends the form back with the text put in.
#[derive(Template)]
#[template(path = "pages/connector.html")]
pub struct ConnectorPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// The form as typed.
    pub f: ConnectorForm,
    /// The access keys to choose from.
    pub access_keys: Vec<Choice>,
    /// Policies and policy ARNs to insert.
    pub examples: Vec<ExampleChoice>,
    /// What is wrong, by field.
    pub errors: FieldErrors,
    /// How many groups may use it.
    pub groups: usize,
    /// Path of its deep link, `/console/{slug}`; empty for a new one and where there is no console.
    pub slug_path: String,
    /// What has to stand at AWS, for the side panel.
    pub snippets: Vec<Snippet>,
    /// Longest inline policy in characters.
    pub policy_limit: usize,
}

impl ConnectorPage {
    /// Whether there is an example of `kind` to insert.
    #[must_use]
    pub fn has_examples(&self, kind: &str) -> bool {
        self.examples.iter().any(|example| example.kind == kind)
    }

    /// How many characters the inline policy has now.
    #[must_use]
    pub fn policy_size(&self) -> usize {
        self.f.policy.chars().count()
    }
}

/// The form as typed: texts stay texts until they are checked, so that nothing typed is lost.
#[derive(Clone, Debug, Default)]
pub struct ConnectorForm {
    /// Name.
    pub name: String,
    /// Slug.
    pub slug: String,
    /// One line about it.
    pub description: String,
    /// `assume_role`, `federated_user` or `iam_user`; empty when nothing is chosen.
    pub principal_type: String,
    /// Id of the access key.
    pub access_key: String,
    /// Role to assume.
    pub role_arn: String,
    /// What the role's trust policy asks for, or empty.
    pub external_id: String,
    /// Whether the person's name is sent as source identity too.
    pub source_identity: bool,
    /// Inline session policy, JSON.
    pub policy: String,
    /// Managed policy ARNs, one a line.
    pub policy_arns: String,
    /// Whether a federated user goes without a policy.
    pub omit_policy: bool,
    /// Life: `15m` to `36h`, or seconds; empty means AWS's default.
    pub duration: String,
    /// Region, or empty.
    pub region: String,
    /// Whether programs may use it without a person.
    pub system_scope: bool,
    /// Whether it may be used at all.
    pub enabled: bool,
    /// Whether a deep link opens by itself.
    pub open_without_asking: bool,
    /// The version that the form was made from.
    pub version: i32,
}

impl ConnectorForm {
    /// Whether `principal_type` is the chosen one.
    #[must_use]
    pub fn is(&self, principal_type: &str) -> bool {
        self.principal_type == principal_type
    }
}

/// An example to insert.
pub struct ExampleChoice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `policy` or `policy_arn`.
    pub kind: String,
    /// What is inserted.
    pub text: String,
}

/// Something to paste at AWS.
pub struct Snippet {
    /// What it is.
    pub title: String,
    /// Where it goes.
    pub help: String,
    /// The text.
    pub text: String,
}
