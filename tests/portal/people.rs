//! Why somebody can or cannot use a connector: each reason in words, and the same as using it finds out.

use daypass::config;
use daypass::model::envelope::Envelope;
use daypass::portal::connectors::ConnectorForm;
use daypass::portal::users;

use crate::directories::{ldap, local, start};
use crate::ldap::slapd::Own;
use crate::support::{Browser, PASSWORD, Page, Person, TestApp, world};

async fn ask(ada: &Person, name: &str, connector: &str) -> Page {
    let query = serde_urlencoded::to_string([("user_name", name), ("connector", connector)]).unwrap();
    ada.get(&format!("/admin/people?{query}")).await
}

#[actix_web::test]
async fn every_reason_is_the_one_that_using_it_finds() {
    let app = TestApp::start().await;
    let form = ConnectorForm {
        policy: world::POLICY.replace("\"*\"", "\"arn:aws:s3:::home/{{user.attribute.team}}/*\""),
        ..world::form("Placeholder", "placeholder", &app.key_id("broker").await)
    };
    world::add_connector(&app, &form, &["ops"]).await;
    app.add_person("only-in-dev", &["dev"]).await;
    world::grant(&app, &app.connector_id("federated").await, "dev").await;
    let off = ConnectorForm { enabled: false, ..world::form("Off", "off", &app.key_id("broker").await) };
    world::add_connector(&app, &off, &["ops"]).await;
    let ada = app.person("ada", &["administrators", "ops"]).await;
    let both = app.person("both", &["ops", "dev"]).await;
    let olaf = app.person("olaf", &["others"]).await;
    for (person, name, connector, answer, part) in [
        (&both, "both", "read-only", "Can use it", "What leads to it Member of local:ops"),
        (
            &both,
            "both",
            "federated",
            "Can use it",
            "Member of local:dev this one stands in the log Member of local:ops",
        ),
        (&both, "both", "off", "Cannot use it", "The connector is switched off."),
        (&both, "both", "placeholder", "Cannot use it", "“Placeholder” cannot be used"),
        (&both, "both", "system", "Cannot use it", "No group may use the connector."),
        (
            &olaf,
            "olaf",
            "read-only",
            "Cannot use it",
            "These groups may use it: ops. Their one group is not among them.",
        ),
        (&olaf, "olaf", "system", "Cannot use it", "Programs may use it with a token. That says nothing about people."),
        (&ada, "ada", "system", "Can use it", "Administrators may use every connector"),
        (&ada, "ada", "read-only", "Can use it", "Member of local:ops this one stands in the log Administrators may"),
    ] {
        let page = ask(&ada, name, connector).await;
        page.is(200).says(answer).says(part);
        let used = person.post(&format!("/connectors/{connector}/credentials"), &[]).await;
        assert_eq!(used.status == 200, answer == "Can use it", "{name} {connector}: {}", used.text());
        // What the page says first is what the log has.
        if let Some(path) = app.last_event().await.event.group_path.filter(|_| used.status == 200) {
            page.says(&format!("What leads to it Member of {path}"));
        }
    }
    // By id and by name in any case, too.
    ask(&ada, "BOTH", "READ ONLY").await.says("Can use it");
    ask(&ada, "both", &app.connector_id("read-only").await).await.says("Can use it");
}

#[actix_web::test]
async fn a_page_of_a_person_lists_all_that_something_gives_them() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let alice = app.person("alice", &["ops", "restricted-administrators"]).await;
    alice.post("/console/read-only", &[]).await.is(303);
    let row = app.last_event().await;
    // From the row of the log, with its connector.
    let page = ada.get(&format!("/usage-log/{}", row.id)).await;
    let (_, rest) = page.body.split_once("<a href=\"/admin/people/").unwrap();
    let address = format!("/admin/people/{}", rest.split('"').next().unwrap());
    let page = ada.get(&address).await;
    page.is(200).says("alice of the tests").says("Can use it").says("Read only").says("Restricted administrator");
    page.says("3 connectors that something gives them").says("Federated").says("Session").does_not_say("System scope");
    page.says("2 groups").says("lets them make connectors, and use none");
    app.auditor().await.get(&format!("/usage-log/{}", row.id)).await.is(200);
    let seen = app.sign_in("aria").await.get(&format!("/usage-log/{}", row.id)).await;
    assert!(!seen.body.contains("/admin/people"), "a link that leads an auditor nowhere");

    users::set_active(&app.app, "alice", false).await.unwrap();
    ada.get(&address).await.says("The directory has closed").says("Cannot use it").says("Account closed");
    app.sql("DELETE FROM local_memberships WHERE user_id IN (SELECT id FROM local_users WHERE user_name = 'alice')")
        .await;
    app.sql("DELETE FROM local_users WHERE user_name = 'alice'").await;
    ada.get(&address).await.is(200).says("knows nobody of their id any more");
    // Whoever never signed in is found by name.
    app.add_person("new", &[]).await;
    ask(&ada, "new", "").await.is(200).says("Nothing is granted to them.");
    ask(&ada, "ada", "").await.says("4 connectors").says("Administrators may use every connector");
}

