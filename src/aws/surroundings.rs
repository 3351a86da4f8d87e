//! Credentials of the surroundings: the links of the SDK's default chain that need no stored key, each by itself.

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_sdk_sts::config::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::error::DisplayErrorContext;

use super::{AwsError, Issued};
use crate::model::credentials::TemporaryCredentials;
use crate::model::source::Surroundings;

/// What gives the credentials of `surroundings`. It asks nobody until they are needed.
pub(super) fn provider(surroundings: Surroundings) -> SharedCredentialsProvider {
    match surroundings {
        Surroundings::InstanceProfile => SharedCredentialsProvider::new(ImdsCredentialsProvider::builder().build()),
        Surroundings::Container => SharedCredentialsProvider::new(EcsCredentialsProvider::builder().build()),
        Surroundings::WebIdentity => {
            SharedCredentialsProvider::new(WebIdentityTokenCredentialsProvider::builder().build())
        }
    }
}

/// The surroundings' own credentials, to be handed on.
///
/// # Errors
/// Where the surroundings give none, or none that end.
pub(super) async fn credentials(provider: &SharedCredentialsProvider) -> Result<Issued, AwsError> {
    let given = provider.provide_credentials().await.map_err(|error| {
        tracing::warn!(cause = %DisplayErrorContext(&error), "the surroundings give no credentials");
        AwsError::Unreachable("the surroundings give no credentials".to_owned())
    })?;
    let garbled = || AwsError::Garbled("credentials of the surroundings that are not temporary".to_owned());
    let (Some(token), Some(end)) = (given.session_token(), given.expiry()) else { return Err(garbled()) };
    let credentials = TemporaryCredentials {
        access_key_id: given.access_key_id().to_owned(),
        secret_access_key: given.secret_access_key().to_owned().into(),
        session_token: token.to_owned().into(),
        expires_at: end.into(),
    };
    if !credentials.is_plain() {
        return Err(garbled());
    }
    Ok(Issued { credentials, arn: None, packed_policy_size: None, region: None })
}
