//! One group: what it may use, and what it may use from now on or no longer, many connectors at once.

use std::collections::HashSet;

use actix_web::{HttpResponse, web};
use askama::Template;

use super::RAIL;
use super::by_group::{Asked, PATH};
use super::picker::detail;
use crate::app::App;
use crate::model::principal::PrincipalType;
use crate::portal::Who;
use crate::portal::permissions::by_group::{self, Known, Row};
use crate::portal::permissions::many::{self, Change, Done};
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{AccountTag, FieldErrors, Moment, Tone, respond, see_other};
use crate::web::listing::words;
use crate::web::session::Session;

/// How many names a sentence has.
const NAMED: usize = 5;

/// `GET /admin/permissions/by-group?group=&show=&q=&from=`. Its form posts `group`, `change` (`grant` or `revoke`), a
/// `connector` for each that is ticked, and the search with which to go on.
#[derive(Template)]
#[template(path = "pages/permissions_group.html")]
pub struct GroupPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The group's value.
    pub group: String,
    /// Its DN, or its directory.
    pub detail: String,
    /// What is wrong with it, as a sentence; empty: nothing.
    pub problem: String,
    /// Whether those are shown that it may not use yet.
    pub others: bool,
    /// Address of what it may use, and how many those are.
    pub granted: (String, usize),
    /// Address of what it may not use yet, and how many those are.
    pub rest: (String, usize),
    /// The search as typed.
    pub query: String,
    /// Where the page begins.
    pub from: String,
    /// The connectors of this page.
    pub rows: Vec<ConnectorRow>,
    /// How many are shown, in words.
    pub count: String,
    /// Address of the page before.
    pub previous: Option<String>,
    /// Address of the next page.
    pub next: Option<String>,
    /// Why nothing can be granted to it by this reader; empty: it can.
    pub closed: String,
    /// What is wrong, at `connector`.
    pub errors: FieldErrors,
}

impl GroupPage {
    /// Whether the reader may tick anything.
    #[must_use]
    pub fn may_change(&self) -> bool {
        (!self.others || self.closed.is_empty()) && self.rows.iter().any(|row| !row.fixed)
    }
}

/// A connector beside the group.
pub struct ConnectorRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// Its account.
    pub account: AccountTag,
    /// The principal type in words.
    pub principal: String,
    /// Whether it may be used at all.
    pub enabled: bool,
    /// Whether the reader may look at it and not change it.
    pub fixed: bool,
    /// Whether it is ticked.
    pub ticked: bool,
    /// Who granted it, and when.
    pub granted: Option<(String, Moment)>,
}

/// What was ticked, and what is wrong with it.
#[derive(Default)]
pub(super) struct Typed {
    ticked: HashSet<String>,
    errors: FieldErrors,
}

pub(super) async fn page(
    app: &App,
    who: &Who,
    session: &Session,
    asked: &Asked,
    typed: Typed,
) -> Result<GroupPage, WebError> {
    let chosen = by_group::chosen(app, who, &asked.group).await?;
    let (group, others) = (chosen.group, asked.show == "others");
    let from = Some(asked.from.clone()).filter(|from| !from.is_empty());
    let found = by_group::connectors(app, who, &group.group, !others, (&asked.q, from)).await?;
    let link = |show: &str| {
        let (group, q) = (asked.group.clone(), asked.q.clone());
        Asked { group, q, show: show.to_owned(), ..Asked::default() }.address()
    };
    let directory = &group.group.directory;
    let (problem, closed) = match (chosen.known, chosen.own) {
        (Known::There, own) => (String::new(), own.unwrap_or_default().to_owned()),
        (Known::Gone, _) => (
            "The directory no longer has this group: nobody is in it, whatever it may use.".to_owned(),
            "The group is gone from its directory.".to_owned(),
        ),
        (Known::Silent, _) => (
            format!(
                "The directory “{directory}” does not answer. What the group may use can be taken from it all the same."
            ),
            "Nothing can be granted to it before its directory answers.".to_owned(),
        ),
    };
    let detail = detail(app, &group);
    Ok(GroupPage {
        frame: Frame::administration(app, who, session, RAIL, &group.name)
            .below("Permissions", RAIL)
            .below("By group", PATH),
        group: asked.group.clone(),
        detail,
        problem,
        others,
        granted: (link(""), found.granted),
        rest: (link("others"), found.others),
        query: asked.q.clone(),
        from: asked.from.clone(),
        count: words(&found.page, !asked.q.trim().is_empty(), "connector", "connectors"),
        previous: asked.page(found.page.previous),
        next: asked.page(found.page.next),
        rows: found.page.rows.into_iter().map(|row| connector_row(row, &typed.ticked)).collect(),
        closed,
        errors: typed.errors,
    })
}

