//! The codes of an access key's MFA device.

use std::time::Duration;

use crate::app::App;
use crate::aws::AwsError;
use crate::aws::issuer::MfaCode;
use crate::model::access_key::AccessKey;
use crate::model::totp::{Seed, step_at};
use crate::portal::PortalError;
use crate::store::access_keys;

/// The MFA device of an access key's user.
pub(super) struct Device<'a> {
    pub(super) app: &'a App,
    pub(super) key: &'a AccessKey,
    pub(super) serial: &'a str,
    pub(super) seed: Seed,
}

impl Device<'_> {
    /// A code that nobody used before; where this one is used up, the next is waited for, once, and no longer than a
    /// request may take.
    pub(super) async fn code(&self) -> Result<MfaCode, PortalError> {
        let longest = self.app.config.aws.operation_timeout;
        let mut waited = false;
        loop {
            let now = self.app.clock.now();
            let (step, left) = step_at(now.timestamp());
            let id = self.key.id.clone();
            let taken = self
                .app
                .database
                .write(move |connection| Ok((access_keys::take_mfa_step(connection, &id, step)?, Vec::new())));
            if taken.await? {
                return Ok(MfaCode { serial: self.serial.to_owned(), code: self.seed.code(step) });
            }
            let wait = Duration::from_millis(u64::try_from(left * 1000).unwrap_or(0))
                .saturating_sub(Duration::from_millis(u64::from(now.timestamp_subsec_millis())));
            if waited || wait > longest {
                return Err(AwsError::CodeUsed { seconds: left }.into());
            }
            tokio::time::sleep(wait).await;
            waited = true;
        }
    }
}
