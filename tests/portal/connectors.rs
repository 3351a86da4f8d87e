//! Connectors: every rule of their form, on both sides of its limit.

use daypass::portal::connectors::list;
use daypass::store::connector_list::Wanted;

use crate::support::{TestApp, world};

const NEW: &str = "/admin/connectors/new";

/// The fields of a form that is right as it is.
fn fields(key: &str) -> Vec<(&'static str, String)> {
    let text = |text: &str| text.to_owned();
    vec![
        ("name", text("Payments")),
        ("slug", text("payments")),
        ("description", text("For a look")),
        ("principal_type", text("assume_role")),
        ("access_key", text(key)),
        ("role_arn", world::role("ReadOnly")),
        ("enabled", text("true")),
    ]
}

fn with<'a>(fields: &[(&'a str, String)], changes: &[(&'a str, &str)]) -> Vec<(&'a str, String)> {
    let mut fields = fields.to_vec();
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, (*value).to_owned()));
    }
    fields
}

fn pairs<'a>(fields: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// A policy of this many characters.
fn policy(length: usize) -> String {
    let frame = world::POLICY.replace("\"Effect\"", "\"Sid\":\"\",\"Effect\"");
    frame.replace(r#""Sid":"""#, &format!(r#""Sid":"{}""#, "x".repeat(length - frame.len())))
}

async fn started() -> (TestApp, String) {
    let app = TestApp::builder().start().await;
    app.add_person("member-of-ops", &["ops"]).await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    (app, key)
}

#[actix_web::test]
async fn a_connector_is_made_and_nobody_may_use_it_yet() {
    let (app, key) = started().await;
    let ada = app.administrator().await;
    ada.get(NEW).await.is(200).says("New connector");
    let page = ada.post(NEW, &pairs(&with(&fields(&key), &[("slug", "")]))).await;
    let id = app.connector_id("payments").await;
    page.leads_to(&format!("/admin/permissions?connector={id}"));
    ada.get(page.location()).await.says("The connector “Payments” is there.").says("No group may use it yet.");
    let events = app.events().await;
    let row = &events[0].event;
    assert_eq!((row.kind.as_str(), row.connector_id.as_deref()), ("connector.create", Some(id.as_str())));
    assert_eq!((row.connector_version, row.detail["slug"].as_str()), (Some(1), Some("payments")));
    app.person("alice", &["ops"]).await.post("/connectors/payments/credentials", &[]).await.is(404);
    let page = ada.get(&format!("/admin/connectors/{id}")).await;
    page.is(200).says("/console/payments");
    assert_eq!(page.value_of("role_arn"), Some(world::role("ReadOnly")));
}

/// Fields that differ from the right form, and the field and part of the sentence that say what is wrong.
type Wrong<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);

