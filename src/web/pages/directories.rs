//! The directories: how each answers, a try to sign in, and a look at a person.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;

use crate::app::App;
use crate::model::identity::Group;
use crate::portal::directories::{self, Trial, View};
use crate::portal::{PortalError, Who};
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Badge, Moment, Tone, ok, respond, see_other};
use crate::web::session::Session;

const RAIL: &str = "/admin/directories";
/// The most groups and attributes of a person that are shown.
const SHOWN: usize = 200;

/// `GET /admin/directories`; `POST` has `action`: `check` with `directory`, `try` with `user_name` and `password`, `look` with
/// `user_name`.
#[derive(Template)]
#[template(path = "pages/directories.html")]
pub struct DirectoriesPage {
    /// What surrounds it.
    pub frame: Frame,
    /// All of them, in order.
    pub rows: Vec<Row>,
    /// Which form was sent, as `try` or `look`; empty at first.
    pub action: String,
    /// The name as it was typed.
    pub user_name: String,
    /// What is wrong with what was typed.
    pub problem: Option<String>,
    /// What was found out.
    pub shown: Option<Shown>,
}

/// A directory.
pub struct Row {
    /// Its place, from 1.
    pub place: usize,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// Where it is.
    pub addresses: Vec<String>,
    /// Whether it answers.
    pub state: Badge,
    /// How long its last answer took; empty before the first.
    pub latency: String,
    /// When it last answered.
    pub answered: Option<Moment>,
    /// When it last gave no answer, and why.
    pub failed: Option<(Moment, String)>,
    /// How many groups it has; empty where that is not known.
    pub groups: String,
    /// When its groups were listed.
    pub listed: Option<Moment>,
    /// Why they could not be listed lately.
    pub listing_failed: Option<(Moment, String)>,
}

/// What was found out about a name.
pub struct Shown {
    /// The heading.
    pub title: String,
    /// Yes or no.
    pub badge: Badge,
    /// Why not.
    pub refused: Option<String>,
    /// What is known, by name.
    pub facts: Vec<(&'static str, String)>,
    /// Groups, with what tells them apart.
    pub groups: Vec<Group>,
    /// How many more groups there are.
    pub more_groups: usize,
    /// What was asked.
    pub steps: Vec<StepRow>,
}

/// One question to a directory.
pub struct StepRow {
    /// The directory.
    pub directory: String,
    /// What was asked.
    pub what: &'static str,
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
    /// How long it took.
    pub took: String,
}

/// The forms.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    action: String,
    directory: String,
    user_name: String,
    password: SecretString,
}

fn milliseconds(took: Duration) -> String {
    match took.as_millis() {
        0 => "under 1 ms".to_owned(),
        some => format!("{some} ms"),
    }
}

fn row((at, view): (usize, View)) -> Row {
    let state = match view.health.answers {
        Some(true) => Badge::new(Tone::Good, "Answers"),
        Some(false) => Badge::new(Tone::Danger, "Does not answer"),
        None => Badge::new(Tone::Neutral, "Not asked yet"),
    };
    let moment = |(at, cause): (_, String)| (Moment(at), cause);
    Row {
        place: at + 1,
        name: view.name,
        kind: view.kind,
        addresses: view.addresses,
        state,
        latency: view.health.answered.map(|(_, took)| milliseconds(took)).unwrap_or_default(),
        answered: view.health.answered.map(|(at, _)| Moment(at)),
        failed: view.health.failed.map(moment),
        groups: view.groups.map(|groups| groups.to_string()).unwrap_or_default(),
        listed: view.listed.map(|listed| Moment(listed.at)),
        listing_failed: view.listing_failed.map(moment),
    }
}

fn shown(action: &str, trial: Trial) -> Shown {
    let (badge, title) = match (&trial.entry, action) {
        (Some(entry), "look") if !entry.active => (Badge::new(Tone::Warning, "Account closed"), "Looked up"),
        (Some(_), "look") => (Badge::new(Tone::Good, "Found"), "Looked up"),
        (None, "look") => (Badge::new(Tone::Danger, "Not found"), "Looked up"),
        (Some(_), _) => (Badge::new(Tone::Good, "Would be let in"), "Tried to sign in"),
        (None, _) => (Badge::new(Tone::Danger, "Would be refused"), "Tried to sign in"),
    };
    let mut facts =
        vec![("Directory that decides", trial.directory.unwrap_or_else(|| "None knows the name".to_owned()))];
    let mut groups = Vec::new();
    if let Some(entry) = trial.entry {
        facts.extend([
            ("Signs in as", entry.user_name),
            ("Name", entry.display_name),
            ("E-mail", if entry.mail.is_empty() { "None".to_owned() } else { entry.mail }),
            ("Stable id", entry.external_id),
        ]);
        groups = entry.groups;
    }
    if let Some(roles) = trial.roles {
        facts.push(("Roles that follow", roles.words().to_owned()));
    }
    let more_groups = groups.len().saturating_sub(SHOWN);
    groups.truncate(SHOWN);
    let steps = trial.steps.into_iter().map(|step| StepRow {
        directory: step.directory,
        what: step.what,
        question: step.question,
        answer: step.answer,
        took: milliseconds(step.took),
    });
    Shown {
        title: format!("{title}: {}", trial.user_name),
        badge,
        refused: trial.refused,
        facts,
        groups,
        more_groups,
        steps: steps.collect(),
    }
}

async fn page(app: &App, who: &Who, session: &Session) -> Result<DirectoriesPage, WebError> {
    let rows = directories::show(app, who).await?.into_iter().enumerate().map(row).collect();
    let frame = Frame::administration(app, who, session, RAIL, "Directories");
    let (action, user_name) = (String::new(), String::new());
    Ok(DirectoriesPage { frame, rows, action, user_name, problem: None, shown: None })
}

/// `GET /admin/directories`
///
/// # Errors
/// Where the caller does not administer.
pub async fn show(app: web::Data<App>, session: Session, who: SignedIn) -> Result<HttpResponse, WebError> {
    Ok(ok(&page(&app, &who.0, &session).await?))
}

/// `POST /admin/directories`
///
/// # Errors
/// 404 where there is no such directory; where the database does not answer.
pub async fn act(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let Typed { action, directory, user_name, password } = typed.0;
    if action == "check" {
        match directories::check(&app, &who.0, &directory).await {
            Ok(()) => session.say(Tone::Good, format!("The directory “{directory}” answers.")),
            Err(PortalError::Directory(error)) => {
                let sentence = format!("The directory “{directory}” does not answer: {}.", error.cause);
                session.say(Tone::Danger, sentence);
            }
            Err(error) => return Err(error.into()),
        }
        return Ok(see_other(RAIL));
    }
    if user_name.trim().is_empty() {
        let problem = Some("Type the name that somebody signs in with.".to_owned());
        let page = DirectoriesPage { action, problem, ..page(&app, &who.0, &session).await? };
        return Ok(respond(&mut HttpResponse::UnprocessableEntity(), &page));
    }
    let trial = match action.as_str() {
        "try" => Box::pin(directories::try_sign_in(&app, &who.0, user_name.clone(), password)).await?,
        "look" => Box::pin(directories::look_up(&app, &who.0, &user_name)).await?,
        _ => return Err(PortalError::NotFound("page").into()),
    };
    let page = page(&app, &who.0, &session).await?;
    let shown = Some(shown(&action, trial));
    Ok(ok(&DirectoriesPage { action, user_name, shown, ..page }))
}
