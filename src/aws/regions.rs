//! STS in several regions: where one cannot be reached or is out of order, the next is asked, inside the same call and its
//! time-out. AWS has no such fall-over of its own.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_sts::config::endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint};
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{FinalizerInterceptorContextRef, InterceptorContext};
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};
use aws_smithy_types::Document;
use moka::sync::Cache;

use super::AwsError;
use super::outbound::Explained;

/// How long a region that failed is asked last.
const REMEMBERED: Duration = Duration::from_secs(30);

/// Which regions failed lately, and when in the order of failures; shared by all clients.
#[derive(Debug)]
pub(super) struct Health {
    failed: Cache<(String, String), u64>,
    count: AtomicU64,
}

impl Default for Health {
    fn default() -> Self {
        let failed = Cache::builder().max_capacity(10_000).time_to_live(REMEMBERED).build();
        Self { failed, count: AtomicU64::new(0) }
    }
}

/// The regions that one client may ask, in order; the first is the connector's own.
#[derive(Debug)]
pub(super) struct Stations {
    list: Vec<Station>,
    /// Whose calls these are: a region may be switched off for one account alone.
    account: String,
    health: Arc<Health>,
}

#[derive(Debug)]
struct Station {
    region: String,
    endpoint: Endpoint,
}

impl Stations {
    /// The stations for these (region, address) pairs.
    pub(super) fn new(addresses: Vec<(String, String)>, account: String, health: Arc<Health>) -> Self {
        let station = |(region, address): (String, String)| {
            let scheme = HashMap::from([
                ("name".to_owned(), Document::from("sigv4".to_owned())),
                ("signingName".to_owned(), Document::from("sts".to_owned())),
                ("signingRegion".to_owned(), Document::from(region.clone())),
            ]);
            let schemes = vec![Document::from(scheme)];
            Station { region, endpoint: Endpoint::builder().url(address).property("authSchemes", schemes).build() }
        };
        Self { list: addresses.into_iter().map(station).collect(), account, health }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The first that did not fail lately; where all did, the one whose failure is longest ago.
    fn choose(&self) -> Option<&Station> {
        self.list.iter().min_by_key(|station| self.failure(station))
    }

    fn failure(&self, station: &Station) -> u64 {
        let at = |scope: &str| self.health.failed.get(&(scope.to_owned(), station.region.clone()));
        at(&self.account).max(at(station.endpoint.url())).unwrap_or(0)
    }

    /// Whether a station is left that did not fail lately.
    fn has_another(&self) -> bool {
        self.list.iter().any(|station| self.failure(station) == 0)
    }

    fn at(&self, address: &str) -> Option<&Station> {
        self.list.iter().find(|station| station.endpoint.url() == address)
    }

    fn note_failure(&self, scope: &str, station: &Station) {
        tracing::warn!(region = station.region, "STS of this region fails; another region is asked for a while");
        let number = self.health.count.fetch_add(1, Ordering::Relaxed) + 1;
        self.health.failed.insert((scope.to_owned(), station.region.clone()), number);
    }
}

/// Picks the region of each attempt.
#[derive(Debug)]
pub(super) struct Resolver(pub(super) Arc<Stations>);

impl ResolveEndpoint for Resolver {
    fn resolve_endpoint<'a>(&'a self, _: &'a Params) -> EndpointFuture<'a> {
        let chosen = self.0.choose().map(|station| station.endpoint.clone());
        EndpointFuture::ready(chosen.ok_or_else(|| "no region to ask".into()))
    }
}

/// Refuses every call: there is no address that may be called.
#[derive(Debug)]
pub(super) struct Nowhere(pub(super) AwsError);

impl ResolveEndpoint for Nowhere {
    fn resolve_endpoint<'a>(&'a self, _: &'a Params) -> EndpointFuture<'a> {
        EndpointFuture::ready(Err(Explained(self.0.clone()).into()))
    }
}

/// Sees how each attempt ended.
#[derive(Debug)]
pub(super) struct Watch(pub(super) Arc<Stations>);

#[dyn_dispatch_hint]
impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(station) = cfg.load::<Endpoint>().and_then(|endpoint| self.0.at(endpoint.url())) else {
            return Ok(());
        };
        match verdict(context.inner()) {
            Verdict::Sound => {}
            Verdict::Down => self.0.note_failure(station.endpoint.url(), station),
            Verdict::SwitchedOff => self.0.note_failure(&self.0.account, station),
        }
        Ok(())
    }
}

/// What an attempt says of its region.
enum Verdict {
    /// It answered, be it a refusal.
    Sound,
    /// No answer, or out of order.
    Down,
    /// Not active for this account.
    SwitchedOff,
}

fn verdict(context: &InterceptorContext) -> Verdict {
    if !context.is_failed() {
        return Verdict::Sound;
    }
    match context.response() {
        Some(response) if response.status().is_server_error() => Verdict::Down,
        Some(response) => {
            let body = response.body().bytes().unwrap_or_default();
            let switched_off = body.windows(SWITCHED_OFF.len()).any(|part| part == SWITCHED_OFF);
            if switched_off { Verdict::SwitchedOff } else { Verdict::Sound }
        }
        None => {
            let error = context.output_or_error().and_then(Result::err);
            let silent = error.is_some_and(|error| {
                error.is_timeout_error() || error.as_connector_error().is_some_and(|e| e.is_io() || e.is_timeout())
            });
            if silent { Verdict::Down } else { Verdict::Sound }
        }
    }
}

const SWITCHED_OFF: &[u8] = b"RegionDisabledException";

/// Lets a call go on where its region is switched off and another is left; everything else is for the SDK's own rules.
#[derive(Debug)]
pub(super) struct GoOn(pub(super) Arc<Stations>);

impl ClassifyRetry for GoOn {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match verdict(context) {
            Verdict::SwitchedOff if self.0.has_another() => RetryAction::transient_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "GoOn"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Learns which region served one call.
#[derive(Clone, Debug)]
pub(super) struct Served {
    stations: Arc<Stations>,
    region: Arc<Mutex<Option<String>>>,
}

impl Served {
    pub(super) fn new(stations: &Arc<Stations>) -> Self {
        Self { stations: stations.clone(), region: Arc::default() }
    }

    /// The region of the last attempt.
    pub(super) fn region(&self) -> Option<String> {
        self.region.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[dyn_dispatch_hint]
impl Intercept for Served {
    fn name(&self) -> &'static str {
        "Served"
    }

    fn read_after_attempt(
        &self,
        _: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let station = cfg.load::<Endpoint>().and_then(|endpoint| self.stations.at(endpoint.url()));
        *self.region.lock().unwrap_or_else(PoisonError::into_inner) = station.map(|station| station.region.clone());
        Ok(())
    }
}
