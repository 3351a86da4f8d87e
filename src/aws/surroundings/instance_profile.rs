//! The role of the EC2 instance, by IMDSv2: a token first, then the role's name, then its credentials.

use reqwest::header::HeaderValue;
use serde::Deserialize;
use url::{Host, Url};

use super::{Document, Providers, missing};
use crate::aws::AwsError;
use crate::aws::endpoints::is_loopback;
use crate::model::credentials::TemporaryCredentials;

const USUAL: &str = "http://169.254.169.254";
const ROLE: &str = "latest/meta-data/iam/security-credentials/";
const ADVICE: &str = "This has to be an EC2 instance whose metadata service is on. In a container on it, raise the instance's hop limit to 2.";

/// Where the metadata answer: `aws.imds_endpoint`, http on this machine or its link alone.
///
/// # Errors
/// A sentence.
pub(super) fn endpoint(set: Option<&str>) -> Result<Url, String> {
    let text = set.unwrap_or(USUAL);
    let wrong = || {
        format!(
            "aws.imds_endpoint: “{text}” must be http:// and an address of this machine or its link, for example {USUAL} or http://[fd00:ec2::254]."
        )
    };
    let url = Url::parse(text).map_err(|_| wrong())?;
    let near = match url.host() {
        Some(Host::Ipv4(address)) => address.is_link_local(),
        Some(Host::Ipv6(address)) => address.is_unicast_link_local() || address.segments()[..2] == [0xfd00, 0x0ec2],
        _ => false,
    };
    let bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
    if bare && url.scheme() == "http" && (near || is_loopback(&url)) { Ok(url) } else { Err(wrong()) }
}

/// What comes in place of credentials.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Refusal {
    code: String,
    #[serde(default)]
    message: String,
}

impl Providers {
    pub(super) async fn instance_profile(&self) -> Result<TemporaryCredentials, AwsError> {
        let silent = |what: &str, why: String| {
            missing(
                format!("The instance metadata at {} give no {what} ({why})", self.imds.origin().ascii_serialization()),
                ADVICE,
            )
        };
        let address = |path: &str| self.imds.join(path).map_err(|error| silent("credentials", error.to_string()));
        let token = self.http.put(address("latest/api/token")?).header("x-aws-ec2-metadata-token-ttl-seconds", "21600");
        let token = match self.ask(token).await {
            Ok((200, token)) => {
                HeaderValue::from_bytes(&token).map_err(|_| silent("token", "it is garbled".to_owned()))?
            }
            Ok((status, _)) => return Err(silent("token", format!("status {status}"))),
            Err(why) => return Err(silent("token", why)),
        };
        let get = |url: Url| self.ask(self.http.get(url).header("x-aws-ec2-metadata-token", token.clone()));
        let role = match get(address(ROLE)?).await {
            Ok((200, names)) => {
                String::from_utf8(names).unwrap_or_default().lines().next().unwrap_or_default().to_owned()
            }
            Ok((404, _)) => String::new(),
            Ok((status, _)) => return Err(silent("role", format!("status {status}"))),
            Err(why) => return Err(silent("role", why)),
        };
        if role.is_empty() {
            return Err(missing(
                "The EC2 instance has no role".to_owned(),
                "Attach an instance profile to it, or choose another source.",
            ));
        }
        match get(address(&format!("{ROLE}{role}"))?).await {
            Ok((200, body)) => read(&body).map_err(|why| silent("credentials", why)),
            Ok((status, _)) => Err(silent("credentials", format!("status {status}"))),
            Err(why) => Err(silent("credentials", why)),
        }
    }
}

fn read(body: &[u8]) -> Result<TemporaryCredentials, String> {
    match serde_json::from_slice::<Document>(body) {
        Ok(document) => Ok(document.into()),
        // serde's words could repeat a secret.
        Err(_) => match serde_json::from_slice::<Refusal>(body) {
            Ok(refusal) if refusal.code != "Success" => Err(format!("{} {}", refusal.code, refusal.message)),
            _ => Err("they are garbled".to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_are_on_this_machine_or_its_link() {
        for right in [None, Some("http://[fd00:ec2::254]"), Some("http://127.0.0.1:1338"), Some("http://169.254.1.1/")]
        {
            assert!(endpoint(right).is_ok(), "{right:?}");
        }
        for wrong in ["https://169.254.169.254", "http://10.0.0.1", "http://example.com", "http://127.0.0.1/x", "x"] {
            assert!(endpoint(Some(wrong)).unwrap_err().contains("aws.imds_endpoint"), "{wrong}");
        }
    }

    #[test]
    fn a_refusal_is_read_and_a_secret_is_not_repeated() {
        let refusal = br#"{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role x."}"#;
        assert!(read(refusal).unwrap_err().contains("EC2 cannot assume"));
        let garbled = br#"{"Code":"Success","AccessKeyId":"x","SecretAccessKey":"fake secret","Token":"t"}"#;
        assert_eq!(read(garbled).unwrap_err(), "they are garbled");
    }
}
