//! The groups that may use something, and a search for any other.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::{Deserialize, Serialize};

use super::picker::{GroupPicker, picker};
use super::{RAIL, group};
use crate::app::App;
use crate::portal::permissions::by_group::{self, GroupStatus};
use crate::portal::{PortalError, Who};
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{ok, see_other};
use crate::web::listing::words;
use crate::web::session::Session;

/// Where the groups are.
pub(super) const PATH: &str = "/admin/permissions/by-group";

/// `GET /admin/permissions/by-group?find=&q=&from=`. Its block `options` is the answer of
/// `GET /admin/permissions/by-group/groups?find=`.
#[derive(Template)]
#[template(path = "pages/permissions_groups.html", blocks = ["options"])]
pub struct GroupsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The search over groups with grants, as typed.
    pub query: String,
    /// The groups of this page.
    pub rows: Vec<GroupRow>,
    /// How many groups may use something, whether they match or not.
    pub total: i64,
    /// How many are shown, in words.
    pub count: String,
    /// Address of the page before.
    pub previous: Option<String>,
    /// Address of the next page.
    pub next: Option<String>,
    /// Where any group is looked for.
    pub picker: GroupPicker,
}

/// A group that may use something.
pub struct GroupRow {
    /// Where it is shown.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Its directory, where there are several.
    pub directory: String,
    /// How many connectors it may use.
    pub connectors: i64,
    /// Whether the directory no longer has it.
    pub gone: bool,
}

/// The query of the pages by group.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    /// The group that is shown, `directory:stable-id`; empty: the list of groups.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// A part of a group's name, or a whole one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub find: String,
    /// `others`: the connectors that the group may not use yet.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub show: String,
    /// The search as typed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub q: String,
    /// Where the page begins.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
}

impl Asked {
    /// Its address.
    pub(super) fn address(&self) -> String {
        match serde_urlencoded::to_string(self) {
            Ok(query) if !query.is_empty() => format!("{PATH}?{query}"),
            _ => PATH.to_owned(),
        }
    }

    /// The same from the row with this value on.
    pub(super) fn page(&self, from: Option<String>) -> Option<String> {
        from.map(|from| Self { from, ..self.clone() }.address())
    }
}

/// `GET /admin/permissions/by-group`
///
/// # Errors
/// 404 where the group is unknown.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let (who, asked) = (who.0, asked.into_inner());
    if !asked.group.is_empty() {
        return Ok(ok(&group::page(&app, &who, &session, &asked, group::Typed::default()).await?));
    }
    if !asked.find.trim().is_empty()
        && let Some(found) = whole_name(&app, &who, &asked.find).await?
    {
        return Ok(see_other(&Asked { group: found, ..Asked::default() }.address()));
    }
    Ok(ok(&page(&app, &who, &session, &asked).await?))
}

/// The value of the one group that is called so; what is no whole name is searched.
async fn whole_name(app: &App, who: &Who, typed: &str) -> Result<Option<String>, WebError> {
    match by_group::named(app, who, typed).await {
        Ok(group) => Ok(Some(group.group.to_string())),
        Err(PortalError::Invalid(_) | PortalError::Directory(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn page(app: &App, who: &Who, session: &Session, asked: &Asked) -> Result<GroupsPage, WebError> {
    let from = Some(asked.from.clone()).filter(|from| !from.is_empty());
    let found = by_group::groups(app, who, &asked.q, from).await?;
    let several = app.directories.only().is_none();
    let row = |status: &GroupStatus| GroupRow {
        href: Asked { group: status.granted.group.to_string(), ..Asked::default() }.address(),
        name: status.granted.name.clone(),
        directory: if several { status.granted.group.directory.clone() } else { String::new() },
        connectors: status.granted.connectors,
        gone: status.gone == Some(true),
    };
    Ok(GroupsPage {
        frame: Frame::administration(app, who, session, RAIL, "Permissions"),
        query: asked.q.clone(),
        rows: found.rows.iter().map(row).collect(),
        total: found.total,
        count: words(&found, !asked.q.trim().is_empty(), "group", "groups"),
        previous: asked.page(found.previous.clone()),
        next: asked.page(found.next.clone()),
        picker: picker(app, who, &asked.find, &[]).await?,
    })
}

/// `GET /admin/permissions/by-group/groups?find=`: the groups to choose from, as a part of the page.
///
/// # Errors
/// Where the database does not answer.
pub async fn groups(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let page = GroupsPage {
        frame: Frame::administration(&app, &who.0, &session, RAIL, "Permissions"),
        query: String::new(),
        rows: Vec::new(),
        total: 0,
        count: String::new(),
        previous: None,
        next: None,
        picker: picker(&app, &who.0, &asked.find, &[]).await?,
    };
    Ok(ok(&page.as_options()))
}
