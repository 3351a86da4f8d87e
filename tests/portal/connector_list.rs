//! The list of connectors: searched, sorted, a page at a time.

use diesel::prelude::*;

use crate::support::{Page, TestApp};

/// Copies the row of `read-only` under other names.
async fn copies(app: &TestApp, names: Vec<String>) {
    let write = app.app.database.write(move |connection| {
        for name in names {
            let id = daypass::random::id();
            diesel::sql_query(format!(
                "INSERT INTO connectors (id, slug, name, name_folded, description, access_key_id, partition, account_id, principal_type, role_arn, policy_arns, omit_policy, system_scope, enabled, open_without_asking, version, created_at, updated_at) \
                 SELECT '{id}', '{name}', '{name}', '{name}', description, access_key_id, partition, account_id, principal_type, role_arn, policy_arns, omit_policy, system_scope, enabled, open_without_asking, version, created_at, updated_at FROM connectors WHERE slug = 'read-only'"
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
    copies(&app, (0..201).map(|number| format!("a-copy-{number:03}")).collect()).await;
    let first = ada.get("/admin/connectors").await;
    first.is(200).says("1–100 of 205 connectors").does_not_say("Previous");
    let (mut seen, mut page) = (names(&first), first);
    while let Some((before, _)) = page.body.split_once(r#"" rel="next""#) {
        let href = before.rsplit("href=\"").next().unwrap().replace("&#38;", "&");
        page = ada.get(&href).await;
        seen.extend(names(page.is(200)));
    }
    page.says("201–205 of 205 connectors").says("Previous");
    let mut sorted = seen.clone();
    sorted.sort_by_key(|name| name.to_lowercase());
    sorted.dedup();
    assert_eq!((seen.len(), sorted.len()), (205, 205));
    assert_eq!(seen, sorted, "not by name, or not each once");
    ada.get("/admin/connectors?from=gone").await.says("1–100 of 205 connectors");
    ada.get("/admin/connectors?q=copy-00").await.says("10 of 205");
    ada.get("/admin/connectors?q=copy%25").await.says("No connector matches the search.");
    // The permissions page shows the first and says that there are more; the usage log takes a name.
    ada.get("/admin/permissions").await.is(200).says("105 more. Type to narrow them down.");
    ada.get("/admin/permissions?q=copy-00").await.does_not_say("more. Type");
}

#[actix_web::test]
async fn a_guid_in_any_form_a_role_and_an_account_find_their_connector() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let id = app.connector_id("read-only").await;
    for typed in [id.clone(), id.to_uppercase(), format!("%7B{id}%7D"), id.replace('-', "")] {
        let page = ada.get(&format!("/admin/connectors?q={typed}")).await;
        page.says("1 of 4");
        assert_eq!(names(&page).len(), 1, "{typed}");
    }
    ada.get("/admin/connectors?q=role/readonly").await.says("of 4");
    ada.get("/admin/connectors?q=1234-5678-9012").await.says("4 of 4");
    ada.get("/admin/connectors?q=0193f6a1-0000-7000-8000-000000000001").await.says("No connector matches the search.");
}

#[actix_web::test]
async fn every_column_sorts_both_ways() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    app.sql("UPDATE connectors SET updated_at = 5 WHERE slug = 'federated'").await;
    for sort in ["name", "account", "principal", "key", "changed", "unheard-of"] {
        let up = names(ada.get(&format!("/admin/connectors?sort={sort}")).await.is(200));
        let down = names(ada.get(&format!("/admin/connectors?sort=-{sort}")).await.is(200));
        assert_eq!(up.len(), 4, "{sort}");
        let turned: Vec<String> = down.into_iter().rev().collect();
        assert_eq!(up, turned, "{sort}");
    }
    let changed = names(&ada.get("/admin/connectors?sort=changed").await);
    let slug = ada.get(&format!("/admin/connectors?q={}", changed[0].replace(' ', "+"))).await;
    slug.says("federated");
}

#[actix_web::test]
async fn the_usage_log_is_filtered_by_name_slug_or_id() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    alice.post("/connectors/read-only/credentials", &[]).await.is(200);
    let aria = app.auditor().await;
    let id = app.connector_id("read-only").await;
    for typed in ["read-only", "READ+ONLY", &id] {
        let page = aria.get(&format!("/usage-log?kind=credentials.issue&connector={typed}")).await;
        if typed == "READ+ONLY" && page.status == 422 {
            continue;
        }
        page.is(200).says("alice");
    }
    let page = aria.get("/usage-log?connector=no-such").await;
    assert!(page.is(422).field_error("connector").contains("No connector has this name"));
    assert_eq!(page.value_of("connector").as_deref(), Some("no-such"));
    // One that is gone is still found by its id.
    let page = aria.get("/usage-log?connector=0193f6a1-0000-7000-8000-000000000001").await;
    page.is(200).says("Nothing in the log matches the filter.");
}
