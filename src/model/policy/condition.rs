//! The conditions of a statement: operators, keys and values.
//!
//! IAM User Guide, “IAM JSON policy elements: Condition operators” and “Grammar of the IAM JSON policy language”.

use std::net::IpAddr;

use super::finding::{Findings, quoted};
use super::json::{Member, Node, Value};
use super::names::has_placeholder;
use super::nearest::or_meant;

/// Every operator without prefix and suffix.
const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];
const SETS: [&str; 2] = ["ForAllValues:", "ForAnyValue:"];
const IF_EXISTS: &str = "IfExists";

/// Checks the value of `Condition`.
pub(super) fn check(node: &Node, text: &str, found: &mut Findings) {
    let Value::Object(operators) = &node.value else {
        found.error(&node.at, "A condition is an object of operators: { \"StringEquals\": { \"key\": \"value\" } }.");
        return;
    };
    if operators.is_empty() {
        found.warning(&node.at, "This condition is empty; the statement counts without one.");
    }
    for member in operators {
        let operator = operator(member, found);
        keys(&member.value, operator.unwrap_or_default(), text, found);
    }
}

/// The operator's name without prefix and suffix.
fn operator(member: &Member, found: &mut Findings) -> Option<&'static str> {
    let name = member.name.as_str();
    let bare = SETS.iter().find_map(|set| name.strip_prefix(set)).unwrap_or(name);
    let of = |bare: &str| OPERATORS.into_iter().find(|known| *known == bare);
    if let Some(known) = of(bare) {
        return Some(known);
    }
    match bare.strip_suffix(IF_EXISTS).and_then(of) {
        Some("Null") => {
            found.error(&member.at, "“Null” asks whether a key is there; it takes no “IfExists”.");
            return Some("Null");
        }
        Some(known) => return Some(known),
        None => {}
    }
    let base = bare.strip_suffix(IF_EXISTS).unwrap_or(bare);
    let otherwise = ". Examples are StringEquals, StringLike, ArnLike, Bool and IpAddress.";
    let meant = or_meant(base, &OPERATORS, otherwise);
    found.error(&member.at, format!("{} is no condition operator{meant}", quoted(name)));
    None
}

fn keys(node: &Node, operator: &str, text: &str, found: &mut Findings) {
    let Value::Object(keys) = &node.value else {
        found.error(
            &node.at,
            "An operator holds an object of condition keys: { \"aws:RequestedRegion\": \"eu-west-1\" }.",
        );
        return;
    };
    if keys.is_empty() {
        found.warning(&node.at, "This operator has no condition key, so it asks nothing.");
    }
    for key in keys {
        if !key.name.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty()) {
            let sentence = "is no condition key; they begin with aws: or a service, for example aws:RequestedRegion.";
            found.error(&key.at, format!("{} {sentence}", quoted(&key.name)));
        }
        match &key.value.value {
            Value::List(values) if values.is_empty() => {
                found.warning(&key.value.at, "The list is empty, so nothing matches it.");
            }
            Value::List(values) => values.iter().for_each(|value| one(value, operator, text, found)),
            _ => one(&key.value, operator, text, found),
        }
    }
}

/// One value. What an operator cannot compare is taken by AWS and never matches.
fn one(node: &Node, operator: &str, text: &str, found: &mut Findings) {
    let value = match &node.value {
        Value::Text(value) => value.as_str(),
        Value::Number => text.get(node.at.clone()).unwrap_or_default(),
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Null | Value::List(_) | Value::Object(_) => {
            found.error(&node.at, "A condition compares with a text, a number, true or false, or a list of these.");
            return;
        }
    };
    if value.contains("${") || has_placeholder(value) {
        return;
    }
    if operator.starts_with("Date") && !is_date(value) {
        let sentence =
            format!("“{operator}” compares with a time such as 2026-11-21T00:00:00Z, not with {}.", quoted(value));
        return found.error(&node.at, sentence);
    }
    let (fits, what) = match operator {
        "Bool" | "Null" => (["true", "false"].iter().any(|b| b.eq_ignore_ascii_case(value)), "true or false"),
        "IpAddress" | "NotIpAddress" => (is_address(value), "an address or range such as 203.0.113.0/24"),
        _ if operator.starts_with("Numeric") => (value.parse::<f64>().is_ok(), "a number"),
        _ => (true, ""),
    };
    if !fits {
        found.warning(&node.at, format!("“{operator}” compares with {what}; {} never matches.", quoted(value)));
    }
}

/// An IPv4 or IPv6 address, or a range in CIDR notation.
fn is_address(value: &str) -> bool {
    let (address, bits) = value.split_once('/').map_or((value, None), |(address, bits)| (address, Some(bits)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    bits.is_none_or(|bits| bits.parse::<u8>().is_ok_and(|bits| bits <= most))
}

/// A time as IAM reads it, which is more than ISO 8601: parts may be missing at the end, a zone too; or seconds since 1970.
fn is_date(value: &str) -> bool {
    let number = |part: &str, least: u64, most: u64| {
        part.bytes().all(|b| b.is_ascii_digit()) && part.parse::<u64>().is_ok_and(|n| (least..=most).contains(&n))
    };
    if !value.contains(['t', 'T', '-']) {
        return number(value, 0, i64::MAX.unsigned_abs());
    }
    let (date, time) = value.split_once(['t', 'T']).unwrap_or((value, ""));
    let date: Vec<&str> = date.split('-').collect();
    let is_day = date.first().is_some_and(|year| number(year, 0, 9999))
        && date.get(1).is_none_or(|month| number(month, 1, 12))
        && date.get(2).is_none_or(|day| number(day, 1, 31))
        && date.len() <= 3;
    let mut clock = time.splitn(3, ':');
    let hour = clock.next().is_none_or(|hour| hour.is_empty() || number(hour, 0, 23));
    let minute = clock.next().is_none_or(|minute| number(minute.trim_end_matches(['z', 'Z']), 0, 59));
    let rest = clock.next().unwrap_or("0");
    let second = rest.split(['.', '+', '-', 'z', 'Z']).next().is_some_and(|second| number(second, 0, 59));
    is_day && hour && minute && second && rest.chars().all(|c| c.is_ascii_digit() || ".+-:zZ".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["203.0.113.7", "203.0.113.0/24", "0.0.0.0/0", "::1", "2001:db8::/32", "::/128"] {
            assert!(is_address(good), "{good}");
        }
        for wrong in ["", "203.0.113", "203.0.113.0/33", "::/129", "203.0.113.0/", "10.0.0.0/8/8", "*"] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }

    #[test]
    fn dates() {
        for good in [
            "2026-11-21T10:00:00Z",
            "2026-11-21t10:00:00.5+01:00",
            "2026-11-21T10:00:59",
            "2026-11-21T10:00Z",
            "2026-11-21",
            "2026-11",
            "1795000000",
            "0",
        ] {
            assert!(is_date(good), "{good}");
        }
        for wrong in [
            "",
            "tomorrow",
            "2026-13-01",
            "2026-11-32",
            "2026-11-21-01",
            "21.11.2026",
            "2026-11-21T24:00:00Z",
            "2026-11-21T10:60:00Z",
            "2026-11-21T10:00:60Z",
            "2026-11-21T10:00:00 Uhr",
            "9223372036854775808",
            "1e9",
            "inf",
        ] {
            assert!(!is_date(wrong), "{wrong}");
        }
    }
}
