//! Role chains: each role is assumed with the session of the one before, which is kept nowhere and forgotten at once.

use std::time::Instant;

use super::call::{Call, key_or_code};
use super::trail::What;
use crate::aws::issuer::{self, RoleCall};
use crate::aws::{AwsError, Issued};

impl Call<'_> {
    /// Assumes the roles one after the other and gives the last one's session. All of it together gets the time that one
    /// call may take, so that a chain never makes a request longer.
    ///
    /// # Errors
    /// AWS's refusal or silence, with the role that it is about where there are several.
    pub(super) async fn assume_all(&self, roles: &[RoleCall]) -> Result<Issued, AwsError> {
        let of = roles.len();
        let until = Instant::now() + self.app.config.aws.operation_timeout;
        let mut issued: Option<(Issued, String)> = None;
        for (at, call) in (1..).zip(roles) {
            let arn = call.target.role.as_str().to_owned();
            let what = What::Role { at, of, role: arn.clone() };
            let work = async {
                let left = until.saturating_duration_since(Instant::now());
                match tokio::time::timeout(left, self.assume(call, issued.as_ref())).await {
                    Ok(done) => done,
                    Err(_) => Err(AwsError::TimedOut),
                }
            };
            let done = self.trail.step(what, work, key_or_code).await.map_err(|cause| match of {
                1 => cause,
                _ => AwsError::AtRole { at, of, role: arn, cause: Box::new(cause) },
            })?;
            issued = Some((done, call.target.role.account_id().to_owned()));
        }
        issued.map(|(issued, _)| issued).ok_or_else(|| AwsError::Garbled("no role to assume".to_owned()))
    }

    /// Assumes one role, with the session of the one before where there is one, which stands beside its account.
    async fn assume(&self, call: &RoleCall, before: Option<&(Issued, String)>) -> Result<Issued, AwsError> {
        if let Some((session, account)) = before {
            let region = self.region();
            let client = self.clients.of_session(&session.credentials, self.connector.partition, &region, account);
            return issuer::assume_chained(&client, call).await;
        }
        if self.source.is_long_term() {
            issuer::assume(self.client, call, self.code.take()?).await
        } else {
            issuer::assume_chained(self.client, call).await
        }
    }

    /// The region that is asked first.
    pub(super) fn region(&self) -> String {
        self.app.endpoints.first_region(self.connector.partition, self.connector.region.as_deref())
    }
}
