//! Log-ins to registries, with the session that they were got with.

use actix_web::{HttpResponse, web};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::credentials::of_session;
use super::{Named, Version};
use crate::app::App;
use crate::portal::PortalError;
use crate::portal::use_connector::{Ask, Gift, Handed, Purpose, use_connector};
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// `?region=&domain=`; anything else is ignored.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Asked {
    region: Option<String>,
    domain: String,
    domain_owner: Option<String>,
}

async fn used(app: web::Data<App>, who: ApiCaller, connector: Named, purpose: Purpose) -> Result<Handed, PortalError> {
    use_connector(&app.into_inner(), Ask::by(who.0, connector.0, purpose)).await
}

/// `GET /connectors/{id}/ecr/credentials?region=`: those of the connector, and `proxyEndpointDomain`, `username`, `password`.
/// `expiration` is the session's, in milliseconds since 1970.
///
/// # Errors
/// As [`use_connector`].
pub async fn ecr(
    app: web::Data<App>,
    who: ApiCaller,
    connector: Named,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let purpose = Purpose::Ecr { region: asked.into_inner().region };
    let Gift::Ecr(given) = used(app, who, connector, purpose).await?.gift else {
        return Err(PortalError::Internal("something else where a log-in was asked for".to_owned()).into());
    };
    let (login, session) = *given;
    let mut json = of_session(&session);
    // The original calls it a domain: the address without its scheme.
    json["proxyEndpointDomain"] = login.endpoint.trim_start_matches("https://").into();
    json["username"] = login.username.into();
    json["password"] = login.password.expose_secret().into();
    Ok(HttpResponse::Ok().json(json))
}

/// `GET /connectors/{id}/codeartifact/credentials?region=&domain=` (2.1): those of the connector, and `authorizationToken`, with
/// `username` and `password` as package managers send it.
///
/// # Errors
/// As [`use_connector`]; 404 in earlier versions.
pub async fn code_artifact(
    app: web::Data<App>,
    version: Version,
    who: ApiCaller,
    connector: Named,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    version.has(Version::V2_1)?;
    let Asked { region, domain, domain_owner } = asked.into_inner();
    let purpose = Purpose::CodeArtifact { region, domain, domain_owner };
    let Gift::CodeArtifact(given) = used(app, who, connector, purpose).await?.gift else {
        return Err(PortalError::Internal("something else where a token was asked for".to_owned()).into());
    };
    let (login, session) = *given;
    let mut json = of_session(&session);
    json["authorizationToken"] = login.token.expose_secret().into();
    // CodeArtifact's user is always aws (CodeArtifact User Guide, "Tokens").
    json["username"] = "aws".into();
    json["password"] = login.token.expose_secret().into();
    Ok(HttpResponse::Ok().json(json))
}
