//! The portal against an AWS that others wrote and that enforces trust, external ids and session policies.

use std::path::Path;
use std::time::{Duration, Instant};

use daypass::aws::issuer::{self, Names, Request};
use daypass::aws::{KeyPair, Signer};
use daypass::model::credentials::Shape;
use daypass::model::partition::Partition;
use daypass::model::policy::{SessionPolicies, check};
use daypass::model::principal::{Principal, RoleArn, SourceIdentity};
use daypass::model::rotation::Step;
use daypass::portal::connectors::ConnectorForm;
use daypass::portal::policy_examples::Shipped;
use daypass::portal::rotation::jobs::Driver;
use daypass::portal::rotation::{self, Begun, Confirmed};
use daypass::portal::{PortalError, instance};
use serde_json::{Value, json};

use crate::support::program::{self, command};
use crate::support::{Page, Person, TestApp, peer, world};

/// A portal, and an account of its own at ministack.
pub struct Cloud {
    pub app: TestApp,
    pub account: String,
    /// What `aws_account.py` made.
    made: Value,
}

async fn script(folder: &Path, arguments: &[&str], input: &str) -> Value {
    let mut python = command(peer("DAYPASS_TEST_PYTHON"), folder);
    python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/aws_account.py")).args(arguments);
    let ended = program::finish(python, input).await;
    serde_json::from_str(ended.ok()).unwrap()
}

impl Cloud {
    pub async fn start() -> Self {
        let change = |config: &mut daypass::config::Config| {
            let endpoints = config.aws.partitions.get_mut("aws").unwrap();
            endpoints.sts_endpoint = Some(peer("DAYPASS_TEST_MINISTACK"));
            endpoints.iam_endpoint = endpoints.sts_endpoint.clone();
            endpoints.ecr_endpoint = endpoints.sts_endpoint.clone();
            config.aws.rotation_grace = Duration::from_millis(500);
            // Python under load takes its time.
            config.aws.attempt_timeout = Duration::from_secs(20);
            config.aws.operation_timeout = Duration::from_secs(40);
        };
        let app = TestApp::builder().config(change).start().await;
        app.add_person("member-of-ops", &["ops"]).await;
        let account = daypass::random::text(b"123456789", 12);
        let made = script(app.folder.path(), &["make", &peer("DAYPASS_TEST_MINISTACK"), &account], "").await;
        Self { app, account, made }
    }

    pub fn text(&self, pointer: &str) -> &str {
        self.made.pointer(pointer).and_then(Value::as_str).unwrap()
    }

    pub async fn key(&self, user: &str) -> String {
        let (id, secret) = (self.text(&format!("/{user}/keyId")), self.text(&format!("/{user}/secret")));
        world::add_key(&self.app, user, id, secret).await
    }

    /// A connector's form for a role of this account.
    pub fn form(&self, name: &str, role: &str, key: &str) -> ConnectorForm {
        let role_arn = format!("arn:aws:iam::{}:role/{role}", self.account);
        ConnectorForm { role_arn, ..world::form(name, &name.to_lowercase(), key) }
    }

    pub async fn add(&self, form: &ConnectorForm) {
        world::add_connector(&self.app, form, &["ops"]).await;
    }

    /// What these calls get with the credentials of a page: `ok`, an ARN or AWS's code.
    pub async fn call(&self, page: &Page, calls: Value) -> Vec<String> {
        assert_eq!(page.status, 200, "{}", page.text());
        self.call_with(&page.block("json"), calls).await
    }

    async fn call_with(&self, credentials: &str, calls: Value) -> Vec<String> {
        let credentials: Value = serde_json::from_str(credentials).unwrap();
        let input = json!({ "credentials": credentials, "calls": calls }).to_string();
        let url = peer("DAYPASS_TEST_MINISTACK");
        let answers = script(self.app.folder.path(), &["call", &url], &input).await;
        answers.as_array().unwrap().iter().map(|answer| answer.as_str().unwrap().to_owned()).collect()
    }

