//! What is filled in for each person: policies, session tags, the source identity. What AWS got is read off the sandbox.

use daypass::model::access::Actor;
use daypass::model::event::Event;
use daypass::portal::PortalError;
use daypass::portal::connectors::{self, ConnectorForm};
use daypass::sandbox::Asked;
use daypass::store::{local_users, people};
use sha2::{Digest, Sha256};

use crate::issuing::{actor, ask, console, credentials, words};
use crate::support::{TestApp, world};

const HOME: &str = r#"{ "Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/{{user.name}}/*"} ] }"#;
const TAGS: &str = "Team = {{user.attribute.team}}\nMail = {{user.mail}}\nFixed = as it is";

async fn started(change: impl FnOnce(ConnectorForm) -> ConnectorForm) -> (TestApp, String) {
    let app = TestApp::builder().start().await;
    app.add_person("member-of-ops", &["ops"]).await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    world::add_connector(&app, &change(world::form("Home", "home", &key)), &["ops"]).await;
    app.sandbox.listen();
    (app, key)
}

/// Somebody of ops, with attributes.
pub async fn person(app: &TestApp, name: &str, attributes: &[(&str, &str)]) -> Actor {
    let id = app.add_person(name, &["ops"]).await;
    for (name, value) in attributes {
        let (id, name, value) = (id.clone(), (*name).to_owned(), (*value).to_owned());
        let write = app
            .app
            .database
            .write(move |connection| Ok((local_users::set_attribute(connection, &id, &name, &value)?, Vec::new())));
        write.await.unwrap();
    }
    actor(app, name).await
}

/// The calls that issue, as the sandbox got them.
fn heard(app: &TestApp) -> Vec<Asked> {
    app.sandbox.heard().into_iter().filter(|asked| asked["Action"] != "GetCallerIdentity").collect()
}

/// Tags as they were sent, in their order.
fn tags(asked: &Asked) -> Vec<(&str, &str)> {
    let member = |at: usize, what: &str| asked.get(&format!("Tags.member.{at}.{what}")).map(String::as_str);
    (1..).map_while(|at| Some((member(at, "Key")?, member(at, "Value")?))).collect()
}

/// Is refused before AWS is asked: the row, and the sentence.
async fn refused(app: &TestApp, actor: &Actor, connector: &str) -> (Event, String) {
    let calls = app.sandbox.counters().issuing;
    let error = ask(app, actor, connector, credentials(None)).await.unwrap_err();
    assert_eq!(app.sandbox.counters().issuing, calls, "AWS was asked");
    let PortalError::Invalid(errors) = error else { panic!("{error:?}") };
    let row = app.last_event().await.event;
    assert_eq!((row.issued_key_id.as_ref(), row.actor_name.as_str()), (None, actor.name()));
    (row, errors.get("").unwrap().to_owned())
}

