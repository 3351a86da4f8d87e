//! The usage log: who used what, when, from where.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::model::account::grouped;
use crate::model::event::{Event, Kind, Outcome};
use crate::portal::{Who, usage_log};
use crate::store::usage_log::{Filter, Recorded};
use crate::web::error::WebError;
use crate::web::frame::{Frame, Section};
use crate::web::guard::SignedIn;
use crate::web::html::{Badge, Choice, FieldErrors, Moment, Tone, manage, ok, unprocessable};
use crate::web::session::Session;

/// `GET /usage-log?person=&connector=&kind=&outcome=&from=&to=&before=`
#[derive(Template)]
#[template(path = "pages/usage_log.html")]
pub struct UsageLogPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The filter.
    pub filter: UsageFilterView,
    /// The rows of this page, newest first.
    pub rows: Vec<UsageRow>,
    /// Address of the page with older rows.
    pub older: Option<String>,
    /// Address of the newest page, when this is not it.
    pub newest: Option<String>,
    /// Whether any filter is set.
    pub filtered: bool,
    /// What is wrong with the filter, by field.
    pub errors: FieldErrors,
}

/// The filter as it is set.
pub struct UsageFilterView {
    /// Person, as typed.
    pub person: String,
    /// Connector, as typed: name, slug or id.
    pub connector: String,
    /// The kinds of event, one selected.
    pub kinds: Vec<Choice>,
    /// The outcomes, one selected.
    pub outcomes: Vec<Choice>,
    /// From when, `2026-11-20T09:12` in UTC; may be empty.
    pub from: String,
    /// Until when, likewise.
    pub to: String,
    /// Names of connectors to choose from.
    pub connectors: Vec<String>,
}

/// One row.
pub struct UsageRow {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Moment,
    /// Who.
    pub actor: String,
    /// person, program or system.
    pub actor_kind: String,
    /// What was done, as "opened the console".
    pub what: String,
    /// The event's kind, as `console.open`.
    pub kind: String,
    /// The connector's name; may be empty.
    pub connector: String,
    /// Where administrators find it; empty: nowhere.
    pub manage: String,
    /// The account in its shown form; may be empty.
    pub account: String,
    /// The address it came from.
    pub address: String,
    /// issued, refused, failed, …
    pub outcome: Badge,
    /// The issued key's id, shortened, or the reason in words.
    pub summary: String,
}

/// The filter as it stands in the address.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    person: String,
    connector: String,
    kind: String,
    outcome: String,
    from: String,
    to: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    before: String,
}

impl Asked {
    fn is_filter(&self) -> bool {
        [&self.person, &self.connector, &self.kind, &self.outcome, &self.from, &self.to]
            .iter()
            .any(|part| !part.trim().is_empty())
    }

    fn address(&self, before: Option<i64>) -> String {
        let asked = Self { before: before.map(|id| id.to_string()).unwrap_or_default(), ..self.clone() };
        format!("/usage-log?{}", serde_urlencoded::to_string(asked).unwrap_or_default())
    }

    fn filter(&self, errors: &mut FieldErrors) -> Filter {
        let text = |part: &str| Some(part.trim().to_owned()).filter(|part| !part.is_empty());
        Filter {
            actor_name: text(&self.person),
            connector_id: None,
            kind: text(&self.kind),
            outcome: text(&self.outcome),
            from: text(&self.from).and_then(|at| errors.take("from", parse_moment(&at))),
            to: text(&self.to).and_then(|at| errors.take("to", parse_moment(&at))),
            before: self.before.parse().ok(),
        }
    }
}

/// A moment as browsers send it, in UTC, as milliseconds since 1970.
fn parse_moment(text: &str) -> Result<i64, String> {
    let forms = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"];
    let parsed = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    let moment = parsed.or_else(day).ok_or("Write a moment as 2026-11-20 09:12 (UTC).")?;
    Ok(moment.and_utc().timestamp_millis())
}

/// `GET /usage-log`
///
/// # Errors
/// Where the database does not answer.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let (asked, mut errors) = (asked.into_inner(), FieldErrors::default());
    let mut filter = asked.filter(&mut errors);
    let connector = asked.connector.trim();
    if !connector.is_empty() {
        filter.connector_id = usage_log::connector(&app, &who.0, connector).await?;
        if filter.connector_id.is_none() {
            errors.add("connector", "No connector has this name, slug or id. One that was deleted is found by its id.");
        }
    }
    let (rows, more) =
        if errors.is_empty() { usage_log::page(&app, &who.0, filter).await? } else { (Vec::new(), false) };
    let connectors = usage_log::connector_names(&app, &who.0).await?;
    let older = rows.last().filter(|_| more).map(|last| asked.address(Some(last.id)));
    let page = UsageLogPage {
        frame: Frame::new(&app, &who.0, &session, Section::UsageLog, "Usage log"),
        older,
        newest: (!asked.before.is_empty()).then(|| asked.address(None)),
        filtered: asked.is_filter(),
        rows: rows.iter().map(|recorded| row(recorded, &who.0)).collect(),
        filter: view(asked, connectors),
        errors,
    };
    Ok(if page.errors.is_empty() { ok(&page) } else { unprocessable(&page) })
}

