//! Credentials for AWS SDKs, which give up after a second or two and ask again: an answer in time, whatever AWS does, and
//! what AWS issued once more while it lasts.
//!
//! Every hand-out is decided anew, on the rows as they are, with the source opened; memory only takes the place of the
//! call to AWS. What AWS issued after whoever asked was sent away is kept for their next try.

use std::sync::Arc;

use tokio::sync::watch;

use super::facts::record;
use super::stopped::{failed, refused_by_aws};
use super::{Ask, Gift, Handed, Plan, Purpose, Stopped, again, use_connector};
use crate::app::App;
use crate::app::kept::{Flight, Found, Kept, Landed, Slot};
use crate::app::standing::Facts;
use crate::aws::Clients;
use crate::model::access_key::{AccessKey, KeyState};
use crate::model::event::{Event, Outcome};
use crate::model::principal::PrincipalType;
use crate::model::session::SHORTEST_KEPT;
use crate::portal::{PortalError, Who};

/// Whether whoever asked still waits.
#[derive(Debug)]
pub struct Patience(watch::Sender<Waiting>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// They wait.
    Yes,
    /// Their answer is certain, only its row is still being written: they wait for that.
    ForTheRow,
    /// They went, or were sent away.
    No,
}

impl Default for Patience {
    fn default() -> Self {
        Self(watch::Sender::new(Waiting::Yes))
    }
}

impl Patience {
    fn turn(&self, to: Waiting) -> bool {
        self.0.send_if_modified(|waiting| {
            let turns = *waiting == Waiting::Yes;
            if turns {
                *waiting = to;
            }
            turns
        })
    }

    /// They get it, if they are still there.
    fn settle(&self) -> bool {
        self.turn(Waiting::ForTheRow)
    }

    /// They go, unless their answer is certain.
    fn leave(&self) -> bool {
        self.turn(Waiting::No)
    }

    /// Ends when they went.
    async fn left(&self) {
        // The sender is ours, so that it is not closed.
        let _ = self.0.subscribe().wait_for(|waiting| *waiting == Waiting::No).await;
    }
}

/// Whoever asks over a connection that breaks off goes too.
struct Leaves(Arc<Patience>);

impl Drop for Leaves {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// Uses a connector for an SDK: gives credentials, or says within `api.deadline` that AWS takes longer than that.
///
/// # Errors
/// Those of [`use_connector`], and [`PortalError::Late`].
pub async fn for_sdk(app: &Arc<App>, who: Who, connector: String) -> Result<Handed, PortalError> {
    let leaves = Leaves(Arc::default());
    let purpose = Purpose::Sdk { patience: leaves.0.clone() };
    let mut run = std::pin::pin!(use_connector(app, Ask::by(who, connector, purpose)));
    let deadline = app.config.api.deadline;
    match tokio::time::timeout(deadline, &mut run).await {
        Ok(done) => done,
        Err(_) if leaves.0.leave() => Err(PortalError::Late(deadline)),
        Err(_) => run.await,
    }
}

impl Purpose {
    /// The clients that call AWS.
    pub(super) const fn clients<'a>(&self, app: &'a App) -> &'a Clients {
        if matches!(self, Self::Sdk { .. }) { &app.hurried } else { &app.clients }
    }

    /// Whether whoever asked gets what AWS issued; from here on they wait for the row.
    pub(super) fn still_waits(&self) -> bool {
        if let Self::Sdk { patience } = self { patience.settle() } else { true }
    }
}

/// Where what AWS issues for this use is kept; `None`: nowhere.
fn slot(app: &App, ask: &Ask, facts: &Facts, plan: &Plan) -> Option<Slot> {
    let (connector, key) = (&facts.connector, &facts.key);
    let lasts = plan.request.seconds.unwrap_or(connector.longest()) >= SHORTEST_KEPT;
    let keeps = app.config.api.cache
        && matches!(ask.purpose, Purpose::Sdk { .. })
        && lasts
        // The surroundings keep theirs themselves, and give them as they are.
        && connector.principal.kind() != PrincipalType::Provided
        // AWS says anew whether it takes the key again.
        && key.state != KeyState::Refused;
    keeps.then(|| Slot {
        connector: (connector.id.clone(), connector.version),
        source: (key.id.clone(), key.key_id.clone(), key.version),
        subject: (ask.actor.kind(), ask.actor.id().to_owned()),
        token: ask.actor.token().map(|token| token.id.clone()),
        region: app.endpoints.first_region(connector.partition, connector.region.as_deref()),
        request: plan.request.clone(),
    })
}

