//! Groups: of a person, by name, by a part of it, and all of them.

use daypass::directory::{Crowd, Directory};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::server::{Fault, Server, cause, sign_in};

async fn names_of(directory: &Directory, name: &str) -> Vec<String> {
    sign_in(directory, name).await.unwrap().groups.into_iter().map(|group| group.name).collect()
}

#[tokio::test]
async fn members_of_a_group_are_members_of_those_it_is_in_where_that_is_wanted() {
    let server = Server::start().await;
    // A circle comes to an end.
    server.change(|world| _ = world.group("staff", &["developers"]));
    assert_eq!(names_of(&server.directory(), "alice").await, ["developers", "staff"]);
    let direct = server.directory_with(|settings| settings.nested_groups = false);
    assert_eq!(names_of(&direct, "alice").await, ["developers"]);
}

#[tokio::test]
async fn all_groups_of_a_person_come_page_by_page() {
    let server = Server::start().await;
    let names: Vec<String> = (0..25).map(|number| format!("Team {number:02}")).collect();
    server.change(|world| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        names.iter().for_each(|name| _ = world.group(name, &[]));
        world.user("everywhere", &names);
    });
    for page_size in [1, 24, 25, 26, 1000] {
        let directory = server.directory_with(|settings| {
            settings.page_size = page_size;
            settings.timeout = super::server::SLACK;
        });
        server.heard();
        assert_eq!(names_of(&directory, "everywhere").await, names, "{page_size}");
        let pages = server.heard().into_iter().filter(|heard| heard.resource == "user/group/nested").count();
        assert_eq!(pages, 25 / page_size as usize + 1, "{page_size}");
    }
}

#[tokio::test]
async fn case_is_no_part_of_a_groups_name() {
    let server = Server::start().await;
    let directory = server.directory();
    for name in ["payments ops", "PAYMENTS OPS", " Payments Ops "] {
        let found = directory.groups_named(name).await.unwrap();
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!((found[0].group.id.as_str(), found[0].name.as_str()), ("payments ops", "Payments Ops"));
        assert_eq!(found[0].group.directory, "corp");
    }
    assert_eq!(directory.group("payments ops").await.unwrap().unwrap().name, "Payments Ops");
    assert_eq!(directory.group("Payments Ops").await, Ok(None), "an id is in small letters");
    for nothing in ["", "nothing", "payments*", "*", "pay\0ments", &"x".repeat(257)] {
        assert_eq!(directory.groups_named(nothing).await, Ok(Vec::new()), "{nothing}");
        assert_eq!(directory.group(nothing).await, Ok(None), "{nothing}");
    }
}

#[tokio::test]
async fn a_closed_group_is_nobodys() {
    let server = Server::start().await;
    server.change(|world| world.group("developers", &["staff"]).active = false);
    let directory = server.directory();
    assert_eq!(names_of(&directory, "alice").await, ["staff"]);
    assert_eq!(directory.groups_named("developers").await, Ok(Vec::new()));
    assert!(directory.find_groups("devel").await.unwrap().groups.is_empty());
}

#[tokio::test]
async fn groups_are_found_by_a_part_of_their_name() {
    let server = Server::start().await;
    server.change(|world| {
        for number in 0..150 {
            world.group(&format!("many {number:03}"), &[]);
        }
        for odd in ["a \"quoted\" one", "back\\slash", "star*star", "a\u{f6} & b=c? #%2a+", "or name = \"x"] {
            world.group(odd, &[]);
        }
    });
    let directory = server.directory();
    let find = async |part: &str| {
        let found = directory.find_groups(part).await.unwrap();
        (found.groups.into_iter().map(|group| group.name).collect::<Vec<_>>(), found.more)
    };
    assert_eq!(find("PAYMENTS").await, (vec!["Payments Ops".to_owned()], false));
    assert_eq!(find(" ops ").await, (vec!["Payments Ops".to_owned()], false));
    let (many, more) = find("many").await;
    assert_eq!((many.len(), many[0].as_str(), many[99].as_str(), more), (100, "many 000", "many 099", true));
    let (first, more) = find("").await;
    assert_eq!((first.len(), more), (100, true));
    for (part, name) in [
        ("\"quoted\"", "a \"quoted\" one"),
        ("\\", "back\\slash"),
        ("k\\s", "back\\slash"),
        ("*", "star*star"),
        ("R*S", "star*star"),
        ("\u{d6} & b=c? #%2a+", "a\u{f6} & b=c? #%2a+"),
        ("or name = \"x", "or name = \"x"),
    ] {
        assert_eq!(find(part).await, (vec![name.to_owned()], false), "{part}");
    }
    for nothing in ["x\" or name = \"*", "*\" or name = \"*many", "man?", "pay\0ments", "ma\nny", &"m".repeat(257)] {
        assert_eq!(find(nothing).await, (Vec::new(), false), "{nothing}");
    }
}

