//! Restricted administrators: connectors and grants inside the envelopes that administrators gave, by every way there is.

mod around;
mod many;
mod provided;

use std::time::Duration;

use daypass::model::access::Actor;
use daypass::model::envelope::Envelope;
use daypass::portal::connectors::{self, ConnectorForm};
use daypass::portal::{PortalError, Who, permissions};

use crate::support::{Page, Person, TestApp, world};

const NEW: &str = "/admin/connectors/new";

/// The restricted administrator `rita`, a portal whose access key `broker` is open as far as [`envelope`] goes, and that key.
struct Scene {
    app: TestApp,
    rita: Person,
    key: String,
}

/// Roles of the team and `ReadOnly`, an hour, no programs.
fn envelope() -> Envelope {
    Envelope {
        principal_types: vec!["assume_role".to_owned()],
        role_patterns: vec![world::role("team/*"), world::role("ReadOnly")],
        longest_seconds: Some(3600),
        system_scope: false,
    }
}

/// Fields of the form that differ, and the field that they are refused at; `None`: they lie inside.
type Case<'a> = (&'a [(&'static str, &'a str)], Option<&'static str>);

impl Scene {
    async fn new() -> Self {
        let app = TestApp::start().await;
        app.add_person("member-of-dev", &["dev"]).await;
        let rita = app.person("rita", &["restricted-administrators", "leads"]).await;
        let key = app.key_id("broker").await;
        world::open(&app, &key, &envelope()).await;
        Self { app, rita, key }
    }

    /// A form that lies inside, with changes.
    fn fields(&self, slug: &str, changes: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
        let role = world::role("team/One");
        let typed = [("name", slug), ("slug", slug), ("principal_type", "assume_role"), ("access_key", &self.key)];
        let typed = typed.into_iter().chain([("role_arn", role.as_str()), ("duration", "1h"), ("enabled", "true")]);
        let kept = typed.filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        kept.chain(changes.iter().copied()).map(|(name, value)| (name, value.to_owned())).collect()
    }

