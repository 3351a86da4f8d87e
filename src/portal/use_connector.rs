//! The only way to credentials: decide, open the source, issue, record, hand out.
//!
//! Every way out of here leaves a row in the usage log, and nothing is handed out before its row is durable. Where no row
//! can be written, nothing is handed out.

mod again;
mod ask_aws;
pub mod by_role;
mod call;
mod chain;
mod facts;
pub mod for_whom;
mod key_state;
mod mfa;
mod narrower;
mod registry;
mod request;
mod row;
mod sdk;
mod stopped;
mod trail;
mod trial;
mod whole;

use std::sync::Arc;

use ask_aws::AskAws;
use facts::read;
use for_whom::for_whom;
use key_state::note_refused_key;
pub use narrower::Narrower;
use request::request_of;
use row::{names, with_names};
use sdk::Remembered;
pub use sdk::{Patience, for_sdk};
use secrecy::SecretString;
use stopped::{No, Stopped, failed, invalid, not_opened, refused, refused_by_aws};
pub use trail::{Step, Trail, What};
pub use trial::Tested;
use trial::{arn_or_code, decided, explained, opens_with};
use url::Url;

use super::{PortalError, Who, refusals, source};
use crate::app::App;
use crate::app::kept::Flight;
use crate::app::standing::{AsOf, Facts};
use crate::aws::issuer::{self, Request};
use crate::aws::{Caller, StsClient};
use crate::keyring::OpenError;
use crate::model::access::{Actor, Denied};
use crate::model::access_key::Validated;
use crate::model::connector::Connector;
use crate::model::credentials::TemporaryCredentials;
use crate::model::destination;
use crate::model::event::{Event, Kind, Origin, Outcome};
use crate::model::registry::{CodeArtifactToken, EcrLogin};
use crate::store::StoreError;

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
    /// [`Who::as_of`]: where that is fresh, the first decision is made as of then.
    pub as_of: Option<AsOf>,
}

impl Ask {
    /// What somebody asks of the connector that `connector` names.
    #[must_use]
    pub fn by(who: Who, connector: String, purpose: Purpose) -> Self {
        Self { actor: who.actor, origin: who.origin, connector, purpose, as_of: who.as_of }
    }
}

/// What the credentials are for.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// To be handed out.
    Credentials {
        /// A shorter life than the connector gives, in seconds.
        seconds: Option<u32>,
    },
    /// To be handed to an AWS SDK by [`for_sdk`].
    Sdk {
        /// How long it waits.
        patience: Arc<Patience>,
    },
    /// To be handed out, narrower than the connector gives them.
    Narrowed(Narrower),
    /// To ask AWS who one is with them: they are not handed out.
    Identity,
    /// To open the console.
    Console {
        /// What to open: empty, a path or a full URL of the console.
        destination: String,
        /// A region, where the connector's own is not meant.
        region: Option<String>,
    },
    /// To be exchanged for a log-in to the container registry of the session's account.
    Ecr {
        /// The registry's region; `None`: the connector's.
        region: Option<String>,
    },
    /// To be exchanged for a log-in to the repositories of a CodeArtifact domain.
    CodeArtifact {
        /// The domain's region; `None`: the connector's.
        region: Option<String>,
        /// The domain's name.
        domain: String,
        /// The account that has it, 12 digits; `None`: the session's.
        domain_owner: Option<String>,
    },
    /// To see whether it works, by an administrator: nothing is handed out.
    Test {
        /// Where the steps are noted, however it ends.
        trail: Arc<Trail>,
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
    /// What is handed out.
    pub gift: Gift,
    /// AWS issued it for an earlier request.
    pub cached: bool,
}

