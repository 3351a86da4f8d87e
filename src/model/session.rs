//! Session names and durations: what AWS writes into CloudTrail, and for how long.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

/// RoleSessionName and SourceIdentity: at most 64 characters (STS model).
pub const SESSION_NAME_LONGEST: usize = 64;
/// GetFederationToken's Name: at most 32 characters (STS model).
pub const FEDERATED_NAME_LONGEST: usize = 32;
/// What the names of programs begin with; no person's name may.
pub const PROGRAM_PREFIX: &str = "program-";
/// Length of the hash that tells cleaned names apart, in base32 characters.
const HASH_LENGTH: usize = 6;

/// Sessions shorter than this, in seconds, are issued anew at each request of an SDK: half an hour leaves 15 minutes in which
/// one that was kept is worth handing out again.
pub const SHORTEST_KEPT: u32 = 1_800;

/// Whether AWS takes `name` as it is: `[\w+=,.@-]{2,longest}`. SourceIdentity must not begin with `aws:`, which this
/// pattern rules out. GetFederationToken's prose leaves out `+`, so the short form goes without it.
#[must_use]
pub fn is_valid(name: &str, longest: usize) -> bool {
    let plus = longest > FEDERATED_NAME_LONGEST;
    (2..=longest).contains(&name.len()) && name.chars().all(|c| is_allowed(c) && (plus || c != '+'))
}

const fn is_allowed(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '+' | '=' | ',' | '.' | '@' | '-')
}

/// Whether `name` could have been one with a hash; such names are closed to plain user names, so that nobody can
/// choose a user name that is another person's hashed one.
#[must_use]
pub fn looks_hashed(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, tail)| {
        tail.len() == HASH_LENGTH && tail.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b))
    })
}

/// The names to try for a person, in order: the user name itself where AWS takes it, then the cleaned one with a hash
/// of (directory, external id), then longer hashes. The first that nobody has is theirs for ever.
pub fn candidates(user_name: &str, directory: &str, external_id: &str, longest: usize) -> impl Iterator<Item = String> {
    let lower = user_name.to_ascii_lowercase();
    let plain = (is_valid(user_name, longest) && !looks_hashed(&lower) && !lower.starts_with(PROGRAM_PREFIX))
        .then(|| user_name.to_owned());
    let (user_name, directory, external_id) = (user_name.to_owned(), directory.to_owned(), external_id.to_owned());
    let hashed = move |length| hashed(&user_name, &hash(&directory, &external_id), length, longest);
    plain.into_iter().chain([HASH_LENGTH, 12, 24].into_iter().map(hashed))
}

/// SHA-256 over both parts, length first, so that no two pairs give the same bytes.
fn hash(directory: &str, external_id: &str) -> String {
    let mut sha = Sha256::new();
    for part in [directory, external_id] {
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part);
    }
    BASE32_NOPAD.encode(&sha.finalize()).to_lowercase()
}

/// `user_name` with everything AWS refuses replaced by `_`, cut so that `-` and the hash fit.
fn hashed(user_name: &str, digest: &str, length: usize, longest: usize) -> String {
    let room = longest - length - 1;
    let cleaned: String = user_name
        .chars()
        .map(|c| if is_allowed(c) && (longest > FEDERATED_NAME_LONGEST || c != '+') { c } else { '_' })
        .take(room)
        .collect();
    let cleaned =
        if cleaned.to_ascii_lowercase().starts_with(PROGRAM_PREFIX) { format!("_{}", &cleaned[1..]) } else { cleaned };
    format!("{cleaned}-{}", &digest[..length])
}

/// The session name of a program: `program-<slug>`, cut with a hash where the slug is too long.
#[must_use]
pub fn program_name(slug: &str, longest: usize) -> String {
    let name = format!("{PROGRAM_PREFIX}{slug}");
    if name.len() <= longest {
        return name;
    }
    let digest = hash("program", slug);
    format!("{}-{}", &name[..longest - HASH_LENGTH - 1], &digest[..HASH_LENGTH])
}

