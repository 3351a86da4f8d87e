//! Log-ins to registries, got with a session: GetAuthorizationToken of ECR and of CodeArtifact.
//!
//! Their SDKs are large and each is here for one call, so the calls are put together by hand and go through what SDK clients
//! are made of: the same HTTP client, signer, retries and time-outs.

use std::fmt;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError, SensitiveOutput};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::sts::no_endpoint;
use super::{AwsError, Endpoints, Sdk};
use crate::model::credentials::TemporaryCredentials;
use crate::model::partition::Partition;
use crate::model::registry::{CodeArtifactToken, EcrLogin};

/// With what, and where, a registry is asked.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The session.
    pub session: &'a TemporaryCredentials,
    /// Its partition.
    pub partition: Partition,
    /// The registry's region.
    pub region: &'a str,
    /// Whose budget of retries it is.
    pub account: &'a str,
}

/// The calls to both services.
#[derive(Clone)]
pub struct Registries {
    endpoints: Endpoints,
    sdk: Sdk,
}

/// One call, as far as services differ.
struct Ask {
    /// As refusals name it.
    service: &'static str,
    /// As signatures name it.
    signing: &'static str,
    endpoint: String,
    request: Vec<(&'static str, &'static str)>,
    path: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EcrAnswer {
    authorization_data: Vec<EcrData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EcrData {
    authorization_token: SecretString,
    /// Seconds since 1970, with a fraction.
    expires_at: f64,
    proxy_endpoint: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CodeArtifactAnswer {
    authorization_token: SecretString,
    /// Seconds since 1970, with a fraction.
    expiration: f64,
}

impl Registries {
    /// By these endpoints, on the way that all AWS clients share.
    #[must_use]
    pub fn new(endpoints: Endpoints, sdk: Sdk) -> Self {
        Self { endpoints, sdk }
    }

    /// A log-in to the container registry of the session's account. It lasts 12 h, however long the session does.
    ///
    /// # Errors
    /// AWS's refusal or silence, or an answer that is no log-in; with the service's name.
    pub async fn ecr(&self, place: Place<'_>) -> Result<EcrLogin, AwsError> {
        let ask = |endpoint| Ask {
            service: "ECR",
            signing: "ecr",
            endpoint,
            request: vec![
                ("content-type", "application/x-amz-json-1.1"),
                ("x-amz-target", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"),
            ],
            path: "/".to_owned(),
        };
        let work = async {
            let endpoint = self.endpoints.ecr(place.partition, place.region).map_err(no_endpoint)?;
            let body = self.call(place, ask(endpoint)).await?;
            let answer: EcrAnswer = read(&body)?;
            // One for each registry that was asked for, and none was: the account's own.
            let [data] = answer.authorization_data.as_slice() else {
                return Err(garbled("not one log-in"));
            };
            let expires_at = moment(data.expires_at)?;
            EcrLogin::read(data.authorization_token.expose_secret(), &data.proxy_endpoint, expires_at).map_err(garbled)
        };
        work.await.map_err(|cause| at("ECR", place.region, cause))
    }

    /// A log-in to the repositories of a domain, which ends with the session. `owner` is the account that has the domain;
    /// `None`: the session's own. Both have to be of AWS's pattern ([`crate::model::registry`]).
    ///
    /// # Errors
    /// AWS's refusal or silence, or an answer that is no token; with the service's name.
    pub async fn codeartifact(
        &self,
        place: Place<'_>,
        domain: &str,
        owner: Option<&str>,
    ) -> Result<CodeArtifactToken, AwsError> {
        let path = domain_path(domain, owner);
        let work = async {
            let endpoint = self.endpoints.codeartifact(place.partition, place.region).map_err(no_endpoint)?;
            let (service, signing) = ("CodeArtifact", "codeartifact");
            let body = self.call(place, Ask { service, signing, endpoint, request: Vec::new(), path }).await?;
            let answer: CodeArtifactAnswer = read(&body)?;
            let expires_at = moment(answer.expiration)?;
            CodeArtifactToken::read(answer.authorization_token.expose_secret(), expires_at).map_err(garbled)
        };
        work.await.map_err(|cause| at("CodeArtifact", place.region, cause))
    }

    /// Sends one call and gives the answer's body.
    async fn call(&self, place: Place<'_>, ask: Ask) -> Result<SecretString, AwsError> {
        let settings = self.sdk.settings(place.region);
        let setup = || AwsError::Garbled("a client that is not whole".to_owned());
        let http: SharedHttpClient = settings.http_client().ok_or_else(setup)?;
        let operation = Operation::builder()
            .service_name(ask.service)
            .operation_name("GetAuthorizationToken")
            .http_client(http)
            .endpoint_url(&ask.endpoint)
            .standard_retry(settings.retry_config().ok_or_else(setup)?)
            .timeout_config(settings.timeout_config().ok_or_else(setup)?.clone())
            .retry_classifier(TransientErrorClassifier::<Refusal>::new())
            .retry_classifier(AwsErrorCodeClassifier::<Refusal>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .runtime_plugin(self.signed(place, &ask))
            .serializer(move |()| request(&ask))
            .deserializer(response)
            .build();
        operation.invoke(()).await.map(|answer| answer.0).map_err(AwsError::from_sdk)
    }

    /// What signs a call with the session, and what it shares with the account's other calls.
    fn signed(&self, place: Place<'_>, ask: &Ask) -> StaticRuntimePlugin {
        let mut config = Layer::new("registries");
        config.store_put(AuthSchemeOptionResolverParams::new(()));
        config.store_put(SigV4OperationSigningConfig {
            region: Some(aws_types::region::Region::new(place.region.to_owned()).into()),
            name: Some(aws_types::SigningName::from_static(ask.signing)),
            ..SigV4OperationSigningConfig::default()
        });
        config.store_put(self.sdk.budget(&format!("{}/{}", place.partition, place.account)));
        // Keeps the answer out of the SDK's own log.
        config.store_put(SensitiveOutput);
        let session = place.session;
        let credentials = Credentials::new(
            &session.access_key_id,
            session.secret_access_key.expose_secret(),
            Some(session.session_token.expose_secret().to_owned()),
            None,
            "daypass",
        );
        let resolver = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
        let mut components = RuntimeComponentsBuilder::new("registries");
        components
            .set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(resolver)))
            .push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
            .set_identity_cache(Some(IdentityCache::no_cache()))
            .set_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(SharedCredentialsProvider::new(credentials)));
        StaticRuntimePlugin::new().with_config(config.freeze()).with_runtime_components(components)
    }
}

fn domain_path(domain: &str, owner: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("domain", domain);
    if let Some(owner) = owner {
        query.append_pair("domain-owner", owner);
    }
    // 0: "the same expiration as the user's role's temporary credentials" (API Reference, GetAuthorizationToken).
    query.append_pair("duration", "0");
    format!("/v1/authorization-token?{}", query.finish())
}

/// An answer's body; its `Debug`, which the SDK writes into its log, shows nothing.
struct Body(SecretString);

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body")
    }
}

