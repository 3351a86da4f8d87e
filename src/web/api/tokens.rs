//! API tokens, for programs that look after them. None is made here: a token makes no token.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::fields::Fields;
use super::paging::Wanted as Place;
use crate::app::App;
use crate::model::api_token::{Connectors, Dead, Holder, Owner, Part};
use crate::model::credentials::rfc3339;
use crate::portal::tokens::{self, TokenStatus};
use crate::portal::{PortalError, Who};
use crate::store::token_list::{Sort, State, Wanted};
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// An API token; its text is nowhere.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0193f6a1-0000-7000-8000-000000000005", "name": "Build server", "slug": "build-server", "kind": "program",
    "state": "live", "person": "alice", "group": "ci", "orphanedAt": null, "parts": ["use"], "allConnectors": false,
    "connectors": [], "accessKeyId": null, "networks": ["192.0.2.0/24"], "createdBy": "ada",
    "createdAt": "2030-01-01T12:00:00Z", "endsAt": "2030-04-01T12:00:00Z", "revokedAt": null,
    "lastUsedAt": null, "lastUsedFrom": null
}))]
pub struct TokenEntry {
    /// Never changes.
    id: String,
    /// What people call it.
    name: String,
    /// Unique; of a program it is part of the session name that AWS sees.
    slug: String,
    /// `person` or `program`.
    kind: &'static str,
    /// `live`, `orphaned` (live, and nobody answers for it any more), `expired`, `revoked`, or `ended` as an orphan.
    state: &'static str,
    /// Whose it is, or who answers for it; null where that is nobody.
    person: Option<String>,
    /// The group that looks after it too.
    group: Option<String>,
    /// Since when whoever answered for it is gone.
    orphaned_at: Option<String>,
    /// The parts of the API in its scope.
    parts: Vec<&'static str>,
    /// Whether it is for all connectors that its holder may use.
    all_connectors: bool,
    /// Else for these.
    connectors: Vec<TokenConnector>,
    /// The access key whose secret it may replace.
    access_key_id: Option<String>,
    /// From where it is taken; none: from everywhere.
    networks: Vec<String>,
    /// Who made it.
    created_by: String,
    /// When.
    created_at: String,
    /// When it ends, or ended, by itself.
    ends_at: String,
    /// When it was revoked.
    revoked_at: Option<String>,
    /// When it was used last, at most a minute behind.
    last_used_at: Option<String>,
    /// The address that it was used from then.
    last_used_from: Option<String>,
}

/// A connector that a token is for.
#[derive(Serialize, ToSchema)]
pub struct TokenConnector {
    /// Never changes.
    id: String,
    /// For addresses and commands.
    slug: String,
    /// What people call it.
    name: String,
}

/// A page of tokens.
#[derive(Serialize, ToSchema)]
pub struct TokenPage {
    /// In the order that was asked for.
    tokens: Vec<TokenEntry>,
    /// How many there are.
    total: i64,
    /// How many of them fit.
    found: usize,
    /// The path and query of the next page; null on the last one.
    next: Option<String>,
}

const LIST: &str = "/api/v1/tokens";

/// Tokens of everybody.
///
/// # Errors
/// 403 without `admin:tokens`, 422 where the query is wrong.
#[utoipa::path(
    get, path = "/api/v1/tokens", tag = "Administration", operation_id = "listTokens",
    params(
        ("q" = Option<String>, Query, description = "A part of the name, the slug or whose it is", min_length = 1),
        ("state" = Option<String>, Query, description = "live, orphaned, ended or all; live where it is left out",
            pattern = "^(live|orphaned|ended|all)$"),
        ("sort" = Option<String>, Query, description = "name, created, expires or used, turned round by a hyphen before it",
            pattern = "^-?(name|created|expires|used)$"),
        ("limit" = Option<u32>, Query, description = "The most tokens of a page", minimum = 1, maximum = 1000),
        ("cursor" = Option<String>, Query, description = "As “next” of the page before has it", min_length = 1)
    ),
    responses((status = 200, description = "A page of them", body = TokenPage))
)]
pub async fn list(app: web::Data<App>, who: ApiCaller, request: HttpRequest) -> Result<HttpResponse, WebError> {
    let mut query = Fields::of_query(request.query_string());
    let (search, state, order) = (query.text("q"), query.text("state"), query.text("sort"));
    let place = Place::read(&mut query, LIST);
    let parsed = state.as_deref().map_or(Some(State::default()), State::parse);
    if parsed.is_none() {
        query.wrong("state", "state is one of live, orphaned, ended and all.");
    }
    let order = order.unwrap_or_default();
    let (word, descending) = order.strip_prefix('-').map_or((order.as_str(), false), |word| (word, true));
    if !matches!(word, "" | "name" | "created" | "expires" | "used") {
        query
            .wrong("sort", "sort is one of name, created, expires and used, with a hyphen before it to turn it round.");
    }
    query.end()?;
    let search = search.unwrap_or_default();
    let (sort, state) = (Sort::parse(word), parsed.unwrap_or_default());
    let wanted = Wanted { search, state, sort, descending };
    let rest = tokens::list_after(&app, &who.0, wanted, place.after(), place.limit()).await?;
    let next = rest.rows.last().filter(|_| rest.more).map(|last| place.next("", &last.token.id));
    let tokens = rest.rows.iter().map(entry).collect();
    Ok(HttpResponse::Ok().json(TokenPage { tokens, total: rest.total, found: rest.found, next }))
}

