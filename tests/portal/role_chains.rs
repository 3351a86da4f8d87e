//! Roles on the way: each is assumed with the session of the one before, and the row knows all of them.

mod ways_past;

use std::time::{Duration, Instant};

use daypass::portal::connectors::{self, ConnectorForm, create};
use daypass::portal::use_connector::Gift;
use daypass::portal::{PortalError, permissions};
use daypass::sandbox::{Account, Fault, Role, World};
use reqwest::Method;

use crate::issuing::{ask, credentials, member};
use crate::support::{TestApp, world};

const OTHER: &str = "210987654321";

/// The sample world with a chain of four roles in it, `Step1` (trusts the broker), `Step2` (asks for an external id),
/// `Step3`, `Step4`, and `Goal` in another account, which each of them may assume as their next; `Plain` takes no tags.
pub fn world() -> World {
    let mut world = world::sample();
    let account = &mut world.accounts[0];
    let broker = account.user_arn("broker");
    let step = |number: u8| world::role(&format!("Step{number}"));
    account.roles.push(Role::trusting("Step1", &broker, 1));
    account.roles.push(Role { external_id: Some("second-id".to_owned()), ..Role::trusting("Step2", &step(1), 1) });
    account.roles.push(Role::trusting("Step3", &step(2), 1));
    account.roles.push(Role::trusting("Step4", &step(3), 1));
    account.roles.push(Role { permits_tagging: false, ..Role::trusting("Plain", &step(1), 1) });
    account.roles.push(Role { permits_source_identity: false, ..Role::trusting("Nameless", &step(1), 1) });
    let mut goal = Role::trusting("Goal", &step(1), 12);
    goal.trusts = (1..=4).map(step).collect();
    goal.external_id = Some("goal-id".to_owned());
    let roles = vec![goal];
    world.accounts.push(Account { id: OTHER.to_owned(), partition: "aws".to_owned(), roles, ..Account::default() });
    world
}

pub fn goal() -> String {
    format!("arn:aws:iam::{OTHER}:role/Goal")
}

/// The first `count` roles on the way, as they are typed.
pub fn through(count: u8) -> String {
    let id = |number| if number == 2 { " second-id" } else { "" };
    let lines = (1..=count).map(|number| format!("{}{}", world::role(&format!("Step{number}")), id(number)));
    lines.collect::<Vec<_>>().join("\n")
}

/// A connector's form that leads to `Goal` through `count` roles.
pub fn form(slug: &str, key: &str, count: u8) -> ConnectorForm {
    ConnectorForm {
        through: through(count),
        role_arn: goal(),
        external_id: "goal-id".to_owned(),
        ..world::form(slug, slug, key)
    }
}

async fn start() -> (TestApp, String) {
    let app = TestApp::builder().world(world()).start().await;
    world::fill(&app).await;
    let key = app.key_id("broker").await;
    (app, key)
}

#[actix_web::test]
async fn up_to_five_roles_are_assumed_one_after_the_other() {
    let (app, key) = start().await;
    let alice = member(&app).await;
    for count in 1..=4_u8 {
        let slug = format!("chain-{count}");
        let form = ConnectorForm {
            source_identity: "on".to_owned(),
            tags: "team = payments\nticket = 7".to_owned(),
            transitive_tags: "team".to_owned(),
            policy: world::POLICY.to_owned(),
            ..form(&slug, &key, count)
        };
        world::add_connector(&app, &form, &["ops"]).await;
        let before = app.sandbox.counters().of("AssumeRole").served;
        let handed = ask(&app, &alice, &slug, credentials(None)).await.unwrap();
        assert_eq!(handed.arn.as_deref(), Some(format!("arn:aws:sts::{OTHER}:assumed-role/Goal/alice").as_str()));
        let Gift::Credentials(given) = handed.gift else { panic!("credentials were asked for") };
        assert_eq!(app.sandbox.counters().of("AssumeRole").served - before, u64::from(count) + 1);
        let row = app.last_event().await.event;
        assert_eq!((row.account_id.as_deref(), row.granted_seconds), (Some(OTHER), Some(3600)));
        assert_eq!(row.source_identity.as_deref(), Some("alice"));
        let hops = row.detail["hops"].as_array().unwrap();
        assert_eq!(hops.len(), usize::from(count) + 1);
        assert_eq!(hops[0]["role"], world::role("Step1"));
        assert_eq!(hops[usize::from(count)]["role"], goal());
        assert_eq!(hops[usize::from(count)]["keyId"], given.access_key_id.as_str());
        let mut ids: Vec<_> = hops.iter().map(|hop| hop["keyId"].as_str().unwrap()).collect();
        ids.dedup();
        assert_eq!(ids.len(), hops.len(), "each has a key of its own");
    }
    let five = form("chain-5", &key, 4);
    let form = ConnectorForm { through: format!("{}\n{}", through(4), world::role("Step1")), ..five };
    let error = create(&app.app, &world::setter(), &form).await.unwrap_err();
    assert!(matches!(error, PortalError::Invalid(errors) if errors.get("through").unwrap().contains("5 roles")));
}

