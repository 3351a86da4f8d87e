//! What whoever administers connectors sees of them: everything.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::usable::UsableConnector;
use crate::model::connector::Connector;
use crate::model::credentials::rfc3339;
use crate::model::hop::Hop;
use crate::model::policy::Policy;
use crate::model::principal::{Principal, SourceIdentity};
use crate::model::session_tag::SessionTag;
use crate::portal::connectors::whole::Whole;

/// A connector with all that administrators set of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0193f6a1-0000-7000-8000-000000000001", "slug": "payments-read-only", "name": "Payments, read only",
    "description": "Looking, not touching", "type": "assume_role", "accessKeyId": "0193f6a1-0000-7000-8000-000000000005",
    "through": [], "roleArn": "arn:aws:iam::123456789012:role/ReadOnly", "externalId": null, "sourceIdentity": "off",
    "sessionTags": [{"key": "team", "value": "{{user.attribute.team}}", "transitive": false}], "policy": null,
    "policyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"], "omitPolicy": false, "duration": 3600, "region": null,
    "consoleStart": "", "systemScope": false, "enabled": true, "openWithoutAsking": false, "registryTokensOutlive": false,
    "partition": "aws", "accountId": "123456789012", "console": true, "changeable": true, "version": 1,
    "createdAt": "2030-01-01T12:00:00Z", "updatedAt": "2030-01-01T12:00:00Z"
}))]
pub struct ConnectorEntry {
    /// Never changes.
    #[schema(format = "uuid")]
    id: String,
    /// For addresses and commands; an old one goes on leading here.
    slug: String,
    /// What people call it; unique without regard to case.
    name: String,
    /// One line for the people who use it; may be empty.
    description: String,
    /// Which call gives its credentials.
    #[serde(rename = "type")]
    #[schema(pattern = "^(assume_role|federated_user|iam_user|provided)$")]
    kind: &'static str,
    /// The id of the access key that calls AWS: Daypass's, not AWS's.
    #[schema(format = "uuid")]
    access_key_id: String,
    /// The roles to assume first, in order; most often none.
    through: Vec<RoleOnTheWay>,
    /// The role, of `assume_role`; else null.
    role_arn: Option<String>,
    /// What the role's trust policy asks for; null where it is none, and where the caller may not change the connector.
    external_id: Option<String>,
    /// Whether the person's name is sent as SourceIdentity too; `required`: programs get nothing.
    #[schema(pattern = "^(off|on|required)$")]
    source_identity: &'static str,
    /// What its sessions carry.
    session_tags: Vec<Tag>,
    /// The inline session policy as it was typed; null where there is none.
    policy: Option<String>,
    /// ARNs of managed policies that narrow its sessions.
    policy_arns: Vec<String>,
    /// Whether a federated user goes without a policy, and so may do nothing but what resource policies allow.
    omit_policy: bool,
    /// How long its sessions last at most, in seconds; null is AWS's default.
    duration: Option<u32>,
    /// The region whose STS is asked and whose console opens; null is the partition's home region.
    region: Option<String>,
    /// What the console opens with: a path or an address of it; empty is its home page.
    console_start: String,
    /// Whether programs' tokens may use it.
    system_scope: bool,
    /// Whether it hands out anything.
    enabled: bool,
    /// Whether links to known pages of the console open without asking.
    open_without_asking: bool,
    /// Whether log-ins to registries may go on after the session.
    registry_tokens_outlive: bool,
    /// The AWS partition: its access key's.
    partition: String,
    /// The AWS account that it leads into: the role's or the access key's; null where that is not known.
    #[schema(pattern = "^[0-9]{12}$")]
    account_id: Option<String>,
    /// Whether it opens the console.
    console: bool,
    /// Whether the caller may change it.
    changeable: bool,
    /// Counts its changes; the `ETag` too.
    version: i32,
    /// When it was made.
    #[schema(format = "date-time")]
    created_at: String,
    /// When it was saved last.
    #[schema(format = "date-time")]
    updated_at: String,
}

