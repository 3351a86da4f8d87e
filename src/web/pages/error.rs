//! The page for every refusal and failure.

use askama::Template;

use crate::web::frame::Frame;

/// An error as a person sees it.
#[derive(Template)]
#[template(path = "pages/error.html")]
pub struct ErrorPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The HTTP status.
    pub status: u16,
    /// What happened, in a few words.
    pub title: String,
    /// What it means and what to do.
    pub message: String,
    /// What support needs, as (name, value): AWS's code, AWS's request id, our request id.
    pub detail: Vec<(String, String)>,
    /// Where to go from here, as (text, address); the first is the main one.
    pub links: Vec<(String, String)>,
}
