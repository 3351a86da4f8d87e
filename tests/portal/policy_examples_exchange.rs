//! Policy examples as a file: what would happen is shown first, and a file is taken whole or not at all.

use daypass::model::policy_example::MOST;
use daypass::portal::policy_examples::exchange::{FORMAT, LONGEST};
use daypass::portal::policy_examples::{self, SHIPPED};
use serde_json::{Value, json};

use crate::support::{Page, Person, TestApp, world};

const LIST: &str = "/admin/policy-examples";
const EXPORT: &str = "/admin/policy-examples/export";
const IMPORT: &str = "/admin/policy-examples/import";

fn entry(name: &str, description: &str) -> Value {
    json!({ "kind": "policy", "name": name, "description": description, "text": world::POLICY })
}

fn file(examples: &[Value]) -> String {
    json!({ "format": FORMAT, "examples": examples }).to_string()
}

/// How many examples administrators wrote.
async fn kept(app: &TestApp) -> usize {
    policy_examples::list(&app.app, &world::setter()).await.unwrap().len() - SHIPPED.len()
}

async fn look(ada: &Person, text: &str) -> Page {
    ada.post(IMPORT, &[("text", text)]).await
}

/// What the button of the page says that was shown sends along.
fn mark(page: &Page) -> String {
    let (_, rest) = page.is(200).body.split_once("name=\"mark\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn import(ada: &Person, text: &str) -> Page {
    let mark = mark(&look(ada, text).await);
    ada.post(IMPORT, &[("text", text), ("mark", &mark)]).await
}

#[actix_web::test]
async fn a_file_is_shown_then_imported_and_comes_out_as_it_went_in() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let arn = json!({ "kind": "policy_arn", "name": "One", "description": "AWS's own.", "text": "arn:aws:iam::aws:policy/IAMReadOnlyAccess" });
    let first = [entry("One", "The first."), arn, entry("Two", "The second.")];
    let shown = look(&ada, &file(&first)).await;
    shown.says("3 new, 0 changed, 0 the same").says("Import 3 examples").says("Is added.");
    assert_eq!(kept(&app).await, 0, "looking imported something");
    import(&ada, &file(&first)).await.leads_to(LIST);
    ada.get(LIST).await.says("Imported: 3 added.").says("The second.");
    assert_eq!(kept(&app).await, 3);
    let rows = app.events().await;
    for row in &rows[..3] {
        assert_eq!((row.event.kind.as_str(), &row.event.detail["imported"]), ("policy_example.create", &json!(true)));
    }

    let exported = ada.get(EXPORT).await;
    assert_eq!(exported.header("content-type"), "application/json");
    assert!(
        exported.header("content-disposition").starts_with("attachment;"),
        "{}",
        exported.header("content-disposition")
    );
    assert_eq!(exported.json(), json!({ "format": FORMAT, "examples": first }));
    look(&ada, &exported.body).await.says("0 new, 0 changed, 3 the same").does_not_say("Import 3");

    let second = [entry("ONE", "Better."), entry("Three", "The third."), entry("Two", "The second.")];
    look(&ada, &file(&second)).await.says("1 new, 1 changed, 1 the same").says("Replaces the name and description");
    import(&ada, &file(&second)).await.leads_to(LIST);
    ada.get(LIST).await.says("1 added, 1 changed, 1 as they were").says("Better.").says("AWS's own.");
    let row = app.events().await.into_iter().find(|row| row.event.kind == "policy_example.update").unwrap().event;
    assert_eq!((&row.detail["before"]["name"], &row.detail["after"]["name"]), (&json!("One"), &json!("ONE")));
    assert_eq!(kept(&app).await, 4);
}

