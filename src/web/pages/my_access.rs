//! The start page: what I may use.

use askama::Template;

use crate::web::frame::Frame;
use crate::web::html::{AccountTag, Moment};

/// `GET /`, with `?q=` as the filter for browsers without JavaScript.
#[derive(Template)]
#[template(path = "pages/my_access.html")]
pub struct MyAccessPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The filter as typed.
    pub query: String,
    /// The connectors that match, grouped by account.
    pub accounts: Vec<MyAccount>,
    /// How many connectors the person may use, whether they match or not.
    pub total: usize,
    /// The last uses, newest first.
    pub recent: Vec<RecentUse>,
    /// Whether the person may create connectors, for the empty page.
    pub administrator: bool,
}

/// An account with what the person may use in it.
pub struct MyAccount {
    /// The account.
    pub account: AccountTag,
    /// Its connectors, by name.
    pub connectors: Vec<MyConnector>,
}

/// A connector that the person may use.
pub struct MyConnector {
    /// Its slug, for addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// One line about it; may be empty.
    pub description: String,
    /// The principal type in words, as "Assume role".
    pub principal: String,
    /// The longest life, as "up to 1 h".
    pub longest: String,
    /// Whether it opens the console.
    pub console: bool,
    /// Whether AWS sees who the person is.
    pub names_person: bool,
}

/// One use of a connector by the person.
pub struct RecentUse {
    /// The connector's name.
    pub connector: String,
    /// Its slug; empty when the person may no longer use it.
    pub slug: String,
    /// What was done, as "opened the console".
    pub what: String,
    /// When.
    pub at: Moment,
    /// As "still valid 42 min", while it is.
    pub remaining: Option<String>,
}
