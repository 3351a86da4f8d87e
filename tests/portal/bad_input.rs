//! What bad input gets: a status, a sentence at its place, and a row where somebody tried to get access.
//!
//! What goes wrong outside of the input itself (AWS, directory, database, key files) is in [`super::faults`].

use reqwest::Method;

use crate::support::{PASSWORD, Page, Person, TestApp, world};

/// One input and what it gets.
struct Case<'a> {
    /// What it is.
    name: &'a str,
    /// Who sends it.
    person: &'a Person,
    /// Where to.
    path: &'a str,
    /// What.
    form: Vec<(&'a str, &'a str)>,
    status: u16,
    /// The field at which the sentence stands; empty for the page.
    field: &'a str,
    sentence: &'a str,
    /// Kind, outcome and reason of the row; `None` where nobody tried to get access.
    row: Option<(&'a str, &'a str, &'a str)>,
    /// Inputs that have to hold what was typed.
    kept: &'a [&'a str],
}

impl Case<'_> {
    async fn check(&self, app: &TestApp) {
        let (rows, issued) = (app.events().await.len(), app.sandbox.counters().issued);
        let page = self.person.post(self.path, &self.form).await;
        assert_eq!(page.status, self.status, "{}: {}", self.name, page.text());
        assert!(self.said(&page).contains(self.sentence), "{}: {}", self.name, self.said(&page));
        match self.row {
            Some((kind, outcome, reason)) => {
                assert_eq!(app.last_row().await, (kind.into(), outcome.into(), reason.into()), "{}", self.name);
                assert_eq!(app.events().await.len(), rows + 1, "{}: not one row", self.name);
            }
            None => assert_eq!(app.events().await.len(), rows, "{}: a row", self.name),
        }
        assert_eq!(app.sandbox.counters().issued, issued, "{}: something was issued", self.name);
        for field in self.kept {
            let typed = self.form.iter().find(|(name, _)| name == field).unwrap().1;
            let area = page.text().contains(&typed.split_whitespace().collect::<Vec<_>>().join(" "));
            assert!(page.value_of(field).as_deref() == Some(typed) || area, "{}: {field} is lost", self.name);
        }
    }

    fn said(&self, page: &Page) -> String {
        if self.field.is_empty() { page.text() } else { page.field_error(self.field) }
    }
}

const SIGN_IN: &str = "This name and password do not go together.";
const DESTINATION: &str = "This destination cannot be opened";

#[actix_web::test]
async fn each_bad_input_gets_its_sentence_its_status_and_its_row() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let bob = app.person("bob", &["dev"]).await;
    let ada = app.administrator().await;
    let nobody = app.anybody();
    let key = app.key_id("broker").await;
    let long_name = "maximiliane.wolkenstein-hohenfels.projektleitung@bereiche.example.test";
    assert_eq!(long_name.len(), 70);
    let frame = world::POLICY.replace("\"Effect\"", "\"Sid\":\"\",\"Effect\"");
    let long_policy = frame.replace("\"Sid\":\"", &format!("\"Sid\":\"{}", "x".repeat(2049 - frame.len())));
    let dash: &'static str = world::POLICY.replace("s3:*", "s3:–").leak();
    let elsewhere = "arn:aws-us-gov:iam::123456789012:role/ReadOnly";
    let connector = |field: &'static str, value: &'static str| {
        let mut form = vec![
            ("name", "Payments"),
            ("slug", "payments"),
            ("principal_type", "assume_role"),
            ("access_key", key.as_str()),
            ("role_arn", "arn:aws:iam::123456789012:role/ReadOnly"),
        ];
        form.retain(|(name, _)| *name != field);
        form.push((field, value));
        form
    };
    let sign_in = |name, user: &'static str, password: &'static str, reason: &'static str| Case {
        name,
        person: &nobody,
        path: "/sign-in",
        form: vec![("username", user), ("password", password)],
        status: 401,
        field: "",
        sentence: SIGN_IN,
        row: Some(("session.start", "refused", reason)),
        kept: &["username"],
    };
    let form = |name, field: &'static str, value: &'static str, sentence| Case {
        name,
        person: &ada,
        path: "/admin/connectors/new",
        form: connector(field, value),
        status: 422,
        field,
        sentence,
        row: None,
        kept: if field == "name" { &["slug"] } else { &["name", "slug"] },
    };
    let open = |name, destination: &'static str| Case {
        name,
        person: &alice,
        path: "/console/read-only",
        form: vec![("destination", destination)],
        status: 422,
        field: "",
        sentence: DESTINATION,
        row: Some(("console.open", "refused", "destination")),
        kept: &["destination"],
    };
    let ask = |name, person, path, typed: &'static str, status, sentence, reason| Case {
        name,
        person,
        path,
        form: vec![("duration", typed)],
        status,
        field: if status == 422 { "duration" } else { "" },
        sentence,
        row: Some(("credentials.issue", "refused", reason)),
        kept: if status == 422 { &["duration"] } else { &[] },
    };
    let read_only = "/connectors/read-only/credentials";
    let (long_policy, long_name): (&'static str, &'static str) = (long_policy.leak(), long_name);
    let cases = [
        sign_in("an empty password", "alice", "", "wrong_password"),
        sign_in("a filter as a name", "*)(uid=*", PASSWORD, "unknown_person"),
        sign_in("a name of 70 characters", long_name, "x", "unknown_person"),
        sign_in("umlaut and backslash", "m\u{fc}\\ller", "x", "unknown_person"),
        form("a policy of 2,049 characters", "policy", long_policy, "2049 characters after minifying"),
        form("a policy with an en dash", "policy", dash, "the character “–” (U+2013)"),
        form("a role of another partition", "role_arn", elsewhere, "The role is in partition aws-us-gov"),
        form("899 seconds", "duration", "899", "899 seconds are outside what AWS takes: 900 to 43200"),
        form("43,201 seconds", "duration", "43201", "43201 seconds are outside what AWS takes: 900 to 43200"),
        open("another host", "https://evil.example"),
        open("a host without a scheme", "//evil"),
        open("a host that begins like AWS's", "https://console.aws.amazon.com.evil"),
        ask("899 seconds asked for", &alice, read_only, "899", 422, "899 seconds are outside", "duration"),
        ask("43,201 seconds asked for", &alice, read_only, "43201", 422, "43201 seconds are outside", "duration"),
        ask("unknown", &alice, "/connectors/none/credentials", "", 404, "There is nothing here", "unknown_connector"),
        ask("not granted", &bob, read_only, "", 404, "There is nothing here", "not_granted"),
    ];
    for case in cases {
        case.check(&app).await;
    }
}

