//! Grants: which groups may use which connectors. They are made and taken away, and never change.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::fields::Fields;
use super::once::{Creation, created, gone};
use super::openapi::IdempotencyKeyHeader;
use super::paging::Wanted;
use crate::app::App;
use crate::model::credentials::rfc3339;
use crate::portal::connectors::whole;
use crate::portal::permissions::seen::{self, Seen};
use crate::portal::{PortalError, permissions};
use crate::store::grants::Filter;
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// A group may use a connector.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0193f6a1-0000-7000-8000-000000000006",
    "connector": {"id": "0193f6a1-0000-7000-8000-000000000001", "slug": "payments-read-only", "name": "Payments, read only"},
    "group": "corp:5f2c", "directory": "corp", "groupName": "payments", "groupDetail": "cn=payments,ou=groups,dc=example,dc=com",
    "gone": false, "createdBy": "ada", "createdAt": "2030-01-01T12:00:00Z"
}))]
pub struct GrantEntry {
    /// Never changes.
    #[schema(format = "uuid")]
    id: String,
    /// What the group may use.
    connector: GrantConnector,
    /// The group: its directory, a colon, and its id there, which outlives its name.
    group: String,
    /// Its directory.
    directory: String,
    /// Its name when it was granted.
    group_name: String,
    /// Its DN or the like then; may be empty.
    group_detail: String,
    /// Whether the directory no longer has it, so that nobody is in it; null where that is not known at the moment.
    gone: Option<bool>,
    /// Who granted it.
    created_by: String,
    /// When.
    #[schema(format = "date-time")]
    created_at: String,
}

/// A connector that a group may use.
#[derive(Serialize, ToSchema)]
pub struct GrantConnector {
    /// Never changes.
    #[schema(format = "uuid")]
    id: String,
    /// For addresses and commands.
    slug: String,
    /// What people call it.
    name: String,
}

/// A page of grants.
#[derive(Serialize, ToSchema)]
pub struct GrantPage {
    /// In the order in which they were made.
    grants: Vec<GrantEntry>,
    /// The path and query of the next page; null on the last one.
    next: Option<String>,
}

/// Which group is to be able to use which connector.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"connector": "payments-read-only", "group": "payments", "directory": "corp"}))]
#[allow(dead_code, reason = "the document's: `Fields` reads them")]
pub struct NewGrant {
    /// GUID, slug or exact name.
    #[schema(min_length = 1, pattern = r"\S")]
    connector: String,
    /// The group: `directory:id` as grants have it, or its exact name.
    #[schema(min_length = 1, pattern = r"\S")]
    group: String,
    /// Its directory, where several have a group of this name.
    #[schema(min_length = 1, pattern = r"\S")]
    directory: Option<String>,
}

impl GrantEntry {
    fn of(seen: Seen) -> Self {
        let Seen { grant, slug, name, gone } = seen;
        Self {
            id: grant.id,
            connector: GrantConnector { id: grant.connector_id, slug, name },
            group: grant.group.to_string(),
            directory: grant.group.directory,
            group_name: grant.group_name,
            group_detail: grant.group_detail,
            gone,
            created_by: grant.created_by,
            created_at: rfc3339(grant.created_at),
        }
    }
}

const LIST: &str = "/api/v1/grants";

/// Which groups may use which connectors.
///
/// # Errors
/// 422 where the query is wrong.
#[utoipa::path(
    get, path = "/api/v1/grants", tag = "Administration", operation_id = "listGrants",
    params(
        ("limit" = Option<u32>, Query, description = "The most grants of a page", minimum = 1, maximum = 1000),
        ("cursor" = Option<String>, Query, description = "As “next” of the page before has it", min_length = 1),
        ("connector" = Option<String>, Query, description = "Of this connector: GUID, slug or exact name", min_length = 1,
            pattern = r"\S"),
        ("directory" = Option<String>, Query, description = "Of groups of this directory", min_length = 1, pattern = r"\S"),
        ("group" = Option<String>, Query, description = "Of this group: `directory:id`, or its exact name when it was granted",
            min_length = 1, pattern = r"\S")
    ),
    responses((status = 200, description = "A page of them", body = GrantPage))
)]
pub async fn list(app: web::Data<App>, holder: ApiCaller, request: HttpRequest) -> Result<HttpResponse, WebError> {
    let mut query = Fields::of_query(request.query_string());
    let wanted = Wanted::read(&mut query, LIST);
    let connector = query.text("connector");
    let mut filter = Filter { directory: query.text("directory"), group: query.text("group"), ..Filter::default() };
    if let Some(text) = &connector {
        match whole::id_of(&app, &holder.0, text).await {
            Ok(id) => filter.connector_id = Some(id),
            Err(PortalError::NotFound(_)) => query.wrong("connector", no_connector(text)),
            Err(error) => return Err(error.into()),
        }
    }
    query.end()?;
    filter.after = wanted.after().map(str::to_owned);
    let (rows, more) = seen::page(&app, &holder.0, filter, wanted.limit()).await?;
    let next = rows.last().filter(|_| more).map(|last| wanted.next("", &last.grant.id));
    Ok(HttpResponse::Ok().json(GrantPage { grants: rows.into_iter().map(GrantEntry::of).collect(), next }))
}

