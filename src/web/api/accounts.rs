//! What administrators say of accounts. Their entries come by themselves, with the first connector or access key.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::fields::Fields;
use super::json::Json;
use super::openapi::{IfMatchHeader, follows, stays};
use super::paging::Wanted;
use super::versions::{IfMatch, tagged, unsaved};
use crate::app::App;
use crate::model::account::{About, Account};
use crate::portal::accounts;
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// An AWS account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0193f6a1-0000-7000-8000-000000000004", "partition": "aws", "accountId": "123456789012", "label": "Payments",
    "colour": 2, "owner": "Team payments", "contact": "payments@example.com", "note": "", "version": 1
}))]
pub struct AccountEntry {
    /// Never changes.
    #[schema(format = "uuid")]
    id: String,
    /// The AWS partition.
    partition: String,
    /// The 12 digits.
    #[schema(pattern = "^[0-9]{12}$")]
    account_id: String,
    /// What people call it; empty where nobody has named it.
    label: String,
    /// The number of its colour on pages.
    colour: u8,
    /// Whose it is.
    owner: String,
    /// How to reach them.
    contact: String,
    /// Anything else, for administrators.
    note: String,
    /// Counts its changes; the `ETag` too.
    version: i32,
}

/// A page of accounts.
#[derive(Serialize, ToSchema)]
pub struct AccountPage {
    /// By account id.
    accounts: Vec<AccountEntry>,
    /// The path and query of the next page; null on the last one.
    next: Option<String>,
}

/// All that administrators say of an account; what is left out is empty from then on. The rest may be sent back as it came.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"label": "Payments", "colour": 2, "owner": "Team payments"}))]
#[allow(dead_code, reason = "the document's: `Fields` reads them")]
pub struct AccountAbout {
    /// What people call it.
    label: Option<String>,
    /// The number of its colour on pages.
    colour: Option<u8>,
    /// Whose it is.
    owner: Option<String>,
    /// How to reach them.
    contact: Option<String>,
    /// Anything else, for administrators.
    note: Option<String>,
    #[schema(schema_with = stays)]
    id: Option<Value>,
    #[schema(schema_with = stays)]
    partition: Option<Value>,
    #[schema(schema_with = stays)]
    account_id: Option<Value>,
    #[schema(schema_with = follows)]
    version: Option<Value>,
}

impl AccountEntry {
    fn of(account: Account) -> Self {
        let About { label, colour, owner, contact, note } = account.about;
        Self {
            id: account.id,
            partition: account.partition.to_string(),
            account_id: account.account_id,
            label,
            colour,
            owner,
            contact,
            note,
            version: account.version,
        }
    }
}

const LIST: &str = "/api/v1/accounts";

/// The accounts that connectors lead into or access keys belong to.
///
/// # Errors
/// 422 where the query is wrong; where the database does not answer.
#[utoipa::path(
    get, path = "/api/v1/accounts", tag = "Administration", operation_id = "listAccounts",
    params(
        ("limit" = Option<u32>, Query, description = "The most accounts of a page", minimum = 1, maximum = 1000),
        ("cursor" = Option<String>, Query, description = "As “next” of the page before has it", min_length = 1)
    ),
    responses((status = 200, description = "A page of them", body = AccountPage))
)]
pub async fn list(app: web::Data<App>, holder: ApiCaller, request: HttpRequest) -> Result<HttpResponse, WebError> {
    let mut query = Fields::of_query(request.query_string());
    let wanted = Wanted::read(&mut query, LIST);
    query.end()?;
    let all: Vec<Account> = accounts::list(&app, &holder.0).await?.into_iter().map(|status| status.account).collect();
    let (rows, next) = wanted.cut(&all, |account| (&account.account_id, &account.id));
    let accounts = rows.into_iter().cloned().map(AccountEntry::of).collect();
    Ok(HttpResponse::Ok().json(AccountPage { accounts, next }))
}

/// One account.
///
/// # Errors
/// 404 where there is none.
#[utoipa::path(
    get, path = "/api/v1/accounts/{id}", tag = "Administration", operation_id = "getAccount",
    params(("id" = String, Path, description = "The account's id, not its twelve digits")),
    responses((status = 200, description = "The account; its version is the ETag", body = AccountEntry))
)]
pub async fn show(
    app: web::Data<App>,
    holder: ApiCaller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    Fields::of_query(request.query_string()).end()?;
    let (account, _) = accounts::show(&app, &holder.0, &id).await?;
    Ok(tagged(account.version, &AccountEntry::of(account)))
}

/// Says all that is to be said of an account.
///
/// # Errors
/// 404, 412 where somebody else saved it since, 422 with the wrong fields, 428 without `If-Match`.
#[utoipa::path(
    put, path = "/api/v1/accounts/{id}", tag = "Administration", operation_id = "updateAccount",
    params(
        ("id" = String, Path, description = "The account's id, not its twelve digits"),
        IfMatchHeader
    ),
    request_body = AccountAbout,
    responses((status = 200, description = "The account as it is now", body = AccountEntry))
)]
pub async fn update(
    app: web::Data<App>,
    holder: ApiCaller,
    id: web::Path<String>,
    version: IfMatch,
    body: Json,
) -> Result<HttpResponse, actix_web::Error> {
    let (now, _) = accounts::show(&app, &holder.0, &id).await.map_err(WebError)?;
    let mut fields = Fields::of(body.0);
    fields.stay(&["id", "partition", "accountId"], &AccountEntry::of(now));
    fields.follow(&["version"]);
    let mut text = |name| fields.any_text(name).unwrap_or_default();
    let (label, owner, contact, note) = (text("label"), text("owner"), text("contact"), text("note"));
    let colour = fields.number("colour").unwrap_or_default();
    fields.end().map_err(WebError)?;
    let about = About { label, colour, owner, contact, note };
    accounts::update(&app, &holder.0, &id, version.0, &about).await.map_err(unsaved)?;
    let (account, _) = accounts::show(&app, &holder.0, &id).await.map_err(WebError)?;
    Ok(tagged(account.version, &AccountEntry::of(account)))
}

/// Removes an account that nothing uses.
///
/// # Errors
/// 404, 409 while a connector or access key uses it, 412 where somebody else saved it since, 428 without `If-Match`.
#[utoipa::path(
    delete, path = "/api/v1/accounts/{id}", tag = "Administration", operation_id = "deleteAccount",
    params(
        ("id" = String, Path, description = "The account's id, not its twelve digits"),
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
    accounts::delete(&app, &holder.0, &id, version.0).await.map_err(unsaved)?;
    Ok(HttpResponse::NoContent().finish())
}
