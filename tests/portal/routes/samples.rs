//! A request that fits each route.

use reqwest::Method;

const SEED: &str = "/rest/identity-federation-for-aws/{version}";

/// Of the REST API of Identity Federation for AWS. What changes something is not for the tokens of these tests.
fn seed(method: &Method, rest: &str) -> Option<Sample> {
    let status = match (method.as_str(), rest) {
        ("GET", "/connectors" | "/status/info" | "/connectors/{connector}") => 200,
        ("GET", "/connectors/{connector}/credentials" | "/connectors/{connector}/caller-identity") => 200,
        ("GET", "/connectors/{connector}/console/url") => 200,
        // Its sessions are shorter than a log-in to ECR, and no domain is named.
        ("GET", "/connectors/{connector}/ecr/credentials" | "/connectors/{connector}/codeartifact/credentials") => 422,
        ("POST", "/connectors" | "/accounts") | ("PUT" | "DELETE", "/connectors/{connector}") => 403,
        _ => return None,
    };
    let path = format!("{}{rest}", SEED.replace("{version}", "2.2")).replace("{connector}", "system");
    Some(Sample { path, form: &[], status })
}

/// A request that fits a route, and what somebody who may gets for it.
pub struct Sample {
    pub path: String,
    /// Sent as a form; to the API as JSON.
    pub form: &'static [(&'static str, &'static str)],
    pub status: u16,
}

/// What addresses are made of.
pub struct Ids {
    pub connector: String,
    pub key: String,
    pub event: i64,
    pub asset: String,
    pub account: String,
    pub person: String,
    pub example: String,
    pub local_person: String,
}

