//! Local people and groups on the pages of the administration, and everybody's own password.

use daypass::portal::local_people;
use serde_json::json;

use crate::support::{PASSWORD, Person, TestApp, world};

const LIST: &str = "/admin/local-people";
const GROUPS: &str = "/admin/local-groups";
const NEW_PASSWORD: &str = "another fake password of the tests";

/// The address of a person's page.
async fn address(app: &TestApp, name: &str) -> String {
    let (all, _) = local_people::list(&app.app, &world::setter(), name).await.unwrap();
    format!("{LIST}/{}", all.iter().find(|person| person.user.user_name == name).unwrap().user.id)
}

async fn sign_in(app: &TestApp, name: &str, password: &str) -> (u16, Person) {
    let person = app.anybody();
    let page = person.post("/sign-in", &[("username", name), ("password", password)]).await;
    (page.status, person)
}

#[actix_web::test]
async fn a_person_is_added_and_signs_in_with_what_their_groups_give() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    ada.get(&format!("{LIST}/new")).await.is(200).says("Add local person");
    let form = [
        ("username", " Grace "),
        ("display_name", "Grace H."),
        ("mail", "grace@example.test"),
        ("groups", "ops\r\n\r\nNew Team\r\nOPS"),
        ("attributes", "department = payments"),
        ("password", NEW_PASSWORD),
    ];
    ada.post(&format!("{LIST}/new"), &form).await.leads_to(LIST);
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.actor_name.as_str()), ("user.create", "ada"));
    assert_eq!((&row.detail["user"], &row.detail["groups"]), (&json!("Grace"), &json!(["ops", "New Team"])));
    assert!(!serde_json::to_string(&row.detail).unwrap().contains(NEW_PASSWORD));

    let list = ada.get(LIST).await;
    list.says("Grace can sign in now.").says("grace@example.test").says("New Team");
    ada.get(&format!("{LIST}?q=TEAM")).await.says("1 of 3").says("Grace").does_not_say("Nobody matches");
    ada.get(&format!("{LIST}?q=nothing")).await.says("Nobody matches the search.");
    let page = ada.get(&address(&app, "Grace").await).await;
    assert_eq!(page.value_of("mail").as_deref(), Some("grace@example.test"));
    page.says("department=payments").says("New Team");

    let (status, grace) = sign_in(&app, "grace", NEW_PASSWORD).await;
    assert_eq!(status, 303);
    grace.get("/").await.says("Read only").says("Change password");
}

#[actix_web::test]
async fn what_is_wrong_stands_at_its_field_and_nothing_but_the_password_has_to_be_typed_again() {
    let app = TestApp::start().await;
    let (ada, address_of_new) = (app.administrator().await, format!("{LIST}/new"));
    let long = |count: usize| "n".repeat(count);
    for (field, value, sentence) in [
        ("username", String::new(), "Enter a user name"),
        ("username", "ADA".to_owned(), "has this user name already"),
        ("username", long(65), "at most 64"),
        ("display_name", long(129), "at most 128"),
        ("mail", long(255), "at most 254"),
        ("groups", long(129), "at most 128"),
        ("attributes", "department".to_owned(), "KEY=VALUE"),
        ("attributes", "a=1\r\na=2".to_owned(), "twice"),
        ("attributes", format!("a={}", long(257)), "at most 256"),
        ("password", "short".to_owned(), "at least 12"),
        ("password", "password1234".to_owned(), "easy to guess"),
        ("password", "grace@example.test".to_owned(), "easy to guess"),
    ] {
        let mut form = vec![
            ("username", "grace"),
            ("display_name", "Grace"),
            ("mail", "grace@example.test"),
            ("groups", "ops"),
            ("attributes", "department=payments"),
            ("password", NEW_PASSWORD),
        ];
        form.retain(|(name, _)| *name != field);
        form.push((field, &value));
        let page = ada.post(&address_of_new, &form).await;
        page.is(422);
        assert!(page.field_error(field).contains(sentence), "{field}: {}", page.field_error(field));
        assert!(field == "mail" || page.value_of("mail").as_deref() == Some("grace@example.test"));
        assert!(!page.body.contains(NEW_PASSWORD), "a password comes back");
    }
    let most = [
        ("username", long(64)),
        ("display_name", long(128)),
        ("mail", long(254)),
        ("groups", long(128)),
        ("attributes", format!("a={}", long(256))),
        ("password", NEW_PASSWORD.to_owned()),
    ];
    let most: Vec<(&str, &str)> = most.iter().map(|(name, value)| (*name, value.as_str())).collect();
    ada.post(&address_of_new, &most).await.leads_to(LIST);
}

