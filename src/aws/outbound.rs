//! The way from this machine to AWS: a proxy or none, and the certificate authorities to trust. The one HTTP client of all
//! AWS clients is made here, and what fails on the way is put into words.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use zeroize::Zeroizing;

use super::AwsError;
use crate::config;

/// How everything to AWS leaves this machine.
#[derive(Clone)]
pub struct Outbound {
    proxy: Option<Proxy>,
    authorities: Vec<Vec<u8>>,
}

/// The proxy in force.
#[derive(Clone)]
pub struct Proxy {
    /// Scheme, host and port; nothing secret.
    pub url: String,
    /// Who we are to it.
    pub user: Option<String>,
    password: Option<SecretString>,
    /// Hosts that are reached without it.
    pub no_proxy: Vec<String>,
    /// The setting or the variable that names it.
    pub from: String,
    matcher: Arc<Matcher>,
}

/// Why there is no answer, where that is known; it travels inside the SDK's error.
#[derive(Debug)]
pub(super) struct Explained(pub(super) AwsError);

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Explained {}

impl Outbound {
    /// The way that settings and environment name.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn new(settings: &config::Aws) -> Result<Self, String> {
        let authorities = settings.ca_file.as_deref().map(authorities).transpose()?.unwrap_or_default();
        Ok(Self { proxy: proxy(settings)?, authorities })
    }

    /// The proxy, where there is one.
    #[must_use]
    pub const fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    /// The one HTTP client that all AWS clients share: one pool of connections.
    pub(super) fn shared_client(&self, settings: &config::Aws) -> SharedHttpClient {
        let times = HttpConnectorSettings::builder()
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.attempt_timeout)
            .build();
        let mut trust = TrustStore::default();
        for authority in &self.authorities {
            trust.add_pem_certificate(authority.clone());
        }
        let mut connector: ConnectorBuilder<_> =
            Connector::builder().connector_settings(times).tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        // It fails on no path: the authorities were read before.
        if let Ok(context) = TlsContext::builder().with_trust_store(trust).build() {
            connector = connector.tls_context(context);
        }
        if let Some(config) = self.proxy.as_ref().and_then(Proxy::for_sdk) {
            connector = connector.proxy_config(config);
        }
        let connector = SharedHttpConnector::new(connector.build());
        SharedHttpClient::new(Client(SharedHttpConnector::new(Explaining { connector, way: Arc::new(self.clone()) })))
    }

    /// A builder of the other HTTP client, for what no SDK speaks. `direct`: without the proxy, for addresses of this machine.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub(super) fn plain_client(&self, direct: bool) -> Result<reqwest::ClientBuilder, String> {
        // Never reqwest's own reading of the environment: the proxy was chosen once, for all alike.
        let mut builder = reqwest::Client::builder().no_proxy().user_agent("daypass");
        for authority in &self.authorities {
            let certificate = reqwest::Certificate::from_pem_bundle(authority);
            for certificate in certificate.map_err(|error| format!("aws.ca_file: {error}."))? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        match self.proxy.as_ref().filter(|_| !direct) {
            Some(proxy) => Ok(builder.proxy(proxy.for_plain()?)),
            None => Ok(builder),
        }
    }

    /// Why nothing came from `host` (scheme and host), where `error` or one of its causes tells.
    pub(super) fn explain(&self, error: &(dyn Error + 'static), host: &str) -> Option<AwsError> {
        let proxy = self.proxy.as_ref().filter(|proxy| proxy.is_for(host));
        causes(error).find_map(|cause| {
            if let Some(rustls::Error::InvalidCertificate(why)) = cause.downcast_ref() {
                return Some(AwsError::Setup {
                    code: "certificate",
                    sentence: format!("AWS cannot be reached: the certificate of {host} is not trusted ({why})"),
                    advice: "If a proxy opens TLS, or the endpoint has a certificate of your own authority, name that authority's PEM file in aws.ca_file.",
                });
            }
            let proxy = proxy?;
            let text = cause.to_string();
            if text.contains("proxy auth") {
                return Some(proxy.refused_us());
            }
            let closed = text.starts_with("tunnel error") && !text.contains("underlying connection");
            let refused = closed.then(|| format!("does not lead to {host} ({text})"));
            let silent = cause.downcast_ref::<io::Error>().filter(|error| is_silence(error));
            let silent = silent.map(|error| format!("does not answer ({error})"));
            refused.or(silent).map(|what| AwsError::Setup {
                code: "proxy",
                sentence: format!("AWS cannot be reached: the proxy {} ({}) {what}", proxy.url, proxy.from),
                advice: "Check the proxy, whether it lets us through to AWS, and the user and password that we have for it.",
            })
        })
    }
}

