//! The settings of AWS KMS, checked without calling it.

use url::Url;

use super::Kms;
use crate::aws::endpoints::is_loopback;
use crate::config;

/// The settings of KMS, checked.
#[derive(Debug, PartialEq, Eq)]
pub struct Checked {
    pub(super) key: String,
    pub(super) region: String,
    pub(super) endpoint: Option<String>,
}

impl Kms {
    /// Checks the settings; `None` where they name no key.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn check(settings: &config::Keyring) -> Result<Option<Checked>, String> {
        let Some(key) = settings.kms_key_id.clone().filter(|key| !key.trim().is_empty()) else { return Ok(None) };
        let of_arn = key.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(2)).map(str::to_owned);
        let region = settings.kms_region.clone().or(of_arn).filter(|region| !region.is_empty());
        let region = region.ok_or("keyring.kms_region: name the region of the KMS key, or write the key's ARN.")?;
        if let Some(endpoint) = &settings.kms_endpoint {
            let url = Url::parse(endpoint)
                .map_err(|error| format!("keyring.kms_endpoint: “{endpoint}” is no address ({error})."))?;
            let is_allowed = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
            if !is_allowed {
                return Err(format!(
                    "keyring.kms_endpoint: “{endpoint}” must begin with https:// (http on loopback only)."
                ));
            }
        }
        Ok(Some(Checked { key, region, endpoint: settings.kms_endpoint.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(key: &str, region: Option<&str>, endpoint: Option<&str>) -> config::Keyring {
        config::Keyring {
            kms_key_id: Some(key.to_owned()),
            kms_region: region.map(str::to_owned),
            kms_endpoint: endpoint.map(str::to_owned),
            ..config::Keyring::default()
        }
    }

    #[test]
    fn the_region_is_named_or_that_of_the_arn() {
        let arn = "arn:aws:kms:eu-central-1:123456789012:key/fake";
        let region = |settings| Kms::check(&settings).map(|checked| checked.unwrap().region);
        assert_eq!(region(settings(arn, None, None)).unwrap(), "eu-central-1");
        assert_eq!(region(settings(arn, Some("us-east-1"), None)).unwrap(), "us-east-1");
        assert!(region(settings("alias/daypass", None, None)).unwrap_err().contains("kms_region"));
        assert_eq!(Kms::check(&config::Keyring::default()).unwrap(), None);
    }

    #[test]
    fn only_https_or_this_machine() {
        for (endpoint, allowed) in [
            ("https://kms.example.com", true),
            ("http://127.0.0.1:4566", true),
            ("http://kms.example.com", false),
            ("ftp://127.0.0.1", false),
            ("kms", false),
        ] {
            let checked = Kms::check(&settings("alias/x", Some("us-east-1"), Some(endpoint)));
            assert_eq!(checked.is_ok(), allowed, "{endpoint}: {checked:?}");
        }
    }
}
