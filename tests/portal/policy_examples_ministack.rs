//! What each shipped policy example lets a role do that may do everything by itself, at an emulator that others wrote and that
//! enforces session policies.

use daypass::model::policy_example::ExampleKind;
use daypass::portal::connectors::ConnectorForm;
use daypass::portal::policy_examples::{SHIPPED, Shipped};
use serde_json::{Value, json};

use crate::ministack::{Cloud, ask};
use crate::support::Person;

/// What the emulator can say of an example.
enum Judged {
    /// It decides on everything in it.
    Whole,
    /// It does not fill in a variable, or does not know a key of a condition: whether the rest does what it should shows
    /// with another text in its place.
    With(&'static str, &'static str),
    /// It has none of its services: all that it says is what is refused.
    Outside,
    /// It does not know AWS's policy of this name.
    Unknown,
}

struct Trial {
    id: &'static str,
    judged: Judged,
    /// Calls that are allowed.
    allowed: Vec<Value>,
    /// Calls that are refused, whatever the condition.
    refused: Vec<Value>,
}

fn call(service: &str, operation: &str, parameters: Value) -> Value {
    json!([service, operation, parameters, "us-east-1"])
}

fn item(operation: &str, table: &str) -> Value {
    let id = json!({ "id": { "S": "a" } });
    let key = if operation == "put_item" { "Item" } else { "Key" };
    call("dynamodb", operation, json!({ "TableName": table, key: id }))
}

/// The calls that trials are made of, in one account.
struct Calls<'a>(&'a Cloud);

impl Calls<'_> {
    fn get(&self, bucket: &str) -> Value {
        call("s3", "get_object", json!({ "Bucket": self.0.bucket(bucket), "Key": "thing" }))
    }

    fn put(&self, bucket: &str, key: &str) -> Value {
        call("s3", "put_object", json!({ "Bucket": self.0.bucket(bucket), "Key": key }))
    }

    fn list(&self, bucket: &str) -> Value {
        call("s3", "list_objects_v2", json!({ "Bucket": self.0.bucket(bucket) }))
    }

    fn stop(&self) -> Value {
        call("ec2", "stop_instances", json!({ "InstanceIds": [self.0.text("/instance")] }))
    }

    fn instances(&self, region: &str) -> Value {
        json!(["ec2", "describe_instances", {}, region])
    }

    fn users(&self) -> Value {
        call("iam", "list_users", json!({}))
    }

    fn new_user(&self) -> Value {
        call("iam", "create_user", json!({ "UserName": "another" }))
    }

    fn next_role(&self) -> Value {
        let arn = format!("arn:aws:iam::{}:role/Next", self.0.account);
        call("sts", "assume_role", json!({ "RoleArn": arn, "RoleSessionName": "next" }))
    }

    fn groups_of_logs(&self) -> Value {
        call("logs", "describe_log_groups", json!({}))
    }

    fn new_group_of_logs(&self) -> Value {
        call("logs", "create_log_group", json!({ "logGroupName": "another" }))
    }

    fn new_stack(&self) -> Value {
        let template = r#"{"Resources":{"Handle":{"Type":"AWS::CloudFormation::WaitConditionHandle"}}}"#;
        call("cloudformation", "create_stack", json!({ "StackName": "another", "TemplateBody": template }))
    }

    fn budgets(&self) -> Value {
        call("budgets", "describe_budgets", json!({ "AccountId": self.0.account }))
    }

    fn organization(&self) -> Value {
        call("organizations", "describe_organization", json!({}))
    }
}

fn policies(c: &Calls<'_>) -> Vec<Trial> {
    use Judged::{Outside, Whole, With};
    let trial = |id, judged, allowed, refused| Trial { id, judged, allowed, refused };
    let far = || c.instances("eu-central-1");
    vec![
        trial(
            "read-only",
            Whole,
            vec![c.get("one"), far(), c.users(), c.groups_of_logs()],
            vec![c.put("one", "a"), c.stop(), c.new_user(), item("get_item", "one")],
        ),
        trial("billing-read-only", Whole, vec![c.budgets()], vec![c.get("one"), c.users()]),
        trial(
            "read-write-one-bucket",
            Whole,
            vec![c.get("one"), c.put("one", "a"), c.list("one")],
            vec![c.get("two"), c.put("two", "a"), c.list("two"), far()],
        ),
        trial(
            "own-folder",
            With("${aws:userid}", "ID-OF-ROLE:alice"),
            vec![c.put("one", "home/ID-OF-ROLE:alice/a")],
            vec![
                c.get("one"),
                c.put("one", "home/ID-OF-ROLE:bob/a"),
                c.put("two", "home/ID-OF-ROLE:alice/a"),
                c.list("one"),
            ],
        ),
        trial(
            "one-region",
            Whole,
            vec![far(), c.users(), c.next_role()],
            vec![c.instances("us-east-1"), item("get_item", "one"), c.groups_of_logs()],
        ),
        trial(
            "start-stop-instances",
            With("aws:ResourceTag/Daypass\": \"allowed", "aws:RequestedRegion\": \"us-east-1"),
            vec![far(), c.stop()],
            vec![c.get("one"), call("ec2", "terminate_instances", json!({ "InstanceIds": [c.0.text("/instance")] }))],
        ),
        trial(
            "deny-iam",
            Whole,
            vec![c.get("one"), c.put("one", "a"), far(), c.next_role()],
            vec![c.users(), c.new_user(), c.organization()],
        ),
        trial(
            "cloudformation-deploy",
            Whole,
            vec![c.new_stack(), c.put("one", "template")],
            vec![c.put("two", "template"), far(), c.new_user()],
        ),
        trial(
            "one-table",
            Whole,
            vec![item("put_item", "one"), item("get_item", "one"), call("dynamodb", "list_tables", json!({}))],
            vec![
                item("get_item", "two"),
                item("put_item", "two"),
                call("dynamodb", "delete_table", json!({ "TableName": "one" })),
                c.get("one"),
            ],
        ),
        trial("read-logs", Whole, vec![c.groups_of_logs()], vec![c.new_group_of_logs(), c.get("one")]),
        trial("support-cases", Outside, vec![], vec![c.get("one"), c.users()]),
        trial("no-other-role", Whole, vec![c.get("one"), c.users(), far()], vec![c.next_role()]),
    ]
}