fn connector_row(row: Row, ticked: &HashSet<String>) -> ConnectorRow {
    let Row { status, grant } = row;
    ConnectorRow {
        account: AccountTag::of(status.account.as_ref()),
        principal: PrincipalType::parse(&status.head.principal_type)
            .map_or_else(|_| status.head.principal_type.clone(), |kind| kind.label().to_owned()),
        enabled: status.head.enabled,
        fixed: status.fixed,
        ticked: !status.fixed && ticked.contains(&status.head.id),
        granted: grant.map(|grant| (grant.created_by, Moment(grant.created_at))),
        id: status.head.id,
        slug: status.head.slug,
        name: status.head.name,
    }
}

/// What a form says.
#[derive(Default)]
struct Sent {
    asked: Asked,
    change: Option<Change>,
    connectors: Vec<String>,
}

impl Sent {
    fn of(fields: Vec<(String, String)>) -> Self {
        let mut sent = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "group" => sent.asked.group = value,
                "q" => sent.asked.q = value,
                "from" => sent.asked.from = value,
                "connector" => sent.connectors.push(value),
                "change" if value == "grant" => sent.change = Some(Change::Grant),
                "change" if value == "revoke" => sent.change = Some(Change::Revoke),
                _ => {}
            }
        }
        if sent.change == Some(Change::Grant) {
            "others".clone_into(&mut sent.asked.show);
        }
        sent
    }
}

/// `POST /admin/permissions/by-group`
///
/// # Errors
/// 404 where the group is unknown, or none of the connectors is there any more.
pub async fn change(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, WebError> {
    let sent = Sent::of(form.0);
    let done = match sent.change {
        Some(change) => many::change(&app, &who.0, &sent.asked.group, change, &sent.connectors).await,
        None => {
            let sentence = "Say whether to add or to remove.".to_owned();
            Err(crate::portal::PortalError::Invalid(("connector", sentence).into()))
        }
    };
    match done {
        Ok(done) => {
            tell(&session, sent.change, &done);
            // A group that is gone is known by its grants alone, of which this may have been the last.
            if by_group::chosen(&app, &who.0, &sent.asked.group).await.is_err() {
                return Ok(see_other(PATH));
            }
            // What is left begins anew: the row that the page began with may be on the other side now.
            Ok(see_other(&Asked { from: String::new(), ..sent.asked }.address()))
        }
        Err(error) => {
            let (mut response, errors) = again(error, &who.0.origin)?;
            let typed = Typed { ticked: sent.connectors.into_iter().collect(), errors };
            let page = page(&app, &who.0, &session, &sent.asked, typed).await?;
            Ok(respond(&mut response, &page))
        }
    }
}

fn tell(session: &Session, change: Option<Change>, done: &Done) {
    let many = |count: usize| if count == 1 { "1 connector".to_owned() } else { format!("{count} connectors") };
    if !done.changed.is_empty() {
        let changed = many(done.changed.len());
        let sentence = match change {
            Some(Change::Grant) => format!("Its members may use {changed} more from now on: {}.", names(&done.changed)),
            _ => format!(
                "Its members may no longer use {changed}: {}. Credentials already issued run to their end.",
                names(&done.changed)
            ),
        };
        session.say(Tone::Good, sentence);
    }
    if !done.already.is_empty() {
        let said = match change {
            Some(Change::Grant) => "It could use them already, so nothing was to be done",
            _ => "It could not use them any more, so nothing was to be done",
        };
        session.say(Tone::Info, format!("{said} for {}: {}.", many(done.already.len()), names(&done.already)));
    }
    if !done.missing.is_empty() {
        let missing = format!("Left out, since no longer there: {}.", names(&done.missing));
        session.say(Tone::Warning, missing);
    }
}

/// The first few names, and how many more.
fn names(all: &[String]) -> String {
    let first: Vec<&str> = all.iter().take(NAMED).map(String::as_str).collect();
    match all.len().saturating_sub(NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
