//! What a real slapd tells of people beside their names.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use daypass::clock::Clock;
use daypass::directory::{Directory, Ldap, Members, SignInError};
use daypass::model::identity::{Attribute, MAIL};
use daypass::portal::connectors::ConnectorForm;
use ldap3::Mod;

use super::slapd::{Own, admin, directory, settings, try_sign_in};
use crate::support::{TestApp, world};

fn named(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, attribute)| ((*name).to_owned(), (*attribute).to_owned())).collect()
}

fn directory_of(own: &Own, pairs: &[(&str, &str)]) -> Directory {
    let mut settings = own.settings();
    settings.attributes = named(pairs);
    Directory::Ldap(Box::new(Ldap::new(settings, Clock::system()).unwrap()))
}

#[tokio::test]
async fn attributes_come_with_the_person_where_they_have_one_value_that_is_text() {
    let own = Own::new("attributes").await;
    let dn = own.person("paula").await;
    own.change(&dn, "departmentNumber", &["Payments 7/B"]).await;
    own.change(&dn, "employeeType", &["staff", "on call"]).await;
    let photo = Mod::Replace(b"jpegPhoto".to_vec(), HashSet::from([b"\xff\xd8\xff\xe0\0\x01rubbish".to_vec()]));
    admin().await.modify(&dn, vec![photo]).await.unwrap().success().unwrap();
    let directory = directory_of(
        &own,
        &[
            ("department", "DEPARTMENTNUMBER"),
            ("kind", "employeeType"),
            ("photo", "jpegPhoto"),
            ("car", "carLicense"),
            ("id", "uid"),
            ("again", "departmentNumber"),
        ],
    );
    let text = |text: &str| Attribute::Value(text.to_owned());
    let expected = BTreeMap::from([
        ("department".to_owned(), text("Payments 7/B")),
        ("again".to_owned(), text("Payments 7/B")),
        ("kind".to_owned(), Attribute::Several),
        ("photo".to_owned(), Attribute::NotText),
        ("id".to_owned(), text("paula")),
    ]);
    let entry = try_sign_in(&directory, "paula", "fake-password-paula").await.unwrap();
    assert_eq!(entry.attributes, expected);
    assert_eq!(directory.look_up(&entry.external_id).await.unwrap().as_ref(), Some(&entry));
    assert_eq!(directory.named("PAULA").await, Ok(entry));
    assert!(own.sign_in("paula").await.unwrap().attributes.is_empty(), "nothing is read that nobody asked for");
    // One of several mail addresses is shown, and none of them is filled in.
    own.change(&dn, "mail", &["paula@example.test", "alice@example.test"]).await;
    let entry = own.sign_in("paula").await.unwrap();
    assert_eq!((entry.mail.as_str(), entry.attributes.get(MAIL)), ("alice@example.test", Some(&Attribute::Several)));
}

#[tokio::test]
async fn attributes_are_remembered_as_long_as_membership_and_no_longer() {
    let own = Own::new("remembered").await;
    let dn = own.person("rosa").await;
    own.change(&dn, "departmentNumber", &["old"]).await;
    let id = own.sign_in("rosa").await.unwrap().external_id;
    let pairs = [("department", "departmentNumber")];
    let kept = Members::new(directory_of(&own, &pairs), Duration::from_secs(3600));
    let fresh = Members::new(directory_of(&own, &pairs), Duration::ZERO);
    let value = async |members: &Members| members.look_up(&id).await.unwrap().unwrap().attributes.remove("department");
    let text = |text: &str| Some(Attribute::Value(text.to_owned()));
    assert_eq!((value(&kept).await, value(&fresh).await), (text("old"), text("old")));
    own.change(&dn, "departmentNumber", &["new"]).await;
    assert_eq!((value(&kept).await, value(&fresh).await), (text("old"), text("new")));
    kept.forget(&id);
    assert_eq!(value(&kept).await, text("new"));
    own.change(&dn, "departmentNumber", &[]).await;
    assert_eq!(value(&fresh).await, None);
}

#[tokio::test]
async fn somebody_is_found_by_name_without_a_password() {
    let both = directory(|settings| settings.user_base = super::slapd::SUFFIX.to_owned());
    assert_eq!(both.named("twin").await, Err(SignInError::Ambiguous));
    assert_eq!(both.named("nobody at all").await, Err(SignInError::Unknown));
    assert_eq!(both.named("*").await, Err(SignInError::Unknown));
    assert_eq!(both.named("").await, Err(SignInError::Unknown));
    assert_eq!(both.named("alice").await.unwrap().display_name, "Alice Archer");
    let silent = directory(|settings| settings.bind_password = Some("fake-wrong-password".to_owned().into()));
    assert!(matches!(silent.named("alice").await, Err(SignInError::Unavailable(_))));
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_where_they_are_read() {
    for (name, attribute, part) in [
        ("depart ment", "departmentNumber", "cannot be used in placeholders"),
        ("1", "departmentNumber", "cannot be used in placeholders"),
        ("department", "department)(", "no name of an attribute"),
        ("department", "", "no name of an attribute"),
        ("secret", "userpassword", "holds passwords"),
    ] {
        let mut settings = settings();
        settings.attributes = named(&[(name, attribute)]);
        let sentence = Ldap::new(settings, Clock::system()).err().unwrap();
        assert!(sentence.starts_with("directory corp: attributes") && sentence.contains(part), "{sentence}");
    }
}

#[actix_web::test]
async fn an_attribute_of_the_directory_is_a_session_tag_until_it_is_one_no_more() {
    let own = Own::new("tagged").await;
    let dn = own.person("tilda").await;
    own.change(&dn, "departmentNumber", &["Payments 7"]).await;
    own.group("cloud", &dn).await;
    let mut settings = own.settings();
    settings.attributes = named(&[("department", "departmentNumber")]);
    let change = move |config: &mut daypass::config::Config| {
        config.directory = vec![daypass::config::Directory::Ldap(Box::new(settings))];
        config.access.membership_cache = Duration::ZERO;
    };
    let app = TestApp::builder().config(change).start().await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    let tags = "Department = {{user.attribute.department}}".to_owned();
    world::add_connector(&app, &ConnectorForm { tags, ..world::form("Home", "home", &key) }, &["cloud"]).await;
    app.sandbox.listen();
    let tilda = app.anybody();
    let signed_in = tilda.post("/sign-in", &[("username", "tilda"), ("password", "fake-password-tilda")]).await;
    signed_in.is(303);
    tilda.post("/connectors/home/credentials", &[]).await.is(200);
    assert_eq!(app.sandbox.heard().pop().unwrap()["Tags.member.1.Value"], "Payments 7");
    own.change(&dn, "departmentNumber", &["Payments 7", "Payments 8"]).await;
    let refused = tilda.post("/connectors/home/credentials", &[]).await;
    refused.is(422).says("{{user.attribute.department}} has several values").does_not_say("Payments 8");
    assert_eq!(app.last_row().await.2, "placeholder");
}