/// A duration as people write it: `15m`, `1h`, `1h30m`, `90s`, or plain seconds.
///
/// # Errors
/// A sentence with examples.
pub fn parse_duration(text: &str) -> Result<u32, String> {
    let help = || "Write a duration such as 15m, 1h, 1h30m or 3600 (seconds).".to_owned();
    let text = text.trim().to_ascii_lowercase();
    if text.is_empty() {
        return Err(help());
    }
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(seconds);
    }
    let (mut total, mut digits, mut last) = (0_u32, String::new(), u32::MAX);
    for character in text.chars() {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        let unit = match character {
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return Err(help()),
        };
        let number: u32 = digits.parse().map_err(|_| help())?;
        if unit >= last {
            return Err(help());
        }
        total = number.checked_mul(unit).and_then(|seconds| total.checked_add(seconds)).ok_or_else(help)?;
        last = unit;
        digits.clear();
    }
    if digits.is_empty() { Ok(total) } else { Err(help()) }
}

/// Seconds as people read them: `1 h`, `1 h 30 min`, `45 s`.
#[must_use]
pub fn show_duration(seconds: u32) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let shown: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    if shown.is_empty() { "0 s".to_owned() } else { shown.join(" ") }
}

/// Seconds as configuration and forms write them: `1h30m`.
#[must_use]
pub fn write_duration(seconds: u32) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect()
}

#[cfg(test)]
#[path = "session_names_tests.rs"]
mod names_tests;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_candidate_is_one_that_aws_takes(name in "\\PC{0,80}", id in "\\PC{0,40}") {
            for longest in [SESSION_NAME_LONGEST, FEDERATED_NAME_LONGEST] {
                for candidate in candidates(&name, "corp", &id, longest) {
                    prop_assert!(is_valid(&candidate, longest), "{candidate:?}");
                    prop_assert!(!candidate.to_ascii_lowercase().starts_with(PROGRAM_PREFIX), "{candidate:?}");
                }
            }
        }

        #[test]
        fn the_last_candidate_tells_any_two_people_apart(name in "\\PC{0,80}", one in "[a-z0-9-]{1,36}", two in "[a-z0-9-]{1,36}") {
            prop_assume!(one != two);
            let last = |id: &str| candidates(&name, "corp", id, FEDERATED_NAME_LONGEST).last();
            prop_assert_ne!(last(&one), last(&two));
        }

        #[test]
        fn durations_come_back(seconds in 1_u32..200_000) {
            prop_assert_eq!(parse_duration(&write_duration(seconds)), Ok(seconds));
            prop_assert_eq!(parse_duration(&seconds.to_string()), Ok(seconds));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}") {
            let _ = parse_duration(&text);
        }
    }

    #[test]
    fn plain_names_stay_and_hashed_shapes_are_closed() {
        let first = |name: &str| candidates(name, "corp", "1", SESSION_NAME_LONGEST).next().unwrap_or_default();
        assert_eq!(first("alice"), "alice");
        assert_eq!(first("alice@example.test"), "alice@example.test");
        assert!(first("a").starts_with("a-"));
        assert!(first("mü\\ller").starts_with("m__ller-"));
        assert!(first("program-build").starts_with("_rogram-build-"));
        assert_ne!(first("bob-abcdef"), "bob-abcdef");
        assert_eq!(first("bob-abcde1"), "bob-abcde1");
        assert_eq!(first(&"x".repeat(64)), "x".repeat(64));
        assert_ne!(first(&"x".repeat(65)), "x".repeat(65));
        let federated: HashSet<String> = candidates(&"x".repeat(40), "corp", "1", FEDERATED_NAME_LONGEST).collect();
        assert!(federated.iter().all(|name| name.len() <= 32));
    }

    #[test]
    fn programs_have_names_of_their_own() {
        assert_eq!(program_name("build", 64), "program-build");
        assert_eq!(program_name(&"b".repeat(64), 32).len(), 32);
        assert_ne!(program_name(&"b".repeat(64), 32), program_name(&"b".repeat(63), 32));
    }

    #[test]
    fn durations_as_people_write_them() {
        assert_eq!(parse_duration(" 1h30m "), Ok(5400));
        assert_eq!(parse_duration("900"), Ok(900));
        assert_eq!(show_duration(5400), "1 h 30 min");
        for wrong in ["", "h", "1x", "1m1h", "99999999999h", "1h1", "-1h"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }
}
