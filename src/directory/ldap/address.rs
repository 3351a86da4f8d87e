//! One address of a server, and how it is spoken to securely.

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use super::answer::{Question, Verdict};
use super::ber::{ENUMERATED, Elements, INTEGER, SEQUENCE, message_length, number};
use super::checkpoint::Stream;
use crate::config;

/// `ExtendedRequest` number 1 for StartTLS (RFC 4511, 4.14.1): its name is `1.3.6.1.4.1.1466.20037`.
const START_TLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// An address.
pub struct Address {
    host: String,
    port: u16,
    security: Security,
}

enum Security {
    Plain,
    Tls(TlsConnector, ServerName<'static>),
    StartTls(TlsConnector, ServerName<'static>),
}

impl Address {
    /// Reads a URL; `connector` gives what TLS is made with.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn new(
        url: &str,
        settings: &config::Ldap,
        connector: impl FnOnce() -> Result<TlsConnector, String>,
    ) -> Result<Self, String> {
        let setting = if settings.urls.is_empty() { "url" } else { "urls" };
        let url = Url::parse(url).map_err(|error| format!("{setting} cannot be read: {error}."))?;
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(format!("{setting} has no host; write ldaps://HOST:PORT."));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || !url.username().is_empty() {
            return Err(format!("{setting} may have a host and a port only; write ldaps://HOST:PORT."));
        }
        let name = || {
            ServerName::try_from(host.clone())
                .map_err(|_| format!("{setting}: {host} is neither a host name nor an IP address."))
        };
        let (usual_port, security) = match (url.scheme(), settings.start_tls) {
            ("ldaps", false) => (636, Security::Tls(connector()?, name()?)),
            ("ldaps", true) => {
                return Err(format!("start_tls is for {setting} with ldap://; ldaps:// is secure from the beginning."));
            }
            ("ldap", true) => (389, Security::StartTls(connector()?, name()?)),
            ("ldap", false) if settings.insecure_plain => (389, Security::Plain),
            ("ldap", false) => {
                return Err(format!(
                    "{setting} begins with ldap://, which sends passwords in plain; use ldaps://, or set start_tls = \
                     true, or insecure_plain = true in a test network."
                ));
            }
            _ => return Err(format!("{setting} must begin with ldaps://, or with ldap:// where start_tls = true.")),
        };
        Ok(Self { port: url.port().unwrap_or(usual_port), host, security })
    }

    /// `HOST:PORT`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// A new connection, its certificate checked.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn open(&self) -> Result<Box<dyn Stream>, String> {
        let mut stream = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(|error| format!("no connection to port {}: {error}", self.port))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let (connector, name) = match &self.security {
            Security::Plain => return Ok(Box::new(stream)),
            Security::Tls(connector, name) => (connector, name),
            Security::StartTls(connector, name) => {
                start_tls(&mut stream).await?;
                (connector, name)
            }
        };
        let stream = connector.connect(name.clone(), stream).await;
        Ok(Box::new(stream.map_err(|error| format!("no secure connection: {error}"))?))
    }
}

/// Asks for TLS, and reads the answer and not a byte more: what follows belongs to the handshake, so that nothing that was
/// said in plain counts later.
async fn start_tls(stream: &mut TcpStream) -> Result<(), String> {
    let broke = |error: std::io::Error| format!("StartTLS: the connection broke: {error}");
    stream.write_all(START_TLS).await.map_err(broke)?;
    let mut message = Vec::new();
    while message_length(&message)?.is_none_or(|length| message.len() < length) {
        message.push(stream.read_u8().await.map_err(broke)?);
    }
    let mut question = Question::of(START_TLS)?.ok_or("StartTLS is no question")?;
    if question.judge(&message)? != Verdict::Last {
        return Err("StartTLS: it answered what was not asked".to_owned());
    }
    let mut parts = Elements::new(Elements::new(&message).expect(SEQUENCE)?);
    parts.expect(INTEGER)?;
    let result = parts.next()?.map(|answer| answer.content).unwrap_or_default();
    match number(Elements::new(result).expect(ENUMERATED)?)? {
        0 => Ok(()),
        code => Err(format!("StartTLS: it answers {code}; is there a certificate in its settings?")),
    }
}