#[actix_web::test]
async fn a_change_takes_effect_at_once_and_is_recorded_as_it_was_and_is() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let alice = app.person("alice", &["ops", "dev"]).await;
    alice.get("/").await.says("Read only");
    let address = address(&app, "alice").await;
    let form = |name, groups, version| {
        [("username", name), ("display_name", "Alice A."), ("groups", groups), ("active", "true"), ("version", version)]
    };
    ada.post(&address, &form("alice.a", "dev", "1")).await.leads_to(&address);
    let row = app.last_event().await.event;
    assert_eq!(row.kind.as_str(), "user.update");
    assert_eq!(row.detail["before"]["user_name"], json!("alice"));
    assert_eq!(row.detail["after"]["user_name"], json!("alice.a"));
    assert_eq!(
        (&row.detail["before"]["groups"], &row.detail["after"]["groups"]),
        (&json!(["dev", "ops"]), &json!(["dev"]))
    );
    assert!(row.detail["before"].get("active").is_none(), "what did not change is recorded");
    // The same person goes on, with less.
    alice.get("/").await.is(200).does_not_say("Read only");

    ada.post(&address, &form("alice", "ops", "1")).await.is(409).says("Somebody else has saved this");
    ada.post(&address, &form("ada", "dev", "2")).await.is(422).says("has this user name already");

    // Without the box they are disabled.
    ada.post(&address, &[("username", "alice.a"), ("version", "2")]).await.leads_to(&address);
    alice.get("/").await.is(303);
    assert_eq!(sign_in(&app, "alice.a", PASSWORD).await.0, 401);
    ada.get(LIST).await.says("Disabled");
    // Somebody who was disabled and is let in again has to sign in anew.
    ada.post(&address, &form("alice", "ops", "3")).await.leads_to(&address);
    alice.get("/").await.is(303);
    assert_eq!(sign_in(&app, "alice", PASSWORD).await.0, 303);
}

#[actix_web::test]
async fn the_last_administrator_stays() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let address = address(&app, "ada").await;
    let sentence = "Nobody would be left who may administer Daypass.";
    let no_longer = [("username", "ada"), ("groups", "ops"), ("active", "true"), ("version", "1")];
    let disabled = [("username", "ada"), ("groups", "administrators"), ("version", "1")];
    let version = [("version", "1")];
    let page = ada.post(&address, &no_longer).await;
    page.is(422);
    assert!(page.field_error("groups").contains(sentence));
    let page = ada.post(&address, &disabled).await;
    page.is(422);
    assert!(page.field_error("active").contains(sentence));
    ada.post(&format!("{address}/delete"), &version).await.is(409).says(sentence);
    ada.post(&format!("{GROUPS}/delete?group=administrators"), &[]).await.is(409).says(sentence);
    ada.get("/admin/system").await.is(200);

    // A disabled one is none.
    let second = app.add_person("boss", &["administrators"]).await;
    let boss = format!("{LIST}/{second}");
    ada.post(&boss, &[("username", "boss"), ("groups", "administrators"), ("version", "1")]).await.leads_to(&boss);
    ada.post(&address, &no_longer).await.is(422);
    let back = [("username", "boss"), ("groups", "administrators"), ("active", "true"), ("version", "2")];
    ada.post(&boss, &back).await.leads_to(&boss);
    ada.post(&address, &no_longer).await.leads_to(&address);
    ada.get(LIST).await.is(403);
}

#[actix_web::test]
async fn whoever_is_deleted_is_gone_and_a_namesake_is_somebody_else() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let alice = app.person("alice", &["ops"]).await;
    let address = address(&app, "alice").await;
    let delete = format!("{address}/delete");
    ada.get(&delete).await.says("Delete local person “alice”?");
    ada.post(&delete, &[("version", "0")]).await.is(409);
    ada.post(&delete, &[("version", "1")]).await.leads_to(LIST);
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), &row.detail["user"]), ("user.delete", &json!("alice")));
    alice.get("/").await.is(303);
    assert_eq!(sign_in(&app, "alice", PASSWORD).await.0, 401);
    ada.get(&address).await.is(404);

    app.add_person("alice", &[]).await;
    let (status, namesake) = sign_in(&app, "alice", PASSWORD).await;
    assert_eq!(status, 303);
    namesake.get("/").await.does_not_say("Read only");
    // The old one's session is not theirs either.
    alice.get("/").await.is(303);
}