#[actix_web::test]
async fn a_role_alone_leaves_no_hops_in_its_row() {
    let (app, _) = start().await;
    let alice = member(&app).await;
    ask(&app, &alice, "read-only", credentials(None)).await.unwrap();
    assert!(app.last_event().await.event.detail.get("hops").is_none());
}

#[actix_web::test]
async fn a_refusal_in_the_middle_names_the_role() {
    let (app, key) = start().await;
    let alice = member(&app).await;
    let role = world::role;
    let tagged = ConnectorForm {
        tags: "team = payments".to_owned(),
        transitive_tags: "team".to_owned(),
        source_identity: "on".to_owned(),
        ..ConnectorForm::default()
    };
    for (slug, through, at, of, says) in [
        ("first", format!("{}\n{}", role("Stranger"), role("Step1")), 1, 3, "sts:AssumeRole"),
        ("second", format!("{}\n{} wrong-id", role("Step1"), role("Step2")), 2, 3, "sts:AssumeRole"),
        ("missing", format!("{}\n{}", role("Step1"), role("Step2")), 2, 3, "sts:AssumeRole"),
        ("last", role("ReadOnly"), 2, 2, "sts:AssumeRole"),
        ("tags", format!("{}\n{}", role("Step1"), role("Plain")), 2, 3, "sts:TagSession"),
        ("identity", format!("{}\n{}", role("Step1"), role("Nameless")), 2, 3, "sts:SetSourceIdentity"),
    ] {
        let sent = if at == 2 && of == 3 { tagged.clone() } else { ConnectorForm::default() };
        let form = ConnectorForm {
            through,
            tags: sent.tags,
            transitive_tags: sent.transitive_tags,
            source_identity: sent.source_identity,
            ..form(slug, &key, 0)
        };
        world::add_connector(&app, &form, &["ops"]).await;
        let error = ask(&app, &alice, slug, credentials(None)).await.unwrap_err();
        let PortalError::Aws(refused) = &error else { panic!("{slug}: {error:?}") };
        assert_eq!((refused.code(), refused.place()), ("AccessDenied", Some((at, of))), "{slug}");
        let text = error.to_string();
        assert!(text.starts_with(&format!("At role {at} of {of}, arn:")) && text.contains(says), "{slug}: {text}");
        let row = app.last_event().await.event;
        assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", "aws:AccessDenied"), "{slug}");
        assert_eq!(row.issued_key_id, None, "{slug}");
        let hops = row.detail["hops"].as_array().unwrap();
        assert_eq!(hops.len(), at, "{slug}");
        assert_eq!(hops[at - 1]["code"], "AccessDenied", "{slug}");
        assert!(hops[..at - 1].iter().all(|hop| hop["keyId"].is_string()), "{slug}: {hops:?}");
    }
}

#[actix_web::test]
async fn an_employee_gets_a_short_sentence_and_an_administrator_the_cause() {
    let (app, key) = start().await;
    let wrong = ConnectorForm { external_id: "wrong-id".to_owned(), ..form("wrong", &key, 1) };
    world::add_connector(&app, &wrong, &["ops"]).await;
    let alice = app.person("alice", &["ops"]).await;
    let page = alice.post("/connectors/wrong/credentials", &[]).await;
    page.is(502).says("At role 2 of 2").says("The role does not trust the one before it").does_not_say("external id");
    let ada = app.administrator().await;
    let page = ada.post("/connectors/wrong/credentials", &[]).await;
    page.is(502).says("asks for another external id than the connector's").says(&world::role("Step1"));
    let page = ada.post("/console/wrong", &[]).await;
    page.is(502)
        .says("asks for another external id than the connector's")
        .says("The connector's test, on its page, shows the policies");
}

