//! The form of a connector as it arrives.

use serde::Deserialize;

use super::hops::TypedHops;
use crate::portal::connectors::ConnectorForm;

/// The form as it arrives. `insert` is the id of an example whose button was pressed, `generate` says that the button for a
/// new external id was, and `go` which one beside the access key.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    slug: String,
    description: String,
    principal_type: String,
    access_key: String,
    #[serde(flatten)]
    hops: TypedHops,
    /// The button of the roles on the way that was pressed.
    pub(super) hop: String,
    role_arn: String,
    external_id: String,
    source_identity: String,
    tags: String,
    transitive_tags: String,
    policy: String,
    policy_arns: String,
    omit_policy: bool,
    duration: String,
    region: String,
    console_start: String,
    groups: String,
    system_scope: bool,
    enabled: bool,
    open_without_asking: bool,
    registry_tokens_outlive: bool,
    version: i32,
    restored: i32,
    pub(super) insert: String,
    pub(super) generate: bool,
    pub(super) go: String,
}

impl Typed {
    /// What was typed, without the buttons.
    #[must_use]
    pub fn form(self) -> ConnectorForm {
        ConnectorForm {
            name: self.name,
            slug: self.slug,
            description: self.description,
            principal_type: self.principal_type,
            access_key: self.access_key,
            through: self.hops.text(),
            role_arn: self.role_arn,
            external_id: self.external_id,
            source_identity: self.source_identity,
            tags: self.tags,
            transitive_tags: self.transitive_tags,
            policy: self.policy,
            policy_arns: self.policy_arns,
            omit_policy: self.omit_policy,
            duration: self.duration,
            region: self.region,
            console_start: self.console_start,
            system_scope: self.system_scope,
            enabled: self.enabled,
            open_without_asking: self.open_without_asking,
            registry_tokens_outlive: self.registry_tokens_outlive,
            groups: self.groups,
            version: self.version,
            restored: self.restored,
        }
    }
}
