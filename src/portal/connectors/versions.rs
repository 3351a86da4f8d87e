//! What a connector was before: its versions, how they differ, and the form of an earlier one.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::ConnectorForm;
use crate::app::App;
use crate::model::api_token::Part;
use crate::model::principal::PrincipalType;
use crate::model::session::write_duration;
use crate::portal::reach::{Reach, changeable};
use crate::portal::{PortalError, Who};
use crate::store::connectors::Head;
use crate::store::{DbConnection, StoreError, connector_versions, connectors, key_list};

/// The most versions of a page.
pub const ROWS: usize = 50;

/// A version in the list.
#[derive(Clone, Debug)]
pub struct VersionStatus {
    /// Which.
    pub version: i32,
    /// When it was saved.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// The labels of what it changed; empty for the first one, and where nothing did.
    pub changed: Vec<&'static str>,
}

/// What differs between two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The field's label.
    pub label: &'static str,
    /// What it was.
    pub before: String,
    /// What it is then.
    pub after: String,
}

/// A connector and its versions, newest first; from the one before `before` on where that is asked for.
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn list(
    app: &App,
    who: &Who,
    id: &str,
    before: Option<i32>,
) -> Result<(Head, Vec<VersionStatus>, bool), PortalError> {
    changeable(app, who, Part::Connectors, id).await?;
    let id = id.to_owned();
    let to = before.map_or(i32::MAX, |before| before.saturating_sub(1));
    let read = app.database.read(move |connection| {
        let head = connectors::head(connection, &id)?;
        // One more than is shown, for what the last one changed.
        let most = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
        Ok((head, connector_versions::up_to(connection, &id, to, most)?))
    });
    let (head, versions) = read.await?;
    let contents: Vec<Value> = versions.iter().map(connector_versions::Version::content).collect();
    let status = |(at, version): (usize, &connector_versions::Version)| VersionStatus {
        version: version.version,
        at: version.saved_at(),
        by: version.saved_by.clone(),
        changed: contents
            .get(at + 1)
            .map(|before| changes(before, &contents[at]).into_iter().map(|change| change.label).collect())
            .unwrap_or_default(),
    };
    let rows = versions.iter().enumerate().take(ROWS).map(status).collect();
    Ok((head, rows, versions.len() > ROWS))
}

