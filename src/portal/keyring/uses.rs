//! Which key is needed by what.

use std::collections::BTreeMap;

use super::Value;
use crate::keyring::{FileStatus, KeyFileError, KeyName, Keyring, OpenError};

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
