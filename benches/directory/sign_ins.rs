//! S6: what a sign-in asks of the directory, what we add to it, how many there are a second; and a group with 50,000 members.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use daypass::clock::Clock;
use daypass::config;
use daypass::directory::{Directory, Ldap};
use ldap3::{LdapConnSettings, LdapResult, Scope};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::content::{self, EVERYBODY, SERVICE_PASSWORD, SUFFIX, password, person, uid};
use crate::load::{Plan, median};
use crate::scene::Scene;
use crate::server::cpu;
use crate::slapd::{self, Slapd};
use crate::{ROUNDS, at, ms};

/// How late each answer comes where round trips are counted.
const LATE: Duration = Duration::from_millis(40);
/// Sign-ins of each kind, one after the other.
const TIMES: usize = 400;

pub async fn measure(folder: &Path, slapd: &Slapd) {
    println!("\nS6: sign-in");
    round_trips(slapd).await;
    share(slapd).await;
    in_process(slapd).await;
    rate(folder, slapd).await;
    big_group(slapd).await;
}

fn directory(settings: config::Ldap) -> Directory {
    Directory::Ldap(Box::new(Ldap::new(settings, Clock::system()).expect("settings")))
}

async fn sign_in(directory: &Directory, number: usize) -> Duration {
    let (name, password) = (uid(number), SecretString::from(password(number)));
    let start = Instant::now();
    let entry = directory.authenticate(&name, &password, &|_| true).await.expect("signed in");
    assert!(!entry.groups.is_empty());
    start.elapsed()
}

/// Counts what goes to the server, and how many answers are waited for one after the other.
async fn round_trips(slapd: &Slapd) {
    let (listener, asked) = (TcpListener::bind("127.0.0.1:0").await.expect("a port"), Arc::new(AtomicUsize::new(0)));
    let address = listener.local_addr().expect("an address").to_string();
    let (to, counted) = (slapd.plain.clone(), Arc::clone(&asked));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(pass(stream, to.clone(), Arc::clone(&counted)));
        }
    });
    let mut settings = slapd.settings("groups");
    settings.url = format!("ldap://{address}");
    (settings.insecure_plain, settings.ca_file) = (true, None);
    let directory = directory(settings);
    sign_in(&directory, 1).await;
    let before = asked.load(Ordering::SeqCst);
    let mut times = Vec::new();
    for number in 2..2 + 20 {
        times.push(ms(sign_in(&directory, number).await) / ms(LATE));
    }
    let asked = (asked.load(Ordering::SeqCst) - before) as f64 / 20.0;
    println!(
        "questions to the server for each sign-in: {asked:.1}; answers waited for one after the other: {:.2} (each {} ms late)",
        median(times),
        LATE.as_millis()
    );
}

/// Passes questions on at once and answers late.
async fn pass(stream: TcpStream, to: String, asked: Arc<AtomicUsize>) {
    let Ok(server) = TcpStream::connect(to).await else { return };
    let (mut from_client, mut to_client) = stream.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let questions = async move {
        let mut bytes = [0; 64 * 1024];
        while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
            // The end of a connection is no question: unbind is 7 bytes.
            asked.fetch_add(usize::from(count > 7), Ordering::SeqCst);
            if to_server.write_all(&bytes[..count]).await.is_err() {
                break;
            }
        }
    };
    // Each part of an answer is late by the same time, however many parts it comes in.
    let (later, mut due) = tokio::sync::mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let answers = async move {
        let mut bytes = [0; 64 * 1024];
        while let Ok(count @ 1..) = from_server.read(&mut bytes).await {
            if later.send((Instant::now() + LATE, bytes[..count].to_vec())).is_err() {
                break;
            }
        }
    };
    let delivery = async move {
        while let Some((at, bytes)) = due.recv().await {
            tokio::time::sleep_until(at.into()).await;
            if to_client.write_all(&bytes).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = questions => {}
        () = answers => {}
        () = delivery => {}
    }
}

/// Ours and the same questions by the bare library, in turns, over TLS.
async fn share(slapd: &Slapd) {
    let directory = directory(slapd.settings("groups"));
    let settings = bare_settings(slapd);
    let url = format!("ldaps://{}", slapd.secure);
    let mut searching = slapd::open(&url, settings.clone()).await;
    let bound = searching.simple_bind(&format!("cn=daypass,ou=services,{SUFFIX}"), SERVICE_PASSWORD).await;
    bound.and_then(LdapResult::success).expect("the account that searches");
    let (mut ours, mut bare, mut more) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1000..1000 + TIMES {
        let one = sign_in(&directory, number).await;
        let other = bare_sign_in(&mut searching, &url, &settings, number).await;
        if number >= 1000 + TIMES / 10 {
            more.push(ms(one) - ms(other));
            ours.push(ms(one));
            bare.push(ms(other));
        }
    }
    println!(
        "one after the other, over TLS: ours p50 {:.2} ms, the bare library's {:.2} ms, the middle of the differences {:.2} ms",
        median(ours),
        median(bare),
        median(more)
    );
}

