//! Groups of a real slapd.

use std::collections::HashSet;

use daypass::directory::MOST_GROUPS;

use super::slapd::{Own, directory, names};

#[tokio::test]
async fn somebody_in_more_groups_than_a_page_holds_has_them_all() {
    let own = Own::new("paging").await;
    let member = own.person("paula").await;
    for number in 0..520 {
        own.group(&format!("page {number}"), &member).await;
    }
    let entry = own.sign_in("paula").await.unwrap();
    let different: HashSet<_> = entry.groups.iter().map(|group| &group.group.id).collect();
    assert_eq!((entry.groups.len(), different.len()), (520, 520));
}

#[tokio::test]
async fn groups_are_found_by_a_part_of_their_name() {
    let directory = directory(|_| {});
    let found = directory.find_groups("TEAM-").await.unwrap();
    assert!(found.more);
    assert_eq!(found.groups.len(), MOST_GROUPS);
    assert!(found.groups.is_sorted_by_key(|group| &group.name));
    let found = directory.find_groups("team-01").await.unwrap();
    assert!(!found.more);
    assert_eq!(names(&found.groups).first(), Some(&"team-010"));
    assert_eq!(found.groups.len(), 10);
    let found = directory.find_groups(" with, c").await.unwrap();
    assert_eq!(names(&found.groups), ["group with, comma"]);
    assert!(directory.find_groups("").await.unwrap().more);
    for part in ["*", "(", "\\", "team*", "*)(cn=*", "\0", "nothing like it"] {
        assert_eq!(directory.find_groups(part).await.unwrap().groups, [], "{part:?}");
    }
}

#[tokio::test]
async fn what_a_filter_must_escape_can_be_searched_in_names() {
    let own = Own::new("names").await;
    let member = own.person("petra").await;
    for name in ["stars *** (all)", "back\\slash", "ümlaut"] {
        own.group(name, &member).await;
    }
    let directory = own.directory();
    for (part, name) in [
        ("*", "stars *** (all)"),
        ("***", "stars *** (all)"),
        ("(", "stars *** (all)"),
        ("(ALL)", "stars *** (all)"),
        ("\\", "back\\slash"),
        ("ÜML", "ümlaut"),
    ] {
        assert_eq!(names(&directory.find_groups(part).await.unwrap().groups), [name], "{part}");
    }
    assert_eq!(names(&own.sign_in("petra").await.unwrap().groups), ["back\\slash", "stars *** (all)", "ümlaut"]);
}

#[tokio::test]
async fn a_group_is_found_by_its_whole_name_and_by_its_id() {
    let directory = directory(|_| {});
    let found = directory.groups_named("AWS-Admins").await.unwrap();
    assert_eq!(names(&found), ["aws-admins"]);
    assert_eq!(directory.group(&found[0].group.id).await, Ok(Some(found[0].clone())));
    for name in ["aws-admin", "aws-admins*", "", "*"] {
        assert_eq!(directory.groups_named(name).await, Ok(Vec::new()), "{name}");
    }
    for id in ["", "*", "0", &found[0].detail, "*)(cn=*", "a=b", "00000000-0000-1000-8000-000000000000"] {
        assert_eq!(directory.group(id).await, Ok(None), "{id}");
    }
}

#[tokio::test]
async fn a_group_taken_away_is_gone_at_the_next_look() {
    let own = Own::new("taken").await;
    let member = own.person("tara").await;
    let other = own.person("tim").await;
    let group = own.group("ops", &member).await;
    let id = own.sign_in("tara").await.unwrap().external_id;
    let directory = own.directory();
    assert_eq!(names(&directory.look_up(&id).await.unwrap().unwrap().groups), ["ops"]);
    own.change(&group, "member", &[&other]).await;
    assert_eq!(directory.look_up(&id).await.unwrap().unwrap().groups, []);
}

#[tokio::test]
async fn many_at_once_share_the_connections() {
    let directory = directory(|_| {});
    let ids = directory.groups_named("aws-admins").await.unwrap();
    let work = (0..100).map(|_| directory.group(&ids[0].group.id));
    for group in futures_util::future::join_all(work).await {
        assert_eq!(group.unwrap().unwrap().name, "aws-admins");
    }
}

#[tokio::test]
async fn all_groups_come_page_by_page_and_are_the_ones_that_single_questions_give() {
    let own = Own::new("all").await;
    let member = own.person("alma").await;
    for number in 0..520 {
        own.group(&format!("All {number:03}"), &member).await;
    }
    let directory = own.directory();
    let all = directory.all_groups().await.unwrap();
    assert_eq!(all, directory.named("alma").await.unwrap().groups);
    assert_eq!((all.len(), all[519].name.as_str()), (520, "All 519"));
    let empty = Own::new("empty").await;
    assert_eq!(empty.directory().all_groups().await, Ok(Vec::new()));
    let wrong = self::directory(|settings| settings.bind_password = Some("fake-wrong-password".to_owned().into()));
    assert!(wrong.all_groups().await.is_err());
}
