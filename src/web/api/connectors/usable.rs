//! What whoever may use a connector sees of it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::connector::Connector;
use crate::model::summary::Summary;

/// A connector that the caller may use.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0193f6a1-0000-7000-8000-000000000001", "slug": "payments-read-only", "name": "Payments, read only",
    "description": "Looking, not touching", "type": "assume_role", "accountId": "123456789012", "partition": "aws",
    "systemScope": false, "console": true
}))]
pub struct UsableConnector {
    /// Never changes.
    #[schema(format = "uuid")]
    id: String,
    /// For addresses and commands; an old one goes on leading here.
    slug: String,
    /// What people call it.
    name: String,
    /// One line about it; may be empty.
    description: String,
    /// Which call gives its credentials.
    #[serde(rename = "type")]
    #[schema(pattern = "^(assume_role|federated_user|iam_user|provided)$")]
    kind: &'static str,
    /// The AWS account that it leads into; null where that is not known.
    #[schema(pattern = "^[0-9]{12}$")]
    account_id: Option<String>,
    /// The AWS partition.
    partition: String,
    /// Whether programs' tokens may use it.
    system_scope: bool,
    /// Whether it opens the console.
    console: bool,
}

impl UsableConnector {
    /// What a list knows of it.
    #[must_use]
    pub fn of_summary(summary: &Summary) -> Self {
        Self {
            id: summary.id.clone(),
            slug: summary.slug.clone(),
            name: summary.name.clone(),
            description: summary.description.clone(),
            kind: summary.kind.word(),
            account_id: summary.account.as_ref().map(|account| account.account_id.clone()),
            partition: summary.partition.to_string(),
            system_scope: summary.system_scope,
            console: summary.kind.opens_console(),
        }
    }

    /// The same of the connector itself.
    #[must_use]
    pub fn of(connector: Connector) -> Self {
        let kind = connector.principal.kind();
        Self {
            id: connector.id,
            slug: connector.slug,
            name: connector.name,
            description: connector.description,
            kind: kind.word(),
            account_id: connector.account_id,
            partition: connector.partition.to_string(),
            system_scope: connector.system_scope,
            console: kind.opens_console(),
        }
    }
}
