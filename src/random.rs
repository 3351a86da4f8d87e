//! The only place that draws random bytes: always the operating system's generator.

/// `N` bytes from the operating system.
///
/// # Panics
/// Where the operating system cannot give random bytes. Going on without them would make guessable keys.
#[must_use]
#[allow(clippy::disallowed_methods, clippy::expect_used, reason = "the home of randomness")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut buffer = [0; N];
    getrandom::fill(&mut buffer).expect("the operating system gives random bytes");
    buffer
}

/// `length` characters drawn evenly from `alphabet` (at most 256 ASCII characters; an empty one gives an empty text).
#[must_use]
pub fn text(alphabet: &[u8], length: usize) -> String {
    let mut drawn = String::with_capacity(length);
    if alphabet.is_empty() {
        return drawn;
    }
    // Bytes past the last whole multiple of the alphabet are thrown away, else its first letters came more often.
    let limit = 256 - 256 % alphabet.len();
    while drawn.len() < length {
        for byte in bytes::<64>() {
            let byte = usize::from(byte);
            if byte < limit && drawn.len() < length {
                drawn.push(char::from(alphabet[byte % alphabet.len()]));
            }
        }
    }
    drawn
}

/// A new UUIDv7 as text: 48 bits of time, the rest random, so that ids sort by when they were made.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the home of randomness")]
pub fn id() -> String {
    uuid::Uuid::now_v7().to_string()
}
