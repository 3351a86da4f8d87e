//! The start page: what I may use.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::app::App;
use crate::model::session::show_duration;
use crate::portal::my_access;
use crate::store::usage_log::Recorded;
use crate::web::error::WebError;
use crate::web::frame::{Frame, Section};
use crate::web::guard::SignedIn;
use crate::web::html::{AccountTag, Moment, ok};
use crate::web::session::Session;

/// `GET /`, with `?q=` as the filter for browsers without JavaScript.
#[derive(Template)]
#[template(path = "pages/my_access.html")]
pub struct MyAccessPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The filter as typed.
    pub query: String,
    /// The connectors that match, grouped by account.
    pub accounts: Vec<MyAccount>,
    /// How many connectors the person may use, whether they match or not.
    pub total: usize,
    /// The last uses, newest first.
    pub recent: Vec<RecentUse>,
    /// Whether the person may create connectors, for the empty page.
    pub administrator: bool,
}

/// An account with what the person may use in it.
pub struct MyAccount {
    /// The account.
    pub account: AccountTag,
    /// Its connectors, by name.
    pub connectors: Vec<MyConnector>,
}

/// A connector that the person may use.
pub struct MyConnector {
    /// Its slug, for addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// One line about it; may be empty.
    pub description: String,
    /// The principal type in words, as "Assume role".
    pub principal: String,
    /// The longest life, as "up to 1 h".
    pub longest: String,
    /// Whether it opens the console.
    pub console: bool,
    /// Whether AWS sees who the person is.
    pub names_person: bool,
}

/// One use of a connector by the person.
pub struct RecentUse {
    /// The connector's name.
    pub connector: String,
    /// Its slug; empty when the person may no longer use it.
    pub slug: String,
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
    let slugs: HashMap<&str, &str> =
        mine.iter().map(|mine| (mine.connector.id.as_str(), mine.connector.slug.as_str())).collect();
    let now = app.clock.now();
    let recent = recent.into_iter().map(|row| recent_use(row, &slugs, now)).collect();
    let page = MyAccessPage {
        frame: Frame::new(&app, &who, &session, Section::MyAccess, "My access"),
        total: mine.len(),
        accounts: by_account(&mine, &query),
        query,
        recent,
        administrator: who.identity.administrator,
    };
    Ok(ok(&page))
}

fn by_account(mine: &[my_access::MyConnector], query: &str) -> Vec<MyAccount> {
    let wanted = query.trim().to_lowercase();
    let mut accounts: Vec<MyAccount> = Vec::new();
    for my_access::MyConnector { connector, account } in mine {
        let tag = AccountTag::of(account.as_ref());
        let kind = connector.principal.kind();
        let text = format!("{} {} {} {}", connector.name, connector.slug, connector.description, tag.words());
        if !text.to_lowercase().contains(&wanted) {
            continue;
        }
        let row = MyConnector {
            slug: connector.slug.clone(),
            name: connector.name.clone(),
            description: connector.description.clone(),
            principal: kind.label().to_owned(),
            longest: format!("up to {}", show_duration(connector.longest())),
            console: kind.opens_console(),
            names_person: kind.names_person(),
        };
        match accounts.iter_mut().find(|known| known.account == tag) {
            Some(known) => known.connectors.push(row),
            None => accounts.push(MyAccount { account: tag, connectors: vec![row] }),
        }
    }
    accounts.sort_by(|a, b| {
        (a.account.label.to_lowercase(), &a.account.id).cmp(&(b.account.label.to_lowercase(), &b.account.id))
    });
    accounts
}

fn recent_use(row: Recorded, slugs: &HashMap<&str, &str>, now: DateTime<Utc>) -> RecentUse {
    let event = row.event;
    let left = event.expires_at.map(|at| (at - now).num_minutes()).filter(|left| *left > 0);
    RecentUse {
        slug: event
            .connector_id
            .as_deref()
            .and_then(|id| slugs.get(id))
            .map(|slug| (*slug).to_owned())
            .unwrap_or_default(),
        what: event.phrase().to_owned(),
        connector: event.connector_name.unwrap_or_default(),
        at: Moment(event.at),
        remaining: left.map(|left| {
            let seconds = u32::try_from(left * 60).unwrap_or(u32::MAX);
            format!("still valid {}", show_duration(seconds))
        }),
    }
}
