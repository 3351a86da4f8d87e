//! Where the server is and how we speak with it securely.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;

use super::checkpoint::Stream;
use super::failure::Failure;
use crate::config;

/// The address of the server and, unless it is spoken to in plain, what its certificate is checked against.
pub struct Server {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    connect_timeout: Duration,
}

impl Server {
    /// Reads the address and the certificate authorities.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn new(settings: &config::Ldap) -> Result<Self, String> {
        let url = Url::parse(&settings.url).map_err(|error| format!("url cannot be read: {error}."))?;
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err("url has no host; write ldaps://HOST:PORT.".to_owned());
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || !url.username().is_empty() {
            return Err("url may have a host and a port only; write ldaps://HOST:PORT.".to_owned());
        }
        let (usual_port, secure) = match url.scheme() {
            "ldaps" => (636, true),
            "ldap" if settings.insecure_plain => (389, false),
            "ldap" => {
                return Err("url begins with ldap://, which sends passwords in plain; use ldaps://, or set \
                            insecure_plain = true in a test network."
                    .to_owned());
            }
            _ => return Err("url must begin with ldaps://.".to_owned()),
        };
        let tls = if secure {
            let name = ServerName::try_from(host.clone())
                .map_err(|_| format!("url: {host} is neither a host name nor an IP address."))?;
            Some((connector(settings)?, name))
        } else {
            None
        };
        let port = url.port().unwrap_or(usual_port);
        Ok(Self { host, port, tls, connect_timeout: settings.connect_timeout })
    }

    /// A new connection, its certificate checked; within the setting `connect_timeout`.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn connect(&self) -> Result<Box<dyn Stream>, Failure> {
        let late = |_| Failure::Late(format!("no connection within {:?}", self.connect_timeout));
        timeout(self.connect_timeout, self.open()).await.map_err(late)?.map_err(Failure::Lost)
    }

    async fn open(&self) -> Result<Box<dyn Stream>, String> {
        let stream = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(|error| format!("no connection to port {}: {error}", self.port))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        match &self.tls {
            None => Ok(Box::new(stream)),
            Some((connector, name)) => {
                let stream = connector.connect(name.clone(), stream).await;
                Ok(Box::new(stream.map_err(|error| format!("no secure connection: {error}"))?))
            }
        }
    }
}

fn connector(settings: &config::Ldap) -> Result<TlsConnector, String> {
    let authorities = authorities(settings)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}."))?
        .with_root_certificates(authorities)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The certificate authorities of `ca_file`, else the system's.
fn authorities(settings: &config::Ldap) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    let Some(file) = &settings.ca_file else {
        let found = rustls_native_certs::load_native_certs();
        let (usable, _) = store.add_parsable_certificates(found.certs);
        return match (usable, found.errors.first()) {
            (0, Some(error)) => {
                Err(format!("The system's certificate authorities cannot be read ({error}); set ca_file."))
            }
            (0, None) => Err("The system has no certificate authorities; set ca_file.".to_owned()),
            _ => Ok(store),
        };
    };
    let wrong = |error: String| format!("ca_file {}: {error}.", file.display());
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.to_string()))? {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        store.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if store.is_empty() { Err(wrong("there is no certificate in it".to_owned())) } else { Ok(store) }
}
