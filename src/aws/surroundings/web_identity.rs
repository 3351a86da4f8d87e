//! The role of the EKS service account: its token, which the cluster writes into a file, is exchanged at STS
//! (AssumeRoleWithWebIdentity, which is not signed).

use chrono::DateTime;
use secrecy::ExposeSecret;

use super::container::read_file;
use super::{Providers, missing};
use crate::aws::AwsError;
use crate::model::credentials::TemporaryCredentials;
use crate::model::principal::RoleArn;

const FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
const ROLE: &str = "AWS_ROLE_ARN";
const NAME: &str = "AWS_ROLE_SESSION_NAME";
const ADVICE: &str =
    "Daypass has to run in a pod whose service account is annotated with a role; EKS sets these variables.";
const TRUST: &str =
    "The role's trust policy has to name the cluster's OpenID provider, with this service account as its subject.";

impl Providers {
    pub(super) async fn web_identity(&self) -> Result<TemporaryCredentials, AwsError> {
        let set = |name: &str| {
            let value = self.environment.get(name).map(|value| value.expose_secret().to_owned());
            value.ok_or_else(|| missing(format!("There is no web identity: {name} is not set"), ADVICE))
        };
        let (file, arn) = (set(FILE)?, set(ROLE)?);
        let role = RoleArn::parse(&arn).map_err(|why| missing(format!("{ROLE}: {why}"), ADVICE))?;
        let name = self.environment.get(NAME).map_or("daypass", |name| name.expose_secret());
        let token = read_file(file.clone()).await;
        let token = token.map_err(|why| missing(format!("{FILE}, {file}: {why}"), ADVICE))?;
        let (partition, account) = (role.partition(), role.account_id());
        let region = self.maker.endpoints.first_region(partition, None);
        let client = self.maker.client(partition, &region, account, None).client;
        let call = client
            .assume_role_with_web_identity()
            .role_arn(role.as_str())
            .role_session_name(name)
            .web_identity_token(token.expose_secret());
        let refused = |error: AwsError| match error {
            explained @ AwsError::Setup { .. } => explained,
            error => missing(format!("The web identity got no credentials: {error}"), TRUST),
        };
        let answer = call.send().await.map_err(|error| refused(AwsError::from_sdk(error)))?;
        let garbled = || missing("The web identity got credentials that are not complete".to_owned(), TRUST);
        let given = answer.credentials.ok_or_else(garbled)?;
        Ok(TemporaryCredentials {
            access_key_id: given.access_key_id,
            secret_access_key: given.secret_access_key.into(),
            session_token: given.session_token.into(),
            expires_at: DateTime::from_timestamp(given.expiration.secs(), 0).ok_or_else(garbled)?,
        })
    }
}
