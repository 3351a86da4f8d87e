//! Why the server gives no answer, in words for administrators; never with a password or what the server wrote, which
//! might repeat one.

use ldap3::LdapError;
use ldap3::result::LdapResult;

/// Why the server gives no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The connection broke or could not be made: another one may do better.
    Lost(String),
    /// It did not answer in time.
    Late(String),
    /// It answered that it will not.
    Refused(String),
}

impl Failure {
    /// What the server said instead of an answer to `what`.
    pub fn refused(what: &str, result: &LdapResult) -> Self {
        let cause = format!("{what}: it answers {}", code(result));
        // busy, unavailable: as good as no answer.
        if matches!(result.rc, 51 | 52) { Self::Lost(cause) } else { Self::Refused(cause) }
    }

    /// What went wrong in the library; `fault` is why the connection ended, if it did.
    pub fn from_library(what: &str, error: &LdapError, fault: Option<&String>) -> Self {
        match (fault, error) {
            (Some(fault), _) => Self::Lost(format!("{what}: {fault}")),
            // Only by our own fault: the settings' filter was tried at the start.
            (None, LdapError::FilterParsing) => Self::Refused(format!("{what}: the filter cannot be read")),
            (None, _) => Self::Lost(format!("{what}: the connection ended")),
        }
    }

    /// The same with the address before it.
    pub fn at(self, address: &str) -> Self {
        match self {
            Self::Lost(cause) => Self::Lost(format!("{address}: {cause}")),
            Self::Late(cause) => Self::Late(format!("{address}: {cause}")),
            Self::Refused(cause) => Self::Refused(format!("{address}: {cause}")),
        }
    }

    /// Whether another server may do better.
    pub const fn is_the_servers(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Late(_))
    }

    /// The sentence.
    pub fn into_cause(self) -> String {
        match self {
            Self::Lost(cause) | Self::Late(cause) | Self::Refused(cause) => cause,
        }
    }
}

/// The result code with its name (RFC 4511, 4.1.9) and Active Directory's sub-code.
pub fn code(result: &LdapResult) -> String {
    let name = match result.rc {
        1 => "operationsError",
        2 => "protocolError",
        3 => "timeLimitExceeded",
        4 => "sizeLimitExceeded",
        7 => "authMethodNotSupported",
        8 => "strongerAuthRequired",
        10 => "referral",
        11 => "adminLimitExceeded",
        12 => "unavailableCriticalExtension",
        13 => "confidentialityRequired",
        18 => "inappropriateMatching",
        19 => "constraintViolation",
        32 => "noSuchObject",
        34 => "invalidDNSyntax",
        48 => "inappropriateAuthentication",
        49 => "invalidCredentials",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwillingToPerform",
        80 => "other",
        _ => "see RFC 4511, appendix A",
    };
    let sub_code = sub_code(result).map(|code| format!(", data {code}")).unwrap_or_default();
    format!("{} ({name}{sub_code})", result.rc)
}

/// Active Directory's sub-code: `… comment: AcceptSecurityContext error, data 52e, v4563`.
pub fn sub_code(result: &LdapResult) -> Option<&str> {
    let (_, rest) = result.text.split_once(", data ")?;
    let code = rest.split(',').next()?;
    (code.len() <= 4 && code.chars().all(|c| c.is_ascii_hexdigit())).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(rc: u32, text: &str) -> LdapResult {
        LdapResult { rc, matched: String::new(), text: text.to_owned(), refs: Vec::new(), ctrls: Vec::new() }
    }

    #[test]
    fn codes_are_named_and_the_servers_words_left_out() {
        assert_eq!(code(&result(50, "password fake-password")), "50 (insufficientAccessRights)");
        assert_eq!(code(&result(49, "LdapErr: comment, data 52e, v4563\0")), "49 (invalidCredentials, data 52e)");
        assert_eq!(code(&result(49, ", data fake-password,")), "49 (invalidCredentials)");
    }
}
