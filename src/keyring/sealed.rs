//! The forms of a sealed value. Under a key file: version 1 · key id · nonce · ciphertext with tag. Under a data key of a
//! key management service: version 2 · key id · length · wrapped data key · nonce · ciphertext with tag.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::key_file::KeyId;
use crate::random;

const OF_FILE: u8 = 1;
const OF_DATA_KEY: u8 = 2;
const ID: usize = 20;
const LENGTH: usize = 2;
const NONCE: usize = 12;

/// What actually encrypts: derived from the file's key or the data key, so that the same key can serve other purposes too.
pub(super) type Subkey = Zeroizing<[u8; 32]>;

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
    fn bound(&self, id: KeyId, wrapped: Option<&[u8]>) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(160 + wrapped.map_or(0, <[u8]>::len));
        let version = [if wrapped.is_some() { OF_DATA_KEY } else { OF_FILE }];
        let parts = ["daypass/1", self.table, self.row, self.column].map(str::as_bytes);
        let fixed = self.fixed.iter().map(|part| part.as_bytes());
        // A wrapped key that is damaged would be found out only when nobody has the data key in memory any more.
        for part in parts.into_iter().chain([id.0.as_slice(), &version]).chain(fixed).chain(wrapped) {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part);
        }
        bytes
    }
}

/// The key that seals, derived from `key`.
pub(super) fn subkey(key: &[u8; 32]) -> Subkey {
    let mut derived = Zeroizing::new([0; 32]);
    // 32 bytes are far below HKDF's limit of 255 hashes, so this cannot fail.
    let _ = Hkdf::<Sha256>::new(None, key.as_slice()).expand(b"daypass/1 seal", derived.as_mut_slice());
    derived
}

/// A sealed value, taken apart.
#[derive(Clone, Copy)]
pub(super) struct Blob<'a> {
    /// The key that it names.
    pub(super) id: KeyId,
    /// The wrapped data key, where it carries one.
    pub(super) wrapped: Option<&'a [u8]>,
    nonce: [u8; NONCE],
    ciphertext: &'a [u8],
}

impl<'a> Blob<'a> {
    /// Takes a sealed value apart; `None` where it has neither form.
    pub(super) fn parse(blob: &'a [u8]) -> Option<Self> {
        let (version, rest) = blob.split_first()?;
        let (id, rest) = rest.split_at_checked(ID)?;
        let (wrapped, rest) = match *version {
            OF_FILE => (None, rest),
            OF_DATA_KEY => {
                let (length, rest) = rest.split_at_checked(LENGTH)?;
                let length = u16::from_be_bytes(length.try_into().ok()?);
                let (wrapped, rest) = rest.split_at_checked(usize::from(length))?;
                (Some(wrapped), rest)
            }
            _ => return None,
        };
        let (nonce, ciphertext) = rest.split_at_checked(NONCE)?;
        let blob = Self { id: KeyId(id.try_into().ok()?), wrapped, nonce: nonce.try_into().ok()?, ciphertext };
        (!ciphertext.is_empty()).then_some(blob)
    }

    pub(super) fn open(&self, subkey: &[u8; 32], place: &Place<'_>) -> Option<Zeroizing<Vec<u8>>> {
        let payload = Payload { msg: self.ciphertext, aad: &place.bound(self.id, self.wrapped) };
        Aes256Gcm::new(subkey.into()).decrypt(&Nonce::from(self.nonce), payload).ok().map(Zeroizing::new)
    }
}

/// The key under which something is sealed.
pub(super) struct Under<'a> {
    pub(super) id: KeyId,
    pub(super) subkey: &'a Subkey,
    pub(super) wrapped: Option<&'a [u8]>,
}

pub(super) fn seal(under: &Under<'_>, place: &Place<'_>, secret: &[u8]) -> Option<Vec<u8>> {
    let nonce = random::bytes::<NONCE>();
    let payload = Payload { msg: secret, aad: &place.bound(under.id, under.wrapped) };
    let subkey: &[u8; 32] = under.subkey;
    let ciphertext = Aes256Gcm::new(subkey.into()).encrypt(&Nonce::from(nonce), payload).ok()?;
    let id = under.id.0.as_slice();
    let Some(wrapped) = under.wrapped else {
        return Some([&[OF_FILE], id, &nonce, &ciphertext].concat());
    };
    let length = u16::try_from(wrapped.len()).ok()?.to_be_bytes();
    Some([&[OF_DATA_KEY], id, &length, wrapped, &nonce, &ciphertext].concat())
}
