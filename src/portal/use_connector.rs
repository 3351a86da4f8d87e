//! The only way to credentials: decide, open the source, issue, record, hand out.
//!
//! Every way out of here that is not a plain "no such connector" of a list leaves a row in the usage log, and nothing
//! is handed out before its row is durable.

mod call;

use std::sync::Arc;

use call::Call;
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use url::Url;

use super::PortalError;
use crate::app::App;
use crate::aws::issuer::Names;
use crate::aws::{AwsError, Issued};
use crate::keyring::{OpenError, Place};
use crate::model::FieldErrors;
use crate::model::access::{Actor, Allowed, Denied, decide};
use crate::model::access_key::{AccessKey, KeyKind, KeyState};
use crate::model::connector::Connector;
use crate::model::destination;
use crate::model::event::{Event, Kind, Origin, Outcome};
use crate::model::grant::Grant;
use crate::model::principal::{Principal, PrincipalType};
use crate::model::session::{self, FEDERATED_NAME_LONGEST, SESSION_NAME_LONGEST};
use crate::store::{StoreError, access_keys, connectors, grants};

/// What somebody asks of a connector.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Who.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
    /// GUID, slug or exact name.
    pub connector: String,
    /// What for.
    pub purpose: Purpose,
}

/// What the credentials are for.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// To be handed out.
    Credentials {
        /// A shorter life than the connector gives, in seconds.
        seconds: Option<u32>,
    },
    /// To open the console.
    Console {
        /// What to open: empty, a path or a full URL of the console.
        destination: String,
        /// A region, where the connector's own is not meant.
        region: Option<String>,
    },
}

/// What is handed out.
#[derive(Debug)]
pub struct Handed {
    /// The connector that was used.
    pub connector: Connector,
    /// The session's name, where AWS sees the person.
    pub session_name: Option<String>,
    /// The session's ARN, where AWS gave one.
    pub arn: Option<String>,
    /// Credentials or link.
    pub gift: Gift,
}

/// Credentials or link.
#[derive(Debug)]
pub enum Gift {
    /// Temporary credentials.
    Credentials(crate::model::credentials::TemporaryCredentials),
    /// The link that signs a browser in to the console.
    ConsoleLink(SecretString),
}

/// Uses a connector. It runs to its end even if the caller goes away in the middle, so that what AWS issued is recorded.
///
/// # Errors
/// Why nothing is handed out; the reason is in the usage log too.
pub async fn use_connector(app: &Arc<App>, ask: Ask) -> Result<Handed, PortalError> {
    let app = app.clone();
    let run = tokio::spawn(async move { run(&app, ask).await });
    run.await.map_err(|error| PortalError::Internal(error.to_string()))?
}

/// Everything that the decision and the call need, as it stood in one read.
struct Facts {
    connector: Connector,
    grants: Vec<Grant>,
    key: AccessKey,
    secret: Vec<u8>,
}

async fn run(app: &App, ask: Ask) -> Result<Handed, PortalError> {
    let kind = match ask.purpose {
        Purpose::Credentials { .. } => Kind::CredentialsIssue,
        Purpose::Console { .. } => Kind::ConsoleOpen,
    };
    let event = Event::new(app.clock.now(), kind, &ask.origin).by(&ask.actor);
    let Some(facts) = read(app, &ask.connector).await? else {
        let typed: String = ask.connector.chars().take(100).collect();
        let refused = event.with("connector", typed).ended(Outcome::Refused, "unknown_connector");
        app.database.record(refused).await?;
        return Err(PortalError::NotFound("connector"));
    };
    let event = event.about(&facts.connector);
    match attempt(app, &ask, &facts, event.clone()).await {
        Ok((event, handed)) => {
            app.database.record(event).await?;
            Ok(handed)
        }
        Err(stopped) => {
            let Stopped { event, outcome, reason, error } = *stopped;
            note_refused_key(app, &facts.key, &error).await;
            app.database.record(event.ended(outcome, &reason)).await?;
            Err(error)
        }
    }
}