#[actix_web::test]
async fn bad_entries_are_named_and_nothing_is_half_imported() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let bad = [
        entry("Good", "It allows."),
        entry("Shadow", ""),
        entry("good", "It allows."),
        json!({ "kind": "policy", "name": "Broken", "description": "It allows.", "text": "{" }),
        json!({ "kind": "policy", "name": "More", "description": "It allows.", "text": world::POLICY, "version": 3 }),
        json!({ "name": 5 }),
        json!("text"),
        entry("READ ONLY", "It allows."),
    ];
    let page = look(&ada, &file(&bad)).await;
    page.is(422).says("Nothing is imported: 7 things need a change.");
    for part in [
        "Example 2 “Shadow”, description:",
        "Example 3 “good”: another one of the file has this name.",
        "Example 4 “Broken”, text:",
        "Example 5 “More”: unknown field `version`",
        "Example 6: ",
        "Example 7: ",
        "Example 8 “READ ONLY”: A shipped example has this name.",
    ] {
        page.says(part);
    }
    page.says("Shadow").does_not_say("Example 1 “Good”");
    assert!(page.body.contains("Broken"), "what was pasted is lost");
    // With any mark at all.
    ada.post(IMPORT, &[("text", &file(&bad)), ("mark", "00")]).await.is(422);
    for (text, part) in [
        ("", "Choose a file"),
        ("{", "This is not JSON: line 1, column 1."),
        ("[]", FORMAT),
        (r#"{"format":"daypass/policy-examples/2","examples":[]}"#, FORMAT),
        (r#"{"format":"daypass/policy-examples/1"}"#, "no list"),
        (r#"{"format":"daypass/policy-examples/1","examples":[]}"#, "no example in it"),
    ] {
        look(&ada, text).await.is(422).says(part);
    }
    assert_eq!(kept(&app).await, 0);
}

#[actix_web::test]
async fn nothing_else_happens_than_what_was_shown() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let text = file(&[entry("One", "The first.")]);
    let shown = mark(&look(&ada, &text).await);
    import(&ada, &file(&[entry("One", "Of somebody else.")])).await.leads_to(LIST);
    let stale = ada.post(IMPORT, &[("text", &text), ("mark", &shown)]).await;
    stale.is(409).says("nothing was imported").says("0 new, 1 changed");
    // Nor than what is in the file that was looked at.
    let shown = mark(&look(&ada, &text).await);
    let other = file(&[entry("One", "Another.")]);
    ada.post(IMPORT, &[("text", &other), ("mark", &shown)]).await.is(409);
    ada.get(LIST).await.says("Of somebody else.");
    ada.post(IMPORT, &[("text", &text), ("mark", &shown)]).await.leads_to(LIST);
}

#[actix_web::test]
async fn a_file_has_a_thousand_examples_and_a_mebibyte_at_most() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let many = |count: usize| (0..count).map(|n| entry(&format!("E{n}"), "It allows.")).collect::<Vec<_>>();
    look(&ada, &file(&many(MOST + 1))).await.is(422).says("1001 examples; 1000 are the most");
    import(&ada, &file(&many(MOST))).await.leads_to(LIST);
    assert_eq!(kept(&app).await, MOST);
    let one_more = entry("One more", "It allows.");
    look(&ada, &file(std::slice::from_ref(&one_more))).await.is(422).says("There would be 1001 examples");
    let typed = [("kind", "policy"), ("name", "One more"), ("description", "It allows."), ("text", world::POLICY)];
    ada.post("/admin/policy-examples/new", &typed).await.is(422).says("1000 examples are the most");

    let padded = |length: usize| {
        let text = file(&[entry("E0", "It allows.")]);
        format!("{text}{}", " ".repeat(length - text.len()))
    };
    look(&ada, &padded(LONGEST)).await.is(200).says("1 the same");
    look(&ada, &padded(LONGEST + 1)).await.is(422).says("longer than 1 MiB");
    // Every character of it may be sent as three.
    let escaped = format!("{}{}", file(&[entry("E0", "It allows.")]), "\n".repeat(LONGEST / 3));
    look(&ada, &escaped).await.is(200);
    look(&ada, &"{".repeat(2 * LONGEST)).await.is(413);
    // Other forms have no room for that.
    let long = "{".repeat(100 * 1024);
    ada.post("/admin/access-keys/new", &[("note", &long)]).await.is(413);
}

#[actix_web::test]
async fn nobody_else_may() {
    let app = TestApp::builder().start().await;
    let bob = app.person("bob", &["ops"]).await;
    bob.get(EXPORT).await.is(403);
    bob.post(IMPORT, &[("text", &file(&[entry("One", "It allows.")]))]).await.is(403);
    assert_eq!(app.anybody().get(EXPORT).await.status, 303);
    let who = world::roleless();
    let text = file(&[entry("One", "It allows.")]);
    assert!(policy_examples::exchange::export(&app.app, &who).await.is_err());
    assert!(policy_examples::exchange::plan(&app.app, &who, &text).await.is_err());
    assert!(policy_examples::exchange::import(&app.app, &who, &text, "").await.is_err());
    assert_eq!(kept(&app).await, 0);
}
