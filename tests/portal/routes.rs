//! Generated from the route table: every route against every kind of caller, and every GET with an administrator's cookie.

use daypass::portal::users;
use daypass::web::guard::Right;
use daypass::web::routes;
use reqwest::Method;

use crate::support::{Page, Person, TestApp};

/// A request that fits a route, and what somebody who may gets for it.
struct Sample {
    path: String,
    form: &'static [(&'static str, &'static str)],
    status: u16,
}

/// What addresses are made of.
struct Ids {
    connector: String,
    key: String,
    event: i64,
    asset: String,
}

/// Sample requests. Those that would take something away name nothing that is there: whoever may is told 404, and nobody
/// else is told anything.
fn sample(method: &Method, pattern: &str, ids: &Ids) -> Option<Sample> {
    let missing = "0193f6a1-0000-7000-8000-000000000001";
    let (path, form, status): (String, &[_], u16) = match (method.as_str(), pattern) {
        ("GET", "/healthz" | "/readyz" | "/sign-in" | "/") => (pattern.to_owned(), &[], 200),
        ("GET", "/static/{hash}/{name}") => (ids.asset.clone(), &[], 200),
        ("GET" | "POST", "/setup") => (pattern.to_owned(), &[], 404),
        ("POST", "/sign-in") => (pattern.to_owned(), &[("username", "alice"), ("password", "")], 401),
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
        ("GET", "/admin/system") => (pattern.to_owned(), &[], 200),
        ("GET", "/admin/access-keys/new" | "/admin/connectors/new") => (pattern.to_owned(), &[], 200),
        ("POST", "/admin/access-keys/new" | "/admin/connectors/new") => (pattern.to_owned(), &[("name", "")], 422),
        ("GET", "/admin/access-keys/{id}" | "/admin/access-keys/{id}/delete") => {
            (pattern.replace("{id}", &ids.key), &[], 200)
        }
        ("POST", "/admin/access-keys/{id}") => (pattern.replace("{id}", &ids.key), &[], 422),
        ("GET", "/admin/connectors/{id}" | "/admin/connectors/{id}/delete") => {
            (pattern.replace("{id}", &ids.connector), &[], 200)
        }
        ("POST", "/admin/connectors/{id}") => (pattern.replace("{id}", &ids.connector), &[], 422),
        ("POST", "/admin/access-keys/{id}/delete" | "/admin/connectors/{id}/delete") => {
            (pattern.replace("{id}", missing), &[], 404)
        }
        ("GET", "/admin/permissions/groups") => (format!("{pattern}?connector={}", ids.connector), &[], 200),
        ("POST", "/admin/permissions/grant") => (pattern.to_owned(), &[("connector", "none"), ("q", "ops")], 404),
        ("POST", "/admin/permissions/revoke") => (pattern.to_owned(), &[("grant", "none")], 404),
        ("GET", "/usage-log") => (pattern.to_owned(), &[], 200),
        ("GET", "/usage-log/{id}") => (format!("/usage-log/{}", ids.event), &[], 200),
        ("GET", "/api/v1/connectors/{connector}/container-credentials") => {
            ("/api/v1/connectors/system/container-credentials".to_owned(), &[], 200)
        }
        _ => return None,
    };
    Some(Sample { path, form, status })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Nobody,
    User,
    Auditor,
    Administrator,
    /// Signed in, then closed out.
    Disabled,
    /// A live token for the connector that is asked for.
    Program,
    /// A live token for another connector.
    ForeignProgram,
}

impl Caller {
    const fn is_signed_in(self) -> bool {
        matches!(self, Self::User | Self::Auditor | Self::Administrator)
    }
}

const CALLERS: [Caller; 7] = [
    Caller::Nobody,
    Caller::User,
    Caller::Auditor,
    Caller::Administrator,
    Caller::Disabled,
    Caller::Program,
    Caller::ForeignProgram,
];

/// The status that the table's right means for a caller.
fn expected(right: Right, caller: Caller, allowed: u16) -> u16 {
    use Caller::{Administrator, Auditor, ForeignProgram, Program, User};
    match (right, caller) {
        (Right::Public, _) => allowed,
        (Right::ApiToken, Program) => allowed,
        (Right::ApiToken, ForeignProgram) => 403,
        (Right::ApiToken, _) => 401,
        (Right::SignedIn, User | Auditor | Administrator) => allowed,
        (Right::Auditor, Auditor | Administrator) => allowed,
        (Right::Administrator, Administrator) => allowed,
        (Right::Auditor | Right::Administrator, User | Auditor) => 403,
        (Right::SignedIn | Right::Auditor | Right::Administrator, _) => 303,
    }
}