    pub fn bucket(&self, name: &str) -> String {
        format!("{name}-{}", self.account)
    }
}

pub async fn ask(person: &Person, connector: &str) -> Page {
    person.post(&format!("/connectors/{connector}/credentials"), &[]).await
}

const WHO: &str = "get_caller_identity";

#[actix_web::test]
async fn an_access_key_is_validated_by_aws() {
    let cloud = Cloud::start().await;
    let ada = cloud.app.administrator().await;
    let form = |secret: &'static str, given: &str| {
        let secret = if secret.is_empty() { given.to_owned() } else { secret.to_owned() };
        [
            ("name", "broker".to_owned()),
            ("key_id", cloud.text("/broker/keyId").to_owned()),
            ("secret", secret),
            ("partition", "aws".to_owned()),
        ]
    };
    let given = cloud.text("/broker/secret");
    let send = async |form: [(&str, String); 4]| {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        ada.post("/admin/access-keys/new", &form).await
    };
    let wrong = send(form("another-fake-secret-that-is-not-right-00", given)).await;
    assert_eq!(wrong.status, 422);
    wrong.says("SignatureDoesNotMatch");
    let right = send(form("", given)).await;
    assert_eq!(right.status, 303, "{}", right.text());
    let list = ada.get("/admin/access-keys").await;
    assert!(list.body.contains(&format!("arn:aws:iam::{}:user/broker", cloud.account)), "{}", list.text());
}

#[actix_web::test]
async fn a_role_is_assumed_where_its_trust_policy_says_so() {
    let cloud = Cloud::start().await;
    let broker = cloud.key("broker").await;
    cloud.add(&cloud.form("Work", "Work", &broker)).await;
    let right = ConnectorForm { external_id: "right-id".to_owned(), ..cloud.form("Right", "External", &broker) };
    cloud.add(&right).await;
    let wrong = ConnectorForm { external_id: "wrong-id".to_owned(), ..cloud.form("Wrong", "External", &broker) };
    cloud.add(&wrong).await;
    cloud.add(&cloud.form("None", "External", &broker)).await;
    cloud.add(&cloud.form("Stranger", "Stranger", &broker)).await;
    cloud.add(&cloud.form("Missing", "Missing", &broker)).await;
    let named = ConnectorForm { source_identity: "on".to_owned(), ..cloud.form("Named", "Work", &broker) };
    cloud.add(&named).await;
    let alice = cloud.app.person("alice", &["ops"]).await;
    for (connector, role) in [("work", "Work"), ("right", "External"), ("named", "Work")] {
        let page = ask(&alice, connector).await;
        let who = cloud.call(&page, json!([["sts", WHO, {}, "us-east-1"]])).await;
        assert_eq!(who, [format!("arn:aws:sts::{}:assumed-role/{role}/alice", cloud.account)]);
        let row = cloud.app.last_event().await.event;
        assert_eq!((row.outcome.as_str(), row.arn.as_deref()), ("ok", Some(who[0].as_str())));
    }
    for connector in ["wrong", "none", "stranger", "missing"] {
        let page = ask(&alice, connector).await;
        assert_eq!(page.status, 502, "{connector}: {}", page.text());
        page.says("AccessDenied").says("not authorized");
        assert!(!page.body.contains("wrong-id") && !page.body.contains("right-id"));
        let row = cloud.app.last_event().await.event;
        assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", "aws:AccessDenied"), "{connector}");
        assert_eq!(row.issued_key_id, None);
    }
}

#[actix_web::test]
async fn a_session_lasts_as_long_as_was_asked() {
    let cloud = Cloud::start().await;
    let broker = cloud.key("broker").await;
    cloud.add(&ConnectorForm { duration: "2h".to_owned(), ..cloud.form("Work", "Work", &broker) }).await;
    let alice = cloud.app.person("alice", &["ops"]).await;
    for (typed, seconds) in [("", 7200), ("15m", 900)] {
        let page = alice.post("/connectors/work/credentials", &[("duration", typed)]).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let credentials: Value = serde_json::from_str(&page.block("json")).unwrap();
        let row = cloud.app.last_event().await.event;
        let expires = row.expires_at.unwrap();
        assert_eq!(credentials["Expiration"], daypass::model::credentials::rfc3339(expires));
        let left = (expires - row.at).num_seconds();
        assert!((seconds - 30..=seconds + 1).contains(&left), "{left} of {seconds}");
    }
}