/// Sample requests. Those that would take something away name nothing that is there: whoever may is told 404, and nobody
/// else is told anything.
pub fn sample(method: &Method, pattern: &str, ids: &Ids) -> Option<Sample> {
    let missing = "0193f6a1-0000-7000-8000-000000000001";
    let (path, form, status): (String, &[_], u16) = match (method.as_str(), pattern) {
        ("GET", "/healthz" | "/readyz" | "/sign-in" | "/") => (pattern.to_owned(), &[], 200),
        ("GET", "/static/{hash}/{name}") => (ids.asset.clone(), &[], 200),
        ("GET" | "POST", "/setup") => (pattern.to_owned(), &[], 404),
        ("POST", "/sign-in") => (pattern.to_owned(), &[("username", "alice"), ("password", "")], 401),
        ("POST", "/sign-in/sso") => (pattern.to_owned(), &[("directory", "local")], 404),
        ("POST", "/sign-out") => (pattern.to_owned(), &[], 303),
        ("GET" | "POST", "/connectors/{connector}/credentials") => {
            ("/connectors/read-only/credentials".to_owned(), &[], 200)
        }
        ("GET", "/console/{connector}") => ("/console/read-only".to_owned(), &[], 200),
        ("POST", "/console/{connector}") => ("/console/read-only".to_owned(), &[], 303),
        ("GET", "/admin" | "/admin/permissions/grant") => (pattern.to_owned(), &[], 303),
        ("GET", "/admin/access-keys" | "/admin/connectors" | "/admin/permissions" | "/admin/policy-examples") => {
            (pattern.to_owned(), &[], 200)
        }
        (
            "GET",
            "/admin/accounts"
            | "/admin/policy-examples/new"
            | "/admin/policy-examples/export"
            | "/admin/policy-examples/import",
        ) => (pattern.to_owned(), &[], 200),
        ("POST", "/admin/policy-examples/new" | "/admin/policy-examples/import") => {
            (pattern.to_owned(), &[("name", "")], 422)
        }
        ("GET", "/admin/accounts/{id}" | "/admin/accounts/{id}/delete") => {
            (pattern.replace("{id}", &ids.account), &[], 200)
        }
        ("POST", "/admin/accounts/{id}") => (pattern.replace("{id}", &ids.account), &[("colour", "8")], 422),
        ("POST", "/admin/accounts/{id}/delete") => (pattern.replace("{id}", missing), &[], 404),
        ("GET", "/admin/policy-examples/{id}" | "/admin/policy-examples/{id}/delete") => {
            (pattern.replace("{id}", &ids.example), &[], 200)
        }
        ("POST", "/admin/policy-examples/{id}") => (pattern.replace("{id}", &ids.example), &[], 422),
        ("POST", "/admin/policy-examples/{id}/hide" | "/admin/policy-examples/{id}/delete") => {
            (pattern.replace("{id}", missing), &[], 404)
        }
        ("GET", "/admin/local-people" | "/admin/local-people/new" | "/admin/local-groups") => {
            (pattern.to_owned(), &[], 200)
        }
        ("POST", "/admin/local-people/new" | "/admin/local-groups" | "/password") => (pattern.to_owned(), &[], 422),
        ("GET", "/admin/local-people/{id}" | "/admin/local-people/{id}/delete") => {
            (pattern.replace("{id}", &ids.local_person), &[], 200)
        }
        ("POST", "/admin/local-people/{id}" | "/admin/local-people/{id}/password") => {
            (pattern.replace("{id}", &ids.local_person), &[], 422)
        }
        ("POST", "/admin/local-people/{id}/delete") => (pattern.replace("{id}", missing), &[], 404),
        ("GET", "/admin/local-groups/delete") => (format!("{pattern}?group=ops"), &[], 200),
        ("POST", "/admin/local-groups/delete") => (format!("{pattern}?group=none"), &[], 404),
        ("GET", "/password") => (pattern.to_owned(), &[], 200),
        ("GET", "/admin/access-keys/new" | "/admin/access-keys/check" | "/admin/connectors/new") => {
            (pattern.to_owned(), &[], 200)
        }
        ("GET", "/admin/connectors/draft") => (format!("{pattern}?draft=none&key="), &[], 404),
        ("POST", "/admin/connectors/{id}/switch") => (pattern.replace("{id}", missing), &[], 404),
        ("POST", "/admin/access-keys/check") => (pattern.to_owned(), &[("action", "stop")], 303),
        ("POST", "/admin/access-keys/{id}/check") => (pattern.replace("{id}", missing), &[], 404),
        // These tokens are for connectors.
        ("PUT", "/api/v1/access-keys/{id}/secret") => (pattern.replace("{id}", &ids.key), &[], 403),
        ("POST", "/admin/directories") => (pattern.to_owned(), &[("action", "try")], 422),
        ("POST", "/admin/system") => (pattern.to_owned(), &[("action", "none")], 422),
        ("POST", "/admin/policy-check") => (pattern.to_owned(), &[("policy", "{}")], 200),
        ("GET", "/admin/directories" | "/admin/system") => (pattern.to_owned(), &[], 200),
        ("POST", "/admin/access-keys/new" | "/admin/connectors/new") => (pattern.to_owned(), &[("name", "")], 422),
        ("GET", "/admin/access-keys/{id}" | "/admin/access-keys/{id}/rotate" | "/admin/access-keys/{id}/delete") => {
            (pattern.replace("{id}", &ids.key), &[], 200)
        }
        ("POST", "/admin/access-keys/{id}") => (pattern.replace("{id}", &ids.key), &[], 422),
        ("POST", "/admin/connectors/{id}/preview") => {
            (pattern.replace("{id}", &ids.connector), &[("user_name", "ada")], 200)
        }
        (
            "GET",
            "/admin/connectors/{id}"
            | "/admin/connectors/{id}/preview"
            | "/admin/connectors/{id}/versions"
            | "/admin/connectors/{id}/delete",
        ) => (pattern.replace("{id}", &ids.connector), &[], 200),
        ("GET", "/admin/connectors/{id}/versions/{version}") => {
            (pattern.replace("{id}", &ids.connector).replace("{version}", "1"), &[], 200)
        }
        ("GET" | "POST", "/admin/connectors/{id}/test") => (pattern.replace("{id}", &ids.connector), &[], 200),
        ("POST", "/admin/connectors/{id}") => (pattern.replace("{id}", &ids.connector), &[], 422),
        ("POST", "/admin/access-keys/{id}/rotate") => (pattern.replace("{id}", &ids.key), &[("action", "none")], 422),
        ("POST", "/admin/access-keys/{id}/delete" | "/admin/connectors/{id}/delete") => {
            (pattern.replace("{id}", missing), &[], 404)
        }
        ("GET", "/admin/permissions/groups") => (format!("{pattern}?connector={}", ids.connector), &[], 200),
        ("GET", "/admin/permissions/people") => (format!("{pattern}?connector={}", ids.connector), &[], 200),
        ("GET", "/admin/permissions/by-group") => (format!("{pattern}?group=local:ops"), &[], 200),
        ("GET", "/admin/permissions/by-group/groups") => (format!("{pattern}?find=ops"), &[], 200),
        ("POST", "/admin/permissions/by-group") => (pattern.to_owned(), &[("group", "local:ops")], 422),
        ("POST", "/admin/permissions/grant") => (pattern.to_owned(), &[("connector", "none"), ("q", "ops")], 404),
        ("POST", "/admin/permissions/revoke") => (pattern.to_owned(), &[("grant", "none")], 404),
        ("GET", "/tokens" | "/tokens/new" | "/admin/tokens" | "/admin/tokens/new") => (pattern.to_owned(), &[], 200),
        ("POST", "/tokens/new" | "/admin/tokens/new") => (pattern.to_owned(), &[("name", "")], 422),
        ("GET" | "POST", "/tokens/{id}/revoke" | "/tokens/{id}/adopt") => (pattern.replace("{id}", missing), &[], 404),
        ("GET" | "POST", "/admin/tokens/{id}" | "/admin/tokens/{id}/revoke" | "/admin/tokens/{id}/adopt") => {
            (pattern.replace("{id}", missing), &[], 404)
        }
        ("GET" | "POST", "/api/v1/access-keys" | "/api/v1/policy-examples") => (pattern.to_owned(), &[], 403),
        ("GET" | "PUT" | "DELETE", "/api/v1/access-keys/{id}") | ("POST", "/api/v1/access-keys/{id}/check") => {
            (pattern.replace("{id}", &ids.key), &[], 403)
        }
        ("GET" | "PUT" | "DELETE", "/api/v1/policy-examples/{id}") => (pattern.replace("{id}", &ids.example), &[], 403),
        ("GET", "/api/v1/tokens") => (pattern.to_owned(), &[], 200),
        ("GET" | "DELETE", "/api/v1/tokens/{id}") => (pattern.replace("{id}", missing), &[], 404),
        ("GET", "/admin/people") => (pattern.to_owned(), &[], 200),
        ("GET", "/admin/people/{id}") => (pattern.replace("{id}", &ids.person), &[], 200),
        ("GET", "/usage-log") => (pattern.to_owned(), &[], 200),
        ("GET", "/usage-log/{id}") => (format!("/usage-log/{}", ids.event), &[], 200),
        ("GET", "/api/v1/connectors/{connector}/container-credentials") => {
            ("/api/v1/connectors/system/container-credentials".to_owned(), &[], 200)
        }
        ("GET", "/api/v1/openapi.json" | "/api/v1/connectors") => (pattern.to_owned(), &[], 200),
        ("GET", "/api/v1/connectors/{connector}" | "/api/v1/connectors/{connector}/caller-identity") => {
            (pattern.replace("{connector}", "system"), &[], 200)
        }
        ("POST", "/api/v1/connectors/{connector}/credentials" | "/api/v1/connectors/{connector}/console") => {
            (pattern.replace("{connector}", "system"), &[], 200)
        }
        ("POST", "/api/v1/connectors/{connector}/ecr") => (pattern.replace("{connector}", "system"), &[], 422),
        ("POST", "/api/v1/connectors/{connector}/codeartifact") => {
            (pattern.replace("{connector}", "system"), &[("domain", "packages")], 200)
        }
        ("GET" | "PUT" | "DELETE", "/api/v1/accounts/{id}") => (pattern.replace("{id}", &ids.account), &[], 403),
        ("GET", "/api/v1/accounts") => (pattern.to_owned(), &[], 403),
        ("POST", "/api/v1/connectors" | "/api/v1/grants") | ("GET", "/api/v1/grants") => (pattern.to_owned(), &[], 403),
        ("PUT" | "DELETE", "/api/v1/connectors/{connector}") => (pattern.replace("{connector}", "system"), &[], 403),
        ("GET" | "DELETE", "/api/v1/grants/{id}") => (pattern.replace("{id}", missing), &[], 403),
        ("POST", "/api/v1/credentials") => {
            (pattern.to_owned(), &[("roleArn", "arn:aws:iam::123456789012:role/ReadOnly")], 200)
        }
        // These tokens are for connectors.
        ("GET", "/api/v1/usage-log") => (pattern.to_owned(), &[], 403),
        (_, pattern) if pattern.starts_with(SEED) => return seed(method, &pattern[SEED.len()..]),
        _ => return None,
    };
    Some(Sample { path, form, status })
}
