//! The pages of local people and groups, and of one's own password.

use super::tour::Tour;
use crate::support::{PASSWORD, TestApp};

#[actix_web::test]
async fn the_pages_of_local_people() {
    let app = TestApp::start().await;
    app.add_person("ada", &["administrators"]).await;
    let long = "maximiliane.wolkenstein-trostburg.of.the.platform.team";
    let id = app.add_person(long, &["ops", "platform engineering of frankfurt and dublin", "dev"]).await;
    daypass::portal::users::set_active(&app.app, long, false).await.unwrap();
    for name in ["alice", "bob", "carol"] {
        app.add_person(name, &["ops"]).await;
    }
    let ada = Tour::of(&app.url, "ada", PASSWORD).await;
    ada.pages(&[
        ("people-list", "/admin/local-people"),
        ("people-none", "/admin/local-people?q=nothing"),
        ("people-new", "/admin/local-people/new"),
        ("people-one", &format!("/admin/local-people/{id}")),
        ("people-delete", &format!("/admin/local-people/{id}/delete")),
        ("people-groups", "/admin/local-groups"),
        ("people-group-delete", "/admin/local-groups/delete?group=ops"),
        ("password", "/password"),
    ])
    .await;
    ada.browser.fill("#f-current", "fake wrong password").await;
    ada.browser.fill("#f-password", "password1234").await;
    ada.browser.fill("#f-repeat", "password1234").await;
    ada.browser.press("Change password").await;
    ada.browser.find("#f-password-error").await;
    ada.browser.look("password-wrong").await;
    ada.browser.expect_status(422).await;
    ada.done().await;
}
