//! Programs' tokens, made by administrators.

use daypass::portal::tokens::TokenForm;
use daypass::portal::{PortalError, tokens, users};
use daypass::throttle::{PER_KNOWN_BROWSER, PER_PERSON};

use super::{PROGRAM, ask, by_system, fields, form, id_of, of_program, proof, text_of, who};
use crate::support::{PASSWORD, TestApp, world};

#[actix_web::test]
async fn an_administrator_makes_a_token_that_somebody_answers_for() {
    let app = TestApp::start().await;
    let (ada, _) = (app.administrator().await, app.person("alice", &["ops"]).await);
    ada.get("/admin/tokens").await.says("There is no API token yet").says("New program token");
    ada.get(PROGRAM).await.is(200).says("System").does_not_say("Read only").says("admin:tokens");
    let changes = [("name", "Build: server!"), ("responsible", "alice"), ("group", "ops"), ("networks", "127.0.0.1")];
    let text = of_program(&ada, &changes).await;
    assert!(text.starts_with("dpt_"));
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.actor_name.as_str()), ("token.create", "ada"));
    assert_eq!((&row.detail["token"], &row.detail["responsible"]), (&"build-server".into(), &"alice".into()));
    assert_eq!((&row.detail["group"], &row.detail["networks"]), (&"ops".into(), &serde_json::json!(["127.0.0.1/32"])));
    assert!(!serde_json::to_string(&row.detail).unwrap().contains(&text));
    ask(&app, "system", &text).await.is(200);
    let row = app.last_event().await.event;
    assert_eq!((row.actor_kind.as_str(), row.session_name.as_deref()), ("program", Some("program-build-server")));

    let list = ada.get("/admin/tokens").await;
    list.says("Build: server!").says("build-server").says("alice").says("1 token").does_not_say("Nobody answers");
    let page = ada.get(&format!("/admin/tokens/{}", id_of(&app, "Build: server!").await)).await;
    page.says("Program token").says("alice").says("ops").says("127.0.0.1/32").says("by ada").says("System");
    // Without a name of somebody, the maker answers for it.
    of_program(&ada, &[("name", "other")]).await;
    assert_eq!(app.last_event().await.event.detail["responsible"], "ada");
}

#[actix_web::test]
async fn what_is_wrong_with_a_program_is_said_at_its_field() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    app.add_person("never", &[]).await;
    app.person("closed", &[]).await;
    users::set_active(&app.app, "closed", false).await.unwrap();
    of_program(&ada, &[("slug", "taken")]).await;
    for (field, value, at, sentence) in [
        ("name", "", "name", "Enter a name"),
        ("slug", "Not A Slug", "slug", "lower-case letters"),
        ("slug", "taken", "slug", "Another token has, or had, this slug"),
        ("name", "ü!", "slug", "none can be made of the name"),
        ("life", "366d", "life", "1 min to 365 days"),
        ("responsible", "nobody", "responsible", "Nobody in the directory “local” signs in as “nobody”"),
        ("responsible", "never", "responsible", "has never signed in to Daypass"),
        ("responsible", "closed", "responsible", "is closed in the directory"),
        ("group", "no such group", "group", "has no group “no such group”"),
        ("more", "read-only", "connectors", "no connector of system scope called “read-only”"),
        ("more", "no-such-one", "connectors", "no connector of system scope called “no-such-one”"),
    ] {
        let page =
            ada.post(PROGRAM, &fields(&[("more", "system"), ("networks", "2001:db8::/32"), (field, value)])).await;
        assert!(page.is(422).field_error(at).contains(sentence), "{field}: {}", page.field_error(at));
        page.says("2001:db8::/32");
    }
    of_program(&ada, &[("slug", "longest"), ("life", "365d")]).await;
}

