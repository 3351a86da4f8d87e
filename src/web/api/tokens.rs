//! API tokens, for programs that look after them. None is made here: a token makes no token.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::model::api_token::{Connectors, Dead, Holder, Owner, Part};
use crate::model::credentials::rfc3339;
use crate::portal::tokens::{self, TokenStatus};
use crate::portal::{PortalError, Who};
use crate::store::token_list::{Sort, State, Wanted};
use crate::web::error::WebError;
use crate::web::guard::ByToken;

/// `?q=&state=&sort=&from=`
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    q: String,
    state: String,
    sort: String,
    from: String,
}

/// `GET /api/v1/tokens?q=&state=live|orphaned|ended|all&sort=name|created|expires|used&from=` with a hyphen before the order to
/// turn it round: `{"tokens", "total", "found", "next"}`, at most 100 of them; `next` is what the next page has as `from`.
///
/// # Errors
/// 401 without a live token, 403 without `admin:tokens`, 422 for an unknown state.
pub async fn list(app: web::Data<App>, who: ByToken, asked: web::Query<Asked>) -> Result<HttpResponse, WebError> {
    let asked = asked.into_inner();
    let state = match asked.state.as_str() {
        "" => State::default(),
        word => State::parse(word).ok_or_else(|| {
            PortalError::Invalid(("state", "state is one of live, orphaned, ended and all.".to_owned()).into())
        })?,
    };
    let (word, descending) = asked.sort.strip_prefix('-').map_or((asked.sort.as_str(), false), |word| (word, true));
    let wanted = Wanted { search: asked.q, state, sort: Sort::parse(word), descending };
    let from = Some(asked.from).filter(|from| !from.is_empty());
    let page = tokens::list_all(&app, &who.0, wanted, from).await?;
    let rows: Vec<Value> = page.rows.iter().map(token_json).collect();
    Ok(HttpResponse::Ok().json(json!({ "tokens": rows, "total": page.total, "found": page.found, "next": page.next })))
}

/// `GET /api/v1/tokens/{id}`
///
/// # Errors
/// As [`list`]; 404 where there is none.
pub async fn show(app: web::Data<App>, who: ByToken, id: web::Path<String>) -> Result<HttpResponse, WebError> {
    let status = tokens::show(&app, only_by_part(&who.0)?, &id).await?;
    Ok(HttpResponse::Ok().json(token_json(&status)))
}

/// `DELETE /api/v1/tokens/{id}`: it is refused from the next request on; 204, for one that was revoked before too.
///
/// # Errors
/// As [`show`].
pub async fn revoke(app: web::Data<App>, who: ByToken, id: web::Path<String>) -> Result<HttpResponse, WebError> {
    tokens::revoke(&app, only_by_part(&who.0)?, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The portal also serves people who look after a token without the part; the API does not.
fn only_by_part(who: &Who) -> Result<&Who, PortalError> {
    who.may(Part::Tokens).map(|()| who)
}

fn token_json(status: &TokenStatus) -> Value {
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
    let connectors: Vec<Value> =
        status.connectors.iter().map(|(id, slug, name)| json!({ "id": id, "slug": slug, "name": name })).collect();
    let last = token.last_use.as_ref();
    json!({
        "id": token.id,
        "name": token.name,
        "slug": token.slug,
        "kind": kind,
        "state": state,
        // Whose it is, or who answers for it.
        "person": Some(status.person.as_str()).filter(|name| !name.is_empty()),
        "group": owner.group.as_ref().map(|(_, name)| name),
        "orphanedAt": owner.orphaned_at.map(rfc3339),
        "parts": token.scope.parts.iter().map(|part| part.word()).collect::<Vec<_>>(),
        "allConnectors": token.scope.connectors == Connectors::All,
        "connectors": connectors,
        "accessKeyId": token.scope.access_key_id,
        "networks": token.networks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "createdBy": token.created_by,
        "createdAt": rfc3339(token.created_at),
        "endsAt": rfc3339(token.ends_at()),
        "revokedAt": token.revoked_at.map(rfc3339),
        "lastUsedAt": last.map(|last| rfc3339(last.at)),
        "lastUsedFrom": last.map(|last| &last.address),
    })
}