    async fn send(&self, address: &str, fields: &[(&'static str, String)]) -> Page {
        let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.rita.post(address, &pairs).await
    }

    /// Rita as the portal's use cases take her.
    fn who(&self) -> Who {
        let mut who = world::setter();
        if let Actor::Person(identity) = &mut who.actor {
            (identity.administrator, identity.restricted) = (false, true);
        }
        who
    }

    /// A connector that rita made.
    async fn made(&self, slug: &str) -> String {
        self.send(NEW, &self.fields(slug, &[])).await.is(303);
        self.app.connector_id(slug).await
    }

    /// Lets a group use a connector, by an administrator.
    async fn grant(&self, id: &str, group: &str) {
        world::grant(&self.app, id, group).await;
    }

    async fn refused_for_the_envelope(&self) {
        let row = self.app.last_event().await.event;
        let said = (row.kind.as_str(), row.outcome.as_str(), row.reason.as_str(), row.actor_name.as_str());
        assert_eq!(said, ("page.open", "refused", "envelope", "rita"));
    }
}

#[actix_web::test]
async fn each_field_is_taken_inside_and_refused_outside_by_every_way() {
    let scene = Scene::new().await;
    let session = scene.app.key_id("session user").await;
    let (team, other) = (world::role("team/Two"), world::role("Operator"));
    let policy = [("principal_type", "federated_user"), ("policy", world::POLICY)];
    let cases: [Case; 15] = [
        (&[], None),
        (&policy, Some("principal_type")),
        (&[("principal_type", "iam_user")], Some("principal_type")),
        (&[("role_arn", &team)], None),
        (&[("role_arn", &other)], Some("role_arn")),
        (&[("hop1_role", &team)], None),
        (&[("hop1_role", &other)], Some("through")),
        (&[("hop1_role", &team), ("hop2_role", &other)], Some("through")),
        (&[("duration", "3600s")], None),
        (&[("duration", "3601s")], Some("duration")),
        // Nothing typed is AWS's hour.
        (&[("duration", "")], None),
        (&[("system_scope", "true")], Some("system_scope")),
        (&[("registry_tokens_outlive", "true")], Some("registry_tokens_outlive")),
        (&[("access_key", &session)], Some("access_key")),
        (&[("policy", world::POLICY), ("tags", "Team = one"), ("open_without_asking", "true")], None),
    ];
    let made = scene.made("made").await;
    for (number, (changes, field)) in cases.into_iter().enumerate() {
        let slug = format!("case-{number}");
        let created = scene.send(NEW, &scene.fields(&slug, changes)).await;
        let version = scene.rita.get(&format!("/admin/connectors/{made}")).await.value_of("version").unwrap();
        // As an edit, and as an earlier version that is brought back.
        let mut edit = scene.fields("made", changes);
        edit.push(("version", version.clone()));
        let edited = scene.send(&format!("/admin/connectors/{made}"), &edit).await;
        if field.is_none() {
            created.is(303);
            edited.is(303);
            continue;
        }
        let field = field.unwrap();
        edit.push(("restored", "1".to_owned()));
        let restored = scene.send(&format!("/admin/connectors/{made}"), &edit).await;
        for page in [created, edited, restored] {
            let sentence = page.is(422).field_error(field);
            assert!(sentence.ends_with('.'), "{number}: {sentence}");
        }
        scene.rita.get(&format!("/admin/connectors?q={slug}")).await.says("No connector matches");
        let after = scene.rita.get(&format!("/admin/connectors/{made}")).await.value_of("version").unwrap();
        assert_eq!(after, version, "{number}: nothing was saved");
    }
}

#[actix_web::test]
async fn what_an_administrator_made_outside_is_looked_at_only() {
    let scene = Scene::new().await;
    let form = ConnectorForm {
        role_arn: world::role("External"),
        external_id: "right-id".to_owned(),
        through: format!("{} hop-id", world::role("Operator")),
        ..world::form("Outside", "outside", &scene.key)
    };
    let id = world::add_connector(&scene.app, &form, &["ops"]).await;
    let address = format!("/admin/connectors/{id}");
    let page = scene.rita.get(&address).await;
    page.is(200).says("You may look at this connector and not change it.").says("Roles of this source have to match");
    page.does_not_say("Save").does_not_say("Disable").does_not_say("Delete");
    assert!(page.body.contains("<fieldset class=\"as-is\" disabled>"));
    assert!(!page.body.contains("right-id") && !page.body.contains("hop-id"), "external ids are shown");
    let copy = scene.rita.get(&format!("{NEW}?copy={id}")).await;
    assert!(!copy.is(200).body.contains("right-id"), "external ids are copied");
    scene.rita.get("/admin/connectors").await.says("Look only");

    let mut fields = scene.fields("outside", &[]);
    fields.push(("version", "1".to_owned()));
    scene.send(&address, &fields).await.is(403);
    scene.refused_for_the_envelope().await;
    let permissions = scene.rita.get(&format!("/admin/permissions?connector={id}")).await;
    permissions.is(200).says("ops").says("not change it").does_not_say("Revoke ops");
    scene.rita.post("/admin/permissions/grant", &[("connector", &id), ("q", "dev")]).await.is(403);
    let granted = permissions::of_connector(&scene.app.app, &world::setter(), &id).await.unwrap().1.remove(0);
    scene.rita.post("/admin/permissions/revoke", &[("connector", &id), ("grant", &granted.grant.id)]).await.is(403);
    // The same connector, once its role is open.
    let wider = Envelope { role_patterns: vec!["*".to_owned()], ..envelope() };
    world::open(&scene.app, &scene.key, &wider).await;
    scene.rita.get(&address).await.says("Save");
    scene.rita.post("/admin/permissions/revoke", &[("connector", &id), ("grant", &granted.grant.id)]).await.is(303);
}

#[actix_web::test]
async fn no_way_round_leads_a_connector_outside() {
    let scene = Scene::new().await;
    // Made by an administrator with a role outside, then brought inside: the first version is still there.
    let form = ConnectorForm { role_arn: world::role("Operator"), ..world::form("Past", "past", &scene.key) };
    let id = world::add_connector(&scene.app, &form, &[]).await;
    let now = ConnectorForm { version: 1, role_arn: world::role("ReadOnly"), enabled: false, ..form };
    connectors::update(&scene.app.app, &world::setter(), &id, &now).await.unwrap();
    let address = format!("/admin/connectors/{id}");
    let page = scene.rita.get(&format!("{address}?restore=1")).await;
    assert_eq!(page.value_of("role_arn"), Some(world::role("Operator")));
    let typed = [("role_arn", world::role("Operator")), ("version", "2".to_owned()), ("restored", "1".to_owned())];
    let mut fields = scene.fields("past", &[("role_arn", "")]);
    fields.retain(|(name, _)| *name != "role_arn");
    fields.extend(typed);
    assert!(scene.send(&address, &fields).await.is(422).field_error("role_arn").contains("have to match"));
    // Inside, it is switched on and off; once the envelope is narrower, no more.
    scene.rita.post(&format!("{address}/switch"), &[("enabled", "true")]).await.is(303);
    let narrow = Envelope { role_patterns: vec![world::role("team/*")], ..envelope() };
    world::open(&scene.app, &scene.key, &narrow).await;
    for (path, form) in [("switch", [("enabled", "false")]), ("delete", [("version", "3")]), ("test", [("", "")])] {
        scene.rita.post(&format!("{address}/{path}"), &form).await.is(403);
    }
    // Drafts are for a detour to access keys, which are not theirs.
    let mut fields = scene.fields("draft", &[]);
    fields.push(("go", "new".to_owned()));
    scene.send(NEW, &fields).await.is(403);
    scene.rita.get("/admin/connectors/draft?draft=x").await.is(403);
    // A damaged entry may be anything.
    scene.app.sql(&format!("UPDATE connectors SET role_arn = 'x' WHERE id = '{id}'")).await;
    scene.rita.post(&format!("{address}/delete"), &[]).await.is(403);
    scene.rita.get("/admin/connectors").await.is(200).says("Damaged");
}

/// The form is checked, then the envelope is narrowed, then the write has its turn.
#[actix_web::test]
async fn an_envelope_that_is_narrowed_meanwhile_counts() {
    let scene = Scene::new().await;
    let id = scene.made("made").await;
    let (who, app) = (scene.who(), scene.app.app.clone());
    for way in 0..4 {
        world::open(&scene.app, &scene.key, &envelope()).await;
        let (held, release) = std::sync::mpsc::channel::<()>();
        let (began, begins) = tokio::sync::oneshot::channel();
        let key = scene.key.clone();
        // Everything that is written meanwhile waits behind this.
        let narrowing = tokio::spawn({
            let app = app.clone();
            async move {
                app.database
                    .write(move |connection| {
                        let _ = began.send(());
                        let _ = release.recv();
                        let mut key = daypass::store::access_keys::find(connection, &key)?;
                        key.envelope = None;
                        Ok((daypass::store::access_keys::update(connection, &key, &Default::default())?, Vec::new()))
                    })
                    .await
            }
        });
        begins.await.unwrap();
        let form =
            ConnectorForm { role_arn: world::role("team/One"), version: 1, ..world::form("Race", "race", &scene.key) };
        let write = async {
            match way {
                0 => connectors::create(&app, &who, &form).await.map(drop),
                1 => connectors::update(&app, &who, &id, &form).await,
                2 => connectors::delete(&app, &who, &id).await,
                _ => permissions::grant(&app, &who, &id, "dev").await.map(drop),
            }
        };
        let mut write = std::pin::pin!(write);
        let waits = tokio::time::timeout(Duration::from_millis(700), &mut write).await;
        assert!(waits.is_err(), "{way}: it did not wait for its turn: {waits:?}");
        held.send(()).unwrap();
        narrowing.await.unwrap().unwrap();
        let refused = write.await.unwrap_err();
        assert!(matches!(refused, PortalError::Invalid(_)), "{way}: {refused:?}");
    }
}

#[actix_web::test]
async fn nobody_grants_to_themselves() {
    let scene = Scene::new().await;
    let id = scene.made("made").await;
    let grant =
        async |group: &str| scene.rita.post("/admin/permissions/grant", &[("connector", &id), ("q", group)]).await;
    let own = "You are in this group, so an administrator has to grant it.";
    assert!(grant("leads").await.is(422).field_error("group").contains(own));
    let typed = scene.fields("other", &[("groups", "dev\nleads")]);
    assert!(scene.send(NEW, &typed).await.is(422).field_error("groups").contains(own));
    scene.rita.get("/admin/connectors?q=other").await.says("No connector matches");
    grant("dev").await.is(303);
    assert_eq!(scene.app.last_event().await.event.actor_name, "rita");

    // Where an administrator granted it, nothing is changed that a session follows from.
    scene.grant(&id, "leads").await;
    let team = world::role("team/Two");
    let address = format!("/admin/connectors/{id}");
    let policy = world::POLICY;
    let cases: [Case; 10] = [
        (&[("role_arn", &team)], Some("role_arn")),
        (&[("external_id", "an-external-id")], Some("external_id")),
        (&[("source_identity", "on")], Some("source_identity")),
        (&[("hop1_role", &team)], Some("through")),
        (&[("policy", policy)], Some("policy")),
        (&[("policy_arns", "arn:aws:iam::aws:policy/ReadOnlyAccess")], Some("policy_arns")),
        (&[("tags", "Team = one")], Some("tags")),
        (&[("duration", "30m")], Some("duration")),
        (&[("description", "For a look"), ("console_start", "/s3/buckets")], None),
        (&[("enabled", "")], None),
    ];
    for (changes, field) in cases {
        let version = scene.rita.get(&address).await.value_of("version").unwrap();
        let mut typed = scene.fields("made", changes);
        typed.retain(|(name, value)| *name != "enabled" || !value.is_empty());
        typed.push(("version", version));
        let page = scene.send(&address, &typed).await;
        match field {
            Some(field) => {
                assert!(page.is(422).field_error(field).contains("You are in “leads”"), "{changes:?}");
            }
            None => {
                page.is(303);
            }
        }
    }
    // Off by their own hand, on by an administrator's.
    scene.rita.post(&format!("{address}/switch"), &[("enabled", "true")]).await.is(422);
    scene.app.administrator().await.post(&format!("{address}/switch"), &[("enabled", "true")]).await.is(303);
}

#[actix_web::test]
async fn trials_go_as_far_as_the_envelope_and_use_only_as_far_as_grants() {
    let scene = Scene::new().await;
    let inside = scene.app.connector_id("read-only").await;
    let outside = scene.app.connector_id("federated").await;
    let before = scene.app.sandbox.counters().issuing;
    scene.rita.post(&format!("/admin/connectors/{outside}/test"), &[]).await.is(403);
    assert_eq!(scene.app.sandbox.counters().issuing, before);
    scene.rita.post(&format!("/admin/connectors/{inside}/test"), &[]).await.is(200).says("assumed-role/ReadOnly");
    let row = scene.app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.rule.as_deref()), ("connector.test", Some("envelope")));
    // That administrators may use all does not mean them.
    scene.rita.post("/console/read-only", &[]).await.is(404);
    scene.rita.get("/").await.does_not_say("Read only");
}

