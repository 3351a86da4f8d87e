//! Tokens that stand where everybody on the way writes them down.

use percent_encoding::percent_decode_str;

use crate::model::FieldErrors;
use crate::model::api_token::{PERSON_PREFIX, PROGRAM_PREFIX};
use crate::portal::PortalError;

/// Refuses an address whose query holds a token: logs of servers and proxies keep addresses, and browsers remember them.
/// The token itself is written nowhere.
///
/// # Errors
/// A sentence that says where the token belongs.
pub fn no_token(query: &str) -> Result<(), PortalError> {
    let query = percent_decode_str(query).decode_utf8_lossy();
    if ![PERSON_PREFIX, PROGRAM_PREFIX].iter().any(|prefix| query.contains(prefix)) {
        return Ok(());
    }
    let sentence = "An API token stands in this address, where logs on the way keep it, so that nothing was done with it. Send it in the Authorization header, and have this one revoked.";
    Err(FieldErrors::from(("", sentence.to_owned())).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_however_it_is_written() {
        for query in ["token=dpt_abc", "dpp_abc", "x=1&y=Bearer%20dpt%5Fabc"] {
            assert!(matches!(no_token(query), Err(PortalError::Invalid(_))), "{query}");
        }
        for query in ["", "duration=15m", "x=dpt", "%ff%5F"] {
            no_token(query).unwrap();
        }
    }
}
