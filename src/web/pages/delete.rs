//! Asks once before something is deleted.

use askama::Template;

use crate::web::frame::Frame;

/// `GET` and `POST` of `/admin/access-keys/{id}/delete` and `/admin/connectors/{id}/delete`, with the field `version`.
#[derive(Template)]
#[template(path = "pages/delete.html")]
pub struct DeletePage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form is sent to.
    pub action: String,
    /// Where "Cancel" leads.
    pub back: String,
    /// What is deleted, as "access key payments-broker".
    pub thing: String,
    /// What follows from it, one sentence each.
    pub consequences: Vec<String>,
    /// Why it cannot be deleted; then there is no button.
    pub refused: Option<String>,
    /// What stands in the way, as (name, address).
    pub blocking: Vec<(String, String)>,
    /// The version that was looked at.
    pub version: i32,
}