impl Proxy {
    /// Whether it stands between us and `address`.
    fn is_for(&self, address: &str) -> bool {
        address.parse().is_ok_and(|address| self.matcher.intercept(&address).is_some())
    }

    pub(super) fn refused_us(&self) -> AwsError {
        AwsError::Setup {
            code: "proxy_login",
            sentence: match self.user {
                Some(_) => format!(
                    "AWS cannot be reached: the proxy {} ({}) refused our user and password",
                    self.url, self.from
                ),
                None => format!(
                    "AWS cannot be reached: the proxy {} ({}) asks for a user and a password",
                    self.url, self.from
                ),
            },
            advice: "Check aws.proxy.user and aws.proxy.password, or the variable that names the proxy.",
        }
    }

    fn for_sdk(&self) -> Option<ProxyConfig> {
        // A proxy of the environment is for https alone, as the variable's name says; what is http is on this machine.
        let config = match self.is_set_here() {
            true => ProxyConfig::all(self.url.as_str()),
            false => ProxyConfig::https(self.url.as_str()),
        };
        let config = config.ok()?.no_proxy(self.no_proxy.join(","));
        Some(match &self.user {
            // The SDK puts both into a URL without encoding them.
            Some(user) => config.with_basic_auth(encoded(user), encoded(self.password())),
            None => config,
        })
    }

    fn for_plain(&self) -> Result<reqwest::Proxy, String> {
        let made = match self.is_set_here() {
            true => reqwest::Proxy::all(&self.url),
            false => reqwest::Proxy::https(&self.url),
        };
        let proxy = made.map_err(|_| format!("{}: {} is no proxy.", self.from, self.url))?;
        let proxy = proxy.no_proxy(reqwest::NoProxy::from_string(&self.no_proxy.join(",")));
        Ok(match &self.user {
            Some(user) => proxy.basic_auth(user, self.password()),
            None => proxy,
        })
    }

    fn is_set_here(&self) -> bool {
        self.from == FROM_SETTINGS
    }

    fn password(&self) -> &str {
        self.password.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default()
    }
}

const FROM_SETTINGS: &str = "aws.proxy";

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The proxy of `[aws.proxy]`, else of the environment.
fn proxy(settings: &config::Aws) -> Result<Option<Proxy>, String> {
    let set = &settings.proxy;
    if let Some(url) = &set.url {
        if url.trim().is_empty() {
            return Ok(None);
        }
        let checked = check(url, "aws.proxy.url")?;
        if !checked.username().is_empty() || checked.password().is_some() {
            return Err("aws.proxy.url: write user and password into aws.proxy.user and aws.proxy.password.".to_owned());
        }
        if set.user.is_none() && set.password.is_some() {
            return Err("aws.proxy.password: aws.proxy.user is missing.".to_owned());
        }
        let (user, password) = (set.user.clone(), set.password.clone());
        return Ok(Some(made(&checked, user, password, set.no_proxy.clone(), FROM_SETTINGS)));
    }
    if set.user.is_some() || set.password.is_some() || !set.no_proxy.is_empty() {
        return Err("aws.proxy.url is missing; without it the other settings of aws.proxy mean nothing.".to_owned());
    }
    let named = settings.environment.first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]);
    let Some((name, value)) = named else { return Ok(None) };
    // Tools take the name without a scheme too.
    let text = value.expose_secret().trim();
    let text =
        if text.contains("://") { Zeroizing::new(text.to_owned()) } else { Zeroizing::new(format!("http://{text}")) };
    let url = check(&text, name)?;
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let user = Some(plain(url.username())).filter(|user| !user.is_empty());
    let password = url.password().map(|password| plain(password).into());
    let except = settings.environment.first(&["NO_PROXY", "no_proxy"]);
    let except = except.map(|(_, list)| list.expose_secret().split(',').map(|host| host.trim().to_owned()).collect());
    Ok(Some(made(&url, user, password, except.unwrap_or_default(), name)))
}

