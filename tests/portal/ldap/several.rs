//! Several servers of one content, StartTLS and certificates.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use daypass::clock::Clock;
use daypass::config;
use daypass::directory::{Directory, Ldap};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::slapd::{directory, try_sign_in, variable};
use super::stand_in::{BIND, SEARCH, SLACK, Server, friendly, question, read_to_end, result, settings};

const ALICE: &str = "uid=alice,dc=test";

fn among(urls: &[&str]) -> Directory {
    let mut settings = settings("ldap", "x");
    settings.url = String::new();
    settings.urls = urls.iter().map(|address| format!("ldap://{address}")).collect();
    Directory::Ldap(Box::new(Ldap::new(settings, Clock::system()).unwrap()))
}

fn answering() -> Server {
    Server::answering(|id, operation, _| friendly(id, operation, ALICE))
}

#[tokio::test]
async fn the_next_server_answers_within_the_same_call_and_the_first_is_left_alone() {
    let hung = || Server::raw(|mut stream| async move { drop(read_to_end(&mut stream).await) });
    let cut = || Server::raw(|stream| async move { drop(stream) });
    let garbage = || Server::raw(|mut stream| async move { drop(stream.write_all(&[0xff; 100]).await) });
    let busy = || {
        Server::answering(|id, operation, _| match operation {
            SEARCH => result(id, 0x65, 51),
            BIND => result(id, 0x61, 0),
            _ => Vec::new(),
        })
    };
    for (kind, first) in [("hung", hung()), ("cut", cut()), ("garbage", garbage()), ("busy", busy())] {
        let second = answering();
        let directory = among(&[&first.address, &second.address]);
        assert!(directory.find_groups("x").await.is_ok(), "{kind}");
        let asked = first.connections();
        assert!(asked >= 1, "{kind}");
        // A person's bind takes a connection of its own, to the one that answers.
        assert!(super::stand_in::sign_in(&directory).await.is_ok(), "{kind}");
        assert_eq!(first.connections(), asked, "{kind}: it was asked again at once");
        assert_eq!(second.connections(), 2, "{kind}");
    }
}

#[tokio::test]
async fn a_server_that_is_left_alone_is_asked_again_later() {
    let down = Arc::new(AtomicBool::new(true));
    let is_down = Arc::clone(&down);
    let first =
        Server::answering(
            move |id, operation, _| {
                if is_down.load(Ordering::SeqCst) { Vec::new() } else { friendly(id, operation, ALICE) }
            },
        );
    let second = answering();
    let directory = among(&[&first.address, &second.address]);
    assert!(directory.find_groups("x").await.is_ok());
    assert_eq!((first.connections(), second.connections()), (1, 1));
    down.store(false, Ordering::SeqCst);
    second.stop().await;
    // The second is gone and the first still left alone: better than nothing, it is asked.
    assert!(directory.find_groups("x").await.is_ok());
    assert_eq!(first.connections(), 2);
}

#[tokio::test]
async fn a_back_off_ends() {
    let first = Server::answering(|id, operation, connection| match connection {
        0 => Vec::new(),
        _ => friendly(id, operation, ALICE),
    });
    // Hangs up after each answer to a search, so that no connection is kept.
    let second = Server::raw(|mut stream| async move {
        while let Some((id, operation)) = question(&mut stream).await {
            drop(stream.write_all(&friendly(id, operation, ALICE)).await);
            if operation == SEARCH {
                return;
            }
        }
    });
    let directory = among(&[&first.address, &second.address]);
    let start = Instant::now();
    while first.connections() < 2 {
        assert!(directory.find_groups("x").await.is_ok());
        assert!(start.elapsed() < 2 * SLACK, "it is never asked again");
        tokio::task::yield_now().await;
    }
    // One second, and not a moment less.
    assert!(start.elapsed() >= std::time::Duration::from_secs(1), "{:?}", start.elapsed());
    assert!(second.connections() >= 1);
}

