//! Connectors, their slugs and their versions.

mod free_slug;
mod json;
mod listed;
mod named;
pub mod routes;

use diesel::prelude::*;

use super::schema::{access_keys, connector_versions, connectors, slugs};
use super::{DbConnection, StoreError, time};
use crate::model::access_key::AccessKey;
use crate::model::connector::{Connector, folded};
use crate::model::partition::Partition;
use crate::model::policy::{Policy, SessionPolicies};
use crate::model::principal::{Principal, PrincipalType, RoleArn, SourceIdentity};

pub use free_slug::free_slug;
pub use listed::{Head, Listed, called, created};
use listed::{listed, read_or_say};
pub use named::{is_called, resolve, resolve_id};

#[derive(Queryable, Selectable)]
#[diesel(table_name = connectors)]
struct Row {
    id: String,
    slug: String,
    name: String,
    description: String,
    access_key_id: String,
    partition: String,
    account_id: Option<String>,
    principal_type: String,
    through: String,
    role_arn: Option<String>,
    external_id: Option<String>,
    source_identity: String,
    session_tags: String,
    policy: Option<String>,
    policy_arns: String,
    omit_policy: bool,
    duration_seconds: Option<i32>,
    region: Option<String>,
    console_start: String,
    system_scope: bool,
    enabled: bool,
    open_without_asking: bool,
    registry_tokens_outlive: bool,
    version: i32,
    updated_at: i64,
}

impl TryFrom<Row> for Connector {
    type Error = StoreError;

    /// The rules are those of the forms: a row that breaks them was changed by somebody else and is not used.
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let wrong = |sentence: String| StoreError::Damaged(format!("connector {}: {sentence}", row.id));
        let policies = SessionPolicies {
            inline: row.policy.as_deref().map(Policy::from_row).transpose().map_err(wrong)?,
            arns: row.policy_arns.lines().map(str::to_owned).collect(),
        };
        let principal = match PrincipalType::parse(&row.principal_type).map_err(wrong)? {
            PrincipalType::AssumeRole => Principal::AssumeRole {
                through: json::hops(&row.through).map_err(wrong)?,
                role: RoleArn::parse(row.role_arn.as_deref().unwrap_or_default()).map_err(wrong)?,
                external_id: row.external_id,
                source_identity: SourceIdentity::parse(&row.source_identity).map_err(wrong)?,
                policies,
                tags: json::tags(&row.session_tags).map_err(wrong)?,
            },
            PrincipalType::FederatedUser => Principal::FederatedUser {
                policies: (!row.omit_policy).then_some(policies),
                tags: json::tags(&row.session_tags).map_err(wrong)?,
            },
            PrincipalType::IamUser => Principal::IamUser,
            PrincipalType::Provided => Principal::Provided,
        };
        Ok(Self {
            partition: Partition::parse(&row.partition).map_err(wrong)?,
            principal,
            id: row.id,
            slug: row.slug,
            name: row.name,
            description: row.description,
            access_key_id: row.access_key_id,
            account_id: row.account_id,
            duration: row.duration_seconds.and_then(|seconds| u32::try_from(seconds).ok()),
            region: row.region,
            console_start: row.console_start,
            system_scope: row.system_scope,
            enabled: row.enabled,
            open_without_asking: row.open_without_asking,
            registry_tokens_outlive: row.registry_tokens_outlive,
            version: row.version,
            updated_at: time::from(row.updated_at),
        })
    }
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = connectors, treat_none_as_null = true)]
struct Saved<'a> {
    slug: &'a str,
    name: &'a str,
    name_folded: String,
    description: &'a str,
    access_key_id: &'a str,
    partition: &'a str,
    account_id: Option<&'a str>,
    principal_type: &'a str,
    through: String,
    role_arn: Option<&'a str>,
    external_id: Option<&'a str>,
    source_identity: &'static str,
    session_tags: String,
    policy: Option<&'a str>,
    policy_arns: String,
    omit_policy: bool,
    duration_seconds: Option<i32>,
    region: Option<&'a str>,
    console_start: &'a str,
    system_scope: bool,
    enabled: bool,
    open_without_asking: bool,
    registry_tokens_outlive: bool,
    version: i32,
    updated_at: i64,
}

