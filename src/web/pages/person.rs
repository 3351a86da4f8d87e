//! Why somebody can or cannot use a connector, and all that they may use.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::directory::Membership;
use crate::model::access::{Allowed, Denied};
use crate::model::grant::Grant;
use crate::model::identity::Identity;
use crate::portal::people::{self, Explained, Known, Use};
use crate::portal::{PortalError, Who};
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{AccountTag, Badge, FieldErrors, Tone, ok, respond};
use crate::web::session::Session;

const RAIL: &str = "/admin/people";

/// `GET /admin/people?user_name=&connector=` and `/admin/people/{id}?connector=`
#[derive(Template)]
#[template(path = "pages/person.html")]
pub struct PersonPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The name as typed.
    pub user_name: String,
    /// The connector as typed: name, slug or id.
    pub connector: String,
    /// Names to choose from.
    pub names: Vec<String>,
    /// What is wrong, by field.
    pub errors: FieldErrors,
    /// Whom it is about.
    pub person: Option<PersonView>,
    /// Why they can or cannot use the connector that was named.
    pub verdict: Option<Verdict>,
}

impl PersonPage {
    /// The address's query that asks about the same person and this connector.
    #[must_use]
    pub fn query(&self, slug: &str) -> String {
        serde_urlencoded::to_string([("user_name", self.user_name.as_str()), ("connector", slug)]).unwrap_or_default()
    }
}

/// A person with all that they may use.
#[derive(Default)]
pub struct PersonView {
    /// The name they sign in with.
    pub user_name: String,
    /// Their name for people.
    pub display_name: String,
    /// The directory they come from.
    pub directory: String,
    /// Why they may use nothing, whatever stands below; empty: their account is open.
    pub closed: String,
    /// Their roles in words.
    pub roles: Vec<&'static str>,
    /// Their groups, by name, each with the way to it where the directory tells.
    pub groups: Vec<Membership>,
    /// What they may use.
    pub rows: Vec<UseRow>,
}

/// A connector that something gives them.
pub struct UseRow {
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Where it leads.
    pub account: AccountTag,
    /// Whether they may use it now.
    pub state: Badge,
    /// Every way, the one that counts first.
    pub ways: Vec<String>,
}

/// Whether they can use one connector, and why.
pub struct Verdict {
    /// The connector's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Yes or no.
    pub answer: Badge,
    /// What leads to it, the way that counts first.
    pub ways: Vec<String>,
    /// What stands in the way.
    pub obstacles: Vec<String>,
    /// What else there is to know.
    pub notes: Vec<String>,
}

/// `?user_name=&connector=`
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    user_name: String,
    connector: String,
}

/// `GET /admin/people`
///
/// # Errors
/// Where a directory or the database does not answer.
pub async fn find(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let (who, asked) = (who.0, asked.into_inner());
    let mut page = page(&app, &who, &session, &asked).await?;
    if asked.user_name.trim().is_empty() {
        return Ok(ok(&page));
    }
    let filled = match people::by_name(&app, &who, &asked.user_name).await {
        Ok(known) => fill(&app, &who, &mut page, known).await,
        Err(error) => Err(error),
    };
    answer(filled, page, &who)
}

/// `GET /admin/people/{id}`
///
/// # Errors
/// 404 where nobody of this id ever signed in; where the directory or the database does not answer.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let (who, asked) = (who.0, asked.into_inner());
    let found = people::by_id(&app, &who, &id).await?;
    let mut page = page(&app, &who, &session, &asked).await?;
    match found {
        Ok(known) => {
            let filled = fill(&app, &who, &mut page, known).await;
            answer(filled, page, &who)
        }
        Err(person) => {
            let closed = format!(
                "The directory “{}” knows nobody of their id any more, or is not configured: they may use nothing.",
                person.directory
            );
            let (user_name, display_name, directory) = (person.user_name, person.display_name, person.directory);
            page.frame.title.clone_from(&user_name);
            page.person = Some(PersonView { user_name, display_name, directory, closed, ..PersonView::default() });
            Ok(ok(&page))
        }
    }
}

async fn page(app: &App, who: &Who, session: &Session, asked: &Asked) -> Result<PersonPage, WebError> {
    Ok(PersonPage {
        frame: Frame::administration(app, who, session, RAIL, "People"),
        user_name: asked.user_name.clone(),
        connector: asked.connector.clone(),
        names: people::names(app, who).await?,
        errors: FieldErrors::default(),
        person: None,
        verdict: None,
    })
}

/// The page as it is, or with what is wrong with what was typed.
fn answer(filled: Result<(), PortalError>, mut page: PersonPage, who: &Who) -> Result<HttpResponse, WebError> {
    match filled {
        Ok(()) => Ok(ok(&page)),
        Err(error) => {
            let (mut response, errors) = again(error, &who.origin)?;
            page.errors = errors;
            Ok(respond(&mut response, &page))
        }
    }
}

