//! The list of access keys.

use askama::Template;

use crate::web::frame::Frame;
use crate::web::html::{Badge, Moment};

/// `GET /admin/access-keys?q=`
#[derive(Template)]
#[template(path = "pages/access_keys.html")]
pub struct AccessKeysPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The search as typed.
    pub query: String,
    /// The keys that match.
    pub rows: Vec<AccessKeyRow>,
    /// How many keys there are, whether they match or not.
    pub total: usize,
}

/// One access key.
pub struct AccessKeyRow {
    /// Its id, for addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// AWS's id of the key.
    pub key_id: String,
    /// The partition, as `aws`.
    pub partition: String,
    /// The account in its shown form; empty when never validated.
    pub account: String,
    /// Whom the key belongs to; empty when never validated.
    pub arn: String,
    /// user, role or root; empty when never validated.
    pub kind: String,
    /// Good, Refused by AWS, Cannot be opened, Not validated.
    pub state: Badge,
    /// Why, in one sentence; may be empty.
    pub state_detail: String,
    /// How many connectors use it.
    pub used_by: usize,
    /// When it was changed last.
    pub updated: Moment,
}
