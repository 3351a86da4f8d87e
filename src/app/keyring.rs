//! The keyring as the settings want it, and the key of its own that the server seals in it.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use zeroize::Zeroizing;

use super::Places;
use crate::aws::kms::Generated;
use crate::aws::{Kms, Sdk};
use crate::clock::Clock;
use crate::config::Config;
use crate::keyring::{DataKey, Keyring, OpenError, Place, Wrapper};
use crate::random;
use crate::store::{Database, StoreError, sealed, settings};

/// AWS KMS as the keyring knows it.
struct Wrapping(Kms);

impl Wrapper for Wrapping {
    fn name(&self) -> &str {
        self.0.key()
    }

    fn generate(&self) -> BoxFuture<'_, Result<DataKey, String>> {
        self.0.generate().map(|given| given.map(data_key)).boxed()
    }

    fn unwrap<'a>(&'a self, wrapped: &'a [u8]) -> BoxFuture<'a, Result<DataKey, String>> {
        self.0.decrypt(wrapped).map(|given| given.map(data_key)).boxed()
    }
}

fn data_key(Generated { key, wrapped, wrapped_by }: Generated) -> DataKey {
    DataKey { key, wrapped, wrapped_by }
}

/// The keyring that seals: its folder is made where it is missing, unless KMS seals.
pub(super) async fn open(config: &Config, places: &Places, clock: &Clock) -> Result<Keyring, String> {
    if config.keyring.kind == "kms" {
        return keyring_as_it_is(config, places, clock).await;
    }
    let keyring = Keyring::open(&places.keys, clock).map_err(|error| format!("key files: {error}."))?;
    with_kms(keyring, config, clock).await
}

/// The keyring that `config` names, without making or checking anything.
///
/// # Errors
/// A sentence that names a setting.
pub async fn keyring_as_it_is(config: &Config, places: &Places, clock: &Clock) -> Result<Keyring, String> {
    with_kms(Keyring::look(&places.keys, clock), config, clock).await
}

async fn with_kms(keyring: Keyring, config: &Config, clock: &Clock) -> Result<Keyring, String> {
    let sdk = Sdk::new(&config.aws)?;
    let Some(kms) = Kms::new(&config.keyring, &config.aws, &sdk).await? else { return Ok(keyring) };
    let settings = &config.keyring;
    Ok(keyring.with_kms(Arc::new(Wrapping(kms)), settings.kms_cache, settings.kind == "kms", clock))
}

/// Checks the settings of AWS KMS, without calling it.
///
/// # Errors
/// A sentence that names a setting.
pub fn check_kms(config: &Config) -> Result<(), String> {
    Kms::check(&config.keyring).map(drop)
}

/// The name of the cookie-signing key among the settings of the database.
pub const COOKIE_KEY: &str = "cookie_key";

/// Where the key that signs cookies is sealed.
#[must_use]
pub const fn cookie_key_place() -> Place<'static> {
    Place { table: "settings", row: COOKIE_KEY, column: "value", fixed: ["", ""] }
}

/// The key that signs cookies: sealed in the database, made by whoever is first. Where its key cannot be had, one for this
/// process alone is taken: everybody signs in again, and once the key is back the kept one counts again. One that will
/// never open is replaced.
pub(super) async fn cookie_key(database: &Database, keyring: &Keyring) -> Result<Zeroizing<Vec<u8>>, String> {
    let fail = |error: &dyn std::fmt::Display| format!("the key that signs cookies cannot be had: {error}.");
    let read = || database.read(|connection| settings::get(connection, COOKIE_KEY));
    let kept = read().await.map_err(|error| fail(&error))?;
    let fresh = Zeroizing::new(random::bytes::<64>().to_vec());
    let damaged = match &kept {
        None => None,
        Some(kept) => match keyring.open_sealed(&cookie_key_place(), kept).await {
            Ok(key) => return Ok(key),
            Err(OpenError::Decrypt { file }) => {
                tracing::warn!(
                    key_file = file,
                    "the key that signs cookies was changed and is replaced; everybody has to sign in again"
                );
                Some(kept.clone())
            }
            Err(error) => {
                tracing::warn!(
                    key_file = error.file(),
                    cause = error.cause(),
                    "the key that signs cookies cannot be opened; everybody has to sign in again"
                );
                return Ok(fresh);
            }
        },
    };
    let ours = keyring.seal(&cookie_key_place(), &fresh).await.map_err(|error| fail(&error))?;
    let written = database.write(move |connection| {
        match &damaged {
            None => settings::add(connection, COOKIE_KEY, &ours)?,
            Some(damaged) => drop(sealed::replace(connection, sealed::Cell::Setting, COOKIE_KEY, (damaged, &ours))?),
        }
        Ok(((), Vec::new()))
    });
    match written.await {
        // Another replica may have been first.
        Ok(()) | Err(StoreError::Taken(_)) => {}
        Err(error) => return Err(fail(&error)),
    }
    let kept = read().await.map_err(|error| fail(&error))?.unwrap_or_default();
    keyring.open_sealed(&cookie_key_place(), &kept).await.map_err(|error| fail(&error))
}
