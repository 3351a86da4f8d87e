//! What fails on the way to AWS, in words.

use std::error::Error;
use std::fmt;
use std::io;

use url::Url;

use super::Outbound;
use crate::aws::AwsError;

/// Why there is no answer, where that is known; it travels inside the SDK's error.
#[derive(Debug)]
pub(in crate::aws) struct Explained(pub(in crate::aws) AwsError);

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Explained {}

impl Outbound {
    /// Why nothing came from `host` (scheme and host), where `error` or one of its causes tells.
    pub(in crate::aws) fn explain(&self, error: &(dyn Error + 'static), host: &str) -> Option<AwsError> {
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

/// An error and what stands behind it; an `io::Error` hides its cause from `source`.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

/// What was explained on the way, somewhere in `error`.
pub(in crate::aws) fn explained<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a AwsError> {
    causes(error).find_map(|cause| cause.downcast_ref::<Explained>()).map(|Explained(error)| error)
}

/// Whether nobody was there at all.
fn is_silence(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    [ConnectionRefused, HostUnreachable, NetworkUnreachable].contains(&error.kind())
        || error.to_string().contains("lookup address")
}

/// Scheme, host and port.
pub(in crate::aws) fn host_of(uri: &str) -> String {
    Url::parse(uri).map_or_else(|_| uri.to_owned(), |url| url.origin().ascii_serialization())
}
