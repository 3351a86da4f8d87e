//! What runs here, and the settings in force.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::app::App;
use crate::model::session::show_duration;
use crate::portal::system::{self, AwsSettings, ProxyView, System};
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::ok;
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
}

impl Line {
    fn new(name: impl Into<String>, value: impl Into<String>, note: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), note: note.into(), exact: false }
    }

    fn exact(name: impl Into<String>, value: impl Into<String>, note: impl Into<String>) -> Self {
        Self { exact: true, ..Self::new(name, value, note) }
    }
}

/// `GET /admin/system`
///
/// # Errors
/// 403 for others than administrators.
pub async fn show(app: web::Data<App>, session: Session, who: SignedIn) -> Result<HttpResponse, WebError> {
    let system = system::show(&app, &who.0)?;
    let frame = Frame::administration(&app, &who.0, &session, RAIL, "System").below("Administration", "/admin");
    let mut parts = vec![here(&system), calls(&system.aws), way(&system.aws), surroundings(&system.aws)];
    if !system.aws.overridden.is_empty() {
        parts.push(Part {
            title: "Other endpoints",
            help: "Called in place of AWS's own.",
            lines: system.aws.overridden.iter().map(|(setting, address)| other(setting, address)).collect(),
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
        (Some("signin_endpoint"), _) => format!("Sign-in, {partition}"),
        (Some("console_endpoint"), _) => format!("Console, {partition}"),
        _ => partition.to_owned(),
    };
    Line::exact(name, address, setting)
}

fn here(system: &System) -> Part {
    let key = match &system.newest_key {
        Some(name) => Line::exact("Newest key file", name, "New secrets are sealed with it."),
        None => Line::new("Newest key file", "None can be read", "Put a key file back into the folder."),
    };
    Part {
        title: "This server",
        help: "Settings change in the configuration file and count after a restart.",
        lines: vec![
            Line::new("Version", format!("Daypass {}", system.version), ""),
            Line::exact("Public address", &system.public_url, "server.public_url"),
            Line::exact(system.database, &system.database_place, "The database."),
            Line::exact("Key files", &system.key_folder, "The keyring's folder. Back it up apart from the database."),
            key,
            Line::new("Directory", &system.directory_kind, format!("Named “{}”.", system.directory)),
        ],
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
    Part { title: "Way to AWS", help: "For STS, the sign-in endpoint and all other services alike.", lines }
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
    }
}