#[tokio::test]
async fn where_none_answers_each_is_named_with_what_is_wrong() {
    let closed = |listener: std::net::TcpListener| listener.local_addr().unwrap().to_string();
    let first = closed(std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let second = closed(std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let directory = among(&[&first, &second]);
    for _ in 0..2 {
        let error = directory.find_groups("x").await.unwrap_err();
        for address in [&first, &second] {
            assert!(error.cause.contains(&format!("{address}: no connection to port")), "{}", error.cause);
        }
    }
}

#[tokio::test]
async fn starttls_comes_before_any_word_and_a_server_without_it_gets_none() {
    let secure = directory(|settings| {
        settings.url = variable("DAYPASS_TEST_LDAP_PLAIN_URL");
        settings.start_tls = true;
    });
    assert!(try_sign_in(&secure, "alice", "fake-password-alice").await.is_ok());
    for (answer, part) in [
        (result(1, 0x78, 2), "StartTLS: it answers 2"),
        (result(1, 0x78, 0), "no secure connection"),
        // Something said in plain after it, as somebody on the way might.
        ([result(1, 0x78, 0), result(2, 0x61, 0)].concat(), "no secure connection"),
        (result(1, 0x61, 0), "it answered what was not asked"),
        (b"HTTP/1.1 400".to_vec(), "it sent"),
        (Vec::new(), "StartTLS: the connection broke"),
    ] {
        let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
        let notes = Arc::clone(&heard);
        let server = Server::raw(move |mut stream| {
            let (answer, notes) = (answer.clone(), Arc::clone(&notes));
            async move {
                question(&mut stream).await;
                drop(stream.write_all(&answer).await);
                drop(stream.shutdown().await);
                let mut rest = Vec::new();
                drop(stream.read_to_end(&mut rest).await);
                notes.lock().unwrap().extend(rest);
            }
        });
        let mut settings = settings("ldap", &server.address);
        (settings.insecure_plain, settings.start_tls) = (false, true);
        let directory = Directory::Ldap(Box::new(Ldap::new(settings, Clock::system()).unwrap()));
        let error = directory.find_groups("x").await.unwrap_err();
        assert!(error.cause.contains(part), "{}", error.cause);
        let heard = heard.lock().unwrap();
        assert!(!heard.windows(5).any(|part| part == b"fake-"), "the password was sent in plain");
    }
}

/// An authority, and what it has signed.
struct Authority {
    folder: tempfile::TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { folder, issuer: Issuer::new(params, key) }
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Writes `name.pem` and `name.key`, for 127.0.0.1.
    fn sign(&self, name: &str, last_year: i32) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(last_year, 1, 1);
        std::fs::write(self.file(&format!("{name}.pem")), params.signed_by(&key, &self.issuer).unwrap().pem()).unwrap();
        std::fs::write(self.file(&format!("{name}.key")), key.serialize_pem()).unwrap();
    }

    fn certificate(&self, name: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.file(&format!("{name}.pem"))).unwrap()
    }

    /// LDAPS before the real slapd, which wants a certificate of ours where `wants` says so.
    async fn server(&self, name: &str, wants: bool) -> Server {
        let key = PrivateKeyDer::from_pem_file(self.file(&format!("{name}.key"))).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate("ca")).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let builder = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = match wants {
            true => builder.unwrap().with_client_cert_verifier(verifier.build().unwrap()),
            false => builder.unwrap().with_no_client_auth(),
        };
        let config = builder.with_single_cert(vec![self.certificate(name)], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let to = variable("DAYPASS_TEST_LDAP_PLAIN_URL").replace("ldap://", "");
        Server::listening(TcpListener::bind("127.0.0.1:0").await.unwrap(), move |stream, _| {
            let (acceptor, to) = (acceptor.clone(), to.clone());
            async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut other = TcpStream::connect(to).await.unwrap();
                drop(copy_bidirectional(&mut stream, &mut other).await);
            }
        })
    }

    fn directory(&self, server: &Server, change: impl FnOnce(&mut config::Ldap)) -> Directory {
        directory(|settings| {
            settings.url = format!("ldaps://{}", server.address);
            settings.ca_file = Some(self.file("ca.pem"));
            change(settings);
        })
    }
}

#[tokio::test]
async fn a_certificate_of_our_own_is_shown_where_the_server_wants_one() {
    let authority = Authority::new();
    authority.sign("server", 2100);
    authority.sign("own", 2100);
    let server = authority.server("server", true).await;
    let with = authority.directory(&server, |settings| {
        settings.client_certificate_file = Some(authority.file("own.pem"));
        settings.client_key_file = Some(authority.file("own.key"));
    });
    assert!(try_sign_in(&with, "alice", "fake-password-alice").await.is_ok());
    assert!(authority.directory(&server, |_| {}).find_groups("x").await.is_err());
    let own = |certificate: Option<&str>, key: Option<&str>| {
        let mut settings = settings("ldaps", &server.address);
        settings.ca_file = Some(authority.file("ca.pem"));
        settings.client_certificate_file = certificate.map(|name| authority.file(name));
        settings.client_key_file = key.map(|name| authority.file(name));
        Ldap::new(settings, Clock::system()).err().unwrap()
    };
    for (sentence, part) in [
        (own(Some("own.pem"), None), "client_certificate_file is set without client_key_file"),
        (own(None, Some("own.key")), "client_key_file is set without client_certificate_file"),
        (own(Some("own.key"), Some("own.key")), "client_certificate_file "),
        (own(Some("own.pem"), Some("own.pem")), "client_key_file "),
        (own(Some("own.pem"), Some("server.key")), "client_key_file "),
        (own(Some("none.pem"), Some("own.key")), "client_certificate_file "),
    ] {
        assert!(sentence.contains(part), "{sentence}");
    }
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_refused_until_there_is_a_new_one() {
    let authority = Authority::new();
    authority.sign("old", 2020);
    authority.sign("new", 2100);
    let old = authority.server("old", false).await;
    let new = authority.server("new", false).await;
    let error = authority.directory(&old, |_| {}).find_groups("x").await.unwrap_err();
    assert!(error.cause.contains("xpired"), "{}", error.cause);
    assert!(authority.directory(&new, |_| {}).find_groups("x").await.is_ok());
    // The next server, whose certificate is good, is asked.
    let both = authority.directory(&old, |settings| {
        let url = std::mem::take(&mut settings.url);
        settings.urls = vec![url, format!("ldaps://{}", new.address)];
    });
    assert!(both.find_groups("x").await.is_ok());
}
