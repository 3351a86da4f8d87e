//! What Crowd answers instead of what was asked for. Its own words are never repeated: they might hold a password.

/// Why there is no answer, in words for administrators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub String);

/// What a refusal says of whom or what was asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The password is wrong.
    WrongPassword,
    /// The account is closed, its password has expired, or it may not use this application.
    Closed,
    /// The session of the single sign-on is none, or none of this browser.
    NoSession,
    /// There is nobody of this name or key.
    NoUser,
    /// There is no group of this name.
    NoGroup,
}

impl Refusal {
    /// The failure that it is where nothing was asked that could be refused so.
    pub fn out_of_place(self, what: &str) -> Failure {
        Failure(format!("{what}: it answers what was not asked ({self:?})"))
    }
}

/// What the `reason` of an error's body means (Crowd's `ErrorEntity.ErrorReason`); a sentence where it says nothing of who was
/// asked about, and so for every reason that we do not know.
pub fn meaning(status: u16, reason: &str) -> Result<Refusal, String> {
    let advice = match reason {
        // Behind a status of the server's own failure no reason is an answer.
        _ if status >= 500 => "its own log tells why",
        "INVALID_USER_AUTHENTICATION" | "INVALID_CREDENTIAL" => return Ok(Refusal::WrongPassword),
        "INACTIVE_ACCOUNT" | "EXPIRED_CREDENTIAL" | "APPLICATION_ACCESS_DENIED" => return Ok(Refusal::Closed),
        "INVALID_SSO_TOKEN" => return Ok(Refusal::NoSession),
        "USER_NOT_FOUND" => return Ok(Refusal::NoUser),
        "GROUP_NOT_FOUND" => return Ok(Refusal::NoGroup),
        "APPLICATION_PERMISSION_DENIED" | "PERMISSION_DENIED" => {
            "let the application of Daypass read the directories behind it"
        }
        "APPLICATION_NOT_FOUND" => "check application",
        "NESTED_GROUPS_NOT_SUPPORTED" => "set nested_groups = false",
        "DIRECTORY_NOT_FOUND" => "check the directories of the application in Crowd",
        "OPERATION_FAILED" => "a directory behind it may be away; its own log tells why",
        "ILLEGAL_ARGUMENT" => "if it is an old Crowd that finds nobody by key, set stable_id = \"name\"",
        _ => "its own log may tell why",
    };
    Err(format!("it answers {status} ({}); {advice}", shown(reason)))
}

/// A reason that looks like one; a server may write anything.
fn shown(reason: &str) -> &str {
    let plain = reason.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    if plain && (1..=60).contains(&reason.len()) { reason } else { "without a reason that can be read" }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All of `ErrorEntity.ErrorReason`: Crowd 2.7 and newer.
    const REASONS: [&str; 29] = [
        "APPLICATION_ACCESS_DENIED",
        "APPLICATION_PERMISSION_DENIED",
        "EXPIRED_CREDENTIAL",
        "GROUP_NOT_FOUND",
        "ILLEGAL_ARGUMENT",
        "INACTIVE_ACCOUNT",
        "INVALID_USER_AUTHENTICATION",
        "INVALID_CREDENTIAL",
        "INVALID_EMAIL",
        "INVALID_GROUP",
        "INVALID_SSO_TOKEN",
        "INVALID_USER",
        "MEMBERSHIP_NOT_FOUND",
        "MEMBERSHIP_ALREADY_EXISTS",
        "NESTED_GROUPS_NOT_SUPPORTED",
        "APPLICATION_NOT_FOUND",
        "UNSUPPORTED_OPERATION",
        "USER_NOT_FOUND",
        "OPERATION_FAILED",
        "EVENT_TOKEN_EXPIRED",
        "INCREMENTAL_SYNC_NOT_AVAILABLE",
        "WEBHOOK_NOT_FOUND",
        "APPLICATION_MODIFICATION_FAILED",
        "DIRECTORY_NOT_FOUND",
        "PERMISSION_DENIED",
        "INVALID_MEMBERSHIP",
        "APPLICATION_ALREADY_EXISTS",
        "INVALID_CHANGE_EMAIL_TOKEN",
        "SAME_EMAIL_ADDRESS",
    ];

    #[test]
    fn only_what_is_said_of_the_one_asked_about_is_no_failure() {
        let answers = [
            ("INVALID_USER_AUTHENTICATION", Refusal::WrongPassword),
            ("INVALID_CREDENTIAL", Refusal::WrongPassword),
            ("INACTIVE_ACCOUNT", Refusal::Closed),
            ("EXPIRED_CREDENTIAL", Refusal::Closed),
            ("APPLICATION_ACCESS_DENIED", Refusal::Closed),
            ("INVALID_SSO_TOKEN", Refusal::NoSession),
            ("USER_NOT_FOUND", Refusal::NoUser),
            ("GROUP_NOT_FOUND", Refusal::NoGroup),
        ];
        for reason in REASONS {
            let expected = answers.iter().find(|(name, _)| *name == reason).map(|(_, refusal)| *refusal);
            assert_eq!(meaning(400, reason).ok(), expected, "{reason}");
            let sentence = meaning(500, reason).unwrap_err();
            assert_eq!(sentence, format!("it answers 500 ({reason}); its own log tells why"));
            if expected.is_none() {
                let sentence = meaning(404, reason).unwrap_err();
                assert!(sentence.starts_with(&format!("it answers 404 ({reason}); ")), "{sentence}");
            }
        }
    }

    #[test]
    fn a_reason_that_is_none_is_not_repeated() {
        for reason in ["", "fake-password", "A B", "user_not_found", &"A".repeat(61), "USER_NOT_FOUND\0"] {
            let sentence = meaning(400, reason).unwrap_err();
            assert_eq!(sentence, "it answers 400 (without a reason that can be read); its own log may tell why");
        }
    }
}
