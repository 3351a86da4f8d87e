//! Names that try to be markup stay text on every page.

use daypass::model::event::{Kind, Origin};
use daypass::portal::connectors::ConnectorForm;
use daypass::portal::users::{self, NewUser};

use crate::support::{PASSWORD, Person, TestApp, world};

/// Leaves an attribute, then a text, then a script.
const EVIL: &str = "\"'><img src=x onerror=alert(1)></script><script>alert(2)</script>${7*7}{{7*7}}";

#[track_caller]
fn is_text(body: &str, path: &str) {
    for part in ["<img src=x", "<script>alert", "'><img", "\"'>"] {
        assert!(!body.contains(part), "{part} is markup at {path}");
    }
}

async fn looked_at(person: &Person, paths: &[String]) -> usize {
    let mut shown = 0;
    for path in paths {
        let page = person.get(path).await;
        assert!([200, 404, 422].contains(&page.status), "{path}: {}", page.status);
        is_text(&page.body, path);
        let seen = page.text();
        assert!(!seen.contains("49{{") && !seen.contains("}}49"), "a template is evaluated at {path}");
        shown += usize::from(seen.contains("<img src=x onerror=alert(1)>"));
    }
    shown
}

#[actix_web::test]
async fn names_from_people_and_aws_are_escaped_everywhere() {
    let app = TestApp::builder().start().await;
    let person = NewUser {
        user_name: format!("evil{}", &EVIL[..30]),
        display_name: EVIL.to_owned(),
        mail: EVIL.to_owned(),
        password: PASSWORD.into(),
        groups: vec![EVIL.to_owned(), "administrators".to_owned()],
        attributes: Default::default(),
    };
    users::add(&app.app, person, Kind::UserCreate, &Origin::default()).await.unwrap();
    let key = world::add_key(&app, EVIL, world::KEY_ID, world::SECRET).await;
    let form = ConnectorForm {
        description: EVIL.to_owned(),
        policy: world::POLICY
            .replace("\"Version\"", &format!("\"Id\":{},\"Version\"", serde_json::json!(EVIL.replace("{{", "{")))),
        open_without_asking: true,
        ..world::form(EVIL, "evil", &key)
    };
    let id = world::add_connector(&app, &form, &[EVIL]).await;
    app.sql(&format!("UPDATE accounts SET label = '{}'", EVIL.replace('\'', "''"))).await;
    app.sql(&format!("UPDATE access_keys SET note = '{}'", EVIL.replace('\'', "''"))).await;

    let browser = app.anybody();
    let name = format!("evil{}", &EVIL[..30]);
    let refused = browser.post("/sign-in", &[("username", EVIL), ("password", "x"), ("next", "/\"><img src=x")]).await;
    assert_eq!(refused.is(401).value_of("username").as_deref(), Some(EVIL));
    is_text(&refused.body, "/sign-in");
    browser.post("/sign-in", &[("username", &name), ("password", PASSWORD)]).await.leads_to("/");

    let query = serde_urlencoded::to_string([("q", EVIL), ("destination", EVIL), ("person", EVIL)]).unwrap();
    let mut paths: Vec<String> = [
        "/",
        "/connectors/evil/credentials",
        "/console/evil",
        "/admin/access-keys",
        &format!("/admin/access-keys/{key}"),
        &format!("/admin/access-keys/{key}/delete"),
        "/admin/connectors",
        "/admin/connectors/new",
        &format!("/admin/connectors/{id}"),
        &format!("/admin/connectors/{id}/delete"),
        "/admin/permissions",
        &format!("/admin/permissions?connector={id}"),
        &format!("/admin/permissions/groups?connector={id}"),
        "/usage-log",
    ]
    .map(str::to_owned)
    .to_vec();
    paths.extend(app.events().await.iter().map(|row| format!("/usage-log/{}", row.id)));
    assert!(looked_at(&browser, &paths).await >= 15, "the names are hardly shown");

    let echoing = ["/", "/console/evil", "/admin/access-keys", "/admin/connectors", "/admin/permissions", "/usage-log"];
    let echoing: Vec<String> = echoing.iter().map(|path| format!("{path}?{query}")).collect();
    looked_at(&browser, &echoing).await;
    looked_at(&browser, &["/%22%27%3E%3Cimg%20src=x%20onerror=alert(1)%3E".to_owned()]).await;

    for (path, field) in [
        ("/admin/connectors/new", "name"),
        ("/admin/connectors/new", "role_arn"),
        ("/admin/connectors/new", "policy"),
        ("/admin/connectors/new", "policy_arns"),
        ("/admin/access-keys/new", "key_id"),
        ("/admin/access-keys/new", "note"),
        ("/admin/permissions/grant", "q"),
        ("/console/evil", "destination"),
        ("/console/evil", "region"),
        ("/connectors/evil/credentials", "duration"),
    ] {
        let page = browser.post(path, &[("connector", &id), (field, EVIL)]).await;
        assert_eq!(page.status, 422, "{path} {field}");
        is_text(&page.body, &format!("{path} with {field}"));
    }
    let page = browser.post("/connectors/evil/credentials", &[]).await;
    is_text(&page.is(200).body, "issued credentials");
    let page = browser.post("/console/evil", &[]).await;
    page.is(303);
}

#[actix_web::test]
async fn a_name_cannot_forge_a_line_or_a_header() {
    let app = TestApp::start().await;
    for name in ["a\r\nSet-Cookie: x=y", "a\nwrong_password", "\u{1b}[31mred"] {
        let page = app.anybody().post("/sign-in", &[("username", name), ("password", "x")]).await;
        assert!(!page.is(401).header("set-cookie").contains("x=y"));
        let row = app.last_event().await.event;
        assert!(!row.actor_name.chars().any(char::is_control), "{:?}", row.actor_name);
    }
    let page = app.get("/nowhere%0d%0aSet-Cookie:%20x=y").await;
    assert!(page.is(404).header("set-cookie").is_empty());
    let page = app.get("/console/x?destination=%0d%0aSet-Cookie:%20x=y").await;
    assert!(page.is(303).location().starts_with("/sign-in?next="));
    assert!(!page.location().contains(['\r', '\n']));
}