#[actix_web::test]
async fn nobody_but_an_administrator_makes_one() {
    let app = TestApp::start().await;
    for (name, group) in [("alice", "ops"), ("rita", "restricted-administrators"), ("aria", "auditors")] {
        let person = app.person(name, &[group]).await;
        person.post(PROGRAM, &fields(&[("more", "system")])).await.is(403);
        person.get("/admin/tokens").await.is(403);
        let (of_person, form) = (who(&app, name).await, form("x", &["use"], &["system"]));
        let made = tokens::create_program(&app.app, &of_person, &form, proof()).await;
        assert!(matches!(made.err(), Some(PortalError::Forbidden)), "{name}");
    }
}

fn administering<'a>(part: &'a str, name: &'a str, password: &'a str) -> Vec<(&'a str, &'a str)> {
    fields(&[("more", "system"), ("part", part), ("name", name), ("password", password)])
}

/// Whether the page said that the password is wrong, and the log says it too.
async fn is_refused(app: &TestApp, page: &crate::support::Page, kind: &str) {
    assert_eq!(page.is(422).field_error("password"), "This is not your password.");
    assert!(!page.body.contains(PASSWORD), "a password comes back");
    assert_eq!(app.last_row().await, (kind.into(), "refused".into(), "wrong_password".into()));
}

#[actix_web::test]
async fn one_that_administers_takes_the_makers_password() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    ada.get(PROGRAM).await.says("Your password").says("takes your password");
    let parts = ["admin:access_keys", "admin:connectors", "admin:grants", "admin:policy_examples", "admin:accounts"];
    for (number, part) in parts.into_iter().enumerate() {
        let page = ada.post(PROGRAM, &administering(part, part, "")).await;
        assert_eq!(page.is(422).field_error("password"), "This is not your password.");
        // The same wrong one again leaves a row a minute.
        if number == 0 {
            is_refused(&app, &page, "token.create").await;
        }
        text_of(&ada.post(PROGRAM, &administering(part, part, PASSWORD)).await);
        assert_eq!(app.last_row().await, ("token.create".into(), "ok".into(), String::new()));
    }
    // What is wrong otherwise is said before any password is tried.
    let page = ada.post(PROGRAM, &administering("admin:tokens", "", "fake wrong password")).await;
    assert!(!page.is(422).body.contains("f-password-error") && page.field_error("name").contains("Enter a name"));
    // One for use alone takes none, right or wrong.
    for (part, password) in [("use", ""), ("usage_log", "fake wrong password"), ("console", "")] {
        text_of(&ada.post(PROGRAM, &administering(part, part, password)).await);
    }
    let live = tokens::system::list(&app.app).await.unwrap().len();
    // A session that was left open is no way to guess it.
    for at in 0..PER_KNOWN_BROWSER + PER_PERSON {
        let wrong = format!("fake wrong password {at}");
        ada.post(PROGRAM, &administering("admin:tokens", "never", &wrong)).await.is(422);
    }
    let page = ada.post(PROGRAM, &administering("admin:tokens", "never", PASSWORD)).await;
    assert!(page.is(422).field_error("password").starts_with("Too many wrong passwords"));
    assert_eq!(tokens::system::list(&app.app).await.unwrap().len(), live);
}

