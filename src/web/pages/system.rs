//! What runs here, and the settings in force.

mod keyring;

use std::time::Duration;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::model::session::show_duration;
use crate::portal::instance::{self, Jobs};
use crate::portal::system::{self, AwsSettings, ProxyView, System};
use crate::portal::{PortalError, Who};
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Moment, Tone, ok, see_other};
use crate::web::session::Session;

const RAIL: &str = "/admin/system";

/// `GET /admin/system`
#[derive(Template)]
#[template(path = "pages/system.html")]
pub struct SystemPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The parts of the page.
    pub parts: Vec<Part>,
}

/// A heading, what it is about, and its lines.
pub struct Part {
    /// The heading.
    pub title: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Whether an administrator may say here that this is the live instance.
    pub claim: bool,
}

/// One setting.
pub struct Line {
    /// What it is.
    pub name: String,
    /// How it stands.
    pub value: String,
    /// What it means, or where it comes from; may be empty.
    pub note: String,
    /// Whether the value is a path, an address or an id.
    pub exact: bool,
    /// Where the value leads; may be empty.
    pub href: &'static str,
    /// A moment that goes with the value.
    pub at: Option<Moment>,
}

impl Line {
    fn new(name: impl Into<String>, value: impl Into<String>, note: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), note: note.into(), exact: false, href: "", at: None }
    }

    fn exact(name: impl Into<String>, value: impl Into<String>, note: impl Into<String>) -> Self {
        Self { exact: true, ..Self::new(name, value, note) }
    }
}

/// What was pressed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Pressed {
    action: String,
}

/// `GET /admin/system`
///
/// # Errors
/// 403 for others than administrators.
pub async fn show(app: web::Data<App>, session: Session, who: SignedIn) -> Result<HttpResponse, WebError> {
    shown(&app, &who.0, &session).await
}

/// `POST /admin/system` with `action=claim`: this is the live instance.
///
/// # Errors
/// 403 for others than administrators, 422 where this instance has no name of its own or nothing was chosen.
pub async fn act(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    form: Form<Pressed>,
) -> Result<HttpResponse, WebError> {
    if form.0.action != "claim" {
        return Err(PortalError::Invalid(("", "Choose what to do.".to_owned()).into()).into());
    }
    instance::claim(&app, &who.0).await?;
    session.say(Tone::Good, "This is the live instance. Jobs run here from now on.");
    Ok(see_other(RAIL))
}

async fn shown(app: &App, who: &Who, session: &Session) -> Result<HttpResponse, WebError> {
    let system = system::show(app, who).await?;
    let frame = Frame::administration(app, who, session, RAIL, "System").below("Administration", "/admin");
    let mut parts = vec![
        here(&system),
        keyring::part(&system.keyring),
        jobs(&system),
        calls(&system.aws),
        way(&system.aws),
        surroundings(&system.aws),
    ];
    if !system.aws.overridden.is_empty() {
        parts.push(Part {
            title: "Other endpoints",
            help: "Called in place of AWS's own.",
            lines: system.aws.overridden.iter().map(|(setting, address)| other(setting, address)).collect(),
            claim: false,
        });
    }
    Ok(ok(&SystemPage { frame, parts }))
}

/// An address in place of AWS's own, named by what it is for.
fn other(setting: &str, address: &str) -> Line {
    let mut words = setting.split('.').skip(2);
    let partition = words.next().unwrap_or_default();
    let name = match (words.next(), words.next()) {
        (Some("sts_regional_endpoints"), Some(region)) => format!("STS, {region}"),
        (Some("sts_endpoint"), _) => format!("STS, {partition}"),
        (Some("iam_endpoint"), _) => format!("IAM, {partition}"),
        (Some("ecr_endpoint"), _) => format!("ECR, {partition}"),
        (Some("codeartifact_endpoint"), _) => format!("CodeArtifact, {partition}"),
        (Some("signin_endpoint"), _) => format!("Sign-in, {partition}"),
        (Some("console_endpoint"), _) => format!("Console, {partition}"),
        _ => partition.to_owned(),
    };
    Line::exact(name, address, setting)
}

