//! A password is changed while somebody comes in with the old one.

use crate::support::sql::{connect, either, lines, run};
use crate::support::{PASSWORD, TestApp};

/// What a new password and the end of sessions do in the database, as soon as a sign-in is written down: after the old
/// password was right, and before its session begins.
fn change_at_sign_in(app: &TestApp) {
    let mut connection = connect(&app.app.config);
    let change = "UPDATE local_users SET password_hash = 'changed', version = version + 1 WHERE user_name = 'alice'; DELETE FROM sessions;";
    let sqlite = format!(
        "CREATE TRIGGER meanwhile AFTER INSERT ON usage_log WHEN NEW.kind = 'session.start' AND NEW.outcome = 'ok' BEGIN {change} END"
    );
    let postgres = format!(
        "CREATE FUNCTION meanwhile() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {change} RETURN NULL; END $$;
         CREATE TRIGGER meanwhile AFTER INSERT ON usage_log FOR EACH ROW
         WHEN (NEW.kind = 'session.start' AND NEW.outcome = 'ok') EXECUTE FUNCTION meanwhile()"
    );
    let text = either(&connection, &sqlite, &postgres).to_owned();
    run(&mut connection, &text);
}

fn sessions(app: &TestApp) -> usize {
    lines(&mut connect(&app.app.config), "SELECT id_hash AS line FROM sessions WHERE person_id IS NOT NULL").len()
}

#[actix_web::test]
async fn no_session_outlives_the_change() {
    let app = TestApp::builder().start().await;
    app.add_person("alice", &[]).await;
    change_at_sign_in(&app);
    let alice = app.anybody();
    // The old password was right when it was looked at.
    alice.post("/sign-in", &[("username", "alice"), ("password", PASSWORD)]).await.leads_to("/");
    assert_eq!(sessions(&app), 0);
    assert_eq!(alice.get("/").await.status, 303, "whoever came in with the old password is out");
}

#[actix_web::test]
async fn nobody_elses_session_is_kept_from_beginning() {
    let app = TestApp::builder().start().await;
    app.add_person("alice", &[]).await;
    app.add_person("bob", &[]).await;
    change_at_sign_in(&app);
    let bob = app.sign_in("bob").await;
    assert_eq!(sessions(&app), 1);
    bob.get("/").await.is(200);
}

/// The password that was right for both is taken away by the first.
#[actix_web::test]
async fn of_two_changes_at_once_one_counts() {
    let app = TestApp::builder().start().await;
    let alice = app.person("alice", &[]).await;
    let elsewhere = app.sign_in("alice").await;
    let news = ["fake otters swim upstream", "fake herons wade downstream"];
    let form = |new| [("current", PASSWORD), ("password", new), ("repeat", new)];
    let (one, other) = (form(news[0]), form(news[1]));
    let pages = tokio::join!(alice.post("/password", &one), elsewhere.post("/password", &other));
    let statuses = [pages.0.status, pages.1.status];
    assert!(statuses == [303, 422] || statuses == [422, 303], "{statuses:?}");
    let right = news[usize::from(statuses[0] != 303)];
    for new in news {
        let page = app.anybody().post("/sign-in", &[("username", "alice"), ("password", new)]).await;
        page.is(if new == right { 303 } else { 401 });
    }
}
