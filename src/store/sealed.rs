//! Every sealed value, wherever it stands, for those who look at all of them.

use diesel::prelude::*;

use super::schema::{access_keys, rotations, settings};
use super::{DbConnection, StoreError};

/// A column that holds sealed values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// `access_keys.secret`
    Secret,
    /// `access_keys.session_token`
    SessionToken,
    /// `access_keys.mfa_seed`
    MfaSeed,
    /// `settings.value`
    Setting,
    /// `rotations.new_secret`
    NewSecret,
}

/// Puts the second of two sealed values in the place of the first, and nothing else: the row keeps its version. `false`
/// where the first no longer stands there.
///
/// # Errors
/// Where the database cannot be written.
pub fn replace(
    connection: &mut DbConnection,
    cell: Cell,
    row: &str,
    (old, new): (&[u8], &[u8]),
) -> Result<bool, StoreError> {
    let key = access_keys::table.find(row);
    let changed = match cell {
        Cell::Secret => diesel::update(key.filter(access_keys::secret.eq(old)))
            .set(access_keys::secret.eq(new))
            .execute(connection)?,
        Cell::SessionToken => diesel::update(key.filter(access_keys::session_token.eq(old)))
            .set(access_keys::session_token.eq(new))
            .execute(connection)?,
        Cell::MfaSeed => diesel::update(key.filter(access_keys::mfa_seed.eq(old)))
            .set(access_keys::mfa_seed.eq(new))
            .execute(connection)?,
        Cell::Setting => diesel::update(settings::table.find(row).filter(settings::value.eq(old)))
            .set(settings::value.eq(new))
            .execute(connection)?,
        Cell::NewSecret => diesel::update(rotations::table.find(row).filter(rotations::new_secret.eq(old)))
            .set(rotations::new_secret.eq(new))
            .execute(connection)?,
    };
    Ok(changed == 1)
}

/// The sealed new secret of a rotation.
#[derive(Clone, Debug)]
pub struct NewSecret {
    /// The rotation's id.
    pub rotation: String,
    /// The name of the access key that is rotated.
    pub name: String,
    /// Its partition's id.
    pub partition: String,
    /// AWS's id of the new key.
    pub new_key_id: String,
    /// The sealed secret.
    pub sealed: Vec<u8>,
}

/// The sealed new secrets of all rotations that have one.
///
/// # Errors
/// Where the database cannot be read.
pub fn new_secrets(connection: &mut DbConnection) -> Result<Vec<NewSecret>, StoreError> {
    type Found = (String, String, String, Option<String>, Option<Vec<u8>>);
    let found: Vec<Found> = rotations::table
        .inner_join(access_keys::table.on(access_keys::id.eq(rotations::access_key_id)))
        .filter(rotations::new_secret.is_not_null())
        .order(rotations::id)
        .select((
            rotations::id,
            access_keys::name,
            access_keys::partition,
            rotations::new_key_id,
            rotations::new_secret,
        ))
        .load(connection)?;
    let secret = |(rotation, name, partition, new_key_id, sealed): Found| {
        Some(NewSecret { rotation, name, partition, new_key_id: new_key_id.unwrap_or_default(), sealed: sealed? })
    };
    Ok(found.into_iter().filter_map(secret).collect())
}