fn here(system: &System) -> Part {
    let mut lines = vec![
        Line::new("Version", format!("Daypass {}", system.version), ""),
        Line::exact("Public address", &system.public_url, "server.public_url"),
        Line::exact(system.database, &system.database_place, "The database."),
    ];
    let directory = |(name, kind): &(String, String)| Line::new("Directory", kind, format!("Named “{name}”."));
    lines.extend(system.directories.iter().map(directory));
    Part {
        title: "This server",
        help: "Settings change in the configuration file and count after a restart.",
        lines,
        claim: false,
    }
}

fn jobs(system: &System) -> Part {
    let name = match &system.instance {
        Ok(name) => Line::exact("Instance", name, "server.instance, else made once for this data folder."),
        Err(sentence) => Line::new("Instance", "None", format!("{sentence}.")),
    };
    let (state, note) = match &system.jobs {
        Jobs::Run(_) => ("Run here", "This is the live instance."),
        Jobs::Paused(sentence) => ("Paused", sentence.as_str()),
    };
    Part {
        title: "Scheduled jobs",
        help: "Rotation of access keys at AWS, which must not run twice.",
        lines: vec![name, Line::new("Jobs", state, note)],
        claim: matches!(system.jobs, Jobs::Paused(_)) && system.instance.is_ok(),
    }
}

fn seconds(duration: Duration) -> String {
    show_duration(u32::try_from(duration.as_secs()).unwrap_or(u32::MAX))
}

fn calls(aws: &AwsSettings) -> Part {
    let regions = match aws.regions.is_empty() {
        true => "The connector's own alone".to_owned(),
        false => aws.regions.join(", then "),
    };
    let fips = if aws.fips { "FIPS endpoints of STS only" } else { "Usual endpoints" };
    Part {
        title: "Calls to AWS",
        help: "The same for every service. Each account has a budget of retries of its own.",
        lines: vec![
            Line::new("Retries", aws.retries.to_string(), "Each wait is longer, and random. aws.retries"),
            Line::new("Connection", seconds(aws.connect), "At most. aws.connect_timeout"),
            Line::new("One attempt", seconds(aws.attempt), "At most. aws.attempt_timeout"),
            Line::new(
                "Whole call",
                seconds(aws.operation),
                "At most, with all retries and regions. aws.operation_timeout",
            ),
            Line::new("STS regions", regions, "Where one does not answer, the next is asked. aws.sts_regions"),
            Line::new("Endpoints", fips, "aws.fips"),
        ],
        claim: false,
    }
}

fn way(aws: &AwsSettings) -> Part {
    let mut lines = Vec::new();
    match &aws.proxy {
        None => lines.push(Line::new("Proxy", "None", "aws.proxy, HTTPS_PROXY and ALL_PROXY are not set.")),
        Some(ProxyView { url, user, from, no_proxy }) => {
            let set =
                if from.contains('.') { format!("Set by {from}.") } else { format!("Set by the variable {from}.") };
            lines.push(Line::exact("Proxy", url, set));
            let user = user.clone().unwrap_or_else(|| "None".to_owned());
            lines.push(Line::new("Proxy's user", user, "Its password is not shown."));
            let except = if no_proxy.is_empty() { "None".to_owned() } else { no_proxy.join(", ") };
            lines.push(Line::new("Past the proxy", except, "Hosts that are reached without it."));
        }
    }
    lines.push(match &aws.ca_file {
        None => Line::new("Certificates", "The system's authorities", "aws.ca_file is not set."),
        Some(file) => Line::exact("Certificates", file, "Trusted beside the system's authorities. aws.ca_file"),
    });
    Part {
        title: "Way to AWS",
        help: "For STS, the sign-in endpoint and all other services alike.",
        lines,
        claim: false,
    }
}

fn surroundings(aws: &AwsSettings) -> Part {
    let switch = |on: bool| if on { "On" } else { "Off" };
    let line = |(kind, on): &(crate::model::source::Surroundings, bool)| {
        Line::new(kind.label(), switch(*on), format!("aws.surroundings.{}", kind.word()))
    };
    let mut lines: Vec<Line> = aws.surroundings.iter().map(line).collect();
    if let Some(address) = &aws.imds_endpoint {
        lines.push(Line::exact("Instance metadata", address, "aws.imds_endpoint"));
    }
    Part {
        title: "Credentials of the surroundings",
        help: "Which credentials of the machine that Daypass runs on may be used as a source.",
        lines,
        claim: false,
    }
}
