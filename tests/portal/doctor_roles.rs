//! `daypass doctor` and the groups of `[access]`: what it says where one gives its role to nobody, and what to do.

use crate::ldap::slapd::{Own, variable};
use crate::support::program;
use crate::support::served::Served;

/// Exit status, and what is said of each group of `[access]`, in order.
fn roles(served: &Served) -> (i32, Vec<String>) {
    let ended = program::run(&served.folder, &["doctor"], "");
    let lines = ended.out.lines().filter(|line| line.contains("roles: "));
    (ended.status, lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect())
}

/// A folder that is in order but for the settings `access`, with the directory `corp` at `own`.
async fn served(folder: &std::path::Path, own: &Own, url: &str, access: &str) -> Served {
    let settings = own.settings();
    let more = format!(
        "[access]\n{access}\n[[directory]]\nkind = 'ldap'\nname = 'corp'\nurl = '{url}'\nca_file = '{}'\nbind_dn = '{}'\nbind_password = '{}'\nuser_base = '{}'\ngroup_base = '{}'\n",
        variable("DAYPASS_TEST_LDAP_CA"),
        variable("DAYPASS_TEST_LDAP_BIND_DN"),
        variable("DAYPASS_TEST_LDAP_BIND_PASSWORD"),
        settings.user_base,
        settings.group_base
    );
    let served = Served::new(folder, "http://127.0.0.1:9", None, &more);
    served.prepare_offline().await;
    served
}

#[actix_web::test]
async fn groups_that_give_their_role_to_nobody_are_said_with_what_to_do() {
    let own = Own::new("corp").await;
    let ellen = own.person("ellen").await;
    own.group("admins", &ellen).await;
    own.group("watchers", &ellen).await;
    let other = own.group("others", &ellen).await;
    // Another group with this name beside its own.
    own.change(&other, "cn", &["others", "watchers"]).await;
    let folder = tempfile::tempdir().unwrap();
    let access =
        "administrators = ['admins']\nrestricted_administrators = ['corp:nowhere']\nauditors = ['corp:watchers']";
    let served = served(folder.path(), &own, &variable("DAYPASS_TEST_LDAP_URL"), access).await;
    let (status, lines) = roles(&served);
    assert_eq!((status, lines.len()), (1, 3), "{lines:?}");
    assert!(lines[0].starts_with("ok ") && lines[0].ends_with("group admins"), "{lines:?}");
    for (line, part) in lines[1..].iter().zip([
        "group corp:nowhere: [access]: there is no group “corp:nowhere”, so it gives its role to nobody. Create it, or correct the name.",
        "group corp:watchers: [access]: 2 groups are called “corp:watchers”, so it gives its role to nobody. Name one that is alone in its name.",
    ]) {
        assert!(!line.starts_with("ok ") && line.contains(part), "no {part} in {line}");
    }
    // Once they are there, each alone in its name, all is well.
    own.change(&other, "cn", &["others", "nowhere"]).await;
    let (status, lines) = roles(&served);
    assert!(status == 0 && lines.iter().all(|line| line.starts_with("ok ")), "{lines:?}");
}

#[actix_web::test]
async fn where_the_group_of_administrators_is_not_there_nobody_can_administer() {
    let own = Own::new("corp").await;
    let folder = tempfile::tempdir().unwrap();
    let served = served(folder.path(), &own, &variable("DAYPASS_TEST_LDAP_URL"), "administrators = ['admins']").await;
    let (status, lines) = roles(&served);
    assert_eq!((status, lines.len()), (1, 2), "{lines:?}");
    assert!(lines[1].contains("Nobody can administer") && lines[1].contains("Name one that has"), "{lines:?}");
}

#[actix_web::test]
async fn a_directory_that_does_not_answer_is_named_and_not_judged() {
    let own = Own::new("corp").await;
    let folder = tempfile::tempdir().unwrap();
    let served = served(folder.path(), &own, "ldaps://127.0.0.1:1", "administrators = ['admins']").await;
    let (status, lines) = roles(&served);
    assert_eq!((status, lines.len()), (1, 1), "{lines:?}");
    assert!(lines[0].contains("could not be looked at") && lines[0].contains("Connection refused"), "{lines:?}");
}
