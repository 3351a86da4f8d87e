//! The way from this machine to AWS: a proxy or none, and the certificate authorities to trust. The one HTTP client of all
//! AWS clients is made here, and what fails on the way is put into words.

mod client;
mod explained;
mod per_thread;
mod proxy;

use std::path::Path;

use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient, SharedHttpConnector};
pub(super) use explained::{Explained, explained, host_of};
pub(super) use per_thread::PerThread;
pub use proxy::Proxy;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::config;

/// How everything to AWS leaves this machine.
#[derive(Clone)]
pub struct Outbound {
    proxy: Option<Proxy>,
    authorities: Vec<Vec<u8>>,
}

impl Outbound {
    /// The way that settings and environment name.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn new(settings: &config::Aws) -> Result<Self, String> {
        let authorities = settings.ca_file.as_deref().map(authorities).transpose()?.unwrap_or_default();
        Ok(Self { proxy: proxy::proxy(settings)?, authorities })
    }

    /// The proxy, where there is one.
    #[must_use]
    pub const fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    /// The one HTTP client that all AWS clients share: one pool of connections for each thread.
    pub(super) fn shared_client(&self, settings: &config::Aws) -> SharedHttpClient {
        let times = HttpConnectorSettings::builder()
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.attempt_timeout)
            .build();
        let mut trust = TrustStore::default();
        for authority in &self.authorities {
            trust.add_pem_certificate(authority.clone());
        }
        let proxy = self.proxy.as_ref().and_then(Proxy::for_sdk);
        self.client_of(PerThread::new(move || {
            let mut connector: ConnectorBuilder<_> = Connector::builder()
                .connector_settings(times.clone())
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc));
            // It fails on no path: the authorities were read before.
            if let Ok(context) = TlsContext::builder().with_trust_store(trust.clone()).build() {
                connector = connector.tls_context(context);
            }
            if let Some(proxy) = proxy.clone() {
                connector = connector.proxy_config(proxy);
            }
            SharedHttpConnector::new(connector.build())
        }))
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
