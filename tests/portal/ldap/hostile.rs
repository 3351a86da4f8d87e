//! Names that are typed to find somebody else, and servers that go away and come back, against a real slapd.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use daypass::clock::Clock;
use daypass::directory::{Directory, Ldap, SignInError};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::net::TcpStream;

use super::slapd::{Own, directory, names, sign_in, try_sign_in, uuid_of};
use super::stand_in::{Server, fails_in_time, friendly, question, read_to_end, settings, until};

/// What is the same name to an LDAP server: letters of any size, spaces once and none around (RFC 4518, 2.6.1).
fn folded(name: &str) -> String {
    name.to_lowercase().split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[test]
fn any_text_finds_at_most_the_person_of_exactly_that_name() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let directory = directory(|settings| settings.further_name_attributes = vec!["mail".to_owned(), "cn".to_owned()]);
    let parts = prop::sample::select(vec![
        "alice",
        "bob",
        "ALICE",
        "mü",
        "ller",
        "*",
        "(",
        ")",
        "\\",
        "\\2a",
        "\0",
        " ",
        "&",
        "|",
        "!",
        "=",
        "uid=",
        ",",
        "+",
        "#",
        "\"",
        "<",
        ">",
        ";",
        "objectClass",
        ":dn:",
        "~",
        "a",
        "\u{301}",
        "grace",
        "van",
        "dyk",
        "@example.test",
    ]);
    let texts = prop_oneof![
        prop::collection::vec(parts, 1..6).prop_map(|parts| parts.concat()),
        any::<String>().prop_map(|text| text.chars().take(40).collect()),
    ];
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    let search = |text: String| {
        let found = runtime.block_on(directory.named(&text));
        match found {
            Ok(entry) => {
                let own = [&entry.user_name, &entry.mail, &entry.display_name].map(|name| folded(name));
                prop_assert!(own.contains(&folded(&text)), "{text:?} found {}", entry.user_name);
            }
            Err(SignInError::Unknown) => {}
            Err(error) => prop_assert!(false, "{text:?}: {error}"),
        }
        Ok(())
    };
    runner.run(&texts, search).unwrap();
    // And it does find people.
    assert!(runtime.block_on(directory.named("ALICE@example.test")).is_ok());
}

#[tokio::test]
async fn spellings_of_unicode_are_one_person_or_none() {
    let own = Own::new("unicode").await;
    let dn = own.person("zoë").await;
    let expected = uuid_of(&dn).await;
    // Composed, decomposed, capitals: one person. Another letter: nobody.
    for name in ["zoë", "zoe\u{308}", "ZOË", " zoë "] {
        let entry = try_sign_in(&own.directory(), name, "fake-password-zoë").await.unwrap();
        assert_eq!((entry.external_id.as_str(), entry.user_name.as_str()), (expected.as_str(), "zoë"), "{name:?}");
    }
    for name in ["zoe", "zo", "zoë\0", "z\u{43e}ë"] {
        assert_eq!(
            try_sign_in(&own.directory(), name, "fake-password-zoë").await,
            Err(SignInError::Unknown),
            "{name:?}"
        );
    }
}

#[tokio::test]
async fn several_values_of_a_name_make_one_person_and_a_shared_one_nobody() {
    let own = Own::new("shared").await;
    let one = own.person("wanda").await;
    own.person("wilma").await;
    own.change(&one, "uid", &["wanda", "wilma", "wanja"]).await;
    let directory = own.directory();
    assert_eq!(try_sign_in(&directory, "wilma", "fake-password-wilma").await, Err(SignInError::Ambiguous));
    let by_other = try_sign_in(&directory, "wanja", "fake-password-wanda").await.unwrap();
    assert_eq!(by_other.external_id, uuid_of(&one).await);
    assert_eq!(by_other.user_name, "wanda", "always the same one of them");
    // Found by two attributes at once, it is still one.
    let mut settings = own.settings();
    settings.further_name_attributes = vec!["cn".to_owned(), "UID".to_owned()];
    let both = Directory::Ldap(Box::new(Ldap::new(settings, Clock::system()).unwrap()));
    assert!(try_sign_in(&both, "wanja", "fake-password-wanda").await.is_ok());
}

#[tokio::test]
async fn an_empty_password_lets_nobody_in_where_the_server_would() {
    for password in ["", "\0", "\0\0fake-password-alice"] {
        assert_eq!(sign_in("alice", password).await, Err(SignInError::WrongPassword));
    }
}

#[tokio::test]
async fn a_group_whose_dn_is_full_of_signs_is_found_again() {
    let own = Own::new("signs").await;
    let member = own.person("sina").await;
    let group = own.group("a (b*) \\ c, d+e=\"f\" #g;<h>", &member).await;
    let found = own.sign_in("sina").await.unwrap().groups;
    assert_eq!(names(&found), ["a (b*) \\ c, d+e=\"f\" #g;<h>"]);
    assert_eq!(own.directory().group(&found[0].group.id).await.unwrap().as_ref(), Some(&found[0]));
    assert_eq!(found[0].group.id, uuid_of(&group).await);
}

/// Serves `serve`, and knows how many connections are open.
fn counted<F>(serve: impl Fn(TcpStream, usize) -> F + Send + 'static) -> (Server, Arc<AtomicUsize>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let open = Arc::new(AtomicUsize::new(0));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let count = Arc::clone(&open);
    let server = Server::listening(tokio::net::TcpListener::from_std(listener).unwrap(), move |stream, number| {
        count.fetch_add(1, Ordering::SeqCst);
        let (work, count) = (serve(stream, number), Arc::clone(&count));
        async move {
            work.await;
            count.fetch_sub(1, Ordering::SeqCst);
        }
    });
    (server, open)
}

#[tokio::test]
async fn after_failures_of_every_kind_nothing_stays_open_and_the_server_is_used_again() {
    use tokio::io::AsyncWriteExt;
    let (server, open) = counted(|mut stream, number| async move {
        match number {
            // Hung; cut in the middle of an answer; garbage; answers that are late.
            0 => drop(read_to_end(&mut stream).await),
            1 => {
                question(&mut stream).await;
                drop(stream.write_all(&[0x30, 12, 0x02, 1]).await);
            }
            2 => {
                drop(stream.write_all(&[0xff; 4096]).await);
                drop(read_to_end(&mut stream).await);
            }
            3 => {
                question(&mut stream).await;
                drop(stream.write_all(&[0x30]).await);
                drop(read_to_end(&mut stream).await);
            }
            _ => {
                while let Some((id, operation)) = question(&mut stream).await {
                    drop(stream.write_all(&friendly(id, operation, "uid=alice,dc=test")).await);
                }
            }
        }
    });
    let directory = Directory::Ldap(Box::new(Ldap::new(settings("ldap", &server.address), Clock::system()).unwrap()));
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    for _ in 0..4 {
        fails_in_time(&directory).await;
    }
    until(|| open.load(Ordering::SeqCst) == 0).await;
    let start = Instant::now();
    assert!(directory.find_groups("x").await.is_ok(), "recovery needs no restart");
    assert!(start.elapsed() < super::stand_in::SLACK);
    assert_eq!(open.load(Ordering::SeqCst), 1);
    let with_one = tasks();
    for _ in 0..20 {
        assert!(super::stand_in::sign_in(&directory).await.is_ok());
    }
    // The connections of people's binds are closed, the one that searches is kept.
    until(|| open.load(Ordering::SeqCst) == 1 && tasks() == with_one).await;
    drop(directory);
    until(|| open.load(Ordering::SeqCst) == 0).await;
}
