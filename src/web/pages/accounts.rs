//! The list of accounts.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::model::account::link;
use crate::portal::accounts::{self, AccountStatus};
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{AccountTag, ok};
use crate::web::session::Session;

/// `GET /admin/accounts?q=&sort=`
#[derive(Template)]
#[template(path = "pages/accounts.html")]
pub struct AccountsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The search as typed.
    pub query: String,
    /// The order, as in the address.
    pub sort: String,
    /// Where a click on the heading of the names leads.
    pub turn: String,
    /// The accounts that match.
    pub rows: Vec<AccountRow>,
    /// How many there are, whether they match or not.
    pub total: usize,
}

/// One account.
pub struct AccountRow {
    /// Its id, for addresses.
    pub id: String,
    /// Its name, number and colour.
    pub tag: AccountTag,
    /// The partition, as `aws`.
    pub partition: &'static str,
    /// Whose it is; may be empty.
    pub owner: String,
    /// How to reach them; may be empty.
    pub contact: String,
    /// Where the contact leads; `None`: it is no address.
    pub contact_link: Option<String>,
    /// How many connectors lead into it.
    pub connectors: i64,
    /// How many access keys belong to it.
    pub access_keys: i64,
}

/// `?q=&sort=`; `-name` turns the order round.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    #[serde(skip_serializing_if = "String::is_empty")]
    q: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    sort: String,
}

const TURNED: &str = "-name";

/// `GET /admin/accounts`
///
/// # Errors
/// Where the database does not answer.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let asked = asked.into_inner();
    let all = accounts::list(&app, &who.0).await?;
    let (total, wanted) = (all.len(), asked.q.trim().to_lowercase());
    let mut rows: Vec<AccountRow> = all.into_iter().map(row).filter(|row| fits(row, &wanted)).collect();
    let is_turned = asked.sort == TURNED;
    if is_turned {
        rows.reverse();
    }
    let turned = Asked { sort: if is_turned { String::new() } else { TURNED.to_owned() }, q: asked.q.clone() };
    Ok(ok(&AccountsPage {
        frame: Frame::administration(&app, &who.0, &session, "/admin/accounts", "Accounts"),
        turn: format!("/admin/accounts?{}", serde_urlencoded::to_string(turned).unwrap_or_default()),
        query: asked.q,
        sort: if is_turned { TURNED.to_owned() } else { String::new() },
        rows,
        total,
    }))
}

fn row(status: AccountStatus) -> AccountRow {
    let AccountStatus { account, connectors, access_keys } = status;
    AccountRow {
        tag: AccountTag::of(Some(&account)),
        id: account.id,
        partition: account.partition.id(),
        contact_link: link(&account.about.contact),
        owner: account.about.owner,
        contact: account.about.contact,
        connectors,
        access_keys,
    }
}

fn fits(row: &AccountRow, wanted: &str) -> bool {
    let text = format!("{} {} {} {} {}", row.tag.words(), row.partition, row.owner, row.contact, row.id);
    text.to_lowercase().contains(wanted)
}
