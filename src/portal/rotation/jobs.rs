//! Drives rotations: takes the steps that are due, and starts what a plan says. Once, however many replicas there are.

use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::step::{Progress, step};
use super::{begin, instance};
use crate::app::{self, App};
use crate::portal::PortalError;
use crate::portal::instance::Jobs;
use crate::random;
use crate::store::{Location, leases, rotations};

const LEASE: &str = "rotation";
/// How long a lease lasts without being prolonged: how long others wait for a replica that died.
const LEASE_LIFE: Duration = Duration::from_secs(30);
const REST: Duration = Duration::from_secs(10);
const PLANS_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Who drives rotations in this process.
pub struct Driver {
    holder: String,
    looked_at_plans: Option<DateTime<Utc>>,
}

impl Driver {
    /// A driver of this process. A lock keeps other servers off a SQLite file, so that after a restart nobody has to wait
    /// for the lease of the process before; on PostgreSQL each process is a holder of its own.
    #[must_use]
    pub fn new(app: &App) -> Self {
        let alone = app::places(&app.config).is_ok_and(|places| matches!(places.database, Location::Sqlite(_)));
        let holder = if alone { "the one server".to_owned() } else { random::id() };
        Self { holder, looked_at_plans: None }
    }

    /// Does what is due now, and tells how long to rest.
    pub async fn round(&mut self, app: &App) -> Duration {
        match self.drive(app).await {
            Ok(rest) => rest,
            Err(error) => {
                tracing::warn!(%error, "rotations wait");
                REST
            }
        }
    }

    async fn drive(&mut self, app: &App) -> Result<Duration, PortalError> {
        instance::adopt(app).await?;
        if !matches!(instance::jobs(app).await?, Jobs::Run(_)) {
            return Ok(REST);
        }
        let mut planned = Vec::new();
        if self.looked_at_plans.is_none_or(|at| app.clock.now() - at >= PLANS_EVERY) {
            planned = app.database.read(rotations::planned).await?;
            self.looked_at_plans = Some(app.clock.now());
        }
        let open = app.database.read(rotations::open).await?;
        if (planned.is_empty() && open.is_empty()) || !self.take_lease(app).await? {
            return Ok(REST);
        }
        for id in planned {
            if let Err(error) = self.holding(app, begin::start_due(app, &id)).await {
                tracing::warn!(access_key = id, %error, "a plan to rotate could not be followed");
            }
        }
        let mut rest = REST;
        for rotation in app.database.read(rotations::open).await? {
            match self.advance(app, &rotation.id).await {
                Ok(wait) => rest = rest.min(wait),
                Err(error) => tracing::warn!(rotation = rotation.id, %error, "a rotation waits"),
            }
        }
        Ok(rest)
    }

    /// Takes steps until one has to wait; for how long.
    async fn advance(&self, app: &App, id: &str) -> Result<Duration, PortalError> {
        loop {
            match self.holding(app, step(app, id)).await? {
                Progress::Took(_) => {}
                Progress::Waits(until) => {
                    let wait = (until - app.clock.now()).to_std().unwrap_or_default();
                    return Ok(wait.max(Duration::from_millis(50)));
                }
                Progress::Stopped | Progress::Ended | Progress::NotOurs => return Ok(REST),
            }
        }
    }

    async fn take_lease(&self, app: &App) -> Result<bool, PortalError> {
        let (holder, now) = (self.holder.clone(), app.clock.now());
        let take = app
            .database
            .write(move |connection| Ok((leases::take(connection, LEASE, &holder, now, LEASE_LIFE)?, Vec::new())));
        Ok(take.await?)
    }

    /// Does `work` with the lease prolonged meanwhile. Where it is lost all the same, the rows' own guards keep two from
    /// taking one step.
    async fn holding<T>(
        &self,
        app: &App,
        work: impl Future<Output = Result<T, PortalError>>,
    ) -> Result<T, PortalError> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(LEASE_LIFE / 3) => {
                    // Work in the middle of its calls is never dropped for it.
                    if let Err(error) = self.take_lease(app).await {
                        tracing::warn!(%error, "the lease could not be prolonged");
                    }
                }
            }
        }
    }
}
