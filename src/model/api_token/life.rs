//! How long a token lives, as people type it.

use crate::model::session::{parse_duration, show_duration};

/// The shortest life, in seconds.
pub const SHORTEST: u32 = 60;
/// The longest life of a person's own token that administers, in seconds.
pub const OF_ADMINISTRATION: u32 = 3600;
/// A day, in seconds.
pub const DAY: u32 = 86_400;

/// Seconds from `30d`, `8h`, `1h30m` or plain seconds; at least [`SHORTEST`] and at most `longest`.
///
/// # Errors
/// A sentence that says what is allowed.
pub fn parse(text: &str, longest: u32) -> Result<u32, String> {
    let text = text.trim();
    let help = || "Write how long as 30d, 8h or 90m.".to_owned();
    let seconds = match text.strip_suffix(['d', 'D']) {
        Some(days) => days.trim().parse::<u32>().ok().and_then(|days| days.checked_mul(DAY)).ok_or_else(help)?,
        None => parse_duration(text).map_err(|_| help())?,
    };
    if (SHORTEST..=longest).contains(&seconds) {
        return Ok(seconds);
    }
    Err(format!("Choose {} to {}.", show(SHORTEST), show(longest)))
}

/// Seconds as people read them: `30 days`, `8 h`.
#[must_use]
pub fn show(seconds: u32) -> String {
    match (seconds / DAY, seconds % DAY) {
        (1, 0) => "1 day".to_owned(),
        (0, _) => show_duration(seconds),
        (days, 0) => format!("{days} days"),
        _ => show_duration(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_has_two_ends() {
        let longest = 90 * DAY;
        for (text, seconds) in
            [("90d", longest), (" 1D ", DAY), ("8h", 28_800), ("1h30m", 5400), ("60", 60), ("1m", 60)]
        {
            assert_eq!(parse(text, longest), Ok(seconds), "{text}");
        }
        for text in ["91d", "2161h", "59", "0d", "", "d", "-1d", "1.5d", "90d1h", "soon", "4294967295d", "99999999999"]
        {
            assert!(parse(text, longest).is_err(), "{text}");
        }
        assert_eq!(parse("91d", longest), Err("Choose 1 min to 90 days.".to_owned()));
        assert_eq!((show(DAY), show(3600), show(DAY + 3600)), ("1 day".into(), "1 h".into(), "25 h".into()));
    }
}