fn managed(c: &Calls<'_>) -> Vec<Trial> {
    use Judged::{Unknown, Whole};
    let trial = |id, judged, allowed, refused| Trial { id, judged, allowed, refused };
    vec![
        trial(
            "arn-read-only",
            Whole,
            vec![c.get("one"), c.instances("us-east-1")],
            vec![c.put("one", "a"), c.new_user()],
        ),
        trial("arn-view-only", Unknown, vec![], vec![]),
        trial("arn-security-audit", Whole, vec![c.users(), c.instances("us-east-1")], vec![c.get("one"), c.stop()]),
        trial("arn-billing", Unknown, vec![], vec![]),
        trial("arn-power-user", Whole, vec![c.put("one", "a"), c.instances("us-east-1")], vec![c.new_user()]),
        trial("arn-support", Unknown, vec![], vec![]),
    ]
}

/// A connector that is narrowed by an example alone, with `text` in its place.
async fn narrowed(cloud: &Cloud, key: &str, slug: &str, shipped: &Shipped, text: &str) {
    let text = text.replace("EXAMPLE-BUCKET", &cloud.bucket("one")).replace("EXAMPLE-TABLE", "one");
    let (policy, policy_arns) = match shipped.kind {
        ExampleKind::Policy => (text, String::new()),
        ExampleKind::PolicyArn => (String::new(), text),
    };
    let form = ConnectorForm { slug: slug.to_owned(), policy, policy_arns, ..cloud.form(slug, "Work", key) };
    cloud.add(&form).await;
}

/// Makes the calls and says which of them went against what was expected.
async fn surprises(cloud: &Cloud, alice: &Person, slug: &str, allowed: &[Value], refused: &[Value]) -> Vec<String> {
    let calls: Vec<&Value> = allowed.iter().chain(refused).collect();
    let answers = cloud.call(&ask(alice, slug).await, json!(calls)).await;
    let denied = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"];
    let mut surprises = Vec::new();
    for (number, (call, answer)) in calls.iter().zip(&answers).enumerate() {
        let is_allowed = answer == "ok" || answer.starts_with("arn:");
        let is_refused = denied.contains(&answer.as_str());
        if (number < allowed.len() && !is_allowed) || (number >= allowed.len() && !is_refused) {
            surprises.push(format!("{slug}: {answer} for {call}"));
        }
    }
    surprises
}

#[actix_web::test]
async fn every_shipped_policy_allows_and_refuses_what_it_says() {
    let cloud = Cloud::start().await;
    let broker = cloud.key("broker").await;
    let alice = cloud.app.person("alice", &["ops"]).await;
    let calls = Calls(&cloud);
    let trials: Vec<Trial> = policies(&calls).into_iter().chain(managed(&calls)).collect();
    let tried: Vec<&str> = trials.iter().map(|trial| trial.id).collect();
    assert_eq!(tried, SHIPPED.map(|shipped| shipped.id), "an example without a trial");
    let mut found = Vec::new();
    for (trial, shipped) in trials.into_iter().zip(&SHIPPED) {
        narrowed(&cloud, &broker, trial.id, shipped, shipped.text).await;
        match trial.judged {
            Judged::Whole => {
                assert!(!trial.allowed.is_empty() && !trial.refused.is_empty(), "{}", trial.id);
                found.extend(surprises(&cloud, &alice, trial.id, &trial.allowed, &trial.refused).await);
            }
            Judged::Outside => {
                assert!(!trial.refused.is_empty(), "{}", trial.id);
                found.extend(surprises(&cloud, &alice, trial.id, &[], &trial.refused).await);
            }
            Judged::With(part, other) => {
                found.extend(surprises(&cloud, &alice, trial.id, &[], &trial.refused).await);
                let text = shipped.text.replace(part, other);
                assert_ne!(text, shipped.text, "{}", trial.id);
                let slug = format!("{}-judged", trial.id);
                narrowed(&cloud, &broker, &slug, shipped, &text).await;
                found.extend(surprises(&cloud, &alice, &slug, &trial.allowed, &trial.refused).await);
            }
            Judged::Unknown => {
                let page = ask(&alice, trial.id).await;
                page.is(502).says("does not match an existing IAM Managed Policy ARN");
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}
