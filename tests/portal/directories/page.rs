//! The page of the directories.

use super::{ldap, local, silent, start};
use crate::ldap::slapd::Own;
use crate::support::{Browser, PASSWORD, Page, Person, TestApp};

const PAGE: &str = "/admin/directories";

async fn started() -> (Own, TestApp, Person) {
    let (corp, away) = (Own::new("corp").await, Own::new("away").await);
    let ellen = corp.person("ellen").await;
    corp.group("ops", &ellen).await;
    let app = start(vec![ldap("corp", &corp), local(), silent("away", &away)]).await;
    let ada = app.administrator().await;
    (corp, app, ada)
}

async fn act(ada: &Person, action: &str, fields: &[(&str, &str)]) -> Page {
    let mut form = vec![("action", action)];
    form.extend_from_slice(fields);
    ada.post(PAGE, &form).await
}

#[actix_web::test]
async fn each_directory_is_there_with_its_state() {
    let (_corp, _app, ada) = started().await;
    ada.get(PAGE).await.is(200).says("1. corp").says("2. local").says("3. away").says("Not listed yet");
    act(&ada, "check", &[("directory", "corp")]).await.leads_to(PAGE);
    ada.get(PAGE).await.says("The directory “corp” answers.").says("Answers").says("listed");
    act(&ada, "check", &[("directory", "away")]).await.leads_to(PAGE);
    ada.get(PAGE).await.says("The directory “away” does not answer").says("Does not answer").says("Connection refused");
    act(&ada, "check", &[("directory", "nothing")]).await.is(404);
}

#[actix_web::test]
async fn a_sign_in_is_tried_out_step_by_step() {
    let (corp, app, ada) = started().await;
    let base = corp.settings().user_base;
    let right = [("user_name", "ellen"), ("password", "fake-password-ellen")];
    let page = act(&ada, "try", &right).await;
    page.is(200).says("Would be let in").says("ops").says("None but that of a user");
    page.says(&format!("(&(objectClass=inetOrgPerson)(uid=ellen)) below {base}")).says(&format!("uid=ellen,{base}"));
    page.says("bind").says("0 (success)").does_not_say("fake-password");
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.outcome.as_str(), row.actor_name.as_str()), ("directory.try", "ok", "ada"));
    assert_eq!(row.detail["user"], "ellen");
    // Nobody was signed in: the session is still ada's.
    ada.get(PAGE).await.is(200);

    let page = act(&ada, "try", &[("user_name", "ada"), ("password", PASSWORD)]).await;
    page.is(200).says("Would be let in").says("Administrator");
    let page = act(&ada, "try", &[("user_name", "corp\\nobody"), ("password", "fake wrong")]).await;
    page.is(200).says("Would be refused").says("Nobody signs in with this name.");
    assert_eq!(app.last_row().await, ("directory.try".into(), "refused".into(), "unknown_person".into()));
}

#[actix_web::test]
async fn tries_on_the_page_count_as_on_the_sign_in_page() {
    let (_corp, app, ada) = started().await;
    for number in 0..3 {
        let page =
            act(&ada, "try", &[("user_name", "corp\\ellen"), ("password", &format!("fake wrong {number}"))]).await;
        page.is(200).says("The password is wrong.").does_not_say("fake wrong");
    }
    act(&ada, "try", &[("user_name", "corp\\ellen"), ("password", "fake-password-ellen")])
        .await
        .is(200)
        .says("Too many wrong passwords lately");
    super::attempt(&app, "corp\\ellen", "fake-password-ellen").await.is(401);
    let log = app.events().await.into_iter().map(|row| format!("{:?}", row.event)).collect::<String>();
    assert!(!log.contains("fake wrong") && !log.contains("fake-password"), "a password is in the log");
}

#[actix_web::test]
async fn a_person_is_looked_up_without_a_password() {
    let (_corp, app, ada) = started().await;
    let page = act(&ada, "look", &[("user_name", "ELLEN")]).await;
    page.is(200).says("Found").says("ellen").says("ops").says("below").does_not_say("bind");
    assert_eq!(app.last_row().await, ("directory.look_up".into(), "ok".into(), String::new()));
    act(&ada, "look", &[("user_name", "nobody")]).await.is(200).says("Not found").says("“away” does not answer");
    assert_eq!(app.last_row().await, ("directory.look_up".into(), "failed".into(), "directory".into()));
    act(&ada, "look", &[("user_name", "*")]).await.is(200).says("Not found");
    let page = act(&ada, "look", &[("user_name", " ")]).await;
    page.is(422).says("Type the name that somebody signs in with.");
    act(&ada, "nothing", &[("user_name", "ellen")]).await.is(404);
}

#[actix_web::test]
async fn it_is_easy_to_read() {
    let (_corp, app, ada) = started().await;
    for directory in ["corp", "away"] {
        act(&ada, "check", &[("directory", directory)]).await;
    }
    let browser = Browser::start().await;
    browser.open(&app.url).await;
    browser.sign_in("local\\ada", PASSWORD).await;
    browser.find("main").await;
    browser.open(&format!("{}{PAGE}", app.url)).await;
    browser.look("directories-several").await;
    browser.fill("#f-try", "ellen").await;
    browser.fill("#f-password", "fake-password-ellen").await;
    browser.press("Try").await;
    browser.find("#result").await;
    browser.look("directories-tried").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[actix_web::test]
async fn only_administrators_see_it() {
    let (_corp, app, _ada) = started().await;
    let aria = app.auditor().await;
    aria.get(PAGE).await.is(403);
    aria.post(PAGE, &[("action", "look"), ("user_name", "ellen")]).await.is(403);
    app.anybody().get(PAGE).await.is(303);
}

#[actix_web::test]
async fn both_forms_work_without_javascript() {
    let (_corp, app, _ada) = started().await;
    let browser = Browser::without_javascript().await;
    browser.open(&app.url).await;
    browser.sign_in("local\\ada", PASSWORD).await;
    browser.find("main").await;
    browser.open(&format!("{}{PAGE}", app.url)).await;
    browser.fill("#f-try", "ellen").await;
    browser.fill("#f-password", "fake-password-ellen").await;
    browser.press("Try").await;
    browser.says("Would be let in").await.says("0 (success)").await;
    assert_eq!(app.last_row().await.0, "directory.try");
    // What was typed is there again, but for the password.
    assert_eq!(browser.value_of("#f-try").await, "ellen");
    assert_eq!(browser.value_of("#f-password").await, "");
    browser.fill("#f-look", "ELLEN").await;
    browser.press("Look up").await;
    browser.says("Found").await.says("ops").await;
    assert_eq!(app.last_row().await.0, "directory.look_up");
    browser.fill("#f-look", "nobody").await;
    browser.press("Look up").await;
    browser.says("Not found").await;
    browser.press("Check now corp").await;
    browser.says("The directory “corp” answers.").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