/// What is handed out.
#[derive(Debug)]
pub enum Gift {
    /// Temporary credentials.
    Credentials(TemporaryCredentials),
    /// The link that signs a browser in to the console.
    ConsoleLink(SecretString),
    /// A log-in to ECR, and the session that it was got with.
    Ecr(Box<(EcrLogin, TemporaryCredentials)>),
    /// A log-in to CodeArtifact, and the session that it was got with.
    CodeArtifact(Box<(CodeArtifactToken, TemporaryCredentials)>),
    /// Of a trial, or where only that was asked: whom AWS sees. The credentials are gone.
    CallerIdentity(Box<Tested>),
}

/// Uses a connector. It runs to its end even if the caller goes away in the middle, so that what AWS issued is recorded.
///
/// # Errors
/// Why nothing is handed out; the reason is in the usage log too.
pub async fn use_connector(app: &Arc<App>, ask: Ask) -> Result<Handed, PortalError> {
    let app = app.clone();
    let run =
        tokio::spawn(async move { whole::whole(&app, about_typed(begin(&app, &ask), &ask), run(&app, ask)).await });
    run.await.map_err(|error| PortalError::Internal(error.to_string()))?
}

/// The row as it begins: who, when and what for.
fn begin(app: &App, ask: &Ask) -> Event {
    let kind = match ask.purpose {
        Purpose::Credentials { .. } | Purpose::Narrowed(_) | Purpose::Sdk { .. } => Kind::CredentialsIssue,
        Purpose::Identity => Kind::IdentityShow,
        Purpose::Console { .. } => Kind::ConsoleOpen,
        Purpose::Ecr { .. } => Kind::EcrIssue,
        Purpose::CodeArtifact { .. } => Kind::CodeArtifactIssue,
        Purpose::Test { .. } => Kind::ConnectorTest,
    };
    Event::new(app.clock.now(), kind, &ask.origin).by(&ask.actor)
}

/// With what was typed for a connector that nobody could look up.
fn about_typed(event: Event, ask: &Ask) -> Event {
    event.with("connector", ask.connector.chars().take(100).collect::<String>())
}

/// Writes down that a person wanted to use a connector while the directory was silent: nobody knew whether they may.
///
/// # Errors
/// Where the database does not answer.
pub async fn note_silence(
    app: &App,
    person_id: &str,
    connector: &str,
    kind: Kind,
    origin: &Origin,
) -> Result<(), PortalError> {
    let event = Event::new(app.clock.now(), kind, origin).with("connector", connector);
    let event = refusals::by_person(app, event, person_id).await?;
    Ok(app.database.record(event.ended(Outcome::Failed, "directory")).await?)
}

async fn run(app: &App, ask: Ask) -> Result<Handed, PortalError> {
    let (begun, mut as_of) = (begin(app, &ask), ask.as_of);
    loop {
        let facts = match read(app, &ask, as_of.take()).await {
            Ok(Some(facts)) => facts,
            Ok(None) => {
                let refused = about_typed(begun, &ask).ended(Outcome::Refused, "unknown_connector");
                app.database.record(refused).await?;
                return Err(PortalError::NotFound("connector"));
            }
            Err(error) => {
                app.database.record(about_typed(begun, &ask).ended(Outcome::Failed, "database")).await?;
                return Err(error);
            }
        };
        let event = begun.clone().about(&facts.connector);
        // Whoever waits for this call hears of it once its row is durable.
        let mut flight = None;
        match attempt(app, &ask, &facts, event, &mut flight).await {
            Ok(Some(done)) => return sdk::hand_out(app, &ask, &facts.key, done, flight).await,
            Ok(None) => {}
            Err(stopped) => {
                let Stopped { event, outcome, reason, error } = *stopped;
                note_refused_key(app, &facts.key, &error).await;
                app.database.record(event.ended(outcome, &reason)).await?;
                if let (Some(flight), PortalError::Aws(error)) = (flight, &error) {
                    flight.refused(error.clone());
                }
                return Err(explained(&ask, &facts, error));
            }
        }
    }
}

