//! Policy examples: written, changed, copied, hidden and removed by administrators, and offered to connectors.

use daypass::model::partition::Partition;
use daypass::model::policy::Policy;
use daypass::model::policy_example::{ExampleKind, LONGEST_DESCRIPTION, LONGEST_NAME};
use daypass::portal::policy_examples::{self, SHIPPED};
use serde_json::json;

use crate::support::{Person, TestApp, world};

const LIST: &str = "/admin/policy-examples";
const NEW: &str = "/admin/policy-examples/new";
const ARN: &str = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";

fn policy<'a>(name: &'a str, description: &'a str) -> [(&'static str, &'a str); 4] {
    [("kind", "policy"), ("name", name), ("description", description), ("text", world::POLICY)]
}

/// The id of the example of this name, as an administrator sees it.
async fn id_of(app: &TestApp, name: &str) -> String {
    let all = policy_examples::list(&app.app, &world::setter()).await.unwrap();
    all.into_iter().find(|known| known.example.name == name).unwrap().id
}

async fn add(app: &TestApp, ada: &Person, name: &str) -> String {
    ada.post(NEW, &policy(name, "It allows S3.")).await.leads_to(LIST);
    id_of(app, name).await
}

#[actix_web::test]
async fn what_ships_is_shown_and_is_a_policy_that_sts_takes() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let list = ada.get(LIST).await;
    for shipped in SHIPPED {
        list.says(shipped.name).says(shipped.description);
        let page = ada.get(&format!("{LIST}/{}", shipped.id)).await;
        page.is(200).says("Shipped").says(shipped.text.split_whitespace().last().unwrap());
        assert!(!page.body.contains("name=\"text\""), "{} can be edited", shipped.id);
        if shipped.kind == ExampleKind::Policy {
            Policy::parse(shipped.text).unwrap();
        }
    }
    list.says("Policy Generator").says("Policy Simulator").says("18 examples").does_not_say("Export yours");
}

#[actix_web::test]
async fn an_example_is_written_changed_and_removed_and_each_leaves_a_row() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let id = add(&app, &ada, "Buckets").await;
    ada.get(LIST).await.says("“Buckets” is there").says("It allows S3.").says("Yours").says("19 examples");
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.actor_name.as_str()), ("policy_example.create", "ada"));
    assert_eq!((&row.detail["name"], &row.detail["after"]["text"]), (&json!("Buckets"), &json!(world::POLICY)));

    let address = format!("{LIST}/{id}");
    let page = ada.get(&address).await;
    assert_eq!((page.value_of("name").unwrap(), page.value_of("version").unwrap()), ("Buckets".into(), "1".into()));
    let mut changed = policy("All buckets", "It allows all of S3.").to_vec();
    changed.push(("version", "1"));
    ada.post(&address, &changed).await.leads_to(&address);
    ada.get(&address).await.says("Saved.").says("All buckets").says("It allows all of S3.");
    let row = app.last_event().await.event;
    assert_eq!(row.kind, "policy_example.update");
    assert_eq!(
        (&row.detail["before"]["name"], &row.detail["after"]["name"]),
        (&json!("Buckets"), &json!("All buckets"))
    );

    let delete = format!("{address}/delete");
    ada.get(&delete).await.says("Delete policy example “All buckets”?").says("stay as they are");
    ada.post(&delete, &[("version", "1")]).await.is(409);
    ada.post(&delete, &[("version", "2")]).await.leads_to(LIST);
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), &row.detail["before"]["name"]), ("policy_example.delete", &json!("All buckets")));
    ada.get(&address).await.is(404);
    ada.post(&address, &changed).await.is(404);
    ada.post(&delete, &[("version", "2")]).await.is(404);
    ada.get(LIST).await.says("18 examples").does_not_say("All buckets");
}

