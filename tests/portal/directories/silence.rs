//! One of several directories does not answer.

use super::{attempt, last, ldap, local, row, silent, start};
use crate::ldap::slapd::Own;
use crate::support::PASSWORD;

async fn people() -> (Own, Own) {
    let (corp, partners) = (Own::new("corp").await, Own::new("partners").await);
    corp.person("ellen").await;
    partners.person("ellen").await;
    partners.person("bob").await;
    (corp, partners)
}

#[actix_web::test]
async fn while_an_earlier_one_is_silent_only_local_people_are_let_in() {
    let (corp, partners) = people().await;
    let app = start(vec![silent("corp", &corp), ldap("partners", &partners), local()]).await;
    for name in ["ellen", "carol"] {
        app.add_person(name, &[]).await;
    }
    // Neither a namesake nor anybody else of a later server.
    for name in ["ellen", "bob"] {
        attempt(&app, name, &format!("fake-password-{name}")).await.is(503);
        assert_eq!(last(&app).await.0, "failed", "{name}");
    }
    for name in ["ellen", "carol"] {
        attempt(&app, name, PASSWORD).await.leads_to("/");
        assert_eq!(last(&app).await, row("ok", "", Some("local")), "{name}");
    }
    // Who says which directory is asked there alone.
    attempt(&app, "partners\\ellen", "fake-password-ellen").await.leads_to("/");
    attempt(&app, "corp\\ellen", "fake-password-ellen").await.is(503);
    attempt(&app, "local\\carol", "fake wrong password").await.is(401);
}

#[actix_web::test]
async fn a_later_one_that_is_silent_keeps_nobody_of_an_earlier_one_out() {
    let (corp, partners) = people().await;
    let app = start(vec![ldap("corp", &corp), silent("partners", &partners)]).await;
    attempt(&app, "ellen", "fake-password-ellen").await.leads_to("/");
    assert_eq!(last(&app).await, row("ok", "", Some("corp")));
}

#[actix_web::test]
async fn a_refusal_does_not_tell_which_one_knows_the_name() {
    let (corp, partners) = people().await;
    let app = start(vec![ldap("corp", &corp), silent("partners", &partners), local()]).await;
    app.add_person("carol", &[]).await;
    let mut texts = Vec::new();
    for (name, directory, reason) in [
        ("ellen", Some("corp"), "wrong_password"),
        ("nobody", None, "unknown_person"),
        ("carol", Some("local"), "wrong_password"),
    ] {
        let page = attempt(&app, name, "fake wrong password").await;
        texts.push(page.is(503).body.replace(&format!("\"{name}\""), ""));
        let event = app.last_event().await.event;
        assert_eq!((event.outcome.as_str(), event.reason.as_str()), ("failed", "directory"));
        assert_eq!(event.directory.as_deref(), directory, "{name}");
        let detail = serde_json::Value::Object(event.detail).to_string();
        assert!(detail.contains("\"silent\":\"partners\"") && detail.contains(reason), "{detail}");
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
}

#[actix_web::test]
async fn a_wrong_password_counts_while_another_directory_is_silent() {
    let (corp, partners) = people().await;
    let app = start(vec![ldap("corp", &corp), silent("partners", &partners)]).await;
    for number in 0..3 {
        attempt(&app, "ellen", &format!("fake wrong {number}")).await.is(503);
    }
    attempt(&app, "ellen", "fake-password-ellen").await.is(503);
    let detail = serde_json::Value::Object(app.last_event().await.event.detail).to_string();
    assert!(detail.contains("throttled"), "{detail}");
}
