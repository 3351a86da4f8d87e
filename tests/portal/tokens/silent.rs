//! Personal tokens while their person's directory does not answer.

use std::time::Duration;

use daypass::portal::tokens::TokenForm;
use reqwest::Method;

use super::{by_system, form, personal, send};
use crate::directories;
use crate::ldap::slapd::Own;
use crate::support::{TestApp, world};

const LIST: &str = "/api/v1/connectors";

/// How many rows say that a directory was silent.
async fn silences(app: &TestApp) -> usize {
    app.events().await.iter().filter(|row| row.event.outcome == "failed" && row.event.reason == "directory").count()
}

#[actix_web::test]
async fn a_silent_directory_leaves_a_row_for_each_token_and_minute() {
    let own = Own::new("tokens").await;
    own.person("bob").await;
    let all = vec![directories::ldap("corp", &own), directories::silent("partners", &own)];
    let app = directories::start_with(all, |config| config.access.membership_cache = Duration::ZERO).await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    world::add_connector(&app, &world::form("Any", "any", &key), &[]).await;
    let bob = app.anybody();
    bob.post("/sign-in", &[("username", "corp\\bob"), ("password", "fake-password-bob")]).await.leads_to("/");
    let changes = [("connectors", "all"), ("more", "")];
    let (one, other) = (personal(&bob, &changes).await, personal(&bob, &changes).await);
    let (program, _) = by_system(&app, &TokenForm { all_connectors: true, ..form("x", &["use"], &[]) }).await;
    send(&app, Method::GET, LIST, &one).await.is(200);
    // The directory that knows bob says nothing.
    app.sql("UPDATE people SET directory = 'partners' WHERE user_name = 'bob'").await;
    let rows = app.events().await.len();
    for _ in 0..3 {
        let page = send(&app, Method::GET, LIST, &one).await;
        assert_eq!((page.is(503).header("retry-after"), &page.json()["code"]), ("30", &"directory_unavailable".into()));
    }
    assert_eq!((app.events().await.len(), silences(&app).await), (rows + 1, 1));
    let row = app.last_event().await.event;
    assert_eq!(
        (row.kind.as_str(), row.actor_kind.as_str(), row.actor_name.as_str()),
        ("credentials.issue", "person", "bob")
    );
    assert_eq!((&row.detail["via"], &row.detail["token_name"]), (&"token".into(), &"Build server".into()));
    assert_eq!((row.directory.as_deref(), row.origin.address.is_empty()), (Some("partners"), false));
    // Another token leaves its own, and a program's needs no directory.
    send(&app, Method::GET, LIST, &other).await.is(503);
    send(&app, Method::GET, LIST, &program).await.is(200);
    assert_eq!(silences(&app).await, 2);
    // No guess at a token: nobody is shut out by it.
    for _ in 0..60 {
        send(&app, Method::GET, LIST, &one).await.is(503);
    }
    app.sql("UPDATE people SET directory = 'corp' WHERE user_name = 'bob'").await;
    send(&app, Method::GET, LIST, &one).await.is(200);
    assert_eq!(silences(&app).await, 2);
}