#[actix_web::test]
async fn the_form_offers_what_is_open_and_says_how_far() {
    let scene = Scene::new().await;
    let page = scene.rita.get(NEW).await;
    page.is(200)
        .says("What you may make of each")
        .says("broker : Assume role · roles that match")
        .says("not for programs");
    page.does_not_say("session user").does_not_say("New access key").does_not_say("handed on. AWS does not see");
    assert!(!page.body.contains("value=\"iam_user\"") && !page.body.contains("value=\"federated_user\""));
    page.says("Connectors").says("Restricted administrator").does_not_say("Access keys");
    assert!(!page.body.contains("href=\"/admin/system\""), "a way to what is not theirs");
    scene.app.sql("UPDATE access_keys SET envelope = NULL").await;
    scene.rita.get(NEW).await.is(200).says("No access key is open to you");
    let page = scene.app.administrator().await.get(NEW).await;
    page.says("New access key").does_not_say("What you may make of each");
    assert!(page.body.contains("value=\"iam_user\"") && page.body.contains("session user"));
}

#[actix_web::test]
async fn the_configuration_names_other_groups() {
    let app = TestApp::builder()
        .config(|config| config.access.restricted_administrators = vec!["local:leads".to_owned()])
        .start()
        .await;
    world::fill(&app).await;
    app.person("lea", &["leads"]).await.get("/admin/connectors").await.is(200);
    app.person("rita", &["restricted-administrators"]).await.get("/admin/connectors").await.is(403);
    // Whoever is both is the more.
    app.person("both", &["leads", "administrators"]).await.get("/admin/system").await.is(200);
}

#[actix_web::test]
async fn a_wider_envelope_is_in_the_log_with_what_it_was() {
    let scene = Scene::new().await;
    let ada = scene.app.administrator().await;
    let address = format!("/admin/access-keys/{}", scene.key);
    let version = ada.get(&address).await.value_of("version").unwrap();
    let role = world::role("*");
    let form = [
        ("name", "broker"),
        ("key_id", world::KEY_ID),
        ("partition", "aws"),
        ("version", version.as_str()),
        ("envelope_assume_role", "true"),
        ("envelope_roles", role.as_str()),
    ];
    ada.post(&address, &form).await.is(303);
    let row = scene.app.last_event().await.event;
    assert_eq!(row.kind, "access_key.update");
    assert!(row.detail["envelope_before"].as_str().unwrap().contains("at most 1 h"), "{:?}", row.detail);
    assert!(row.detail["envelope_after"].as_str().unwrap().contains("role/*"), "{:?}", row.detail);
}
