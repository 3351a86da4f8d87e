//! The list of access keys: searched, sorted, a page at a time.

use chrono::TimeDelta;
use daypass::clock::Clock;
use daypass::store::schema::access_keys;
use diesel::prelude::*;

use crate::support::{Page, TestApp, world};

/// Copies the row of `broker`, with other names and key ids.
async fn copies(app: &TestApp, names: Vec<String>) {
    let write = app.app.database.write(move |connection| {
        for name in names {
            let id = daypass::random::id();
            diesel::sql_query(format!(
                "INSERT INTO access_keys (id, name, name_folded, partition, key_id, secret, note, account_id, arn, validated_at, state, version, created_at, updated_at, key_since) \
                 SELECT '{id}', '{name}', '{name}', partition, 'FAKE' || '{name}', secret, note, account_id, arn, validated_at, state, version, created_at, updated_at, key_since FROM access_keys WHERE name = 'broker'"
            ))
            .execute(connection)?;
        }
        Ok(((), Vec::new()))
    });
    write.await.unwrap();
}

/// The names of a page's rows, in their order.
fn names(page: &Page) -> Vec<String> {
    let links = page.body.split(r#"<a class="row-link""#).skip(1);
    links.map(|link| link.split_once('>').unwrap().1.split('<').next().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn a_long_list_comes_in_pages_that_lead_to_each_other() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    copies(&app, (0..248).map(|number| format!("copy-{number:03}")).collect()).await;
    let first = ada.get("/admin/access-keys").await;
    first.is(200).says("1–100 of 250 access keys");
    let (mut seen, mut page) = (names(&first), first);
    assert!(!page.text().contains("Previous"));
    while let Some((before, _)) = page.body.split_once(r#"" rel="next""#) {
        let href = before.rsplit("href=\"").next().unwrap().replace("&#38;", "&");
        page = ada.get(&href).await;
        seen.extend(names(page.is(200)));
    }
    page.says("201–250 of 250 access keys").says("Previous");
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((seen.len(), sorted.len()), (250, 250));
    assert_eq!(seen, sorted, "not by name, or not each once");
    // A page whose first key is gone begins at the start.
    ada.get("/admin/access-keys?from=gone").await.says("1–100 of 250 access keys");
    ada.get("/admin/access-keys?q=copy-00").await.says("10 of 250");
    // The signs of LIKE mean themselves.
    ada.get("/admin/access-keys?q=copy%25").await.says("No access key matches the search.");
    ada.get("/admin/access-keys?q=copy_00").await.says("No access key matches the search.");
    ada.get("/admin/access-keys?q=1234-5678-9012").await.says("250 of 250");
}

#[actix_web::test]
async fn every_column_sorts_both_ways() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    copies(&app, vec!["anna".to_owned(), "zoe".to_owned()]).await;
    app.sql("UPDATE access_keys SET key_since = 1000 WHERE name = 'zoe'").await;
    app.sql("UPDATE access_keys SET last_used_at = 2000, arn = NULL, account_id = NULL WHERE name = 'anna'").await;
    app.sql("UPDATE access_keys SET last_used_at = 3000, state = 'refused' WHERE name = 'session user'").await;
    let sorted = async |sort: &str| names(ada.get(&format!("/admin/access-keys?sort={sort}")).await.is(200));
    assert_eq!(sorted("name").await, ["anna", "broker", "session user", "zoe"]);
    assert_eq!(sorted("nonsense").await, ["anna", "broker", "session user", "zoe"]);
    assert_eq!(sorted("owner").await, ["anna", "broker", "zoe", "session user"]);
    // The copies' secrets belong to another row, so they do not open.
    assert_eq!(sorted("state").await, ["anna", "zoe", "session user", "broker"]);
    assert_eq!(sorted("age").await[0], "zoe");
    assert_eq!(sorted("used").await, ["broker", "zoe", "anna", "session user"]);
    assert_eq!(sorted("connectors").await, ["anna", "zoe", "session user", "broker"]);
    for sort in ["name", "owner", "age", "used"] {
        let (mut up, down) = (sorted(sort).await, sorted(&format!("-{sort}")).await);
        up.reverse();
        assert_eq!(up, down, "{sort}");
    }
    assert_eq!(sorted("-connectors").await[0], "broker");
    assert_eq!(sorted("-state").await, ["broker", "session user", "anna", "zoe"]);
    let page = ada.get("/admin/access-keys?sort=age&q=o").await;
    assert!(page.body.contains("?q=o&#38;sort=-age"), "a second click does not turn it round");
    assert!(page.body.contains(r#"aria-sort="ascending""#));
}

#[actix_web::test]
async fn age_and_last_use_are_shown_against_their_limit() {
    let clock = Clock::fixed(Clock::system().now());
    let app = TestApp::builder().clock(clock.clone()).start().await;
    world::fill(&app).await;
    let ada = app.administrator().await;
    let key = app.key_id("broker").await;
    app.app
        .database
        .read(move |connection| {
            let used: Option<i64> = access_keys::table.find(key).select(access_keys::last_used_at).first(connection)?;
            assert_eq!(used, None);
            Ok(())
        })
        .await
        .unwrap();
    ada.get("/admin/access-keys?q=broker").await.says("0 days").says("never");
    ada.post("/connectors/read-only/credentials", &[]).await.is(200);
    let day = app.app.clock.now().format("%Y-%m-%d").to_string();
    ada.get("/admin/access-keys?q=broker").await.says(&day).does_not_say("never");
    clock.advance(TimeDelta::days(90));
    let ada = app.sign_in("ada").await;
    let page = ada.get("/admin/access-keys?q=broker").await;
    assert!(page.says("90 days").body.contains(">90 days<") && !page.body.contains("badge warning"), "too early");
    clock.advance(TimeDelta::seconds(1));
    let page = ada.get("/admin/access-keys?q=broker").await;
    assert!(page.body.contains(r#"<span class="badge warning">90 days</span>"#));
    // A new secret is a new key.
    let id = app.key_id("broker").await;
    let typed = [
        ("name", "broker"),
        ("key_id", world::KEY_ID),
        ("secret", world::SECRET),
        ("partition", "aws"),
        ("version", "1"),
        ("skip_validation", "true"),
    ];
    ada.post(&format!("/admin/access-keys/{id}"), &typed).await.is(303);
    ada.get("/admin/access-keys?q=broker").await.says("0 days");
}
