//! Accounts: they come by themselves, and are named, coloured, described and removed by administrators.

use daypass::model::account::{LONGEST_CONTACT, LONGEST_LABEL, LONGEST_NOTE};
use daypass::portal::{PortalError, accounts, connectors};
use serde_json::json;

use crate::support::{TestApp, world};

const LIST: &str = "/admin/accounts";

/// The address of the page of the account that the sample connectors lead into.
async fn address(app: &TestApp) -> String {
    let all = accounts::list(&app.app, &world::setter()).await.unwrap();
    let known = all.into_iter().find(|known| known.account.account_id == world::ACCOUNT).unwrap();
    format!("{LIST}/{}", known.account.id)
}

fn form<'a>(label: &'a str, version: &'a str) -> [(&'static str, &'a str); 6] {
    [
        ("label", label),
        ("colour", "4"),
        ("owner", "Payments team"),
        ("contact", "payments@example.test"),
        ("note", "One.\r\nTwo."),
        ("version", version),
    ]
}

#[actix_web::test]
async fn an_account_comes_with_its_first_key_or_connector_and_counts_them() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    ada.get(LIST).await.says("No account is known yet");
    app.add_person("member-of-ops", &["ops"]).await;
    let broker = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    ada.get(LIST).await.says("1234-5678-9012").says("No name").says("1 account");
    let other = connectors::ConnectorForm {
        role_arn: "arn:aws:iam::210987654321:role/Far".to_owned(),
        ..world::form("Far", "far", &broker)
    };
    world::add_connector(&app, &other, &[]).await;
    world::add_connector(&app, &world::form("Near", "near", &broker), &[]).await;
    let all = accounts::list(&app.app, &world::setter()).await.unwrap();
    let seen: Vec<_> =
        all.iter().map(|known| (known.account.account_id.as_str(), known.connectors, known.access_keys)).collect();
    assert_eq!(seen, [(world::ACCOUNT, 1, 1), ("210987654321", 1, 0)]);
    assert_ne!(all[0].account.about.colour, all[1].account.about.colour, "two accounts in one colour");
}

#[actix_web::test]
async fn what_is_said_of_an_account_is_seen_wherever_it_is_named() {
    let app = TestApp::start().await;
    let (ada, address) = (app.administrator().await, address(&app).await);
    let alice = app.person("alice", &["ops"]).await;
    alice.get("/").await.says("1234-5678-9012").does_not_say("Ask ");
    ada.get(&address).await.says("Read only").says("broker").says("Orange").says("Grey");
    ada.post(&address, &form(" Payments (production) ", "1")).await.leads_to(&address);
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.account_id.as_deref()), ("account.update", Some(world::ACCOUNT)));
    assert_eq!(
        (&row.detail["before"]["label"], &row.detail["after"]["label"]),
        (&json!(""), &json!("Payments (production)"))
    );
    assert_eq!(row.detail["after"]["note"], json!("changed"));

    let page = ada.get(&address).await;
    page.says("Saved.").says("One. Two.");
    assert_eq!(
        (page.value_of("label").unwrap(), page.value_of("version").unwrap()),
        ("Payments (production)".into(), "2".into())
    );
    let mine = alice.get("/").await;
    mine.says("Payments (production)").says("Ask Payments team, payments@example.test").does_not_say("Two.");
    assert!(mine.body.contains("href=\"mailto:payments@example.test\""));
    assert!(mine.body.contains("data-copy=\"123456789012\""), "no copy of the plain digits");
    let list = ada.get("/admin/connectors").await;
    list.says("Payments (production)");
    assert!(list.body.contains(&format!("href=\"{address}\"")), "the list does not lead to the account");
    let connector = ada.get(&format!("/admin/connectors/{}", app.connector_id("read-only").await)).await;
    connector.says("Account · Payments (production)");
    assert!(connector.body.contains(&format!("href=\"{address}\"")));

    let unlinked = [("label", ""), ("colour", "0"), ("contact", "javascript:alert(1)"), ("version", "2")];
    ada.post(&address, &unlinked).await.leads_to(&address);
    let mine = alice.get("/").await;
    mine.says("Ask javascript:alert(1)");
    assert!(!mine.body.contains("href=\"javascript"));
}

#[actix_web::test]
async fn what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost() {
    let app = TestApp::start().await;
    let (ada, address) = (app.administrator().await, address(&app).await);
    let long = |count: usize| "n".repeat(count);
    let most = [
        ("label", long(LONGEST_LABEL)),
        ("colour", "7".to_owned()),
        ("owner", long(LONGEST_CONTACT)),
        ("contact", long(LONGEST_CONTACT)),
        ("note", long(LONGEST_NOTE)),
        ("version", "1".to_owned()),
    ];
    let pairs: Vec<(&str, &str)> = most.iter().map(|(name, value)| (*name, value.as_str())).collect();
    ada.post(&address, &pairs).await.leads_to(&address);
    for (field, value) in [
        ("label", long(LONGEST_LABEL + 1)),
        ("colour", "8".to_owned()),
        ("owner", long(LONGEST_CONTACT + 1)),
        ("contact", long(LONGEST_CONTACT + 1)),
        ("note", long(LONGEST_NOTE + 1)),
    ] {
        let mut fields = form("Typed", "2").to_vec();
        fields.retain(|(name, _)| *name != field);
        fields.push((field, &value));
        let page = ada.post(&address, &fields).await;
        page.is(422);
        assert!(!page.field_error(field).is_empty());
        assert!(field == "label" || page.value_of("label").unwrap() == "Typed");
        assert!(field == "colour" || page.body.contains(&value), "{field} is lost");
    }
    ada.post(&address, &[("colour", "none")]).await.is(400);
}

