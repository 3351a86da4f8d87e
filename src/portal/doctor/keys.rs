//! The folder, each key file, and AWS KMS.

use super::Finding;
use crate::keyring::{KeyFileError, Keyring};

pub(super) async fn look_at_keyring(keyring: &Keyring) -> Vec<Finding> {
    const CHECK: &str = "keyring";
    let mut findings = Vec::new();
    if let Some(key) = keyring.kms_key() {
        let what = format!("AWS KMS key {key}");
        let asked = if keyring.seals_by_kms() { keyring.sealing_key().await.map(drop) } else { Ok(()) };
        findings.push(match asked {
            Ok(()) => Finding::ok(CHECK, what),
            Err(error) => Finding::wrong(CHECK, what, error.to_string()),
        });
    }
    let folder = format!("folder {}", keyring.path().display());
    if keyring.seals_by_kms() && !keyring.path().exists() {
        return findings;
    }
    let files = match keyring.files() {
        Ok(files) => files,
        Err(error) => {
            findings.push(Finding::wrong(CHECK, folder, error.to_string()));
            return findings;
        }
    };
    let usable = files.iter().any(|file| file.trouble.is_none());
    findings.push(if usable || keyring.seals_by_kms() {
        Finding::ok(CHECK, folder)
    } else {
        let trouble = "There is no key file in it that can be read. Put the key files back from your backup; without one, the next secret that is saved makes a new key.";
        Finding::wrong(CHECK, folder, trouble)
    });
    findings.extend(files.into_iter().map(|file| {
        let what = format!("key file {}{}", file.id, if file.is_newest { " (newest)" } else { "" });
        Finding { trouble: file.trouble.as_ref().map(KeyFileError::to_string), ..Finding::ok(CHECK, what) }
    }));
    findings
}
