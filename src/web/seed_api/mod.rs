//! The REST API of Identity Federation for AWS, so that a program written for it works by changing the host.
//!
//! Addresses and fields are those that its public documents show; where they show none, the AWS SDK for Java's names.
//! Fields that are not known are ignored, as such servers do. The guard has let in who comes with a token, or with name and
//! password; the cookie of a session only lists.

pub mod accounts;
pub mod body;
pub mod connectors;
pub mod credentials;
pub mod registries;
pub mod status;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::error::WebError;
use crate::model::principal::PrincipalType;
use crate::portal::PortalError;

/// The versions there are, oldest first.
pub const VERSIONS: [&str; 4] = ["1.0", "2.0", "2.1", "2.2"];

/// The version of the API that an address names. The first one is the second with GUIDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(usize);

impl Version {
    /// The version in which CodeArtifact came.
    pub const V2_1: Self = Self(2);
    /// The version in which accounts and the status came.
    pub const V2_2: Self = Self(3);

    fn parse(text: &str) -> Option<Self> {
        let text = if text == "latest" { "2.2" } else { text };
        VERSIONS.iter().position(|version| *version == text).map(Self)
    }

    /// Whether what came in `since` is part of it.
    ///
    /// # Errors
    /// [`PortalError::NotFound`] where it is not.
    pub fn has(self, since: Self) -> Result<(), WebError> {
        if self >= since { Ok(()) } else { Err(PortalError::NotFound("page").into()) }
    }
}

impl FromRequest for Version {
    type Error = WebError;
    type Future = std::future::Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let version = request.match_info().get("version").and_then(Self::parse);
        std::future::ready(version.ok_or_else(|| PortalError::NotFound("page").into()))
    }
}

/// The connector that an address names: a GUID, or as elsewhere a slug or an exact name. A number is none.
pub struct Named(pub String);

impl FromRequest for Named {
    type Error = WebError;
    type Future = std::future::Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let name = match Version::from_request(request, &mut Payload::None).into_inner() {
            Ok(_) => request.match_info().query("connector"),
            Err(error) => return std::future::ready(Err(error)),
        };
        let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        std::future::ready(if is_number { Err(PortalError::NumericId.into()) } else { Ok(Self(name.to_owned())) })
    }
}

/// What the API calls a principal type; it has no word for the surroundings' own credentials.
#[must_use]
pub const fn word(kind: PrincipalType) -> Option<&'static str> {
    match kind {
        PrincipalType::AssumeRole => Some("ASSUME_ROLE"),
        PrincipalType::FederatedUser => Some("FEDERATION_TOKEN"),
        PrincipalType::IamUser => Some("SESSION_TOKEN"),
        PrincipalType::Provided => None,
    }
}

/// What is wrong, at the fields that the API has for it.
fn in_its_words(error: PortalError) -> WebError {
    WebError(error.renamed(field_of))
}

/// The API's field for one of our forms.
fn field_of(field: &'static str) -> &'static str {
    match field {
        "slug" => "name",
        "principal_type" => "type",
        "access_key" => "accountId",
        "role_arn" => "roleArn",
        "external_id" => "externalId",
        "policy" | "policy_arns" | "omit_policy" => "iamPolicy",
        "group" => "groups",
        "system_scope" => "scope",
        "key_id" => "awsAccessKeyId",
        "secret" => "awsSecretKey",
        // Of what this API has no field for, such as tags that were set elsewhere: the form as a whole.
        "through" | "source_identity" | "tags" | "transitive_tags" | "duration" | "region" | "console_start" => "",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_documents() {
        for (text, place) in [("1.0", 0), ("2.0", 1), ("2.1", 2), ("2.2", 3), ("latest", 3)] {
            assert_eq!(Version::parse(text), Some(Version(place)), "{text}");
        }
        for text in ["", "1", "2", "2.3", "3.0", "LATEST", "2.0.0"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
        assert!(Version(3).has(Version::V2_2).is_ok() && Version(2).has(Version::V2_2).is_err());
    }
}
