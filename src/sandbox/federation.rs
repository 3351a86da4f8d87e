//! The federation endpoint `/federation`: credentials in, a sign-in token out, and a browser signed in with it.
//!
//! Its rules are those of the IAM User Guide, "Enabling custom identity broker access to the AWS console", and, where
//! that is silent, of what tools report (aws-vault#77).

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::counters::Action;
use super::incoming::Incoming;
use super::params::Params;
use super::seal::Purpose;
use super::server::{Shared, delay};
use super::tokens::{Claims, Kind};
use super::visit::{Arrival, Grant, Visit};
use super::{broken, pages};

/// Seconds that a sign-in token works.
const TOKEN_LIFE: i64 = 15 * 60;
/// Seconds for the browser's way from the sign-in host to the console host.
const ARRIVAL_LIFE: i64 = 60;
/// What AWS answers to credentials and durations that do not fit, whatever the reason.
const INVALID: &str = "Invalid credentials parameter";

/// The `Session` parameter.
#[derive(Deserialize)]
struct Credentials {
    #[serde(rename = "sessionId")]
    id: String,
    #[serde(rename = "sessionKey")]
    key: String,
    #[serde(rename = "sessionToken")]
    token: String,
}

/// Why a request was refused: the text of a 400.
type Refused = &'static str;

/// Answers `/federation` and `/oauth`.
pub(super) async fn answer(http: &HttpRequest, body: &[u8], shared: &Shared) -> HttpResponse {
    if !matches!(*http.method(), Method::GET | Method::HEAD | Method::POST) {
        return pages::signin_error(StatusCode::METHOD_NOT_ALLOWED, "Request method not supported");
    }
    let request = Incoming {
        method: http.method().as_str(),
        path: http.path(),
        query: http.uri().query().unwrap_or_default(),
        headers: http.headers(),
        body,
    };
    let params = Params::of(&request);
    let action = match params.get("Action") {
        Some("getSigninToken") if http.path() == "/federation" => Action::SigninToken,
        Some("login") if http.path() == "/federation" => Action::Login,
        Some("logout") => Action::Logout,
        _ => return pages::signin_error(StatusCode::BAD_REQUEST, "Invalid action parameter"),
    };
    let session = params.get("Session").and_then(|text| serde_json::from_str::<Credentials>(text).ok());
    if shared.faults.armed() {
        let hit = shared.faults.take(action, session.as_ref().map_or("", |session| session.id.as_str()));
        delay(hit).await;
        if let Some(kind) = hit.kind {
            shared.tally.count(action, false);
            return broken::signin(kind, http).await;
        }
    }
    let answered = match action {
        Action::SigninToken => signin_token(&params, session, shared),
        Action::Login => login(&params, shared),
        _ => Ok(logout(&params, shared)),
    };
    shared.tally.count(action, answered.is_ok());
    answered.unwrap_or_else(|reason| pages::signin_error(StatusCode::BAD_REQUEST, reason))
}

fn signin_token(params: &Params<'_>, session: Option<Credentials>, shared: &Shared) -> Result<HttpResponse, Refused> {
    let now = shared.clock.now();
    let session = session.ok_or("Invalid session parameter")?;
    let claims = shared.issuer.recognise(&session.id, &session.token).ok_or(INVALID)?;
    if shared.issuer.secret(&session.id) != session.key || claims.expires_at() <= now {
        return Err(INVALID);
    }
    let seconds = match params.get("SessionDuration").map(str::parse::<i64>) {
        None => None,
        Some(Ok(seconds @ 900..=43_200)) => Some(seconds),
        Some(_) => return Err("Invalid session duration parameter"),
    };
    if !may_enter(&claims, seconds.is_some()) {
        return Err(INVALID);
    }
    let grant = Grant { number: shared.issuer.number(), claims, seconds, until: now.timestamp() + TOKEN_LIFE };
    let token = shared.issuer.seal.url_safe(Purpose::SigninToken, &grant);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/json")
        .body(format!("{{\"SigninToken\":\"{token}\"}}")))
}

/// Which sessions the endpoint takes. Sessions of `GetSessionToken` never; federated ones only without
/// `SessionDuration`; chained ones only where neither it nor, at `AssumeRole`, `DurationSeconds` was given.
fn may_enter(claims: &Claims, duration: bool) -> bool {
    match claims.kind {
        Kind::Role if claims.chained => !duration && !claims.duration_given,
        Kind::Role => true,
        Kind::Federated => !duration,
        Kind::Session => false,
    }
}

fn login(params: &Params<'_>, shared: &Shared) -> Result<HttpResponse, Refused> {
    let now = shared.clock.now().timestamp();
    let destination =
        params.get("Destination").and_then(|url| shared.on_console(url)).ok_or("Invalid destination parameter")?;
    let token = params.get("SigninToken").unwrap_or_default();
    let grant: Grant =
        shared.issuer.seal.open_url_safe(Purpose::SigninToken, token).ok_or("Invalid signin token parameter")?;
    let expires = grant.seconds.map_or(grant.claims.expires, |seconds| now + seconds);
    if grant.until <= now || expires <= now || !shared.used.first_use(grant.number, grant.until, now) {
        return Err("The signin token has expired or was used before");
    }
    let visit = Visit {
        session: grant.claims.session.clone(),
        arn: grant.claims.arn(),
        account: grant.claims.account,
        source_identity: grant.claims.source_identity,
        issuer: params.get("Issuer").unwrap_or_default().to_owned(),
        expires,
    };
    let arrival = Arrival { number: shared.issuer.number(), visit, until: now + ARRIVAL_LIFE };
    let code = shared.issuer.seal.url_safe(Purpose::Arrival, &arrival);
    let to = url::form_urlencoded::byte_serialize(destination.as_bytes()).collect::<String>();
    Ok(pages::redirect(&format!("{}/_sandbox/arrive?code={code}&to={to}", shared.console_url)))
}

/// Ends the console session, and goes on to `redirect_uri` where that is this sign-in host or its console.
fn logout(params: &Params<'_>, shared: &Shared) -> HttpResponse {
    let wanted = params.get("redirect_uri").unwrap_or_default();
    let to = shared.on_console(wanted).or_else(|| shared.on_signin(wanted)).unwrap_or_default();
    let to = url::form_urlencoded::byte_serialize(to.as_bytes()).collect::<String>();
    pages::redirect(&format!("{}/_sandbox/leave?to={to}", shared.console_url))
}
