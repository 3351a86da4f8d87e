//! The form of a sealed value: version · key id · nonce · ciphertext with tag.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::key_file::{KeyFile, KeyId};
use crate::random;

const VERSION: u8 = 1;
const ID: usize = 20;
const NONCE: usize = 12;

/// Where a secret stands. All of it is bound into the seal: a sealed value that is copied into another row, another
/// column, or beside another access key id does not open.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The row's id.
    pub row: &'a str,
    /// The column.
    pub column: &'a str,
    /// The plain fields that fix the secret's use, such as access key id and partition.
    pub fixed: [&'a str; 2],
}

impl Place<'_> {
    /// Every part with its length first, so that nothing can move from one part into the next.
    fn bound(&self, id: KeyId) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(160);
        let parts = ["daypass/1", self.table, self.row, self.column].map(str::as_bytes);
        let fixed = self.fixed.iter().map(|part| part.as_bytes());
        for part in parts.into_iter().chain([id.0.as_slice(), &[VERSION]]).chain(fixed) {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part);
        }
        bytes
    }
}

/// The key that seals, derived from a file's key.
pub(super) fn subkey(file: &KeyFile) -> Zeroizing<[u8; 32]> {
    let mut derived = Zeroizing::new([0; 32]);
    // 32 bytes are far below HKDF's limit of 255 hashes, so this cannot fail.
    let _ = Hkdf::<Sha256>::new(None, file.key.as_slice()).expand(b"daypass/1 seal", derived.as_mut_slice());
    derived
}

/// The key id that a sealed value names.
pub(super) fn key_id(blob: &[u8]) -> Option<KeyId> {
    let (version, rest) = blob.split_first()?;
    (*version == VERSION && rest.len() > ID + NONCE).then_some(())?;
    Some(KeyId(rest.get(..ID)?.try_into().ok()?))
}

pub(super) fn seal(subkey: &[u8; 32], id: KeyId, place: &Place<'_>, secret: &[u8]) -> Option<Vec<u8>> {
    let nonce = random::bytes::<NONCE>();
    let payload = Payload { msg: secret, aad: &place.bound(id) };
    let ciphertext = Aes256Gcm::new(subkey.into()).encrypt(&Nonce::from(nonce), payload).ok()?;
    Some([&[VERSION], id.0.as_slice(), &nonce, &ciphertext].concat())
}

pub(super) fn open(subkey: &[u8; 32], id: KeyId, place: &Place<'_>, blob: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let nonce: [u8; NONCE] = blob.get(1 + ID..1 + ID + NONCE)?.try_into().ok()?;
    let payload = Payload { msg: blob.get(1 + ID + NONCE..)?, aad: &place.bound(id) };
    Aes256Gcm::new(subkey.into()).decrypt(&Nonce::from(nonce), payload).ok().map(Zeroizing::new)
}