/// A role that is assumed on the way to the last one.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleOnTheWay {
    /// The role.
    role_arn: String,
    /// What its trust policy asks for; null as above.
    external_id: Option<String>,
}

/// A session tag.
#[derive(Serialize, ToSchema)]
pub struct Tag {
    /// Its key.
    key: String,
    /// Its value, with placeholders.
    value: String,
    /// Whether the roles that a session assumes further carry it too.
    transitive: bool,
}

impl ConnectorEntry {
    /// A connector as it stands.
    #[must_use]
    pub fn of(whole: Whole) -> Self {
        let Whole { connector, created_at, changeable } = whole;
        let (kind, region) = (connector.principal.kind(), connector.region.clone());
        let (role_arn, external_id, source_identity) = role(&connector);
        let policies = connector.principal.policies();
        Self {
            slug: connector.slug.clone(),
            name: connector.name.clone(),
            description: connector.description.clone(),
            kind: kind.word(),
            access_key_id: connector.access_key_id.clone(),
            through: connector.principal.through().iter().map(RoleOnTheWay::of).collect(),
            role_arn,
            external_id,
            source_identity: source_identity.word(),
            session_tags: connector.principal.tags().iter().map(Tag::of).collect(),
            policy: policies
                .and_then(|policies| policies.inline.as_ref())
                .map(|policy| Policy::text(policy).to_owned()),
            policy_arns: policies.map(|policies| policies.arns.clone()).unwrap_or_default(),
            omit_policy: matches!(connector.principal, Principal::FederatedUser { policies: None, .. }),
            duration: connector.duration,
            region,
            console_start: connector.console_start.clone(),
            system_scope: connector.system_scope,
            enabled: connector.enabled,
            open_without_asking: connector.open_without_asking,
            registry_tokens_outlive: connector.registry_tokens_outlive,
            partition: connector.partition.to_string(),
            account_id: connector.account_id.clone(),
            console: kind.opens_console(),
            changeable,
            version: connector.version,
            created_at: rfc3339(created_at),
            updated_at: rfc3339(connector.updated_at),
            id: connector.id,
        }
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> i32 {
        self.version
    }
}

fn role(connector: &Connector) -> (Option<String>, Option<String>, SourceIdentity) {
    match &connector.principal {
        Principal::AssumeRole { role, external_id, source_identity, .. } => {
            (Some(role.as_str().to_owned()), external_id.clone(), *source_identity)
        }
        _ => (None, None, SourceIdentity::Off),
    }
}

impl RoleOnTheWay {
    fn of(hop: &Hop) -> Self {
        Self { role_arn: hop.role.as_str().to_owned(), external_id: hop.external_id.clone() }
    }
}

impl Tag {
    fn of(tag: &SessionTag) -> Self {
        Self { key: tag.key.clone(), value: tag.value.clone(), transitive: tag.transitive }
    }
}

/// A connector, as much of it as the caller may see.
#[derive(Serialize)]
#[serde(untagged)]
pub enum SeenConnector {
    /// What whoever may use it sees.
    Usable(UsableConnector),
    /// What whoever administers connectors sees.
    Whole(Box<ConnectorEntry>),
}

impl PartialSchema for SeenConnector {
    /// Any of the two, not one: the whole one has all that the other has.
    fn schema() -> RefOr<Schema> {
        let of = |name: Cow<'static, str>| Ref::from_schema_name(name);
        AnyOfBuilder::new().item(of(UsableConnector::name())).item(of(ConnectorEntry::name())).into()
    }
}

impl ToSchema for SeenConnector {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((UsableConnector::name().into_owned(), UsableConnector::schema()));
        schemas.push((ConnectorEntry::name().into_owned(), ConnectorEntry::schema()));
        UsableConnector::schemas(schemas);
        ConnectorEntry::schemas(schemas);
    }
}

/// A page of connectors.
#[derive(Serialize, ToSchema)]
pub struct ConnectorPage {
    /// By name.
    pub connectors: Vec<SeenConnector>,
    /// The path and query of the next page; null on the last one.
    pub next: Option<String>,
}
