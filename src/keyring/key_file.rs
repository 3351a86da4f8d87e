//! Key files: one key each, named by the first 40 hexadecimal digits of the key's SHA-256.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::random;

/// The first line of a key file.
const FIRST_LINE: &str = "daypass key file, version 1";
/// A key file is 3 short lines; what is longer is something else.
const LARGEST: u64 = 1024;

/// What is wrong with a key file or their folder, as a sentence.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct KeyFileError(String);

impl KeyFileError {
    fn new(path: &Path, what: &str) -> Self {
        Self(format!("{}: {what}", path.display()))
    }

    fn io(path: &Path, error: &io::Error) -> Self {
        let what = match error.kind() {
            io::ErrorKind::NotFound => "the file is missing; put it back from your backup".to_owned(),
            io::ErrorKind::PermissionDenied => {
                "daypass may not read it; give it to the user that daypass runs as".to_owned()
            }
            _ => error.to_string(),
        };
        Self::new(path, &what)
    }

    /// What kept a file from being made.
    fn not_made(path: &Path, error: &io::Error) -> Self {
        let what = match error.kind() {
            io::ErrorKind::NotFound => "the folder is missing".to_owned(),
            io::ErrorKind::PermissionDenied => {
                "the file cannot be made; give the folder to the user that daypass runs as".to_owned()
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                "the file cannot be made, because the file system is read-only; make it writable, or add a key file with daypass key add where it is".to_owned()
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "the file cannot be made, because the disk is full; make room".to_owned()
            }
            _ => format!("the file cannot be made: {error}"),
        };
        Self::new(path, &what)
    }

    /// What keeps a key management service from giving a data key.
    pub(super) fn kms(name: &str, cause: &str) -> Self {
        Self(format!("AWS KMS key {name}: {}", cause.trim_end_matches('.')))
    }

    /// No file can be read.
    pub(super) fn unusable(folder: &Path) -> Self {
        Self::new(folder, "there is no key file in it that can be read")
    }
}

/// The first 20 bytes of the key's SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct KeyId(pub(super) [u8; 20]);

impl KeyId {
    pub(super) fn of(key: &[u8; 32]) -> Self {
        let digest = Sha256::digest(key);
        let mut id = [0; 20];
        id.copy_from_slice(&digest[..20]);
        Self(id)
    }

    /// The file's name: 40 hexadecimal digits.
    pub(super) fn name(self) -> String {
        HEX.encode(&self.0)
    }

    fn parse(name: &str) -> Option<Self> {
        Some(Self(HEX.decode(name.as_bytes()).ok()?.try_into().ok()?))
    }
}

/// A key and where it came from.
pub(super) struct KeyFile {
    pub(super) created_at: DateTime<Utc>,
    pub(super) key: Zeroizing<[u8; 32]>,
}

/// What differs between a file and what stands in its place later, without reading either.
pub(super) type Stamp = [i64; 6];

/// A key file that belongs to us alone, not read yet.
pub(super) struct OpenFile {
    path: PathBuf,
    file: File,
    pub(super) stamp: Stamp,
}

/// Makes the folder with mode 0700, or checks that nobody else may look into it.
pub(super) fn ensure_folder(folder: &Path) -> Result<(), KeyFileError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| KeyFileError::not_made(folder, &error))?;
    check_folder(folder)
}

/// Checks that the folder is there and that nobody else may look into it.
pub(super) fn check_folder(folder: &Path) -> Result<(), KeyFileError> {
    let metadata = fs::metadata(folder).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => KeyFileError::new(folder, "the folder is missing; put it back from your backup"),
        _ => KeyFileError::io(folder, &error),
    })?;
    if !metadata.is_dir() {
        return Err(KeyFileError::new(folder, "this is no folder"));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(KeyFileError::new(folder, "others may look into this folder; set its mode to 0700"));
    }
    Ok(())
}

/// The names of all that are named like key files, readable or not.
pub(super) fn names(folder: &Path) -> Result<Vec<KeyId>, KeyFileError> {
    let entries = fs::read_dir(folder).map_err(|error| KeyFileError::io(folder, &error))?;
    let name = |entry: io::Result<fs::DirEntry>| KeyId::parse(entry.ok()?.file_name().to_str()?);
    Ok(entries.filter_map(name).collect())
}

/// Opens a file only if it belongs to us alone.
pub(super) fn open(folder: &Path, id: KeyId) -> Result<OpenFile, KeyFileError> {
    let path = folder.join(id.name());
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK)
        .open(&path)
        .map_err(|error| KeyFileError::io(&path, &error))?;
    let metadata = file.metadata().map_err(|error| KeyFileError::io(&path, &error))?;
    if !metadata.is_file() {
        return Err(KeyFileError::new(&path, "this is not a file"));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(KeyFileError::new(&path, "others may read this file; set its mode to 0600"));
    }
    let folder_owner = fs::metadata(folder).map_err(|error| KeyFileError::io(folder, &error))?.uid();
    if metadata.uid() != folder_owner {
        return Err(KeyFileError::new(&path, "the file belongs to another user than its folder"));
    }
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (inode, size) = (number(metadata.ino()), number(metadata.size()));
    let stamp = [inode, size, metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
    Ok(OpenFile { path, file, stamp })
}

/// Reads a key file. Its id is computed anew: a cut or foreign file is found here, not as a failure to decrypt.
pub(super) fn read(opened: OpenFile, id: KeyId) -> Result<KeyFile, KeyFileError> {
    let OpenFile { path, file, .. } = opened;
    let mut text = Zeroizing::new(String::with_capacity(256));
    file.take(LARGEST).read_to_string(&mut text).map_err(|error| KeyFileError::io(&path, &error))?;
    let wrong = || KeyFileError::new(&path, "the content is not the key that the name says; put the right file back");
    let mut lines = text.lines();
    let (Some(FIRST_LINE), Some(created), Some(encoded), None) =
        (lines.next(), lines.next(), lines.next(), lines.next())
    else {
        return Err(wrong());
    };
    let created_at = DateTime::parse_from_rfc3339(created).map_err(|_| wrong())?.with_timezone(&Utc);
    let decoded = Zeroizing::new(BASE64_STANDARD.decode(encoded).map_err(|_| wrong())?);
    let key = Zeroizing::new(<[u8; 32]>::try_from(decoded.as_slice()).map_err(|_| wrong())?);
    if KeyId::of(&key) != id {
        return Err(wrong());
    }
    Ok(KeyFile { created_at, key })
}

/// Makes a new key: the file is on disk, and its name in the folder, before anything is sealed with it.
pub(super) fn create(folder: &Path, now: DateTime<Utc>) -> Result<KeyId, KeyFileError> {
    let key = Zeroizing::new(random::bytes::<32>());
    let id = KeyId::of(&key);
    let path = folder.join(id.name());
    let encoded = Zeroizing::new(BASE64_STANDARD.encode(key.as_slice()));
    let text =
        Zeroizing::new(format!("{FIRST_LINE}\n{}\n{}\n", now.to_rfc3339_opts(SecondsFormat::Millis, true), *encoded));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| File::open(folder)?.sync_all());
    if let Err(error) = written {
        // A half-written file would look like a key file with wrong content at every start.
        let _ = fs::remove_file(&path);
        return Err(KeyFileError::not_made(&path, &error));
    }
    Ok(id)
}
