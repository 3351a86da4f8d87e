//! ECR's and CodeArtifact's GetAuthorizationToken: JSON instead of XML, and error codes of their own.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::caller::{self, Caller};
use super::counters::Action;
use super::error::Refusal;
use super::faults::FaultKind;
use super::incoming::Incoming;
use super::server::Shared;
use super::sigv4::SigningKeys;
use super::sts::Call;
use super::tokens::Kind;
use super::{authorization, broken};
use crate::random;

/// The path of CodeArtifact's call.
pub(super) const PATH: &str = "/v1/authorization-token";
/// ECR's call, as its header names it (service model).
const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";
/// How long a log-in to ECR lasts, and one to CodeArtifact where nothing is asked, in seconds.
const HALF_A_DAY: i64 = 43_200;
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Which call a request is, where it is one of these.
pub(super) fn action(http: &HttpRequest) -> Option<Action> {
    match http.path() {
        PATH => Some(Action::CodeArtifactToken),
        "/" => http.headers().get("x-amz-target").map(|_| Action::EcrToken),
        _ => None,
    }
}

/// Authenticates the sender and answers the call.
///
/// # Errors
/// What AWS refuses.
pub(super) fn answer(
    action: Action,
    request: &Incoming<'_>,
    call: &Call<'_>,
    keys: &SigningKeys,
) -> Result<Value, Refusal> {
    if request.method != "POST" || action == Action::EcrToken && request.header("x-amz-target") != Some(TARGET) {
        return Err(Refusal::new(400, "UnknownOperationException", ""));
    }
    let service = if action == Action::EcrToken { "ecr" } else { "codeartifact" };
    let caller = caller::authenticate(request, service, call, keys)?;
    let region = region(request)?;
    if action == Action::EcrToken { ecr(call, &caller, &region) } else { codeartifact(call, &caller, &region) }
}

/// The region that the request was signed for, which was checked.
fn region(request: &Incoming<'_>) -> Result<String, Refusal> {
    let claimed = authorization::read(request)?;
    Ok(claimed.scope()?.region.to_owned())
}

fn ecr(call: &Call<'_>, caller: &Caller<'_>, region: &str) -> Result<Value, Refusal> {
    must_be_allowed(call, caller, "ecr:GetAuthorizationToken", "*")?;
    let password = format!("sandbox-ecr-{}", random::text(LETTERS, 48));
    let suffix = match caller.partition() {
        "aws-cn" => "amazonaws.com.cn",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    Ok(json!({ "authorizationData": [{
        "authorizationToken": BASE64_STANDARD.encode(format!("AWS:{password}")),
        "expiresAt": seconds(call.now.timestamp_millis() + HALF_A_DAY * 1000),
        "proxyEndpoint": format!("https://{}.dkr.ecr.{region}.{suffix}", caller.account()),
    }] }))
}

/// Milliseconds as JSON has moments: seconds with a fraction.
fn seconds(milliseconds: i64) -> Value {
    json!(milliseconds as f64 / 1000.0)
}

fn codeartifact(call: &Call<'_>, caller: &Caller<'_>, region: &str) -> Result<Value, Refusal> {
    let invalid = |what: &str| Refusal::new(400, "ValidationException", what.to_owned());
    let domain = call.params.get("domain").ok_or_else(|| invalid("A required parameter is missing: domain"))?;
    let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !(2..=50).contains(&domain.len())
        || !domain.chars().all(small)
        || !domain.starts_with(|c: char| c.is_ascii_lowercase())
        || domain.ends_with('-')
    {
        return Err(invalid("Invalid domain name"));
    }
    let owner = call.params.get("domain-owner").unwrap_or(caller.account());
    let asked = call.params.number("duration").map_err(|_| invalid("Invalid duration"))?.unwrap_or(HALF_A_DAY);
    if asked != 0 && !(900..=HALF_A_DAY).contains(&asked) {
        return Err(invalid("The duration has to be 0 or from 900 to 43200"));
    }
    let arn = format!("arn:{}:codeartifact:{region}:{owner}:domain/{domain}", caller.partition());
    if owner != caller.account() {
        // Another account's domain has to name the caller in its policy, and those here have none.
        let said = format!(
            "User: {} is not authorized to perform: codeartifact:GetAuthorizationToken on resource: {arn} because no resource-based policy allows the codeartifact:GetAuthorizationToken action",
            caller.arn()
        );
        return Err(Refusal::denied(said));
    }
    must_be_allowed(call, caller, "codeartifact:GetAuthorizationToken", &arn)?;
    let mut accounts = call.index.world().accounts.iter();
    let account = accounts.find(|account| account.id == owner && account.partition == caller.partition());
    let known =
        account.is_some_and(|account| account.domains.iter().any(|of| of.name == domain && of.region == region));
    if !known {
        let said = format!("Domain not found. Domain '{domain}' owned by account '{owner}' does not exist.");
        return Err(Refusal::new(404, "ResourceNotFoundException", said));
    }
    let expires = match (asked, caller) {
        (0, Caller::Session(claims)) => claims.expires_at(),
        // There is nothing that it could end with.
        (0, Caller::LongTerm(_)) => return Err(invalid("A duration of 0 needs temporary credentials")),
        (asked, _) => call.now + TimeDelta::seconds(asked),
    };
    let token = format!("sandbox-codeartifact-{}", random::text(LETTERS, 48));
    Ok(json!({ "authorizationToken": token, "expiration": seconds(expires.timestamp_millis()) }))
}

/// The role's policies have to allow it; what users may is all here.
fn must_be_allowed(call: &Call<'_>, caller: &Caller<'_>, action: &str, resource: &str) -> Result<(), Refusal> {
    let Caller::Session(claims) = caller else { return Ok(()) };
    if claims.kind != Kind::Role {
        return Ok(());
    }
    let role = format!("arn:{}:iam::{}:role/{}", claims.partition, claims.account, claims.principal);
    match call.index.role(&role) {
        Some((_, role)) if !role.no_registries => Ok(()),
        _ => Err(Refusal::denied(format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action",
            caller.arn()
        ))),
    }
}

