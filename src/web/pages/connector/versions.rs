//! The versions of a connector: what each save changed, compared and taken up again.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use similar::{ChangeTag, TextDiff};

use crate::app::App;
use crate::portal::connectors::versions::{self, Change, VersionStatus};
use crate::portal::{PortalError, Who};
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Moment, ok};
use crate::web::session::Session;

/// `GET /admin/connectors/{id}/versions?from=&to=&before=`
#[derive(Template)]
#[template(path = "pages/versions.html")]
pub struct VersionsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The connector's id.
    pub id: String,
    /// The version in force.
    pub current: i32,
    /// Two versions beside each other, where that was asked for.
    pub compared: Option<Compared>,
    /// The versions of this page, newest first.
    pub rows: Vec<VersionRow>,
    /// Whether this is the newest page.
    pub is_newest: bool,
    /// The number of the last row, where there are older ones.
    pub older: Option<i32>,
}

/// Two versions beside each other.
pub struct Compared {
    /// The earlier one, or whichever was named first.
    pub from: i32,
    /// The later one.
    pub to: i32,
    /// What differs.
    pub changes: Vec<ChangeView>,
}

/// A field that differs.
pub struct ChangeView {
    /// The field's label.
    pub label: &'static str,
    /// Its lines: what went, what came, what stayed.
    pub lines: Vec<Line>,
}

/// A line of a text that changed.
pub struct Line {
    /// `gone`, `new` or `same`.
    pub class: &'static str,
    /// The same for those who do not see colours: `−`, `+` or a blank.
    pub sign: &'static str,
    /// The text.
    pub text: String,
}

/// One save.
pub struct VersionRow {
    /// Which.
    pub version: i32,
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: String,
    /// What it changed, in words.
    pub changed: String,
    /// The version before it; 0 where there is none.
    pub before: i32,
}

/// `?from=&to=&before=`
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    from: i32,
    to: i32,
    before: Option<i32>,
}

/// `GET /admin/connectors/{id}/versions`
///
/// # Errors
/// 404 where there is no such connector or version.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let (head, rows, more) = versions::list(&app, &who.0, &id, asked.before).await?;
    let compared = match (asked.from, asked.to) {
        (0, _) | (_, 0) => None,
        both => Some(between(&app, &who.0, &id, both).await?),
    };
    let frame =
        super::frame(&app, &who.0, &session, "Versions").below(&head.name, &format!("{}/{}", super::RAIL, head.id));
    Ok(ok(&VersionsPage {
        frame,
        id: head.id,
        current: head.version,
        compared,
        older: rows.last().filter(|_| more).map(|row| row.version),
        rows: rows.into_iter().map(row).collect(),
        is_newest: asked.before.is_none(),
    }))
}

/// Two versions of a connector beside each other.
pub(super) async fn between(app: &App, who: &Who, id: &str, (from, to): (i32, i32)) -> Result<Compared, PortalError> {
    let changes = versions::compare(app, who, id, (from, to)).await?;
    Ok(Compared { from, to, changes: changes.iter().map(view).collect() })
}

fn row(status: VersionStatus) -> VersionRow {
    VersionRow {
        changed: match (status.version, status.changed.as_slice()) {
            (1, _) => "Made".to_owned(),
            (_, []) => "Saved without a change".to_owned(),
            (_, labels) => labels.join(", "),
        },
        before: status.version - 1,
        version: status.version,
        at: Moment(status.at),
        by: status.by,
    }
}

fn view(change: &Change) -> ChangeView {
    let diff = TextDiff::from_lines(&change.before, &change.after);
    let line = |part: similar::Change<&str>| {
        let (class, sign) = match part.tag() {
            ChangeTag::Delete => ("gone", "−"),
            ChangeTag::Insert => ("new", "+"),
            ChangeTag::Equal => ("same", " "),
        };
        Line { class, sign, text: part.value().trim_end_matches(['\r', '\n']).to_owned() }
    };
    ChangeView { label: change.label, lines: diff.iter_all_changes().map(line).collect() }
}