#[actix_web::test]
async fn each_rule_stands_at_its_field_and_what_was_typed_stays() {
    let (app, key) = started().await;
    let ada = app.administrator().await;
    let (name, line, slug) = ("n".repeat(101), "d".repeat(201), "s".repeat(65));
    let external = "e".repeat(1225);
    let too_long = policy(2049);
    let arns: Vec<String> = (0..11).map(|n| format!("arn:aws:iam::123456789012:policy/P{n}")).collect();
    let arns = arns.join("\n");
    let federated = ("principal_type", "federated_user");
    let wrong: [Wrong<'_>; 35] = [
        (&[("name", "")], "name", "Enter a name."),
        (&[("name", &name)], "name", "at most 100 characters"),
        (&[("slug", "Payments")], "slug", "lower-case letters"),
        (&[("slug", "a b")], "slug", "lower-case letters"),
        (&[("slug", &slug)], "slug", "1 to 64 characters"),
        (&[("slug", "0193f6a1-0000-7000-8000-000000000001")], "slug", "shaped like an id"),
        (&[("name", "—"), ("slug", "")], "slug", "1 to 64 characters"),
        (&[("description", &line)], "description", "one line of at most 200"),
        (&[("principal_type", "")], "principal_type", "Choose a principal type."),
        (&[("principal_type", "provided")], "access_key", "Only credentials of the surroundings"),
        (&[("access_key", "")], "access_key", "Choose the access key"),
        (
            &[("access_key", "0193f6a1-0000-7000-8000-000000000001")],
            "access_key",
            "There is no access key with this id",
        ),
        (&[("role_arn", "")], "role_arn", "Write the role's ARN"),
        (&[("role_arn", "arn:aws:iam::12345678901:role/R")], "role_arn", "Write the role's ARN"),
        (&[("role_arn", "arn:aws:iam::123456789012:user/R")], "role_arn", "Write the role's ARN"),
        (&[("role_arn", "arn:aws-cn:iam::123456789012:role/R")], "role_arn", "The role is in partition aws-cn"),
        (&[("role_arn", "arn:moon:iam::123456789012:role/R")], "role_arn", ""),
        (&[("external_id", "e")], "external_id", "2 to 1,224 characters"),
        (&[("external_id", &external)], "external_id", "2 to 1,224 characters"),
        (&[("external_id", "a b")], "external_id", "no blanks"),
        (&[("policy", "{")], "policy", "Line 1, column 2: This is not valid JSON: it ends here"),
        (&[("policy", "{}")], "policy", "“Statement”"),
        (&[("policy", &too_long)], "policy", "2049 characters after minifying; STS takes at most 2048"),
        (&[("policy", &world::POLICY.replace("s3:*", "s3:–"))], "policy", "(U+2013)"),
        (&[("policy_arns", "ReadOnlyAccess")], "policy_arns", "is no policy ARN"),
        (&[("policy_arns", "arn:aws-cn:iam::aws:policy/X")], "policy_arns", "lies in partition aws-cn"),
        (&[("policy_arns", &arns)], "policy_arns", "11 policy ARNs are too many"),
        (
            &[("policy_arns", "arn:aws:iam::210987654321:policy/Theirs")],
            "policy_arns",
            "lies in account 210987654321, the session in 123456789012",
        ),
        (&[("hop1_role", "arn:aws-cn:iam::123456789012:role/Hub")], "through", "is in partition aws-cn"),
        (&[federated], "policy", "A federated user without a policy may do nothing."),
        (&[federated, ("policy", world::POLICY), ("omit_policy", "true")], "omit_policy", "not both"),
        (&[federated, ("policy", world::POLICY), ("duration", "129601")], "duration", "129600 seconds"),
        (&[("duration", "899")], "duration", "900 to 43200 seconds"),
        (&[("duration", "43201")], "duration", "900 to 43200 seconds"),
        (&[("region", "cn-north-1")], "region", "This is no region of aws"),
    ];
    for (changes, field, sentence) in wrong {
        let typed = with(&fields(&key), changes);
        let page = ada.post(NEW, &pairs(&typed)).await;
        let error = page.is(422).field_error(field);
        assert!(error.contains(sentence), "{changes:?}: {error}");
        for kept in ["name", "slug", "description", "role_arn"] {
            let expected = typed.iter().find(|(name, _)| *name == kept).map(|(_, value)| value.clone());
            assert_eq!(page.value_of(kept), expected, "{kept} with {changes:?}");
        }
        for (name, value) in changes {
            let is_area = ["policy", "policy_arns"].contains(name);
            assert!(!is_area || page.text().contains(value.split('\n').next().unwrap()), "{name} is lost");
        }
    }
    assert_eq!(app.last_event().await.event.kind, "session.start", "something was saved");
}

#[actix_web::test]
async fn the_other_side_of_each_limit_is_taken() {
    let (app, key) = started().await;
    let ada = app.administrator().await;
    let (name, line, slug) = ("n".repeat(100), "d".repeat(200), "s".repeat(64));
    let external = "e".repeat(1224);
    let fits = policy(2048);
    let spaced = format!("\n{}{fits}", " ".repeat(100));
    let arns: Vec<String> = (0..10).map(|n| format!("arn:aws:iam::123456789012:policy/P{n}")).collect();
    let arns = arns.join("\r\n");
    let federated = ("principal_type", "federated_user");
    let right: [&[(&str, &str)]; 14] = [
        &[("name", &name)],
        &[("slug", &slug)],
        &[("slug", "7")],
        &[("description", &line)],
        &[("external_id", "ee")],
        &[("external_id", &external)],
        &[("policy", &fits)],
        &[("policy", &spaced)],
        &[("policy_arns", &arns)],
        &[("duration", "900")],
        &[("duration", "12h")],
        &[federated, ("omit_policy", "true"), ("duration", "36h")],
        &[federated, ("policy_arns", "arn:aws:iam::aws:policy/ReadOnlyAccess")],
        &[("region", "eu-central-1")],
    ];
    for (number, changes) in right.into_iter().enumerate() {
        let unique = [("name", format!("N{number}")), ("slug", format!("n-{number}"))];
        let unique: Vec<(&str, &str)> = unique.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let typed = with(&with(&fields(&key), &unique), changes);
        ada.post(NEW, &pairs(&typed)).await.is(303);
        assert_eq!(app.last_row().await, ("connector.create".into(), "ok".into(), String::new()), "{changes:?}");
    }
}