/// The answer to send.
pub(super) fn response(action: Action, answered: Result<Value, Refusal>, request_id: &str) -> HttpResponse {
    match answered {
        Ok(answer) => HttpResponse::Ok().insert_header(("x-amzn-RequestId", request_id)).json(answer),
        Err(refusal) => refused(action, &refusal, request_id),
    }
}

/// Plays a fault.
pub(super) async fn broken(action: Action, kind: FaultKind, http: &HttpRequest, request_id: &str) -> HttpResponse {
    match broken::refusal(kind) {
        Some(refusal) => refused(action, &refusal, request_id),
        None if kind == FaultKind::Garbage => {
            HttpResponse::Ok().content_type("application/json").body("{\"authorizationToken\":\"br")
        }
        None => broken::other(kind, http).await,
    }
}

/// ECR names the error in the body, CodeArtifact in a header (AWS JSON 1.1, AWS restJson1).
fn refused(action: Action, refusal: &Refusal, request_id: &str) -> HttpResponse {
    let ecr = action == Action::EcrToken;
    let code = match refusal.code {
        "InvalidClientTokenId" => "UnrecognizedClientException",
        "SignatureDoesNotMatch" => "InvalidSignatureException",
        "ExpiredToken" => "ExpiredTokenException",
        "AccessDenied" => "AccessDeniedException",
        "Throttling" => "ThrottlingException",
        "MissingAuthenticationToken" => "MissingAuthenticationTokenException",
        "IncompleteSignature" => "IncompleteSignatureException",
        "InternalFailure" if ecr => "ServerException",
        "InternalFailure" => "InternalServerException",
        other => other,
    };
    // ECR's errors of the sender are all 400; CodeArtifact has statuses of its own (service models).
    let status = match code {
        _ if ecr && refusal.status < 500 => 400,
        "ThrottlingException" => 429,
        _ => refusal.status,
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut answer = HttpResponse::build(status);
    answer.insert_header(("x-amzn-RequestId", request_id));
    if ecr {
        return answer.json(json!({ "__type": code, "message": refusal.message }));
    }
    answer.insert_header(("x-amzn-ErrorType", code)).json(json!({ "message": refusal.message }))
}

/// Counts, listens and breaks as the other services do, and answers.
pub(super) async fn serve(
    action: Action,
    http: &HttpRequest,
    body: &[u8],
    (shared, keys): (&Shared, &SigningKeys),
) -> HttpResponse {
    let (method, path, query) = (http.method().as_str(), http.path(), http.uri().query().unwrap_or_default());
    let request = Incoming { method, path, query, headers: http.headers(), body };
    let request_id = shared.issuer.request_id();
    let params = super::params::Params::of(&request);
    shared.heard.note(&params);
    let hit = shared.hit(action, &request);
    super::server::delay(hit).await;
    if let Some(kind) = hit.kind.filter(|_| !hit.after) {
        shared.tally.count(action, false);
        return broken(action, kind, http, &request_id).await;
    }
    let index = shared.index();
    let call = shared.call(&params, &index);
    let answered = answer(action, &request, &call, keys);
    shared.tally.count(action, answered.is_ok());
    match hit.kind {
        Some(kind) => broken(action, kind, http, &request_id).await,
        None => response(action, answered, &request_id),
    }
}