#[actix_web::test]
async fn the_console_opens_through_a_chain() {
    let (app, key) = start().await;
    world::add_connector(&app, &form("chain", &key, 2), &["ops"]).await;
    let alice = app.person("alice", &["ops"]).await;
    let link = alice.console_link("chain").await;
    app.arrive(&link).await.is(200).says(&format!("arn:aws:sts::{OTHER}:assumed-role/Goal/alice"));
    // Neither SessionDuration nor DurationSeconds was sent: the first try was taken.
    assert_eq!(app.sandbox.counters().of("getSigninToken").served, 1);
    assert_eq!(app.sandbox.counters().of("AssumeRole").served, 3);
    assert_eq!(app.last_event().await.event.detail["hops"].as_array().unwrap().len(), 3);
}

/// The console takes no credentials of a chain that were issued with DurationSeconds; without, they would last longer than
/// the connector gives.
#[actix_web::test]
async fn no_console_through_a_chain_lasts_longer_than_the_connector_gives() {
    let (app, key) = start().await;
    let short = ConnectorForm { duration: "15m".to_owned(), ..form("short", &key, 1) };
    world::add_connector(&app, &short, &["ops"]).await;
    let alice = app.person("alice", &["ops"]).await;
    let page = alice.post("/console/short", &[]).await;
    assert!(page.status >= 400 && page.location().is_empty(), "{}", page.status);
    let event = app.last_event().await.event;
    assert_ne!(event.outcome, "ok");
    assert!(event.granted_seconds.is_none_or(|seconds| seconds <= 900), "{event:?}");
    alice.post("/connectors/short/credentials", &[]).await.is(200);
}

#[actix_web::test]
async fn a_chain_lasts_an_hour_at_most() {
    let (app, key) = start().await;
    let alice = member(&app).await;
    for (duration, through, fits) in [("1h", 1, true), ("1h1s", 1, false), ("12h", 1, false)] {
        let form = ConnectorForm { duration: duration.to_owned(), ..form(&format!("c-{duration}"), &key, through) };
        let made = create(&app.app, &world::setter(), &form).await;
        match made {
            Ok(id) => {
                assert!(fits, "{duration}");
                permissions::grant(&app.app, &world::setter(), &id, "ops").await.unwrap();
            }
            Err(PortalError::Invalid(errors)) => {
                assert!(!fits && errors.get("duration").unwrap().contains("role chaining"), "{duration}: {errors:?}");
            }
            Err(error) => panic!("{error}"),
        }
    }
    // The same role without a chain may last longer.
    let direct = ConnectorForm { duration: "12h".to_owned(), ..world::form("direct", "direct", &key) };
    world::add_connector(&app, &direct, &["ops"]).await;
    ask(&app, &alice, "direct", credentials(None)).await.unwrap();
    assert_eq!(app.last_event().await.event.granted_seconds, Some(43_200));
    for (seconds, fits) in [(899, false), (900, true), (3600, true), (3601, false)] {
        let got = ask(&app, &alice, "c-1h", credentials(Some(seconds))).await;
        assert_eq!(got.is_ok(), fits, "{seconds}");
    }
    // One that was saved with more gives an hour all the same.
    app.sql("UPDATE connectors SET duration_seconds = 7200 WHERE slug = 'c-1h'").await;
    ask(&app, &alice, "c-1h", credentials(None)).await.unwrap();
    assert_eq!(app.last_event().await.event.granted_seconds, Some(3600));
}

#[actix_web::test]
async fn all_of_a_chain_gets_the_time_of_one_call() {
    let app = TestApp::builder()
        .world(world())
        .config(|config| {
            config.aws.retries = 0;
            config.aws.attempt_timeout = Duration::from_millis(2_000);
            config.aws.operation_timeout = Duration::from_millis(2_000);
        })
        .start()
        .await;
    world::fill(&app).await;
    let key = app.key_id("broker").await;
    let alice = member(&app).await;
    world::add_connector(&app, &form("long", &key, 4), &["ops"]).await;
    app.sandbox.fault(Fault::latency(900));
    let began = Instant::now();
    let error = ask(&app, &alice, "long", credentials(None)).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_millis(4_000), "{:?}", began.elapsed());
    let PortalError::Aws(silence) = error else { panic!("{error:?}") };
    let (at, of) = silence.place().unwrap();
    assert_eq!((silence.code(), of), ("timeout", 5));
    assert!((2..=3).contains(&at), "{at}");
    let row = app.last_event().await.event;
    assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("failed", "aws:timeout"));
    assert_eq!(row.detail["hops"].as_array().unwrap().len(), at);
}