impl<'a> Saved<'a> {
    fn of(connector: &'a Connector, version: i32) -> Self {
        let (role_arn, external_id, source_identity) = match &connector.principal {
            Principal::AssumeRole { role, external_id, source_identity, .. } => {
                (Some(role.as_str()), external_id.as_deref(), *source_identity)
            }
            _ => (None, None, SourceIdentity::Off),
        };
        let policies = connector.principal.policies();
        Self {
            slug: &connector.slug,
            name: &connector.name,
            name_folded: folded(&connector.name),
            description: &connector.description,
            access_key_id: &connector.access_key_id,
            partition: connector.partition.id(),
            account_id: connector.account_id.as_deref(),
            principal_type: connector.principal.kind().word(),
            through: json::of_hops(connector.principal.through()),
            role_arn,
            external_id,
            source_identity: source_identity.word(),
            session_tags: json::of_tags(connector.principal.tags()),
            policy: policies.and_then(|p| p.inline.as_ref()).map(Policy::text),
            policy_arns: policies.map(|p| p.arns.join("\n")).unwrap_or_default(),
            omit_policy: matches!(connector.principal, Principal::FederatedUser { policies: None, .. }),
            duration_seconds: connector.duration.and_then(|seconds| i32::try_from(seconds).ok()),
            region: connector.region.as_deref(),
            console_start: &connector.console_start,
            system_scope: connector.system_scope,
            enabled: connector.enabled,
            open_without_asking: connector.open_without_asking,
            registry_tokens_outlive: connector.registry_tokens_outlive,
            version,
            updated_at: connector.updated_at.timestamp_millis(),
        }
    }

    fn content(&self) -> String {
        serde_json::json!({
            "slug": self.slug, "name": self.name, "description": self.description, "accessKeyId": self.access_key_id,
            "partition": self.partition, "principalType": self.principal_type,
            "through": json::value(&self.through), "roleArn": self.role_arn, "externalId": self.external_id,
            "sourceIdentity": self.source_identity, "sessionTags": json::value(&self.session_tags),
            "policy": self.policy, "policyArns": self.policy_arns.lines().collect::<Vec<_>>(), "omitPolicy": self.omit_policy,
            "durationSeconds": self.duration_seconds, "region": self.region,
            "consoleStart": self.console_start, "systemScope": self.system_scope,
            "enabled": self.enabled, "openWithoutAsking": self.open_without_asking,
            "registryTokensOutlive": self.registry_tokens_outlive,
        })
        .to_string()
    }
}

/// The connectors of these ids, damaged ones too, in no order.
///
/// # Errors
/// Where the database cannot be read.
pub fn listed_of(connection: &mut DbConnection, ids: &[String]) -> Result<Vec<Listed>, StoreError> {
    let columns = (Head::as_select(), Row::as_select());
    Ok(listed(connectors::table.filter(connectors::id.eq_any(ids)).select(columns).load(connection)?))
}

/// The connectors that call AWS as the same user as `key` does: with it, with another entry of the same key or of the same
/// surroundings, or with another key of the same user; by name.
///
/// # Errors
/// Where the database cannot be read.
pub fn of_same_user(connection: &mut DbConnection, key: &AccessKey) -> Result<Vec<Head>, StoreError> {
    // Surroundings have no key id: their kind stands for it, since there is but one of each.
    let same_key = access_keys::key_id.eq(&key.key_id).and(access_keys::source.eq(key.source.word()));
    let same_key = access_keys::partition.eq(key.partition.id()).and(same_key);
    let arn = key.validated.as_ref().map(|validated| validated.arn.as_str()).unwrap_or_default();
    let same = same_key.or(access_keys::arn.eq(arn).assume_not_null());
    let keys: Vec<String> = access_keys::table.filter(same).select(access_keys::id).load(connection)?;
    let rows = connectors::table
        .filter(connectors::access_key_id.eq_any(keys))
        .select(Head::as_select())
        .order(connectors::name_folded)
        .load(connection)?;
    Ok(rows)
}

/// The connectors that use an access key, by name.
///
/// # Errors
/// Where the database cannot be read.
pub fn of_access_key(connection: &mut DbConnection, access_key_id: &str) -> Result<Vec<Head>, StoreError> {
    let rows = connectors::table
        .filter(connectors::access_key_id.eq(access_key_id))
        .select(Head::as_select())
        .order(connectors::name_folded)
        .load(connection)?;
    Ok(rows)
}

/// The names of the first `most` connectors, by name.
///
/// # Errors
/// Where the database cannot be read.
pub fn names(connection: &mut DbConnection, most: i64) -> Result<Vec<String>, StoreError> {
    Ok(connectors::table.order(connectors::name_folded).select(connectors::name).limit(most).load(connection)?)
}

