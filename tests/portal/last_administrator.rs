//! The last administrator is not locked out, and groups that give their role to nobody are told of.

use daypass::portal::{PortalError, role_groups, users};

use crate::support::TestApp;
use crate::support::program;

/// What is said of whom nobody may close out.
fn refused(result: Result<(), PortalError>) -> String {
    match result {
        Err(PortalError::Invalid(errors)) => errors.get("username").unwrap_or_default().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[actix_web::test]
async fn the_last_administrator_is_not_closed_out() {
    let app = TestApp::start().await;
    for (name, group) in [("ada", "administrators"), ("eve", "administrators"), ("bob", "ops")] {
        app.add_person(name, &[group]).await;
    }
    // Whoever administers nothing may go, and one of two who do.
    users::set_active(&app.app, "bob", false).await.unwrap();
    users::set_active(&app.app, "eve", false).await.unwrap();
    let row = app.last_event().await.event;
    assert_eq!((&row.detail["before"], &row.detail["active"]), (&true.into(), &false.into()));
    let rows = app.events().await.len();
    let sentence = refused(users::set_active(&app.app, "ada", false).await);
    assert!(sentence.starts_with("ada is the last administrator who may sign in"), "{sentence}");
    assert!(sentence.contains("--group administrators"), "{sentence}");
    assert_eq!(app.events().await.len(), rows, "nothing was done");
    app.sign_in("ada").await.get("/admin/system").await.is(200);
    // Eve is closed out already: once more changes nothing.
    users::set_active(&app.app, "eve", false).await.unwrap();
    users::set_active(&app.app, "eve", true).await.unwrap();
    users::set_active(&app.app, "ada", false).await.unwrap();
    assert!(!refused(users::set_active(&app.app, "eve", false).await).is_empty());
}

#[actix_web::test]
async fn the_configured_group_counts_and_not_the_built_in_one() {
    let app = TestApp::builder()
        .config(|config| config.access.administrators = vec!["local:Chiefs".to_owned()])
        .start()
        .await;
    app.add_person("ada", &["chiefs"]).await;
    app.add_person("eve", &["administrators"]).await;
    assert!(refused(users::set_active(&app.app, "ada", false).await).contains("--group chiefs"));
    users::set_active(&app.app, "eve", false).await.unwrap();
}

#[actix_web::test]
async fn groups_that_match_nobody_are_told_of() {
    let app = TestApp::builder()
        .config(|config| {
            config.access.administrators = vec!["local:nobody's".to_owned()];
            config.access.auditors = vec!["local:auditors".to_owned()];
        })
        .start()
        .await;
    app.add_person("aria", &["auditors"]).await;
    let doubts = role_groups::doubts(&app.app).await.unwrap();
    assert_eq!(doubts.len(), 2, "{doubts:?}");
    assert!(doubts[0].contains("there is no group “local:nobody's”"), "{doubts:?}");
    assert!(doubts[1].starts_with("Nobody can administer"), "{doubts:?}");
    // Somebody is in it, and may not sign in.
    app.add_person("ada", &["nobody's"]).await;
    assert_eq!(role_groups::doubts(&app.app).await.unwrap(), Vec::<String>::new());
    app.sql("UPDATE local_users SET active = (1 = 0) WHERE user_name = 'ada'").await;
    let doubts = role_groups::doubts(&app.app).await.unwrap();
    assert!(doubts.len() == 1 && doubts[0].starts_with("Nobody can administer"), "{doubts:?}");
}

#[actix_web::test]
async fn a_portal_that_waits_for_its_set_up_is_in_order() {
    let app = TestApp::builder().start().await;
    assert_eq!(role_groups::doubts(&app.app).await.unwrap(), Vec::<String>::new());
}

#[test]
fn check_config_says_where_nobody_can_administer() {
    let folder = tempfile::tempdir().unwrap();
    let ldap = "[[directory]]\nkind = 'ldap'\nname = 'corp'\nurl = 'ldaps://localhost'\nbind_dn = 'cn=x'\nbind_password = 'fake'\nuser_base = 'ou=people,dc=example,dc=com'\ngroup_base = 'ou=groups,dc=example,dc=com'\n";
    let says = |text: &str| {
        std::fs::write(folder.path().join("daypass.toml"), text).unwrap();
        program::run(folder.path(), &["check-config"], "").ok().to_owned()
    };
    assert!(says(ldap).contains("Nobody can administer"));
    assert!(!says(&format!("{ldap}[access]\nadministrators = ['corp:admins']\n")).contains("Nobody"));
    assert!(!says(&format!("{ldap}[[directory]]\nkind = 'local'\nname = 'local'\n")).contains("Nobody"));
}
