//! What is asked of AWS, and what its answers lead to.

use daypass::model::access_key::KeyState;
use daypass::portal::use_connector::Gift;
use daypass::sandbox::{Fault, FaultKind};
use daypass::store::access_keys;

use super::*;

#[actix_web::test]
async fn each_type_shows_aws_its_own_name_of_the_person() {
    let app = TestApp::start().await;
    let alice = member(&app).await;
    let cases = [
        ("read-only", Some("alice"), Some("assumed-role/ReadOnly/alice")),
        ("federated", Some("alice"), Some("federated-user/alice")),
        ("session", None, None),
    ];
    for (connector, name, arn) in cases {
        let handed = ask(&app, &alice, connector, credentials(None)).await.unwrap();
        let Gift::Credentials(given) = handed.gift else { panic!("credentials were asked for") };
        let row = app.last_event().await.event;
        assert_eq!((row.session_name.as_deref(), handed.session_name.as_deref()), (name, name));
        assert_eq!(row.arn.as_deref().map(|row| row.ends_with(arn.unwrap_or("?"))), arn.map(|_| true), "{row:?}");
        assert_eq!(row.issued_key_id.as_deref(), Some(given.access_key_id.as_str()));
        assert_eq!(row.expires_at, Some(given.expires_at));
        assert_eq!(row.policy_hash.is_some(), connector == "federated");
        assert_eq!(row.detail.get("names_person"), (connector == "session").then_some(&false.into()));
        assert_eq!(row.source_identity, None);
    }
    // A long name: the federated one is another.
    let long = "a-name-that-is-longer-than-thirty-two-characters";
    app.add_person(long, &["ops"]).await;
    let person = actor(&app, long).await;
    let Actor::Person(identity) = &person else { panic!("a person") };
    assert_ne!(identity.person.session_name, identity.person.federated_name);
    for (connector, name) in
        [("read-only", &identity.person.session_name), ("federated", &identity.person.federated_name)]
    {
        assert_eq!(ask(&app, &person, connector, credentials(None)).await.unwrap().session_name.as_ref(), Some(name));
        assert_eq!(app.last_event().await.event.session_name.as_ref(), Some(name));
    }
}

#[actix_web::test]
async fn the_source_identity_is_sent_where_asked_for() {
    let app = TestApp::start().await;
    let alice = member(&app).await;
    let broker = app.app.database.read(|c| Ok(connectors::resolve(c, "read-only")?.access_key_id)).await.unwrap();
    let form = ConnectorForm {
        source_identity: "on".to_owned(),
        policy: world::POLICY.to_owned(),
        ..world::form("With", "with", &broker)
    };
    world::add_connector(&app, &form, &["ops"]).await;
    ask(&app, &alice, "with", credentials(None)).await.unwrap();
    let row = app.last_event().await.event;
    assert_eq!(row.source_identity.as_deref(), Some("alice"));
    assert!(row.policy_hash.is_some());
}

fn fault(action: &str, kind: FaultKind) -> Fault {
    serde_json::from_value(serde_json::json!({ "action": action, "kind": kind })).unwrap()
}

#[actix_web::test]
async fn what_aws_says_is_in_the_row_and_a_dead_key_is_marked() {
    let app = TestApp::start().await;
    let alice = member(&app).await;
    let state = || async {
        let read = app.app.database.read(|c| {
            let id = connectors::resolve(c, "read-only")?.access_key_id;
            Ok(access_keys::find_sealed(c, &id)?.0.state)
        });
        read.await.unwrap()
    };
    for (kind, outcome, code) in [
        (FaultKind::AccessDenied, "refused", "AccessDenied"),
        (FaultKind::Throttling, "failed", "Throttling"),
        (FaultKind::InternalFailure, "failed", "InternalFailure"),
        (FaultKind::ExpiredToken, "refused", "ExpiredToken"),
    ] {
        app.sandbox.fault(fault("AssumeRole", kind));
        ask(&app, &alice, "read-only", credentials(None)).await.unwrap_err();
        app.sandbox.clear_faults();
        let row = app.last_event().await.event;
        assert_eq!((row.outcome.as_str(), row.reason), (outcome, format!("aws:{code}")), "{kind:?}");
        assert_eq!(row.detail["aws_code"], code);
        assert_eq!(state().await, KeyState::Good, "{kind:?}");
    }
    app.sandbox.fault(fault("AssumeRole", FaultKind::InvalidClientTokenId));
    ask(&app, &alice, "read-only", credentials(None)).await.unwrap_err();
    app.sandbox.clear_faults();
    assert_eq!(app.last_event().await.event.reason, "aws:InvalidClientTokenId");
    assert_eq!(state().await, KeyState::Refused);
}

/// The federation endpoint's three ways, one after the other, and what is remembered of them.
#[actix_web::test]
async fn a_refused_duration_leads_to_the_next_way() {
    let app = TestApp::start().await;
    let alice = member(&app).await;
    let count = |action: &str| app.sandbox.counters().of(action);
    let once = |times: u32| Fault { times: Some(times), ..fault("getSigninToken", FaultKind::BadRequest) };
    // Refused once: the same credentials, without SessionDuration.
    app.sandbox.fault(once(1));
    ask(&app, &alice, "read-only", console("", None)).await.unwrap();
    assert_eq!((count("AssumeRole").served, count("getSigninToken").served), (1, 1));
    assert_eq!(count("getSigninToken").refused, 1);
    // What worked is where the next one starts.
    ask(&app, &alice, "read-only", console("", None)).await.unwrap();
    assert_eq!((count("AssumeRole").served, count("getSigninToken").refused), (2, 1));
    // Refused again: new credentials of AWS's own default.
    app.sandbox.fault(once(1));
    ask(&app, &alice, "read-only", console("", None)).await.unwrap();
    assert_eq!((count("AssumeRole").served, count("getSigninToken").refused), (4, 2));

    // Not where the connector gives less than that.
    let broker = app.app.database.read(|c| Ok(connectors::resolve(c, "read-only")?.access_key_id)).await.unwrap();
    let short = ConnectorForm { duration: "15m".to_owned(), ..world::form("Short", "short", &broker) };
    world::add_connector(&app, &short, &["ops"]).await;
    app.sandbox.fault(once(2));
    ask(&app, &alice, "short", console("", None)).await.unwrap_err();
    assert_eq!(count("AssumeRole").served, 5);
    let row = app.last_event().await.event;
    assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", "aws:BadRequest"));

    // Never for a federated user: AWS takes no duration there, so there is no other way.
    app.sandbox.clear_faults();
    app.sandbox.fault(once(1));
    ask(&app, &alice, "federated", console("", None)).await.unwrap_err();
    assert_eq!(count("GetFederationToken").served, 1);
}