#[actix_web::test]
async fn an_administrator_sets_a_password_and_the_old_sessions_end() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let alice = app.person("alice", &["ops"]).await;
    let address = address(&app, "alice").await;
    let page = ada.post(&format!("{address}/password"), &[("password", "alice of the tests")]).await;
    page.is(422);
    assert!(page.field_error("password").contains("easy to guess"));
    alice.get("/").await.is(200);
    ada.post(&format!("{address}/password"), &[("password", NEW_PASSWORD)]).await.leads_to(&address);
    alice.get("/").await.is(303);
    assert_eq!(sign_in(&app, "alice", PASSWORD).await.0, 401);
    assert_eq!(sign_in(&app, "alice", NEW_PASSWORD).await.0, 303);
}

#[actix_web::test]
async fn groups_are_added_and_removed_once_nothing_is_granted_to_them() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    ada.get(GROUPS).await.says("administrators").says("ops");
    ada.post(GROUPS, &[("name", " Platform / Team ")]).await.leads_to(GROUPS);
    assert_eq!(app.last_row().await.0, "group.create");
    let again = ada.post(GROUPS, &[("name", "platform / team")]).await;
    again.is(422);
    assert!(again.field_error("name").contains("already"));
    assert_eq!(again.value_of("name").as_deref(), Some("platform / team"));
    for wrong in [String::new(), "n".repeat(129)] {
        ada.post(GROUPS, &[("name", &wrong)]).await.is(422);
    }
    let delete = format!("{GROUPS}/delete?group=platform+%2F+team");
    ada.get(&delete).await.says("Delete local group “Platform / Team”?").says("Nobody is in it.");
    ada.post(&delete, &[]).await.leads_to(GROUPS);
    assert_eq!(app.last_row().await.0, "group.delete");
    ada.get(&delete).await.is(404);
    // Whoever made a group of this name anew would have its rights at once.
    ada.post(&format!("{GROUPS}/delete?group=ops"), &[]).await.is(409).says("Connectors are granted to this group.");
}

#[actix_web::test]
async fn people_change_their_own_password() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let elsewhere = app.sign_in("alice").await;
    alice.get("/password").await.is(200).says("Current password");
    let form = |current, new, repeat| [("current", current), ("password", new), ("repeat", repeat)];
    for (form, field, sentence) in [
        (form(PASSWORD, NEW_PASSWORD, "fake other"), "repeat", "differ"),
        (form(PASSWORD, "short", "short"), "password", "at least 12"),
        (form(PASSWORD, "password1234", "password1234"), "password", "easy to guess"),
        (form(PASSWORD, PASSWORD, PASSWORD), "password", "already"),
        (form("fake wrong one", NEW_PASSWORD, NEW_PASSWORD), "current", "not your password"),
    ] {
        let page = alice.post("/password", &form).await;
        page.is(422);
        assert!(page.field_error(field).contains(sentence), "{field}: {}", page.field_error(field));
        assert!(!page.body.contains(NEW_PASSWORD) && !page.body.contains(PASSWORD));
    }
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.reason.as_str()), ("user.password", "wrong_password"));

    alice.post("/password", &form(PASSWORD, NEW_PASSWORD, NEW_PASSWORD)).await.leads_to("/");
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.actor_name.as_str(), row.outcome.as_str()), ("user.password", "alice", "ok"));
    alice.get("/").await.is(200).says("Your password is changed.");
    elsewhere.get("/").await.is(303);
    assert_eq!(sign_in(&app, "alice", PASSWORD).await.0, 401);
    assert_eq!(sign_in(&app, "alice", NEW_PASSWORD).await.0, 303);
}

#[actix_web::test]
async fn a_session_left_open_is_no_way_to_guess_the_password() {
    let app = TestApp::start().await;
    // Without the mark of a browser that signed them in before.
    let alice = app.person("alice", &[]).await;
    alice.cookies.lock().unwrap().retain(|name, _| !name.ends_with("-known"));
    let mut sentences = Vec::new();
    for number in 0..5 {
        let wrong = format!("fake guess number {number}");
        let form = [("current", wrong.as_str()), ("password", NEW_PASSWORD), ("repeat", NEW_PASSWORD)];
        sentences.push(alice.post("/password", &form).await.field_error("current"));
    }
    let guesses = sentences.iter().filter(|sentence| sentence.contains("not your password")).count();
    assert!((2..=3).contains(&guesses), "{sentences:?}");
    assert!(sentences.last().unwrap().contains("Too many wrong passwords"), "{sentences:?}");
    let form = [("current", PASSWORD), ("password", NEW_PASSWORD), ("repeat", NEW_PASSWORD)];
    assert!(alice.post("/password", &form).await.field_error("current").contains("Too many"));
}
