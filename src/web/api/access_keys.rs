//! Access keys, for programs that look after them. What is secret goes in and never comes out. Their rotation, which changes
//! keys at AWS, stays with people.

mod body;
mod entry;

use actix_web::{HttpRequest, HttpResponse, web};

use super::fields::Fields;
use super::json::Json;
use super::once::{Creation, created, gone};
use super::openapi::{IdempotencyKeyHeader, IfMatchHeader};
use super::paging::Wanted;
use super::versions::{IfMatch, tag, tagged, unsaved};
use crate::app::App;
use crate::portal::access_keys::check::{self, Checked};
use crate::portal::access_keys::{self, KeyStatus, State, list as listing};
use crate::portal::{PortalError, Who};
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;
pub use body::{AccessKeyAbout, NewAccessKey};
use body::{edit, named, new};
pub use entry::{AccessKeyEntry, AccessKeyPage};

const LIST: &str = "/api/v1/access-keys";

/// The access keys, by name.
///
/// # Errors
/// 422 where the query is wrong.
#[utoipa::path(
    get, path = "/api/v1/access-keys", tag = "Administration", operation_id = "listAccessKeys",
    params(
        ("q" = Option<String>, Query, description = "A part of id, name, key id, account or ARN",
            min_length = 1, pattern = r"\S"),
        ("state" = Option<String>, Query, description = "How they stand",
            pattern = "^(ok|unverified|rotating|refused|expired|root|unusable|closed)$"),
        ("limit" = Option<u32>, Query, description = "The most keys of a page", minimum = 1, maximum = 1000),
        ("cursor" = Option<String>, Query, description = "As “next” of the page before has it", min_length = 1)
    ),
    responses((status = 200, description = "A page of them", body = AccessKeyPage))
)]
pub async fn list(app: web::Data<App>, holder: ApiCaller, request: HttpRequest) -> Result<HttpResponse, WebError> {
    let mut query = Fields::of_query(request.query_string());
    let (search, word) = (query.text("q").unwrap_or_default(), query.text("state"));
    let state = word.as_deref().and_then(State::parse);
    if word.is_some() && state.is_none() {
        let words = State::ALL.map(|(_, word)| word).join(", ");
        query.wrong("state", format!("state is one of {words}."));
    }
    let wanted = Wanted::read(&mut query, LIST);
    query.end()?;
    let mut names = listing::names(&app, &holder.0, search).await?;
    if let Some(state) = state {
        // Whether a secret opens stands in no column.
        let ids: Vec<String> = names.iter().map(|(id, _)| id.clone()).collect();
        let all = listing::some(&app, &holder.0, &ids).await?;
        names = all.into_iter().filter(|status| status.state() == state).map(|it| (it.key.id, it.key.name)).collect();
    }
    let (rows, next) = wanted.cut(&names, |(id, name)| (name, id));
    let ids: Vec<String> = rows.into_iter().map(|(id, _)| id.clone()).collect();
    let shown = listing::some(&app, &holder.0, &ids).await?;
    let access_keys = shown.iter().map(AccessKeyEntry::of).collect();
    Ok(HttpResponse::Ok().json(AccessKeyPage { access_keys, next }))
}

/// One access key.
///
/// # Errors
/// 404 where there is none.
#[utoipa::path(
    get, path = "/api/v1/access-keys/{id}", tag = "Administration", operation_id = "getAccessKey",
    params(("id" = String, Path, description = "The access key's id, not AWS's id of it")),
    responses((status = 200, description = "The access key; its version is the ETag", body = AccessKeyEntry))
)]
pub async fn show(
    app: web::Data<App>,
    holder: ApiCaller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    Fields::of_query(request.query_string()).end()?;
    Ok(answer(&found(&app, &holder.0, &id).await?))
}

async fn found(app: &App, who: &Who, id: &str) -> Result<KeyStatus, PortalError> {
    Ok(access_keys::show(app, who, id).await?.0)
}

fn answer(status: &KeyStatus) -> HttpResponse {
    tagged(status.key.version, &AccessKeyEntry::of(status))
}

