//! Sends each request to its interface. One handler looks at the path itself: a router costs more than the answer.

use std::sync::{Arc, PoisonError, RwLock};

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use url::Url;

use super::counters::{Action, Tally};
use super::error::Refusal;
use super::faults::{Faults, Hit};
use super::heard::Heard;
use super::incoming::Incoming;
use super::index::Index;
use super::params::Params;
use super::sigv4::SigningKeys;
use super::tokens::Issuer;
use super::uses::LastUses;
use super::visit::Used;
use super::{authorization, broken, console, control, federation, iam, registries, sts, xml};
use crate::clock::Clock;

/// What all workers share.
pub(super) struct Shared {
    pub(super) index: RwLock<Arc<Index>>,
    pub(super) issuer: Issuer,
    pub(super) clock: Clock,
    pub(super) tally: Tally,
    pub(super) faults: Faults,
    pub(super) heard: Heard,
    pub(super) used: Used,
    /// The one-time codes used so far.
    pub(super) codes: Used,
    pub(super) uses: LastUses,
    /// `http://127.0.0.1:P`
    pub(super) console_url: String,
    /// `http://localhost:P`
    pub(super) signin_url: String,
    /// The console's cookie; with the port in its name, because cookies of different ports share a host.
    pub(super) cookie: String,
}

impl Shared {
    /// The world as it is now.
    pub(super) fn index(&self) -> Arc<Index> {
        Arc::clone(&self.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What a call that somebody signed suffers.
    pub(super) fn hit(&self, action: Action, request: &Incoming<'_>) -> Hit {
        if !self.faults.armed() {
            return Hit::default();
        }
        let claimed = authorization::read(request).ok();
        let key_id = claimed.as_ref().and_then(|claimed| claimed.credential.split('/').next()).unwrap_or_default();
        self.faults.take(action, key_id)
    }

    /// A call, with everything that answers need.
    pub(super) fn call<'w>(&'w self, params: &'w Params<'w>, index: &'w Index) -> sts::Call<'w> {
        let (issuer, codes, uses, now) = (&self.issuer, &self.codes, &self.uses, self.clock.now());
        sts::Call { params, index, issuer, codes, uses, now }
    }

    /// `url` in its normal form, if it is on the console's host.
    pub(super) fn on_console(&self, url: &str) -> Option<String> {
        on(&self.console_url, url)
    }

    /// `url` in its normal form, if it is on the sign-in host.
    pub(super) fn on_signin(&self, url: &str) -> Option<String> {
        on(&self.signin_url, url)
    }
}

fn on(base: &str, url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let same = url.origin().ascii_serialization() == base && url.username().is_empty() && url.password().is_none();
    same.then(|| url.into())
}

/// Answers one request.
pub(super) async fn serve(
    http: HttpRequest,
    body: web::Bytes,
    shared: web::Data<Shared>,
    keys: web::Data<SigningKeys>,
) -> HttpResponse {
    match http.path() {
        "/" | registries::PATH if let Some(action) = registries::action(&http) => {
            registries::serve(action, &http, &body, (&shared, &keys)).await
        }
        "/" if is_call(&http) => call(&http, &body, &shared, &keys).await,
        "/federation" | "/oauth" => federation::answer(&http, &body, &shared).await,
        path if path.starts_with("/_sandbox/") => control::answer(&http, &body, &shared),
        _ => console::answer(&http, &shared),
    }
}

/// A browser that opens `/` wants the console; everything else there is a call of STS.
fn is_call(http: &HttpRequest) -> bool {
    let query = http.uri().query().unwrap_or_default();
    *http.method() == Method::POST || query.contains("Action=") || query.contains("X-Amz-")
}

async fn call(http: &HttpRequest, body: &[u8], shared: &Shared, keys: &SigningKeys) -> HttpResponse {
    let query = http.uri().query().unwrap_or_default();
    let request = Incoming { method: http.method().as_str(), path: http.path(), query, headers: http.headers(), body };
    let request_id = shared.issuer.request_id();
    let params = Params::of(&request);
    shared.heard.note(&params);
    let action = match sts::action(&params) {
        Ok(action) => action,
        Err(refusal) => {
            shared.tally.count(Action::Other, false);
            return refused(&refusal, &request_id);
        }
    };
    let hit = shared.hit(action, &request);
    delay(hit).await;
    if let Some(kind) = hit.kind.filter(|_| !hit.after) {
        shared.tally.count(action, false);
        return broken::sts(kind, http, &request_id).await;
    }
    let index = shared.index();
    let call = shared.call(&params, &index);
    let answered = if action.is_iam() {
        iam::answer(action, &request, &call, (shared, keys))
    } else {
        sts::answer(action, &request, &call, keys)
    };
    shared.tally.count(action, answered.is_ok());
    if let Some(kind) = hit.kind {
        return broken::sts(kind, http, &request_id).await;
    }
    match answered {
        Ok(answer) => xml_response(StatusCode::OK, &request_id, answer.close(action.name(), &request_id)),
        Err(refusal) => refused(&refusal, &request_id),
    }
}

/// Waits as long as a fault says.
pub(super) async fn delay(hit: Hit) {
    if !hit.delay.is_zero() {
        tokio::time::sleep(hit.delay).await;
    }
}

/// An error answer of STS.
pub(super) fn refused(refusal: &Refusal, request_id: &str) -> HttpResponse {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
    xml_response(status, request_id, xml::error(refusal.status, refusal.code, &refusal.message, request_id))
}

fn xml_response(status: StatusCode, request_id: &str, body: String) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header(("x-amzn-RequestId", request_id))
        .insert_header(("content-type", "text/xml"))
        .body(body)
}