#[actix_web::test]
async fn whoever_saves_second_is_told() {
    let app = TestApp::start().await;
    let (ada, address) = (app.administrator().await, address(&app).await);
    ada.post(&address, &form("First", "1")).await.leads_to(&address);
    let second = ada.post(&address, &form("Second", "1")).await;
    second.is(409).says("Somebody else has saved this");
    assert_eq!((second.value_of("label").unwrap(), second.value_of("version").unwrap()), ("Second".into(), "2".into()));
    ada.post(&address, &form("Second", "2")).await.leads_to(&address);
}

#[actix_web::test]
async fn only_an_account_that_nothing_uses_is_removed() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let broker = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    let id = world::add_connector(&app, &world::form("Near", "near", &broker), &[]).await;
    let address = address(&app).await;
    let delete = format!("{address}/delete");
    ada.get(&delete).await.says("still belong to this account").says("Near").says("broker");
    ada.post(&delete, &[("version", "1")]).await.is(409).says("still belong");
    let who = world::setter();
    connectors::delete(&app.app, &who, &id).await.unwrap();
    ada.post(&delete, &[("version", "1")]).await.is(409).says("broker").does_not_say("Near");
    daypass::portal::access_keys::delete(&app.app, &who, &broker, None).await.unwrap();
    ada.get(&delete).await.says("Delete account “1234-5678-9012”?");
    ada.post(&delete, &[("version", "2")]).await.is(409);
    ada.post(&delete, &[("version", "1")]).await.leads_to(LIST);
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.account_id.as_deref()), ("account.delete", Some(world::ACCOUNT)));
    ada.get(&address).await.is(404);
    ada.post(&address, &form("Gone", "1")).await.is(404);
    // It comes back when it is named again.
    world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    ada.get(LIST).await.says("1234-5678-9012");
}

#[actix_web::test]
async fn the_list_is_searched_and_sorted() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let broker = app.key_id("broker").await;
    for (name, account) in [("Far", "210987654321"), ("Wide", "321098765432")] {
        let role_arn = format!("arn:aws:iam::{account}:role/Far");
        let form = connectors::ConnectorForm { role_arn, ..world::form(name, &name.to_lowercase(), &broker) };
        world::add_connector(&app, &form, &[]).await;
    }
    ada.post(&address(&app).await, &form("beta", "1")).await.is(303);
    let all = accounts::list(&app.app, &world::setter()).await.unwrap();
    let far = all.iter().find(|known| known.account.account_id == "321098765432").unwrap();
    ada.post(&format!("{LIST}/{}", far.account.id), &[("label", "Alpha"), ("version", "1")]).await.is(303);
    let order = |page: &crate::support::Page| {
        let mut places: Vec<(usize, &str)> = ["Alpha", "beta", "2109-8765-4321"]
            .into_iter()
            .map(|name| (page.body.find(name).unwrap_or_else(|| panic!("no {name}")), name))
            .collect();
        places.sort_unstable();
        places.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    assert_eq!(order(&ada.get(LIST).await), ["Alpha", "beta", "2109-8765-4321"]);
    assert_eq!(order(&ada.get("/admin/accounts?sort=-name").await), ["2109-8765-4321", "beta", "Alpha"]);
    for (search, found) in
        [("payments%40example", "beta"), ("3210-9876", "Alpha"), ("321098765", "Alpha"), ("ALPHA", "Alpha")]
    {
        ada.get(&format!("{LIST}?q={search}")).await.says("1 of 3").says(found);
    }
    ada.get("/admin/accounts?q=nothing").await.says("No account matches the search.");
}

#[actix_web::test]
async fn nobody_else_may() {
    let app = TestApp::start().await;
    let address = address(&app).await;
    let bob = app.person("bob", &["ops"]).await;
    for path in [address.clone(), format!("{address}/delete")] {
        bob.post(&path, &form("Mine", "1")).await.is(403);
        bob.get(&path).await.is(403);
        assert_eq!(app.anybody().post(&path, &form("Mine", "1")).await.status, 303);
    }
    let who = world::roleless();
    let id = address.rsplit('/').next().unwrap();
    let refused = |result: Result<(), PortalError>| assert!(matches!(result, Err(PortalError::Forbidden)));
    refused(accounts::list(&app.app, &who).await.map(|_| ()));
    refused(accounts::show(&app.app, &who, id).await.map(|_| ()));
    refused(accounts::update(&app.app, &who, id, 1, &Default::default()).await);
    refused(accounts::delete(&app.app, &who, id, 1).await);
}
