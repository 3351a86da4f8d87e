//! Times in the database: milliseconds since 1970, the same on both.

use chrono::{DateTime, Utc};

pub(super) fn from(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
}