#[actix_web::test]
async fn one_that_administers_is_adopted_with_a_password() {
    let app = TestApp::start().await;
    let (bob, ada) = (app.person("bob", &["ops"]).await, app.administrator().await);
    let of_group = |name: &str, part: &str| TokenForm { group: "ops".to_owned(), ..form(name, &[part], &[]) };
    let (_, id) = by_system(&app, &of_group("nobodys", "admin:grants")).await;
    let address = format!("/tokens/{id}/adopt");
    assert!(bob.get("/tokens").await.body.contains(&format!("href=\"{address}\"")));
    bob.get(&address).await.is(200).says("Adopt “nobodys”?").says("admin:grants").says("Your password");
    for password in ["", "fake wrong password"] {
        let page = bob.post(&address, &[("password", password)]).await;
        is_refused(&app, &page, "token.adopt").await;
    }
    bob.post(&address, &[("password", PASSWORD)]).await.leads_to("/tokens");
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), &row.detail["responsible"]), ("token.adopt", &"bob".into()));
    // Somebody answers for it now; an administrator takes it over all the same, with their own password.
    bob.get(&address).await.is(403);
    let address = format!("/admin/tokens/{id}/adopt");
    assert!(ada.get(&format!("/admin/tokens/{id}")).await.body.contains(&format!("href=\"{address}\"")));
    let page = ada.post(&address, &[]).await;
    is_refused(&app, &page, "token.adopt").await;
    ada.post(&address, &[("password", PASSWORD)]).await.leads_to(&format!("/admin/tokens/{id}"));
    // One for use alone is asked about and takes none.
    let (_, id) = by_system(&app, &of_group("reader", "usage_log")).await;
    bob.get(&format!("/tokens/{id}/adopt")).await.is(200).does_not_say("Your password");
    bob.post(&format!("/tokens/{id}/adopt"), &[]).await.leads_to("/tokens");
    app.person("olaf", &["others"]).await.get(&format!("/tokens/{id}/adopt")).await.is(404);
}

#[actix_web::test]
async fn all_connectors_are_those_of_system_scope_now_and_later() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let text = of_program(&ada, &[("connectors", "all"), ("more", "")]).await;
    ask(&app, "system", &text).await.is(200);
    ask(&app, "read-only", &text).await.is(403);
    assert_eq!(app.last_row().await.2, "no_system_scope");
    let key = app.key_id("broker").await;
    let later =
        daypass::portal::connectors::ConnectorForm { system_scope: true, ..world::form("Later", "later", &key) };
    world::add_connector(&app, &later, &[]).await;
    ask(&app, "later", &text).await.is(200);
}

#[actix_web::test]
async fn the_list_of_ten_thousand_is_searched_sorted_and_turned_over() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    of_program(&ada, &[("name", "needle"), ("life", "2h")]).await;
    let digits = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
    app.sql(&format!(
        "INSERT INTO api_tokens (id, kind, name, slug, hash, created_by, created_at, expires_at, parts, all_connectors, networks) \
         SELECT 'id-' || n, 'program', 'Straw ' || n, 'straw-' || n, 'hash-' || n, 'test', n, 4000000000000 + n, 'use', TRUE, '' FROM \
         (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS n FROM {digits} a, {digits} b, {digits} c, {digits} e) AS numbers"
    ))
    .await;
    let list = ada.get("/admin/tokens").await;
    list.says("1–100 of 10001 tokens").says("needle").says("Next");
    ada.get("/admin/tokens?q=NEEDLE").await.says("1 of 10001").says("needle").does_not_say("Straw");
    ada.get("/admin/tokens?q=ada").await.says("1 of 10001").says("needle");
    ada.get("/admin/tokens?sort=expires").await.says("needle");
    ada.get("/admin/tokens?sort=-expires").await.says("Straw 9999").does_not_say("needle");
    ada.get("/admin/tokens?q=straw-99&sort=-created").await.says("111 of 10001").says("1–100").says("Straw 9999");
    ada.get("/admin/tokens?q=%25").await.says("No token matches.").says("Show all live ones");
    app.sql("UPDATE api_tokens SET revoked_at = 1 WHERE slug = 'straw-7'").await;
    app.sql("UPDATE api_tokens SET expires_at = 1 WHERE slug = 'straw-8'").await;
    app.sql(&format!(
        "UPDATE api_tokens SET orphaned_at = {} WHERE slug = 'straw-9'",
        app.app.clock.now().timestamp_millis()
    ))
    .await;
    ada.get("/admin/tokens?state=ended").await.says("2 tokens").says("Straw 7").says("Revoked").says("Expired");
    let orphaned = ada.get("/admin/tokens?state=orphaned").await;
    orphaned.says("1 token").says("Straw 9").says("Nobody answers for 1 program's token any more").says("Adopt");
    ada.get("/admin/tokens?state=all&q=straw-7").await.says("of 10001");
}
