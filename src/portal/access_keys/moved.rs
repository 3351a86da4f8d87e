//! An access key whose new key pair is of another account: every connector would follow it there.

use crate::model::access_key::AccessKey;
use crate::model::account::grouped;
use crate::model::key_account::account_in;
use crate::portal::PortalError;

/// Refuses a new key id that names another account than the one that `before` is of. An id that names none is taken: its
/// first use shows.
///
/// # Errors
/// Both accounts in a sentence.
pub(super) fn by_id(before: &AccessKey, key_id: &str) -> Result<(), String> {
    account_in(key_id).map_or(Ok(()), |account| by_account(before, &account))
}

/// The same for the account that AWS said.
///
/// # Errors
/// Both accounts in a sentence.
pub(in crate::portal) fn by_account(before: &AccessKey, account: &str) -> Result<(), String> {
    match before.account() {
        Some(known) if known != account => Err(format!(
            "This key is of account {}, and “{}” was of {} so far",
            grouped(account),
            before.name,
            grouped(known)
        )),
        _ => Ok(()),
    }
}

/// What a program is told of it: moving a key is for people, who see which connectors go with it.
pub(super) fn by_no_program(sentence: String) -> PortalError {
    let advice = "A job does not move it: send a key of the same account, or change it on its page.";
    PortalError::Invalid(("key_id", format!("{sentence}. {advice}")).into())
}
