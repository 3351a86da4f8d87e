//! What serves the API.

use actix_web::HttpResponse;
use serde_json::json;

use super::{VERSIONS, Version};
use crate::web::error::WebError;

/// `GET /status/info`, since 2.2. No public document shows the answer: `state` is that of Atlassian's own `/status`.
///
/// # Errors
/// 404 in an older version.
pub async fn info(version: Version) -> Result<HttpResponse, WebError> {
    version.has(Version::V2_2)?;
    Ok(HttpResponse::Ok().json(json!({
        "state": "RUNNING", "name": "Daypass", "version": env!("CARGO_PKG_VERSION"), "apiVersions": VERSIONS,
    })))
}