#[actix_web::test]
async fn each_person_gets_the_policy_of_their_own_and_the_row_its_hash() {
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let (app, _) = started(|form| ConnectorForm { policy: HOME.to_owned(), policy_arns: arn.to_owned(), ..form }).await;
    let mut hashes = Vec::new();
    for (name, resource) in
        [("alice", "home/alice"), ("b*b?$", "home/b${*}b${?}${$}"), ("\"}]{x", "home/\\\"}]{x"), ("a,b", "")]
    {
        // A comma parts.
        let person = person(&app, name, &[]).await;
        if name.contains(',') {
            let (row, sentence) = refused(&app, &person, "home").await;
            assert_eq!(words(&row), ("credentials.issue", "refused", "placeholder"));
            assert!(
                sentence.contains("“,”") && sentence.contains("{{user.name}}") && sentence.contains("“Home”"),
                "{sentence}"
            );
            continue;
        }
        ask(&app, &person, "home", credentials(None)).await.unwrap();
        let asked = heard(&app).pop().unwrap();
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::{resource}/*"}}]}}"#
        );
        assert_eq!(asked["Policy"], policy);
        let row = app.last_event().await.event;
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(format!("{policy}\n{arn}")));
        assert_eq!(row.policy_hash.as_deref(), Some(hash.as_str()));
        assert_eq!(row.detail["policy_per_person"], true);
        hashes.push(hash);
    }
    assert_ne!(hashes[0], hashes[1]);
    let alice = actor(&app, "alice").await;
    ask(&app, &alice, "home", console("", None)).await.unwrap();
    assert!(heard(&app).pop().unwrap()["Policy"].contains("home/alice/*"), "the console has the same policy");
}

#[actix_web::test]
async fn tags_go_out_filled_in_and_stand_in_the_row() {
    let change = |form| ConnectorForm { tags: TAGS.to_owned(), transitive_tags: "Team".to_owned(), ..form };
    let (app, _) = started(change).await;
    let alice = person(&app, "alice", &[("team", "Blue / 7")]).await;
    ask(&app, &alice, "home", credentials(None)).await.unwrap();
    let asked = heard(&app).pop().unwrap();
    assert_eq!(tags(&asked), [("Team", "Blue / 7"), ("Mail", "alice@example.test"), ("Fixed", "as it is")]);
    assert_eq!(asked["TransitiveTagKeys.member.1"], "Team");
    assert!(!asked.contains_key("TransitiveTagKeys.member.2"));
    let row = app.last_event().await.event;
    assert_eq!(row.detail["tags"]["Team"], "Blue / 7");
    assert_eq!(row.detail["tags"]["Mail"], "alice@example.test");
    assert_eq!(row.detail.get("policy_per_person"), None);

    for (name, team) in [("bob", ""), ("carol", "a*b"), ("dave", &"x".repeat(257))] {
        let person = person(&app, name, &[("team", team)]).await;
        let (row, sentence) = refused(&app, &person, "home").await;
        assert_eq!(words(&row), ("credentials.issue", "refused", "placeholder"), "{name}");
        assert!(sentence.contains("{{user.attribute.team}}") && sentence.contains("“Home”"), "{sentence}");
        assert!(!sentence.contains("alice") && !sentence.contains("Blue"), "{sentence}");
    }
    let longest = person(&app, "erin", &[("team", &"x".repeat(256))]).await;
    ask(&app, &longest, "home", credentials(None)).await.unwrap();
}

#[actix_web::test]
async fn a_federated_user_has_policy_and_tags_of_their_own_too() {
    let change = |form| ConnectorForm {
        principal_type: "federated_user".to_owned(),
        policy: HOME.to_owned(),
        tags: "Name = {{user.display_name}}".to_owned(),
        ..form
    };
    let (app, _) = started(change).await;
    let alice = person(&app, "alice", &[]).await;
    ask(&app, &alice, "home", credentials(None)).await.unwrap();
    let asked = heard(&app).pop().unwrap();
    assert_eq!(asked["Action"], "GetFederationToken");
    assert!(asked["Policy"].contains("home/alice/*"));
    assert_eq!(tags(&asked), [("Name", "alice of the tests")]);
}

#[actix_web::test]
async fn a_program_gets_nothing_from_what_is_to_be_filled_in() {
    for (policy, tags, source_identity, reason) in [
        (HOME, "", "off", "placeholder"),
        ("", TAGS, "off", "placeholder"),
        ("", "", "required", "source_identity"),
        ("", "Fixed = value", "on", ""),
    ] {
        let change = |form| ConnectorForm {
            policy: policy.to_owned(),
            tags: tags.to_owned(),
            source_identity: source_identity.to_owned(),
            ..form
        };
        let (app, _) = started(change).await;
        // Saving refuses this; somebody changed the database.
        app.sql("UPDATE connectors SET system_scope = TRUE").await;
        let token = app.token("build", "home").await;
        let program = world::holder(&app, &token.into()).await;
        if reason.is_empty() {
            ask(&app, &program, "home", credentials(None)).await.unwrap();
            let asked = heard(&app).pop().unwrap();
            assert_eq!(asked["SourceIdentity"], "program-build");
            continue;
        }
        let (row, sentence) = refused(&app, &program, "home").await;
        assert_eq!(words(&row), ("credentials.issue", "refused", reason));
        assert!(sentence.contains("“Home”") && sentence.contains("program"), "{sentence}");
    }
}

#[actix_web::test]
async fn a_source_identity_is_the_persons_and_never_left_out() {
    for (choice, sent) in [("off", None), ("on", Some("alice")), ("required", Some("alice"))] {
        let (app, _) = started(|form| ConnectorForm { source_identity: choice.to_owned(), ..form }).await;
        let alice = person(&app, "alice", &[]).await;
        ask(&app, &alice, "home", credentials(None)).await.unwrap();
        let asked = heard(&app).pop().unwrap();
        assert_eq!(asked.get("SourceIdentity").map(String::as_str), sent, "{choice}");
        assert_eq!(app.last_event().await.event.source_identity.as_deref(), sent);

        // AWS does not let the caller set one.
        let mut world = world::sample();
        world.accounts[0].roles[0].permits_source_identity = false;
        app.sandbox.replace(world);
        let answer = ask(&app, &alice, "home", credentials(None)).await;
        let row = app.last_event().await.event;
        if sent.is_none() {
            answer.unwrap();
        } else {
            assert!(matches!(answer, Err(PortalError::Aws(_))), "{choice}");
            assert_eq!(words(&row), ("credentials.issue", "refused", "aws:AccessDenied"));
            assert_eq!((row.issued_key_id, row.source_identity.as_deref()), (None, sent));
            assert!(heard(&app).iter().all(|asked| asked.contains_key("SourceIdentity")), "it was tried without");
        }
    }
}

#[actix_web::test]
async fn tags_that_aws_does_not_let_us_set_hand_nothing_out() {
    let (app, _) = started(|form| ConnectorForm { tags: "Team = blue".to_owned(), ..form }).await;
    let mut world = world::sample();
    world.accounts[0].roles[0].permits_tagging = false;
    app.sandbox.replace(world);
    let alice = person(&app, "alice", &[]).await;
    let error = ask(&app, &alice, "home", credentials(None)).await.unwrap_err();
    assert!(matches!(error, PortalError::Aws(_)), "{error:?}");
    assert!(heard(&app).iter().all(|asked| !tags(asked).is_empty()), "it was tried without");
    let row = app.last_event().await.event;
    assert_eq!((row.reason.as_str(), &row.detail["tags"]["Team"]), ("aws:AccessDenied", &"blue".into()));
}

#[actix_web::test]
async fn what_cannot_be_filled_in_is_refused_where_it_is_saved() {
    let (app, key) = started(|form| form).await;
    let policy = |resource: &str, more: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:*","Resource":"{resource}"{more}}}]}}"#
        )
    };
    let text = str::to_owned;
    let form = || world::form("New", "new", &key);
    let action = policy("*", "").replace("s3:*", "s3:{{user.name}}");
    let old = policy("arn:aws:s3:::{{user.name}}", "").replace("2012", "2008");
    let with = |policy: String| ConnectorForm { policy, ..form() };
    let wrong = [
        ("policy", with(action), "Action"),
        ("policy", with(old), "2012-10-17"),
        ("policy", with(policy("{{user.name}}", "")), "fifth colon"),
        ("policy", with(policy("arn:aws:s3:::{{user.nobody}}", "")), "no placeholder"),
        ("policy", with(policy("arn:aws:s3:::x", r#","Sid":"{{user.name}}""#)), "Sid"),
        ("tags", ConnectorForm { tags: text("A = {{user.x}}"), ..form() }, "“A”"),
        ("tags", ConnectorForm { tags: text("A = a*b"), ..form() }, "“A”"),
        ("system_scope", ConnectorForm { system_scope: true, ..with(text(HOME)) }, "policy"),
        ("system_scope", ConnectorForm { system_scope: true, tags: text(TAGS), ..form() }, "session tags"),
        (
            "system_scope",
            ConnectorForm { system_scope: true, source_identity: text("required"), ..form() },
            "source identity",
        ),
    ];
    for (field, form, part) in wrong {
        let error = connectors::create(&app.app, &world::setter(), &form).await.unwrap_err();
        let PortalError::Invalid(errors) = error else { panic!("{error:?}") };
        let sentence = errors.get(field).unwrap_or_else(|| panic!("{field}: {errors:?}"));
        assert!(sentence.contains(part) && errors.count() == 1, "{errors:?}");
    }
    let right = [
        ConnectorForm { tags: text(TAGS), source_identity: text("required"), ..with(text(HOME)) },
        ConnectorForm { system_scope: true, source_identity: text("on"), tags: text("A = b"), ..form() },
        // The fields of another type do not count.
        ConnectorForm {
            system_scope: true,
            source_identity: text("required"),
            principal_type: text("federated_user"),
            ..with(policy("*", ""))
        },
    ];
    for (at, form) in right.into_iter().enumerate() {
        let form = ConnectorForm { name: format!("Right {at}"), slug: format!("right-{at}"), ..form };
        connectors::create(&app.app, &world::setter(), &form).await.unwrap();
    }
}

#[actix_web::test]
async fn a_policy_has_to_be_short_enough_for_everybody() {
    let (app, key) = started(|form| form).await;
    let policy = |length: usize| {
        let frame = |sid: &str| {
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{sid}","Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::{{{{user.name}}}}"}}]}}"#
            )
        };
        frame(&"x".repeat(length + "{{user.name}}".len() - frame("").len()))
    };
    let longest = "n".repeat(40);
    person(&app, &longest, &[]).await;
    let save = async |name: &str, length| {
        let form = ConnectorForm { policy: policy(length), ..world::form(name, name, &key) };
        connectors::create(&app.app, &world::setter(), &form).await.map(drop)
    };
    let error = save("long", 2048 - 39).await.unwrap_err();
    assert!(
        matches!(&error, PortalError::Invalid(errors) if errors.get("policy").unwrap().contains("2049")),
        "{error:?}"
    );
    save("fits", 2048 - 40).await.unwrap();
    let id = app.connector_id("fits").await;
    world::grant(&app, &id, "ops").await;
    // It is sent, though AWS packs it to more than it takes.
    let known = actor(&app, &longest).await;
    let error = ask(&app, &known, "fits", credentials(None)).await.unwrap_err();
    assert!(matches!(error, PortalError::Aws(_)), "{error:?}");
    assert_eq!(heard(&app).pop().unwrap()["Policy"].chars().count(), 2048);
    let read = app.app.database.read(people::longest).await.unwrap();
    assert_eq!(read.user_names[0], longest);

    // Somebody comes whose name is longer by one.
    let late = person(&app, &"n".repeat(41), &[]).await;
    let (row, sentence) = refused(&app, &late, "fits").await;
    assert_eq!(row.reason, "placeholder");
    assert!(sentence.contains("2049") && sentence.contains("“fits”"), "{sentence}");
}
