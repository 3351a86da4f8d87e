//! Temporary credentials to copy.

use askama::Template;

use crate::web::frame::Frame;
use crate::web::html::{AccountTag, FieldErrors, Moment};

/// `GET` and `POST /connectors/{slug}/credentials`, with the field `duration`.
///
/// No `Debug`: after the `POST` it holds a secret.
#[derive(Template)]
#[template(path = "pages/credentials.html")]
pub struct CredentialsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The connector's slug.
    pub slug: String,
    /// The connector's name.
    pub name: String,
    /// One line about the connector; may be empty.
    pub description: String,
    /// The account that the credentials are for.
    pub account: AccountTag,
    /// The principal type in words.
    pub principal: String,
    /// Whether AWS sees who the person is.
    pub names_person: bool,
    /// Whether the connector opens the console too.
    pub console: bool,
    /// The wanted life as typed, `1h` or `30m`; empty means the connector's own.
    pub duration: String,
    /// The longest life, as "1 h".
    pub longest: String,
    /// What is wrong, by field.
    pub errors: FieldErrors,
    /// What was issued; shown once.
    pub issued: Option<IssuedView>,
}

/// Issued credentials. No `Debug`: it holds a secret.
pub struct IssuedView {
    /// The temporary key's id.
    pub access_key_id: String,
    /// Whom AWS sees.
    pub arn: String,
    /// The session's name.
    pub session_name: String,
    /// When they end.
    pub expires: Moment,
    /// How long that is, as "59 min"; a static module counts it down.
    pub remaining: String,
    /// The same credentials in each form.
    pub blocks: Vec<CopyBlock>,
}

/// Credentials in one form to copy. No `Debug`: it holds a secret.
pub struct CopyBlock {
    /// Short word for addresses, as `bash`.
    pub id: String,
    /// What it is for, as "bash, zsh".
    pub label: String,
    /// The text to copy.
    pub text: String,
}
