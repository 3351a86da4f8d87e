//! The table of contents: every route, what it asks of its caller, and who answers.

use std::collections::HashMap;

use actix_web::http::Method;
use actix_web::{HttpResponse, guard, web};

use super::body::IMPORT;
use super::entry::{Entry, delete, get, post, put};
use super::guard::{Right, Rights};
use super::{api, assets, health, pages, seed_api};
use crate::model::api_token::Part;
use crate::model::event::Kind;

/// Every route there is.
#[must_use]
pub fn table() -> Vec<Entry> {
    // The router compares from the top: what is asked for most comes first.
    [
        programs(),
        people(),
        access_keys(),
        administration(),
        accounts_and_examples(),
        local_directory(),
        record(),
        connectors_of_programs(),
        tokens(),
        of_the_seed(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn people() -> Vec<Entry> {
    use Right::{Public, SignedIn};
    vec![
        // Before sign-in
        get("/healthz", Public, || web::route().to(health::alive)),
        get("/readyz", Public, || web::route().to(health::ready)),
        get("/static/{hash}/{name}", Public, || web::route().to(assets::serve)),
        get("/sign-in", Public, || web::route().to(pages::sign_in::show)),
        post("/sign-in", Public, || web::route().to(pages::sign_in::sign_in)),
        post("/sign-in/sso", Public, || web::route().to(pages::sign_in_sso::sign_in)),
        get("/setup", Public, || web::route().to(pages::setup::show)),
        post("/setup", Public, || web::route().to(pages::setup::complete)),
        // Everybody who signed in
        post("/sign-out", SignedIn, || web::route().to(pages::sign_in::sign_out)),
        get("/", SignedIn, || web::route().to(pages::my_access::show)),
        get("/connectors/{connector}/credentials", SignedIn, || web::route().to(pages::credentials::show)),
        post("/connectors/{connector}/credentials", SignedIn, || web::route().to(pages::credentials::issue))
            .issues(Kind::CredentialsIssue),
        get("/password", SignedIn, || web::route().to(pages::password::show)),
        post("/password", SignedIn, || web::route().to(pages::password::change)),
        get("/console/{connector}", SignedIn, || web::route().to(pages::console::show)),
        post("/console/{connector}", SignedIn, || web::route().to(pages::console::open)).issues(Kind::ConsoleOpen),
    ]
}

fn access_keys() -> Vec<Entry> {
    use Right::{Administrator, Connectors};
    vec![
        get("/admin", Connectors, || web::route().to(pages::connectors::home)),
        get("/admin/access-keys", Administrator, || web::route().to(pages::access_keys::show)),
        get("/admin/access-keys/new", Administrator, || web::route().to(pages::access_key::new)),
        post("/admin/access-keys/new", Administrator, || web::route().to(pages::access_key::create)),
        get("/admin/access-keys/check", Administrator, || web::route().to(pages::access_keys_check::show)),
        post("/admin/access-keys/check", Administrator, || web::route().to(pages::access_keys_check::begin)),
        get("/admin/access-keys/{id}", Administrator, || web::route().to(pages::access_key::show)),
        post("/admin/access-keys/{id}", Administrator, || web::route().to(pages::access_key::update)),
        post("/admin/access-keys/{id}/check", Administrator, || web::route().to(pages::access_keys_check::one)),
        get("/admin/access-keys/{id}/rotate", Administrator, || web::route().to(pages::rotate::show)),
        post("/admin/access-keys/{id}/rotate", Administrator, || web::route().to(pages::rotate::act)),
        get("/admin/access-keys/{id}/delete", Administrator, || web::route().to(pages::delete::ask_access_key)),
        post("/admin/access-keys/{id}/delete", Administrator, || web::route().to(pages::delete::access_key)),
    ]
}

fn administration() -> Vec<Entry> {
    use Right::{Administrator, Connectors};
    vec![
        get("/admin/connectors", Connectors, || web::route().to(pages::connectors::show)),
        get("/admin/connectors/new", Connectors, || web::route().to(pages::connector::new)),
        post("/admin/connectors/new", Connectors, || web::route().to(pages::connector::create)).takes(IMPORT),
        get("/admin/connectors/draft", Administrator, || web::route().to(pages::connector::draft::back)),
        get("/admin/connectors/{id}", Connectors, || web::route().to(pages::connector::show)),
        post("/admin/connectors/{id}", Connectors, || web::route().to(pages::connector::update)).takes(IMPORT),
        get("/admin/connectors/{id}/versions", Connectors, || web::route().to(pages::connector::versions::show)),
        get("/admin/connectors/{id}/versions/{version}", Connectors, || {
            web::route().to(pages::connector::version::show)
        }),
        post("/admin/connectors/{id}/switch", Connectors, || web::route().to(pages::connector::switch::switch)),
        get("/admin/connectors/{id}/preview", Connectors, || web::route().to(pages::connector_preview::show)),
        post("/admin/connectors/{id}/preview", Connectors, || web::route().to(pages::connector_preview::look)),
        get("/admin/connectors/{id}/test", Connectors, || web::route().to(pages::connector_test::show)),
        post("/admin/connectors/{id}/test", Connectors, || web::route().to(pages::connector_test::run)),
        get("/admin/connectors/{id}/delete", Connectors, || web::route().to(pages::delete::ask_connector)),
        post("/admin/connectors/{id}/delete", Connectors, || web::route().to(pages::delete::connector)),
        get("/admin/permissions", Connectors, || web::route().to(pages::permissions::show)),
        get("/admin/permissions/groups", Connectors, || web::route().to(pages::permissions::groups)),
        get("/admin/permissions/people", Connectors, || web::route().to(pages::permissions::people::show)),
        get("/admin/permissions/by-group", Connectors, || web::route().to(pages::permissions::by_group::show)),
        post("/admin/permissions/by-group", Connectors, || web::route().to(pages::permissions::group::change)),
        get("/admin/permissions/by-group/groups", Connectors, || web::route().to(pages::permissions::by_group::groups)),
        get("/admin/permissions/grant", Connectors, || web::route().to(pages::permissions::back)),
        post("/admin/permissions/grant", Connectors, || web::route().to(pages::permissions::grant)),
        post("/admin/permissions/revoke", Connectors, || web::route().to(pages::permissions::revoke)),
        get("/admin/people", Administrator, || web::route().to(pages::person::find)),
        get("/admin/people/{id}", Administrator, || web::route().to(pages::person::show)),
        post("/admin/policy-check", Connectors, || web::route().to(pages::policy_check::check)),
        get("/admin/directories", Administrator, || web::route().to(pages::directories::show)),
        post("/admin/directories", Administrator, || web::route().to(pages::directories::act)),
        get("/admin/system", Administrator, || web::route().to(pages::system::show)),
        post("/admin/system", Administrator, || web::route().to(pages::system::act)),
    ]
}

fn record() -> Vec<Entry> {
    vec![
        get("/usage-log", Right::Auditor, || web::route().to(pages::usage_log::show)),
        get("/usage-log/{id}", Right::Auditor, || web::route().to(pages::usage_event::show)),
    ]
}

/// What programs use. Each has an operation in [`api::openapi`].
fn programs() -> Vec<Entry> {
    use Right::{Api, ApiOrBasic, ApiToken, Public};
    vec![
        get("/api/v1/openapi.json", Public, || web::route().to(api::openapi::show)),
        post("/api/v1/connectors/{connector}/credentials", Api(Part::Use), || web::route().to(api::credentials::issue))
            .issues(Kind::CredentialsIssue),
        get("/api/v1/connectors/{connector}/container-credentials", Api(Part::Use), || {
            web::route().to(api::container_credentials::issue)
        })
        .issues(Kind::CredentialsIssue),
        post("/api/v1/connectors/{connector}/console", Api(Part::Console), || web::route().to(api::console::open))
            .issues(Kind::ConsoleOpen),
        get("/api/v1/connectors/{connector}/caller-identity", Api(Part::Use), || {
            web::route().to(api::console::caller_identity)
        })
        .issues(Kind::IdentityShow),
        post("/api/v1/connectors/{connector}/ecr", Api(Part::Use), || web::route().to(api::registries::ecr))
            .issues(Kind::EcrIssue),
        post("/api/v1/connectors/{connector}/codeartifact", Api(Part::Use), || {
            web::route().to(api::registries::code_artifact)
        })
        .issues(Kind::CodeArtifactIssue),
        post("/api/v1/credentials", ApiOrBasic(Some(Part::Use)), || web::route().to(api::credentials::of_role))
            .issues(Kind::CredentialsIssue),
        get("/api/v1/usage-log", Api(Part::UsageLog), || web::route().to(api::usage_log::list)),
        get("/api/v1/accounts", Api(Part::Accounts), || web::route().to(api::accounts::list)),
        get("/api/v1/accounts/{id}", Api(Part::Accounts), || web::route().to(api::accounts::show)),
        put("/api/v1/accounts/{id}", Api(Part::Accounts), || web::route().to(api::accounts::update)),
        delete("/api/v1/accounts/{id}", Api(Part::Accounts), || web::route().to(api::accounts::delete)),
        get("/api/v1/access-keys", Api(Part::AccessKeys), || web::route().to(api::access_keys::list)),
        post("/api/v1/access-keys", Api(Part::AccessKeys), || web::route().to(api::access_keys::create)),
        get("/api/v1/access-keys/{id}", Api(Part::AccessKeys), || web::route().to(api::access_keys::show)),
        put("/api/v1/access-keys/{id}", Api(Part::AccessKeys), || web::route().to(api::access_keys::update)),
        delete("/api/v1/access-keys/{id}", Api(Part::AccessKeys), || web::route().to(api::access_keys::delete)),
        post("/api/v1/access-keys/{id}/check", Api(Part::AccessKeys), || web::route().to(api::access_keys::check)),
        put("/api/v1/access-keys/{id}/secret", ApiToken, || web::route().to(api::access_key_secret::replace)),
    ]
}

/// Connectors and grants, kept by programs. What is listed and shown depends on what the token is for.
fn connectors_of_programs() -> Vec<Entry> {
    use Right::{Api, ApiToken};
    use api::{connectors, grants};
    vec![
        get("/api/v1/connectors", ApiToken, || web::route().to(connectors::list)),
        post("/api/v1/connectors", Api(Part::Connectors), || web::route().to(connectors::create)),
        get("/api/v1/connectors/{connector}", ApiToken, || web::route().to(connectors::show)),
        put("/api/v1/connectors/{connector}", Api(Part::Connectors), || web::route().to(connectors::update)),
        delete("/api/v1/connectors/{connector}", Api(Part::Connectors), || web::route().to(connectors::delete)),
        get("/api/v1/grants", Api(Part::Grants), || web::route().to(grants::list)),
        post("/api/v1/grants", Api(Part::Grants), || web::route().to(grants::create)),
        get("/api/v1/grants/{id}", Api(Part::Grants), || web::route().to(grants::show)),
        delete("/api/v1/grants/{id}", Api(Part::Grants), || web::route().to(grants::delete)),
    ]
}

/// What the administration keeps beside access keys, connectors and grants.
fn accounts_and_examples() -> Vec<Entry> {
    use Right::{Administrator, Api, Connectors};
    vec![
        get("/admin/accounts", Administrator, || web::route().to(pages::accounts::show)),
        get("/admin/accounts/{id}", Administrator, || web::route().to(pages::account::show)),
        post("/admin/accounts/{id}", Administrator, || web::route().to(pages::account::update)),
        get("/admin/accounts/{id}/delete", Administrator, || web::route().to(pages::account::ask)),
        post("/admin/accounts/{id}/delete", Administrator, || web::route().to(pages::account::delete)),
        get("/admin/policy-examples", Connectors, || web::route().to(pages::policy_examples::show)),
        get("/admin/policy-examples/new", Connectors, || web::route().to(pages::policy_example::new)),
        post("/admin/policy-examples/new", Connectors, || web::route().to(pages::policy_example::create)).takes(IMPORT),
        get("/admin/policy-examples/export", Administrator, || web::route().to(pages::policy_examples::export)),
        get("/admin/policy-examples/import", Administrator, || web::route().to(pages::policy_examples_import::show)),
        post("/admin/policy-examples/import", Administrator, || web::route().to(pages::policy_examples_import::import))
            .takes(IMPORT),
        get("/admin/policy-examples/{id}", Connectors, || web::route().to(pages::policy_example::show)),
        post("/admin/policy-examples/{id}", Connectors, || web::route().to(pages::policy_example::update))
            .takes(IMPORT),
        post("/admin/policy-examples/{id}/hide", Connectors, || web::route().to(pages::policy_example::hide)),
        get("/admin/policy-examples/{id}/delete", Connectors, || web::route().to(pages::policy_example::ask)),
        post("/admin/policy-examples/{id}/delete", Connectors, || web::route().to(pages::policy_example::delete)),
        get("/api/v1/policy-examples", Api(Part::PolicyExamples), || web::route().to(api::policy_examples::list)),
        post("/api/v1/policy-examples", Api(Part::PolicyExamples), || web::route().to(api::policy_examples::create)),
        get("/api/v1/policy-examples/{id}", Api(Part::PolicyExamples), || web::route().to(api::policy_examples::show)),
        put("/api/v1/policy-examples/{id}", Api(Part::PolicyExamples), || {
            web::route().to(api::policy_examples::update)
        }),
        delete("/api/v1/policy-examples/{id}", Api(Part::PolicyExamples), || {
            web::route().to(api::policy_examples::delete)
        }),
    ]
}

/// API tokens.
fn tokens() -> Vec<Entry> {
    use Right::{Administrator, Api, SignedIn};
    vec![
        get("/tokens", SignedIn, || web::route().to(pages::tokens::show)),
        get("/tokens/new", SignedIn, || web::route().to(pages::token_new::personal)),
        post("/tokens/new", SignedIn, || web::route().to(pages::token_new::create_personal)),
        get("/tokens/{id}/revoke", SignedIn, || web::route().to(pages::token_revoke::ask)),
        post("/tokens/{id}/revoke", SignedIn, || web::route().to(pages::token_revoke::revoke)),
        get("/tokens/{id}/adopt", SignedIn, || web::route().to(pages::token_adopt::ask)),
        post("/tokens/{id}/adopt", SignedIn, || web::route().to(pages::token_adopt::adopt)),
        get("/admin/tokens", Administrator, || web::route().to(pages::tokens_all::show)),
        get("/admin/tokens/new", Administrator, || web::route().to(pages::token_new::program)),
        post("/admin/tokens/new", Administrator, || web::route().to(pages::token_new::create_program)),
        get("/admin/tokens/{id}", Administrator, || web::route().to(pages::token::show)),
        get("/admin/tokens/{id}/revoke", Administrator, || web::route().to(pages::token_revoke::ask_any)),
        post("/admin/tokens/{id}/revoke", Administrator, || web::route().to(pages::token_revoke::revoke_any)),
        get("/admin/tokens/{id}/adopt", Administrator, || web::route().to(pages::token_adopt::ask_any)),
        post("/admin/tokens/{id}/adopt", Administrator, || web::route().to(pages::token_adopt::adopt_any)),
        get("/api/v1/tokens", Api(Part::Tokens), || web::route().to(api::tokens::list)),
        get("/api/v1/tokens/{id}", Api(Part::Tokens), || web::route().to(api::tokens::show)),
        delete("/api/v1/tokens/{id}", Api(Part::Tokens), || web::route().to(api::tokens::revoke)),
    ]
}

/// Local people and groups.
fn local_directory() -> Vec<Entry> {
    use Right::Administrator;
    vec![
        get("/admin/local-people", Administrator, || web::route().to(pages::local_people::show)),
        get("/admin/local-people/new", Administrator, || web::route().to(pages::local_person::new)),
        post("/admin/local-people/new", Administrator, || web::route().to(pages::local_person::create)),
        get("/admin/local-people/{id}", Administrator, || web::route().to(pages::local_person::show)),
        post("/admin/local-people/{id}", Administrator, || web::route().to(pages::local_person::update)),
        post("/admin/local-people/{id}/password", Administrator, || web::route().to(pages::local_person::password)),
        get("/admin/local-people/{id}/delete", Administrator, || web::route().to(pages::local_person::ask)),
        post("/admin/local-people/{id}/delete", Administrator, || web::route().to(pages::local_person::delete)),
        get("/admin/local-groups", Administrator, || web::route().to(pages::local_groups::show)),
        post("/admin/local-groups", Administrator, || web::route().to(pages::local_groups::create)),
        get("/admin/local-groups/delete", Administrator, || web::route().to(pages::local_groups::ask)),
        post("/admin/local-groups/delete", Administrator, || web::route().to(pages::local_groups::delete)),
    ]
}

macro_rules! seed {
    ($path:literal) => {
        concat!("/rest/identity-federation-for-aws/{version}", $path)
    };
}

/// The REST API of Identity Federation for AWS.
fn of_the_seed() -> Vec<Entry> {
    use Part::{AccessKeys, Connectors, Console, Use};
    use Right::{ApiOrBasic, SeedList};
    use seed_api::{accounts, connectors, credentials, registries, status};
    vec![
        get(seed!("/connectors"), SeedList, || web::route().to(connectors::list)),
        post(seed!("/connectors"), ApiOrBasic(Some(Connectors)), || web::route().to(connectors::create)),
        get(seed!("/connectors/{connector}"), ApiOrBasic(None), || web::route().to(connectors::show)),
        put(seed!("/connectors/{connector}"), ApiOrBasic(Some(Connectors)), || web::route().to(connectors::update)),
        delete(seed!("/connectors/{connector}"), ApiOrBasic(Some(Connectors)), || web::route().to(connectors::delete)),
        get(seed!("/connectors/{connector}/credentials"), ApiOrBasic(Some(Use)), || {
            web::route().to(credentials::issue)
        })
        .issues(Kind::CredentialsIssue),
        get(seed!("/connectors/{connector}/caller-identity"), ApiOrBasic(Some(Use)), || {
            web::route().to(credentials::caller_identity)
        })
        .issues(Kind::IdentityShow),
        get(seed!("/connectors/{connector}/ecr/credentials"), ApiOrBasic(Some(Use)), || {
            web::route().to(registries::ecr)
        })
        .issues(Kind::EcrIssue),
        get(seed!("/connectors/{connector}/codeartifact/credentials"), ApiOrBasic(Some(Use)), || {
            web::route().to(registries::code_artifact)
        })
        .issues(Kind::CodeArtifactIssue),
        get(seed!("/connectors/{connector}/console/url"), ApiOrBasic(Some(Console)), || {
            web::route().to(credentials::console_url)
        }),
        post(seed!("/accounts"), ApiOrBasic(Some(AccessKeys)), || web::route().to(accounts::create)),
        get(seed!("/status/info"), ApiOrBasic(None), || web::route().to(status::info)),
    ]
}

/// The table by pattern.
#[must_use]
pub fn rights() -> Rights {
    let mut rights = Rights::new();
    for entry in table() {
        rights.entry(entry.path).or_default().push(entry);
    }
    rights
}

/// Puts the table into a server: one resource for each pattern, 405 with `Allow` for other methods.
pub fn configure(server: &mut web::ServiceConfig) {
    let mut order: Vec<&'static str> = Vec::new();
    let mut by_path: HashMap<&'static str, Vec<Entry>> = HashMap::new();
    for entry in table() {
        if !by_path.contains_key(entry.path) {
            order.push(entry.path);
        }
        by_path.entry(entry.path).or_default().push(entry);
    }
    for path in order {
        let mut resource = web::resource(path);
        let mut allowed: Vec<&str> = Vec::new();
        for entry in by_path.remove(path).unwrap_or_default() {
            let is_for_programs = matches!(entry.right, Right::Api(_) | Right::ApiToken | Right::ApiOrBasic(_));
            let answers_head = entry.method == Method::GET && !is_for_programs;
            allowed.push(match entry.method {
                Method::GET => "GET",
                Method::PUT => "PUT",
                Method::DELETE => "DELETE",
                _ => "POST",
            });
            let route = (entry.handler)();
            resource = resource.route(if answers_head {
                allowed.push("HEAD");
                route.guard(guard::Any(guard::Get()).or(guard::Head()))
            } else {
                route.method(entry.method)
            });
        }
        let allow = allowed.join(", ");
        server.service(resource.default_service(web::to(move || {
            std::future::ready(HttpResponse::MethodNotAllowed().insert_header(("Allow", allow.clone())).finish())
        })));
    }
}
