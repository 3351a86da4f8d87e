//! How many people may use a connector through its groups: for administrators to look at, never to decide by.

use crate::app::App;
use crate::directory::{DirectoryError, Headcount};
use crate::model::api_token::Part;
use crate::model::identity::GroupRef;
use crate::portal::{PortalError, Who};
use crate::store::connectors::Head;
use crate::store::{connectors, grants};

/// People counted, by directory.
#[derive(Clone, Debug)]
pub struct People {
    /// The connector.
    pub connector: Head,
    /// How many groups may use it.
    pub groups: usize,
    /// The groups whose directory is not configured any more: nobody is in them.
    pub adrift: usize,
    /// What each directory that has some of the groups says, in the order of the configuration.
    pub counted: Vec<(String, Result<Headcount, DirectoryError>)>,
    /// Whether administrators may use it without being in one of the groups.
    pub administrators: bool,
}

/// Counts the different people who may sign in and are in one of the connector's groups, or in one within. This asks the
/// directories, and may take [`crate::directory::LONGEST_COUNT`].
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn count(app: &App, who: &Who, id: &str) -> Result<People, PortalError> {
    who.reach(Part::Grants)?;
    let id = id.to_owned();
    let read = app.database.read(move |connection| {
        let id = connectors::resolve_id(connection, &id)?;
        Ok((connectors::head(connection, &id)?, grants::of_connector(connection, &id)?))
    });
    let (connector, grants) = read.await?;
    let groups: Vec<GroupRef> = grants.into_iter().map(|grant| grant.group).collect();
    let adrift = groups.iter().filter(|group| app.directories.get(&group.directory).is_none()).count();
    Ok(People {
        connector,
        adrift,
        groups: groups.len(),
        counted: app.directories.people_in(&groups).await,
        administrators: app.config.access.administrators_may_use_all,
    })
}