fn view(asked: Asked, connectors: Vec<String>) -> UsageFilterView {
    let choice = |value: &str, label: &str, chosen: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        detail: String::new(),
        selected: value == chosen,
    };
    UsageFilterView {
        kinds: Kind::ALL.iter().map(|(_, word, phrase, _)| choice(word, phrase, &asked.kind)).collect(),
        outcomes: Outcome::ALL
            .iter()
            .map(|outcome| choice(outcome.word(), label_of(*outcome), &asked.outcome))
            .collect(),
        connectors,
        person: asked.person,
        connector: asked.connector,
        from: asked.from,
        to: asked.to,
    }
}

fn row(recorded: &Recorded, who: &Who) -> UsageRow {
    let event = &recorded.event;
    UsageRow {
        id: recorded.id,
        at: Moment(event.at),
        actor: event.actor_name.clone(),
        actor_kind: event.actor_kind.clone(),
        what: event.phrase().to_owned(),
        kind: event.kind.clone(),
        connector: event.connector_name.clone().unwrap_or_default(),
        manage: event.connector_id.as_deref().map(|id| manage(who, id)).unwrap_or_default(),
        account: event.account_id.as_deref().map(grouped).unwrap_or_default(),
        address: event.origin.address.clone(),
        outcome: outcome_of(event),
        summary: summary_of(event),
    }
}

/// The badges' words, as the filter has them.
const fn label_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "Issued or done",
        Outcome::Refused => "Refused",
        Outcome::Failed => "Failed",
    }
}

/// How an event ended, as a badge.
#[must_use]
pub fn outcome_of(event: &Event) -> Badge {
    match event.outcome.as_str() {
        "ok" if event.issued_key_id.is_some() => Badge::new(Tone::Good, "Issued"),
        "ok" => Badge::new(Tone::Good, "Done"),
        "refused" => Badge::new(Tone::Warning, "Refused"),
        _ => Badge::new(Tone::Danger, "Failed"),
    }
}

/// The issued key, shortened, or why there is none.
fn summary_of(event: &Event) -> String {
    match &event.issued_key_id {
        Some(id) if id.is_ascii() && id.len() > 8 => format!("{}…{}", &id[..4], &id[id.len() - 4..]),
        Some(id) => id.clone(),
        None if event.reason.is_empty() => changed(event),
        None => reason_of(&event.reason),
    }
}

/// What an administrative change was about: the group of a grant, a person, a token, an access key.
fn changed(event: &Event) -> String {
    let named = ["group", "user", "token", "name"].into_iter().find_map(|part| event.detail.get(part)?.as_str());
    named.unwrap_or_default().to_owned()
}

/// A reason's word as a sentence; words that are AWS's own stay as they are.
#[must_use]
pub fn reason_of(reason: &str) -> String {
    let sentence = match reason {
        "" => "",
        "not_granted" => "Not in a granted group",
        "unknown_connector" => "No such connector",
        "connector_disabled" => "The connector is switched off",
        "token_scope" => "The token is for something else",
        "token_expired" => "The token has run out",
        "token_revoked" => "The token was revoked",
        "no_system_scope" => "The connector is not for programs",
        "no_console" => "This type cannot open the console",
        "destination" => "The destination is not AWS's console",
        "duration" => "The duration is not allowed",
        "region" => "The region is none of the partition",
        "domain" => "The domain's name or owner is not allowed",
        "registry_outlives" => "The log-in would outlive the session",
        "other_account" => "The access key is of another account than before",
        "shared_source" => "The access key is of a user that other connectors use in another way",
        "person_gone" => "The person is no longer active",
        "database" => "The database could not be read",
        "internal" => "Something went wrong inside Daypass",
        "expired" => "The access key has run out",
        "invalid" => "What was sent was not accepted",
        "policy" => "The policy is not allowed",
        "role_arn" => "This is no role",
        "ambiguous" => "Several connectors lead to the role",
        "conflict" => "Somebody else changed it at the same time",
        "unknown_access_key" => "No such access key",
        "root_key" => "The access key is a root user's",
        "key_file" => "Unable to read encryption key file",
        "decrypt" => "Unable to decrypt AWS Secret Key",
        "directory" => "The directory did not answer",
        "unknown_person" => "Nobody has this name",
        "ambiguous_name" => "Several people have this name",
        "wrong_password" => "Wrong password",
        "sso_session" => "Crowd does not take the browser's session",
        "throttled" => "Too many wrong passwords",
        "inactive" => "The account is closed",
        "wrong_code" => "Wrong set-up code",
        other => return other.strip_prefix("aws:").map_or_else(|| other.to_owned(), |code| format!("AWS: {code}")),
    };
    sentence.to_owned()
}
