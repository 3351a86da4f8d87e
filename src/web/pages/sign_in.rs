//! The sign-in page.

use askama::Template;

use crate::web::frame::Frame;

/// `GET` and `POST /sign-in`, with the fields `username`, `password` and the hidden `next`.
#[derive(Template)]
#[template(path = "pages/sign_in.html")]
pub struct SignInPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The name as typed, kept when the sign-in failed.
    pub username: String,
    /// Where to go afterwards, a path of ours; empty for the start page.
    pub next: String,
    /// The one sentence for every failure.
    pub error: Option<String>,
    /// Which account to sign in with, as "Your company account"; may be empty.
    pub directory_hint: String,
}