fn made(url: &Url, user: Option<String>, password: Option<SecretString>, no_proxy: Vec<String>, from: &str) -> Proxy {
    let url = url.origin().ascii_serialization();
    let builder = Matcher::builder().no(no_proxy.join(","));
    let builder = if from == FROM_SETTINGS { builder.all(url.clone()) } else { builder.https(url.clone()) };
    Proxy { matcher: builder.build().into(), url, user, password, no_proxy, from: from.to_owned() }
}

/// What is wrong is said without the text: it may hold a password.
fn check(text: &str, name: &str) -> Result<Url, String> {
    let wrong = || format!("{name} must be scheme, host and port, for example http://proxy.example.com:3128.");
    let url = Url::parse(text.trim()).map_err(|_| wrong())?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.host_str().is_some();
    let known = matches!(url.scheme(), "http" | "https");
    if bare && known { Ok(url) } else { Err(wrong()) }
}

/// The certificates of a PEM file, each by itself.
fn authorities(file: &Path) -> Result<Vec<Vec<u8>>, String> {
    let wrong = |why: String| format!("aws.ca_file, {}: {why}.", file.display());
    let text = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() { Err(wrong("it has no certificate".to_owned())) } else { Ok(vec![text]) }
}

/// An error and what stands behind it; an `io::Error` hides its cause from `source`.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

/// What was explained on the way, somewhere in `error`.
pub(super) fn explained<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a AwsError> {
    causes(error).find_map(|cause| cause.downcast_ref::<Explained>()).map(|Explained(error)| error)
}

/// The HTTP client that all AWS clients share. It is made once: a client of its own for each access key would read the
/// system's certificates and open connections each time.
#[derive(Debug)]
struct Client(SharedHttpConnector);

impl HttpClient for Client {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.0.clone()
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        Some(ConnectorMetadata::new("hyper", Some(Cow::Borrowed("1.x"))))
    }
}

/// Puts into words what fails on the way, and keeps the SDK from trying again what cannot go away by itself.
struct Explaining {
    connector: SharedHttpConnector,
    way: Arc<Outbound>,
}

impl fmt::Debug for Explaining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Explaining")
    }
}

impl HttpConnector for Explaining {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (way, uri) = (self.way.clone(), request.uri().to_owned());
        let answer = self.connector.call(request);
        HttpConnectorFuture::new(async move {
            match answer.await {
                Ok(response) => match way.proxy.as_ref().filter(|_| response.status().as_u16() == 407) {
                    Some(proxy) => Err(ConnectorError::other(Explained(proxy.refused_us()).into(), None)),
                    None => Ok(response),
                },
                Err(error) if error.is_timeout() => Err(error),
                Err(error) => match way.explain(&error, &host_of(&uri)) {
                    Some(explained) => Err(again(error.is_io(), explained)),
                    None => Err(error),
                },
            }
        })
    }
}

/// A proxy that is away may come back; wrong passwords and certificates stay wrong.
fn again(is_io: bool, error: AwsError) -> ConnectorError {
    let may_pass = is_io && error.code() == "proxy";
    let error = Explained(error).into();
    if may_pass { ConnectorError::io(error) } else { ConnectorError::other(error, None) }
}

/// Whether nobody was there at all.
fn is_silence(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    [ConnectionRefused, HostUnreachable, NetworkUnreachable].contains(&error.kind())
        || error.to_string().contains("lookup address")
}

/// Scheme, host and port.
pub(super) fn host_of(uri: &str) -> String {
    Url::parse(uri).map_or_else(|_| uri.to_owned(), |url| url.origin().ascii_serialization())
}
