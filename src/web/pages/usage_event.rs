//! One row of the usage log, whole.

use askama::Template;

use crate::web::frame::Frame;
use crate::web::html::{Badge, Moment};

/// One line: its name, its value, and whether the value is an id or the like, shown in monospace with a copy button.
pub type EventLine = (String, String, bool);

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
    /// Headings with their lines.
    pub sections: Vec<(String, Vec<EventLine>)>,
}
