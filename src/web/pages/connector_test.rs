//! Whether a connector works: each step of issuing, and where AWS refuses, why and what to do.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::app::App;
use crate::model::access_key::AccessKey;
use crate::model::diagnosis::Paste;
use crate::model::principal::PrincipalType;
use crate::model::session::show_duration;
use crate::portal::test_connector::{self, Trial};
use crate::portal::use_connector::{Step, Tested, What};
use crate::portal::{PortalError, connectors};
use crate::web::error::{Problem, WebError};
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Badge, Moment, Tone, ok};
use crate::web::session::Session;

const RAIL: &str = "/admin/connectors";

/// `GET` and `POST /admin/connectors/{id}/test`: GET only offers it, since nothing is issued on GET.
#[derive(Template)]
#[template(path = "pages/connector_test.html")]
pub struct ConnectorTestPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The connector's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is switched off.
    pub disabled: bool,
    /// How it went, where it was tested.
    pub trial: Option<TrialView>,
}

/// A trial as it is shown.
pub struct TrialView {
    /// What came of it.
    pub verdict: Badge,
    /// How long all of it took.
    pub took: String,
    /// The steps, those included that were not reached.
    pub steps: Vec<StepView>,
    /// What was granted.
    pub granted: Option<GrantedView>,
    /// Why it ended.
    pub failure: Option<FailureView>,
}

/// One step.
pub struct StepView {
    /// Tick or cross, in words.
    pub state: Badge,
    /// What it is.
    pub text: String,
    /// The thing it is about: an ARN, a key file.
    pub about: String,
    /// How long it took; empty where it was not reached.
    pub took: String,
}

/// What was granted.
pub struct GrantedView {
    /// Who one is.
    pub arn: String,
    /// When it would have ended.
    pub expires: Moment,
    /// How long that was, and why no longer where AWS cut it.
    pub seconds: String,
    /// How much of AWS's packed limit was taken.
    pub packed: String,
    /// The region that gave it.
    pub region: String,
}

/// Why it ended.
pub struct FailureView {
    /// AWS's words, or ours.
    pub sentence: String,
    /// The likely cause; empty where the sentence says it all.
    pub cause: String,
    /// What to do.
    pub fix: String,
    /// AWS's code and request id, our own request's id.
    pub details: Vec<(String, String)>,
    /// What to paste at AWS.
    pub policies: Vec<Paste>,
}

/// `GET /admin/connectors/{id}/test`
///
/// # Errors
/// 404 where there is none.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let connector = test_connector::offer(&app, &who.0, &id).await?;
    let frame = frame(&app, &who, &session, &connector.name, &connector.id);
    let disabled = !connector.enabled;
    Ok(ok(&ConnectorTestPage { frame, id: connector.id, name: connector.name, disabled, trial: None }))
}

/// `POST /admin/connectors/{id}/test`
///
/// # Errors
/// 404 where there is none; where the usage log cannot be written.
pub async fn run(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    let trial = test_connector::test(&app, &who.0, &id).await?;
    let keys = connectors::sources(&app, &who.0).await?;
    let key = keys.into_iter().find(|key| key.id == trial.connector.access_key_id);
    let view = view(&trial, key.as_ref(), &who.0.origin.request_id);
    let frame = frame(&app, &who, &session, &trial.connector.name, &trial.connector.id);
    let disabled = !trial.connector.enabled;
    let (id, name) = (trial.connector.id, trial.connector.name);
    Ok(ok(&ConnectorTestPage { frame, id, name, disabled, trial: Some(view) }))
}

fn frame(app: &App, who: &SignedIn, session: &Session, name: &str, id: &str) -> Frame {
    Frame::administration(app, &who.0, session, RAIL, &format!("Test {name}"))
        .below("Administration", "/admin")
        .below("Connectors", RAIL)
        .below(name, &format!("{RAIL}/{id}"))
}

