//! One row of the usage log, whole.

use actix_web::{HttpResponse, web};
use askama::Template;
use data_encoding::HEXLOWER;

use super::usage_log::{outcome_of, reason_of};
use crate::app::App;
use crate::model::account::grouped;
use crate::model::event::Event;
use crate::model::session::show_duration;
use crate::portal::{PortalError, usage_log};
use crate::store::usage_log::Recorded;
use crate::web::error::WebError;
use crate::web::frame::{Frame, Section};
use crate::web::guard::SignedIn;
use crate::web::html::{Badge, Moment, ok};
use crate::web::session::Session;

/// `GET /usage-log/{id}`
#[derive(Template)]
#[template(path = "pages/usage_event.html")]
pub struct UsageEventPage {
    /// What surrounds it.
    pub frame: Frame,
    /// What was done.
    pub what: String,
    /// How it ended.
    pub outcome: Badge,
    /// When.
    pub at: Moment,
    /// Headings with their lines.
    pub sections: Vec<(String, Vec<Pair>)>,
}

/// `GET /usage-log/{id}`
///
/// # Errors
/// 404 where there is no such row.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let id = id.parse::<i64>().map_err(|_| PortalError::NotFound("entry"))?;
    let recorded = usage_log::event(&app, &who.0, id).await?;
    let what = recorded.event.phrase().to_owned();
    let title = format!("Entry {id}");
    let page = UsageEventPage {
        frame: Frame::new(&app, &who.0, &session, Section::UsageLog, &title).below("Usage log", "/usage-log"),
        what,
        outcome: outcome_of(&recorded.event),
        at: Moment(recorded.event.at),
        sections: sections(&recorded, who.0.administrator().is_ok()),
    };
    Ok(ok(&page))
}

/// One line of a section.
pub struct Pair {
    /// The label.
    pub label: String,
    /// The value.
    pub value: String,
    /// Whether it is an id, ARN or hash.
    pub is_exact: bool,
    /// Where more of it is to be seen; empty: nowhere.
    pub href: String,
}

impl Pair {
    fn to(mut self, href: String) -> Self {
        self.href = href;
        self
    }
}

fn plain(label: &str, value: impl ToString) -> Pair {
    Pair { label: label.to_owned(), value: value.to_string(), is_exact: false, href: String::new() }
}

fn exact(label: &str, value: impl ToString) -> Pair {
    Pair { is_exact: true, ..plain(label, value) }
}

/// What a row has beside its own fields.
fn details(event: &Event) -> Vec<Pair> {
    let word = |name: &str| {
        let (first, rest) = name.split_at_checked(1).unwrap_or((name, ""));
        format!("{}{}", first.to_uppercase(), rest.replace('_', " "))
    };
    let lines = |(name, value): (&String, &serde_json::Value)| match value.as_array() {
        // The roles of a chain, for instance: a line each.
        Some(list) if !list.is_empty() && list.iter().all(serde_json::Value::is_object) => (1..)
            .zip(list)
            .map(|(at, entry)| exact(&format!("{} {at}", word(name)), entry_text(entry)))
            .collect::<Vec<_>>(),
        // Such as the groups before and after.
        Some(list) if list.iter().all(serde_json::Value::is_string) => {
            let words: Vec<String> = list.iter().map(text_of).collect();
            vec![exact(&word(name), if words.is_empty() { "none".to_owned() } else { words.join(", ") })]
        }
        _ => vec![exact(&word(name), text_of(value))],
    };
    event.detail.iter().filter(|(_, value)| !value.is_null()).flat_map(lines).collect()
}

fn text_of(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// One of several entries of a detail: its values.
fn entry_text(entry: &serde_json::Value) -> String {
    let values: Vec<String> = entry.as_object().into_iter().flat_map(|entry| entry.values().map(text_of)).collect();
    values.join(" · ")
}

/// Where administrators find a row's connector, and the version that was used.
fn links(event: &Event) -> (String, String) {
    let Some(id) = &event.connector_id else { return (String::new(), String::new()) };
    let connector = format!("/admin/connectors/{id}");
    let version = match event.connector_version {
        Some(version) => format!("{connector}/versions/{version}"),
        None => format!("{connector}/versions"),
    };
    (connector, version)
}

/// Where administrators see what the person of a row may use and why, the row's connector first.
fn person_of(event: &Event) -> String {
    let Some(id) = event.actor_id.as_ref().filter(|_| event.actor_kind == "person") else { return String::new() };
    match &event.connector_id {
        Some(connector) => format!("/admin/people/{id}?connector={connector}"),
        None => format!("/admin/people/{id}"),
    }
}

/// Everything of the row; what is empty is left out. Administrators are led on to the connector.
fn sections(recorded: &Recorded, administers: bool) -> Vec<(String, Vec<Pair>)> {
    let event = &recorded.event;
    let (connector, versions) = Some(event).filter(|_| administers).map(links).unwrap_or_default();
    let person = if administers { person_of(event) } else { String::new() };
    let or_empty = |value: &Option<String>| value.clone().unwrap_or_default();
    let seconds = |value: Option<u32>| value.map(show_duration).unwrap_or_default();
    let who = vec![
        plain("Name", &event.actor_name).to(person),
        plain("Kind", &event.actor_kind),
        plain("Directory", or_empty(&event.directory)),
        exact("Id", or_empty(&event.actor_id)),
        exact("Address", &event.origin.address),
        plain("Program", &event.origin.user_agent),
    ];
    let what = vec![
        exact("Kind of event", &event.kind),
        plain("Reason", reason_of(&event.reason)),
        plain("Connector", or_empty(&event.connector_name)).to(connector),
        exact("Connector id", or_empty(&event.connector_id)),
        plain("Connector version", event.connector_version.map(|v| v.to_string()).unwrap_or_default()).to(versions),
        exact("Account", event.account_id.as_deref().map(grouped).unwrap_or_default()),
    ];
    let why = vec![
        plain("Rule", or_empty(&event.rule)),
        plain("Group", or_empty(&event.group_path)),
        exact("Grant", or_empty(&event.grant_id)),
        exact("Policy hash", or_empty(&event.policy_hash)),
    ];
    let aws = vec![
        exact("ARN", or_empty(&event.arn)),
        exact("Session name", or_empty(&event.session_name)),
        exact("Source identity", or_empty(&event.source_identity)),
        exact("Issued access key id", or_empty(&event.issued_key_id)),
        plain("Expires", event.expires_at.map(|at| Moment(at).utc()).unwrap_or_default()),
        plain("Asked for", seconds(event.requested_seconds)),
        plain("Given", seconds(event.granted_seconds)),
    ];
    let detail = details(event);
    let proof = vec![
        exact("Request id", &event.origin.request_id),
        exact("Chain", &recorded.chain),
        plain("Place in the chain", recorded.seq),
        exact("Hash", HEXLOWER.encode(&recorded.row_hash)),
    ];
    [("Who", who), ("What", what), ("Why it was allowed", why), ("At AWS", aws), ("Details", detail), ("Proof", proof)]
        .into_iter()
        .map(|(title, pairs): (&str, Vec<Pair>)| {
            (title.to_owned(), pairs.into_iter().filter(|pair| !pair.value.is_empty()).collect::<Vec<_>>())
        })
        .filter(|(_, pairs)| !pairs.is_empty())
        .collect()
}