#[actix_web::test]
async fn whoever_goes_away_in_the_middle_leaves_a_row() {
    let (app, key) = start().await;
    world::add_connector(&app, &form("chain", &key, 2), &["ops"]).await;
    let alice = app.person("alice", &["ops"]).await;
    let rows = app.events().await.len();
    app.sandbox.fault(Fault::latency(250));
    let issued = app.sandbox.counters().issued;
    let request = alice.request(Method::POST, "/connectors/chain/credentials").form(&[("duration", "")]);
    let asked = actix_web::rt::spawn(request.send());
    while app.sandbox.counters().issued == issued {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    asked.abort();
    let deadline = Instant::now() + Duration::from_secs(20);
    while app.events().await.len() == rows {
        assert!(Instant::now() < deadline, "no row");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str()), ("credentials.issue", "ok"));
    assert_eq!(row.detail["hops"].as_array().unwrap().len(), 3);
}

#[actix_web::test]
async fn the_page_shows_the_policies_of_every_role() {
    let (app, key) = start().await;
    let chain = ConnectorForm {
        source_identity: "on".to_owned(),
        tags: "team = payments\nticket = 7".to_owned(),
        transitive_tags: "team".to_owned(),
        ..form("chain", &key, 2)
    };
    world::add_connector(&app, &chain, &[]).await;
    let ada = app.administrator().await;
    let page = ada.get(&format!("/admin/connectors/{}", app.connector_id("chain").await)).await;
    page.is(200).says("Permission for the access key's user").says("Trust policy of role 1 of 3");
    page.says("Permission for role 1 of 3").says(&format!("An identity policy of {}.", world::role("Step1")));
    page.says("Trust policy of role 2 of 3").says("\"sts:ExternalId\": \"second-id\"");
    page.says("Trust policy of role 3 of 3").says("\"sts:ExternalId\": \"goal-id\"").does_not_say("role 4");
    page.says("\"sts:TagSession\"").says("\"sts:SetSourceIdentity\"");
    assert_eq!(page.value_of("hop2_external_id").as_deref(), Some("second-id"));
    ada.post("/connectors/chain/credentials", &[]).await.is(200);
    let row = app.last_event().await;
    let page = ada.get(&format!("/usage-log/{}", row.id)).await;
    page.is(200).says("Hops 1").says("Hops 3").says(&goal());
}

#[actix_web::test]
async fn what_was_typed_into_the_rows_stays() {
    let (app, key) = start().await;
    world::add_connector(&app, &form("chain", &key, 2), &[]).await;
    let ada = app.administrator().await;
    let address = format!("/admin/connectors/{}", app.connector_id("chain").await);
    let goal = goal();
    let step = world::role("Step1");
    let typed = [
        ("name", "chain"),
        ("slug", "chain"),
        ("principal_type", "assume_role"),
        ("access_key", key.as_str()),
        ("role_arn", goal.as_str()),
        ("version", "1"),
        ("hop1_role", step.as_str()),
        ("hop2_role", "not an ARN"),
        ("hop2_external_id", "two words"),
        ("duration", "2h"),
    ];
    let page = ada.post(&address, &typed).await;
    assert!(page.is(422).field_error("through").contains("Role 2"));
    assert!(page.field_error("duration").contains("role chaining"));
    assert_eq!(page.value_of("hop2_role").as_deref(), Some("not an ARN"));
    assert_eq!(page.value_of("hop2_external_id").as_deref(), Some("two words"));
    page.says("AWS ends a role's session after 1 h where another role was assumed before it");
    let fewer: Vec<_> = typed.iter().filter(|(name, _)| !name.starts_with("hop2")).copied().collect();
    let saved: Vec<_> =
        fewer.iter().map(|(name, value)| (*name, if *name == "duration" { "1h" } else { value })).collect();
    ada.post(&address, &saved).await.is(303);
    let page = ada.get(&address).await;
    assert_eq!(page.value_of("hop1_role").as_deref(), Some(step.as_str()));
    assert!(page.value_of("hop2_role").is_none());
}

#[actix_web::test]
async fn a_page_shows_no_key_of_the_roles_on_the_way() {
    let (app, key) = start().await;
    world::add_connector(&app, &form("chain", &key, 2), &["ops"]).await;
    let alice = app.person("alice", &["ops"]).await;
    let page = alice.post("/connectors/chain/credentials", &[]).await;
    let row = app.last_event().await.event;
    let ids: Vec<&str> =
        row.detail["hops"].as_array().unwrap().iter().map(|hop| hop["keyId"].as_str().unwrap()).collect();
    page.is(200).says(ids[2]).does_not_say(ids[0]).does_not_say(ids[1]);
}
