//! Sessions of Crowd's single sign-on, which a browser brings as a cookie.
//!
//! A session is good only together with what it was begun with: Crowd is asked with the browser's address each time. Ours
//! never begins, prolongs or ends one there but for what asking does.

use serde::Serialize;
use zeroize::Zeroizing;

use super::answers::{CookieConfig, SsoSession};
use super::client::Question;
use super::errors::{Failure, Refusal};
use super::people::Whom;
use super::{Crowd, is_name};
use crate::directory::{DirectoryError, Factors, SignInError, SsoToken};
use crate::model::identity::Entry;

/// The longest name of a cookie.
const LONGEST_COOKIE: usize = 128;
const COOKIE: &str = "name of the single sign-on's cookie";
const SESSION: &str = "session of the single sign-on";

/// Crowd's `ValidationFactorEntityList`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ValidationFactors<'a> {
    validation_factors: Vec<ValidationFactor<'a>>,
}

#[derive(Serialize)]
struct ValidationFactor<'a> {
    name: &'static str,
    value: &'a str,
}

impl Crowd {
    /// Whether it is switched on.
    pub(in crate::directory) const fn takes_sso(&self) -> bool {
        self.settings.sso
    }

    /// The name of the cookie that has the session, as Crowd is set.
    pub(in crate::directory) async fn sso_cookie(&self) -> Result<String, DirectoryError> {
        self.within(self.call_limit(), self.cookie()).await
    }

    /// Whose session this is: somebody who may sign in.
    pub(in crate::directory) async fn sso_person(
        &self,
        token: &SsoToken,
        factors: &Factors,
    ) -> Result<Entry, SignInError> {
        self.within(self.call_limit(), self.person_of(token, factors)).await?
    }

    /// Whether the session is still good.
    pub(in crate::directory) async fn sso_lives(
        &self,
        token: &SsoToken,
        factors: &Factors,
    ) -> Result<bool, DirectoryError> {
        let session = self.within(self.call_limit(), self.session(token, factors)).await?;
        Ok(session.is_ok())
    }

    async fn cookie(&self) -> Result<String, Failure> {
        let question = Question { what: COOKIE, path: "config/cookie", secret: None, parameters: &[], body: None };
        let name = match self.client.ask::<CookieConfig>(question).await? {
            Ok(answer) => answer.name,
            Err(refusal) => return Err(refusal.out_of_place(COOKIE)),
        };
        // A token (RFC 9110, 5.6.2), so that it is what a browser sends.
        let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || name.len() > LONGEST_COOKIE || !name.bytes().all(is_sign) {
            return Err(Failure(format!("{COOKIE}: no cookie can have the name that it gives")));
        }
        Ok(name)
    }

    /// The inner result is the name of whose it is, or why it is not good.
    async fn session(&self, token: &SsoToken, factors: &Factors) -> Result<Result<String, SignInError>, Failure> {
        let factor = |name, value| ValidationFactor { name, value };
        let mut validation_factors = vec![factor("remote_address", factors.remote_address.as_str())];
        if let Some(address) = &factors.forwarded_for {
            validation_factors.push(factor("X-Forwarded-For", address));
        }
        let body = serde_json::to_vec(&ValidationFactors { validation_factors }).map(Zeroizing::new);
        let body = body.map_err(|_| Failure(format!("{SESSION}: it cannot be written in JSON")))?;
        let (parameters, secret) = ([("expand", "user")], Some(token.expose()));
        let question = Question { what: SESSION, path: "session", secret, parameters: &parameters, body: Some(body) };
        Ok(match self.client.ask::<SsoSession>(question).await? {
            Ok(session) if is_name(&session.user.name) => Ok(session.user.name),
            Ok(_) => return Err(Failure(format!("{SESSION}: it is of somebody whose name cannot be"))),
            Err(Refusal::Closed) => Err(SignInError::Inactive),
            // Other factors than it was begun with are a wrong proof to Crowd.
            Err(Refusal::NoSession | Refusal::WrongPassword | Refusal::NoUser) => Err(SignInError::NoSession),
            Err(refusal @ Refusal::NoGroup) => return Err(refusal.out_of_place(SESSION)),
        })
    }

    async fn person_of(&self, token: &SsoToken, factors: &Factors) -> Result<Result<Entry, SignInError>, Failure> {
        let name = match self.session(token, factors).await? {
            Ok(name) => name,
            Err(reason) => return Ok(Err(reason)),
        };
        let Some(user) = self.find(Whom::Name(&name)).await? else { return Ok(Err(SignInError::Unknown)) };
        if !user.active {
            return Ok(Err(SignInError::Inactive));
        }
        self.check_keys(&user).await?;
        Ok(self.entry(user).await?.ok_or(SignInError::Unknown))
    }
}
