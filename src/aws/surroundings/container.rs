//! The role of the ECS task or EKS pod, by the container credentials protocol (SDK reference guide, "Container credential
//! provider").

use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::ExposeSecret;
use serde::Deserialize;
use url::{Host, Url};

use super::{Document, Providers, missing};
use crate::aws::AwsError;
use crate::aws::endpoints::is_loopback;
use crate::model::credentials::TemporaryCredentials;

const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
/// The agents of ECS and EKS.
const ECS: &str = "http://169.254.170.2";
const AGENTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];
const ADVICE: &str = "Daypass has to run in an ECS task with a task role, or in a pod with EKS Pod Identity; these set the AWS_CONTAINER_… variables.";

/// What comes in place of credentials.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Providers {
    pub(super) async fn container(&self) -> Result<TemporaryCredentials, AwsError> {
        let url = match (self.environment.get(RELATIVE), self.environment.get(FULL)) {
            (Some(path), _) => relative(path.expose_secret()),
            (None, Some(url)) => full(url.expose_secret()),
            (None, None) => Err(format!("The container has no credentials: {RELATIVE} and {FULL} are not set")),
        };
        let url = url.map_err(|sentence| missing(sentence, ADVICE))?;
        let place = url.origin().ascii_serialization();
        let mut request = self.http.get(url).header("accept", "application/json");
        if let Some(token) = self.token().await? {
            request = request.header(AUTHORIZATION, token);
        }
        let silent =
            |why: String| missing(format!("The container's endpoint {place} gives no credentials ({why})"), ADVICE);
        match self.ask(request).await {
            Ok((200, body)) => match serde_json::from_slice::<Document>(&body) {
                Ok(document) => Ok(document.into()),
                Err(_) => Err(silent("they are garbled".to_owned())),
            },
            Ok((status, body)) => {
                let said = serde_json::from_slice::<Refusal>(&body).ok();
                let said = said.map(|refusal| format!(", {} {}", refusal.code, refusal.message)).unwrap_or_default();
                let said: String = said.chars().filter(|c| !c.is_control()).take(200).collect();
                Err(silent(format!("status {status}{}", said.trim_end_matches([',', ' ']))))
            }
            Err(why) => Err(silent(why)),
        }
    }

    /// What goes into `Authorization`, as it is; a file is read each time, since the agent writes it anew.
    async fn token(&self) -> Result<Option<HeaderValue>, AwsError> {
        let token = match self.environment.get(TOKEN_FILE) {
            Some(file) => {
                let file = file.expose_secret().to_owned();
                let read = read_file(file.clone()).await;
                Some(read.map_err(|why| missing(format!("{TOKEN_FILE}, {file}: {why}"), ADVICE))?)
            }
            None => self.environment.get(TOKEN).cloned(),
        };
        let Some(token) = token else { return Ok(None) };
        let mut value = HeaderValue::from_str(token.expose_secret())
            .map_err(|_| missing("The container's authorization token is no text of one line".to_owned(), ADVICE))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

/// A small file, read where it may block.
pub(super) async fn read_file(file: String) -> Result<secrecy::SecretString, String> {
    let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(file)).await;
    let text = read.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned().into())
}

fn relative(path: &str) -> Result<Url, String> {
    let wrong = || format!("{RELATIVE} has to begin with a slash");
    if !path.starts_with('/') {
        return Err(wrong());
    }
    Url::parse(&format!("{ECS}{path}")).map_err(|_| wrong())
}

/// https anywhere; http on this machine and to the agents alone.
fn full(text: &str) -> Result<Url, String> {
    let wrong = || format!("{FULL} has to be https, or http on this machine or to the agent of ECS or EKS");
    let url = Url::parse(text).map_err(|_| wrong())?;
    let agent =
        url.host_str().is_some_and(|host| AGENTS.contains(&host)) && !matches!(url.host(), Some(Host::Domain(_)));
    match url.scheme() {
        "https" => Ok(url),
        "http" if agent || is_loopback(&url) => Ok(url),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_near() {
        for right in [
            "https://credentials.example/x",
            "http://127.0.0.1:9/x?y",
            "http://localhost/x",
            "http://[::1]/x",
            "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::23]/v1/credentials",
        ] {
            assert!(full(right).is_ok(), "{right}");
        }
        for wrong in ["http://10.0.0.1/x", "http://169.254.169.254/", "http://example.com/", "ftp://127.0.0.1/", "x"] {
            assert!(full(wrong).is_err(), "{wrong}");
        }
        assert_eq!(relative("/v2/credentials/x").unwrap().as_str(), "http://169.254.170.2/v2/credentials/x");
        assert!(relative("@evil.example/").is_err());
    }
}
