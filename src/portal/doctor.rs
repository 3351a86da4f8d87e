//! What is wrong, and what to do about it: key files, database, secrets, sources, roles. It looks and changes nothing.

mod data;
mod keys;
mod roles;

use crate::app;
use crate::clock::Clock;
use crate::config::Config;
use data::{look_at_chains, look_at_database, look_at_secrets, look_at_sources};
use keys::look_at_keyring;
use roles::look_at_roles;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing: `keyring`, `database`, `secrets`, `sources` or `roles`.
    pub check: &'static str,
    /// The thing itself.
    pub what: String,
    /// What is wrong with it and what to do; `None`: it is in order.
    pub trouble: Option<String>,
    /// What may be meant as it is, but somebody should know; nothing is wrong by it.
    pub remark: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, what: what.into(), trouble: None, remark: None }
    }

    fn wrong(check: &'static str, what: impl Into<String>, trouble: impl Into<String>) -> Self {
        Self { check, what: what.into(), trouble: Some(trouble.into()), remark: None }
    }

    fn remark(check: &'static str, what: impl Into<String>, remark: impl Into<String>) -> Self {
        Self { remark: Some(remark.into()), ..Self::ok(check, what) }
    }
}

/// Looks at everything that the configuration names.
///
/// # Errors
/// A sentence that names a setting, where the configuration itself is wrong.
pub async fn examine(config: &Config, clock: &Clock) -> Result<Vec<Finding>, String> {
    let places = app::places(config)?;
    let keyring = app::keyring_as_it_is(config, &places, clock).await?;
    let mut findings = look_at_keyring(&keyring).await;
    let (connection, found) = look_at_database(&places);
    findings.push(found);
    let Some(mut connection) = connection else { return Ok(findings) };
    findings.extend(look_at_secrets(&keyring, &mut connection).await);
    let shared = if config.aws.allow_shared_sources { Vec::new() } else { look_at_sources(&mut connection) };
    findings.extend(shared);
    findings.extend(look_at_chains(&mut connection));
    findings.extend(look_at_roles(config, clock, &mut connection).await);
    Ok(findings)
}