/// Whatever is typed, nothing is found but what holds exactly it, and everything that does is.
#[test]
fn no_text_finds_more_or_less_than_what_holds_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let names =
        ["aws", "AWS-Admins", "a\"b", "\"", "a\\b", "\\\"", "a*b", "*", "or", "name = \"*\"", "\u{e4}\u{df}", "a b"];
    let server = runtime.block_on(Server::start());
    server.change(|world| {
        world.groups.clear();
        names.iter().for_each(|name| _ = world.group(name, &[]));
    });
    let directory = server.directory_with(|settings| settings.timeout = std::time::Duration::from_secs(20));
    let parts = prop_oneof![
        "[awsb\"\\\\* =or]{0,6}",
        proptest::sample::select(names.to_vec()).prop_map(str::to_owned),
        "\\PC{0,4}",
        "[a-z]\" (or|and) (name|active) = [\"a-z*]{1,5}",
    ];
    let mut runner = TestRunner::new(Config { cases: 256, failure_persistence: None, ..Config::default() });
    let checked = runner.run(&parts, |part| {
        let found = runtime.block_on(directory.find_groups(&part)).unwrap();
        let mut found: Vec<_> = found.groups.into_iter().map(|group| group.name).collect();
        let folded = part.trim().to_lowercase();
        let mut expected: Vec<_> =
            names.iter().filter(|name| name.to_lowercase().contains(&folded)).map(|name| (*name).to_owned()).collect();
        found.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(found, expected);
        Ok(())
    });
    checked.unwrap();
}

#[tokio::test]
async fn all_groups_are_read_for_an_index() {
    let server = Server::start().await;
    server.change(|world| (0..2500).for_each(|number| _ = world.group(&format!("group {number}"), &[])));
    let crowd = Crowd::new(server.settings()).unwrap();
    let groups = crowd.all_groups().await.unwrap();
    assert_eq!(groups.len(), 2504);
    assert!(groups.is_sorted_by_key(|group| group.group.id.clone()));
    assert_eq!(server.heard().len(), 3, "a thousand at once");
    server.fault("search", Fault::Say(500, "application/json", r#"{"reason":"OPERATION_FAILED"}"#.to_owned()));
    let error = crowd.all_groups().await.unwrap_err();
    assert_eq!(error.cause, "search of groups: it answers 500 (OPERATION_FAILED); its own log tells why");
}

#[tokio::test]
async fn a_list_that_comes_to_no_end_is_no_answer() {
    let server = Server::start().await;
    let directory = server.directory_with(|settings| settings.page_size = 2);
    let nested = "user/group/nested";
    // The same page again and again: rights would be lost in silence.
    server.fault(nested, Fault::json(r#"{"groups":[{"name":"a"},{"name":"b"}]}"#));
    assert_eq!(cause(sign_in(&directory, "alice").await), "a person's groups: its pages repeat themselves");
    // It knows no pages and gives everything.
    server.fault(nested, Fault::json(r#"{"groups":[{"name":"a"},{"name":"b"},{"name":"c"}]}"#));
    assert_eq!(names_of(&directory, "alice").await, ["a", "b", "c"]);
    server.fault(nested, Fault::json(r#"{"groups":[]}"#));
    assert!(names_of(&directory, "alice").await.is_empty());
}
