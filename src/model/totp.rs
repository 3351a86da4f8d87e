//! One-time codes of a virtual MFA device: RFC 6238 with SHA-1, 30 seconds and 6 digits, as AWS's devices have it.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

/// How long each code counts, in seconds.
pub const STEP_SECONDS: i64 = 30;
/// Bytes of a seed: RFC 4226 asks for 16 at least; AWS's devices have 40.
const LENGTHS: std::ops::RangeInclusive<usize> = 10..=128;

/// What the codes of a device follow from.
pub struct Seed(Zeroizing<Vec<u8>>);

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed")
    }
}

impl Seed {
    /// Reads the "secret configuration key" that AWS shows for a virtual device: Base32, with or without blanks, hyphens,
    /// padding and capital letters.
    ///
    /// # Errors
    /// A sentence that does not repeat it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let quotes = |c: &char| !c.is_whitespace() && !"-\"'".contains(*c);
        let plain: String = text.chars().filter(quotes).map(|c| c.to_ascii_uppercase()).collect();
        let plain = Zeroizing::new(plain);
        let seed = BASE32_NOPAD.decode(plain.trim_end_matches('=').as_bytes()).ok().map(Zeroizing::new);
        seed.filter(|seed| LENGTHS.contains(&seed.len())).map(Self).ok_or_else(|| {
            "This is no seed of an MFA device: AWS shows one as letters and the digits 2 to 7. Paste it again."
                .to_owned()
        })
    }

    /// The seed as it is kept: Base32 in capital letters.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&self.0))
    }

    /// The six digits of a step.
    #[must_use]
    pub fn code(&self, step: i64) -> String {
        format!("{:06}", self.truncated(step) % 1_000_000)
    }

    fn truncated(&self, step: i64) -> u32 {
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(&self.0) else { return 0 };
        mac.update(&step.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let at = usize::from(digest[19] & 0xf);
        let word = [digest[at], digest[at + 1], digest[at + 2], digest[at + 3]];
        u32::from_be_bytes(word) & 0x7fff_ffff
    }
}

/// The step that a moment falls into, and how many seconds are left of it (1 to 30).
#[must_use]
pub const fn step_at(seconds_since_1970: i64) -> (i64, i64) {
    let step = seconds_since_1970.div_euclid(STEP_SECONDS);
    (step, STEP_SECONDS - seconds_since_1970.rem_euclid(STEP_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(bytes: &[u8]) -> Seed {
        Seed::parse(&BASE32_NOPAD.encode(bytes)).unwrap()
    }

    #[test]
    fn the_vectors_of_rfc_6238() {
        // Its appendix B gives eight digits; six are the last of them.
        for (time, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let (step, seed) = (step_at(time).0, seed(b"12345678901234567890"));
            assert_eq!(format!("{:08}", seed.truncated(step) % 100_000_000), code, "{time}");
            assert_eq!(seed.code(step), code[2..], "{time}");
        }
    }

    #[test]
    fn the_vectors_of_rfc_4226() {
        let codes =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (count, code) in (0..).zip(codes) {
            assert_eq!(seed(b"12345678901234567890").code(count), code, "{count}");
        }
    }

    #[test]
    fn steps_begin_at_whole_half_minutes() {
        assert_eq!([step_at(0), step_at(29), step_at(30), step_at(59)], [(0, 30), (0, 1), (1, 30), (1, 1)]);
    }

    #[test]
    fn seeds_as_people_paste_them() {
        let text = "gezd gnbv-gy3t qojq";
        assert_eq!(*Seed::parse(text).unwrap().text(), "GEZDGNBVGY3TQOJQ");
        assert!(Seed::parse("\"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ====\"\n").is_ok());
        for wrong in ["", "GEZDGNBV", "GEZDGNBVGY3TQOJ0", "GEZDGNBVGY3TQOJQ1", &"A".repeat(300), "äöü"] {
            let sentence = Seed::parse(wrong).unwrap_err();
            assert!(wrong.is_empty() || !sentence.contains(wrong), "{wrong}");
        }
        assert_eq!(format!("{:?}", Seed::parse(text).unwrap()), "Seed");
    }
}
