//! The usage log: who used what, when, from where.

use askama::Template;

use crate::web::frame::Frame;
use crate::web::html::{Badge, Choice, FieldErrors, Moment};

/// `GET /usage-log?person=&connector=&kind=&outcome=&from=&to=&before=`
#[derive(Template)]
#[template(path = "pages/usage_log.html")]
pub struct UsageLogPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The filter.
    pub filter: UsageFilterView,
    /// The rows of this page, newest first.
    pub rows: Vec<UsageRow>,
    /// Address of the page with older rows.
    pub older: Option<String>,
    /// Address of the newest page, when this is not it.
    pub newest: Option<String>,
    /// Whether any filter is set.
    pub filtered: bool,
    /// What is wrong with the filter, by field.
    pub errors: FieldErrors,
}

/// The filter as it is set.
pub struct UsageFilterView {
    /// Person, as typed.
    pub person: String,
    /// Connector, as chosen.
    pub connector: String,
    /// The kinds of event, one selected.
    pub kinds: Vec<Choice>,
    /// The outcomes, one selected.
    pub outcomes: Vec<Choice>,
    /// From when, `2026-11-20T09:12` in UTC; may be empty.
    pub from: String,
    /// Until when, likewise.
    pub to: String,
    /// The connectors, one selected.
    pub connectors: Vec<Choice>,
}

/// One row.
pub struct UsageRow {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Moment,
    /// Who.
    pub actor: String,
    /// person, program or system.
    pub actor_kind: String,
    /// What was done, as "opened the console".
    pub what: String,
    /// The event's kind, as `console.open`.
    pub kind: String,
    /// The connector's name; may be empty.
    pub connector: String,
    /// The account in its shown form; may be empty.
    pub account: String,
    /// The address it came from.
    pub address: String,
    /// issued, refused, failed, …
    pub outcome: Badge,
    /// The issued key's id, shortened, or the reason in words.
    pub summary: String,
}
