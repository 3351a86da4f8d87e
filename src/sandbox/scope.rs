//! Checks when, where and for what a request was signed.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::authorization::{Authorization, Scope, WINDOW};
use super::error::Refusal;

/// Prefixes of the Regions of each partition (the Region patterns of the STS service model's partitions).
const PREFIXES: [(&str, &[&str]); 4] = [
    ("aws-cn", &["cn"]),
    ("aws-us-gov", &["us-gov"]),
    ("aws-eusc", &["eusc-de"]),
    ("aws", &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"]),
];

/// Checks the scope and the time of a claimed signature against `now`; answers the partition of its Region.
///
/// # Errors
/// 400 `IncompleteSignature` for an unreadable time, 403 `SignatureDoesNotMatch` for everything else.
pub(super) fn check(
    claimed: &Authorization<'_>,
    scope: &Scope<'_>,
    service: &str,
    now: DateTime<Utc>,
) -> Result<&'static str, Refusal> {
    let Some(signed) = parse_time(&claimed.time) else {
        return Err(Refusal::incomplete(format!(
            "Date must be in ISO-8601 'basic format'. Got '{}'. See http://en.wikipedia.org/wiki/ISO_8601",
            claimed.time
        )));
    };
    let Some(partition) = partition_of(scope.region) else {
        return Err(Refusal::signature(format!(
            "Credential should be scoped to a valid region, not '{}'. ",
            scope.region
        )));
    };
    if scope.service != service {
        return Err(Refusal::signature(format!("Credential should be scoped to correct service: '{service}'. ")));
    }
    if scope.terminator != "aws4_request" {
        return Err(Refusal::signature(format!(
            "Credential should be scoped with a valid terminator: 'aws4_request', not '{}'. ",
            scope.terminator
        )));
    }
    if claimed.time.get(..8) != Some(scope.date) {
        return Err(Refusal::signature(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', from '{}'.",
            scope.date,
            claimed.time.get(..8).unwrap_or_default(),
            claimed.time
        )));
    }
    check_age(claimed, signed, now)?;
    Ok(partition)
}

fn check_age(claimed: &Authorization<'_>, signed: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
    let window = claimed.presigned.unwrap_or(WINDOW);
    let earliest = now - TimeDelta::seconds(window);
    if signed < earliest {
        return Err(Refusal::signature(format!(
            "Signature expired: {} is now earlier than {} ({} - {}.)",
            claimed.time,
            basic(earliest),
            basic(now),
            span(window)
        )));
    }
    let latest = now + TimeDelta::seconds(WINDOW);
    if signed > latest {
        return Err(Refusal::signature(format!(
            "Signature not yet current: {} is still later than {} ({} + {}.)",
            claimed.time,
            basic(latest),
            basic(now),
            span(WINDOW)
        )));
    }
    Ok(())
}

fn basic(time: DateTime<Utc>) -> String {
    time.format("%Y%m%dT%H%M%SZ").to_string()
}

fn span(seconds: i64) -> String {
    if seconds % 60 == 0 { format!("{} min", seconds / 60) } else { format!("{seconds} sec") }
}

/// Reads `20260102T030405Z` and nothing else. By hand, since chrono's format language costs a microsecond per request.
fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        bytes[range]
            .iter()
            .try_fold(0_u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
    };
    let year = i32::try_from(number(0..4)?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, number(4..6)?, number(6..8)?)?;
    Some(day.and_hms_opt(number(9..11)?, number(11..13)?, number(13..15)?)?.and_utc())
}

/// The partition of a Region's name, if it has the form of one.
fn partition_of(region: &str) -> Option<&'static str> {
    let (rest, number) = region.rsplit_once('-')?;
    let (prefix, place) = rest.rsplit_once('-')?;
    let word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase());
    if !word(place) || number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    PREFIXES.iter().find(|(_, prefixes)| prefixes.contains(&prefix)).map(|(partition, _)| *partition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_belong_to_their_partition() {
        for (region, partition) in [
            ("us-east-1", Some("aws")),
            ("mx-central-1", Some("aws")),
            ("cn-north-1", Some("aws-cn")),
            ("us-gov-west-1", Some("aws-us-gov")),
            ("eusc-de-east-1", Some("aws-eusc")),
            ("aws-global", None),
            ("us-east", None),
            ("us-east-", None),
            ("us--1", None),
            ("moon-east-1", None),
            ("", None),
        ] {
            assert_eq!(partition_of(region), partition, "{region}");
        }
    }

    #[test]
    fn times_are_read_in_basic_form_only() {
        assert_eq!(parse_time("20260102T030405Z").unwrap().to_rfc3339(), "2026-01-02T03:04:05+00:00");
        for bad in
            ["2026-01-02T03:04:05Z", "20261302T030405Z", "20260102T250405Z", "20260102T030405", "", "2026010２T0304Z"]
        {
            assert!(parse_time(bad).is_none(), "{bad}");
        }
    }
}
