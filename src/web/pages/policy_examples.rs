//! The shipped policy examples.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::app::App;
use crate::portal::policy_examples;
use crate::store::policy_examples::PolicyExample;
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::ok;
use crate::web::session::Session;

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

/// `GET /admin/policy-examples`
///
/// # Errors
/// Where the database does not answer.
pub async fn show(app: web::Data<App>, session: Session, who: SignedIn) -> Result<HttpResponse, WebError> {
    let examples = policy_examples::list(&app, &who.0).await?;
    let view = |e: PolicyExample| PolicyExampleView {
        id: e.id,
        name: e.name,
        description: e.description,
        kind: e.kind,
        text: e.text,
    };
    let examples = examples.into_iter().map(view).collect();
    let frame = Frame::administration(&app, &who.0, &session, "/admin/policy-examples", "Policy examples");
    Ok(ok(&PolicyExamplesPage { frame, examples }))
}
