//! The rotation of an access key: what will happen, how far it is, what it waits for.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use crate::app::App;
use crate::model::rotation::{Rotation, Step};
use crate::model::session::show_duration;
use crate::portal::instance::{self, Jobs};
use crate::portal::rotation::{self, Begun, Confirmed, Overview, Question};
use crate::portal::{PortalError, Who};
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Badge, FieldErrors, Moment, Tone, ok, see_other, unprocessable};
use crate::web::session::Session;

/// `GET` and `POST /admin/access-keys/{id}/rotate`, with the fields `action` (`start`, `go_on`, `abandon`, `claim`),
/// `other_use` and `delete_key`.
#[derive(Template)]
#[template(path = "pages/rotate.html")]
pub struct RotatePage {
    /// What surrounds it.
    pub frame: Frame,
    /// This page's address.
    pub address: String,
    /// AWS's id of the key that is in use now.
    pub key_id: String,
    /// Why it cannot be rotated.
    pub obstacle: Option<String>,
    /// Why no steps are taken here.
    pub paused: Option<String>,
    /// Whether an administrator may say that this is the live instance.
    pub may_claim: bool,
    /// The policy that the key's user needs.
    pub policy: Option<String>,
    /// How long each of the two rests takes, as `1 h`.
    pub grace: String,
    /// The rotation that is under way.
    pub open: Option<OpenView>,
    /// What has to be confirmed before it begins, in sentences.
    pub other_use: Option<String>,
    /// The inactive key that has to be deleted first, as (id, sentence).
    pub leftover: Option<(String, String)>,
    /// Rotations that ended: how, when, by whom, why.
    pub past: Vec<PastView>,
    /// What is wrong.
    pub errors: FieldErrors,
}

/// A rotation under way.
pub struct OpenView {
    /// Its steps, in order.
    pub steps: Vec<StepView>,
    /// Who asked for it.
    pub by: String,
    /// The id of the key that goes.
    pub old_key_id: String,
    /// The id of the key that comes.
    pub new_key_id: Option<String>,
    /// Why it waits for a person.
    pub trouble: Option<String>,
    /// Why the last try failed.
    pub failure: Option<String>,
    /// When the next step is taken.
    pub next: Option<Moment>,
    /// The word on the button that gives it up, where that is possible.
    pub abandon: Option<&'static str>,
    /// Whether the page asks again by itself.
    pub moves: bool,
}

/// A step.
pub struct StepView {
    /// Done, now, to come.
    pub state: Badge,
    /// What it does.
    pub text: &'static str,
    /// When it was taken.
    pub at: Option<Moment>,
}

/// A rotation that ended.
pub struct PastView {
    /// Done or given up.
    pub state: Badge,
    /// When.
    pub at: Moment,
    /// Who asked for it.
    pub by: String,
    /// Why it did not come to its end; may be empty.
    pub detail: String,
}

/// The form as it arrives.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    action: String,
    other_use: bool,
    delete_key: String,
}

const FORWARD: [(Step, &str); 5] = [
    (Step::Intended, "The user's keys are listed and written down"),
    (Step::Created, "The new key is made and kept sealed, beside the old one"),
    (Step::Switched, "The new key works everywhere and is in use; the old one stays active for a while"),
    (Step::Deactivated, "The old key is inactive at AWS"),
    (Step::Done, "The old key is deleted at AWS"),
];
const BACK: [(Step, &str); 2] = [
    (Step::Abandoning, "The rotation is given up; the old key stays in use"),
    (Step::Abandoned, "What it made is deleted at AWS"),
];

