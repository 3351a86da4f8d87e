//! The HTTP client that all AWS clients share.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::{Explained, Outbound, PerThread, host_of};
use crate::aws::AwsError;

impl Outbound {
    /// The client around `connectors`.
    pub(super) fn client_of(&self, connectors: PerThread<SharedHttpConnector>) -> SharedHttpClient {
        let explaining = Explaining { connectors, way: Arc::new(self.clone()) };
        SharedHttpClient::new(Client(SharedHttpConnector::new(explaining)))
    }
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
    connectors: PerThread<SharedHttpConnector>,
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
        let answer = self.connectors.get().call(request);
        HttpConnectorFuture::new(async move {
            match answer.await {
                Ok(response) => {
                    let status = response.status().as_u16();
                    match way.proxy.as_ref().and_then(|proxy| proxy.refusal_in(status, &uri)) {
                        Some(refusal) => Err(ConnectorError::other(Explained(refusal).into(), None)),
                        None => Ok(response),
                    }
                }
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
