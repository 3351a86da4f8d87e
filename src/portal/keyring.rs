//! What is sealed under which key: for the command line, the doctor, and the banner of the administration.

mod closed;
mod reseal;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

pub use closed::{closed_lately, log_closed};
pub use reseal::{Progress, Report, Wishes, reseal};

use super::PortalError;
use super::source::{mfa_place, new_secret_place, place, token_place};
use crate::app::{App, COOKIE_KEY, cookie_key_place};
use crate::keyring::{FileStatus, KeyFileError, KeyName, Keyring, OpenError, Place};
use crate::model::access_key::AccessKey;
use crate::model::event::{Event, Kind, Origin};
use crate::store::access_keys::SealedSecrets;
use crate::store::sealed::Cell;
use crate::store::{DbConnection, StoreError, access_keys, sealed, settings};

/// A sealed value and where it stands.
#[derive(Clone)]
pub struct Value {
    /// Its column.
    pub cell: Cell,
    /// Its row's id.
    pub row: String,
    /// The name of the access key that it belongs to, or of the setting.
    pub name: String,
    table: &'static str,
    column: &'static str,
    fixed: [String; 2],
    /// The sealed value itself.
    pub blob: Vec<u8>,
}

impl Value {
    fn new(cell: Cell, name: &str, place: &Place<'_>, blob: Vec<u8>) -> Self {
        let (table, column) = match cell {
            Cell::Secret => ("access_keys", "secret"),
            Cell::SessionToken => ("access_keys", "session_token"),
            Cell::MfaSeed => ("access_keys", "mfa_seed"),
            Cell::Setting => ("settings", "value"),
            Cell::NewSecret => ("rotations", "new_secret"),
        };
        let fixed = place.fixed.map(str::to_owned);
        Self { cell, row: place.row.to_owned(), name: name.to_owned(), table, column, fixed, blob }
    }

    /// Where it is sealed.
    #[must_use]
    pub fn place(&self) -> Place<'_> {
        let fixed = [self.fixed[0].as_str(), self.fixed[1].as_str()];
        Place { table: self.table, row: &self.row, column: self.column, fixed }
    }

    /// What it is, for people.
    #[must_use]
    pub fn label(&self) -> String {
        match self.cell {
            Cell::Secret => format!("access key “{}”", self.name),
            Cell::SessionToken => format!("session token of access key “{}”", self.name),
            Cell::MfaSeed => format!("MFA seed of access key “{}”", self.name),
            Cell::Setting if self.row == COOKIE_KEY => "the key that signs cookies".to_owned(),
            Cell::Setting => format!("setting “{}”", self.name),
            Cell::NewSecret => format!("rotation of access key “{}”", self.name),
        }
    }

    /// What an administrator can do where it does not open for `cause`.
    #[must_use]
    pub fn advice(&self, cause: &OpenError) -> &'static str {
        match (self.cell, cause) {
            (Cell::Setting, _) => {
                "Put its key back; or run daypass key reseal --new-cookie-key and restart: then everybody signs in again."
            }
            (Cell::NewSecret, OpenError::KeyFile { .. }) => {
                "Put the file back; or enter a new pair for the access key."
            }
            _ => cause.advice(),
        }
    }
}

/// How many access keys are read at a time.
const PAGE: i64 = 500;

/// The sealed values of the access keys after the one with the id `after`, by id; the last one's id, where there may be more.
fn page(connection: &mut DbConnection, after: &str) -> Result<(Vec<Value>, Option<String>), StoreError> {
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
fn others(connection: &mut DbConnection) -> Result<Vec<Value>, StoreError> {
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

/// The values that do not open, and why. `known` are marks of values that have opened before, and gets those that do now:
/// they are not opened again, only their keys are looked at.
pub async fn closed<'a>(
    keyring: &Keyring,
    values: &'a [Value],
    known: &mut HashSet<u64>,
) -> Vec<(&'a Value, OpenError)> {
    let blobs: Vec<&[u8]> = values.iter().map(|value| value.blob.as_slice()).collect();
    let troubles = keyring.troubles(&blobs).await;
    let mut closed = Vec::new();
    let mut opened = HashSet::with_capacity(values.len());
    for value in values {
        let name = Keyring::name_of(&value.blob).map_or_else(String::new, |name| name.id);
        if let Some(trouble) = troubles.get(&name) {
            closed.push((value, trouble.clone()));
            continue;
        }
        let mark = closed::mark(value);
        if known.contains(&mark) {
            opened.insert(mark);
            continue;
        }
        match keyring.open_prepared(&value.place(), &value.blob) {
            Ok(_) => drop(opened.insert(mark)),
            Err(cause) => closed.push((value, cause)),
        }
    }
    *known = opened;
    closed
}

/// A key of the keyring and what needs it.
#[derive(Clone, Debug)]
pub struct KeyUse {
    /// The key.
    pub key: KeyName,
    /// The key file; `None` where there is none: a data key, or a file that is missing.
    pub file: Option<FileStatus>,
    /// What is wrong with it.
    pub trouble: Option<String>,
    /// What is sealed under it, for people, in order.
    pub needed_by: Vec<String>,
}

/// Every key file, and every key that a sealed value names, with what needs it: files first, the newest at the top.
///
/// # Errors
/// Where the folder cannot be read.
pub async fn uses(keyring: &Keyring, values: &[Value]) -> Result<Vec<KeyUse>, KeyFileError> {
    let mut needed: BTreeMap<KeyName, Vec<String>> = BTreeMap::new();
    for value in values {
        let name = Keyring::name_of(&value.blob).unwrap_or(KeyName { id: String::new(), is_data_key: false });
        needed.entry(name).or_default().push(value.label());
    }
    needed.values_mut().for_each(|labels| labels.sort());
    let blobs: Vec<&[u8]> = values.iter().map(|value| value.blob.as_slice()).collect();
    let troubles = keyring.troubles(&blobs).await;
    // Where KMS seals there need not be a folder.
    let files = if keyring.seals_by_kms() && !keyring.path().exists() { Vec::new() } else { keyring.files()? };
    let mut uses = Vec::new();
    for mut file in files {
        let key = KeyName { id: file.id.clone(), is_data_key: false };
        file.is_newest &= !keyring.seals_by_kms();
        let trouble = file.trouble.as_ref().map(ToString::to_string);
        uses.push(KeyUse { needed_by: needed.remove(&key).unwrap_or_default(), file: Some(file), trouble, key });
    }
    uses.extend(needed.into_iter().map(|(key, needed_by)| {
        let trouble = troubles.get(&key.id).map(|cause| match cause {
            OpenError::Decrypt { .. } => "this is no sealed value; enter the secrets again".to_owned(),
            _ => cause.cause().to_owned(),
        });
        KeyUse { key, file: None, trouble, needed_by }
    }));
    Ok(uses)
}

/// Makes a key file, which seals from now on, and gives its name.
///
/// # Errors
/// Where it cannot be made, or AWS KMS seals.
pub async fn add(app: &Arc<App>) -> Result<String, PortalError> {
    let id = app.keyring.add_file()?;
    let event = Event::new(app.clock.now(), Kind::KeyFileCreate, &Origin::default()).by_system();
    app.database.record(event.with("key_file", id.as_str())).await?;
    Ok(id)
}
