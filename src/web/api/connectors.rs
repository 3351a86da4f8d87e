//! The connectors that the caller may use.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::fields::Fields;
use super::paging::Wanted;
use crate::app::App;
use crate::model::connector::Connector;
use crate::model::summary::Summary;
use crate::portal::my_access;
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// A connector that the caller may use.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0193f6a1-0000-7000-8000-000000000001", "slug": "payments-read-only", "name": "Payments, read only",
    "description": "Looking, not touching", "type": "assume_role", "accountId": "123456789012", "partition": "aws",
    "systemScope": false, "console": true
}))]
pub struct UsableConnector {
    /// Never changes.
    #[schema(format = "uuid")]
    id: String,
    /// For addresses and commands; an old one goes on leading here.
    slug: String,
    /// What people call it.
    name: String,
    /// One line about it; may be empty.
    description: String,
    /// Which call gives its credentials.
    #[serde(rename = "type")]
    #[schema(pattern = "^(assume_role|federated_user|iam_user|provided)$")]
    kind: &'static str,
    /// The AWS account that it leads into; null where that is not known.
    #[schema(pattern = "^[0-9]{12}$")]
    account_id: Option<String>,
    /// The AWS partition.
    partition: String,
    /// Whether programs' tokens may use it.
    system_scope: bool,
    /// Whether it opens the console.
    console: bool,
}

/// A page of connectors.
#[derive(Serialize, ToSchema)]
pub struct ConnectorPage {
    /// By name.
    connectors: Vec<UsableConnector>,
    /// The path and query of the next page; null on the last one.
    next: Option<String>,
}

impl UsableConnector {
    fn of_summary(summary: &Summary) -> Self {
        Self {
            id: summary.id.clone(),
            slug: summary.slug.clone(),
            name: summary.name.clone(),
            description: summary.description.clone(),
            kind: summary.kind.word(),
            account_id: summary.account.as_ref().map(|account| account.account_id.clone()),
            partition: summary.partition.to_string(),
            system_scope: summary.system_scope,
            console: summary.kind.opens_console(),
        }
    }

    fn of(connector: Connector) -> Self {
        let kind = connector.principal.kind();
        Self {
            id: connector.id,
            slug: connector.slug,
            name: connector.name,
            description: connector.description,
            kind: kind.word(),
            account_id: connector.account_id,
            partition: connector.partition.to_string(),
            system_scope: connector.system_scope,
            console: kind.opens_console(),
        }
    }
}

const LIST: &str = "/api/v1/connectors";

/// The connectors that the caller may use, by name.
///
/// # Errors
/// 422 where the query is wrong; where the database does not answer.
#[utoipa::path(
    get, path = "/api/v1/connectors", tag = "Use", operation_id = "listConnectors",
    params(
        ("limit" = Option<u32>, Query, description = "The most connectors of a page", minimum = 1, maximum = 1000),
        ("cursor" = Option<String>, Query, description = "As “next” of the page before has it", min_length = 1)
    ),
    responses((status = 200, description = "A page of them", body = ConnectorPage))
)]
pub async fn list(app: web::Data<App>, holder: ApiCaller, request: HttpRequest) -> Result<HttpResponse, WebError> {
    let mut query = Fields::of_query(request.query_string());
    let wanted = Wanted::read(&mut query, LIST);
    query.end()?;
    let all = my_access::list(&app, &holder.0.actor).await?;
    let (rows, next) = wanted.cut(&all, |row| (&row.name, &row.id));
    let connectors = rows.into_iter().map(UsableConnector::of_summary).collect();
    Ok(HttpResponse::Ok().json(ConnectorPage { connectors, next }))
}

/// One connector that the caller may use.
///
/// # Errors
/// 404 where there is none or it is not granted, which look the same; 409 where it is switched off.
#[utoipa::path(
    get, path = "/api/v1/connectors/{connector}", tag = "Use", operation_id = "getConnector",
    params(("connector" = String, Path, description = "GUID, slug or exact name")),
    responses((status = 200, description = "The connector", body = UsableConnector))
)]
pub async fn show(
    app: web::Data<App>,
    holder: ApiCaller,
    connector: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    Fields::of_query(request.query_string()).end()?;
    let mine = my_access::find(&app, &holder.0.actor, &connector).await?;
    Ok(HttpResponse::Ok().json(UsableConnector::of(mine.connector)))
}
