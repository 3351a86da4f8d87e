//! Ten thousand connectors and a hundred thousand grants: pages stay pages.

use std::time::{Duration, Instant};

use daypass::model::event::Event;
use diesel::prelude::*;

use crate::support::{Page, Person, TestApp};

const CONNECTORS: usize = 10_000;
const GROUPS: usize = 20_000;
/// Of each connector.
const GRANTS: usize = 10;
/// Far above what it takes (tens of milliseconds where the program is optimised), far below a page that looks through all for
/// each of its rows.
const LONGEST: Duration = Duration::from_secs(2);

/// Rows as the portal would write them, without waiting for each.
async fn fill(app: &TestApp) {
    let write = app.app.database.write(|connection| {
        let columns = "slug, description, access_key_id, partition, account_id, principal_type, through, role_arn, external_id, \
                       source_identity, session_tags, policy, policy_arns, omit_policy, duration_seconds, region, console_start, \
                       system_scope, enabled, open_without_asking, version, created_at, updated_at";
        let copied = columns.replace("slug,", "'copy-' || n.n,");
        let numbers = |most: usize| {
            format!("WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {most})")
        };
        let connectors = format!(
            "INSERT INTO connectors (id, name, name_folded, {columns}) {} SELECT 'copy-' || n.n, 'Copy ' || n.n, \
             'copy ' || n.n, {copied} FROM connectors, n WHERE slug = 'read-only'",
            numbers(CONNECTORS)
        );
        let grants = format!(
            "INSERT INTO grants (id, connector_id, directory, group_id, group_name, group_detail, created_by, created_at) {} \
             SELECT 'grant-' || n.n, 'copy-' || (n.n % {CONNECTORS} + 1), 'local', 'group-' || ((n.n * 7 + n.n / {CONNECTORS}) % {GROUPS}), \
             'Group ' || ((n.n * 7 + n.n / {CONNECTORS}) % {GROUPS}), 'local group', 'ada', 0 FROM n",
            numbers(CONNECTORS * GRANTS)
        );
        let groups = format!(
            "INSERT INTO local_groups (id, name) {} SELECT 'group-' || n.n, 'Group ' || n.n FROM n",
            numbers(GROUPS)
        );
        for statement in [connectors, grants, groups] {
            diesel::sql_query(statement).execute(connection)?;
        }
        Ok(((), Vec::<Event>::new()))
    });
    write.await.unwrap();
}

/// The page, and how long the second look at it took.
async fn quick(person: &Person, path: &str) -> Page {
    person.get(path).await.is(200);
    let start = Instant::now();
    let page = person.get(path).await;
    let took = start.elapsed();
    assert!(took < LONGEST, "{path} took {took:?}");
    assert!(page.body.len() < 200_000, "{path} has {} bytes", page.body.len());
    page
}

#[actix_web::test]
async fn pages_stay_quick_with_ten_thousand_connectors() {
    let app = TestApp::start().await;
    fill(&app).await;
    let ada = app.administrator().await;
    let by_group = "/admin/permissions/by-group";
    let page = quick(&ada, by_group).await;
    page.says("1–100 of").says("Next");
    quick(&ada, &format!("{by_group}?q=group+199")).await.says("Group 199");
    let page = quick(&ada, &format!("{by_group}?group=local:group-7&show=others")).await;
    page.says("1–100 of").says("Next");
    quick(&ada, &format!("{by_group}?group=local:group-7&show=others&q=copy+77")).await.says("Copy 77");
    quick(&ada, &format!("{by_group}?group=local:group-7")).await;
    quick(&ada, "/admin/permissions?connector=copy+77").await.says("Group");
    // A page's length at once, by one submission.
    let ids: Vec<String> = (1..=500).map(|number| format!("copy-{number}")).collect();
    let mut form = vec![("group", "local:administrators"), ("change", "grant")];
    form.extend(ids.iter().map(|id| ("connector", id.as_str())));
    let start = Instant::now();
    ada.post(by_group, &form).await.is(303);
    assert!(start.elapsed() < Duration::from_secs(20));
    ada.get(&format!("{by_group}?group=local:administrators")).await.says("1–100 of 500 connectors").says("Next");
}