/// One token.
///
/// # Errors
/// 403 without `admin:tokens`, 404.
#[utoipa::path(
    get, path = "/api/v1/tokens/{id}", tag = "Administration", operation_id = "getToken",
    params(("id" = String, Path, description = "The token's id")),
    responses((status = 200, description = "The token", body = TokenEntry))
)]
pub async fn show(
    app: web::Data<App>,
    who: ApiCaller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    Fields::of_query(request.query_string()).end()?;
    let status = tokens::show(&app, only_by_part(&who.0)?, &id).await?;
    Ok(HttpResponse::Ok().json(entry(&status)))
}

/// Revokes a token: it is refused from the next request on. One that was revoked before stays so.
///
/// # Errors
/// 403 without `admin:tokens`, 404.
#[utoipa::path(
    delete, path = "/api/v1/tokens/{id}", tag = "Administration", operation_id = "revokeToken",
    params(("id" = String, Path, description = "The token's id")),
    responses((status = 204, description = "It is refused from now on"))
)]
pub async fn revoke(
    app: web::Data<App>,
    who: ApiCaller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    Fields::of_query(request.query_string()).end()?;
    tokens::revoke(&app, only_by_part(&who.0)?, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The portal also serves people who look after a token without the part; the API does not.
fn only_by_part(who: &Who) -> Result<&Who, PortalError> {
    who.may(Part::Tokens).map(|()| who)
}

fn entry(status: &TokenStatus) -> TokenEntry {
    let token = &status.token;
    let nobody = Owner::default();
    let (kind, owner) = match &token.holder {
        Holder::Person(_) => ("person", &nobody),
        Holder::Program(owner) => ("program", owner),
    };
    let state = match status.dead {
        Some(Dead::Revoked) => "revoked",
        Some(Dead::Expired) => "expired",
        Some(Dead::Orphaned) => "ended",
        None if token.is_orphan() => "orphaned",
        None => "live",
    };
    let connector = |(id, slug, name): &(String, String, String)| {
        let (id, slug, name) = (id.clone(), slug.clone(), name.clone());
        TokenConnector { id, slug, name }
    };
    let last = token.last_use.as_ref();
    TokenEntry {
        id: token.id.clone(),
        name: token.name.clone(),
        slug: token.slug.clone(),
        kind,
        state,
        person: Some(status.person.clone()).filter(|name| !name.is_empty()),
        group: owner.group.as_ref().map(|(_, name)| name.clone()),
        orphaned_at: owner.orphaned_at.map(rfc3339),
        parts: token.scope.parts.iter().map(|part| part.word()).collect(),
        all_connectors: token.scope.connectors == Connectors::All,
        connectors: status.connectors.iter().map(connector).collect(),
        access_key_id: token.scope.access_key_id.clone(),
        networks: token.networks.iter().map(ToString::to_string).collect(),
        created_by: token.created_by.clone(),
        created_at: rfc3339(token.created_at),
        ends_at: rfc3339(token.ends_at()),
        revoked_at: token.revoked_at.map(rfc3339),
        last_used_at: last.map(|last| rfc3339(last.at)),
        last_used_from: last.map(|last| last.address.clone()),
    }
}
