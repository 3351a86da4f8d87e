//! A token's text: a prefix that secret scanners know, randomness, and a checksum.

use data_encoding::HEXLOWER;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// What a person's tokens begin with.
pub const PERSON_PREFIX: &str = "dpp_";
/// What programs' tokens begin with.
pub const PROGRAM_PREFIX: &str = "dpt_";
/// Characters of the random part: 43 of 62 carry more than 256 bits.
pub const RANDOM_LENGTH: usize = 43;
/// Characters of the checksum.
const CHECKSUM_LENGTH: usize = 6;
/// What the random part and the checksum are drawn from.
pub const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Makes a token's text from one of the two prefixes and [`RANDOM_LENGTH`] random characters of [`ALPHABET`]. Shown once,
/// kept only as [`hash`].
#[must_use]
pub fn from_random(prefix: &str, random: &str) -> SecretString {
    let body = format!("{prefix}{random}");
    format!("{body}{}", checksum(&body)).into()
}

/// The SHA-256 under which a token is found, where `text` has the shape and checksum of one.
#[must_use]
pub fn hash(text: &SecretString) -> Option<String> {
    let text = text.expose_secret();
    let known = text.starts_with(PROGRAM_PREFIX) || text.starts_with(PERSON_PREFIX);
    if !text.is_ascii() || text.len() != PROGRAM_PREFIX.len() + RANDOM_LENGTH + CHECKSUM_LENGTH || !known {
        return None;
    }
    let (body, sum) = text.split_at(text.len() - CHECKSUM_LENGTH);
    (checksum(body) == sum).then(|| HEXLOWER.encode(&Sha256::digest(text)))
}

/// The first token that stands in a text, with the shape and checksum of one.
#[must_use]
pub fn find_in(text: &str) -> Option<SecretString> {
    let starts = [PROGRAM_PREFIX, PERSON_PREFIX].into_iter().flat_map(|prefix| text.match_indices(prefix));
    let pieces = starts.filter_map(|(at, prefix)| text.get(at..at + prefix.len() + RANDOM_LENGTH + CHECKSUM_LENGTH));
    pieces.map(SecretString::from).find(|piece| hash(piece).is_some())
}

fn checksum(body: &str) -> String {
    let digest = Sha256::digest(body);
    digest.iter().take(CHECKSUM_LENGTH).map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_in_a_text_and_what_only_looks_like_one_is_not() {
        let token = from_random(PERSON_PREFIX, &"x".repeat(RANDOM_LENGTH));
        let text = token.expose_secret();
        for around in [text.to_owned(), format!("token={text}&x=1"), format!("dpt_dpp_ü{text}ü"), format!("dpt_{text}")]
        {
            assert_eq!(find_in(&around).map(|found| found.expose_secret().to_owned()).as_deref(), Some(text));
        }
        for none in
            ["", "dpp_", &text[..text.len() - 1], &text.replacen('x', "y", 1), &format!("dpp_{}", "ü".repeat(49))]
        {
            assert!(find_in(none).is_none(), "{none}");
        }
    }

    #[test]
    fn a_token_cut_or_changed_is_no_token() {
        let token = from_random(PROGRAM_PREFIX, &"x".repeat(RANDOM_LENGTH));
        let text = token.expose_secret().to_owned();
        assert!(hash(&token).is_some());
        assert!(hash(&from_random(PERSON_PREFIX, &"x".repeat(RANDOM_LENGTH))).is_some());
        for wrong in
            [&text[1..], &text[..text.len() - 1], &text.replace("dpt_", "dpp_"), &text.replacen('x', "y", 1), ""]
        {
            assert_eq!(hash(&wrong.to_owned().into()), None);
        }
    }
}
