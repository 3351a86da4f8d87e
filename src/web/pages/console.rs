//! The page that a deep link opens: who opens what, where.

use askama::Template;

use crate::web::frame::Frame;
use crate::web::html::AccountTag;

/// `GET` and `POST /console/{slug}`, with `destination` and `region`. Only the `POST` issues.
#[derive(Template)]
#[template(path = "pages/console.html")]
pub struct ConsolePage {
    /// What surrounds it.
    pub frame: Frame,
    /// The connector's slug.
    pub slug: String,
    /// The connector's name.
    pub name: String,
    /// One line about the connector; may be empty.
    pub description: String,
    /// The account whose console opens.
    pub account: AccountTag,
    /// The principal type in words.
    pub principal: String,
    /// The full address that will open; empty when it is not known.
    pub destination: String,
    /// The destination as it was asked for.
    pub destination_typed: String,
    /// The region as it was asked for; may be empty.
    pub region: String,
    /// Whether the form submits itself.
    pub opens_itself: bool,
    /// Why it cannot be opened; then there is no button.
    pub problem: Option<String>,
}
