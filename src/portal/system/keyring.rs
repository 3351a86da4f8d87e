//! What seals, for the system page.

use chrono::{DateTime, Utc};

use crate::app::{App, Closed};
use crate::model::event::Kind;
use crate::portal::PortalError;
use crate::store::usage_log::{self, Filter};

/// What seals, and how it stands. Nothing of it is secret: a key file's name is a hash of its key.
#[derive(Clone, Debug)]
pub struct KeyringView {
    /// The key of AWS KMS that seals; `None`: key files do.
    pub kms_key: Option<String>,
    /// The folder of key files.
    pub folder: String,
    /// How many key files there are; else why that is not known.
    pub files: Result<usize, String>,
    /// How many of them cannot be read.
    pub unreadable: usize,
    /// The newest that can be read: its name, and when it was made.
    pub newest: Option<(String, Option<DateTime<Utc>>)>,
    /// When everything was sealed anew last; `None`: never.
    pub resealed: Option<DateTime<Utc>>,
    /// What does not open, as it was found last.
    pub closed: Closed,
}

pub(super) async fn view(app: &App, folder: String) -> Result<KeyringView, PortalError> {
    let filter = Filter { kind: Some(Kind::KeyringReseal.word().to_owned()), ..Filter::default() };
    let last = app.database.read_much(move |connection| usage_log::page(connection, &filter, 1)).await?;
    let listed = app.keyring.files();
    let files = listed.as_deref().unwrap_or_default();
    let newest = files.iter().find(|file| file.is_newest).map(|file| (file.id.clone(), file.created_at));
    let settings = &app.config.keyring;
    Ok(KeyringView {
        kms_key: settings.kms_key_id.clone().filter(|_| app.keyring.seals_by_kms()),
        folder,
        unreadable: files.iter().filter(|file| file.trouble.is_some()).count(),
        newest,
        files: listed.as_ref().map(Vec::len).map_err(ToString::to_string),
        resealed: last.first().map(|row| row.event.at),
        closed: app.closed.found(),
    })
}
