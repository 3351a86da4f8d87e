//! Grants as programs see them: each by itself, with its connector and what is known of its group.

use crate::app::App;
use crate::model::api_token::Part;
use crate::model::grant::Grant;
use crate::portal::{PortalError, Who};
use crate::store::grants::Filter;
use crate::store::{StoreError, connectors, grants};

/// A grant, with what stands beside it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The grant.
    pub grant: Grant,
    /// The connector's slug.
    pub slug: String,
    /// The connector's name.
    pub name: String,
    /// Whether the directory no longer has the group, so that nobody is in it; `None` where that is not known.
    pub gone: Option<bool>,
}

/// At most `most` grants that fit, in the order in which they were made, and whether there are more. No directory is asked:
/// whether a group is gone follows from the latest list of groups.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn page(app: &App, who: &Who, filter: Filter, most: usize) -> Result<(Vec<Seen>, bool), PortalError> {
    who.reach(Part::Grants)?;
    let read = app.database.read_much(move |connection| {
        let mut rows = grants::page(connection, &filter, i64::try_from(most + 1).unwrap_or(i64::MAX))?;
        let more = rows.len() > most;
        rows.truncate(most);
        let ids: Vec<String> = rows.iter().map(|grant| grant.connector_id.clone()).collect();
        Ok((rows, connectors::called(connection, &ids)?, more))
    });
    let (rows, called, more) = read.await?;
    let oldest = app.clock.now() - app.config.access.list_groups_every * 2;
    let asked: Vec<_> = rows.iter().map(|grant| (&grant.group, grant.created_at)).collect();
    let gone = app.directories.known_gone(&asked, oldest).await;
    let mut seen = Vec::with_capacity(rows.len());
    for (grant, gone) in rows.into_iter().zip(gone) {
        // A connector that was deleted between the two reads took its grants along.
        let Some((slug, name)) = called.get(&grant.connector_id).cloned() else { continue };
        seen.push(Seen { grant, slug, name, gone });
    }
    Ok((seen, more))
}

/// One grant. Its directory is asked where the latest list of groups does not tell whether the group is gone.
///
/// # Errors
/// [`PortalError::NotFound`] where there is none; where the caller does not administer.
pub async fn one(app: &App, who: &Who, id: &str) -> Result<Seen, PortalError> {
    who.reach(Part::Grants)?;
    let id = id.to_owned();
    let read = app.database.read(move |connection| {
        let grant = grants::find(connection, &id)?;
        let called = connectors::called(connection, std::slice::from_ref(&grant.connector_id))?;
        let (slug, name) = called.into_values().next().ok_or(StoreError::NotFound)?;
        Ok((grant, slug, name))
    });
    let (grant, slug, name) = read.await?;
    let oldest = app.clock.now() - app.config.access.list_groups_every * 2;
    let gone = app.directories.is_gone(&grant.group, grant.created_at, oldest).await;
    Ok(Seen { grant, slug, name, gone })
}
