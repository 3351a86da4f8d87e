//! Rules of local people's passwords: length, and nothing that is tried first (NIST SP 800-63B, 3.1.1.2; OWASP ASVS 6.2).

use zxcvbn::{Score, zxcvbn};

/// The shortest password of a local person, in characters.
pub const SHORTEST: usize = 12;
/// The longest, in bytes: more costs time to hash and protects nothing.
pub const LONGEST: usize = 1024;

/// Checks a new local password. `own` is what others know of the person, such as their names: a password made of it is easy
/// to guess.
///
/// # Errors
/// A sentence that says what is wanted; nothing of the password is in it.
pub fn check(password: &str, own: &[&str]) -> Result<(), String> {
    if password.chars().count() < SHORTEST {
        return Err(format!("Use at least {SHORTEST} characters; a few words in a row are easy to remember."));
    }
    if password.len() > LONGEST {
        return Err(format!("Use at most {LONGEST} bytes."));
    }
    // Each word of a name counts, and the name as it stands.
    let words = own.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()).chain([*text]));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    // Of a long text the library looks at the first 100 characters.
    if zxcvbn(password, &words).score() < Score::Three {
        return Err("This is easy to guess: it is a common password, or made of names, dates or keys in a row. A few \
                    words that have nothing to do with each other are better."
            .to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LONGEST, SHORTEST, check};

    #[test]
    fn both_sides_of_the_lengths() {
        let words = "quilt-harbour-ninety ";
        let long = |length: usize| words.repeat(60)[..length].to_owned();
        assert_eq!(check(&long(LONGEST), &[]), Ok(()));
        assert!(check(&long(LONGEST + 1), &[]).unwrap_err().contains("at most"));
        assert_eq!(check("kx7-moor-tin", &[]), Ok(()));
        assert!(check("kx7-moor-ti", &[]).unwrap_err().contains(&SHORTEST.to_string()));
        // Characters are counted, not bytes.
        assert!(check("ä".repeat(SHORTEST - 1).as_str(), &[]).unwrap_err().contains("at least"));
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for common in [
            "password1234",
            "Passw0rd1234",
            "qwertyuiop123",
            "123456789012",
            "aaaaaaaaaaaaaaaa",
            "iloveyouiloveyou",
            "administrator1",
            "abcdefghijkl",
            "PasswordPassword",
        ] {
            assert!(check(common, &[]).unwrap_err().contains("easy to guess"), "{common}");
        }
    }

    #[test]
    fn what_others_know_of_a_person_is_refused() {
        let own = ["brunhilde.okonkwo", "Brunhilde Okonkwo"];
        assert!(check("Brunhilde2026", &own).is_err());
        assert!(check("brunhilde.okonkwo", &own).is_err());
        assert_eq!(check("brunhilde cycles past seven lighthouses", &own), Ok(()));
    }

    proptest! {
        #[test]
        fn no_text_panics(password in any::<String>(), own in any::<String>()) {
            let _ = check(&password, &[&own]);
        }
    }
}
