//! One question to Crowd and its answer: who we are to it, time-outs, the length and the kind of an answer.

use std::error::Error;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, ClientBuilder, Response};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::Url;
use zeroize::Zeroizing;

use super::answers::Refused;
use super::errors::{Failure, Refusal, meaning};
use crate::config;
use crate::directory::trail::{self, Step};

/// The longest answer that is read, in bytes: ten thousand groups with long names and descriptions.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;
/// How long a connection is kept unused: shorter than Tomcat keeps it (20 s), so that it does not end under a question.
const IDLE: Duration = Duration::from_secs(10);
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A question.
pub struct Question<'a> {
    /// What it is about, for causes of failures.
    pub what: &'static str,
    /// The resource below `/rest/usermanagement/1`.
    pub path: &'static str,
    /// The last part of the resource where that is a secret, which is noted nowhere. Signs without a meaning in an address.
    pub secret: Option<&'a str>,
    /// Its parameters, as they are; they are encoded here.
    pub parameters: &'a [(&'static str, &'a str)],
    /// JSON to post; without it the resource is read.
    pub body: Option<Zeroizing<Vec<u8>>>,
}

/// The HTTP client, and who we are to Crowd.
pub struct Client {
    http: reqwest::Client,
    base: Url,
    application: String,
    password: SecretString,
    connect_timeout: Duration,
    timeout: Duration,
}

impl Client {
    /// Reads address, password and certificate authorities.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn new(settings: &config::Crowd) -> Result<Self, String> {
        let base = base(settings)?;
        let password = settings.application_password.clone().filter(|password| !password.expose_secret().is_empty());
        let password = password
            .ok_or_else(|| "application_password is missing; set it, or application_password_file.".to_owned())?;
        // Never the environment's proxy: Crowd stands in the house.
        let builder = reqwest::Client::builder().no_proxy().user_agent("daypass").redirect(Policy::none());
        let builder = builder.connect_timeout(settings.connect_timeout).pool_idle_timeout(IDLE).referer(false);
        let http = trusting(builder, settings.ca_file.as_deref())?
            .build()
            .map_err(|error| format!("no HTTP client can be made ({error}); set ca_file."))?;
        Ok(Self {
            http,
            base,
            application: settings.application.clone(),
            password,
            connect_timeout: settings.connect_timeout,
            timeout: settings.timeout,
        })
    }

    /// Asks. The inner result is what Crowd says of whom or what was asked about.
    pub async fn ask<T: DeserializeOwned>(&self, question: Question<'_>) -> Result<Result<T, Refusal>, Failure> {
        let start = Instant::now();
        // A password stands in the body alone.
        let parameters: Vec<String> =
            question.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (what, asked) = (question.what, format!("{} {}", question.path, parameters.join(" ")));
        let answer = self.answer(question).await;
        trail::note(|| Step {
            directory: String::new(),
            what,
            question: asked,
            answer: match &answer {
                Ok(Ok(_)) => "an answer".to_owned(),
                Ok(Err(refusal)) => format!("{refusal:?}"),
                Err(_) => "no answer".to_owned(),
            },
            took: start.elapsed(),
        });
        answer
    }

    async fn answer<T: DeserializeOwned>(&self, question: Question<'_>) -> Result<Result<T, Refusal>, Failure> {
        let what = question.what;
        let failure = |cause: String| Failure(format!("{what}: {cause}"));
        let response = self.send(question).await.map_err(failure)?;
        let (status, is_json) = (response.status().as_u16(), is_json(&response));
        match status {
            401 => {
                return Err(failure(format!(
                    "it does not take the name and password of the application {} (401); check application and \
                     application_password",
                    self.application
                )));
            }
            300..=399 => {
                return Err(failure(format!(
                    "it leads elsewhere ({status}), where no password is sent; check url, with its path"
                )));
            }
            403 if !is_json => {
                return Err(failure(
                    "it lets nobody in from this machine's address (403); add the address to the application's remote \
                     addresses in Crowd"
                        .to_owned(),
                ));
            }
            _ if !is_json => {
                return Err(failure(format!(
                    "it answers {status} with something else than JSON; check url, with its path, for example \
                     https://crowd.example.com/crowd"
                )));
            }
            _ => {}
        }
        let body = self.body(response).await.map_err(failure)?;
        if (200..300).contains(&status) {
            return serde_json::from_slice(&body).map(Ok).map_err(|error| failure(unreadable(&error)));
        }
        let refused: Refused = serde_json::from_slice(&body)
            .map_err(|error| failure(format!("it answers {status}, and {}", unreadable(&error))))?;
        meaning(status, &refused.reason).map(Err).map_err(failure)
    }

    async fn send(&self, question: Question<'_>) -> Result<Response, String> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(question.path.split('/')).extend(question.secret);
        }
        if !question.parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(question.parameters);
        }
        let request = match question.body {
            None => self.http.get(url),
            Some(body) => self.http.post(url).header(CONTENT_TYPE, JSON).body(body.to_vec()),
        };
        let request = request.header(ACCEPT, JSON).timeout(self.timeout);
        let request = request.basic_auth(&self.application, Some(self.password.expose_secret()));
        request.send().await.map_err(|error| self.silence(&error))
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, String> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.silence(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST_ANSWER {
                return Err(format!("its answer is longer than {} MiB", LARGEST_ANSWER / 1024 / 1024));
            }
        }
        Ok(body)
    }

    /// reqwest's error without the URL, in words.
    fn silence(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() && error.is_connect() {
            return format!("no connection within {:?}", self.connect_timeout);
        }
        if error.is_timeout() {
            return format!("no answer within {:?}", self.timeout);
        }
        if let Some(tls) = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
            return format!("no secure connection: {tls}");
        }
        let last = causes(error).last().map(ToString::to_string).unwrap_or_default();
        match error.is_connect() {
            true => format!("no connection: {last}"),
            false => format!("the connection ended before the answer did ({last})"),
        }
    }
}

