//! Every partition from end to end: its hosts, its ARNs, its console.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use daypass::config::PartitionEndpoints;
use daypass::model::partition::Partition;
use daypass::portal::access_keys::{self, AccessKeyForm};
use daypass::portal::connectors::ConnectorForm;
use daypass::sandbox::{Account, Key, Role, User, World};

use crate::support::{TestApp, world};

const ACCOUNT: &str = "345678901234";

/// An account of this partition alone.
fn world_of(partition: Partition) -> World {
    let mut account = Account { id: ACCOUNT.to_owned(), partition: partition.id().to_owned(), ..Account::default() };
    account.users.push(User::broker("broker", Key::new(world::KEY_ID, world::SECRET)));
    let broker = account.user_arn("broker");
    account.roles.push(Role::trusting("Reader", &broker, 12));
    World { accounts: vec![account] }
}

/// A portal at which AWS is a sandbox with that world; the console is the partition's own.
async fn portal(partition: Partition) -> (TestApp, String) {
    let app = TestApp::builder()
        .world(world_of(partition))
        .config(move |config| {
            let all = config.aws.partitions.remove("aws").unwrap();
            let without_console = PartitionEndpoints { console_endpoint: None, ..all };
            config.aws.partitions.insert(partition.id().to_owned(), without_console);
        })
        .start()
        .await;
    app.add_person("member-of-ops", &["ops"]).await;
    let form = AccessKeyForm {
        name: "broker".to_owned(),
        key_id: world::KEY_ID.to_owned(),
        secret: world::SECRET.to_owned().into(),
        partition: partition.id().to_owned(),
        ..AccessKeyForm::default()
    };
    let key = access_keys::create(&app.app, &world::setter(), form).await.unwrap();
    (app, key)
}

#[actix_web::test]
async fn credentials_and_console_are_those_of_the_partition() {
    let consoles = [
        (Partition::Aws, "us-east-1", "console.aws.amazon.com"),
        (Partition::AwsCn, "cn-northwest-1", "console.amazonaws.cn"),
        (Partition::AwsUsGov, "us-gov-west-1", "console.amazonaws-us-gov.com"),
        (Partition::AwsEusc, "eusc-de-east-1", "console.amazonaws-eusc.eu"),
    ];
    for (partition, home, console) in consoles {
        let (app, key) = portal(partition).await;
        let form = ConnectorForm {
            role_arn: format!("arn:{partition}:iam::{ACCOUNT}:role/Reader"),
            policy_arns: format!("arn:{partition}:iam::aws:policy/ReadOnlyAccess"),
            ..world::form("Reader", "reader", &key)
        };
        world::add_connector(&app, &form, &["ops"]).await;
        let federated = ConnectorForm {
            principal_type: "federated_user".to_owned(),
            policy: world::POLICY.to_owned(),
            ..world::form("Federated", "federated", &key)
        };
        world::add_connector(&app, &federated, &["ops"]).await;
        let alice = app.person("alice", &["ops"]).await;
        let page = alice.post("/connectors/reader/credentials", &[]).await;
        page.is(200);
        let row = app.last_event().await.event;
        let arn = format!("arn:{partition}:sts::{ACCOUNT}:assumed-role/Reader/alice");
        assert_eq!((row.arn, row.account_id.as_deref()), (Some(arn), Some(ACCOUNT)));
        alice.post("/connectors/federated/credentials", &[]).await.is(200);
        let arn = format!("arn:{partition}:sts::{ACCOUNT}:federated-user/alice");
        assert_eq!(app.last_event().await.event.arn, Some(arn));
        for (destination, host) in [("", console), ("/s3/home", console)] {
            let page = alice.post("/console/reader", &[("destination", destination)]).await;
            let location = url::Url::parse(page.is(303).location()).unwrap();
            let (_, to) = location.query_pairs().find(|(name, _)| name == "Destination").unwrap();
            let to = url::Url::parse(&to).unwrap();
            let host_of = to.host_str().unwrap();
            assert!(host_of == host || host_of == format!("{home}.{host}"), "{partition}: {to}");
            assert!(to.query_pairs().any(|(name, value)| name == "region" && value == home), "{partition}: {to}");
        }
        // Nothing of another partition is taken: neither its region, its console, nor its ARNs.
        for (other, region, elsewhere) in consoles {
            let foreign = other != partition;
            let status = if foreign { 422 } else { 303 };
            let page = alice.post("/console/reader", &[("region", region)]).await;
            assert_eq!(page.status, status, "{partition}: {region}");
            let typed = format!("https://{elsewhere}/s3/home");
            let page = alice.post("/console/reader", &[("destination", &typed)]).await;
            assert_eq!(page.status, status, "{partition}: {typed}");
            let foreign_arn = ConnectorForm {
                policy_arns: format!("arn:{other}:iam::aws:policy/ReadOnlyAccess"),
                ..world::form(&format!("With {other}"), &format!("with-{other}"), &key)
            };
            let form = ConnectorForm { role_arn: form.role_arn.clone(), ..foreign_arn };
            let saved = daypass::portal::connectors::create(&app.app, &world::setter(), &form).await;
            assert_eq!(saved.is_err(), foreign, "{partition}: {saved:?}");
        }
    }
}