fn bare_settings(slapd: &Slapd) -> LdapConnSettings {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(slapd.authority()).expect("a certificate")).expect("an authority");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_root_certificates(roots).with_no_client_auth();
    LdapConnSettings::new().set_config(Arc::new(config))
}

/// Search, bind and who-am-I on a connection of its own, groups: what ours asks.
async fn bare_sign_in(searching: &mut ldap3::Ldap, url: &str, settings: &LdapConnSettings, number: usize) -> Duration {
    let start = Instant::now();
    let people = format!("ou=people,{SUFFIX}");
    let filter = format!("(&(objectClass=inetOrgPerson)(uid={}))", uid(number));
    let attributes = ["uid", "cn", "mail", "entryUUID"];
    let found = searching.search(&people, Scope::Subtree, &filter, attributes).await.expect("an answer");
    assert_eq!(found.success().expect("found").0.len(), 1);
    let mut own = slapd::open(url, settings.clone()).await;
    let bound = own.simple_bind(&person(number), &password(number)).await;
    bound.and_then(LdapResult::success).expect("signed in");
    own.extended(ldap3::exop::WhoAmI).await.expect("an answer");
    let groups = format!("ou=groups,{SUFFIX}");
    let dn = person(number);
    let filter =
        format!("(&(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))(|(member={dn})(uniqueMember={dn})))");
    let found = searching.search(&groups, Scope::Subtree, &filter, ["cn", "entryUUID"]).await.expect("an answer");
    assert!(!found.success().expect("found").0.is_empty());
    start.elapsed()
}

/// As many at once as a directory lets through, without the portal around it.
async fn in_process(slapd: &Slapd) {
    let directory = Arc::new(directory(slapd.settings("groups")));
    let (mut rates, mut ours, mut servers) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (start, own, server) = (Instant::now(), cpu(std::process::id()), cpu(slapd.id()));
        let callers: Vec<_> = (0..16)
            .map(|caller| {
                let directory = Arc::clone(&directory);
                tokio::spawn(async move {
                    for turn in 0..60 {
                        sign_in(&directory, 2000 + round * 1000 + caller * 60 + turn).await;
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.await.expect("a caller");
        }
        let count = 16.0 * 60.0;
        rates.push(count / start.elapsed().as_secs_f64());
        ours.push(ms(cpu(std::process::id()) - own) / count);
        servers.push(ms(cpu(slapd.id()) - server) / count);
    }
    println!(
        "16 at once, the directory alone: {:.0} a second · CPU of each {:.2} ms ours, {:.2} ms slapd's",
        median(rates),
        median(ours),
        median(servers)
    );
}

/// Through the sign-in page.
async fn rate(folder: &Path, slapd: &Slapd) {
    let scene = Scene::set(folder, slapd, "groups", "").await;
    let requests: Vec<_> = (10_000..10_064).map(|number| scene.signing_in(number, &password(number))).collect();
    let requests = Arc::new(requests);
    for callers in [16, 64] {
        let plan = Plan { process: scene.portal.id(), callers, time: Duration::from_secs(3) };
        plan.http(&scene.address, &requests).await;
        let (mut rates, mut p50, mut p99, mut spent, mut servers) = (vec![], vec![], vec![], vec![], vec![]);
        for _ in 0..ROUNDS {
            let before = cpu(slapd.id());
            let run = plan.http(&scene.address, &requests).await;
            servers.push(ms(cpu(slapd.id()) - before) / run.answers as f64);
            rates.push(run.rate);
            p50.push(run.p50);
            p99.push(run.p99);
            spent.push(run.cpu / 1e3);
        }
        println!(
            "sign-in page, {callers} callers: {:.0} a second · p50 {:.1} ms · p99 {:.1} ms · CPU of each {:.2} ms the portal's, {:.2} ms slapd's",
            median(rates),
            median(p50),
            median(p99),
            median(spent),
            median(servers)
        );
    }
}

/// One who is in a group of everybody, and in usual ones, in turns.
async fn big_group(slapd: &Slapd) {
    let (usual, large) = (directory(slapd.settings("groups")), directory(slapd.settings("large")));
    let (mut few, mut many) = (Vec::new(), Vec::new());
    for number in (0..content::PEOPLE).step_by(content::PEOPLE / 100) {
        let id = usual.named(&uid(number)).await.expect("a person").external_id;
        let start = Instant::now();
        usual.look_up(&id).await.expect("an answer").expect("a person");
        few.push(start.elapsed());
        let start = Instant::now();
        let entry = large.look_up(&id).await.expect("an answer").expect("a person");
        many.push(start.elapsed());
        assert_eq!(entry.groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), [EVERYBODY]);
    }
    few.sort_unstable();
    many.sort_unstable();
    println!(
        "looking up a person, groups included: in groups of three p50 {:.1} · p99 {:.1} ms; in one of {} members p50 {:.1} · p99 {:.1} ms",
        at(&few, 50),
        at(&few, 99),
        content::PEOPLE,
        at(&many, 50),
        at(&many, 99)
    );
}