/// The whole way at an IAM that others wrote, with the policy that the page shows; asked for credentials all the while.
#[actix_web::test]
async fn a_users_own_key_is_rotated() {
    let cloud = Cloud::start().await;
    let (broker, session) = (cloud.key("broker").await, cloud.key("session").await);
    cloud.add(&cloud.form("Work", "Work", &broker)).await;
    let alice = cloud.app.person("alice", &["ops"]).await;
    let app = &cloud.app.app;
    instance::adopt(app).await.unwrap();
    let who = world::setter();
    // This IAM does not tell when a key was used.
    let confirmed = Confirmed { other_use: true, delete_key: None };
    let asks = rotation::start(app, &who, &broker, &Confirmed::default()).await;
    assert!(matches!(asks, Ok(Begun::Asks(_))), "{asks:?}");
    assert_eq!(rotation::start(app, &who, &broker, &confirmed).await.unwrap(), Begun::Started);
    let mut driver = Driver::new(app);
    let deadline = Instant::now() + Duration::from_secs(120);
    let done = loop {
        driver.round(app).await;
        let page = ask(&alice, "work").await;
        assert_eq!(page.status, 200, "{}", page.text());
        let newest = rotation::show(app, &who, &broker).await.unwrap().rotations.remove(0);
        assert_eq!(newest.trouble, None);
        if newest.step == Step::Done {
            break newest;
        }
        assert!(Instant::now() < deadline, "{newest:?}");
    };
    let kept = rotation::show(app, &who, &broker).await.unwrap().key;
    assert_eq!(Some(&kept.key_id), done.new_key_id.as_ref());
    let old = KeyPair {
        key_id: cloud.text("/broker/keyId"),
        secret: cloud.text("/broker/secret").to_owned().into(),
        session_token: None,
    };
    let old = app.clients.once(&Signer::Pair(old), Partition::Aws);
    assert!(issuer::caller_identity(&old).await.is_err(), "the old key works still");
    let calls = json!([["sts", WHO, {}, "us-east-1"]]);
    let seen = cloud.call(&ask(&alice, "work").await, calls).await;
    assert_eq!(seen, [format!("arn:aws:sts::{}:assumed-role/Work/alice", cloud.account)]);

    let refused = rotation::start(app, &who, &session, &confirmed).await.unwrap_err();
    assert!(matches!(refused, PortalError::Invalid(errors) if errors.get("").unwrap().contains("Add the policy")));
}

/// The portal asks for 15 minutes at least; here its calls are made with less, to see the end.
#[actix_web::test]
async fn a_chain_of_roles_leads_where_the_key_alone_does_not() {
    let cloud = Cloud::start().await;
    let key = cloud.key("broker").await;
    let role = |name: &str| format!("arn:aws:iam::{}:role/{name}", cloud.account);
    let through = format!("{}\n{} middle-id", role("Entry"), role("Middle"));
    let wrong = through.replace("middle-id", "wrong-id");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}"#;
    cloud.add(&cloud.form("Direct", "Goal", &key)).await;
    cloud.add(&ConnectorForm { through: wrong, ..cloud.form("Wrong", "Goal", &key) }).await;
    let chain = ConnectorForm {
        through,
        policy: policy.to_owned(),
        source_identity: "on".to_owned(),
        tags: "team = payments\nticket = 7".to_owned(),
        transitive_tags: "team".to_owned(),
        ..cloud.form("Chain", "Goal", &key)
    };
    cloud.add(&chain).await;
    let alice = cloud.app.person("alice", &["ops"]).await;
    ask(&alice, "direct").await.is(502).says("AccessDenied");
    ask(&alice, "wrong").await.is(502).says("At role 2 of 3").says("AccessDenied");
    let page = ask(&alice, "chain").await;
    let bucket = cloud.bucket("one");
    let calls = json!([
        ["sts", WHO, {}, "us-east-1"],
        ["s3", "list_objects_v2", {"Bucket": bucket}, "us-east-1"],
        ["s3", "get_object", {"Bucket": bucket, "Key": "thing"}, "us-east-1"],
    ]);
    let arn = format!("arn:aws:sts::{}:assumed-role/Goal/alice", cloud.account);
    // The session policy narrows the last role.
    assert_eq!(cloud.call(&page, calls).await, [arn.as_str(), "ok", "AccessDenied"]);
    let row = cloud.app.last_event().await.event;
    assert_eq!(row.detail["hops"].as_array().unwrap().len(), 3);
}

