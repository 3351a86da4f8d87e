//! Values that may be written as text too, since environment variables know nothing else.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum OrText<T> {
    Value(T),
    Text(String),
}

pub(super) fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match OrText::deserialize(deserializer).map_err(|_| Error::custom("write true or false"))? {
        OrText::Value(value) => Ok(value),
        OrText::Text(text) => text.trim().parse().map_err(|_| Error::custom("write true or false")),
    }
}

pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match OrText::deserialize(deserializer).map_err(|_| Error::custom("write a whole number"))? {
        OrText::Value(value) => Ok(value),
        OrText::Text(text) => text.trim().parse().map_err(|_| Error::custom("write a whole number")),
    }
}

pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    match OrText::deserialize(deserializer).map_err(|_| Error::custom("write a list of texts"))? {
        OrText::Value(value) => Ok(value),
        OrText::Text(text) => {
            Ok(text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
        }
    }
}

pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let help = || Error::custom("write a duration such as \"500ms\", \"30s\", \"5m\" or \"12h\"");
    let text = String::deserialize(deserializer).map_err(|_| help())?;
    let (digits, unit) = text.trim().split_at(text.trim().trim_end_matches(|c: char| c.is_ascii_alphabetic()).len());
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        // Nothing is nothing in every unit.
        "" if digits.trim() == "0" => 1,
        _ => return Err(help()),
    };
    let number: u64 = digits.trim().parse().map_err(|_| help())?;
    number.checked_mul(factor).map(Duration::from_millis).ok_or_else(help)
}
