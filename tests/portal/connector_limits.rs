//! Limits of a connector's form on both sides, as far as AWS: what fits is issued with, what does not stays at its field.

use daypass::portal::connectors::ConnectorForm;
use daypass::sandbox::{Role, World};

use crate::support::{TestApp, world};

const NEW: &str = "/admin/connectors/new";

/// A role's name with a path before it, so that its ARN has this many characters.
fn role_of(length: usize) -> String {
    let rest = world::role("").len() + "/Deep".len();
    format!("{}/Deep", "p".repeat(length - rest))
}

fn sample() -> World {
    let mut world = world::sample();
    let broker = world.accounts[0].user_arn("broker");
    for length in [2048, 2049] {
        world.accounts[0].roles.push(Role::trusting(&role_of(length), &broker, 1));
    }
    world
}

async fn start() -> (TestApp, String) {
    let app = TestApp::builder().world(sample()).start().await;
    world::fill(&app).await;
    app.sandbox.listen();
    let key = app.key_id("broker").await;
    (app, key)
}

fn typed<'a>(key: &'a str, role: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let fields = [("principal_type", "assume_role"), ("access_key", key), ("role_arn", role), ("enabled", "true")];
    [&fields[..], more].concat()
}

#[actix_web::test]
async fn fifty_session_tags_and_no_two_that_differ_by_case_alone() {
    let (app, key) = start().await;
    let ada = app.administrator().await;
    let role = world::role("ReadOnly");
    let tags = |count: usize| (0..count).map(|at| format!("key-{at} = value {at}")).collect::<Vec<_>>().join("\n");
    let (most, more) = (tags(50), tags(51));
    for (tags, sentence) in [
        (more.as_str(), "51 tags are too many; STS takes at most 50."),
        ("Team = a\nteam = b", "The tag “team” is there twice"),
        ("Straße = a\nSTRASSE = b\nSTRAßE = c", "The tag “STRAßE” is there twice"),
    ] {
        let page = ada.post(NEW, &typed(&key, &role, &[("name", "Tags"), ("slug", "tags"), ("tags", tags)])).await;
        let error = page.is(422).field_error("tags");
        assert!(error.contains(sentence), "{error}");
        assert!(page.text().contains(tags.lines().last().unwrap()), "what was typed is lost");
    }
    let fields = [("name", "Tags"), ("slug", "tags"), ("tags", most.as_str()), ("transitive_tags", "KEY-49")];
    ada.post(NEW, &typed(&key, &role, &fields)).await.is(303);
    // All fifty go out; so many are more than the sandbox's packed size holds, which AWS says by a percentage of its own.
    ada.post("/connectors/tags/credentials", &[]).await.is(502).says("PackedPolicyTooLarge");
    let heard = app.sandbox.heard();
    let call = heard.last().unwrap();
    let sent = |name: &str| call.get(name).map(String::as_str).unwrap_or_default().to_owned();
    assert_eq!((sent("Tags.member.50.Key").as_str(), sent("Tags.member.50.Value").as_str()), ("key-49", "value 49"));
    assert_eq!((sent("Tags.member.51.Key").as_str(), sent("TransitiveTagKeys.member.1").as_str()), ("", "key-49"));
}

#[actix_web::test]
async fn arns_of_two_thousand_and_forty_eight_characters() {
    let (app, key) = start().await;
    let ada = app.administrator().await;
    let managed = |length: usize| {
        let head = "arn:aws:iam::123456789012:policy/";
        format!("{head}{}", "m".repeat(length - head.len()))
    };
    let (role, longer) = (world::role(&role_of(2048)), world::role(&role_of(2049)));
    let (policy, longer_policy) = (managed(2048), managed(2049));
    assert_eq!((role.len(), longer.len(), policy.len(), longer_policy.len()), (2048, 2049, 2048, 2049));
    let name = [("name", "Long"), ("slug", "long")];
    let page = ada.post(NEW, &typed(&key, &longer, &name)).await;
    assert!(page.is(422).field_error("role_arn").contains("Write the role's ARN"));
    assert_eq!(page.value_of("role_arn").as_deref(), Some(longer.as_str()), "what was typed is lost");
    let fields = [&name[..], &[("policy_arns", longer_policy.as_str())]].concat();
    let page = ada.post(NEW, &typed(&key, &role, &fields)).await;
    assert!(page.is(422).field_error("policy_arns").contains("is no policy ARN"));
    assert!(page.text().contains(&longer_policy), "what was typed is lost");
    // A role's ARN, with none of the policies: AWS counts those towards the packed size.
    ada.post(NEW, &typed(&key, &role, &name)).await.is(303);
    ada.post("/connectors/long/credentials", &[]).await.is(200);
    assert_eq!(app.last_event().await.event.arn.as_deref(), Some("arn:aws:sts::123456789012:assumed-role/Deep/ada"));
    let form = ConnectorForm { policy_arns: policy.clone(), ..world::form("Managed", "managed", &key) };
    let id = world::add_connector(&app, &form, &[]).await;
    ada.get(&format!("/admin/connectors/{id}")).await.is(200).says(&policy);
    ada.post("/connectors/managed/credentials", &[]).await;
    let heard = app.sandbox.heard();
    assert_eq!(heard.last().unwrap().get("PolicyArns.member.1.arn"), Some(&policy));
}
