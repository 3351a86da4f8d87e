//! Ways past a role chain with what another connector hands out, said on the pages of both.

use super::ConnectorForm;
use crate::app::App;
use crate::model::api_token::Part;
use crate::model::principal::PrincipalType;
use crate::model::shortcut::Route;
use crate::portal::{PortalError, Who};
use crate::store::connectors::routes;
use crate::store::{DbConnection, StoreError};

/// How many connectors of the roles on the way are looked at for a page; `daypass doctor` looks at all.
const LOOKED_AT: i64 = 200;

/// What is to be said of a connector and another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// The other connector's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What may happen, and what to do.
    pub sentence: String,
}

/// What is to be said of the connector of a form, as far as it is filled in; `id` is its own, where it has one.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn of(app: &App, who: &Who, id: Option<&str>, form: &ConnectorForm) -> Result<Vec<Shortcut>, PortalError> {
    // They tell of external ids, which whoever is restricted sees none of outside of their reach.
    if !who.reach(Part::Connectors)?.is_everywhere() || !form.is(PrincipalType::AssumeRole.word()) {
        return Ok(Vec::new());
    }
    let mut roles = Route::typed(&form.through);
    let external_id = Some(form.external_id.trim().to_owned()).filter(|id| !id.is_empty());
    roles.push((form.role_arn.trim().to_owned(), external_id));
    let is_whole = form.enabled && form.policy.trim().is_empty() && form.policy_arns.trim().is_empty();
    let route = Route { name: form.name.trim().to_owned(), roles, is_whole };
    let id = id.unwrap_or_default().to_owned();
    Ok(app.database.read(move |connection| past(connection, &id, &route)).await?)
}

/// The connectors whose sessions lead past the one with this id and route, and those that its own lead past.
fn past(connection: &mut DbConnection, id: &str, route: &Route) -> Result<Vec<Shortcut>, StoreError> {
    let Some(((role, _), way)) = route.roles.split_last() else { return Ok(Vec::new()) };
    let way: Vec<String> = way.iter().map(|(role, _)| role.clone()).collect();
    let mut found = Vec::new();
    for other in routes::of_roles(connection, &way, LOOKED_AT)? {
        let sentence = Route::of(&other).and_then(|other| other.leads_past(route));
        found.extend(sentence.filter(|_| other.id != id).map(|sentence| (other.id, other.name, sentence)));
    }
    if route.is_whole && !role.is_empty() {
        for other in routes::chains(connection, Some(role))? {
            let sentence = Route::of(&other).and_then(|other| route.leads_past(&other));
            found.extend(sentence.filter(|_| other.id != id).map(|sentence| (other.id, other.name, sentence)));
        }
    }
    Ok(found.into_iter().map(|(id, name, sentence)| Shortcut { id, name, sentence }).collect())
}