#[actix_web::test]
async fn what_was_issued_ends() {
    let cloud = Cloud::start().await;
    let secret = cloud.text("/broker/secret").to_owned().into();
    let pair = KeyPair { key_id: cloud.text("/broker/keyId"), secret, session_token: None };
    let client = cloud.app.app.clients.once(&Signer::Pair(pair), Partition::Aws);
    let principal = Principal::AssumeRole {
        role: RoleArn::parse(&format!("arn:aws:iam::{}:role/Work", cloud.account)).unwrap(),
        external_id: None,
        source_identity: SourceIdentity::Off,
        policies: SessionPolicies { inline: None, arns: vec![] },
        through: vec![],
        tags: vec![],
    };
    let names = Names { session: "alice".to_owned(), federated: "alice".to_owned() };
    let request = Request { names, seconds: Some(15), ..Request::default() };
    let issued = issuer::issue(&client, &principal, &request, None).await.unwrap();
    let json = Shape::Json.write(&issued.credentials, "");
    let call = json!([["s3", "list_buckets", {}, "us-east-1"]]);
    // It forgets what has run out as soon as anybody is issued something, and then knows the key no more.
    let ended = |answer: &[String]| ["ExpiredToken", "InvalidAccessKeyId"].contains(&answer[0].as_str());
    let first = cloud.call_with(&json, call.clone()).await;
    assert!(!ended(&first), "{first:?}");
    let deadline = Instant::now() + Duration::from_secs(60);
    while !ended(&cloud.call_with(&json, call.clone()).await) {
        assert!(Instant::now() < deadline, "it does not end");
    }
}

#[actix_web::test]
async fn federated_users_and_iam_users_are_who_they_should_be() {
    let cloud = Cloud::start().await;
    let (broker, session) = (cloud.key("broker").await, cloud.key("session").await);
    let policy = Shipped::find("read-write-one-bucket").unwrap().text.replace("EXAMPLE-BUCKET", &cloud.bucket("one"));
    let federated = ConnectorForm {
        principal_type: "federated_user".to_owned(),
        policy,
        ..cloud.form("Federated", "Work", &broker)
    };
    cloud.add(&federated).await;
    let iam_user = ConnectorForm { principal_type: "iam_user".to_owned(), ..cloud.form("Session", "Work", &session) };
    cloud.add(&iam_user).await;
    let alice = cloud.app.person("alice", &["ops"]).await;
    let get = |bucket| json!(["s3", "get_object", { "Bucket": cloud.bucket(bucket), "Key": "thing" }, "us-east-1"]);
    let calls = json!([["sts", WHO, {}, "us-east-1"], get("one"), get("two")]);
    let federated = cloud.call(&ask(&alice, "federated").await, calls.clone()).await;
    let arn = format!("arn:aws:sts::{}:federated-user/alice", cloud.account);
    assert_eq!(federated, [arn.as_str(), "ok", "AccessDenied"]);
    let user = cloud.call(&ask(&alice, "session").await, calls).await;
    assert_eq!(user, [format!("arn:aws:iam::{}:user/session", cloud.account).as_str(), "ok", "ok"]);
}