/// Brings the account of those connectors up to date that follow their access key's.
///
/// # Errors
/// Where the database cannot be written.
pub fn follow_account(connection: &mut DbConnection, access_key_id: &str, account_id: &str) -> Result<(), StoreError> {
    let following = connectors::table
        .filter(connectors::access_key_id.eq(access_key_id))
        .filter(connectors::principal_type.ne(PrincipalType::AssumeRole.word()));
    diesel::update(following).set(connectors::account_id.eq(account_id)).execute(connection)?;
    Ok(())
}

/// The connector with this id.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be read.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Connector, StoreError> {
    directly!(connection, |database| connectors::table.find(id).select(Row::as_select()).get_result::<Row>(database))?
        .try_into()
}

/// The row of the connector with this id.
///
/// # Errors
/// [`StoreError::NotFound`], or where the database cannot be read.
pub fn head(connection: &mut DbConnection, id: &str) -> Result<Head, StoreError> {
    Ok(connectors::table.find(id).select(Head::as_select()).get_result(connection)?)
}

/// Adds a connector, its first version and its slug.
///
/// # Errors
/// [`StoreError::Taken`] where name or slug are, a slug that another connector once had included.
pub fn insert(connection: &mut DbConnection, connector: &Connector, by: &str) -> Result<(), StoreError> {
    let saved = Saved::of(connector, 1);
    let content = saved.content();
    name_first(connection, connector)?;
    diesel::insert_into(connectors::table)
        .values((connectors::id.eq(&connector.id), connectors::created_at.eq(saved.updated_at), saved))
        .execute(connection)?;
    keep(connection, connector, 1, content, by)
}

/// Saves a connector over the version that was read, as the next one.
///
/// # Errors
/// [`StoreError::Stale`] where somebody else saved it since, [`StoreError::Taken`] where name or slug are.
pub fn update(connection: &mut DbConnection, connector: &Connector, by: &str) -> Result<(), StoreError> {
    let saved = Saved::of(connector, connector.version.saturating_add(1));
    let content = saved.content();
    name_first(connection, connector)?;
    let changed =
        diesel::update(connectors::table.find(&connector.id).filter(connectors::version.eq(connector.version)))
            .set(saved)
            .execute(connection)?;
    if changed == 0 {
        find(connection, &connector.id)?;
        return Err(StoreError::Stale);
    }
    keep(connection, connector, connector.version.saturating_add(1), content, by)
}

/// Where another connector has both name and slug, the name is what people are told of. The databases themselves name either.
fn name_first(connection: &mut DbConnection, connector: &Connector) -> Result<(), StoreError> {
    let others: i64 = connectors::table
        .filter(connectors::name_folded.eq(folded(&connector.name)))
        .filter(connectors::id.ne(&connector.id))
        .count()
        .get_result(connection)?;
    if others == 0 { Ok(()) } else { Err(StoreError::Taken("name")) }
}

/// Keeps the version that was just saved, and its slug for ever.
fn keep(
    connection: &mut DbConnection,
    connector: &Connector,
    version: i32,
    content: String,
    by: &str,
) -> Result<(), StoreError> {
    diesel::insert_into(connector_versions::table)
        .values((
            connector_versions::connector_id.eq(&connector.id),
            connector_versions::version.eq(version),
            connector_versions::content.eq(content),
            connector_versions::saved_at.eq(connector.updated_at.timestamp_millis()),
            connector_versions::saved_by.eq(by),
        ))
        .execute(connection)?;
    let owner: Option<String> =
        slugs::table.find(&connector.slug).select(slugs::connector_id).get_result(connection).optional()?;
    match owner {
        Some(owner) if owner == connector.id => Ok(()),
        Some(_) => Err(StoreError::Taken("slug")),
        None => {
            diesel::insert_into(slugs::table)
                .values((slugs::slug.eq(&connector.slug), slugs::connector_id.eq(&connector.id)))
                .execute(connection)?;
            Ok(())
        }
    }
}

/// Removes a connector, its grants and its tokens; where a `version` is named, only that one. Its slug and its versions stay.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none, [`StoreError::Stale`] where it has another version.
pub fn delete(connection: &mut DbConnection, id: &str, version: Option<i32>) -> Result<(), StoreError> {
    let removed = match version {
        Some(version) => {
            diesel::delete(connectors::table.find(id).filter(connectors::version.eq(version))).execute(connection)?
        }
        None => diesel::delete(connectors::table.find(id)).execute(connection)?,
    };
    if removed == 0 {
        head(connection, id)?;
        return Err(StoreError::Stale);
    }
    Ok(())
}
