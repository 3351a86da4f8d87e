//! Reading every sealed value there is, a page of access keys at a time.

use super::Value;
use crate::app::{COOKIE_KEY, cookie_key_place};
use crate::keyring::Place;
use crate::model::access_key::AccessKey;
use crate::portal::source::{mfa_place, new_secret_place, place, token_place};
use crate::store::access_keys::SealedSecrets;
use crate::store::sealed::Cell;
use crate::store::{DbConnection, StoreError, access_keys, sealed, settings};

/// How many access keys are read at a time.
const PAGE: i64 = 500;

/// The sealed values of the access keys after the one with the id `after`, by id; the last one's id, where there may be more.
pub(super) fn page(connection: &mut DbConnection, after: &str) -> Result<(Vec<Value>, Option<String>), StoreError> {
    let keys = access_keys::sealed_after(connection, after, PAGE)?;
    let last = keys.last().map(|(key, _)| key.id.clone());
    Ok((keys.into_iter().flat_map(|(key, sealed)| of_key(&key, sealed)).collect(), last))
}

fn of_key(key: &AccessKey, sealed: SealedSecrets) -> Vec<Value> {
    let SealedSecrets { secret, session_token, mfa_seed } = sealed;
    let cells = [
        (Cell::Secret, place(key), Some(secret)),
        (Cell::SessionToken, token_place(key), session_token),
        (Cell::MfaSeed, mfa_place(key), mfa_seed),
    ];
    let value = |(cell, place, blob): (Cell, Place<'_>, Option<Vec<u8>>)| {
        // The surroundings have their own secret.
        let blob = blob.filter(|blob| !blob.is_empty())?;
        Some(Value::new(cell, &key.name, &place, blob))
    };
    cells.into_iter().filter_map(value).collect()
}

/// The sealed values that are no access key's own.
pub(super) fn others(connection: &mut DbConnection) -> Result<Vec<Value>, StoreError> {
    let cookie_key = settings::get(connection, COOKIE_KEY)?;
    let setting = |blob| Value::new(Cell::Setting, COOKIE_KEY, &cookie_key_place(), blob);
    let rotation = |found: sealed::NewSecret| {
        let place = new_secret_place(&found.rotation, &found.new_key_id, &found.partition);
        Value::new(Cell::NewSecret, &found.name, &place, found.sealed)
    };
    let rotations = sealed::new_secrets(connection)?.into_iter().map(rotation);
    Ok(cookie_key.into_iter().map(setting).chain(rotations).collect())
}

/// Every sealed value.
///
/// # Errors
/// Where the database cannot be read.
pub fn values(connection: &mut DbConnection) -> Result<Vec<Value>, StoreError> {
    let mut all = others(connection)?;
    let mut after = String::new();
    loop {
        let (values, last) = page(connection, &after)?;
        all.extend(values);
        match last {
            Some(last) => after = last,
            None => return Ok(all),
        }
    }
}