/// A version, whole.
#[derive(Clone, Debug)]
pub struct WholeVersion {
    /// Which.
    pub version: i32,
    /// When it was saved.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// What the connector was called then.
    pub name: String,
    /// The version in force; `None`: the connector was deleted.
    pub current: Option<i32>,
    /// Every field of the form that the version has a word on, by its label, in the order of the form; some are empty.
    pub fields: Vec<(&'static str, String)>,
}

/// A version of a connector; of a deleted one too, since uses of it stay in the record.
///
/// # Errors
/// [`PortalError::NotFound`] where there is no such version, or where the caller does not administer.
pub async fn whole(app: &App, who: &Who, id: &str, version: i32) -> Result<WholeVersion, PortalError> {
    changeable(app, who, Part::Connectors, id).await?;
    let (id, reach) = (id.to_owned(), who.reach(Part::Connectors)?);
    let read = app.database.read(move |connection| {
        let found = connector_versions::find(connection, &id, version)?;
        let current = match connectors::head(connection, &id) {
            Ok(head) => Some(head.version),
            Err(StoreError::NotFound) => None,
            Err(error) => return Err(error),
        };
        let mut content = open_content(connection, &reach, &id, &found)?;
        name_key(connection, &mut content)?;
        Ok(WholeVersion {
            version: found.version,
            at: found.saved_at(),
            by: found.saved_by,
            name: text(&content["name"]),
            current,
            fields: FIELDS.iter().map(|(key, label)| (*label, shown(&content, key))).collect(),
        })
    });
    Ok(read.await?)
}

/// What a version holds, as far as it may be shown: whoever is restricted sees the external ids of the roles that the connector
/// calls now, with the key that it calls them with; an earlier version may have lain outside of their reach.
fn open_content(
    connection: &mut DbConnection,
    reach: &Reach,
    id: &str,
    found: &connector_versions::Version,
) -> Result<Value, StoreError> {
    let mut content = found.content();
    if reach.is_everywhere() {
        return Ok(content);
    }
    let head = connectors::head(connection, id)?;
    let now = connector_versions::find(connection, id, head.version)?.content();
    let called = |content: &Value| {
        let hops = content["through"].as_array().into_iter().flatten().map(|hop| text(&hop["roleArn"]));
        let roles: Vec<String> = hops.chain([text(&content["roleArn"])]).collect();
        (text(&content["accessKeyId"]), roles)
    };
    if called(&content) != called(&now) {
        if !content["externalId"].is_null() {
            content["externalId"] = Value::Null;
        }
        for hop in content["through"].as_array_mut().into_iter().flatten() {
            hop["externalId"] = Value::Null;
        }
    }
    Ok(content)
}

/// People know an access key by its name.
fn name_key(connection: &mut DbConnection, content: &mut Value) -> Result<(), StoreError> {
    let key = text(&content["accessKeyId"]);
    let names = key_list::names_of(connection, [key.as_str()].into_iter())?;
    content["accessKeyId"] = names.get(&key).cloned().unwrap_or_else(|| format!("{key} (deleted)")).into();
    Ok(())
}

/// What differs between two versions of a connector.
///
/// # Errors
/// [`PortalError::NotFound`] where there is no such version, or where the caller does not administer.
pub async fn compare(app: &App, who: &Who, id: &str, versions: (i32, i32)) -> Result<Vec<Change>, PortalError> {
    changeable(app, who, Part::Connectors, id).await?;
    let (id, reach) = (id.to_owned(), who.reach(Part::Connectors)?);
    let read = app.database.read(move |connection| {
        let mut content = |version: i32| {
            let found = connector_versions::find(connection, &id, version)?;
            open_content(connection, &reach, &id, &found)
        };
        let (mut before, mut after) = (content(versions.0)?, content(versions.1)?);
        name_key(connection, &mut before)?;
        name_key(connection, &mut after)?;
        Ok(changes(&before, &after))
    });
    Ok(read.await?)
}

/// The form of an earlier version, to be saved as the next one; `current` is the version that it is saved over.
///
/// # Errors
/// [`PortalError::NotFound`] where there is no such version, or where the caller does not administer.
pub async fn form_of(app: &App, who: &Who, id: &str, version: i32, current: i32) -> Result<ConnectorForm, PortalError> {
    changeable(app, who, Part::Connectors, id).await?;
    let (id, reach) = (id.to_owned(), who.reach(Part::Connectors)?);
    let read = app.database.read(move |connection| {
        let found = connector_versions::find(connection, &id, version)?;
        open_content(connection, &reach, &id, &found)
    });
    let content = read.await?;
    let get = |key: &str| text(&content[key]);
    let yes = |key: &str| content[key].as_bool().unwrap_or_default();
    let (tags, transitive_tags) = tags(&content["sessionTags"]);
    Ok(ConnectorForm {
        name: get("name"),
        slug: get("slug"),
        description: get("description"),
        principal_type: get("principalType"),
        access_key: get("accessKeyId"),
        through: hops(&content["through"]),
        role_arn: get("roleArn"),
        external_id: get("externalId"),
        source_identity: source_identity(&content["sourceIdentity"]).to_owned(),
        tags,
        transitive_tags,
        policy: get("policy"),
        policy_arns: get("policyArns"),
        omit_policy: yes("omitPolicy"),
        duration: seconds(&content["durationSeconds"]),
        region: get("region"),
        console_start: get("consoleStart"),
        system_scope: yes("systemScope"),
        enabled: yes("enabled"),
        open_without_asking: yes("openWithoutAsking"),
        registry_tokens_outlive: yes("registryTokensOutlive"),
        groups: String::new(),
        version: current,
        restored: version,
    })
}

/// The label of the inline policy.
pub const POLICY: &str = "Session policy";

/// The fields of a version's content, in the order of the form, with their labels.
const FIELDS: [(&str, &str); 21] = [
    ("principalType", "Type"),
    ("accessKeyId", "Access key"),
    ("through", "Roles on the way"),
    ("roleArn", "Role ARN"),
    ("externalId", "External id"),
    ("sourceIdentity", "Source identity"),
    ("partition", "Partition"),
    ("name", "Name"),
    ("slug", "Slug"),
    ("description", "Description"),
    ("policy", POLICY),
    ("policyArns", "Managed policies"),
    ("omitPolicy", "Go without a policy"),
    ("sessionTags", "Session tags"),
    ("durationSeconds", "Valid for"),
    ("region", "Region"),
    ("consoleStart", "Console start page"),
    ("systemScope", "System scope"),
    ("enabled", "Enabled"),
    ("openWithoutAsking", "Open links without asking"),
    ("registryTokensOutlive", "Registry log-ins may outlive the session"),
];

fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let change = |(key, label): &(&str, &'static str)| {
        let (before, after) = (shown(before, key), shown(after, key));
        (before != after).then_some(Change { label, before, after })
    };
    FIELDS.iter().filter_map(change).collect()
}

