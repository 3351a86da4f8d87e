//! One row of the usage log, whole.

use askama::Template;

use crate::web::frame::Frame;
use crate::web::html::{Badge, Moment};

/// `GET /usage-log/{id}`
#[derive(Template)]
#[template(path = "pages/usage_event.html")]
pub struct UsageEventPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Its number.
    pub id: i64,
    /// What was done.
    pub what: String,
    /// How it ended.
    pub outcome: Badge,
    /// When.
    pub at: Moment,
    /// Headings with their (name, value, monospace) lines.
    pub sections: Vec<(String, Vec<(String, String, bool)>)>,
}