#[actix_web::test]
async fn what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let page = ada.post(NEW, &[("kind", "policy"), ("name", " "), ("text", "{ \"Statement\": [] }")]).await;
    page.is(422).says("Statement");
    for field in ["name", "description", "text"] {
        assert!(!page.field_error(field).is_empty());
    }
    let wrong = [("kind", "policy_arn"), ("name", "Mine"), ("description", "It allows."), ("arn", "ReadOnlyAccess")];
    let page = ada.post(NEW, &wrong).await;
    page.is(422);
    assert!(page.field_error("arn").contains("ReadOnlyAccess"));
    assert_eq!(
        (page.value_of("arn").unwrap(), page.value_of("name").unwrap()),
        ("ReadOnlyAccess".into(), "Mine".into())
    );
    assert!(!ada.post(NEW, &[("kind", "both")]).await.is(422).field_error("kind").is_empty());
    let (most, over) = ("n".repeat(LONGEST_NAME), "n".repeat(LONGEST_NAME + 1));
    assert!(ada.post(NEW, &policy(&over, "It allows.")).await.field_error("name").contains("60"));
    ada.post(NEW, &policy(&most, &"d".repeat(LONGEST_DESCRIPTION))).await.leads_to(LIST);
    let long = "d".repeat(LONGEST_DESCRIPTION + 1);
    assert!(ada.post(NEW, &policy("Other", &long)).await.field_error("description").contains("300"));
}

#[actix_web::test]
async fn names_are_unique_in_their_kind_without_regard_to_case() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let id = add(&app, &ada, "Buckets").await;
    add(&app, &ada, "Other").await;
    let taken = ada.post(NEW, &policy("BUCKETS", "It allows.")).await;
    taken.is(422);
    assert!(taken.field_error("name").contains("has this name already"));
    let shipped = ada.post(NEW, &policy("read ONLY", "It allows.")).await;
    assert!(shipped.field_error("name").contains("A shipped example has this name"));
    let other = [&policy("other", "It allows.")[..], &[("version", "1")]].concat();
    let renamed = ada.post(&format!("{LIST}/{id}"), &other).await;
    assert!(renamed.field_error("name").contains("has this name already"));
    // Of the other kind it is free.
    let arn = [("kind", "policy_arn"), ("name", "Buckets"), ("description", "AWS's own."), ("arn", ARN)];
    ada.post(NEW, &arn).await.leads_to(LIST);
    let only = ada.get("/admin/policy-examples?kind=policy_arn").await;
    only.says("AWS's own.").says("7 of 21").does_not_say("It allows S3.");
}

#[actix_web::test]
async fn whoever_saves_second_is_told() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let address = format!("{LIST}/{}", add(&app, &ada, "Buckets").await);
    let of = |description: &'static str| [&policy("Buckets", description)[..], &[("version", "1")]].concat();
    ada.post(&address, &of("The first.")).await.leads_to(&address);
    let second = ada.post(&address, &of("The second.")).await;
    second.is(409).says("Somebody else has saved this").says("The second.");
    // To save again is then a decision.
    assert_eq!(second.value_of("version").unwrap(), "2");
    ada.get(&address).await.says("The first.");
}

#[actix_web::test]
async fn shipped_ones_are_copied_or_hidden_never_changed() {
    let app = TestApp::builder().start().await;
    world::fill(&app).await;
    let ada = app.administrator().await;
    let address = format!("{LIST}/read-logs");
    let copy = ada.get(&format!("{NEW}?copy=read-logs")).await;
    copy.is(200).says("FilterLogEvents");
    assert_eq!(copy.value_of("name").unwrap(), "Copy of Read logs");
    ada.get(&format!("{NEW}?copy=nothing")).await.is(404);
    for path in [address.clone(), format!("{address}/delete")] {
        ada.post(&path, &policy("Mine", "It allows.")).await.is(404);
    }
    ada.get(&format!("{address}/delete")).await.is(404);

    ada.get("/admin/connectors/new").await.says("Read logs");
    let before = app.events().await.len();
    for _ in 0..2 {
        ada.post(&format!("{address}/hide"), &[("hidden", "true")]).await.leads_to(&address);
    }
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), &row.detail["hidden"]), ("policy_example.hide", &json!(true)));
    assert_eq!(app.events().await.len(), before + 1, "hiding what is hidden is noted");
    ada.get(&address).await.says("Hidden").says("Show");
    ada.get(LIST).await.says("Shipped, hidden");
    ada.get("/admin/connectors/new").await.does_not_say("Read logs");
    ada.post(&format!("{address}/hide"), &[("hidden", "false")]).await.leads_to(&address);
    ada.get("/admin/connectors/new").await.says("Read logs");
    ada.post(&format!("{LIST}/nothing/hide"), &[("hidden", "true")]).await.is(404);
}

