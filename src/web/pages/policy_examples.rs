//! The shipped policy examples.

use askama::Template;

use crate::web::frame::Frame;

/// `GET /admin/policy-examples`
#[derive(Template)]
#[template(path = "pages/policy_examples.html")]
pub struct PolicyExamplesPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The examples, in the order in which they are shown.
    pub examples: Vec<PolicyExampleView>,
}

/// One example.
pub struct PolicyExampleView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it allows, in one or two sentences.
    pub description: String,
    /// `policy` or `policy_arn`.
    pub kind: String,
    /// The policy, or the ARN.
    pub text: String,
}
