//! The pages of local people and groups, and of one's own password.

use super::tour::Tour;
use crate::crowd::server::Server as Crowd;
use crate::support::{Browser, PASSWORD, TestApp};

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

#[actix_web::test]
async fn the_sign_in_page_with_single_sign_on() {
    let crowd = Crowd::start().await;
    crowd.change(|world| _ = world.session("fakeTokenOfAlice", "alice", "127.0.0.1"));
    let usual = crowd.configure();
    let change = |config: &mut daypass::config::Config| {
        usual(config);
        let Some(daypass::config::Directory::Crowd(crowd)) = config.directory.first_mut() else { unreachable!() };
        crowd.sso = true;
    };
    let app = TestApp::builder().config(change).start().await;
    let browser = Browser::start().await;
    browser.open(&app.url).await;
    let bring = async |token: &str| {
        browser.script(&format!("document.cookie = 'crowd.token_key={token}; path=/'")).await;
        browser.open(&format!("{}/sign-in", app.url)).await;
    };
    bring("fakeTokenOfNobody").await;
    browser.look("sign-in-sso").await;
    browser.press("Continue with corp").await;
    browser.find(".notice.danger").await;
    browser.look("sign-in-sso-refused").await;
    browser.expect_status(401).await;
    bring("fakeTokenOfAlice").await;
    browser.press("Continue with corp").await;
    browser.find("details.person").await;
    browser.says("alice").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
