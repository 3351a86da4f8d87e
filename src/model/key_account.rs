//! The account inside an access key's id.
//!
//! AWS documents the prefixes alone (IAM: unique identifiers). That the account stands in the id was found out by several
//! authors independently (<https://awsteele.com/blog/2020/09/26/aws-access-key-format.html>,
//! <https://medium.com/@TalBeerySec/a-short-note-on-aws-key-id-f88cc4317489>), and LocalStack and moto make their ids so. It is
//! good for a doubt, never for a yes: only AWS says whose a key is.

/// The highest bit of the base32 part: ids from before 2019 lack it, and say nothing about their account.
const NEWER: u64 = 1 << 44;
/// Twelve digits.
const HIGHEST: u64 = 999_999_999_999;

/// The account (12 digits) in an `AKIA…` or `ASIA…` id of 20 characters; `None` where the id is older, shaped otherwise, or
/// of no account.
#[must_use]
pub fn account_in(key_id: &str) -> Option<String> {
    let rest = key_id.strip_prefix("AKIA").or_else(|| key_id.strip_prefix("ASIA"))?;
    let digits: Vec<u64> = rest.bytes().map(digit).collect::<Option<_>>()?;
    if digits.len() != 16 {
        return None;
    }
    // 45 bits: the mark, 40 of the account, and the first 4 of what nobody has explained.
    let bits = digits.iter().take(9).fold(0, |bits, digit| bits << 5 | digit);
    let account = (bits & (NEWER - 1)) >> 4;
    (bits & NEWER != 0 && account <= HIGHEST).then(|| format!("{account:012}"))
}

/// A digit of base32 (RFC 4648).
fn digit(character: u8) -> Option<u64> {
    match character {
        b'A'..=b'Z' => Some(u64::from(character - b'A')),
        b'2'..=b'7' => Some(u64::from(character - b'2') + 26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_ids() {
        let of = |key_id: &str| account_in(key_id).unwrap_or_default();
        // The ids of both authors and of LocalStack's source; what follows the account is replaced.
        assert_eq!(of("ASIAY34FZKBOKEXAMPLE"), "609629065308");
        assert_eq!(of("ASIAQNZGKIQY5EXAMPLE"), "029608264753");
        assert_eq!(of("ASIAQAAAAAAAGEXAMPLE"), "000000000000");
        assert_eq!(of("AKIARZPUZDIKGEXAMPLE"), "123456789012");
        // The first bit after eight characters is the account's last.
        assert_eq!(of("AKIARZPUZDIKQEXAMPLE"), "123456789013");
    }

    #[test]
    fn ids_that_say_nothing() {
        for key_id in [
            "AKIAIOSFODNN7EXAMPLE",
            "AKIAJAAAAAAAAEXAMPLE",
            "ASIAFAKEFAKEFAKEFAKE",
            "AKIAPAAAAAAAAEXAMPLE",
            "AIDAY34FZKBOKEXAMPLE",
            "FAKEBROKERKEY0000001",
            "ASIAY34FZKBOKEXAMPL",
            "ASIAY34FZKBOKEXAMPLES",
            "ASIAY34FZKBOK0XAMPLE",
            "asiay34fzkbokexample",
            "AKIA777777777EXAMPLE",
            "AKIA",
            "",
        ] {
            assert_eq!(account_in(key_id), None, "{key_id}");
        }
    }

    /// As AWS seems to make them.
    fn id_of(account: u64, rest: u64) -> String {
        let bits = NEWER | account << 4 | rest;
        let digit = |place: u32| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(bits >> (5 * place)) as usize & 31]);
        format!("AKIA{}EXAMPLE", (0..9).rev().map(digit).collect::<String>())
    }

    proptest! {
        #[test]
        fn what_was_put_in_comes_out(account in 0..=HIGHEST, rest in 0..16_u64) {
            prop_assert_eq!(account_in(&id_of(account, rest)), Some(format!("{account:012}")));
        }

        #[test]
        fn no_text_breaks_it(text in "\\PC*", id in "(AKIA|ASIA)[A-Z2-7]{16}") {
            let _ = account_in(&text);
            let newer = id.as_bytes()[4] >= b'Q' || id.as_bytes()[4].is_ascii_digit();
            prop_assert!(newer || account_in(&id).is_none());
        }
    }
}
