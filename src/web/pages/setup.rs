//! The page on which the first administrator is made.

use askama::Template;

use crate::web::frame::Frame;
use crate::web::html::FieldErrors;

/// `GET` and `POST /setup`, with the fields `code`, `username`, `display_name`, `password`, `repeat`.
#[derive(Template)]
#[template(path = "pages/setup.html")]
pub struct SetupPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The code as typed.
    pub code: String,
    /// The user name as typed.
    pub username: String,
    /// The display name as typed.
    pub display_name: String,
    /// What is wrong, by field.
    pub errors: FieldErrors,
}
