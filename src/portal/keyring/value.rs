//! A sealed value, wherever it stands.

use crate::app::COOKIE_KEY;
use crate::keyring::{OpenError, Place};
use crate::store::sealed::Cell;

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
    pub(super) fn new(cell: Cell, name: &str, place: &Place<'_>, blob: Vec<u8>) -> Self {
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
