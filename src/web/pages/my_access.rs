//! The start page: what I may use.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::app::App;
use crate::model::account::{Account, link};
use crate::model::event::Kind;
use crate::model::session::show_duration;
use crate::model::summary::Summary;
use crate::portal::my_access;
use crate::store::usage_log;
use crate::web::error::WebError;
use crate::web::frame::{Frame, Section};
use crate::web::guard::SignedIn;
use crate::web::html::{AccountTag, Moment, ok};
use crate::web::session::Session;

/// `GET /`, with `?q=` as the filter for browsers without JavaScript.
#[derive(Template)]
#[template(path = "pages/my_access.html")]
pub struct MyAccessPage<'a> {
    /// What surrounds it.
    pub frame: Frame,
    /// The filter as typed.
    pub query: String,
    /// The connectors that match, grouped by account.
    pub accounts: Vec<MyAccount<'a>>,
    /// How many connectors the person may use, whether they match or not.
    pub total: usize,
    /// The last uses, newest first.
    pub recent: Vec<RecentUse<'a>>,
    /// Whether the person may create connectors, for the empty page.
    pub administrator: bool,
}

/// An account with what the person may use in it.
pub struct MyAccount<'a> {
    /// The account.
    pub account: AccountTag,
    /// Whose it is; may be empty.
    pub owner: &'a str,
    /// How to reach them; may be empty.
    pub contact: &'a str,
    /// Where the contact leads; `None`: it is no address.
    pub contact_link: Option<String>,
    /// What a search finds it by.
    pub words: String,
    /// Its connectors, by name.
    pub connectors: Vec<&'a Summary>,
}

/// One use of a connector by the person.
pub struct RecentUse<'a> {
    /// The connector's name.
    pub connector: String,
    /// Its slug; empty when the person may no longer use it.
    pub slug: &'a str,
    /// What was done, as "opened the console".
    pub what: String,
    /// When.
    pub at: Moment,
    /// As "still valid 42 min", while it is.
    pub remaining: Option<String>,
}

/// `?q=`
#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
}

/// `GET /`
///
/// # Errors
/// Where the database does not answer.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    query: web::Query<Search>,
) -> Result<HttpResponse, WebError> {
    let who = who.0;
    let mine = my_access::list(&app, &who.actor()).await?;
    let recent = my_access::recent(&app, &who).await?;
    let query = query.into_inner().q;
    let now = app.clock.now();
    let page = MyAccessPage {
        frame: Frame::new(&app, &who, &session, Section::MyAccess, "My access"),
        total: mine.len(),
        accounts: by_account(&mine, &query),
        query,
        recent: recent.into_iter().map(|row| recent_use(row, &mine, now)).collect(),
        administrator: who.administrator().is_ok(),
    };
    Ok(ok(&page))
}

fn by_account<'a>(mine: &'a [Summary], query: &str) -> Vec<MyAccount<'a>> {
    let wanted = query.trim().to_lowercase();
    let mut accounts: Vec<MyAccount<'a>> = Vec::new();
    let mut places: HashMap<Option<&str>, usize> = HashMap::new();
    for connector in mine {
        let account = connector.account.as_ref();
        let place = *places.entry(account.map(|account| account.id.as_str())).or_insert_with(|| {
            accounts.push(of_account(account));
            accounts.len() - 1
        });
        if wanted.is_empty() || matches(connector, &accounts[place].words, &wanted) {
            accounts[place].connectors.push(connector);
        }
    }
    accounts.retain(|account| !account.connectors.is_empty());
    accounts.sort_by_cached_key(|account| (account.account.label.to_lowercase(), account.account.id.clone()));
    accounts
}

fn of_account(account: Option<&Account>) -> MyAccount<'_> {
    let tag = AccountTag::of(account);
    let (owner, contact) = account.map_or(("", ""), |known| (&known.about.owner, &known.about.contact));
    MyAccount {
        words: format!("{} {owner}", tag.words()),
        account: tag,
        owner,
        contact,
        contact_link: link(contact),
        connectors: Vec::new(),
    }
}

fn matches(connector: &Summary, account: &str, wanted: &str) -> bool {
    let text = format!("{} {} {} {} {account}", connector.name, connector.slug, connector.id, connector.description);
    text.to_lowercase().contains(wanted)
}

fn recent_use(row: usage_log::RecentUse, mine: &[Summary], now: DateTime<Utc>) -> RecentUse<'_> {
    let left = row.expires_at().map(|at| (at - now).num_minutes()).filter(|left| *left > 0);
    let connector = mine.iter().find(|connector| Some(&connector.id) == row.connector_id.as_ref());
    RecentUse {
        slug: connector.map_or("", |connector| connector.slug.as_str()),
        // Only what was issued is here.
        what: Kind::phrase(&row.kind, true).to_owned(),
        at: Moment(row.at()),
        remaining: left.map(|left| {
            let seconds = u32::try_from(left * 60).unwrap_or(u32::MAX);
            format!("still valid {}", show_duration(seconds))
        }),
        connector: row.connector_name.unwrap_or_default(),
    }
}