#[actix_web::test]
async fn an_old_slug_leads_to_its_connector_for_ever() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let id = app.connector_id("read-only").await;
    let key = app.key_id("broker").await;
    let address = format!("/admin/connectors/{id}");
    let typed = with(&fields(&key), &[("slug", "renamed"), ("version", "1")]);
    ada.post(&address, &pairs(&typed)).await.leads_to(&address);
    ada.get("/console/read-only").await.is(200).says("Payments");
    ada.get("/console/renamed").await.is(200).says("Payments");
    let taken = with(&fields(&key), &[("name", "Another"), ("slug", "read-only")]);
    let page = ada.post(NEW, &pairs(&taken)).await;
    assert!(page.is(422).field_error("slug").contains("belongs, or once belonged, to another connector"));
    // Its own old slug it may take back.
    let typed = with(&fields(&key), &[("slug", "read-only"), ("version", "2")]);
    ada.post(&address, &pairs(&typed)).await.leads_to(&address);

    ada.post(&format!("{address}/delete"), &[]).await.leads_to("/admin/connectors");
    for slug in ["read-only", "renamed"] {
        ada.get(&format!("/console/{slug}")).await.is(404);
        let taken = with(&fields(&key), &[("name", "Another"), ("slug", slug)]);
        ada.post(NEW, &pairs(&taken)).await.is(422).field_error("slug");
    }
}

#[actix_web::test]
async fn names_are_unique_without_regard_to_case() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let typed = with(&fields(&app.key_id("broker").await), &[("name", "READ ONLY")]);
    let page = ada.post(NEW, &pairs(&typed)).await;
    assert!(page.is(422).field_error("name").contains("has this name already"));
    assert_eq!(page.value_of("slug").as_deref(), Some("payments"));
}

#[actix_web::test]
async fn a_key_that_assumes_roles_gives_no_sessions_of_its_user_and_the_other_way_round() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let (broker, session) = (app.key_id("broker").await, app.key_id("session user").await);
    let iam_user = ("principal_type", "iam_user");
    let page = ada.post(NEW, &pairs(&with(&fields(&broker), &[iam_user]))).await;
    let error = page.is(422).field_error("access_key");
    assert!(error.contains("IAM user connectors need a user of their own"), "{error}");
    let page = ada.post(NEW, &pairs(&fields(&session))).await;
    assert!(page.is(422).field_error("access_key").starts_with("“Session” (IAM user) calls AWS as the same user."));
    // Another key of the same user is no other source.
    let spare = world::add_key(&app, "spare", world::KEY_ID, world::SECRET).await;
    let page = ada.post(NEW, &pairs(&with(&fields(&spare), &[iam_user]))).await;
    assert!(page.is(422).field_error("access_key").contains("calls AWS as the same user."));
    // A second of its kind may share, and a connector alone on its key may change its kind.
    ada.post(NEW, &pairs(&with(&fields(&session), &[iam_user]))).await.is(303);
    let page = format!("/admin/connectors/{}", app.connector_id("session").await);
    let typed = with(&fields(&session), &[("name", "Session"), ("slug", "session"), ("version", "1")]);
    ada.post(&page, &pairs(&typed)).await.is(422).field_error("access_key");
    ada.post(&format!("/admin/connectors/{}/delete", app.connector_id("payments").await), &[]).await.is(303);
    ada.post(&page, &pairs(&typed)).await.is(303);

    let app = TestApp::builder().config(|config| config.aws.allow_shared_sources = true).start().await;
    world::fill(&app).await;
    let form = with(&fields(&app.key_id("broker").await), &[iam_user]);
    app.administrator().await.post(NEW, &pairs(&form)).await.is(303);
}

#[actix_web::test]
async fn a_root_users_key_has_rules_of_its_own() {
    let app = TestApp::builder().config(|config| config.aws.allow_root_keys = true).start().await;
    let ada = app.administrator().await;
    let key = world::add_key(&app, "root", world::ROOT_KEY_ID, world::ROOT_SECRET).await;
    let page = ada.post(NEW, &pairs(&fields(&key))).await;
    assert!(page.is(422).field_error("access_key").contains("cannot assume roles"));
    let iam_user = ("principal_type", "iam_user");
    let typed = with(&fields(&key), &[iam_user, ("duration", "3601")]);
    let page = ada.post(NEW, &pairs(&typed)).await;
    assert_eq!(page.is(422).field_error("duration"), "Sessions of a root user last at most 1 h.");
    ada.post(NEW, &pairs(&with(&typed, &[("duration", "3600")]))).await.is(303);
}

