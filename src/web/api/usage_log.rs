//! The usage log for programs that follow it.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::DateTime;
use data_encoding::HEXLOWER;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::fields::Fields;
use super::paging::Wanted;
use crate::app::App;
use crate::model::event::{Kind, Outcome};
use crate::portal::usage_log;
use crate::store::usage_log::{Filter, Recorded};
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// A row of the usage log. Rows are added and never changed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 42, "chain": "0193f6a1-0000-7000-8000-00000000000a", "seq": 42, "rowHash": "00ff",
    "at": "2030-01-01T11:00:00.000Z", "kind": "credentials.issue", "outcome": "ok", "reason": "",
    "actorKind": "person", "actorId": "0193f6a1-0000-7000-8000-000000000002", "actorName": "alice",
    "directory": "corp", "connectorId": "0193f6a1-0000-7000-8000-000000000001",
    "connectorName": "Payments, read only", "connectorVersion": 1, "accountId": "123456789012",
    "arn": "arn:aws:sts::123456789012:assumed-role/ReadOnly/alice", "sessionName": "alice", "sourceIdentity": null,
    "issuedKeyId": "FAKETEMPORARYKEY0001", "expiresAt": "2030-01-01T12:00:00.000Z", "requestedSeconds": 3600,
    "grantedSeconds": 3600, "address": "192.0.2.1", "userAgent": "example/1.0",
    "requestId": "0193f6a1-0000-7000-8000-000000000003", "grantId": null, "groupPath": "corp:ops",
    "rule": "grant", "policyHash": null, "detail": {"principal_type": "assume_role"}
}))]
pub struct UsageEvent {
    /// Number of the row; never repeats. Newer rows have larger numbers.
    id: i64,
    /// The chain of rows that it belongs to.
    chain: String,
    /// Its place there.
    seq: i64,
    /// The hash that the next row of the chain builds on, in hexadecimal.
    row_hash: String,
    /// When it began.
    #[schema(format = "date-time")]
    at: String,
    /// What happened, as `credentials.issue`.
    kind: String,
    /// `ok`, `refused` or `failed`.
    outcome: String,
    /// Why it was not done; empty where it was.
    reason: String,
    /// `person`, `program` or `system`.
    actor_kind: String,
    /// Daypass's id of them.
    actor_id: Option<String>,
    /// Their name.
    actor_name: String,
    /// The directory they are of.
    directory: Option<String>,
    /// The connector's id.
    connector_id: Option<String>,
    /// The connector's name at that time.
    connector_name: Option<String>,
    /// The connector's version at that time.
    connector_version: Option<i32>,
    /// The AWS account.
    account_id: Option<String>,
    /// Whom AWS saw.
    arn: Option<String>,
    /// What the session is called.
    session_name: Option<String>,
    /// The source identity that was sent.
    source_identity: Option<String>,
    /// The id of the temporary key.
    issued_key_id: Option<String>,
    /// When what was issued ends.
    #[schema(format = "date-time")]
    expires_at: Option<String>,
    /// How long it was asked for, in seconds.
    requested_seconds: Option<u32>,
    /// How long AWS gave, in seconds.
    granted_seconds: Option<u32>,
    /// The address it came from.
    address: String,
    /// What the program called itself.
    user_agent: String,
    /// The request's id, as its answer had it.
    request_id: String,
    /// The grant that allowed it.
    grant_id: Option<String>,
    /// The group of that grant.
    group_path: Option<String>,
    /// The rule that allowed it.
    rule: Option<String>,
    /// SHA-256 of the policies that were sent, in hexadecimal.
    policy_hash: Option<String>,
    /// What else there is to know, by kind.
    #[schema(value_type = Object)]
    detail: Map<String, Value>,
}

/// A page of the usage log.
#[derive(Serialize, ToSchema)]
pub struct UsagePage {
    /// Newest first.
    events: Vec<UsageEvent>,
    /// The path and query of the page with older rows; null on the last one.
    next: Option<String>,
}

const LIST: &str = "/api/v1/usage-log";

