//! One account: whose it is, what it is called, its colour; and its end.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::delete::{DeletePage, Looked, page as delete_page};
use crate::app::App;
use crate::model::account::{About, Account, COLOUR_NAMES, grouped};
use crate::portal::{PortalError, Who, accounts};
use crate::store::accounts::Uses;
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
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
        self.uses.connectors.is_empty() && self.uses.access_keys.is_empty()
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
    }
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