#[actix_web::test]
async fn each_save_is_a_version_and_a_stale_one_loses_nothing() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let id = app.connector_id("read-only").await;
    let address = format!("/admin/connectors/{id}");
    let typed = with(&fields(&app.key_id("broker").await), &[("name", "By the first"), ("version", "1")]);
    ada.post(&address, &pairs(&typed)).await.is(303);
    assert_eq!(app.last_event().await.event.connector_version, Some(2));
    let late = with(&typed, &[("name", "By the second")]);
    let page = ada.post(&address, &pairs(&late)).await;
    page.is(409).says("Somebody else has saved this since you opened it.");
    assert_eq!(page.value_of("name").as_deref(), Some("By the second"), "what was typed is lost");
    // Both are shown: what the first one changed, and what the second typed.
    page.says("Version 2 is in force now, you began with version 1.")
        .says("Before: Read only")
        .says("After: By the first");
    assert_eq!(ada.get(&address).await.value_of("name").as_deref(), Some("By the first"));
    ada.post("/connectors/payments/credentials", &[]).await.is(200);
    assert_eq!(app.last_event().await.event.connector_version, Some(2));
}

#[actix_web::test]
async fn deleting_asks_once_and_names_what_follows() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let token = app.token("build", "system").await;
    let id = app.connector_id("system").await;
    let address = format!("/admin/connectors/{id}/delete");
    ada.get(&address)
        .await
        .is(200)
        .says("Delete connector “System”?")
        .says("No group may use it.")
        .says("for one connector less")
        .says("/console/system");
    ada.post(&address, &[]).await.leads_to("/admin/connectors");
    ada.get("/admin/connectors").await.says("The connector is deleted.").does_not_say("System scope");
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.connector_name.as_deref()), ("connector.delete", Some("System")));
    let request = app.anybody().request(reqwest::Method::GET, "/api/v1/connectors/system/container-credentials");
    app.anybody().send(request.header("authorization", token)).await.is(404);
    ada.post(&address, &[]).await.is(404);
}

#[actix_web::test]
async fn an_example_is_inserted_without_javascript() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let form = ada.get(NEW).await;
    let (_, rest) = form.body.split_once("name=\"insert\" value=\"").unwrap();
    let example = rest.split('"').next().unwrap();
    let typed = with(&fields(&app.key_id("broker").await), &[("insert", example), ("policy", "")]);
    let page = ada.post(NEW, &pairs(&typed)).await;
    page.is(200).says("\"Statement\"");
    assert_eq!(page.value_of("name").as_deref(), Some("Payments"));
    let page = list::list(&app.app, &world::setter(), Wanted::default(), None).await.unwrap();
    assert!(page.rows.iter().all(|connector| connector.head.name != "Payments"));
}

#[actix_web::test]
async fn the_list_finds_by_name_slug_account_and_key() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    for (query, found) in [("READ", 2), ("federated", 1), (world::ACCOUNT, 4), ("broker", 3), ("zzz", 0)] {
        let page = ada.get(&format!("/admin/connectors?q={query}")).await;
        page.says(&format!("{found} of 4"));
    }
}

/// A row that was saved by laxer rules is used as it stands; only saving it again is strict.
#[actix_web::test]
async fn a_policy_of_laxer_times_is_sent_as_it_is() {
    let app = TestApp::start().await;
    let (ada, alice) = (app.administrator().await, app.person("alice", &["ops"]).await);
    let lax = world::POLICY.replace("\"Version\":\"2012-10-17\",", "").replace("s3:*", "GetObject");
    app.sql(&format!("UPDATE connectors SET policy = '{lax}' WHERE slug = 'read-only'")).await;
    alice.post("/connectors/read-only/credentials", &[]).await.is(200);
    let address = format!("/admin/connectors/{}", app.connector_id("read-only").await);
    let key = app.key_id("broker").await;
    let typed = with(&fields(&key), &[("policy", &lax), ("version", "1")]);
    let refused = ada.post(&address, &pairs(&typed)).await;
    assert!(refused.is(422).field_error("policy").contains("“GetObject” is no action"));
}

/// A policy of 200 KB is longer than AWS takes by far, and still nothing that was typed is lost.
#[actix_web::test]
async fn a_policy_of_200_kb_is_refused_at_its_field() {
    let (app, key) = started().await;
    let ada = app.administrator().await;
    let long = format!("{{ \"Statement\": [ {} ] }}", "{ \"Effect\": \"Allow\" }, ".repeat(9_000));
    assert!(long.len() > 200_000);
    let typed = with(&fields(&key), &[("policy", &long), ("external_id", "a b"), ("policy_arns", "nothing")]);
    let page = ada.post(NEW, &pairs(&typed)).await;
    page.is(422);
    assert_eq!(page.value_of("name").as_deref(), Some("Payments"));
    assert!(page.body.len() > 200_000, "the policy is lost");
    // Everything that is wrong is said at once.
    for field in ["policy", "external_id", "policy_arns"] {
        assert!(!page.field_error(field).is_empty(), "{field}");
    }
    // Nested deeper than anybody writes.
    let deep = "[".repeat(10_000);
    ada.post(NEW, &pairs(&with(&fields(&key), &[("policy", &deep)]))).await.is(422);
}
