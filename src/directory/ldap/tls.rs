//! Certificates: whom we trust, and our own.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use crate::config;

/// What secure connections are made with.
///
/// # Errors
/// A sentence that names the setting.
pub fn connector(settings: &config::Ldap) -> Result<TlsConnector, String> {
    let authorities = authorities(settings)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}."))?
        .with_root_certificates(authorities);
    let config = match (&settings.client_certificate_file, &settings.client_key_file) {
        (None, None) => builder.with_no_client_auth(),
        (Some(certificate), Some(key)) => {
            let wrong = |error: String| format!("client_key_file {}: {error}.", key.display());
            let own = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(error.to_string()))?;
            let chain = certificates("client_certificate_file", certificate)?;
            builder.with_client_auth_cert(chain, own).map_err(|error| wrong(error.to_string()))?
        }
        (Some(_), None) => return Err("client_certificate_file is set without client_key_file.".to_owned()),
        (None, Some(_)) => return Err("client_key_file is set without client_certificate_file.".to_owned()),
    };
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
    for certificate in certificates("ca_file", file)? {
        store.add(certificate).map_err(|error| format!("ca_file {}: {error}.", file.display()))?;
    }
    Ok(store)
}

/// The certificates of a PEM file, one at least.
fn certificates(setting: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |error: String| format!("{setting} {}: {error}.", file.display());
    let found = CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.to_string()))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() { Err(wrong("there is no certificate in it".to_owned())) } else { Ok(found) }
}
