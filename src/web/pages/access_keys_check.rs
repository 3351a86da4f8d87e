//! Asking AWS about the access keys again: one of them, or all with their progress.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::app::progress::Run;
use crate::portal::access_keys::check::{self, Checked};
use crate::web::error::{WebError, is_partial};
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Moment, Tone, ok, see_other};
use crate::web::session::Session;

const ADDRESS: &str = "/admin/access-keys/check";

/// `GET` and `POST /admin/access-keys/check`, with the field `action` (`start` or `stop`). Its block `progress` is what is
/// asked for again and again while a run goes on.
#[derive(Template)]
#[template(path = "pages/access_keys_check.html", blocks = ["progress"])]
pub struct AccessKeysCheckPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The run that goes on, or the last one.
    pub run: Option<RunView>,
}

impl AccessKeysCheckPage {
    fn goes_on(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.ended.is_none())
    }

    /// The end of the bar, which is never 0.
    fn most(&self) -> usize {
        self.run.as_ref().map_or(1, |run| run.total.max(1))
    }
}

/// A run as it is shown.
pub struct RunView {
    /// Who started it.
    pub by: String,
    /// When.
    pub started: Moment,
    /// When it ended.
    pub ended: Option<Moment>,
    /// Whether it was told to stop.
    pub stopped: bool,
    /// How many keys were asked about.
    pub done: usize,
    /// Of how many.
    pub total: usize,
    /// How many AWS takes.
    pub good: usize,
    /// How many it refused.
    pub refused: usize,
    /// How many nobody could say of.
    pub failed: usize,
}

impl From<Run> for RunView {
    fn from(run: Run) -> Self {
        Self {
            done: run.done(),
            by: run.started_by,
            started: Moment(run.started_at),
            ended: run.ended_at.map(Moment),
            stopped: run.stopped,
            total: run.total,
            good: run.good,
            refused: run.refused,
            failed: run.failed,
        }
    }
}

/// What was pressed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Pressed {
    action: String,
}

/// `GET /admin/access-keys/check`
///
/// # Errors
/// None of its own.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    let run = app.key_checks.now().map(RunView::from);
    if is_partial(&request) {
        let page = AccessKeysCheckPage { frame: Frame::default(), run };
        return Ok(ok(&page.as_progress()));
    }
    let frame = Frame::administration(&app, &who.0, &session, "/admin/access-keys", "Check all access keys")
        .below("Administration", "/admin")
        .below("Access keys", "/admin/access-keys");
    Ok(ok(&AccessKeysCheckPage { frame, run }))
}

/// `POST /admin/access-keys/check`
///
/// # Errors
/// Where the database does not answer.
pub async fn begin(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    form: Form<Pressed>,
) -> Result<HttpResponse, WebError> {
    if form.0.action == "stop" {
        check::stop_all(&app, &who.0)?;
    } else if !check::start_all(&app.into_inner(), &who.0).await? {
        session.say(Tone::Info, "A check goes on already.");
    }
    Ok(see_other(ADDRESS))
}

/// `POST /admin/access-keys/{id}/check`
///
/// # Errors
/// 404 where there is none.
pub async fn one(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    match check::one(&app, &who.0, &id).await? {
        Checked::Good => session.say(Tone::Good, "AWS takes this access key."),
        Checked::Refused(why) => session.say(Tone::Danger, why.sentence),
        Checked::Unknown(why) => {
            session.say(Tone::Warning, format!("Nobody knows whether AWS takes it. {}", why.sentence));
        }
    }
    Ok(see_other(&format!("/admin/access-keys/{id}")))
}
