//! What a connector's page tells those who set up a program.

use super::*;

const SHORT: &str = "AWS is asked at every request";

#[actix_web::test]
async fn the_page_shows_the_variables_and_what_short_sessions_mean() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let id = app.connector_id("system").await;
    let address = format!("/admin/connectors/{id}");
    let variable = format!("AWS_CONTAINER_CREDENTIALS_FULL_URI={}{}", app.url, path("system"));
    for (duration, short) in [("", false), ("15m", true), ("1799", true), ("30m", false)] {
        change(&app, |form| form.duration = duration.to_owned()).await;
        let page = ada.get(&address).await;
        assert!(page.is(200).body.contains(&variable), "{}", page.text());
        // Beside the field, and where the variables are.
        assert_eq!(page.body.matches(SHORT).count(), if short { 2 } else { 0 }, "{duration}");
    }
    let people = app.connector_id("read-only").await;
    let page = ada.get(&format!("/admin/connectors/{people}")).await;
    assert!(!page.is(200).body.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI"), "it is not for programs");
}

#[actix_web::test]
async fn where_nothing_is_kept_the_page_says_nothing_of_it() {
    let app = TestApp::builder().config(|config| config.api.cache = false).start().await;
    world::fill(&app).await;
    change(&app, |form| form.duration = "15m".to_owned()).await;
    let id = app.connector_id("system").await;
    let page = app.administrator().await.get(&format!("/admin/connectors/{id}")).await;
    assert_eq!(page.is(200).body.matches(SHORT).count(), 0);
}