/// A refusal, in the words of the service.
#[derive(Debug)]
struct Refusal(ErrorMetadata);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

fn request(ask: &Ask) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(if ask.path == "/" { "{}" } else { "" }));
    request.set_method("POST")?;
    request.set_uri(ask.path.as_str())?;
    for (name, value) in &ask.request {
        request.headers_mut().try_insert(*name, *value)?;
    }
    request.headers_mut().insert("user-agent", concat!("daypass/", env!("CARGO_PKG_VERSION")));
    Ok(request)
}

fn response(response: &HttpResponse) -> Result<Body, OrchestratorError<Refusal>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        let text = std::str::from_utf8(body).map_err(OrchestratorError::other)?;
        return Ok(Body(text.into()));
    }
    Err(OrchestratorError::operation(Refusal(refusal(response.headers().get("x-amzn-errortype"), body))))
}

/// A refusal's code and text: CodeArtifact has the code in a header, ECR in the body, each maybe with more around it ("AWS
/// JSON 1.1 protocol" and "AWS restJson1 protocol", operation error serialization).
fn refusal(header: Option<&str>, body: &[u8]) -> ErrorMetadata {
    #[derive(Default, Deserialize)]
    struct Said {
        #[serde(rename = "__type", alias = "code")]
        kind: Option<String>,
        #[serde(alias = "Message")]
        message: Option<String>,
    }
    let said: Said = serde_json::from_slice(body).unwrap_or_default();
    let kind = header.map(str::to_owned).or(said.kind);
    let code = kind.as_deref().map(|kind| kind.split(':').next().unwrap_or(kind));
    let code = code.map(|code| code.rsplit('#').next().unwrap_or(code)).filter(|code| !code.is_empty());
    let mut metadata = ErrorMetadata::builder();
    if let Some(code) = code {
        metadata = metadata.code(code);
    }
    if let Some(message) = said.message {
        metadata = metadata.message(message);
    }
    metadata.build()
}

fn read<'a, T: Deserialize<'a>>(body: &'a SecretString) -> Result<T, AwsError> {
    // The error may quote what it stumbled over.
    serde_json::from_str(body.expose_secret()).map_err(|_| garbled("no JSON of a log-in"))
}

fn moment(seconds: f64) -> Result<DateTime<Utc>, AwsError> {
    // What is too large becomes the largest number, which is no moment.
    DateTime::from_timestamp(seconds as i64, 0).ok_or_else(|| garbled("a log-in without an end"))
}

fn garbled(what: &str) -> AwsError {
    AwsError::Garbled(what.to_owned())
}

fn at(service: &'static str, region: &str, cause: AwsError) -> AwsError {
    AwsError::AtService { service, region: region.to_owned(), cause: Box::new(cause) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_both_protocols_are_read() {
        for (header, body, code, message) in [
            (None, r#"{"__type":"AccessDeniedException","Message":"no"}"#, Some("AccessDeniedException"), Some("no")),
            (
                None,
                r#"{"__type":"com.amazonaws.ecr#ServerException","message":"x"}"#,
                Some("ServerException"),
                Some("x"),
            ),
            (
                Some("ResourceNotFoundException:http://internal.example/coral/"),
                r#"{"message":"gone"}"#,
                Some("ResourceNotFoundException"),
                Some("gone"),
            ),
            (Some("ThrottlingException"), "<html>", Some("ThrottlingException"), None),
            (None, "<html>", None, None),
            (None, r#"{"__type":""}"#, None, None),
        ] {
            let found = refusal(header, body.as_bytes());
            assert_eq!((found.code(), found.message()), (code, message), "{body}");
        }
    }

    #[test]
    fn ends_are_moments() {
        assert_eq!(moment(1_700_000_000.9).unwrap().timestamp(), 1_700_000_000);
        for wrong in [f64::INFINITY, 1e300, -1e300] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }
}