/// Names that mean something in a policy mean themselves there, and somebody else's things stay out of reach.
#[actix_web::test]
async fn each_person_reaches_what_is_theirs() {
    let cloud = Cloud::start().await;
    let broker = cloud.key("broker").await;
    let bucket = cloud.bucket("one");
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"],
        "Resource": format!("arn:aws:s3:::{bucket}/home/{{{{user.name}}}}/*")}]});
    let tags = "Team = {{user.attribute.team}}\nMail = {{user.mail}}".to_owned();
    let (policy, transitive_tags) = (policy.to_string(), "Team".to_owned());
    let home = ConnectorForm { policy, tags, transitive_tags, ..cloud.form("Home", "Work", &broker) };
    cloud.add(&home).await;
    let put = |folder: &str| json!(["s3", "put_object", { "Bucket": bucket, "Key": format!("home/{folder}/file") }, "us-east-1"]);
    crate::per_person::person(&cloud.app, "alice", &[("team", "Blue 7")]).await;
    crate::per_person::person(&cloud.app, "bob", &[]).await;
    let alice = cloud.app.sign_in("alice").await;
    let page = ask(&alice, "home").await;
    assert_eq!(
        cloud.call(&page, json!([put("alice"), put("bob"), put("alice2")])).await,
        ["ok", "AccessDenied", "AccessDenied"]
    );
    let row = cloud.app.last_event().await.event;
    assert_eq!((row.outcome.as_str(), &row.detail["tags"]["Team"]), ("ok", &json!("Blue 7")));
    // Without the attribute there is nothing to hand out.
    let page = ask(&cloud.app.sign_in("bob").await, "home").await;
    page.is(422).says("{{user.attribute.team}}");
}

/// What ministack refuses as malformed is refused before it is saved; a row with it from elsewhere is sent as it stands.
#[actix_web::test]
async fn a_malformed_policy_is_refused_by_both() {
    let cloud = Cloud::start().await;
    let broker = cloud.key("broker").await;
    cloud.add(&cloud.form("Work", "Work", &broker)).await;
    let alice = cloud.app.person("alice", &["ops"]).await;
    let good = world::POLICY.to_owned();
    let changed = |old: &str, new: &str| {
        assert!(good.contains(old), "{old}");
        good.replace(old, new)
    };
    let malformed = [
        "[]".to_owned(),
        "{}".to_owned(),
        changed("[", "[1,"),
        r#"{"Statement":[]}"#.to_owned(),
        r#"{"Statement":"*"}"#.to_owned(),
        changed("Allow", "Perhaps"),
        changed("Allow", "allow"),
        changed("\"Effect\":\"Allow\",", ""),
        changed("\"Action\":\"s3:*\",", ""),
        changed(",\"Resource\":\"*\"", ""),
        changed("\"Action\"", "\"NotAction\":\"iam:*\",\"Action\""),
        changed("\"Resource\"", "\"NotResource\":\"*\",\"Resource\""),
    ];
    for text in malformed {
        assert!(check(&text, None).errors > 0, "{text}");
        cloud.app.sql(&format!("UPDATE connectors SET policy = '{text}' WHERE slug = 'work'")).await;
        let page = ask(&alice, "work").await;
        assert_eq!(page.status, 502, "{text}: {}", page.text());
        let row = cloud.app.last_event().await.event;
        assert_eq!((row.outcome.as_str(), row.reason.as_str()), ("refused", "aws:MalformedPolicyDocument"), "{text}");
    }
    let conditional = ",\"Condition\":{\"StringEquals\":{\"aws:RequestedRegion\":[\"us-east-1\"]}}}";
    for text in [good.clone(), changed("\"*\"}", &format!("\"*\"{conditional}")), changed("[{", "{").replace("}]", "}")]
    {
        assert_eq!(check(&text, None).errors, 0, "{text}");
        cloud.app.sql(&format!("UPDATE connectors SET policy = '{text}' WHERE slug = 'work'")).await;
        assert_eq!(ask(&alice, "work").await.status, 200, "{text}");
    }
}