async fn read(app: &App, connector: &str) -> Result<Option<Facts>, PortalError> {
    let connector = connector.to_owned();
    let facts = app.database.read(move |connection| {
        let connector = connectors::resolve(connection, &connector)?;
        let grants = grants::of_connector(connection, &connector.id)?;
        let (key, secret) = access_keys::find_sealed(connection, &connector.access_key_id)?;
        Ok(Facts { connector, grants, key, secret })
    });
    match facts.await {
        Ok(facts) => Ok(Some(facts)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Why an attempt ended, and the row as far as it got.
struct Stopped {
    event: Event,
    outcome: Outcome,
    reason: String,
    error: PortalError,
}

fn refused(event: Event, reason: &str, error: PortalError) -> Stopped {
    Stopped { event, outcome: Outcome::Refused, reason: reason.to_owned(), error }
}

fn failed(event: Event, reason: &str, error: PortalError) -> Stopped {
    Stopped { event, outcome: Outcome::Failed, reason: reason.to_owned(), error }
}

/// What was decided before AWS is called.
struct Plan {
    allowed: Allowed,
    names: Names,
    seconds: Option<u32>,
    console: Option<Url>,
}

async fn attempt(app: &App, ask: &Ask, facts: &Facts, event: Event) -> Result<(Event, Handed), Box<Stopped>> {
    let (plan, event) = plan(app, ask, facts, event)?;
    let connector = &facts.connector;
    // A key whose file is gone is refused even while its client is still in memory.
    let client = app
        .keyring
        .has_file(&facts.secret)
        .and_then(|()| app.clients.of(&facts.key, connector.region(), || open(app, facts)))
        .map_err(|cause| Box::new(not_opened(event.clone(), connector, cause)))?;

    let call = Call { app, client: &client, connector, names: &plan.names };
    let outcome = match &plan.console {
        None => call.issue(plan.seconds).await.map(|issued| (issued, None)),
        Some(destination) => call.console(destination).await.map(|(issued, link)| (issued, Some(link))),
    };
    let (issued, link) = outcome.map_err(|error| {
        let event = event.clone().with("aws_code", error.code()).with("aws_request_id", error.request_id());
        let outcome = if error.is_passing() { Outcome::Failed } else { Outcome::Refused };
        Box::new(Stopped { event, outcome, reason: format!("aws:{}", error.code()), error: error.into() })
    })?;
    let event = with_issued(event, &issued, app.clock.now());
    let handed = Handed {
        session_name: event.session_name.clone(),
        arn: issued.arn.clone(),
        connector: connector.clone(),
        gift: link.map_or(Gift::Credentials(issued.credentials), Gift::ConsoleLink),
    };
    debug_assert!(plan.allowed.rule() == event.rule.as_deref().unwrap_or_default());
    Ok((event, handed))
}

/// Decides, and checks everything that can be checked without AWS.
fn plan(app: &App, ask: &Ask, facts: &Facts, event: Event) -> Result<(Plan, Event), Box<Stopped>> {
    let connector = &facts.connector;
    let allowed = match decide(&ask.actor, connector, &facts.grants, app.config.access.administrators_may_use_all) {
        Ok(allowed) => allowed,
        Err(denied) => {
            let error = match denied {
                Denied::NotGranted => PortalError::NotFound("connector"),
                Denied::Disabled => PortalError::Disabled(connector.name.clone()),
                Denied::TokenScope | Denied::NoSystemScope => PortalError::Forbidden,
            };
            return Err(Box::new(refused(event, denied.word(), error)));
        }
    };
    let event = event.because(&allowed);
    let key_kind = facts.key.validated.as_ref().map(|validated| KeyKind::of(&validated.arn));
    if key_kind == Some(KeyKind::Root) && !app.config.aws.allow_root_keys {
        let sentence = "The connector's access key belongs to a root user, whose sessions cannot be restricted.";
        return Err(Box::new(refused(event, "root_key", invalid("", sentence))));
    }
    let wish = match &ask.purpose {
        Purpose::Credentials { seconds } => *seconds,
        Purpose::Console { .. } => None,
    };
    let seconds = match connector.narrowed(wish) {
        Ok(seconds) => seconds,
        Err(sentence) => return Err(Box::new(refused(event, "duration", invalid("duration", &sentence)))),
    };
    let console = match &ask.purpose {
        Purpose::Credentials { .. } => None,
        Purpose::Console { .. } if !connector.principal.kind().opens_console() => {
            let error = PortalError::NoConsole(connector.name.clone());
            return Err(Box::new(refused(event, "no_console", error)));
        }
        Purpose::Console { destination, region } => {
            match destination_of(app, connector, destination, region.as_deref()) {
                Ok(url) => Some(url),
                Err(sentence) => {
                    return Err(Box::new(refused(event, "destination", invalid("destination", &sentence))));
                }
            }
        }
    };
    let names = names(&ask.actor);
    let event = with_names(event, connector, &names, seconds, console.as_ref());
    Ok((Plan { allowed, names, seconds, console }, event))
}

fn invalid(field: &'static str, sentence: &str) -> PortalError {
    PortalError::Invalid(FieldErrors::from((field, sentence.to_owned())))
}

/// What a console sign-in through `connector` opens.
///
/// # Errors
/// A sentence, where the region or the destination is not allowed.
pub fn destination_of(app: &App, connector: &Connector, typed: &str, region: Option<&str>) -> Result<Url, String> {
    let region = region.map(str::trim).filter(|region| !region.is_empty()).unwrap_or(connector.region());
    if !connector.partition.has_region(region) {
        return Err(format!("“{region}” is no region of {}.", connector.partition));
    }
    let console = app.endpoints.console(connector.partition)?;
    destination::resolve(&console, typed, region, connector.account_id.as_deref())
}

fn names(actor: &Actor) -> Names {
    match actor {
        Actor::Person(identity) => {
            Names { session: identity.person.session_name.clone(), federated: identity.person.federated_name.clone() }
        }
        Actor::Program(token) => Names {
            session: session::program_name(&token.slug, SESSION_NAME_LONGEST),
            federated: session::program_name(&token.slug, FEDERATED_NAME_LONGEST),
        },
    }
}

fn with_names(
    mut event: Event,
    connector: &Connector,
    names: &Names,
    seconds: Option<u32>,
    console: Option<&Url>,
) -> Event {
    let kind = connector.principal.kind();
    event.session_name = match kind {
        PrincipalType::AssumeRole => Some(names.session.clone()),
        PrincipalType::FederatedUser => Some(names.federated.clone()),
        PrincipalType::IamUser => None,
    };
    if let Principal::AssumeRole { source_identity: true, .. } = connector.principal {
        event.source_identity = Some(names.session.clone());
    }
    event.requested_seconds = seconds;
    event.policy_hash = connector
        .principal
        .policies()
        .filter(|policies| !policies.is_empty())
        .map(|policies| HEXLOWER.encode(&Sha256::digest(policies.fingerprint())));
    event = event.with("principal_type", kind.word()).with("region", connector.region());
    if !kind.names_person() {
        event = event.with("names_person", false);
    }
    match console {
        Some(url) => event.with("destination", url.as_str()),
        None => event,
    }
}

fn with_issued(mut event: Event, issued: &Issued, now: DateTime<Utc>) -> Event {
    let granted = (issued.credentials.expires_at - now).num_seconds();
    event.arn.clone_from(&issued.arn);
    event.issued_key_id = Some(issued.credentials.access_key_id.clone());
    event.expires_at = Some(issued.credentials.expires_at);
    event.granted_seconds = u32::try_from(granted).ok();
    match issued.packed_policy_size {
        Some(percent) => event.with("packed_policy_percent", percent),
        None => event,
    }
}

fn open(app: &App, facts: &Facts) -> Result<SecretString, OpenError> {
    let opened = app.keyring.open_sealed(&place(&facts.key), &facts.secret)?;
    let text = std::str::from_utf8(&opened).map_err(|_| OpenError::Decrypt { file: String::new() })?;
    Ok(text.to_owned().into())
}

/// Where an access key's secret is sealed: bound to its row, to AWS's id of the key, and to the partition.
#[must_use]
pub fn place(key: &AccessKey) -> Place<'_> {
    Place { table: "access_keys", row: &key.id, column: "secret", fixed: [&key.key_id, key.partition.id()] }
}

fn not_opened(event: Event, connector: &Connector, cause: OpenError) -> Stopped {
    let (reason, detail) = match &cause {
        OpenError::KeyFile { cause, .. } => ("key_file", cause.clone()),
        OpenError::Decrypt { .. } => ("decrypt", String::new()),
    };
    let sentence = match &cause {
        OpenError::KeyFile { .. } => format!("Failed to retrieve temporary AWS credentials: {cause}"),
        OpenError::Decrypt { .. } => cause.to_string(),
    };
    tracing::error!(connector = connector.id, key_file = cause.file(), detail, "{sentence}");
    let event = event.with("sentence", sentence).with("key_file", cause.file());
    failed(event, reason, PortalError::Sealed { cause, connector: Some(connector.id.clone()) })
}

/// Marks a key that AWS no longer knows, so that the access keys page shows it.
async fn note_refused_key(app: &App, key: &AccessKey, error: &PortalError) {
    let PortalError::Aws(AwsError::Refused { code, .. }) = error else { return };
    if code != "InvalidClientTokenId" && code != "SignatureDoesNotMatch" {
        return;
    }
    let (id, version) = (key.id.clone(), key.version);
    let noted = app.database.write(move |connection| {
        access_keys::set_state(connection, &id, version, KeyState::Refused)?;
        Ok(((), Vec::new()))
    });
    if let Err(error) = noted.await {
        tracing::warn!(%error, "the state of an access key could not be noted");
    }
}
