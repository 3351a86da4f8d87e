//! What AWS SDKs get from the container credentials endpoint: in time, once more from memory, and with the clients that
//! others wrote.

mod clients;
mod kept;
mod killed;
mod late;
mod page;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use daypass::clock::Clock;
use daypass::model::access::Actor;
use daypass::model::event::Event;
use daypass::portal::connectors::{self, ConnectorForm};
use daypass::portal::use_connector::{Gift, Handed, for_sdk};
use daypass::portal::{PortalError, tokens};
use daypass::sandbox::{Fault, FaultKind};

use crate::container_credentials::{ask, is_refused, path};
use crate::issuing::by;
use crate::support::{Page, TestApp, world};

/// A portal whose clock the test sets while AWS's goes on: what the portal takes for the time left is the test's to choose.
async fn started() -> (TestApp, Clock) {
    let clock = Clock::fixed(Clock::system().now());
    let app = TestApp::builder()
        .clock(clock.clone())
        .aws_clock(Clock::system())
        // On a busy machine nothing here is to be late.
        .config(|config| config.api.deadline = Duration::from_secs(20))
        .start()
        .await;
    world::fill(&app).await;
    (app, clock)
}

/// The rows of hand-outs and refusals, the oldest first.
async fn rows(app: &TestApp) -> Vec<Event> {
    let mut events: Vec<Event> = app.events().await.into_iter().map(|row| row.event).collect();
    events.retain(|event| event.kind == "credentials.issue");
    events.reverse();
    events
}

/// The rows, once there are so many: those of calls that nobody waited for come late.
async fn rows_by(app: &TestApp, count: usize) -> Vec<Event> {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let rows = rows(app).await;
        if rows.len() >= count {
            return rows;
        }
        assert!(Instant::now() < until, "only {rows:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn outcome(row: &Event) -> (&str, &str) {
    (&row.outcome, &row.reason)
}

fn is_cached(row: &Event) -> bool {
    row.detail.get("cached").is_some_and(|cached| *cached == true)
}

fn key_id(page: &Page) -> String {
    page.is(200).json()["AccessKeyId"].as_str().unwrap().to_owned()
}

fn expiry(page: &Page) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(page.json()["Expiration"].as_str().unwrap()).unwrap().to_utc()
}

/// The key id of what an SDK gets for `actor`.
async fn get(app: &TestApp, actor: &Actor, connector: &str) -> Result<String, PortalError> {
    let handed = for_sdk(&app.app, by(actor), connector.to_owned()).await?;
    Ok(key_of(&handed))
}

fn key_of(handed: &Handed) -> String {
    let Gift::Credentials(credentials) = &handed.gift else { panic!("{handed:?}") };
    credentials.access_key_id.clone()
}

/// `system`, changed by an administrator.
async fn change(app: &TestApp, change: impl FnOnce(&mut ConnectorForm)) {
    let id = app.connector_id("system").await;
    let (connector, _) = connectors::show(&app.app, &world::setter(), &id).await.unwrap();
    let key = app.key_id("broker").await;
    let mut form =
        ConnectorForm { version: connector.version, system_scope: true, ..world::form("System", "system", &key) };
    change(&mut form);
    connectors::update(&app.app, &world::setter(), &id, &form).await.unwrap();
}

/// The actor of a program's token.
async fn program(app: &TestApp, token: &str) -> Actor {
    world::holder(app, &token.to_owned().into()).await
}

fn assumed(app: &TestApp) -> u64 {
    app.sandbox.counters().of("AssumeRole").served
}

fn late(milliseconds: u64) -> Fault {
    Fault { action: "AssumeRole".to_owned(), ..Fault::latency(milliseconds) }
}