struct Scene {
    app: TestApp,
    ids: Ids,
    tokens: [String; 2],
    /// Whoever stays signed in from one request to the next.
    signed_in: [Person; 3],
}

impl Scene {
    async fn new() -> Self {
        let app = TestApp::start().await;
        app.add_person("ulla", &["ops"]).await;
        app.add_person("aria", &["ops", "auditors"]).await;
        app.add_person("ada", &["ops", "administrators"]).await;
        app.add_person("closed", &["ops", "administrators"]).await;
        let tokens = [app.token("build", "system").await, app.token("other", "read-only").await];
        let page = app.get("/sign-in").await;
        let asset = page.body.split('"').find(|part| part.starts_with("/static/")).unwrap().to_owned();
        let ids = Ids {
            connector: app.connector_id("read-only").await,
            key: app.key_id("broker").await,
            event: app.last_event().await.id,
            asset,
        };
        let signed_in = [app.sign_in("ulla").await, app.sign_in("aria").await, app.sign_in("ada").await];
        Self { app, ids, tokens, signed_in }
    }

    async fn send(&self, caller: Caller, method: &Method, sample: &Sample) -> Page {
        let [user, auditor, administrator] = &self.signed_in;
        let (anybody, closed);
        let person = match caller {
            Caller::User => user,
            Caller::Auditor => auditor,
            Caller::Administrator => administrator,
            Caller::Disabled => {
                closed = self.closed().await;
                &closed
            }
            Caller::Nobody | Caller::Program | Caller::ForeignProgram => {
                anybody = self.app.anybody();
                &anybody
            }
        };
        let mut request = person.request(method.clone(), &sample.path);
        match caller {
            Caller::Program => request = request.header("authorization", &self.tokens[0]),
            Caller::ForeignProgram => request = request.header("authorization", &self.tokens[1]),
            _ => {}
        }
        let page = person.send(if *method == Method::POST { request.form(sample.form) } else { request }).await;
        if sample.path == "/sign-out" && caller.is_signed_in() {
            let name = ["ulla", "aria", "ada"][caller as usize - Caller::User as usize];
            let again = self.app.sign_in(name).await.cookies.into_inner().unwrap();
            *person.cookies.lock().unwrap() = again;
        }
        page
    }

    async fn closed(&self) -> Person {
        users::set_active(&self.app.app, "closed", true).await.unwrap();
        let person = self.app.sign_in("closed").await;
        users::set_active(&self.app.app, "closed", false).await.unwrap();
        person
    }
}

#[actix_web::test]
async fn every_route_gives_every_caller_what_the_table_says() {
    let scene = Scene::new().await;
    let mut wrong = Vec::new();
    for entry in routes::table() {
        let method = Method::from_bytes(entry.method.as_str().as_bytes()).unwrap();
        let sample = sample(&method, entry.path, &scene.ids);
        let Some(sample) = sample else { panic!("no sample request for {method} {}", entry.path) };
        for caller in CALLERS {
            let page = scene.send(caller, &method, &sample).await;
            let mut status = expected(entry.right, caller, sample.status);
            if (method.as_str(), entry.path) == ("GET", "/sign-in") && caller.is_signed_in() {
                status = 303;
            }
            let to_sign_in = page.location().starts_with("/sign-in");
            let refused = status == 303 && !caller.is_signed_in() && entry.right != Right::Public;
            if page.status != status || (refused && !to_sign_in) {
                wrong.push(format!("{method} {} for {caller:?}: {} instead of {status}", sample.path, page.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[actix_web::test]
async fn no_get_issues_anything_for_a_cookie() {
    let scene = Scene::new().await;
    let ada = scene.app.sign_in("ada").await;
    for entry in routes::table().into_iter().filter(|entry| entry.method == actix_web::http::Method::GET) {
        let Some(sample) = sample(&Method::GET, entry.path, &scene.ids) else { panic!("no sample for {}", entry.path) };
        for path in [sample.path.clone(), format!("{}?destination=/s3/home&duration=1h&region=us-east-1", sample.path)]
        {
            for method in [Method::GET, Method::HEAD] {
                let page = ada.send(ada.request(method, &path)).await;
                assert!(page.status < 500, "{path}: {}", page.status);
            }
        }
    }
    let counters = scene.app.sandbox.counters();
    assert_eq!(counters.issuing, 0, "{counters:?}");
    ada.post("/console/read-only", &[]).await.is(303);
    assert_eq!(scene.app.sandbox.counters().issued, 2, "the counters count");
}