fn denied_as(denied: Denied, connector: &Connector) -> PortalError {
    match denied {
        Denied::NotGranted => PortalError::NotFound("connector"),
        Denied::Disabled => PortalError::Disabled { name: connector.name.clone(), id: connector.id.clone() },
        Denied::TokenScope | Denied::NoSystemScope => PortalError::Forbidden,
    }
}

/// What was decided before AWS is called.
struct Plan {
    request: Request,
    console: Option<Url>,
    registry: Option<registry::Wanted>,
}

/// What is handed out, with its row; `None`: everything has to be looked at again. `flight` becomes that of the call to AWS
/// where others may wait for it.
async fn attempt(
    app: &App,
    ask: &Ask,
    facts: &Facts,
    event: Event,
    flight: &mut Option<Box<Flight>>,
) -> Result<Option<(Event, Handed)>, Box<Stopped>> {
    let (plan, event) = plan(app, ask, facts, event)?;
    let trail = ask.purpose.trail();
    let opened = open_source(app, ask, facts, &trail).await;
    let client = opened.map_err(|cause| Box::new(not_opened(event.clone(), &facts.connector, cause)))?;
    know_whose(app, facts, (&client, &trail), &event).await?;
    match sdk::remembered(app, ask, facts, &plan, &event).await? {
        Remembered::This(done) => return Ok(Some(*done)),
        Remembered::Again => return Ok(None),
        Remembered::Nothing(own) => *flight = Some(own),
        Remembered::No => {}
    }
    AskAws { app, ask, facts, client: &client, trail: &trail }.issue(plan, event).await.map(Some)
}

/// A client that signs with the connector's source.
async fn open_source(app: &App, ask: &Ask, facts: &Facts, trail: &Trail) -> Result<StsClient, OpenError> {
    let region = app.endpoints.first_region(facts.connector.partition, facts.connector.region.as_deref());
    let work = source::client(app, ask.purpose.clients(app), &facts.key, &facts.sealed, &region);
    let said = |done: &Result<StsClient, OpenError>| match done {
        Ok(_) => Ok(opens_with(&facts.key, &facts.sealed)),
        Err(cause) => Err(cause.sentence()),
    };
    trail.step(What::Source, work, said).await
}

/// A key that was saved without asking AWS is asked about at its first use: a root user's would give sessions that cannot
/// be restricted, the account may be another than the one that the connectors are for, and the user may be one that other
/// connectors use in another way.
async fn know_whose(
    app: &App,
    facts: &Facts,
    (client, trail): (&StsClient, &Trail),
    event: &Event,
) -> Result<(), Box<Stopped>> {
    if facts.key.validated.is_some() {
        return Ok(());
    }
    let caller = trail.step(What::Whose, issuer::caller_identity(client), arn_or_code).await;
    let Caller { account_id, arn, .. } = caller.map_err(|error| Box::new(refused_by_aws(event.clone(), error)))?;
    source::root_rule(app, &arn)
        .map_err(|sentence| Box::new(refused(event.clone(), "root_key", invalid("", &sentence))))?;
    if !facts.key.may_be_of(&account_id) {
        let sentence = key_state::note_other_account(app, &facts.key, &account_id).await;
        let event = event.clone().with("sentence", sentence);
        return Err(Box::new(refused(event, "other_account", invalid("", OTHER_ACCOUNT))));
    }
    let validated = Validated { account_id, arn, at: app.clock.now() };
    match source::note_whose(app, &facts.key, validated).await {
        Ok(()) => Ok(()),
        // Which other connector it is, is for the log alone.
        Err(StoreError::Refused(_, sentence)) => {
            let event = event.clone().with("sentence", sentence);
            Err(Box::new(refused(event, "shared_source", invalid("", SHARED_SOURCE))))
        }
        Err(error) => Err(Box::new(failed(event.clone(), "database", error.into()))),
    }
}

const SHARED_SOURCE: &str = "The connector's access key belongs to an IAM user that other connectors use in another way, so nothing was handed out. An administrator has to give this connector an access key of a user of its own.";

