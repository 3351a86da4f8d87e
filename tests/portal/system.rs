//! The system page: the settings in force, and no secret.

use daypass::config::Environment;
use daypass::portal::instance;
use daypass::portal::keyring::{Wishes, reseal};

use crate::support::{TestApp, world};

#[actix_web::test]
async fn the_settings_in_force_are_shown_and_no_secret() {
    let app = TestApp::builder()
        .config(|config| {
            config.aws.retries = 7;
            config.aws.sts_regions = vec!["eu-west-1".to_owned(), "eu-central-1".to_owned()];
            config.aws.proxy.url = Some("http://proxy.example.com:3128".to_owned());
            config.aws.proxy.user = Some("daypass-at-the-proxy".to_owned());
            config.aws.proxy.password = Some("fake password of the proxy".into());
            config.aws.proxy.no_proxy = vec!["10.0.0.0/8".to_owned()];
            config.aws.surroundings.container = true;
            config.aws.imds_endpoint = Some("http://127.0.0.1:1338".to_owned());
            let variables = [("AWS_CONTAINER_AUTHORIZATION_TOKEN".to_owned(), "fake token of the agent".to_owned())];
            config.aws.environment = Environment::of(variables, config.aws.surroundings);
        })
        .start()
        .await;
    let page = app.administrator().await.get("/admin/system").await;
    page.is(200);
    for part in [
        env!("CARGO_PKG_VERSION"),
        &app.url,
        "http://proxy.example.com:3128",
        "daypass-at-the-proxy",
        "Set by aws.proxy.",
        "10.0.0.0/8",
        "eu-west-1, then eu-central-1",
        "The system's authorities",
        "aws.surroundings.container",
        "http://127.0.0.1:1338",
        &app.sandbox.sts_url(),
        "aws.partitions.aws.sts_endpoint",
        &app.app.keyring.files().unwrap().into_iter().find(|file| file.is_newest).unwrap().id,
        "Usual endpoints",
    ] {
        page.says(part);
    }
    page.says(if app.app.config.database.url.is_some() { "PostgreSQL" } else { "SQLite" });
    for secret in ["fake password", "fake token", "postgres://"] {
        assert!(!page.body.contains(secret), "{secret} is shown");
    }
}

#[actix_web::test]
async fn a_proxy_of_the_environment_is_shown_with_its_variable() {
    let app = TestApp::builder()
        .config(|config| {
            let variables = [
                ("https_proxy".to_owned(), "http://somebody:fake%20secret@127.0.0.1:9".to_owned()),
                ("no_proxy".to_owned(), "localhost, 127.0.0.1".to_owned()),
            ];
            config.aws.environment = Environment::of(variables, config.aws.surroundings);
        })
        .start()
        .await;
    let page = app.administrator().await.get("/admin/system").await;
    page.says("http://127.0.0.1:9")
        .says("Set by the variable https_proxy.")
        .says("somebody")
        .says("localhost, 127.0.0.1");
    assert!(!page.body.contains("fake%20secret") && !page.body.contains("fake secret"));
    app.person("alice", &[]).await.get("/admin/system").await.is(403);
}

#[actix_web::test]
async fn the_keyring_is_shown_as_it_stands() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    let page = ada.get("/admin/system").await;
    page.says("Sealed by Key files keyring.kind").says("Key files 1").says("Sealed anew Never");
    page.says("Closed secrets None").says(&app.keys().display().to_string());
    reseal(&app.app, Wishes::default(), |_| ()).await.unwrap();
    let page = ada.get("/admin/system").await;
    page.does_not_say("Sealed anew Never").says(&format!("Sealed anew {}", app.app.clock.now().format("%Y-%m-%d")));

    // A file that cannot be read, and a secret that does not open.
    std::fs::write(app.keys().join("0".repeat(40)), "not a key\n").unwrap();
    app.put_secret(&app.key_id("session user").await, vec![1; 60]).await;
    app.app.closed.forget();
    let page = ada.get("/admin/system").await;
    page.says("Key files 2").says("1 of them cannot be read").says("Closed secrets 1 access key");
    let link = r#"<a href="/admin/access-keys?sort=state">1 access key</a>"#;
    assert!(page.body.contains(link), "{}", page.body);
    assert!(!page.body.contains("not a key"));
    // Where the link leads, the key stands first.
    let list = ada.get("/admin/access-keys?sort=state").await.text();
    assert!(list.find("session user") < list.find("broker"), "{list}");
    let list = ada.get("/admin/access-keys?sort=-state").await.text();
    assert!(list.find("session user") > list.find("broker"), "{list}");
}

#[actix_web::test]
async fn an_administrator_says_there_which_instance_is_the_live_one() {
    let app = TestApp::start().await;
    let ada = app.administrator().await;
    ada.get("/admin/system").await.says("Jobs Paused No jobs run yet").says(app.app.instance.as_ref().unwrap());
    instance::adopt(&app.app).await.unwrap();
    ada.get("/admin/system").await.says("Jobs Run here").does_not_say("This is the live one");
    app.sql("UPDATE settings SET value = '' WHERE name = 'jobs_instance'").await;
    ada.get("/admin/system").await.says("Jobs Paused This database belongs to another").says("This is the live one");
    ada.post("/admin/system", &[("action", "nonsense")]).await.is(422);
    ada.post("/admin/system", &[("action", "claim")]).await.leads_to("/admin/system");
    let row = app.last_event().await.event;
    assert_eq!((row.kind.as_str(), row.actor_name.as_str()), ("instance.claim", "ada"));
    ada.get("/admin/system").await.says("Jobs run here from now on").says("Jobs Run here");
}

#[actix_web::test]
async fn without_a_name_no_button_is_shown_and_the_reason_is_said() {
    let app = TestApp::builder()
        .config(|config| {
            std::fs::create_dir_all(&config.server.data_dir).unwrap();
            std::fs::write(config.server.data_dir.join("instance"), "\n").unwrap();
        })
        .start()
        .await;
    world::fill(&app).await;
    let page = app.administrator().await.get("/admin/system").await;
    page.says("Instance None")
        .says("it holds no name")
        .says("Set server.instance")
        .does_not_say("This is the live one");
}