/// A proxy that opens nothing and keeps the host of each CONNECT.
fn recorder() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let keep = heard.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let first = lines.next().unwrap_or_default();
            lines.find(String::is_empty);
            keep.lock().unwrap().push(first.split(' ').nth(1).unwrap_or_default().to_owned());
            let _ = (&stream).write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    (address, heard)
}

/// Which hosts are called where nothing stands in their place: seen by the proxy that every call goes through.
#[actix_web::test]
async fn the_hosts_are_those_of_the_partition() {
    let hosts = [
        (Partition::Aws, "eu-west-1", "sts.eu-west-1.amazonaws.com", "signin.aws.amazon.com"),
        (Partition::AwsCn, "cn-north-1", "sts.cn-north-1.amazonaws.com.cn", "signin.amazonaws.cn"),
        (Partition::AwsUsGov, "us-gov-east-1", "sts.us-gov-east-1.amazonaws.com", "signin.amazonaws-us-gov.com"),
        (
            Partition::AwsEusc,
            "eusc-de-east-1",
            "sts.eusc-de-east-1.amazonaws.eu",
            "eusc-de-east-1.signin.amazonaws-eusc.eu",
        ),
    ];
    for (partition, region, sts, signin) in hosts {
        for (is_sts, host) in [(true, sts), (false, signin)] {
            let (proxy, heard) = recorder();
            let app = TestApp::builder()
                .world(world_of(partition))
                .config(move |config| {
                    config.aws.retries = 0;
                    config.aws.proxy.url = Some(proxy);
                    config.aws.proxy.no_proxy = vec!["127.0.0.1".to_owned()];
                    let all = config.aws.partitions.remove("aws").unwrap();
                    let sts_endpoint = if is_sts { None } else { all.sts_endpoint };
                    let endpoints = PartitionEndpoints { sts_endpoint, ..PartitionEndpoints::default() };
                    config.aws.partitions.insert(partition.id().to_owned(), endpoints);
                })
                .start()
                .await;
            app.add_person("member-of-ops", &["ops"]).await;
            let form = AccessKeyForm {
                name: "broker".to_owned(),
                key_id: world::KEY_ID.to_owned(),
                secret: world::SECRET.to_owned().into(),
                partition: partition.id().to_owned(),
                skip_validation: true,
                ..AccessKeyForm::default()
            };
            let key = access_keys::create(&app.app, &world::setter(), form).await.unwrap();
            let role_arn = format!("arn:{partition}:iam::{ACCOUNT}:role/Reader");
            let form = ConnectorForm { role_arn, region: region.to_owned(), ..world::form("Reader", "reader", &key) };
            world::add_connector(&app, &form, &["ops"]).await;
            let alice = app.person("alice", &["ops"]).await;
            let page = alice.post("/console/reader", &[]).await;
            assert!(page.status >= 500 && page.location().is_empty(), "{}", page.text());
            let heard: Vec<String> = heard.lock().unwrap().clone();
            let expected = format!("{host}:443");
            assert!(!heard.is_empty() && heard.iter().all(|host| *host == expected), "{partition}: {heard:?}");
        }
    }
}
