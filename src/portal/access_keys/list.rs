//! The list of access keys, a page at a time, and how each of them stands.

use std::collections::HashMap;

use crate::app::App;
use crate::keyring::OpenError;
use crate::model::access_key::AccessKey;
use crate::model::api_token::Part;
use crate::portal::paging::Page;
use crate::portal::{PortalError, Who, source};
use crate::store::access_keys::{self, SealedSecrets};
use crate::store::key_list::{self, Wanted};

/// An access key and how it stands here.
#[derive(Clone, Debug)]
pub struct KeyStatus {
    /// The key.
    pub key: AccessKey,
    /// Why its secret does not open; `None`: it does.
    pub closed: Option<OpenError>,
    /// How many connectors use it.
    pub used_by: i64,
    /// Whether it is being rotated.
    pub rotating: bool,
    /// Whether its credentials ran out.
    pub expired: bool,
    /// Whether it is a root user's and the settings do not allow those.
    pub root_refused: bool,
    /// Whether it is older than the settings want keys to be.
    pub is_old: bool,
}

impl KeyStatus {
    /// How `key` stands now; its secret is opened, and let go of.
    pub(super) async fn of(app: &App, key: AccessKey, sealed: &SealedSecrets, used_by: i64, rotating: bool) -> Self {
        let now = app.clock.now();
        let age = (now - key.key_since).to_std().unwrap_or_default();
        Self {
            closed: source::closed(app, &key, sealed).await,
            used_by,
            rotating,
            expired: key.is_expired(now),
            root_refused: key
                .validated
                .as_ref()
                .is_some_and(|validated| source::root_rule(app, &validated.arn).is_err()),
            is_old: key.source.is_long_term() && age > app.config.aws.key_age_limit,
            key,
        }
    }
}

/// The keys that fit, from the one with the id `from` on; from the first where there is no such key.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn list(app: &App, who: &Who, wanted: Wanted, from: Option<String>) -> Result<Page<KeyStatus>, PortalError> {
    who.may(Part::AccessKeys)?;
    let now = app.clock.now();
    let wanted = Wanted { closed: app.closed.ids(), ..wanted };
    let read = app.database.read(move |connection| {
        let total = key_list::count(connection)?;
        let ids = key_list::ids(connection, &wanted, now)?;
        let (page, shown) = Page::cut(total, &ids, from.as_deref());
        let rows = access_keys::some(connection, &shown)?;
        let counts = key_list::use_counts(connection, &shown)?;
        let rotating = key_list::rotating(connection)?;
        Ok((page, shown, rows, counts, rotating))
    });
    let (mut page, shown, rows, counts, rotating) = read.await?;
    let mut rows: HashMap<String, _> = rows.into_iter().map(|row| (row.0.id.clone(), row)).collect();
    for id in &shown {
        let Some((key, sealed)) = rows.remove(id) else { continue };
        let used_by = counts.get(id).copied().unwrap_or(0);
        page.rows.push(KeyStatus::of(app, key, &sealed, used_by, rotating.contains(id)).await);
    }
    Ok(page)
}