/// What memory has for a use that was decided.
pub(super) enum Remembered {
    /// It is not for this use: AWS is asked.
    No,
    /// Nothing yet: AWS is asked, and others wait for what comes of it.
    Nothing(Box<Flight>),
    /// Another asked AWS meanwhile: everything is looked at again.
    Again,
    /// This, with its row.
    This(Box<(Event, Handed)>),
}

/// What memory has for a use that was decided.
///
/// # Errors
/// Where another asked AWS in vain for the same, or the right is gone.
pub(super) async fn remembered(
    app: &App,
    ask: &Ask,
    facts: &Facts,
    plan: &Plan,
    event: &Event,
) -> Result<Remembered, Box<Stopped>> {
    let Some(slot) = slot(app, ask, facts, plan) else { return Ok(Remembered::No) };
    match app.kept.find(&slot, app.clock.now()) {
        Found::Nothing(flight) => Ok(Remembered::Nothing(flight)),
        Found::UnderWay(under_way) => wait(app, ask, under_way, event).await.map(|()| Remembered::Again),
        Found::Kept(kept) => {
            // Whoever waited for another's call may have lost the right meanwhile.
            if let Err(gone) = again::still_allowed(app, ask, event).await {
                return Err(Box::new(gone.stop(event.clone(), &facts.connector)));
            }
            Ok(Remembered::This(Box::new(handed(event.clone(), facts, &kept))))
        }
    }
}

/// A hand-out from memory, and its row: nothing was asked of AWS, so that it has no seconds of it.
fn handed(mut event: Event, facts: &Facts, kept: &Kept) -> (Event, Handed) {
    event.arn.clone_from(&kept.arn);
    event.issued_key_id = Some(kept.credentials.access_key_id.clone());
    event.expires_at = Some(kept.credentials.expires_at);
    event.requested_seconds = None;
    let handed = Handed {
        session_name: event.session_name.clone(),
        arn: kept.arn.clone(),
        connector: facts.connector.clone(),
        gift: Gift::Credentials(kept.credentials.clone()),
        cached: true,
    };
    (event.with("cached", true), handed)
}

/// Waits for another's call to AWS for the same slot, as long as whoever asked does.
async fn wait(
    app: &App,
    ask: &Ask,
    mut under_way: watch::Receiver<Option<Landed>>,
    event: &Event,
) -> Result<(), Box<Stopped>> {
    let Purpose::Sdk { patience } = &ask.purpose else { return Ok(()) };
    let shared = || event.clone().with("shared", true);
    tokio::select! {
        landed = async { under_way.wait_for(Option::is_some).await.ok().and_then(|landed| landed.clone()) } => match landed {
            Some(Landed::Refused(error)) => Err(Box::new(refused_by_aws(shared(), error))),
            _ => Ok(()),
        },
        () = patience.left() => Err(Box::new(late(app, shared()))),
    }
}

/// Whoever asked did not wait.
fn late(app: &App, event: Event) -> Stopped {
    failed(event, "deadline", PortalError::Late(app.config.api.deadline))
}

/// Makes the row durable and hands out, or keeps what nobody waited for; `flight` is that of a call that others wait for.
///
/// # Errors
/// Where the row cannot be written, and where whoever asked went meanwhile.
pub(super) async fn hand_out(
    app: &App,
    ask: &Ask,
    key: &AccessKey,
    (mut event, handed): (Event, Handed),
    flight: Option<Box<Flight>>,
) -> Result<Handed, PortalError> {
    let waits = ask.purpose.still_waits();
    if !waits {
        event = event.ended(Outcome::Failed, "deadline").with("kept", handed.cached || flight.is_some());
    }
    // What comes from memory says nothing of the key.
    if handed.cached {
        app.database.record(event).await?;
    } else {
        record(app, key, event).await?;
    }
    if let (Some(flight), Gift::Credentials(credentials)) = (flight, &handed.gift) {
        flight.keep(Kept { credentials: credentials.clone(), arn: handed.arn.clone() }, app.clock.now());
    }
    if waits { Ok(handed) } else { Err(PortalError::Late(app.config.api.deadline)) }
}