fn no_connector(text: &str) -> String {
    let shown: String = text.chars().filter(|c| !c.is_control()).take(64).collect();
    format!("No connector has the name, slug or id “{shown}”.")
}

/// One grant.
///
/// # Errors
/// 404 where there is none.
#[utoipa::path(
    get, path = "/api/v1/grants/{id}", tag = "Administration", operation_id = "getGrant",
    params(("id" = String, Path, description = "The grant's id")),
    responses((status = 200, description = "The grant", body = GrantEntry))
)]
pub async fn show(
    app: web::Data<App>,
    holder: ApiCaller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    Fields::of_query(request.query_string()).end()?;
    Ok(HttpResponse::Ok().json(GrantEntry::of(seen::one(&app, &holder.0, &id).await?)))
}

/// Lets a group use a connector.
///
/// # Errors
/// 403 where the connector lies outside of what the caller may change; 409 where the same request made it before and it is gone
/// since; 422 with the wrong fields, also where the group may use it already; 503 where the group's directory does not answer.
#[utoipa::path(
    post, path = "/api/v1/grants", tag = "Administration", operation_id = "createGrant",
    params(IdempotencyKeyHeader),
    request_body = NewGrant,
    responses((status = 201, description = "The grant; Location is its address", body = GrantEntry))
)]
pub async fn create(app: web::Data<App>, holder: ApiCaller, sent: Creation) -> Result<HttpResponse, WebError> {
    let Creation { body, once } = sent;
    let (connector, group) = read(&app, body)?;
    let make = async {
        let id = whole::id_of(&app, &holder.0, &connector).await?;
        Ok(permissions::grant_once(&app, &holder.0, &id, &group, &once).await?.0)
    };
    let made = once.run(&app, make).await.map_err(|error| match error {
        PortalError::NotFound(_) => PortalError::Invalid(("connector", no_connector(&connector)).into()),
        error => error,
    })?;
    let seen = seen::one(&app, &holder.0, &made.id).await.map_err(|error| gone(&made, error))?;
    Ok(created(&app, LIST, &made).json(GrantEntry::of(seen)))
}

/// What names the connector, and what names the group.
fn read(app: &App, body: Map<String, Value>) -> Result<(String, String), PortalError> {
    let mut fields = Fields::of(body);
    let (connector, group) = (fields.required("connector"), fields.required("group"));
    let directory = fields.text("directory");
    if let Some(name) = &directory
        && app.directories.get(name).is_none()
    {
        let known: Vec<&str> = app.directories.all().iter().map(|members| members.name()).collect();
        fields.wrong("directory", format!("There is no such directory; there are {}.", known.join(", ")));
    }
    fields.end()?;
    let group = group.unwrap_or_default();
    let group = match directory {
        // Grants have it in front already.
        Some(directory) if !group.starts_with(&format!("{directory}:")) => format!("{directory}:{group}"),
        _ => group,
    };
    Ok((connector.unwrap_or_default(), group))
}

/// Takes a connector from a group. Credentials that were issued before run to their end.
///
/// # Errors
/// 403 where the connector lies outside of what the caller may change; 404 where there is no such grant.
#[utoipa::path(
    delete, path = "/api/v1/grants/{id}", tag = "Administration", operation_id = "deleteGrant",
    params(("id" = String, Path, description = "The grant's id")),
    responses((status = 204, description = "The group may no longer use it"))
)]
pub async fn delete(
    app: web::Data<App>,
    holder: ApiCaller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    Fields::of_query(request.query_string()).end()?;
    permissions::revoke(&app, &holder.0, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}
