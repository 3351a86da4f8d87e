//! Tokens through the API: seen and revoked, never made.

use daypass::portal::tokens;
use reqwest::Method;

use super::{ask, by_system, form, personal, proof, send, who};
use crate::support::TestApp;

const LIST: &str = "/api/v1/tokens";

#[actix_web::test]
async fn a_program_with_the_part_sees_and_revokes_tokens() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let text = personal(&alice, &[("name", "Of alice")]).await;
    let (keeper, keeper_id) = by_system(&app, &form("keeper", &["admin:tokens"], &[])).await;
    let page = send(&app, Method::GET, LIST, &keeper).await;
    let json = page.is(200).json();
    assert_eq!((&json["total"], &json["found"], &json["next"]), (&2.into(), &2.into(), &serde_json::Value::Null));
    let of_alice = &json["tokens"][1];
    assert_eq!(
        (&of_alice["name"], &of_alice["kind"], &of_alice["state"]),
        (&"Of alice".into(), &"person".into(), &"live".into())
    );
    assert_eq!((&of_alice["person"], &of_alice["connectors"][0]["slug"]), (&"alice".into(), &"read-only".into()));
    assert!(
        !page.body.contains(&text[..20]) && !page.body.contains(&keeper[..20]) && !page.body.contains("hash"),
        "{}",
        page.body
    );

    let path = format!("{LIST}/{}", of_alice["id"].as_str().unwrap());
    assert_eq!(send(&app, Method::GET, &path, &keeper).await.is(200).json(), *of_alice);
    for _ in 0..2 {
        send(&app, Method::DELETE, &path, &keeper).await.is(204);
    }
    let row = app.last_event().await.event;
    assert_eq!(
        (row.kind.as_str(), row.actor_kind.as_str(), row.actor_name.as_str()),
        ("token.revoke", "program", "keeper")
    );
    ask(&app, "read-only", &text).await.is(401);
    assert_eq!(send(&app, Method::GET, &path, &keeper).await.json()["state"], "revoked");
    let narrowed =
        async |query: &str| send(&app, Method::GET, &format!("{LIST}?{query}"), &keeper).await.is(200).json();
    assert_eq!(narrowed("state=ended").await["tokens"][0]["name"], "Of alice");
    assert_eq!(narrowed("state=all&sort=-name").await["tokens"][0]["name"], "Of alice");
    assert_eq!(narrowed("q=nothing").await["found"], 0);
    let wrong = send(&app, Method::GET, &format!("{LIST}?state=dead"), &keeper).await;
    assert!(wrong.is(422).json()["errors"]["state"].is_string(), "{}", wrong.body);
    send(&app, Method::GET, &format!("{LIST}/no-such-one"), &keeper).await.is(404);
    send(&app, Method::DELETE, &format!("{LIST}/no-such-one"), &keeper).await.is(404);
    // It may end itself too.
    send(&app, Method::DELETE, &format!("{LIST}/{keeper_id}"), &keeper).await.is(204);
    send(&app, Method::GET, LIST, &keeper).await.is(401);
}

#[actix_web::test]
async fn without_the_part_nothing_and_no_token_makes_one() {
    let app = TestApp::start().await;
    app.administrator().await;
    let (keeper, id) = by_system(&app, &form("keeper", &["admin:tokens"], &[])).await;
    let all = [
        "use",
        "console",
        "usage_log",
        "admin:access_keys",
        "admin:connectors",
        "admin:grants",
        "admin:policy_examples",
        "admin:accounts",
    ];
    let (other, _) = by_system(&app, &form("other", &all, &["system"])).await;
    let ada = who(&app, "ada").await;
    let parts =
        ["use", "console", "usage_log", "admin:connectors", "admin:grants", "admin:policy_examples", "admin:accounts"];
    let made = tokens::create_personal(&app.app, &ada, &form("ada's", &parts, &["read-only"]), proof()).await.unwrap();
    let of_ada = secrecy::ExposeSecret::expose_secret(&made.text).to_owned();
    for token in [&other, &of_ada] {
        for (method, path) in [
            (Method::GET, LIST.to_owned()),
            (Method::GET, format!("{LIST}/{id}")),
            (Method::DELETE, format!("{LIST}/{id}")),
            (Method::GET, format!("{LIST}/{}", made.token.id)),
        ] {
            assert_eq!(send(&app, method, &path, token).await.is(403).json()["code"], "token_scope");
        }
    }
    for method in [Method::POST, Method::PUT, Method::PATCH] {
        let page = send(&app, method.clone(), LIST, &keeper).await;
        assert_eq!((page.status, page.header("allow")), (405, "GET"), "{method}");
        send(&app, method, &format!("{LIST}/{id}"), &keeper).await.is(405);
    }
    // A token opens no page.
    for path in ["/tokens", "/tokens/new", "/admin/tokens"] {
        send(&app, Method::GET, path, &keeper).await.is(303);
    }
    send(&app, Method::GET, LIST, &keeper).await.is(200);
}
