//! The system page: the settings in force, and no secret.

use daypass::config::Environment;

use crate::support::TestApp;

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
