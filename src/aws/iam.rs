//! IAM's calls about a user's own access keys, for rotating them.

use aws_sdk_iam::Client;
use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::config::{Builder, Config, Credentials};
use aws_sdk_iam::types::StatusType;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::{AwsError, Endpoints, KeyPair, Sdk};
use crate::model::partition::Partition;

/// IAM, signed for with one key of the user whose keys it is about.
pub struct Iam {
    client: Client,
    user: String,
}

/// A key as ListAccessKeys has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    /// AWS's id of it.
    pub id: String,
    /// Whether AWS takes it.
    pub active: bool,
    /// When it was made, to the second.
    pub created_at: DateTime<Utc>,
}

/// A key as CreateAccessKey gives it, once.
#[derive(Debug)]
pub struct NewKey {
    /// AWS's id of it.
    pub id: String,
    /// Its secret half.
    pub secret: SecretString,
}

/// The last use of a key, as far as AWS knows; it is some hours behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// When.
    pub at: DateTime<Utc>,
    /// AWS's word for the service, `sts` or `s3` for instance.
    pub service: String,
}

/// AWS's code for a key or user that is not there.
pub const NO_SUCH: &str = "NoSuchEntity";

impl Iam {
    /// For the keys of `user` (its name without a path), signed with one of them. Made for this once.
    #[must_use]
    pub fn new(sdk: &Sdk, endpoints: &Endpoints, pair: &KeyPair<'_>, partition: Partition, user: &str) -> Self {
        let config = Builder::from(&sdk.settings(partition.iam_region()))
            .endpoint_url(endpoints.iam(partition))
            .credentials_provider(Credentials::new(pair.key_id, pair.secret.expose_secret(), None, None, "daypass"))
            .retry_partition(sdk.budget(&format!("{partition}/{}", pair.key_id)))
            .build();
        Self { client: Client::from_conf(config), user: user.to_owned() }
    }

    /// Every key of the user.
    ///
    /// # Errors
    /// AWS's refusal or silence.
    pub async fn list(&self) -> Result<Vec<ListedKey>, AwsError> {
        let answer = self.client.list_access_keys().user_name(&self.user).send().await.map_err(AwsError::from_sdk)?;
        if answer.is_truncated {
            return Err(AwsError::Garbled("a list of access keys that is not whole".to_owned()));
        }
        let listed = answer.access_key_metadata.into_iter().map(|key| {
            let created_at = key.create_date.and_then(|at| DateTime::from_timestamp(at.secs(), 0));
            let active = key.status != Some(StatusType::Inactive);
            Some(ListedKey { id: key.access_key_id?, active, created_at: created_at? })
        });
        let whole: Option<Vec<ListedKey>> = listed.collect();
        whole.ok_or_else(|| AwsError::Garbled("an access key without id or date".to_owned()))
    }

    /// Makes a key. It is asked once: a second try after an answer that got lost would make a second key.
    ///
    /// # Errors
    /// AWS's refusal or silence. After a silence there may be a key that nobody knows the secret of.
    pub async fn create(&self) -> Result<NewKey, AwsError> {
        let call = self.client.create_access_key().user_name(&self.user).customize();
        let once = call.config_override(Config::builder().retry_config(RetryConfig::disabled()));
        let answer = once.send().await.map_err(AwsError::from_sdk)?;
        let key =
            answer.access_key.ok_or_else(|| AwsError::Garbled("a new access key without its parts".to_owned()))?;
        Ok(NewKey { id: key.access_key_id, secret: key.secret_access_key.into() })
    }

    /// Makes a key active or inactive.
    ///
    /// # Errors
    /// AWS's refusal or silence.
    pub async fn set_active(&self, key_id: &str, active: bool) -> Result<(), AwsError> {
        let status = if active { StatusType::Active } else { StatusType::Inactive };
        let call = self.client.update_access_key().user_name(&self.user).access_key_id(key_id).status(status);
        call.send().await.map(drop).map_err(AwsError::from_sdk)
    }

    /// Deletes a key for good.
    ///
    /// # Errors
    /// AWS's refusal or silence.
    pub async fn delete(&self, key_id: &str) -> Result<(), AwsError> {
        let call = self.client.delete_access_key().user_name(&self.user).access_key_id(key_id);
        call.send().await.map(drop).map_err(AwsError::from_sdk)
    }

    /// When a key was used last, and for what; `None`: never, as far as AWS knows.
    ///
    /// # Errors
    /// AWS's refusal or silence.
    pub async fn last_use(&self, key_id: &str) -> Result<Option<LastUse>, AwsError> {
        let call = self.client.get_access_key_last_used().access_key_id(key_id);
        let answer = call.send().await.map_err(AwsError::from_sdk)?;
        Ok(answer.access_key_last_used.and_then(|last| {
            let at = DateTime::from_timestamp(last.last_used_date?.secs(), 0)?;
            Some(LastUse { at, service: last.service_name })
        }))
    }
}

/// The policy that lets a user rotate its own keys: what is missing where AWS refuses. `arn` is the user's.
#[must_use]
pub fn own_key_policy(arn: &str) -> String {
    let actions = [
        "iam:CreateAccessKey",
        "iam:DeleteAccessKey",
        "iam:GetAccessKeyLastUsed",
        "iam:GetUser",
        "iam:ListAccessKeys",
        "iam:UpdateAccessKey",
    ];
    let actions = actions.map(|action| format!("        \"{action}\"")).join(",\n");
    format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {{\n      \"Effect\": \"Allow\",\n      \"Action\": [\n{actions}\n      ],\n      \"Resource\": \"{arn}\"\n    }}\n  ]\n}}"
    )
}

#[cfg(test)]
mod tests {
    use super::own_key_policy;

    #[test]
    fn the_policy_is_json_and_names_the_user() {
        let arn = "arn:aws-cn:iam::123456789012:user/service/broker";
        let policy: serde_json::Value = serde_json::from_str(&own_key_policy(arn)).unwrap();
        assert_eq!(policy["Statement"][0]["Resource"], arn);
        assert_eq!(policy["Statement"][0]["Action"].as_array().unwrap().len(), 6);
    }
}
