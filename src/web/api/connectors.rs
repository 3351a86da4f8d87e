//! Connectors: those that the caller may use, and all of them for whoever administers them.

mod body;
mod entry;
mod sent;
mod usable;

use actix_web::http::header::ETAG;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};

use self::entry::{ConnectorEntry, ConnectorPage, SeenConnector};
use self::sent::ConnectorBody;
use self::usable::UsableConnector;
use super::fields::Fields;
use super::json::Json;
use super::once::{Creation, created, gone};
use super::openapi::{IdempotencyKeyHeader, IfMatchHeader};
use super::paging::Wanted;
use super::versions::{IfMatch, tagged, unsaved};
use crate::app::App;
use crate::model::api_token::Part;
use crate::model::event::Kind;
use crate::model::principal::PrincipalType;
use crate::portal::connectors::{self, whole};
use crate::portal::{PortalError, Who, my_access, tokens};
use crate::store::connector_list::Narrowed;
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

const LIST: &str = "/api/v1/connectors";
const ONE: &str = "/api/v1/connectors/{connector}";

/// The connectors that the caller may use, by name; with `all` every one there is, whole, for whoever administers them.
///
/// # Errors
/// 403 where the token is for the other of the two; 422 where the query is wrong.
#[utoipa::path(
    get, path = "/api/v1/connectors", tag = "Use", operation_id = "listConnectors",
    params(
        ("limit" = Option<u32>, Query, description = "The most connectors of a page", minimum = 1, maximum = 1000),
        ("cursor" = Option<String>, Query, description = "As “next” of the page before has it", min_length = 1),
        ("all" = Option<bool>, Query, description = "true: every connector, whole, with admin:connectors; else those that the caller may use"),
        ("q" = Option<String>, Query, min_length = 1, pattern = r"\S",
            description = "Of all: a part of name, slug, description, role ARN, account or access key, or a whole GUID"),
        ("account" = Option<String>, Query, description = "Of all: those that lead into this account", pattern = "^[0-9]{12}$"),
        ("type" = Option<String>, Query, description = "Of all: those of this type",
            pattern = "^(assume_role|federated_user|iam_user|provided)$"),
        ("enabled" = Option<bool>, Query, description = "Of all: those that are switched on, or off")
    ),
    responses((status = 200, description = "A page of them", body = ConnectorPage))
)]
pub async fn list(app: web::Data<App>, holder: ApiCaller, request: HttpRequest) -> Result<HttpResponse, WebError> {
    let mut query = Fields::of_query(request.query_string());
    let wanted = Wanted::read(&mut query, LIST);
    let all = query.flag("all").unwrap_or_default();
    let part = if all { Part::Connectors } else { Part::Use };
    tokens::require(&app, &holder.0, part, (Kind::PageOpen, LIST)).await?;
    if all {
        return Ok(HttpResponse::Ok().json(administered(&app, &holder.0, query, &wanted).await?));
    }
    for name in ["q", "account", "type", "enabled"] {
        if query.has(name) {
            query.text(name);
            query.wrong(name, format!("{name} narrows down all connectors: send all=true with it."));
        }
    }
    query.end()?;
    let usable = my_access::list(&app, &holder.0.actor).await?;
    let (rows, next) = wanted.cut(&usable, |row| (&row.name, &row.id));
    let usable = |row| SeenConnector::Usable(UsableConnector::of_summary(row));
    Ok(HttpResponse::Ok().json(ConnectorPage { connectors: rows.into_iter().map(usable).collect(), next }))
}

/// A page of all there are.
async fn administered(app: &App, who: &Who, mut query: Fields, wanted: &Wanted) -> Result<ConnectorPage, PortalError> {
    let (search, kind) = (query.text("q"), query.text("type"));
    let mut filter = Narrowed { account: query.text("account"), enabled: query.flag("enabled"), kind: None };
    if let Some(word) = &kind {
        filter.kind = PrincipalType::parse(word).ok();
        if filter.kind.is_none() {
            query.wrong("type", format!("type is one of {}.", PrincipalType::ALL.map(PrincipalType::word).join(", ")));
        }
    }
    if filter.account.as_ref().is_some_and(|id| id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit())) {
        query.wrong("account", "account has to be the 12 digits of an AWS account.");
    }
    query.end()?;
    let names = whole::names(app, who, search.unwrap_or_default(), filter).await?;
    let (rows, next) = wanted.cut(&names, |(id, name)| (name, id));
    let ids = rows.into_iter().map(|(id, _)| id.clone()).collect();
    let rows = whole::of_ids(app, who, ids).await?;
    let entry = |whole| SeenConnector::Whole(Box::new(ConnectorEntry::of(whole)));
    Ok(ConnectorPage { connectors: rows.into_iter().map(entry).collect(), next })
}