#[actix_web::test]
async fn the_list_is_searched_and_says_when_nothing_matches() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    add(&app, &ada, "Buckets").await;
    ada.get("/admin/policy-examples?q=dynamodb%3ADescribe")
        .await
        .says("Read only")
        .says("2 of 19")
        .does_not_say("It allows S3.");
    ada.get("/admin/policy-examples?q=nothing+like+it").await.says("No example matches the search.").says("Show all");
    ada.get("/admin/policy-examples?q=it+allows+S3&kind=policy_arn").await.says("No example matches the search.");
}

/// Without JavaScript the form comes back with the text put in, in the partition of the chosen key.
#[actix_web::test]
async fn an_example_is_inserted_in_the_partition_of_the_access_key() {
    let app = TestApp::builder().start().await;
    world::fill(&app).await;
    let ada = app.administrator().await;
    let own = [
        ("kind", "policy_arn"),
        ("name", "Own"),
        ("description", "Our own."),
        ("arn", "arn:aws:iam::123456789012:policy/Own"),
    ];
    ada.post(NEW, &own).await.leads_to(LIST);
    let own = id_of(&app, "Own").await;
    let china = daypass::portal::access_keys::AccessKeyForm {
        name: "china".to_owned(),
        key_id: "FAKECHINAKEY00000001".to_owned(),
        secret: "fake-secret-of-the-china-user-not-a-real".to_owned().into(),
        partition: Partition::AwsCn.id().to_owned(),
        skip_validation: true,
        ..Default::default()
    };
    let china = daypass::portal::access_keys::create(&app.app, &world::setter(), china).await.unwrap();
    let insert = async |key: &str, example: &str| {
        let form = [("principal_type", "assume_role"), ("access_key", key), ("insert", example)];
        ada.post("/admin/connectors/new", &form).await.text()
    };
    assert!(insert(&china, "arn-billing").await.contains("arn:aws-cn:iam::aws:policy/job-function/Billing"));
    assert!(insert("", "arn-billing").await.contains("arn:aws:iam::aws:policy/job-function/Billing"));
    // One of an account of ours is what it is.
    assert!(insert(&china, &own).await.contains("arn:aws:iam::123456789012:policy/Own"));
    assert!(insert(&china, "read-logs").await.contains("logs:FilterLogEvents"));
}

#[actix_web::test]
async fn nobody_else_may() {
    let app = TestApp::builder().start().await;
    let ada = app.administrator().await;
    let id = add(&app, &ada, "Buckets").await;
    let before = policy_examples::list(&app.app, &world::setter()).await.unwrap().len();
    let bob = app.person("bob", &["ops"]).await;
    let nobody = app.anybody();
    for path in
        [NEW.to_owned(), format!("{LIST}/{id}"), format!("{LIST}/{id}/delete"), format!("{LIST}/read-logs/hide")]
    {
        bob.post(&path, &policy("Mine", "It allows.")).await.is(403);
        assert_eq!(nobody.post(&path, &policy("Mine", "It allows.")).await.status, 303);
    }
    bob.get(&format!("{LIST}/export")).await.is(403);
    let who = world::roleless();
    assert!(policy_examples::list(&app.app, &who).await.is_err());
    assert!(policy_examples::hide(&app.app, &who, "read-logs", true).await.is_err());
    assert!(policy_examples::delete(&app.app, &who, &id, 1).await.is_err());
    assert_eq!(policy_examples::list(&app.app, &world::setter()).await.unwrap().len(), before);
}
