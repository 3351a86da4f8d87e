//! SHA-256 and HMAC in the forms that the sandbox needs.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Bytes in one block of SHA-256; HMAC pads shorter keys to it and hashes longer ones (RFC 2104).
const BLOCK: usize = 64;

/// A keyed HMAC-SHA-256 that has taken in nothing yet; clone it for each use.
pub(super) type Keyed = Hmac<Sha256>;

/// An HMAC-SHA-256 under `key`, of any length.
pub(super) fn keyed(key: &[u8]) -> Keyed {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        let digest: [u8; 32] = Sha256::digest(key).into();
        block[..32].copy_from_slice(&digest);
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    Keyed::new(&block.into())
}

/// HMAC-SHA-256 of `data` under `key`.
pub(super) fn hmac(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut mac = keyed(key);
    mac.update(data);
    mac.finalize().into_bytes().into()
}

/// SHA-256 as 64 lower-case hexadecimal characters, as SigV4 writes it.
pub(super) fn sha256_hex(data: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(data))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test cases 2 and 6 (a key longer than a block).
    #[test]
    fn hmac_agrees_with_the_published_vectors() {
        let short = hmac(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(HEXLOWER.encode(&short), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let long = hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(HEXLOWER.encode(&long), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }
}