const OTHER_ACCOUNT: &str = "The connector's access key belongs to another AWS account than before, so nothing was handed out. An administrator has to enter a key of the right account, or say on the access key's page that the other one is meant.";

const EXPIRED: &str = "The connector's access key is a temporary one that has run out. An administrator, or the job that fetches it, has to enter the one that is valid now.";

/// Decides, and checks everything that can be checked without AWS.
fn plan(app: &App, ask: &Ask, facts: &Facts, event: Event) -> Result<(Plan, Event), Box<Stopped>> {
    let connector = &facts.connector;
    let allowed = match decided(app, ask, facts) {
        Ok(allowed) => allowed,
        Err(denied) => {
            let error = denied_as(denied, connector);
            return Err(Box::new(refused(event, denied.word(), error)));
        }
    };
    let event = event.because(&allowed);
    if let Some(Err(sentence)) = facts.key.validated.as_ref().map(|validated| source::root_rule(app, &validated.arn)) {
        return Err(Box::new(refused(event, "root_key", invalid("", &sentence))));
    }
    if facts.key.is_expired(app.clock.now()) {
        return Err(Box::new(refused(event, "expired", invalid("", EXPIRED))));
    }
    let seconds = match connector.narrowed(ask.purpose.seconds()) {
        Ok(seconds) => seconds,
        Err(sentence) => return Err(Box::new(refused(event, "duration", invalid("duration", &sentence)))),
    };
    let policy = match narrower::own_policy(&ask.purpose, connector) {
        Ok(policy) => policy,
        Err((field, sentence)) => return Err(Box::new(refused(event, field, invalid(field, &sentence)))),
    };
    let wanted = console_of(app, connector, &ask.purpose)
        .and_then(|console| Ok((console, registry::wanted(app, connector, &ask.purpose)?)));
    let (console, registry) = match wanted {
        Ok(wanted) => wanted,
        Err(no) => return Err(Box::new(refused(event, no.0, no.1))),
    };
    let names = names(&ask.actor);
    let event = with_names(event, connector, &names, seconds, console.as_ref());
    let event = registry.iter().fold(event, |event, wanted| wanted.note(event, connector));
    let whom = match for_whom(connector, &ask.actor) {
        Ok(whom) => whom,
        Err(no) => return Err(Box::new(refused(event, no.word, invalid("", &no.sentence)))),
    };
    let event = whom.note(event, connector);
    let (request, event) = narrower::put(policy, whom.put_into(request_of(connector, names, seconds)), event);
    Ok((Plan { request, console, registry }, event))
}

/// What the console is to open with, where `purpose` is that.
fn console_of(app: &App, connector: &Connector, purpose: &Purpose) -> Result<Option<Url>, No> {
    let Purpose::Console { destination, region } = purpose else { return Ok(None) };
    if !connector.principal.kind().opens_console() {
        return Err(Box::new(("no_console", PortalError::NoConsole(connector.name.clone()))));
    }
    let url = destination_of(app, connector, destination, region.as_deref());
    url.map(Some).map_err(|sentence| Box::new(("destination", invalid("destination", &sentence))))
}

/// What a console sign-in through `connector` opens; where nothing was typed, its start page.
///
/// # Errors
/// A sentence, where the region or the destination is not allowed.
pub fn destination_of(app: &App, connector: &Connector, typed: &str, region: Option<&str>) -> Result<Url, String> {
    let region = region.map(str::trim).filter(|region| !region.is_empty()).unwrap_or(connector.region());
    if !connector.partition.has_region(region) {
        return Err(format!("“{region}” is no region of {}.", connector.partition));
    }
    let console = app.endpoints.console(connector.partition)?;
    let wanted = if typed.trim().is_empty() { &connector.console_start } else { typed };
    destination::resolve(&console, wanted, region, connector.account_id.as_deref())
}
