//! How many people are in groups of Crowd.

use std::time::Duration;

use daypass::directory::{Directory, Headcount, MOST_PEOPLE, Members};

use super::server::{Fault, Server};

async fn count(directory: &Directory, groups: &[&str]) -> Headcount {
    let ids: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
    directory.people_in(&ids).await.unwrap()
}

const fn people(people: usize) -> Headcount {
    Headcount { people, more: false }
}

#[tokio::test]
async fn open_accounts_count_once_and_of_groups_within_where_it_nests() {
    let server = Server::start().await;
    server.change(|world| {
        world.user("Dora", &["staff", "developers"]);
        world.user("emil", &["Payments Ops"]);
    });
    let flat = server.directory_with(|settings| settings.nested_groups = false);
    let nested = server.directory_with(|settings| settings.nested_groups = true);
    // carla's account is closed.
    for directory in [&flat, &nested] {
        assert_eq!(count(directory, &["developers"]).await, people(2));
        assert_eq!(count(directory, &["developers", "staff", "payments ops"]).await, people(3));
        assert_eq!(count(directory, &["nothing", "crowd-admins"]).await, people(1));
        assert_eq!(count(directory, &[]).await, people(0));
    }
    assert_eq!((count(&flat, &["staff"]).await, count(&nested, &["staff"]).await), (people(1), people(2)));
    server.change(|world| world.group("developers", &["staff"]).active = false);
    assert_eq!(count(&nested, &["developers"]).await, people(0), "a closed group is nobody's");
}

#[tokio::test]
async fn lists_are_read_page_by_page_and_no_further_than_needed() {
    let server = Server::start().await;
    server.change(|world| {
        world.group("big", &[]);
        for number in 0..MOST_PEOPLE {
            world.user(&format!("p-{number:05}"), &["big"]);
        }
    });
    let directory = server.directory_with(|settings| {
        (settings.nested_groups, settings.page_size) = (false, 3000);
        // The tests' own server takes its time for so many.
        settings.timeout = Duration::from_secs(15);
    });
    assert_eq!(count(&directory, &["big"]).await, people(MOST_PEOPLE));
    let asked = server.heard().iter().filter(|heard| heard.resource.starts_with("group/user/")).count();
    assert_eq!(asked, 4);
    server.change(|world| {
        world.user("one-more", &["big"]);
    });
    assert_eq!(count(&directory, &["big", "staff"]).await, Headcount { people: MOST_PEOPLE, more: true });
}

#[tokio::test]
async fn silence_and_strange_answers_are_no_count() {
    let server = Server::start().await;
    let directory = server.directory_with(|settings| settings.nested_groups = false);
    let resource = "group/user/direct";
    for fault in [
        Fault::Reset,
        Fault::json("{}"),
        // Nobody says whether they may sign in.
        Fault::json(r#"{"users":[{"name":"alice"}]}"#),
        Fault::Say(500, "application/json", r#"{"reason":"OPERATION_FAILED"}"#.to_owned()),
        Fault::Hang,
    ] {
        server.fault(resource, fault.clone());
        let error = directory.people_in(&["developers".to_owned()]).await.unwrap_err();
        assert!(error.cause.starts_with("a group's people: "), "{fault:?}: {}", error.cause);
    }
    // The same page again and again.
    let page: Vec<String> = (0..2).map(|n| format!(r#"{{"name":"p{n}","active":true}}"#)).collect();
    server.fault(resource, Fault::json(format!(r#"{{"users":[{}]}}"#, page.join(","))));
    let directory = server.directory_with(|settings| (settings.nested_groups, settings.page_size) = (false, 2));
    let error = directory.people_in(&["developers".to_owned()]).await.unwrap_err();
    assert_eq!(error.cause, "a group's people: its pages repeat themselves");
    // Deleted between the two questions.
    server.fault(resource, Fault::Say(404, "application/json", r#"{"reason":"GROUP_NOT_FOUND"}"#.to_owned()));
    assert_eq!(count(&directory, &["developers"]).await, people(0));
}

#[tokio::test]
async fn a_count_is_kept_and_asked_for_once_however_many_want_it() {
    let server = Server::start().await;
    let flat = || server.directory_with(|settings| settings.nested_groups = false);
    let asked = || server.heard().iter().filter(|heard| heard.resource == "group/user/direct").count();
    let groups = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let kept = Members::new(flat(), Duration::from_secs(3600));
    let (one, other) = futures_util::join!(
        kept.people_in(groups(&["developers", "staff"])),
        kept.people_in(groups(&["staff", "developers", "staff"]))
    );
    assert_eq!((one, other), (Ok(people(1)), Ok(people(1))));
    assert_eq!(asked(), 2, "one question for each group");
    server.change(|world| {
        world.user("emil", &["staff"]);
    });
    assert_eq!(kept.people_in(groups(&["developers", "staff"])).await, Ok(people(1)));
    assert_eq!(asked(), 0);
    assert_eq!(kept.people_in(groups(&["staff"])).await, Ok(people(1)), "other groups are another count");
    // Where nothing is to be kept, nothing is; and silence is never kept.
    let fresh = Members::new(flat(), Duration::ZERO);
    for _ in 0..2 {
        assert_eq!(fresh.people_in(groups(&["staff"])).await, Ok(people(1)));
    }
    assert_eq!(asked(), 3);
    server.fault("", Fault::Reset);
    assert!(kept.people_in(groups(&["developers"])).await.is_err());
    server.heal();
    assert_eq!(kept.people_in(groups(&["developers"])).await, Ok(people(1)));
    assert_eq!(kept.health().answers, None, "counting says nothing of a directory's health");
}
