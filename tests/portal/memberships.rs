//! What the local directory tells of groups.

use daypass::directory::{Directory, Local};

use crate::support::TestApp;

#[actix_web::test]
async fn local_groups_are_listed_and_people_are_in_them_without_any_between() {
    let app = TestApp::start().await;
    app.person("alice", &["ops", "Dev"]).await;
    let directory = Directory::Local(Local::new("local", app.app.database.clone()));
    let alice = directory.named("alice").await.unwrap();
    let paths = directory.memberships(&alice.external_id).await.unwrap().unwrap();
    assert!(paths.iter().all(|path| path.via.is_empty()));
    assert_eq!(paths.into_iter().map(|path| path.group).collect::<Vec<_>>(), alice.groups);
    assert_eq!(directory.memberships("nobody").await, Ok(None));
    let all = directory.all_groups().await.unwrap();
    assert!(alice.groups.iter().all(|group| all.contains(group)), "{all:?}");
    assert!(all.is_sorted_by_key(|group| group.name.to_lowercase()));
}