#[actix_web::test]
async fn a_membership_that_ends_between_page_and_click_ends_the_access() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    alice.get("/console/read-only").await.is(200).says("Open console");
    app.sql("DELETE FROM local_memberships WHERE user_id = (SELECT id FROM local_users WHERE user_name = 'alice')")
        .await;
    gone(&app, &alice).await;
}

#[actix_web::test]
async fn a_grant_that_ends_between_page_and_click_ends_the_access() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    alice.get("/console/read-only").await.is(200).says("Open console");
    let ada = app.administrator().await;
    let id = app.connector_id("read-only").await;
    let page = ada.get(&format!("/admin/permissions?connector={id}")).await;
    let grant = page.value_of("grant").unwrap();
    ada.post("/admin/permissions/revoke", &[("connector", &id), ("grant", &grant)]).await.is(303);
    gone(&app, &alice).await;
}

async fn gone(app: &TestApp, alice: &Person) {
    for (path, kind) in
        [("/console/read-only", "console.open"), ("/connectors/read-only/credentials", "credentials.issue")]
    {
        alice.post(path, &[]).await.is(404).says("There is nothing here, or it is not granted to you.");
        assert_eq!(app.last_row().await, (kind.into(), "refused".into(), "not_granted".into()));
        let row = app.last_event().await.event;
        assert_eq!((row.actor_name.as_str(), row.connector_name.as_deref()), ("alice", Some("Read only")));
    }
    assert_eq!(app.sandbox.counters().issuing, 0);
}

#[actix_web::test]
async fn a_body_of_ten_megabytes_is_refused_by_its_length() {
    let app = TestApp::start().await;
    let alice = app.person("alice", &["ops"]).await;
    let rows = app.events().await.len();
    for path in ["/sign-in", "/console/read-only"] {
        let request = alice.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
        let page = alice.send(request.body("x=".to_owned() + &"x".repeat(10 * 1024 * 1024))).await;
        page.is(413).says("What was sent is longer than this form takes. Shorten it and send it again.");
    }
    assert_eq!((app.events().await.len(), app.sandbox.counters().issuing), (rows, 0));
}

/// Names of people as a real directory has them; what AWS sees is theirs alone.
#[actix_web::test]
async fn names_that_aws_does_not_take_become_names_that_it_takes() {
    use super::ldap::slapd;
    let app = TestApp::builder()
        .config(|config| config.directory = vec![daypass::config::Directory::Ldap(Box::new(slapd::settings()))])
        .start()
        .await;
    let key = world::add_key(&app, "broker", world::KEY_ID, world::SECRET).await;
    world::add_connector(&app, &world::form("Read only", "read-only", &key), &["developers"]).await;
    let people = [
        ("bob", "fake-password-bob", "bob"),
        (slapd::LONG, "fake-password-maximiliane", "maximiliane.wolkenstein-hohenfels.projektleitung@bereiche-"),
        ("m\u{fc}\\ller", "fake-password-j\u{f6}rg", "m__ller-"),
        ("corp\\m\u{fc}\\ller", "fake-password-j\u{f6}rg", "m__ller-"),
        ("grace van dyk", "fake-password-grace", "grace_van_dyk-"),
        ("a", "fake-password-a", "a-"),
    ];
    for (name, password, session) in people {
        let person = app.anybody();
        person.post("/sign-in", &[("username", name), ("password", password)]).await.leads_to("/");
        let page = person.post("/connectors/read-only/credentials", &[]).await;
        page.is(200);
        let row = app.last_event().await.event;
        let given = row.session_name.unwrap();
        assert!(given.starts_with(session) && given.len() <= 64, "{name}: {given}");
        assert_eq!(given == name, session == name, "{name}: {given}");
        assert!(row.arn.unwrap().ends_with(&format!("/{given}")), "{name}");
    }
    let refused = [
        ("bob", "", "wrong_password"),
        ("*)(uid=*", "x", "unknown_person"),
        ("*", "fake-password-bob", "unknown_person"),
        ("bob)(|(uid=*", "x", "unknown_person"),
    ];
    for (name, password, reason) in refused {
        let page = app.anybody().post("/sign-in", &[("username", name), ("password", password)]).await;
        assert_eq!(page.is(401).value_of("username").as_deref(), Some(name));
        page.says(SIGN_IN);
        assert_eq!(app.last_row().await, ("session.start".into(), "refused".into(), reason.into()), "{name}");
    }
}