#[actix_web::test]
async fn what_was_typed_stays_and_the_field_says_what_is_wrong() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    ada.get("/admin/people").await.is(200).says("Whose");
    let page = ask(&ada, "nobody <b>", "read-only").await;
    assert_eq!(page.is(422).field_error("user_name"), "Nobody in the directory “local” signs in as “nobody <b>”.");
    assert_eq!(page.value_of("connector").as_deref(), Some("read-only"));
    let page = ask(&ada, "ada", "no-such-one").await;
    assert_eq!(page.is(422).field_error("connector"), "No connector has the name, slug or id “no-such-one”.");
    page.says("ada of the tests");
    ada.get("/admin/people/no-such-id").await.is(404);
    let permissions = ada.get(&format!("/admin/permissions?connector={}", app.connector_id("read-only").await)).await;
    assert!(permissions.body.contains("/admin/people?connector=read-only"), "no way to the page");
}

#[actix_web::test]
async fn administrators_of_their_own_groups_alone_are_told_so() {
    let app = TestApp::builder().config(|config| config.access.administrators_may_use_all = false).start().await;
    world::fill(&app).await;
    let ada = app.administrator().await;
    ask(&ada, "ada", "read-only").await.says("Cannot use it").says("access.administrators_may_use_all is off");
    ada.post("/connectors/read-only/credentials", &[]).await.is(404);
}

#[actix_web::test]
async fn groups_within_groups_are_spelled_out() {
    let own = Own::new("why").await;
    let nadia = own.person("nadia").await;
    let inner = own.group("team-blue", &nadia).await;
    own.group("aws-users", &inner).await;
    let config::Directory::Ldap(mut settings) = ldap("corp", &own) else { unreachable!() };
    settings.nested_groups = true;
    let app = start(vec![config::Directory::Ldap(settings), local()]).await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    world::add_connector(&app, &world::form("Read only", "read-only", &key), &["aws-users"]).await;
    let ada = app.administrator().await;
    let page = ask(&ada, "corp\\nadia", "read-only").await;
    page.is(200).says("Can use it").says("Member of corp:aws-users, through team-blue");
    page.says("2 groups").says("· through team-blue");
    // As the directory is now, not as it was a minute ago.
    own.group("aws-users-2", &inner).await;
    ask(&ada, "nadia", "").await.is(200).says("3 groups");
    ask(&ada, "local\\nadia", "").await.is(422);
}

#[actix_web::test]
async fn people_and_restricted_administrators_in_pictures() {
    let app = TestApp::start().await;
    app.add_person("ada", &["administrators", "ops"]).await;
    app.add_person("emil", &["ops", "payments-ops-of-the-whole-company", "dev"]).await;
    app.add_person("rita", &["restricted-administrators"]).await;
    let envelope = Envelope {
        principal_types: vec!["assume_role".to_owned(), "federated_user".to_owned()],
        role_patterns: vec![world::role("team/*"), world::role("ReadOnly")],
        longest_seconds: Some(3600),
        system_scope: false,
    };
    world::open(&app, &app.key_id("broker").await, &envelope).await;
    let browser = Browser::start().await;
    browser.open(&app.url).await;
    browser.sign_in("ada", PASSWORD).await;
    browser.find("details.person").await;
    for (name, path) in [
        ("people-empty", "/admin/people"),
        ("person-can", "/admin/people?user_name=emil&connector=read-only"),
        ("person-cannot", "/admin/people?user_name=emil&connector=system"),
    ] {
        browser.open(&format!("{}{path}", app.url)).await;
        browser.find("h1").await;
        browser.look(name).await;
    }
    let outside = app.connector_id("session").await;
    let rita = Browser::start().await;
    rita.open(&app.url).await;
    rita.sign_in("rita", PASSWORD).await;
    rita.find("details.person").await;
    for (name, path) in [
        ("restricted-connectors", "/admin/connectors".to_owned()),
        ("restricted-new", "/admin/connectors/new".to_owned()),
        ("restricted-outside", format!("/admin/connectors/{outside}")),
        ("restricted-permissions", format!("/admin/permissions?connector={outside}")),
    ] {
        rita.open(&format!("{}{path}", app.url)).await;
        rita.find("h1").await;
        rita.look(name).await;
    }
    for browser in [browser, rita] {
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    }
}
