//! The list of connectors.

use askama::Template;

use crate::web::frame::Frame;
use crate::web::html::{AccountTag, Moment};

/// `GET /admin/connectors?q=`
#[derive(Template)]
#[template(path = "pages/connectors.html")]
pub struct ConnectorsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The search as typed.
    pub query: String,
    /// The connectors that match.
    pub rows: Vec<ConnectorRow>,
    /// How many connectors there are, whether they match or not.
    pub total: usize,
    /// Whether there is an access key to make a connector with.
    pub has_access_keys: bool,
}

/// One connector.
pub struct ConnectorRow {
    /// Its id, for addresses.
    pub id: String,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The principal type in words.
    pub principal: String,
    /// The account that it leads to.
    pub account: AccountTag,
    /// The access key's name.
    pub source: String,
    /// How many groups may use it.
    pub groups: usize,
    /// Whether programs may use it without a person.
    pub system_scope: bool,
    /// Whether it may be used at all.
    pub enabled: bool,
    /// Why it does not work, as "key file missing"; empty when it does.
    pub problem: String,
    /// When it was changed last.
    pub updated: Moment,
}
