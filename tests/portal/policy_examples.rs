//! The shipped policy examples.

use daypass::model::policy::Policy;
use daypass::portal::policy_examples;

use crate::support::{TestApp, world};

#[actix_web::test]
async fn each_example_is_shown_and_is_a_policy_that_sts_takes() {
    let app = TestApp::builder().start().await;
    let page = app.administrator().await.get("/admin/policy-examples").await;
    let examples = policy_examples::list(&app.app, &world::setter()).await.unwrap();
    assert!(examples.len() >= 5, "{}", examples.len());
    for example in examples {
        page.says(&example.name).says(&example.description);
        if example.kind == "policy" {
            Policy::parse(&example.text).unwrap();
        } else {
            assert!(example.text.starts_with("arn:aws:iam::"), "{}", example.text);
        }
        assert!(page.body.contains(&format!("id=\"text-{}\"", example.id)));
    }
}