/// An error and what stands behind it; an `io::Error` hides its cause from `source`.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

fn is_json(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Where an answer stops making sense; serde's own words would repeat what stands there.
fn unreadable(error: &serde_json::Error) -> String {
    match error.is_eof() {
        true => "its answer breaks off".to_owned(),
        false => format!("its answer cannot be read (line {}, column {})", error.line(), error.column()),
    }
}

/// Where the REST API begins.
fn base(settings: &config::Crowd) -> Result<Url, String> {
    let mut url = Url::parse(&settings.url).map_err(|error| format!("url cannot be read: {error}."))?;
    match url.scheme() {
        "https" => {}
        "http" if settings.insecure_plain => {}
        "http" => {
            return Err("url begins with http://, which sends passwords in plain; use https://, or set \
                        insecure_plain = true in a test network."
                .to_owned());
        }
        _ => return Err("url must begin with https://.".to_owned()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("url: write name and password into application and application_password.".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(
            "url may have a host, a port and a path only, for example https://crowd.example.com/crowd.".to_owned()
        );
    }
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(["rest", "usermanagement", "1"]);
    }
    Ok(url)
}

/// With the certificate authorities of `file`, else the system's.
fn trusting(builder: ClientBuilder, file: Option<&Path>) -> Result<ClientBuilder, String> {
    let Some(file) = file else { return Ok(builder) };
    let wrong = |error: String| format!("ca_file {}: {error}.", file.display());
    let text = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    let mut store = rustls::RootCertStore::empty();
    let mut trusted = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        trusted.push(Certificate::from_der(&certificate).map_err(|error| wrong(error.to_string()))?);
        store.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if trusted.is_empty() {
        return Err(wrong("there is no certificate in it".to_owned()));
    }
    Ok(builder.tls_certs_only(trusted))
}