fn view(trial: &Trial, key: Option<&AccessKey>, request_id: &str) -> TrialView {
    let kind = trial.connector.principal.kind();
    let done = trial.steps.iter().map(|step| step_view(step, kind, key));
    let missed = trial.missed.iter().map(|what| StepView {
        state: Badge::new(Tone::Neutral, "Not reached"),
        text: step_text(what, kind, key),
        about: about(what, ""),
        took: String::new(),
    });
    let verdict = match &trial.result {
        Ok(_) => Badge::new(Tone::Good, "It works"),
        Err(_) => Badge::new(Tone::Danger, "It does not work"),
    };
    TrialView {
        verdict,
        took: show_time(trial.took()),
        steps: done.chain(missed).collect(),
        granted: trial.result.as_ref().ok().map(|tested| granted(tested, trial)),
        failure: trial.result.as_ref().err().map(|error| failure(error, request_id)),
    }
}

fn step_view(step: &Step, kind: PrincipalType, key: Option<&AccessKey>) -> StepView {
    let (state, said) = match &step.result {
        Ok(said) => (Badge::new(Tone::Good, "✓ Done"), said.as_str()),
        Err(_) => (Badge::new(Tone::Danger, "✗ Failed"), ""),
    };
    StepView {
        state,
        text: step_text(&step.what, kind, key),
        about: about(&step.what, said),
        took: show_time(step.took),
    }
}

fn step_text(what: &What, kind: PrincipalType, key: Option<&AccessKey>) -> String {
    let name = key.map_or("", |key| key.name.as_str());
    match what {
        What::Source => format!("Open the access key “{name}”"),
        What::Whose => "Ask AWS whose key it is".to_owned(),
        What::Mfa => "MFA device of the access key".to_owned(),
        What::Role { of: 1, .. } => "Assume the role".to_owned(),
        What::Role { at, of, .. } => format!("Assume role {at} of {of}"),
        What::Session => match kind {
            PrincipalType::FederatedUser => "Make a federated user (GetFederationToken)".to_owned(),
            PrincipalType::Provided => "Take the credentials of the surroundings".to_owned(),
            PrincipalType::IamUser | PrincipalType::AssumeRole => "Make a session (GetSessionToken)".to_owned(),
        },
        What::Identity => "Ask AWS who one is with the credentials (GetCallerIdentity)".to_owned(),
    }
}

/// What a step was about, or what it gave.
fn about(what: &What, said: &str) -> String {
    match what {
        What::Role { role, .. } => role.clone(),
        What::Mfa if said == "session" => "by a session that was made with a code".to_owned(),
        What::Mfa if said == "code" => "by a one-time code".to_owned(),
        // The key's id says nothing to a reader, and is in the usage log.
        What::Session => String::new(),
        What::Source | What::Whose | What::Mfa | What::Identity => said.to_owned(),
    }
}

fn granted(tested: &Tested, trial: &Trial) -> GrantedView {
    let seconds = show_duration(tested.granted_seconds);
    GrantedView {
        arn: tested.arn.clone(),
        expires: Moment(tested.expires_at),
        seconds: if tested.cut_by_chaining { format!("{seconds}, cut by AWS (role chaining)") } else { seconds },
        packed: tested.packed_percent.map_or_else(|| "AWS did not say".to_owned(), |percent| format!("{percent} %")),
        region: tested.region.clone().unwrap_or_else(|| trial.connector.region().to_owned()),
    }
}

fn failure(error: &PortalError, request_id: &str) -> FailureView {
    let (cause, fix, policies) = match error {
        PortalError::Explained { diagnosis, .. } => {
            (diagnosis.cause.clone(), diagnosis.fix.clone(), diagnosis.policies.clone())
        }
        _ => (String::new(), String::new(), Vec::new()),
    };
    let problem = Problem::of(error);
    let sentence = if cause.is_empty() { problem.sentence } else { format!("{error}.") };
    let mut details = problem.details;
    details.push(("Request id".to_owned(), request_id.to_owned()));
    FailureView { sentence, cause, fix, details, policies }
}

fn show_time(took: Duration) -> String {
    let milliseconds = took.as_millis();
    match milliseconds {
        0 => "under 1 ms".to_owned(),
        1..10_000 => format!("{milliseconds} ms"),
        _ => format!("{} s", took.as_secs()),
    }
}
