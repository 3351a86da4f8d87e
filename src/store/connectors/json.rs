//! The lists in a connector's row, as JSON; an empty text is an empty list.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::hop::Hop;
use crate::model::principal::RoleArn;
use crate::model::session_tag::SessionTag;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HopRow {
    role_arn: String,
    external_id: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct TagRow {
    key: String,
    value: String,
    transitive: bool,
}

fn read<T: for<'a> Deserialize<'a>>(text: &str) -> Result<Vec<T>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn write<T: Serialize>(rows: &[T]) -> String {
    if rows.is_empty() { String::new() } else { serde_json::json!(rows).to_string() }
}

pub(super) fn hops(text: &str) -> Result<Vec<Hop>, String> {
    let hop = |row: HopRow| Ok(Hop { role: RoleArn::parse(&row.role_arn)?, external_id: row.external_id });
    read(text)?.into_iter().map(hop).collect()
}

pub(super) fn of_hops(hops: &[Hop]) -> String {
    let row = |hop: &Hop| HopRow { role_arn: hop.role.as_str().to_owned(), external_id: hop.external_id.clone() };
    write(&hops.iter().map(row).collect::<Vec<_>>())
}

pub(super) fn tags(text: &str) -> Result<Vec<SessionTag>, String> {
    let tag = |row: TagRow| SessionTag { key: row.key, value: row.value, transitive: row.transitive };
    Ok(read(text)?.into_iter().map(tag).collect())
}

pub(super) fn of_tags(tags: &[SessionTag]) -> String {
    let row = |tag: &SessionTag| TagRow { key: tag.key.clone(), value: tag.value.clone(), transitive: tag.transitive };
    write(&tags.iter().map(row).collect::<Vec<_>>())
}

/// A list as it stands in a version's content.
pub(super) fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::Array(Vec::new()))
}