/// One connector: whole, with its version as `ETag`, for whoever administers connectors; else as whoever may use it sees it.
///
/// # Errors
/// 403 where the token is for neither; 404 where there is none or it is not granted, which look the same; 409 where it is
/// switched off.
#[utoipa::path(
    get, path = "/api/v1/connectors/{connector}", tag = "Use", operation_id = "getConnector",
    params(("connector" = String, Path, description = "GUID, slug or exact name")),
    responses((status = 200, description = "The connector", body = SeenConnector))
)]
pub async fn show(
    app: web::Data<App>,
    holder: ApiCaller,
    connector: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    if holder.0.actor.may(Part::Connectors) {
        Fields::of_query(request.query_string()).end()?;
        let entry = ConnectorEntry::of(whole::named(&app, &holder.0, &connector).await?);
        return Ok(tagged(entry.version(), &entry));
    }
    tokens::require(&app, &holder.0, Part::Use, (Kind::PageOpen, ONE)).await?;
    Fields::of_query(request.query_string()).end()?;
    let mine = my_access::find(&app, &holder.0.actor, &connector).await?;
    Ok(HttpResponse::Ok().json(UsableConnector::of(mine.connector)))
}

/// Makes a connector. Nobody may use it until a group is granted, but programs where it has system scope.
///
/// # Errors
/// 409 where the same request made it before and it is gone since; 422 with the wrong fields.
#[utoipa::path(
    post, path = "/api/v1/connectors", tag = "Administration", operation_id = "createConnector",
    params(IdempotencyKeyHeader),
    request_body = ConnectorBody,
    responses((status = 201, description = "The connector; Location is its address, its version the ETag", body = ConnectorEntry))
)]
pub async fn create(app: web::Data<App>, holder: ApiCaller, sent: Creation) -> Result<HttpResponse, WebError> {
    let Creation { body, once } = sent;
    let form = body::new(body)?;
    let made = once.run(&app, connectors::create_as(&app, &holder.0, &form, None, &once)).await;
    let made = made.map_err(body::in_json)?;
    let shown = whole::named(&app, &holder.0, &made.id).await.map_err(|error| gone(&made, error))?;
    let entry = ConnectorEntry::of(shown);
    let tag = (ETAG, format!("\"{}\"", entry.version()));
    Ok(created(&app, LIST, &made).insert_header(tag).json(entry))
}

/// Sets all that is to be set of a connector, as its next version.
///
/// # Errors
/// 403 where it lies outside of what the caller may change, 404, 412 where somebody else saved it since, 422 with the wrong
/// fields, 428 without `If-Match`.
#[utoipa::path(
    put, path = "/api/v1/connectors/{connector}", tag = "Administration", operation_id = "updateConnector",
    params(
        ("connector" = String, Path, description = "GUID, slug or exact name"),
        IfMatchHeader
    ),
    request_body = ConnectorBody,
    responses((status = 200, description = "The connector as it is now", body = ConnectorEntry))
)]
pub async fn update(
    app: web::Data<App>,
    holder: ApiCaller,
    connector: web::Path<String>,
    version: IfMatch,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let id = whole::id_of(&app, &holder.0, &connector).await.map_err(WebError)?;
    let Json(body) = Json::from_request(&request, &mut payload.into_inner()).await?;
    let form = body::whole(body, &id, version.0).map_err(WebError)?;
    connectors::update(&app, &holder.0, &id, &form).await.map_err(|error| unsaved(body::in_json(error)))?;
    let entry = ConnectorEntry::of(whole::named(&app, &holder.0, &id).await.map_err(WebError)?);
    Ok(tagged(entry.version(), &entry))
}

/// Removes a connector, its grants and what tokens are for it. Where groups may use it, that takes `admin:grants` too.
///
/// # Errors
/// 403 where groups may use it and the token is not for grants, or where it lies outside of what the caller may change; 404;
/// 412 where somebody else saved it since; 428 without `If-Match`.
#[utoipa::path(
    delete, path = "/api/v1/connectors/{connector}", tag = "Administration", operation_id = "deleteConnector",
    params(
        ("connector" = String, Path, description = "GUID, slug or exact name"),
        IfMatchHeader
    ),
    responses((status = 204, description = "It is gone"))
)]
pub async fn delete(
    app: web::Data<App>,
    holder: ApiCaller,
    connector: web::Path<String>,
    version: IfMatch,
) -> Result<HttpResponse, actix_web::Error> {
    let id = whole::id_of(&app, &holder.0, &connector).await.map_err(WebError)?;
    connectors::delete_version(&app, &holder.0, &id, Some(version.0)).await.map_err(unsaved)?;
    Ok(HttpResponse::NoContent().finish())
}