/// Adds an access key. AWS is asked whose it is, unless `validate` is false.
///
/// # Errors
/// 422 with the wrong fields, AWS's refusal among them; 502 to 504 where AWS gives no answer: nothing is kept then.
#[utoipa::path(
    post, path = "/api/v1/access-keys", tag = "Administration", operation_id = "createAccessKey",
    params(IdempotencyKeyHeader),
    request_body = NewAccessKey,
    responses((status = 201, description = "The access key without its secrets; Location is its address, the ETag its version",
        body = AccessKeyEntry))
)]
pub async fn create(app: web::Data<App>, holder: ApiCaller, creation: Creation) -> Result<HttpResponse, WebError> {
    let Creation { body, once } = creation;
    let form = new(body)?;
    let made = once.run(&app, access_keys::create_once(&app, &holder.0, form, &once)).await.map_err(named)?;
    let status = found(&app, &holder.0, &made.id).await.map_err(|error| gone(&made, error))?;
    Ok(created(&app, LIST, &made).insert_header(tag(status.key.version)).json(AccessKeyEntry::of(&status)))
}

/// Says all that is to be said of an access key. Connectors that use it change with it. AWS is asked whose key it is, unless
/// `validate` is false.
///
/// # Errors
/// 404, 412 where somebody else saved it since, 422 with the wrong fields, 428 without `If-Match`, 502 to 504 where AWS gives
/// no answer: nothing is saved then.
#[utoipa::path(
    put, path = "/api/v1/access-keys/{id}", tag = "Administration", operation_id = "updateAccessKey",
    params(
        ("id" = String, Path, description = "The access key's id, not AWS's id of it"),
        IfMatchHeader
    ),
    request_body = AccessKeyAbout,
    responses((status = 200, description = "The access key as it is now", body = AccessKeyEntry))
)]
pub async fn update(
    app: web::Data<App>,
    holder: ApiCaller,
    id: web::Path<String>,
    version: IfMatch,
    body: Json,
) -> Result<HttpResponse, actix_web::Error> {
    let now = AccessKeyEntry::of(&found(&app, &holder.0, &id).await.map_err(WebError)?);
    let form = edit(body.0, version.0, &now).map_err(WebError)?;
    access_keys::edit(&app, &holder.0, &id, form).await.map_err(named).map_err(unsaved)?;
    Ok(answer(&found(&app, &holder.0, &id).await.map_err(WebError)?))
}

/// Removes an access key that no connector uses. At AWS it stays active until it is removed there.
///
/// # Errors
/// 404, 409 while connectors use it, which are named, or a rotation goes on; 412 where somebody else saved it since, 428
/// without `If-Match`.
#[utoipa::path(
    delete, path = "/api/v1/access-keys/{id}", tag = "Administration", operation_id = "deleteAccessKey",
    params(
        ("id" = String, Path, description = "The access key's id, not AWS's id of it"),
        IfMatchHeader
    ),
    responses((status = 204, description = "It is gone"))
)]
pub async fn delete(
    app: web::Data<App>,
    holder: ApiCaller,
    id: web::Path<String>,
    version: IfMatch,
) -> Result<HttpResponse, actix_web::Error> {
    access_keys::delete(&app, &holder.0, &id, Some(version.0)).await.map_err(unsaved)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Asks AWS now whether it takes an access key. What it says is kept, whatever it is.
///
/// # Errors
/// 404; 409 where a rule of ours forbids its use, the code says which; 502 in AWS's words where it refuses the key; 503 where
/// its secret does not open, or AWS cannot be reached; 504.
#[utoipa::path(
    post, path = "/api/v1/access-keys/{id}/check", tag = "Administration", operation_id = "checkAccessKey",
    params(("id" = String, Path, description = "The access key's id, not AWS's id of it")),
    responses((status = 200, description = "AWS takes it", body = AccessKeyEntry))
)]
pub async fn check(
    app: web::Data<App>,
    holder: ApiCaller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    Fields::of_query(request.query_string()).end()?;
    match check::one(&app, &holder.0, &id).await? {
        Checked::Good => Ok(answer(&found(&app, &holder.0, &id).await?)),
        Checked::Refused(why) | Checked::Unknown(why) => Err(why.error.into()),
    }
}