/// Reads the usage log, newest first.
///
/// # Errors
/// 422 where the query is wrong; where the database does not answer.
#[utoipa::path(
    get, path = "/api/v1/usage-log", tag = "Usage log", operation_id = "listUsageEvents",
    params(
        ("limit" = Option<u32>, Query, description = "The most rows of a page", minimum = 1, maximum = 1000),
        ("cursor" = Option<String>, Query, description = "As “next” of the page before has it", min_length = 1),
        ("person" = Option<String>, Query, description = "The actor's name, exactly", min_length = 1, pattern = r"\S"),
        ("connector" = Option<String>, Query, description = "GUID, also of one that is gone, slug or exact name",
            min_length = 1, pattern = r"\S"),
        ("kind" = Option<String>, Query, description = "What happened, as credentials.issue", min_length = 1),
        ("outcome" = Option<String>, Query, description = "How it ended", pattern = "^(ok|refused|failed)$"),
        ("from" = Option<String>, Query, description = "Not before, RFC 3339", format = DateTime),
        ("to" = Option<String>, Query, description = "Before, RFC 3339", format = DateTime)
    ),
    responses((status = 200, description = "A page of it", body = UsagePage))
)]
pub async fn list(app: web::Data<App>, holder: ApiCaller, request: HttpRequest) -> Result<HttpResponse, WebError> {
    let mut query = Fields::of_query(request.query_string());
    let wanted = Wanted::read(&mut query, LIST);
    let mut filter = read(&mut query);
    // Rows that come meanwhile are newer than all that is still to be read.
    filter.before = wanted.after().and_then(|id| id.parse().ok());
    if let Some(connector) = query.text("connector") {
        filter.connector_id = usage_log::connector(&app, &holder.0, connector.trim()).await?;
        if filter.connector_id.is_none() {
            query
                .wrong("connector", "No connector has this name, slug or id. One that was deleted is found by its id.");
        }
    }
    query.end()?;
    let (rows, more) = usage_log::rows(&app, &holder.0, filter, wanted.limit()).await?;
    let next = rows.last().filter(|_| more).map(|last| wanted.next("", &last.id.to_string()));
    let events = rows.into_iter().map(event).collect();
    Ok(HttpResponse::Ok().json(UsagePage { events, next }))
}

fn read(query: &mut Fields) -> Filter {
    let mut filter = Filter { actor_name: query.text("person"), ..Filter::default() };
    filter.kind = query.text("kind");
    if filter.kind.as_ref().is_some_and(|kind| !Kind::ALL.iter().any(|(_, word, ..)| word == kind)) {
        query.wrong("kind", "There is no such kind of event.");
    }
    filter.outcome = query.text("outcome");
    if filter.outcome.as_ref().is_some_and(|word| !Outcome::ALL.iter().any(|outcome| outcome.word() == word)) {
        query.wrong("outcome", "outcome has to be ok, refused or failed.");
    }
    for (name, bound) in [("from", &mut filter.from), ("to", &mut filter.to)] {
        let Some(text) = query.text(name) else { continue };
        match DateTime::parse_from_rfc3339(&text) {
            Ok(at) => *bound = Some(at.timestamp_millis()),
            Err(_) => query.wrong(name, format!("{name} has to be a time as 2030-01-01T12:00:00Z (RFC 3339).")),
        }
    }
    filter
}

fn event(recorded: Recorded) -> UsageEvent {
    let Recorded { id, chain, seq, row_hash, event } = recorded;
    let time = |at: DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    UsageEvent {
        id,
        chain,
        seq,
        row_hash: HEXLOWER.encode(&row_hash),
        at: time(event.at),
        kind: event.kind,
        outcome: event.outcome,
        reason: event.reason,
        actor_kind: event.actor_kind,
        actor_id: event.actor_id,
        actor_name: event.actor_name,
        directory: event.directory,
        connector_id: event.connector_id,
        connector_name: event.connector_name,
        connector_version: event.connector_version,
        account_id: event.account_id,
        arn: event.arn,
        session_name: event.session_name,
        source_identity: event.source_identity,
        issued_key_id: event.issued_key_id,
        expires_at: event.expires_at.map(time),
        requested_seconds: event.requested_seconds,
        granted_seconds: event.granted_seconds,
        address: event.origin.address,
        user_agent: event.origin.user_agent,
        request_id: event.origin.request_id,
        grant_id: event.grant_id,
        group_path: event.group_path,
        rule: event.rule,
        policy_hash: event.policy_hash,
        detail: event.detail,
    }
}