fn steps(rotation: &Rotation) -> Vec<StepView> {
    let taken = |step: Step| rotation.taken.iter().rev().find(|(taken, _)| *taken == step).map(|(_, at)| *at);
    let back = taken(Step::Abandoning).is_some();
    let forward = FORWARD.iter().filter(|(step, _)| !back || taken(*step).is_some());
    let plan: Vec<&(Step, &str)> = forward.chain(BACK.iter().filter(|_| back)).collect();
    let reached = plan.iter().position(|(step, _)| *step == rotation.step).unwrap_or_default();
    let view = |(at, (step, text)): (usize, &&(Step, &'static str))| {
        let state = match at {
            at if at <= reached => Badge::new(Tone::Good, "Done"),
            at if at == reached + 1 && rotation.trouble.is_some() => Badge::new(Tone::Warning, "Stopped"),
            at if at == reached + 1 => Badge::new(Tone::Info, "Next"),
            _ => Badge::new(Tone::Neutral, "To come"),
        };
        StepView { state, text, at: taken(*step).filter(|_| at <= reached).map(Moment) }
    };
    plan.iter().enumerate().map(view).collect()
}

/// How near the next step has to be for the page to ask again by itself: not through a whole grace, which would keep a
/// forgotten page signed in.
const SOON: TimeDelta = TimeDelta::seconds(30);

fn open_view(rotation: &Rotation, runs: bool, now: DateTime<Utc>) -> OpenView {
    let goes_on = runs && rotation.trouble.is_none();
    OpenView {
        steps: steps(rotation),
        by: rotation.started_by.clone(),
        old_key_id: rotation.old_key_id.clone(),
        new_key_id: rotation.new_key_id.clone(),
        trouble: rotation.trouble.clone(),
        failure: rotation.failure.clone(),
        next: (goes_on && rotation.not_before > now).then_some(Moment(rotation.not_before)),
        abandon: if rotation.may_be_abandoned() {
            Some("Abandon")
        } else {
            rotation.trouble.as_ref().map(|_| "End it as it is")
        },
        moves: goes_on && rotation.not_before - now < SOON && now - rotation.step_at < TimeDelta::minutes(15),
    }
}

fn past_view(rotation: &Rotation) -> Option<PastView> {
    let state = match rotation.step {
        Step::Done => Badge::new(Tone::Good, "Rotated"),
        // The plan's rotation did not even begin.
        _ if rotation.trouble.is_some() => Badge::new(Tone::Warning, "Not begun"),
        _ => Badge::new(Tone::Neutral, "Given up"),
    };
    let detail = rotation.trouble.clone().unwrap_or_default();
    Some(PastView { state, at: Moment(rotation.ended_at?), by: rotation.started_by.clone(), detail })
}

fn page(app: &App, frame: Frame, overview: &Overview) -> RotatePage {
    let now = app.clock.now();
    let paused = match &overview.jobs {
        Jobs::Run(_) => None,
        Jobs::Paused(sentence) => Some(sentence.clone()),
    };
    let open = overview.rotations.iter().find(|rotation| rotation.ended_at.is_none());
    RotatePage {
        frame,
        address: format!("/admin/access-keys/{}/rotate", overview.key.id),
        key_id: overview.key.key_id.clone(),
        obstacle: overview.obstacle.clone(),
        may_claim: paused.is_some() && app.instance.is_ok(),
        policy: overview.policy.clone(),
        grace: show_duration(u32::try_from(app.config.aws.rotation_grace.as_secs()).unwrap_or(u32::MAX)),
        open: open.map(|rotation| open_view(rotation, paused.is_none(), now)),
        paused,
        other_use: None,
        leftover: None,
        past: overview.rotations.iter().filter_map(past_view).collect(),
        errors: FieldErrors::default(),
    }
}

async fn shown(app: &App, who: &Who, session: &Session, id: &str) -> Result<RotatePage, WebError> {
    let overview = rotation::show(app, who, id).await?;
    let title = format!("Rotate {}", overview.key.name);
    let frame = Frame::administration(app, who, session, "/admin/access-keys", &title)
        .below("Administration", "/admin")
        .below("Access keys", "/admin/access-keys")
        .below(&overview.key.name, &format!("/admin/access-keys/{id}"));
    Ok(page(app, frame, &overview))
}

/// `GET /admin/access-keys/{id}/rotate`
///
/// # Errors
/// 404 where there is none.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    Ok(ok(&shown(&app, &who.0, &session, &id).await?))
}

/// `POST /admin/access-keys/{id}/rotate`
///
/// # Errors
/// 404 where there is no such key, or no rotation to go on with; 422 with what has to be confirmed, or why not.
pub async fn act(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    form: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    match done(&app, &who.0, &id, &form.0).await {
        Ok(Ok(sentence)) => {
            session.say(Tone::Good, sentence);
            Ok(see_other(&format!("/admin/access-keys/{id}/rotate")))
        }
        Ok(Err(questions)) => {
            let mut page = shown(&app, &who.0, &session, &id).await?;
            for question in questions {
                match question {
                    Question::OtherUse(sentence) => page.other_use = Some(sentence),
                    Question::Leftover(key, sentence) => page.leftover = Some((key, sentence)),
                }
            }
            Ok(unprocessable(&page))
        }
        Err(PortalError::Invalid(errors)) => {
            let mut page = shown(&app, &who.0, &session, &id).await?;
            page.errors = errors;
            Ok(unprocessable(&page))
        }
        Err(error) => Err(error.into()),
    }
}

/// Does what the form asks: what to say of it, or what has to be confirmed first.
async fn done(
    app: &App,
    who: &Who,
    id: &str,
    typed: &Typed,
) -> Result<Result<&'static str, Vec<Question>>, PortalError> {
    let sentence = match typed.action.as_str() {
        "start" => {
            let delete_key = Some(typed.delete_key.trim().to_owned()).filter(|key| !key.is_empty());
            let confirmed = Confirmed { other_use: typed.other_use, delete_key };
            match rotation::start(app, who, id, &confirmed).await? {
                Begun::Asks(questions) => return Ok(Err(questions)),
                Begun::Started => "The rotation has begun. It goes on by itself; you may leave this page.",
            }
        }
        "go_on" => {
            rotation::go_on(app, who, id).await?;
            "The rotation goes on."
        }
        "abandon" => {
            rotation::abandon(app, who, id).await?;
            "The rotation is given up. The key that is in use stays in use."
        }
        "claim" => {
            instance::claim(app, who).await?;
            "This is the live instance. Jobs run here from now on."
        }
        _ => return Err(PortalError::Invalid(("", "Choose what to do.".to_owned()).into())),
    };
    Ok(Ok(sentence))
}
