//! One account: whose it is, what it is called, its colour; and its end.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::delete::{DeletePage, Looked, page as delete_page};
use crate::app::App;
use crate::model::account::{About, Account, COLOUR_NAMES, grouped};
use crate::model::event::Kind;
use crate::model::partition::Partition;
use crate::portal::{PortalError, Who, accounts};
use crate::store::accounts::Uses;
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::gone::Gone;
use crate::web::guard::SignedIn;
use crate::web::html::{AccountTag, FieldErrors, Tone, ok, respond, see_other};
use crate::web::session::Session;

/// `GET` and `POST /admin/accounts/{id}`; the fields are those of [`About`], and `version`.
#[derive(Template)]
#[template(path = "pages/account.html")]
pub struct AccountPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Its id.
    pub id: String,
    /// The account as it is saved.
    pub tag: AccountTag,
    /// What people call its partition.
    pub partition: &'static str,
    /// The form as typed.
    pub f: About,
    /// The version that the form was made of.
    pub version: i32,
    /// What is wrong, by field.
    pub errors: FieldErrors,
    /// What uses it.
    pub uses: Uses,
    /// Somebody deleted it while the form was open: there is nothing to save it to.
    pub is_gone: bool,
}

impl AccountPage {
    /// The colours to choose from, as (number, name).
    #[must_use]
    pub fn colours(&self) -> Vec<(u8, &'static str)> {
        (0..).zip(COLOUR_NAMES).collect()
    }

    /// Whether it may be removed.
    #[must_use]
    pub const fn is_unused(&self) -> bool {
        !self.is_gone && self.uses.connectors.is_empty() && self.uses.access_keys.is_empty()
    }
}

/// The form as it arrives.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    label: String,
    colour: u8,
    owner: String,
    contact: String,
    note: String,
    version: i32,
}

const RAIL: &str = "/admin/accounts";

fn frame(app: &App, who: &Who, session: &Session, title: &str) -> Frame {
    Frame::administration(app, who, session, RAIL, title).below("Administration", "/admin").below("Accounts", RAIL)
}

fn page(frame: Frame, account: &Account, uses: Uses, errors: FieldErrors) -> AccountPage {
    AccountPage {
        frame,
        tag: AccountTag::of(Some(account)),
        id: account.id.clone(),
        partition: account.partition.label(),
        f: account.about.clone(),
        version: account.version,
        errors,
        uses,
        is_gone: false,
    }
}

/// What was typed for an account that somebody deleted while it was open. Accounts come by themselves, so there is nothing to
/// save it to.
async fn deleted(app: &App, who: &Who, session: &Session, id: &str, typed: About) -> Result<HttpResponse, WebError> {
    let way = "An account comes back, without a name, with the next connector or access key of it. Copy what you need of what you typed from below, and put it in then.";
    let Gone { row, errors } = Gone::of(app, who, "account", way, (Kind::AccountDelete, id)).await?;
    let (number, partition) = row.map_or_else(Default::default, |row| {
        let partition = row.event.detail.get("partition").and_then(serde_json::Value::as_str).unwrap_or_default();
        (row.event.account_id.unwrap_or_default(), Partition::parse(partition).map_or("", Partition::label))
    });
    let page = AccountPage {
        frame: frame(app, who, session, "Deleted account"),
        id: id.to_owned(),
        tag: AccountTag { id: grouped(&number), colour: typed.colour, ..AccountTag::default() },
        partition,
        f: typed,
        version: 0,
        errors,
        uses: Uses::default(),
        is_gone: true,
    };
    Ok(respond(&mut HttpResponse::NotFound(), &page))
}

/// `GET /admin/accounts/{id}`
///
/// # Errors
/// 404 where there is none.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let (account, uses) = accounts::show(&app, &who.0, &id).await?;
    let frame = frame(&app, &who.0, &session, &account.name());
    Ok(ok(&page(frame, &account, uses, FieldErrors::default())))
}

/// `POST /admin/accounts/{id}`
///
/// # Errors
/// 404 where there is none.
pub async fn update(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let (who, Typed { label, colour, owner, contact, note, version }) = (who.0, typed.0);
    let about = About { label, colour, owner, contact, note };
    match accounts::update(&app, &who, &id, version, &about).await {
        Ok(()) => {
            session.say(Tone::Good, "Saved.");
            Ok(see_other(&format!("{RAIL}/{id}")))
        }
        Err(PortalError::NotFound(_)) => deleted(&app, &who, &session, &id, about).await,
        Err(error) => {
            let is_stale = matches!(error, PortalError::Stale);
            let (mut response, errors) = again(error, &who.origin)?;
            let (account, uses) = accounts::show(&app, &who, &id).await?;
            let frame = frame(&app, &who, &session, &account.name());
            let mut page = page(frame, &account, uses, errors);
            page.f = about;
            if !is_stale {
                page.version = version;
            }
            Ok(respond(&mut response, &page))
        }
    }
}

async fn removal(app: &App, who: &Who, session: &Session, id: &str) -> Result<DeletePage, WebError> {
    let (account, uses) = accounts::show(app, who, id).await?;
    let frame = frame(app, who, session, "Delete account");
    let mut page = delete_page(frame, "account", format!("{RAIL}/{id}"), &account.name(), account.version);
    let number = grouped(&account.account_id);
    page.consequences
        .push(format!("Daypass forgets what it is called and whose it is. At AWS nothing happens to {number}."));
    page.consequences.push("It comes back, without a name, with the next connector or access key of it.".to_owned());
    let connectors = uses.connectors.into_iter().map(|(id, name)| (name, format!("/admin/connectors/{id}")));
    let keys = uses.access_keys.into_iter().map(|(id, name)| (name, format!("/admin/access-keys/{id}")));
    page.blocking = connectors.chain(keys).collect();
    if !page.blocking.is_empty() {
        let sentence = "Connectors or access keys still belong to this account. Delete them first.";
        page.refused = Some(sentence.to_owned());
    }
    Ok(page)
}

/// `GET /admin/accounts/{id}/delete`
///
/// # Errors
/// 404 where there is none.
pub async fn ask(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    Ok(ok(&removal(&app, &who.0, &session, &id).await?))
}

/// `POST /admin/accounts/{id}/delete`
///
/// # Errors
/// 404 where there is none; 409 where somebody else saved it since.
pub async fn delete(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    looked: Form<Looked>,
) -> Result<HttpResponse, WebError> {
    match accounts::delete(&app, &who.0, &id, looked.0.version).await {
        Ok(()) => {
            session.say(Tone::Good, "The account is deleted here.");
            Ok(see_other(RAIL))
        }
        Err(PortalError::InUse(_)) => {
            Ok(respond(&mut HttpResponse::Conflict(), &removal(&app, &who.0, &session, &id).await?))
        }
        Err(error) => Err(error.into()),
    }
}
