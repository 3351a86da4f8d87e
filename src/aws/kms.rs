//! AWS KMS: data keys, wrapped by a key that never leaves it.

mod settings;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_sdk_kms::Client;
use aws_sdk_kms::config::Region;
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::config::timeout::TimeoutConfig;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use zeroize::{Zeroize, Zeroizing};

use super::{AwsError, Sdk};
use crate::config;
pub use settings::Checked;

/// What every data key is bound to at KMS, so that a policy of the key can ask for it and its trail shows it. Rows share a
/// data key, so nothing of a row can stand here: what binds a secret to its row is its own seal.
const CONTEXT: (&str, &str) = ("daypass", "keyring/1");

/// Retries beside the first attempt: somebody waits.
const RETRIES: u32 = 2;

/// A data key and how KMS wrapped it.
pub struct Generated {
    /// The key itself.
    pub key: Zeroizing<[u8; 32]>,
    /// Its wrapped form.
    pub wrapped: Vec<u8>,
    /// The ARN of the KMS key that wrapped it.
    pub wrapped_by: String,
}

/// A key of AWS KMS, and the way to it.
pub struct Kms {
    client: Client,
    key: String,
}

impl Kms {
    /// The key that the settings name; `None` where they name none. Nobody is called yet. Its credentials come from the
    /// surroundings, by the SDK's own chain, never from a sealed key.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub async fn new(settings: &config::Keyring, aws: &config::Aws, sdk: &Sdk) -> Result<Option<Self>, String> {
        let Some(Checked { key, region, endpoint }) = Self::check(settings)? else { return Ok(None) };
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(aws.connect_timeout)
            .read_timeout(aws.attempt_timeout)
            .operation_attempt_timeout(aws.attempt_timeout)
            .operation_timeout(aws.attempt_timeout * 2)
            .build();
        let credentials = DefaultCredentialsChain::builder().region(Region::new(region.clone())).build().await;
        let mut config = aws_sdk_kms::config::Builder::from(&sdk.settings(&region))
            .credentials_provider(credentials)
            .retry_partition(sdk.budget("kms"))
            .retry_config(RetryConfig::standard().with_max_attempts(RETRIES + 1))
            .timeout_config(timeouts);
        config.set_endpoint_url(endpoint);
        Ok(Some(Self { client: Client::from_conf(config.build()), key }))
    }

    /// The KMS key, as the configuration names it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// A new data key.
    ///
    /// # Errors
    /// What KMS said, and what to do.
    pub async fn generate(&self) -> Result<Generated, String> {
        let call = self.client.generate_data_key().key_id(&self.key).key_spec(DataKeySpec::Aes256);
        let answer = call.encryption_context(CONTEXT.0, CONTEXT.1).send().await;
        let answer = answer.map_err(|error| explain(&AwsError::from_sdk(error)))?;
        let wrapped = answer.ciphertext_blob.map(Blob::into_inner).filter(|wrapped| !wrapped.is_empty());
        let wrapped = wrapped.ok_or("it answered without a wrapped key")?;
        Ok(Generated { key: key_of(answer.plaintext)?, wrapped, wrapped_by: answer.key_id.unwrap_or_default() })
    }

    /// A data key from its wrapped form.
    ///
    /// # Errors
    /// What KMS said, and what to do.
    pub async fn decrypt(&self, wrapped: &[u8]) -> Result<Generated, String> {
        let call = self.client.decrypt().ciphertext_blob(Blob::new(wrapped));
        let answer = call.encryption_context(CONTEXT.0, CONTEXT.1).send().await;
        let answer = answer.map_err(|error| explain(&AwsError::from_sdk(error)))?;
        let wrapped_by = answer.key_id.unwrap_or_default();
        Ok(Generated { key: key_of(answer.plaintext)?, wrapped: wrapped.to_vec(), wrapped_by })
    }
}

/// Takes the key out of an answer, and leaves none of it behind.
fn key_of(plaintext: Option<Blob>) -> Result<Zeroizing<[u8; 32]>, String> {
    let mut bytes = plaintext.map(Blob::into_inner).unwrap_or_default();
    let mut key = Zeroizing::new([0; 32]);
    let fits = bytes.len() == key.len();
    if fits {
        key.copy_from_slice(&bytes);
    }
    bytes.zeroize();
    if fits { Ok(key) } else { Err("it answered with a key of another length".to_owned()) }
}

fn explain(error: &AwsError) -> String {
    let advice = match error.code() {
        "AccessDeniedException" => {
            "Allow kms:GenerateDataKey and kms:Decrypt on the key, in its key policy and to the credentials of this machine."
        }
        "NotFoundException" => "Check keyring.kms_key_id and keyring.kms_region.",
        "DisabledException" => "Enable the key at AWS KMS.",
        "KMSInvalidStateException" => {
            "The key is disabled or waits for its deletion: enable it, or cancel the deletion."
        }
        "InvalidCiphertextException" | "IncorrectKeyException" => {
            "The data key was changed, or wrapped by a key that is no longer there."
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "ExpiredTokenException" => "AWS does not take the credentials of this machine.",
        _ if matches!(error, AwsError::Refused { .. }) => {
            "Check the key, its policy, and the credentials of this machine."
        }
        _ => error.advice(),
    };
    format!("{error}. {advice}")
}
