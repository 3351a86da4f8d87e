//! What AWS is asked for one use, and what is noted of its answer.

use super::call::Call;
use super::row::{with_hops, with_issued};
use super::stopped::{Stopped, failed, no_way, refused_by_aws};
use super::trail::Trail;
use super::{Ask, Gift, Handed, Plan, again, mfa};
use crate::app::App;
use crate::app::standing::Facts;
use crate::aws::StsClient;
use crate::model::event::Event;
use crate::portal::PortalError;

/// One use that AWS is asked for.
pub(super) struct AskAws<'a> {
    pub(super) app: &'a App,
    pub(super) ask: &'a Ask,
    pub(super) facts: &'a Facts,
    pub(super) client: &'a StsClient,
    pub(super) trail: &'a Trail,
}

impl AskAws<'_> {
    /// Asks AWS, and looks once more whether it may be handed out.
    pub(super) async fn issue(self, plan: Plan, event: Event) -> Result<(Event, Handed), Box<Stopped>> {
        let Self { app, ask, facts, client, trail } = self;
        let connector = &facts.connector;
        let clients = ask.purpose.clients(app);
        let mfa = mfa::Use {
            app,
            key: &facts.key,
            sealed: &facts.sealed,
            connector,
            clients,
            client,
            seconds: plan.request.seconds,
            console: plan.console.is_some(),
        };
        let way = mfa.way(trail).await.map_err(|stopped| Box::new(no_way(event.clone(), connector, stopped)))?;
        let event = match way.word {
            Some(word) => event.with("mfa", word),
            None => event,
        };
        let (request, source) = (&plan.request, way.source);
        let call = Call { app, clients, client: &way.client, connector, request, source, code: way.code, trail };
        let mut issued = Vec::new();
        let outcome = call.outcome(&ask.purpose, plan.console.as_ref(), &mut issued).await;
        let event = with_hops(with_issued(event, &issued, app.clock.now()), trail);
        let gift = outcome.map_err(|error| {
            // A refusal further down a chain says nothing of the session that the first role was assumed with.
            if !error.is_passing() && error.place().is_none_or(|(at, _)| at == 1) {
                mfa.forget();
            }
            Box::new(refused_by_aws(event.clone(), error))
        })?;
        let Some(issued) = issued.pop() else {
            let error = PortalError::Internal("a link without credentials".to_owned());
            return Err(Box::new(failed(event, "internal", error)));
        };
        let arn = issued.arn.clone();
        let (event, gift) = match (&plan.registry, gift) {
            (Some(wanted), _) => wanted.log_in(app, connector, issued.credentials, event).await?,
            (None, Some(gift)) => (event, gift),
            (None, None) => (event, Gift::Credentials(issued.credentials)),
        };
        if let Err(gone) = again::still_allowed(app, ask, &event).await {
            return Err(Box::new(gone.stop(event, connector)));
        }
        let (session_name, connector) = (event.session_name.clone(), connector.clone());
        let handed = Handed { session_name, arn, connector, gift, cached: false };
        Ok((event, handed))
    }
}