/// A field as the form has it.
fn shown(content: &Value, key: &str) -> String {
    match key {
        "through" => hops(&content[key]),
        "sessionTags" => {
            let (tags, transitive) = tags(&content[key]);
            if transitive.is_empty() { tags } else { format!("{tags}\nTransitive: {transitive}") }
        }
        "principalType" => {
            let word = text(&content[key]);
            PrincipalType::parse(&word).map_or(word, |kind| kind.label().to_owned())
        }
        "sourceIdentity" => source_identity(&content[key]).to_owned(),
        "durationSeconds" => seconds(&content[key]),
        // Earlier versions do not have it.
        "registryTokensOutlive" if content[key].is_null() => text(&Value::Bool(false)),
        _ => text(&content[key]),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().map(text).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

fn seconds(value: &Value) -> String {
    value.as_u64().and_then(|seconds| u32::try_from(seconds).ok()).map(write_duration).unwrap_or_default()
}

/// Earlier versions have a yes or no.
fn source_identity(value: &Value) -> &str {
    match value {
        Value::Bool(true) => "on",
        Value::String(word) => word,
        _ => "off",
    }
}

fn hops(value: &Value) -> String {
    let hop = |hop: &Value| format!("{} {}", text(&hop["roleArn"]), text(&hop["externalId"])).trim_end().to_owned();
    value.as_array().into_iter().flatten().map(hop).collect::<Vec<_>>().join("\n")
}

fn tags(value: &Value) -> (String, String) {
    let tags: Vec<&Value> = value.as_array().into_iter().flatten().collect();
    let lines: Vec<String> =
        tags.iter().map(|tag| format!("{} = {}", text(&tag["key"]), text(&tag["value"]))).collect();
    let keys: Vec<String> = tags.iter().filter(|tag| tag["transitive"] == true).map(|tag| text(&tag["key"])).collect();
    (lines.join("\n"), keys.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_a_change() {
        let before = json!({
            "name": "A", "policyArns": ["x", "y"], "sourceIdentity": true, "durationSeconds": 3600, "enabled": true,
            "sessionTags": [{"key": "a", "value": "1", "transitive": true}],
        });
        let mut after = before.clone();
        after["sourceIdentity"] = "on".into();
        assert_eq!(changes(&before, &after), [], "a yes of earlier versions is on");
        after["policyArns"] = json!(["x"]);
        after["durationSeconds"] = Value::Null;
        after["enabled"] = false.into();
        after["through"] = json!([{"roleArn": "arn:x", "externalId": "e"}]);
        after["sessionTags"][0]["transitive"] = false.into();
        let change =
            |label, before: &str, after: &str| Change { label, before: before.to_owned(), after: after.to_owned() };
        let expected = [
            change("Roles on the way", "", "arn:x e"),
            change("Managed policies", "x\ny", "x"),
            change("Session tags", "a = 1\nTransitive: a", "a = 1"),
            change("Valid for", "1h", ""),
            change("Enabled", "yes", "no"),
        ];
        assert_eq!(changes(&before, &after), expected);
    }
}