async fn fill(app: &App, who: &Who, page: &mut PersonPage, known: Known) -> Result<(), PortalError> {
    let Known { identity, memberships, active } = known;
    let uses = people::uses(app, who, &identity).await?;
    page.frame = page.frame.clone().below("People", RAIL);
    page.frame.title.clone_from(&identity.person.user_name);
    let closed = "The directory has closed this account: they may use nothing, whatever stands below.";
    page.person = Some(PersonView {
        user_name: identity.person.user_name.clone(),
        display_name: identity.person.display_name.clone(),
        directory: identity.person.directory.clone(),
        closed: if active { String::new() } else { closed.to_owned() },
        roles: roles(&identity),
        groups: memberships.clone(),
        rows: uses.into_iter().map(|it| row(it, &memberships, active)).collect(),
    });
    if page.user_name.is_empty() {
        let person = &identity.person;
        page.user_name = if app.directories.only().is_some() {
            person.user_name.clone()
        } else {
            format!("{}\\{}", person.directory, person.user_name)
        };
    }
    if !page.connector.trim().is_empty() {
        let explained = people::explain(app, who, &identity, &page.connector).await?;
        page.connector.clone_from(&explained.connector.slug);
        let all = app.config.access.administrators_may_use_all;
        let known = Known { identity, memberships, active };
        page.verdict = Some(verdict(explained, &known, all));
    }
    Ok(())
}

fn roles(identity: &Identity) -> Vec<&'static str> {
    let roles = [
        (identity.administrator, "Administrator"),
        (identity.restricted, "Restricted administrator"),
        (identity.auditor, "Auditor"),
    ];
    roles.into_iter().filter(|(holds, _)| *holds).map(|(_, role)| role).collect()
}

/// A way in words.
fn way(allowed: &Allowed, memberships: &[Membership]) -> String {
    match allowed {
        Allowed::Grant { path, .. } => {
            let is_it = |it: &&Membership| format!("{}:{}", it.group.group.directory, it.group.name) == *path;
            match memberships.iter().find(is_it).map(|it| it.via.as_slice()) {
                None | Some([]) => format!("Member of {path}"),
                Some(via) => format!("Member of {path}, through {}", via.join(", then ")),
            }
        }
        Allowed::Administrator => "Administrators may use every connector".to_owned(),
        Allowed::SystemScope => "Programs may use it".to_owned(),
        Allowed::Envelope => "Restricted administrators may test it".to_owned(),
    }
}

fn state(decided: &Result<Allowed, Denied>, active: bool) -> Badge {
    match (decided, active) {
        (Ok(_), true) => Badge::new(Tone::Good, "Yes"),
        (Ok(_), false) => Badge::new(Tone::Danger, "Account closed"),
        (Err(Denied::Disabled), _) => Badge::new(Tone::Neutral, "Switched off"),
        (Err(_), _) => Badge::new(Tone::Danger, "No"),
    }
}

fn row(it: Use, memberships: &[Membership], active: bool) -> UseRow {
    UseRow {
        account: AccountTag::of(it.connector.account.as_ref()),
        state: state(&it.decided, active),
        ways: it.ways.iter().map(|it| way(it, memberships)).collect(),
        slug: it.connector.slug,
        name: it.connector.name,
    }
}

fn verdict(explained: Explained, known: &Known, all: bool) -> Verdict {
    let Known { identity, memberships, active } = known;
    let Explained { connector, decided, ways, grants, unfilled } = explained;
    let mut obstacles = Vec::new();
    if !*active {
        obstacles.push("The directory has closed their account.".to_owned());
    }
    if !connector.enabled {
        obstacles.push("The connector is switched off.".to_owned());
    }
    if ways.is_empty() {
        obstacles.push(not_granted(&grants, identity));
    }
    obstacles.extend(unfilled.filter(|_| !ways.is_empty()));
    let mut notes = Vec::new();
    if identity.administrator && !all {
        notes.push("They administer, but access.administrators_may_use_all is off: administrators use what their groups are granted.".to_owned());
    }
    if identity.restricted && !identity.administrator {
        notes.push("They are a restricted administrator. That lets them make connectors, and use none.".to_owned());
    }
    if connector.system_scope {
        notes.push("Programs may use it with a token. That says nothing about people.".to_owned());
    }
    let yes = decided.is_ok() && obstacles.is_empty();
    Verdict {
        answer: if yes { Badge::new(Tone::Good, "Can use it") } else { Badge::new(Tone::Danger, "Cannot use it") },
        ways: ways.iter().map(|it| way(it, memberships)).collect(),
        id: connector.id,
        name: connector.name,
        obstacles,
        notes,
    }
}

/// The most groups that are named in a sentence.
const NAMED: usize = 10;

fn not_granted(grants: &[Grant], identity: &Identity) -> String {
    if grants.is_empty() {
        return "No group may use the connector.".to_owned();
    }
    let mut names: Vec<String> = grants.iter().take(NAMED).map(|grant| grant.group_name.clone()).collect();
    if grants.len() > NAMED {
        names.push(format!("{} more", grants.len() - NAMED));
    }
    let count = match identity.groups.len() {
        0 => "They are in no group".to_owned(),
        1 => "Their one group is not among them".to_owned(),
        count => format!("None of their {count} groups is among them"),
    };
    format!("These groups may use it: {}. {count}.", names.join(", "))
}
